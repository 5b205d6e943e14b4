//! Folders of rule files: found and read within bounds. What cannot be read is said; what it means is not known here.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use lares_rules::SourceFile;
use lares_rules::diagnostic::{Diagnostic, Severity, Span};

/// Larger files are refused.
const FILE_BYTES_MAX: u64 = 1_000_000;
/// More files are refused.
const FILES_MAX: usize = 2_000;
const DEPTH_MAX: usize = 8;

/// Where rule files are, and what their names begin with.
#[derive(Clone, Debug)]
pub struct RuleFolder {
    /// The folder.
    pub path: PathBuf,
    /// `demo/` for the demo's, empty for the home's own.
    pub prefix: &'static str,
    /// Whether all is well when the folder is not there.
    pub may_be_missing: bool,
}

/// What was found.
#[derive(Debug, Default)]
pub struct FoundFiles {
    /// Files that could be read, in the order of their names.
    pub files: Vec<SourceFile>,
    /// What could not, and why.
    pub broken: Vec<Diagnostic>,
    /// Files that are there and could not be read, and, with a slash at the end, such folders.
    lost: Vec<String>,
    /// Prefixes of whole folders that are there and could not be read.
    lost_folders: Vec<&'static str>,
    prefixes: Vec<&'static str>,
}

impl FoundFiles {
    /// Whether a file of this name may still be there, though it could not be read.
    pub fn is_lost(&self, name: &str) -> bool {
        // The empty prefix stands for what no other prefix claims.
        let prefix = self.prefixes.iter().filter(|prefix| name.starts_with(**prefix)).max_by_key(|p| p.len());
        prefix.is_some_and(|prefix| self.lost_folders.contains(prefix))
            || self.lost.iter().any(|lost| name == lost || (lost.ends_with('/') && name.starts_with(lost)))
    }
}

/// Reads all of them; blocks on the disk.
pub fn read_all(folders: &[RuleFolder]) -> FoundFiles {
    let mut found =
        FoundFiles { prefixes: folders.iter().map(|f| f.prefix).collect(), ..FoundFiles::default() };
    for folder in folders {
        read_folder(folder, &mut found);
    }
    found
}

fn read_folder(folder: &RuleFolder, found: &mut FoundFiles) {
    let named = |path: &Path| {
        let relative = path.strip_prefix(&folder.path).unwrap_or(path);
        format!("{}{}", folder.prefix, relative.to_string_lossy().replace('\\', "/"))
    };
    let mut listing = Listing::default();
    listing.collect(&folder.path, 0);
    for (path, error) in listing.failed {
        let is_missing = error.kind() == io::ErrorKind::NotFound;
        if is_missing && folder.may_be_missing {
            continue;
        }
        let shown = path.display().to_string();
        let message = format!("the folder {shown} cannot be read: {error}");
        found.broken.push(unreadable(shown, 1, message));
        match (is_missing, path == folder.path) {
            // What was deleted is gone.
            (true, _) => {}
            (false, true) => found.lost_folders.push(folder.prefix),
            (false, false) => found.lost.push(format!("{}/", named(&path))),
        }
    }
    if listing.has_more {
        let shown = folder.path.display().to_string();
        let message = format!("there are more than {FILES_MAX} rule files; the others are left out");
        found.broken.push(unreadable(shown, 1, message));
    }
    listing.files.sort();
    for path in listing.files {
        let name = named(&path);
        match read_one(&path) {
            Ok(text) => found.files.push(SourceFile { name, text }),
            Err((line, message)) => {
                found.lost.push(name.clone());
                found.broken.push(unreadable(name, line, message));
            }
        }
    }
}

/// What a folder holds.
#[derive(Default)]
struct Listing {
    files: Vec<PathBuf>,
    failed: Vec<(PathBuf, io::Error)>,
    has_more: bool,
}

impl Listing {
    fn collect(&mut self, folder: &Path, depth: usize) {
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) => return self.failed.push((folder.to_owned(), error)),
        };
        for entry in entries.flatten() {
            let path = entry.path();
            if entry.file_name().to_string_lossy().starts_with('.') {
                continue;
            }
            let is_dir = path.is_dir();
            let is_yaml =
                |end: &std::ffi::OsStr| end.eq_ignore_ascii_case("yaml") || end.eq_ignore_ascii_case("yml");
            if is_dir && depth < DEPTH_MAX {
                self.collect(&path, depth + 1);
            } else if !is_dir && path.extension().is_some_and(is_yaml) {
                if self.files.len() >= FILES_MAX {
                    self.has_more = true;
                    return;
                }
                self.files.push(path);
            }
        }
    }
}

/// The text, or the line and what is wrong there in words.
fn read_one(path: &Path) -> Result<String, (u32, String)> {
    let failed = |error: io::Error| (1, error.to_string());
    let found = fs::metadata(path).map_err(failed)?;
    if !found.is_file() {
        return Err((1, "this is no file".into()));
    }
    let length = found.len();
    if length > FILE_BYTES_MAX {
        return Err((1, format!("the file has {length} bytes; at most {FILE_BYTES_MAX} are read")));
    }
    let bytes = fs::read(path).map_err(failed)?;
    String::from_utf8(bytes).map_err(|error| {
        let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        (u32::try_from(line).unwrap_or(1), "this line is not valid UTF-8; save the file as UTF-8".into())
    })
}

fn unreadable(file: String, line: u32, message: String) -> Diagnostic {
    Diagnostic {
        code: "unreadable-file".into(),
        severity: Severity::Error,
        message,
        help: String::new(),
        file,
        span: Span { line, column: 1, end_line: line, end_column: 1 },
        source_line: String::new(),
        source_from: 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folders(root: &Path) -> [RuleFolder; 2] {
        [
            RuleFolder { path: root.join("own"), prefix: "", may_be_missing: false },
            RuleFolder { path: root.join("demo"), prefix: "demo/", may_be_missing: true },
        ]
    }

    fn told(found: &FoundFiles) -> Vec<(&str, u32)> {
        found.broken.iter().map(|broken| (broken.file.as_str(), broken.span.line)).collect()
    }

    #[test]
    fn what_cannot_be_read_is_said_and_hides_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let own = dir.path().join("own");
        fs::create_dir_all(own.join("sub/.hidden")).unwrap();
        fs::create_dir(own.join("folder.yaml")).unwrap();
        fs::write(own.join("good.yaml"), "rules: []").unwrap();
        fs::write(own.join("sub/good.YML"), "rules: []").unwrap();
        fs::write(own.join("sub/.hidden/a.yaml"), "rules: []").unwrap();
        fs::write(own.join("notes.txt"), "rules: []").unwrap();
        fs::write(own.join("latin.yaml"), b"rules:\n  - name: K\xfcche\n").unwrap();
        fs::write(own.join("large.yaml"), vec![b'x'; 5_000_000]).unwrap();
        let found = read_all(&folders(dir.path()));
        let names: Vec<_> = found.files.iter().map(|file| file.name.as_str()).collect();
        assert_eq!(names, ["good.yaml", "sub/good.YML"]);
        assert_eq!(told(&found), [("large.yaml", 1), ("latin.yaml", 2)]);
        assert!(found.is_lost("large.yaml") && found.is_lost("latin.yaml"));
        assert!(!found.is_lost("good.yaml") && !found.is_lost("deleted.yaml"));
    }

    #[test]
    fn a_folder_that_was_deleted_is_said_and_its_files_are_gone() {
        let dir = tempfile::tempdir().unwrap();
        let found = read_all(&folders(dir.path()));
        let own = dir.path().join("own");
        assert_eq!(told(&found), [(own.to_str().unwrap(), 1)], "the demo's may be missing");
        assert!(!found.is_lost("mine.yaml") && !found.is_lost("demo/theirs.yaml"));
    }

    #[test]
    fn a_folder_that_is_there_and_cannot_be_read_loses_nothing() {
        let dir = tempfile::tempdir().unwrap();
        // Something else in its place cannot be listed, whoever asks.
        fs::write(dir.path().join("own"), "").unwrap();
        let found = read_all(&folders(dir.path()));
        assert_eq!(found.broken.len(), 1);
        assert!(found.is_lost("mine.yaml") && found.is_lost("sub/mine.yaml"));
        assert!(!found.is_lost("demo/theirs.yaml"));
    }
}

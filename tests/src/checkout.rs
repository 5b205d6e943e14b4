//! The files of the checkout, as git knows them: tracked, or new and not ignored.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The folder of the checkout, as cargo tells the test that it starts. What was true at compile time may be another
/// checkout, where they share a target directory.
///
/// # Panics
/// Never: this crate is one level below it.
#[must_use]
pub fn root() -> PathBuf {
    let here = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    Path::new(&here).parent().expect("this crate is below the root").to_path_buf()
}

/// One text file of the checkout.
pub struct SourceFile {
    /// Relative to the root, with `/` on every platform.
    pub path: String,
    /// All of it.
    pub text: String,
}

impl SourceFile {
    /// Whether the name ends with one of these extensions.
    #[must_use]
    pub fn has_extension(&self, extensions: &[&str]) -> bool {
        self.path.rsplit_once('.').is_some_and(|(_, extension)| extensions.contains(&extension))
    }

    /// Whether somebody wrote it: the lock files and the generated types are not.
    #[must_use]
    pub fn is_written_by_hand(&self) -> bool {
        !self.path.contains("generated")
            && !self.path.ends_with(".lock")
            && !self.path.ends_with("package-lock.json")
    }
}

/// All text files of the checkout, by path. Without git (an unpacked archive) all that is not a product counts.
///
/// # Panics
/// When the checkout cannot be read, or hardly holds anything: a scan of nothing would find nothing.
#[must_use]
pub fn text_files() -> Vec<SourceFile> {
    let root = root();
    let mut paths = git_files(&root).unwrap_or_else(|| walk(&root));
    paths.sort();
    paths.dedup();
    let files: Vec<SourceFile> = paths
        .into_iter()
        .filter_map(|path| {
            // A file may be deleted in the checkout and still tracked; and an image is no text.
            let text = String::from_utf8(fs::read(root.join(&path)).ok()?).ok()?;
            Some(SourceFile { path, text })
        })
        .collect();
    assert!(files.iter().any(|file| file.path == "Cargo.toml"), "the scan does not see the checkout");
    files
}

fn git_files(root: &Path) -> Option<Vec<String>> {
    // The checkout may belong to another user than the one who tests it.
    let mut trusted = OsString::from("safe.directory=");
    trusted.push(root);
    let list = Command::new("git")
        .current_dir(root)
        .arg("-c")
        .arg(trusted)
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .output()
        .ok()
        .filter(|output| output.status.success())?;
    let names = String::from_utf8(list.stdout).ok()?;
    Some(names.split_terminator('\0').map(String::from).collect())
}

fn walk(root: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(root.join(&folder)).expect("the checkout can be read");
        for entry in entries.map(|entry| entry.expect("the checkout can be read")) {
            let path = folder.join(entry.file_name());
            if !entry.path().is_dir() {
                found.push(path.to_string_lossy().replace('\\', "/"));
            } else if !["target", "node_modules", "dist", ".git"]
                .iter()
                .any(|name| entry.file_name() == *name)
            {
                folders.push(path);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn git_and_the_walk_see_the_same_sources() {
        let root = root();
        let Some(by_git) = git_files(&root) else { return };
        let walked = walk(&root);
        for path in by_git.iter().filter(|path| path.ends_with(".rs") && root.join(path).exists()) {
            assert!(walked.contains(path), "{path}");
        }
    }
}

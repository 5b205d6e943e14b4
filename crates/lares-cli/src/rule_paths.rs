//! Rule files by the paths that a person names.

use std::fs;
use std::path::{Path, PathBuf};

use lares_rules::SourceFile;

use crate::failure::Failure;

/// Folders in folders; deeper ones are no rule files of a person.
const DEPTH_MAX: usize = 8;

/// Reads files, and all `.yaml` and `.yml` files of folders, in the order of their names. Without any path those of
/// the data directory.
///
/// # Errors
/// When a path is not there or cannot be read, or there is no rule file at all.
pub fn read(paths: &[PathBuf], data: &Path) -> Result<Vec<SourceFile>, Failure> {
    let by_default = [data.join("automations")];
    let paths = if paths.is_empty() { &by_default } else { paths };
    let mut files = Vec::new();
    for path in paths {
        let found = fs::metadata(path).map_err(|error| failed(path, &error))?;
        if found.is_dir() { folder(path, 0, &mut files)? } else { files.push(path.clone()) }
    }
    if files.is_empty() {
        let named: Vec<_> = paths.iter().map(|path| path.display().to_string()).collect();
        return Err(Failure::CannotRun(format!("there are no rule files (.yaml) in {}", named.join(", "))));
    }
    files.sort();
    files.dedup();
    files.iter().map(|path| source(path)).collect()
}

fn folder(path: &Path, depth: usize, files: &mut Vec<PathBuf>) -> Result<(), Failure> {
    for entry in fs::read_dir(path).map_err(|error| failed(path, &error))? {
        let entry = entry.map_err(|error| failed(path, &error))?;
        let (path, hidden) = (entry.path(), entry.file_name().as_encoded_bytes().starts_with(b"."));
        let is_dir = entry.file_type().map_err(|error| failed(&path, &error))?.is_dir();
        if hidden {
            continue;
        }
        if is_dir && depth < DEPTH_MAX {
            folder(&path, depth + 1, files)?;
        } else if !is_dir && path.extension().is_some_and(|end| end == "yaml" || end == "yml") {
            files.push(path);
        }
    }
    Ok(())
}

fn source(path: &Path) -> Result<SourceFile, Failure> {
    let text = fs::read(path).map_err(|error| failed(path, &error))?;
    // What is no UTF-8 shows up as a mistake at its place.
    Ok(SourceFile { name: path.display().to_string(), text: String::from_utf8_lossy(&text).into_owned() })
}

fn failed(path: &Path, error: &std::io::Error) -> Failure {
    Failure::CannotRun(format!("failed to read {}: {error}", path.display()))
}

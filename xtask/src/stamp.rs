//! Stamps: a small file that says which inputs a product was made from, so that it is made again only when they changed.
//!
//! A stamp lives inside the product's own folder. It then goes when the product goes, and a target directory that
//! several checkouts share cannot vouch for another checkout's files.

use std::fs;
use std::hash::{DefaultHasher, Hasher as _};
use std::io;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

/// A stamp file, with what it would have to say for the product to be current.
pub struct Stamp {
    file: PathBuf,
    digest: String,
}

impl Stamp {
    /// The stamp `file` of a product made from `inputs`: files, or folders with all that is below them. Entries whose
    /// name is in `left_out` are no inputs. A changed `recipe` makes the product anew, too.
    pub fn of(file: PathBuf, recipe: &str, inputs: &[PathBuf], left_out: &[&str]) -> anyhow::Result<Self> {
        let mut hasher = DefaultHasher::new();
        hasher.write(recipe.as_bytes());
        for input in inputs {
            hash_tree(input, Path::new(""), left_out, &mut hasher)
                .with_context(|| format!("failed to read {}", input.display()))?;
        }
        Ok(Self { file, digest: format!("{:016x}\n", hasher.finish()) })
    }

    /// Makes the product unless the stamp says that it is current. The stamp is taken away first: a product that was
    /// interrupted half way is never taken for a whole one.
    pub fn refresh(&self, make: impl FnOnce() -> anyhow::Result<()>) -> anyhow::Result<()> {
        if fs::read_to_string(&self.file).is_ok_and(|written| written == self.digest) {
            return Ok(());
        }
        match fs::remove_file(&self.file) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(error).context("failed to remove a stamp");
            }
            _ => {}
        }
        make()?;
        fs::write(&self.file, &self.digest)
            .with_context(|| format!("failed to write {}", self.file.display()))
    }
}

/// Adds names and contents below `path` to the digest, in the order of the names. `name` is the path relative to the
/// input, so that the same files in another folder have the same digest.
fn hash_tree(path: &Path, name: &Path, left_out: &[&str], hasher: &mut DefaultHasher) -> io::Result<()> {
    if !path.is_dir() {
        let content = fs::read(path)?;
        hasher.write(name.as_os_str().as_encoded_bytes());
        hasher.write_usize(content.len());
        hasher.write(&content);
        return Ok(());
    }
    let mut names: Vec<_> =
        fs::read_dir(path)?.map(|entry| entry.map(|entry| entry.file_name())).collect::<io::Result<_>>()?;
    names.retain(|name| !left_out.iter().any(|left_out| name == left_out));
    names.sort();
    for entry in names {
        hash_tree(&path.join(&entry), &name.join(&entry), left_out, hasher)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    /// A folder of its own for one test, gone at its end.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("lares-xtask-{}-{name}", std::process::id()));
            fs::create_dir_all(path.join("in/sub")).expect("a temporary folder");
            fs::write(path.join("in/a"), "1").expect("a file");
            fs::write(path.join("in/sub/b"), "2").expect("a file");
            Self(path)
        }

        /// Refreshes the product; returns whether it was made.
        fn refresh(&self, recipe: &str) -> bool {
            let made = Cell::new(false);
            self.stamp(recipe)
                .refresh(|| {
                    made.set(true);
                    Ok(())
                })
                .expect("a stamp can be written");
            made.get()
        }

        fn stamp(&self, recipe: &str) -> Stamp {
            Stamp::of(self.0.join("stamp"), recipe, &[self.0.join("in")], &["left_out"])
                .expect("readable inputs")
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn a_product_is_made_once_and_again_only_when_an_input_changes() {
        let folder = Folder::new("changes");
        assert!(folder.refresh("r"), "the first time");
        assert!(!folder.refresh("r"), "nothing changed");
        fs::write(folder.0.join("in/sub/b"), "3").expect("a file");
        assert!(folder.refresh("r"), "a content changed");
        fs::rename(folder.0.join("in/a"), folder.0.join("in/c")).expect("a rename");
        assert!(folder.refresh("r"), "a name changed");
        assert!(folder.refresh("other"), "the recipe changed");
        fs::create_dir(folder.0.join("in/left_out")).expect("a folder");
        fs::write(folder.0.join("in/left_out/x"), "x").expect("a file");
        assert!(!folder.refresh("other"), "what is left out does not count");
    }

    #[test]
    fn an_interrupted_product_is_made_again() {
        let folder = Folder::new("interrupted");
        assert!(folder.refresh("r"));
        fs::write(folder.0.join("in/a"), "9").expect("a file");
        assert!(folder.stamp("r").refresh(|| anyhow::bail!("interrupted")).is_err());
        fs::write(folder.0.join("in/a"), "1").expect("a file");
        assert!(folder.refresh("r"), "the old inputs are back, but the product is broken");
    }

    #[test]
    fn a_missing_input_is_an_error() {
        let missing = Stamp::of(PathBuf::from("stamp"), "r", &[PathBuf::from("no/such/input")], &[]);
        assert!(missing.is_err_and(|error| error.to_string().contains("no/such/input")));
    }
}

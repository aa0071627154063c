//! Files that are written whole or not at all, and names made from contents.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

/// How the names of files begin that are not whole yet.
const HALF_WRITTEN: &str = ".writing-";

/// A file that could not be read or written.
#[derive(Debug, thiserror::Error)]
#[error("cannot {action} {}: {source}", path.display())]
pub struct FileError {
    /// What was tried: read, write, create.
    pub action: &'static str,
    /// The file or folder.
    pub path: PathBuf,
    /// What the system said.
    pub source: io::Error,
}

impl FileError {
    pub(crate) fn new(action: &'static str, path: &Path, source: io::Error) -> Self {
        Self { action, path: path.to_owned(), source }
    }
}

/// The text of a file.
pub fn read(path: &Path) -> Result<String, FileError> {
    fs::read_to_string(path).map_err(|source| FileError::new("read", path, source))
}

/// The text of a file, or `None` when there is no such file.
pub fn read_if_present(path: &Path) -> Result<Option<String>, FileError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(FileError::new("read", path, error)),
    }
}

/// Creates a folder and those above it.
pub fn create_folder(path: &Path) -> Result<(), FileError> {
    fs::create_dir_all(path).map_err(|source| FileError::new("create", path, source))
}

/// Writes a file so that a reader, or a later run after a crash, sees the old contents or the new, never a part.
pub fn write_atomically(path: &Path, text: &str) -> Result<(), FileError> {
    let folder = path.parent().unwrap_or_else(|| Path::new("."));
    create_folder(folder)?;
    let write = || -> io::Result<()> {
        let mut file = tempfile::Builder::new().prefix(HALF_WRITTEN).tempfile_in(folder)?;
        file.write_all(text.as_bytes())?;
        file.as_file().sync_all()?;
        readable_by_all(file.as_file())?;
        file.persist(path).map_err(|error| error.error)?;
        Ok(())
    };
    write().map_err(|source| FileError::new("write", path, source))
}

/// Removes the half-written files that a killed process left in a folder and, down to a depth, below it.
pub fn sweep(folder: &Path, depth: usize) -> Result<(), FileError> {
    let failed = |source| FileError::new("read", folder, source);
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries.map_err(failed)?,
    };
    for entry in entries {
        let entry = entry.map_err(failed)?;
        let (path, kind) = (entry.path(), entry.file_type().map_err(failed)?);
        if kind.is_dir() && depth > 0 {
            sweep(&path, depth - 1)?;
        } else if kind.is_file() && entry.file_name().to_string_lossy().starts_with(HALF_WRITTEN) {
            fs::remove_file(&path).map_err(|source| FileError::new("remove", &path, source))?;
        }
    }
    Ok(())
}

/// Temporary files are private; what is kept has the usual rights.
fn readable_by_all(file: &fs::File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(fs::Permissions::from_mode(0o644))
}

/// The SHA-256 of several texts in order, as hexadecimal digits; the borders between them count.
pub fn digest<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let mut hasher = Sha256::new();
    for text in texts {
        hasher.update((text.len() as u64).to_le_bytes());
        hasher.update(text.as_bytes());
    }
    hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_written_file_replaces_the_old_one_and_leaves_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b.txt");
        write_atomically(&path, "old").unwrap();
        write_atomically(&path, "new").unwrap();
        assert_eq!(read(&path).unwrap(), "new");
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn what_a_killed_process_left_half_written_is_removed_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        for path in ["a/.writing-x1", "a/b.txt", "a/deep/.writing-x2", ".writing-x3"] {
            write_atomically(&folder.path().join(path), "text").unwrap();
        }
        sweep(&folder.path().join("a"), 1).unwrap();
        let is_there = |path: &str| folder.path().join(path).exists();
        assert!(is_there("a/b.txt") && is_there(".writing-x3"));
        assert!(!is_there("a/.writing-x1") && !is_there("a/deep/.writing-x2"));
        sweep(&folder.path().join("none"), 1).unwrap();
    }

    #[test]
    fn a_missing_file_is_no_error_where_it_may_be_missing() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(read_if_present(&folder.path().join("none")).unwrap(), None);
        let error = read(&folder.path().join("none")).unwrap_err().to_string();
        assert!(error.starts_with("cannot read ") && error.contains("none"), "{error}");
    }

    #[test]
    fn digests_tell_where_one_text_ends() {
        assert_ne!(digest(["ab", "c"]), digest(["a", "bc"]));
        assert_eq!(digest([]), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }
}

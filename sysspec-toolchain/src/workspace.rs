//! Finding and reading a workspace of specifications.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sysspec_analysis::{Host, WorkspaceModel};

use crate::files::FileError;

/// The manifest's file name.
pub const MANIFEST: &str = "sysspec.toml";

/// Folders that hold no specifications.
const SKIPPED: [&str; 4] = ["build", "generated", "transcripts", "node_modules"];

/// A workspace that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum WorkspaceError {
    /// A file or folder could not be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// There is nothing to work on.
    #[error("{} holds no specification: neither {MANIFEST} nor any .spec file", .0.display())]
    Empty(PathBuf),
}

/// A workspace with its model.
#[derive(Debug, Clone)]
pub struct Workspace {
    /// The folder of the workspace.
    pub root: PathBuf,
    /// What the analysis knows of it.
    pub model: Arc<WorkspaceModel>,
}

impl Workspace {
    /// Reads and analyses the workspace at `root`.
    pub fn open(root: &Path) -> Result<Self, WorkspaceError> {
        let texts = read(root)?;
        if texts.is_empty() {
            return Err(WorkspaceError::Empty(root.to_owned()));
        }
        let mut host = Host::new();
        for (path, text) in &texts {
            host.set_file(path, Some(text));
        }
        // Nobody else holds this host, so that nothing can cancel the question.
        let model = host.snapshot().model().expect("an analysis that nobody changes is not cancelled");
        let root = root.canonicalize().map_err(|source| FileError::new("read", root, source))?;
        Ok(Self { root, model })
    }
}

/// The nearest folder, from `start` upwards, that has a manifest. `start` may be a file.
pub fn find_root(start: &Path) -> Option<PathBuf> {
    let start = start.canonicalize().ok()?;
    start.ancestors().find(|folder| folder.join(MANIFEST).is_file()).map(Path::to_owned)
}

/// The manifest and all specs, headers and patches below `root`, with paths relative to it, in path order. Hidden folders and those
/// of generated files are left out.
pub fn read(root: &Path) -> Result<Vec<(String, String)>, WorkspaceError> {
    let text = |(path, bytes): (String, Vec<u8>)| (path, String::from_utf8_lossy(&bytes).into_owned());
    Ok(read_bytes(root)?.into_iter().map(text).collect())
}

/// What [`read`] reads, as it is on disk: for those who write it back, or say which files are not text.
pub fn read_bytes(root: &Path) -> Result<Vec<(String, Vec<u8>)>, WorkspaceError> {
    let mut files = Vec::new();
    collect(root, "", &mut files)?;
    files.sort();
    Ok(files)
}

fn collect(folder: &Path, prefix: &str, files: &mut Vec<(String, Vec<u8>)>) -> Result<(), FileError> {
    let failed = |source| FileError::new("read", folder, source);
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with('.') {
            continue;
        }
        let relative = format!("{prefix}{name}");
        let kind = entry.file_type().map_err(failed)?;
        if kind.is_dir() {
            if !SKIPPED.contains(&name.as_str()) {
                collect(&entry.path(), &format!("{relative}/"), files)?;
            }
        } else if is_source(&relative) {
            let failed = |source| FileError::new("read", &entry.path(), source);
            // Only where a link leads has to be looked at.
            if kind.is_file() || fs::metadata(entry.path()).map_err(failed)?.is_file() {
                files.push((relative, fs::read(entry.path()).map_err(failed)?));
            }
        }
    }
    Ok(())
}

fn is_source(relative: &str) -> bool {
    relative == MANIFEST
        || [".spec", ".header", ".patch"].iter().any(|extension| relative.ends_with(extension))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files;

    #[test]
    fn sources_are_read_generated_and_hidden_folders_are_not() {
        let root = tempfile::tempdir().unwrap();
        for path in [
            "sysspec.toml",
            "a/a.header",
            "a/x.spec",
            "patches/p/p.patch",
            "generated/a/x.spec",
            ".git/y.spec",
            "build/z.spec",
            "a/notes.md",
            "a/sysspec.toml",
        ] {
            files::write_atomically(&root.path().join(path), path).unwrap();
        }
        let paths: Vec<_> = read(root.path()).unwrap().into_iter().map(|(path, _)| path).collect();
        assert_eq!(paths, ["a/a.header", "a/x.spec", "patches/p/p.patch", "sysspec.toml"]);
    }

    #[test]
    fn the_root_is_found_from_a_file_deep_inside() {
        let root = tempfile::tempdir().unwrap();
        files::write_atomically(&root.path().join("sysspec.toml"), "").unwrap();
        files::write_atomically(&root.path().join("a/b/x.spec"), "").unwrap();
        assert_eq!(find_root(&root.path().join("a/b/x.spec")), Some(root.path().canonicalize().unwrap()));
        assert_eq!(find_root(Path::new("/nonexistent")), None);
    }

    #[test]
    fn a_folder_without_specifications_is_an_error_that_says_so() {
        let root = tempfile::tempdir().unwrap();
        let error = Workspace::open(root.path()).unwrap_err().to_string();
        assert!(error.contains("holds no specification"), "{error}");
    }
}

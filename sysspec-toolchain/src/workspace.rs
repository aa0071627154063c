//! Finding and reading a workspace of specifications.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::{fmt, fs};

use sysspec_analysis::{Analysis, Cancellable, Host, WorkspaceModel};

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
#[derive(Clone)]
pub struct Workspace {
    /// The folder of the workspace.
    pub root: PathBuf,
    /// What the analysis knows of it.
    pub model: Arc<WorkspaceModel>,
    /// The analysis itself, for what is asked of single contracts. It is taken out by whichever thread asks.
    analysis: Arc<Mutex<Analysis>>,
}

impl fmt::Debug for Workspace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Workspace").field("root", &self.root).finish_non_exhaustive()
    }
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
        let root = root.canonicalize().map_err(|source| FileError::new("read", root, source))?;
        // Nobody else holds this host, so that nothing can cancel the question.
        Ok(Self::new(root, host.snapshot()).expect("an analysis that nobody changes is not cancelled"))
    }

    /// The workspace at `root` as it has been analysed.
    pub fn new(root: PathBuf, analysis: Analysis) -> Cancellable<Self> {
        Ok(Self { root, model: analysis.model()?, analysis: Arc::new(Mutex::new(analysis)) })
    }

    /// The analysis that the model comes from.
    pub fn analysis(&self) -> Analysis {
        self.analysis.lock().unwrap_or_else(PoisonError::into_inner).clone()
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

//! A copy of a workspace in which a specification can be tried out.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use super::AssistError;
use crate::compiler;
use crate::files::{self, FileError};
use crate::store::LOCK_FILE;
use crate::workspace::{self, Workspace};

/// The copy. It goes when this is dropped.
pub struct Scratch {
    folder: tempfile::TempDir,
}

impl Scratch {
    /// A copy of the sources, the validated code and the lock file of `ws`. Tests are seen, and compiled objects are shared; both are not part of it.
    pub fn new(ws: &Workspace) -> Result<Self, AssistError> {
        let failed = |source| FileError::new("create", Path::new("a temporary folder"), source);
        let scratch = Self { folder: tempfile::tempdir().map_err(failed)? };
        for (path, text) in workspace::read(&ws.root)? {
            scratch.write(&path, &text)?;
        }
        for file in [LOCK_FILE, ".clang-format"] {
            if let Some(text) = files::read_if_present(&ws.root.join(file))? {
                scratch.write(file, &text)?;
            }
        }
        for module in &ws.model.modules {
            let path = crate::store::code_path(module);
            if let Some(text) = files::read_if_present(&ws.root.join(&path))? {
                scratch.write(&path, &text)?;
            }
        }
        scratch.link("build", &compiler::build_folder(&ws.root)?)?;
        let test = &ws.model.manifest.test;
        let folder = ws.root.join(&test.folder);
        if folder.is_dir() {
            scratch.link(&test.folder, &folder)?;
        }
        if let Some(sequential) = &test.sequential
            && !scratch.root().join(sequential).exists()
        {
            scratch.link(sequential, &ws.root.join(sequential))?;
        }
        Ok(scratch)
    }

    /// Its folder.
    pub fn root(&self) -> &Path {
        self.folder.path()
    }

    /// Writes one file of the copy; the path is relative.
    pub fn write(&self, path: &str, text: &str) -> Result<(), FileError> {
        files::write_atomically(&self.root().join(path), text)
    }

    fn link(&self, path: &str, target: &Path) -> Result<(), FileError> {
        let link = self.root().join(path);
        if let Some(folder) = link.parent() {
            fs::create_dir_all(folder).map_err(|source| FileError::new("create", folder, source))?;
        }
        symlink(target, &link).map_err(|source| FileError::new("create", &link, source))
    }
}

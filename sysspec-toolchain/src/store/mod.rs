//! What is kept of generation, and committed: the validated code, how it came about, and what it was made from.

mod fingerprint;
mod lock;
pub mod shared;
mod transcript;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sysspec_analysis::ModuleModel;

pub use fingerprint::{Parts, parts};
pub use lock::{Entry, Lock};
pub(crate) use transcript::lines;
pub use transcript::{Attempt, Review, Transcript, Verdict, number};

use crate::compiler::Unit;
use crate::files::{self, FileError};

/// The name of the lock file in a workspace.
pub const LOCK_FILE: &str = "sysspec.lock";

/// How deep the folders of a store are looked through for what was left half-written.
const SWEPT_DEPTH: usize = 16;

/// A store that cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A file could not be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The lock file is damaged.
    #[error("{LOCK_FILE} cannot be read: {0}; restore it, or delete it to generate everything again")]
    Lock(String),
    /// The lock file is of a later version.
    #[error("{LOCK_FILE} has version {0}, which this program does not know; use a newer one")]
    Version(u32),
    /// A transcript is damaged.
    #[error("the transcript {path} cannot be read: {message}; restore it or delete it")]
    Transcript {
        /// The file, relative to the workspace.
        path: String,
        /// What is wrong.
        message: String,
    },
}

/// The store of one workspace.
#[derive(Debug)]
pub struct Store {
    root: PathBuf,
    lock: Lock,
}

impl Store {
    /// Opens the store of the workspace at `root`; one without a lock file is empty.
    pub fn open(root: &Path) -> Result<Self, StoreError> {
        let lock = match files::read_if_present(&root.join(LOCK_FILE))? {
            Some(text) => Lock::parse(&text)?,
            None => Lock::default(),
        };
        Ok(Self { root: root.to_owned(), lock })
    }

    /// What the lock file says of a module.
    pub fn entry(&self, module: &str) -> Option<&Entry> {
        self.lock.module.get(module)
    }

    /// The code of a module as it lies in the workspace, whether or not it is what the lock file says.
    pub fn code(&self, module: &ModuleModel) -> Result<Option<String>, StoreError> {
        Ok(files::read_if_present(&self.root.join(code_path(module)))?)
    }

    /// The code of a module when it is exactly what passed the gates.
    pub fn validated_code(&self, module: &ModuleModel) -> Result<Option<Arc<str>>, StoreError> {
        let Some(entry) = self.entry(&module.name) else { return Ok(None) };
        let code = self.code(module)?.filter(|code| code_hash(code) == entry.code);
        Ok(code.map(Arc::from))
    }

    /// Takes accepted code in: the file first, the lock file last, so that what the lock file names is there.
    pub fn accept(&mut self, module: &ModuleModel, code: &str, entry: Entry) -> Result<(), StoreError> {
        files::write_atomically(&self.root.join(code_path(module)), code)?;
        self.lock.module.insert(module.name.clone(), entry);
        self.write_lock()
    }

    /// Takes back that `code` of a module was accepted, when that is what the lock file says.
    pub fn revoke(&mut self, module: &ModuleModel, code: &str) -> Result<(), StoreError> {
        match self.entry(&module.name) {
            Some(entry) if entry.code == code_hash(code) => {
                self.lock.module.remove(&module.name);
                self.write_lock()
            }
            _ => Ok(()),
        }
    }

    /// Removes what a run left half-written when it was killed. Nobody else may be writing.
    pub fn sweep(&self) -> Result<(), StoreError> {
        files::sweep(&self.root, 0)?;
        for folder in ["generated", "transcripts"] {
            files::sweep(&self.root.join(folder), SWEPT_DEPTH)?;
        }
        Ok(())
    }

    /// Forgets modules that the workspace no longer has.
    pub fn retain(&mut self, modules: &[ModuleModel]) -> Result<(), StoreError> {
        let names: BTreeMap<_, _> = modules.iter().map(|module| (module.name.as_str(), ())).collect();
        let before = self.lock.module.len();
        self.lock.module.retain(|name, _| names.contains_key(name.as_str()));
        if self.lock.module.len() == before { Ok(()) } else { self.write_lock() }
    }

    fn write_lock(&self) -> Result<(), StoreError> {
        Ok(files::write_atomically(&self.root.join(LOCK_FILE), &self.lock.to_text())?)
    }

    /// How the code of a module came about.
    pub fn transcript(&self, module: &ModuleModel) -> Result<Transcript, StoreError> {
        let path = transcript_path(module);
        match files::read_if_present(&self.root.join(&path))? {
            Some(text) => {
                Transcript::parse(&text).map_err(|message| StoreError::Transcript { path, message })
            }
            None => Ok(Transcript::new(&module.name)),
        }
    }

    /// Keeps a transcript.
    pub fn write_transcript(&self, module: &ModuleModel, transcript: &Transcript) -> Result<(), StoreError> {
        Ok(files::write_atomically(&self.root.join(transcript_path(module)), &transcript.to_text())?)
    }
}

/// Where the code of a module lies, relative to the workspace.
pub fn code_path(module: &ModuleModel) -> String {
    format!("generated/{}", in_layer(module, "c"))
}

/// Where the transcript of a module lies, relative to the workspace.
pub fn transcript_path(module: &ModuleModel) -> String {
    format!("transcripts/{}", in_layer(module, "json"))
}

/// Whether the files of a module of that name lie in the folders of its layer.
pub fn is_file_name(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with('.')
        && !name.contains(['/', '\\'])
        && !name.contains(char::is_control)
}

fn in_layer(module: &ModuleModel, extension: &str) -> String {
    if module.layer.is_empty() {
        format!("{}.{extension}", module.name)
    } else {
        format!("{}/{}.{extension}", module.layer, module.name)
    }
}

/// The code of a module as something to compile.
pub fn unit(module: &ModuleModel, code: impl Into<Arc<str>>) -> Unit {
    Unit::new(code_path(module), code)
}

/// The hash of code that the lock file keeps.
pub fn code_hash(code: &str) -> String {
    files::digest([code])
}

/// Whether the code of a module is made in two phases: sequential first, then with its locking.
pub fn has_second_phase(module: &ModuleModel) -> bool {
    module.refine.as_ref().is_some_and(|refine| refine.has_rely)
}

//! The SpecAssistant: from a draft to a well-formed specification that code can be made from.
//!
//! It checks and formats a draft with the analyzer, has code made from it by the SpecCompiler, and on a flaw asks for a better
//! specification with the diagnosis, until that succeeds or the limit is reached. It works on a copy of the workspace and writes nothing into the
//! workspace itself: what it arrives at is a [`Proposal`].

mod annotate;
mod answer;
mod compare;
mod refinement;
mod scratch;

use sysspec_analysis::{Cancelled, WorkspaceModel};

use crate::border::Border;
use crate::compile::{self, CompileError};
use crate::files::FileError;
use crate::prompt::PromptError;
use crate::provider::{Provider, ProviderError, Recorder, Recording, Role};
use crate::store::StoreError;
use crate::workspace::{Workspace, WorkspaceError};

use refinement::Refinement;

/// How often a better specification is asked for, unless options say otherwise.
pub const ROUNDS: u32 = 3;

/// What a refinement may do.
#[derive(Debug, Clone)]
pub struct Options {
    /// How often a better specification may be asked for.
    pub rounds: u32,
    /// Whether what the module guarantees may change.
    pub may_change_guarantee: bool,
    /// How its code is made.
    pub compile: compile::Options,
}

impl Default for Options {
    fn default() -> Self {
        Self { rounds: ROUNDS, may_change_guarantee: false, compile: compile::Options::default() }
    }
}

/// What a draft is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Plain words.
    Prose,
    /// A function in C.
    C,
    /// A manual page.
    ManPage,
}

impl Kind {
    /// What prompts call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Prose => "a description in plain words",
            Self::C => "a function in C",
            Self::ManPage => "a manual page",
        }
    }
}

/// Something to make a specification from.
#[derive(Debug, Clone)]
pub struct Draft {
    /// What it is.
    pub kind: Kind,
    /// Its text.
    pub text: String,
    /// The module to specify: the name of its function.
    pub module: String,
    /// The folder of its layer.
    pub layer: String,
}

/// What a refinement arrived at. Nothing of it is written yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// The module.
    pub module: String,
    /// How it ended.
    pub end: End,
    /// The new contents of files: the specification first, then the header of its layer when that has to declare what is new.
    pub edits: Vec<Edit>,
    /// The C code that was made from the specification.
    pub code: Option<String>,
    /// In which ways the contract promises less or demands more than before. Compared as text: whether other words say the same is not decided.
    pub weaker: Vec<String>,
    /// Modules whose code would be stale.
    pub stale: Vec<String>,
    /// What else the reader should know.
    pub notes: Vec<String>,
    /// What happened on the way.
    pub history: Vec<Round>,
    /// Every prompt and answer.
    pub recording: Recording,
}

impl Proposal {
    /// Whether the proposal changes nothing.
    pub fn is_empty(&self) -> bool {
        self.edits.iter().all(|edit| edit.before == edit.after)
    }
}

/// The new contents of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// The file, relative to the workspace.
    pub path: String,
    /// What is there; empty for a new file.
    pub before: String,
    /// What would be.
    pub after: String,
}

/// How a refinement ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// The specification has no error, and code was made from it that passed.
    Succeeded,
    /// The limit was reached: the last specification is annotated with what is wrong with it.
    NotConverged,
    /// It cannot go on, through no fault of the specification; why.
    Stuck(String),
}

/// One specification on the way, and what was wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Round {
    /// The number, from 1.
    pub number: u32,
    /// The specification.
    pub spec: String,
    /// What was wrong; `None` when nothing was.
    pub flaw: Option<String>,
}

/// Something that happened, for who watches.
#[derive(Debug, Clone, Copy)]
pub enum Event<'a> {
    /// A draft or a better specification was asked for.
    Asked {
        /// How often by now.
        asked: u32,
    },
    /// An answer is no specification of this module.
    Unusable {
        /// Why.
        reason: &'a str,
    },
    /// A specification has a flaw.
    Flawed {
        /// What is wrong.
        diagnosis: &'a str,
    },
    /// Code is made from a specification without errors.
    Compile(compile::Event<'a>),
}

/// Watches a refinement.
pub trait Progress: Sync {
    /// Takes notice.
    fn event(&self, event: &Event<'_>);
}

/// Nobody watches.
impl Progress for () {
    fn event(&self, _event: &Event<'_>) {}
}

/// A refinement that could not be done.
#[derive(Debug, thiserror::Error)]
pub enum AssistError {
    /// There is no such specification.
    #[error("there is no specification {0} in this workspace")]
    NoSuchSpec(String),
    /// The name of a module to be.
    #[error(
        "`{0}` cannot be the name of a module: it is that of its function, with letters, digits and _, no digit first"
    )]
    Name(String),
    /// The layer of a module to be.
    #[error("there is no layer `{name}`; the layers are {}", .known.join(", "))]
    NoSuchLayer {
        /// The layer.
        name: String,
        /// Those that are there.
        known: Vec<String>,
    },
    /// The module exists.
    #[error("{0} is there already: refine it, or choose another name")]
    Exists(String),
    /// The provider answers no prompts for SpecFine.
    #[error(
        "{0} answers no prompts of the role SpecFine: name a model for it in sysspec.toml, or another provider"
    )]
    NoSpecFine(String),
    /// A prompt waits for its answer.
    #[error("a prompt waits for its answer: {0}; run this again when it is there")]
    Pending(String),
    /// The prompt is too long.
    #[error(transparent)]
    Prompt(#[from] PromptError),
    /// The provider failed.
    #[error(transparent)]
    Provider(#[from] ProviderError),
    /// Code could not be made at all.
    #[error(transparent)]
    Compile(#[from] CompileError),
    /// The workspace cannot be copied.
    #[error(transparent)]
    Workspace(#[from] WorkspaceError),
    /// The store cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A file cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The analysis was changed meanwhile.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// Makes the specification at `path` one that code can be made from.
pub async fn refine(
    ws: &Workspace,
    border: &Border,
    provider: &dyn Provider,
    path: &str,
    options: &Options,
    progress: &dyn Progress,
) -> Result<Proposal, AssistError> {
    demand_spec_fine(provider)?;
    let Some(text) = ws.analysis().text(path)? else { return Err(AssistError::NoSuchSpec(path.to_owned())) };
    let module = ws.model.modules.iter().find(|module| module.path == path);
    let Some(module) = module else { return Err(AssistError::NoSuchSpec(path.to_owned())) };
    let recorder = Recorder::new(provider);
    let mut refinement = Refinement::new(ws, border, &recorder, options, progress, path, &module.name)?;
    refinement.of_spec(text.to_string()).await
}

/// Makes a specification from a draft.
pub async fn draft(
    ws: &Workspace,
    border: &Border,
    provider: &dyn Provider,
    draft: &Draft,
    options: &Options,
    progress: &dyn Progress,
) -> Result<Proposal, AssistError> {
    demand_spec_fine(provider)?;
    let path = new_path(&ws.model, draft)?;
    if ws.root.join(&path).exists() {
        return Err(AssistError::Exists(path));
    }
    let recorder = Recorder::new(provider);
    let mut refinement = Refinement::new(ws, border, &recorder, options, progress, &path, &draft.module)?;
    refinement.of_draft(draft).await
}

fn demand_spec_fine(provider: &dyn Provider) -> Result<(), AssistError> {
    let can = provider.takes(Role::SpecFine) && provider.takes(Role::CodeGen);
    if can { Ok(()) } else { Err(AssistError::NoSpecFine(provider.name().to_owned())) }
}

/// Where the specification of a draft goes: it is made from the arguments only, never from what is answered.
fn new_path(model: &WorkspaceModel, draft: &Draft) -> Result<String, AssistError> {
    let Draft { module, layer, .. } = draft;
    let is_letter = |c: char| c.is_ascii_alphabetic() || c == '_';
    let is_name = module.starts_with(is_letter) && module.chars().all(|c| is_letter(c) || c.is_ascii_digit());
    if !is_name {
        return Err(AssistError::Name(module.clone()));
    }
    if let Some(other) = model.module(module) {
        return Err(AssistError::Exists(other.path.clone()));
    }
    let known: Vec<String> = model.manifest.layers.iter().map(|layer| layer.folder.clone()).collect();
    if !known.contains(layer) {
        return Err(AssistError::NoSuchLayer { name: layer.clone(), known });
    }
    Ok(format!("{layer}/{module}.spec"))
}

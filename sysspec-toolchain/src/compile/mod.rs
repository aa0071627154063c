//! The SpecCompiler: from specifications to validated code, phase by phase, with feedback and a limit on attempts.

mod groups;
pub(crate) mod judge;
mod report;
mod review;
mod schedule;

use std::collections::BTreeSet;
use std::fs::{self, File, TryLockError};
use std::sync::Arc;

pub use report::{AttemptReport, ModuleReport, Outcome, Rate, Report};

use crate::border::Border;
use crate::compiler::{self, Compiler, CompilerError};
use crate::files::FileError;
use crate::format::{self, FormatError};
use crate::gates::Gate;
use crate::gates::module_test::Bench;
use crate::prompt;
use crate::provider::{Absent, Provider, ProviderError, Role, Usage};
use crate::status::{self, State};
use crate::store::shared::Shared;
use crate::store::{self, Store, StoreError};
use crate::workspace::Workspace;

/// What a run of generation may do.
#[derive(Debug, Clone)]
pub struct Options {
    /// The modules to generate; all when empty.
    pub modules: Vec<String>,
    /// How many compilations and tests run at the same time.
    pub jobs: usize,
    /// Whether modules whose attempts are used up get as many again.
    pub again: bool,
    /// Whether to go on although the analysis has findings of severity error.
    pub despite_findings: bool,
    /// The estimated tokens that a prompt may have.
    pub token_budget: usize,
    /// Whether the code of a module without a test is accepted when it passes the other gates, although others have tests.
    pub accepts_untested: bool,
    /// A store that other machines share, from which answers are taken before the provider is asked.
    pub shared: Option<Shared>,
}

impl Default for Options {
    fn default() -> Self {
        let jobs = std::thread::available_parallelism().map_or(1, Into::into);
        Self {
            modules: Vec::new(),
            jobs,
            again: false,
            despite_findings: false,
            token_budget: prompt::TOKEN_BUDGET,
            accepts_untested: false,
            shared: None,
        }
    }
}

/// Something that happened, for who watches.
#[derive(Debug, Clone, Copy)]
pub enum Event<'a> {
    /// A prompt was given to the provider.
    Asked {
        /// The module.
        module: &'a str,
        /// The phase, 1 or 2.
        phase: u8,
        /// The attempt.
        attempt: u32,
    },
    /// An answer was taken from the shared store.
    Recalled {
        /// The module.
        module: &'a str,
        /// The phase, 1 or 2.
        phase: u8,
        /// Who gave it.
        provider: &'a str,
    },
    /// The shared store was of no help.
    NotShared {
        /// The module.
        module: &'a str,
        /// Why.
        reason: &'a str,
    },
    /// A model answered.
    Answered {
        /// The module.
        module: &'a str,
        /// The phase, 1 or 2.
        phase: u8,
        /// The attempt.
        attempt: u32,
        /// What it answers for.
        role: Role,
        /// The model that answered, where there is one.
        model: Option<&'a str>,
        /// The tokens that it took, where they are counted.
        usage: Option<Usage>,
    },
    /// The code passed every gate, and SpecEval was asked to judge it.
    Reviewed {
        /// The module.
        module: &'a str,
        /// The phase, 1 or 2.
        phase: u8,
        /// The attempt.
        attempt: u32,
    },
    /// An answer of SpecEval could not be used.
    Unusable {
        /// The module.
        module: &'a str,
        /// The phase, 1 or 2.
        phase: u8,
        /// The attempt.
        attempt: u32,
        /// Why.
        reason: &'a str,
    },
    /// The code passed the gates that need no other module and waits for the code its test needs.
    Waiting {
        /// The module.
        module: &'a str,
    },
    /// An answer did not pass.
    Rejected {
        /// The module.
        module: &'a str,
        /// The phase, 1 or 2.
        phase: u8,
        /// The attempt.
        attempt: u32,
        /// The gate.
        gate: Gate,
        /// What it said.
        feedback: &'a str,
    },
    /// The code of a phase passed.
    Accepted {
        /// The module.
        module: &'a str,
        /// The phase, 1 or 2.
        phase: u8,
        /// The attempt.
        attempt: u32,
    },
}

/// Watches a run. Called from one thread at a time.
pub trait Progress: Sync {
    /// Takes notice.
    fn event(&self, event: &Event<'_>);
}

/// Nobody watches.
impl Progress for () {
    fn event(&self, _event: &Event<'_>) {}
}

/// A run that could not be done.
#[derive(Debug, thiserror::Error)]
pub enum CompileError {
    /// The specifications contradict each other or are incomplete.
    #[error("the specifications have {0} errors; `sysspec check` shows them. Nothing was generated")]
    Findings(usize),
    /// A module was named that does not exist.
    #[error("there is no module `{0}` in this workspace; `sysspec status` lists all")]
    NoSuchModule(String),
    /// A module has a name that no file of its own can have.
    #[error(
        "{path} calls its module `{name}`, which cannot be the name of a file: the code would be written somewhere else. \
         Nothing was generated"
    )]
    Name {
        /// The specification.
        path: String,
        /// The name.
        name: String,
    },
    /// Code has to be made, and there is nobody to make it.
    #[error(
        "{} of the modules need code, and no provider was chosen:\n{}\nChoose who writes it: `--provider NAME --model MODEL` asks a model (`sysspec doctor` says what it needs); \
         `--provider exchange --exchange-dir DIR` writes every prompt to a file in DIR and takes the answer from a file beside it. \
         Or take the code of the specifications as they were committed: undo the edits, or restore sysspec.lock and generated/.",
        .0.len(), listed(.0)
    )]
    NoProvider(Vec<(String, String)>),
    /// The provider failed.
    #[error("{0}; what was accepted before is kept, and running again goes on from there")]
    Provider(#[from] ProviderError),
    /// The formatter is missing.
    #[error(transparent)]
    Format(#[from] FormatError),
    /// The compiler is missing, or the workspace's headers clash.
    #[error(transparent)]
    Compiler(#[from] CompilerError),
    /// The store cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A file cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// Another process generates in the same workspace.
    #[error("another `sysspec generate` is at work in this workspace; wait for it, or stop it")]
    Busy,
    /// A part of this program failed.
    #[error("a worker ended unexpectedly: {0}")]
    Worker(String),
}

fn listed(modules: &[(String, String)]) -> String {
    let mut lines: Vec<_> =
        modules.iter().take(20).map(|(module, why)| format!("  {module}: {why}")).collect();
    if modules.len() > lines.len() {
        lines.push(format!("  and {} more", modules.len() - lines.len()));
    }
    lines.join("\n")
}

/// Makes the code of all modules that have none or whose code is stale.
///
/// Prompts depend on specifications only, so every module is asked for at once, as far as the provider takes them; tests wait for the code
/// of the modules they need. Accepted code is kept at once: a run that is interrupted is continued by the next.
///
/// # Errors
/// What concerns a single module is part of the report; an error means that the run as a whole cannot go on.
pub async fn generate(
    ws: &Workspace,
    border: &Border,
    provider: Option<&dyn Provider>,
    options: &Options,
    progress: &dyn Progress,
) -> Result<Report, CompileError> {
    if ws.model.error_count > 0 && !options.despite_findings {
        return Err(CompileError::Findings(ws.model.error_count));
    }
    // Whatever findings are let stand: a specification decides what is in its own files, not which files these are.
    if let Some(module) = ws.model.modules.iter().find(|module| !store::is_file_name(&module.name)) {
        return Err(CompileError::Name { path: module.path.clone(), name: module.name.clone() });
    }
    if let Some(name) = options.modules.iter().find(|name| ws.model.module(name).is_none()) {
        return Err(CompileError::NoSuchModule(name.clone()));
    }
    let _guard = exclusive(ws)?;
    let mut store = Store::open(&ws.root)?;
    store.sweep()?;
    store.retain(&ws.model.modules)?;
    let lacking = lacking(ws, &store, options)?;
    let provider = match provider {
        Some(provider) => provider,
        None if lacking.is_empty() => return report::unchanged(ws, &store, options),
        None if options.shared.is_some() => &Absent,
        None => return Err(CompileError::NoProvider(lacking)),
    };
    // Code that is validated is judged again when it is asked for by name and what judges has changed.
    let named = options.modules.iter().cloned();
    let names: BTreeSet<String> = lacking.into_iter().map(|(name, _)| name).chain(named).collect();
    if names.is_empty() {
        return report::unchanged(ws, &store, options);
    }
    format::check()?;
    let compiler = Arc::new(Compiler::open(&ws.root, &ws.model, border)?);
    let bench = Bench::open(&ws.root, ws.model.clone(), compiler.clone())?;
    let judge = Arc::new(judge::Judge {
        workspace: ws.clone(),
        compiler,
        bench,
        is_reviewed: provider.takes(Role::SpecEval),
        accepts_untested: options.accepts_untested,
    });
    schedule::run(ws, store, judge, provider, options, progress, names).await
}

/// The modules of the run that lack validated code, and why. One whose file was edited by hand is made again only when it is named.
fn lacking(ws: &Workspace, store: &Store, options: &Options) -> Result<Vec<(String, String)>, StoreError> {
    let mut lacking = Vec::new();
    for module in &ws.model.modules {
        let named = options.modules.contains(&module.name);
        if !named && !options.modules.is_empty() {
            continue;
        }
        let state = status::of(store, &ws.model, module)?;
        let wanted = match state {
            State::Validated => false,
            State::Edited => named,
            State::Missing | State::Stale(_) => true,
        };
        if wanted {
            lacking.push((module.name.clone(), state.describe()));
        }
    }
    Ok(lacking)
}

/// Holds a workspace for one run.
struct Exclusive(File);

impl Drop for Exclusive {
    fn drop(&mut self) {
        // Closing the file is not enough while a program that is just being started has inherited it.
        // What cannot be unlocked is unlocked at the end of the process.
        let _ = self.0.unlock();
    }
}

/// Two runs at once would overwrite each other's lock file.
fn exclusive(ws: &Workspace) -> Result<Exclusive, CompileError> {
    let path = compiler::build_folder(&ws.root)?.join("generate.lock");
    let failed = |source| FileError::new("create", &path, source);
    let file = fs::OpenOptions::new().create(true).append(true).open(&path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(Exclusive(file)),
        Err(TryLockError::WouldBlock) => Err(CompileError::Busy),
        Err(TryLockError::Error(source)) => Err(failed(source).into()),
    }
}

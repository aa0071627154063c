//! Which modules have validated code, and why the others do not.

use sysspec_analysis::{ModuleModel, Phase, WorkspaceModel};

use crate::store::{self, Store, StoreError, has_second_phase};
use crate::workspace::Workspace;

/// The state of one module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModuleStatus {
    /// The module.
    pub module: String,
    /// Its state.
    pub state: State,
}

/// Whether the code of a module can be built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// Its code passed the gates for what the specs say now.
    Validated,
    /// It has no code.
    Missing,
    /// What its code was made from changed; the reasons, each a clause such as "the contract of `step`, which it relies on,
    /// changed".
    Stale(Vec<String>),
    /// Its code is not what passed the gates: somebody edited the file.
    Edited,
}

impl State {
    /// What the state means, in one line.
    pub fn describe(&self) -> String {
        match self {
            Self::Validated => "validated".to_owned(),
            Self::Missing => "missing: no code was generated yet".to_owned(),
            Self::Stale(reasons) => format!("stale: {}", reasons.join("; ")),
            Self::Edited => "edited: the file in generated/ is not what passed the gates".to_owned(),
        }
    }
}

/// The state of every module, leaf to root.
pub fn status(ws: &Workspace) -> Result<Vec<ModuleStatus>, StoreError> {
    let store = Store::open(&ws.root)?;
    ws.model
        .modules
        .iter()
        .map(|module| Ok(ModuleStatus { module: module.name.clone(), state: of(&store, &ws.model, module)? }))
        .collect()
}

/// The state of one module.
pub fn of(store: &Store, model: &WorkspaceModel, module: &ModuleModel) -> Result<State, StoreError> {
    let Some(entry) = store.entry(&module.name) else { return Ok(State::Missing) };
    let reasons = entry.parts.differences(&store::parts(model, module, last_phase(module)));
    if !reasons.is_empty() {
        return Ok(State::Stale(reasons));
    }
    Ok(match store.code(module)? {
        None => State::Missing,
        Some(code) if store::code_hash(&code) == entry.code => State::Validated,
        Some(_) => State::Edited,
    })
}

/// The phase that gives the final code of a module.
pub fn last_phase(module: &ModuleModel) -> Phase {
    if has_second_phase(module) { Phase::Refine } else { Phase::Functional }
}

//! What a module's code must define and may use, derived from its spec.

use std::collections::{BTreeMap, BTreeSet};

use sysspec_analysis::{ModuleModel, Phase, SymbolKind, WorkspaceModel};

use super::LINE_BUDGET;
use crate::csource::signature;
use crate::{definitions, headers};

/// The rules for the code of one module in one phase.
#[derive(Debug, Clone)]
pub struct Rules {
    /// The module.
    pub module: String,
    /// The functions to define, with the normal form of their signatures.
    pub functions: BTreeMap<String, Guaranteed>,
    /// The objects to define.
    pub objects: BTreeMap<String, Guaranteed>,
    /// The one header of the workspace to include.
    pub header: String,
    /// The functions of the workspace and of external code that may be called.
    pub callable: BTreeSet<String>,
    /// The macros, objects and constants of headers that may be used.
    pub usable: BTreeSet<String>,
    /// Everything that the workspace's headers declare and its modules guarantee, and what it is.
    pub known: BTreeMap<String, SymbolKind>,
    /// Whether C's and POSIX's own lock operations may be called.
    pub lock_primitives: bool,
    /// Whether this is the sequential phase of a module whose locking comes later.
    pub sequential: bool,
    /// How many lines the code may have.
    pub line_budget: usize,
}

/// A symbol to define.
#[derive(Debug, Clone)]
pub struct Guaranteed {
    /// The declaration as the spec writes it.
    pub declaration: String,
    /// Its normal form, when it can be parsed.
    pub signature: Option<String>,
}

impl Rules {
    /// The rules for `module` in `phase`.
    pub fn new(model: &WorkspaceModel, module: &ModuleModel, phase: Phase) -> Self {
        let two_phases = module.refine.as_ref().is_some_and(|refine| refine.has_rely);
        let header = module.header.as_deref().and_then(|path| model.header(path));
        Self {
            module: module.name.clone(),
            functions: guaranteed(module, |kind| kind == SymbolKind::Function),
            objects: guaranteed(module, |kind| kind == SymbolKind::Object),
            header: header.map(|header| headers::file_name(&header.stem)).unwrap_or_default(),
            callable: module
                .relies
                .iter()
                .filter(|reliance| reliance.kind == SymbolKind::Function && reliance.phase <= phase)
                .map(|reliance| reliance.name.clone())
                .collect(),
            usable: usable(model, module, phase),
            known: known(model),
            // With a second phase, locking is done by the functions that phase relies on.
            lock_primitives: !two_phases,
            sequential: two_phases && phase == Phase::Functional,
            line_budget: LINE_BUDGET,
        }
    }
}

fn guaranteed(module: &ModuleModel, fits: impl Fn(SymbolKind) -> bool) -> BTreeMap<String, Guaranteed> {
    module
        .guarantees
        .iter()
        .filter(|guarantee| fits(guarantee.kind))
        .map(|guarantee| {
            let declaration = guarantee.declaration.clone();
            let signature = signature(&declaration);
            (guarantee.name.clone(), Guaranteed { declaration, signature })
        })
        .collect()
}

/// What the prompt shows may be used, and so may what the spec restates.
fn usable(model: &WorkspaceModel, module: &ModuleModel, phase: Phase) -> BTreeSet<String> {
    let shown = definitions::needed(model, module, phase).into_iter().map(|definition| definition.name);
    let relied =
        module.relies.iter().filter(|reliance| reliance.phase <= phase).map(|reliance| reliance.name.clone());
    let own = module.guarantees.iter().map(|guarantee| guarantee.name.clone());
    shown.chain(relied).chain(own).collect()
}

fn known(model: &WorkspaceModel) -> BTreeMap<String, SymbolKind> {
    let declared = model.headers.iter().flat_map(|header| &header.declarations);
    let mut known: BTreeMap<String, SymbolKind> = BTreeMap::new();
    // A tag and an object may share a name: the object is what an expression can mean.
    for declaration in declared {
        let kind = known.entry(declaration.name.clone()).or_insert(declaration.kind);
        if matches!(kind, SymbolKind::Struct | SymbolKind::Enum) {
            *kind = declaration.kind;
        }
    }
    for guarantee in model.modules.iter().flat_map(|module| &module.guarantees) {
        known.insert(guarantee.name.clone(), guarantee.kind);
    }
    known
}

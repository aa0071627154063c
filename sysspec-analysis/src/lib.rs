//! Incremental analysis of SysSpec specifications: pure, no I/O, no LSP types.
//!
//! A [`Host`] owns the files and takes changes; an [`Analysis`] is a snapshot that answers questions:
//! findings, what editors show, and the [`WorkspaceModel`] that code is generated from. Paths are
//! relative to the workspace with `/` between components, offsets are absolute bytes at this border.

mod assembly;
mod behaviour;
mod c;
mod check;
mod clause;
mod code;
mod db;
mod denotation;
mod diagnostic;
pub mod english;
mod features;
mod fence;
mod finding;
mod format;
pub mod formula;
mod graph;
mod host;
#[cfg(test)]
mod incremental;
mod index;
mod locks;
pub mod logic;
mod lower;
mod manifest;
mod model;
pub mod obligation;
mod patch;
mod prose;
mod severities;
mod source;
mod span;
mod spelling;
mod suppression;
mod survey;
mod symbols;
mod system;
mod text;
mod vocabulary;
mod workspace;

pub use behaviour::{ContractCase, ContractLine, ContractPart, FunctionContract, Parameter};
pub use code::{Code, diagnostics_markdown};
pub use diagnostic::{Applicability, Diagnostic, Edit, Fix, Related, Severity, Suppressed};
pub use english::Statement;
pub use features::{
    Access, Action, ActionKind, Call, Callable, Completion, CompletionKind, Completions, ContractItems, Fold,
    FoundSymbol, Highlight, Hover, Link, Location, OutlineKind, Reference, ReferenceRole, Renaming, Symbol,
    Token, TokenKind,
};
pub use host::{Analysis, Cancellable, Cancelled, Canceller, Host, Settlement};
pub use locks::order::{LockEdge, LockOrderModel, LockSite};
pub use manifest::models::{
    BudgetSettings, JsonMode, LimitSettings, ModelRole, ModelSettings, Prices, ProviderKind,
    ProviderSettings, RoleSettings, TimeoutSettings, user_settings,
};
pub use model::{
    Declaration, Guarantee, HeaderModel, Layer, Manifest, ModuleModel, MountSettings, NodeKind, Patch,
    PatchModel, PatchNode, Phase, Provider, RefineModel, Reliance, SymbolKind, TestSettings,
    ToolchainSettings, WorkspaceModel,
};
pub use spelling::nearest;
pub use survey::Extent;

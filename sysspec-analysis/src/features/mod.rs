//! What editors ask for, as plain data.

mod actions;
mod calls;
mod completion;
mod contract_items;
mod cursor;
mod hover;
mod lexemes;
mod members;
mod navigation;
mod outline;
mod proof;
mod references;
mod rename;
mod search;
mod structure;
mod tokens;

use std::ops::Range;
use std::sync::Arc;

pub use actions::{Action, ActionKind, actions, fix_all};
pub use calls::{Call, Callable, callable, callees, callers};
pub use completion::{Completion, CompletionKind, Completions, completions};
pub use contract_items::{ContractItems, contract_items};
pub use hover::hover;
pub use navigation::{declaration_at, definition, implementation, type_definition};
pub use outline::document_symbols;
pub use references::{Access, Highlight, Reference, ReferenceRole, highlights, references};
pub use rename::{Renaming, prepare_rename, rename};
pub use search::{FoundSymbol, workspace_symbols};
pub use structure::{Fold, Link, folds, links, selections};
pub use tokens::{Token, TokenKind, tokens};

/// What is shown for the symbol under the cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hover {
    /// The symbol's occurrence, in bytes.
    pub range: Range<usize>,
    /// What to show.
    pub markdown: String,
}

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Location {
    /// The file.
    pub path: Arc<str>,
    /// The whole item, in bytes.
    pub range: Range<usize>,
    /// The name inside it.
    pub focus: Range<usize>,
}

/// An entry of a file's outline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Symbol {
    /// What it is called.
    pub name: String,
    /// A few more words, such as a declaration.
    pub detail: Option<String>,
    /// What it is.
    pub kind: OutlineKind,
    /// The whole of it, in bytes.
    pub range: Range<usize>,
    /// Its name, in bytes; inside `range`.
    pub selection: Range<usize>,
    /// What it contains.
    pub children: Vec<Symbol>,
}

/// What an entry of an outline is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OutlineKind {
    /// A phase of a module.
    Phase,
    /// A section under a bracketed heading.
    Section,
    /// A labelled part of a section, such as a pre-condition.
    Clause,
    /// A declaration.
    Declaration(crate::SymbolKind),
    /// A table of the manifest.
    Table,
}

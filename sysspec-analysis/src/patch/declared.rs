//! What a `.patch` file says: `[PATCH]` and `[NODES]`.

use std::sync::Arc;

use crate::NodeKind;
use crate::db::{Db, SourceFile, depends_on_edits};
use crate::lower::{SectionKind, Word, lower};

/// What a `.patch` file says, without places.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Declaration {
    /// What the patch is for.
    pub intent: Option<String>,
    /// The patches it says it needs.
    pub needs: Vec<String>,
    /// Its nodes, in the order of the text.
    pub nodes: Vec<DeclaredNode>,
    /// Whether there is a `[NODES]`.
    pub lists_nodes: bool,
}

/// A line of `[NODES]`, as far as it could be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeclaredNode {
    /// What it is called.
    pub name: String,
    /// What it says it is.
    pub kind: Option<NodeKind>,
    /// What it does.
    pub action: Option<Action>,
}

/// What a node does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// `new`
    New,
    /// `replaces other`
    Replaces(String),
}

/// Reads a `.patch` file.
#[salsa::tracked]
pub fn declaration(db: &dyn Db, file: SourceFile) -> Arc<Declaration> {
    depends_on_edits(db);
    let mut out = Declaration::default();
    for section in lower(db, file) {
        let content = section.content(db);
        match section.key(db).kind {
            SectionKind::Patch => {
                for attribute in &content.attributes {
                    match attribute.key.as_str() {
                        "intent" if !attribute.value.is_empty() => out.intent = Some(attribute.value.clone()),
                        "needs" => out.needs.extend(names(&attribute.value).map(|(name, _)| name.into())),
                        _ => {}
                    }
                }
            }
            SectionKind::Intent if out.intent.is_none() && !content.is_empty => {
                out.intent = Some(content.body().into());
            }
            SectionKind::Nodes => {
                out.lists_nodes = true;
                let nodes = content.nodes.iter();
                out.nodes.extend(nodes.filter_map(|line| {
                    Some(DeclaredNode {
                        name: line.name.as_ref()?.text.clone(),
                        kind: line.kind.as_ref().and_then(kind),
                        action: line.action.as_ref().and_then(|word| action(word, line.target.as_ref())),
                    })
                }));
            }
            _ => {}
        }
    }
    Arc::new(out)
}

/// The patches that a `.patch` file needs. Does not change with the rest of what it says.
#[salsa::tracked]
pub fn needs(db: &dyn Db, file: SourceFile) -> Vec<String> {
    declaration(db, file).needs.clone()
}

/// The names in a list that is separated by commas or blanks, with the bytes at which they begin.
pub fn names(list: &str) -> impl Iterator<Item = (&str, usize)> {
    let separates = |c: char| c == ',' || c.is_whitespace();
    let pieces = list.split_inclusive(separates).scan(0, |end, piece| {
        *end += piece.len();
        Some((piece, *end - piece.len()))
    });
    pieces
        .map(move |(piece, at)| (piece.trim_end_matches(separates), at))
        .filter(|(word, _)| !word.is_empty())
}

/// The kind that a word means.
pub fn kind(word: &Word) -> Option<NodeKind> {
    NodeKind::ALL.into_iter().find(|kind| word.text.eq_ignore_ascii_case(kind.as_str()))
}

fn action(word: &Word, target: Option<&Word>) -> Option<Action> {
    if word.text.eq_ignore_ascii_case("new") {
        return Some(Action::New);
    }
    let target = target.filter(|_| word.text.eq_ignore_ascii_case("replaces"))?;
    Some(Action::Replaces(target.text.trim_matches('`').into()))
}

//! How much of a module's contracts is formal.

use tree_sitter::Node;

use crate::db::{Db, SourceFile};
use crate::formula;
use crate::source::{self, FileKind};

/// The items of a file's contracts: pre-conditions, post-conditions and invariants, in either phase.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ContractItems {
    /// Those that consist of boolean expressions in code spans.
    pub formal: usize,
    /// Those that are told in words, in full or in part.
    pub informal: usize,
}

/// Counts the items of a spec's contracts. Steps of algorithms are none.
pub fn contract_items(db: &dyn Db, file: SourceFile) -> ContractItems {
    let mut items = ContractItems::default();
    if source::kind(file.path(db)) != FileKind::Spec {
        return items;
    }
    let parsed = source::parse(db, file);
    let Some(tree) = parsed.tree() else { return items };
    let text = parsed.text.rope().to_string();
    // Lists in lists may be nested as deeply as a writer likes.
    let mut waiting = vec![(tree.root_node(), false)];
    while let Some((node, is_inside)) = waiting.pop() {
        let is_inside = match node.kind() {
            "contract" => is_condition(node, &text),
            _ => is_inside,
        };
        if is_inside && let Some(said) = said(node) {
            match is_formal(said, &text) {
                true => items.formal += 1,
                false => items.informal += 1,
            }
        }
        waiting.extend(node.named_children(&mut node.walk()).map(|child| (child, is_inside)));
    }
    items
}

/// Whether a contract is one of conditions, going by its label.
fn is_condition(contract: Node<'_>, text: &str) -> bool {
    let label = contract.child_by_field_name("label").map(|label| text[label.byte_range()].to_lowercase());
    label.is_some_and(|label| label.contains("condition") || label.contains("invariant"))
}

/// What an item says: the outcome of a case, the text of a list item, a paragraph of its own.
fn said(node: Node<'_>) -> Option<Node<'_>> {
    match node.kind() {
        "case" => node.child_by_field_name("outcome"),
        "list_item" => node.child_by_field_name("content"),
        "paragraph" => {
            Some(node).filter(|node| node.parent().is_some_and(|parent| parent.kind() == "contract"))
        }
        _ => None,
    }
}

fn is_formal(paragraph: Node<'_>, text: &str) -> bool {
    let mut expressions = 0;
    for part in paragraph.named_children(&mut paragraph.walk()) {
        let written = &text[part.byte_range()];
        match part.kind() {
            "code_span" if formula::parse(written.trim_matches('`')).is_ok() => expressions += 1,
            // Several expressions in an item are told apart by semicolons.
            "text" if written.trim_matches([' ', ';', ',', '.']).is_empty() => {}
            _ => return false,
        }
    }
    expressions > 0
}

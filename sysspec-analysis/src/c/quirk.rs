//! What is no C, and is read all the same since its meaning is plain.

use std::ops::Range;

use tree_sitter::Node;

/// One such place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Quirk {
    /// No semicolon behind the last declaration; the place where it belongs.
    NoSemicolon(usize),
    /// `#define N = 8`: the equals sign with the blanks behind it, and the name of the macro.
    MacroEquals(Range<usize>, String),
}

/// The quirks of a tree over `text`, of which the part beyond `end` was not written by the user.
pub fn quirks(root: Node<'_>, text: &str, end: usize) -> Vec<Quirk> {
    let mut found = Vec::new();
    let mut last = None;
    let mut cursor = root.walk();
    for node in root.named_children(&mut cursor) {
        if node.kind().starts_with("preproc_") {
            macros(node, text, &mut found);
        }
        if node.kind() != "comment" && node.start_byte() < end {
            last = Some(node);
        }
    }
    found.extend(last.and_then(|last| no_semicolon(last, end)).map(Quirk::NoSemicolon));
    found
}

fn macros(node: Node<'_>, text: &str, found: &mut Vec<Quirk>) {
    if matches!(node.kind(), "preproc_def" | "preproc_function_def") {
        found.extend(equals(node, text));
        return;
    }
    let mut cursor = node.walk();
    for child in node.named_children(&mut cursor).filter(|child| child.kind().starts_with("preproc_")) {
        macros(child, text, found);
    }
}

fn equals(node: Node<'_>, text: &str) -> Option<Quirk> {
    let name = node.child_by_field_name("name")?;
    let value = node.child_by_field_name("value")?;
    let body = &text[value.byte_range()];
    let start = value.start_byte() + (body.len() - body.trim_start().len());
    let rest = text[start..value.end_byte()].strip_prefix('=')?;
    // `#define IS ==` is a macro of its own right, and so is a lone sign.
    if rest.starts_with('=') || rest.trim().is_empty() {
        return None;
    }
    let end = value.end_byte() - rest.trim_start().len();
    Some(Quirk::MacroEquals(start..end, text[name.byte_range()].to_owned()))
}

/// Where the semicolon belongs that the last declaration lacks.
fn no_semicolon(node: Node<'_>, end: usize) -> Option<usize> {
    if node.has_error() {
        return None;
    }
    match node.kind() {
        "declaration" | "type_definition" => {
            let semicolon = node.child(node.child_count().checked_sub(1)?)?;
            if semicolon.kind() != ";" || semicolon.start_byte() < end {
                return None;
            }
            let mut before = semicolon.prev_sibling()?;
            while before.kind() == "comment" {
                before = before.prev_sibling()?;
            }
            Some(before.end_byte())
        }
        "struct_specifier" | "union_specifier" | "enum_specifier" => {
            let mut next = node.next_sibling();
            while next.is_some_and(|next| next.kind() == "comment") {
                next = next.and_then(|next| next.next_sibling());
            }
            let is_missing = next.is_none_or(|next| next.kind() != ";" || next.start_byte() >= end);
            is_missing.then(|| node.end_byte())
        }
        _ => None,
    }
}

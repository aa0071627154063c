//! Where a piece of text is no sequence of C declarations.

use std::ops::Range;

use tree_sitter::Node;

/// One syntax error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// Where, on one line.
    pub range: Range<usize>,
    /// What is wrong.
    pub message: String,
    /// What is missing at the end of the range, when that is evident.
    pub missing: Option<&'static str>,
}

/// The errors of a tree over `text`, of which the part beyond `end` was not written by the user.
pub fn errors(root: Node<'_>, text: &str, end: usize) -> Vec<SyntaxError> {
    let mut found = Vec::new();
    collect(root, text, end, &mut found);
    statements(root, text, &mut found);
    found.sort_by_key(|error: &SyntaxError| (error.range.start, error.range.end));
    found.dedup_by(|next, kept| line_of(text, next.range.start) == line_of(text, kept.range.start));
    found
}

fn collect(node: Node<'_>, text: &str, end: usize, found: &mut Vec<SyntaxError>) {
    if node.is_missing() {
        let at = before_blanks(text, node.start_byte().min(end));
        let range = last_character(text, at)..at;
        // What else may be missing, a name for instance, nobody can guess.
        let missing = [";", ")", "}", "]", ","].into_iter().find(|mark| *mark == node.kind());
        found.push(SyntaxError { range, message: format!("`{}` is missing here", node.kind()), missing });
        return;
    }
    if node.is_error() {
        found.push(unexpected(node, text, end));
        return;
    }
    if node.has_error() {
        let mut cursor = node.walk();
        for child in node.children(&mut cursor) {
            collect(child, text, end, found);
        }
    }
}

/// What the grammar takes for statements is no declaration either.
fn statements(root: Node<'_>, text: &str, found: &mut Vec<SyntaxError>) {
    let mut cursor = root.walk();
    for node in root.named_children(&mut cursor) {
        let is_statement = node.kind().ends_with("_statement") && &text[node.byte_range()] != ";";
        if is_statement && !node.has_error() && !text[node.byte_range()].contains("tatic_assert") {
            let range = first_line(text, node.byte_range());
            let message = format!("expected a declaration, found `{}`", &text[range.clone()]);
            found.push(SyntaxError { range, message, missing: None });
        }
    }
}

fn unexpected(node: Node<'_>, text: &str, end: usize) -> SyntaxError {
    let range = node.start_byte().min(end)..node.end_byte().min(end);
    let range = first_line(text, range);
    if range.is_empty() {
        let at = before_blanks(text, range.start);
        return SyntaxError {
            range: last_character(text, at)..at,
            message: "this declaration is not complete".into(),
            missing: None,
        };
    }
    let message = format!("C does not allow `{}` here", &text[range.clone()]);
    SyntaxError { range, message, missing: None }
}

/// The part of a range up to the end of its first line that is not blank.
fn first_line(text: &str, range: Range<usize>) -> Range<usize> {
    let inner = &text[range.clone()];
    let start = range.start + (inner.len() - inner.trim_start().len());
    let line = text[start..range.end.max(start)].lines().next().unwrap_or_default();
    start..start + line.trim_end().len()
}

fn before_blanks(text: &str, at: usize) -> usize {
    text[..at].trim_end().len()
}

fn last_character(text: &str, at: usize) -> usize {
    text[..at].char_indices().next_back().map_or(0, |(start, _)| start)
}

fn line_of(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count()
}

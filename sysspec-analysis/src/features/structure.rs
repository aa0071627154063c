//! The shape of a text: what folds, what a selection grows to, what links lead to.

use std::ops::Range;
use std::sync::Arc;

use crate::db::{Db, SourceFile};
use crate::lower::{Section, SectionKind, include_tokens, lower};
use crate::source::{self, FileKind};
use crate::span::Span;
use crate::symbols::code;
use crate::workspace::{Include, layout};

use super::cursor::{self, section_at, word_at};
use super::navigation::node_files;
use super::outline::document_symbols;

/// A part of a text that can be folded away.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Fold {
    /// From the line that stays to the end of the last one that goes, in bytes.
    pub range: Range<usize>,
    /// Whether it is a comment.
    pub is_comment: bool,
}

/// A piece of a text that leads to a file.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Link {
    /// The piece, in bytes.
    pub range: Range<usize>,
    /// The file.
    pub target: Arc<str>,
}

/// What can be folded: sections, phases, blocks of code, declarations, labelled parts, runs of comments.
pub fn folds(db: &dyn Db, file: SourceFile) -> Vec<Fold> {
    let rope = file.text(db).rope();
    let text = rope.to_string();
    let mut ranges = Vec::new();
    for symbol in document_symbols(db, file) {
        collect(&symbol, &mut ranges);
    }
    for &section in lower(db, file) {
        let offset = section.offset(db);
        if section.key(db).kind != SectionKind::Declarations {
            ranges.extend(section.content(db).codes.iter().map(|block| block.whole.at(offset)));
        }
        ranges.extend(code(db, section).declarations.iter().map(|found| found.span.at(offset)));
    }
    let fold = |range, is_comment| Fold { range, is_comment };
    let mut folds: Vec<Fold> = ranges.into_iter().map(|range| fold(range, false)).collect();
    folds.extend(comments(&text).into_iter().map(|range| fold(range, true)));
    for fold in &mut folds {
        let end = fold.range.end.min(text.len());
        fold.range.end = fold.range.start + text[fold.range.start..end].trim_end().len();
    }
    folds.retain(|fold| text[fold.range.clone()].contains('\n'));
    // One fold a line: the largest that begins there.
    folds.sort_by_key(|fold| (fold.range.start, std::cmp::Reverse(fold.range.end)));
    folds.dedup_by_key(|fold| text[..fold.range.start].rfind('\n'));
    folds
}

fn collect(symbol: &super::Symbol, ranges: &mut Vec<Range<usize>>) {
    ranges.push(symbol.range.clone());
    symbol.children.iter().for_each(|child| collect(child, ranges));
}

/// Runs of lines that are comments.
fn comments(text: &str) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    let mut start = 0;
    let mut was_comment = false;
    for line in text.split_inclusive('\n') {
        let is_comment = line.trim_start().starts_with("//");
        let end = start + line.trim_end().len();
        match runs.last_mut().filter(|_| is_comment && was_comment) {
            Some(run) => run.end = end,
            None if is_comment => runs.push(start..end),
            None => {}
        }
        was_comment = is_comment;
        start += line.len();
    }
    runs
}

/// What a selection at an offset grows to, the innermost first; each holds the one before.
pub fn selections(db: &dyn Db, file: SourceFile, offset: usize) -> Vec<Range<usize>> {
    let length = file.text(db).rope().len_bytes();
    let offset = offset.min(length);
    let mut ranges: Vec<Range<usize>> = syntax_around(db, file, offset);
    ranges.push(0..length);
    if let Some(section) = section_at(db, file, offset) {
        let start = section.offset(db);
        let inner = within(db, section, offset - start);
        ranges.extend(inner.into_iter().map(|range| range.start + start..range.end + start));
    }
    ranges.retain(|range| range.start <= offset && offset <= range.end && !range.is_empty());
    ranges.sort_by_key(|range| (range.len(), range.start));
    ranges.dedup();
    // What would cross the one before is left out.
    let mut grown: Vec<Range<usize>> = Vec::new();
    for range in ranges {
        if grown.last().is_none_or(|last| range.start <= last.start && last.end <= range.end) {
            grown.push(range);
        }
    }
    grown
}

/// The word, the code span, the declaration, the code and the labelled parts around an offset of a section.
fn within(db: &dyn Db, section: Section<'_>, at: usize) -> Vec<Range<usize>> {
    let content = section.content(db);
    let text = &content.text;
    let mut ranges = vec![0..text.trim_end().len(), content.body..text.trim_end().len().max(content.body)];
    if let Some(word) = word_at(text, at) {
        ranges.push(word);
    }
    if let Some(span) = cursor::code_span_at(text, at) {
        ranges.push(span.start + 1..span.end - 1);
        ranges.push(span);
    }
    let lines = |span: Span| span.range();
    ranges.extend(content.codes.iter().flat_map(|block| [lines(block.code), lines(block.whole)]));
    ranges.extend(content.labels.iter().map(|label| label.whole.range()));
    ranges.extend(code(db, section).declarations.iter().map(|found| found.span.range()));
    for range in &mut ranges {
        range.end = range.start + text[range.clone()].trim_end().len();
    }
    ranges
}

/// The nodes of the syntax tree around an offset.
fn syntax_around(db: &dyn Db, file: SourceFile, offset: usize) -> Vec<Range<usize>> {
    if !matches!(source::kind(file.path(db)), FileKind::Spec | FileKind::Patch) {
        return Vec::new();
    }
    let Some(tree) = source::parse(db, file).tree() else { return Vec::new() };
    let mut node = tree.root_node().descendant_for_byte_range(offset, offset);
    let rope = file.text(db).rope();
    let mut ranges = Vec::new();
    while let Some(found) = node {
        let range = found.byte_range();
        let text = rope.get_byte_slice(range.clone()).map(|slice| slice.to_string()).unwrap_or_default();
        ranges.push(range.start..range.start + text.trim_end().len());
        node = found.parent();
    }
    ranges
}

/// What leads to other files: the tokens of an include list, and the nodes of a patch.
pub fn links(db: &dyn Db, file: SourceFile) -> Vec<Link> {
    let mut links = Vec::new();
    for &section in lower(db, file) {
        let found = match section.key(db).kind {
            SectionKind::Includes => includes(db, file, section),
            SectionKind::Nodes => node_files(db, file, section),
            _ => continue,
        };
        let offset = section.offset(db);
        links.extend(
            found
                .into_iter()
                .map(|(span, target)| Link { range: span.at(offset), target: target.path(db).clone() }),
        );
    }
    links
}

fn includes(db: &dyn Db, file: SourceFile, section: Section<'_>) -> Vec<(Span, SourceFile)> {
    let tokens = include_tokens(&section.content(db).text).into_iter();
    let header = |(token, span): (String, Span)| match layout(db).include(db, &token, file.path(db)) {
        Include::Header(header) => Some((span, header)),
        Include::System | Include::Unknown => None,
    };
    tokens.filter_map(header).collect()
}

//! The place of a declaration with all that belongs to it, for fixes that take it out.

use crate::db::Db;
use crate::finding::Place;
use crate::lower::Section;
use crate::span::Span;
use crate::symbols::{Declared, code};

/// Where a declaration stands with its comment: the whole fence when nothing else is in it, the whole section when
/// nothing else is in that. `None` when another name is declared by the same declaration.
pub fn removal(db: &dyn Db, section: Section<'_>, declared: &Declared) -> Option<Place> {
    let content = section.content(db);
    let others = code(db, section).declarations.iter();
    let others: Vec<&Declared> = others.filter(|other| other.symbol != declared.symbol).collect();
    if others.iter().any(|other| other.span == declared.span) {
        return None;
    }
    let block = content.codes.iter().find(|block| contains(block.whole, declared.span))?;
    let text = &content.text;
    if others.is_empty() && content.codes.len() == 1 {
        return Some(Place::section(db, section, Span::from(0..text.len())));
    }
    let is_alone = !others.iter().any(|other| contains(block.whole, other.span));
    let whole = if is_alone { block.whole } else { declared.span };
    let floor = if is_alone { 0 } else { block.code.start };
    let start = with_comments_above(text, floor, line_start(text, whole.start));
    Some(Place::section(db, section, Span::from(start..line_end(text, whole.end))))
}

fn contains(outer: Span, inner: Span) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}

fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |newline| newline + 1)
}

/// The start of the next line.
fn line_end(text: &str, at: usize) -> usize {
    let at = at.min(text.len());
    if text[..at].ends_with('\n') {
        at
    } else {
        text[at..].find('\n').map_or(text.len(), |newline| at + newline + 1)
    }
}

/// Goes up over the `//` lines right above.
fn with_comments_above(text: &str, floor: usize, mut start: usize) -> usize {
    while start > floor {
        let above = line_start(text, start - 1);
        if above < floor || !text[above..start].trim_start().starts_with("//") {
            break;
        }
        start = above;
    }
    start
}

//! SYN of code fences: those that are not closed, and what stands behind the end of one.

use crate::db::Db;
use crate::finding::{Finding, Place};
use crate::lower::{self, Section, SectionContent};
use crate::span::Span;
use crate::{Applicability, Code};

/// What is wrong with the fences of a section.
pub fn check(db: &dyn Db, section: Section<'_>, out: &mut Vec<Finding>) {
    let content = section.content(db);
    let place = |span: Span| Place::section(db, section, span);
    for &behind in &content.slips.behind_fences {
        out.push(behind_fence(content, behind, &place));
    }
    let mut codes = content.codes.iter().peekable();
    while let Some(block) = codes.next() {
        if block.is_closed {
            continue;
        }
        // A closing fence with words behind it reads as the opening of another block; it is the one mistake of both.
        if let Some(words) = codes.peek().and_then(|next| words_behind(content, block, next)) {
            codes.next();
            out.push(behind_fence(content, words, &place));
            continue;
        }
        out.push(unclosed(content, block, &place));
    }
}

fn unclosed(content: &SectionContent, block: &lower::Code, place: &impl Fn(Span) -> Place) -> Finding {
    let opening = opening(content, block.whole);
    let finding = Finding::new(Code::UNTERMINATED_FENCE, place(opening), "this code fence is never closed");
    if block.info.is_none() && content.of(block.code).trim().is_empty() {
        // A lone end of a block, which C without a fence may have left behind.
        return finding.help("take the line out, or write the code and a closing ``` below it").fix(
            "take the lone fence out",
            place(line_of(content, opening)),
            "",
        );
    }
    let end = block.code.start + content.of(block.code).trim_end().len();
    let end = end.max(opening.end);
    let indent = indentation(content, opening.start);
    let mut edits = vec![(place(Span { start: end, end }), format!("\n{indent}```"))];
    // The end that comes too late would open a block once there is one before it.
    edits.extend(block.stray.map(|stray| (place(line_of(content, stray)), String::new())));
    finding.help("write ``` on a line of its own after the code").remedy(
        "close the fence",
        Applicability::Safe,
        edits,
    )
}

fn behind_fence(content: &SectionContent, words: Span, place: &impl Fn(Span) -> Place) -> Finding {
    let message = format!("`{}` stands behind the end of a code fence", content.of(words));
    let blanks = &content.text[..words.start];
    let start = blanks.trim_end_matches([' ', '\t']).len();
    Finding::new(Code::BEHIND_FENCE, place(words), message)
        .help("write it on a line of its own; a closing ``` stands alone")
        .fix("put it on its own line", place(Span { start, end: words.start }), "\n")
}

/// The words that make `next`, which follows `block` at once, look like an opening fence.
fn words_behind(content: &SectionContent, block: &lower::Code, next: &lower::Code) -> Option<Span> {
    let info = next.info?;
    let is_adjacent = content.text[block.whole.end.min(next.whole.start)..next.whole.start].trim().is_empty();
    let text = content.of(info);
    let is_sentence = text.split_whitespace().nth(1).is_some() || text.ends_with(['.', ';', ':', ',']);
    (is_adjacent && is_sentence).then_some(info)
}

/// The line that opens a fence.
fn opening(content: &SectionContent, whole: Span) -> Span {
    let line = content.of(whole).lines().next().unwrap_or_default();
    Span { start: whole.start, end: whole.start + line.trim_end().len() }
}

/// The blanks before a place on its line.
fn indentation(content: &SectionContent, at: usize) -> &str {
    let start = content.text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let before = &content.text[start..at];
    if before.trim().is_empty() { before } else { "" }
}

/// The line of a span with the newline before it, so that the line can go.
fn line_of(content: &SectionContent, span: Span) -> Span {
    let start = content.text[..span.start].rfind('\n').unwrap_or(span.start);
    let end = content.text[span.end..].find('\n').map_or(content.text.len(), |length| span.end + length);
    Span { start, end: end.max(span.end) }
}

//! SYN of single characters: what nobody sees, and stars and backticks without a partner.

use crate::Code;
use crate::db::Db;
use crate::finding::{Finding, Place};
use crate::lower::{Section, SectionContent};
use crate::span::Span;

/// What is wrong with the characters of a section.
pub fn check(db: &dyn Db, section: Section<'_>, out: &mut Vec<Finding>) {
    let content = section.content(db);
    let place = |span: Span| Place::section(db, section, span);
    out.extend(hidden(content, &place));
    out.extend(content.slips.labels.iter().map(|&(open, close)| label(content, open, close, &place)));
    out.extend(content.slips.stars.iter().map(|&stars| {
        let run = content.of(stars);
        Finding::new(Code::ODD_EMPHASIS, place(stars), format!("`{run}` has no partner in this paragraph"))
            .help("put stars around what is to be bold, or take these out")
            .guess(format!("take `{run}` out"), place(stars), "")
    }));
    out.extend(content.slips.ticks.iter().map(|&tick| {
        Finding::new(Code::OPEN_CODE_SPAN, place(tick), "this backtick has no partner on its line")
            .help("a code span begins and ends on the same line; without its end it is read as prose")
    }));
}

fn label(content: &SectionContent, open: Span, close: Span, place: &impl Fn(Span) -> Place) -> Finding {
    let (before, behind) = (open.end - open.start, close.end - close.start);
    // Bold is what labels are; more stars are cut, fewer filled up.
    let wanted = before.min(behind).max(2);
    let stars = "*".repeat(wanted);
    let message = format!("{} before this label, but {} behind it", count(before), count(behind));
    let edits = [(open, before), (close, behind)].into_iter().filter(|(_, has)| *has != wanted);
    let edits = edits.map(|(span, _)| (place(span), stars.clone())).collect();
    let whole = Span { start: open.start, end: close.end };
    Finding::new(Code::ODD_EMPHASIS, place(whole), message)
        .help(format!("`{}` is read as if they matched", content.of(whole)))
        .remedy("make the stars match", crate::Applicability::Safe, edits)
}

fn count(stars: usize) -> String {
    match stars {
        0 => "no star".into(),
        1 => "1 star".into(),
        n => format!("{n} stars"),
    }
}

/// Characters that nobody sees, run by run.
fn hidden(content: &SectionContent, place: &impl Fn(Span) -> Place) -> Vec<Finding> {
    let text = content.text.as_str();
    let mut out: Vec<Finding> = Vec::new();
    if text.is_ascii() {
        return out;
    }
    let mut characters = text.char_indices().peekable();
    let mut before = None;
    while let Some((start, first)) = characters.next() {
        if !is_hidden(first, before) {
            before = Some(first);
            continue;
        }
        let mut end = start + first.len_utf8();
        while let Some((_, next)) = characters.next_if(|(_, next)| *next == first) {
            end += next.len_utf8();
        }
        let after = text[end..].chars().next();
        out.push(hidden_run(content, Span { start, end }, first, (before, after), place));
    }
    out
}

fn hidden_run(
    content: &SectionContent,
    span: Span,
    character: char,
    (before, after): (Option<char>, Option<char>),
    place: &impl Fn(Span) -> Place,
) -> Finding {
    let name = format!("U+{:04X} ({})", u32::from(character), name(character));
    let message = if is_blank(character) {
        format!("{name} looks like a blank, but is none")
    } else {
        format!("{name} is invisible")
    };
    let is_word = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_');
    // In C it is read as a blank, and between two words it must stay one.
    let in_code =
        content.codes.iter().any(|block| block.code.start <= span.start && span.end <= block.code.end);
    let finding = Finding::new(Code::INVISIBLE_CHARACTER, place(span), message);
    if is_blank(character) || (in_code && is_word(before) && is_word(after)) {
        finding.fix("write an ordinary blank", place(span), " ")
    } else {
        finding.fix("delete it", place(span), "")
    }
}

/// Whether a character hides. Joiners shape what is written in scripts other than Latin, and hide only behind ASCII.
pub fn is_hidden(character: char, before: Option<char>) -> bool {
    match character {
        '\u{200c}' | '\u{200d}' => before.is_none_or(|before| before.is_ascii()),
        '\u{ad}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{feff}' => true,
        '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{2069}' => true,
        _ => is_blank(character),
    }
}

fn is_blank(character: char) -> bool {
    matches!(character, '\u{a0}' | '\u{2007}' | '\u{202f}')
}

/// The name that Unicode has for a character.
fn name(character: char) -> &'static str {
    match character {
        '\u{a0}' => "no-break space",
        '\u{ad}' => "soft hyphen",
        '\u{200b}' => "zero width space",
        '\u{200c}' => "zero width non-joiner",
        '\u{200d}' => "zero width joiner",
        '\u{2060}' => "word joiner",
        '\u{feff}' => "byte order mark",
        '\u{2007}' | '\u{202f}' => "blank that does not break",
        '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
            "changes the direction of the text"
        }
        _ => "a formatting character",
    }
}

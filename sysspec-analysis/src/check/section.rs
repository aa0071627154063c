//! SYN, section by section.

use crate::Code;
use crate::Severity;
use crate::db::Db;
use crate::finding::{Finding, Place};
use crate::lower::{Attribute, Section, SectionContent, SectionKind, vocabulary};
use crate::span::Span;
use crate::spelling::nearest;
use crate::symbols::{Quirk, code};

use super::{complexity, contract, emphasis, fence, numbering, vague, value};

/// What is wrong with a section by itself.
#[salsa::tracked]
pub fn check_section<'db>(db: &'db dyn Db, section: Section<'db>) -> Vec<Finding> {
    let content = section.content(db);
    let place = |span: Span| Place::section(db, section, span);
    let mut out = Vec::new();
    out.extend(heading(content).map(|(severity, message, help, meant)| {
        let finding = Finding::new(Code::UNKNOWN_HEADING, place(content.heading), message)
            .severity(severity)
            .help(help);
        match meant {
            Some(meant) => {
                let title = format!("write `{meant}`");
                finding.fix(title, place(content.heading), meant)
            }
            None => finding,
        }
    }));
    fence::check(db, section, &mut out);
    c_code(db, section, &mut out);
    emphasis::check(db, section, &mut out);
    contract::check(db, section, &mut out);
    numbering::check(db, section, &mut out);
    vague::check(db, section, &mut out);
    value::check(db, section, &mut out);
    complexity::check(db, section, &mut out);
    out.extend(
        empty(section.key(db).kind, content)
            .map(|message| Finding::new(Code::EMPTY_SECTION, place(content.heading), message)),
    );
    if section.key(db).kind == SectionKind::Module {
        out.extend(content.attributes.iter().filter_map(attribute).map(|(span, message, help)| {
            Finding::new(Code::MODULE_ATTRIBUTE, place(span), message).help(help)
        }));
    }
    out
}

fn heading(content: &SectionContent) -> Option<(Severity, String, String, Option<String>)> {
    if !content.misspelt {
        return None;
    }
    let word = crate::spelling::visible(&content.text[content.name.range()]);
    let line = content.text[content.heading.range()].trim();
    if let Some(near) = nearest(&word.to_uppercase(), vocabulary()).filter(|_| line.starts_with('[')) {
        let message = format!("unknown section heading `{line}`: did you mean `[{near}]`?");
        let written = &content.text[content.name.range()];
        let meant = crate::spelling::visible(&line.replacen(written, near, 1));
        return Some((
            Severity::Error,
            message,
            format!("write `[{near}]`; it is read so for now"),
            Some(meant),
        ));
    }
    let markers = ["FIRST PROMPT", "REFINE PROMPT"];
    if let Some(near) = nearest(&word.to_uppercase(), markers.into_iter()).filter(|_| line.starts_with('#')) {
        let near = if near == markers[0] { "## First Prompt" } else { "## Refine Prompt" };
        let message = format!("unknown phase marker `{line}`: did you mean `{near}`?");
        return Some((Severity::Error, message, format!("write `{near}`"), Some(near.to_owned())));
    }
    let message = format!("unknown section heading `{line}`: what stands below it belongs to no section");
    let help = format!(
        "the headings are {}",
        vocabulary().map(|word| format!("[{word}]")).collect::<Vec<_>>().join(", ")
    );
    Some((Severity::Warning, message, help, None))
}

/// Where the C of a section is none.
fn c_code(db: &dyn Db, section: Section<'_>, out: &mut Vec<Finding>) {
    let place = |span: Span| Place::section(db, section, span);
    let found = code(db, section);
    out.extend(found.errors.iter().map(|error| {
        let finding = Finding::new(Code::C_SYNTAX, place(error.span), error.message.clone());
        let end = Span { start: error.span.end, end: error.span.end };
        match error.missing {
            Some(";") => finding.fix("write the `;`", place(end), ";"),
            Some(missing) => finding.guess(format!("write `{missing}` here"), place(end), missing),
            None => finding,
        }
    }));
    out.extend(found.quirks.iter().map(|(span, quirk)| {
        match quirk {
            Quirk::NoSemicolon => {
                let content = section.content(db);
                let last =
                    content.text[..span.start].char_indices().next_back().map_or(span.start, |(at, _)| at);
                Finding::new(
                    Code::MISSING_SEMICOLON,
                    place(Span { start: last, end: span.end }),
                    "`;` is missing here",
                )
                .help("at the end of a block it is read as if it were there")
                .fix("write the `;`", place(*span), ";")
            }
            Quirk::MacroEquals(name) => Finding::new(
                Code::MACRO_EQUALS,
                place(*span),
                format!("`{name}` is given its value with an equals sign"),
            )
            .help("C would make the sign a part of the value; it is read as if it were not there")
            .fix("take the sign out", place(*span), ""),
        }
    }));
}

fn empty(kind: SectionKind, content: &SectionContent) -> Option<String> {
    let may_be_empty = matches!(
        kind,
        // [RECOMMENDATION] is an umbrella over the sections that follow it, and a marker is only a marker.
        SectionKind::Recommendation
            | SectionKind::PhaseMarker
            | SectionKind::Preamble
            | SectionKind::Unknown
            | SectionKind::Includes
            | SectionKind::Declarations
    );
    (content.is_empty && !may_be_empty)
        .then(|| format!("{} is empty", content.text[content.heading.range()].trim()))
}

fn attribute(attribute: &Attribute) -> Option<(Span, String, String)> {
    const KEYS: &[&str] = &["name", "layer", "level"];
    let Attribute { key, value, key_span, value_span } = attribute;
    if !KEYS.contains(&key.as_str()) {
        let help = match nearest(key, KEYS.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "[MODULE] may say `name`, `layer` and `level`".into(),
        };
        return Some((*key_span, format!("[MODULE] has no attribute `{key}`"), help));
    }
    if value.is_empty() {
        return Some((*key_span, format!("`{key}` has no value"), format!("write `{key}: …`")));
    }
    if key == "level" && !matches!(value.as_str(), "1" | "2" | "3") {
        let help = "1 is a simple function, 2 one that needs an intent, 3 one that needs its algorithm";
        return Some((*value_span, format!("the level must be 1, 2 or 3, not `{value}`"), help.into()));
    }
    None
}

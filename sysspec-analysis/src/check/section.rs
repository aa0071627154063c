//! SYN, section by section.

use crate::Code;
use crate::Severity;
use crate::db::Db;
use crate::finding::{Finding, Place};
use crate::lower::{Attribute, Section, SectionContent, SectionKind, vocabulary};
use crate::span::Span;
use crate::spelling::nearest;
use crate::symbols::code;

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
    out.extend(content.codes.iter().filter(|block| !block.is_closed).map(|block| {
        Finding::new(
            Code::UNTERMINATED_FENCE,
            place(opening(content, block.whole)),
            "this code fence is never closed",
        )
        .help("write ``` on a line of its own after the code")
    }));
    let errors = code(db, section).errors.iter();
    out.extend(errors.map(|(span, message)| Finding::new(Code::C_SYNTAX, place(*span), message.clone())));
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
        let meant = line.replacen(word.as_str(), near, 1);
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

/// The line that opens a fence.
fn opening(content: &SectionContent, whole: Span) -> Span {
    let line = content.text[whole.range()].lines().next().unwrap_or_default();
    Span { start: whole.start, end: whole.start + line.trim_end().len() }
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

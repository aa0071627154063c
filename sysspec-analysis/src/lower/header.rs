//! Headers: line 1 is the include list, the rest is C.

use super::{Code, Lowered, SectionContent, SectionKind, Slips};
use crate::Phase;
use crate::span::Span;
use crate::text::Text;

pub fn sections(text: &Text) -> Vec<Lowered> {
    let text = text.rope().to_string();
    let split = text.find('\n').map_or(text.len(), |at| at + 1);
    let (includes, body) = text.split_at(split);
    let body_offset = split + (body.len() - body.trim_start().len());
    vec![
        section(SectionKind::Includes, includes.trim_end(), 0),
        section(SectionKind::Declarations, body.trim(), body_offset),
    ]
}

fn section(kind: SectionKind, text: &str, offset: usize) -> Lowered {
    let whole = Span::from(0..text.len());
    let code =
        Code { code: whole, whole, is_c: true, is_closed: true, comment: None, info: None, stray: None };
    let content = SectionContent {
        text: text.into(),
        heading: whole,
        name: whole,
        subject: None,
        body: 0,
        misspelt: false,
        is_empty: text.is_empty(),
        codes: if kind == SectionKind::Declarations { vec![code] } else { Vec::new() },
        attributes: Vec::new(),
        labels: Vec::new(),
        nodes: Vec::new(),
        contracts: Vec::new(),
        items: Vec::new(),
        slips: Slips::default(),
    };
    Lowered { kind, phase: Phase::Functional, subject: None, content, offset }
}

/// The tokens of an include list: their names without `.h`, and where they stand in the line.
pub fn include_tokens(line: &str) -> Vec<(String, Span)> {
    let mut start = 0;
    let mut tokens = Vec::new();
    for part in line.split(',') {
        let token = part.trim();
        let at = start + (part.len() - part.trim_start().len());
        if !token.is_empty() {
            let name = token.strip_suffix(".h").unwrap_or(token);
            tokens.push((name.to_string(), Span::from(at..at + token.len())));
        }
        start += part.len() + 1;
    }
    tokens
}

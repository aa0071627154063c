//! The outline of a file.

use std::ops::Range;

use crate::c::one_line;
use crate::db::{Db, SourceFile};
use crate::lower::{Label, Section, SectionKind, lower};
use crate::source::{self, FileKind};
use crate::symbols::code;

use super::{OutlineKind, Symbol};

/// The outline: phases, sections, declarations, labelled parts; of the manifest, its tables.
pub fn document_symbols(db: &dyn Db, file: SourceFile) -> Vec<Symbol> {
    match source::kind(file.path(db)) {
        FileKind::Spec | FileKind::Patch => phases(db, lower(db, file)),
        FileKind::Header => lower(db, file).iter().flat_map(|&section| declarations(db, section)).collect(),
        FileKind::Manifest => tables(&file.text(db).rope().to_string()),
        FileKind::Other => Vec::new(),
    }
}

/// Sections, gathered under the phase marker before them.
fn phases(db: &dyn Db, sections: &[Section<'_>]) -> Vec<Symbol> {
    let mut out: Vec<Symbol> = Vec::new();
    for &section in sections {
        let kind = section.key(db).kind;
        let is_inside = out.last().is_some_and(|last| last.kind == OutlineKind::Phase)
            && kind != SectionKind::PhaseMarker;
        let Some(symbol) = outline(db, section) else { continue };
        match out.last_mut().filter(|_| is_inside) {
            Some(phase) => {
                phase.range.end = symbol.range.end;
                phase.children.push(symbol);
            }
            None => out.push(symbol),
        }
    }
    out
}

fn outline(db: &dyn Db, section: Section<'_>) -> Option<Symbol> {
    let content = section.content(db);
    let offset = section.offset(db);
    let kind = match section.key(db).kind {
        SectionKind::Preamble => return None,
        SectionKind::PhaseMarker => OutlineKind::Phase,
        _ => OutlineKind::Section,
    };
    let heading = content.text[content.heading.range()].trim();
    let selection = content.heading.at(offset);
    let mut children = declarations(db, section);
    children.extend(labels(&content.labels, offset));
    children.sort_by_key(|child| child.range.start);
    Some(Symbol {
        name: heading.trim_matches(['#', '=', ' ']).to_string(),
        detail: None,
        kind,
        range: offset..offset + content.text.len(),
        selection: selection.start..selection.start + heading.len(),
        children,
    })
}

fn declarations(db: &dyn Db, section: Section<'_>) -> Vec<Symbol> {
    let content = section.content(db);
    let offset = section.offset(db);
    let found = code(db, section).declarations.iter().filter(|found| !found.is_constant());
    let symbols = found.map(|found| Symbol {
        name: found.symbol.name.clone(),
        detail: Some(one_line(&content.text[found.span.range()])),
        kind: OutlineKind::Declaration(found.kind),
        range: found.span.at(offset),
        selection: found.name_span.at(offset),
        children: Vec::new(),
    });
    symbols.collect()
}

/// Labels, each under the one that spans it.
fn labels(labels: &[Label], offset: usize) -> Vec<Symbol> {
    let mut out = Vec::new();
    let mut rest = labels;
    while let [first, others @ ..] = rest {
        let inside = others.iter().take_while(|label| label.whole.start < first.whole.end).count();
        out.push(Symbol {
            name: first.name.clone(),
            detail: None,
            kind: OutlineKind::Clause,
            range: first.whole.at(offset),
            selection: first.name_span.at(offset),
            children: self::labels(&others[..inside], offset),
        });
        rest = &others[inside..];
    }
    out
}

fn tables(text: &str) -> Vec<Symbol> {
    let mut out: Vec<Symbol> = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let end = start + line.trim_end().len();
        if line.starts_with('[') {
            out.push(table(line.trim_end(), start..end));
        } else if let Some(last) = out.last_mut().filter(|_| end > start) {
            last.range.end = end;
            last.detail = last.detail.take().or_else(|| folder_of(line));
        }
        start += line.len();
    }
    out
}

fn table(line: &str, selection: Range<usize>) -> Symbol {
    let name = line.trim_matches(['[', ']']).to_string();
    Symbol {
        name,
        detail: None,
        kind: OutlineKind::Table,
        range: selection.clone(),
        selection,
        children: Vec::new(),
    }
}

/// What tells one `[[layer]]` from another.
fn folder_of(line: &str) -> Option<String> {
    let (key, value) = line.split_once('=')?;
    (key.trim() == "folder").then(|| value.trim().trim_matches('"').to_string())
}

//! Where a symbol is defined, and where it is named.

use std::ops::Range;

use crate::db::{Db, SourceFile, Workspace};
use crate::index::{Provider, provider};
use crate::lower::{Section, SectionKind, include_tokens, lower};
use crate::source::{self, FileKind};
use crate::symbols::{Role, Symbol, SymbolName, code, declaration, summary};
use crate::workspace::{Include, layout};

use super::Location;
use super::cursor::{self, Context, symbol_at};

/// Where the symbol at an offset is defined: the guarantee of a module, or the declaration of a header.
pub fn definition(db: &dyn Db, file: SourceFile, offset: usize) -> Vec<Location> {
    if let Some(header) = include_at(db, file, offset) {
        return vec![Location { path: header.path(db).clone(), range: 0..0, focus: 0..0 }];
    }
    let Some(pointed) = symbol_at(db, file, offset) else { return Vec::new() };
    let found = match provider(db, file, Symbol::new(db, pointed.symbol.clone())) {
        Provider::Module(module) => Some((module, Role::Guarantee)),
        Provider::Header(header) | Provider::External(header) | Provider::PrototypeOnly(header) => {
            Some((header, Role::Header))
        }
        Provider::Restated(spec, role) => Some((spec, role)),
        Provider::System(_) | Provider::Nobody => None,
    };
    let location = found.and_then(|(declaring, role)| place(db, declaring, role, &pointed.symbol));
    // What nobody provides is at least declared where the module relies on it.
    let roles = summary(db, file)
        .entries
        .iter()
        .filter(|entry| entry.symbol == pointed.symbol)
        .map(|entry| entry.role);
    let own = || roles.filter_map(|role| place(db, file, role, &pointed.symbol)).next();
    let is_system =
        matches!(provider(db, file, Symbol::new(db, pointed.symbol.clone())), Provider::System(_));
    location.or_else(|| if is_system { None } else { own() }).into_iter().collect()
}

fn place(db: &dyn Db, file: SourceFile, role: Role, symbol: &SymbolName) -> Option<Location> {
    let (section, found) = declaration(db, file, role, symbol)?;
    let offset = section.offset(db);
    Some(Location {
        path: file.path(db).clone(),
        range: found.span.at(offset),
        focus: found.name_span.at(offset),
    })
}

/// The header that an include token stands for.
fn include_at(db: &dyn Db, file: SourceFile, offset: usize) -> Option<SourceFile> {
    let section = cursor::section_at(db, file, offset)?;
    if section.key(db).kind != SectionKind::Includes {
        return None;
    }
    let tokens = include_tokens(&section.content(db).text);
    let (token, _) = tokens.into_iter().find(|(_, span)| span.touches(offset - section.offset(db)))?;
    match layout(db).include(db, &token, file.path(db)) {
        Include::Header(header) => Some(header),
        Include::System | Include::Unknown => None,
    }
}

/// Where the symbol at an offset is named: in declarations, in headings, in code and in code spans.
pub fn references(db: &dyn Db, file: SourceFile, offset: usize) -> Vec<Location> {
    let Some(pointed) = symbol_at(db, file, offset) else { return Vec::new() };
    let files = Workspace::get(db).files(db);
    let read = files.values().filter(|file| {
        matches!(source::kind(file.path(db)), FileKind::Spec | FileKind::Header | FileKind::Patch)
    });
    read.flat_map(|&file| in_file(db, file, &pointed.symbol)).collect()
}

fn in_file(db: &dyn Db, file: SourceFile, symbol: &SymbolName) -> Vec<Location> {
    let mut out = Vec::new();
    for &section in lower(db, file) {
        let text = &section.content(db).text;
        let words = text.match_indices(symbol.name.as_str()).map(|(at, name)| at..at + name.len());
        for word in words.filter(|word| cursor::word_at(text, word.start).as_ref() == Some(word)) {
            let Some(range) = occurrence(db, file, section, &word, symbol) else { continue };
            let shifted =
                |range: Range<usize>| range.start + section.offset(db)..range.end + section.offset(db);
            out.push(Location { path: file.path(db).clone(), range: shifted(range), focus: shifted(word) });
        }
    }
    out
}

/// The range of the item that a word belongs to, when it names the symbol there.
fn occurrence(
    db: &dyn Db,
    file: SourceFile,
    section: Section<'_>,
    word: &Range<usize>,
    symbol: &SymbolName,
) -> Option<Range<usize>> {
    let text = &section.content(db).text;
    let declared = code(db, section).declarations.iter().find(|found| found.name_span.range() == *word);
    if let Some(found) = declared {
        return (found.symbol == *symbol).then(|| found.span.range());
    }
    if cursor::follows_tag_keyword(text, word.start) != symbol.tag || cursor::is_member(text, word.start) {
        return None;
    }
    match cursor::context(db, section, word) {
        Context::Subject => Some(word.clone()),
        Context::Code if symbol.tag => Some(word.clone()),
        // In a declaration, what is not declared and is no type or macro is the name of a parameter or member.
        Context::Code => {
            let around =
                code(db, section).declarations.iter().find(|found| found.span.touches(word.start))?;
            around.mentions.contains(&symbol.name).then(|| word.clone())
        }
        Context::Span => cursor::is_own(db, file, symbol).then(|| word.clone()),
        Context::Prose => {
            (symbol.name.contains('_') && cursor::is_own(db, file, symbol)).then(|| word.clone())
        }
    }
}

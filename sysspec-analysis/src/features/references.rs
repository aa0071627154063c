//! Where a symbol is named, and as what.

use std::ops::Range;

use crate::Phase;
use crate::db::{Db, SourceFile, Workspace};
use crate::index::provider;
use crate::lower::{Section, SectionKind, lower};
use crate::source::{self, FileKind};
use crate::symbols::{Role, Symbol, SymbolName, code, role_of};
use crate::workspace::layout;

use super::Location;
use super::cursor::{self, Context, symbol_at};

/// A place where a symbol is named.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Reference {
    /// The item that names it, and the name.
    pub location: Location,
    /// What the symbol is there.
    pub role: ReferenceRole,
    /// Whether this is where it is declared, and not only used or restated.
    pub declares: bool,
}

/// As what a symbol is named, in the order in which references are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ReferenceRole {
    /// In a `[GUARANTEE]`.
    Guarantee,
    /// In a header.
    Header,
    /// In a `[RELY]` of a phase.
    Rely(Phase),
    /// In a contract or other text.
    Contract,
    /// As the name of a module or of a node of a patch.
    Module,
    /// In a `[PROMPT]`.
    Prompt,
}

/// An occurrence inside one file that an editor highlights.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Highlight {
    /// The name, in bytes.
    pub range: Range<usize>,
    /// What is done to it there.
    pub access: Access,
}

/// What an occurrence does to its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Access {
    /// It declares it.
    Write,
    /// It uses it.
    Read,
    /// It is the same word; more is not known.
    Text,
}

/// Where the symbol at an offset is named: what declares it first, then by role.
pub fn references(db: &dyn Db, file: SourceFile, offset: usize) -> Vec<Reference> {
    let Some(pointed) = symbol_at(db, file, offset) else { return Vec::new() };
    let mut found: Vec<Reference> =
        of_symbol(db, file, &pointed.symbol).into_iter().map(|(_, reference)| reference).collect();
    found.sort_by_key(|reference| reference.role);
    found
}

/// Every place where a symbol is named that `from` knows, in path order.
pub fn of_symbol(db: &dyn Db, from: SourceFile, symbol: &SymbolName) -> Vec<(SourceFile, Reference)> {
    let files = Workspace::get(db).files(db);
    let is_read = |file: &&SourceFile| {
        matches!(source::kind(file.path(db)), FileKind::Spec | FileKind::Header | FileKind::Patch)
    };
    let key = Symbol::new(db, symbol.clone());
    let meant = provider(db, from, key);
    let together = layout(db).has_manifest;
    let mut out = Vec::new();
    for &file in files.values().filter(is_read) {
        let found = in_file(db, file, symbol);
        // Without a manifest several workspaces may lie side by side, each with a symbol of that name.
        if !found.is_empty() && (together || file == from || provider(db, file, key) == meant) {
            out.extend(found.into_iter().map(|reference| (file, reference)));
        }
    }
    out
}

/// The occurrences of what is at an offset, in the same file.
pub fn highlights(db: &dyn Db, file: SourceFile, offset: usize) -> Vec<Highlight> {
    match symbol_at(db, file, offset) {
        Some(pointed) => {
            let highlight = |reference: Reference| Highlight {
                range: reference.location.focus,
                access: if reference.declares { Access::Write } else { Access::Read },
            };
            in_file(db, file, &pointed.symbol).into_iter().map(highlight).collect()
        }
        None => same_words(db, file, offset),
    }
}

/// Parameters, members and names that a text introduces: the same word wherever C or a code span has it.
fn same_words(db: &dyn Db, file: SourceFile, offset: usize) -> Vec<Highlight> {
    let Some(name) = cursor::formal_word_at(db, file, offset) else { return Vec::new() };
    let mut out = Vec::new();
    for &section in lower(db, file) {
        let start = section.offset(db);
        for word in words(&section.content(db).text, &name) {
            if cursor::context(db, section, &word) != Context::Prose {
                out.push(Highlight { range: word.start + start..word.end + start, access: Access::Text });
            }
        }
    }
    out
}

fn in_file(db: &dyn Db, file: SourceFile, symbol: &SymbolName) -> Vec<Reference> {
    let mut out = Vec::new();
    for &section in lower(db, file) {
        let text = &section.content(db).text;
        for word in words(text, &symbol.name) {
            let Some((range, declares)) = occurrence(db, file, section, &word, symbol) else { continue };
            let offset = section.offset(db);
            let shifted = |range: Range<usize>| range.start + offset..range.end + offset;
            let path = file.path(db).clone();
            out.push(Reference {
                location: Location { path, range: shifted(range), focus: shifted(word) },
                role: role(db, section),
                declares,
            });
        }
    }
    out
}

fn role(db: &dyn Db, section: Section<'_>) -> ReferenceRole {
    match (role_of(section.key(db)), section.key(db).kind) {
        (Some(Role::Guarantee), _) => ReferenceRole::Guarantee,
        (Some(Role::Header), _) => ReferenceRole::Header,
        (Some(Role::Rely(phase)), _) => ReferenceRole::Rely(phase),
        (None, SectionKind::Prompt) => ReferenceRole::Prompt,
        (None, SectionKind::Module | SectionKind::Nodes) => ReferenceRole::Module,
        (None, _) => ReferenceRole::Contract,
    }
}

/// Where a name stands as a whole word.
fn words<'t>(text: &'t str, name: &'t str) -> impl Iterator<Item = Range<usize>> + 't {
    let found = text.match_indices(name).map(|(at, name)| at..at + name.len());
    found.filter(move |word| cursor::word_at(text, word.start).as_ref() == Some(word))
}

/// The range of the item that a word belongs to, when it names the symbol there, and whether it declares it.
fn occurrence(
    db: &dyn Db,
    file: SourceFile,
    section: Section<'_>,
    word: &Range<usize>,
    symbol: &SymbolName,
) -> Option<(Range<usize>, bool)> {
    let text = &section.content(db).text;
    let declared = code(db, section).declarations.iter().find(|found| found.name_span.range() == *word);
    if let Some(found) = declared {
        let declares = matches!(role_of(section.key(db)), Some(Role::Guarantee | Role::Header));
        return (found.symbol == *symbol).then(|| (found.span.range(), declares));
    }
    if cursor::follows_tag_keyword(text, word.start) != symbol.tag || cursor::is_member(text, word.start) {
        return None;
    }
    let is_use = match cursor::context(db, section, word) {
        Context::Subject => true,
        Context::Code if symbol.tag => true,
        // In a declaration, what is not declared and is no type or macro is the name of a parameter or member.
        Context::Code => code(db, section)
            .declarations
            .iter()
            .find(|found| found.span.touches(word.start))
            .is_some_and(|around| around.mentions.contains(&symbol.name)),
        Context::Span => cursor::names_symbol(db, file, section, word, symbol),
        Context::Prose => symbol.name.contains('_') && cursor::is_own(db, file, symbol),
    };
    is_use.then(|| (word.clone(), false))
}

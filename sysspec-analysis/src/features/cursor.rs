//! Which symbol an offset points at.

use std::ops::Range;

use crate::c::{Function, Shape};
use crate::db::{Db, SourceFile};
use crate::index::{Provider, provider};
use crate::lower::{Section, SectionKind, lower};
use crate::symbols::{Role, Symbol, SymbolName, code, role_of, summary};

/// A symbol at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pointed {
    /// The symbol.
    pub symbol: SymbolName,
    /// Its occurrence, in bytes of the file.
    pub range: Range<usize>,
}

/// The symbol at a byte offset, if it is one that the workspace or the C library declares.
pub fn symbol_at(db: &dyn Db, file: SourceFile, offset: usize) -> Option<Pointed> {
    let section = section_at(db, file, offset)?;
    let content = section.content(db);
    let start = section.offset(db);
    let at = offset - start;
    let word = word_at(&content.text, at)?;
    let pointed = |symbol| Some(Pointed { symbol, range: word.start + start..word.end + start });
    let name = &content.text[word.clone()];
    if let Some(found) = code(db, section).declarations.iter().find(|found| found.name_span.range() == word) {
        return pointed(found.symbol.clone());
    }
    let symbol = SymbolName { tag: follows_tag_keyword(&content.text, word.start), name: name.into() };
    match context(db, section, &word) {
        Context::Code | Context::Subject => is_known(db, file, &symbol).then(|| pointed(symbol))?,
        Context::Span => {
            let is_meant =
                !is_member(&content.text, word.start) && names_symbol(db, file, section, &word, &symbol);
            is_meant.then(|| pointed(symbol))?
        }
        // In running text a word is taken for a symbol only when it looks like one and the module deals with it.
        Context::Prose => (name.contains('_') && is_own(db, file, &symbol)).then(|| pointed(symbol))?,
    }
}

/// The section that holds an offset, or ends at it.
pub fn section_at(db: &dyn Db, file: SourceFile, offset: usize) -> Option<Section<'_>> {
    let holds = |section: &&Section<'_>| {
        let start = section.offset(db);
        start <= offset && offset <= start + section.content(db).text.len()
    };
    lower(db, file).iter().rev().find(holds).copied()
}

/// The section that an offset stands in or behind: what is written there belongs to it.
pub fn section_before(db: &dyn Db, file: SourceFile, offset: usize) -> Option<Section<'_>> {
    lower(db, file).iter().rev().find(|section| section.offset(db) <= offset).copied()
}

/// Where in a section a word stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Context {
    /// In C.
    Code,
    /// In a heading's subject, or as the name of a module or of a node of a patch.
    Subject,
    /// In a code span of the text.
    Span,
    /// Anywhere else.
    Prose,
}

/// Where in a section a range stands.
pub fn context(db: &dyn Db, section: Section<'_>, word: &Range<usize>) -> Context {
    let content = section.content(db);
    let inside = |range: Range<usize>| range.start <= word.start && word.end <= range.end;
    if content.codes.iter().any(|block| block.is_c && inside(block.code.range())) {
        return match role_of(section.key(db)) {
            Some(_) => Context::Code,
            None => Context::Span,
        };
    }
    let names = content.attributes.iter().filter(|attribute| attribute.key == "name");
    let mut names = names.map(|attribute| attribute.value_span);
    let is_name = section.key(db).kind == SectionKind::Module && names.any(|span| inside(span.range()));
    let mut nodes = content.nodes.iter().flat_map(|node| [&node.name, &node.target]).flatten();
    let is_name = is_name || nodes.any(|node| inside(node.span.range()));
    if is_name || content.subject.is_some_and(|span| inside(span.range())) {
        return Context::Subject;
    }
    if is_in_span(&content.text, word) { Context::Span } else { Context::Prose }
}

/// Whether a word of a code span, which is no member, means a symbol: one that the module deals with or knows, unless a
/// parameter of that name hides it. What is called is a function, whatever the parameters are.
pub fn names_symbol(
    db: &dyn Db,
    file: SourceFile,
    section: Section<'_>,
    word: &Range<usize>,
    symbol: &SymbolName,
) -> bool {
    let text = &section.content(db).text;
    let is_called = text[word.end..].starts_with('(');
    let is_hidden = !symbol.tag && !is_called && is_parameter(db, file, section, &symbol.name);
    !is_hidden && is_known(db, file, symbol)
}

/// Whether a name is that of a parameter of what the module guarantees, or of what the section is about.
fn is_parameter(db: &dyn Db, file: SourceFile, section: Section<'_>, name: &str) -> bool {
    functions_of(db, file, section)
        .into_iter()
        .any(|function| function.names.0.iter().flatten().any(|parameter| parameter == name))
}

/// The functions whose parameters a section may speak of: the one of its heading, else those that are guaranteed.
pub fn functions_of<'db>(db: &'db dyn Db, file: SourceFile, section: Section<'db>) -> Vec<&'db Function> {
    let subject = section.key(db).subject.as_deref();
    let mut functions = Vec::new();
    for &declaring in lower(db, file) {
        let role = role_of(declaring.key(db));
        if role.is_none() || subject.is_none() && role != Some(Role::Guarantee) {
            continue;
        }
        for found in &code(db, declaring).declarations {
            if let Shape::Function(function, _) = found.shape.as_ref()
                && subject.is_none_or(|subject| subject == found.symbol.name)
            {
                functions.push(function);
            }
        }
    }
    functions
}

/// The word at an offset, when it stands in C, in a code span or in a heading.
pub fn formal_word_at(db: &dyn Db, file: SourceFile, offset: usize) -> Option<String> {
    let section = section_at(db, file, offset)?;
    let text = &section.content(db).text;
    let word = word_at(text, offset - section.offset(db))?;
    (context(db, section, &word) != Context::Prose).then(|| text[word].to_string())
}

/// Whether a word lies between two backticks of its line.
fn is_in_span(text: &str, word: &Range<usize>) -> bool {
    let line_start = text[..word.start].rfind('\n').map_or(0, |at| at + 1);
    let line_end = text[word.end..].find('\n').map_or(text.len(), |at| word.end + at);
    let before = text[line_start..word.start].matches('`').count();
    before % 2 == 1 && text[word.end..line_end].contains('`')
}

/// The code span around an offset of a text, with its backticks.
pub fn code_span_at(text: &str, at: usize) -> Option<Range<usize>> {
    let at = at.min(text.len());
    let line_start = text.get(..at)?.rfind('\n').map_or(0, |found| found + 1);
    let line_end = text[at..].find('\n').map_or(text.len(), |found| at + found);
    let ticks: Vec<usize> =
        text[line_start..line_end].match_indices('`').map(|(found, _)| line_start + found).collect();
    ticks.chunks_exact(2).map(|pair| pair[0]..pair[1] + 1).find(|span| span.start < at && at < span.end)
}

/// The identifier at an offset, or the one that ends there.
pub fn word_at(text: &str, at: usize) -> Option<Range<usize>> {
    let at = (0..=at.min(text.len())).rev().find(|&at| text.is_char_boundary(at))?;
    let belongs = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let start = text[..at].rfind(|c| !belongs(c)).map_or(0, |found| found + char_length(text, found));
    let end = text[at..].find(|c| !belongs(c)).map_or(text.len(), |found| at + found);
    let is_name = text[start..end].starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    is_name.then_some(start..end)
}

fn char_length(text: &str, at: usize) -> usize {
    text[at..].chars().next().map_or(1, char::len_utf8)
}

/// Whether `struct`, `union` or `enum` stands before an offset.
pub fn follows_tag_keyword(text: &str, at: usize) -> bool {
    let before = text[..at].trim_end();
    before.len() < at && ["struct", "union", "enum"].iter().any(|keyword| ends_with_word(before, keyword))
}

fn ends_with_word(text: &str, word: &str) -> bool {
    let Some(rest) = text.strip_suffix(word) else { return false };
    !rest.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
}

/// Whether a name is that of a member: behind a dot or an arrow.
pub fn is_member(text: &str, at: usize) -> bool {
    let before = text[..at].trim_end();
    before.ends_with("->") || before.ends_with('.') && !before.ends_with("..")
}

/// Whether a module names a symbol among what it relies on or guarantees.
pub fn is_own(db: &dyn Db, file: SourceFile, symbol: &SymbolName) -> bool {
    summary(db, file).entries.iter().any(|entry| entry.symbol == *symbol && entry.role != Role::Header)
}

fn is_known(db: &dyn Db, file: SourceFile, symbol: &SymbolName) -> bool {
    is_own(db, file, symbol) || provider(db, file, Symbol::new(db, symbol.clone())) != Provider::Nobody
}

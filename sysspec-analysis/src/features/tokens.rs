//! Semantic tokens: what the words of a file are, as far as that is known.

use std::ops::Range;
use std::sync::Arc;

use crate::SymbolKind;
use crate::c::{Shape, is_keyword};
use crate::check::{ContractScope, contract_scope};
use crate::db::{Db, SourceFile};
use crate::formula;
use crate::index::occurrences;
use crate::lower::{Section, SectionKind, lower};
use crate::prose::{code_spans, lone_identifier};
use crate::symbols::{Declared, Symbol, SymbolName, code, summary};
use crate::system;

use super::lexemes::{Lexeme, Word, lexemes};

/// A word and what it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Token {
    /// Where it stands, in bytes. Never beyond the end of its line.
    pub range: Range<usize>,
    /// What it is.
    pub kind: TokenKind,
    /// Whether the name is declared here.
    pub is_declaration: bool,
    /// Whether the C library has it.
    pub is_standard: bool,
}

/// What a word may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TokenKind {
    /// The heading of a section or phase.
    Heading,
    /// The label of a condition, a case or an attribute.
    Label,
    /// A word of C, or one of the formal language, such as `old` or `==>`.
    Keyword,
    /// A function, or a predicate.
    Function,
    /// A parameter of a function.
    Parameter,
    /// A member of a structure.
    Member,
    /// An object.
    Variable,
    /// A macro, or a constant of an enumeration.
    Macro,
    /// A structure, union, enumeration or typedef name.
    Type,
    /// A number.
    Number,
    /// A string or character constant.
    Text,
    /// A comment of C.
    Comment,
}

/// Words that the formal language gives a meaning.
const FORMAL: &[&str] = &["result", "old", "min", "max", "locked", "fresh", "NULL"];

/// Whether a word is shown as one of C: its keywords, and the macros of `stdbool.h` that read like some (C11 7.18).
fn is_word_of_c(word: &str) -> bool {
    is_keyword(word) || ["bool", "true", "false"].contains(&word)
}

/// The tokens of a file that touch a range, in the order of the text. They do not overlap.
pub fn tokens(db: &dyn Db, file: SourceFile, within: &Range<usize>) -> Vec<Token> {
    let mut found = Vec::new();
    for &section in lower(db, file) {
        let offset = section.offset(db);
        if offset > within.end || offset + section.content(db).text.len() < within.start {
            continue;
        }
        let mut reader = Reader { db, file, section, scope: contract_scope(db, file), found: Vec::new() };
        reader.read();
        found.extend(reader.found.into_iter().map(|mut token| {
            token.range = token.range.start + offset..token.range.end + offset;
            token
        }));
    }
    found.retain(|token| {
        !token.range.is_empty() && token.range.start < within.end && within.start < token.range.end
    });
    found.sort_by_key(|token| (token.range.start, token.range.end));
    let mut end = 0;
    found.retain(|token| {
        let is_free = token.range.start >= end;
        end = if is_free { token.range.end } else { end };
        is_free
    });
    found
}

struct Reader<'db> {
    db: &'db dyn Db,
    file: SourceFile,
    section: Section<'db>,
    scope: &'db Arc<ContractScope>,
    /// Ranges count from the section's start.
    found: Vec<Token>,
}

impl Reader<'_> {
    fn read(&mut self) {
        self.frame();
        let content = self.section.content(self.db);
        for block in content.codes.iter().filter(|block| block.is_c) {
            self.c(block.code.range());
        }
        for found in code_spans(self.db, self.section) {
            self.span(found.span.range());
        }
    }

    fn add(&mut self, range: Range<usize>, kind: TokenKind) {
        self.found.push(Token { range, kind, is_declaration: false, is_standard: false });
    }

    // ---- headings and labels ----

    fn frame(&mut self) {
        let content = self.section.content(self.db);
        match self.section.key(self.db).kind {
            SectionKind::Includes | SectionKind::Declarations => return,
            SectionKind::PhaseMarker => {
                let heading = &content.text[content.heading.range()];
                let length = heading.lines().next().unwrap_or_default().trim_end().len();
                self.add(content.heading.start..content.heading.start + length, TokenKind::Heading);
            }
            _ => self.add(content.name.range(), TokenKind::Heading),
        }
        if let Some(subject) = content.subject {
            self.add(subject.range(), TokenKind::Function);
        }
        for attribute in &content.attributes {
            self.add(attribute.key_span.range(), TokenKind::Label);
        }
        for label in &content.labels {
            let is_function = self.scope.result(&label.name).is_some();
            let kind = if is_function { TokenKind::Function } else { TokenKind::Label };
            self.add(with_case(&content.text, label.name_span.range()), kind);
        }
        for node in content.nodes.iter().filter_map(|node| node.name.as_ref()) {
            self.add(node.span.range(), TokenKind::Function);
        }
    }

    // ---- C ----

    fn c(&mut self, block: Range<usize>) {
        let text = &self.section.content(self.db).text[block.clone()];
        let declared = &code(self.db, self.section).declarations;
        for lexeme in lexemes(text) {
            let range = block.start + lexeme.range.start..block.start + lexeme.range.end;
            let token = match lexeme.word {
                Word::Number => plain(TokenKind::Number),
                Word::Text => plain(TokenKind::Text),
                Word::Comment => plain(TokenKind::Comment),
                Word::Implication => continue,
                Word::Directive => plain(TokenKind::Keyword),
                Word::Name => match self.name_in_c(&lexeme, &text[lexeme.range.clone()], &range, declared) {
                    Some(token) => token,
                    None => continue,
                },
            };
            self.found.push(Token { range, ..token });
        }
    }

    fn name_in_c(
        &self,
        lexeme: &Lexeme,
        name: &str,
        range: &Range<usize>,
        declared: &[Declared],
    ) -> Option<Token> {
        if is_word_of_c(name) {
            return Some(plain(TokenKind::Keyword));
        }
        let is_here = |found: &&Declared| found.span.start <= range.start && range.end <= found.span.end;
        let around = || declared.iter().filter(is_here);
        if let Some(found) = around().find(|found| found.name_span.range() == *range) {
            return Some(Token { is_declaration: true, ..plain(of_symbol(found.kind)) });
        }
        if lexeme.after_tag {
            return Some(plain(TokenKind::Type));
        }
        let is_parameter = |found: &Declared| match found.shape.as_ref() {
            Shape::Function(function, _) => function.names.0.iter().flatten().any(|known| known == name),
            Shape::Macro(definition) => definition.parameters.iter().flatten().any(|known| known == name),
            _ => false,
        };
        let is_member = |found: &Declared| match found.shape.as_ref() {
            Shape::Struct(aggregate) => aggregate.members.iter().flatten().any(|member| member.name == name),
            _ => false,
        };
        let declares = matches!(lexeme.next, Some(',' | ')' | ';' | '[' | '='));
        if around().any(is_parameter) && declares {
            return Some(Token { is_declaration: true, ..plain(TokenKind::Parameter) });
        }
        if around().any(is_member) && declares {
            return Some(Token { is_declaration: true, ..plain(TokenKind::Member) });
        }
        self.known(name)
    }

    // ---- prose ----

    /// A code span: a formula, whose words all mean something, or text in which known names are told apart.
    fn span(&mut self, span: Range<usize>) {
        let text = &self.section.content(self.db).text[span.clone()];
        let is_formal = formula::parse(text).is_ok();
        for lexeme in lexemes(text) {
            let name = &text[lexeme.range.clone()];
            let token = match lexeme.word {
                Word::Number if is_formal => Some(plain(TokenKind::Number)),
                Word::Text if is_formal => Some(plain(TokenKind::Text)),
                Word::Implication if is_formal => Some(plain(TokenKind::Keyword)),
                Word::Name if lone_identifier(name).is_some() => self.name_in_prose(&lexeme, name, is_formal),
                _ => None,
            };
            let range = span.start + lexeme.range.start..span.start + lexeme.range.end;
            self.found.extend(token.map(|token| Token { range, ..token }));
        }
    }

    fn name_in_prose(&self, lexeme: &Lexeme, name: &str, is_formal: bool) -> Option<Token> {
        let is_parameter = || self.scope.parameters.iter().any(|parameter| parameter.name == name);
        match () {
            () if lexeme.after_member => Some(plain(TokenKind::Member)),
            () if lexeme.after_tag => Some(plain(TokenKind::Type)),
            () if is_formal && FORMAL.contains(&name) => Some(plain(TokenKind::Keyword)),
            () if is_word_of_c(name) => Some(plain(TokenKind::Keyword)),
            () if lexeme.next == Some('(') => {
                self.known(name).or_else(|| is_formal.then(|| plain(TokenKind::Function)))
            }
            () if is_parameter() => Some(plain(TokenKind::Parameter)),
            () => self.known(name),
        }
    }

    // ---- symbols ----

    /// What a name is that is declared somewhere.
    fn known(&self, name: &str) -> Option<Token> {
        let names = [SymbolName::ordinary(name), SymbolName::tag(name)];
        let own = summary(self.db, self.file).entries.iter().find(|entry| names.contains(&entry.symbol));
        if let Some(entry) = own {
            return Some(plain(of_symbol(entry.kind)));
        }
        for symbol in &names {
            let found = occurrences(self.db, Symbol::new(self.db, symbol.clone()));
            let mut files = found.headers.iter().chain(&found.guarantors).chain(&found.overlays);
            let kind = files.find_map(|&other| {
                let entries = &summary(self.db, other).entries;
                entries.iter().find(|entry| entry.symbol == *symbol).map(|entry| entry.kind)
            });
            if let Some(kind) = kind {
                return Some(plain(of_symbol(kind)));
            }
        }
        let standard = system::ordinary(name)?;
        Some(Token { is_standard: true, ..plain(of_symbol(standard.kind)) })
    }
}

/// The label of a case is called by its number; the word before belongs to it.
fn with_case(text: &str, name: Range<usize>) -> Range<usize> {
    let before = text[..name.start].trim_end();
    let start = before.len().saturating_sub("case".len());
    let is_number = text[name.clone()].starts_with(|c: char| c.is_ascii_digit());
    let is_case = before.get(start..).is_some_and(|word| word.eq_ignore_ascii_case("case"));
    if is_number && is_case { start..name.end } else { name }
}

fn plain(kind: TokenKind) -> Token {
    Token { range: 0..0, kind, is_declaration: false, is_standard: false }
}

fn of_symbol(kind: SymbolKind) -> TokenKind {
    match kind {
        SymbolKind::Function => TokenKind::Function,
        SymbolKind::Object => TokenKind::Variable,
        SymbolKind::Struct | SymbolKind::Enum | SymbolKind::Typedef => TokenKind::Type,
        SymbolKind::Macro => TokenKind::Macro,
    }
}

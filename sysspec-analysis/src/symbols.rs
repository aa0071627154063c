//! What a file declares: guarantees, relies, and the declarations of headers.

use std::sync::Arc;

use salsa::plumbing::{AsId, FromId};

use crate::c::{self, Shape};
use crate::db::{Db, SourceFile, depends_on_edits};
use crate::lower::{self, Section, SectionKey, SectionKind};
use crate::source::{self, FileKind};
use crate::span::Span;
use crate::{Phase, SymbolKind, fence, patch};

/// A name in one of C's two name spaces that matter here.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SymbolName {
    /// Whether it is the tag of a structure, union or enumeration.
    pub tag: bool,
    /// The name.
    pub name: String,
}

impl SymbolName {
    /// A function, object, typedef name or macro.
    pub fn ordinary(name: &str) -> Self {
        Self { tag: false, name: name.into() }
    }

    /// A structure, union or enumeration.
    pub fn tag(name: &str) -> Self {
        Self { tag: true, name: name.into() }
    }

    pub(crate) fn of(declaration: &c::Declaration) -> Self {
        let tag = matches!(declaration.shape, Shape::Struct(_) | Shape::Enum(_));
        Self { tag, name: declaration.name.clone() }
    }
}

/// In which role a file declares a symbol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// In `[GUARANTEE]`.
    Guarantee,
    /// In `[RELY]` of a phase.
    Rely(Phase),
    /// In a header.
    Header,
}

/// A declaration in a section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declared {
    /// The name.
    pub symbol: SymbolName,
    /// What it is.
    pub kind: SymbolKind,
    /// What it declares. Shared, since it is compared far more often than made.
    pub shape: Arc<Shape>,
    /// The whole declaration.
    pub span: Span,
    /// The name in it.
    pub name_span: Span,
    /// What the comments beside it say.
    pub comment: Option<String>,
    /// The types and macros it uses.
    pub mentions: Vec<String>,
    /// Whether a syntax error makes the shape doubtful.
    pub broken: bool,
}

impl Declared {
    /// Whether it is a constant of an enumeration, which is declared with the enumeration.
    pub fn is_constant(&self) -> bool {
        matches!(*self.shape, Shape::Constant(_))
    }
}

/// The C of a section.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct SectionCode {
    /// Its declarations, in the order of the text.
    pub declarations: Vec<Declared>,
    /// Where it is no C.
    pub errors: Vec<SyntaxError>,
    /// Where it is no C, and is read all the same.
    pub quirks: Vec<(Span, Quirk)>,
}

/// A place that is no C.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// Where, on one line.
    pub span: Span,
    /// What is wrong.
    pub message: String,
    /// What is missing at the end of the place, when that is evident.
    pub missing: Option<&'static str>,
}

/// What is plain to read though it is no C.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Quirk {
    /// A block without a semicolon at its end; the place is empty, where the semicolon belongs.
    NoSemicolon,
    /// A macro that is given its value with an equals sign; the place is that sign.
    MacroEquals(String),
}

/// Reads the C of a section that declares something.
#[salsa::tracked]
pub fn code<'db>(db: &'db dyn Db, section: Section<'db>) -> SectionCode {
    let mut out = SectionCode::default();
    if !section.key(db).kind.declares() {
        return out;
    }
    let content = section.content(db);
    for block in content.codes.iter().filter(|block| block.is_c) {
        let parsed = fence::read(db, &content.text[block.code.range()]);
        let nested = |span: Span| block.code.nested(&span.range());
        out.errors.extend(
            parsed.errors.iter().map(|error| SyntaxError { span: nested(error.span), ..error.clone() }),
        );
        out.quirks.extend(parsed.quirks.iter().map(|(span, quirk)| (nested(*span), quirk.clone())));
        for (at, found) in parsed.declarations.iter().enumerate() {
            // A comment before the fence speaks of what comes first in it.
            let before = block.comment.clone().filter(|_| at == 0);
            out.declarations.push(Declared {
                span: nested(found.span),
                name_span: nested(found.name_span),
                comment: before.or_else(|| found.comment.clone()),
                ..found.clone()
            });
        }
    }
    out
}

/// One declaration of a file, without its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The name.
    pub symbol: SymbolName,
    /// What it is.
    pub kind: SymbolKind,
    /// The role it is declared in.
    pub role: Role,
}

/// What other files may want to know of a file, without places and types: it changes seldom.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Summary {
    /// Every declaration, in the order of the text.
    pub entries: Vec<Entry>,
    /// The include list of a header.
    pub includes: Vec<String>,
    /// Whether the file changes the base instead of belonging to it.
    pub is_overlay: bool,
}

impl Summary {
    /// The symbols declared in a role.
    pub fn of_role(&self, wanted: impl Fn(Role) -> bool) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(move |entry| wanted(entry.role))
    }
}

/// The summary of a file.
#[salsa::tracked]
pub fn summary(db: &dyn Db, file: SourceFile) -> Arc<Summary> {
    let mut summary = Summary { is_overlay: patch::is_overlay(db, file.path(db)), ..Summary::default() };
    for &section in lower::lower(db, file) {
        let key = section.key(db);
        // A text with [OPTIMIZATION] says how to change a module that is specified elsewhere.
        summary.is_overlay |= key.kind == SectionKind::Optimization;
        if key.kind == SectionKind::Includes {
            summary.includes = include_names(&section.content(db).text);
        }
        let Some(role) = role_of(key) else { continue };
        let entries = code(db, section).declarations.iter();
        summary.entries.extend(entries.map(|found| Entry {
            symbol: found.symbol.clone(),
            kind: found.kind,
            role,
        }));
    }
    Arc::new(summary)
}

fn include_names(line: &str) -> Vec<String> {
    lower::include_tokens(line).into_iter().map(|(name, _)| name).collect()
}

/// The role of the declarations in a section.
pub fn role_of(key: &SectionKey) -> Option<Role> {
    match key.kind {
        SectionKind::Guarantee => Some(Role::Guarantee),
        SectionKind::Rely => Some(Role::Rely(key.phase)),
        SectionKind::Declarations => Some(Role::Header),
        _ => None,
    }
}

/// What a declaration promises to others, without its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Export {
    /// What it declares.
    pub shape: Arc<Shape>,
    /// The declaration on one line.
    pub text: String,
    /// Whether a syntax error makes the shape doubtful.
    pub broken: bool,
}

/// A symbol, as a key of queries.
#[salsa::interned(debug, revisions = usize::MAX)]
pub struct Symbol<'db> {
    /// The name.
    #[returns(ref)]
    pub name: SymbolName,
}

/// A symbol for values that outlive a query. Never given to another: symbols are kept as long as the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SymbolId(salsa::Id);

impl SymbolId {
    /// The id of a name.
    pub fn of(db: &dyn Db, name: &SymbolName) -> Self {
        Self::from(Symbol::new(db, name.clone()))
    }

    /// The name.
    pub fn name(self, db: &dyn Db) -> &SymbolName {
        Symbol::from_id(self.0).name(db)
    }

    /// In which of so many parts the symbol lies; the number of parts is a power of two.
    pub fn part(self, parts: usize) -> usize {
        self.0.index() as usize & (parts - 1)
    }
}

impl From<Symbol<'_>> for SymbolId {
    fn from(symbol: Symbol<'_>) -> Self {
        Self(symbol.as_id())
    }
}

/// What a file says of a symbol in a role. Changes only when that declaration does.
#[salsa::tracked]
pub fn export<'db>(db: &'db dyn Db, file: SourceFile, role: Role, symbol: Symbol<'db>) -> Option<Export> {
    depends_on_edits(db);
    let (section, found) = declaration(db, file, role, symbol.name(db))?;
    let text = &section.content(db).text[found.span.range()];
    Some(Export { shape: found.shape.clone(), text: c::one_line(text), broken: found.broken })
}

/// The declaration of a symbol in a role. A definition goes before a mere tag.
pub fn declaration<'db>(
    db: &'db dyn Db,
    file: SourceFile,
    role: Role,
    symbol: &SymbolName,
) -> Option<(Section<'db>, &'db Declared)> {
    let mut best = None;
    for &section in lower::lower(db, file) {
        if role_of(section.key(db)) != Some(role) {
            continue;
        }
        for found in code(db, section).declarations.iter().filter(|found| found.symbol == *symbol) {
            if !is_bare_tag(&found.shape) {
                return Some((section, found));
            }
            best = best.or(Some((section, found)));
        }
    }
    best
}

/// Whether only a tag is declared, as by `struct inode;`.
pub fn is_bare_tag(shape: &Shape) -> bool {
    match shape {
        Shape::Struct(aggregate) => aggregate.members.is_none(),
        Shape::Enum(enumeration) => enumeration.constants.is_none(),
        _ => false,
    }
}

/// Whether a file is a module of the base.
pub fn is_module(db: &dyn Db, file: SourceFile) -> bool {
    source::kind(file.path(db)) == FileKind::Spec && !summary(db, file).is_overlay
}

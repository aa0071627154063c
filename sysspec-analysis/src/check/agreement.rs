//! TYP: two declarations of one symbol, under the eyes of C.

use std::sync::Arc;

use crate::c::{Agreement, Comparison, Scope, Shape, Token, Type};
use crate::db::{Db, SourceFile};
use crate::index::definition;
use crate::symbols::{Role, Symbol, SymbolName, declaration, export, summary};
use crate::{Code, Severity, SymbolKind, patch};

/// The names that a file sees: its own relied types first, then the headers.
pub struct FileScope<'db> {
    /// The database.
    pub db: &'db dyn Db,
    /// The file.
    pub file: SourceFile,
}

impl<'db> FileScope<'db> {
    /// The names that `file` sees.
    pub fn new(db: &'db dyn Db, file: SourceFile) -> Self {
        Self { db, file }
    }

    /// What a name that is no tag declares.
    pub fn shape(&self, name: &str) -> Option<Arc<Shape>> {
        let symbol = Symbol::new(self.db, SymbolName::ordinary(name));
        if let Some(patch) = patch::patch_of(self.db, self.file)
            && let Some(found) = patch::find(self.db, patch, symbol)
            && let Some(export) = found.export(self.db, symbol)
        {
            return Some(export.shape.clone());
        }
        if let Some(header) = definition(self.db, self.file, symbol) {
            let found = export(self.db, header, Role::Header, symbol).as_ref();
            return found.map(|found| found.shape.clone());
        }
        let roles =
            summary(self.db, self.file).entries.iter().filter(|entry| entry.symbol == *symbol.name(self.db));
        let role = roles.map(|entry| entry.role).next()?;
        declaration(self.db, self.file, role, symbol.name(self.db)).map(|(_, found)| found.shape.clone())
    }
}

impl Scope for FileScope<'_> {
    fn typedef(&self, name: &str) -> Option<Type> {
        self.shape(name)?.typedef().cloned()
    }

    fn constant(&self, name: &str) -> Option<Vec<Token>> {
        self.shape(name)?.constant().map(<[Token]>::to_vec)
    }
}

/// What is wrong between two declarations.
pub struct Disagreement {
    /// The rule.
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// What differs.
    pub difference: String,
}

/// Compares a declaration of `file` with the authoritative one.
pub fn compare(
    db: &dyn Db,
    file: SourceFile,
    here: &Shape,
    there: &Shape,
    kind: SymbolKind,
) -> Option<Disagreement> {
    let scope = FileScope::new(db, file);
    let code = match kind {
        SymbolKind::Function => Code::SIGNATURE_MISMATCH,
        SymbolKind::Struct | SymbolKind::Enum => Code::STRUCT_MISMATCH,
        SymbolKind::Macro => Code::MACRO_MISMATCH,
        SymbolKind::Object | SymbolKind::Typedef => Code::TYPE_MISMATCH,
    };
    match Comparison::new(&scope).compare(here, there) {
        Agreement::Same => None,
        Agreement::Different(difference) => {
            Some(Disagreement { code, severity: Severity::Error, difference })
        }
        Agreement::SameOnThisPlatform(difference) => {
            let difference =
                format!("{difference}; Linux on 64 bits takes them for one type, the C standard does not");
            Some(Disagreement { code, severity: Severity::Warning, difference })
        }
        Agreement::OtherKind => {
            let difference = format!("it is {} here and {} there", with_article(here), with_article(there));
            Some(Disagreement { code: Code::KIND_MISMATCH, severity: Severity::Error, difference })
        }
    }
}

fn with_article(shape: &Shape) -> &'static str {
    match shape {
        Shape::Function(..) => "a function",
        Shape::Object(..) => "an object",
        Shape::Struct(_) => "a struct",
        Shape::Enum(_) => "an enum",
        Shape::Typedef(_) => "a typedef name",
        Shape::Macro(_) => "a macro",
        Shape::Constant(_) => "an enumeration constant",
    }
}

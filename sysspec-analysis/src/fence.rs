//! The C of a fence, read once however many sections restate it.
//!
//! A module repeats the declarations it relies on as their guarantees have them, so most fences of a workspace
//! are copies of others.

use std::sync::Arc;

use crate::c;
use crate::db::Db;
use crate::span::Span;
use crate::symbols::{Declared, Quirk, SectionCode, SymbolName, SyntaxError};

/// A piece of C, known by its text.
#[salsa::interned(debug)]
struct Piece<'db> {
    #[returns(ref)]
    text: String,
}

/// The declarations in a piece of C, with spans that count from its start.
pub fn read<'db>(db: &'db dyn Db, text: &str) -> &'db SectionCode {
    declarations(db, Piece::new(db, text))
}

#[salsa::tracked]
fn declarations<'db>(db: &'db dyn Db, piece: Piece<'db>) -> SectionCode {
    let parsed = c::parse(piece.text(db));
    let declared = parsed.declarations.into_iter().map(|found| Declared {
        symbol: SymbolName::of(&found),
        kind: found.kind(),
        span: Span::from(found.range),
        name_span: Span::from(found.name_range),
        comment: found.comment,
        mentions: found.mentions,
        broken: found.broken,
        shape: Arc::new(found.shape),
    });
    let errors = parsed.errors.into_iter().map(|error| SyntaxError {
        span: Span::from(error.range),
        message: error.message,
        missing: error.missing,
    });
    let quirks = parsed.quirks.into_iter().map(|quirk| match quirk {
        c::Quirk::NoSemicolon(at) => (Span::from(at..at), Quirk::NoSemicolon),
        c::Quirk::MacroEquals(range, name) => (Span::from(range), Quirk::MacroEquals(name)),
    });
    SectionCode { declarations: declared.collect(), errors: errors.collect(), quirks: quirks.collect() }
}

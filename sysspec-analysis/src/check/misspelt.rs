//! Functions that a [RELY] misspells: told there, and nowhere else.

use crate::SymbolKind;
use crate::db::{Db, SourceFile};
use crate::lower::lower;
use crate::symbols::{Role, code, role_of};

use super::nearby;
use super::rely::is_unguaranteed;

/// A function of a [RELY] that nobody guarantees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misspelt {
    /// What the [RELY] calls it.
    pub written: String,
    /// What is most likely meant, if anything is near.
    pub meant: Option<String>,
}

/// The functions that a file relies on and nobody guarantees. Asked for only where a name is about to be told, since
/// what may be meant depends on all names there are.
#[salsa::tracked]
pub fn misspelt_reliances(db: &dyn Db, file: SourceFile) -> Vec<Misspelt> {
    let relying = lower(db, file)
        .iter()
        .copied()
        .filter(|section| matches!(role_of(section.key(db)), Some(Role::Rely(_))));
    let mut out = Vec::new();
    for section in relying {
        let declared = code(db, section).declarations.iter();
        let functions = declared.filter(|found| found.kind == SymbolKind::Function);
        out.extend(functions.filter(|found| is_unguaranteed(db, file, section, found)).map(|found| {
            let meant = nearby::meant(db, file, &found.symbol, false).map(|meant| meant.name);
            Misspelt { written: found.symbol.name.clone(), meant }
        }));
    }
    out
}

/// Whether a name is that of a function which a [RELY] of the file misspells.
pub fn is_meant(db: &dyn Db, file: SourceFile, name: &str) -> bool {
    misspelt_reliances(db, file).iter().any(|found| found.meant.as_deref() == Some(name))
}

/// Whether a [RELY] of the file has a function of that name, which nobody guarantees.
pub fn is_misspelling(db: &dyn Db, file: SourceFile, name: &str) -> bool {
    misspelt_reliances(db, file).iter().any(|found| found.written == name)
}

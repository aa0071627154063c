//! The base with the patches that were given laid over it: what code is held to that was written for both together.

use crate::db::{Db, GivenPatches, SourceFile};
use crate::symbols::{Role, Symbol, SymbolName};

use super::view::{Found, find};
use super::{PatchId, is_static, patch_of, patches, replaced};

/// The topmost of the patches that were given, in whose view the whole is seen. What a manifest enables does not count:
/// code is generated from the base.
pub fn topmost_given(db: &dyn Db) -> Option<PatchId<'_>> {
    GivenPatches::get(db).given(db).as_ref().as_ref()?;
    patches(db).chain().last().map(|patch| patch.id(db))
}

/// Who gives a symbol in the view of the patches that were given; nobody without any.
pub fn laid<'db>(db: &'db dyn Db, name: &SymbolName) -> Option<(Symbol<'db>, Found)> {
    let symbol = Symbol::new(db, name.clone());
    Some((symbol, find(db, topmost_given(db)?, symbol)?))
}

/// The spec that guarantees a function in that view. What a spec keeps to its own file is nobody else's.
pub fn laid_guarantor(db: &dyn Db, name: &SymbolName) -> Option<SourceFile> {
    let (symbol, found) = laid(db, name)?;
    (found.role == Role::Guarantee && !is_static(db, found.file, symbol)).then_some(found.file)
}

/// The specs whose place a spec takes, and which state the contract when it says no more than that theirs goes on.
pub fn inherits_from(db: &dyn Db, file: SourceFile) -> &[SourceFile] {
    let Some(patch) = patch_of(db, file) else { return &[] };
    replaced(db, patch).by_spec.get(&file).map(Vec::as_slice).unwrap_or_default()
}

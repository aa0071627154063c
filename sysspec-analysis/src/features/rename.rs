//! New names for functions, types, objects and macros, everywhere at once.

use std::ops::Range;
use std::sync::Arc;

use crate::Edit;
use crate::c::is_keyword;
use crate::db::{Db, SourceFile, Workspace};
use crate::index::{Provider, index, provider};
use crate::source::{self, FileKind};
use crate::symbols::{Symbol, SymbolName};
use crate::system;

use super::cursor::symbol_at;
use super::references::{ReferenceRole, of_symbol};

/// What a renaming would change.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Renaming {
    /// The names, in path order and the order of the texts.
    pub edits: Vec<Edit>,
    /// Files that are called like the symbol: from where to where.
    pub moves: Vec<(Arc<str>, Arc<str>)>,
}

/// What can be renamed at an offset: the name, in bytes. Otherwise why not.
pub fn prepare_rename(db: &dyn Db, file: SourceFile, offset: usize) -> Result<Range<usize>, String> {
    let pointed = symbol_at(db, file, offset).ok_or(
        "only functions, types, objects and macros that a module guarantees, or a header declares, can be renamed",
    )?;
    let name = &pointed.symbol.name;
    match provider(db, file, Symbol::new(db, pointed.symbol.clone())) {
        Provider::System(header) => Err(format!("`{name}` belongs to `<{header}>` and cannot be renamed")),
        Provider::External(header) => Err(format!(
            "`{name}` belongs to external code, declared in `{}`, and cannot be renamed here",
            header.path(db)
        )),
        _ => Ok(pointed.range),
    }
}

/// The edits that give the symbol at an offset a new name. Module files that are called like it are moved as well when
/// `moves_files`; otherwise they, and what `[MODULE]` says of them, keep their name. Otherwise why it cannot be done.
pub fn rename(
    db: &dyn Db,
    file: SourceFile,
    offset: usize,
    new: &str,
    moves_files: bool,
) -> Result<Renaming, String> {
    prepare_rename(db, file, offset)?;
    let Some(pointed) = symbol_at(db, file, offset) else { return Ok(Renaming::default()) };
    let old = pointed.symbol;
    if new == old.name {
        return Ok(Renaming::default());
    }
    is_free(db, new, &old)?;
    let mut renaming = Renaming::default();
    let mut moved: Vec<SourceFile> = Vec::new();
    for (file, reference) in of_symbol(db, file, &old) {
        let names_module =
            reference.role == ReferenceRole::Module || names_c_file(db, file, &reference.location.focus);
        if names_module && !moves_files {
            continue;
        }
        if reference.role == ReferenceRole::Guarantee && reference.declares && !moved.contains(&file) {
            moved.push(file);
        }
        let location = reference.location;
        renaming.edits.push(Edit { path: location.path, range: location.focus, replacement: new.into() });
    }
    if moves_files {
        renaming.moves = moved.into_iter().filter_map(|file| new_path(db, file, &old.name, new)).collect();
        let files = Workspace::get(db).files(db);
        if let Some((_, there)) = renaming.moves.iter().find(|(_, to)| files.contains_key(to)) {
            return Err(format!("the module's file would become `{there}`, which is there already"));
        }
    }
    Ok(renaming)
}

/// Where a module's file goes that is called like the symbol.
fn new_path(db: &dyn Db, file: SourceFile, old: &str, new: &str) -> Option<(Arc<str>, Arc<str>)> {
    let path = file.path(db);
    if source::stem(path) != old || source::kind(path) != FileKind::Spec {
        return None;
    }
    let folder = source::folder(path);
    let moved = if folder.is_empty() { format!("{new}.spec") } else { format!("{folder}/{new}.spec") };
    Some((path.clone(), moved.into()))
}

/// Whether a name is the first part of the name of a C file, as in a prompt.
fn names_c_file(db: &dyn Db, file: SourceFile, name: &Range<usize>) -> bool {
    let behind = file.text(db).slice(name.end..name.end + 3);
    let mut behind = behind.chars();
    behind.next() == Some('.')
        && matches!(behind.next(), Some('c' | 'h'))
        && !behind.next().is_some_and(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Whether nobody has the new name yet, and C allows it.
fn is_free(db: &dyn Db, new: &str, old: &SymbolName) -> Result<(), String> {
    let is_identifier = new.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && new.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !is_identifier {
        return Err(format!("`{new}` is no name in C: letters, digits and `_`, and no digit first"));
    }
    if is_keyword(new) {
        return Err(format!("`{new}` is a keyword of C"));
    }
    let wanted = SymbolName { tag: old.tag, name: new.into() };
    let known = if wanted.tag { system::tag(new) } else { system::ordinary(new) };
    if let Some(known) = known {
        return Err(format!("`{new}` is taken: `<{}>` declares it", known.header));
    }
    let index = index(db);
    let lists = [&index.guarantors, &index.overlays, &index.headers, &index.dependents];
    if let Some(&taker) = lists.iter().find_map(|list| list.get(&wanted)?.first()) {
        return Err(format!("`{new}` is taken: `{}` declares it", taker.path(db)));
    }
    Ok(())
}

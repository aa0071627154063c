//! Who relies on whom, as a hierarchy of calls.

use std::ops::Range;

use crate::db::{Db, SourceFile};
use crate::index::{Provider, dependents, provider};
use crate::lower::lower;
use crate::symbols::{Role, Symbol, SymbolName, code, role_of, summary};
use crate::{SymbolKind, assembly};

use super::Location;
use super::cursor::symbol_at;
use super::navigation::place;

/// A function that a module guarantees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Callable {
    /// Its name.
    pub name: String,
    /// The module.
    pub module: String,
    /// Its guarantee.
    pub location: Location,
}

/// A function that relies on another, or is relied on by it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The other function.
    pub other: Callable,
    /// The names in the `[RELY]` that says so, in bytes of the file that relies.
    pub ranges: Vec<Range<usize>>,
}

/// The function at an offset, by its guarantee.
pub fn callable(db: &dyn Db, file: SourceFile, offset: usize) -> Option<Callable> {
    let symbol = symbol_at(db, file, offset)?.symbol;
    match provider(db, file, Symbol::new(db, symbol.clone())) {
        Provider::Module(module) if is_function(db, module, &symbol) => guaranteed(db, module, &symbol),
        _ => None,
    }
}

/// The functions of the modules that rely on the function at an offset.
pub fn callers(db: &dyn Db, file: SourceFile, offset: usize) -> Vec<Call> {
    let Some(symbol) = symbol_at(db, file, offset).map(|pointed| pointed.symbol) else { return Vec::new() };
    let key = Symbol::new(db, symbol.clone());
    let meant = provider(db, file, key);
    let relying = dependents(db, key).iter().filter(|&&other| provider(db, other, key) == meant);
    let calls = relying.flat_map(|&other| {
        let ranges = relied(db, other, &symbol);
        functions(db, other).into_iter().map(move |other| Call { other, ranges: ranges.clone() })
    });
    calls.collect()
}

/// The functions that the module of the function at an offset relies on.
pub fn callees(db: &dyn Db, file: SourceFile, offset: usize) -> Vec<Call> {
    let Some(symbol) = symbol_at(db, file, offset).map(|pointed| pointed.symbol) else { return Vec::new() };
    let Provider::Module(module) = provider(db, file, Symbol::new(db, symbol)) else { return Vec::new() };
    let mut seen: Vec<&SymbolName> = Vec::new();
    let mut calls = Vec::new();
    for entry in summary(db, module).of_role(|role| matches!(role, Role::Rely(_))) {
        if entry.kind != SymbolKind::Function || seen.contains(&&entry.symbol) {
            continue;
        }
        seen.push(&entry.symbol);
        let found = provider(db, module, Symbol::new(db, entry.symbol.clone()));
        if let Provider::Module(provider) = found
            && let Some(other) = guaranteed(db, provider, &entry.symbol)
        {
            calls.push(Call { other, ranges: relied(db, module, &entry.symbol) });
        }
    }
    calls
}

fn is_function(db: &dyn Db, module: SourceFile, symbol: &SymbolName) -> bool {
    let mut entries = summary(db, module).entries.iter();
    entries.any(|entry| entry.symbol == *symbol && entry.kind == SymbolKind::Function)
}

/// The functions that a module guarantees.
fn functions(db: &dyn Db, module: SourceFile) -> Vec<Callable> {
    let entries = summary(db, module).of_role(|role| role == Role::Guarantee);
    let functions = entries.filter(|entry| entry.kind == SymbolKind::Function);
    functions.filter_map(|entry| guaranteed(db, module, &entry.symbol)).collect()
}

fn guaranteed(db: &dyn Db, module: SourceFile, symbol: &SymbolName) -> Option<Callable> {
    Some(Callable {
        name: symbol.name.clone(),
        module: assembly::module_name(db, module),
        location: place(db, module, Role::Guarantee, symbol)?,
    })
}

/// Where a module says that it relies on a symbol.
fn relied(db: &dyn Db, module: SourceFile, symbol: &SymbolName) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    for &section in lower(db, module) {
        if matches!(role_of(section.key(db)), Some(Role::Rely(_))) {
            let found = code(db, section).declarations.iter().filter(|found| found.symbol == *symbol);
            ranges.extend(found.map(|found| found.name_span.at(section.offset(db))));
        }
    }
    ranges
}

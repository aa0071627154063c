//! Symbols of the whole workspace by a few letters of their names.

use std::cmp::Reverse;

use crate::SymbolKind;
use crate::db::{Db, SourceFile};
use crate::index::index;
use crate::symbols::{Role, SymbolName, declaration};

use super::Location;
use super::navigation::place;

/// A symbol of the workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundSymbol {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: SymbolKind,
    /// Where it is defined.
    pub location: Location,
    /// How well it fits; the best have the highest.
    pub score: i32,
}

/// The symbols whose names hold the letters of a query in their order, best first; at most `limit`.
///
/// A query that has a capital letter wants capitals where it has them.
pub fn workspace_symbols(db: &dyn Db, query: &str, limit: usize) -> Vec<FoundSymbol> {
    let index = index(db);
    let query: Vec<char> = query.chars().filter(|c| !c.is_whitespace()).collect();
    let guaranteed = index.guarantors.iter().map(|(symbol, files)| (symbol, files, Role::Guarantee));
    let brought = index.overlays.iter().map(|(symbol, files)| (symbol, files, Role::Guarantee));
    let declared = index.headers.iter().map(|(symbol, files)| (symbol, files, Role::Header));
    // What a module guarantees is not shown again where a header declares it.
    let declared = declared.filter(|(symbol, ..)| !index.guarantors.contains_key(*symbol));
    let mut ranked: Vec<(i32, &SymbolName, SourceFile, Role)> = guaranteed
        .chain(brought)
        .chain(declared)
        .filter_map(|(symbol, files, role)| Some((score(&symbol.name, &query)?, symbol, files, role)))
        .flat_map(|(score, symbol, files, role)| files.iter().map(move |&file| (score, symbol, file, role)))
        .collect();
    let key = |&(score, symbol, file, _): &(i32, &SymbolName, SourceFile, Role)| {
        (Reverse(score), symbol.name.clone(), file.path(db).clone())
    };
    if ranked.len() > limit {
        ranked.select_nth_unstable_by_key(limit, |&(score, symbol, ..)| (Reverse(score), &symbol.name));
        ranked.truncate(limit);
    }
    ranked.sort_by_cached_key(key);
    let found = ranked.into_iter().filter_map(|(score, symbol, file, role)| {
        let kind = declaration(db, file, role, symbol)?.1.kind;
        let location = place(db, file, role, symbol)?;
        Some(FoundSymbol { name: symbol.name.clone(), kind, location, score })
    });
    found.collect()
}

/// How well a name fits a query, if it does: whole names and beginnings first, then runs of letters and those that
/// begin a word; short names before long ones.
pub fn score(name: &str, query: &[char]) -> Option<i32> {
    let letters: Vec<char> = name.chars().collect();
    let minds_case = query.iter().any(|c| c.is_uppercase());
    let same = |one: char, other: char| one == other || !minds_case && one.eq_ignore_ascii_case(&other);
    let begins = query.len() <= letters.len() && letters.iter().zip(query).all(|(&l, &q)| same(l, q));
    let mut score = match begins {
        true if query.len() == letters.len() => 200,
        true => 100,
        false => 0,
    };
    let mut at = 0;
    let mut previous = None;
    for &wanted in query {
        let found = at + letters[at..].iter().position(|&letter| same(letter, wanted))?;
        let starts_word = found == 0 || letters[found - 1] == '_';
        score += match () {
            () if previous == found.checked_sub(1) && previous.is_some() => 8,
            () if starts_word => 6,
            () => 0,
        };
        previous = Some(found);
        at = found + 1;
    }
    Some(score - letters.len() as i32 / 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(query: &str, names: &[&'static str]) -> Vec<&'static str> {
        let query: Vec<char> = query.chars().collect();
        let mut fit: Vec<_> =
            names.iter().filter_map(|name| Some((Reverse(score(name, &query)?), *name))).collect();
        fit.sort();
        fit.into_iter().map(|(_, name)| name).collect()
    }

    #[test]
    fn whole_names_come_before_beginnings_and_those_before_scattered_letters() {
        let names = ["unlock", "lock_order", "lock", "local_check", "block"];
        assert_eq!(order("lock", &names), ["lock", "lock_order", "block", "unlock", "local_check"]);
    }

    #[test]
    fn the_first_letters_of_words_find_a_name() {
        let names = ["dir_find", "do_fsync", "defer", "dir_if"];
        assert_eq!(order("df", &names)[..2], ["dir_find", "do_fsync"]);
    }

    #[test]
    fn capitals_are_minded_when_they_are_typed() {
        assert_eq!(order("NB", &["NAME_BYTES", "number_b"]), ["NAME_BYTES"]);
        assert_eq!(order("nb", &["NAME_BYTES", "nob"]), ["NAME_BYTES", "nob"]);
        assert!(order("xyz", &["NAME_BYTES"]).is_empty());
    }
}

//! What became of the obligations of a clause, in words.

use crate::db::{Db, SourceFile};
use crate::finding::Place;
use crate::obligation::{Counts, Kind, Outcome, Proof, Verdicts, asked, counts, proofs};

use super::Hover;
use super::cursor::symbol_at;

/// How many clauses are named as those that something follows from.
const GROUNDS_SHOWN: usize = 6;

/// How the obligations of a module ended, when there are some.
pub fn counted(db: &dyn Db, module: SourceFile, verdicts: &Verdicts) -> String {
    let counts = counts(db, module, verdicts);
    match counts.total() {
        0 => String::new(),
        _ => format!("\n\nobligations of the module: {}", told(counts)),
    }
}

fn told(counts: Counts) -> String {
    let parts = [
        (counts.proved, "proved"),
        (counts.refuted, "refuted"),
        (counts.textual, "the same in words"),
        (counts.informal, "not decided, in words"),
        (counts.unknown, "not decided by the solver"),
        (counts.open, "not asked yet"),
    ];
    let some = parts.iter().filter(|(count, _)| *count > 0);
    some.map(|(count, what)| format!("{count} {what}")).collect::<Vec<_>>().join(", ")
}

/// What became of the obligations of the clause at an offset.
pub fn owed(db: &dyn Db, file: SourceFile, offset: usize, verdicts: &Verdicts) -> Option<Hover> {
    // Most files owe nothing, and obligations are large.
    if asked(db, file).is_empty() {
        return None;
    }
    let all = proofs(db, file, verdicts);
    // What a comment says is told at the function's name, not at the types that its declaration mentions.
    let named = symbol_at(db, file, offset).map(|pointed| pointed.symbol.name);
    let here = all.iter().filter_map(|proof| {
        let (path, range) = proof.obligation.place.resolve(db);
        let is_meant = path == *file.path(db)
            && range.start <= offset
            && offset <= range.end
            && (proof.obligation.kind != Kind::Comment || named.as_ref() == Some(&proof.obligation.function));
        is_meant.then_some((range, proof))
    });
    let here: Vec<_> = here.collect();
    let range = here.iter().map(|(range, _)| range.clone()).min_by_key(|range| range.len())?;
    let mut lines: Vec<String> =
        here.iter().filter(|(at, _)| *at == range).map(|(_, proof)| line(db, file, proof)).collect();
    lines.dedup();
    Some(Hover { range, markdown: lines.join("\n\n") })
}

fn line(db: &dyn Db, file: SourceFile, proof: &Proof<Place>) -> String {
    let function = &proof.obligation.function;
    let what = match proof.obligation.kind {
        Kind::CalleePre => format!("what `{function}` requires follows"),
        Kind::CalleePost => format!("`{function}` promises this"),
        Kind::Returned => format!("`{function}` can return this"),
        Kind::Handled => format!("every value that `{function}` returns is handled"),
        Kind::Comment => format!("`{function}` promises what the comment says"),
        Kind::RootPre | Kind::RootPost => format!("the contract of `{function}` is as before the patch"),
        _ => "free of contradiction".to_owned(),
    };
    let outcome = match &proof.outcome {
        None => "not asked yet".to_owned(),
        Some(Outcome::Proved(grounds)) => format!("proved{}", by(db, file, proof, grounds)),
        Some(Outcome::Refuted { counterexample, .. }) if counterexample.0.is_empty() => "refuted".to_owned(),
        Some(Outcome::Refuted { counterexample, .. }) => {
            format!("refuted, with the counterexample `{counterexample}`")
        }
        Some(Outcome::Textual) => "the same in words".to_owned(),
        Some(Outcome::Informal) => "not decided: in words".to_owned(),
        Some(Outcome::Unknown(reason)) => format!("not decided: {reason}"),
    };
    format!("*{what}*: {outcome}")
}

/// The clauses that something follows from, by their lines.
fn by(db: &dyn Db, file: SourceFile, proof: &Proof<Place>, grounds: &[usize]) -> String {
    let mut places: Vec<String> = Vec::new();
    for place in grounds.iter().filter_map(|&at| proof.obligation.grounds.get(at)?.as_ref()) {
        let (path, range) = place.resolve(db);
        let Some(there) = (if path == *file.path(db) { Some(file) } else { of(place) }) else { continue };
        let rope = there.text(db).rope();
        let line = rope.byte_to_line(range.start.min(rope.len_bytes())) + 1;
        let named = format!("`{path}:{line}`");
        if !places.contains(&named) {
            places.push(named);
        }
    }
    let more = places.len().saturating_sub(GROUNDS_SHOWN);
    places.truncate(GROUNDS_SHOWN);
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    if places.is_empty() { String::new() } else { format!(" by {}{rest}", places.join(", ")) }
}

fn of(place: &Place) -> Option<SourceFile> {
    match place {
        Place::Section(file, ..) => Some(*file),
        _ => None,
    }
}

//! ENT: what a solver found of the obligations of a module.

use crate::db::Db;
use crate::finding::{Finding, Place};
use crate::lower;
use crate::obligation::{Counterexample, Kind, Obligation, Outcome, Proof, Verdicts};
use crate::{Code, Diagnostic, Severity};

use super::restatement::with_fixes;
use super::root::Together;

/// How much of a clause a message quotes, in characters.
const QUOTED: usize = 80;

/// How many grounds are shown beside a finding that none of them contradicts.
const SHOWN: usize = 4;

/// A finding for each obligation that does not hold, or that the solver gave up on.
pub fn check_obligations(db: &dyn Db, proofs: &[Proof<Place>], verdicts: &Verdicts) -> Vec<Finding> {
    let together = Together::new(db, proofs);
    let told = proofs
        .iter()
        .enumerate()
        .filter(|(at, proof)| !together.is_told(*at) && !is_consequence(proof, &proofs[..*at]));
    told.filter_map(|(at, proof)| {
        let owed = &proof.obligation;
        match proof.outcome.as_ref()? {
            Outcome::Refuted { counterexample, conflict } => {
                let before = together.before(at, proofs);
                let finding = refuted(db, owed, before, counterexample, conflict);
                let finding = together.join(at, proofs, finding);
                Some(with_fixes(db, finding, owed, !conflict.is_empty(), verdicts))
            }
            Outcome::Unknown(reason) => Some(unknown(owed, reason)),
            Outcome::Proved(_) | Outcome::Textual | Outcome::Informal => None,
        }
    })
    .collect()
}

/// Whether what an earlier finding is about contradicts itself already among the grounds of this one: of a pre-condition
/// that nothing meets everything follows, and no case can hold when what holds in any case cannot.
fn is_consequence(proof: &Proof<Place>, earlier: &[Proof<Place>]) -> bool {
    let own = &proof.obligation;
    if !matches!(own.kind, Kind::Possible | Kind::Agreement) {
        return false;
    }
    earlier.iter().any(|other| {
        let cause = &other.obligation;
        let Some(Outcome::Refuted { conflict, .. }) = &other.outcome else { return false };
        matches!(cause.kind, Kind::Satisfiable | Kind::Possible)
            && cause.function == own.function
            && conflict
                .iter()
                .filter_map(|&at| cause.grounds.get(at))
                .all(|place| own.grounds.contains(place))
    })
}

/// Whether a clause that the finding is about has an error of another kind: what it says is then not what is meant.
pub fn is_of_another_mistake(path: &str, finding: &Diagnostic, others: &[Diagnostic]) -> bool {
    let own = finding.related.iter().filter(|related| *related.path == *path).map(|related| &related.range);
    let ranges: Vec<_> = own.chain([&finding.range]).collect();
    let errors = others.iter().filter(|other| other.severity == Severity::Error);
    errors
        .map(|other| &other.range)
        .any(|error| ranges.iter().any(|range| range.start <= error.start && error.end <= range.end))
}

fn refuted(
    db: &dyn Db,
    owed: &Obligation<Place>,
    before: Option<&Place>,
    counterexample: &Counterexample,
    conflict: &[usize],
) -> Finding {
    let function = &owed.function;
    let said = |place: &Place| quoted(db, place);
    let (code, message, help) = match owed.kind {
        Kind::CalleePre => (
            Code::WEAKER_REQUIREMENT,
            match &owed.other {
                Some(required) => format!(
                    "`{function}` requires {}, which does not follow from what is restated here",
                    said(required)
                ),
                None => format!("`{function}` requires more than is restated here"),
            },
            "restate the pre-condition of its guarantee, or weaken that",
        ),
        Kind::CalleePost => (
            Code::UNPROMISED,
            format!("`{function}` does not promise {}", said(&owed.place)),
            "restate what it promises, or strengthen its guarantee",
        ),
        Kind::Returned => (
            Code::NEVER_RETURNED,
            format!("`{function}` never returns what {} is about", said(&owed.place)),
            "leave the case out, or add it to the guarantee",
        ),
        Kind::Handled => (
            Code::NOT_HANDLED,
            format!("`{function}` can return what none of the cases restated here is about"),
            "restate the case that is missing",
        ),
        Kind::RootPre => (
            Code::CHANGED_ROOT,
            match (&owed.other, before) {
                (Some(before), _) => format!(
                    "this root does not require {} of `{function}`, as the module does whose place it takes",
                    said(before)
                ),
                (None, Some(before)) => format!(
                    "this root requires {} of `{function}`, where the module whose place it takes requires {}",
                    said(&owed.place),
                    said(before)
                ),
                (None, None) => format!(
                    "this root requires {} of `{function}`, which the module whose place it takes does not",
                    said(&owed.place)
                ),
            },
            "keep the contract as it was, or call the node intermediate and bring all that rely on it with the patch",
        ),
        Kind::RootPost => (
            Code::CHANGED_ROOT,
            match (&owed.other, before) {
                (Some(before), _) => format!(
                    "this root does not promise {} of `{function}`, as the module does whose place it takes",
                    said(before)
                ),
                (None, Some(before)) => format!(
                    "this root promises {} of `{function}`, where the module whose place it takes promises {}",
                    said(&owed.place),
                    said(before)
                ),
                (None, None) => format!(
                    "this root promises {} of `{function}`, which the module whose place it takes does not",
                    said(&owed.place)
                ),
            },
            "keep the contract as it was, or call the node intermediate and bring all that rely on it with the patch",
        ),
        Kind::Comment => (
            Code::UNPROMISED_COMMENT,
            format!("`{function}` does not promise what this comment says of it"),
            "say what it promises, or strengthen its guarantee",
        ),
        Kind::Satisfiable => (
            Code::UNSATISFIABLE,
            format!("no call of `{function}` can meet this pre-condition"),
            "the clauses shown contradict each other",
        ),
        Kind::Possible => (
            Code::IMPOSSIBLE_CASE,
            format!("`{function}` can never return as its contract says"),
            "the clauses shown contradict each other",
        ),
        Kind::Agreement => (
            Code::DISAGREEING_CASES,
            match &owed.other {
                Some(other) => {
                    format!("this case and {} can hold at once, and contradict each other", said(other))
                }
                None => "this case can hold at once with another, and contradicts it".to_owned(),
            },
            "make their guards exclude each other, or their outcomes agree",
        ),
    };
    let place = match owed.kind {
        // Of clauses that contradict each other, the last is where a reader notices.
        Kind::Possible => conflict.last().and_then(|&at| owed.grounds.get(at)?.as_ref()),
        _ => None,
    };
    let mut finding = Finding::new(code, place.unwrap_or(&owed.place).clone(), message);
    finding = match counterexample.0.is_empty() {
        true => finding.help(help),
        false => finding.help(format!("{help}; a counterexample: {counterexample}")),
    };
    with_grounds(finding, owed, conflict)
}

/// The clauses that contradict it; when none does, those that it might have followed from.
fn with_grounds(mut finding: Finding, owed: &Obligation<Place>, conflict: &[usize]) -> Finding {
    if let Some(other) = &owed.other {
        let what = match owed.kind {
            Kind::CalleePre => "required here",
            Kind::RootPre | Kind::RootPost => "said here before",
            _ => "the other case",
        };
        finding = finding.related(other.clone(), what);
    }
    let (grounds, what): (Vec<usize>, _) = match conflict.is_empty() {
        true => ((0..owed.grounds.len()).collect(), "what could be used"),
        false => (conflict.to_vec(), "which contradicts it"),
    };
    let told = finding.place.clone();
    let mut shown: Vec<&Place> = vec![&told];
    shown.extend(owed.other.as_ref());
    for place in grounds.iter().filter_map(|&at| owed.grounds.get(at)?.as_ref()) {
        let is_enough = conflict.is_empty() && finding.related.len() >= SHOWN;
        if !is_enough && !shown.contains(&place) {
            shown.push(place);
            finding = finding.related(place.clone(), what);
        }
    }
    finding
}

fn unknown(owed: &Obligation<Place>, reason: &str) -> Finding {
    let message = format!("whether this holds of `{}` is not decided: {reason}", owed.function);
    Finding::new(Code::NOT_DECIDED, owed.place.clone(), message)
        .severity(Severity::Hint)
        .help("state it in simpler terms; until then it is taken for neither true nor false")
}

/// The words of a clause, in a line.
fn quoted(db: &dyn Db, place: &Place) -> String {
    let Place::Section(file, key, span) = place else { return "this".to_owned() };
    let Some(section) = lower::find(db, *file, key) else { return "this".to_owned() };
    let text = section.content(db).of(*span);
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let line = line.trim_end_matches(['.', ':']).replace("**", "");
    let mut short: String = line.chars().take(QUOTED).collect();
    if short.len() < line.len() {
        short.push('…');
    }
    match short.contains('`') {
        true => short,
        false => format!("\u{201c}{short}\u{201d}"),
    }
}

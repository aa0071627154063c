//! DAG006: what is told together of the root of a patch. A clause that was changed follows in neither direction, and a
//! guard that was changed takes all of its case along: either is one mistake.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use crate::db::Db;
use crate::finding::{Finding, Place};
use crate::lower;
use crate::obligation::contract::{Part, contract};
use crate::obligation::{Kind, Obligation, Outcome, Proof};

/// Which proofs are told with which other one.
#[derive(Default)]
pub struct Together {
    /// By the position of a proof, that of the one whose finding tells it.
    with: FxHashMap<usize, usize>,
}

/// Clauses of one side that one mistake makes wrong, by their positions among the proofs.
struct Mistake {
    kind: Kind,
    function: String,
    is_new: bool,
    clauses: Vec<usize>,
    words: BTreeSet<String>,
}

impl Together {
    /// Finds the refuted clauses of roots that come from one mistake.
    pub fn new(db: &dyn Db, proofs: &[Proof<Place>]) -> Self {
        let mut mistakes: Vec<Mistake> = Vec::new();
        for (at, proof) in proofs.iter().enumerate() {
            let is_of_root = matches!(proof.obligation.kind, Kind::RootPre | Kind::RootPost);
            let is_told = mistakes.iter().any(|mistake| mistake.clauses.contains(&at));
            if is_of_root && !is_told && is_refuted(proof) {
                mistakes.push(mistake(db, proofs, at));
            }
        }
        let mut out = Self::default();
        for mistake in &mistakes {
            out.tell(&mistake.clauses, mistake.clauses[0]);
        }
        let (new, mut old): (Vec<&Mistake>, Vec<&Mistake>) =
            mistakes.iter().partition(|mistake| mistake.is_new);
        for new in new {
            let like = |old: &Mistake| match old.kind == new.kind && old.function == new.function {
                true => old.words.intersection(&new.words).count(),
                false => 0,
            };
            let nearest = (0..old.len()).rev().max_by_key(|&at| like(old[at]));
            if let Some(at) = nearest.filter(|&at| like(old[at]) > 0) {
                let before = old.remove(at);
                out.tell(&before.clauses, new.clauses[0]);
            }
        }
        out
    }

    fn tell(&mut self, clauses: &[usize], with: usize) {
        self.with.extend(clauses.iter().filter(|&&at| at != with).map(|&at| (at, with)));
    }

    /// Whether a proof is told with another one.
    pub fn is_told(&self, at: usize) -> bool {
        self.with.contains_key(&at)
    }

    /// Adds to a finding what is told with it.
    pub fn join(&self, at: usize, proofs: &[Proof<Place>], mut finding: Finding) -> Finding {
        for (other, proof) in proofs.iter().enumerate() {
            if self.with.get(&other) != Some(&at) {
                continue;
            }
            finding = match &proof.obligation.other {
                Some(before) => finding.related(before.clone(), "said here before"),
                None => finding.related(proof.obligation.place.clone(), "and this with it"),
            };
        }
        finding
    }

    /// The clause of the module whose place is taken that is told with a new one.
    pub fn before<'p>(&self, at: usize, proofs: &'p [Proof<Place>]) -> Option<&'p Place> {
        let others = proofs.iter().enumerate().filter(|(other, _)| self.with.get(other) == Some(&at));
        others.filter_map(|(_, proof)| proof.obligation.other.as_ref()).next()
    }
}

fn is_refuted(proof: &Proof<Place>) -> bool {
    matches!(proof.outcome, Some(Outcome::Refuted { .. }))
}

/// Where a clause of a root stands: in the root, or in the module whose place it takes.
fn clause(owed: &Obligation<Place>) -> &Place {
    owed.other.as_ref().unwrap_or(&owed.place)
}

/// The mistake that a clause belongs to: when nothing that stands in its case holds, it is the guard, else the clause.
fn mistake(db: &dyn Db, proofs: &[Proof<Place>], at: usize) -> Mistake {
    let owed = &proofs[at].obligation;
    let is_new = owed.other.is_none();
    let case = case_of(db, owed);
    let mut clauses: Vec<usize> = vec![at];
    if case.len() > 1 {
        let is_of_case = |proof: &Proof<Place>| {
            let other = &proof.obligation;
            other.kind == owed.kind
                && other.function == owed.function
                && other.other.is_none() == is_new
                && case.contains(clause(other))
        };
        let all: Vec<usize> = (0..proofs.len()).filter(|&other| is_of_case(&proofs[other])).collect();
        if all.len() == case.len() && all.iter().all(|&other| is_refuted(&proofs[other])) {
            clauses = all;
        }
    }
    let words = clauses.iter().flat_map(|&at| words(db, clause(&proofs[at].obligation))).collect();
    Mistake { kind: owed.kind, function: owed.function.clone(), is_new, clauses, words }
}

/// The clauses of the case that a clause stands in; none when it stands in no case.
fn case_of(db: &dyn Db, owed: &Obligation<Place>) -> Vec<Place> {
    let place = clause(owed);
    let Place::Section(file, ..) = place else { return Vec::new() };
    for part in [Part::Functional, Part::Locks] {
        let stated = contract(db, *file, &owed.function, part, &|_| None);
        let mut cases = stated.post.iter().filter(|group| group.is_case);
        if let Some(case) = cases.find(|case| case.lines.iter().any(|line| line.place == *place)) {
            return case.lines.iter().map(|line| line.place.clone()).collect();
        }
    }
    Vec::new()
}

fn words(db: &dyn Db, place: &Place) -> BTreeSet<String> {
    let Place::Section(file, key, span) = place else { return BTreeSet::new() };
    let Some(section) = lower::find(db, *file, key) else { return BTreeSet::new() };
    let text = section.content(db).of(*span);
    let words = text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect()
}

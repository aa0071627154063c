//! What has to be proved of a module: each obligation is a value, decided by whoever has a solver.
//!
//! - What a module restates of a callee's contract must fit the callee's own: the restated pre-condition implies what
//!   the provider requires, and the provider's post-condition implies what is restated, case by case.
//! - The values that a restated contract handles are those that the provider can return.
//! - What a comment beside a relied declaration says must follow from the provider's post-condition, sentence by
//!   sentence: what is understood of it, and the rest, which is not decided.
//! - The root of a patch promises and requires what the module does whose place it takes.
//! - A contract must not contradict itself: its pre-condition can be met, its cases can hold, and two cases that can
//!   hold at once agree.

mod comment;
pub(crate) mod contract;
mod counterexample;
mod form;
mod frame;
mod outcome;
mod own;
mod replaced;
mod restated;
mod sides;
mod statements;
mod verdicts;

use std::sync::Arc;

use crate::Location;
use crate::db::{Db, SourceFile};
use crate::finding::Place;
use crate::formula::Expression;
use crate::logic::{Entailment, Moment, Term};
use crate::patch::{is_declared, patch_of};
use crate::source::{self, FileKind};
use crate::symbols::is_module;

pub(crate) use contract::words_renamed;
pub use counterexample::Counterexample;
pub use outcome::{Counts, Outcome, Proof};
use statements::World;
pub(crate) use statements::formulas;
pub use verdicts::{QuestionId, Verdicts};

/// One thing to be proved, with places of some sort.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Obligation<P = Location> {
    /// Why it has to be.
    pub kind: Kind,
    /// The function it is about.
    pub function: String,
    /// The clause that has to follow, or be consistent.
    pub place: P,
    /// The clause on the other side, when there is a single one: what the provider requires, the other case.
    pub other: Option<P>,
    /// The other sides: the clauses that may be assumed, in the order of the entailment's assumptions; `None` for an
    /// assumption that is nobody's clause.
    pub grounds: Vec<Option<P>>,
    /// What is asked.
    pub question: Question,
}

/// Why something has to be proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// What is restated as required of the caller implies what the provider requires.
    CalleePre,
    /// What the provider promises implies what is restated of it.
    CalleePost,
    /// The provider can return what a restated case is about.
    Returned,
    /// Whatever the provider returns, one of the restated cases is about it.
    Handled,
    /// What the provider promises implies what a comment says of it.
    Comment,
    /// The pre-condition can be met.
    Satisfiable,
    /// A case, or the post-condition, can hold.
    Possible,
    /// Two cases that can hold at once agree.
    Agreement,
    /// What the root of a patch requires is what the module required whose place it takes, and the other way round.
    RootPre,
    /// What the root of a patch promises is what the module promised whose place it takes, and the other way round.
    RootPost,
}

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Question {
    /// The entailment must hold.
    Holds(Arc<Entailment>),
    /// The entailment must hold; but a clause that may bear on it is not understood, so that a counterexample decides
    /// nothing.
    Supported(Arc<Entailment>),
    /// The entailment is about words that are not understood: when it holds, both sides say the same in words, and
    /// otherwise nothing is known.
    InWords(Arc<Entailment>),
    /// The assumptions must not contradict each other: the goal, which is false, must not follow.
    Consistent(Arc<Entailment>),
    /// As far as they are understood, the assumptions must not contradict each other: when they do not, nothing is
    /// known.
    PartlyConsistent(Arc<Entailment>),
    /// Either the first is a contradiction, or the second is none.
    ApartOrConsistent(Arc<Entailment>, Arc<Entailment>),
    /// The same, but the second is not all that is said.
    ApartOrPartlyConsistent(Arc<Entailment>, Arc<Entailment>),
    /// Either the first is a contradiction, or the second follows and the third is no contradiction.
    ApartOrAgree(Arc<Entailment>, Arc<Entailment>, Arc<Entailment>),
    /// Both sides say the same in words.
    Textual,
    /// It is not in the formal language nor in the controlled English.
    Informal,
}

impl Question {
    /// The entailments that it consists of.
    fn entailments(&self) -> Vec<&Arc<Entailment>> {
        match self {
            Self::Holds(one)
            | Self::Supported(one)
            | Self::InWords(one)
            | Self::Consistent(one)
            | Self::PartlyConsistent(one) => vec![one],
            Self::ApartOrConsistent(one, two) | Self::ApartOrPartlyConsistent(one, two) => vec![one, two],
            Self::ApartOrAgree(one, two, three) => vec![one, two, three],
            Self::Textual | Self::Informal => Vec::new(),
        }
    }

    /// The entailment whose counterexample is told, if one is.
    fn shown(&self) -> Option<&Entailment> {
        match self {
            Self::Holds(told) | Self::ApartOrAgree(_, told, _) => Some(told),
            _ => None,
        }
    }
}

impl Obligation<Place> {
    /// One that is not decided.
    fn informal(kind: Kind, function: &str, place: Place) -> Self {
        let (function, question) = (function.to_owned(), Question::Informal);
        Self { kind, function, place, other: None, grounds: Vec::new(), question }
    }

    /// Joins the places.
    pub fn resolve(&self, db: &dyn Db) -> Obligation {
        let location = |place: &Place| {
            let (path, range) = place.resolve(db);
            Location { path, focus: range.clone(), range }
        };
        Obligation {
            kind: self.kind,
            function: self.function.clone(),
            place: location(&self.place),
            other: self.other.as_ref().map(location),
            grounds: self.grounds.iter().map(|place| place.as_ref().map(location)).collect(),
            question: self.question.clone(),
        }
    }
}

/// The obligations of a module. They are large and seldom wanted, so they are made anew each time.
pub fn obligations(db: &dyn Db, file: SourceFile) -> Vec<Obligation<Place>> {
    let mut out = Vec::new();
    // Deltas of the published dialect leave out what they do not change.
    let is_of_patch = source::kind(file.path(db)) == FileKind::Spec
        && patch_of(db, file).is_some_and(|patch| is_declared(db, patch));
    if is_module(db, file) || is_of_patch {
        own::obligations(db, file, &mut out);
        restated::obligations(db, file, &mut out);
        replaced::obligations(db, file, &mut out);
    }
    out
}

/// What is kept of the obligations of a module: whether there is a question, and which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// One for a solver.
    Question(QuestionId),
    /// Both sides say the same in words.
    Textual,
    /// It is not decided.
    Informal,
}

/// What has to be asked for a module, in the order of its obligations.
#[salsa::tracked]
pub fn asked(db: &dyn Db, file: SourceFile) -> Arc<[Asked]> {
    let one = |obligation: &Obligation<Place>| match &obligation.question {
        Question::Textual => Asked::Textual,
        Question::Informal => Asked::Informal,
        question => Asked::Question(QuestionId::of(question)),
    };
    obligations(db, file).iter().map(one).collect()
}

/// The obligations of a module, with what is known of each.
pub fn proofs(db: &dyn Db, file: SourceFile, verdicts: &Verdicts) -> Vec<Proof<Place>> {
    let one = |obligation: Obligation<Place>| {
        let outcome = match &obligation.question {
            Question::Textual => Some(Outcome::Textual),
            Question::Informal => Some(Outcome::Informal),
            question => verdicts.get(QuestionId::of(question)).map(|outcome| outcome.named(question)),
        };
        Proof { obligation, outcome }
    };
    obligations(db, file).into_iter().map(one).collect()
}

/// How the obligations of a module ended, without making them anew.
pub fn counts(db: &dyn Db, file: SourceFile, verdicts: &Verdicts) -> Counts {
    let mut counts = Counts::default();
    for asked in asked(db, file).iter() {
        match asked {
            Asked::Textual => counts.add(Some(&Outcome::<usize>::Textual)),
            Asked::Informal => counts.add(Some(&Outcome::<usize>::Informal)),
            Asked::Question(id) => counts.add(verdicts.get(*id).as_deref()),
        }
    }
    counts
}

/// The questions of a module that nobody has answered.
pub fn unanswered(db: &dyn Db, file: SourceFile, verdicts: &Verdicts) -> Vec<(QuestionId, Question)> {
    let questions = obligations(db, file).into_iter().map(|owed| owed.question);
    let decidable = questions.filter(|question| !matches!(question, Question::Textual | Question::Informal));
    let named = decidable.map(|question| (QuestionId::of(&question), question));
    named.filter(|(id, _)| verdicts.get(*id).is_none()).collect()
}

/// What a counterexample tells, as the spec would write it.
fn values_shown(world: &World<'_, '_>, atoms: &[(Expression, Moment)]) -> Vec<(Arc<str>, Term)> {
    let named = atoms.iter().filter_map(|(atom, moment)| {
        let term = world.denotation.term(atom, *moment).ok()?;
        let is_old = *moment == Moment::Call && *term.sort() != crate::logic::Sort::Pointer;
        let written = if is_old { format!("old({atom})") } else { atom.to_string() };
        Some((Arc::from(written), term))
    });
    let mut shown: Vec<(Arc<str>, Term)> = named.collect();
    shown.extend(world.locks());
    shown
}

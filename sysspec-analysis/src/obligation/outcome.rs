//! What becomes of obligations.

use std::ops::AddAssign;

use std::sync::Arc;

use super::{Counterexample, Obligation, Question};
use crate::Location;

/// What became of a question, or, when what its counterexample is about is told by position, of all questions that are
/// equal but for their names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome<N = Arc<str>> {
    /// It holds, by these of its grounds.
    Proved(Vec<usize>),
    /// It does not hold; with a counterexample, or, of something that contradicts itself, the grounds that do.
    Refuted {
        /// Values with which what is assumed holds and what should follow does not.
        counterexample: Counterexample<N>,
        /// The fewest grounds that contradict what should follow, or each other; none when they leave it open.
        conflict: Vec<usize>,
    },
    /// Both sides say the same in words.
    Textual,
    /// It is not decided, since it is not in the language that is.
    Informal,
    /// It is not decided, for this reason.
    Unknown(String),
}

impl Outcome<usize> {
    /// The same in the names of a question.
    pub fn named(&self, question: &Question) -> Outcome {
        match self {
            Self::Proved(grounds) => Outcome::Proved(grounds.clone()),
            Self::Refuted { counterexample, conflict } => {
                let named = question.shown().map(|shown| shown.named(&counterexample.0));
                let counterexample = Counterexample(named.unwrap_or_default());
                Outcome::Refuted { counterexample, conflict: conflict.clone() }
            }
            Self::Textual => Outcome::Textual,
            Self::Informal => Outcome::Informal,
            Self::Unknown(reason) => Outcome::Unknown(reason.clone()),
        }
    }
}

/// An obligation, and what is known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof<P = Location> {
    /// What is owed.
    pub obligation: Obligation<P>,
    /// What became of it; `None` as long as nobody has asked a solver.
    pub outcome: Option<Outcome>,
}

/// How many obligations ended how.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Counts {
    /// They hold.
    pub proved: usize,
    /// They do not.
    pub refuted: usize,
    /// Both sides say the same in words.
    pub textual: usize,
    /// They are in words that nothing decides.
    pub informal: usize,
    /// The solver gave up.
    pub unknown: usize,
    /// The solver has not been asked yet.
    pub open: usize,
}

impl Counts {
    /// Counts one more.
    pub fn add<N>(&mut self, outcome: Option<&Outcome<N>>) {
        *match outcome {
            Some(Outcome::Proved(_)) => &mut self.proved,
            Some(Outcome::Refuted { .. }) => &mut self.refuted,
            Some(Outcome::Textual) => &mut self.textual,
            Some(Outcome::Informal) => &mut self.informal,
            Some(Outcome::Unknown(_)) => &mut self.unknown,
            None => &mut self.open,
        } += 1;
    }

    /// All of them.
    pub fn total(&self) -> usize {
        self.proved + self.refuted + self.textual + self.informal + self.unknown + self.open
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.proved += other.proved;
        self.refuted += other.refuted;
        self.textual += other.textual;
        self.informal += other.informal;
        self.unknown += other.unknown;
        self.open += other.open;
    }
}

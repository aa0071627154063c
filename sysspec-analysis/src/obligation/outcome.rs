//! What becomes of obligations.

use std::ops::AddAssign;

use super::{Counterexample, Obligation};
use crate::Location;

/// What became of a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It holds, by these of its grounds.
    Proved(Vec<usize>),
    /// It does not hold; with a counterexample, or, of something that contradicts itself, the grounds that do.
    Refuted {
        /// Values with which what is assumed holds and what should follow does not.
        counterexample: Counterexample,
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
    pub fn add(&mut self, outcome: Option<&Outcome>) {
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

//! Obligations, and what became of them.

use std::sync::Arc;
use std::time::Duration;

use sysspec_analysis::logic::{Entailment, Value, Verdict};
use sysspec_analysis::obligation::Question;

/// What became of an obligation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It holds, by these of its grounds.
    Proved(Vec<usize>),
    /// It does not hold; with a counterexample, or, of something that contradicts itself, the grounds that do.
    Refuted {
        /// Values with which what is assumed holds and what should follow does not.
        counterexample: Vec<(Arc<str>, Value)>,
        /// The fewest grounds that contradict each other.
        conflict: Vec<usize>,
    },
    /// Both sides say the same in words.
    Textual,
    /// It is not decided, since it is not in the language that is.
    Informal,
    /// It is not decided, for this reason.
    Unknown(String),
}

/// Decides an obligation's question. Each question to the solver may take `limit`.
pub fn discharge(question: &Question, limit: Duration) -> Outcome {
    let decide = |entailment: &Entailment| crate::decide(entailment, limit);
    match question {
        Question::Holds(entailment) => match decide(entailment) {
            Verdict::Proved(grounds) => Outcome::Proved(grounds),
            Verdict::Refuted(counterexample) => Outcome::Refuted { counterexample, conflict: Vec::new() },
            Verdict::Unknown(reason) => Outcome::Unknown(reason),
        },
        Question::Consistent(entailment) => consistent(decide(entailment)),
        Question::ApartOrConsistent(apart, together) => match decide(apart) {
            Verdict::Proved(grounds) => Outcome::Proved(grounds),
            Verdict::Refuted(_) => consistent(decide(together)),
            Verdict::Unknown(reason) => Outcome::Unknown(reason),
        },
        Question::Textual => Outcome::Textual,
        Question::Informal => Outcome::Informal,
    }
}

/// A contradiction follows from what is contradictory, and from nothing else.
fn consistent(verdict: Verdict) -> Outcome {
    match verdict {
        Verdict::Refuted(_) => Outcome::Proved(Vec::new()),
        Verdict::Proved(conflict) => Outcome::Refuted { counterexample: Vec::new(), conflict },
        Verdict::Unknown(reason) => Outcome::Unknown(reason),
    }
}

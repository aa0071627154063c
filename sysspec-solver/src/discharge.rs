//! Obligations, and what became of them.

use std::time::Duration;

use sysspec_analysis::logic::{Entailment, Node, Verdict};
use sysspec_analysis::obligation::{Counterexample, Outcome, Question};

/// Decides an obligation's question, and all that are equal but for their names. Each question to the solver may take
/// `limit`.
pub fn discharge(question: &Question, limit: Duration) -> Outcome<usize> {
    let decide = |entailment: &Entailment| crate::decided(entailment, limit);
    let consistent = |entailment: &Entailment| consistent(entailment, limit);
    let partly_consistent = |entailment: &Entailment| match consistent(entailment) {
        // Of what is not understood whole, only a contradiction is known.
        Outcome::Proved(_) => Outcome::Informal,
        other => other,
    };
    match question {
        Question::Supported(entailment) => match decide(entailment) {
            Verdict::Proved(grounds) => Outcome::Proved(grounds),
            // What is not understood may be just what excludes the counterexample.
            Verdict::Refuted(_) => Outcome::Informal,
            Verdict::Unknown(reason) => Outcome::Unknown(reason),
        },
        Question::InWords(entailment) => match decide(entailment) {
            Verdict::Proved(_) => Outcome::Textual,
            Verdict::Refuted(_) => Outcome::Informal,
            Verdict::Unknown(reason) => Outcome::Unknown(reason),
        },
        Question::PartlyConsistent(entailment) => partly_consistent(entailment),
        Question::ApartOrPartlyConsistent(apart, together) => match decide(apart) {
            Verdict::Proved(grounds) => Outcome::Proved(grounds),
            Verdict::Refuted(_) => partly_consistent(together),
            Verdict::Unknown(reason) => Outcome::Unknown(reason),
        },
        Question::ApartOrAgree(apart, agree, together) => match (decide(apart), decide(agree)) {
            (Verdict::Proved(grounds), _) => Outcome::Proved(grounds),
            (Verdict::Refuted(_), Verdict::Proved(_)) => consistent(together),
            (Verdict::Refuted(_), Verdict::Refuted(counterexample)) => {
                Outcome::Refuted { counterexample: Counterexample(counterexample), conflict: Vec::new() }
            }
            (Verdict::Unknown(reason), _) | (_, Verdict::Unknown(reason)) => Outcome::Unknown(reason),
        },
        Question::Holds(entailment) => match decide(entailment) {
            Verdict::Proved(grounds) => Outcome::Proved(grounds),
            Verdict::Refuted(counterexample) => Outcome::Refuted {
                counterexample: Counterexample(counterexample),
                conflict: against(entailment, limit),
            },
            Verdict::Unknown(reason) => Outcome::Unknown(reason),
        },
        Question::Consistent(entailment) => consistent(entailment),
        Question::ApartOrConsistent(apart, together) => match decide(apart) {
            Verdict::Proved(grounds) => Outcome::Proved(grounds),
            Verdict::Refuted(_) => consistent(together),
            Verdict::Unknown(reason) => Outcome::Unknown(reason),
        },
        Question::Textual => Outcome::Textual,
        Question::Informal => Outcome::Informal,
    }
}

/// The fewest assumptions by which the contrary of the goal follows; of a goal under a condition, the contrary of what
/// the condition leads to.
fn against(entailment: &Entailment, limit: Duration) -> Vec<usize> {
    let mut contrary = entailment.clone();
    if let Node::Implies(condition, outcome) = entailment.goal.node() {
        contrary.assumptions.push(condition.clone());
        contrary.goal = outcome.clone();
    }
    contrary.goal = contrary.goal.not();
    contrary.shown.clear();
    match crate::decided(&contrary, limit) {
        Verdict::Proved(grounds) => {
            let mut grounds = crate::smallest(&contrary, &grounds, limit);
            grounds.retain(|&ground| ground < entailment.assumptions.len());
            grounds
        }
        Verdict::Refuted(_) | Verdict::Unknown(_) => Vec::new(),
    }
}

/// A contradiction follows from what is contradictory, and from nothing else. A state in which it is not is not told.
fn consistent(entailment: &Entailment, limit: Duration) -> Outcome<usize> {
    let question = Entailment { shown: Vec::new(), ..entailment.clone() };
    match crate::decided(&question, limit) {
        Verdict::Refuted(_) => Outcome::Proved(Vec::new()),
        Verdict::Proved(grounds) => Outcome::Refuted {
            counterexample: Counterexample::default(),
            conflict: crate::smallest(&question, &grounds, limit),
        },
        Verdict::Unknown(reason) => Outcome::Unknown(reason),
    }
}

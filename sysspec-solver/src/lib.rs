//! Decides entailments with Z3, in the process that asks: no solver process can outlive it.

mod answer;
mod discharge;
mod kept;
mod propagate;
mod prover;
mod translate;

use std::time::Duration;

use sysspec_analysis::logic::{Entailment, Verdict};
use z3::SatResult;
use z3::ast::Bool;

/// How long a question may take where nobody says otherwise: most take a few milliseconds.
pub const LIMIT: Duration = Duration::from_secs(2);

pub use answer::answer;
pub use discharge::discharge;
pub use prover::{Order, Prover};
pub use sysspec_analysis::obligation::Outcome;
use translate::Translation;

/// Decides an entailment, or gives up after `limit` of time.
///
/// What follows by the form of the clauses alone is found without the solver.
pub fn decide(entailment: &Entailment, limit: Duration) -> Verdict {
    named(decided(entailment, limit), entailment)
}

/// Puts an entailment to the solver.
pub fn ask(entailment: &Entailment, limit: Duration) -> Verdict {
    named(asked(entailment, limit), entailment)
}

fn named(verdict: Verdict<usize>, entailment: &Entailment) -> Verdict {
    match verdict {
        Verdict::Proved(grounds) => Verdict::Proved(grounds),
        Verdict::Refuted(values) => Verdict::Refuted(entailment.named(&values)),
        Verdict::Unknown(reason) => Verdict::Unknown(reason),
    }
}

/// Decides an entailment; what is shown is told by its position.
fn decided(entailment: &Entailment, limit: Duration) -> Verdict<usize> {
    match propagate::proved(entailment) {
        Some(grounds) => Verdict::Proved(grounds),
        None => asked(entailment, limit),
    }
}

fn asked(entailment: &Entailment, limit: Duration) -> Verdict<usize> {
    let mut asked = Asked::new(entailment, limit);
    let verdict = match asked.solver.check_assumptions(&asked.switches) {
        SatResult::Unsat => Verdict::Proved(asked.core()),
        SatResult::Sat => {
            let shown: Vec<_> =
                entailment.shown.iter().map(|(_, term)| asked.translation.term(term)).collect();
            let Some(model) = asked.solver.get_model() else {
                return Verdict::Unknown("no counterexample given".into());
            };
            let mut reader = translate::Reader::new(&model);
            let values = shown.iter().enumerate().filter_map(|(at, term)| Some((at, reader.value(term)?)));
            Verdict::Refuted(values.collect())
        }
        SatResult::Unknown => {
            asked.solver.spend();
            Verdict::Unknown(asked.reason(limit))
        }
    };
    asked.solver.give_back();
    verdict
}

/// From assumptions by which an entailment holds, some of which none can be left out. Each costs a question of `limit`.
pub fn smallest(entailment: &Entailment, grounds: &[usize], limit: Duration) -> Vec<usize> {
    let mut asked = Asked::new(entailment, limit);
    let mut needed = grounds.to_vec();
    let mut at = 0;
    while at < needed.len() {
        let rest = needed.iter().filter(|&&other| other != needed[at]);
        let rest: Vec<Bool> = rest.map(|&other| asked.switches[other].clone()).collect();
        match asked.solver.check_assumptions(&rest) {
            SatResult::Unsat => _ = needed.remove(at),
            SatResult::Sat => at += 1,
            SatResult::Unknown => {
                asked.solver.spend();
                at += 1;
            }
        }
    }
    asked.solver.give_back();
    needed
}

/// A question in the solver's terms: the assumptions, each behind a switch, and the contrary of the goal.
struct Asked<'t> {
    translation: Translation<'t>,
    solver: kept::Borrowed,
    switches: Vec<Bool>,
}

impl<'t> Asked<'t> {
    fn new(entailment: &'t Entailment, limit: Duration) -> Self {
        let mut translation = Translation::default();
        let solver = kept::Borrowed::new(limit);
        solver.assert(translation.truth(&entailment.goal).not());
        let switches: Vec<Bool> =
            (0..entailment.assumptions.len()).map(|at| Bool::new_const(format!("assumption#{at}"))).collect();
        for (switch, assumption) in switches.iter().zip(&entailment.assumptions) {
            solver.assert(switch.implies(translation.truth(assumption)));
        }
        Self { translation, solver, switches }
    }

    /// The assumptions that the solver needed.
    fn core(&self) -> Vec<usize> {
        let core = self.solver.get_unsat_core();
        (0..self.switches.len()).filter(|&at| core.contains(&self.switches[at])).collect()
    }

    fn reason(&self, limit: Duration) -> String {
        let reason = self.solver.get_reason_unknown().unwrap_or_else(|| "no reason given".into());
        match reason.as_str() {
            // What Z3 says when its clock has run out, depending on where it was.
            "timeout" | "canceled" => format!("not within {} ms", limit.as_millis()),
            _ => reason,
        }
    }
}

#[cfg(test)]
mod tests;

//! Decides entailments with Z3, in the process that asks: no solver process can outlive it.

mod answer;
mod discharge;
mod prover;
mod translate;

use std::time::Duration;

use sysspec_analysis::logic::{Entailment, Verdict};
use z3::ast::Bool;
use z3::{Params, SatResult, Solver};

/// How long a question may take where nobody says otherwise: most take a few milliseconds.
pub const LIMIT: Duration = Duration::from_secs(2);

pub use answer::answer;
pub use discharge::discharge;
pub use prover::{Order, Prover};
pub use sysspec_analysis::obligation::Outcome;
use translate::Translation;

/// Decides an entailment, or gives up after `limit` of time.
///
/// A time limit is per question that is put to the solver; minimising a proof puts one for each assumption it used.
pub fn decide(entailment: &Entailment, limit: Duration) -> Verdict {
    // The context is the thread's: making one costs more than most questions.
    let mut translation = Translation::default();
    let assumptions: Vec<Bool> = entailment.assumptions.iter().map(|term| translation.truth(term)).collect();
    let goal = translation.truth(&entailment.goal);
    // Translated now, so that the model has a value for each.
    let shown: Vec<_> = entailment.shown.iter().map(|(name, term)| (name, translation.term(term))).collect();
    let solver = Solver::new();
    let mut parameters = Params::new();
    parameters.set_u32("timeout", u32::try_from(limit.as_millis()).unwrap_or(u32::MAX).max(1));
    solver.set_params(&parameters);
    solver.assert(goal.not());
    let switches: Vec<Bool> =
        (0..assumptions.len()).map(|at| Bool::new_const(format!("assumption#{at}"))).collect();
    for (switch, assumption) in switches.iter().zip(&assumptions) {
        solver.assert(switch.implies(assumption));
    }
    match solver.check_assumptions(&switches) {
        SatResult::Unsat => Verdict::Proved(smallest(&solver, &switches)),
        SatResult::Sat => {
            let Some(model) = solver.get_model() else {
                return Verdict::Unknown("no counterexample given".into());
            };
            let mut reader = translate::Reader::new(&model);
            let values = shown.iter().filter_map(|(name, term)| Some(((*name).clone(), reader.value(term)?)));
            Verdict::Refuted(values.collect())
        }
        SatResult::Unknown => {
            let reason = solver.get_reason_unknown().unwrap_or_else(|| "no reason given".into());
            Verdict::Unknown(match reason.as_str() {
                // What Z3 says when its clock has run out, depending on where it was.
                "timeout" | "canceled" => format!("not within {} ms", limit.as_millis()),
                _ => reason,
            })
        }
    }
}

/// Assumptions of which none can be left out, from those that the solver needed.
fn smallest(solver: &Solver, switches: &[Bool]) -> Vec<usize> {
    let core = solver.get_unsat_core();
    let mut needed: Vec<usize> = (0..switches.len()).filter(|&at| core.contains(&switches[at])).collect();
    let mut at = 0;
    while at < needed.len() {
        let rest: Vec<Bool> = needed
            .iter()
            .filter(|&&other| other != needed[at])
            .map(|&other| switches[other].clone())
            .collect();
        match solver.check_assumptions(&rest) {
            SatResult::Unsat => _ = needed.remove(at),
            SatResult::Sat | SatResult::Unknown => at += 1,
        }
    }
    needed
}

#[cfg(test)]
mod tests;

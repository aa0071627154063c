//! What a run did, per module and in numbers.

use std::fmt;

use sysspec_analysis::Phase;

use super::{CompileError, Options};
use crate::gates::Gate;
use crate::status::{self, State};
use crate::store::{self, Store, StoreError, Transcript, Verdict};
use crate::workspace::Workspace;

/// What a run did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The modules of the run, leaf to root.
    pub modules: Vec<ModuleReport>,
}

/// What became of one module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModuleReport {
    /// The module.
    pub module: String,
    /// How it ended.
    pub outcome: Outcome,
    /// Every attempt for the specification as it is now.
    pub attempts: Vec<AttemptReport>,
}

/// One attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AttemptReport {
    /// The phase, 1 or 2.
    pub phase: u8,
    /// The number of the attempt.
    pub attempt: u32,
    /// The gate that it did not pass; `None` when it was accepted or no gate refused it yet.
    pub rejected_by: Option<Gate>,
}

/// How the run ended for a module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Its code was validated before.
    Unchanged,
    /// Its code was accepted.
    Accepted,
    /// Its file differs from what passed the gates; it was left alone.
    Edited,
    /// A prompt waits for its answer; where.
    Awaiting(String),
    /// Its code passed all gates but the tests, which need the code of these modules.
    Blocked(Vec<String>),
    /// Its attempts are used up; what the last one lacked.
    Exhausted(Gate, String),
    /// Its code passed every gate, and SpecEval gave no usable answer; why the last one could not be used.
    Unjudged(String),
    /// It cannot be judged, through no fault of its code.
    Broken(String),
}

/// So many of so many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// How many did.
    pub passed: usize,
    /// Of how many.
    pub of: usize,
}

impl Report {
    /// Whether every module has validated code now.
    pub fn succeeded(&self) -> bool {
        self.modules.iter().all(|module| matches!(module.outcome, Outcome::Unchanged | Outcome::Accepted))
    }

    /// The modules that were accepted with the first answer in every phase, of those that were asked for.
    pub fn first_attempt(&self) -> Rate {
        self.rate(|module| module.accepted() && module.attempts.iter().all(|attempt| attempt.attempt == 1))
    }

    /// The modules that have validated code, of those that were asked for.
    pub fn accepted(&self) -> Rate {
        self.rate(ModuleReport::accepted)
    }

    fn rate(&self, passes: impl Fn(&ModuleReport) -> bool) -> Rate {
        let asked = self.modules.iter().filter(|module| !module.attempts.is_empty());
        Rate { passed: asked.clone().filter(|module| passes(module)).count(), of: asked.count() }
    }

    /// Where prompts wait for answers.
    pub fn awaiting(&self) -> impl Iterator<Item = &str> {
        self.modules.iter().filter_map(|module| match &module.outcome {
            Outcome::Awaiting(place) => Some(place.as_str()),
            _ => None,
        })
    }
}

impl ModuleReport {
    fn accepted(&self) -> bool {
        matches!(self.outcome, Outcome::Unchanged | Outcome::Accepted)
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.of {
            0 => write!(f, "none of none"),
            of => write!(f, "{} of {of} ({:.1} %)", self.passed, 100.0 * self.passed as f64 / of as f64),
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unchanged => write!(f, "validated before"),
            Self::Accepted => write!(f, "accepted"),
            Self::Edited => {
                write!(
                    f,
                    "edited by hand and left alone: restore the file, or name the module to generate it again"
                )
            }
            Self::Awaiting(place) => write!(f, "waits for an answer to {place}"),
            Self::Blocked(modules) => write!(f, "ready but for its tests, which need {}", modules.join(", ")),
            Self::Exhausted(gate, feedback) => {
                write!(f, "not converged; the last answer lacked {}:\n{feedback}", gate.demand())
            }
            Self::Unjudged(reason) => {
                write!(f, "passed every gate, but SpecEval could not judge it: {reason}")
            }
            Self::Broken(message) => write!(f, "cannot be judged: {message}"),
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for module in &self.modules {
            if module.outcome == Outcome::Unchanged {
                continue;
            }
            let outcome = module.outcome.to_string().replace('\n', "\n    ");
            writeln!(f, "{}: {outcome}", module.module)?;
            for attempt in &module.attempts {
                if let Some(gate) = attempt.rejected_by {
                    writeln!(
                        f,
                        "    phase {} attempt {}: refused by the gate {}",
                        attempt.phase,
                        attempt.attempt,
                        gate.name()
                    )?;
                }
            }
        }
        writeln!(f, "accepted at the first attempt: {}", self.first_attempt())?;
        writeln!(f, "accepted in the end: {}", self.accepted())
    }
}

/// The attempts of a transcript that belong to the specification as it is now.
pub fn attempts(ws: &Workspace, module: &str, transcript: &Transcript) -> Vec<AttemptReport> {
    let Some(module) = ws.model.module(module) else { return Vec::new() };
    let current =
        [Phase::Functional, Phase::Refine].map(|phase| store::parts(&ws.model, module, phase).fingerprint);
    let of_now = transcript.attempts.iter().filter(|attempt| current.contains(&attempt.fingerprint));
    of_now
        .map(|attempt| AttemptReport {
            phase: attempt.phase,
            attempt: attempt.attempt,
            rejected_by: match &attempt.verdict {
                Verdict::Rejected { gate, .. } => Some(*gate),
                Verdict::Open | Verdict::Accepted { .. } => None,
            },
        })
        .collect()
}

/// The report of a run that had nothing to do.
pub fn unchanged(ws: &Workspace, store: &Store, options: &Options) -> Result<Report, CompileError> {
    report(ws, store, options, |_| None)
}

/// The report of a run: `outcome` says what became of the modules that were worked on.
pub fn report(
    ws: &Workspace,
    store: &Store,
    options: &Options,
    outcome: impl Fn(&str) -> Option<Outcome>,
) -> Result<Report, CompileError> {
    let mut modules = Vec::new();
    for module in &ws.model.modules {
        if !options.modules.is_empty() && !options.modules.contains(&module.name) {
            continue;
        }
        let outcome = match outcome(&module.name) {
            Some(outcome) => outcome,
            None => settled(status::of(store, &ws.model, module)),
        };
        let attempts = attempts(ws, &module.name, &store.transcript(module)?);
        modules.push(ModuleReport { module: module.name.clone(), outcome, attempts });
    }
    Ok(Report { modules })
}

/// The outcome for a module that was not worked on.
fn settled(state: Result<State, StoreError>) -> Outcome {
    match state {
        Ok(State::Validated) => Outcome::Unchanged,
        Ok(State::Edited) => Outcome::Edited,
        Ok(other) => Outcome::Broken(other.describe()),
        Err(error) => Outcome::Broken(error.to_string()),
    }
}

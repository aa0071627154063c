//! Judging one answer among the validated code of all other modules.

use std::collections::BTreeMap;
use std::sync::Arc;

use sysspec_analysis::{ModuleModel, Phase};

use crate::compile::judge::{Judge, Opinion};
use crate::gates::module_test::BenchError;
use crate::gates::{self, Gate, Rejection};
use crate::store;

/// What is known of an answer.
pub struct Examination {
    /// Its code in the committed format, as far as there is any.
    pub code: String,
    /// Whether that compiles without a message.
    pub compiles: bool,
    /// The first gate that refused it, and why.
    pub rejection: Option<Rejection>,
}

/// Judges answers.
pub struct Examiner {
    judge: Judge,
    /// The validated code of every module.
    known: BTreeMap<String, Arc<str>>,
}

impl Examiner {
    pub fn new(judge: Judge, known: BTreeMap<String, Arc<str>>) -> Self {
        Self { judge, known }
    }

    /// Asks every gate in its order, the tests last.
    pub fn examine(
        &self,
        module: &ModuleModel,
        phase: Phase,
        answer: &str,
    ) -> Result<Examination, BenchError> {
        let candidate = match self.judge.early(module, phase, answer)? {
            Opinion::Candidate(candidate) => candidate,
            Opinion::Rejected { code, rejection } => {
                let compiles = self.compiles(module, &code, rejection.gate)?;
                return Ok(Examination { code, compiles, rejection: Some(rejection) });
            }
        };
        let failure = self.judge.test(module, &candidate, &self.known)?.err();
        Ok(Examination {
            code: candidate.code.to_string(),
            compiles: true,
            rejection: failure.map(|failure| Rejection { gate: Gate::Tests, feedback: failure.feedback }),
        })
    }

    /// Whether code that a gate refused compiles all the same.
    fn compiles(&self, module: &ModuleModel, code: &str, refused_by: Gate) -> Result<bool, BenchError> {
        Ok(match refused_by {
            Gate::Answer | Gate::Syntax | Gate::Compile => false,
            Gate::Guarantee | Gate::Reliance => {
                gates::compiles::check(&self.judge.compiler, &store::unit(module, code))?.is_ok()
            }
            _ => true,
        })
    }
}

//! The gates' verdicts: what is recorded, and what follows.

use std::sync::Arc;

use sysspec_analysis::{ModuleModel, Phase};

use super::{CompileError, Part, Run, Stage, Step, blocking};
use crate::compile::judge::{Candidate, Opinion};
use crate::compile::{Event, Outcome};
use crate::gates::module_test::BenchError;
use crate::gates::{Gate, Rejection};
use crate::status::last_phase;
use crate::store::{self, Attempt, Entry, Verdict, has_second_phase};

impl<'a> Run<'a> {
    pub(super) fn record(&mut self, module: &ModuleModel, attempt: Attempt) -> Result<(), CompileError> {
        self.slot(&module.name).transcript.record(attempt);
        Ok(self.store.write_transcript(module, &self.slots[&module.name].transcript)?)
    }

    /// The present attempt as it is recorded.
    pub(super) fn present(&self, module: &ModuleModel) -> Option<&Attempt> {
        let slot = &self.slots[&module.name];
        let fingerprint = self.fingerprint(module, slot.phase);
        slot.transcript.of(slot.phase, &fingerprint).find(|attempt| attempt.attempt == slot.attempt)
    }

    /// Writes the verdict on the present attempt into the transcript.
    fn record_verdict(
        &mut self,
        module: &ModuleModel,
        code: &str,
        verdict: Verdict,
    ) -> Result<Option<Attempt>, CompileError> {
        let Some(mut attempt) = self.present(module).cloned() else { return Ok(None) };
        attempt.code = code.to_owned();
        attempt.verdict = verdict;
        self.record(module, attempt.clone())?;
        Ok(Some(attempt))
    }

    pub(super) fn judge(&mut self, module: &'a ModuleModel, answer: String) {
        let slot = self.slot(&module.name);
        slot.stage = Stage::Judged;
        let phase = slot.phase;
        let (judge, name, working) = (self.judge.clone(), module.name.clone(), self.working.clone());
        self.steps.push(Box::pin(async move {
            let opinion = blocking(&working, {
                let name = name.clone();
                move || judge.early(judge.module(&name), phase, &answer)
            })
            .await?;
            Ok(Step::Judged(name, opinion))
        }));
    }

    pub(super) fn judged(
        &mut self,
        module: &'a ModuleModel,
        opinion: Result<Opinion, BenchError>,
    ) -> Result<(), CompileError> {
        match opinion {
            Ok(Opinion::Rejected { code, rejection }) => self.rejected(module, &code, rejection)?,
            Ok(Opinion::Candidate(candidate)) if candidate.test.is_none() => {
                self.passed(module, candidate)?
            }
            Ok(Opinion::Candidate(candidate)) => {
                self.slot(&module.name).stage = Stage::Waiting(candidate);
                self.progress.event(&Event::Waiting { module: &module.name });
            }
            Err(error) => self.slot(&module.name).stage = Stage::Over(Outcome::Broken(error.to_string())),
        }
        self.dispatch_tests();
        Ok(())
    }

    pub(super) fn rejected(
        &mut self,
        module: &'a ModuleModel,
        code: &str,
        rejection: Rejection,
    ) -> Result<(), CompileError> {
        let Rejection { gate, feedback } = rejection;
        let slot = &self.slots[&module.name];
        let (phase, attempt) = (store::number(slot.phase), slot.attempt);
        self.progress.event(&Event::Rejected {
            module: &module.name,
            phase,
            attempt,
            gate,
            feedback: &feedback,
        });
        // What passed before may not pass any more: then it is no longer validated.
        self.store.revoke(module, code)?;
        let judge = self.judge.fingerprint(module);
        let verdict = Verdict::Rejected { gate, feedback: feedback.clone(), judge };
        match self.record_verdict(module, code, verdict)? {
            Some(last) => self.ask_again(module, &last, gate, &feedback),
            None => Err(CompileError::Worker(format!("the attempt at `{}` was not recorded", module.name))),
        }
    }

    /// The code passed every gate: it is accepted, unless SpecEval is to judge it as well.
    pub(super) fn passed(
        &mut self,
        module: &'a ModuleModel,
        candidate: Candidate,
    ) -> Result<(), CompileError> {
        if self.judge.is_reviewed {
            self.review(module, candidate)
        } else {
            self.accepted(module, &candidate)
        }
    }

    pub(super) fn accepted(
        &mut self,
        module: &'a ModuleModel,
        candidate: &Candidate,
    ) -> Result<(), CompileError> {
        let slot = &self.slots[&module.name];
        let (phase, attempt) = (store::number(slot.phase), slot.attempt);
        let gates = gates_passed(candidate, self.judge.is_reviewed);
        let verdict = Verdict::Accepted { gates, judge: self.judge.fingerprint(module) };
        if let Some(accepted) = self.record_verdict(module, &candidate.code, verdict)? {
            self.share(module, &accepted);
        }
        self.progress.event(&Event::Accepted { module: &module.name, phase, attempt });
        let needs = candidate.code_needs.clone();
        self.phase_done_with(module, Part { code: candidate.code.clone(), needs })
    }

    /// The code of the present phase was accepted in an earlier run.
    pub(super) fn phase_done(&mut self, module: &'a ModuleModel, code: Arc<str>) -> Result<(), CompileError> {
        let needs = self.judge.needs(module, &code);
        match needs {
            Ok(needs) => self.phase_done_with(module, Part { code, needs }),
            Err(error) => {
                self.slot(&module.name).stage = Stage::Over(Outcome::Broken(error.to_string()));
                Ok(())
            }
        }
    }

    fn phase_done_with(&mut self, module: &'a ModuleModel, part: Part) -> Result<(), CompileError> {
        let slot = self.slot(&module.name);
        if slot.phase != last_phase(module) {
            slot.sequential = Some(part);
            slot.phase = Phase::Refine;
            return self.resume(module);
        }
        slot.stage = Stage::Over(Outcome::Accepted);
        let entry = self.entry(module);
        self.store.accept(module, &part.code, entry)?;
        self.accepted.insert(module.name.clone(), part);
        Ok(())
    }

    fn entry(&self, module: &ModuleModel) -> Entry {
        let transcript = &self.slots[&module.name].transcript;
        let phases = if has_second_phase(module) {
            &[Phase::Functional, Phase::Refine][..]
        } else {
            &[Phase::Functional]
        };
        let accepted: Vec<&Attempt> = phases
            .iter()
            .filter_map(|phase| transcript.accepted(*phase, &self.fingerprint(module, *phase)))
            .collect();
        let last = accepted.last();
        Entry {
            code: last.map(|attempt| store::code_hash(&attempt.code)).unwrap_or_default(),
            provider: last.map(|attempt| attempt.provider.clone()).unwrap_or_default(),
            attempts: accepted.iter().map(|attempt| attempt.attempt).collect(),
            gates: last
                .map(|attempt| match &attempt.verdict {
                    Verdict::Accepted { gates, .. } => gates.clone(),
                    _ => Vec::new(),
                })
                .unwrap_or_default(),
            parts: store::parts(&self.ws.model, module, last_phase(module)),
        }
    }
}

fn gates_passed(candidate: &Candidate, is_reviewed: bool) -> Vec<Gate> {
    let was_asked = |gate: &Gate| match gate {
        Gate::Tests => candidate.test.is_some(),
        Gate::SpecEval => is_reviewed,
        _ => true,
    };
    Gate::ALL.into_iter().filter(was_asked).collect()
}

//! Asking SpecEval, the last judge: its answer is data, and only a usable one counts.

use sysspec_analysis::ModuleModel;

use super::{CompileError, Run, Stage, Step};
use crate::compile::judge::Candidate;
use crate::compile::review::{self, Opinion};
use crate::compile::{Event, Outcome};
use crate::gates::{Gate, Rejection};
use crate::prompt::{self, Evaluation};
use crate::provider::{Answer, Form, Reply, Request, Role};
use crate::store;

/// How often SpecEval is asked for a usable answer to one attempt.
const ASKED_MAX: u32 = 3;

/// Code before SpecEval.
pub struct Review {
    candidate: Candidate,
    evaluation: Evaluation,
    /// The prompt that waits for its answer.
    prompt: String,
    /// How often was asked, this time included.
    asked: u32,
}

impl<'a> Run<'a> {
    /// Has SpecEval judge code that passed every gate.
    pub(super) fn review(
        &mut self,
        module: &'a ModuleModel,
        candidate: Candidate,
    ) -> Result<(), CompileError> {
        // What was said of this answer under another judge does not count any more.
        if let Some(mut attempt) = self.present(module).cloned() {
            attempt.reviews.clear();
            attempt.code = candidate.code.to_string();
            self.record(module, attempt)?;
        }
        let (slot, budget) = (&self.slots[&module.name], self.options.token_budget);
        let (phase, attempt) = (slot.phase, slot.attempt);
        match prompt::evaluation(&self.ws.model, module, phase, &candidate.code, budget) {
            Ok(evaluation) => {
                let phase = store::number(phase);
                self.progress.event(&Event::Reviewed { module: &module.name, phase, attempt });
                let prompt = evaluation.prompt.clone();
                self.ask_review(module, Review { candidate, evaluation, prompt, asked: 1 });
            }
            Err(error) => self.slot(&module.name).stage = Stage::Over(Outcome::Unjudged(error.to_string())),
        }
        Ok(())
    }

    fn ask_review(&mut self, module: &'a ModuleModel, review: Review) {
        let (asking, provider, prompt) = (self.asking.clone(), self.provider, review.prompt.clone());
        let slot = self.slot(&module.name);
        slot.stage = Stage::Reviewed(review);
        let (phase, attempt) = (store::number(slot.phase), slot.attempt);
        self.steps.push(Box::pin(async move {
            let _permit = asking.acquire().await.map_err(|error| CompileError::Worker(error.to_string()))?;
            let (module, role, schema) = (&module.name, Role::SpecEval, review::schema());
            let request =
                Request { module, phase, attempt, role, prompt: &prompt, form: Form::Json(&schema) };
            let reply = provider.answer(request, &()).await;
            Ok(Step::Reviewed(module.clone(), provider.credit(&request), reply))
        }));
    }

    pub(super) fn reviewed(
        &mut self,
        module: &'a ModuleModel,
        provider: String,
        reply: Reply,
    ) -> Result<(), CompileError> {
        let answer = match reply {
            Reply::Answer(answer) => answer,
            Reply::Pending(place) => {
                self.slot(&module.name).stage = Stage::Over(Outcome::Awaiting(place));
                return Ok(());
            }
        };
        let Stage::Reviewed(review) = std::mem::replace(&mut self.slot(&module.name).stage, Stage::Judged)
        else {
            return Ok(());
        };
        self.tell_answer(module, Role::SpecEval, answer.model.as_deref(), answer.usage);
        let opinion = review::read(&answer.text, &review.evaluation.clauses, &review.candidate.code);
        self.record_review(module, provider, &review, &answer, opinion.as_ref().err())?;
        match opinion {
            Ok(Opinion::Accepts) => self.accepted(module, &review.candidate)?,
            Ok(Opinion::Rejects(feedback)) => {
                let rejection = Rejection { gate: Gate::SpecEval, feedback };
                self.rejected(module, &review.candidate.code, rejection)?;
            }
            Err(reason) => self.unusable(module, review, &answer.text, reason),
        }
        self.dispatch_tests();
        Ok(())
    }

    fn unusable(&mut self, module: &'a ModuleModel, review: Review, answer: &str, reason: String) {
        let slot = &self.slots[&module.name];
        let (phase, attempt) = (store::number(slot.phase), slot.attempt);
        self.progress.event(&Event::Unusable { module: &module.name, phase, attempt, reason: &reason });
        if review.asked >= ASKED_MAX {
            let reason = format!("none of its {ASKED_MAX} answers can be used; of the last one: {reason}");
            self.slot(&module.name).stage = Stage::Over(Outcome::Unjudged(reason));
            return;
        }
        let prompt = prompt::evaluation_again(&review.evaluation.prompt, answer, &reason);
        self.ask_review(module, Review { prompt, asked: review.asked + 1, ..review });
    }

    fn record_review(
        &mut self,
        module: &ModuleModel,
        provider: String,
        review: &Review,
        answer: &Answer,
        unusable: Option<&String>,
    ) -> Result<(), CompileError> {
        let Some(mut attempt) = self.present(module).cloned() else { return Ok(()) };
        attempt.reviews.push(store::Review {
            provider,
            model: answer.model.clone(),
            usage: answer.usage,
            prompt: review.prompt.clone(),
            answer: answer.text.clone(),
            unusable: unusable.cloned(),
        });
        self.record(module, attempt)
    }
}

//! Asking the provider: where a module goes on, its prompts, and what comes back.

use std::sync::Arc;

use sysspec_analysis::{ModuleModel, Phase};

use super::{CompileError, Run, Stage, Step};
use crate::compile::{Event, Outcome};
use crate::gates::Gate;
use crate::prompt;
use crate::provider::{Answer, Form, Reply, Request, Role, Usage};
use crate::store::{self, Attempt, Verdict};

impl<'a> Run<'a> {
    /// Goes on where the transcript of the module's present phase ends.
    pub(super) fn resume(&mut self, module: &'a ModuleModel) -> Result<(), CompileError> {
        let phase = self.slot(&module.name).phase;
        let fingerprint = self.fingerprint(module, phase);
        let transcript = &self.slots[&module.name].transcript;
        let accepted = transcript.accepted(phase, &fingerprint);
        let Some(last) = accepted.or(transcript.of(phase, &fingerprint).next_back()).cloned() else {
            self.slot(&module.name).limit = self.limit(0);
            return self.ask(module, 1);
        };
        let limit = self.limit(last.attempt);
        let slot = self.slot(&module.name);
        (slot.limit, slot.attempt) = (limit, last.attempt);
        let judge_now = self.judge.fingerprint(module);
        match &last.verdict {
            Verdict::Accepted { judge, .. } if *judge == judge_now => {
                self.phase_done(module, Arc::from(last.code.as_str()))
            }
            Verdict::Rejected { judge, gate, feedback } if *judge == judge_now => {
                self.ask_again(module, &last, *gate, feedback)
            }
            // Nobody judged it, or who judges has changed since.
            _ => {
                self.judge(module, last.answer);
                Ok(())
            }
        }
    }

    /// The highest number that an attempt may have, when `used` were made in earlier runs.
    fn limit(&self, used: u32) -> u32 {
        let limit = self.ws.model.manifest.toolchain.attempts.max(1);
        if self.options.again && used >= limit { used + limit } else { limit }
    }

    pub(super) fn ask_again(
        &mut self,
        module: &'a ModuleModel,
        last: &Attempt,
        gate: Gate,
        feedback: &str,
    ) -> Result<(), CompileError> {
        if last.attempt >= self.slots[&module.name].limit {
            self.slot(&module.name).stage = Stage::Over(Outcome::Exhausted(gate, feedback.to_owned()));
            return Ok(());
        }
        self.ask(module, last.attempt + 1)
    }

    /// Asks for the next attempt.
    fn ask(&mut self, module: &'a ModuleModel, attempt: u32) -> Result<(), CompileError> {
        let prompt = match self.prompt(module, attempt) {
            Ok(prompt) => prompt,
            Err(error) => {
                self.slot(&module.name).stage = Stage::Over(Outcome::Broken(error.to_string()));
                return Ok(());
            }
        };
        let slot = self.slot(&module.name);
        slot.attempt = attempt;
        slot.stage = Stage::Asked(prompt.clone());
        let phase = store::number(slot.phase);
        self.progress.event(&Event::Asked { module: &module.name, phase, attempt });
        let (asking, provider) = (self.asking.clone(), self.provider);
        let source = self.source(module, attempt);
        self.steps.push(Box::pin(async move {
            if let Some(source) = source
                && let Some((whose, reply)) = source.recall().await
            {
                return Ok(Step::Answered(module.name.clone(), whose, Ok(reply)));
            }
            let _permit = asking.acquire().await.map_err(|error| CompileError::Worker(error.to_string()))?;
            let (module, role, form) = (&module.name, Role::CodeGen, Form::Text);
            let request = Request { module, phase, attempt, role, prompt: &prompt, form };
            let reply = provider.answer(request, &()).await;
            Ok(Step::Answered(module.clone(), provider.credit(&request), reply))
        }));
        Ok(())
    }

    /// The prompt of an attempt: for the second and later ones with what the last one lacked.
    fn prompt(&self, module: &ModuleModel, attempt: u32) -> Result<String, prompt::PromptError> {
        let (model, budget, slot) = (&self.ws.model, self.options.token_budget, &self.slots[&module.name]);
        let original = match (&slot.phase, &slot.sequential) {
            (Phase::Refine, Some(part)) => prompt::refine(model, module, &part.code, budget)?,
            _ => prompt::functional(model, module, budget)?,
        };
        let fingerprint = self.fingerprint(module, slot.phase);
        let last = slot.transcript.of(slot.phase, &fingerprint).rfind(|last| last.attempt < attempt);
        Ok(match last {
            Some(Attempt {
                attempt,
                answer,
                code,
                verdict: Verdict::Rejected { gate, feedback, .. },
                ..
            }) => {
                let shown = if code.is_empty() { answer } else { code };
                prompt::retry(&original, *attempt, shown, *gate, feedback)
            }
            _ => original,
        })
    }

    pub(super) fn answered(
        &mut self,
        module: &'a ModuleModel,
        provider: String,
        reply: Reply,
    ) -> Result<(), CompileError> {
        match reply {
            Reply::Pending(place) => {
                self.slot(&module.name).stage = Stage::Over(Outcome::Awaiting(place));
                Ok(())
            }
            Reply::Answer(Answer { text: answer, model, usage }) => {
                self.tell_answer(module, Role::CodeGen, model.as_deref(), usage);
                let slot = self.slot(&module.name);
                let prompt = match &mut slot.stage {
                    Stage::Asked(prompt) => std::mem::take(prompt),
                    _ => String::new(),
                };
                let attempt = Attempt {
                    phase: store::number(slot.phase),
                    attempt: slot.attempt,
                    provider,
                    model,
                    usage,
                    fingerprint: self.fingerprint(module, self.slots[&module.name].phase),
                    prompt,
                    answer: answer.clone(),
                    code: String::new(),
                    verdict: Verdict::Open,
                    reviews: Vec::new(),
                };
                self.record(module, attempt)?;
                self.judge(module, answer);
                Ok(())
            }
        }
    }

    /// Tells that a model answered; people and files count no tokens.
    pub(super) fn tell_answer(
        &self,
        module: &ModuleModel,
        role: Role,
        model: Option<&str>,
        usage: Option<Usage>,
    ) {
        if model.is_none() && usage.is_none() {
            return;
        }
        let slot = &self.slots[&module.name];
        let (phase, attempt) = (store::number(slot.phase), slot.attempt);
        self.progress.event(&Event::Answered { module: &module.name, phase, attempt, role, model, usage });
    }
}

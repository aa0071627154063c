//! The course of a run: who is asked what when, and what follows from each answer.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures_util::StreamExt;
use futures_util::future::join_all;
use futures_util::stream::FuturesUnordered;
use sysspec_analysis::{ModuleModel, Phase};
use tokio::sync::Semaphore;

use super::groups::{Situation, Tier, Waiting};
use super::judge::{Candidate, Judge, Opinion};
use super::report::{Outcome, Report, report};
use super::{CompileError, Event, Options, Progress};
use crate::gates::module_test::BenchError;
use crate::gates::{Gate, Passed, Rejection};
use crate::prompt;
use crate::provider::{BoxFuture, Provider, ProviderError, Reply, Request, Role};
use crate::status::last_phase;
use crate::store::{self, Attempt, Entry, Store, Transcript, Verdict, has_second_phase};
use crate::workspace::Workspace;

/// Generates the modules `names`.
pub async fn run(
    ws: &Workspace,
    store: Store,
    judge: Arc<Judge>,
    provider: &dyn Provider,
    options: &Options,
    progress: &dyn Progress,
    names: BTreeSet<String>,
) -> Result<Report, CompileError> {
    let mut run = Run {
        ws,
        store,
        judge,
        provider,
        options,
        progress,
        asking: Arc::new(Semaphore::new(provider.concurrency().clamp(1, Semaphore::MAX_PERMITS))),
        working: Arc::new(Semaphore::new(options.jobs.max(1))),
        steps: FuturesUnordered::new(),
        slots: BTreeMap::new(),
        accepted: BTreeMap::new(),
        replaced: BTreeSet::new(),
    };
    run.start(names).await?;
    while let Some(step) = run.steps.next().await {
        run.take(step?)?;
    }
    run.finish()
}

/// Accepted code, and the modules that it refers to.
struct Part {
    code: Arc<str>,
    needs: BTreeSet<String>,
}

/// The work on one module.
struct Slot {
    phase: Phase,
    attempt: u32,
    /// The highest number that an attempt of this phase may have.
    limit: u32,
    stage: Stage,
    transcript: Transcript,
    /// The accepted code of the first of two phases.
    sequential: Option<Part>,
}

enum Stage {
    /// A prompt is with the provider.
    Asked(String),
    /// The gates look at an answer.
    Judged,
    /// The code waits for its test.
    Waiting(Candidate),
    /// The test runs.
    Tested(Candidate),
    /// Nothing more is done in this run.
    Over(Outcome),
}

/// Something that was waited for.
enum Step {
    Answered(String, Result<Reply, ProviderError>),
    Judged(String, Result<Opinion, BenchError>),
    /// The test results of a group of modules.
    Tested(Vec<(String, Result<Passed<()>, BenchError>)>),
}

struct Run<'a> {
    ws: &'a Workspace,
    store: Store,
    judge: Arc<Judge>,
    provider: &'a dyn Provider,
    options: &'a Options,
    progress: &'a dyn Progress,
    asking: Arc<Semaphore>,
    working: Arc<Semaphore>,
    steps: FuturesUnordered<BoxFuture<'a, Result<Step, CompileError>>>,
    slots: BTreeMap<String, Slot>,
    accepted: BTreeMap<String, Part>,
    replaced: BTreeSet<String>,
}

impl<'a> Run<'a> {
    async fn start(&mut self, names: BTreeSet<String>) -> Result<(), CompileError> {
        self.replaced = self.judge.bench.replaced_modules()?;
        self.survey(&names).await?;
        for module in &self.ws.model.modules {
            if names.contains(&module.name) {
                let transcript = self.store.transcript(module)?;
                let stage = Stage::Judged;
                let slot = Slot {
                    phase: Phase::Functional,
                    attempt: 0,
                    limit: 1,
                    stage,
                    transcript,
                    sequential: None,
                };
                self.slots.insert(module.name.clone(), slot);
                self.resume(module)?;
            }
        }
        self.dispatch_tests();
        Ok(())
    }

    /// Learns what the code that is validated already refers to.
    async fn survey(&mut self, names: &BTreeSet<String>) -> Result<(), CompileError> {
        let mut surveys = FuturesUnordered::new();
        for module in self.ws.model.modules.iter().filter(|module| !names.contains(&module.name)) {
            if crate::status::of(&self.store, &self.ws.model, module)? != crate::status::State::Validated {
                continue;
            }
            let Some(code) = self.store.validated_code(module)? else { continue };
            let (judge, name, working) = (self.judge.clone(), module.name.clone(), self.working.clone());
            surveys.push(async move {
                let needs = {
                    let (name, code) = (name.clone(), code.clone());
                    blocking(&working, move || judge.needs(judge.module(&name), &code)).await?
                };
                Ok::<_, CompileError>((name, code, needs))
            });
        }
        while let Some(survey) = surveys.next().await {
            let (name, code, needs) = survey?;
            // Validated code that no longer compiles has lost what it relies on; who needs it will be told that it is missing.
            if let Ok(needs) = needs {
                self.accepted.insert(name, Part { code, needs });
            }
        }
        Ok(())
    }

    fn slot(&mut self, module: &str) -> &mut Slot {
        self.slots.get_mut(module).expect("steps are made for modules of the run only")
    }

    fn fingerprint(&self, module: &ModuleModel, phase: Phase) -> String {
        store::parts(&self.ws.model, module, phase).fingerprint
    }

    /// Goes on where the transcript of the module's present phase ends.
    fn resume(&mut self, module: &'a ModuleModel) -> Result<(), CompileError> {
        let phase = self.slot(&module.name).phase;
        let fingerprint = self.fingerprint(module, phase);
        let transcript = &self.slots[&module.name].transcript;
        let last = transcript.of(phase, &fingerprint).next_back().cloned();
        if let Some(accepted) = transcript.accepted(phase, &fingerprint) {
            let (code, attempt) = (Arc::from(accepted.code.as_str()), accepted.attempt);
            return self.phase_done(module, attempt, code);
        }
        let limit = self.limit(last.as_ref().map_or(0, |last| last.attempt));
        self.slot(&module.name).limit = limit;
        let Some(last) = last else { return self.ask(module, 1) };
        match &last.verdict {
            Verdict::Rejected { judge, gate, feedback } if *judge == self.judge.fingerprint(module) => {
                self.ask_again(module, &last, *gate, feedback)
            }
            // Nobody judged it, or who judges has changed since.
            _ => {
                self.slot(&module.name).attempt = last.attempt;
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

    fn ask_again(
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
        self.steps.push(Box::pin(async move {
            let _permit = asking.acquire().await.map_err(|error| CompileError::Worker(error.to_string()))?;
            let request =
                Request { module: &module.name, phase, attempt, role: Role::CodeGen, prompt: &prompt };
            let reply = provider.answer(request).await;
            Ok(Step::Answered(module.name.clone(), reply))
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

    fn take(&mut self, step: Step) -> Result<(), CompileError> {
        match step {
            Step::Answered(name, reply) => self.answered(self.named(&name), reply?),
            Step::Judged(name, opinion) => self.judged(self.named(&name), opinion),
            Step::Tested(results) => self.tested(results),
        }
    }

    fn named(&self, name: &str) -> &'a ModuleModel {
        self.ws.model.module(name).expect("steps are made for modules of the model only")
    }

    fn answered(&mut self, module: &'a ModuleModel, reply: Reply) -> Result<(), CompileError> {
        match reply {
            Reply::Pending(place) => {
                self.slot(&module.name).stage = Stage::Over(Outcome::Awaiting(place));
                Ok(())
            }
            Reply::Answer(answer) => {
                let slot = self.slot(&module.name);
                let prompt = match &mut slot.stage {
                    Stage::Asked(prompt) => std::mem::take(prompt),
                    _ => String::new(),
                };
                let attempt = Attempt {
                    phase: store::number(slot.phase),
                    attempt: slot.attempt,
                    provider: self.provider.name().to_owned(),
                    fingerprint: self.fingerprint(module, self.slots[&module.name].phase),
                    prompt,
                    answer: answer.clone(),
                    code: String::new(),
                    verdict: Verdict::Open,
                };
                self.record(module, attempt)?;
                self.judge(module, answer);
                Ok(())
            }
        }
    }

    fn record(&mut self, module: &ModuleModel, attempt: Attempt) -> Result<(), CompileError> {
        self.slot(&module.name).transcript.record(attempt);
        Ok(self.store.write_transcript(module, &self.slots[&module.name].transcript)?)
    }

    /// Writes the verdict on the present attempt into the transcript.
    fn record_verdict(
        &mut self,
        module: &ModuleModel,
        code: &str,
        verdict: Verdict,
    ) -> Result<Option<Attempt>, CompileError> {
        let (phase, number) = (self.slots[&module.name].phase, self.slots[&module.name].attempt);
        let fingerprint = self.fingerprint(module, phase);
        let open = self.slots[&module.name]
            .transcript
            .of(phase, &fingerprint)
            .find(|attempt| attempt.attempt == number);
        let Some(mut attempt) = open.cloned() else { return Ok(None) };
        attempt.code = code.to_owned();
        attempt.verdict = verdict;
        self.record(module, attempt.clone())?;
        Ok(Some(attempt))
    }

    fn judge(&mut self, module: &'a ModuleModel, answer: String) {
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

    fn judged(
        &mut self,
        module: &'a ModuleModel,
        opinion: Result<Opinion, BenchError>,
    ) -> Result<(), CompileError> {
        match opinion {
            Ok(Opinion::Rejected { code, rejection }) => self.rejected(module, &code, rejection)?,
            Ok(Opinion::Candidate(candidate)) if candidate.test.is_none() => {
                self.passed(module, &candidate)?
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

    fn rejected(
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
        let judge = self.judge.fingerprint(module);
        let verdict = Verdict::Rejected { gate, feedback: feedback.clone(), judge };
        match self.record_verdict(module, code, verdict)? {
            Some(last) => self.ask_again(module, &last, gate, &feedback),
            None => Err(CompileError::Worker(format!("the attempt at `{}` was not recorded", module.name))),
        }
    }

    fn passed(&mut self, module: &'a ModuleModel, candidate: &Candidate) -> Result<(), CompileError> {
        let slot = &self.slots[&module.name];
        let (phase, attempt) = (store::number(slot.phase), slot.attempt);
        self.record_verdict(module, &candidate.code, Verdict::Accepted { gates: gates_passed(candidate) })?;
        self.progress.event(&Event::Accepted { module: &module.name, phase, attempt });
        let needs = candidate.code_needs.clone();
        self.phase_done_with(module, attempt, Part { code: candidate.code.clone(), needs })
    }

    /// The code of the present phase was accepted in an earlier run.
    fn phase_done(
        &mut self,
        module: &'a ModuleModel,
        attempt: u32,
        code: Arc<str>,
    ) -> Result<(), CompileError> {
        let needs = self.judge.needs(module, &code);
        match needs {
            Ok(needs) => self.phase_done_with(module, attempt, Part { code, needs }),
            Err(error) => {
                self.slot(&module.name).stage = Stage::Over(Outcome::Broken(error.to_string()));
                Ok(())
            }
        }
    }

    fn phase_done_with(
        &mut self,
        module: &'a ModuleModel,
        attempt: u32,
        part: Part,
    ) -> Result<(), CompileError> {
        let slot = self.slot(&module.name);
        if slot.phase != last_phase(module) {
            slot.sequential = Some(part);
            slot.phase = Phase::Refine;
            return self.resume(module);
        }
        slot.attempt = attempt;
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
                    Verdict::Accepted { gates } => gates.clone(),
                    _ => Vec::new(),
                })
                .unwrap_or_default(),
            parts: store::parts(&self.ws.model, module, last_phase(module)),
        }
    }

    fn situation(&self) -> Situation<'_> {
        let waiting = self.slots.iter().filter_map(|(name, slot)| match &slot.stage {
            Stage::Waiting(Candidate { code_needs, test_needs, .. }) => {
                Some((name.as_str(), Waiting { tier: self.tier(name, slot.phase), code_needs, test_needs }))
            }
            _ => None,
        });
        let sequential = self
            .slots
            .iter()
            .filter_map(|(name, slot)| Some((name.as_str(), &slot.sequential.as_ref()?.needs)));
        Situation {
            waiting: waiting.collect(),
            accepted: self.accepted.iter().map(|(name, part)| (name.as_str(), &part.needs)).collect(),
            accepted_sequential: sequential.collect(),
            replaced: &self.replaced,
        }
    }

    fn tier(&self, module: &str, phase: Phase) -> Tier {
        if phase == last_phase(self.named(module)) { Tier::Final } else { Tier::Sequential }
    }

    /// Starts the tests of all candidates that can be tested now.
    fn dispatch_tests(&mut self) {
        let groups: Vec<Vec<String>> = self
            .situation()
            .ready()
            .into_iter()
            .map(|group| group.into_iter().map(str::to_owned).collect())
            .collect();
        for group in groups {
            let tests: Vec<_> = group.iter().filter_map(|name| self.test_of(name, &group)).collect();
            for name in &group {
                let slot = self.slot(name);
                if let Stage::Waiting(candidate) = std::mem::replace(&mut slot.stage, Stage::Judged) {
                    slot.stage = Stage::Tested(candidate);
                }
            }
            self.steps.push(Box::pin(async move {
                let results: Result<Vec<_>, CompileError> = join_all(tests).await.into_iter().collect();
                Ok(Step::Tested(results?))
            }));
        }
    }

    /// The test of a candidate, linked with accepted code and the candidates of its group.
    fn test_of(
        &self,
        name: &str,
        group: &[String],
    ) -> Option<
        impl Future<Output = Result<(String, Result<Passed<()>, BenchError>), CompileError>> + Send + 'static,
    > {
        let slot = &self.slots[name];
        let Stage::Waiting(candidate) = &slot.stage else { return None };
        let parts = self.parts(self.tier(name, slot.phase), group);
        let (judge, name, working, candidate) =
            (self.judge.clone(), name.to_owned(), self.working.clone(), candidate.clone());
        Some(async move {
            let passed = blocking(&working, {
                let name = name.clone();
                move || judge.test(judge.module(&name), &candidate, &parts)
            })
            .await?;
            Ok((name, passed))
        })
    }

    fn parts(&self, tier: Tier, group: &[String]) -> BTreeMap<String, Arc<str>> {
        let mut parts = BTreeMap::new();
        if tier == Tier::Sequential {
            let sequential =
                self.slots.iter().filter_map(|(name, slot)| Some((name, slot.sequential.as_ref()?)));
            parts.extend(sequential.map(|(name, part)| (name.clone(), part.code.clone())));
        }
        parts.extend(self.accepted.iter().map(|(name, part)| (name.clone(), part.code.clone())));
        for name in group {
            if let Stage::Waiting(candidate) = &self.slots[name].stage {
                parts.entry(name.clone()).or_insert_with(|| candidate.code.clone());
            }
        }
        parts
    }

    fn tested(&mut self, results: Vec<(String, Result<Passed<()>, BenchError>)>) -> Result<(), CompileError> {
        let group: Vec<String> = results.iter().map(|(name, _)| name.clone()).collect();
        let all_passed = results.iter().all(|(_, result)| matches!(result, Ok(Ok(()))));
        for (name, result) in results {
            let slot = self.slot(&name);
            let Stage::Tested(candidate) = std::mem::replace(&mut slot.stage, Stage::Judged) else {
                continue;
            };
            let module = self.named(&name);
            match result {
                Ok(Ok(())) if all_passed => self.passed(module, &candidate)?,
                // Its test passed with code of others that did not pass theirs: it waits for theirs to be mended.
                Ok(Ok(())) => self.slot(&name).stage = Stage::Waiting(candidate),
                Ok(Err(rejection)) => {
                    let code = candidate.code.to_string();
                    self.rejected(module, &code, with_company(rejection, &name, &group))?;
                }
                Err(error) => self.slot(&name).stage = Stage::Over(Outcome::Broken(error.to_string())),
            }
        }
        self.dispatch_tests();
        Ok(())
    }

    fn finish(self) -> Result<Report, CompileError> {
        let situation = self.situation();
        report(self.ws, &self.store, self.options, |name| {
            let slot = self.slots.get(name)?;
            Some(match &slot.stage {
                Stage::Over(outcome) => outcome.clone(),
                _ => Outcome::Blocked(situation.missing(name).into_iter().map(str::to_owned).collect()),
            })
        })
    }
}

fn gates_passed(candidate: &Candidate) -> Vec<Gate> {
    Gate::ALL.into_iter().filter(|gate| *gate != Gate::Tests || candidate.test.is_some()).collect()
}

/// Says which code of others, not accepted either, took part in a failed test.
fn with_company(mut rejection: Rejection, name: &str, group: &[String]) -> Rejection {
    let others: Vec<_> =
        group.iter().filter(|other| *other != name).map(|other| format!("`{other}`")).collect();
    if !others.is_empty() {
        rejection.feedback.push_str(&format!(
            "\n\nThe test was linked with code of {} that is not accepted yet either; the fault may be theirs.",
            others.join(", ")
        ));
    }
    rejection
}

/// Runs `work` on a thread of its own, as soon as one of the jobs is free.
async fn blocking<T: Send + 'static>(
    working: &Arc<Semaphore>,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, CompileError> {
    let permit =
        working.clone().acquire_owned().await.map_err(|error| CompileError::Worker(error.to_string()))?;
    let done = tokio::task::spawn_blocking(move || {
        let _permit = permit;
        work()
    });
    done.await.map_err(|error| CompileError::Worker(error.to_string()))
}

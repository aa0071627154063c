//! The course of a run: who is asked what when, and what follows from each answer.

mod asking;
mod judging;
mod reviewing;
mod sharing;
mod testing;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use sysspec_analysis::{ModuleModel, Phase};
use tokio::sync::Semaphore;

use super::groups::{Situation, Tier, Waiting};
use super::judge::{Candidate, Judge, Opinion};
use super::report::{Outcome, Report, report};
use super::{CompileError, Options, Progress};
use crate::gates::module_test::{BenchError, TestFailure};
use crate::provider::{BoxFuture, Provider, ProviderError, Reply};
use crate::status::last_phase;
use crate::store::{self, Store, Transcript};
use crate::workspace::Workspace;
use reviewing::Review;

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
    /// SpecEval is asked.
    Reviewed(Review),
    /// Nothing more is done in this run.
    Over(Outcome),
}

/// Something that was waited for.
enum Step {
    /// An answer for a module, and whose it is.
    Answered(String, String, Result<Reply, ProviderError>),
    Judged(String, Result<Opinion, BenchError>),
    /// What SpecEval answered for a module, and whose answer it is.
    Reviewed(String, String, Result<Reply, ProviderError>),
    /// The tests of a group of modules.
    Tested(Vec<TestRun>),
    /// An accepted answer was put into the shared store, or could not be.
    Shared,
}

/// A module, and what came of its test.
type TestRun = (String, Result<Result<(), TestFailure>, BenchError>);

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

    pub(super) fn slot(&mut self, module: &str) -> &mut Slot {
        self.slots.get_mut(module).expect("steps are made for modules of the run only")
    }

    pub(super) fn fingerprint(&self, module: &ModuleModel, phase: Phase) -> String {
        store::parts(&self.ws.model, module, phase).fingerprint
    }

    fn take(&mut self, step: Step) -> Result<(), CompileError> {
        match step {
            Step::Answered(name, provider, reply) => self.answered(self.named(&name), provider, reply?),
            Step::Judged(name, opinion) => self.judged(self.named(&name), opinion),
            Step::Reviewed(name, provider, reply) => self.reviewed(self.named(&name), provider, reply?),
            Step::Tested(results) => self.tested(results),
            Step::Shared => Ok(()),
        }
    }

    pub(super) fn named(&self, name: &str) -> &'a ModuleModel {
        self.ws.model.module(name).expect("steps are made for modules of the model only")
    }

    pub(super) fn situation(&self) -> Situation<'_> {
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

    pub(super) fn tier(&self, module: &str, phase: Phase) -> Tier {
        if phase == last_phase(self.named(module)) { Tier::Final } else { Tier::Sequential }
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

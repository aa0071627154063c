//! Working on a study.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use futures_util::StreamExt;
use futures_util::stream;
use sysspec_analysis::{ModuleModel, Phase};
use tokio::sync::Semaphore;

use super::examine::{Examination, Examiner};
use super::plan::{Plan, PlanError, Setting, Unit};
use super::record::{Folder, Record, Try};
use crate::border::Border;
use crate::compile::judge::Judge;
use crate::compiler::{Compiler, CompilerError};
use crate::files::{self, FileError};
use crate::format::{self, FormatError};
use crate::gates::Rejection;
use crate::gates::module_test::{Bench, BenchError};
use crate::prompt::ablation::{self, Example};
use crate::prompt::{self, PromptError};
use crate::provider::{Answer, Form, Provider, ProviderError, Reply, Request, Role, Usage};
use crate::store::{self, Store, StoreError, has_second_phase};
use crate::workspace::Workspace;

/// How many examples a prompt of few-shot learning shows.
const EXAMPLES: usize = 2;

/// A study that cannot go on. What has been found is kept.
#[derive(Debug, thiserror::Error)]
pub enum EvalError {
    /// The plan cannot be used.
    #[error(transparent)]
    Plan(PlanError),
    /// The folder has no plan.
    #[error("there is no study here: {} is missing; `sysspec eval plan` makes it", .0.display())]
    NoPlan(PathBuf),
    /// The folder holds a different study.
    #[error("{} is the plan of a different study; name another folder", .0.display())]
    AnotherPlan(PathBuf),
    /// Answers are judged among validated code, and some is missing.
    #[error("{0} has no validated code, among which others are judged; `sysspec status` tells why")]
    NotValidated(String),
    /// A prompt cannot be made.
    #[error(transparent)]
    Prompt(#[from] PromptError),
    /// The provider failed.
    #[error("{0}; what was found before is kept, and running again goes on from there")]
    Provider(#[from] ProviderError),
    /// A test could not be run.
    #[error(transparent)]
    Bench(#[from] BenchError),
    /// The compiler is missing, or the workspace's headers clash.
    #[error(transparent)]
    Compiler(#[from] CompilerError),
    /// The formatter is missing.
    #[error(transparent)]
    Format(#[from] FormatError),
    /// The store cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A file cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// A part of this program failed.
    #[error("a worker ended unexpectedly: {0}")]
    Worker(String),
}

/// What a run may do at once.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// How many compilations and tests run at the same time.
    pub jobs: usize,
    /// The estimated tokens that a prompt may have.
    pub token_budget: usize,
}

/// What a run did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Done {
    /// Results that were found in this run.
    pub found: usize,
    /// Results that were there before.
    pub kept: usize,
    /// Results that wait for somebody's answer.
    pub awaiting: usize,
}

/// Watches a run.
pub trait Progress: Sync {
    /// A result was found.
    fn found(&self, record: &Record);

    /// A prompt waits for an answer at `place`.
    fn awaiting(&self, setting: Setting, unit: Unit<'_>, place: &str);
}

/// Works on `units` of a study as far as they are not done.
///
/// # Errors
/// What makes going on pointless, such as a provider that fails. What was found is kept.
pub async fn run(
    ws: &Workspace,
    border: &Border,
    (folder, plan): (&Folder, &Plan),
    units: &[Unit<'_>],
    provider: &dyn Provider,
    limits: Limits,
    progress: &dyn Progress,
) -> Result<Done, EvalError> {
    plan.check(&ws.model)?;
    let study = Study::open(ws, border, folder, plan, provider, limits)?;
    let at_once = provider.concurrency().clamp(1, limits.jobs.max(1));
    let mut work = stream::iter(units).map(|unit| study.unit(*unit, progress)).buffer_unordered(at_once);
    let mut done = Done::default();
    while let Some(part) = work.next().await {
        let part = part?;
        done.found += part.found;
        done.kept += part.kept;
        done.awaiting += part.awaiting;
    }
    Ok(done)
}

struct Study<'a> {
    ws: &'a Workspace,
    folder: &'a Folder,
    plan: &'a Plan,
    provider: &'a dyn Provider,
    examiner: Arc<Examiner>,
    known: BTreeMap<String, Arc<str>>,
    working: Arc<Semaphore>,
    token_budget: usize,
}

/// An answer that was judged, with the number of its attempt.
struct Judged {
    tried: Try,
    answer: String,
    examination: Examination,
}

/// What a series of attempts came to; nothing when an answer is awaited at a place.
type Outcome<T> = Result<Result<T, String>, EvalError>;

impl<'a> Study<'a> {
    fn open(
        ws: &'a Workspace,
        border: &Border,
        folder: &'a Folder,
        plan: &'a Plan,
        provider: &'a dyn Provider,
        limits: Limits,
    ) -> Result<Self, EvalError> {
        format::check()?;
        let known = validated(ws)?;
        let compiler = Arc::new(Compiler::open(&ws.root, &ws.model, border)?);
        let bench = Bench::open(&ws.root, ws.model.clone(), compiler.clone())?;
        let judge =
            Judge { workspace: ws.clone(), compiler, bench, is_reviewed: false, accepts_untested: false };
        let examiner = Arc::new(Examiner::new(judge, known.clone()));
        let working = Arc::new(Semaphore::new(limits.jobs.max(1)));
        let token_budget = limits.token_budget;
        Ok(Self { ws, folder, plan, provider, examiner, known, working, token_budget })
    }

    /// One module in all settings, one after the other: their prompts begin alike, which local models remember.
    async fn unit(&self, unit: Unit<'_>, progress: &dyn Progress) -> Result<Done, EvalError> {
        let module = self.module(unit.module);
        let mut done = Done::default();
        for setting in &self.plan.settings {
            if self.folder.record(*setting, unit)?.is_some() {
                done.kept += 1;
                continue;
            }
            match self.study(*setting, module, unit.sample).await? {
                Ok(record) => {
                    self.folder.keep(&record)?;
                    progress.found(&record);
                    done.found += 1;
                }
                Err(place) => {
                    progress.awaiting(*setting, unit, &place);
                    done.awaiting += 1;
                }
            }
        }
        Ok(done)
    }

    fn module(&self, name: &str) -> &'a ModuleModel {
        self.ws.model.module(name).expect("a plan that was checked names modules of the model only")
    }

    async fn study(&self, setting: Setting, module: &ModuleModel, sample: u32) -> Outcome<Record> {
        let tries = match setting {
            Setting::Concurrency => self.phases(setting, module, sample, 1).await?,
            Setting::Validator => self.phases(setting, module, sample, self.plan.attempts).await?,
            _ => {
                let prompt = self.single_prompt(setting, module)?;
                let asked = Asked { setting, module, sample, phase: 1 };
                let judged_as = crate::status::last_phase(module);
                self.attempts(asked, judged_as, &prompt, 1).await?
            }
        };
        Ok(tries.map(|judged| record(setting, module, sample, judged)))
    }

    /// The prompt of a setting that asks for the final code at once.
    fn single_prompt(&self, setting: Setting, module: &ModuleModel) -> Result<String, PromptError> {
        let (model, budget) = (&self.ws.model, self.token_budget);
        match setting {
            Setting::Functionality => ablation::functionality(model, module, budget),
            Setting::Normal => ablation::few_shot(model, module, &self.examples(module), &[], budget),
            Setting::Oracle => {
                let known: Vec<Example<'_>> =
                    module.depends_on.iter().filter_map(|name| self.example(name)).collect();
                ablation::few_shot(model, module, &self.examples(module), &known, budget)
            }
            _ => prompt::functional(model, module, budget),
        }
    }

    /// The phases of a module, each with so many attempts. The second begins with the code of the first, accepted or not where
    /// nobody feeds back.
    async fn phases(
        &self,
        setting: Setting,
        module: &ModuleModel,
        sample: u32,
        attempts: u32,
    ) -> Outcome<Vec<Judged>> {
        let prompt = prompt::functional(&self.ws.model, module, self.token_budget)?;
        let asked = Asked { setting, module, sample, phase: 1 };
        let mut tries = match self.attempts(asked, Phase::Functional, &prompt, attempts).await? {
            Ok(tries) => tries,
            awaited => return Ok(awaited),
        };
        let Some(first) = tries.last() else { return Ok(Ok(tries)) };
        let is_over = first.examination.rejection.is_some() && setting == Setting::Validator;
        if is_over || !has_second_phase(module) || first.examination.code.is_empty() {
            return Ok(Ok(tries));
        }
        let prompt = prompt::refine(&self.ws.model, module, &first.examination.code, self.token_budget)?;
        let asked = Asked { phase: 2, ..asked };
        Ok(self.attempts(asked, Phase::Refine, &prompt, attempts).await?.map(|second| {
            tries.extend(second);
            tries
        }))
    }

    /// Asks, and asks again with what the gates said, until an answer passes or the attempts are used up.
    async fn attempts(
        &self,
        asked: Asked<'_>,
        judged_as: Phase,
        original: &str,
        attempts: u32,
    ) -> Outcome<Vec<Judged>> {
        let mut tries: Vec<Judged> = Vec::new();
        for attempt in 1..=attempts {
            let prompt = match tries.last() {
                None => original.to_owned(),
                Some(last) => again(original, last),
            };
            let (name, answer) = match self.answer(asked, attempt, &prompt).await? {
                Ok(answer) => answer,
                Err(place) => return Ok(Err(place)),
            };
            let usage = answer.usage.or_else(|| estimated(&answer, &prompt));
            let examination = self.examine(asked.module, judged_as, answer.text.clone()).await?;
            let rejection = examination.rejection.as_ref();
            let tried = Try {
                phase: asked.phase,
                attempt,
                refused_by: rejection.map(|rejection| rejection.gate),
                feedback: rejection.map(|rejection| rejection.feedback.clone()).unwrap_or_default(),
                answer: name,
                usage,
            };
            let passed = rejection.is_none();
            tries.push(Judged { tried, answer: answer.text, examination });
            if passed {
                break;
            }
        }
        Ok(Ok(tries))
    }

    /// The answer to a prompt, and the name under which it is kept. A prompt that several settings share is asked once.
    async fn answer(&self, asked: Asked<'_>, attempt: u32, prompt: &str) -> Outcome<(String, Answer)> {
        let Asked { setting, module, sample, phase } = asked;
        let name = files::digest([self.provider.name(), &sample.to_string(), prompt]);
        if let Some(answer) = self.folder.answer(&name)? {
            return Ok(Ok((name, answer)));
        }
        let place = format!("{}/{}", setting.name(), module.name);
        let (role, form) = (Role::CodeGen, Form::Text);
        let request = Request { module: &place, phase, attempt, role, prompt, form };
        match self.provider.answer(request, &()).await? {
            Reply::Pending(place) => Ok(Err(place)),
            Reply::Answer(answer) => {
                self.folder.keep_answer(&name, &answer)?;
                Ok(Ok((name, answer)))
            }
        }
    }

    async fn examine(
        &self,
        module: &ModuleModel,
        phase: Phase,
        answer: String,
    ) -> Result<Examination, EvalError> {
        let worker = |error: &dyn std::fmt::Display| EvalError::Worker(error.to_string());
        let permit = self.working.clone().acquire_owned().await.map_err(|error| worker(&error))?;
        let (examiner, model, name) = (self.examiner.clone(), self.ws.model.clone(), module.name.clone());
        let examined = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            let module = model.module(&name).expect("the model does not change");
            examiner.examine(module, phase, &answer)
        });
        Ok(examined.await.map_err(|error| worker(&error))??)
    }

    /// The examples for a module: the first others of the workspace, leaf to root, so that every prompt has the same.
    fn examples(&self, module: &ModuleModel) -> Vec<Example<'_>> {
        let others = self.ws.model.modules.iter().filter(|other| {
            other.name != module.name && !module.depends_on.contains(&other.name) && other.intent.is_some()
        });
        others.filter_map(|other| self.example(&other.name)).take(EXAMPLES).collect()
    }

    fn example(&self, name: &str) -> Option<Example<'_>> {
        Some(Example { module: self.ws.model.module(name)?, code: self.known.get(name)?.clone() })
    }
}

/// What is asked for.
#[derive(Clone, Copy)]
struct Asked<'m> {
    setting: Setting,
    module: &'m ModuleModel,
    sample: u32,
    phase: u8,
}

/// The prompt that asks again.
fn again(original: &str, last: &Judged) -> String {
    let Some(Rejection { gate, feedback }) = &last.examination.rejection else { return original.to_owned() };
    let shown = if last.examination.code.is_empty() { &last.answer } else { &last.examination.code };
    prompt::retry(original, last.tried.attempt, shown, *gate, feedback)
}

/// A model that tells no tokens has them estimated; a person has none.
fn estimated(answer: &Answer, prompt: &str) -> Option<Usage> {
    answer.model.as_ref()?;
    let count = |text: &str| prompt::tokens(text) as u64;
    Some(Usage { prompt: count(prompt), answer: count(&answer.text), estimated: true })
}

fn record(setting: Setting, module: &ModuleModel, sample: u32, judged: Vec<Judged>) -> Record {
    let last = judged.last();
    Record {
        setting,
        module: module.name.clone(),
        sample,
        thread_safe: has_second_phase(module),
        compiles: last.is_some_and(|last| last.examination.compiles),
        refused_by: last.and_then(|last| last.tried.refused_by),
        tries: judged.into_iter().map(|judged| judged.tried).collect(),
    }
}

/// The validated code of every module.
fn validated(ws: &Workspace) -> Result<BTreeMap<String, Arc<str>>, EvalError> {
    let store = Store::open(&ws.root)?;
    let mut known = BTreeMap::new();
    for module in &ws.model.modules {
        let code = store.validated_code(module)?;
        let code = code.ok_or_else(|| EvalError::NotValidated(store::code_path(module)))?;
        known.insert(module.name.clone(), code);
    }
    Ok(known)
}

//! The tests of all modules, run on the code in the store.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sysspec_analysis::ModuleModel;

use crate::border::Border;
use crate::compiler::{Compiler, CompilerError};
use crate::files::FileError;
use crate::gates::module_test::{Bench, BenchError, Build, TestFile};
use crate::status::{self, State, last_phase};
use crate::store::{Store, StoreError};
use crate::workers;
use crate::workspace::Workspace;

/// A test run that cannot be done at all.
#[derive(Debug, thiserror::Error)]
pub enum TestError {
    /// A module was named that does not exist.
    #[error("there is no module `{0}` in this workspace; `sysspec status` lists all")]
    NoSuchModule(String),
    /// The workspace has no folder of tests.
    #[error("the workspace has no tests: there is no folder {0}")]
    NoTests(String),
    /// The compiler is missing, or the headers clash.
    #[error(transparent)]
    Compiler(#[from] CompilerError),
    /// The store cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A file cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
}

/// The results, in the order of the modules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestReport {
    /// One result for each module and build.
    pub results: Vec<TestResult>,
}

/// What came of one test in one build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestResult {
    /// The module.
    pub module: String,
    /// The build; `None` when the test could not be built in any.
    pub build: Option<Build>,
    /// What came of it.
    pub outcome: TestOutcome,
    /// How long it took, with building.
    pub duration: Duration,
}

/// What came of a test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TestOutcome {
    /// It passed.
    Passed,
    /// It failed; the report.
    Failed(String),
    /// It could not be run; why.
    NotRun(String),
}

impl TestReport {
    /// Whether every test passed.
    pub fn succeeded(&self) -> bool {
        self.results.iter().all(|result| result.outcome == TestOutcome::Passed)
    }
}

impl fmt::Display for TestReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for result in &self.results {
            let build = result.build.map_or("", Build::name);
            match &result.outcome {
                TestOutcome::Passed => {}
                TestOutcome::Failed(report) => {
                    writeln!(f, "{} ({build}): failed\n{report}\n", result.module)?
                }
                TestOutcome::NotRun(why) => writeln!(f, "{}: not run: {why}", result.module)?,
            }
        }
        let passed = self.results.iter().filter(|result| result.outcome == TestOutcome::Passed).count();
        writeln!(f, "{passed} of {} module tests passed", self.results.len())
    }
}

/// Runs the tests of the modules `select`, of all when it is empty, in every build that applies to them; at most `jobs` at a time.
/// `progress` is called with every result as it comes.
pub fn run(
    ws: &Workspace,
    border: &Border,
    select: &[String],
    jobs: usize,
    progress: &(dyn Fn(&TestResult) + Sync),
) -> Result<TestReport, TestError> {
    if let Some(name) = select.iter().find(|name| ws.model.module(name).is_none()) {
        return Err(TestError::NoSuchModule(name.clone()));
    }
    let folder = &ws.model.manifest.test.folder;
    if !ws.root.join(folder).is_dir() {
        return Err(TestError::NoTests(folder.clone()));
    }
    let store = Store::open(&ws.root)?;
    let compiler = Arc::new(Compiler::open(&ws.root, &ws.model, border)?);
    let bench = Bench::open(&ws.root, ws.model.clone(), compiler)?;
    let (parts, states) = parts(ws, &store)?;
    let chosen = ws.model.modules.iter().filter(|module| select.is_empty() || select.contains(&module.name));
    let tasks: Vec<Task<'_>> =
        chosen.flat_map(|module| tasks(&bench, module, &states[&module.name])).collect();
    let results = workers::map(&tasks, jobs, |task| {
        let result = task.run(&bench, &parts);
        progress(&result);
        result
    });
    Ok(TestReport { results })
}

type Parts = BTreeMap<String, Arc<str>>;

/// The validated code of all modules, and the state of each.
fn parts(ws: &Workspace, store: &Store) -> Result<(Parts, BTreeMap<String, State>), StoreError> {
    let (mut parts, mut states) = (Parts::new(), BTreeMap::new());
    for module in &ws.model.modules {
        let state = status::of(store, &ws.model, module)?;
        if let (State::Validated, Some(code)) = (&state, store.validated_code(module)?) {
            parts.insert(module.name.clone(), code);
        }
        states.insert(module.name.clone(), state);
    }
    Ok((parts, states))
}

/// One test in one build, or why it cannot be run.
struct Task<'a> {
    module: &'a ModuleModel,
    plan: Result<(TestFile, Build), String>,
}

fn tasks<'a>(bench: &Bench, module: &'a ModuleModel, state: &State) -> Vec<Task<'a>> {
    let refused = |why: String| vec![Task { module, plan: Err(why) }];
    if *state != State::Validated {
        return refused(state.describe());
    }
    match bench.test_of(module) {
        Ok(Some(test)) => {
            let builds = bench.builds(module, last_phase(module), &test);
            builds.into_iter().map(|build| Task { module, plan: Ok((test.clone(), build)) }).collect()
        }
        Ok(None) => refused("the workspace has no tests".to_owned()),
        Err(error) => refused(error.to_string()),
    }
}

impl Task<'_> {
    fn run(&self, bench: &Bench, parts: &Parts) -> TestResult {
        let start = Instant::now();
        let (build, outcome) = match &self.plan {
            Err(why) => (None, TestOutcome::NotRun(why.clone())),
            Ok((test, build)) => (Some(*build), self.outcome(bench, test, *build, parts)),
        };
        TestResult { module: self.module.name.clone(), build, outcome, duration: start.elapsed() }
    }

    fn outcome(&self, bench: &Bench, test: &TestFile, build: Build, parts: &Parts) -> TestOutcome {
        let Some(code) = parts.get(&self.module.name) else {
            return TestOutcome::NotRun(State::Missing.describe());
        };
        match bench.run(self.module, code, test, build, parts) {
            Ok(Ok(())) => TestOutcome::Passed,
            Ok(Err(failure)) => TestOutcome::Failed(failure.feedback),
            Err(error @ BenchError::MissingPart(_)) => TestOutcome::NotRun(error.to_string()),
            Err(error) => TestOutcome::Failed(error.to_string()),
        }
    }
}

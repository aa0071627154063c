//! The SpecValidator: every gate over the code of every module, the image, and what each clause of each contract can be said to be.

use std::collections::BTreeMap;
use std::sync::Arc;

use sysspec_analysis::{Cancelled, ContractLine, ModuleModel, SymbolKind};

use crate::border::Border;
use crate::compile::judge::{Judge, Opinion};
use crate::compiler::{Compiler, CompilerError};
use crate::files::FileError;
use crate::flow;
use crate::format::{self, FormatError};
use crate::gates::module_test::{Bench, BenchError};
use crate::gates::{Gate, Rejection};
use crate::image::{self, BuildError, Flavour};
use crate::status::{self, State, last_phase};
use crate::store::{self, Store, StoreError};
use crate::workers;
use crate::workspace::Workspace;

/// A validation that cannot be done at all.
#[derive(Debug, thiserror::Error)]
pub enum ValidationError {
    /// The formatter is missing.
    #[error(transparent)]
    Format(#[from] FormatError),
    /// The compiler is missing, or the headers clash.
    #[error(transparent)]
    Compiler(#[from] CompilerError),
    /// The store cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A file cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// The specifications were changed meanwhile.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// What a validation found, leaf to root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Validation {
    /// The modules.
    pub modules: Vec<ModuleValidation>,
    /// Why the image cannot be built; `None` when it can.
    pub image: Option<String>,
}

/// What a validation found of one module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModuleValidation {
    /// The module.
    pub module: String,
    /// Its specification, relative to the workspace.
    pub spec: String,
    /// Its code, relative to the workspace.
    pub code: String,
    /// What the store says of its code.
    pub state: State,
    /// The gates in order. Those behind one that refuses are not asked.
    pub gates: Vec<(Gate, Standing)>,
    /// The clauses of its contracts.
    pub clauses: Vec<ClauseValidation>,
}

/// What a gate says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// The code passes.
    Passed,
    /// It does not.
    Refused {
        /// What is wrong.
        feedback: String,
        /// The modules that the report of a failed test names by lines of their code, the innermost first.
        blamed: Vec<(String, usize)>,
    },
    /// The gate was not asked; why.
    NotAsked(String),
}

/// One clause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClauseValidation {
    /// The function whose contract has it.
    pub function: String,
    /// Its words.
    pub text: String,
    /// The line of the specification, from 1.
    pub line: usize,
    /// What can be said of it.
    pub verdict: ClauseVerdict,
}

/// What can be said of a clause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClauseVerdict {
    /// A path through the code is known to break it; which.
    Broken(String),
    /// It is understood, every path was followed, and none is known to break it.
    Followed,
    /// It was not followed on every path; the module's tests pass.
    Tested,
    /// Nothing speaks for it; why.
    Open(String),
}

impl Validation {
    /// Whether every gate passes for every module, and the image can be built.
    pub fn succeeded(&self) -> bool {
        self.image.is_none() && self.modules.iter().all(ModuleValidation::succeeded)
    }
}

impl ModuleValidation {
    /// Whether its code is that of the specification, and every gate passes.
    pub fn succeeded(&self) -> bool {
        self.state == State::Validated && self.gates.iter().all(|(_, standing)| *standing == Standing::Passed)
    }
}

/// Validates the workspace as it is on disk: `jobs` compilations and tests at a time. `progress` is called with every module as it is done.
pub fn validate(
    ws: &Workspace,
    border: &Border,
    jobs: usize,
    progress: &(dyn Fn(&ModuleValidation) + Sync),
) -> Result<Validation, ValidationError> {
    format::check()?;
    let store = Store::open(&ws.root)?;
    let compiler = Arc::new(Compiler::open(&ws.root, &ws.model, border)?);
    let bench = Bench::open(&ws.root, ws.model.clone(), compiler.clone())?;
    let judge = Judge { workspace: ws.clone(), compiler, bench, is_reviewed: false, accepts_untested: false };
    let mut parts: BTreeMap<String, Arc<str>> = BTreeMap::new();
    for module in &ws.model.modules {
        parts.extend(store.code(module)?.map(|code| (module.name.clone(), Arc::from(code))));
    }
    let done = workers::map(&ws.model.modules, jobs, |module| {
        let validation = of_module(ws, &store, &judge, module, &parts);
        if let Ok(validation) = &validation {
            progress(validation);
        }
        validation
    });
    let modules = done.into_iter().collect::<Result<Vec<_>, ValidationError>>()?;
    Ok(Validation { modules, image: image(ws, border)? })
}

/// Why the image cannot be built.
fn image(ws: &Workspace, border: &Border) -> Result<Option<String>, ValidationError> {
    let folder = tempfile::tempdir()
        .map_err(|source| FileError::new("create", std::path::Path::new("a temporary folder"), source))?;
    match image::build(ws, border, Flavour::Release, &folder.path().join("image.so")) {
        Ok(_) => Ok(None),
        Err(BuildError::Store(error)) => Err(error.into()),
        Err(error) => Ok(Some(error.to_string())),
    }
}

fn of_module(
    ws: &Workspace,
    store: &Store,
    judge: &Judge,
    module: &ModuleModel,
    parts: &BTreeMap<String, Arc<str>>,
) -> Result<ModuleValidation, ValidationError> {
    let state = status::of(store, &ws.model, module)?;
    let gates = match parts.get(&module.name) {
        Some(code) => judged(judge, module, code, parts),
        None => with_rest(Vec::new(), "there is no code"),
    };
    let clauses = match parts.get(&module.name) {
        Some(code) => clauses(ws, module, code, &gates)?,
        None => Vec::new(),
    };
    Ok(ModuleValidation {
        module: module.name.clone(),
        spec: module.path.clone(),
        code: store::code_path(module),
        state,
        gates,
        clauses,
    })
}

/// The gates that code has to pass; the first is about answers.
const ASKED: [Gate; 6] =
    [Gate::Syntax, Gate::Guarantee, Gate::Reliance, Gate::Compile, Gate::Contract, Gate::Tests];

fn judged(
    judge: &Judge,
    module: &ModuleModel,
    code: &Arc<str>,
    parts: &BTreeMap<String, Arc<str>>,
) -> Vec<(Gate, Standing)> {
    let passed = |before: Gate| -> Vec<(Gate, Standing)> {
        let gates = ASKED.iter().filter(|gate| **gate < before);
        gates.map(|gate| (*gate, Standing::Passed)).collect()
    };
    let refused = |Rejection { gate, feedback }: Rejection| {
        let gate = gate.max(Gate::Syntax);
        let mut gates = passed(gate);
        let blamed = blamed(judge, &feedback);
        gates.push((gate, Standing::Refused { feedback, blamed }));
        with_rest(gates, &format!("the gate {} refuses the code", gate.name()))
    };
    let broken = |before: Gate, error: BenchError| with_rest(passed(before), &error.to_string());
    match judge.early(module, last_phase(module), &format!("```c\n{code}\n```\n")) {
        Ok(Opinion::Rejected { rejection, .. }) => refused(rejection),
        Ok(Opinion::Candidate(candidate)) if candidate.test.is_none() => {
            with_rest(passed(Gate::Tests), "the workspace has no tests")
        }
        Ok(Opinion::Candidate(candidate)) => match judge.test(module, &candidate, parts) {
            Ok(Ok(())) => passed(Gate::SpecEval),
            Ok(Err(failure)) => refused(Rejection { gate: Gate::Tests, feedback: failure.feedback }),
            Err(error) => broken(Gate::Tests, error),
        },
        Err(error @ BenchError::NoTest(_)) => broken(Gate::Tests, error),
        Err(error) => broken(Gate::Syntax, error),
    }
}

/// The gates with those that were not asked, and why.
fn with_rest(gates: Vec<(Gate, Standing)>, why: &str) -> Vec<(Gate, Standing)> {
    let rest = ASKED[gates.len()..].iter().map(|gate| (*gate, Standing::NotAsked(why.to_owned())));
    let rest: Vec<_> = rest.collect();
    gates.into_iter().chain(rest).collect()
}

/// The modules whose code a report names, with the line, in the order of the report: the innermost frame comes first.
fn blamed(judge: &Judge, feedback: &str) -> Vec<(String, usize)> {
    let mut found: Vec<(usize, String, usize)> = Vec::new();
    for module in &judge.workspace.model.modules {
        let path = format!("{}:", store::code_path(module));
        for (at, _) in feedback.match_indices(&path) {
            let digits: String =
                feedback[at + path.len()..].chars().take_while(char::is_ascii_digit).collect();
            found.extend(digits.parse().ok().map(|line| (at, module.name.clone(), line)));
        }
    }
    found.sort();
    let mut blamed: Vec<(String, usize)> = Vec::new();
    for (_, module, line) in found {
        if !blamed.contains(&(module.clone(), line)) {
            blamed.push((module, line));
        }
    }
    blamed
}

fn clauses(
    ws: &Workspace,
    module: &ModuleModel,
    code: &str,
    gates: &[(Gate, Standing)],
) -> Result<Vec<ClauseValidation>, ValidationError> {
    let analysis = ws.analysis();
    let report = flow::check_module(&analysis, &module.path, code, true)?;
    let standing =
        |wanted: Gate| gates.iter().find(|(gate, _)| *gate == wanted).map(|(_, standing)| standing);
    let is_tested = standing(Gate::Tests) == Some(&Standing::Passed);
    let text = analysis.text(&module.path)?.map(|text| text.to_string()).unwrap_or_default();
    let mut clauses = Vec::new();
    let functions = module.guarantees.iter().filter(|found| found.kind == SymbolKind::Function);
    for function in functions.map(|found| found.name.as_str()) {
        let Some(contract) = analysis.function_contract(&module.path, function)? else { continue };
        let is_followed = report.decided.iter().any(|name| name == function);
        for line in promised(&contract.functional).chain(promised(&contract.locks)) {
            let broken = report
                .findings
                .iter()
                .find(|finding| finding.clause.as_ref().is_some_and(|clause| clause.place == line.place));
            let verdict = match broken {
                Some(finding) => ClauseVerdict::Broken(format!("line {}: {}", finding.line, finding.message)),
                None if is_followed && line.is_understood => ClauseVerdict::Followed,
                None if is_tested => ClauseVerdict::Tested,
                None => ClauseVerdict::Open(
                    "it was not followed on every path, and no test of the module passes".to_owned(),
                ),
            };
            let start = line.place.range.start.min(text.len());
            let at = text.as_bytes()[..start].iter().filter(|byte| **byte == b'\n').count() + 1;
            clauses.push(ClauseValidation {
                function: function.to_owned(),
                text: line.text.clone(),
                line: at,
                verdict,
            });
        }
    }
    Ok(clauses)
}

/// The clauses of a post-condition: what the code has to make true.
fn promised(part: &sysspec_analysis::ContractPart) -> impl Iterator<Item = &ContractLine> {
    part.post.iter().flat_map(|case| &case.lines)
}

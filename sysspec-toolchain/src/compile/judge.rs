//! The gates in their order, for one answer.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sysspec_analysis::{ModuleModel, Phase};

use super::review;
use crate::compiler::Compiler;
use crate::files;
use crate::format;
use crate::gates::module_test::{Bench, BenchError, Build, TestFailure, TestFile};
use crate::gates::{self, Gate, Passed, Rejection, Rules};
use crate::store;
use crate::workspace::Workspace;

/// What the gates need to know.
pub struct Judge {
    pub workspace: Workspace,
    pub compiler: Arc<Compiler>,
    pub bench: Bench,
    /// Whether SpecEval judges after the gates.
    pub is_reviewed: bool,
    /// Whether a module without a test has its code accepted by the other gates.
    pub accepts_untested: bool,
}

/// Code that passed every gate but the tests.
#[derive(Clone)]
pub struct Candidate {
    /// The code in the committed format.
    pub code: Arc<str>,
    /// The module's test and how it has to be built; `None` when the workspace has no tests.
    pub test: Option<(TestFile, Vec<Build>)>,
    /// The modules that the code refers to.
    pub code_needs: BTreeSet<String>,
    /// The modules that the test refers to.
    pub test_needs: BTreeSet<String>,
}

/// What the gates that need no other module's code say.
pub enum Opinion {
    /// The code, as far as it could be brought into the committed format, and what is wrong.
    Rejected {
        code: String,
        rejection: Rejection,
    },
    Candidate(Candidate),
}

impl Judge {
    pub fn module(&self, name: &str) -> &ModuleModel {
        self.workspace.model.module(name).expect("work is made for modules of the model only")
    }

    /// A digest of what judges a module besides other modules' code: when it changes, a refusal may no longer hold.
    pub fn fingerprint(&self, module: &ModuleModel) -> String {
        let rest = match self.bench.test_of(module) {
            Ok(Some(test)) => self.bench.fingerprint(&test),
            _ => self.compiler.fingerprint(),
        };
        let version = gates::VERSION.to_string();
        let review = self.is_reviewed.then_some(review::VERSION);
        files::digest([version.as_str(), &rest].into_iter().chain(review))
    }

    /// Asks the gates up to the compiler.
    pub fn early(&self, module: &ModuleModel, phase: Phase, answer: &str) -> Result<Opinion, BenchError> {
        let block = match gates::answer::check(answer) {
            Ok(block) => block,
            Err(rejection) => return Ok(Opinion::Rejected { code: String::new(), rejection }),
        };
        if let Err(mut rejection) = gates::syntax::check(&block) {
            // The compiler often knows better than the parser what is missing.
            if let Err(other) = gates::compiles::check(&self.compiler, &store::unit(module, block.as_str()))?
            {
                rejection.feedback.push_str(&format!("\n\nThe compiler says:\n{}", other.feedback));
            }
            return Ok(Opinion::Rejected { code: block, rejection });
        }
        let code = match format::format(&self.workspace.root, &block) {
            Ok(code) => code,
            Err(error) => {
                let rejection = Rejection::general(Gate::Syntax, error.to_string());
                return Ok(Opinion::Rejected { code: block, rejection });
            }
        };
        match self.check(module, phase, &code)? {
            Ok(()) => Ok(Opinion::Candidate(self.candidate(module, phase, code)?)),
            Err(rejection) => Ok(Opinion::Rejected { code, rejection }),
        }
    }

    fn check(&self, module: &ModuleModel, phase: Phase, code: &str) -> Result<Passed<()>, BenchError> {
        let rules = Rules::new(&self.workspace.model, module, phase);
        let passed = gates::syntax::check(code).and_then(|source| {
            gates::guarantee::check(&source, &rules)?;
            gates::reliance::check(&source, &rules)
        });
        match passed {
            Ok(()) => self.check_built(module, code, rules.sequential),
            Err(rejection) => Ok(Err(rejection)),
        }
    }

    /// Asks the compiler, then the contracts.
    fn check_built(
        &self,
        module: &ModuleModel,
        code: &str,
        is_sequential: bool,
    ) -> Result<Passed<()>, BenchError> {
        if let Err(rejection) = gates::compiles::check(&self.compiler, &store::unit(module, code))? {
            return Ok(Err(rejection));
        }
        let judged = gates::contract::check(&self.workspace.analysis(), module, code, is_sequential);
        Ok(judged.expect("the analysis of a run is changed by nobody"))
    }

    fn candidate(&self, module: &ModuleModel, phase: Phase, code: String) -> Result<Candidate, BenchError> {
        let code: Arc<str> = code.into();
        let test = match self.bench.test_of(module) {
            Err(BenchError::NoTest(_)) if self.accepts_untested => None,
            test => test?,
        };
        let Some(test) = test else {
            return Ok(Candidate {
                code,
                test: None,
                code_needs: BTreeSet::new(),
                test_needs: BTreeSet::new(),
            });
        };
        let builds = self.bench.builds(module, phase, &test);
        let code_needs = self.bench.needs_of_code(module, &code, builds[0])?;
        let test_needs = self.bench.needs_of_test(module, &test, builds[0])?;
        Ok(Candidate { code, test: Some((test, builds)), code_needs, test_needs })
    }

    /// The modules that accepted code refers to.
    pub fn needs(&self, module: &ModuleModel, code: &Arc<str>) -> Result<BTreeSet<String>, BenchError> {
        Ok(self.bench.needs_of_code(module, code, Build::Address)?)
    }

    /// Runs the tests of a candidate with the code of others.
    pub fn test(
        &self,
        module: &ModuleModel,
        candidate: &Candidate,
        parts: &BTreeMap<String, Arc<str>>,
    ) -> Result<Result<(), TestFailure>, BenchError> {
        let Some((test, builds)) = &candidate.test else { return Ok(Ok(())) };
        for build in builds {
            if let Err(failure) = self.bench.run(module, &candidate.code, test, *build, parts)? {
                return Ok(Err(failure));
            }
        }
        Ok(Ok(()))
    }
}

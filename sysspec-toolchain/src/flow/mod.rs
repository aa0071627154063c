//! Holds C to the contracts of its specification, on every path.
//!
//! For each function that a specification guarantees, its control-flow graph is followed path by path with symbolic
//! values. Calls do what the callee's contract says; what the own contract promises is held against every return.
//! What the checker does not follow to the end it reports as not decided, and never takes for good.
//!
//! ```text
//! lower    C → control-flow graphs (cfg)
//! contract the specification's clauses (summary of each function) and library, a table for the C library; meaning, what
//!          the names in them stand for
//! term     symbolic values; domain, the integers one may be; state, what is known on one path; merge, when two are one
//! formula  a specification's formulas, read against a state
//! interpret the walk over the graph; call, require and returns, what is checked there; untold, what contracts leave
//!          out; locks
//! finding  what comes out
//! ```

mod call;
mod cfg;
mod contract;
mod domain;
mod finding;
mod formula;
mod interpret;
mod library;
mod locks;
mod lower;
mod meaning;
mod merge;
mod require;
mod returns;
mod state;
mod term;
mod untold;

pub use finding::{Clause, Finding, PathStep};
pub use require::Requirements;

use std::rc::Rc;

use sysspec_analysis::{Analysis, Cancellable, Code};

use contract::Contracts;
use interpret::Interpreter;
use term::Arena;

/// What a check looked at and found.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Report {
    /// The findings, in the order of the text.
    pub findings: Vec<Finding>,
    /// The functions that were followed to the end on every path.
    pub decided: Vec<String>,
    /// Those that were not; each has a finding that says why.
    pub undecided: Vec<String>,
    /// Functions without a contract: followed as a part of those that call them.
    pub without_contract: Vec<String>,
    /// What the contracts of called functions ask of values.
    pub requirements: Requirements,
}

/// What is found of the functional part of a contract, without locks.
const FUNCTIONAL: &[Code] = &[Code::RESULT_OUTSIDE, Code::UNTOLD_EFFECT, Code::UNTOLD_DEMAND];

/// What is held against the code.
#[derive(Clone, Debug)]
struct Options {
    /// The code.
    text: Rc<str>,
    /// Whether locks count: not in the phase in which code is sequential.
    locks: bool,
}

/// Holds a C file to the contracts of the functions that it defines, which are found by their names.
pub fn check(analysis: &Analysis, text: &str) -> Cancellable<Report> {
    run(analysis, text, None, true)
}

/// Holds a C file to the contracts of one specification. Without `locks` only the functional contracts count.
pub fn check_module(analysis: &Analysis, path: &str, text: &str, locks: bool) -> Cancellable<Report> {
    run(analysis, text, Some(path), locks)
}

fn run(analysis: &Analysis, text: &str, path: Option<&str>, locks: bool) -> Cancellable<Report> {
    let program = lower::program(text);
    let contracts = Contracts::new(analysis, &program, path)?;
    let options = Options { text: text.into(), locks };
    let mut report = Report::default();
    for function in &program.functions {
        let name = function.name.to_string();
        let Some(own) = contracts.owed(&function.name)? else {
            report.without_contract.push(name);
            continue;
        };
        let interpret = |options: Options| {
            let arena = Arena::default();
            Interpreter::new(&arena, &program, &contracts, options, (function.clone(), own.clone())).run()
        };
        let (mut found, requirements) = interpret(options.clone())?;
        report.requirements.add(requirements);
        if locks {
            // What a function does beside locking is told as if nothing ran beside it (paper, section 4.3): so it is
            // read once more without locks, and what a lock protects stays as it is.
            let (sequential, _) = interpret(Options { locks: false, ..options.clone() })?;
            let news = sequential.into_iter().filter(|finding| {
                let is_known = |known: &Finding| known.code == finding.code && known.range == finding.range;
                FUNCTIONAL.contains(&finding.code) && !found.iter().any(is_known)
            });
            let news: Vec<Finding> = news.collect();
            found.extend(news);
        }
        let is_undecided = found.iter().any(|finding| finding.code == Code::CODE_NOT_DECIDED);
        if is_undecided {
            report.undecided.push(name)
        } else {
            report.decided.push(name)
        }
        report.findings.extend(found);
    }
    report.findings.sort_by_key(|finding| (finding.range.start, finding.range.end, finding.code));
    Ok(report)
}

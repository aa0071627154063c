//! What the checker finds.

use std::ops::Range;
use std::rc::Rc;

use sysspec_analysis::{Code, Location};

use super::cfg::Spot;
use super::state::Trace;

/// One finding in a C file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Which rule speaks.
    pub code: Code,
    /// The function it is found in.
    pub function: String,
    /// Where, in bytes of the C file.
    pub range: Range<usize>,
    /// The line, counted from 1.
    pub line: usize,
    /// The column, counted from 1, in bytes.
    pub column: usize,
    /// What is wrong, in one sentence.
    pub message: String,
    /// The path that leads there, the first step first.
    pub path: Vec<PathStep>,
    /// The clause that is broken, and where it stands.
    pub clause: Option<Clause>,
    /// What to do.
    pub help: Option<String>,
}

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathStep {
    /// Where, in bytes of the C file.
    pub range: Range<usize>,
    /// The line, counted from 1.
    pub line: usize,
    /// What happens there.
    pub text: String,
}

/// A clause of a specification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clause {
    /// The function whose contract has it.
    pub function: String,
    /// Its words.
    pub text: String,
    /// Where it stands.
    pub place: Location,
}

impl Finding {
    /// A finding at a place, reached by a path.
    pub(super) fn new(
        code: Code,
        function: &str,
        at: &Spot,
        message: String,
        trace: Option<&Rc<Trace>>,
    ) -> Self {
        Self {
            code,
            function: function.to_owned(),
            range: at.range.clone(),
            line: at.line,
            column: at.column,
            message,
            path: path(trace),
            clause: None,
            help: None,
        }
    }
}

/// The steps of a path, the first one first. A step that follows itself, as in a loop, is told once.
fn path(trace: Option<&Rc<Trace>>) -> Vec<PathStep> {
    let mut steps: Vec<PathStep> = Vec::new();
    let mut at = trace;
    while let Some(step) = at {
        let told = PathStep { range: step.at.range.clone(), line: step.at.line, text: step.text.clone() };
        if !steps.contains(&told) {
            steps.push(told);
        }
        at = step.before.as_ref();
    }
    steps.reverse();
    steps
}

impl Drop for Trace {
    /// Long paths are taken apart one step after the other, not by recursion.
    fn drop(&mut self) {
        let mut next = self.before.take();
        while let Some(step) = next {
            next = Rc::try_unwrap(step).ok().and_then(|mut step| step.before.take());
        }
    }
}

//! The gates that code has to pass, cheapest first. Each says what is wrong so that a model can act on it.

pub mod answer;
pub mod compiles;
pub mod contract;
pub mod guarantee;
pub mod module_test;
pub mod reliance;
mod rules;
pub mod syntax;

pub use rules::Rules;

use crate::csource::Fault;

/// The version of the gates: raised when code that passed before might not pass now. A gate that all accepted code of the
/// repository passes when it comes does not raise it; a test holds the code to that.
pub const VERSION: u32 = 1;

/// The lines that a module's code may have, unless options say otherwise.
pub const LINE_BUDGET: usize = 500;

/// One of the gates, in the order in which they are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Gate {
    /// The answer holds exactly one C block.
    Answer,
    /// The block is C.
    Syntax,
    /// It defines exactly what the module guarantees.
    Guarantee,
    /// It uses only what the module relies on, within its budget of lines.
    Reliance,
    /// The compiler and its static analyzer find nothing.
    Compile,
    /// No path through it is known to break a contract.
    Contract,
    /// The module's own tests pass under the sanitizers.
    Tests,
    /// A second model finds no clause that the code breaks. Asked only where one is configured.
    SpecEval,
}

impl Gate {
    /// Every gate in order.
    pub const ALL: [Self; 8] = [
        Self::Answer,
        Self::Syntax,
        Self::Guarantee,
        Self::Reliance,
        Self::Compile,
        Self::Contract,
        Self::Tests,
        Self::SpecEval,
    ];

    /// The name that reports and the lock file use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Answer => "answer",
            Self::Syntax => "syntax",
            Self::Guarantee => "guarantee",
            Self::Reliance => "reliance",
            Self::Compile => "compile",
            Self::Contract => "contract",
            Self::Tests => "tests",
            Self::SpecEval => "speceval",
        }
    }

    /// What the gate asks for.
    pub fn demand(self) -> &'static str {
        match self {
            Self::Answer => "exactly one C code block in the answer",
            Self::Syntax => "code that parses",
            Self::Guarantee => "code that defines exactly what the module guarantees",
            Self::Reliance => "code that uses only what the module may use",
            Self::Compile => "code that compiles without a warning",
            Self::Contract => "code that keeps its contract on every path",
            Self::Tests => "code that passes the module's tests",
            Self::SpecEval => "code that does what every clause of its specification says",
        }
    }
}

/// Why code did not pass a gate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// The gate.
    pub gate: Gate,
    /// What is wrong, ready to be read beside the code: places are given by line with the line quoted.
    pub feedback: String,
}

impl Rejection {
    /// A rejection with one message that concerns no single line.
    pub fn general(gate: Gate, message: impl Into<String>) -> Self {
        Self { gate, feedback: message.into() }
    }

    /// A rejection for faults in `code`, each with its line quoted, and a closing sentence that says what is allowed.
    pub fn at(gate: Gate, code: &str, faults: &[Fault], allowed: &str) -> Self {
        let mut feedback: String = faults.iter().map(|fault| located(code, fault)).collect();
        if !allowed.is_empty() {
            feedback.push('\n');
            feedback.push_str(allowed);
            feedback.push('\n');
        }
        Self { gate, feedback: feedback.trim_end().to_owned() }
    }
}

/// One fault as a list item with the line that it concerns.
fn located(code: &str, fault: &Fault) -> String {
    let quoted = fault
        .line
        .checked_sub(1)
        .and_then(|index| code.lines().nth(index))
        .map(str::trim)
        .unwrap_or_default();
    format!("- line {}: `{quoted}`\n  {}\n", fault.line, fault.message)
}

/// What passing the gates that need no other module's code gives.
pub type Passed<T> = Result<T, Rejection>;

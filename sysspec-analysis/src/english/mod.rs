//! The controlled English of contracts: "the lock of `cur` is owned" says what `locked(cur)` says.
//!
//! [`read`] takes one clause and gives what it states, or `None` when a word of it is not understood: such a clause
//! is informal, and nobody takes it for proved. The grammar is that of docs/language.md, whose examples are a test;
//! each production is a method of [`grammar::Reader`], in this order:
//!
//! - `clause.rs`: sentences, conditions, and how statements are joined;
//! - `locks.rs`: what is held, released, or left alone;
//! - `returns.rs`: values and what is returned;
//! - `grammar.rs`: things, words.

mod clause;
mod grammar;
mod locks;
mod returns;
mod steps;
mod words;

use crate::formula::Expression;

pub use clause::{Following, is_instruction, read, read_condition, read_following, sentences};
pub use returns::outcomes;
pub use steps::{Step, read_step};

/// What a clause states.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Statement {
    /// A formula holds.
    Holds(Expression),
    /// The statements hold if the formula does.
    If(Expression, Vec<Statement>),
    /// The calling thread holds the locks of these objects and no others; of none when there are none.
    OnlyLocked(Vec<Expression>),
    /// No lock is held that was not held at the call, but for those of these objects.
    NoNewLocks(Vec<Expression>),
    /// Every lock is as it was at the call.
    LocksUnchanged,
    /// Nothing is asked or said.
    NoAssumption,
}

/// What a clause is read in.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// Whether a bare word is a name: of a parameter, a function, a macro.
    pub is_known: &'a dyn Fn(&str) -> bool,
    /// Whether it speaks of the call, as a pre-condition does.
    pub is_before: bool,
    /// The function whose contract it belongs to.
    pub function: Option<&'a str>,
    /// Whether `target` is the inode that is returned.
    pub returns_target: bool,
    /// What the result is on success.
    pub success: Option<&'a Expression>,
    /// What it is on failure.
    pub failure: Option<&'a Expression>,
    /// The objects that the clauses beside it say are locked: "no other lock" is none but theirs.
    pub mentioned: &'a [Expression],
    /// The condition of the clause before it, for "otherwise".
    pub before: Option<&'a Expression>,
}

impl<'a> Context<'a> {
    /// A clause of a post-condition, of which nothing else is known.
    pub fn new(is_known: &'a dyn Fn(&str) -> bool) -> Self {
        Self {
            is_known,
            is_before: false,
            function: None,
            returns_target: false,
            success: None,
            failure: None,
            mentioned: &[],
            before: None,
        }
    }
}

impl Statement {
    /// The statement with some names replaced by others, all at once.
    #[must_use]
    pub fn renamed(&self, name: &impl Fn(&str) -> Option<String>) -> Statement {
        self.map(&|expression| expression.renamed(name))
    }

    /// The statement with every expression replaced.
    #[must_use]
    pub fn map(&self, of: &dyn Fn(&Expression) -> Expression) -> Statement {
        let all = |things: &[Expression]| things.iter().map(of).collect();
        match self {
            Self::Holds(formula) => Self::Holds(of(formula)),
            Self::If(condition, inner) => {
                Self::If(of(condition), inner.iter().map(|statement| statement.map(of)).collect())
            }
            Self::OnlyLocked(things) => Self::OnlyLocked(all(things)),
            Self::NoNewLocks(things) => Self::NoNewLocks(all(things)),
            Self::LocksUnchanged => Self::LocksUnchanged,
            Self::NoAssumption => Self::NoAssumption,
        }
    }
}

/// What is stated, on one line.
#[cfg(test)]
pub(crate) fn show(statements: &[Statement]) -> String {
    let list = |things: &[Expression]| things.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let one = |statement: &Statement| match statement {
        Statement::Holds(formula) => formula.to_string(),
        Statement::If(condition, inner) => format!("if {condition}: {}", show(inner)),
        Statement::OnlyLocked(things) => format!("only [{}]", list(things)),
        Statement::NoNewLocks(things) => format!("none new but [{}]", list(things)),
        Statement::LocksUnchanged => "unchanged".into(),
        Statement::NoAssumption => "anything".into(),
    };
    statements.iter().map(one).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests;

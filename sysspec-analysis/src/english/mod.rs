//! The controlled English of contracts: "the lock of `cur` is owned" says what `locked(cur)` says.
//!
//! [`read`] takes one clause and gives what it states, or `None` when a word of it is not understood: such a clause
//! is informal, and nobody takes it for proved. The grammar is that of docs/language.md:
//!
//! ```text
//! clause     = [ condition "," ] statement { ( "and" | "," | ";" ) statement }
//!            | statement condition
//! condition  = ( "if" | "when" | "in case" ) test
//! test       = formula | returns | things "is" ( "NULL" | "not NULL" | "same" )
//!            | thing "equals" thing { "or" thing } | thing "is distinct from" things
//! statement  = formula | returns | lock
//! returns    = [ "it" | "function" | NAME ] "returns" value | "return value is" value | value "is returned"
//! lock       = things "is" [ "not" ] ( "locked" | "unlocked" ) | things "remains locked"
//!            | [ "only" ] "lock" "of" things state | "caller holds" [ "only" ] "lock" "of" things
//!            | "no lock" ( "is" held | "assumptions" | "is acquired or released" ) | "all lock is released"
//! state      = ( "is" | "remains" ) ( held | "released" )
//! held       = "owned" | "held" | "retained" | "kept"
//! things     = thing { ( "," | "and" ) thing }
//! thing      = [ KIND ] ( SPAN | NAME ) [ "inode" ] | "returned inode"
//! ```
//!
//! Articles, emphasis, adverbs of time and by-phrases ("by the calling thread", "on return") carry no meaning here and
//! are dropped; plural and singular are one.

mod clause;
mod words;

use crate::formula::Expression;

pub use clause::read;

/// What a clause states.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Statement {
    /// A formula holds.
    Holds(Expression),
    /// The statements hold if the formula does.
    If(Expression, Vec<Statement>),
    /// The calling thread holds the locks of these objects and no others; of none when there are none.
    OnlyLocked(Vec<Expression>),
    /// Every lock is as it was at the call.
    LocksUnchanged,
    /// Nothing is asked of any lock.
    NoAssumption,
}

impl Statement {
    /// The statement with some names replaced by others, all at once.
    #[must_use]
    pub fn renamed(&self, name: &impl Fn(&str) -> Option<String>) -> Statement {
        match self {
            Self::Holds(formula) => Self::Holds(formula.renamed(name)),
            Self::If(condition, inner) => Self::If(
                condition.renamed(name),
                inner.iter().map(|statement| statement.renamed(name)).collect(),
            ),
            Self::OnlyLocked(things) => {
                Self::OnlyLocked(things.iter().map(|thing| thing.renamed(name)).collect())
            }
            Self::LocksUnchanged => Self::LocksUnchanged,
            Self::NoAssumption => Self::NoAssumption,
        }
    }
}

#[cfg(test)]
mod tests;

//! The formal language of contracts: `result != NULL ==> locked(result)`.
//!
//! [`parse`] turns the text of a code span into an [`Expression`], or says where and why it is none. The language is
//! that of C's expressions without side effects, with `==>`, `<==>`, `result`, `old(e)` and the other words of
//! docs/language.md. What the names in it stand for is none of this module's business.

mod expression;
mod parse;
mod print;
mod token;

pub use expression::{Binary, Expression, Node, Unary};
pub use parse::{SyntaxError, parse};

#[cfg(test)]
mod tests;

//! C declarations as C understands them.
//!
//! [`parse`] turns text into [`Declaration`]s; [`Comparison`] says whether two of them agree. Nothing here
//! knows of specs, files or salsa.

mod agree;
mod constant;
mod convert;
mod print;
mod shape;
mod syntax;
mod token;

pub use agree::{Agreement, Comparison, Scope};
pub use convert::{Declaration, Parsed, parse};
pub use print::one_line;
pub use shape::{Aggregate, Enumeration, Function, Macro, Member, Shape, Storage, Type};
pub use syntax::SyntaxError;

#[cfg(test)]
mod tests;

//! C declarations as C understands them.
//!
//! [`parse`] turns text into [`Declaration`]s; [`Comparison`] says whether two of them agree. Nothing here
//! knows of specs, files or salsa.

mod agree;
mod constant;
mod convert;
mod declarator;
mod keyword;
mod platform;
mod print;
mod quirk;
mod shape;
mod syntax;
mod token;

pub use agree::{Agreement, Comparison, Scope};
pub use constant::{character, evaluate, number};
pub use convert::{Declaration, comment_text, parse};
pub use keyword::is_keyword;
pub use platform::{Integer, integer, standard_type};
pub use print::one_line;
pub use quirk::Quirk;
pub use shape::{Aggregate, Function, Member, Shape, Storage, Type};
pub use token::Token;

#[cfg(test)]
mod tests;

//! What expressions of contracts mean: from [`formula`](crate::formula) to [`logic`](crate::logic).
//!
//! Names stand for what C says they are: integers of C's widths under C's conversions, pointers, members of
//! structures. A name that nobody declares is an uninterpreted function; what kind of value it has is inferred from
//! how the formulas of one contract use it. Memory is a function from addresses to values at a moment, and an address
//! inside a structure is read through the structure, so that `(&file->map)->root` and `file->map.root` are one term.

mod kind;
mod terms;

use std::ops::Range;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::c::{Shape, Type};
use crate::formula::{Expression, Node};
use crate::logic::{Moment, Term};
use kind::Kind;
pub use kind::integer_range;

/// What the names in formulas stand for.
pub trait Vocabulary {
    /// What is declared under an ordinary name: a parameter, an object, a function.
    fn declared(&self, name: &str) -> Option<Declared>;
    /// The value of a macro or enumeration constant.
    fn constant(&self, name: &str) -> Option<i128>;
    /// The type behind a typedef name.
    fn typedef(&self, name: &str) -> Option<Type>;
    /// The type of a member of a structure or union with that tag.
    fn member(&self, tag: &str, member: &str) -> Option<Type>;
    /// The type of a member of that name, when all structures that have one agree on it.
    fn any_member(&self, member: &str) -> Option<Type>;
    /// What the function returns.
    fn result(&self) -> Option<Type>;
}

/// What an ordinary name is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Declared {
    /// A parameter: what the caller passed, whatever the state.
    Parameter(Type),
    /// An object: the state has its value.
    Object(Type),
    /// A function with that result.
    Function(Type),
}

impl Declared {
    /// What a shape declares, if it is a value or a function.
    pub fn of(shape: &Shape) -> Option<Self> {
        match shape {
            Shape::Object(ty, _) => Some(Self::Object(ty.clone())),
            Shape::Function(function, _) => Some(Self::Function(function.result.clone())),
            _ => None,
        }
    }
}

/// Why an expression has no meaning here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undefined {
    /// Where, in bytes of the expression's text.
    pub range: Range<usize>,
    /// Why.
    pub message: String,
}

/// Denotes the formulas of one contract.
pub struct Denotation<'v> {
    vocabulary: &'v dyn Vocabulary,
    /// What undeclared names were found to be.
    kinds: FxHashMap<String, Kind>,
    /// Undeclared names that some formula asks the old value of: a state has them. Others are introduced once, as by
    /// "let `made` be the result of …".
    changing: FxHashSet<String>,
}

/// How often kinds are inferred from one another: a chain of names longer than this is not met.
const ROUNDS: usize = 4;

impl<'v> Denotation<'v> {
    /// Infers from all formulas of a contract what its undeclared names are.
    pub fn of<'e>(
        vocabulary: &'v dyn Vocabulary,
        formulas: impl IntoIterator<Item = &'e Expression>,
    ) -> Self {
        let formulas: Vec<&Expression> = formulas.into_iter().collect();
        let mut denotation = Self { vocabulary, kinds: FxHashMap::default(), changing: FxHashSet::default() };
        formulas.iter().for_each(|formula| changing(formula, false, &mut denotation.changing));
        for _ in 0..ROUNDS {
            let before = denotation.kinds.clone();
            for formula in &formulas {
                denotation.infer(formula, &Kind::Truth);
            }
            if denotation.kinds == before {
                break;
            }
        }
        denotation
    }

    /// Whether C or a header says what a name is.
    pub fn is_declared(&self, name: &str) -> bool {
        self.vocabulary.declared(name).is_some() || self.vocabulary.constant(name).is_some()
    }

    /// Whether an expression is an integer that cannot be negative, by its C type.
    pub fn is_unsigned(&self, expression: &Expression) -> bool {
        matches!(self.kind(expression), Kind::Integer(integer) if !integer.signed)
    }

    /// The meaning of a formula at a moment: a term that is true or false.
    pub fn truth(&self, formula: &Expression, moment: Moment) -> Result<Term, Undefined> {
        self.truth_of(formula, moment)
    }

    /// The meaning of any expression at a moment.
    pub fn term(&self, expression: &Expression, moment: Moment) -> Result<Term, Undefined> {
        self.typed(expression, moment).map(|(term, _)| term)
    }
}

/// The names below `old`.
fn changing(formula: &Expression, is_old: bool, out: &mut FxHashSet<String>) {
    let is_old = is_old || matches!(formula.node, Node::Old(_));
    if let (true, Node::Name(name)) = (is_old, &formula.node) {
        out.insert(name.clone());
    }
    formula.operands().into_iter().for_each(|operand| changing(operand, is_old, out));
}

#[cfg(test)]
mod tests;

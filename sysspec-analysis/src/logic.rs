//! The logic that obligations are stated in: values, without places in any file.
//!
//! Integers are bit vectors of C's widths, with C's wrap-around; pointers and structures are opaque values that can
//! only be compared; everything that a state may change is a function whose symbol names the state. There are no
//! quantifiers: what holds of every lock is instantiated for the pointers that occur.

use std::fmt;
use std::sync::Arc;

/// What kind of value a term has.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Sort {
    /// True or false.
    Truth,
    /// An integer of that many bits.
    Bits(u32),
    /// The address of an object or function.
    Pointer,
    /// A value that can only be compared, such as a structure: of the type of that name.
    Opaque(Arc<str>),
}

/// When a term that depends on the state is evaluated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Moment {
    /// At the call.
    Call,
    /// On return.
    Return,
    /// It does not depend on the state.
    Always,
}

/// A term.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Term {
    sort: Sort,
    node: Arc<Node>,
}

/// What a term is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Node {
    /// `true` or `false`.
    Truth(bool),
    /// An integer, its bits counted from the lowest.
    Integer(u128),
    /// The null pointer.
    Null,
    /// A function of its arguments; a variable when there are none.
    Apply(Arc<str>, Moment, Vec<Term>),
    /// Not.
    Not(Term),
    /// All of them.
    And(Vec<Term>),
    /// Any of them.
    Or(Vec<Term>),
    /// The first implies the second.
    Implies(Term, Term),
    /// The two are equal.
    Equal(Term, Term),
    /// The second if the first, else the third.
    If(Term, Term, Term),
    /// The first is less than the second.
    Less(Signedness, Term, Term),
    /// An operation on integers of one width.
    Arithmetic(Arithmetic, Term, Term),
    /// All bits the other way round.
    Complement(Term),
    /// The lowest bits, or more bits above: the term's sort says how many.
    Resize(Signedness, Term),
}

/// How the highest bit is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Signedness {
    /// As a sign.
    Signed,
    /// As any other bit.
    Unsigned,
}

/// Operations on two integers of one width.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Arithmetic {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide(Signedness),
    /// `%`
    Remainder(Signedness),
    /// `&`
    And,
    /// `|`
    Or,
    /// `^`
    Xor,
    /// `<<`
    ShiftLeft,
    /// `>>`
    ShiftRight(Signedness),
}

impl Term {
    fn new(sort: Sort, node: Node) -> Self {
        Self { sort, node: Arc::new(node) }
    }

    /// The kind of value.
    pub fn sort(&self) -> &Sort {
        &self.sort
    }

    /// What it is.
    pub fn node(&self) -> &Node {
        &self.node
    }

    /// What tells two terms apart without looking into them: terms of one address are the same, as long as they live.
    pub fn address(&self) -> usize {
        Arc::as_ptr(&self.node).addr()
    }

    /// `true` or `false`.
    pub fn truth(value: bool) -> Self {
        Self::new(Sort::Truth, Node::Truth(value))
    }

    /// An integer of a width, modulo what fits.
    pub fn integer(value: i128, width: u32) -> Self {
        let bits = value.cast_unsigned() & (u128::MAX >> (128 - width.clamp(1, 128)));
        Self::new(Sort::Bits(width), Node::Integer(bits))
    }

    /// The null pointer.
    pub fn null() -> Self {
        Self::new(Sort::Pointer, Node::Null)
    }

    /// A function of its arguments at a moment.
    pub fn apply(symbol: impl Into<Arc<str>>, moment: Moment, arguments: Vec<Term>, sort: Sort) -> Self {
        Self::new(sort, Node::Apply(symbol.into(), moment, arguments))
    }

    /// A variable that no state changes.
    pub fn variable(name: impl Into<Arc<str>>, sort: Sort) -> Self {
        Self::apply(name, Moment::Always, Vec::new(), sort)
    }

    /// Not this.
    #[expect(clippy::should_implement_trait, reason = "it is read beside `and` and `or`")]
    pub fn not(self) -> Self {
        match &*self.node {
            Node::Truth(value) => Self::truth(!value),
            Node::Not(inner) => inner.clone(),
            _ => Self::new(Sort::Truth, Node::Not(self)),
        }
    }

    /// All of them.
    pub fn and(terms: impl IntoIterator<Item = Term>) -> Self {
        let mut all = Vec::new();
        for term in terms {
            match &*term.node {
                Node::Truth(true) => {}
                Node::Truth(false) => return Self::truth(false),
                Node::And(inner) => all.extend(inner.iter().cloned()),
                _ => all.push(term),
            }
        }
        Self::joined(all, true, Node::And)
    }

    /// Any of them.
    pub fn or(terms: impl IntoIterator<Item = Term>) -> Self {
        let mut any = Vec::new();
        for term in terms {
            match &*term.node {
                Node::Truth(false) => {}
                Node::Truth(true) => return Self::truth(true),
                Node::Or(inner) => any.extend(inner.iter().cloned()),
                _ => any.push(term),
            }
        }
        Self::joined(any, false, Node::Or)
    }

    fn joined(mut terms: Vec<Term>, of_none: bool, node: fn(Vec<Term>) -> Node) -> Self {
        match terms.len() {
            0 => Self::truth(of_none),
            1 => terms.remove(0),
            _ => Self::new(Sort::Truth, node(terms)),
        }
    }

    /// This implies that.
    pub fn implies(self, that: Term) -> Self {
        match (&*self.node, &*that.node) {
            (Node::Truth(true), _) => that,
            (Node::Truth(false), _) | (_, Node::Truth(true)) => Self::truth(true),
            (_, Node::Truth(false)) => self.not(),
            _ => Self::new(Sort::Truth, Node::Implies(self, that)),
        }
    }

    /// The two are equal. `None` when their sorts differ, so that no value is both.
    pub fn equal(self, that: Term) -> Option<Self> {
        if self.sort != that.sort {
            return None;
        }
        Some(if self == that { Self::truth(true) } else { Self::new(Sort::Truth, Node::Equal(self, that)) })
    }

    /// `then` if this, else `otherwise`. `None` when the sorts do not fit.
    pub fn choose(self, then: Term, otherwise: Term) -> Option<Self> {
        let fits = self.sort == Sort::Truth && then.sort == otherwise.sort;
        fits.then(|| Self::new(then.sort.clone(), Node::If(self, then, otherwise)))
    }

    /// This is less than that. `None` unless both are integers of one width.
    pub fn less(self, that: Term, signedness: Signedness) -> Option<Self> {
        let fits = self.sort == that.sort && matches!(self.sort, Sort::Bits(_));
        fits.then(|| Self::new(Sort::Truth, Node::Less(signedness, self, that)))
    }

    /// An operation on this and that. `None` unless both are integers of one width.
    pub fn arithmetic(self, operation: Arithmetic, that: Term) -> Option<Self> {
        let fits = self.sort == that.sort && matches!(self.sort, Sort::Bits(_));
        fits.then(|| Self::new(self.sort.clone(), Node::Arithmetic(operation, self, that)))
    }

    /// All bits the other way round. `None` unless it is an integer.
    pub fn complement(self) -> Option<Self> {
        matches!(self.sort, Sort::Bits(_)).then(|| Self::new(self.sort.clone(), Node::Complement(self)))
    }

    /// The integer in another width, as C converts it (C11 6.3.1.3). `None` unless it is an integer.
    pub fn resize(self, from: Signedness, width: u32) -> Option<Self> {
        match self.sort {
            Sort::Bits(own) if own == width => Some(self),
            Sort::Bits(own) => Some(match &*self.node {
                Node::Integer(bits) => Self::integer(extended(*bits, own, from), width),
                _ => Self::new(Sort::Bits(width), Node::Resize(from, self)),
            }),
            _ => None,
        }
    }

    /// The terms right below it.
    pub fn operands(&self) -> Vec<&Term> {
        match &*self.node {
            Node::Truth(_) | Node::Integer(_) | Node::Null => Vec::new(),
            Node::Apply(_, _, terms) | Node::And(terms) | Node::Or(terms) => terms.iter().collect(),
            Node::Not(term) | Node::Complement(term) | Node::Resize(_, term) => vec![term],
            Node::Implies(one, two)
            | Node::Equal(one, two)
            | Node::Less(_, one, two)
            | Node::Arithmetic(_, one, two) => vec![one, two],
            Node::If(one, two, three) => vec![one, two, three],
        }
    }
}

/// The value of some bits, their highest read as said.
pub fn extended(bits: u128, width: u32, signedness: Signedness) -> i128 {
    let unused = 128 - width.clamp(1, 128);
    match signedness {
        Signedness::Signed => (bits << unused).cast_signed() >> unused,
        Signedness::Unsigned => bits.cast_signed(),
    }
}

/// Something to be proved: the goal follows from the assumptions.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Entailment {
    /// What may be assumed. Their order is that of the answer.
    pub assumptions: Vec<Term>,
    /// What is to be shown.
    pub goal: Term,
    /// Terms whose values make a counterexample readable, with how the spec writes them.
    pub shown: Vec<(Arc<str>, Term)>,
}

/// The answer to an entailment. The terms shown are told by `N`: as the spec writes them, or by their position.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Verdict<N = Arc<str>> {
    /// It holds, by these assumptions.
    Proved(Vec<usize>),
    /// It does not hold: with these values the assumptions hold and the goal does not.
    Refuted(Vec<(N, Value)>),
    /// It was not decided, for this reason.
    Unknown(String),
}

impl Entailment {
    /// Values of the terms shown, by how the spec writes these instead of by their position.
    pub fn named(&self, values: &[(usize, Value)]) -> Vec<(Arc<str>, Value)> {
        let name = |(at, value): &(usize, Value)| Some((self.shown.get(*at)?.0.clone(), value.clone()));
        values.iter().filter_map(name).collect()
    }
}

/// A value in a counterexample.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Value {
    /// True or false.
    Truth(bool),
    /// The bits of an integer, and how many there are.
    Integer(u128, u32),
    /// The null pointer.
    Null,
    /// One of the objects of the counterexample, counted from 1.
    Object(usize),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truth(value) => write!(f, "{value}"),
            // Small negative numbers are what error codes are.
            Self::Integer(bits, width) => {
                let signed = extended(*bits, *width, Signedness::Signed);
                if (-4096..0).contains(&signed) { write!(f, "{signed}") } else { write!(f, "{bits}") }
            }
            Self::Null => f.write_str("NULL"),
            Self::Object(number) => write!(f, "object {number}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_resized_as_c_converts_them() {
        let minus_one = Term::integer(-1, 8);
        assert_eq!(minus_one.clone().resize(Signedness::Signed, 32), Some(Term::integer(-1, 32)));
        assert_eq!(minus_one.resize(Signedness::Unsigned, 32), Some(Term::integer(255, 32)));
        assert_eq!(Term::integer(0x1_0005, 32).resize(Signedness::Signed, 16), Some(Term::integer(5, 16)));
        assert_eq!(Term::null().resize(Signedness::Signed, 16), None);
    }

    #[test]
    fn what_is_plain_is_simplified() {
        let x = Term::variable("x", Sort::Truth);
        assert_eq!(Term::and([Term::truth(true), x.clone()]), x);
        assert_eq!(Term::or([x.clone(), Term::truth(true)]), Term::truth(true));
        assert_eq!(Term::and([]), Term::truth(true));
        assert_eq!(x.clone().not().not(), x);
        assert_eq!(x.clone().equal(x.clone()), Some(Term::truth(true)));
        assert_eq!(x.equal(Term::null()), None);
    }

    #[test]
    fn values_are_shown_as_a_spec_writes_them() {
        let shown = |value: Value| value.to_string();
        assert_eq!(shown(Value::Integer(0xffff_fffe, 32)), "-2");
        assert_eq!(shown(Value::Integer(5_000_000, 32)), "5000000");
        assert_eq!(shown(Value::Null), "NULL");
    }
}

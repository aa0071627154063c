//! Symbolic values: what is known of a value without running the program.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use super::cfg::Variable;

/// A value, by its number in the [`Arena`]. Equal numbers mean equal values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Value(u32);

/// A value's form.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Term {
    /// An integer, or `NULL`.
    Integer(i128),
    /// Something unknown, by its number in a state.
    Symbol(u32),
    /// The address of a variable of a function.
    Variable(u32, Variable),
    /// The address of a global object, or a function.
    Global(Rc<str>),
    /// A constant that only its spelling identifies.
    Constant(Rc<str>),
    /// The address of a member of what the operand points to.
    Member(Value, Rc<str>),
    /// The address of an element.
    Index(Value, Value),
    /// An operator, or a function of a specification, and its operands.
    Apply(Rc<str>, Vec<Value>),
}

/// Above this depth a term is as good as unknown.
const DEPTH_MAX: u32 = 12;

/// All values of one run.
#[derive(Debug, Default)]
pub struct Arena {
    inner: RefCell<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    terms: Vec<Entry>,
    numbers: HashMap<Rc<Term>, Value>,
}

#[derive(Debug)]
struct Entry {
    term: Rc<Term>,
    depth: u32,
    /// What the value starts from, when it is an address.
    root: Value,
    /// The symbols in it, in the order of its form.
    symbols: Rc<[u32]>,
}

impl Arena {
    /// The value of that form.
    pub fn value(&self, term: Term) -> Value {
        if let Some(known) = self.inner.borrow().numbers.get(&term) {
            return *known;
        }
        let operands = operands(&term);
        let mut inner = self.inner.borrow_mut();
        let value = Value(u32::try_from(inner.terms.len()).unwrap_or(u32::MAX));
        let depths = operands.iter().map(|operand| inner.terms[operand.0 as usize].depth);
        let depth = 1 + depths.max().unwrap_or(0);
        let root = match &term {
            Term::Member(base, _) | Term::Index(base, _) => inner.terms[base.0 as usize].root,
            _ => value,
        };
        let symbols = match &term {
            Term::Symbol(number) => vec![*number],
            _ => {
                operands.iter().flat_map(|operand| inner.terms[operand.0 as usize].symbols.to_vec()).collect()
            }
        };
        let term = Rc::new(term);
        inner.terms.push(Entry { term: term.clone(), depth, root, symbols: symbols.into() });
        inner.numbers.insert(term, value);
        value
    }

    /// The form of a value.
    pub fn term(&self, value: Value) -> Rc<Term> {
        self.inner.borrow().terms[value.0 as usize].term.clone()
    }

    fn depth(&self, value: Value) -> u32 {
        self.inner.borrow().terms[value.0 as usize].depth
    }

    /// Whether a value says more than is worth keeping.
    pub fn is_deep(&self, value: Value) -> bool {
        self.depth(value) > DEPTH_MAX
    }

    /// An integer.
    pub fn integer(&self, value: i128) -> Value {
        self.value(Term::Integer(value))
    }

    /// The integer that a value is.
    pub fn as_integer(&self, value: Value) -> Option<i128> {
        match &*self.term(value) {
            Term::Integer(integer) => Some(*integer),
            _ => None,
        }
    }

    /// Whether a value is what a function of a specification gives.
    pub fn is_application(&self, value: Value) -> bool {
        matches!(&*self.term(value), Term::Apply(operator, _) if operator.ends_with("()"))
    }

    /// The address of a member.
    pub fn member(&self, base: Value, name: &Rc<str>) -> Value {
        self.value(Term::Member(base, name.clone()))
    }

    /// The address of an element; the first one is where the array is.
    pub fn index(&self, base: Value, index: Value) -> Value {
        if self.as_integer(index) == Some(0) { base } else { self.value(Term::Index(base, index)) }
    }

    /// What an address starts from, and every step on the way to it, the address first.
    pub fn chain(&self, address: Value) -> Vec<Value> {
        let mut chain = vec![address];
        let mut at = address;
        while let Term::Member(base, _) | Term::Index(base, _) = &*self.term(at) {
            chain.push(*base);
            at = *base;
        }
        chain
    }

    /// Whether an address is another one, or that of a part of what is there.
    pub fn is_within(&self, address: Value, outer: Value) -> bool {
        let inner = self.inner.borrow();
        let entry = |value: Value| &inner.terms[value.0 as usize];
        if entry(address).root != entry(outer).root {
            return false;
        }
        let mut at = address;
        loop {
            if at == outer {
                return true;
            }
            match &*entry(at).term {
                Term::Member(base, _) | Term::Index(base, _) => at = *base,
                _ => return false,
            }
        }
    }

    /// What an address starts from.
    pub fn root(&self, address: Value) -> Value {
        self.inner.borrow().terms[address.0 as usize].root
    }

    /// The pointer that an address is computed from: `p` for `p + 1` and `&p->member`.
    pub fn pointer(&self, address: Value) -> Value {
        let mut at = self.root(address);
        while let Term::Apply(operator, operands) = &*self.term(at) {
            let ("+" | "-", [base, _]) = (&**operator, operands.as_slice()) else { break };
            at = self.root(*base);
        }
        at
    }

    /// The symbols in a value, in the order of its form.
    pub fn symbols(&self, value: Value) -> Rc<[u32]> {
        self.inner.borrow().terms[value.0 as usize].symbols.clone()
    }

    /// The value with symbols replaced.
    pub fn replace(&self, value: Value, by: &dyn Fn(u32) -> Option<Value>) -> Value {
        if self.symbols(value).iter().all(|symbol| by(*symbol).is_none()) {
            return value;
        }
        match &*self.term(value) {
            Term::Symbol(number) => by(*number).unwrap_or(value),
            Term::Member(base, name) => self.member(self.replace(*base, by), name),
            Term::Index(base, index) => self.index(self.replace(*base, by), self.replace(*index, by)),
            Term::Apply(name, operands) => {
                let operands: Vec<Value> =
                    operands.iter().map(|operand| self.replace(*operand, by)).collect();
                self.apply(name, operands)
            }
            _ => value,
        }
    }

    /// An operator and its operands, computed as far as they are integers.
    pub fn apply(&self, operator: &Rc<str>, operands: Vec<Value>) -> Value {
        let integers: Option<Vec<i128>> = operands.iter().map(|operand| self.as_integer(*operand)).collect();
        let folded = match (integers.as_deref(), &operands[..]) {
            (Some([one]), _) => fold_one(operator, *one),
            (Some([one, two]), _) => fold(operator, *one, *two),
            (_, [one, two]) if one == two => of_equals(operator),
            _ => None,
        };
        match folded {
            Some(integer) => self.integer(integer),
            None => self.value(Term::Apply(operator.clone(), operands)),
        }
    }
}

fn operands(term: &Term) -> Vec<Value> {
    match term {
        Term::Member(base, _) => vec![*base],
        Term::Index(base, index) => vec![*base, *index],
        Term::Apply(_, operands) => operands.clone(),
        _ => Vec::new(),
    }
}

fn fold_one(operator: &str, operand: i128) -> Option<i128> {
    match operator {
        "-" => operand.checked_neg(),
        "~" => Some(!operand),
        "!" => Some((operand == 0).into()),
        _ => None,
    }
}

fn fold(operator: &str, one: i128, two: i128) -> Option<i128> {
    Some(match operator {
        "+" => one.checked_add(two)?,
        "-" => one.checked_sub(two)?,
        "*" => one.checked_mul(two)?,
        "/" => one.checked_div(two)?,
        "%" => one.checked_rem(two)?,
        "&" => one & two,
        "|" => one | two,
        "^" => one ^ two,
        "<<" => one.checked_shl(u32::try_from(two).ok()?).filter(|_| two < 64)?,
        ">>" => one.checked_shr(u32::try_from(two).ok()?)?,
        "==" => (one == two).into(),
        "!=" => (one != two).into(),
        "<" => (one < two).into(),
        "<=" => (one <= two).into(),
        ">" => (one > two).into(),
        ">=" => (one >= two).into(),
        _ => return None,
    })
}

/// What an operator makes of two equal operands.
fn of_equals(operator: &str) -> Option<i128> {
    match operator {
        "==" | "<=" | ">=" => Some(1),
        "!=" | "<" | ">" | "-" | "^" => Some(0),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constants_are_folded_and_equal_terms_are_one() {
        let arena = Arena::default();
        let symbol = arena.value(Term::Symbol(0));
        let two = arena.integer(2);
        assert_eq!(arena.apply(&"*".into(), vec![two, two]), arena.integer(4));
        assert_eq!(arena.apply(&"==".into(), vec![symbol, symbol]), arena.integer(1));
        let sum = |one| arena.apply(&"+".into(), vec![one, two]);
        assert_eq!(sum(symbol), sum(symbol));
        assert_eq!(arena.index(symbol, arena.integer(0)), symbol);
    }

    #[test]
    fn a_division_by_zero_is_left_alone() {
        let arena = Arena::default();
        let value = arena.apply(&"/".into(), vec![arena.integer(1), arena.integer(0)]);
        assert_eq!(arena.as_integer(value), None);
    }
}

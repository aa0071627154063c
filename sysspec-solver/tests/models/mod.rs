//! Finite models: all of them, for terms over a few objects and narrow integers.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use sysspec_analysis::Host;
use sysspec_analysis::logic::{Arithmetic, Entailment, Node, Signedness, Sort, Term, Value, extended};

/// How many objects are tried at most, NULL among them; and how many values of other types.
const OBJECTS: usize = 4;
const VALUES: usize = 3;

/// A value: of an object or opaque value its number, NULL being 0; of a truth 0 or 1; of an integer its bits.
type Bits = u128;

/// The values of all applications of functions.
#[derive(Debug)]
pub struct Model<'t> {
    terms: &'t [Term],
    values: Vec<Bits>,
    places: HashMap<&'t Term, usize>,
}

/// What trying everything found.
#[derive(Debug)]
pub enum Search {
    /// Values that make every assumption true and the goal false.
    Found(Vec<(Term, Bits)>),
    /// There are none; of more objects neither, if that is complete.
    None { is_complete: bool },
    /// There was too much to try.
    TooLarge,
}

/// Every application of a function in an entailment, arguments before what they are arguments of.
pub fn applications(entailment: &Entailment) -> Vec<Term> {
    fn collect(term: &Term, out: &mut Vec<Term>) {
        term.operands().into_iter().for_each(|operand| collect(operand, out));
        if matches!(term.node(), Node::Apply(..)) && !out.contains(term) {
            out.push(term.clone());
        }
    }
    let mut out = Vec::new();
    entailment.assumptions.iter().chain([&entailment.goal]).for_each(|term| collect(term, &mut out));
    out
}

/// Tries all models, in so many steps at most.
pub fn search(entailment: &Entailment, steps: usize) -> Search {
    let terms = applications(entailment);
    let places: HashMap<&Term, usize> = terms.iter().enumerate().map(|(at, term)| (term, at)).collect();
    // A constraint is tried as soon as all that it depends on has a value.
    let mut constraints: Vec<Vec<(Term, bool)>> = vec![Vec::new(); terms.len() + 1];
    let given = entailment.assumptions.iter().map(|term| (term, true));
    for (term, wanted) in given.chain([(&entailment.goal, false)]) {
        let last = applications(&Entailment { assumptions: vec![], goal: term.clone(), shown: vec![] });
        let at = last.iter().map(|term| places[term] + 1).max().unwrap_or(0);
        constraints[at].push((term.clone(), wanted));
    }
    let of_sort = |wanted: &dyn Fn(&Sort) -> bool| terms.iter().filter(|term| wanted(term.sort())).count();
    let pointers = of_sort(&|sort| *sort == Sort::Pointer) + 1;
    let opaque = of_sort(&|sort| matches!(sort, Sort::Opaque(_)));
    let is_complete = pointers <= OBJECTS && opaque <= VALUES;
    let sizes = (pointers.min(OBJECTS) as Bits, opaque.clamp(1, VALUES) as Bits);
    let mut model = Model { terms: &terms, values: Vec::new(), places };
    let mut left = steps;
    match model.extend(&constraints, sizes, &mut left) {
        Some(true) => Search::Found(terms.iter().cloned().zip(model.values).collect()),
        Some(false) => Search::None { is_complete },
        None => Search::TooLarge,
    }
}

impl<'t> Model<'t> {
    /// The model that the solver's values make.
    pub fn of(terms: &'t [Term], values: &[(std::sync::Arc<str>, Value)]) -> Self {
        let mut all = vec![0; terms.len()];
        for (name, value) in values {
            all[name.parse::<usize>().unwrap()] = match value {
                Value::Truth(value) => Bits::from(*value),
                Value::Integer(bits, _) => *bits,
                Value::Null => 0,
                Value::Object(number) => *number as Bits,
            };
        }
        let places = terms.iter().enumerate().map(|(at, term)| (term, at)).collect();
        Self { terms, values: all, places }
    }

    /// Gives the next application a value. `None` when the steps run out.
    fn extend(
        &mut self,
        constraints: &[Vec<(Term, bool)>],
        sizes: (Bits, Bits),
        left: &mut usize,
    ) -> Option<bool> {
        let at = self.values.len();
        if !constraints[at].iter().all(|(term, wanted)| self.holds(term) == *wanted) {
            return Some(false);
        }
        let Some(term) = self.terms.get(at) else { return Some(true) };
        let size = match term.sort() {
            Sort::Truth => 2,
            Sort::Bits(width) => 1 << width,
            Sort::Pointer => sizes.0,
            Sort::Opaque(_) => sizes.1,
        };
        let known = self.of_equal_arguments(at);
        for value in 0..size {
            if known.is_some_and(|known| known != value) {
                continue;
            }
            *left = left.checked_sub(1)?;
            self.values.push(value);
            if self.extend(constraints, sizes, left)? {
                return Some(true);
            }
            self.values.truncate(at);
        }
        Some(false)
    }

    /// The value that the same function has for equal arguments before.
    fn of_equal_arguments(&self, at: usize) -> Option<Bits> {
        let Node::Apply(symbol, moment, arguments) = self.terms[at].node() else { return None };
        let same = self.terms[..at].iter().position(|other| {
            let Node::Apply(name, when, theirs) = other.node() else { return false };
            (name, when, theirs.len()) == (symbol, moment, arguments.len())
                && other.sort() == self.terms[at].sort()
                && arguments
                    .iter()
                    .zip(theirs)
                    .all(|(one, two)| one.sort() == two.sort() && self.value(one) == self.value(two))
        });
        same.map(|at| self.values[at])
    }

    /// Whether equal arguments give equal values throughout.
    pub fn is_a_function(&self) -> bool {
        (0..self.terms.len())
            .all(|at| self.of_equal_arguments(at).is_none_or(|known| known == self.values[at]))
    }

    /// Whether a term is true.
    pub fn holds(&self, term: &Term) -> bool {
        self.value(term) != 0
    }

    fn value(&self, term: &Term) -> Bits {
        let truth = |value: bool| Bits::from(value);
        match term.node() {
            Node::Truth(value) => truth(*value),
            Node::Integer(bits) => *bits,
            Node::Null => 0,
            Node::Apply(..) => self.values[self.places[term]],
            Node::Not(inner) => truth(!self.holds(inner)),
            Node::And(inner) => truth(inner.iter().all(|term| self.holds(term))),
            Node::Or(inner) => truth(inner.iter().any(|term| self.holds(term))),
            Node::Implies(one, two) => truth(!self.holds(one) || self.holds(two)),
            Node::Equal(one, two) => truth(self.value(one) == self.value(two)),
            Node::If(test, then, otherwise) => self.value(if self.holds(test) { then } else { otherwise }),
            Node::Less(signedness, one, two) => {
                let width = width(one);
                truth(
                    extended(self.value(one), width, *signedness)
                        < extended(self.value(two), width, *signedness),
                )
            }
            Node::Arithmetic(operation, one, two) => {
                calculated(*operation, self.value(one), self.value(two), width(term))
            }
            Node::Complement(inner) => !self.value(inner) & mask(width(term)),
            Node::Resize(signedness, inner) => {
                extended(self.value(inner), width(inner), *signedness).cast_unsigned() & mask(width(term))
            }
        }
    }
}

fn width(term: &Term) -> u32 {
    match term.sort() {
        Sort::Bits(width) => *width,
        _ => 1,
    }
}

fn mask(width: u32) -> Bits {
    Bits::MAX >> (128 - width)
}

/// SMT-LIB's arithmetic of bit vectors, division by zero included.
fn calculated(operation: Arithmetic, one: Bits, two: Bits, width: u32) -> Bits {
    let signed = |bits| extended(bits, width, Signedness::Signed);
    let is_far = two >= Bits::from(width);
    let shift = u32::try_from(two).unwrap_or(u32::MAX);
    let result = match operation {
        Arithmetic::Add => one.wrapping_add(two),
        Arithmetic::Subtract => one.wrapping_sub(two),
        Arithmetic::Multiply => one.wrapping_mul(two),
        Arithmetic::Divide(Signedness::Unsigned) => one.checked_div(two).unwrap_or(Bits::MAX),
        Arithmetic::Remainder(Signedness::Unsigned) => one.checked_rem(two).unwrap_or(one),
        Arithmetic::Divide(Signedness::Signed) => match signed(two) {
            0 if signed(one) < 0 => 1,
            0 => Bits::MAX,
            divisor => (signed(one) / divisor).cast_unsigned(),
        },
        Arithmetic::Remainder(Signedness::Signed) => match signed(two) {
            0 => one,
            divisor => (signed(one) % divisor).cast_unsigned(),
        },
        Arithmetic::And => one & two,
        Arithmetic::Or => one | two,
        Arithmetic::Xor => one ^ two,
        Arithmetic::ShiftLeft => {
            if is_far {
                0
            } else {
                one << shift
            }
        }
        Arithmetic::ShiftRight(Signedness::Unsigned) => {
            if is_far {
                0
            } else {
                one >> shift
            }
        }
        Arithmetic::ShiftRight(Signedness::Signed) => (signed(one) >> shift.min(width - 1)).cast_unsigned(),
    };
    result & mask(width)
}

/// The entailment with all integers narrowed to a few bits. It is another question, with its own answer.
pub fn narrowed(entailment: &Entailment) -> Entailment {
    Entailment {
        assumptions: entailment.assumptions.iter().map(narrow).collect(),
        goal: narrow(&entailment.goal),
        shown: Vec::new(),
    }
}

fn narrow_width(width: u32) -> u32 {
    match width {
        0..=15 => 1,
        16..=63 => 2,
        _ => 3,
    }
}

fn narrow_sort(sort: &Sort) -> Sort {
    match sort {
        Sort::Bits(width) => Sort::Bits(narrow_width(*width)),
        other => other.clone(),
    }
}

fn narrow(term: &Term) -> Term {
    let all = |terms: &[Term]| terms.iter().map(narrow).collect::<Vec<_>>();
    match term.node() {
        Node::Truth(_) | Node::Null => term.clone(),
        Node::Integer(bits) => {
            Term::integer(extended(*bits, width(term), Signedness::Unsigned), narrow_width(width(term)))
        }
        Node::Apply(symbol, moment, arguments) => {
            Term::apply(symbol.clone(), *moment, all(arguments), narrow_sort(term.sort()))
        }
        Node::Not(inner) => narrow(inner).not(),
        Node::And(inner) => Term::and(all(inner)),
        Node::Or(inner) => Term::or(all(inner)),
        Node::Implies(one, two) => narrow(one).implies(narrow(two)),
        Node::Equal(one, two) => narrow(one).equal(narrow(two)).unwrap(),
        Node::If(test, then, otherwise) => narrow(test).choose(narrow(then), narrow(otherwise)).unwrap(),
        Node::Less(signedness, one, two) => narrow(one).less(narrow(two), *signedness).unwrap(),
        Node::Arithmetic(operation, one, two) => narrow(one).arithmetic(*operation, narrow(two)).unwrap(),
        Node::Complement(inner) => narrow(inner).complement().unwrap(),
        Node::Resize(signedness, inner) => {
            narrow(inner).resize(*signedness, narrow_width(width(term))).unwrap()
        }
    }
}

/// Adds the files of a folder.
pub fn add(host: &mut Host, root: &Path, folder: &Path) {
    let names: BTreeSet<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    for path in names {
        if path.is_dir() {
            add(host, root, &path);
        } else if path.extension().is_some_and(|it| it == "spec" || it == "header" || it == "toml") {
            let name = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
            host.set_file(&name, Some(&std::fs::read_to_string(&path).unwrap()));
        }
    }
}

//! From terms to Z3 and back.

use std::collections::HashMap;

use sysspec_analysis::logic::{Arithmetic, Moment, Node, Signedness, Sort, Term, Value};
use z3::ast::{Ast, BV, Bool, Dynamic};
use z3::{FuncDecl, Model, Symbol};

/// What was translated already: terms share parts.
#[derive(Default)]
pub struct Translation<'t> {
    /// By address: what is equal but not shared is translated again, and Z3 finds that it is one.
    done: HashMap<usize, Dynamic>,
    /// The names met so far. They are counted, so that questions that are equal but for their names are put to the
    /// solver as one and the same.
    names: HashMap<&'t str, usize>,
}

impl<'t> Translation<'t> {
    /// A term that is true or false.
    pub fn truth(&mut self, term: &'t Term) -> Bool {
        // Terms are built with sorts that fit, so that the other arm is never met.
        self.term(term).as_bool().unwrap_or_else(|| Bool::from_bool(false))
    }

    fn bits(&mut self, term: &'t Term) -> BV {
        self.term(term).as_bv().unwrap_or_else(|| BV::from_u64(0, 1))
    }

    /// Any term.
    pub fn term(&mut self, term: &'t Term) -> Dynamic {
        if let Some(done) = self.done.get(&term.address()) {
            return done.clone();
        }
        let translated = self.translate(term);
        self.done.insert(term.address(), translated.clone());
        translated
    }

    fn translate(&mut self, term: &'t Term) -> Dynamic {
        match term.node() {
            Node::Truth(value) => Bool::from_bool(*value).into(),
            Node::Integer(bits) => integer(*bits, width(term)).into(),
            Node::Null => null(),
            Node::Apply(symbol, moment, arguments) => self.apply(term, symbol, *moment, arguments),
            Node::Not(inner) => self.truth(inner).not().into(),
            Node::And(inner) => Bool::and(&self.truths(inner)).into(),
            Node::Or(inner) => Bool::or(&self.truths(inner)).into(),
            Node::Implies(one, two) => self.truth(one).implies(self.truth(two)).into(),
            Node::Equal(one, two) => {
                let (one, two) = (self.term(one), self.term(two));
                one.eq(two).into()
            }
            Node::If(condition, then, otherwise) => {
                let (then, otherwise) = (self.term(then), self.term(otherwise));
                self.truth(condition).ite(&then, &otherwise)
            }
            Node::Less(signedness, one, two) => {
                let (one, two) = (self.bits(one), self.bits(two));
                match signedness {
                    Signedness::Signed => one.bvslt(two).into(),
                    Signedness::Unsigned => one.bvult(two).into(),
                }
            }
            Node::Arithmetic(operation, one, two) => {
                let (one, two) = (self.bits(one), self.bits(two));
                arithmetic(*operation, &one, &two).into()
            }
            Node::Complement(inner) => self.bits(inner).bvnot().into(),
            Node::Resize(signedness, inner) => {
                let (inner, wanted) = (self.bits(inner), width(term));
                resize(&inner, *signedness, wanted).into()
            }
        }
    }

    fn truths(&mut self, terms: &'t [Term]) -> Vec<Bool> {
        terms.iter().map(|term| self.truth(term)).collect()
    }

    fn apply(&mut self, term: &'t Term, symbol: &'t str, moment: Moment, arguments: &'t [Term]) -> Dynamic {
        let moment = match moment {
            Moment::Call => "@call",
            Moment::Return => "@return",
            Moment::Always => "",
        };
        // One name may be used with arguments of several sorts; these are then several functions.
        let mut name = format!("{}{moment}", self.number(symbol));
        for sort in arguments.iter().map(Term::sort).chain([term.sort()]) {
            name += &self.sort_name(sort);
        }
        let domain: Vec<z3::Sort> = arguments.iter().map(|argument| self.sort(argument.sort())).collect();
        let range = self.sort(term.sort());
        let function = FuncDecl::new(name, &domain.iter().collect::<Vec<_>>(), &range);
        let arguments: Vec<Dynamic> = arguments.iter().map(|argument| self.term(argument)).collect();
        function.apply(&arguments.iter().map(|argument| argument as &dyn Ast).collect::<Vec<_>>())
    }

    fn sort(&mut self, wanted: &'t Sort) -> z3::Sort {
        match wanted {
            Sort::Truth => z3::Sort::bool(),
            Sort::Bits(width) => z3::Sort::bitvector(*width),
            Sort::Pointer => pointer(),
            Sort::Opaque(name) => {
                let number = self.number(name);
                z3::Sort::uninterpreted(Symbol::String(format!("value {number}")))
            }
        }
    }

    fn sort_name(&mut self, sort: &'t Sort) -> String {
        match sort {
            Sort::Truth => ":truth".to_owned(),
            Sort::Bits(width) => format!(":{width}"),
            Sort::Pointer => ":pointer".to_owned(),
            Sort::Opaque(name) => format!(":value {}", self.number(name)),
        }
    }

    fn number(&mut self, name: &'t str) -> usize {
        let next = self.names.len();
        *self.names.entry(name).or_insert(next)
    }
}

fn pointer() -> z3::Sort {
    z3::Sort::uninterpreted(Symbol::String("pointer".into()))
}

fn null() -> Dynamic {
    Dynamic::new_const("NULL", &pointer())
}

fn width(term: &Term) -> u32 {
    match term.sort() {
        Sort::Bits(width) => *width,
        _ => 1,
    }
}

fn integer(bits: u128, width: u32) -> BV {
    BV::from_str(width, &bits.to_string()).unwrap_or_else(|| BV::from_u64(0, width))
}

fn resize(bits: &BV, signedness: Signedness, wanted: u32) -> BV {
    let own = bits.get_size();
    match (wanted > own, signedness) {
        (true, Signedness::Signed) => bits.sign_ext(wanted - own),
        (true, Signedness::Unsigned) => bits.zero_ext(wanted - own),
        (false, _) => bits.extract(wanted - 1, 0),
    }
}

fn arithmetic(operation: Arithmetic, one: &BV, two: &BV) -> BV {
    match operation {
        Arithmetic::Add => one.bvadd(two),
        Arithmetic::Subtract => one.bvsub(two),
        Arithmetic::Multiply => one.bvmul(two),
        Arithmetic::Divide(Signedness::Signed) => one.bvsdiv(two),
        Arithmetic::Divide(Signedness::Unsigned) => one.bvudiv(two),
        Arithmetic::Remainder(Signedness::Signed) => one.bvsrem(two),
        Arithmetic::Remainder(Signedness::Unsigned) => one.bvurem(two),
        Arithmetic::And => one.bvand(two),
        Arithmetic::Or => one.bvor(two),
        Arithmetic::Xor => one.bvxor(two),
        Arithmetic::ShiftLeft => one.bvshl(two),
        Arithmetic::ShiftRight(Signedness::Signed) => one.bvashr(two),
        Arithmetic::ShiftRight(Signedness::Unsigned) => one.bvlshr(two),
    }
}

/// Reads values from a model, and numbers its objects in the order they are met.
pub struct Reader<'m> {
    model: &'m Model,
    objects: Vec<Dynamic>,
}

impl<'m> Reader<'m> {
    pub fn new(model: &'m Model) -> Self {
        Self { model, objects: Vec::new() }
    }

    /// The value of a term; `None` for one that has none to show.
    pub fn value(&mut self, term: &Dynamic) -> Option<Value> {
        let value = self.model.eval(term, true)?;
        if let Some(truth) = value.as_bool() {
            return truth.as_bool().map(Value::Truth);
        }
        if let Some(bits) = value.as_bv() {
            return Some(Value::Integer(bits.as_u64()?.into(), bits.get_size()));
        }
        if self.model.eval(&null(), true)? == value {
            return Some(Value::Null);
        }
        let known = self.objects.iter().position(|object| *object == value);
        let at = known.unwrap_or_else(|| {
            self.objects.push(value);
            self.objects.len() - 1
        });
        Some(Value::Object(at + 1))
    }
}

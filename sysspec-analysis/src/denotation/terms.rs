//! From expressions to terms.

use crate::c::{Integer, Type};
use crate::formula::{Binary, Expression, Node, Unary};
use crate::logic::{self, Arithmetic, Moment, Signedness, Sort, Term};

use super::kind::{Kind, kind_of};
use super::{Declared, Denotation, Undefined};

/// Wide enough for whatever an integer constant is compared with when nothing says how wide that is.
const WIDEST: Integer = Integer { bytes: 8, signed: true };

type Typed = Result<(Term, Kind), Undefined>;

impl Denotation<'_> {
    /// A condition: an integer is true unless it is zero, a pointer unless it is null (C11 6.5.13).
    pub(super) fn truth_of(&self, expression: &Expression, moment: Moment) -> Result<Term, Undefined> {
        let (term, kind) = self.typed(expression, moment)?;
        let zero = match kind {
            Kind::Truth => return Ok(term),
            Kind::Constant | Kind::Integer(_) => integer_like(0, &term),
            Kind::Pointer(_) => Term::null(),
            Kind::Unknown | Kind::Value(_) => {
                return Err(undefined(expression, "is no condition: it is neither true nor false"));
            }
        };
        Ok(same(term, zero).not())
    }

    /// The term of an expression, and its kind.
    pub(super) fn typed(&self, expression: &Expression, moment: Moment) -> Typed {
        let kind = self.kind(expression);
        match &expression.node {
            Node::Integer(value) => Ok(constant(*value)),
            Node::String(written) => Ok((Term::variable(written.as_str(), Sort::Pointer), kind)),
            Node::Null => Ok((Term::null(), kind)),
            Node::Result => Ok((Term::variable("result", kind.sort()), kind)),
            Node::Name(name) => self.name(expression, name, moment, kind),
            Node::Old(inner) => self.typed(inner, Moment::Call),
            Node::Call(name, arguments) => self.call(name, arguments, moment, kind),
            Node::Member(..) => self.member(expression, moment, kind),
            Node::Index(..) | Node::Unary(Unary::Dereference, _) => {
                let address = self.address(expression, moment)?;
                Ok((self.load(address, moment, &kind), kind))
            }
            Node::Unary(Unary::AddressOf, inner) => Ok((self.address(inner, moment)?, kind)),
            Node::Unary(Unary::Not, inner) => Ok((self.truth_of(inner, moment)?.not(), Kind::Truth)),
            Node::Unary(operator, inner) => self.sign(*operator, inner, moment),
            Node::Binary(operator, left, right) => self.binary(expression, *operator, left, right, moment),
            Node::Conditional(condition, then, otherwise) => {
                let condition = self.truth_of(condition, moment)?;
                let (then, otherwise, kind) = self.alike(expression, then, otherwise, moment)?;
                let term = condition.choose(then, otherwise);
                Ok((term.ok_or_else(|| undefined(expression, "chooses between unlike values"))?, kind))
            }
        }
    }

    fn name(&self, expression: &Expression, name: &str, moment: Moment, kind: Kind) -> Typed {
        match self.vocabulary.declared(name) {
            Some(Declared::Parameter(_)) => Ok((Term::variable(name, kind.sort()), kind)),
            Some(Declared::Object(ty)) if is_array(&ty) => {
                Ok((Term::variable(format!("&{name}"), Sort::Pointer), kind))
            }
            Some(Declared::Object(_)) => Ok((Term::apply(name, moment, Vec::new(), kind.sort()), kind)),
            Some(Declared::Function(_)) => Ok((Term::variable(format!("&{name}"), Sort::Pointer), kind)),
            None => match self.vocabulary.constant(name) {
                Some(value) => Ok(constant(value)),
                None if kind != Kind::Unknown => {
                    let kind = settled(kind);
                    let moment = if self.changing.contains(name) { moment } else { Moment::Always };
                    Ok((Term::apply(name, moment, Vec::new(), kind.sort()), kind))
                }
                None => Err(undefined(expression, "stands for nothing that is known")),
            },
        }
    }

    fn call(&self, name: &str, arguments: &[Expression], moment: Moment, kind: Kind) -> Typed {
        if let ("min" | "max", [one, two]) = (name, arguments) {
            return self.extreme(name == "min", one, two, moment);
        }
        let arguments = arguments.iter().map(|argument| self.argument(argument, moment));
        let arguments = arguments.collect::<Result<Vec<Term>, Undefined>>()?;
        let kind = settled(kind);
        Ok((Term::apply(name, moment, arguments, kind.sort()), kind))
    }

    /// Integers that are passed on are as wide as the widest, so that `f(0)` and `f(n)` are one function.
    fn argument(&self, argument: &Expression, moment: Moment) -> Result<Term, Undefined> {
        let (term, kind) = self.typed(argument, moment)?;
        let from = signedness_of(&kind);
        Ok(match kind {
            Kind::Constant | Kind::Integer(_) => term.clone().resize(from, 64).unwrap_or(term),
            _ => term,
        })
    }

    fn extreme(&self, is_least: bool, one: &Expression, two: &Expression, moment: Moment) -> Typed {
        let (left, right, kind) = self.alike(one, one, two, moment)?;
        let less = left.clone().less(right.clone(), signedness_of(&kind));
        let less = less.ok_or_else(|| undefined(one, "is no integer, so it has no order"))?;
        let (then, otherwise) = if is_least { (left, right) } else { (right, left) };
        let chosen = less.choose(then, otherwise);
        Ok((chosen.ok_or_else(|| undefined(one, "is no integer, so it has no order"))?, kind))
    }

    // ---- memory ----

    fn member(&self, expression: &Expression, moment: Moment, kind: Kind) -> Typed {
        let Node::Member(base, member, is_arrow) = &expression.node else {
            return Err(undefined(expression, "is no member"));
        };
        let is_array = self.type_of_member(base, member, *is_arrow).is_some_and(|ty| is_array(&ty));
        if is_array {
            return Ok((self.address(expression, moment)?, kind));
        }
        let structure = match is_arrow {
            true => {
                let (address, pointer) = self.typed(base, moment)?;
                self.load(address, moment, &pointed_to(self, &pointer))
            }
            false => self.typed(base, moment)?.0,
        };
        let kind = settled(kind);
        Ok((Term::apply(format!(".{member}"), Moment::Always, vec![structure], kind.sort()), kind))
    }

    /// The address of something that has one.
    fn address(&self, expression: &Expression, moment: Moment) -> Result<Term, Undefined> {
        match &expression.node {
            Node::Member(base, member, is_arrow) => {
                let base = if *is_arrow { self.typed(base, moment)?.0 } else { self.address(base, moment)? };
                Ok(Term::apply(format!("&.{member}"), Moment::Always, vec![base], Sort::Pointer))
            }
            Node::Index(base, index) => {
                let base = self.typed(base, moment)?.0;
                Ok(offset(base, self.argument(index, moment)?))
            }
            Node::Unary(Unary::Dereference, pointer) => Ok(self.typed(pointer, moment)?.0),
            Node::Name(name) => Ok(Term::variable(format!("&{name}"), Sort::Pointer)),
            _ => Err(undefined(expression, "has no address")),
        }
    }

    /// The value at an address. What lies in a structure is read through the structure.
    fn load(&self, address: Term, moment: Moment, kind: &Kind) -> Term {
        if let logic::Node::Apply(symbol, _, arguments) = address.node() {
            if let (Some(member), [base]) = (symbol.strip_prefix("&."), arguments.as_slice()) {
                let structure = self.load(base.clone(), moment, &Kind::Unknown);
                return Term::apply(format!(".{member}"), Moment::Always, vec![structure], kind.sort());
            }
            if let (Some(name), []) = (symbol.strip_prefix('&'), arguments.as_slice()) {
                return Term::apply(name, moment, Vec::new(), kind.sort());
            }
        }
        Term::apply("*", moment, vec![address], kind.sort())
    }

    // ---- operators ----

    fn sign(&self, operator: Unary, inner: &Expression, moment: Moment) -> Typed {
        let (term, from) = self.integer(inner, moment)?;
        let kind = promoted(&from, &term);
        let term = converted(term, &from, &kind);
        let result = match operator {
            Unary::Complement => term.complement(),
            _ => integer_like(0, &term).arithmetic(Arithmetic::Subtract, term),
        };
        Ok((result.ok_or_else(|| undefined(inner, "is no integer"))?, kind))
    }

    fn binary(
        &self,
        whole: &Expression,
        operator: Binary,
        left: &Expression,
        right: &Expression,
        moment: Moment,
    ) -> Typed {
        let truths = || Ok((self.truth_of(left, moment)?, self.truth_of(right, moment)?));
        let term = match operator {
            Binary::Equivalent => {
                let (left, right) = truths()?;
                same(left, right)
            }
            Binary::Implies => {
                let (left, right) = truths()?;
                left.implies(right)
            }
            Binary::And => {
                let (left, right) = truths()?;
                Term::and([left, right])
            }
            Binary::Or => {
                let (left, right) = truths()?;
                Term::or([left, right])
            }
            Binary::Equal | Binary::NotEqual => {
                let (left, right, _) = self.alike(whole, left, right, moment)?;
                let equal = left.equal(right).ok_or_else(|| undefined(whole, "compares unlike values"))?;
                if operator == Binary::Equal { equal } else { equal.not() }
            }
            Binary::Less | Binary::LessEqual | Binary::Greater | Binary::GreaterEqual => {
                return Ok((self.order(whole, operator, left, right, moment)?, Kind::Truth));
            }
            _ => return self.arithmetic(whole, operator, left, right, moment),
        };
        Ok((term, Kind::Truth))
    }

    fn order(
        &self,
        whole: &Expression,
        operator: Binary,
        left: &Expression,
        right: &Expression,
        moment: Moment,
    ) -> Result<Term, Undefined> {
        let (left, right, kind) = self.alike(whole, left, right, moment)?;
        let signedness = signedness_of(&kind);
        let less = match operator {
            Binary::Less | Binary::GreaterEqual => left.less(right, signedness),
            _ => right.less(left, signedness),
        };
        let less = less.ok_or_else(|| undefined(whole, "compares values that have no order"))?;
        let is_negated = matches!(operator, Binary::LessEqual | Binary::GreaterEqual);
        Ok(if is_negated { less.not() } else { less })
    }

    fn arithmetic(
        &self,
        whole: &Expression,
        operator: Binary,
        left: &Expression,
        right: &Expression,
        moment: Moment,
    ) -> Typed {
        if let kind @ Kind::Pointer(_) = self.kind(left) {
            let (base, index) = (self.typed(left, moment)?.0, self.argument(right, moment)?);
            return match operator {
                Binary::Add => Ok((offset(base, index), kind)),
                _ => Err(undefined(whole, "calculates with addresses in a way that is not decided")),
            };
        }
        let is_shift = matches!(operator, Binary::ShiftLeft | Binary::ShiftRight);
        let (left, right, kind) = match is_shift {
            true => {
                let (left, from) = self.integer(left, moment)?;
                let kind = promoted(&from, &left);
                let left = converted(left, &from, &kind);
                let (right, from) = self.integer(right, moment)?;
                let right = converted(right, &from, &kind);
                (left, right, kind)
            }
            false => self.alike(whole, left, right, moment)?,
        };
        let signedness = signedness_of(&kind);
        let operation = match operator {
            Binary::Add => Arithmetic::Add,
            Binary::Subtract => Arithmetic::Subtract,
            Binary::Multiply => Arithmetic::Multiply,
            Binary::Divide => Arithmetic::Divide(signedness),
            Binary::Remainder => Arithmetic::Remainder(signedness),
            Binary::BitAnd => Arithmetic::And,
            Binary::BitOr => Arithmetic::Or,
            Binary::BitXor => Arithmetic::Xor,
            Binary::ShiftLeft => Arithmetic::ShiftLeft,
            _ => Arithmetic::ShiftRight(signedness),
        };
        let term = left.arithmetic(operation, right);
        Ok((term.ok_or_else(|| undefined(whole, "calculates with what is no integer"))?, kind))
    }

    fn integer(&self, expression: &Expression, moment: Moment) -> Typed {
        let (term, kind) = self.typed(expression, moment)?;
        match kind {
            Kind::Integer(_) | Kind::Constant => Ok((term, kind)),
            Kind::Truth => Ok((as_integer(term), Kind::Integer(Integer::INT))),
            _ => Err(undefined(expression, "is no integer")),
        }
    }

    /// Two operands as values of one kind, after C's usual conversions.
    fn alike(
        &self,
        whole: &Expression,
        left: &Expression,
        right: &Expression,
        moment: Moment,
    ) -> Result<(Term, Term, Kind), Undefined> {
        let ((one, one_kind), (two, two_kind)) = (self.typed(left, moment)?, self.typed(right, moment)?);
        let is_integer = |kind: &Kind| matches!(kind, Kind::Integer(_) | Kind::Constant);
        let (one, one_kind, two, two_kind) = match (&one_kind, &two_kind) {
            (Kind::Truth, kind) if is_integer(kind) => {
                (as_integer(one), Kind::Integer(Integer::INT), two, two_kind)
            }
            (kind, Kind::Truth) if is_integer(kind) => {
                (one, one_kind, as_integer(two), Kind::Integer(Integer::INT))
            }
            _ => (one, one_kind, two, two_kind),
        };
        if is_integer(&one_kind) && is_integer(&two_kind) {
            let kind = Kind::Integer(width_of(&one_kind, &one).common(width_of(&two_kind, &two)));
            return Ok((converted(one, &one_kind, &kind), converted(two, &two_kind, &kind), kind));
        }
        // A null pointer constant may be written as 0 (C11 6.3.2.3p3).
        let is_zero = |expression: &Expression| matches!(expression.node, Node::Integer(0));
        match (&one_kind, &two_kind) {
            (Kind::Pointer(_), _) if is_zero(right) => return Ok((one, Term::null(), one_kind)),
            (_, Kind::Pointer(_)) if is_zero(left) => return Ok((Term::null(), two, two_kind)),
            _ => {}
        }
        if one.sort() != two.sort() {
            return Err(undefined(whole, "brings together values of different kinds"));
        }
        Ok((one, two, one_kind))
    }
}

fn undefined(expression: &Expression, message: &str) -> Undefined {
    Undefined { range: expression.range.clone(), message: format!("`{expression}` {message}") }
}

/// The kind that a name has which nothing says more of.
fn settled(kind: Kind) -> Kind {
    if kind == Kind::Constant { Kind::Integer(WIDEST) } else { kind }
}

/// A constant has the first of `int`, `long` and `unsigned long` that holds it (C11 6.4.4.1p5).
fn constant(value: i128) -> (Term, Kind) {
    let types = [Integer::INT, WIDEST, Integer::UNSIGNED_LONG];
    let ty = types.into_iter().find(|ty| ty.holds(value)).unwrap_or(Integer::UNSIGNED_LONG);
    (Term::integer(value, 8 * ty.bytes), Kind::Integer(ty))
}

fn width_of(kind: &Kind, term: &Term) -> Integer {
    match (kind, term.sort()) {
        (Kind::Integer(integer), _) => *integer,
        (_, Sort::Bits(64)) => WIDEST,
        _ => Integer::INT,
    }
}

fn promoted(kind: &Kind, term: &Term) -> Kind {
    Kind::Integer(width_of(kind, term).promoted())
}

fn signedness_of(kind: &Kind) -> Signedness {
    match kind {
        Kind::Integer(Integer { signed: false, .. }) => Signedness::Unsigned,
        _ => Signedness::Signed,
    }
}

/// The integer in the width of another kind (C11 6.3.1.3).
fn converted(term: Term, from: &Kind, to: &Kind) -> Term {
    let Kind::Integer(integer) = to else { return term };
    term.clone().resize(signedness_of(from), 8 * integer.bytes).unwrap_or(term)
}

fn integer_like(value: i128, term: &Term) -> Term {
    match term.sort() {
        Sort::Bits(width) => Term::integer(value, *width),
        _ => Term::integer(value, 32),
    }
}

fn as_integer(truth: Term) -> Term {
    let otherwise = truth.clone();
    truth.choose(Term::integer(1, 32), Term::integer(0, 32)).unwrap_or(otherwise)
}

/// Equality of terms whose sorts are known to fit.
fn same(one: Term, two: Term) -> Term {
    let otherwise = Term::truth(false);
    one.equal(two).unwrap_or(otherwise)
}

/// So many elements behind an address.
fn offset(base: Term, index: Term) -> Term {
    if matches!(index.node(), logic::Node::Integer(0)) {
        return base;
    }
    Term::apply("[]", Moment::Always, vec![base, index], Sort::Pointer)
}

fn is_array(ty: &Type) -> bool {
    matches!(ty.clone().unqualified(), Type::Array(..))
}

fn pointed_to(denotation: &Denotation<'_>, pointer: &Kind) -> Kind {
    match pointer {
        Kind::Pointer(Some(to)) => kind_of(denotation.vocabulary, to),
        _ => Kind::Unknown,
    }
}

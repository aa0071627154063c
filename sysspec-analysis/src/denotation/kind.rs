//! What kind of value an expression has, as far as that is declared or can be inferred.

use crate::c::{Integer, Type, integer, standard_type};
use crate::formula::{Binary, Expression, Node, Unary};
use crate::logic::Sort;

use super::{Declared, Denotation, Vocabulary};

/// How deep typedef names may name typedef names.
const DEPTH_MAX: u32 = 32;

/// What kind of value it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Nothing is known of it.
    Unknown,
    /// True or false: a predicate, a comparison, a `bool`.
    Truth,
    /// An integer constant: it takes the width of what it is compared with.
    Constant,
    /// An integer of a type.
    Integer(Integer),
    /// A pointer, and what to, if that is known.
    Pointer(Option<Type>),
    /// A structure, union or anything else that can only be compared, by its type.
    Value(Type),
}

impl Kind {
    /// The sort of terms of this kind.
    pub fn sort(&self) -> Sort {
        match self {
            Self::Truth => Sort::Truth,
            Self::Constant => Sort::Bits(32),
            Self::Integer(integer) => Sort::Bits(8 * integer.bytes),
            Self::Pointer(_) => Sort::Pointer,
            // One sort for all structures: a part of one may be met before its type is.
            Self::Unknown | Self::Value(_) => Sort::Opaque("value".into()),
        }
    }

    /// What is known when both are.
    fn joined(self, other: &Kind) -> Kind {
        match (&self, other) {
            (Self::Unknown, _)
            | (Self::Pointer(None), Self::Pointer(_))
            | (Self::Constant, Self::Integer(_)) => other.clone(),
            _ => self,
        }
    }
}

/// The kind of values of a C type.
pub fn kind_of(vocabulary: &dyn Vocabulary, ty: &Type) -> Kind {
    fn of(vocabulary: &dyn Vocabulary, ty: &Type, depth: u32) -> Kind {
        match ty {
            Type::Basic("bool") => Kind::Truth,
            Type::Basic(name) => integer(name).map_or(Kind::Value(ty.clone()), Kind::Integer),
            Type::Enum(_) | Type::AnonymousEnum(_) => Kind::Integer(Integer::INT),
            Type::Qualified(_, inner) => of(vocabulary, inner, depth),
            Type::Pointer(to) => Kind::Pointer(Some(to.as_ref().clone())),
            Type::Array(element, _) => Kind::Pointer(Some(element.as_ref().clone())),
            Type::Function(_) => Kind::Pointer(Some(ty.clone())),
            Type::Name(name) if depth < DEPTH_MAX => {
                if let Some(behind) = vocabulary.typedef(name) {
                    return of(vocabulary, &behind, depth + 1);
                }
                let standard = if name == "bool" { Some("bool") } else { standard_type(name) };
                standard.map_or(Kind::Value(ty.clone()), |basic| of(vocabulary, &Type::Basic(basic), depth))
            }
            _ => Kind::Value(ty.clone()),
        }
    }
    of(vocabulary, ty, 0)
}

/// The lowest and the highest value of an integer type, `bool` included.
pub fn integer_range(vocabulary: &dyn Vocabulary, ty: &Type) -> Option<(i128, i128)> {
    match kind_of(vocabulary, ty) {
        Kind::Truth => Some((0, 1)),
        Kind::Integer(Integer { bytes, signed }) => {
            let values = 1_i128.checked_shl(8 * bytes)?;
            Some(if signed { (-(values / 2), values / 2 - 1) } else { (0, values - 1) })
        }
        _ => None,
    }
}

/// The type behind typedef names and qualifiers.
pub fn bare(vocabulary: &dyn Vocabulary, ty: &Type) -> Type {
    let mut ty = ty.clone().unqualified();
    for _ in 0..DEPTH_MAX {
        let Type::Name(name) = &ty else { break };
        let Some(behind) = vocabulary.typedef(name) else { break };
        ty = behind.unqualified();
    }
    ty
}

impl Denotation<'_> {
    /// The kind of an expression, as far as it is known.
    pub(super) fn kind(&self, expression: &Expression) -> Kind {
        let vocabulary = self.vocabulary;
        match &expression.node {
            Node::Integer(_) => Kind::Constant,
            Node::String(_) => Kind::Pointer(Some(Type::Basic("char"))),
            Node::Null => Kind::Pointer(None),
            Node::Result => vocabulary.result().map_or(Kind::Unknown, |ty| kind_of(vocabulary, &ty)),
            Node::Name(name) => self.kind_of_name(name),
            Node::Old(inner) => self.kind(inner),
            Node::Call(name, arguments) => self.kind_of_call(name, arguments),
            Node::Member(base, member, is_arrow) => self.kind_of_member(base, member, *is_arrow),
            Node::Index(base, _) | Node::Unary(Unary::Dereference, base) => match self.kind(base) {
                Kind::Pointer(Some(to)) => kind_of(vocabulary, &to),
                _ => Kind::Unknown,
            },
            Node::Unary(Unary::AddressOf, inner) => Kind::Pointer(self.type_of(inner)),
            Node::Unary(Unary::Not, _) => Kind::Truth,
            Node::Unary(_, inner) => match self.kind(inner) {
                Kind::Integer(integer) => Kind::Integer(integer.promoted()),
                other => other,
            },
            Node::Binary(operator, ..) if operator.is_logical() || operator.is_comparison() => Kind::Truth,
            Node::Binary(operator, left, right) => self.kind_of_arithmetic(*operator, left, right),
            Node::Conditional(_, then, otherwise) => self.kind(then).joined(&self.kind(otherwise)),
        }
    }

    fn kind_of_name(&self, name: &str) -> Kind {
        match self.vocabulary.declared(name) {
            Some(Declared::Parameter(ty) | Declared::Object(ty)) => kind_of(self.vocabulary, &ty),
            Some(Declared::Function(_)) => Kind::Pointer(None),
            None if self.vocabulary.constant(name).is_some() => Kind::Constant,
            None => self.kinds.get(name).cloned().unwrap_or(Kind::Unknown),
        }
    }

    fn kind_of_call(&self, name: &str, arguments: &[Expression]) -> Kind {
        match (name, arguments) {
            ("locked" | "fresh", _) => Kind::Truth,
            ("min" | "max", [one, two]) => self.kind_of_arithmetic(Binary::Add, one, two),
            _ => match self.vocabulary.declared(name) {
                Some(Declared::Function(result)) => kind_of(self.vocabulary, &result),
                _ => self.kinds.get(name).cloned().unwrap_or(Kind::Unknown),
            },
        }
    }

    fn kind_of_member(&self, base: &Expression, member: &str, is_arrow: bool) -> Kind {
        self.type_of_member(base, member, is_arrow).map_or(Kind::Unknown, |ty| kind_of(self.vocabulary, &ty))
    }

    pub(super) fn type_of_member(&self, base: &Expression, member: &str, is_arrow: bool) -> Option<Type> {
        let structure = match (self.kind(base), is_arrow) {
            (Kind::Pointer(Some(to)), true) => Some(bare(self.vocabulary, &to)),
            (Kind::Value(ty), false) => Some(bare(self.vocabulary, &ty)),
            _ => None,
        };
        match structure {
            Some(Type::Struct(tag)) => self.vocabulary.member(&tag, member),
            _ => None,
        }
        .or_else(|| self.vocabulary.any_member(member))
    }

    /// The C type of something that has an address.
    fn type_of(&self, expression: &Expression) -> Option<Type> {
        match &expression.node {
            Node::Member(base, member, is_arrow) => self.type_of_member(base, member, *is_arrow),
            Node::Name(name) => match self.vocabulary.declared(name)? {
                Declared::Parameter(ty) | Declared::Object(ty) => Some(ty),
                Declared::Function(_) => None,
            },
            Node::Index(base, _) | Node::Unary(Unary::Dereference, base) => match self.kind(base) {
                Kind::Pointer(to) => to,
                _ => None,
            },
            _ => None,
        }
    }

    fn kind_of_arithmetic(&self, operator: Binary, left: &Expression, right: &Expression) -> Kind {
        match (self.kind(left), self.kind(right)) {
            (Kind::Pointer(_), Kind::Pointer(_)) => Kind::Integer(Integer { bytes: 8, signed: true }),
            (pointer @ Kind::Pointer(_), _) | (_, pointer @ Kind::Pointer(_)) => pointer,
            (Kind::Integer(one), _) if matches!(operator, Binary::ShiftLeft | Binary::ShiftRight) => {
                Kind::Integer(one.promoted())
            }
            (Kind::Integer(one), Kind::Integer(two)) => Kind::Integer(one.common(two)),
            (Kind::Integer(one), Kind::Constant) | (Kind::Constant, Kind::Integer(one)) => {
                Kind::Integer(one.promoted())
            }
            (Kind::Constant, Kind::Constant) => Kind::Constant,
            (Kind::Unknown, known) | (known, _) => known,
        }
    }

    /// Learns what undeclared names are from an expression that is used as something.
    pub(super) fn infer(&mut self, expression: &Expression, used_as: &Kind) {
        match &expression.node {
            Node::Name(name) if self.vocabulary.declared(name).is_none() => self.learn(name, used_as),
            Node::Call(name, arguments) => {
                let is_declared = matches!(self.vocabulary.declared(name), Some(Declared::Function(_)));
                if !is_declared && !matches!(name.as_str(), "locked" | "fresh" | "min" | "max") {
                    self.learn(name, used_as);
                }
                let argument_kind =
                    if matches!(name.as_str(), "min" | "max") { used_as } else { &Kind::Unknown };
                arguments.iter().for_each(|argument| self.infer(argument, argument_kind));
            }
            Node::Old(inner) => self.infer(inner, used_as),
            Node::Member(base, _, true) | Node::Unary(Unary::Dereference, base) => {
                self.infer(base, &Kind::Pointer(None));
            }
            Node::Member(base, ..) | Node::Unary(Unary::AddressOf, base) => self.infer(base, &Kind::Unknown),
            Node::Index(base, index) => {
                self.infer(base, &Kind::Pointer(None));
                self.infer(index, &Kind::Constant);
            }
            Node::Unary(Unary::Not, inner) => self.infer(inner, &Kind::Truth),
            Node::Unary(_, inner) => self.infer(inner, used_as),
            Node::Binary(operator, left, right) if operator.is_logical() => {
                self.infer(left, &Kind::Truth);
                self.infer(right, &Kind::Truth);
            }
            Node::Binary(_, left, right) => {
                let (left_kind, right_kind) = (self.kind(left), self.kind(right));
                self.infer(left, &right_kind);
                self.infer(right, &left_kind);
            }
            Node::Conditional(condition, then, otherwise) => {
                self.infer(condition, &Kind::Truth);
                self.infer(then, used_as);
                self.infer(otherwise, used_as);
            }
            _ => {}
        }
    }

    fn learn(&mut self, name: &str, kind: &Kind) {
        // Nothing says how wide an undeclared integer is, nor that it has no sign: it may be an error code.
        let kind = if matches!(kind, Kind::Integer(_)) { &Kind::Constant } else { kind };
        if *kind != Kind::Unknown && self.vocabulary.constant(name).is_none() {
            let known = self.kinds.remove(name).unwrap_or(Kind::Unknown);
            self.kinds.insert(name.to_owned(), known.joined(kind));
        }
    }
}

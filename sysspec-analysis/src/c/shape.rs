//! What a declaration declares, without names and places that C does not compare.

use super::token::Token;

/// What is declared under a name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Shape {
    /// A function.
    Function(Function, Storage),
    /// An object, and whether the declaration is `extern`.
    Object(Type, Storage),
    /// A structure or union.
    Struct(Aggregate),
    /// An enumeration.
    Enum(Enumeration),
    /// A typedef name.
    Typedef(Type),
    /// A macro.
    Macro(Macro),
    /// An enumeration constant, with the tokens of its value.
    Constant(Vec<Token>),
}

/// The storage class of a function or object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Storage {
    /// None written.
    #[default]
    Plain,
    /// `extern`.
    Extern,
    /// `static`.
    Static,
}

/// A type.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Type {
    /// An arithmetic type or `void`, in C11's first spelling: `unsigned int`, never `unsigned`.
    Basic(&'static str),
    /// A typedef name.
    Name(String),
    /// `struct x` or `union x`.
    Struct(String),
    /// `enum x`.
    Enum(String),
    /// A structure or union without a tag.
    Anonymous(Box<Aggregate>),
    /// An enumeration without a tag.
    AnonymousEnum(Box<Enumeration>),
    /// A type with qualifiers; never empty, never nested.
    Qualified(Qualifiers, Box<Type>),
    /// A pointer.
    Pointer(Box<Type>),
    /// An array, with the tokens of its length when it has one.
    Array(Box<Type>, Option<Vec<Token>>),
    /// A function.
    Function(Box<Function>),
    /// A type that this model does not read; equal when its words are.
    Other(String),
}

/// The qualifiers of a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct Qualifiers {
    /// `const`
    pub constant: bool,
    /// `volatile`
    pub volatile: bool,
    /// `_Atomic`
    pub atomic: bool,
    /// `restrict`
    pub restrict: bool,
}

/// A function's type.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Function {
    /// What it returns, without qualifiers.
    pub result: Type,
    /// Its parameters as C adjusts them: arrays and functions are pointers, no outer qualifiers.
    /// `()` is read as `(void)`.
    pub parameters: Vec<Type>,
    /// The names of the parameters, as far as they are named. Not compared.
    pub names: Names,
    /// Whether it ends in `...`.
    pub variadic: bool,
}

impl Function {
    /// Two parameters of one type whose names are those of `other` the other way round.
    pub fn swapped_names<'f>(&'f self, other: &'f Function) -> Option<(&'f str, &'f str)> {
        let name = |function: &'f Function, at: usize| function.names.0.get(at).and_then(Option::as_deref);
        let pairs = (0..self.parameters.len()).flat_map(|left| (0..left).map(move |right| (right, left)));
        let mut pairs = pairs.filter(|&(left, right)| self.parameters[left] == self.parameters[right]);
        pairs.find_map(|(left, right)| {
            let (first, second) = (name(self, left)?, name(self, right)?);
            let is_swapped = first != second && name(other, left)? == second && name(other, right)? == first;
            is_swapped.then_some((first, second))
        })
    }
}

/// Names that are carried along and never compared.
#[derive(Clone, Debug, Default)]
pub struct Names(pub Vec<Option<String>>);

impl PartialEq for Names {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Names {}

impl std::hash::Hash for Names {
    fn hash<H: std::hash::Hasher>(&self, _: &mut H) {}
}

/// A structure or union.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Aggregate {
    /// Whether it is a union.
    pub union: bool,
    /// Its members in order; `None` when only the tag is declared.
    pub members: Option<Vec<Member>>,
    /// Whether a comment such as `// ... other fields ...` says that there are more members.
    pub partial: bool,
}

/// A member of a structure or union.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Member {
    /// Its name; empty for an anonymous structure or an unnamed bit-field.
    pub name: String,
    /// Its type.
    pub ty: Type,
    /// The width of a bit-field.
    pub width: Option<Vec<Token>>,
}

/// An enumeration.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Enumeration {
    /// Its constants with the tokens of their values; `None` when only the tag is declared.
    pub constants: Option<Vec<(String, Vec<Token>)>>,
}

/// A macro.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Macro {
    /// The parameters of a function-like macro.
    pub parameters: Option<Vec<String>>,
    /// What it stands for.
    pub body: Vec<Token>,
}

impl Shape {
    /// The type that a typedef name stands for.
    pub fn typedef(&self) -> Option<&Type> {
        match self {
            Self::Typedef(ty) => Some(ty),
            _ => None,
        }
    }

    /// The tokens that a macro without parameters or an enumeration constant stands for.
    pub fn constant(&self) -> Option<&[Token]> {
        match self {
            Self::Macro(definition) if definition.parameters.is_none() => Some(&definition.body),
            Self::Constant(value) => Some(value),
            _ => None,
        }
    }
}

impl Type {
    /// The same type with more qualifiers.
    pub fn qualified(self, more: Qualifiers) -> Type {
        if more == Qualifiers::default() {
            return self;
        }
        match self {
            Type::Qualified(own, inner) => Type::Qualified(own.union(more), inner),
            // Qualifiers of an array belong to its elements (C11 6.7.3p9).
            Type::Array(element, length) => Type::Array(Box::new(element.qualified(more)), length),
            other => Type::Qualified(more, Box::new(other)),
        }
    }

    /// The same type without its outer qualifiers.
    pub fn unqualified(self) -> Type {
        match self {
            Type::Qualified(_, inner) => *inner,
            other => other,
        }
    }

    /// The type of a parameter that is declared so (C11 6.7.6.3p7, p8, p15).
    pub fn adjusted(self) -> Type {
        match self.unqualified() {
            Type::Array(element, _) => Type::Pointer(element),
            function @ Type::Function(_) => Type::Pointer(Box::new(function)),
            other => other,
        }
    }
}

impl Qualifiers {
    fn union(self, more: Qualifiers) -> Qualifiers {
        Qualifiers {
            constant: self.constant || more.constant,
            volatile: self.volatile || more.volatile,
            atomic: self.atomic || more.atomic,
            restrict: self.restrict || more.restrict,
        }
    }
}

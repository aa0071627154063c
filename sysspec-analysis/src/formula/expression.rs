//! Expressions, as trees.

use std::ops::Range;

/// An expression, and where it stands in the text it was read from.
#[derive(Clone, Debug)]
pub struct Expression {
    /// What it is.
    pub node: Node,
    /// Where it stands, in bytes. Not compared: two expressions that say the same are the same.
    pub range: Range<usize>,
}

/// What an expression is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Node {
    /// An integer constant, or a character constant's value.
    Integer(i128),
    /// A string, with its quotes and escapes as written.
    String(String),
    /// `NULL`
    Null,
    /// `result`, what the function returns.
    Result,
    /// A parameter, object, macro or enumeration constant.
    Name(String),
    /// `old(e)`, the value of `e` when the function was called.
    Old(Box<Expression>),
    /// `name(a, …)`: a predicate or function, or one of `min`, `max`, `locked`, `fresh`.
    Call(String, Vec<Expression>),
    /// `e.name`, or `e->name` when the flag is set.
    Member(Box<Expression>, String, bool),
    /// `e[i]`
    Index(Box<Expression>, Box<Expression>),
    /// An operator and its operand.
    Unary(Unary, Box<Expression>),
    /// An operator and its operands.
    Binary(Binary, Box<Expression>, Box<Expression>),
    /// `c ? a : b`
    Conditional(Box<Expression>, Box<Expression>, Box<Expression>),
}

/// Operators of one operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unary {
    /// `!`
    Not,
    /// `-`
    Negate,
    /// `~`
    Complement,
    /// `*`
    Dereference,
    /// `&`
    AddressOf,
}

/// Operators of two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Binary {
    /// `<==>`
    Equivalent,
    /// `==>`
    Implies,
    /// `||`
    Or,
    /// `&&`
    And,
    /// `|`
    BitOr,
    /// `^`
    BitXor,
    /// `&`
    BitAnd,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterEqual,
    /// `<<`
    ShiftLeft,
    /// `>>`
    ShiftRight,
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `%`
    Remainder,
}

impl Binary {
    /// How it is written.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Equivalent => "<==>",
            Self::Implies => "==>",
            Self::Or => "||",
            Self::And => "&&",
            Self::BitOr => "|",
            Self::BitXor => "^",
            Self::BitAnd => "&",
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessEqual => "<=",
            Self::Greater => ">",
            Self::GreaterEqual => ">=",
            Self::ShiftLeft => "<<",
            Self::ShiftRight => ">>",
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Remainder => "%",
        }
    }

    /// How tightly it binds: C's order (C11 6.5.5 to 6.5.14), with `==>` and then `<==>` below everything.
    pub(super) fn precedence(self) -> u8 {
        match self {
            Self::Equivalent => 0,
            Self::Implies => 1,
            Self::Or => 3,
            Self::And => 4,
            Self::BitOr => 5,
            Self::BitXor => 6,
            Self::BitAnd => 7,
            Self::Equal | Self::NotEqual => 8,
            Self::Less | Self::LessEqual | Self::Greater | Self::GreaterEqual => 9,
            Self::ShiftLeft | Self::ShiftRight => 10,
            Self::Add | Self::Subtract => 11,
            Self::Multiply | Self::Divide | Self::Remainder => 12,
        }
    }

    /// Whether `a op b op c` means `a op (b op c)`. Only `==>` does.
    pub(super) fn is_right_associative(self) -> bool {
        self == Self::Implies
    }

    /// Whether it relates values and gives a truth value.
    pub fn is_comparison(self) -> bool {
        matches!(self.precedence(), 8 | 9)
    }

    /// Whether it joins truth values.
    pub fn is_logical(self) -> bool {
        self.precedence() <= 4
    }
}

impl Unary {
    /// How it is written.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Not => "!",
            Self::Negate => "-",
            Self::Complement => "~",
            Self::Dereference => "*",
            Self::AddressOf => "&",
        }
    }
}

impl Expression {
    /// An expression at a place.
    pub fn new(node: Node, range: Range<usize>) -> Self {
        Self { node, range }
    }

    /// Whether it can only be a truth value: a comparison, a connective, or a predicate that is one by its name.
    pub fn is_boolean(&self) -> bool {
        match &self.node {
            Node::Unary(operator, _) => *operator == Unary::Not,
            Node::Binary(operator, ..) => operator.is_logical() || operator.is_comparison(),
            Node::Call(name, _) => matches!(name.as_str(), "locked" | "fresh"),
            Node::Old(inner) => inner.is_boolean(),
            Node::Conditional(_, then, otherwise) => then.is_boolean() && otherwise.is_boolean(),
            _ => false,
        }
    }

    /// The expression with some names replaced by others, all at once. `result` is no name: it stands for what is returned.
    #[must_use]
    pub fn renamed(&self, name: &impl Fn(&str) -> Option<String>) -> Expression {
        let of = |inner: &Expression| Box::new(inner.renamed(name));
        let node = match &self.node {
            Node::Name(old) => match name(old) {
                Some(new) if new == "result" => Node::Result,
                new => Node::Name(new.unwrap_or_else(|| old.clone())),
            },
            Node::Old(inner) => Node::Old(of(inner)),
            Node::Call(function, arguments) => {
                // A parameter may be a function, and be called.
                let function = name(function).unwrap_or_else(|| function.clone());
                Node::Call(function, arguments.iter().map(|argument| argument.renamed(name)).collect())
            }
            Node::Member(base, member, is_arrow) => Node::Member(of(base), member.clone(), *is_arrow),
            Node::Index(base, index) => Node::Index(of(base), of(index)),
            Node::Unary(operator, operand) => Node::Unary(*operator, of(operand)),
            Node::Binary(operator, left, right) => Node::Binary(*operator, of(left), of(right)),
            Node::Conditional(condition, then, otherwise) => {
                Node::Conditional(of(condition), of(then), of(otherwise))
            }
            leaf => leaf.clone(),
        };
        Expression::new(node, self.range.clone())
    }

    /// The expression with another one in place of each right below it.
    #[must_use]
    pub fn with_operands(&self, change: impl Fn(&Expression) -> Expression) -> Expression {
        let of = |inner: &Expression| Box::new(change(inner));
        let node = match &self.node {
            Node::Old(inner) => Node::Old(of(inner)),
            Node::Call(function, arguments) => {
                Node::Call(function.clone(), arguments.iter().map(&change).collect())
            }
            Node::Member(base, member, is_arrow) => Node::Member(of(base), member.clone(), *is_arrow),
            Node::Index(base, index) => Node::Index(of(base), of(index)),
            Node::Unary(operator, operand) => Node::Unary(*operator, of(operand)),
            Node::Binary(operator, left, right) => Node::Binary(*operator, of(left), of(right)),
            Node::Conditional(condition, then, otherwise) => {
                Node::Conditional(of(condition), of(then), of(otherwise))
            }
            leaf => leaf.clone(),
        };
        Expression::new(node, self.range.clone())
    }

    /// The expressions right below it, in the order of the text.
    pub fn operands(&self) -> Vec<&Expression> {
        match &self.node {
            Node::Integer(_) | Node::String(_) | Node::Null | Node::Result | Node::Name(_) => Vec::new(),
            Node::Old(inner) | Node::Member(inner, ..) | Node::Unary(_, inner) => vec![inner],
            Node::Call(_, arguments) => arguments.iter().collect(),
            Node::Index(left, right) | Node::Binary(_, left, right) => vec![left, right],
            Node::Conditional(condition, then, otherwise) => vec![condition, then, otherwise],
        }
    }
}

impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        self.node == other.node
    }
}

impl Eq for Expression {}

impl std::hash::Hash for Expression {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.node.hash(state);
    }
}

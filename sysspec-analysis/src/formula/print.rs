//! From expressions to text, with no more brackets than needed.

use std::fmt;

use super::expression::{Binary, Expression, Node};

/// Binds more tightly than every binary operator.
const UNARY: u8 = 13;
const POSTFIX: u8 = 14;

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write(f, self, 0)
    }
}

fn write(f: &mut fmt::Formatter<'_>, whole: &Expression, level: u8) -> fmt::Result {
    if binding(&whole.node) < level {
        f.write_str("(")?;
        write(f, whole, 0)?;
        return f.write_str(")");
    }
    match &whole.node {
        Node::Integer(value) => write!(f, "{value}"),
        Node::String(written) => f.write_str(written),
        Node::Null => f.write_str("NULL"),
        Node::Result => f.write_str("result"),
        Node::Name(name) => f.write_str(name),
        Node::Old(inner) => call(f, "old", std::slice::from_ref(inner)),
        Node::Call(name, arguments) => call(f, name, arguments),
        Node::Member(base, name, is_arrow) => {
            write(f, base, POSTFIX)?;
            write!(f, "{}{name}", if *is_arrow { "->" } else { "." })
        }
        Node::Index(base, index) => {
            write(f, base, POSTFIX)?;
            f.write_str("[")?;
            write(f, index, 2)?;
            f.write_str("]")
        }
        Node::Unary(operator, operand) => {
            f.write_str(operator.symbol())?;
            // `- -x` and `-(-1)` keep their two signs apart.
            let is_sign = operand.to_string().starts_with(operator.symbol());
            write(f, operand, if is_sign || is_constant(operand) { POSTFIX + 1 } else { UNARY })
        }
        Node::Binary(operator, left, right) => {
            let own = operator.precedence();
            let is_right = operator.is_right_associative();
            write(f, left, side(*operator, left, own + u8::from(is_right)))?;
            write!(f, " {} ", operator.symbol())?;
            write(f, right, side(*operator, right, own + u8::from(!is_right)))
        }
        Node::Conditional(condition, then, otherwise) => {
            write(f, condition, 3)?;
            f.write_str(" ? ")?;
            write(f, then, 2)?;
            f.write_str(" : ")?;
            write(f, otherwise, 2)
        }
    }
}

/// Comparisons do not chain, whichever of them binds more tightly.
fn side(operator: Binary, operand: &Expression, level: u8) -> u8 {
    match &operand.node {
        Node::Binary(inner, ..) if operator.is_comparison() && inner.is_comparison() => UNARY,
        _ => level,
    }
}

fn is_constant(expression: &Expression) -> bool {
    matches!(expression.node, Node::Integer(_))
}

fn binding(node: &Node) -> u8 {
    match node {
        Node::Binary(operator, ..) => operator.precedence(),
        Node::Conditional(..) => 2,
        Node::Unary(..) => UNARY,
        Node::Integer(value) if *value < 0 => UNARY,
        _ => POSTFIX,
    }
}

fn call(
    f: &mut fmt::Formatter<'_>,
    name: &str,
    arguments: &[impl std::borrow::Borrow<Expression>],
) -> fmt::Result {
    write!(f, "{name}(")?;
    for (at, argument) in arguments.iter().enumerate() {
        if at > 0 {
            f.write_str(", ")?;
        }
        write(f, argument.borrow(), 0)?;
    }
    f.write_str(")")
}

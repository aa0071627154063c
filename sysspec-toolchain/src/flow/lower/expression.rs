//! Expressions, with calls, assignments and short circuits spelt out.

use std::rc::Rc;

use tree_sitter::Node;

use super::super::cfg::{BlockId, Callee, Expr, Step, Terminator, Variable};
use super::super::library;
use super::{Builder, DEPTH_MAX, children, spot};

/// Functions that do not return.
const NO_RETURN: &[&str] = &[
    "abort",
    "exit",
    "_exit",
    "_Exit",
    "quick_exit",
    "thrd_exit",
    "pthread_exit",
    "longjmp",
    "siglongjmp",
    "__builtin_unreachable",
    "__builtin_trap",
    "__assert_fail",
    "unreachable",
];

impl Builder<'_, '_> {
    /// Goes to one of two blocks. The current block is ended; whoever calls says where to go on.
    pub(super) fn condition(&mut self, node: Node<'_>, then: BlockId, otherwise: BlockId) {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            self.refuse(node, "it nests too deeply");
        } else {
            self.one_condition(node, then, otherwise);
        }
        self.depth -= 1;
    }

    fn one_condition(&mut self, node: Node<'_>, then: BlockId, otherwise: BlockId) {
        let part = |name| node.child_by_field_name(name);
        match node.kind() {
            "parenthesized_expression" if !is_statement_expression(node) => {
                if let Some(inner) = children(node).first() {
                    return self.condition(*inner, then, otherwise);
                }
            }
            "unary_expression" if part("operator").is_some_and(|sign| self.slice(sign) == "!") => {
                if let Some(inner) = part("argument") {
                    return self.condition(inner, otherwise, then);
                }
            }
            "binary_expression" => {
                let sign = part("operator").map_or("", |sign| self.slice(sign));
                if let (Some(left), Some(right), "&&" | "||") = (part("left"), part("right"), sign) {
                    let middle = self.block();
                    match sign {
                        "&&" => self.condition(left, middle, otherwise),
                        _ => self.condition(left, then, middle),
                    }
                    self.current = middle;
                    return self.condition(right, then, otherwise);
                }
            }
            "comma_expression" => {
                if let (Some(left), Some(right)) = (part("left"), part("right")) {
                    self.effect(left);
                    return self.condition(right, then, otherwise);
                }
            }
            "call_expression" => {
                let name = part("function").map_or("", |name| self.slice(name));
                if let ("__builtin_expect" | "likely" | "unlikely", Some(inner)) =
                    (name, first_argument(node))
                {
                    return self.condition(inner, then, otherwise);
                }
            }
            _ => {}
        }
        let condition = self.rvalue(node);
        self.end(Terminator::Branch { condition, then, otherwise, at: spot(node) });
    }

    /// The value of an expression, after the steps that it takes.
    pub(super) fn rvalue(&mut self, node: Node<'_>) -> Expr {
        self.depth += 1;
        let value = if self.depth > DEPTH_MAX {
            self.refuse(node, "it nests too deeply");
            Expr::Unknown
        } else {
            self.one_rvalue(node)
        };
        self.depth -= 1;
        value
    }

    fn one_rvalue(&mut self, node: Node<'_>) -> Expr {
        let part = |name| node.child_by_field_name(name);
        match node.kind() {
            "identifier" => self.name(node),
            "number_literal" => integer(self.slice(node)).map_or_else(|| self.opaque(node), Expr::Integer),
            "char_literal" => character(self.slice(node)).map_or_else(|| self.opaque(node), Expr::Integer),
            "true" => Expr::Integer(1),
            "false" | "null" => Expr::Integer(0),
            "parenthesized_expression" if is_statement_expression(node) => {
                self.refuse(node, "it holds a statement in an expression");
                Expr::Unknown
            }
            "parenthesized_expression" => match children(node).first() {
                Some(inner) => self.rvalue(*inner),
                None => Expr::Unknown,
            },
            "cast_expression" => part("value").map_or(Expr::Unknown, |value| self.rvalue(value)),
            "comma_expression" => {
                if let Some(left) = part("left") {
                    self.effect(left);
                }
                part("right").map_or(Expr::Unknown, |right| self.rvalue(right))
            }
            "assignment_expression" => self.assignment(node),
            "update_expression" => self.update(node),
            "binary_expression" => self.binary(node),
            "unary_expression" => self.unary(node),
            "conditional_expression" => self.conditional(node),
            "call_expression" => self.call(node),
            "pointer_expression" if self.text[node.byte_range()].starts_with('&') => {
                part("argument").map_or(Expr::Unknown, |inner| self.address(inner))
            }
            "pointer_expression" | "field_expression" | "subscript_expression" => {
                Expr::Load(self.address(node).into(), spot(node))
            }
            "compound_literal_expression" => {
                let variable = self.temporary();
                self.step(Step::Declare(variable));
                if let Some(list) = part("value") {
                    self.initialise(&Expr::Variable(variable), list);
                }
                Expr::Load(Expr::Variable(variable).into(), spot(node))
            }
            "gnu_asm_expression" => {
                self.refuse(node, "it holds inline assembly");
                Expr::Unknown
            }
            _ => self.opaque(node),
        }
    }

    fn opaque(&self, node: Node<'_>) -> Expr {
        let words: Vec<&str> = self.slice(node).split_whitespace().collect();
        Expr::Opaque(words.join(" ").into())
    }

    fn name(&mut self, node: Node<'_>) -> Expr {
        let name = self.slice(node);
        match self.lookup(name) {
            // An array stands for the address of its first element.
            Some(variable) if self.arrays.contains(&variable) => Expr::Variable(variable),
            Some(variable) => Expr::Load(Expr::Variable(variable).into(), spot(node)),
            None => Expr::Named(name.into()),
        }
    }

    /// The address of an lvalue.
    pub(super) fn address(&mut self, node: Node<'_>) -> Expr {
        self.depth += 1;
        let address = if self.depth > DEPTH_MAX {
            self.refuse(node, "it nests too deeply");
            Expr::Unknown
        } else {
            self.one_address(node)
        };
        self.depth -= 1;
        address
    }

    fn one_address(&mut self, node: Node<'_>) -> Expr {
        let part = |name| node.child_by_field_name(name);
        match node.kind() {
            "identifier" => {
                let name = self.slice(node);
                self.lookup(name).map_or_else(|| Expr::Global(name.into()), Expr::Variable)
            }
            "parenthesized_expression" => match children(node).first() {
                Some(inner) => self.address(*inner),
                None => Expr::Unknown,
            },
            "field_expression" => {
                let (Some(base), Some(field)) = (part("argument"), part("field")) else {
                    return Expr::Unknown;
                };
                let is_arrow = part("operator").is_some_and(|sign| self.slice(sign) == "->");
                let base = if is_arrow { self.rvalue(base) } else { self.address(base) };
                Expr::Member(base.into(), self.slice(field).into())
            }
            "subscript_expression" => {
                let (Some(base), Some(index)) = (part("argument"), part("index")) else {
                    return Expr::Unknown;
                };
                let base = self.rvalue(base);
                let index = self.rvalue(index);
                Expr::Index(base.into(), index.into())
            }
            "pointer_expression" if self.slice(node).starts_with('*') => {
                part("argument").map_or(Expr::Unknown, |inner| self.rvalue(inner))
            }
            "compound_literal_expression" => match self.rvalue(node) {
                Expr::Load(address, _) => *address,
                _ => Expr::Unknown,
            },
            "cast_expression" => part("value").map_or(Expr::Unknown, |value| self.address(value)),
            _ => {
                // A structure that a call returned, for example: it gets a place of its own.
                let at = spot(node);
                let value = self.rvalue(node);
                let variable = self.temporary();
                self.step(Step::Store { address: Expr::Variable(variable), value, at });
                Expr::Variable(variable)
            }
        }
    }

    fn assignment(&mut self, node: Node<'_>) -> Expr {
        let part = |name| node.child_by_field_name(name);
        let (Some(left), Some(right)) = (part("left"), part("right")) else { return Expr::Unknown };
        let sign = part("operator").map_or("=", |sign| self.slice(sign));
        let mut value = self.rvalue(right);
        let address = self.address(left);
        if let Some(operator) = sign.strip_suffix('=').filter(|operator| !operator.is_empty()) {
            let old = Expr::Load(address.clone().into(), spot(left));
            value = Expr::Operator(operator.into(), vec![old, value]);
        }
        self.store(address, value, node)
    }

    fn store(&mut self, address: Expr, value: Expr, node: Node<'_>) -> Expr {
        let at = spot(node);
        let kept = self.kept(value, node);
        self.step(Step::Store { address, value: kept.clone(), at });
        kept
    }

    /// A value that later steps do not change.
    fn kept(&mut self, value: Expr, node: Node<'_>) -> Expr {
        if matches!(value, Expr::Integer(_) | Expr::Opaque(_)) || self.is_temporary(&value) {
            return value;
        }
        let variable = self.temporary();
        self.step(Step::Store { address: Expr::Variable(variable), value, at: spot(node) });
        Expr::Load(Expr::Variable(variable).into(), spot(node))
    }

    fn is_temporary(&self, value: &Expr) -> bool {
        match value {
            Expr::Load(address, _) => {
                matches!(**address, Expr::Variable(variable) if !self.names.contains_key(&variable))
            }
            _ => false,
        }
    }

    fn update(&mut self, node: Node<'_>) -> Expr {
        let Some(argument) = node.child_by_field_name("argument") else { return Expr::Unknown };
        let text = self.slice(node);
        let operator = if text.contains("++") { "+" } else { "-" };
        let address = self.address(argument);
        let old = Expr::Load(address.clone().into(), spot(argument));
        let is_prefix = text.starts_with(['+', '-']);
        let old = if is_prefix { old } else { self.kept(old, node) };
        let new = Expr::Operator(operator.into(), vec![old.clone(), Expr::Integer(1)]);
        let new = self.store(address, new, node);
        if is_prefix { new } else { old }
    }

    fn binary(&mut self, node: Node<'_>) -> Expr {
        let part = |name| node.child_by_field_name(name);
        let (Some(left), Some(right), Some(sign)) = (part("left"), part("right"), part("operator")) else {
            return Expr::Unknown;
        };
        let sign = self.slice(sign);
        if matches!(sign, "&&" | "||") {
            return self.as_value(node);
        }
        let left = self.rvalue(left);
        let right = self.rvalue(right);
        Expr::Operator(sign.into(), vec![left, right])
    }

    fn unary(&mut self, node: Node<'_>) -> Expr {
        let part = |name| node.child_by_field_name(name);
        let (Some(inner), Some(sign)) = (part("argument"), part("operator")) else { return Expr::Unknown };
        let sign = self.slice(sign);
        let inner = self.rvalue(inner);
        match (sign, inner) {
            ("+", inner) => inner,
            ("-", Expr::Integer(value)) => Expr::Integer(-value),
            (sign, inner) => Expr::Operator(sign.into(), vec![inner]),
        }
    }

    /// The value of a condition: 1 or 0.
    fn as_value(&mut self, node: Node<'_>) -> Expr {
        let result = self.temporary();
        let (then, otherwise, after) = (self.block(), self.block(), self.block());
        self.condition(node, then, otherwise);
        for (block, value) in [(then, 1), (otherwise, 0)] {
            self.current = block;
            self.put(result, Expr::Integer(value), node);
            self.jump(after, after);
        }
        Expr::Load(Expr::Variable(result).into(), spot(node))
    }

    fn put(&mut self, variable: Variable, value: Expr, node: Node<'_>) {
        self.step(Step::Store { address: Expr::Variable(variable), value, at: spot(node) });
    }

    fn conditional(&mut self, node: Node<'_>) -> Expr {
        let part = |name| node.child_by_field_name(name);
        let (Some(condition), Some(no)) = (part("condition"), part("alternative")) else {
            return Expr::Unknown;
        };
        let Some(yes) = part("consequence") else {
            self.refuse(node, "it leaves out the middle of `?:`");
            return Expr::Unknown;
        };
        let result = self.temporary();
        let (then, otherwise, after) = (self.block(), self.block(), self.block());
        self.condition(condition, then, otherwise);
        for (block, value) in [(then, yes), (otherwise, no)] {
            self.current = block;
            let value = self.rvalue(value);
            self.put(result, value, node);
            self.jump(after, after);
        }
        Expr::Load(Expr::Variable(result).into(), spot(node))
    }

    fn call(&mut self, node: Node<'_>) -> Expr {
        let part = |name| node.child_by_field_name(name);
        let (Some(function), Some(list)) = (part("function"), part("arguments")) else {
            return Expr::Unknown;
        };
        let name = callee_name(function).map(|name| self.slice(name));
        match name {
            Some("assert") => return self.assert(list),
            Some("static_assert" | "_Static_assert" | "offsetof" | "va_arg") => return self.opaque(node),
            Some("__builtin_expect" | "likely" | "unlikely") => {
                return first_argument(node).map_or(Expr::Unknown, |inner| self.rvalue(inner));
            }
            Some("setjmp" | "sigsetjmp" | "_setjmp") => {
                self.refuse(node, "it calls `setjmp`, to which a later jump returns");
            }
            _ => {}
        }
        let arguments: Vec<Expr> = children(list).into_iter().map(|argument| self.rvalue(argument)).collect();
        let name: Option<Rc<str>> = name.filter(|name| self.lookup(name).is_none()).map(Into::into);
        if let Some(name) = &name {
            if NO_RETURN.contains(&&**name) {
                arguments.into_iter().for_each(|argument| self.step(Step::Evaluate(argument)));
                self.end(Terminator::End);
                return Expr::Unknown;
            }
            if self.program.macros.contains(name) {
                let why = format!("it uses the macro `{name}`, which is not expanded here");
                self.refuse(node, why);
            }
            if let (true, Some(Expr::Member(_, member))) = (library::is_lock(name), arguments.first()) {
                let member = member.clone();
                self.program.note_lock_member(&member);
            }
        }
        let callee = match name {
            Some(name) => Callee::Named(name),
            None => Callee::Pointer(self.rvalue(function)),
        };
        let result = self.temporary();
        self.step(Step::Call { result, callee, arguments, at: spot(node) });
        Expr::Load(Expr::Variable(result).into(), spot(node))
    }

    fn assert(&mut self, list: Node<'_>) -> Expr {
        let (on, stop) = (self.block(), self.block());
        if let Some(condition) = children(list).first() {
            self.condition(*condition, on, stop);
        } else {
            self.jump(on, on);
        }
        self.current = on;
        Expr::Integer(0)
    }
}

/// The name that a call calls, in brackets or not.
fn callee_name(function: Node<'_>) -> Option<Node<'_>> {
    let mut node = function;
    for _ in 0..DEPTH_MAX {
        match node.kind() {
            "identifier" => return Some(node),
            "parenthesized_expression" => node = children(node).into_iter().next()?,
            _ => return None,
        }
    }
    None
}

fn first_argument(call: Node<'_>) -> Option<Node<'_>> {
    children(call.child_by_field_name("arguments")?).into_iter().next()
}

fn is_statement_expression(node: Node<'_>) -> bool {
    children(node).first().is_some_and(|inner| inner.kind() == "compound_statement")
}

/// The value of an integer constant, whatever its suffix.
pub(super) fn integer(text: &str) -> Option<i128> {
    let (sign, text) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let digits = text.trim_end_matches(['u', 'U', 'l', 'L']);
    let value = match digits.get(..2) {
        Some("0x" | "0X") => i128::from_str_radix(&digits[2..], 16),
        Some("0b" | "0B") => i128::from_str_radix(&digits[2..], 2),
        Some(start) if start.starts_with('0') => i128::from_str_radix(&digits[1..], 8),
        _ => digits.parse(),
    };
    Some(sign * value.ok()?)
}

fn character(text: &str) -> Option<i128> {
    let inner = text.strip_prefix('\'')?.strip_suffix('\'')?;
    let mut characters = inner.chars();
    let value = match (characters.next()?, characters.next()) {
        (one, None) => u32::from(one),
        ('\\', Some(escaped)) => match escaped {
            'n' => 10,
            't' => 9,
            'r' => 13,
            '0' => 0,
            '\\' | '\'' | '"' => u32::from(escaped),
            _ => return None,
        },
        _ => return None,
    };
    Some(value.into())
}

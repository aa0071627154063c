//! What the words of a contract stand for: definitions in place of the names that they define, guards about the call as
//! values at the call, and names for what a called function returned.

use std::rc::Rc;

use sysspec_analysis::formula::{Binary, Expression, Node, Unary, parse};
use sysspec_analysis::{ContractCase, ContractLine, ContractPart, Statement};

/// How often a definition is put into another one.
const NESTED_MAX: usize = 6;

/// A name of a contract, and what it stands for.
#[derive(Clone, Debug)]
struct Definition {
    name: String,
    /// What stands for its arguments in the body; nothing for a name without any.
    parameters: Vec<String>,
    body: Expression,
}

/// "Let `made` be the result of `create`": the name and the function.
pub fn results_named(part: &ContractPart) -> Vec<(String, Rc<str>)> {
    let lets = plain(part).filter(|line| !line.is_understood).flat_map(|line| lets(&line.text));
    lets.filter_map(|(name, value)| Some((name, value.strip_prefix("the result of ")?)))
        .filter_map(|(name, words)| {
            let function = words.strip_prefix('`')?.split('`').next()?;
            Some((name, function.into()))
        })
        .collect()
}

/// The part with what its own clauses define put in place of the names.
pub fn spelt_out(part: &ContractPart) -> ContractPart {
    let definitions = definitions(part);
    if definitions.is_empty() {
        return part.clone();
    }
    let is_definition = |line: &ContractLine| matches!(line.statements.as_slice(), [Statement::Holds(formula)] if equivalence(formula).is_some());
    mapped(part, &|line| match is_definition(line) {
        true => line.statements.clone(),
        false => formulas_mapped(&line.statements, &|formula| expanded(formula, &definitions, NESTED_MAX)),
    })
}

/// The part with each guard that is about the call as what held then.
pub fn guards_at_call(part: &ContractPart) -> ContractPart {
    let guards = || part.post.iter().filter_map(|case| case.guard.as_ref());
    let has = |line: &ContractLine, is_it: fn(&Node) -> bool| {
        super::contract::formulas(&line.statements).into_iter().any(|formula| mentions(formula, is_it))
    };
    if guards().any(|guard| has(guard, |node| matches!(node, Node::Old(_)))) {
        return part.clone();
    }
    let mut out = part.clone();
    for guard in out.post.iter_mut().filter_map(|case| case.guard.as_mut()) {
        if !has(guard, |node| matches!(node, Node::Result)) {
            guard.statements = formulas_mapped(&guard.statements, &at_call);
        }
    }
    out
}

/// A formula as it was at the call, with `old` at its atoms.
fn at_call(formula: &Expression) -> Expression {
    let node = match &formula.node {
        Node::Unary(Unary::Not, inner) => Node::Unary(Unary::Not, Box::new(at_call(inner))),
        Node::Binary(operator, left, right) if operator.is_logical() => {
            Node::Binary(*operator, Box::new(at_call(left)), Box::new(at_call(right)))
        }
        _ => Node::Old(Box::new(formula.clone())),
    };
    Expression { node, range: formula.range.clone() }
}

fn mentions(formula: &Expression, is_it: fn(&Node) -> bool) -> bool {
    is_it(&formula.node) || formula.operands().into_iter().any(|operand| mentions(operand, is_it))
}

/// The clauses that hold whatever the case.
fn plain(part: &ContractPart) -> impl Iterator<Item = &ContractLine> {
    let post = part.post.iter().filter(|case| case.guard.is_none() && !case.is_case);
    post.flat_map(|case| &case.lines).chain(&part.invariant)
}

fn definitions(part: &ContractPart) -> Vec<Definition> {
    let mut out = Vec::new();
    for line in plain(part) {
        match line.statements.as_slice() {
            [Statement::Holds(formula)] => {
                let is_invariant = part.invariant.contains(line);
                let sides = equivalence(formula).or_else(|| equation(formula).filter(|_| is_invariant));
                out.extend(sides.and_then(|(left, right)| definition(left, right)));
            }
            _ if !line.is_understood => {
                for (name, value) in lets(&line.text) {
                    let code = value.strip_prefix('`').and_then(|value| value.split('`').next());
                    if let Some(body) = code.and_then(|code| parse(code).ok()) {
                        out.push(Definition { name, parameters: Vec::new(), body });
                    }
                }
            }
            _ => {}
        }
    }
    out
}

/// "Let `kind` be …": the name, and the words behind it.
fn lets(text: &str) -> impl Iterator<Item = (String, &str)> {
    text.split("Let `").skip(1).filter_map(|rest| {
        let (name, rest) = rest.split_once('`')?;
        Some((name.to_owned(), rest.trim_start().strip_prefix("be ")?))
    })
}

fn equivalence(formula: &Expression) -> Option<(&Expression, &Expression)> {
    match &formula.node {
        Node::Binary(Binary::Equivalent, left, right) if matches!(left.node, Node::Call(..)) => {
            Some((left, right))
        }
        _ => None,
    }
}

fn equation(formula: &Expression) -> Option<(&Expression, &Expression)> {
    match &formula.node {
        Node::Binary(Binary::Equal, left, right) if matches!(left.node, Node::Call(..)) => {
            Some((left, right))
        }
        _ => None,
    }
}

/// `good(p)` and what it is: all arguments are names, and the name is not explained by itself.
fn definition(left: &Expression, right: &Expression) -> Option<Definition> {
    let Node::Call(name, arguments) = &left.node else { return None };
    let is_language = matches!(name.as_str(), "locked" | "fresh" | "min" | "max");
    let parameters: Option<Vec<String>> = arguments
        .iter()
        .map(|argument| match &argument.node {
            Node::Name(name) => Some(name.clone()),
            _ => None,
        })
        .collect();
    fn calls(formula: &Expression, name: &str) -> bool {
        matches!(&formula.node, Node::Call(called, _) if called == name)
            || formula.operands().into_iter().any(|operand| calls(operand, name))
    }
    let is_circular = calls(right, name);
    (!is_language && !is_circular).then_some(())?;
    Some(Definition { name: name.clone(), parameters: parameters?, body: right.clone() })
}

fn expanded(formula: &Expression, definitions: &[Definition], nested: usize) -> Expression {
    let inner = formula.with_operands(|operand| expanded(operand, definitions, nested));
    let found = match &inner.node {
        Node::Call(name, arguments) => definitions
            .iter()
            .find(|known| known.name == *name && known.parameters.len() == arguments.len())
            .map(|known| (known, arguments.as_slice())),
        Node::Name(name) => definitions
            .iter()
            .find(|known| known.name == *name && known.parameters.is_empty())
            .map(|known| (known, &[][..])),
        _ => None,
    };
    let Some((definition, arguments)) = found.filter(|_| nested > 0) else { return inner };
    let body = given(&definition.body, &definition.parameters, arguments);
    expanded(&body, definitions, nested - 1)
}

/// A body with arguments in place of its parameters.
fn given(body: &Expression, parameters: &[String], arguments: &[Expression]) -> Expression {
    if let Node::Name(name) = &body.node
        && let Some(at) = parameters.iter().position(|parameter| parameter == name)
    {
        return arguments[at].clone();
    }
    body.with_operands(|operand| given(operand, parameters, arguments))
}

fn mapped(part: &ContractPart, change: &dyn Fn(&ContractLine) -> Vec<Statement>) -> ContractPart {
    let line = |line: &ContractLine| ContractLine { statements: change(line), ..line.clone() };
    let case = |case: &ContractCase| ContractCase {
        guard: case.guard.as_ref().map(line),
        is_case: case.is_case,
        lines: case.lines.iter().map(line).collect(),
    };
    ContractPart {
        pre: part.pre.iter().map(line).collect(),
        post: part.post.iter().map(case).collect(),
        invariant: part.invariant.clone(),
    }
}

fn formulas_mapped(statements: &[Statement], change: &dyn Fn(&Expression) -> Expression) -> Vec<Statement> {
    statements.iter().map(|statement| statement.map(change)).collect()
}

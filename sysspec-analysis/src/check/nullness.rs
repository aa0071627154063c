//! AMB004: pointers of which a contract does not say whether they may be NULL.

use crate::c::{Shape, Type};
use crate::clause::{Clause, Said, Stated, stated};
use crate::db::Db;
use crate::finding::{Finding, Place};
use crate::formula::{Binary, Expression, Node, Unary};
use crate::lower::{ContractKind, Section, SectionKind};
use crate::symbols::{Role, summary};
use crate::vocabulary::function_shape;
use crate::{Code, Phase, SymbolKind};

/// When so many pointers are said not to be NULL, one of which nothing is said was forgotten.
const CUSTOM: usize = 2;

/// The pointer parameters of a module's only function that its pre-condition leaves open.
#[salsa::tracked]
pub fn check_pointers<'db>(db: &'db dyn Db, section: Section<'db>) -> Vec<Finding> {
    let (key, content) = (section.key(db), section.content(db));
    if key.kind != SectionKind::Specification || key.phase != Phase::Functional || key.subject.is_some() {
        return Vec::new();
    }
    let contracts = || content.contracts.iter().filter(|contract| contract.function.is_none());
    let Some(label) = contracts().find(|contract| contract.kind == ContractKind::Pre) else {
        return Vec::new();
    };
    let file = section.file(db);
    let mut own = summary(db, file)
        .entries
        .iter()
        .filter(|entry| entry.role == Role::Guarantee && entry.kind == SymbolKind::Function);
    let (Some(function), None) = (own.next(), own.next()) else { return Vec::new() };
    let name = function.symbol.name.as_str();
    let pointers = pointer_parameters(function_shape(db, file, name).as_deref());
    let stated = stated(db, section);
    let says = |clause: &Clause, name: &str, in_words: &dyn Fn(&str) -> bool| match &clause.said {
        Said::Formula(formula) => compares(formula, name),
        _ => in_words(content.of(clause.span)),
    };
    let is_settled = |name: &str| {
        stated.pre.iter().any(|clause| says(clause, name, &|text| mentions(text, name)))
            || behind(stated).any(|clause| {
                says(clause, name, &|text| {
                    mentions(text, name) && (mentions(text, "NULL") || text.contains("null"))
                })
            })
    };
    let required = |name: &str| stated.pre.iter().filter_map(formula).any(|formula| requires(formula, name));
    let is_custom = pointers.iter().filter(|(pointer, _)| required(pointer)).count() >= CUSTOM;
    // What is of no type is handed on unseen, such as the context of a callback.
    let is_open = |name: &str, is_void: bool| is_custom && !is_void && !is_settled(name);
    let open = pointers.iter().filter(|(pointer, is_void)| is_open(pointer, *is_void));
    open.map(|(pointer, _)| {
        let message = format!("whether `{pointer}` may be NULL is not said of `{name}`");
        Finding::new(Code::MAYBE_NULL, Place::section(db, section, label.name), message)
            .help(format!("add `{pointer} != NULL`, or say what happens when it is NULL"))
    })
    .collect()
}

/// The pointers among the parameters, with whether they point to no type.
fn pointer_parameters(shape: Option<&Shape>) -> Vec<(String, bool)> {
    let Some(Shape::Function(function, _)) = shape else { return Vec::new() };
    let named = function.names.0.iter().zip(&function.parameters);
    let pointers = named.filter_map(|(name, ty)| match ty.clone().unqualified() {
        Type::Pointer(to) => Some((name.clone()?, to.unqualified() == Type::Basic("void"))),
        _ => None,
    });
    pointers.collect()
}

/// What holds in any case, and in each.
fn behind(stated: &Stated) -> impl Iterator<Item = &Clause> {
    let post = stated.post.iter().flat_map(|group| group.guard.iter().chain(&group.clauses));
    post.chain(&stated.invariant)
}

fn formula(clause: &Clause) -> Option<&Expression> {
    match &clause.said {
        Said::Formula(formula) => Some(formula),
        _ => None,
    }
}

fn is_name(expression: &Expression, name: &str) -> bool {
    matches!(&expression.node, Node::Name(own) if own == name)
}

/// Whether a formula asks whether a pointer is NULL, or says something from which that follows.
fn compares(formula: &Expression, name: &str) -> bool {
    let is_it = |one: &Expression| is_name(one, name);
    let is_null = |one: &Expression| matches!(one.node, Node::Null);
    match &formula.node {
        Node::Name(_) => is_it(formula),
        Node::Binary(operator, left, right) if operator.is_comparison() => {
            is_it(left) && is_null(right) || is_null(left) && is_it(right)
        }
        Node::Binary(operator, left, right) if operator.is_logical() => {
            compares(left, name) || compares(right, name)
        }
        Node::Unary(Unary::Not, inner) => compares(inner, name),
        Node::Conditional(condition, ..) => compares(condition, name),
        Node::Call(called, arguments) if matches!(called.as_str(), "locked" | "fresh") => {
            arguments.iter().any(is_it)
        }
        _ => false,
    }
}

/// Whether a formula is `name != NULL`, or a conjunction with it.
fn requires(formula: &Expression, name: &str) -> bool {
    match &formula.node {
        Node::Binary(Binary::And, left, right) => requires(left, name) || requires(right, name),
        Node::Binary(Binary::NotEqual, ..) => compares(formula, name),
        _ => false,
    }
}

fn mentions(text: &str, name: &str) -> bool {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == name)
}

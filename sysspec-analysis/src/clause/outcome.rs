//! What success and failure of a function are: the values that labels and cases give them.

use crate::db::{Db, SourceFile};
use crate::english::{self, Context};
use crate::formula::{Binary, Expression, Node, Unary, parse};
use crate::index::{Provider, provider};
use crate::lower::{Contract, ContractKind, Item, Section, SectionContent};
use crate::symbols::{Symbol, SymbolName};

use super::{code_span, functional_sections};

/// The tests of the result that tell success from failure; `None` for what no value is given for.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Outcomes {
    /// What it is on success.
    pub success: Option<Expression>,
    /// What it is on failure.
    pub failure: Option<Expression>,
}

/// What success and failure are in a section about a function: by its own labels, else by the functional contract of
/// the function, in the same file or at its provider.
pub fn outcomes(db: &dyn Db, section: Section<'_>, function: Option<&str>) -> Outcomes {
    let content = section.content(db);
    if !speaks_of_outcomes(content) {
        return Outcomes::default();
    }
    let own = Outcomes::of(content).completed();
    let (None, None, Some(function)) = (&own.success, &own.failure, function) else { return own };
    let file = section.file(db);
    let here = functional_outcomes(db, file, function.to_owned());
    if *here != Outcomes::default() {
        return here.clone();
    }
    match provider(db, file, Symbol::new(db, SymbolName::ordinary(function))) {
        Provider::Module(module) if module != file => {
            functional_outcomes(db, module, function.to_owned()).clone()
        }
        _ => here.clone(),
    }
}

/// What success and failure are in the functional contract that a file states for a function.
#[salsa::tracked]
fn functional_outcomes(db: &dyn Db, file: SourceFile, function: String) -> Outcomes {
    let mut found =
        functional_sections(db, file, &function).map(|section| Outcomes::of(section.content(db)).completed());
    found.find(|found| *found != Outcomes::default()).unwrap_or_default()
}

fn speaks_of_outcomes(content: &SectionContent) -> bool {
    let text = content.text.to_ascii_lowercase();
    text.contains("succe") || text.contains("fail")
}

impl Outcomes {
    /// What the labels, cases and sentences of a section say.
    fn of(content: &SectionContent) -> Self {
        let mut out = Self::default();
        for contract in content.contracts.iter().filter(|contract| contract.kind == ContractKind::Post) {
            out.read(content, contract);
        }
        out
    }

    fn read(&mut self, content: &SectionContent, contract: &Contract) {
        for item in &contract.items {
            let text = content.of(item.text);
            if let Some(title) = item.case.as_ref().and_then(|case| case.title) {
                let label = content.of(title);
                if let Some(is_success) = is_success(label) {
                    self.learn(is_success, value_of_label(label).or_else(|| value_of_case(content, item)));
                    continue;
                }
            }
            let (success, failure) = english::outcomes(text, &Context::new(&|word| word == "NULL"));
            self.learn(true, success);
            self.learn(false, failure);
        }
    }

    fn learn(&mut self, is_success: bool, value: Option<Expression>) {
        let known = if is_success { &mut self.success } else { &mut self.failure };
        if known.is_none() {
            *known = value;
        }
    }

    /// What is no success is a failure, and the other way round.
    fn completed(self) -> Self {
        let success = self.success.clone().or_else(|| self.failure.clone().map(not));
        let failure = self.failure.or_else(|| self.success.map(not));
        Self { success, failure }
    }

    /// The test that a label of an outcome stands for.
    pub fn of_label(&self, label: &str) -> Option<Expression> {
        let is_success = is_success(label);
        value_of_label(label)
            .or_else(|| if is_success? { self.success.clone() } else { self.failure.clone() })
    }
}

/// Whether a label is one of success or of failure, and says nothing else than that and a value.
fn is_success(label: &str) -> Option<bool> {
    const IDLE: &[&str] =
        &["on", "in", "case", "of", "return", "returns", "returned", "value", "the", "null", "non", "zero"];
    let lower = label.to_ascii_lowercase();
    let words = lower.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let mut found = None;
    for word in words {
        match word {
            "success" | "successful" => found = Some(true),
            "failure" | "failed" => found = Some(false),
            // The value may be an error code.
            _ if IDLE.contains(&word) || word.chars().all(|c| c.is_ascii_digit()) => {}
            _ if word.starts_with('e') && label.contains(&format!("-{}", word.to_ascii_uppercase())) => {}
            _ => return None,
        }
    }
    found
}

/// "Success, return 0", "On Failure (return `1`)": a label that gives a value is a test of the result.
fn value_of_label(label: &str) -> Option<Expression> {
    let at = label.to_ascii_lowercase().find("return")?;
    let text = label[at..].trim_end_matches([')', ':', ' ', '*']);
    let context = Context::new(&|word| word == "NULL");
    match english::read(text, &context)?.as_slice() {
        [english::Statement::Holds(test)] => Some(test.clone()),
        _ => None,
    }
}

/// The value that a case labelled so returns.
fn value_of_case(content: &SectionContent, item: &Item) -> Option<Expression> {
    let mut found = None;
    item.walk(&mut |item| {
        for part in super::parts(content.of(item.text)) {
            let text = content.of(item.text)[part].trim().trim_end_matches('.');
            let test = match code_span(text) {
                Some(formula) => parse(formula).ok(),
                None => match english::read(text, &Context::new(&|word| word == "NULL")).as_deref() {
                    Some([english::Statement::Holds(test)]) => Some(test.clone()),
                    _ => None,
                },
            };
            if found.is_none() {
                found = test.filter(is_of_result);
            }
        }
    });
    found
}

/// Whether a formula compares the result with a constant.
fn is_of_result(formula: &Expression) -> bool {
    let is_constant = |side: &Expression| match &side.node {
        Node::Integer(_) | Node::Null => true,
        Node::Unary(Unary::Negate, inner) => matches!(inner.node, Node::Name(_) | Node::Integer(_)),
        _ => false,
    };
    match &formula.node {
        Node::Binary(operator, left, right) if operator.is_comparison() => {
            left.node == Node::Result && is_constant(right)
        }
        Node::Binary(Binary::Or, left, right) => is_of_result(left) && is_of_result(right),
        _ => false,
    }
}

fn not(test: Expression) -> Expression {
    let node = match test.node {
        Node::Binary(Binary::Equal, left, right) => Node::Binary(Binary::NotEqual, left, right),
        Node::Binary(Binary::NotEqual, left, right) => Node::Binary(Binary::Equal, left, right),
        node => Node::Unary(Unary::Not, Expression::new(node, 0..0).into()),
    };
    Expression::new(node, 0..0)
}

//! TYP of contracts: values that a function is said to return, and cannot.

use crate::c::{Integer, Scope, Token, Type, evaluate, integer, standard_type};
use crate::db::{Db, SourceFile};
use crate::finding::{Finding, Place};
use crate::formula::{self, Binary, Expression, Node, Unary};
use crate::lower::{Section, SectionContent, SectionKind};
use crate::prose::{Part, code_spans, part_at, prose_lines};
use crate::span::Span;
use crate::{Code, system};

use super::agreement::FileScope;
use super::scope::{ContractScope, contract_scope, has_contracts};

/// What a type can hold, as far as that is certain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Void,
    Pointer,
    Truth,
    Integer(Integer),
}

/// A value that is certainly meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Value {
    Integer(i128),
    /// Less than 0, such as `-ENOENT`.
    Negative,
    Null,
    /// A pointer that is not NULL.
    Pointer,
    /// Anything at all.
    Some,
}

/// The return cases of a section that the type of what is returned cannot hold.
#[salsa::tracked]
pub fn check_returns<'db>(db: &'db dyn Db, section: Section<'db>) -> Vec<Finding> {
    let (file, key) = (section.file(db), section.key(db));
    if key.kind != SectionKind::Specification || !has_contracts(db, file) {
        return Vec::new();
    }
    let scope = contract_scope(db, file);
    let content = section.content(db);
    let mut out: Vec<(Span, Finding)> = Vec::new();
    let mut tell = |span: Span, value: Value| {
        let Some(function) = subject(scope, key.subject.as_deref(), content, span) else { return };
        let Some(ty) = scope.result(&function) else { return };
        let Some(kind) = kind(db, file, ty) else { return };
        if !kind.holds(value) && !scope.parameters.iter().any(|parameter| parameter.name == "result") {
            out.push((span, finding(db, section, span, &function, ty, kind)));
        }
    };
    for found in code_spans(db, section).iter().filter(|found| is_outcome(found.part)) {
        if let Ok(expression) = formula::parse(&content.text[found.span.range()]) {
            compared(db, file, &expression, &mut |at, value| tell(found.span.nested(&at), value));
        }
    }
    for line in prose_lines(content) {
        if is_outcome(part_at(content, line)) {
            for (at, value) in phrases(&content.text[line.range()], scope) {
                tell(line.nested(&at), value);
            }
        }
    }
    out.sort_by_key(|(span, _)| span.start);
    out.dedup_by_key(|(span, _)| span.start);
    out.into_iter().map(|(_, finding)| finding).collect()
}

fn is_outcome(part: Part) -> bool {
    matches!(part, Part::Post | Part::Free)
}

/// The function that a place in a section speaks of.
fn subject(scope: &ContractScope, of: Option<&str>, content: &SectionContent, span: Span) -> Option<String> {
    if let Some(of) = of {
        return Some(of.trim_matches('`').to_string());
    }
    let holds = |whole: Span| whole.start <= span.start && span.end <= whole.end;
    let labelled =
        content.labels.iter().find(|label| holds(label.whole) && scope.result(&label.name).is_some());
    match (labelled, scope.own.as_slice()) {
        (Some(label), _) => Some(label.name.clone()),
        (None, [own]) => Some(own.clone()),
        _ => None,
    }
}

fn finding(db: &dyn Db, section: Section<'_>, span: Span, function: &str, ty: &Type, kind: Kind) -> Finding {
    let place = Place::section(db, section, span);
    let told = section.content(db).text[span.range()].trim();
    let message = match kind {
        Kind::Void => format!("`{function}` returns nothing, so it cannot return `{told}`"),
        _ => format!("`{function}` returns `{ty}`, which cannot be `{told}`"),
    };
    let help = match kind {
        Kind::Void => "give the function a result, or say what it changes instead",
        Kind::Pointer => "say `NULL`, or return an integer",
        Kind::Truth => "a truth value is 0 or 1",
        Kind::Integer(ty) if ty.signed => "return a pointer, or say which number is meant",
        Kind::Integer(_) => "return a signed type, or another value",
    };
    Finding::new(Code::IMPOSSIBLE_RESULT, place, message).help(help)
}

// ---- types ----

fn kind(db: &dyn Db, file: SourceFile, ty: &Type) -> Option<Kind> {
    let scope = FileScope { db, file };
    let mut ty = ty.clone().unqualified();
    for _ in 0..16 {
        ty = match ty {
            Type::Pointer(_) => return Some(Kind::Pointer),
            Type::Basic("void") => return Some(Kind::Void),
            Type::Basic("bool") => return Some(Kind::Truth),
            Type::Basic(name) => return integer(name).map(Kind::Integer),
            Type::Name(name) => match standard_type(&name) {
                Some(basic) => Type::Basic(basic),
                None => scope.typedef(&name)?.unqualified(),
            },
            _ => return None,
        };
    }
    None
}

impl Kind {
    fn holds(self, value: Value) -> bool {
        match (self, value) {
            (Kind::Void, _) => false,
            (_, Value::Some) => true,
            (Kind::Pointer, Value::Integer(value)) => value == 0,
            (Kind::Pointer, Value::Negative) => false,
            (Kind::Pointer, _) => true,
            (_, Value::Null | Value::Pointer) => false,
            (Kind::Truth, Value::Integer(value)) => value == 0 || value == 1,
            (Kind::Integer(ty), Value::Integer(value)) => ty.holds(value),
            (Kind::Truth, Value::Negative) => false,
            (Kind::Integer(ty), Value::Negative) => ty.signed,
        }
    }
}

// ---- expressions ----

/// The values that `result` is said to be equal to.
fn compared(
    db: &dyn Db,
    file: SourceFile,
    expression: &Expression,
    tell: &mut dyn FnMut(std::ops::Range<usize>, Value),
) {
    if let Node::Binary(Binary::Equal, left, right) = &expression.node {
        let other = match (&left.node, &right.node) {
            (Node::Result, _) => Some(right),
            (_, Node::Result) => Some(left),
            _ => None,
        };
        if let Some((other, value)) = other.and_then(|other| Some((other, constant(db, file, other)?))) {
            tell(other.range.clone(), value);
        }
    }
    expression.operands().into_iter().for_each(|operand| compared(db, file, operand, tell));
}

fn constant(db: &dyn Db, file: SourceFile, expression: &Expression) -> Option<Value> {
    match &expression.node {
        Node::Null => Some(Value::Null),
        Node::Integer(value) => Some(Value::Integer(*value)),
        Node::Unary(Unary::Negate, of) => match &of.node {
            Node::Name(name) if system::ordinary(name).is_some_and(|found| found.header == "errno.h") => {
                Some(Value::Negative)
            }
            _ => match constant(db, file, of)? {
                Value::Integer(value) => Some(Value::Integer(-value)),
                _ => None,
            },
        },
        Node::Name(name) => {
            let scope = FileScope { db, file };
            let named = |name: &str| scope.constant(name);
            evaluate(&[Token::Word(name.clone())], &named).map(Value::Integer)
        }
        _ => None,
    }
}

// ---- prose ----

/// Words between the start of a clause and `returns` that leave no doubt who returns.
const SUBJECTS: &[&str] = &[
    "it",
    "the",
    "function",
    "this",
    "operation",
    "call",
    "always",
    "and",
    "then",
    "also",
    "otherwise",
    "else",
    "must",
    "should",
    "will",
    "shall",
    "immediately",
    "simply",
    "case",
    "on",
    "success",
    "failure",
    "error",
    "in",
    "that",
];

/// Words behind a value that leave no doubt that it is one: `returns 1 if …`, but not `returns 1 entry`.
const FOLLOWERS: &[&str] = &[
    "if",
    "when",
    "on",
    "to",
    "for",
    "otherwise",
    "and",
    "or",
    "in",
    "unless",
    "as",
    "after",
    "upon",
    "indicating",
    "immediately",
    "without",
    "else",
    "because",
    "since",
    "with",
    "is",
    "then",
];

/// The values that a line says to be returned, with where they stand in it (DIALECT section 8).
fn phrases(line: &str, scope: &ContractScope) -> Vec<(std::ops::Range<usize>, Value)> {
    let lower = line.to_ascii_lowercase();
    let mut out = Vec::new();
    let mut from = 0;
    while let Some(at) = lower[from..].find("return").map(|at| from + at) {
        let end = at + lower[at..].find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(lower.len() - at);
        from = end.max(at + 1);
        let is_word = !lower[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_' || c == '`');
        let behind = match &lower[at..end] {
            "return" if lower[end..].starts_with(" value is ") => end + " value is ".len(),
            "return" | "returns" => end,
            _ => continue,
        };
        if is_word && is_own(&line[..at], scope) {
            out.extend(
                value(&line[behind..])
                    .map(|(range, value)| (behind + range.start..behind + range.end, value)),
            );
        }
    }
    out
}

/// Whether the function itself returns, going by the text before the word, and not under a condition on another.
fn is_own(before: &str, scope: &ContractScope) -> bool {
    let names_other = |text: &str| {
        crate::prose::identifiers(text)
            .into_iter()
            .any(|(name, _)| scope.result(name).is_some() && !scope.own.iter().any(|own| own == name))
    };
    let clause = before.rsplit(['.', ';', ':', ',', '(']).next().unwrap_or_default();
    let words = clause.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty());
    let is_subject = |word: &str| {
        SUBJECTS.contains(&word.to_ascii_lowercase().as_str()) || scope.own.iter().any(|own| own == word)
    };
    !names_other(before)
        && words.into_iter().all(|word| is_subject(word) || word.chars().all(|c| c.is_ascii_digit()))
}

/// The value at the start of a text, if what stands there certainly is one.
fn value(text: &str) -> Option<(std::ops::Range<usize>, Value)> {
    let marks = |c: char| matches!(c, ' ' | '*' | '`');
    let start = text.find(|c| !marks(c))?;
    let rest = &text[start..];
    let lower = rest.to_ascii_lowercase();
    let phrases = [
        ("a non-null pointer", Value::Pointer),
        ("non-null", Value::Pointer),
        ("a valid pointer", Value::Pointer),
        ("a null pointer", Value::Null),
        ("a non-zero value", Value::Some),
        ("non-zero", Value::Some),
    ];
    if let Some((phrase, value)) = phrases.into_iter().find(|(phrase, _)| lower.starts_with(phrase)) {
        return Some((start..start + phrase.len(), value));
    }
    let length =
        rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_').unwrap_or(rest.len());
    let word = &rest[..length];
    let value = match word {
        "NULL" => Value::Null,
        _ => Value::Integer(word.parse().ok()?),
    };
    let behind = rest[length..].trim_start_matches(marks);
    let next = behind.split(|c: char| !c.is_alphabetic()).next().unwrap_or_default();
    let ends = behind.is_empty() || behind.starts_with([',', ';', ':', ')', '/']) || is_full_stop(behind);
    let is_value = ends || FOLLOWERS.contains(&next.to_ascii_lowercase().as_str());
    is_value.then_some((start..start + length, value))
}

fn is_full_stop(text: &str) -> bool {
    text.strip_prefix('.').is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(line: &str) -> Vec<Value> {
        let scope = ContractScope {
            own: vec!["step".into()],
            results: vec![("step".into(), Type::Basic("int")), ("walk".into(), Type::Basic("int"))],
            ..ContractScope::default()
        };
        phrases(line, &scope).into_iter().map(|(_, value)| value).collect()
    }

    /// DIALECT section 8.
    #[test]
    fn return_phrases_are_understood() {
        assert_eq!(said("- If the name is too long, returns `-1`."), [Value::Integer(-1)]);
        assert_eq!(
            said("Returns **0** on success; otherwise it returns NULL."),
            [Value::Integer(0), Value::Null]
        );
        assert_eq!(said("The return value is 1."), [Value::Integer(1)]);
        assert_eq!(said("- **On Failure (return 1)**:"), [Value::Integer(1)]);
        assert_eq!(said("`step` returns a non-NULL pointer"), [Value::Pointer]);
    }

    #[test]
    fn what_is_not_certain_is_left_alone() {
        assert_eq!(said("If it returns NULL, the lock is released."), []);
        assert_eq!(said("When `walk` returns -1, so does this."), []);
        assert_eq!(said("Calls `walk`. It returns NULL."), []);
        assert_eq!(said("Returns 1 entry at a time."), []);
        assert_eq!(said("Returns the number of entries."), []);
        assert_eq!(said("the lock is released before returning"), []);
        assert_eq!(said("Returns 0.5 of it"), []);
    }
}

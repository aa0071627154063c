//! AMB002: post-conditions that do not say what is returned.

use std::sync::Arc;

use crate::Code;
use crate::Phase;
use crate::Severity;
use crate::c::{Shape, Storage, Type};
use crate::db::{Db, SourceFile};
use crate::finding::{Finding, Place};
use crate::lower::{Contract, ContractKind, Form, Item, Section, SectionContent, SectionKind, lower};
use crate::span::Span;
use crate::symbols::{Role, code, role_of};

/// Words that tell of the value returned.
const RETURN_WORDS: &[&str] = &[
    "return",
    "returns",
    "returned",
    "returning",
    "result",
    "results",
    "yields",
    "gives",
    "given",
    "give",
    "answers",
    "tells",
    "outputs",
    "produces",
    "retval",
    "ret",
];

/// The functions that a module guarantees to others and that return something, with whether they do.
#[salsa::tracked(returns(ref))]
fn guaranteed(db: &dyn Db, file: SourceFile) -> Arc<Vec<(String, bool)>> {
    let mut out = Vec::new();
    for &section in lower(db, file).iter().filter(|section| role_of(section.key(db)) == Some(Role::Guarantee))
    {
        for declared in &code(db, section).declarations {
            if let Shape::Function(function, storage) = &*declared.shape
                && *storage != Storage::Static
                && !out.iter().any(|(name, _)| *name == declared.symbol.name)
            {
                out.push((declared.symbol.name.clone(), function.result != Type::Basic("void")));
            }
        }
    }
    Arc::new(out)
}

/// The post-conditions of a section that owe a value.
pub fn check(db: &dyn Db, section: Section<'_>, out: &mut Vec<Finding>) {
    let key = section.key(db);
    let content = section.content(db);
    // The refine phase speaks of locks, and a restated contract is judged where it comes from.
    if key.kind != SectionKind::Specification || key.phase != Phase::Functional || key.subject.is_some() {
        return;
    }
    for contract in content.contracts.iter().filter(|contract| contract.kind == ContractKind::Post) {
        // The name first: an edit of a contract that tells its value depends on no other section.
        let checker = Checker { content, contract };
        let missing = checker.missing();
        let says_nothing = |finding: &Finding| {
            finding.code == Code::SAME_CONDITIONS
                && finding.place == Place::section(db, section, contract.name)
        };
        // A post-condition that says nothing at all is told of once.
        if missing.is_empty() || contract.is_empty || out.iter().any(says_nothing) {
            continue;
        }
        let Some(function) = returning(db, section, content, contract) else { continue };
        let is_formal = checker.is_formal();
        out.extend(missing.into_iter().map(|missing| {
            let (span, message) = match missing {
                Missing::All => (
                    contract.name,
                    format!("`{function}` returns a value, but its post-condition does not say which"),
                ),
                Missing::Case(span) => (span, format!("this case does not say what `{function}` returns")),
                Missing::Failure(span) => {
                    (span, format!("this does not say what `{function}` returns when it fails"))
                }
            };
            // Where values are told in formulas, one that is not told was forgotten.
            let severity = if is_formal { Severity::Warning } else { Severity::Hint };
            Finding::new(Code::NO_VALUE, Place::section(db, section, span), message)
                .severity(severity)
                .help("name the value, as in `result == -ENOENT` or \"returns -1\"")
        }));
    }
}

/// The function that a contract is about, if it returns something.
fn returning(
    db: &dyn Db,
    section: Section<'_>,
    content: &SectionContent,
    contract: &Contract,
) -> Option<String> {
    let functions = guaranteed(db, section.file(db));
    let function = match contract.function {
        Some(name) => functions.iter().find(|(known, _)| known == content.of(name)),
        None => functions.first().filter(|_| functions.len() == 1),
    };
    function.filter(|(_, returns)| *returns).map(|(name, _)| name.clone())
}

/// What does not say what is returned.
enum Missing {
    /// No part of the contract does.
    All,
    /// One case among others that do.
    Case(Span),
    /// A sentence that says that the function fails.
    Failure(Span),
}

struct Checker<'a> {
    content: &'a SectionContent,
    contract: &'a Contract,
}

impl Checker<'_> {
    fn missing(&self) -> Vec<Missing> {
        let (cases, others): (Vec<&Item>, Vec<&Item>) =
            self.contract.items.iter().partition(|item| item.form == Form::Case);
        let is_bound = self.is_formal() && !others.iter().any(|item| self.gives(item));
        if !is_bound && others.iter().any(|item| self.tells(item)) {
            // It may speak of every case.
            let tells_failure = others.iter().any(|item| self.tells(item) && self.speaks_of_failure(item));
            let fails = others.iter().filter(|item| !tells_failure && !self.tells(item));
            return fails.filter_map(|item| self.failure(item)).map(Missing::Failure).collect();
        }
        let silent: Vec<Span> = cases
            .iter()
            .filter(|case| !self.tells(case))
            .filter_map(|case| Some(case.case.as_ref()?.head))
            .collect();
        if silent.len() < cases.len() {
            return silent.into_iter().map(Missing::Case).collect();
        }
        match self.is_told_elsewhere() {
            true => Vec::new(),
            false => vec![Missing::All],
        }
    }

    /// Whether a case says in a formula what is returned.
    fn is_formal(&self) -> bool {
        let cases = self.contract.items.iter().filter(|item| item.form == Form::Case);
        cases.flat_map(|case| &case.codes).any(|code| self.content.of(*code).starts_with("result "))
    }

    /// Whether an item gives a value in any case: other than as a condition, and not one of several.
    fn gives(&self, item: &Item) -> bool {
        const CONDITIONS: &[&str] = &["if ", "when ", "whenever ", "unless ", "on ", "in case "];
        let text = self.content.of(item.text).trim();
        let lower = text.to_lowercase();
        let is_condition = CONDITIONS.iter().any(|word| lower.starts_with(word));
        let is_choice = text.starts_with('`') && (text.contains("==>") || text.contains("||"));
        !is_condition && !is_choice && self.tells(item)
    }

    /// Whether an algorithm, an invariant or loose text of the section tells of the value.
    fn is_told_elsewhere(&self) -> bool {
        let others = self.content.contracts.iter().filter(|contract| {
            contract.function == self.contract.function && !matches!(contract.kind, ContractKind::Pre)
        });
        others.flat_map(|contract| &contract.items).chain(&self.content.items).any(|item| self.tells(item))
    }

    /// Whether an item, or anything that hangs on it, tells of the value returned.
    fn tells(&self, item: &Item) -> bool {
        let head = item.case.as_ref();
        let head_tells = head.is_some_and(|case| {
            let spans = [case.title, case.guard].into_iter().flatten();
            spans.map(|span| self.content.of(span)).any(says_return)
        });
        let text = self.content.of(item.text);
        let is_value = head.is_some() && text.split([';', ',']).any(is_bare_value);
        head_tells
            || is_value
            || says_return(text)
            || names_errno(&without_other_equations(text))
            || item.items.iter().any(|item| self.tells(item))
    }

    fn speaks_of_failure(&self, item: &Item) -> bool {
        let words = ["fail", "fails", "failure", "error", "otherwise", "fails,"];
        self.content
            .of(item.text)
            .split(|c: char| !c.is_alphanumeric())
            .any(|word| words.contains(&word.to_lowercase().as_str()))
    }

    /// The verb of an item that says that the call fails, other than as a condition.
    fn failure(&self, item: &Item) -> Option<Span> {
        let text = self.content.of(item.text);
        let start = text.match_indices("fails").map(|(at, _)| at).find(|&at| is_outcome(text, at))?;
        Some(item.text.nested(&(start..start + "fails".len())))
    }
}

/// Whether the verb at `at` stands in a main clause: no `if`, `when` or the like before it in its clause.
fn is_outcome(text: &str, at: usize) -> bool {
    const CONDITIONS: &[&str] = &[
        "if", "when", "whenever", "unless", "once", "where", "that", "which", "case", "because", "since",
        "and", "or",
    ];
    let is_edge = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric() && c != '_' && c != '`');
    let stands_alone =
        is_edge(text[..at].chars().next_back()) && is_edge(text[at + "fails".len()..].chars().next());
    let clause = text[..at].rsplit([',', ';', '.', ':']).next().unwrap_or_default();
    let mut words = clause.split(|c: char| !c.is_alphanumeric());
    stands_alone && !words.any(|word| CONDITIONS.contains(&word.to_lowercase().as_str()))
}

/// A text without the formulas that give a value to something else than the result: `*error == -ENOENT`.
fn without_other_equations(text: &str) -> String {
    let parts = text.split('`').enumerate();
    let kept = parts.filter(|(at, part)| at % 2 == 0 || !part.contains("==") || says_return(part));
    kept.map(|(_, part)| part).collect::<Vec<_>>().join("`")
}

fn says_return(text: &str) -> bool {
    text.split(|c: char| !c.is_alphanumeric() && c != '_')
        .any(|word| RETURN_WORDS.iter().any(|known| known.eq_ignore_ascii_case(word)))
}

/// Whether an error number is named: `ENOENT`.
fn names_errno(text: &str) -> bool {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| {
        word.len() > 3
            && word.starts_with('E')
            && word.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
    })
}

/// Whether a text is nothing but a value: `-1`, `NULL`, "non-zero".
fn is_bare_value(text: &str) -> bool {
    let text = text.trim().trim_end_matches('.').trim_matches(['*', '`', ' ']);
    let words = ["null", "non-null", "zero", "non-zero", "nonzero", "true", "false"];
    text.parse::<i64>().is_ok() || words.iter().any(|word| word.eq_ignore_ascii_case(text))
}

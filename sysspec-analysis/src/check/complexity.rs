//! AMB003: functions that are too complex to be left without a system algorithm.

use std::collections::BTreeSet;

use crate::Code;
use crate::Phase;
use crate::db::{Db, SourceFile};
use crate::finding::{Finding, Place};
use crate::lower::{Contract, ContractKind, Item, Section, SectionContent, SectionKind, lower};
use crate::span::Span;
use crate::symbols::{Role, SymbolName, summary};

/// Words of a post-condition that tell of a loop. Quantifiers such as `for each` do not: they may just describe.
const LOOP_WORDS: &[&str] = &[
    "iterate",
    "iterates",
    "iterating",
    "iteratively",
    "loop",
    "loops",
    "looping",
    "traverse",
    "traverses",
    "traversing",
    "recursively",
    "repeatedly",
    "recurses",
];

/// Whether a section says how its function works.
#[salsa::tracked(returns(copy))]
fn describes_algorithm<'db>(db: &'db dyn Db, section: Section<'db>) -> bool {
    let mut found = false;
    for contract in &section.content(db).contracts {
        contract.walk(&mut |contract| found |= contract.kind == ContractKind::Algorithm);
    }
    found
}

/// Whether any section of a file says how its functions work.
#[salsa::tracked(returns(copy))]
fn has_algorithm(db: &dyn Db, file: SourceFile) -> bool {
    lower(db, file).iter().any(|&section| describes_algorithm(db, section))
}

/// The signs of complexity in a section, unless its file has an algorithm.
pub fn check(db: &dyn Db, section: Section<'_>, out: &mut Vec<Finding>) {
    let key = section.key(db);
    let content = section.content(db);
    let sign = match (key.kind, key.phase) {
        (SectionKind::Module, _) => level(content),
        (SectionKind::Specification, Phase::Functional) => loops(content),
        (SectionKind::Specification, Phase::Refine) => locks(db, section, content),
        _ => None,
    };
    let Some((span, message)) = sign else { return };
    if has_algorithm(db, section.file(db)) {
        return;
    }
    out.push(
        Finding::new(Code::NO_ALGORITHM, Place::section(db, section, span), message)
            .help("add a `**System Algorithm**:` with numbered steps to [SPECIFICATION]"),
    );
}

fn level(content: &SectionContent) -> Option<(Span, String)> {
    let level =
        content.attributes.iter().find(|attribute| attribute.key == "level" && attribute.value == "3")?;
    Some((level.value_span, "a function of level 3 needs a system algorithm, and there is none".into()))
}

fn loops(content: &SectionContent) -> Option<(Span, String)> {
    let mut found = None;
    let posts = content.contracts.iter().filter(|contract| contract.kind == ContractKind::Post);
    for item in posts.flat_map(|contract| &contract.items) {
        item.walk(&mut |item| found = found.or_else(|| loop_word(content, item)));
    }
    let span = found?;
    Some((span, format!("`{}` tells of a loop, and there is no system algorithm", content.of(span))))
}

/// The first word of an item that tells of a loop, outside of code spans.
fn loop_word(content: &SectionContent, item: &Item) -> Option<Span> {
    let text = content.of(item.text);
    let mut start = 0;
    for word in text.split_inclusive(|c: char| !c.is_alphanumeric() && c != '_') {
        let bare = word.trim_end_matches(|c: char| !c.is_alphanumeric() && c != '_');
        let span = item.text.nested(&(start..start + bare.len()));
        start += word.len();
        let is_code = item.codes.iter().any(|code| code.start <= span.start && span.end <= code.end);
        if !is_code && LOOP_WORDS.iter().any(|known| known.eq_ignore_ascii_case(bare)) {
            return Some(span);
        }
    }
    None
}

/// Several locks in the lock contract of the module's own function.
fn locks(db: &dyn Db, section: Section<'_>, content: &SectionContent) -> Option<(Span, String)> {
    let subject_span = content.subject?;
    let mut locked = BTreeSet::new();
    let conditions = |contract: &&Contract| matches!(contract.kind, ContractKind::Pre | ContractKind::Post);
    for item in content.contracts.iter().filter(conditions).flat_map(|contract| &contract.items) {
        item.walk(&mut |item| {
            locked.extend(item.codes.iter().flat_map(|code| locked_objects(content.of(*code))));
        });
    }
    // That the result is locked, and what led to it was, is the rule of every lookup.
    locked.remove("result");
    let subject = crate::spelling::visible(content.of(subject_span).trim_matches('`'));
    let name = SymbolName::ordinary(&subject);
    let is_own = || {
        let guaranteed = |role| role == Role::Guarantee;
        summary(db, section.file(db)).of_role(guaranteed).any(|entry| entry.symbol == name)
    };
    if locked.len() < 2 || !is_own() {
        return None;
    }
    let names = locked.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" and ");
    Some((
        subject_span,
        format!("`{subject}` deals with the locks of {names}, and there is no system algorithm"),
    ))
}

/// The arguments of `locked(…)` in a formal condition.
fn locked_objects(code: &str) -> Vec<&str> {
    code.split("locked(").skip(1).filter_map(|rest| Some(rest.split_once(')')?.0.trim())).collect()
}

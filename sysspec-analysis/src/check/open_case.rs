//! AMB006: cases that do not say what becomes of something that other cases change.

use std::collections::BTreeMap;

use crate::clause::{Clause, Guarded, Said, stated};
use crate::db::Db;
use crate::finding::{Finding, Place};
use crate::formula::{Binary, Expression, Node, Unary};
use crate::lower::{Section, SectionContent, SectionKind};
use crate::{Code, Phase};

use super::value;

/// Words by which a clause speaks of everything.
const SWEEPING: &[&str] =
    &["unchanged", "not changed", "no other", "nothing else", "as before", "is changed"];
/// Predicates that say that an object is gone, its members with it.
const ENDS: &[&str] = &["disposed", "freed", "deallocated"];

/// The cases of a functional specification that say nothing, or leave out what another case changes.
#[salsa::tracked]
pub fn check_cases<'db>(db: &'db dyn Db, section: Section<'db>) -> Vec<Finding> {
    let key = section.key(db);
    if key.kind != SectionKind::Specification || key.phase != Phase::Functional || key.subject.is_some() {
        return Vec::new();
    }
    let stated = stated(db, section);
    let (cases, plain): (Vec<&Guarded>, Vec<&Guarded>) = stated.post.iter().partition(|group| group.is_case);
    let is_formal = |case: &&&Guarded| case.clauses.iter().any(|clause| formula(clause).is_some());
    if cases.iter().filter(is_formal).count() < 2 && !cases.iter().any(|case| case.clauses.is_empty()) {
        return Vec::new();
    }
    let content = section.content(db);
    let mut out = Vec::new();
    for case in &cases {
        let is_guarded = case.guard.as_ref().is_some_and(|guard| formula(guard).is_some());
        if case.clauses.is_empty() && is_guarded && cases.iter().any(|case| is_formal(&case)) {
            let message = "this case does not say what happens then".to_owned();
            let place = Place::section(db, section, case.head);
            // That no value is told is enough to say.
            let mut owed = Vec::new();
            value::check(db, section, &mut owed);
            if owed.iter().any(|finding| finding.place == place) {
                continue;
            }
            out.push(Finding::new(Code::OPEN_CASE, place, message).help("say it behind the colon"));
        }
    }
    for (place, changing) in changes(&cases) {
        let is_told = |groups: &[&Guarded]| {
            groups.iter().flat_map(|group| &group.clauses).any(|clause| tells(content, clause, place))
        };
        // What the contract itself introduces need not be there in every case.
        let is_introduced =
            root(place).is_some_and(|name| content.text.to_lowercase().contains(&format!("let `{name}`")));
        if is_told(&plain) || is_introduced {
            continue;
        }
        for case in cases.iter().filter(|case| !case.clauses.is_empty() && !is_told(&[*case])) {
            let message =
                format!("this case does not say what becomes of `{place}`, which another case changes");
            let finding = Finding::new(Code::OPEN_CASE, Place::section(db, section, case.head), message)
                .related(Place::section(db, section, changing.span), "changed here")
                .help(format!("say what it is then, as in `{place} == old({place})`"));
            out.push(finding);
        }
    }
    out
}

fn formula(clause: &Clause) -> Option<&Expression> {
    match &clause.said {
        Said::Formula(formula) => Some(formula),
        _ => None,
    }
}

/// What some case says to be other than it was, by a comparison with its old value.
fn changes<'s>(cases: &[&'s Guarded]) -> Vec<(&'s Expression, &'s Clause)> {
    let mut out: BTreeMap<String, (&Expression, &Clause)> = BTreeMap::new();
    for clause in cases.iter().flat_map(|case| &case.clauses) {
        let Some(Node::Binary(Binary::Equal, place, value)) = formula(clause).map(|formula| &formula.node)
        else {
            continue;
        };
        let is_frame = matches!(&value.node, Node::Old(inner) if **inner == **place);
        if is_place(place) && !is_frame && asks_old(value, place) {
            out.entry(place.to_string()).or_insert((&**place, clause));
        }
    }
    out.into_values().collect()
}

/// A member, or what a pointer leads to.
fn is_place(expression: &Expression) -> bool {
    matches!(expression.node, Node::Member(..) | Node::Index(..) | Node::Unary(Unary::Dereference, _))
}

fn asks_old(value: &Expression, place: &Expression) -> bool {
    match &value.node {
        Node::Old(inner) => contains(inner, place),
        _ => value.operands().into_iter().any(|operand| asks_old(operand, place)),
    }
}

fn contains(whole: &Expression, part: &Expression) -> bool {
    whole == part || whole.operands().into_iter().any(|operand| contains(operand, part))
}

/// Whether a clause says what is at a place on return: in a formula, in words that name it or speak of everything, or by
/// saying that the object is gone.
fn tells(content: &SectionContent, clause: &Clause, place: &Expression) -> bool {
    match &clause.said {
        Said::Formula(formula) => tells_formula(formula, place),
        _ => {
            let text = content.of(clause.span);
            let lower = text.to_lowercase();
            let named = last_name(place);
            named.is_some_and(|name| words(text).any(|word| word == name))
                || SWEEPING.iter().any(|said| lower.contains(said))
        }
    }
}

fn tells_formula(formula: &Expression, place: &Expression) -> bool {
    match &formula.node {
        Node::Old(_) => false,
        _ if formula == place => true,
        Node::Call(name, objects) if ENDS.contains(&name.as_str()) => {
            objects.iter().any(|object| contains(place, object))
        }
        _ => formula.operands().into_iter().any(|operand| tells_formula(operand, place)),
    }
}

/// The name that a place is reached from.
fn root(place: &Expression) -> Option<&str> {
    match &place.node {
        Node::Name(name) => Some(name),
        Node::Member(base, ..) | Node::Index(base, _) | Node::Unary(_, base) => root(base),
        _ => None,
    }
}

/// The member, or the pointer, that a place is named by.
fn last_name(place: &Expression) -> Option<&str> {
    match &place.node {
        Node::Member(_, name, _) | Node::Name(name) => Some(name),
        Node::Index(base, _) | Node::Unary(_, base) => last_name(base),
        _ => None,
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_')
}

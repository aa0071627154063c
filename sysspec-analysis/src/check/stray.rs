//! AMB005: predicates that most likely are misspelt.

use std::collections::BTreeMap;

use crate::clause::{Clause, Said, stated};
use crate::db::Db;
use crate::finding::{Finding, Place};
use crate::formula::{Expression, Node};
use crate::lower::{Section, SectionKind};
use crate::spelling::nearest;
use crate::{Code, Phase};

use super::scope::contract_scope;

/// Shorter names are near each other by chance.
const SHORTEST: usize = 5;

/// The predicates of a functional specification that occur once and are nearly another.
#[salsa::tracked]
pub fn check_predicates<'db>(db: &'db dyn Db, section: Section<'db>) -> Vec<Finding> {
    let key = section.key(db);
    if key.kind != SectionKind::Specification || key.phase != Phase::Functional || key.subject.is_some() {
        return Vec::new();
    }
    let stated = stated(db, section);
    let mut out = Vec::new();
    let guards = stated.post.iter().filter_map(|group| group.guard.as_ref());
    let outcomes = stated.post.iter().flat_map(|group| &group.clauses);
    let clauses = stated.pre.iter().chain(guards).chain(outcomes).chain(&stated.invariant);
    let scope = contract_scope(db, section.file(db));
    let mut calls: BTreeMap<(&str, usize), Vec<&Clause>> = BTreeMap::new();
    for clause in clauses {
        if let Said::Formula(formula) = &clause.said {
            collect_calls(formula, &mut |name, arguments| {
                calls.entry((name, arguments)).or_default().push(clause)
            });
        }
    }
    calls.retain(|(name, _), _| scope.result(name).is_none() && !is_of_language(name));
    let whole = &section.content(db).text;
    for ((name, arguments), used) in
        calls.iter().filter(|((name, _), used)| used.len() == 1 && name.len() >= SHORTEST)
    {
        // What the words of the section explain is no slip, however seldom formulas use it.
        let is_explained =
            |other: &str, used: usize| words(whole).filter(|word| *word == other).count() > used;
        let others = calls.iter().filter(|((other, number), used)| {
            number == arguments && other != name && (used.len() > 1 || is_explained(other, used.len()))
        });
        let others = others.map(|((other, _), _)| *other).filter(|other| is_slip(name, other));
        let near = others.into_iter().next();
        let is_elsewhere = words(whole).filter(|word| word == name).count() > 1;
        let Some(near) = near.filter(|_| !is_elsewhere) else { continue };
        let message = format!("`{name}` occurs only here: is `{near}` meant?");
        out.push(
            Finding::new(Code::STRAY_PREDICATE, Place::section(db, section, used[0].span), message)
                .help(format!("write `{near}`, or say in words what `{name}` means")),
        );
    }
    out
}

fn collect_calls<'e>(formula: &'e Expression, tell: &mut impl FnMut(&'e str, usize)) {
    fn of<'e>(formula: &'e Expression, tell: &mut dyn FnMut(&'e str, usize)) {
        if let Node::Call(name, arguments) = &formula.node {
            tell(name, arguments.len());
        }
        formula.operands().into_iter().for_each(|operand| of(operand, tell));
    }
    of(formula, tell);
}

fn is_of_language(name: &str) -> bool {
    ["locked", "fresh", "min", "max"].contains(&name)
}

/// Whether one name is another with a slip. The plural, the contrary and another number are other names.
fn is_slip(name: &str, other: &str) -> bool {
    let letters = |name: &str| name.chars().filter(|c| !c.is_ascii_digit()).collect::<String>();
    let (one, two) = (letters(name), letters(other));
    let (short, long) = if one.len() < two.len() { (&one, &two) } else { (&two, &one) };
    one != two
        && !long.ends_with(short.as_str())
        && *long != format!("{short}s")
        && nearest(name, [other].into_iter()).is_some()
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_')
}

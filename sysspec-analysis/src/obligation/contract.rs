//! The contract of one function, gathered from the sections that state it, ready to be reasoned about.

use crate::Phase;
use crate::clause::{Clause, Said, stated};
use crate::db::{Db, SourceFile};
use crate::english::Statement;
use crate::finding::Place;
use crate::formula::{Expression, Node};
use crate::logic::Moment;
use crate::lower::{Section, SectionKind, lower};
use crate::span::Span;

use super::statements::{formulas, locked_objects};

/// One clause, with its names as the reasoning wants them.
#[derive(Clone, Debug)]
pub struct Line {
    /// What it states; nothing when it is informal.
    pub statements: Vec<Statement>,
    /// Where it stands.
    pub place: Place,
    /// Its words.
    pub text: String,
    /// Whether it is understood.
    pub is_understood: bool,
}

/// Lines that hold together under a guard.
#[derive(Clone, Debug)]
pub struct Group {
    /// The guard of a case.
    pub guard: Option<Line>,
    /// The head of the case.
    pub head: Place,
    /// Whether it is a case.
    pub is_case: bool,
    /// What holds.
    pub lines: Vec<Line>,
}

/// A contract.
#[derive(Clone, Debug, Default)]
pub struct Contract {
    /// Before a call.
    pub pre: Vec<Line>,
    /// After it.
    pub post: Vec<Group>,
    /// Before and after.
    pub invariant: Vec<Line>,
}

/// Which sections of a file state the contract of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// What it does.
    Functional,
    /// Which locks it needs and leaves.
    Locks,
}

/// The contract that a file states for a function, with names replaced.
pub fn contract(
    db: &dyn Db,
    file: SourceFile,
    function: &str,
    part: Part,
    name: &impl Fn(&str) -> Option<String>,
) -> Contract {
    let mut out = Contract::default();
    for &section in lower(db, file) {
        let key = section.key(db);
        let is_meant = key.kind == SectionKind::Specification
            && match (part, key.phase) {
                (Part::Functional, Phase::Functional) => {
                    key.subject.as_deref().is_none_or(|subject| subject == function)
                }
                (Part::Locks, Phase::Refine) => key.subject.as_deref() == Some(function),
                _ => false,
            };
        if is_meant {
            out.extend(db, section, name);
        }
    }
    out
}

impl Contract {
    fn extend<'db>(
        &mut self,
        db: &'db dyn Db,
        section: Section<'db>,
        name: &impl Fn(&str) -> Option<String>,
    ) {
        let content = section.content(db);
        let place = |span: Span| Place::section(db, section, span);
        let line = |clause: &Clause| Line {
            statements: clause.statements().iter().map(|statement| statement.renamed(name)).collect(),
            place: place(clause.span),
            text: content.of(clause.span).to_owned(),
            is_understood: clause.said != Said::Informal,
        };
        let stated = stated(db, section);
        self.pre.extend(stated.pre.iter().map(line));
        self.invariant.extend(stated.invariant.iter().map(line));
        self.post.extend(stated.post.iter().map(|guarded| Group {
            guard: guarded.guard.as_ref().map(line),
            head: place(guarded.head),
            is_case: guarded.is_case,
            lines: guarded.clauses.iter().map(line).collect(),
        }));
    }

    /// Whether nothing is stated.
    pub fn is_empty(&self) -> bool {
        self.pre.is_empty() && self.post.is_empty() && self.invariant.is_empty()
    }

    /// Every line with the moment it speaks of: guards and post-conditions of the return.
    pub fn lines(&self) -> impl Iterator<Item = (&Line, Moment)> {
        let post = self.post.iter().flat_map(|group| group.guard.iter().chain(&group.lines));
        let before = self.pre.iter().chain(&self.invariant).map(|line| (line, Moment::Call));
        before.chain(post.map(|line| (line, Moment::Return)))
    }

    /// Every formula of it.
    pub fn formulas(&self) -> Vec<&Expression> {
        self.lines().flat_map(|(line, _)| formulas(&line.statements)).collect()
    }

    /// Every object whose lock it speaks of, with the moment of speaking.
    pub fn locked_objects(&self) -> Vec<(Expression, Moment)> {
        let of = |(line, moment): (&Line, Moment)| {
            locked_objects(&line.statements)
                .into_iter()
                .map(|object| (object.clone(), moment))
                .collect::<Vec<_>>()
        };
        self.lines().flat_map(of).collect()
    }
}

/// What a counterexample tells: the values of what formulas compare, and of their predicates.
pub fn shown(formula: &Expression, moment: Moment, out: &mut Vec<(Expression, Moment)>) {
    match &formula.node {
        Node::Binary(operator, left, right) if operator.is_logical() || operator.is_comparison() => {
            shown(left, moment, out);
            shown(right, moment, out);
        }
        Node::Unary(crate::formula::Unary::Not, inner) => shown(inner, moment, out),
        Node::Old(inner) => shown(inner, Moment::Call, out),
        Node::Integer(_) | Node::Null | Node::String(_) => {}
        Node::Call(name, _) if name == "locked" => {}
        _ => {
            if !out.iter().any(|(known, when)| *known == *formula && *when == moment) {
                out.push((formula.clone(), moment));
            }
        }
    }
}

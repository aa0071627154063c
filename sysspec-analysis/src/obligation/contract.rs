//! The contract of one function, gathered from the sections that state it, ready to be reasoned about.

use crate::Phase;
use crate::clause::{Clause, Said, Stated, stated, stated_for};
use crate::db::{Db, SourceFile};
use crate::english::Statement;
use crate::finding::Place;
use crate::formula::{Binary, Expression, Node};
use crate::logic::Moment;
use crate::lower::{Section, SectionKind, lower, normalise};
use crate::span::Span;

use super::statements::{are_of_locks, formulas, locked_objects};

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
    /// As a guard: when it is about.
    pub moment: Moment,
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
            out.extend(db, section, stated(db, section), name);
        }
        let is_functional = key.phase == Phase::Functional && part == Part::Functional;
        let is_named = || section.content(db).contracts.iter().any(|contract| contract.function.is_some());
        if is_functional
            && matches!(key.kind, SectionKind::Specification | SectionKind::Optimization)
            && is_named()
        {
            out.extend(db, section, stated_for(db, section, function.to_owned()), name);
        }
    }
    out.settle_guards();
    out
}

/// What a file restates of the contract of a function that it does not guarantee.
pub fn restated(db: &dyn Db, file: SourceFile, function: &str, phase: Phase) -> Contract {
    let mut out = Contract::default();
    for &section in lower(db, file) {
        let key = section.key(db);
        if key.kind == SectionKind::Specification
            && key.phase == phase
            && key.subject.as_deref() == Some(function)
        {
            out.extend(db, section, stated(db, section), &|_| None);
        }
    }
    out.settle_guards();
    out
}

impl Line {
    fn mentions(&self, is_it: &dyn Fn(&Node) -> bool) -> bool {
        fn of(formula: &Expression, is_it: &dyn Fn(&Node) -> bool) -> bool {
            is_it(&formula.node) || formula.operands().into_iter().any(|operand| of(operand, is_it))
        }
        formulas(&self.statements).into_iter().any(|formula| of(formula, is_it))
    }

    /// Whether it defines a predicate or function that nobody declares: `good(p) <==> …`. Such a name means the same
    /// in every state.
    pub fn is_definition(&self) -> bool {
        let [Statement::Holds(formula)] = self.statements.as_slice() else { return false };
        match &formula.node {
            Node::Binary(Binary::Equivalent, left, _) => {
                matches!(&left.node, Node::Call(name, _) if name != "locked" && name != "fresh")
            }
            _ => false,
        }
    }

    /// Its words for comparison. In a formula blanks mean nothing.
    pub fn words(&self) -> String {
        normalise(&self.text)
    }

    /// Whether it speaks of locks: in formulas, or in words.
    pub fn is_of_locks(&self) -> bool {
        const WORDS: &[&str] = &["lock", "mutex", "held", "hold", "own", "acquire", "release"];
        let is_word = |text: &str| {
            let lower = text.to_ascii_lowercase();
            let mut words = lower.split(|c: char| !c.is_ascii_alphanumeric());
            words.any(|word| WORDS.iter().any(|begin| word.starts_with(begin) || word.ends_with("locks")))
        };
        match self.is_understood {
            true => are_of_locks(&self.statements),
            false => is_word(&self.text),
        }
    }
}

/// A text with some names replaced by others, wherever they stand but as members.
pub(crate) fn words_renamed(text: &str, name: &impl Fn(&str) -> Option<String>) -> String {
    let mut out = String::with_capacity(text.len());
    let is_letter = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut rest = text;
    while let Some(start) = rest.find(is_letter) {
        let (before, from) = rest.split_at(start);
        let end = from.find(|c: char| !is_letter(c)).unwrap_or(from.len());
        let (word, behind) = from.split_at(end);
        out += before;
        let is_member = out.ends_with("->") || out.ends_with('.');
        out += &name(word).filter(|_| !is_member).unwrap_or_else(|| word.to_owned());
        rest = behind;
    }
    out + rest
}

impl Contract {
    fn extend<'db>(
        &mut self,
        db: &'db dyn Db,
        section: Section<'db>,
        stated: &Stated,
        name: &impl Fn(&str) -> Option<String>,
    ) {
        let content = section.content(db);
        let place = |span: Span| Place::section(db, section, span);
        let line = |clause: &Clause| Line {
            statements: clause.statements().iter().map(|statement| statement.renamed(name)).collect(),
            place: place(clause.span),
            text: words_renamed(content.of(clause.span), name),
            is_understood: clause.said != Said::Informal,
            moment: Moment::Return,
        };
        self.pre.extend(stated.pre.iter().map(line));
        self.invariant.extend(stated.invariant.iter().map(line));
        self.post.extend(stated.post.iter().map(|guarded| Group {
            guard: guarded.guard.as_ref().map(line),
            head: place(guarded.head),
            is_case: guarded.is_case,
            lines: guarded.clauses.iter().map(line).collect(),
        }));
    }

    /// Settles when guards are about: one that mentions the result speaks of the return, and so do all of them when one
    /// asks for an old value. Otherwise they speak of the call.
    fn settle_guards(&mut self) {
        let guards = || self.post.iter().filter_map(|group| group.guard.as_ref());
        let is_old = guards().any(|guard| guard.mentions(&|node| matches!(node, Node::Old(_))));
        for guard in self.post.iter_mut().filter_map(|group| group.guard.as_mut()) {
            let is_of_return = is_old || guard.mentions(&|node| *node == Node::Result);
            guard.moment = if is_of_return { Moment::Return } else { Moment::Call };
        }
    }

    /// Whether nothing is stated.
    pub fn is_empty(&self) -> bool {
        self.pre.is_empty() && self.post.is_empty() && self.invariant.is_empty()
    }

    /// Every line with the moment it speaks of.
    pub fn lines(&self) -> impl Iterator<Item = (&Line, Moment)> {
        let post = self.post.iter().flat_map(|group| {
            let outcomes = group.lines.iter().map(|line| (line, Moment::Return));
            group.guard.iter().map(|guard| (guard, guard.moment)).chain(outcomes)
        });
        let before = self.pre.iter().chain(&self.invariant).map(|line| (line, Moment::Call));
        let behind = self.invariant.iter().map(|line| (line, Moment::Return));
        before.chain(post).chain(behind)
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

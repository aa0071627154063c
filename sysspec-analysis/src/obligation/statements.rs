//! Statements of contracts, as terms about one pair of states.

use std::sync::Arc;

use crate::denotation::{Denotation, Undefined};
use crate::english::Statement;
use crate::formula::{Expression, Node};
use crate::logic::{Moment, Sort, Term};

use super::contract::Line;

/// A pointer that stands for every object that no clause names.
pub(super) const ANOTHER: &str = "another object";

/// The formulas inside statements.
pub fn formulas(statements: &[Statement]) -> Vec<&Expression> {
    let mut out = Vec::new();
    for statement in statements {
        match statement {
            Statement::Holds(formula) => out.push(formula),
            Statement::If(condition, inner) => {
                out.push(condition);
                out.extend(formulas(inner));
            }
            Statement::OnlyLocked(_)
            | Statement::NoNewLocks(_)
            | Statement::LocksUnchanged
            | Statement::NoAssumption => {}
        }
    }
    out
}

/// The objects whose locks statements speak of.
pub fn locked_objects(statements: &[Statement]) -> Vec<&Expression> {
    fn of_formula<'e>(formula: &'e Expression, out: &mut Vec<&'e Expression>) {
        if let Node::Call(name, arguments) = &formula.node
            && name == "locked"
        {
            out.extend(arguments);
        }
        formula.operands().into_iter().for_each(|operand| of_formula(operand, out));
    }
    let mut out = Vec::new();
    formulas(statements).into_iter().for_each(|formula| of_formula(formula, &mut out));
    for statement in statements {
        match statement {
            Statement::OnlyLocked(things) | Statement::NoNewLocks(things) => out.extend(things),
            Statement::If(_, inner) => out.extend(locked_objects(inner)),
            _ => {}
        }
    }
    out
}

/// Whether statements say something of locks.
pub fn are_of_locks(statements: &[Statement]) -> bool {
    !locked_objects(statements).is_empty()
        || statements.iter().any(|statement| match statement {
            Statement::OnlyLocked(_) | Statement::NoNewLocks(_) | Statement::LocksUnchanged => true,
            Statement::NoAssumption => false,
            Statement::If(_, inner) => are_of_locks(inner),
            Statement::Holds(_) => false,
        })
}

/// What a line means.
pub struct Meaning {
    /// As a term.
    pub term: Term,
    /// Whether the term stands for words that are not understood.
    pub is_in_words: bool,
}

/// Turns statements into terms, with every lock among a few objects.
pub struct World<'a, 'v> {
    pub denotation: &'a Denotation<'v>,
    /// The objects whose locks count, one that stands for all others last.
    objects: Vec<(String, Term)>,
}

impl<'a, 'v> World<'a, 'v> {
    /// A world with those objects, as they are at any moment they are named in.
    pub fn new(
        denotation: &'a Denotation<'v>,
        named: impl IntoIterator<Item = (Expression, Moment)>,
    ) -> Self {
        let mut objects: Vec<(String, Term)> = Vec::new();
        for (object, moment) in named {
            let Ok(term) = denotation.term(&object, moment) else { continue };
            if *term.sort() == Sort::Pointer && !objects.iter().any(|(_, known)| *known == term) {
                objects.push((object.to_string(), term));
            }
        }
        objects.push((ANOTHER.to_owned(), Term::variable(ANOTHER, Sort::Pointer)));
        Self { denotation, objects }
    }

    /// What a line says at a moment. What is not understood is a proposition of its words: equal words say the same, and
    /// nothing else is known of it.
    pub fn line(&self, line: &Line, moment: Moment) -> Meaning {
        let known = line.is_understood.then(|| self.terms(&line.statements, moment).ok()).flatten();
        match known {
            Some(term) => Meaning { term, is_in_words: false },
            None => Meaning {
                term: Term::variable(format!("\"{}\"", line.words()), Sort::Truth),
                is_in_words: true,
            },
        }
    }

    /// What holds of every lock in every state: it is the lock of an object.
    pub fn laws(&self) -> Term {
        let moments = [Moment::Call, Moment::Return];
        let each = self.objects.iter().flat_map(|(_, object)| {
            moments.map(|moment| locked(object, moment).implies(same(object.clone(), Term::null()).not()))
        });
        Term::and(each)
    }

    /// What statements say at a moment.
    pub fn terms(&self, statements: &[Statement], moment: Moment) -> Result<Term, Undefined> {
        let terms = statements.iter().map(|statement| self.term(statement, moment));
        Ok(Term::and(terms.collect::<Result<Vec<_>, _>>()?))
    }

    fn term(&self, statement: &Statement, moment: Moment) -> Result<Term, Undefined> {
        match statement {
            Statement::Holds(formula) => self.denotation.truth(formula, moment),
            Statement::If(condition, inner) => {
                Ok(self.denotation.truth(condition, moment)?.implies(self.terms(inner, moment)?))
            }
            Statement::OnlyLocked(things) => {
                let things = self.pointers(things, moment)?;
                let each = self.objects.iter().map(|(_, object)| {
                    let is_one =
                        Term::or(things.iter().filter_map(|thing| object.clone().equal(thing.clone())));
                    same(locked(object, moment), is_one)
                });
                Ok(Term::and(each))
            }
            Statement::NoNewLocks(things) => {
                let things = self.pointers(things, moment)?;
                Ok(Term::and(self.objects.iter().map(|(_, object)| {
                    let is_one = things.iter().filter_map(|thing| object.clone().equal(thing.clone()));
                    let was = locked(object, Moment::Call);
                    locked(object, moment).implies(Term::or(is_one.chain([was])))
                })))
            }
            Statement::LocksUnchanged => {
                Ok(Term::and(self.objects.iter().map(|(_, object)| World::unchanged(object))))
            }
            Statement::NoAssumption => Ok(Term::truth(true)),
        }
    }

    fn pointers(&self, things: &[Expression], moment: Moment) -> Result<Vec<Term>, Undefined> {
        let each = things.iter().map(|thing| {
            let term = self.denotation.term(thing, moment)?;
            match term.sort() {
                Sort::Pointer => Ok(term),
                _ => Err(Undefined { range: thing.range.clone(), message: format!("`{thing}` has no lock") }),
            }
        });
        each.collect()
    }

    /// The objects whose locks count.
    pub fn objects(&self) -> impl Iterator<Item = &Term> {
        self.objects.iter().map(|(_, object)| object)
    }

    /// The lock of an object is on return as it was at the call.
    pub fn unchanged(object: &Term) -> Term {
        same(locked(object, Moment::Return), locked(object, Moment::Call))
    }

    /// Which locks are held, and when, as a spec would write it.
    pub fn locks(&self) -> Vec<(Arc<str>, Term)> {
        let moments = [(Moment::Call, "old(locked("), (Moment::Return, "locked(")];
        let named = self.objects.iter().flat_map(|(written, object)| {
            moments.map(|(moment, before)| {
                let after = if moment == Moment::Call { "))" } else { ")" };
                (Arc::from(format!("{before}{written}{after}")), locked(object, moment))
            })
        });
        named.collect()
    }
}

fn locked(object: &Term, moment: Moment) -> Term {
    Term::apply("locked", moment, vec![object.clone()], Sort::Truth)
}

fn same(one: Term, two: Term) -> Term {
    one.equal(two).unwrap_or_else(|| Term::truth(false))
}

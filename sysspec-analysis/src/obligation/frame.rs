//! Which locks a contract leaves as they were: those that it does not mention.
//!
//! A lock may have changed when a clause speaks of it, under the clause's conditions; when a clause speaks of every
//! lock, that clause says what they are; and when a clause that may be about locks is not understood, nothing is known.

use crate::english::Statement;
use crate::formula::{Expression, Node};
use crate::logic::{Moment, Sort, Term};

use super::contract::{Contract, Group, Line, Part};
use super::statements::World;

/// Something that a clause says may have changed, under a condition.
struct Mention {
    condition: Term,
    /// The object whose lock it is; every object's when there is none.
    object: Option<Term>,
}

/// The locks that a group of a contract leaves alone: what holds when its guard does.
pub fn frame(world: &World<'_, '_>, contract: &Contract, part: Part) -> Term {
    let mut mentions = Vec::new();
    for group in &contract.post {
        let guard = guard(world, group);
        for line in &group.lines {
            of_line(world, line, &guard, part, &mut mentions);
        }
    }
    Term::and(world.objects().map(|object| {
        let changes = mentions.iter().map(|mention| {
            let is_it = match &mention.object {
                Some(other) => object.clone().equal(other.clone()).unwrap_or_else(|| Term::truth(true)),
                None => Term::truth(true),
            };
            Term::and([mention.condition.clone(), is_it])
        });
        Term::or(changes.chain([World::unchanged(object)]))
    }))
}

/// The guard of a group as a term. One that is not understood may hold.
fn guard(world: &World<'_, '_>, group: &Group) -> Term {
    let meaning = group.guard.as_ref().map(|guard| world.line(guard, guard.moment));
    meaning.filter(|meaning| !meaning.is_in_words).map_or_else(|| Term::truth(true), |meaning| meaning.term)
}

fn of_line(world: &World<'_, '_>, line: &Line, condition: &Term, part: Part, out: &mut Vec<Mention>) {
    let everything = || Mention { condition: condition.clone(), object: None };
    let is_vague = !line.is_understood && (part == Part::Locks || line.is_of_locks());
    if is_vague || line.is_understood && world.terms(&line.statements, Moment::Return).is_err() {
        return out.push(everything());
    }
    let says_anything = line.statements.contains(&Statement::NoAssumption);
    if says_anything && line.text.to_ascii_lowercase().contains("lock") {
        return out.push(everything());
    }
    line.statements.iter().for_each(|statement| of_statement(world, statement, condition, out));
}

fn of_statement(world: &World<'_, '_>, statement: &Statement, condition: &Term, out: &mut Vec<Mention>) {
    let mention = |object: &Expression| {
        let term = world.denotation.term(object, Moment::Return).ok();
        // What is no pointer could be anything.
        let object = term.filter(|term| *term.sort() == Sort::Pointer);
        out.push(Mention { condition: condition.clone(), object });
    };
    match statement {
        Statement::Holds(formula) => locks_on_return(formula).into_iter().for_each(mention),
        Statement::NoNewLocks(things) => things.iter().for_each(mention),
        Statement::OnlyLocked(_) | Statement::LocksUnchanged => {
            out.push(Mention { condition: condition.clone(), object: None });
        }
        Statement::If(test, inner) => {
            // A test without a meaning may hold.
            let test = world.denotation.truth(test, Moment::Return).unwrap_or_else(|_| Term::truth(true));
            let condition = Term::and([condition.clone(), test]);
            inner.iter().for_each(|statement| of_statement(world, statement, &condition, out));
        }
        Statement::NoAssumption => {}
    }
}

/// The objects whose locks on return a formula speaks of.
fn locks_on_return(formula: &Expression) -> Vec<&Expression> {
    match &formula.node {
        Node::Old(_) => Vec::new(),
        Node::Call(name, objects) if name == "locked" => objects.iter().collect(),
        _ => formula.operands().into_iter().flat_map(locks_on_return).collect(),
    }
}

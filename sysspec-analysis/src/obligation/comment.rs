//! What comments beside relied declarations say: sentence by sentence, what is understood of it and the rest.
//!
//! "Takes a block: 0, or -ENOSPC with nothing charged." says that the result is one of two values, which is understood,
//! and two more things, which are not. A list of values says that there are no others; a list that begins with
//! something else than a value ("the number copied; or -EIO") does not.

use crate::denotation::Denotation;
use crate::english::{self, Context, Statement};
use crate::finding::Place;
use crate::formula::{Binary, Expression, Node, Unary, parse};

use super::contract::{Line, Part};
use super::restated::Callee;
use super::sides::Sides;
use super::statements::{World, are_of_locks, formulas, locked_objects};
use super::{Kind, Obligation, Question};
use crate::logic::Moment;

/// The obligations of one comment.
pub fn obligations(callee: &Callee<'_>, comment: &str, place: &Place, out: &mut Vec<Obligation<Place>>) {
    let is_known = |word: &str| {
        word == "NULL" || callee.ours.iter().flatten().any(|name| name == word && name.len() > 1)
    };
    let context = Context { function: Some(&callee.function), ..Context::new(&is_known) };
    let read = read(comment, &context);
    for statements in read.claims {
        let line = Line {
            statements,
            place: place.clone(),
            text: comment.to_owned(),
            is_understood: true,
            moment: Moment::Return,
        };
        out.push(claim(callee, &line));
    }
    out.extend((0..read.rest).map(|_| Obligation {
        kind: Kind::Comment,
        function: callee.function.clone(),
        place: place.clone(),
        other: None,
        grounds: Vec::new(),
        question: Question::Informal,
    }));
}

fn claim(callee: &Callee<'_>, line: &Line) -> Obligation<Place> {
    let is_of_locks = are_of_locks(&line.statements);
    let (promised, part, besides) = match is_of_locks {
        true => callee.promised_locks(),
        false => (callee.promised(Part::Functional), Part::Functional, Default::default()),
    };
    let vocabulary = callee.vocabulary();
    let all = promised.formulas().into_iter().chain(besides.formulas()).chain(formulas(&line.statements));
    let denotation = Denotation::of(&vocabulary, all);
    let own = locked_objects(&line.statements).into_iter().map(|object| (object.clone(), Moment::Return));
    let objects = promised.locked_objects().into_iter().chain(besides.locked_objects()).chain(own);
    let sides = Sides {
        function: &callee.function,
        world: World::new(&denotation, objects),
        before: promised.pre.iter().chain(&besides.pre).collect(),
        promised: &promised,
        part,
        besides: &besides,
    };
    sides.claim(None, line, line.place.clone(), Kind::Comment)
}

/// What a comment says.
#[derive(Debug, PartialEq, Eq, Default)]
struct Read {
    /// What is understood, thing by thing.
    claims: Vec<Vec<Statement>>,
    /// How many sentences say more than that.
    rest: usize,
}

fn read(comment: &str, context: &Context<'_>) -> Read {
    let mut out = Read::default();
    let mut values = Values::default();
    for sentence in english::sentences(comment) {
        if let Some(statements) = english::read(sentence, context).filter(|found| says_something(found)) {
            out.claims.push(statements);
            continue;
        }
        let mut has_rest = false;
        let (description, outcomes) = match split_outside_code(sentence, ": ") {
            Some((description, outcomes)) => (Some(description), outcomes),
            None => (None, sentence),
        };
        if let Some(description) = description {
            match statements_of(description, context) {
                Some(statements) => out.claims.push(statements),
                None => has_rest = true,
            }
        }
        for segment in segments(outcomes) {
            has_rest |= !values.read(segment, context, &mut out.claims);
        }
        out.rest += usize::from(has_rest);
    }
    out.claims.extend(values.claim());
    out
}

/// What a part of a sentence states; "which the caller owns" behind a lock says that it was held at the call.
fn statements_of(text: &str, context: &Context<'_>) -> Option<Vec<Statement>> {
    let text = text.trim();
    let owned = text
        .strip_suffix(", which the caller owns")
        .or_else(|| text.strip_suffix(", which the caller holds"));
    let Some(inner) = owned else {
        return english::read(text, context).filter(|found| says_something(found));
    };
    let mut statements = english::read(inner, context)?;
    let objects: Vec<Expression> = locked_objects(&statements).into_iter().cloned().collect();
    let old = |object: Expression| {
        let locked = Expression::new(Node::Call("locked".into(), vec![object]), 0..0);
        Statement::Holds(Expression::new(Node::Old(locked.into()), 0..0))
    };
    (!objects.is_empty()).then_some(())?;
    statements.extend(objects.into_iter().map(old));
    Some(statements)
}

fn says_something(statements: &[Statement]) -> bool {
    statements.iter().any(|statement| *statement != Statement::NoAssumption)
}

/// The values that a comment lists.
#[derive(Default)]
struct Values {
    all: Vec<Expression>,
    /// Whether there are others.
    is_open: bool,
    /// Whether something is said of one of them, as when it is returned.
    is_remarked: bool,
}

impl Values {
    /// Reads what stands between semicolons. `false` when it says more than is understood.
    fn read(&mut self, segment: &str, context: &Context<'_>, claims: &mut Vec<Vec<Statement>>) -> bool {
        let segment = segment.trim().trim_start_matches("or ").trim_start_matches("and ").trim();
        if let Some(statements) = statements_of(segment, context) {
            claims.push(statements);
            return true;
        }
        let (listed, effect) = with_effect(segment);
        let mut own = Vec::new();
        let mut is_whole = true;
        for piece in pieces(listed) {
            match value(piece) {
                Some((value, rest)) => {
                    is_whole &= rest.trim().is_empty();
                    self.is_remarked |= !rest.trim().is_empty();
                    own.push(value);
                }
                None if own.is_empty() => {
                    // "The number copied, 0 at the end": values follow from something else, or there are none.
                    self.is_open = true;
                    return false;
                }
                None => is_whole = false,
            }
        }
        if let Some(effect) = effect {
            let statements = english::read(effect, context).filter(|found| says_something(found));
            match (statements, one_of(&own)) {
                // A condition in words would govern the effect, too.
                (Some(statements), Some(test)) => claims.push(vec![Statement::If(test, statements)]),
                _ => is_whole = false,
            }
        }
        self.all.extend(own);
        is_whole
    }

    /// The result is one of them.
    fn claim(self) -> Option<Vec<Statement>> {
        // "NULL, when there is none" says nothing of what is returned otherwise.
        let is_null_only = self.all.iter().all(|value| value.node == Node::Null);
        // Nor does "0 when they fit": one value that is returned then is no list.
        let is_one_of_many = self.all.len() == 1 && self.is_remarked;
        (!self.is_open && !is_null_only && !is_one_of_many)
            .then(|| Some(vec![Statement::Holds(one_of(&self.all)?)]))?
    }
}

fn one_of(values: &[Expression]) -> Option<Expression> {
    let new = |node| Expression::new(node, 0..0);
    let equal =
        |value: &Expression| new(Node::Binary(Binary::Equal, new(Node::Result).into(), value.clone().into()));
    values.iter().map(equal).reduce(|one, two| new(Node::Binary(Binary::Or, one.into(), two.into())))
}

/// A list of values, and what is said to hold with them: "-ENOENT or -EIO, and `*node` is unchanged".
fn with_effect(segment: &str) -> (&str, Option<&str>) {
    match split_outside_code(segment, ", and ") {
        Some((listed, effect)) => (listed, Some(effect)),
        None => (segment, None),
    }
}

/// The pieces of a list between commas and "or".
fn pieces(listed: &str) -> Vec<&str> {
    let mut out = Vec::new();
    for part in split_all(listed, ", ") {
        out.extend(split_all(part, " or "));
    }
    let trimmed = out.into_iter().map(|piece| piece.trim().trim_start_matches("or ").trim());
    trimmed.filter(|piece| !piece.is_empty()).collect()
}

/// A value at the beginning of a piece, and what is said of it.
fn value(piece: &str) -> Option<(Expression, &str)> {
    let end = piece.find(char::is_whitespace).unwrap_or(piece.len());
    let (word, rest) = piece.split_at(end);
    let found = parse(word.trim_matches('`')).ok()?;
    let is_value = match &found.node {
        Node::Integer(_) | Node::Null => true,
        Node::Unary(Unary::Negate, inner) => matches!(&inner.node, Node::Name(name) if name.starts_with('E')),
        _ => false,
    };
    is_value.then_some((found, rest))
}

fn segments(text: &str) -> Vec<&str> {
    let mut out = Vec::new();
    for part in split_all(text, ";") {
        out.extend((!part.trim().is_empty()).then_some(part));
    }
    out
}

fn split_outside_code<'t>(text: &'t str, mark: &str) -> Option<(&'t str, &'t str)> {
    let at = text
        .match_indices(mark)
        .map(|(at, _)| at)
        .find(|&at| text[..at].matches('`').count().is_multiple_of(2))?;
    Some((&text[..at], &text[at + mark.len()..]))
}

fn split_all<'t>(text: &'t str, mark: &str) -> Vec<&'t str> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some((before, behind)) = split_outside_code(rest, mark) {
        out.push(before);
        rest = behind;
    }
    out.push(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is understood, with `| …` for every sentence that says more.
    fn said(comment: &str) -> String {
        let is_known = |word: &str| matches!(word, "NULL" | "gear" | "error" | "tooth");
        let read = read(comment, &Context::new(&is_known));
        let show = |statements: &Vec<Statement>| english::show(statements);
        let claims = read.claims.iter().map(show).collect::<Vec<_>>().join("; ");
        format!("{claims}{}", " | …".repeat(read.rest))
    }

    #[test]
    fn a_list_of_values_is_all_there_are() {
        assert_eq!(said("0 or -ENOMEM."), "result == 0 || result == -ENOMEM");
        assert_eq!(said("Turns it: 0, or -EIO with nothing turned."), "result == 0 || result == -EIO | …");
        assert_eq!(
            said("0 for a gear that fits; -EINVAL or -ERANGE for another."),
            "result == 0 || result == -EINVAL || result == -ERANGE | …"
        );
        assert_eq!(
            said("Turns both: 0; or -EIO or -ERANGE, and *gear and *tooth are unchanged."),
            "if result == -EIO || result == -ERANGE: *gear == old(*gear); *tooth == old(*tooth); \
             result == 0 || result == -EIO || result == -ERANGE | …"
        );
    }

    #[test]
    fn a_list_that_begins_with_something_else_is_open() {
        assert_eq!(said("The number turned; or -EIO."), " | …");
        assert_eq!(said("The gear of that name, or NULL."), " | …");
        assert_eq!(said("0 when they fit."), " | …");
    }

    #[test]
    fn what_holds_with_a_value_holds_under_it() {
        assert_eq!(
            said("The gear. NULL when there is none, and *error is -ENOENT or -EIO."),
            "if result == NULL: *error == -ENOENT || *error == -EIO | … | …"
        );
    }

    #[test]
    fn locks_are_what_contracts_say_they_are() {
        assert_eq!(
            said("Releases the lock of gear, which the caller owns."),
            "!locked(gear); old(locked(gear))"
        );
        assert_eq!(said("Acquires the lock of gear; sleeps while another owns it."), "locked(gear) | …");
    }

    #[test]
    fn the_rest_is_counted_once_a_sentence() {
        assert_eq!(said("Frees it. Drops all teeth; counts one less."), " | … | …");
    }
}

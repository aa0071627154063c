//! The grammar of clauses.

use crate::formula::{Binary, Expression, Node, Unary};

use super::Statement;
use super::words::{Word, words};

/// Kinds of objects, which may stand before a name or in place of "object".
const KINDS: &[&str] = &[
    "directory",
    "initial",
    "starting",
    "target",
    "parent",
    "source",
    "destination",
    "inode",
    "child",
    "node",
    "file",
];
/// Ways to have a lock.
const HELD: &[&str] = &["held", "acquired"];

/// What a clause states: a sentence, or several. `None` when something in it is not understood.
///
/// `is_known` tells which bare words are names: parameters, functions, macros.
pub fn read(text: &str, is_known: &dyn Fn(&str) -> bool) -> Option<Vec<Statement>> {
    let mut out = Vec::new();
    for sentence in sentences(text) {
        let words = words(sentence, is_known)?;
        out.extend(Clause { words: &words, at: 0 }.whole()?);
    }
    (!out.is_empty()).then_some(out)
}

/// The sentences of a text: they end in a full stop before a blank, outside of code spans.
fn sentences(text: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let (mut start, mut is_code) = (0, false);
    for (at, c) in text.char_indices() {
        is_code ^= c == '`';
        if c == '.' && !is_code && text[at + 1..].starts_with([' ', '\n', '\t']) {
            out.push(text[start..at].trim());
            start = at + 1;
        }
    }
    out.push(text[start..].trim());
    out.retain(|sentence| !sentence.is_empty());
    out
}

struct Clause<'w> {
    words: &'w [Word],
    at: usize,
}

impl Clause<'_> {
    fn whole(mut self) -> Option<Vec<Statement>> {
        let before = self.condition();
        if before.is_some() {
            self.comma();
            self.take("then");
        }
        let statements = self.statements()?;
        let behind = self.condition();
        if self.at < self.words.len() {
            return None;
        }
        let condition = match (before, behind) {
            (Some(one), Some(two)) => Some(binary(Binary::And, one, two)),
            (one, two) => one.or(two),
        };
        Some(match condition {
            Some(condition) => vec![Statement::If(condition, statements)],
            None => statements,
        })
    }

    // ---- conditions ----

    fn condition(&mut self) -> Option<Expression> {
        let start = self.at;
        let is_condition = self.take("if") || self.take("when") || self.take_all(&["in", "case"]);
        let test = if is_condition { self.test() } else { None };
        if test.is_none() {
            self.at = start;
        }
        test
    }

    fn test(&mut self) -> Option<Expression> {
        let mut whole = self.simple_test()?;
        loop {
            let start = self.at;
            let operator = match () {
                () if self.take("and") => Binary::And,
                () if self.take("or") => Binary::Or,
                () => return Some(whole),
            };
            match self.simple_test() {
                Some(next) => whole = binary(operator, whole, next),
                None => {
                    self.at = start;
                    return Some(whole);
                }
            }
        }
    }

    fn simple_test(&mut self) -> Option<Expression> {
        let start = self.at;
        if let Some(returned) = self.returns() {
            return Some(returned);
        }
        self.at = start;
        let things = self.things()?;
        if self.take("is") {
            if self.take("same") {
                return pairs(&things, Binary::Equal, Binary::And);
            }
            if self.take("distinct") && self.take("from") {
                let others = self.things()?;
                let apart =
                    others.into_iter().map(|other| binary(Binary::NotEqual, things[0].clone(), other));
                return apart.reduce(|one, two| binary(Binary::And, one, two));
            }
            let operator = if self.take("not") { Binary::NotEqual } else { Binary::Equal };
            let value = self.value()?;
            return Some(match (operator, value) {
                (Binary::Equal, test) => test(things[0].clone()),
                (_, test) => not(test(things[0].clone())),
            });
        }
        if self.take("equals") {
            let mut whole = binary(Binary::Equal, things[0].clone(), self.thing()?);
            while self.take("or") {
                whole = binary(Binary::Or, whole, binary(Binary::Equal, things[0].clone(), self.thing()?));
            }
            return Some(whole);
        }
        match things.as_slice() {
            [one] if one.is_boolean() => Some(one.clone()),
            _ => None,
        }
    }

    // ---- statements ----

    fn statements(&mut self) -> Option<Vec<Statement>> {
        let mut out = self.statement()?;
        loop {
            let start = self.at;
            let is_joined = self.comma() | self.take("and") | self.take("but");
            if !is_joined {
                return Some(out);
            }
            match self.statement() {
                Some(more) => out.extend(more),
                None => {
                    self.at = start;
                    return Some(out);
                }
            }
        }
    }

    fn statement(&mut self) -> Option<Vec<Statement>> {
        let start = self.at;
        for read in
            [Self::nobody, Self::caller, Self::lock_of, Self::returned, Self::object_state, Self::formula]
        {
            if let Some(found) = read(self) {
                return Some(found);
            }
            self.at = start;
        }
        None
    }

    fn formula(&mut self) -> Option<Vec<Statement>> {
        match self.thing()? {
            formula if formula.is_boolean() || matches!(formula.node, Node::Call(..)) => {
                Some(vec![Statement::Holds(formula)])
            }
            _ => None,
        }
    }

    fn returned(&mut self) -> Option<Vec<Statement>> {
        self.returns().map(|formula| vec![Statement::Holds(formula)])
    }

    /// "No lock is owned.", "All locks are released.", "No lock assumptions."
    fn nobody(&mut self) -> Option<Vec<Statement>> {
        if self.take_all(&["all", "lock"]) {
            let is_released =
                self.take_all(&["is", "released"]) || self.take_all(&["have", "been", "released"]);
            return is_released.then(|| vec![Statement::OnlyLocked(Vec::new())]);
        }
        if !self.take("no") {
            return None;
        }
        if self.take_all(&["lock", "operation", "occurs"]) || self.take_all(&["operation", "occurs"]) {
            return Some(vec![Statement::LocksUnchanged]);
        }
        if !self.take("lock") {
            return None;
        }
        if self.take("assumptions") {
            return Some(vec![Statement::NoAssumption]);
        }
        if !self.take("is") {
            return None;
        }
        if self.take_all(&["acquired", "or", "released"]) {
            return Some(vec![Statement::LocksUnchanged]);
        }
        self.held().then(|| vec![Statement::OnlyLocked(Vec::new())])
    }

    /// "The caller must hold the locks for both X and Y."
    fn caller(&mut self) -> Option<Vec<Statement>> {
        if !(self.take("caller") || self.take_all(&["calling", "thread"])) {
            return None;
        }
        self.take("must");
        if !self.take("hold") {
            return None;
        }
        let is_only = self.take("only");
        if self.take_all(&["no", "lock"]) {
            return Some(vec![Statement::OnlyLocked(Vec::new())]);
        }
        self.take_all(&["lock", "of"]).then_some(())?;
        Some(locked(self.things()?, is_only))
    }

    /// "Only the lock of X is owned.", "The lock of X is released.", "the lock of X and the lock of Y are held".
    fn lock_of(&mut self) -> Option<Vec<Statement>> {
        let is_only = self.take("only");
        self.take_all(&["lock", "of"]).then_some(())?;
        let mut things = self.things()?;
        while self.take_all(&["and", "lock", "of"]) {
            things.extend(self.things()?);
        }
        let is_said = self.take("is")
            || self.take("remains")
            || self.take_all(&["has", "been"])
            || self.take_all(&["have", "been"])
            || self.take_all(&["must", "is"]);
        if !is_said {
            return None;
        }
        if self.take("released") {
            return (!is_only).then(|| unlocked(things));
        }
        self.held().then(|| locked(things, is_only))
    }

    /// "X is locked", "X remains locked", "X must be locked", "X is unlocked", "X is not locked".
    fn object_state(&mut self) -> Option<Vec<Statement>> {
        let things = self.things()?;
        self.take("must");
        let is_said = self.take("is") || self.take("remains");
        let is_not = self.take("not");
        if !is_said {
            return None;
        }
        if self.take("unlocked") {
            return (!is_not).then(|| unlocked(things));
        }
        self.take("locked").then(|| if is_not { unlocked(things) } else { locked(things, false) })
    }

    /// A way to have a lock; "acquired and held" is one.
    fn held(&mut self) -> bool {
        let is_held = HELD.iter().any(|word| self.take(word));
        if is_held {
            self.take_all(&["and", "held"]);
        }
        is_held
    }

    // ---- return values ----

    /// "it returns 0", "returns a non-NULL pointer", "the return value is NULL", "NULL is returned".
    fn returns(&mut self) -> Option<Expression> {
        let start = self.at;
        if self.take_all(&["returns", "value", "is"]) {
            return self.value().map(|test| test(result()));
        }
        let _ = self.take("it") || self.take("function");
        if !self.is("returns") && matches!(self.words.get(self.at), Some(Word::Formula(_))) {
            self.at += 1;
        }
        if self.take("returns") {
            return self.value().map(|test| test(result()));
        }
        self.at = start;
        let test = self.value()?;
        self.take_all(&["is", "returned"]).then(|| test(result()))
    }

    /// A value, as a test of whatever has it.
    fn value(&mut self) -> Option<Box<dyn Fn(Expression) -> Expression>> {
        if self.take("nonnull") || self.take("valid") {
            self.take("pointer");
            return Some(Box::new(|thing| binary(Binary::NotEqual, thing, new(Node::Null))));
        }
        if self.take_all(&["null", "pointer"]) || self.take("null") {
            return Some(Box::new(|thing| binary(Binary::Equal, thing, new(Node::Null))));
        }
        if self.take("nonzero") {
            self.take("value");
            return Some(Box::new(|thing| binary(Binary::NotEqual, thing, new(Node::Integer(0)))));
        }
        let value = self.thing()?;
        Some(Box::new(move |thing| binary(Binary::Equal, thing, value.clone())))
    }

    // ---- things ----

    fn things(&mut self) -> Option<Vec<Expression>> {
        let mut things = vec![self.thing()?];
        loop {
            let start = self.at;
            self.comma();
            self.take("and");
            if self.at == start {
                return Some(things);
            }
            match self.thing() {
                Some(next) => things.push(next),
                None => {
                    self.at = start;
                    return Some(things);
                }
            }
        }
    }

    fn thing(&mut self) -> Option<Expression> {
        let start = self.at;
        if self.take("returned") && KINDS.iter().any(|kind| self.take(kind)) {
            return Some(result());
        }
        self.at = start;
        while KINDS.iter().any(|kind| self.take(kind)) {}
        let Some(Word::Formula(formula)) = self.words.get(self.at) else {
            self.at = start;
            return None;
        };
        self.at += 1;
        self.take("inode");
        Some(formula.clone())
    }

    // ---- words ----

    fn is(&self, wanted: &str) -> bool {
        self.words.get(self.at).is_some_and(|word| word.is(wanted))
    }

    fn take(&mut self, wanted: &str) -> bool {
        let found = self.is(wanted);
        self.at += usize::from(found);
        found
    }

    fn take_all(&mut self, wanted: &[&str]) -> bool {
        let here = self.words.get(self.at..self.at + wanted.len());
        let found = here.is_some_and(|here| here.iter().zip(wanted).all(|(word, wanted)| word.is(wanted)));
        self.at += if found { wanted.len() } else { 0 };
        found
    }

    fn comma(&mut self) -> bool {
        let found = matches!(self.words.get(self.at), Some(Word::Comma));
        self.at += usize::from(found);
        found
    }
}

fn new(node: Node) -> Expression {
    Expression::new(node, 0..0)
}

fn result() -> Expression {
    new(Node::Result)
}

fn binary(operator: Binary, one: Expression, two: Expression) -> Expression {
    new(Node::Binary(operator, one.into(), two.into()))
}

fn not(formula: Expression) -> Expression {
    new(Node::Unary(Unary::Not, formula.into()))
}

/// Neighbours are related by `relation`, all of them.
fn pairs(things: &[Expression], relation: Binary, joint: Binary) -> Option<Expression> {
    let related = things.windows(2).map(|pair| binary(relation, pair[0].clone(), pair[1].clone()));
    related.reduce(|one, two| binary(joint, one, two))
}

fn held(thing: Expression) -> Expression {
    new(Node::Call("locked".into(), vec![thing]))
}

fn locked(things: Vec<Expression>, is_only: bool) -> Vec<Statement> {
    match is_only {
        true => vec![Statement::OnlyLocked(things)],
        false => things.into_iter().map(|thing| Statement::Holds(held(thing))).collect(),
    }
}

fn unlocked(things: Vec<Expression>) -> Vec<Statement> {
    things.into_iter().map(|thing| Statement::Holds(not(held(thing)))).collect()
}

//! What is said of return values.

use crate::formula::{Binary, Expression, Node};

use super::clause::{both, in_words, sentences};
use super::grammar::{Reader, binary, equal, joined, new, not, result};
use super::words::{Word, words};
use super::{Context, Statement};

/// Words that make a label say more than what the value is called.
const QUALIFYING: &[&str] =
    &["if", "unless", "except", "not", "or", "only", "when", "but", "and", "may", "might"];

/// A value, as a test of whatever has it.
pub enum Value {
    /// Any of these.
    OneOf(Vec<Expression>),
    /// Anything but this.
    Not(Expression),
    /// Below zero.
    Negative,
}

impl Value {
    /// The test of one thing.
    pub fn of(&self, thing: &Expression) -> Expression {
        match self {
            Self::OneOf(values) => {
                let each = values.iter().map(|value| equal(thing.clone(), value.clone()));
                joined(Binary::Or, each).unwrap_or_else(|| thing.clone())
            }
            Self::Not(value) => not(equal(thing.clone(), value.clone())),
            Self::Negative => binary(Binary::Less, thing.clone(), new(Node::Integer(0))),
        }
    }
}

/// What "returns 0 on success and -1 on failure" says that success and failure are.
pub fn outcomes(text: &str, context: &Context<'_>) -> (Option<Expression>, Option<Expression>) {
    let mut found = (None, None);
    for sentence in sentences(text) {
        let Some(words) = words(sentence, context.is_known) else { continue };
        let mut reader = Reader { words: &words, at: 0, context: *context, last: None, locked: Vec::new() };
        while !reader.is_at_end() {
            let _ = reader.comma() | reader.take_any("and|or|but");
            let is_behind = found != (None, None);
            let one = reader.attempt(|reader| {
                let test = reader
                    .returns()
                    .or_else(|| if is_behind { Some(reader.value()?.of(&result())) } else { None })?;
                Some((test, reader.outcome_word()?))
            });
            match one {
                Some((test, true)) => found.0 = found.0.or(Some(test)),
                Some((test, false)) => found.1 = found.1.or(Some(test)),
                None => break,
            }
        }
    }
    found
}

impl Reader<'_> {
    /// "returns `void`", "has no return value": nothing is said of a value.
    pub fn no_result(&mut self) -> Option<Vec<Statement>> {
        let _ = self.take("it") || self.take("function") || self.own_name();
        if self.take("returns") {
            let is_void = self.take("void")
                || self.take("nothing")
                || self.take_all(&["no", "value"])
                || matches!(self.words.get(self.at), Some(Word::Formula(formula)) if formula.node == Node::Name("void".into()));
            is_void.then_some(())?;
            self.at += usize::from(matches!(self.words.get(self.at), Some(Word::Formula(_))));
            return Some(vec![Statement::NoAssumption]);
        }
        self.take_any(
            "has no returns value|does not has returns value|does not has any returns value|no returns value",
        )
        .then(|| vec![Statement::NoAssumption])
    }

    /// What is returned, as a statement: "returns 0 on success and 1 on failure", "returns `x`, which is now locked".
    pub fn returned(&mut self) -> Option<Vec<Statement>> {
        if let Some(found) = self.attempt(Self::on_either) {
            return Some(found);
        }
        if let Some(found) = self.attempt(Self::returns_object) {
            return Some(found);
        }
        let test = self.returns()?;
        // "to indicate that the name is free" tells what the value is for.
        if self.take_any("to indicate|indicating|to signal") {
            self.words_to_comma();
        }
        Some(vec![Statement::Holds(test)])
    }

    /// "returns A on success and B on failure"; with one of them, that value then.
    fn on_either(&mut self) -> Option<Vec<Statement>> {
        let one = self.returns()?;
        let is_success = self.outcome_word()?;
        let other = self.attempt(|reader| {
            let _ = reader.comma() | reader.take_any("and|or|but");
            let _ = reader.take("returns");
            let value = reader.value()?;
            (reader.outcome_word()? != is_success).then(|| value.of(&result()))
        });
        match other {
            Some(other) => Some(vec![Statement::Holds(binary(Binary::Or, one, other))]),
            None => {
                let known = if is_success { self.context.success } else { self.context.failure };
                Some(vec![Statement::If(known?.clone(), vec![Statement::Holds(one)])])
            }
        }
    }

    fn outcome_word(&mut self) -> Option<bool> {
        match () {
            () if self.take_any("on success|if successful|if it succeeds|in case of success") => Some(true),
            () if self.take_any(
                "on failure|on error|if it fails|in case of failure|in case of error|otherwise",
            ) =>
            {
                Some(false)
            }
            () => None,
        }
    }

    /// "returns the inode of `x`", "the field `f` of the entry `e` is returned", "returns the result of `g(x)`".
    fn returns_object(&mut self) -> Option<Vec<Statement>> {
        if self.take_any("field|member") {
            let Some(Word::Formula(field)) = self.words.get(self.at) else { return None };
            let Node::Name(field) = &field.node else { return None };
            self.at += 1;
            self.take("of").then_some(())?;
            let _ = self.take("entry");
            let base = self.thing()?;
            self.take_any("is returned").then_some(())?;
            let member = new(Node::Member(base.into(), field.clone(), true));
            return Some(vec![Statement::Holds(equal(result(), member))]);
        }
        let _ = self.take("it") || self.take("function") || self.own_name();
        self.take("returns").then_some(())?;
        if self.take_all(&["result", "of"]) {
            let call = self.thing()?;
            let is_call = matches!(call.node, Node::Call(..));
            return is_call.then(|| vec![Statement::Holds(equal(result(), call))]);
        }
        if self.take_any("inode of|entry of|target inode of") {
            let _ = self.thing()?;
            return Some(vec![Statement::Holds(not(equal(result(), new(Node::Null))))]);
        }
        // "returns the target inode, which is now locked"
        let is_object = self.take_any("inode|target inode|target|child inode|child|found inode");
        (is_object && !matches!(self.words.get(self.at), Some(Word::Formula(_)))).then_some(())?;
        self.last = Some(result());
        Some(vec![Statement::Holds(not(equal(result(), new(Node::Null))))])
    }

    /// A condition on what is returned; "because it is full" is a part of it, in words.
    pub fn returned_test(&mut self) -> Option<Expression> {
        const OBJECTS: &str = "target|inode|object|pointer|entry|child|target inode|non-null inode|nonnull pointer|nonnull value";
        if self
            .attempt(|reader| {
                (reader.take_any(OBJECTS) && reader.take_all(&["is", "returned"])).then_some(())
            })
            .is_some()
        {
            self.last = Some(result());
            return Some(not(equal(result(), new(Node::Null))));
        }
        let test = self.returns()?;
        if self.take("because") {
            let reason = self.words_to_comma();
            return (!reason.is_empty()).then(|| both(test, in_words("because", &reason)));
        }
        Some(test)
    }

    /// "it returns 0", "returns a non-NULL pointer", "the return value is NULL", "NULL is returned", "the result is 0".
    pub fn returns(&mut self) -> Option<Expression> {
        if let Some(test) = self.attempt(|reader| {
            reader
                .take_any("returns value is|returned value is|result is|returns value equals|result equals")
                .then_some(())?;
            let is_not = reader.take("not");
            let test = reader.values()?.of(&result());
            Some(if is_not { not(test) } else { test })
        }) {
            return self.labelled(test);
        }
        if let Some(test) = self.attempt(|reader| {
            let _ = reader.take("it") || reader.take("function") || reader.own_name();
            let is_not = reader.take_all(&["does", "not"]);
            reader.take("returns").then_some(())?;
            let test = reader.values()?.of(&result());
            Some(if is_not { not(test) } else { test })
        }) {
            return self.labelled(test);
        }
        self.attempt(|reader| {
            let value = reader.values()?;
            reader.take_any("is returned").then(|| value.of(&result()))
        })
        .or_else(|| {
            // "always non-NULL"
            let is_alone = !self.context.is_before && self.take("nonnull") && self.is_at_end();
            is_alone.then(|| not(equal(result(), new(Node::Null))))
        })
    }

    /// A value may have a label in brackets: "returns `1` (failure)".
    fn labelled(&mut self, test: Expression) -> Option<Expression> {
        if self.open() {
            while !self.close() {
                match self.words.get(self.at)? {
                    Word::Plain(word) if QUALIFYING.contains(&word.as_str()) => return None,
                    Word::Plain(_) => self.at += 1,
                    _ => return None,
                }
            }
        }
        Some(test)
    }

    /// `value { "," value } "or" value`
    pub fn values(&mut self) -> Option<Value> {
        let _ = self.take("either");
        let first = self.value()?;
        let Value::OneOf(mut all) = first else { return Some(first) };
        if let Some(more) = self.attempt(|reader| {
            let mut more = Vec::new();
            loop {
                let has_comma = reader.comma();
                let is_last = reader.take("or");
                (has_comma || is_last).then_some(())?;
                let Value::OneOf(next) = reader.value()? else { return None };
                more.extend(next);
                if is_last {
                    return Some(more);
                }
            }
        }) {
            all.extend(more);
        }
        Some(Value::OneOf(all))
    }

    /// `"NULL" | "a null pointer" | "non-NULL" | "a valid pointer" | "non-zero" | "zero" | thing`
    pub fn value(&mut self) -> Option<Value> {
        if self.take_any("nonnull|valid") {
            let _ = self.take_any("pointer|inode|value|entry");
            return Some(Value::Not(new(Node::Null)));
        }
        if self.take_any("null pointer|null") {
            return Some(Value::OneOf(vec![new(Node::Null)]));
        }
        if self.take("nonzero") {
            let _ = self.take_any("value|result");
            return Some(Value::Not(new(Node::Integer(0))));
        }
        if self.take("zero") {
            return Some(Value::OneOf(vec![new(Node::Integer(0))]));
        }
        if self.take_any(
            "negative value|negative number|negative error code|negative error|negative errno|negative",
        ) {
            return Some(Value::Negative);
        }
        self.thing().map(|thing| Value::OneOf(vec![thing]))
    }

    /// The words up to the next comma, as they stand.
    fn words_to_comma(&mut self) -> String {
        let mut out = String::new();
        while let Some(word) = self.words.get(self.at) {
            let written = match word {
                Word::Plain(word) => word.clone(),
                Word::Formula(formula) => formula.to_string(),
                Word::Comma => break,
                Word::Open | Word::Close | Word::Equals => String::new(),
            };
            if !out.is_empty() && !written.is_empty() {
                out.push(' ');
            }
            out += &written;
            self.at += 1;
        }
        out
    }
}

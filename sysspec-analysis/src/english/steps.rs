//! The steps of algorithms that say what happens to locks.

use crate::formula::{Expression, Node};

use super::Context;
use super::grammar::Reader;
use super::words::{Word, words};

/// What a step does to locks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// It acquires the lock of this object.
    Acquire(Expression),
    /// It releases it.
    Release(Expression),
    /// It releases all that are held.
    ReleaseAll,
    /// The lock of this object is held while it lasts.
    Hold(Expression),
}

/// What a sentence of an algorithm does to locks; `None` when it is not one of the fixed phrases.
pub fn read_step(sentence: &str, context: &Context<'_>) -> Option<Vec<Step>> {
    let words = words(sentence.trim().trim_end_matches('.'), context.is_known)?;
    let mut reader = Reader { words: &words, at: 0, context: *context, last: None, locked: Vec::new() };
    let steps = reader.step()?;
    reader.is_at_end().then_some(steps)
}

impl Reader<'_> {
    /// `[ "first" ] ( "acquire" lock | "release" lock [ "using" NAME ] | "release all locks currently held" | CALL | "lock" thing )`
    fn step(&mut self) -> Option<Vec<Step>> {
        let _ = self.take("first");
        self.comma();
        self.attempt(Self::call)
            .or_else(|| self.attempt(Self::acquire))
            .or_else(|| self.attempt(Self::release_step))
            .or_else(|| self.attempt(Self::hold))
    }

    fn call(&mut self) -> Option<Vec<Step>> {
        let _ = self.take("call");
        let Some(Word::Formula(formula)) = self.words.get(self.at) else { return None };
        let Node::Call(name, arguments) = &formula.node else { return None };
        let [object] = arguments.as_slice() else { return None };
        self.at += 1;
        match name.as_str() {
            "lock" => Some(vec![Step::Acquire(object.clone())]),
            "unlock" => Some(vec![Step::Release(object.clone())]),
            _ => None,
        }
    }

    fn acquire(&mut self) -> Option<Vec<Step>> {
        let things = match () {
            () if self.take("acquire") => self.lock_of_things()?,
            () if self.take("lock") => self.things()?,
            () => return None,
        };
        self.using();
        Some(things.into_iter().map(Step::Acquire).collect())
    }

    fn release_step(&mut self) -> Option<Vec<Step>> {
        self.take("release").then_some(())?;
        if self.take_any("all lock") {
            let _ = self.take_any("held");
            if self.open() {
                while !self.close() {
                    self.words.get(self.at)?;
                    self.at += 1;
                }
            }
            return Some(vec![Step::ReleaseAll]);
        }
        let things = self.attempt(Self::lock_of_things).or_else(|| self.things())?;
        self.using();
        Some(things.into_iter().map(Step::Release).collect())
    }

    fn using(&mut self) {
        let _ = self.attempt(|reader| {
            reader.take_any("using|with|by calling").then_some(())?;
            let is_name = reader.take_any("release|lock") || {
                let is_formula = matches!(reader.words.get(reader.at), Some(Word::Formula(_)));
                reader.at += usize::from(is_formula);
                is_formula
            };
            is_name.then_some(())
        });
    }

    /// "The lock on X is held throughout", "is already held", "is not released".
    fn hold(&mut self) -> Option<Vec<Step>> {
        let things = self.lock_of_things()?;
        self.take_any("is|remains").then_some(())?;
        let is_held = self.take_any("already held|held throughout|held|not released");
        is_held.then(|| things.into_iter().map(Step::Hold).collect())
    }
}

//! Locks that are taken and given up.

use std::rc::Rc;

use super::cfg::{Function, Spot};
use super::state::{Deed, Lock, Noted, State};
use super::term::{Arena, Term, Value};

impl State {
    /// The lock of an object is held from now on.
    pub fn hold(&mut self, object: Value, since: Option<Spot>) {
        let is_held_already = self.locks.get(&object).is_some_and(|lock| lock.is_held);
        if !is_held_already {
            self.locks.insert(object, Lock { is_held: true, since: Noted(since) });
        }
    }

    /// The states in which a lock is held, or is not. A lock that is given up may be one that is known under another
    /// name as well.
    pub fn with_lock(self, arena: &Arena, object: Value, is_held: bool, deed: Option<&Deed>) -> Vec<Self> {
        let mut state = self;
        let object = state.current(arena, object);
        let since = deed.map(|deed| deed.at.clone());
        if is_held {
            state.hold(object, since);
            return vec![state];
        }
        let mut out = Vec::new();
        let others: Vec<Value> = state.held().filter(|other| *other != object).collect();
        for other in others {
            if state.equal(arena, object, other).is_some() {
                continue;
            }
            let mut one = state.clone();
            one.locks.remove(&object);
            if one.unify(arena, object, other) {
                let both = one.current(arena, object);
                if let Some(deed) = deed {
                    let (first, second) = (state.describe(arena, object), state.describe(arena, other));
                    one.note(&deed.at, format!("{first} and {second} are one object"));
                }
                one.locks.insert(both, Lock { is_held: false, since: Noted(since.clone()) });
                out.push(one);
            }
            if !state.differ(arena, object, other) {
                return out;
            }
        }
        state.locks.insert(object, Lock { is_held: false, since: Noted(since) });
        out.push(state);
        out
    }

    /// The objects whose locks are held.
    pub fn held(&self) -> impl Iterator<Item = Value> {
        self.locks.iter().filter(|(_, lock)| lock.is_held).map(|(object, _)| *object)
    }

    /// What the code calls a value, for messages.
    pub fn describe(&self, arena: &Arena, value: Value) -> String {
        self.name_of(arena, value, 0).map_or_else(|| "an object".to_owned(), |name| format!("`{name}`"))
    }

    fn name_of(&self, arena: &Arena, value: Value, depth: u32) -> Option<String> {
        if depth > 4 {
            return None;
        }
        if let Some(label) = self.labels.get(&value) {
            return Some(label.0.to_string());
        }
        match &*arena.term(value) {
            Term::Member(base, name) => Some(format!("&{}", self.member_of(arena, *base, name, depth)?)),
            Term::Global(name) => Some(format!("&{name}")),
            Term::Integer(0) => Some("NULL".to_owned()),
            Term::Integer(integer) => Some(integer.to_string()),
            _ => {
                let cell = self.memory.iter().find(|(_, stored)| **stored == value).map(|(cell, _)| *cell)?;
                match &*arena.term(cell) {
                    Term::Member(base, name) => self.member_of(arena, *base, name, depth),
                    Term::Global(name) => Some(name.to_string()),
                    Term::Symbol(_) => Some(format!("*{}", self.name_of(arena, cell, depth + 1)?)),
                    _ => None,
                }
            }
        }
    }

    fn member_of(&self, arena: &Arena, base: Value, member: &str, depth: u32) -> Option<String> {
        let (base, sign) = match &*arena.term(base) {
            Term::Global(name) => (name.to_string(), "."),
            Term::Member(outer, name) => (self.member_of(arena, *outer, name, depth + 1)?, "."),
            _ => (self.name_of(arena, base, depth + 1)?, "->"),
        };
        Some(format!("{base}{sign}{member}"))
    }

    /// Another object whose lock is held and that may be this one, because both are parameters that nobody says differ.
    pub fn alias_held(&self, arena: &Arena, function: &Function, object: Value) -> Option<Value> {
        let position = |value: Value| self.parameters.iter().position(|parameter| *parameter == value);
        let own = function.parameters.get(position(object)?)?;
        if self.locks.contains_key(&object) {
            return None;
        }
        self.held().find(|other| {
            let other_type =
                position(*other).and_then(|at| function.parameters.get(at)).map(|formal| &formal.ty);
            other_type == Some(&own.ty) && self.equal(arena, object, *other).is_none()
        })
    }

    /// Where a lock was taken, as a part of a sentence.
    pub fn since(&self, object: Value) -> String {
        let taken = self.locks.get(&object).and_then(|lock| lock.since.0.as_ref());
        taken.map_or_else(|| "since before the call".to_owned(), |at| format!("since line {}", at.line))
    }

    /// Gives a value the name of a variable, unless it has one.
    pub fn label(&mut self, value: Value, name: &Rc<str>) {
        self.labels.entry(value).or_insert_with(|| Noted(name.clone()));
    }
}

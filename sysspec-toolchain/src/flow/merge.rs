//! When two states are one, and how two become one.

use std::collections::{BTreeMap, BTreeSet};

use super::domain::Domain;
use super::state::State;
use super::term::{Arena, Term, Value};

impl State {
    /// Forgets what nothing leads to any more and numbers the symbols in the order in which they are reached, so that
    /// states that differ in the numbers of symbols only become equal. `is_live` tells of which variables the values
    /// may still be read; what more than `reach` pointers lead to is forgotten as well.
    pub fn tidy(&mut self, arena: &Arena, reach: usize, is_live: &dyn Fn(u32, u32) -> bool) {
        self.memory.retain(|cell, _| match &*arena.term(arena.root(*cell)) {
            Term::Variable(function, variable) => is_live(*function, *variable),
            _ => true,
        });
        let numbers = Numbering::of(self, arena, reach);
        let is_known =
            |value: Value| arena.symbols(value).iter().all(|symbol| numbers.of.contains_key(symbol));
        self.same.clear();
        self.memory.retain(|cell, value| is_known(*cell) && is_known(*value));
        self.entry.retain(|cell, value| is_known(*cell) && is_known(*value));
        self.locks.retain(|object, lock| lock.is_held || is_known(*object));
        self.freed.retain(|value, _| is_known(*value));
        self.nullable.retain(|value, _| is_known(*value));
        self.labels.retain(|value, _| is_known(*value));
        self.was.retain(|value, old| is_known(*value) && is_known(*old));
        self.domains.retain(|value, _| is_known(*value));
        self.results.retain(|_, value| is_known(*value));
        self.written.retain(|address, _| is_known(*address));
        self.named.retain(|term, value| is_known(*term) && is_known(*value));
        self.apart.retain(|(one, two)| is_known(*one) && is_known(*two));
        self.next = numbers.next;
        // The numbers are distinct, so nothing is contradicted.
        self.rename(arena, &|symbol| {
            numbers.of.get(&symbol).map(|number| arena.value(Term::Symbol(*number)))
        });
    }

    /// Whether the same is known in both.
    pub fn is_same(&self, other: &Self) -> bool {
        self.memory == other.memory
            && self.locks == other.locks
            && self.domains == other.domains
            && self.apart == other.apart
            && self.has_same_effects(other)
            && self.was == other.was
            && self.entry == other.entry
            && self.epoch == other.epoch
            && self.results == other.results
            && self.named == other.named
            && self.written.keys().eq(other.written.keys())
            && self.is_pristine == other.is_pristine
    }

    fn has_same_effects(&self, other: &Self) -> bool {
        self.freed.keys().eq(other.freed.keys())
            && self.owned.keys().eq(other.owned.keys())
            && self.nullable.keys().eq(other.nullable.keys())
            && self.is_unsure == other.is_unsure
    }

    /// One state for two that agree on locks, memory and lifetimes: what is known in both.
    pub fn join(&self, arena: &Arena, other: &Self) -> Option<Self> {
        let is_alike = self.memory == other.memory
            && self.locks == other.locks
            && self.freed.keys().eq(other.freed.keys())
            && self.owned.keys().eq(other.owned.keys())
            && self.is_unsure == other.is_unsure;
        is_alike.then(|| self.weaken(arena, other))
    }

    /// One state for two that agree on locks and lifetimes only; what is stored differently becomes unknown.
    pub fn widen(&self, arena: &Arena, other: &Self) -> Option<Self> {
        let is_alike = self.locks == other.locks
            && self.freed.keys().eq(other.freed.keys())
            && self.owned.keys().eq(other.owned.keys())
            && self.parameters == other.parameters;
        if !is_alike {
            return None;
        }
        let mut wide = self.weaken(arena, other);
        let mut memory = BTreeMap::new();
        for (cell, value) in &self.memory {
            match other.memory.get(cell) {
                Some(same) if same == value => _ = memory.insert(*cell, *value),
                Some(its) => {
                    let new = wide.fresh(arena);
                    let domain = self.domain(arena, *value).or(&other.domain(arena, *its));
                    if !domain.is_any() {
                        wide.domains.insert(new, domain);
                    }
                    for value in [value, its] {
                        if let Some(deed) = self.nullable.get(value).or(other.nullable.get(value)) {
                            wide.nullable.insert(new, deed.clone());
                        }
                    }
                    memory.insert(*cell, new);
                }
                None => {}
            }
        }
        wide.memory = memory;
        wide.is_unsure |= other.is_unsure;
        Some(wide)
    }

    fn weaken(&self, arena: &Arena, other: &Self) -> Self {
        let mut joined = self.clone();
        joined.next = self.next.max(other.next);
        joined.domains = BTreeMap::new();
        let values: BTreeSet<Value> = self.domains.keys().chain(other.domains.keys()).copied().collect();
        for value in values {
            let domain = self.domain(arena, value).or(&other.domain(arena, value));
            if !domain.is_any() {
                joined.domains.insert(value, domain);
            }
        }
        joined.apart.retain(|(one, two)| other.equal(arena, *one, *two) == Some(false));
        let both = self.nullable.iter().chain(&other.nullable);
        joined.nullable = both.map(|(value, deed)| (*value, deed.clone())).collect();
        joined.entry.retain(|cell, value| other.entry.get(cell) == Some(value));
        joined.was.extend(other.was.iter().map(|(value, old)| (*value, *old)));
        joined.is_pristine &= other.is_pristine;
        if joined.epoch != other.epoch {
            joined.epoch = joined.fresh(arena);
        }
        joined.written.extend(other.written.iter().map(|(address, at)| (*address, at.clone())));
        joined.named.retain(|term, value| other.named.get(term) == Some(value));
        joined.results.retain(|function, value| other.results.get(function) == Some(value));
        joined.same.retain(|number, value| other.same.get(number) == Some(value));
        joined
    }
}

/// Joins states that differ in facts only.
pub fn merged(arena: &Arena, states: Vec<(State, Value)>) -> Vec<(State, Value)> {
    let mut out: Vec<(State, Value)> = Vec::new();
    for (state, value) in states {
        let joined = out.iter().enumerate().find_map(|(at, (known, its))| {
            let is_null = |state: &State| state.domain(arena, state.current(arena, value)) == Domain::one(0);
            // That a result may be NULL is worth a path of its own no longer than until it is tested.
            (*its == value && is_null(known) == is_null(&state))
                .then(|| known.join(arena, &state))?
                .map(|one| (at, one))
        });
        match joined {
            Some((at, joined)) => out[at].0 = joined,
            None => out.push((state, value)),
        }
    }
    out
}

/// The new numbers of symbols.
struct Numbering {
    of: BTreeMap<u32, u32>,
    next: u32,
}

impl Numbering {
    fn of(state: &State, arena: &Arena, reach: usize) -> Self {
        let mut numbers = Self { of: BTreeMap::new(), next: 0 };
        numbers.add(arena, state.epoch);
        numbers.add(arena, state.entry_epoch);
        state.results.values().for_each(|value| numbers.add(arena, *value));
        state.parameters.iter().chain(&state.held_at_entry).for_each(|value| numbers.add(arena, *value));
        let mut cells: Vec<(Value, Value)> =
            state.memory.iter().chain(&state.entry).map(|(c, v)| (*c, *v)).collect();
        for _ in 0..reach {
            let (mut ready, rest): (Vec<_>, Vec<_>) =
                cells.into_iter().partition(|(cell, _)| numbers.covers(arena, *cell));
            if ready.is_empty() {
                break;
            }
            ready.sort_by_cached_key(|(cell, _)| numbers.renamed(arena, *cell));
            ready.iter().for_each(|(_, value)| numbers.add(arena, *value));
            cells = rest;
        }
        // What is held or owned and not reached is lost, which must not be forgotten.
        let held = state.locks.iter().filter(|(_, lock)| lock.is_held).map(|(object, _)| object);
        held.chain(state.owned.keys()).for_each(|value| numbers.add(arena, *value));
        numbers
    }

    fn add(&mut self, arena: &Arena, value: Value) {
        for symbol in arena.symbols(value).iter() {
            if !self.of.contains_key(symbol) {
                self.of.insert(*symbol, self.next);
                self.next += 1;
            }
        }
    }

    fn covers(&self, arena: &Arena, value: Value) -> bool {
        arena.symbols(value).iter().all(|symbol| self.of.contains_key(symbol))
    }

    fn renamed(&self, arena: &Arena, value: Value) -> Value {
        arena.replace(value, &|symbol| self.of.get(&symbol).map(|number| arena.value(Term::Symbol(*number))))
    }
}

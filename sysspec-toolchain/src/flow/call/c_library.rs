//! What calls of the C library ask for, and what they do.

use sysspec_analysis::Code;

use crate::flow::domain::Domain;
use crate::flow::interpret::Interpreter;
use crate::flow::library::{self, Effect};
use crate::flow::state::{Deed, Lock, Noted, State, is_local};
use crate::flow::term::{Term, Value};

impl Interpreter<'_> {
    pub(super) fn call_library(
        &self,
        state: State,
        effect: Effect,
        arguments: &[Value],
        deed: Deed,
    ) -> Vec<(State, Value)> {
        let mut state = state;
        for at in library::touched(&deed.by) {
            if let Some(argument) = arguments.get(*at) {
                let pointer = self.arena.pointer(state.current(self.arena, *argument));
                if !self.not_null(&mut state, pointer, &deed.at, None) {
                    return Vec::new();
                }
            }
        }
        let first = arguments.first().map(|first| state.current(self.arena, *first));
        match effect {
            Effect::Allocates => self.allocate(state, &deed),
            Effect::Frees | Effect::Reallocates => self.free_by_library(state, effect, first, &deed),
            Effect::Locks | Effect::TriesLock | Effect::Unlocks | Effect::Waits if !self.options.locks => {
                let result = state.fresh(self.arena);
                vec![(state, result)]
            }
            Effect::Locks => {
                self.take(state, first, &deed).into_iter().map(|state| self.done(state)).collect()
            }
            Effect::TriesLock => {
                let mut failed = state.clone();
                let result = failed.fresh(self.arena);
                let is_possible = failed.constrain(self.arena, result, &Domain::but(0));
                let mut out: Vec<_> =
                    self.take(state, first, &deed).into_iter().map(|state| self.done(state)).collect();
                out.extend(is_possible.then_some((failed, result)));
                out
            }
            Effect::Unlocks => {
                self.give(state, first, &deed).into_iter().map(|state| self.done(state)).collect()
            }
            Effect::Waits => {
                for argument in arguments {
                    self.let_change(&mut state, *argument);
                }
                state.change(self.arena);
                let result = state.fresh(self.arena);
                vec![(state, result)]
            }
            Effect::Reads => {
                let result = state.fresh(self.arena);
                vec![(state, result)]
            }
            Effect::Searches => {
                let result = state.fresh(self.arena);
                state.nullable.insert(result, Noted(deed));
                vec![(state, result)]
            }
            Effect::Writes => {
                if let Some(object) =
                    first.filter(|first| is_stored_to(&deed.by) && !is_local(self.arena, *first))
                {
                    state.written.insert(object, Noted(deed.at.clone()));
                }
                for argument in arguments {
                    self.let_change(&mut state, *argument);
                }
                state.change(self.arena);
                let result = state.fresh(self.arena);
                vec![(state, result)]
            }
        }
    }

    fn done(&self, state: State) -> (State, Value) {
        (state, self.arena.integer(0))
    }

    /// Memory, or `NULL`.
    fn allocate(&self, state: State, deed: &Deed) -> Vec<(State, Value)> {
        let mut failed = state.clone();
        let mut made = state;
        failed.note(&deed.at, format!("`{}` returns NULL", deed.by));
        let result = made.fresh(self.arena);
        made.note(&deed.at, format!("`{}` allocates", deed.by));
        if !made.constrain(self.arena, result, &Domain::but(0)) {
            return Vec::new();
        }
        made.owned.insert(result, Noted(deed.clone()));
        let none = failed.fresh(self.arena);
        if !failed.constrain(self.arena, none, &Domain::one(0)) {
            return vec![(made, result)];
        }
        failed.nullable.insert(none, Noted(deed.clone()));
        vec![(made, result), (failed, none)]
    }

    fn free_by_library(
        &self,
        state: State,
        effect: Effect,
        memory: Option<Value>,
        deed: &Deed,
    ) -> Vec<(State, Value)> {
        let mut state = state;
        let Some(memory) = memory else { return Vec::new() };
        if let Some(before) = state.freed.get(&memory).map(|before| before.0.clone()) {
            let message = format!(
                "{} is freed again; `{}` has freed it in line {}",
                state.describe(self.arena, memory),
                before.by,
                before.at.line
            );
            let help = "free it once";
            self.find(Code::FREED_TWICE, &deed.at, message, &state, None, Some(help));
            return Vec::new();
        }
        let inside =
            self.arena.chain(memory).iter().any(|part| *part != memory && state.freed.contains_key(part));
        if inside && !self.touch(&mut state, memory, &deed.at) {
            return Vec::new();
        }
        if effect == Effect::Frees {
            self.free(&mut state, memory, deed);
            return vec![self.done(state)];
        }
        let mut out = self.allocate(state, deed);
        for (state, result) in &mut out {
            if !state.may_be_null(self.arena, *result) {
                self.free(state, memory, deed);
            }
        }
        out
    }

    /// The object whose lock a primitive of the library is given: the one that the mutex is a member of, when the file
    /// has mutexes in members of one name only.
    fn lock_object(&self, mutex: Value) -> Value {
        match &*self.arena.term(mutex) {
            Term::Member(base, _) if self.program.lock_members.len() == 1 => *base,
            _ => mutex,
        }
    }

    fn take(&self, state: State, mutex: Option<Value>, deed: &Deed) -> Option<State> {
        let mut state = state;
        let object = self.lock_object(mutex?);
        let shown = state.describe(self.arena, object);
        if state.locks.get(&object).is_some_and(|lock| lock.is_held) {
            let since = state.since(object);
            let message = format!("`{}` takes the lock of {shown}, which is held {since}", deed.by);
            let help = "release the lock first, or leave the call out";
            self.find(Code::HELD_ALREADY, &deed.at, message, &state, None, Some(help));
            return None;
        }
        if let Some(other) = state.alias_held(self.arena, &self.function, object) {
            let message = format!(
                "`{}` takes the lock of {shown}, which is held {} when {} is the same object",
                deed.by,
                state.since(other),
                state.describe(self.arena, other)
            );
            let help = "test whether the two are one object, or let the pre-condition say that they are not";
            self.find(Code::HELD_ALREADY, &deed.at, message, &state, None, Some(help));
            return None;
        }
        let held: Vec<Value> = state.held().collect();
        if !held.into_iter().all(|other| state.differ(self.arena, object, other)) {
            return None;
        }
        state.note(&deed.at, format!("`{}` takes the lock of {shown}", deed.by));
        state.disturb(self.arena, object);
        state.locks.insert(object, Lock { is_held: true, since: Noted(Some(deed.at.clone())) });
        Some(state)
    }

    fn give(&self, state: State, mutex: Option<Value>, deed: &Deed) -> Vec<State> {
        let Some(object) = mutex.map(|mutex| self.lock_object(mutex)) else { return Vec::new() };
        let mut state = state;
        let shown = state.describe(self.arena, object);
        let held = state.locks.get(&object).map(|lock| lock.is_held);
        if held.is_none() && (state.was.contains_key(&object) || state.is_unsure || !self.is_closed()) {
            self.undecided(&deed.at, &format!("Whether the lock of {shown} is held here is not known."));
        } else if held != Some(true) {
            let message = format!("`{}` releases the lock of {shown}, which is not held here", deed.by);
            let help = "hold the lock at this call, or leave the call out";
            self.find(Code::NOT_HELD, &deed.at, message, &state, None, Some(help));
            return Vec::new();
        }
        state.note(&deed.at, format!("`{}` releases the lock of {shown}", deed.by));
        state.with_lock(self.arena, object, false, Some(deed))
    }
}

/// Whether a function of the library stores to the object that its first argument points to, in one step.
fn is_stored_to(function: &str) -> bool {
    function.starts_with("atomic_") && !function.starts_with("atomic_load")
}

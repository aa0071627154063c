//! What calls ask for, and what they do.

mod c_library;

use std::rc::Rc;

use sysspec_analysis::formula::{Binary, Expression, Node, Unary};
use sysspec_analysis::{Code, ContractCase, ContractLine, Statement};

use super::cfg::Spot;
use super::contract::{Summary, formulas, freed_parameter, is_of_locks, speaks_of_locks};
use super::domain::Domain;
use super::finding::Clause;
use super::formula::{Scope, application};
use super::interpret::{Frame, Interpreter};
use super::library::{self, Effect};
use super::merge::merged;
use super::state::{Deed, Noted, State, is_local};
use super::term::{Term, Value};

/// How many states one call may leave.
const STATES_MAX: usize = 64;

impl Interpreter<'_> {
    /// The names of a contract in one call.
    pub fn scope<'s>(
        &'s self,
        summary: &'s Summary,
        arguments: Vec<Value>,
        old: Option<&'s State>,
        deed: Option<Deed>,
    ) -> Scope<'s> {
        Scope {
            arena: self.arena,
            contracts: self.contracts,
            summary,
            arguments,
            result: None,
            old,
            is_closed: self.is_closed(),
            has_locks: self.options.locks,
            own: &self.own,
            deed,
        }
    }

    /// Whether the function's contract tells all locks that it is called with.
    pub fn is_closed(&self) -> bool {
        self.own.speaks_of_locks
    }

    /// Interprets a call. Gives the states after it, each with what is returned.
    pub fn call(
        &self,
        frame: &Frame<'_>,
        state: State,
        name: Option<&Rc<str>>,
        arguments: Vec<Value>,
        at: &Spot,
    ) -> Vec<(State, Value)> {
        let mut state = state;
        if !arguments.iter().all(|argument| self.check_argument(&mut state, *argument, name, at)) {
            return Vec::new();
        }
        let Some(name) = name else {
            if self.options.locks && self.own.speaks_of_locks {
                self.undecided(at, "It calls a function through a pointer, whose contract is not known.");
            }
            return self.call_unknown(state, &arguments);
        };
        let deed = Deed { at: at.clone(), by: name.clone() };
        let Some(own) = self.ask(self.contracts.own(name)) else { return Vec::new() };
        match (self.program.function(name), own) {
            (Some(_), Some(summary)) => return self.apply(state, &summary, arguments, deed),
            (Some(function), None) => {
                return match self.enter(frame, state.clone(), function, &arguments, at) {
                    Some(states) => states,
                    None => self.call_unknown(state, &arguments),
                };
            }
            _ => {}
        }
        let Some(found) = self.ask(self.contracts.of_callee(&self.function.name, name)) else {
            return Vec::new();
        };
        if let Some(summary) = found {
            return self.apply(state, &summary, arguments, deed);
        }
        match library::effect(name) {
            Some(effect) => self.call_library(state, effect, &arguments, deed),
            None => {
                self.undecided(at, &format!("It calls `{name}`, of which no contract is known."));
                self.call_unknown(state, &arguments)
            }
        }
    }

    /// An argument must not lead into memory that is gone, or start from `NULL`.
    fn check_argument(&self, state: &mut State, argument: Value, name: Option<&Rc<str>>, at: &Spot) -> bool {
        let argument = state.current(self.arena, argument);
        if name.is_some_and(|name| library::effect(name) == Some(Effect::Frees)) {
            return true;
        }
        let is_inside = matches!(&*self.arena.term(argument), Term::Member(..) | Term::Index(..));
        let is_gone = self.arena.chain(argument).iter().any(|part| state.freed.contains_key(part));
        !(is_inside || is_gone) || self.touch(state, argument, at)
    }

    /// A call of which nothing is known: whatever can be reached may change.
    fn call_unknown(&self, state: State, arguments: &[Value]) -> Vec<(State, Value)> {
        let mut state = state;
        for argument in arguments {
            self.let_change(&mut state, *argument);
            let argument = state.current(self.arena, *argument);
            state.owned.remove(&argument);
        }
        state.change(self.arena);
        state.is_unsure = true;
        let result = state.fresh(self.arena);
        vec![(state, result)]
    }

    /// What an argument points to may change, and what it leads to may be kept by others.
    fn let_change(&self, state: &mut State, argument: Value) {
        let argument = state.current(self.arena, argument);
        let cells: Vec<Value> = state.memory.keys().copied().collect();
        for cell in cells.into_iter().filter(|cell| self.arena.is_within(*cell, argument)) {
            if let Some(value) = state.memory.get(&cell) {
                let root = self.arena.root(*value);
                state.owned.remove(&root);
            }
        }
        state.disturb(self.arena, argument);
    }

    // ---- functions with a contract ----

    fn apply(
        &self,
        state: State,
        summary: &Summary,
        arguments: Vec<Value>,
        deed: Deed,
    ) -> Vec<(State, Value)> {
        let mut state = state;
        let scope = self.scope(summary, arguments.clone(), None, Some(deed.clone()));
        if !self.meets_pre(&mut state, &scope, &deed.at) {
            return Vec::new();
        }
        // What the post-condition compares with has to be looked at before it changes.
        for old in &summary.olds {
            _ = scope.truth(&mut state, old);
            _ = scope.value(&mut state, old);
        }
        let guards = summary.contract.functional.post.iter().filter_map(|case| case.guard.as_ref());
        for formula in guards.flat_map(|guard| formulas(&guard.statements)) {
            _ = scope.truth(&mut state, formula);
        }
        let old = state.clone();
        self.change(&mut state, &scope);
        let result = self.result(&mut state, summary, &arguments);
        let scope = Scope {
            result: Some(result),
            old: Some(&old),
            ..self.scope(summary, arguments, None, Some(deed.clone()))
        };
        let mut states = vec![state];
        if self.options.locks {
            states = self.assume_post(states, &scope, &summary.locks().post);
            if summary.is_vague_of_locks {
                states.iter_mut().for_each(|state| state.is_unsure = true);
            }
        }
        if summary.locks() != &summary.contract.functional || !self.options.locks {
            states = self.assume_post(states, &scope, &summary.contract.functional.post);
        }
        for line in summary
            .contract
            .functional
            .post
            .iter()
            .filter(|case| case.guard.is_none())
            .flat_map(|case| &case.lines)
        {
            states.iter_mut().for_each(|state| self.free_by(state, &scope, line));
        }
        let with_result = |mut state: State| {
            let result = state.current(self.arena, result);
            if !summary.contract.is_void {
                state.results.insert(deed.by.clone(), result);
            }
            (state, result)
        };
        merged(self.arena, states.into_iter().map(with_result).collect())
    }

    /// What a call gives. A number that depends on nothing but what the function reads is what contracts call by the
    /// function's name.
    fn result(&self, state: &mut State, summary: &Summary, arguments: &[Value]) -> Value {
        let contract = &summary.contract;
        let is_reader = contract.parameters.iter().all(|own| !own.is_pointer || own.is_constant);
        match contract.is_void {
            true => self.arena.integer(0),
            false if is_reader && summary.is_observer && !contract.is_pointer => {
                let operands: Vec<Value> =
                    arguments.iter().map(|argument| state.current(self.arena, *argument)).collect();
                application(self.arena, state, &self.own, &contract.function, operands)
            }
            false => state.fresh(self.arena),
        }
    }

    /// What the callee may change.
    fn change(&self, state: &mut State, scope: &Scope<'_>) {
        if scope.summary.is_observer && !self.options.locks {
            return self.change_named(state, scope);
        }
        let contract = &scope.summary.contract;
        let mut is_changed = false;
        for (at, argument) in scope.arguments.iter().enumerate() {
            let parameter = contract.parameters.get(at);
            let is_read = parameter.is_some_and(|parameter| !parameter.is_pointer || parameter.is_constant);
            if is_read {
                continue;
            }
            is_changed = true;
            self.let_change(state, *argument);
            if !scope.summary.kept.contains(&at) {
                let argument = state.current(self.arena, *argument);
                state.owned.remove(&argument);
            }
        }
        for place in &scope.summary.changes {
            if let Some(address) = scope.address(state, place)
                && !is_local(self.arena, address)
            {
                state.disturb(self.arena, address);
                is_changed = true;
            }
        }
        if is_changed {
            state.change(self.arena);
        }
    }

    /// What the clauses name that may be stored to.
    fn change_named(&self, state: &mut State, scope: &Scope<'_>) {
        let named = |name: &str| scope.summary.parameter(name);
        let lines = scope.summary.contract.functional.post.iter().flat_map(|case| &case.lines);
        for formula in lines.flat_map(|line| formulas(&line.statements)) {
            for place in places(formula) {
                let is_written = match &place.node {
                    Node::Unary(Unary::Dereference, inner) => match &inner.node {
                        Node::Name(name) => {
                            named(name).is_some_and(|at| !scope.summary.contract.parameters[at].is_constant)
                        }
                        _ => true,
                    },
                    _ => true,
                };
                let Some(address) = scope.address(state, place).filter(|_| is_written) else { continue };
                state.disturb(self.arena, address);
                if !is_local(self.arena, address) {
                    state.change(self.arena);
                }
            }
        }
    }

    /// The states in which a post-condition holds, case by case.
    fn assume_post(&self, states: Vec<State>, scope: &Scope<'_>, post: &[ContractCase]) -> Vec<State> {
        let mut states = states;
        for case in post.iter().filter(|case| !case.is_case) {
            states = self.assume_lines(states, scope, &case.lines);
        }
        let cases: Vec<&ContractCase> = post.iter().filter(|case| case.is_case).collect();
        if cases.is_empty() {
            return self.consistent(states, scope, post);
        }
        let mut out = Vec::new();
        for state in states {
            let mut rest = vec![state.clone()];
            for case in &cases {
                let guarded = match &case.guard {
                    Some(guard) => scope.assume_line(state.clone(), guard),
                    None => vec![state.clone()],
                };
                let mut outcome = self.assume_lines(guarded, scope, &case.lines);
                outcome = self.consistent(outcome, scope, std::slice::from_ref(*case));
                for state in &mut outcome {
                    self.tell_case(state, scope, case);
                    case.lines.iter().for_each(|line| self.free_by(state, scope, line));
                }
                out.extend(outcome);
                rest = rest.into_iter().flat_map(|state| self.assume_not(state, scope, case)).collect();
            }
            out.extend(rest);
        }
        let out = self.consistent(out, scope, post);
        let result = scope.result.unwrap_or_else(|| self.arena.integer(0));
        let joined = merged(self.arena, out.into_iter().map(|state| (state, result)).collect());
        joined.into_iter().map(|(state, _)| state).take(STATES_MAX).collect()
    }

    fn assume_lines(&self, states: Vec<State>, scope: &Scope<'_>, lines: &[ContractLine]) -> Vec<State> {
        let mut states = states;
        for line in lines {
            states = states.into_iter().flat_map(|state| scope.assume_line(state, line)).collect();
            states.truncate(STATES_MAX);
        }
        states
    }

    /// A case does not hold. Of one whose guard is informal nothing is known: one of the cases holds then.
    fn assume_not(&self, state: State, scope: &Scope<'_>, case: &ContractCase) -> Vec<State> {
        match case.guard.as_ref().map(|guard| guard.statements.as_slice()) {
            Some([Statement::Holds(formula)]) => scope.assume(state, formula, false),
            _ => Vec::new(),
        }
    }

    /// Leaves out states that contradict what was promised of locks, under whatever name.
    fn consistent(&self, states: Vec<State>, scope: &Scope<'_>, post: &[ContractCase]) -> Vec<State> {
        let promised: Vec<&Expression> = post
            .iter()
            .filter(|case| case.guard.is_none() || post.len() == 1)
            .flat_map(|case| &case.lines)
            .flat_map(|line| formulas(&line.statements))
            .filter(|formula| speaks_of_locks(formula))
            .collect();
        if promised.is_empty() {
            return states;
        }
        let holds = |state: &State| {
            let mut probe = state.clone();
            promised.iter().all(|formula| scope.truth(&mut probe, formula) != Some(false))
        };
        states.into_iter().filter(holds).collect()
    }

    fn tell_case(&self, state: &mut State, scope: &Scope<'_>, case: &ContractCase) {
        let (Some(guard), Some(deed)) = (&case.guard, &scope.deed) else { return };
        let text = guard.text.trim().trim_end_matches(':');
        let text = if text.contains('`') { text.to_owned() } else { format!("\"{text}\"") };
        state.note(&deed.at, format!("`{}` returns, in the case {text}", deed.by));
    }

    fn free_by(&self, state: &mut State, scope: &Scope<'_>, line: &ContractLine) {
        let Some(deed) = &scope.deed else { return };
        let freed = freed_parameter(line, &scope.summary.contract).and_then(|at| scope.arguments.get(at));
        if let Some(value) = freed {
            self.free(state, *value, deed);
        }
    }

    fn free(&self, state: &mut State, value: Value, deed: &Deed) {
        let value = state.current(self.arena, value);
        if state.domain(self.arena, value) == Domain::one(0) {
            return;
        }
        state.owned.remove(&value);
        if matches!(&*self.arena.term(value), Term::Symbol(_)) {
            let shown = state.describe(self.arena, value);
            state.note(&deed.at, format!("`{}` frees {shown}", deed.by));
            state.forget(self.arena, value);
            state.freed.insert(value, Noted(deed.clone()));
        }
    }

    // ---- pre-conditions ----

    fn meets_pre(&self, state: &mut State, scope: &Scope<'_>, at: &Spot) -> bool {
        for line in &scope.summary.contract.functional.pre {
            for formula in formulas(&line.statements) {
                if let Some(pointer) = non_null(formula).and_then(|pointer| scope.value(state, pointer)) {
                    let clause = clause(scope.summary, line);
                    if !self.not_null(state, pointer, at, Some(clause)) {
                        return false;
                    }
                    _ = state.constrain(self.arena, pointer, &Domain::but(0));
                }
            }
        }
        if !self.meets_values(state, scope, at) {
            return false;
        }
        if !self.options.locks {
            return true;
        }
        let lines = scope.summary.locks().pre.iter().filter(|line| is_of_locks(line));
        for line in lines {
            for statement in &line.statements {
                if !self.meets(state, scope, statement, line, at) {
                    return false;
                }
            }
        }
        true
    }

    fn meets(
        &self,
        state: &mut State,
        scope: &Scope<'_>,
        statement: &Statement,
        line: &ContractLine,
        at: &Spot,
    ) -> bool {
        match statement {
            Statement::Holds(formula) => self.meets_formula(state, scope, formula, line, at),
            Statement::If(guard, inner) => {
                scope.truth(state, guard) != Some(true)
                    || inner.iter().all(|statement| self.meets(state, scope, statement, line, at))
            }
            Statement::OnlyLocked(things) => self.meets_only(state, scope, things, line, at),
            Statement::NoNewLocks(_) | Statement::LocksUnchanged | Statement::NoAssumption => true,
        }
    }

    fn meets_formula(
        &self,
        state: &mut State,
        scope: &Scope<'_>,
        formula: &Expression,
        line: &ContractLine,
        at: &Spot,
    ) -> bool {
        match &formula.node {
            Node::Binary(Binary::And, left, right) => {
                self.meets_formula(state, scope, left, line, at)
                    && self.meets_formula(state, scope, right, line, at)
            }
            Node::Binary(Binary::Implies, guard, conclusion) => {
                scope.truth(state, guard) != Some(true)
                    || self.meets_formula(state, scope, conclusion, line, at)
            }
            Node::Call(name, arguments) if name == "locked" => {
                let Some(object) = arguments.first().and_then(|object| scope.value(state, object)) else {
                    return true;
                };
                self.wants_held(state, scope, object, line, at)
            }
            Node::Unary(Unary::Not, inner) => match &inner.node {
                Node::Call(name, arguments) if name == "locked" => {
                    let Some(object) = arguments.first().and_then(|object| scope.value(state, object)) else {
                        return true;
                    };
                    self.wants_free(state, scope, object, line, at)
                }
                _ => true,
            },
            _ => true,
        }
    }

    fn wants_held(
        &self,
        state: &mut State,
        scope: &Scope<'_>,
        object: Value,
        line: &ContractLine,
        at: &Spot,
    ) -> bool {
        let (name, shown) = (&scope.summary.contract.function, state.describe(self.arena, object));
        match scope.is_held(state, object) {
            Some(true) => true,
            None => {
                self.undecided(
                    at,
                    &format!("Whether the lock of {shown} is held at the call of `{name}` is not known."),
                );
                // Once told, it is taken for granted.
                let object = state.current(self.arena, object);
                state.hold(object, None);
                true
            }
            Some(false) => {
                let (code, message) = if is_release(scope.summary) {
                    (Code::NOT_HELD, format!("`{name}` releases the lock of {shown}, which is not held here"))
                } else {
                    (
                        Code::LOCK_PRECONDITION,
                        format!("`{name}` needs the lock of {shown}, which is not held here"),
                    )
                };
                let help = "hold the lock at this call, or leave the call out";
                self.find(code, at, message, state, Some(clause(scope.summary, line)), Some(help));
                false
            }
        }
    }

    fn wants_free(
        &self,
        state: &mut State,
        scope: &Scope<'_>,
        object: Value,
        line: &ContractLine,
        at: &Spot,
    ) -> bool {
        let (name, shown) = (&scope.summary.contract.function, state.describe(self.arena, object));
        let object = state.current(self.arena, object);
        let is_acquire = is_acquire(scope.summary);
        if scope.is_held(state, object) == Some(true) {
            let since = state.since(object);
            let (code, message) = if is_acquire {
                (Code::HELD_ALREADY, format!("`{name}` takes the lock of {shown}, which is held {since}"))
            } else {
                let message =
                    format!("`{name}` must not be called with the lock of {shown}, which is held {since}");
                (Code::LOCK_PRECONDITION, message)
            };
            let help = "release the lock first, or leave the call out";
            self.find(code, at, message, state, Some(clause(scope.summary, line)), Some(help));
            return false;
        }
        if let Some(other) = state.alias_held(self.arena, &self.function, object).filter(|_| is_acquire) {
            let message = format!(
                "`{name}` takes the lock of {shown}, which is held {} when {} is the same object",
                state.since(other),
                state.describe(self.arena, other)
            );
            let help = "test whether the two are one object, or let the pre-condition say that they are not";
            self.find(Code::HELD_ALREADY, at, message, state, Some(clause(scope.summary, line)), Some(help));
            return false;
        }
        // Nobody can take a lock that he has: so it is none of those that are held.
        let held: Vec<Value> = state.held().collect();
        held.into_iter().all(|other| state.differ(self.arena, object, other))
    }

    fn meets_only(
        &self,
        state: &mut State,
        scope: &Scope<'_>,
        things: &[Expression],
        line: &ContractLine,
        at: &Spot,
    ) -> bool {
        let objects: Vec<Value> = things.iter().filter_map(|thing| scope.value(state, thing)).collect();
        let is_meant = |other: &Value| {
            objects.iter().any(|object| state.equal(self.arena, *object, *other) != Some(false))
        };
        let extra = state.held().find(|other| !is_meant(other));
        if let Some(extra) = extra {
            let name = &scope.summary.contract.function;
            let wanted = if objects.is_empty() { "without any lock" } else { "with no other lock" };
            let message = format!(
                "`{name}` must be called {wanted}, and the lock of {} is held {}",
                state.describe(self.arena, extra),
                state.since(extra)
            );
            let help = "release the lock before this call";
            let clause = clause(scope.summary, line);
            self.find(Code::LOCK_PRECONDITION, at, message, state, Some(clause), Some(help));
            return false;
        }
        objects.into_iter().all(|object| self.wants_held(state, scope, object, line, at))
    }
}

/// What a formula says of memory as it is on return.
fn places(formula: &Expression) -> Vec<&Expression> {
    match &formula.node {
        Node::Old(_) | Node::Call(..) => Vec::new(),
        Node::Member(..) | Node::Index(..) | Node::Unary(Unary::Dereference, _) => vec![formula],
        _ => formula.operands().into_iter().flat_map(places).collect(),
    }
}

/// `p != NULL`: the pointer.
pub fn non_null(formula: &Expression) -> Option<&Expression> {
    match &formula.node {
        Node::Binary(Binary::NotEqual, left, right) => match (&left.node, &right.node) {
            (_, Node::Null) => Some(left),
            (Node::Null, _) => Some(right),
            _ => None,
        },
        _ => None,
    }
}

/// The clause of a finding.
pub fn clause(summary: &Summary, line: &ContractLine) -> Clause {
    Clause {
        function: summary.contract.function.clone(),
        text: line.text.split_whitespace().collect::<Vec<_>>().join(" "),
        place: line.place.clone(),
    }
}

/// Whether a function only takes a lock.
fn is_acquire(summary: &Summary) -> bool {
    says(summary, true) && !says(summary, false)
}

/// Whether a function only releases a lock.
fn is_release(summary: &Summary) -> bool {
    says(summary, false) && !says(summary, true)
}

/// Whether the post-condition says in any case that a lock is held, or that it is not.
fn says(summary: &Summary, is_held: bool) -> bool {
    fn in_formula(formula: &Expression, is_held: bool) -> bool {
        match &formula.node {
            Node::Call(name, _) if name == "locked" => is_held,
            Node::Unary(Unary::Not, inner) => in_formula(inner, !is_held),
            Node::Binary(Binary::Implies, _, conclusion) => in_formula(conclusion, is_held),
            Node::Binary(Binary::And | Binary::Or, left, right) => {
                in_formula(left, is_held) || in_formula(right, is_held)
            }
            _ => false,
        }
    }
    let lines = summary.locks().post.iter().flat_map(|case| &case.lines);
    lines.flat_map(|line| formulas(&line.statements)).any(|formula| in_formula(formula, is_held))
}

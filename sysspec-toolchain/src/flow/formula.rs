//! Formulas of specifications, read against a state.

use sysspec_analysis::formula::{Binary, Expression, Node, Unary};
use sysspec_analysis::{ContractLine, Statement};

use super::contract::{Contracts, Summary, keeps, kept_parameter, speaks_of_locks};
use super::domain::Domain;
use super::state::{Deed, Noted, State};
use super::term::{Arena, Term, Value};

/// What the names of one contract stand for, in one call.
pub struct Scope<'a> {
    /// The values.
    pub arena: &'a Arena,
    /// Who knows the values of macros.
    pub contracts: &'a Contracts<'a>,
    /// The contract.
    pub summary: &'a Summary,
    /// The values of the parameters, in order.
    pub arguments: Vec<Value>,
    /// What is returned.
    pub result: Option<Value>,
    /// The state at the call, for `old`; nothing while the call has not happened.
    pub old: Option<&'a State>,
    /// Whether locks that nothing is known of are not held.
    pub is_closed: bool,
    /// Whether locks count.
    pub has_locks: bool,
    /// The contract of the function whose code is followed.
    pub own: &'a Summary,
    /// Who is called, and where; for what it allocates.
    pub deed: Option<Deed>,
}

impl Scope<'_> {
    /// The value of an expression; `None` when it cannot be told.
    pub fn value(&self, state: &mut State, expression: &Expression) -> Option<Value> {
        let arena = self.arena;
        let value = match &expression.node {
            Node::Integer(value) => arena.integer(*value),
            Node::Null => arena.integer(0),
            Node::String(text) => arena.value(Term::Constant(text.as_str().into())),
            Node::Result => self.result?,
            Node::Name(name) => self.name(state, name),
            Node::Old(inner) => self.old_value(inner)?,
            Node::Member(..) | Node::Index(..) | Node::Unary(Unary::Dereference, _) => {
                let address = self.address(state, expression)?;
                state.load(arena, address)
            }
            Node::Unary(Unary::AddressOf, inner) => self.address(state, inner)?,
            Node::Unary(operator, inner) => {
                let inner = self.value(state, inner)?;
                arena.apply(&operator.symbol().into(), vec![inner])
            }
            Node::Binary(operator, left, right) if !operator.is_logical() => {
                let operands = vec![self.value(state, left)?, self.value(state, right)?];
                for (side, value) in [left, right].into_iter().zip(&operands) {
                    // Sizes, counts and flags are never below 0.
                    if operator.is_comparison() && self.summary.contract.naturals.contains(side) {
                        _ = state.constrain(arena, *value, &Domain::between(Some(0), None));
                    }
                }
                arena.apply(&operator.symbol().into(), operands)
            }
            Node::Call(name, arguments) if !matches!(name.as_str(), "locked" | "fresh") => {
                let mut operands = Vec::new();
                for argument in arguments {
                    operands.push(self.value(state, argument)?);
                }
                let value = application(arena, state, self.own, name, operands);
                state.named.get(&value).copied().unwrap_or(value)
            }
            _ => arena.integer(self.truth(state, expression)?.into()),
        };
        Some(state.current(arena, value))
    }

    fn name(&self, state: &mut State, name: &str) -> Value {
        if let Some(value) = self.summary.parameter(name).and_then(|at| self.arguments.get(at)) {
            return state.current(self.arena, *value);
        }
        if let Some((_, function)) = self.summary.lets.iter().find(|(known, _)| known == name) {
            return match state.results.get(function) {
                Some(value) => state.current(self.arena, *value),
                None => state.fresh(self.arena),
            };
        }
        match self.contracts.constant(name) {
            Some(value) => self.arena.integer(value),
            None => {
                let address = self.arena.value(Term::Global(name.into()));
                state.load(self.arena, address)
            }
        }
    }

    /// The address of what an expression denotes.
    pub fn address(&self, state: &mut State, expression: &Expression) -> Option<Value> {
        let arena = self.arena;
        let address = match &expression.node {
            Node::Name(name) if self.summary.parameter(name).is_none() => {
                arena.value(Term::Global(name.as_str().into()))
            }
            Node::Member(base, member, is_arrow) => {
                let base = if *is_arrow { self.value(state, base)? } else { self.address(state, base)? };
                arena.member(base, &member.as_str().into())
            }
            Node::Index(base, index) => {
                let (base, index) = (self.value(state, base)?, self.value(state, index)?);
                arena.index(base, index)
            }
            Node::Unary(Unary::Dereference, inner) => self.value(state, inner)?,
            _ => return None,
        };
        Some(state.current(arena, address))
    }

    /// A value at the call. It is not known unless it was looked at by then.
    fn old_value(&self, expression: &Expression) -> Option<Value> {
        let old = self.old?;
        let mut before = old.clone();
        let value = self.value(&mut before, expression)?;
        (before.next == old.next).then_some(value)
    }

    /// Whether a formula holds, if that is known.
    pub fn truth(&self, state: &mut State, formula: &Expression) -> Option<bool> {
        match &formula.node {
            Node::Unary(Unary::Not, inner) => self.truth(state, inner).map(|truth| !truth),
            Node::Binary(operator, left, right) if operator.is_logical() => {
                let (left, right) = (self.truth(state, left), self.truth(state, right));
                connected(*operator, left, right)
            }
            Node::Call(name, arguments) if name == "locked" => {
                let object = self.value(state, arguments.first()?)?;
                self.is_held(state, object)
            }
            Node::Call(name, _) if name == "fresh" => None,
            Node::Old(inner) => {
                let old = self.old?;
                let mut before = old.clone();
                let truth = self.truth(&mut before, inner);
                if before.next != old.next { None } else { truth }
            }
            _ => {
                let value = self.value(state, formula)?;
                state.truth(self.arena, value)
            }
        }
    }

    /// Whether a lock is held, if that is known.
    pub fn is_held(&self, state: &State, object: Value) -> Option<bool> {
        let object = state.current(self.arena, object);
        match state.locks.get(&object) {
            Some(lock) => Some(lock.is_held),
            None if state.was.contains_key(&object) || state.is_unsure => None,
            None => self.is_closed.then_some(false),
        }
    }

    /// Takes for granted that a formula holds, or does not. Gives the states in which it can; what says nothing that
    /// matters is not taken apart.
    pub fn assume(&self, state: State, formula: &Expression, truth: bool) -> Vec<State> {
        let mut state = state;
        match &formula.node {
            Node::Unary(Unary::Not, inner) => return self.assume(state, inner, !truth),
            Node::Binary(operator, left, right) if operator.is_logical() => {
                return self.assume_connected(state, *operator, left, right, truth);
            }
            Node::Call(name, _) if name == "locked" && !self.has_locks => return vec![state],
            Node::Call(name, arguments) if name == "locked" => {
                let object = arguments.first().and_then(|object| self.value(&mut state, object));
                return match object {
                    Some(object) => state.with_lock(self.arena, object, truth, self.deed.as_ref()),
                    None => vec![state],
                };
            }
            Node::Call(name, arguments) if name == "fresh" && truth => {
                if let Some(place) = arguments.first() {
                    self.allocate(&mut state, place);
                }
                return vec![state];
            }
            _ => {}
        }
        let is_possible = match self.value(&mut state, formula) {
            Some(value) => state.assume(self.arena, value, truth),
            None => true,
        };
        if !is_possible {
            return Vec::new();
        }
        if let (Node::Binary(Binary::Equal, left, right), true) = (&formula.node, truth) {
            self.keep(&mut state, left, right);
        }
        vec![state]
    }

    fn assume_connected(
        &self,
        state: State,
        operator: Binary,
        left: &Expression,
        right: &Expression,
        truth: bool,
    ) -> Vec<State> {
        let both = |state: State, one: bool, two: bool| -> Vec<State> {
            let states = self.assume(state, left, one);
            states.into_iter().flat_map(|state| self.assume(state, right, two)).collect()
        };
        match (operator, truth) {
            (Binary::And, true) => both(state, true, true),
            (Binary::Or, false) => both(state, false, false),
            (Binary::Implies, false) => both(state, true, false),
            (Binary::Or, true) => self.assume_either(state, left, right),
            (Binary::Implies, true) => self.assume_implied(state, left, right),
            (Binary::Equivalent, _) => {
                let mut probe = state.clone();
                match (self.truth(&mut probe, left), self.truth(&mut probe, right)) {
                    (Some(one), _) => self.assume(state, right, one == truth),
                    (None, Some(two)) => self.assume(state, left, two == truth),
                    (None, None) => vec![state],
                }
            }
            _ => {
                let mut probe = state.clone();
                match self.truth(&mut probe, left) {
                    // Not both, and the first holds: so the second does not.
                    Some(true) => self.assume(state, right, false),
                    _ => vec![state],
                }
            }
        }
    }

    /// One of two holds.
    fn assume_either(&self, state: State, left: &Expression, right: &Expression) -> Vec<State> {
        let mut probe = state.clone();
        match (self.truth(&mut probe, left), self.truth(&mut probe, right)) {
            (Some(true), _) | (_, Some(true)) => return vec![state],
            (Some(false), _) => return self.assume(state, right, true),
            (_, Some(false)) => return self.assume(state, left, true),
            _ => {}
        }
        let mut state = state;
        let domains = self.domain_of(&mut state, left).zip(self.domain_of(&mut state, right));
        if let Some(((value, one), (same, two))) = domains
            && value == same
        {
            let is_possible = state.constrain(self.arena, value, &one.or(&two));
            return if is_possible { vec![state] } else { Vec::new() };
        }
        if matters(left) || matters(right) {
            let first = self.assume(state.clone(), left, true);
            let second = self.assume(state, left, false);
            let second = second.into_iter().flat_map(|state| self.assume(state, right, true));
            return first.into_iter().chain(second).collect();
        }
        vec![state]
    }

    /// `x == 1 || x == 2`: the value, and the integers that it may be.
    fn domain_of(&self, state: &mut State, formula: &Expression) -> Option<(Value, Domain)> {
        match &formula.node {
            Node::Binary(Binary::Or, left, right) => {
                let (one, first) = self.domain_of(state, left)?;
                let (two, second) = self.domain_of(state, right)?;
                (one == two).then(|| (one, first.or(&second)))
            }
            Node::Binary(Binary::Equal, left, right) => {
                let (left, right) = (self.value(state, left)?, self.value(state, right)?);
                match (self.arena.as_integer(left), self.arena.as_integer(right)) {
                    (None, Some(integer)) => Some((left, Domain::one(integer))),
                    (Some(integer), None) => Some((right, Domain::one(integer))),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    fn assume_implied(&self, state: State, guard: &Expression, conclusion: &Expression) -> Vec<State> {
        let mut state = state;
        match self.truth(&mut state, guard) {
            Some(true) => return self.assume(state, conclusion, true),
            Some(false) => return vec![state],
            None => {}
        }
        let mut kept = Default::default();
        keeps(conclusion, &self.summary.contract, &mut kept);
        let is_worth = matters(conclusion) && (speaks_of_locks(conclusion) || matters(guard));
        if is_worth || (!kept.is_empty() && self.deed.is_some()) {
            let with = self.assume(state.clone(), guard, true);
            let with = with.into_iter().flat_map(|state| self.assume(state, conclusion, true));
            let without = self.assume(state, guard, false);
            return with.chain(without).collect();
        }
        self.note_nullable(&mut state, conclusion);
        vec![state]
    }

    /// Under a condition that is not known the result is `NULL`: so it may be.
    fn note_nullable(&self, state: &mut State, conclusion: &Expression) {
        if let (Node::Binary(Binary::Equal, left, right), Some(result)) = (&conclusion.node, self.result)
            && matches!((&left.node, &right.node), (Node::Result, Node::Null) | (Node::Null, Node::Result))
            && let Some(deed) = &self.deed
        {
            let result = state.current(self.arena, result);
            state.nullable.insert(result, Noted(deed.clone()));
        }
    }

    /// New memory is where an expression says.
    fn allocate(&self, state: &mut State, place: &Expression) {
        let Some(deed) = &self.deed else { return };
        let is_ours = match &place.node {
            Node::Result => true,
            // What is put into the caller's own variable belongs to the caller.
            Node::Unary(Unary::Dereference, _) => {
                self.address(state, place).is_some_and(|address| super::state::is_local(self.arena, address))
            }
            _ => false,
        };
        let Some(value) = self.value(state, place).filter(|_| is_ours) else { return };
        if state.constrain(self.arena, value, &Domain::but(0))
            && matches!(&*self.arena.term(value), Term::Symbol(_))
        {
            state.owned.insert(value, Noted(deed.clone()));
        }
    }

    /// `entry->node == node` after a call: from now on others know of `node`.
    fn keep(&self, state: &mut State, left: &Expression, right: &Expression) {
        if self.deed.is_none() {
            return;
        }
        for (place, name) in [(left, right), (right, left)] {
            if let Some(at) = kept_parameter(place, name, &self.summary.contract)
                && let Some(value) = self.arguments.get(at)
            {
                let value = state.current(self.arena, *value);
                state.owned.remove(&value);
            }
        }
    }

    /// Takes for granted what a clause states.
    pub fn assume_line(&self, state: State, line: &ContractLine) -> Vec<State> {
        self.assume_statements(state, &line.statements)
    }

    fn assume_statements(&self, state: State, statements: &[Statement]) -> Vec<State> {
        let mut states = vec![state];
        for statement in statements {
            states = states.into_iter().flat_map(|state| self.assume_statement(state, statement)).collect();
        }
        states
    }

    fn assume_statement(&self, state: State, statement: &Statement) -> Vec<State> {
        match statement {
            Statement::Holds(formula) => self.assume(state, formula, true),
            Statement::If(guard, inner) => {
                let mut probe = state.clone();
                match self.truth(&mut probe, guard) {
                    Some(true) => self.assume_statements(state, inner),
                    Some(false) => vec![state],
                    None => {
                        let with = self.assume(state.clone(), guard, true);
                        let with = with.into_iter().flat_map(|state| self.assume_statements(state, inner));
                        with.chain(self.assume(state, guard, false)).collect()
                    }
                }
            }
            Statement::OnlyLocked(things) if self.has_locks => self.assume_only(state, things),
            Statement::OnlyLocked(_)
            | Statement::NoNewLocks(_)
            | Statement::LocksUnchanged
            | Statement::NoAssumption => vec![state],
        }
    }

    /// The locks of these objects are held, and no others.
    fn assume_only(&self, state: State, things: &[Expression]) -> Vec<State> {
        let mut state = state;
        let objects: Vec<Value> = things.iter().filter_map(|thing| self.value(&mut state, thing)).collect();
        for lock in state.locks.values_mut() {
            lock.is_held = false;
        }
        let since = self.deed.as_ref().map(|deed| deed.at.clone());
        for object in objects {
            state.hold(object, since.clone());
        }
        vec![state]
    }
}

/// What a predicate or function of the specification gives for these operands. It depends on memory, unless they lead to
/// memory only that the function followed may not write.
pub fn application(
    arena: &Arena,
    state: &State,
    own: &Summary,
    name: &str,
    mut operands: Vec<Value>,
) -> Value {
    let parameters = || state.parameters.iter().zip(&own.contract.parameters);
    let is_steady = |operand: &Value| {
        let root = arena.root(*operand);
        arena.as_integer(*operand).is_some()
            || matches!(&*arena.term(root), Term::Constant(_))
            || parameters().any(|(value, own)| *value == root && (!own.is_pointer || own.is_constant))
    };
    let epoch = if operands.iter().all(is_steady) { state.entry_epoch } else { state.epoch };
    operands.push(epoch);
    arena.apply(&format!("{name}()").into(), operands)
}

/// Whether a formula is worth two states: it speaks of locks, of new memory, of what is returned or handed out.
fn matters(formula: &Expression) -> bool {
    match &formula.node {
        Node::Result | Node::Unary(Unary::Dereference, _) => true,
        Node::Call(name, _) if matches!(name.as_str(), "locked" | "fresh" | "disposed" | "freed") => true,
        // A member of what is returned says nothing of the result itself.
        Node::Member(..) | Node::Call(..) | Node::Old(_) => false,
        _ => formula.operands().into_iter().any(matters),
    }
}

fn connected(operator: Binary, left: Option<bool>, right: Option<bool>) -> Option<bool> {
    match (operator, left, right) {
        (Binary::And, Some(false), _) | (Binary::And, _, Some(false)) => Some(false),
        (Binary::And, Some(true), Some(true)) => Some(true),
        (Binary::Or, Some(true), _) | (Binary::Or, _, Some(true)) => Some(true),
        (Binary::Or, Some(false), Some(false)) => Some(false),
        (Binary::Implies, Some(false), _) | (Binary::Implies, _, Some(true)) => Some(true),
        (Binary::Implies, Some(true), Some(false)) => Some(false),
        (Binary::Equivalent, Some(one), Some(two)) => Some(one == two),
        _ => None,
    }
}

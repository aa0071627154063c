//! What has to hold where a function returns.

use sysspec_analysis::formula::{Binary, Expression, Node, Unary};
use sysspec_analysis::{Code, ContractCase, ContractLine, Statement};

use super::call::clause;
use super::cfg::Spot;
use super::contract::{formulas, freed_parameter, is_of_locks, result_domain};
use super::domain::Domain;
use super::finding::Finding;
use super::formula::Scope;
use super::interpret::{Interpreter, Returned};
use super::state::State;
use super::term::Value;

/// What a contract says of one lock.
struct Claim<'l> {
    object: Value,
    is_held: bool,
    line: &'l ContractLine,
}

impl Interpreter<'_> {
    /// Holds the function's contract against one return.
    pub fn check_return(&self, returned: Returned) {
        let Returned { state, value, at } = returned;
        let mut state = state;
        if let Some(value) = value {
            let root = self.arena.root(state.current(self.arena, value));
            state.owned.remove(&root);
        }
        // What was there at the call, as far as anybody looked at it.
        let mut old = state.clone();
        old.memory = state.entry.clone();
        old.epoch = state.entry_epoch;
        let scope = Scope {
            result: value,
            old: Some(&old),
            ..self.scope(&self.own, state.parameters.clone(), None, None)
        };
        let of_locks = if self.options.locks { self.lock_fault(&state, &scope, &at) } else { None };
        let fault = of_locks
            .or_else(|| self.result_fault(&state, &scope, &at))
            .or_else(|| self.case_fault(&state, &scope, &at))
            .or_else(|| self.unfreed(&state, &scope, &at))
            .or_else(|| self.untold(&state, &scope));
        match fault {
            Some(fault) => self.tell(fault),
            None => self.memory_faults(&state, &at),
        }
    }

    // ---- locks ----

    fn lock_fault(&self, state: &State, scope: &Scope<'_>, at: &Spot) -> Option<Finding> {
        if self.own.is_vague_of_locks {
            if state.held().next().is_some() {
                self.undecided(at, "What its contract says of locks is not understood.");
            }
            return None;
        }
        let post = &self.own.locks().post;
        let always: Vec<&ContractLine> =
            post.iter().filter(|case| !case.is_case).flat_map(|case| &case.lines).collect();
        let cases: Vec<&ContractCase> = post.iter().filter(|case| case.is_case).collect();
        // Guards are taken one after the other; what fits none of them is held to what holds always.
        let mut outcomes = Vec::new();
        let mut rest = vec![state.clone()];
        for case in &cases {
            let Some(guard) = &case.guard else { continue };
            let [Statement::Holds(formula)] = guard.statements.as_slice() else { continue };
            let lines: Vec<&ContractLine> = always.iter().copied().chain(&case.lines).collect();
            for mut state in scope.assume(state.clone(), formula, true) {
                // A guard that is not decided here says nothing of this path.
                if scope.truth(&mut state, formula) == Some(true) {
                    outcomes.push(self.line_fault(state, scope, &lines, at));
                }
            }
            rest = rest.into_iter().flat_map(|state| scope.assume(state, formula, false)).collect();
        }
        outcomes.extend(rest.into_iter().map(|state| self.line_fault(state, scope, &always, at)));
        self.agreed(outcomes, at)
    }

    /// The fault when it is one in every case that is possible here. When an integer that is returned is not known,
    /// neither is the case.
    fn agreed(&self, outcomes: Vec<Option<Finding>>, at: &Spot) -> Option<Finding> {
        let is_kept_once = outcomes.iter().any(Option::is_none);
        let fault = outcomes.into_iter().flatten().next()?;
        if is_kept_once && !self.own.contract.is_pointer {
            self.undecided(at, "Which of the cases of its contract holds at a return is not known: what is returned may be a value of several of them.");
            return None;
        }
        Some(fault)
    }

    fn line_fault(
        &self,
        state: State,
        scope: &Scope<'_>,
        lines: &[&ContractLine],
        at: &Spot,
    ) -> Option<Finding> {
        let mut states = vec![(state, Vec::new())];
        for line in lines.iter().filter(|line| is_of_locks(line)) {
            for statement in &line.statements {
                states = states
                    .into_iter()
                    .flat_map(|(state, claims)| self.claims(state, claims, scope, statement, line))
                    .collect();
            }
        }
        let only = lines.iter().find_map(|line| only_locked(&line.statements).map(|things| (*line, things)));
        states.into_iter().find_map(|(state, claims)| self.claim_fault(state, scope, &claims, only, at))
    }

    /// What a statement says of locks in a state, which may have to be taken apart.
    fn claims<'l>(
        &self,
        state: State,
        claims: Vec<Claim<'l>>,
        scope: &Scope<'_>,
        statement: &Statement,
        line: &'l ContractLine,
    ) -> Vec<(State, Vec<Claim<'l>>)> {
        match statement {
            Statement::Holds(formula) => self.formula_claims(state, claims, scope, formula, line),
            Statement::If(guard, inner) => {
                let mut out = Vec::new();
                for truth in [true, false] {
                    for state in scope.assume(state.clone(), guard, truth) {
                        let mut states = vec![(state, copied(&claims))];
                        for statement in inner.iter().filter(|_| truth) {
                            states = states
                                .into_iter()
                                .flat_map(|(state, claims)| {
                                    self.claims(state, claims, scope, statement, line)
                                })
                                .collect();
                        }
                        out.extend(states);
                    }
                }
                out
            }
            Statement::NoNewLocks(things) => {
                // What is exempt may be held or not.
                let mut state = state;
                let mut claims = claims;
                let objects: Vec<Value> =
                    things.iter().filter_map(|thing| scope.value(&mut state, thing)).collect();
                for object in objects {
                    if let Some(is_held) = scope.is_held(&state, object) {
                        claims.push(Claim { object, is_held, line });
                    }
                }
                // Those held at the call may have been released.
                for object in state.held_at_entry.clone() {
                    let is_held = scope.is_held(&state, object);
                    claims.extend(is_held.map(|is_held| Claim { object, is_held, line }));
                }
                vec![(state, claims)]
            }
            _ => vec![(state, claims)],
        }
    }

    fn formula_claims<'l>(
        &self,
        state: State,
        claims: Vec<Claim<'l>>,
        scope: &Scope<'_>,
        formula: &Expression,
        line: &'l ContractLine,
    ) -> Vec<(State, Vec<Claim<'l>>)> {
        let mut state = state;
        let mut claims = claims;
        match &formula.node {
            Node::Binary(Binary::And, left, right) => {
                let states = self.formula_claims(state, claims, scope, left, line);
                let both = |(state, claims)| self.formula_claims(state, claims, scope, right, line);
                states.into_iter().flat_map(both).collect()
            }
            Node::Binary(Binary::Implies, guard, conclusion) => {
                let mut out = Vec::new();
                for state in scope.assume(state.clone(), guard, true) {
                    let mut state = state;
                    if scope.truth(&mut state, guard) == Some(true) {
                        out.extend(self.formula_claims(state, copied(&claims), scope, conclusion, line));
                    }
                }
                out.extend(
                    scope.assume(state, guard, false).into_iter().map(|state| (state, copied(&claims))),
                );
                out
            }
            _ => {
                if let Some((object, is_held)) = lock_literal(formula)
                    && let Some(object) = scope.value(&mut state, object)
                {
                    claims.push(Claim { object, is_held, line });
                }
                vec![(state, claims)]
            }
        }
    }

    fn claim_fault(
        &self,
        state: State,
        scope: &Scope<'_>,
        claims: &[Claim<'_>],
        only: Option<(&ContractLine, &[Expression])>,
        at: &Spot,
    ) -> Option<Finding> {
        let arena = self.arena;
        let mut state = state;
        let claims: Vec<Claim<'_>> = claims
            .iter()
            .map(|claim| Claim { object: state.current(arena, claim.object), ..*claim })
            .collect();
        let is_one = |state: &State, one, two| state.equal(arena, one, two) == Some(true);
        let is_contrary = claims.iter().any(|one| {
            claims.iter().any(|two| one.is_held && !two.is_held && is_one(&state, one.object, two.object))
        });
        if is_contrary {
            // Nobody can keep it when the two are one object: they are not.
            return None;
        }
        for claim in &claims {
            let clause = Some(claim.line);
            match (claim.is_held, scope.is_held(&state, claim.object)) {
                (true, Some(false)) => return Some(self.not_held(&state, claim.object, clause, at)),
                (false, Some(true)) => return Some(self.held(&state, claim.object, clause, at)),
                (_, None) if self.is_closed() => {
                    let shown = state.describe(arena, claim.object);
                    self.undecided(at, &format!("Whether the lock of {shown} is held here is not known."));
                }
                _ => {}
            }
        }
        if let Some((line, things)) = only {
            return self.only_fault(&mut state, scope, line, things, at);
        }
        let fault = self.frame_fault(&state, &claims, at);
        if fault.is_some() && self.own.is_partly_vague {
            self.undecided(at, "What its contract says of locks is not understood as a whole.");
            return None;
        }
        fault
    }

    /// Only the locks of these objects are held.
    fn only_fault(
        &self,
        state: &mut State,
        scope: &Scope<'_>,
        line: &ContractLine,
        things: &[Expression],
        at: &Spot,
    ) -> Option<Finding> {
        let objects: Vec<Value> = things.iter().filter_map(|thing| scope.value(state, thing)).collect();
        if objects.len() < things.len() {
            self.undecided(at, "Which locks its contract leaves held here is not known.");
            return None;
        }
        let is_meant = |other: &Value| {
            objects.iter().any(|object| state.equal(self.arena, *object, *other) == Some(true))
        };
        if let Some(extra) = state.held().find(|other| !is_meant(other)) {
            return Some(self.held(state, extra, Some(line), at));
        }
        for object in objects {
            match scope.is_held(state, object) {
                Some(false) => return Some(self.not_held(state, object, Some(line), at)),
                None => {
                    let shown = state.describe(self.arena, object);
                    self.undecided(at, &format!("Whether the lock of {shown} is held here is not known."));
                }
                Some(true) => {}
            }
        }
        None
    }

    /// What the contract does not speak of is as it was at the call.
    fn frame_fault(&self, state: &State, claims: &[Claim<'_>], at: &Spot) -> Option<Finding> {
        let is_told = |object: Value| {
            claims.iter().any(|claim| state.equal(self.arena, claim.object, object) == Some(true))
        };
        let was_held = |object: Value| {
            state.held_at_entry.iter().any(|held| state.equal(self.arena, *held, object) == Some(true))
        };
        if let Some(extra) = state.held().find(|object| !is_told(*object) && !was_held(*object)) {
            return Some(self.held(state, extra, None, at));
        }
        let lost = state.held_at_entry.iter().copied().find(|object| {
            let is_held = state.held().any(|held| state.equal(self.arena, held, *object) != Some(false));
            !is_held && !is_told(*object)
        });
        lost.map(|lost| self.not_held(state, lost, None, at))
    }

    fn held(&self, state: &State, object: Value, line: Option<&ContractLine>, at: &Spot) -> Finding {
        let message = format!(
            "the lock of {} is held {} and not released at this return",
            state.describe(self.arena, object),
            state.since(object)
        );
        let clause = line.map(|line| clause(&self.own, line));
        let help = "release the lock on this path";
        self.finding(Code::HELD_AT_RETURN, at, message, state, clause, Some(help))
    }

    fn not_held(&self, state: &State, object: Value, line: Option<&ContractLine>, at: &Spot) -> Finding {
        let message = format!(
            "the lock of {} is not held at this return, as the contract says it is",
            state.describe(self.arena, object)
        );
        let clause = line.map(|line| clause(&self.own, line));
        let help = "keep or take the lock on this path";
        self.finding(Code::NOT_HELD_AT_RETURN, at, message, state, clause, Some(help))
    }

    // ---- results ----

    fn result_fault(&self, state: &State, scope: &Scope<'_>, at: &Spot) -> Option<Finding> {
        let (allowed, value) = (self.own.results.as_ref()?, scope.result?);
        let domain = state.domain(self.arena, state.current(self.arena, value));
        let what = match domain.listed() {
            Some(listed) => {
                let first = listed.iter().find(|value| !allowed.has(**value))?;
                let among = if domain.single().is_some() { "" } else { " among others" };
                format!("{first}{among}, which the contract does not list")
            }
            None if domain.and(allowed).is_empty() => "no value that the contract lists".to_owned(),
            None => return None,
        };
        Some(self.wrong_result(state, &what, self.listing(allowed), at))
    }

    /// What may be returned that a clause of a case at hand does not list.
    fn unlisted(&self, state: &State, scope: &Scope<'_>, line: &ContractLine) -> Option<String> {
        let [Statement::Holds(formula)] = line.statements.as_slice() else { return None };
        let allowed = result_domain(formula, &|name| self.contracts.constant(name))?;
        let domain = state.domain(self.arena, state.current(self.arena, scope.result?));
        let first = domain.listed()?.iter().find(|value| !allowed.has(**value))?;
        let among = if domain.single().is_some() { "" } else { " among others" };
        Some(format!("{first}{among}, which its contract does not list for this case"))
    }

    /// A clause that lists what is returned.
    fn listing(&self, allowed: &Domain) -> Option<&ContractLine> {
        let lines = self.own.contract.functional.post.iter().flat_map(|case| &case.lines);
        let lists = |line: &&ContractLine| {
            line.text.contains("result") && line.text.contains("||") && allowed.listed().is_some()
        };
        lines.into_iter().find(lists)
    }

    fn wrong_result(&self, state: &State, what: &str, line: Option<&ContractLine>, at: &Spot) -> Finding {
        let message = format!("`{}` returns {what}", self.function.name);
        let clause = line.map(|line| clause(&self.own, line));
        self.finding(Code::RESULT_OUTSIDE, at, message, state, clause, None)
    }

    /// A clause about the result that is known to be broken here.
    fn case_fault(&self, state: &State, scope: &Scope<'_>, at: &Spot) -> Option<Finding> {
        for case in &self.own.contract.functional.post {
            let mut state = state.clone();
            if !self.applies(case, &mut state, scope) || self.is_doubtful(case, &mut state, scope) {
                continue;
            }
            for line in &case.lines {
                if let Some(what) = self.unlisted(&state, scope, line) {
                    return Some(self.wrong_result(&state, &what, Some(line), at));
                }
                let broken = formulas(&line.statements).into_iter().any(|formula| {
                    speaks_of_result(formula) && scope.truth(&mut state, formula) == Some(false)
                });
                let is_plain = matches!(line.statements.as_slice(), [Statement::Holds(_)]);
                if broken && is_plain && !is_of_locks(line) {
                    let what = "something else than this clause of its contract says";
                    return Some(self.wrong_result(&state, what, Some(line), at));
                }
            }
        }
        None
    }

    // ---- memory ----

    /// A parameter that the contract says is freed, and that this path has not freed.
    fn unfreed(&self, state: &State, scope: &Scope<'_>, at: &Spot) -> Option<Finding> {
        for case in &self.own.contract.functional.post {
            let mut probe = state.clone();
            if !self.applies(case, &mut probe, scope) {
                continue;
            }
            for line in &case.lines {
                let Some(value) = freed_parameter(line, &self.own.contract).map(|at| state.parameters[at])
                else {
                    continue;
                };
                let value = state.current(self.arena, value);
                if !state.freed.contains_key(&value) && state.owned.is_empty() && !state.is_unsure {
                    let shown = state.describe(self.arena, value);
                    let message =
                        format!("{shown} is not freed when the function returns, as the contract says it is");
                    let clause = Some(clause(&self.own, line));
                    return Some(self.finding(
                        Code::LEAKED,
                        at,
                        message,
                        state,
                        clause,
                        Some("free it on this path"),
                    ));
                }
            }
        }
        None
    }

    /// Whether a case is known to be the one at hand.
    fn applies(&self, case: &ContractCase, state: &mut State, scope: &Scope<'_>) -> bool {
        match &case.guard {
            Some(guard) => {
                let is_met = |statement: &Statement, state: &mut State| match statement {
                    Statement::Holds(formula) => scope.truth(state, formula) == Some(true),
                    _ => false,
                };
                guard.is_understood && guard.statements.iter().all(|statement| is_met(statement, state))
            }
            None => !case.is_case,
        }
    }

    /// Whether a case is only at hand because a function that was called may have changed what its guard reads: at the call the
    /// guard did not hold, and no contract says that it came to hold.
    fn is_doubtful(&self, case: &ContractCase, state: &mut State, scope: &Scope<'_>) -> bool {
        let (Some(guard), Some(old)) = (&case.guard, scope.old) else { return false };
        let formulas = formulas(&guard.statements);
        let did_not_hold = |formula: &&Expression| scope.truth(&mut old.clone(), formula) == Some(false);
        formulas.iter().any(did_not_hold)
            && formulas.iter().any(|formula| reads_what_may_have_changed(formula, state, scope))
    }

    fn memory_faults(&self, state: &State, at: &Spot) {
        for (value, deed) in &state.owned {
            let message = format!(
                "{}, which `{}` made in line {}, is neither freed nor handed on when the function returns",
                state.describe(self.arena, *value),
                deed.0.by,
                deed.0.at.line
            );
            let help = "free it on this path";
            self.find(Code::LEAKED, at, message, state, None, Some(help));
        }
    }
}

fn copied<'l>(claims: &[Claim<'l>]) -> Vec<Claim<'l>> {
    claims.iter().map(|claim| Claim { ..*claim }).collect()
}

/// `locked(p)` or `!locked(p)`.
fn lock_literal(formula: &Expression) -> Option<(&Expression, bool)> {
    match &formula.node {
        Node::Call(name, arguments) if name == "locked" => Some((arguments.first()?, true)),
        Node::Unary(Unary::Not, inner) => lock_literal(inner).map(|(object, is_held)| (object, !is_held)),
        _ => None,
    }
}

fn only_locked(statements: &[Statement]) -> Option<&[Expression]> {
    statements.iter().find_map(|statement| match statement {
        Statement::OnlyLocked(things) => Some(things.as_slice()),
        _ => None,
    })
}

/// Whether a formula reads memory that a function which was called may have changed.
fn reads_what_may_have_changed(formula: &Expression, state: &mut State, scope: &Scope<'_>) -> bool {
    let is_place =
        matches!(formula.node, Node::Member(..) | Node::Index(..) | Node::Unary(Unary::Dereference, _));
    let value = if is_place { scope.value(state, formula) } else { None };
    value.is_some_and(|value| state.was.contains_key(&value))
        || formula.operands().into_iter().any(|operand| reads_what_may_have_changed(operand, state, scope))
}

fn speaks_of_result(formula: &Expression) -> bool {
    matches!(formula.node, Node::Result) || formula.operands().into_iter().any(speaks_of_result)
}

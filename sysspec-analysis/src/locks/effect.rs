//! What a function asks of locks and does to them, as its contract says: small values without places, so that prose
//! may change around them.

use std::fmt::Write;

use crate::c::{Shape, Type};
use crate::db::{Db, SourceFile};
use crate::english::Statement;
use crate::formula::{Binary, Expression, Node, Unary};
use crate::obligation::contract::{Contract, Line, Part, contract};
use crate::vocabulary::function_shape;

/// What a contract says of locks.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Effect {
    /// The parameters, in order.
    pub parameters: Vec<Parameter>,
    /// What is asked at the call.
    pub before: Vec<Fact>,
    /// What holds on return, case by case.
    pub outcomes: Vec<Outcome>,
    /// Whether the contract says anything of locks that is understood.
    pub is_stated: bool,
    /// Whether it says something of locks that is not understood.
    pub is_vague: bool,
    /// Whether a refine phase states it; a utility states its locks among everything else.
    pub is_refined: bool,
    /// Whether the function returns nothing.
    pub is_void: bool,
}

/// A parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Its name, when the declaration gives one.
    pub name: Option<String>,
    /// The structure that it points to, when it is a plain pointer to one.
    pub class: Option<String>,
}

/// What holds of locks in one case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The case's guard; `None` for what holds in any case.
    pub guard: Option<Guard>,
    /// What holds.
    pub facts: Vec<Fact>,
}

/// The guard of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Guard {
    /// All of these.
    Known(Vec<Expression>),
    /// Something that is not understood.
    Unknown,
}

/// One thing that is said of locks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// The lock of an object is held.
    Held(Expression),
    /// It is not held.
    Free(Expression),
    /// The locks of these are held, and no others.
    Only(Vec<Expression>),
    /// Locks are as they were.
    Unchanged,
    /// The lock of an object is in some state, depending on something.
    Depends(Expression),
}

/// What a lock is after a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum After {
    /// Held, whatever the function returns.
    Held,
    /// Not held, whatever it returns.
    Free,
    /// As it was.
    Unchanged,
    /// Either.
    Either,
}

impl Effect {
    /// What the contract that a file states for a function says of locks.
    pub fn of(db: &dyn Db, file: SourceFile, function: &str) -> Effect {
        let locks = contract(db, file, function, Part::Locks, &|_| None);
        let is_refined = !locks.is_empty();
        let stated =
            if is_refined { locks } else { contract(db, file, function, Part::Functional, &|_| None) };
        let shape = function_shape(db, file, function);
        Effect::new(&stated, shape.as_deref(), is_refined)
    }

    fn new(contract: &Contract, shape: Option<&Shape>, is_refined: bool) -> Effect {
        let mut out = Effect { is_refined, ..Effect::default() };
        if let Some(Shape::Function(function, _)) = shape {
            out.is_void = function.result == Type::Basic("void");
            let names = function.names.0.iter().cloned().chain(std::iter::repeat(None));
            out.parameters = function
                .parameters
                .iter()
                .zip(names)
                .map(|(ty, name)| Parameter { name, class: class_of(ty) })
                .collect();
        }
        for line in contract.pre.iter().chain(&contract.invariant) {
            out.is_vague |= is_vague(line);
        }
        for line in &contract.pre {
            facts(&line.statements, &mut out.before);
            // A contract that assumes nothing may find any lock held.
            out.is_vague |= line.statements.contains(&Statement::NoAssumption) && speaks_of_locks(line);
        }
        for group in &contract.post {
            let guard = group.guard.as_ref().map(|guard| match guard.is_understood {
                true => Guard::Known(formulas(&guard.statements)),
                false => Guard::Unknown,
            });
            let mut outcome = Outcome { guard, facts: Vec::new() };
            for line in &group.lines {
                out.is_vague |= is_vague(line);
                facts(&line.statements, &mut outcome.facts);
            }
            out.outcomes.push(outcome);
        }
        let said = out.outcomes.iter().flat_map(|outcome| &outcome.facts).chain(&out.before);
        out.is_stated = said.count() > 0;
        if !is_refined {
            // Cases about other things do not matter.
            out.outcomes.retain(|outcome| outcome.guard.is_some() || !outcome.facts.is_empty());
        }
        out
    }

    /// What the name of a function tells that no contract tells of: `lock` takes the lock of its only parameter that
    /// may have one, `unlock` gives it back.
    pub fn by_name(db: &dyn Db, file: SourceFile, function: &str) -> Effect {
        let shape = function_shape(db, file, function);
        let mut out = Effect::new(&Contract::default(), shape.as_deref(), false);
        let fact = match function.split('_').find(|word| matches!(*word, "lock" | "unlock")) {
            Some("lock") => (Fact::Free as fn(Expression) -> Fact, Fact::Held as fn(Expression) -> Fact),
            Some(_) => (Fact::Held as fn(Expression) -> Fact, Fact::Free as fn(Expression) -> Fact),
            None => return out,
        };
        let lockable = out.parameters.iter().filter(|parameter| parameter.class.is_some());
        let names: Vec<String> = lockable.filter_map(|parameter| parameter.name.clone()).collect();
        if let ([name], true) = (names.as_slice(), out.is_void) {
            let object = || Expression::new(Node::Name(name.clone()), 0..0);
            out.before.push((fact.0)(object()));
            out.outcomes.push(Outcome { guard: None, facts: vec![(fact.1)(object())] });
            out.is_stated = true;
        }
        out
    }

    /// Whether a caller need not care: nothing is asked, and nothing changes.
    pub fn is_neutral(&self) -> bool {
        let is_neutral = |fact: &Fact| matches!(fact, Fact::Unchanged | Fact::Free(_));
        !self.is_vague
            && self.before.iter().all(is_neutral)
            && self
                .outcomes
                .iter()
                .all(|outcome| outcome.facts.iter().all(|fact| matches!(fact, Fact::Unchanged)))
    }

    /// Whether the caller must own no lock at all.
    pub fn needs_none(&self) -> bool {
        self.before.iter().any(|fact| matches!(fact, Fact::Only(objects) if objects.is_empty()))
    }

    /// The parameters whose locks the caller must hold, and those whose locks it must not hold.
    pub fn needs(&self) -> Vec<(usize, bool)> {
        let mut out = Vec::new();
        for fact in &self.before {
            let (objects, is_held): (&[Expression], bool) = match fact {
                Fact::Held(object) => (std::slice::from_ref(object), true),
                Fact::Only(objects) => (objects, true),
                Fact::Free(object) => (std::slice::from_ref(object), false),
                Fact::Unchanged | Fact::Depends(_) => continue,
            };
            out.extend(objects.iter().filter_map(|object| Some((self.position(object)?, is_held))));
        }
        out
    }

    /// Whether some lock must be held at the call.
    pub fn needs_held(&self) -> bool {
        self.before.iter().any(|fact| match fact {
            Fact::Held(_) => true,
            Fact::Only(objects) => !objects.is_empty(),
            _ => false,
        })
    }

    /// What the lock of a parameter is after a call.
    pub fn after(&self, parameter: usize) -> After {
        let always = self.in_any_case(|fact| self.said(fact, parameter));
        if let Some(state) = always {
            return state;
        }
        let mut cases = self.outcomes.iter().filter(|outcome| outcome.guard.is_some()).peekable();
        if cases.peek().is_none() {
            return After::Unchanged;
        }
        let of = |outcome: &Outcome| {
            let mut said = outcome.facts.iter().filter_map(|fact| self.said(fact, parameter));
            said.next().unwrap_or(After::Unchanged)
        };
        let states: Vec<After> = cases.map(of).collect();
        match states.iter().all(|state| *state == states[0]) {
            true => states[0],
            false => After::Either,
        }
    }

    fn in_any_case<T>(&self, ask: impl Fn(&Fact) -> Option<T>) -> Option<T> {
        let plain = self.outcomes.iter().filter(|outcome| outcome.guard.is_none());
        plain.flat_map(|outcome| &outcome.facts).find_map(ask)
    }

    fn said(&self, fact: &Fact, parameter: usize) -> Option<After> {
        let is_it = |object: &Expression| self.position(object) == Some(parameter);
        match fact {
            Fact::Held(object) if is_it(object) => Some(After::Held),
            Fact::Free(object) if is_it(object) => Some(After::Free),
            Fact::Only(objects) if objects.iter().any(is_it) => Some(After::Held),
            Fact::Only(objects) if objects.iter().all(is_parameter) => Some(After::Free),
            // The others may be one with it.
            Fact::Only(_) => Some(After::Either),
            Fact::Depends(object) if is_it(object) => Some(After::Either),
            Fact::Unchanged => Some(After::Unchanged),
            _ => None,
        }
    }

    /// How many locks of objects that are no parameters the caller may own after a call.
    pub fn gained(&self) -> usize {
        let of = |outcome: &Outcome| {
            let counted = |fact: &Fact| match fact {
                Fact::Held(object) | Fact::Depends(object) => usize::from(!is_parameter(object)),
                Fact::Only(objects) => objects.iter().filter(|object| !is_parameter(object)).count(),
                Fact::Free(_) | Fact::Unchanged => 0,
            };
            outcome.facts.iter().map(counted).sum::<usize>()
        };
        self.outcomes.iter().map(of).max().unwrap_or(0)
    }

    /// Whether every case says of all locks what they are.
    pub fn is_exhaustive(&self) -> bool {
        let says_all = |outcome: &Outcome| outcome.facts.iter().any(|fact| matches!(fact, Fact::Only(_)));
        let mut cases = self.outcomes.iter().filter(|outcome| outcome.guard.is_some()).peekable();
        self.outcomes.iter().any(|outcome| outcome.guard.is_none() && says_all(outcome))
            || (cases.peek().is_some() && cases.all(says_all))
    }

    /// Whether the caller may own a lock after a call that it did not own before.
    pub fn may_acquire(&self) -> bool {
        let needed = self.needs();
        let is_new = |at: usize| {
            matches!(self.after(at), After::Held | After::Either) && !needed.contains(&(at, true))
        };
        self.is_vague || self.gained() > 0 || (0..self.parameters.len()).any(is_new)
    }

    /// Whether the caller may have lost a lock after a call.
    pub fn may_release(&self) -> bool {
        let is_lost = |at: usize| matches!(self.after(at), After::Free | After::Either);
        if self.needs_none() {
            return self.is_vague;
        }
        self.is_vague
            || self.needs().iter().any(|&(at, is_held)| is_held && is_lost(at))
            // What a contract only says is free on return may have been held.
            || (0..self.parameters.len()).any(|at| self.after(at) == After::Either)
            || self.is_exhaustive()
    }

    /// The one parameter whose lock the function acquires, if that is all it does to locks.
    pub fn acquires(&self) -> Option<usize> {
        self.only_change(false, After::Held)
    }

    /// The parameters whose locks the function releases, if that is all it does to locks.
    pub fn releases(&self) -> Option<usize> {
        self.only_change(true, After::Free)
    }

    fn only_change(&self, before: bool, after: After) -> Option<usize> {
        if self.is_vague || !self.is_void || self.gained() > 0 {
            return None;
        }
        let mut changed = (0..self.parameters.len()).filter(|&at| self.after(at) != After::Unchanged);
        let at = changed.next()?;
        let is_only = changed.next().is_none() && !self.needs().contains(&(at, !before));
        (is_only && self.after(at) == after).then_some(at)
    }

    /// Whether the function exists to take or give back locks, and does nothing else: a utility that returns nothing.
    pub fn is_primitive(&self) -> bool {
        !self.is_refined && self.is_void && !self.is_vague && self.is_stated
    }

    /// The position of a parameter that an expression names.
    pub fn position(&self, object: &Expression) -> Option<usize> {
        let Node::Name(name) = &object.node else { return None };
        self.parameters.iter().position(|parameter| parameter.name.as_ref() == Some(name))
    }

    /// The effect in one line, for a reader: "at the call `cur` is held; on return `cur` is not held".
    pub fn line(&self) -> Option<String> {
        if !self.is_stated {
            return None;
        }
        let before: Vec<String> = self.before.iter().map(shown).collect();
        let mut parts: Vec<String> = Vec::new();
        if !before.is_empty() {
            parts.push(format!("at the call {}", before.join(", ")));
        }
        let mut after: Vec<String> = Vec::new();
        for outcome in self.outcomes.iter().filter(|outcome| !outcome.facts.is_empty()) {
            let facts: Vec<String> = outcome.facts.iter().map(shown).collect();
            let mut part = facts.join(", ");
            match &outcome.guard {
                Some(Guard::Known(tests)) => {
                    let tests: Vec<String> = tests.iter().map(ToString::to_string).collect();
                    _ = write!(part, " if `{}`", tests.join(" && "));
                }
                Some(Guard::Unknown) => part += " in some cases",
                None => {}
            }
            after.push(part);
        }
        if !after.is_empty() {
            parts.push(format!("on return {}", after.join("; ")));
        }
        Some(parts.join("; "))
    }
}

fn shown(fact: &Fact) -> String {
    match fact {
        Fact::Held(object) => format!("`{object}` is held"),
        Fact::Free(object) => format!("`{object}` is not held"),
        Fact::Only(objects) if objects.is_empty() => "no lock is held".to_owned(),
        Fact::Only(objects) => {
            let names: Vec<String> = objects.iter().map(|object| format!("`{object}`")).collect();
            {
                let verb = if names.len() == 1 { "is" } else { "are" };
                format!("only {} {verb} held", names.join(" and "))
            }
        }
        Fact::Unchanged => "locks are as they were".to_owned(),
        Fact::Depends(object) => format!("`{object}` depends"),
    }
}

/// Whether an object is named by a parameter of its own, not reached from one.
fn is_parameter(object: &Expression) -> bool {
    matches!(object.node, Node::Name(_))
}

/// The structure that a plain pointer points to.
pub fn class_of(ty: &Type) -> Option<String> {
    let Type::Pointer(inner) = ty else { return None };
    match inner.as_ref().clone().unqualified() {
        Type::Struct(tag) => Some(format!("struct {tag}")),
        Type::Name(name) => Some(name),
        _ => None,
    }
}

/// The formulas of statements that hold without a condition of their own.
fn formulas(statements: &[Statement]) -> Vec<Expression> {
    let of = |statement: &Statement| match statement {
        Statement::Holds(formula) => Some(formula.clone()),
        _ => None,
    };
    statements.iter().filter_map(of).collect()
}

fn is_vague(line: &Line) -> bool {
    !line.is_understood && speaks_of_locks(line)
}

fn speaks_of_locks(line: &Line) -> bool {
    const WORDS: &[&str] = &["lock", "locks", "locked", "unlock", "unlocks", "unlocked"];
    let mut words = line.text.split(|c: char| !c.is_alphanumeric());
    words.any(|word| WORDS.iter().any(|known| word.eq_ignore_ascii_case(known)))
}

fn facts(statements: &[Statement], out: &mut Vec<Fact>) {
    for statement in statements {
        match statement {
            Statement::Holds(formula) => of_formula(formula, out),
            Statement::If(_, inner) => {
                let mut conditional = Vec::new();
                facts(inner, &mut conditional);
                for fact in conditional {
                    match fact {
                        Fact::Held(object) | Fact::Free(object) | Fact::Depends(object) => {
                            out.push(Fact::Depends(object));
                        }
                        Fact::Only(objects) => out.extend(objects.into_iter().map(Fact::Depends)),
                        Fact::Unchanged => {}
                    }
                }
            }
            Statement::OnlyLocked(objects) => out.push(Fact::Only(objects.clone())),
            Statement::NoNewLocks(objects) => out.extend(objects.iter().cloned().map(Fact::Depends)),
            Statement::LocksUnchanged => out.push(Fact::Unchanged),
            Statement::NoAssumption => {}
        }
    }
}

fn of_formula(formula: &Expression, out: &mut Vec<Fact>) {
    match &formula.node {
        Node::Binary(Binary::And, left, right) => {
            of_formula(left, out);
            of_formula(right, out);
        }
        Node::Call(name, arguments) if name == "locked" => {
            out.extend(arguments.first().cloned().map(Fact::Held));
        }
        Node::Unary(Unary::Not, inner) => {
            if let Node::Call(name, arguments) = &inner.node
                && name == "locked"
            {
                out.extend(arguments.first().cloned().map(Fact::Free));
            } else {
                depends(formula, out);
            }
        }
        _ => depends(formula, out),
    }
}

/// The objects whose locks a formula speaks of in some other way.
fn depends(formula: &Expression, out: &mut Vec<Fact>) {
    if let Node::Call(name, arguments) = &formula.node
        && name == "locked"
    {
        out.extend(arguments.first().cloned().map(Fact::Depends));
        return;
    }
    formula.operands().into_iter().for_each(|operand| depends(operand, out));
}

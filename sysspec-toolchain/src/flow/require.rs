//! What callees ask of values: pre-conditions other than locks and pointers that are not `NULL`.
//!
//! A call breaks one when it does not hold on a path that leads there; or when a parameter is handed on as it came, by a
//! function whose own contract says nothing of it. What a predicate says of memory comes from contracts, and whether a
//! path is one that can be taken from more than these tell: there no path must lead to the call that keeps the rule.
//! Whatever else is not shown to hold is counted.

use std::rc::Rc;

use sysspec_analysis::formula::{Binary, Expression, Node};
use sysspec_analysis::{Code, ContractLine, Statement};

use super::call::{clause, non_null};
use super::cfg::{Expr, Function, Spot, Step, Terminator, Variable};
use super::contract::speaks_of_locks;
use super::domain::Domain;
use super::finding::Finding;
use super::formula::Scope;
use super::interpret::Interpreter;
use super::state::State;
use super::term::Term;

/// How many requirements of calls were looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Requirements {
    /// They hold on every path.
    pub met: usize,
    /// On some path it is not known whether they do.
    pub undecided: usize,
}

impl Requirements {
    /// Counts those of another function, too.
    pub fn add(&mut self, other: Self) {
        self.met += other.met;
        self.undecided += other.undecided;
    }
}

/// One requirement of one call: where the call stands, who is called, and which formula of which line it is.
pub type Requirement = (usize, Rc<str>, usize, usize);

/// What the paths to a call have shown of a requirement.
#[derive(Debug, Default)]
pub struct Shown {
    is_kept: bool,
    is_open: bool,
    /// What is told when it is broken on every path.
    broken: Option<Finding>,
}

impl Interpreter<'_> {
    /// Holds the values of a call to what the callee asks of them. `false` ends the path: it is told.
    pub fn meets_values(&self, state: &mut State, scope: &Scope<'_>, at: &Spot) -> bool {
        let contract = &scope.summary.contract;
        let of_locks = contract.locks.pre.iter().filter(|_| self.options.locks);
        for line in contract.functional.pre.iter().chain(of_locks) {
            let mut formulas = Vec::new();
            line.statements.iter().for_each(|statement| required(statement, &mut formulas));
            for (number, (guard, formula)) in formulas.into_iter().enumerate() {
                if !self.meets_value(state, scope, (guard, formula), (line, number), at) {
                    return false;
                }
            }
        }
        true
    }

    fn meets_value(
        &self,
        state: &mut State,
        scope: &Scope<'_>,
        (guard, formula): (Option<&Expression>, &Expression),
        (line, number): (&ContractLine, usize),
        at: &Spot,
    ) -> bool {
        let mut probe = state.clone();
        let holds = match self.fits(&mut probe, scope) {
            true => {
                let guard = guard.map_or(Some(true), |guard| scope.truth(&mut probe, guard));
                match guard {
                    Some(false) => Some(true),
                    Some(true) => scope.truth(&mut probe, formula),
                    None => scope.truth(&mut probe, formula).filter(|holds| *holds),
                }
            }
            false => None,
        };
        let key: Requirement =
            (at.range.start, scope.summary.contract.function.as_str().into(), line.place.range.start, number);
        match holds {
            Some(true) => self.requirements.borrow_mut().entry(key).or_default().is_kept = true,
            Some(false) => {
                let finding = self.broken(state, scope, formula, line, at);
                if !is_predicate(formula) {
                    self.tell(finding);
                    return false;
                }
                self.requirements.borrow_mut().entry(key).or_default().broken.get_or_insert(finding);
            }
            None => {
                let handed = guard.is_none().then(|| self.handed_on(state, scope, formula, at)).flatten();
                if let Some((parameter, witness)) = handed {
                    self.tell_unchecked(state, scope, (parameter, witness), line, at);
                } else {
                    self.requirements.borrow_mut().entry(key).or_default().is_open = true;
                }
            }
        }
        true
    }

    /// How many requirements hold, when all paths have been followed. Tells those that hold on none.
    pub fn judge_requirements(&self) -> Requirements {
        let mut found = Requirements::default();
        for shown in self.requirements.take().into_values() {
            match shown {
                Shown { is_kept: false, is_open: false, broken: Some(finding) } => self.tell(finding),
                Shown { is_kept: true, is_open: false, broken: None } => found.met += 1,
                _ => found.undecided += 1,
            }
        }
        found
    }

    /// Takes for granted that the arguments are values of the parameters' types. `false` when one may be none, so that it
    /// is converted.
    fn fits(&self, state: &mut State, scope: &Scope<'_>) -> bool {
        scope.arguments.iter().zip(&scope.summary.contract.parameters).all(|(argument, parameter)| {
            let Some((low, high)) = parameter.range else { return true };
            let value = state.current(self.arena, *argument);
            let (least, most) = state.domain(self.arena, value).bounds();
            let is_outside = least.is_some_and(|least| least < low) || most.is_some_and(|most| most > high);
            !is_outside
                && (self.arena.as_integer(value).is_some()
                    || state.constrain(self.arena, value, &Domain::between(Some(low), Some(high))))
        })
    }

    fn broken(
        &self,
        state: &State,
        scope: &Scope<'_>,
        formula: &Expression,
        line: &ContractLine,
        at: &Spot,
    ) -> Finding {
        let name = &scope.summary.contract.function;
        let given = self.given(state, scope, formula);
        let message = match given.is_empty() {
            true => format!("`{name}` requires `{formula}`, which does not hold here"),
            false => format!("`{name}` requires `{formula}`, and here {given}"),
        };
        let help = "pass what the contract allows, or leave the call out on this path";
        let clause = Some(clause(scope.summary, line));
        self.finding(Code::UNMET_REQUIREMENT, at, message, state, clause, Some(help))
    }

    /// What the parameters in a formula are given: "`count` is 0".
    fn given(&self, state: &State, scope: &Scope<'_>, formula: &Expression) -> String {
        let mut names = Vec::new();
        names_in(formula, &mut names);
        let given = names.into_iter().filter_map(|name| {
            let value = scope.arguments.get(scope.summary.parameter(name)?)?;
            let value = state.current(self.arena, *value);
            let domain = state.domain(self.arena, value);
            let shown = match (domain.single(), domain.bounds()) {
                (Some(integer), _) => integer.to_string(),
                (None, (Some(low), Some(high))) => format!("{low} to {high}"),
                (None, (Some(low), None)) => format!("{low} or more"),
                (None, (None, Some(high))) => format!("{high} or less"),
                (None, (None, None)) => state.describe(self.arena, value).trim_matches('`').to_owned(),
            };
            Some(format!("`{name}` is {shown}"))
        });
        given.collect::<Vec<_>>().join(", ")
    }

    fn tell_unchecked(
        &self,
        state: &State,
        scope: &Scope<'_>,
        (parameter, witness): (usize, i128),
        line: &ContractLine,
        at: &Spot,
    ) {
        let name = &scope.summary.contract.function;
        let shown = &self.function.parameters[parameter].name;
        let message = format!(
            "`{shown}` is passed to `{name}` as it came, and may be {witness}, which the contract of `{name}` does not allow"
        );
        let help = format!(
            "test `{shown}` before the call, or let the pre-condition of `{}` say what it may be",
            self.function.name
        );
        let clause = Some(clause(scope.summary, line));
        self.find(Code::UNMET_REQUIREMENT, at, message, state, clause, Some(&help));
    }

    /// A parameter of the function that breaks a formula when it has some value of its type, is handed on in this call,
    /// and that neither the contract says anything of nor the code looks at.
    fn handed_on(
        &self,
        state: &State,
        scope: &Scope<'_>,
        formula: &Expression,
        at: &Spot,
    ) -> Option<(usize, i128)> {
        let mut names = Vec::new();
        names_in(formula, &mut names);
        let [name] = names.as_slice() else { return None };
        let position = scope.summary.parameter(name)?;
        let (least, most) = scope.summary.contract.parameters.get(position)?.range?;
        let value = state.current(self.arena, *scope.arguments.get(position)?);
        let own = state.parameters.iter().position(|parameter| *parameter == value)?;
        let (low, high) = self.own.contract.parameters.get(own)?.range?;
        let is_open = matches!(&*self.arena.term(value), Term::Symbol(_))
            && state.domain(self.arena, value).is_any()
            && !self.is_spoken_of(own)
            && is_only_handed_on(&self.function, u32::try_from(own).ok()?, at);
        if !is_open {
            return None;
        }
        let (low, high) = (low.max(least), high.min(most));
        let mut candidates = [0, 1, -1, low, high].into_iter().filter(|value| (low..=high).contains(value));
        let breaks = candidates.find(|candidate| {
            let mut probe = state.clone();
            let mut arguments = scope.arguments.clone();
            arguments[position] = self.arena.integer(*candidate);
            let scope = self.scope(scope.summary, arguments, None, scope.deed.clone());
            scope.truth(&mut probe, formula) == Some(false)
        });
        Some((own, breaks?))
    }

    /// Whether the contract of the function says anything of a parameter that a caller has to see to, in whatever words.
    fn is_spoken_of(&self, parameter: usize) -> bool {
        let contract = &self.own.contract;
        let name = &self.function.parameters[parameter].name;
        let declared = contract.parameters.get(parameter).and_then(|parameter| parameter.name.as_deref());
        let lines = contract.functional.lines().chain(contract.locks.lines());
        lines.into_iter().any(|line| {
            let mut words = line.text.split(|c: char| !c.is_alphanumeric() && c != '_');
            words.any(|word| word == &**name || Some(word) == declared)
        })
    }
}

/// The formulas that a statement asks for, each with the guard it stands under. Locks and `p != NULL` are asked for
/// elsewhere.
fn required<'s>(statement: &'s Statement, out: &mut Vec<(Option<&'s Expression>, &'s Expression)>) {
    fn of<'s>(
        guard: Option<&'s Expression>,
        formula: &'s Expression,
        out: &mut Vec<(Option<&'s Expression>, &'s Expression)>,
    ) {
        match &formula.node {
            Node::Binary(Binary::And, left, right) => {
                of(guard, left, out);
                of(guard, right, out);
            }
            Node::Binary(Binary::Implies, condition, conclusion) if guard.is_none() => {
                of(Some(condition), conclusion, out);
            }
            _ if speaks_of_locks(formula) || non_null(formula).is_some() => {}
            _ => out.push((guard, formula)),
        }
    }
    match statement {
        Statement::Holds(formula) => of(None, formula, out),
        Statement::If(guard, inner) => {
            for statement in inner {
                if let Statement::Holds(formula) = statement {
                    of(Some(guard), formula, out);
                }
            }
        }
        _ => {}
    }
}

/// Whether a formula says something that no declaration gives a meaning.
fn is_predicate(formula: &Expression) -> bool {
    matches!(formula.node, Node::Call(..)) || formula.operands().into_iter().any(is_predicate)
}

/// The names in a formula, each once. A formula that looks into memory names what leads there.
fn names_in<'f>(formula: &'f Expression, out: &mut Vec<&'f str>) {
    if let Node::Name(name) = &formula.node
        && !out.contains(&name.as_str())
    {
        out.push(name);
    }
    formula.operands().into_iter().for_each(|operand| names_in(operand, out));
}

/// Whether all that a function does with a parameter is to read it once, for one of its own calls.
fn is_only_handed_on(function: &Function, parameter: Variable, at: &Spot) -> bool {
    if function.exposed.contains(&parameter) {
        return false;
    }
    let (mut named, mut is_own_call) = (0, false);
    let mut look = |expr: &Expr| named += mentions(expr, parameter);
    for block in &function.blocks {
        for step in &block.steps {
            match step {
                Step::Declare(_) => {}
                Step::Store { address, value, .. } => {
                    look(address);
                    look(value);
                }
                Step::Evaluate(value) => look(value),
                Step::Call { arguments, at: call, .. } => {
                    arguments.iter().for_each(&mut look);
                    is_own_call |= call == at;
                }
            }
        }
        match &block.end {
            Terminator::Branch { condition, .. } => look(condition),
            Terminator::Switch { value, .. } => look(value),
            Terminator::Return { value: Some(value), .. } => look(value),
            _ => {}
        }
    }
    named == 1 && is_own_call
}

/// How often a variable is named in an expression.
fn mentions(expr: &Expr, variable: Variable) -> usize {
    match expr {
        Expr::Variable(named) => usize::from(*named == variable),
        Expr::Member(base, _) | Expr::Load(base, _) => mentions(base, variable),
        Expr::Index(base, index) => mentions(base, variable) + mentions(index, variable),
        Expr::Operator(_, operands) => operands.iter().map(|operand| mentions(operand, variable)).sum(),
        _ => 0,
    }
}

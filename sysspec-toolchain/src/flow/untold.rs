//! What the code does or needs and its contract says nothing of.
//!
//! What a contract does not mention does not change: a store that no clause tells of breaks it for every caller. And what
//! the code needs of its caller has to be asked for. Both are held against contracts that are written in formulas; in
//! words much is meant that is not said.

use sysspec_analysis::formula::{Binary, Expression, Node};
use sysspec_analysis::{Code, ContractLine, Statement};

use super::cfg::Spot;
use super::contract::formulas;
use super::finding::Finding;
use super::formula::Scope;
use super::interpret::Interpreter;
use super::state::State;
use super::term::{Term, Value};

impl Interpreter<'_> {
    /// A store of this path of which no clause that may be about it says anything.
    pub fn untold(&self, state: &State, scope: &Scope<'_>) -> Option<Finding> {
        if self.options.locks || !self.tells_of_memory() {
            return None;
        }
        let lines = self.lines_at_hand(state, scope);
        let reached = |address: &Value| self.is_callers(state, scope, *address);
        let stores = state.written.iter().filter(|(address, _)| reached(address));
        for (address, at) in stores {
            let Some(name) = self.place_name(*address) else { continue };
            let is_told = lines.iter().any(|line| tells(line, &name, state, scope));
            if !is_told {
                let shown = state.describe(self.arena, *address);
                let shown = shown.trim_start_matches('`').trim_start_matches('&');
                let message = format!(
                    "`{shown} is set here, and the contract of `{}` does not say that it changes",
                    self.function.name
                );
                let help = format!("say in the post-condition what `{name}` is, or leave it as it was");
                return Some(self.finding(Code::UNTOLD_EFFECT, &at.0, message, state, None, Some(&help)));
            }
        }
        None
    }

    /// The clauses of the post-condition, and the invariants, but for cases that are known not to hold here.
    fn lines_at_hand(&self, state: &State, scope: &Scope<'_>) -> Vec<&ContractLine> {
        let part = &self.own.contract.functional;
        let is_out = |line: &ContractLine| {
            let mut formulas = formulas(&line.statements).into_iter();
            line.is_understood && formulas.any(|formula| is_excluded(formula, state, scope))
        };
        let cases = part.post.iter().filter(|case| !case.guard.as_ref().is_some_and(is_out));
        // What a predicate is about, the invariants explain.
        cases.flat_map(|case| case.guard.iter().chain(&case.lines)).chain(&part.invariant).collect()
    }

    /// Whether the caller can see what is at an address: it is reached from what he passed, from an object of the
    /// program, or from something new that he gets.
    fn is_callers(&self, state: &State, scope: &Scope<'_>, address: Value) -> bool {
        let root = self.arena.root(state.current(self.arena, address));
        if state.freed.contains_key(&root) {
            return false;
        }
        let is_handed_out = || {
            let result = scope.result.map(|result| state.current(self.arena, result));
            let is_stored = |(cell, value): (&Value, &Value)| {
                *value == root && state.parameters.contains(&self.arena.root(*cell))
            };
            result == Some(root) || state.memory.iter().any(is_stored)
        };
        matches!(&*self.arena.term(root), Term::Global(_))
            || state.parameters.contains(&root)
            || is_handed_out()
    }

    /// The name of the member or object that is stored to. Elements go by the name of what they are elements of.
    fn place_name(&self, address: Value) -> Option<String> {
        match &*self.arena.term(address) {
            Term::Member(_, name) => Some(name.to_string()),
            Term::Index(base, _) => self.place_name(*base),
            Term::Global(name) => Some(name.to_string()),
            // What a parameter leads to is told by the function's result, if at all: on an error it is nobody's.
            _ => None,
        }
    }

    /// Notes that a parameter is followed, or passed where it has to point to something, though it may be `NULL` by all
    /// that the contract says.
    pub fn note_assumed(&self, state: &State, pointer: Value, at: &Spot) {
        if self.options.locks || state.nullable.contains_key(&pointer) {
            return;
        }
        let Some(number) = state.parameters.iter().position(|value| *value == pointer) else { return };
        let Some(parameter) = self.own.contract.parameters.get(number) else { return };
        let Some(name) = parameter.name.as_deref().filter(|_| parameter.is_pointer) else { return };
        if !self.has_formal_pre() || self.speaks_of_null(name) {
            return;
        }
        let message = format!(
            "`{name}` is taken for a pointer that is not NULL here, and the contract of `{}` does not ask for that",
            self.function.name
        );
        let help = format!("add `{name} != NULL` to the pre-condition, or test it");
        let text = self.finding(Code::UNTOLD_DEMAND, at, message, state, None, Some(&help));
        self.tell_of_parameter(text, name);
    }

    /// Tells of a parameter once, at the first place that needs it.
    fn tell_of_parameter(&self, finding: Finding, name: &str) {
        let begin = format!("`{name}` is taken");
        let is_same = |known: &Finding| known.code == finding.code && known.message.starts_with(&begin);
        let is_known = self.findings.borrow().iter().any(is_same);
        if !is_known {
            self.tell(finding);
        }
    }

    /// Whether the post-condition tells of members in formulas, or says that it tells of all that change.
    fn tells_of_memory(&self) -> bool {
        fn has_member(formula: &Expression) -> bool {
            match &formula.node {
                Node::Old(_) => false,
                Node::Member(..) => true,
                _ => formula.operands().into_iter().any(has_member),
            }
        }
        let lines = self.own.contract.functional.post.iter().flat_map(|case| &case.lines);
        lines.into_iter().any(|line| match line.is_understood {
            true => formulas(&line.statements).into_iter().any(has_member),
            false => line.text.to_lowercase().contains("no other member"),
        })
    }

    fn has_formal_pre(&self) -> bool {
        let pre = &self.own.contract.functional.pre;
        pre.iter().any(|line| line.is_understood && line.text.contains('`'))
    }

    /// Whether the contract says when a parameter is `NULL`, in formulas or in words.
    fn speaks_of_null(&self, name: &str) -> bool {
        fn compares(formula: &Expression, name: &str) -> bool {
            let is_it = |one: &Expression| matches!(&one.node, Node::Name(own) if own == name);
            match &formula.node {
                Node::Name(_) => is_it(formula),
                Node::Binary(Binary::Equal | Binary::NotEqual, left, right) => {
                    let is_null = |one: &Expression| matches!(one.node, Node::Null);
                    is_it(left) && is_null(right) || is_null(left) && is_it(right)
                }
                // Only what is not NULL has a lock.
                Node::Call(called, arguments) => called == "locked" && arguments.iter().any(is_it),
                Node::Binary(operator, ..) if !operator.is_logical() => false,
                Node::Member(..) | Node::Index(..) => false,
                _ => formula.operands().into_iter().any(|operand| compares(operand, name)),
            }
        }
        // "`node` may be NULL", "`node` is a valid pointer": not what its memory holds, nor how it ends.
        let in_words = |text: &str| {
            let quoted = format!("`{name}`");
            text.split(&quoted).skip(1).any(|rest| {
                let said: Vec<String> =
                    words(rest).filter(|word| !word.is_empty()).take(7).map(str::to_lowercase).collect();
                let is_ended = said.iter().any(|word| word == "end" || word == "ends");
                !is_ended && said.iter().any(|word| word == "null" || word == "valid")
            })
        };
        let part = &self.own.contract.functional;
        part.lines().any(|line| {
            let in_formulas = line.statements.iter().any(|statement| match statement {
                Statement::Holds(formula) => compares(formula, name),
                _ => false,
            });
            in_formulas || !line.is_understood && in_words(&line.text)
        })
    }
}

/// Whether a guard is known not to hold. Calls may have changed what it asks about, as far as is known, without having
/// done so: what held at the call counts, too.
fn is_excluded(guard: &Expression, state: &State, scope: &Scope<'_>) -> bool {
    if let Node::Binary(Binary::And, left, right) = &guard.node {
        return is_excluded(left, state, scope) || is_excluded(right, state, scope);
    }
    let before = Expression::new(Node::Old(Box::new(guard.clone())), guard.range.clone());
    scope.truth(&mut state.clone(), guard) == Some(false)
        && scope.truth(&mut state.clone(), &before) != Some(true)
}

/// Whether a clause says what a member or object is on return, as far as its condition may hold.
fn tells(line: &ContractLine, name: &str, state: &State, scope: &Scope<'_>) -> bool {
    if !line.is_understood {
        return words(&line.text).any(|word| word == name);
    }
    formulas(&line.statements).into_iter().any(|formula| match &formula.node {
        Node::Binary(Binary::Implies, guard, conclusion) => {
            let is_out = scope.truth(&mut state.clone(), guard) == Some(false);
            mentions(guard, name) || !is_out && mentions(conclusion, name)
        }
        _ => mentions(formula, name),
    })
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_')
}

/// Whether a formula says something of a member or object on return.
fn mentions(formula: &Expression, name: &str) -> bool {
    match &formula.node {
        Node::Old(_) => false,
        Node::Name(known) | Node::Member(_, known, _) if known == name => true,
        _ => formula.operands().into_iter().any(|operand| mentions(operand, name)),
    }
}

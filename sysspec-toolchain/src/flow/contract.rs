//! Contracts of functions, ready to be applied to states.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use sysspec_analysis::formula::{Binary, Expression, Node, Unary};
use sysspec_analysis::{Analysis, Cancellable, ContractLine, ContractPart, FunctionContract, Statement};

use super::cfg::Program;
use super::domain::Domain;
use super::meaning;

/// A contract, and what follows from its words.
#[derive(Clone, Debug)]
pub struct Summary {
    /// The contract.
    pub contract: FunctionContract,
    /// Whether the clauses about locks stand in the functional part.
    locks_are_functional: bool,
    /// Whether something that is understood is said of locks.
    pub speaks_of_locks: bool,
    /// Whether something is promised of locks, and nothing of it is understood.
    pub is_vague_of_locks: bool,
    /// Whether something that is not understood is promised of locks, whatever else is.
    pub is_partly_vague: bool,
    /// The parameters of which it is said under which condition they are kept.
    pub kept: BTreeSet<usize>,
    /// The integers that it may return, when the contract lists them.
    pub results: Option<Domain>,
    /// What the post-condition speaks of that is no parameter: `volume.root`.
    pub changes: Vec<Expression>,
    /// What it speaks of as it was at the call.
    pub olds: Vec<Expression>,
    /// Names that stand for what a function returned that the code calls: "Let `made` be the result of `create`".
    pub lets: Vec<(String, Rc<str>)>,
    /// Whether a call leaves everything as it was but for locks and what clauses name.
    pub is_observer: bool,
}

/// Whose contracts a file's functions have and meet.
pub struct Contracts<'a> {
    analysis: &'a Analysis,
    /// The spec of each function of the file that has one.
    specs: HashMap<Rc<str>, String>,
    /// By spec and function.
    known: RefCell<Known>,
    constants: RefCell<HashMap<Rc<str>, i128>>,
}

/// Contracts by the spec that asks for them and the function; nothing for a function without one.
type Known = HashMap<(String, Rc<str>), Option<Rc<Summary>>>;

impl<'a> Contracts<'a> {
    /// The contracts that concern a file. `path` names the spec whose code it is, when that is known.
    pub fn new(analysis: &'a Analysis, program: &Program, path: Option<&str>) -> Cancellable<Self> {
        let mut specs = HashMap::new();
        for function in &program.functions {
            let found = match path {
                Some(path) => Some(path.to_owned()),
                None => analysis.guarantor(&function.name)?.map(|path| path.to_string()),
            };
            if let Some(path) = found {
                specs.insert(function.name.clone(), path);
            }
        }
        let contracts = Self { analysis, specs, known: RefCell::default(), constants: RefCell::default() };
        let mut paths: Vec<&String> = contracts.specs.values().collect();
        paths.sort();
        paths.dedup();
        let names: Vec<&str> = program.names.iter().map(|name| &**name).collect();
        for path in paths {
            contracts.learn(path, &names)?;
        }
        // What the file itself defines goes before what headers define.
        let own = program.constants.iter().map(|(name, value)| (name.clone(), *value));
        contracts.constants.borrow_mut().extend(own);
        Ok(contracts)
    }

    /// Asks for the values that macros have in a spec.
    fn learn(&self, path: &str, names: &[&str]) -> Cancellable<HashMap<String, i128>> {
        let values = self.analysis.constants(path, names)?;
        let known: HashMap<String, i128> =
            names.iter().zip(values).filter_map(|(name, value)| Some(((*name).to_owned(), value?))).collect();
        let mut constants = self.constants.borrow_mut();
        for (name, value) in &known {
            constants.entry(name.as_str().into()).or_insert(*value);
        }
        Ok(known)
    }

    /// The contract that a function of the file has to keep.
    pub fn own(&self, function: &Rc<str>) -> Cancellable<Option<Rc<Summary>>> {
        let Some(path) = self.specs.get(function) else { return Ok(None) };
        Ok(self.of(path, function)?.filter(|summary| summary.contract.path.as_ref() == path.as_str()))
    }

    /// The same, as the code of the function is held against it.
    pub fn owed(&self, function: &Rc<str>) -> Cancellable<Option<Rc<Summary>>> {
        let Some(own) = self.own(function)? else { return Ok(None) };
        let constants =
            self.constants.borrow().iter().map(|(name, value)| (name.to_string(), *value)).collect();
        Ok(Some(Rc::new(own.spelt_out(&constants))))
    }

    /// The contract of a function as its caller has to take it.
    pub fn of_callee(&self, caller: &str, function: &Rc<str>) -> Cancellable<Option<Rc<Summary>>> {
        match self.specs.get(caller) {
            Some(path) => self.of(path, function),
            None => match self.analysis.guarantor(function)? {
                Some(path) => self.of(&path, function),
                None => Ok(None),
            },
        }
    }

    fn of(&self, path: &str, function: &Rc<str>) -> Cancellable<Option<Rc<Summary>>> {
        let key = (path.to_owned(), function.clone());
        if let Some(known) = self.known.borrow().get(&key) {
            return Ok(known.clone());
        }
        let found = self.analysis.function_contract(path, function)?;
        let found = found.filter(|contract| !contract.functional.is_empty() || !contract.locks.is_empty());
        let summary = match found {
            Some(contract) => {
                let mut names = BTreeSet::new();
                collect_names(&contract, &mut names);
                let plain: Vec<&str> = names.iter().map(|name| &**name).collect();
                let values = self.learn(&contract.path, &plain)?;
                Some(Rc::new(Summary::new(contract, &values)))
            }
            None => None,
        };
        self.known.borrow_mut().insert(key, summary.clone());
        Ok(summary)
    }

    /// The value of a macro or enumeration constant.
    pub fn constant(&self, name: &str) -> Option<i128> {
        self.constants.borrow().get(name).copied()
    }
}

impl Summary {
    fn new(contract: FunctionContract, constants: &HashMap<String, i128>) -> Self {
        let functional = meaning::guards_at_call(&contract.functional);
        let contract = FunctionContract { functional, ..contract };
        let locks_are_functional = contract.locks.is_empty();
        let part = if locks_are_functional { &contract.functional } else { &contract.locks };
        let speaks_of_locks = part.lines().any(is_of_locks);
        let promised = || part.post.iter().flat_map(|case| &case.lines);
        let is_partly_vague = promised().any(is_vague);
        let is_vague_of_locks = is_partly_vague && !promised().any(is_of_locks);
        let mut kept = BTreeSet::new();
        for line in contract.functional.lines() {
            for formula in formulas(&line.statements) {
                keeps(formula, &contract, &mut kept);
            }
        }
        let results = results(&contract, constants);
        let (mut changes, mut olds) = (Vec::new(), Vec::new());
        for line in contract.functional.post.iter().flat_map(|case| case.guard.iter().chain(&case.lines)) {
            for formula in formulas(&line.statements) {
                outside(formula, &contract, constants, &mut changes);
                old_parts(formula, &mut olds);
            }
        }
        let lets = meaning::results_named(&contract.functional);
        let is_observer = is_observer(&contract, &changes);
        Self {
            contract,
            locks_are_functional,
            speaks_of_locks,
            is_vague_of_locks,
            is_partly_vague,
            kept,
            results,
            changes,
            olds,
            lets,
            is_observer,
        }
    }

    /// The contract as the function's own code is held against it: with what it defines put in place of names.
    fn spelt_out(&self, constants: &HashMap<String, i128>) -> Self {
        let functional = meaning::spelt_out(&self.contract.functional);
        Self::new(FunctionContract { functional, ..self.contract.clone() }, constants)
    }

    /// The clauses about locks.
    pub fn locks(&self) -> &ContractPart {
        if self.locks_are_functional { &self.contract.functional } else { &self.contract.locks }
    }

    /// The position of a parameter.
    pub fn parameter(&self, name: &str) -> Option<usize> {
        self.contract.parameters.iter().position(|parameter| parameter.name.as_deref() == Some(name))
    }
}

/// Whether a function changes nothing but locks and what its clauses name: it takes no pointer through which it could,
/// says so, or speaks of nothing but locks.
fn is_observer(contract: &FunctionContract, changes: &[Expression]) -> bool {
    let lines = || contract.functional.post.iter().flat_map(|case| &case.lines);
    let is_reader =
        changes.is_empty() && contract.parameters.iter().all(|own| !own.is_pointer || own.is_constant);
    let says_so = || {
        lines().filter(|line| !line.is_understood).any(|line| {
            let words = line.text.trim_start_matches(['-', '*', ' ']).to_ascii_lowercase();
            ["the tree is not changed", "no inode is changed", "nothing is changed"]
                .iter()
                .any(|said| words.starts_with(said))
        })
    };
    let is_of_locks_only = || {
        let mut understood = lines().filter(|line| line.is_understood).peekable();
        understood.peek().is_some() && understood.all(is_of_locks)
    };
    is_reader || says_so() || is_of_locks_only()
}

fn collect_names(contract: &FunctionContract, out: &mut BTreeSet<Rc<str>>) {
    fn of(formula: &Expression, out: &mut BTreeSet<Rc<str>>) {
        if let Node::Name(name) = &formula.node {
            out.insert(name.as_str().into());
        }
        formula.operands().into_iter().for_each(|operand| of(operand, out));
    }
    for line in contract.functional.lines().chain(contract.locks.lines()) {
        formulas(&line.statements).into_iter().for_each(|formula| of(formula, out));
    }
}

/// The formulas in statements.
pub fn formulas(statements: &[Statement]) -> Vec<&Expression> {
    let mut out = Vec::new();
    for statement in statements {
        match statement {
            Statement::Holds(formula) => out.push(formula),
            Statement::If(condition, inner) => {
                out.push(condition);
                out.extend(formulas(inner));
            }
            Statement::OnlyLocked(things) | Statement::NoNewLocks(things) => out.extend(things),
            Statement::LocksUnchanged | Statement::NoAssumption => {}
        }
    }
    out
}

/// Whether a formula speaks of locks.
pub fn speaks_of_locks(formula: &Expression) -> bool {
    matches!(&formula.node, Node::Call(name, _) if name == "locked")
        || formula.operands().into_iter().any(speaks_of_locks)
}

/// Whether a clause says something of locks that is understood.
pub fn is_of_locks(line: &ContractLine) -> bool {
    fn any(statements: &[Statement]) -> bool {
        statements.iter().any(|statement| match statement {
            Statement::Holds(formula) => speaks_of_locks(formula),
            Statement::If(condition, inner) => speaks_of_locks(condition) || any(inner),
            Statement::OnlyLocked(_)
            | Statement::NoNewLocks(_)
            | Statement::LocksUnchanged
            | Statement::NoAssumption => true,
        })
    }
    any(&line.statements)
}

fn is_vague(line: &ContractLine) -> bool {
    let text = line.text.to_ascii_lowercase();
    !line.is_understood
        && text
            .split(|c: char| !c.is_alphanumeric())
            .any(|word| word.starts_with("lock") || word.starts_with("unlock"))
}

/// Collects what a formula says of objects that are no parameters, as they are afterwards.
fn outside(
    formula: &Expression,
    contract: &FunctionContract,
    constants: &HashMap<String, i128>,
    out: &mut Vec<Expression>,
) {
    let is_object = |name: &str| {
        !constants.contains_key(name)
            && !contract.parameters.iter().any(|parameter| parameter.name.as_deref() == Some(name))
    };
    match &formula.node {
        Node::Old(_) => {}
        Node::Name(name) if is_object(name) => out.push(formula.clone()),
        Node::Member(base, _, false) if matches!(&base.node, Node::Name(name) if is_object(name)) => {
            out.push(formula.clone());
        }
        _ => formula.operands().into_iter().for_each(|part| outside(part, contract, constants, out)),
    }
}

/// Collects the operands of `old`.
fn old_parts(formula: &Expression, out: &mut Vec<Expression>) {
    if let Node::Old(inner) = &formula.node {
        out.push((**inner).clone());
    }
    formula.operands().into_iter().for_each(|part| old_parts(part, out));
}

/// Notes the parameters that a formula says are stored somewhere: `entry_of(dir, name)->node == node`.
pub fn keeps(formula: &Expression, contract: &FunctionContract, out: &mut BTreeSet<usize>) {
    if let Node::Binary(Binary::Equal, left, right) = &formula.node {
        for (place, name) in [(left, right), (right, left)] {
            if let Some(parameter) = kept_parameter(place, name, contract) {
                out.insert(parameter);
            }
        }
    }
    formula.operands().into_iter().for_each(|operand| keeps(operand, contract, out));
}

/// The parameter that is stored at a place when the two are equal.
pub fn kept_parameter(place: &Expression, name: &Expression, contract: &FunctionContract) -> Option<usize> {
    let is_place = match &place.node {
        Node::Member(base, ..) => !matches!(base.node, Node::Old(_)),
        Node::Index(..) | Node::Unary(Unary::Dereference, _) => true,
        _ => false,
    };
    let Node::Name(name) = &name.node else { return None };
    let at = contract.parameters.iter().position(|parameter| parameter.name.as_deref() == Some(name))?;
    (is_place && contract.parameters[at].is_pointer).then_some(at)
}

/// The parameter that a clause says is freed or disposed of.
pub fn freed_parameter(line: &ContractLine, contract: &FunctionContract) -> Option<usize> {
    let position =
        |name: &str| contract.parameters.iter().position(|parameter| parameter.name.as_deref() == Some(name));
    for statement in &line.statements {
        if let Statement::Holds(formula) = statement
            && let Node::Call(predicate, arguments) = &formula.node
            && matches!(predicate.as_str(), "disposed" | "freed" | "deallocated")
            && let [Expression { node: Node::Name(name), .. }] = arguments.as_slice()
        {
            return position(name);
        }
    }
    if line.is_understood {
        return None;
    }
    // "`node` is freed", "The memory of `node`, its blocks and its entries are freed."
    let (before, rest) = line.text.split_once('`')?;
    let (name, after) = rest.split_once('`')?;
    let is_subject = before.split_whitespace().all(|word| {
        matches!(word.to_ascii_lowercase().as_str(), "the" | "memory" | "of" | "inode" | "object" | "both")
    });
    let after = after.to_ascii_lowercase();
    let words: Vec<&str> =
        after.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let is_said = words.windows(2).any(|pair| {
        matches!(pair[0], "is" | "are" | "been") && matches!(pair[1], "freed" | "disposed" | "deallocated")
    });
    (is_subject && is_said).then(|| position(name)).flatten()
}

/// The integers that a contract lists as results: in a clause of its own, or case by case.
fn results(contract: &FunctionContract, constants: &HashMap<String, i128>) -> Option<Domain> {
    let part = &contract.functional;
    let plain = part.post.iter().filter(|case| case.guard.is_none() && !case.is_case);
    let listed = plain.flat_map(|case| &case.lines).find_map(|line| listed_results(line, constants));
    if listed.is_some() {
        return listed;
    }
    let cases: Vec<_> = part.post.iter().filter(|case| case.is_case).collect();
    if cases.is_empty() {
        return None;
    }
    let mut all: Option<Domain> = None;
    for case in cases {
        let lines = case.guard.iter().chain(&case.lines);
        let of_case = lines.into_iter().find_map(|line| listed_results(line, constants))?;
        all = Some(all.map_or(of_case.clone(), |all| all.or(&of_case)));
    }
    all.filter(|all| all.listed().is_some())
}

fn listed_results(line: &ContractLine, constants: &HashMap<String, i128>) -> Option<Domain> {
    line.statements.iter().find_map(|statement| match statement {
        Statement::Holds(formula) => result_domain(formula, &|name| constants.get(name).copied()),
        _ => None,
    })
}

/// `result == 0 || result == -ENOMEM`, and what is joined to it by `&&`.
pub fn result_domain(formula: &Expression, value_of: &dyn Fn(&str) -> Option<i128>) -> Option<Domain> {
    match &formula.node {
        Node::Binary(Binary::Or, left, right) => {
            Some(result_domain(left, value_of)?.or(&result_domain(right, value_of)?))
        }
        Node::Binary(Binary::And, left, right) => {
            result_domain(left, value_of).or_else(|| result_domain(right, value_of))
        }
        Node::Binary(Binary::Equal, left, right) => match (&left.node, &right.node) {
            (Node::Result, _) => constant(right, value_of).map(Domain::one),
            (_, Node::Result) => constant(left, value_of).map(Domain::one),
            _ => None,
        },
        _ => None,
    }
}

fn constant(expression: &Expression, value_of: &dyn Fn(&str) -> Option<i128>) -> Option<i128> {
    match &expression.node {
        Node::Integer(value) => Some(*value),
        Node::Name(name) => value_of(name),
        Node::Unary(Unary::Negate, inner) => Some(-constant(inner, value_of)?),
        _ => None,
    }
}

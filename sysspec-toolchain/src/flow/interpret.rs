//! Follows the paths of a function.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use sysspec_analysis::{Cancellable, Cancelled, Code};

use super::Options;
use super::cfg::{BlockId, Callee, Expr, Function, Program, Spot, Step, Terminator};
use super::contract::{Contracts, Summary};
use super::finding::{Clause, Finding};
use super::merge::merged;
use super::require::{Requirement, Requirements, Shown};
use super::state::State;
use super::term::{Arena, Term, Value};

/// How many states of one block are kept apart.
const STATES_MAX: usize = 24;
/// How often one block is visited.
const VISITS_MAX: usize = 160;
/// How many values a counter has before it may have any.
const VALUES_MAX: usize = 3;
/// How many pointers away memory is remembered from one round of a loop to the next.
const REACH: usize = 4;
/// How many steps are followed for one function, calls of static functions included.
const STEPS_MAX: usize = 30_000;
/// How deep static functions may call each other.
const CALLS_MAX: usize = 8;

/// What one function is interpreted with.
pub struct Interpreter<'a> {
    pub arena: &'a Arena,
    pub program: &'a Program,
    pub contracts: &'a Contracts<'a>,
    pub options: Options,
    /// The function whose contract is held against the code.
    pub function: Rc<Function>,
    /// Its contract.
    pub own: Rc<Summary>,
    pub findings: RefCell<Vec<Finding>>,
    /// What callees ask of values.
    pub requirements: RefCell<BTreeMap<Requirement, Shown>>,
    steps: Cell<usize>,
    cancelled: Cell<bool>,
}

/// One function that is being interpreted, or a static one that it calls.
pub struct Frame<'f> {
    pub function: &'f Rc<Function>,
    /// The numbers of the functions that are being interpreted, this one last.
    stack: Vec<u32>,
}

/// A state at a return, and what is returned.
pub struct Returned {
    pub state: State,
    pub value: Option<Value>,
    pub at: Spot,
}

impl<'a> Interpreter<'a> {
    /// An interpreter for one function.
    pub fn new(
        arena: &'a Arena,
        program: &'a Program,
        contracts: &'a Contracts<'a>,
        options: Options,
        (function, own): (Rc<Function>, Rc<Summary>),
    ) -> Self {
        Self {
            arena,
            program,
            contracts,
            options,
            function,
            own,
            findings: RefCell::default(),
            requirements: RefCell::default(),
            steps: Cell::new(0),
            cancelled: Cell::new(false),
        }
    }

    /// Follows every path and says what is found.
    pub fn run(self) -> Cancellable<(Vec<Finding>, Requirements)> {
        let function = self.function.clone();
        if let Some((at, why)) = &function.unsupported {
            self.undecided(at, &format!("{why}."));
            return Ok((self.findings.into_inner(), Requirements::default()));
        }
        let frame = Frame { function: &function, stack: vec![function.number] };
        for state in self.entry() {
            for returned in self.follow(&frame, state) {
                self.check_return(returned);
            }
        }
        if self.cancelled.get() {
            return Err(Cancelled);
        }
        let requirements = self.judge_requirements();
        Ok((self.findings.into_inner(), requirements))
    }

    /// The states in which the function may be called.
    fn entry(&self) -> Vec<State> {
        let mut state = State::new(self.arena);
        for (at, formal) in self.function.parameters.iter().enumerate() {
            let value = state.fresh(self.arena);
            let variable = u32::try_from(at).unwrap_or(u32::MAX);
            state.memory.insert(self.arena.value(Term::Variable(self.function.number, variable)), value);
            state.label(value, &formal.name);
            state.parameters.push(value);
        }
        let scope = self.scope(&self.own, state.parameters.clone(), None, None);
        let functional = self.own.contract.functional.pre.iter();
        let locks = self.own.locks().pre.iter().filter(|_| self.options.locks);
        let mut states = vec![state];
        for line in functional.chain(locks) {
            states = states.into_iter().flat_map(|state| scope.assume_line(state, line)).collect();
            states.truncate(STATES_MAX);
        }
        // What returns are compared with has to be looked at before it changes.
        for state in states.iter_mut().filter(|_| !self.options.locks) {
            for old in &self.own.olds {
                _ = scope.truth(state, old);
                _ = scope.value(state, old);
            }
        }
        for state in &mut states {
            state.held_at_entry = state.held().collect();
        }
        states
    }

    /// Follows a function from its start; gives the states at its returns.
    pub fn follow(&self, frame: &Frame<'_>, start: State) -> Vec<Returned> {
        let function = frame.function;
        let order = Order::of(function);
        let mut walk = Walk { pending: BTreeMap::new(), seen: HashMap::new(), values: HashMap::new() };
        let mut out = Vec::new();
        self.arrive(frame, &mut walk, &order, None, 0, start);
        while let Some((_, (block, state))) = walk.next() {
            let mut states = vec![state];
            for step in &function.blocks[block].steps {
                states = states.into_iter().flat_map(|state| self.step(frame, state, step)).collect();
                if states.is_empty() {
                    break;
                }
            }
            for state in states {
                self.leave(frame, &mut walk, &order, block, state, &mut out);
            }
            if self.steps.get() > STEPS_MAX {
                self.undecided(&function.at, "It has more paths than are followed.");
                return Vec::new();
            }
        }
        out
    }

    /// Ends a block.
    fn leave(
        &self,
        frame: &Frame<'_>,
        walk: &mut Walk,
        order: &Order,
        block: BlockId,
        state: State,
        out: &mut Vec<Returned>,
    ) {
        let mut state = state;
        match &frame.function.blocks[block].end {
            Terminator::Jump(next) => self.arrive(frame, walk, order, Some(block), *next, state),
            Terminator::Branch { condition, then, otherwise, at } => {
                let Some(value) = self.evaluate(frame, &mut state, condition) else { return };
                for (truth, next) in [(true, *then), (false, *otherwise)] {
                    let mut state = state.clone();
                    if state.assume(self.arena, value, truth) {
                        self.note_branch(&mut state, at, truth);
                        self.arrive(frame, walk, order, Some(block), next, state);
                    }
                }
            }
            Terminator::Switch { value, cases, default, at } => {
                let Some(value) = self.evaluate(frame, &mut state, value) else { return };
                for (case, next) in cases {
                    let Some(case) = self.evaluate(frame, &mut state, case) else { return };
                    let mut taken = state.clone();
                    if taken.unify(self.arena, value, case) {
                        let (shown, case) = (self.quoted(at), taken.describe(self.arena, case));
                        taken.note(at, format!("{shown} is {case}"));
                        self.arrive(frame, walk, order, Some(block), *next, taken);
                    }
                    if !state.differ(self.arena, value, case) {
                        return;
                    }
                }
                self.arrive(frame, walk, order, Some(block), *default, state);
            }
            Terminator::Return { value, at } => {
                let value = match value {
                    Some(value) => match self.evaluate(frame, &mut state, value) {
                        Some(value) => Some(value),
                        None => return,
                    },
                    None => None,
                };
                out.push(Returned { state, value, at: at.clone() });
            }
            Terminator::End => {}
        }
    }

    fn note_branch(&self, state: &mut State, at: &Spot, truth: bool) {
        let text = self.quoted(at);
        state.note(at, format!("{text} {}", if truth { "holds" } else { "does not hold" }));
    }

    /// A piece of the code, on one line.
    fn quoted(&self, at: &Spot) -> String {
        let text = self.options.text.get(at.range.clone()).unwrap_or_default();
        let words: Vec<&str> = text.split_whitespace().collect();
        format!("`{}`", words.join(" "))
    }

    /// A state comes to a block. What is known there already is not followed again.
    fn arrive(
        &self,
        frame: &Frame<'_>,
        walk: &mut Walk,
        order: &Order,
        from: Option<BlockId>,
        block: BlockId,
        state: State,
    ) {
        let mut state = state;
        let function = frame.function;
        if function.entries[block] < 2 && block != 0 {
            return walk.push(order.of[block], block, state);
        }
        let is_back = from.is_some_and(|from| order.of[from] >= order.of[block]);
        let live = &function.live[block];
        let number = function.number;
        let is_live = |owner: u32, variable: u32| {
            owner != number || live.contains(&variable) || function.exposed.contains(&variable)
        };
        let reach = if is_back { REACH } else { usize::MAX };
        state.tidy(self.arena, reach, &is_live);
        if is_back {
            walk.widen(self.arena, block, &mut state);
            state.tidy(self.arena, reach, &is_live);
        }
        let seen = walk.seen.entry(block).or_default();
        if seen.iter().any(|known| known.is_same(&state)) {
            return;
        }
        if seen.len() >= VISITS_MAX {
            return self.undecided(&function.at, "It has more paths than are followed.");
        }
        if seen.len() >= STATES_MAX {
            // What is known in all of them is enough, if they agree on what matters.
            let wide = seen.iter().rev().find_map(|known| known.widen(self.arena, &state));
            if let Some(mut wide) = wide {
                wide.tidy(self.arena, reach, &is_live);
                if seen.iter().any(|known| known.is_same(&wide)) {
                    return;
                }
                state = wide;
            }
        }
        seen.push(state.clone());
        walk.push(order.of[block], block, state);
    }

    /// Interprets one step.
    fn step(&self, frame: &Frame<'_>, state: State, step: &Step) -> Vec<State> {
        self.steps.set(self.steps.get() + 1);
        let mut state = state;
        match step {
            Step::Declare(variable) => {
                let address = self.arena.value(Term::Variable(frame.function.number, *variable));
                state.forget(self.arena, address);
                vec![state]
            }
            Step::Store { address, value, at } => {
                let Some(value) = self.evaluate(frame, &mut state, value) else { return Vec::new() };
                let Some(place) = self.place(frame, &mut state, address, at) else { return Vec::new() };
                self.store(frame, &mut state, place, value);
                if !super::state::is_local(self.arena, place) {
                    state.written.insert(state.current(self.arena, place), super::state::Noted(at.clone()));
                }
                vec![state]
            }
            Step::Evaluate(value) => match self.evaluate(frame, &mut state, value) {
                Some(_) => vec![state],
                None => Vec::new(),
            },
            Step::Call { result, callee, arguments, at } => {
                let mut values = Vec::new();
                for argument in arguments {
                    let Some(value) = self.evaluate(frame, &mut state, argument) else { return Vec::new() };
                    values.push(value);
                }
                let name = match callee {
                    Callee::Named(name) => Some(name),
                    Callee::Pointer(pointer) => {
                        if self.evaluate(frame, &mut state, pointer).is_none() {
                            return Vec::new();
                        }
                        None
                    }
                };
                let place = self.arena.value(Term::Variable(frame.function.number, *result));
                let states = self.call(frame, state, name, values, at);
                let put = |(mut state, value): (State, Value)| {
                    state.memory.insert(place, value);
                    state
                };
                states.into_iter().map(put).collect()
            }
        }
    }

    fn store(&self, frame: &Frame<'_>, state: &mut State, place: Value, value: Value) {
        let value = state.current(self.arena, value);
        state.store(self.arena, place, value);
        match &*self.arena.term(place) {
            Term::Variable(number, variable) if *number == frame.function.number => {
                if let Some(name) = frame.function.names.get(variable)
                    && self.arena.as_integer(value).is_none()
                {
                    state.label(value, name);
                }
            }
            _ => {}
        }
        if !super::state::is_local(self.arena, place) {
            // From now on it can be reached from elsewhere.
            state.owned.remove(&self.arena.root(value));
        }
    }

    /// The value of an expression; `None` when the path ends in it.
    pub fn evaluate(&self, frame: &Frame<'_>, state: &mut State, expr: &Expr) -> Option<Value> {
        let arena = self.arena;
        let value = match expr {
            Expr::Integer(integer) => arena.integer(*integer),
            Expr::Opaque(text) => arena.value(Term::Constant(text.clone())),
            Expr::Unknown => state.fresh(arena),
            Expr::Named(name) => match self.contracts.constant(name) {
                Some(integer) => arena.integer(integer),
                None if self.program.function(name).is_some() => arena.value(Term::Global(name.clone())),
                None => {
                    let address = arena.value(Term::Global(name.clone()));
                    state.load(arena, address)
                }
            },
            Expr::Variable(variable) => arena.value(Term::Variable(frame.function.number, *variable)),
            Expr::Global(name) => arena.value(Term::Global(name.clone())),
            Expr::Member(base, name) => {
                let base = self.evaluate(frame, state, base)?;
                arena.member(base, name)
            }
            Expr::Index(base, index) => {
                let (base, index) = (self.evaluate(frame, state, base)?, self.evaluate(frame, state, index)?);
                arena.index(base, index)
            }
            Expr::Load(address, at) => {
                let address = self.place(frame, state, address, at)?;
                state.load(arena, address)
            }
            Expr::Operator(operator, operands) => {
                let mut values = Vec::new();
                for operand in operands {
                    values.push(self.evaluate(frame, state, operand)?);
                }
                arena.apply(operator, values)
            }
        };
        let value = state.current(arena, value);
        Some(if arena.is_deep(value) { state.fresh(arena) } else { value })
    }

    /// An address that is about to be loaded from or stored to.
    fn place(&self, frame: &Frame<'_>, state: &mut State, address: &Expr, at: &Spot) -> Option<Value> {
        let address = self.evaluate(frame, state, address)?;
        self.touch(state, address, at).then_some(address)
    }

    /// Whether memory may be touched; what is wrong with it is told.
    pub fn touch(&self, state: &mut State, address: Value, at: &Spot) -> bool {
        let arena = self.arena;
        for part in arena.chain(address) {
            if let Some(deed) = state.freed.get(&part).map(|deed| deed.0.clone()) {
                let message = format!(
                    "{} is used after `{}` has freed it in line {}",
                    state.describe(arena, part),
                    deed.by,
                    deed.at.line
                );
                let help = "use it before that call, or not at all";
                self.find(Code::USE_AFTER_FREE, at, message, state, None, Some(help));
                return false;
            }
        }
        let root = arena.root(address);
        self.not_null(state, root, at, None)
    }

    /// Whether a pointer may be followed.
    pub fn not_null(&self, state: &mut State, pointer: Value, at: &Spot, clause: Option<Clause>) -> bool {
        let arena = self.arena;
        let pointer = state.current(arena, pointer);
        let domain = state.domain(arena, pointer);
        if !domain.has(0) {
            return true;
        }
        self.note_assumed(state, pointer, at);
        let is_null = domain.single() == Some(0);
        let origin = state.nullable.get(&pointer).map(|deed| deed.0.clone());
        if !is_null && origin.is_none() {
            return true;
        }
        let shown = state.describe(arena, pointer);
        let what = match clause {
            Some(_) => "is passed where the contract asks for a pointer that is not NULL",
            None => "is followed",
        };
        let message = match (&origin, is_null) {
            (Some(deed), _) => format!(
                "{shown} may be NULL, as `{}` may return in line {}, and {what}",
                deed.by, deed.at.line
            ),
            (None, _) if shown == "`NULL`" => format!("NULL {what}"),
            (None, _) => format!("{shown} is NULL on this path, and {what}"),
        };
        let help = "test for NULL first, and leave on that path";
        self.find(Code::MISSING_NULL_TEST, at, message, state, clause, Some(help));
        false
    }

    /// Interprets a function of this file that has no contract of its own, as if its body stood in the caller.
    pub fn enter(
        &self,
        frame: &Frame<'_>,
        state: State,
        function: &Rc<Function>,
        arguments: &[Value],
        at: &Spot,
    ) -> Option<Vec<(State, Value)>> {
        if frame.stack.contains(&function.number) || frame.stack.len() > CALLS_MAX {
            self.undecided(at, &format!("`{}`, which has no contract, calls itself.", function.name));
            return None;
        }
        if let Some((_, why)) = &function.unsupported {
            self.undecided(at, &format!("`{}` cannot be followed: {why}.", function.name));
            return None;
        }
        let mut state = state;
        for (number, value) in (0u32..).zip(arguments.iter().take(function.parameters.len())) {
            state.memory.insert(self.arena.value(Term::Variable(function.number, number)), *value);
            if self.arena.as_integer(*value).is_none() {
                state.label(*value, &function.parameters[number as usize].name);
            }
        }
        state.note(at, format!("`{}` is called", function.name));
        let mut stack = frame.stack.clone();
        stack.push(function.number);
        let inner = Frame { function, stack };
        let mut out = Vec::new();
        for returned in self.follow(&inner, state) {
            let mut state = returned.state;
            let value = returned.value.unwrap_or_else(|| state.fresh(self.arena));
            let is_inner = |cell: &Value| matches!(&*self.arena.term(self.arena.root(*cell)), Term::Variable(number, _) if *number == function.number);
            state.memory.retain(|cell, _| !is_inner(cell));
            let value = state.current(self.arena, value);
            out.push((state, value));
        }
        Some(merged(self.arena, out))
    }

    /// Tells a finding, once for each place and rule.
    pub fn find(
        &self,
        code: Code,
        at: &Spot,
        message: String,
        state: &State,
        clause: Option<Clause>,
        help: Option<&str>,
    ) {
        self.tell(self.finding(code, at, message, state, clause, help));
    }

    /// A finding that is not told yet.
    pub fn finding(
        &self,
        code: Code,
        at: &Spot,
        message: String,
        state: &State,
        clause: Option<Clause>,
        help: Option<&str>,
    ) -> Finding {
        let mut finding = Finding::new(code, &self.function.name, at, message, state.trace.0.as_ref());
        finding.clause = clause;
        finding.help = help.map(str::to_owned);
        finding
    }

    /// Tells a finding, once for each place and rule.
    pub fn tell(&self, finding: Finding) {
        let mut findings = self.findings.borrow_mut();
        if !findings.iter().any(|known| known.code == finding.code && known.range == finding.range) {
            findings.push(finding);
        }
    }

    /// Says that something was not decided, once for each function.
    pub fn undecided(&self, at: &Spot, why: &str) {
        let mut findings = self.findings.borrow_mut();
        if findings.iter().any(|known| known.code == Code::CODE_NOT_DECIDED) {
            return;
        }
        let message = format!("`{}` was not decided. {why}", self.function.name);
        findings.push(Finding::new(Code::CODE_NOT_DECIDED, &self.function.name, at, message, None));
    }

    /// A question to the analysis; a change of the workspace ends the run.
    pub fn ask<T>(&self, answer: Cancellable<T>) -> Option<T> {
        if answer.is_err() {
            self.cancelled.set(true);
        }
        answer.ok()
    }
}

/// The order in which blocks are visited: all that leads to a block comes before it, loops apart.
struct Order {
    of: Vec<usize>,
}

impl Order {
    fn of(function: &Function) -> Self {
        let mut done = BTreeSet::new();
        let mut order = Vec::new();
        // Depth first without recursion: a block is put down when all behind it is.
        let mut stack = vec![(0, false)];
        while let Some((block, is_behind)) = stack.pop() {
            if is_behind {
                order.push(block);
                continue;
            }
            if !done.insert(block) {
                continue;
            }
            stack.push((block, true));
            stack.extend(function.blocks[block].end.targets().into_iter().map(|target| (target, false)));
        }
        let mut of = vec![usize::MAX; function.blocks.len()];
        order.iter().rev().enumerate().for_each(|(number, block)| of[*block] = number);
        Self { of }
    }
}

/// Where a walk through a function stands.
struct Walk {
    /// What is to be followed, in the order of the blocks.
    pending: BTreeMap<(usize, usize), (BlockId, State)>,
    seen: HashMap<BlockId, Vec<State>>,
    /// The values that a counter has had at the head of a loop.
    values: HashMap<(BlockId, Value), BTreeSet<Value>>,
}

impl Walk {
    fn push(&mut self, rank: usize, block: BlockId, state: State) {
        let number =
            self.pending.range((rank, 0)..=(rank, usize::MAX)).next_back().map_or(0, |((_, at), _)| at + 1);
        self.pending.insert((rank, number), (block, state));
    }

    fn next(&mut self) -> Option<((usize, usize), (BlockId, State))> {
        self.pending.pop_first()
    }

    /// What is counted in a loop may have any value after a few rounds.
    fn widen(&mut self, arena: &Arena, block: BlockId, state: &mut State) {
        let cells: Vec<(Value, Value)> = state.memory.iter().map(|(cell, value)| (*cell, *value)).collect();
        for (cell, value) in cells {
            if matches!(
                &*arena.term(value),
                Term::Symbol(_) | Term::Variable(..) | Term::Global(_) | Term::Constant(_)
            ) {
                continue;
            }
            let values = self.values.entry((block, cell)).or_default();
            values.insert(value);
            if values.len() > VALUES_MAX {
                let wide = state.fresh(arena);
                state.memory.insert(cell, wide);
            }
        }
    }
}

//! Control-flow graphs: what a function does, as blocks of simple steps with jumps between them.
//!
//! Everything that C hides inside an expression is spelt out: calls, assignments, `&&`, `||` and `?:` are steps and
//! branches of their own, so that an [`Expr`] has no side effects.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;
use std::rc::Rc;

/// A variable of a function: a parameter, a local or a temporary.
pub type Variable = u32;

/// The number of a block.
pub type BlockId = usize;

/// A place in the text.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Spot {
    /// In bytes.
    pub range: Range<usize>,
    /// Counted from 1.
    pub line: usize,
    /// Counted from 1, in bytes.
    pub column: usize,
}

/// An expression without side effects.
#[derive(Clone, Debug)]
pub enum Expr {
    /// An integer, or `NULL`.
    Integer(i128),
    /// A value that only its spelling identifies: a string, a `sizeof`.
    Opaque(Rc<str>),
    /// A value of which nothing is known.
    Unknown,
    /// A name that the function does not declare: an object, a function, a macro.
    Named(Rc<str>),
    /// The address of a variable.
    Variable(Variable),
    /// The address of a global object.
    Global(Rc<str>),
    /// The address of a member of what the operand points to.
    Member(Box<Expr>, Rc<str>),
    /// The address of an element.
    Index(Box<Expr>, Box<Expr>),
    /// What is stored at an address.
    Load(Box<Expr>, Spot),
    /// An operator and its operands.
    Operator(Rc<str>, Vec<Expr>),
}

/// One step.
#[derive(Clone, Debug)]
pub enum Step {
    /// A variable comes into being; its value is unknown.
    Declare(Variable),
    /// A value is stored at an address.
    Store {
        /// Where.
        address: Expr,
        /// What.
        value: Expr,
        /// The assignment.
        at: Spot,
    },
    /// An expression is evaluated for what it touches.
    Evaluate(Expr),
    /// A function is called.
    Call {
        /// Where its result goes.
        result: Variable,
        /// The function.
        callee: Callee,
        /// What it is given.
        arguments: Vec<Expr>,
        /// The call.
        at: Spot,
    },
}

/// Whom a call calls.
#[derive(Clone, Debug)]
pub enum Callee {
    /// A function by its name.
    Named(Rc<str>),
    /// Whatever a pointer leads to.
    Pointer(Expr),
}

/// How a block ends.
#[derive(Clone, Debug)]
pub enum Terminator {
    /// Go on there.
    Jump(BlockId),
    /// Go on here or there.
    Branch {
        /// What decides.
        condition: Expr,
        /// If it is not 0.
        then: BlockId,
        /// If it is 0.
        otherwise: BlockId,
        /// The condition, as it stands in the text.
        at: Spot,
    },
    /// Go on at the case of a value.
    Switch {
        /// The value.
        value: Expr,
        /// The cases.
        cases: Vec<(Expr, BlockId)>,
        /// If it is none of them.
        default: BlockId,
        /// The value, as it stands in the text.
        at: Spot,
    },
    /// Return.
    Return {
        /// What is returned.
        value: Option<Expr>,
        /// The statement, or the closing brace.
        at: Spot,
    },
    /// Nothing goes on from here.
    End,
}

/// A block.
#[derive(Clone, Debug)]
pub struct Block {
    /// What it does.
    pub steps: Vec<Step>,
    /// How it ends.
    pub end: Terminator,
}

/// A parameter of a function definition.
#[derive(Clone, Debug)]
pub struct Formal {
    /// Its name; empty when it has none.
    pub name: Rc<str>,
    /// Its type, with white space normalised and without `const`.
    pub ty: String,
}

/// A function definition.
#[derive(Clone, Debug)]
pub struct Function {
    /// Its number in the file.
    pub number: u32,
    /// Its name.
    pub name: Rc<str>,
    /// Its parameters; parameter `n` is variable `n`.
    pub parameters: Vec<Formal>,
    /// The names of the variables that have one.
    pub names: HashMap<Variable, Rc<str>>,
    /// The blocks; the first one is the entry.
    pub blocks: Vec<Block>,
    /// Where its name stands.
    pub at: Spot,
    /// Why it cannot be interpreted, when it cannot.
    pub unsupported: Option<(Spot, String)>,
    /// For every block, the variables whose values may still be read from its start on.
    pub live: Vec<BTreeSet<Variable>>,
    /// For every block, how many blocks lead to it.
    pub entries: Vec<usize>,
    /// The variables whose address is taken.
    pub exposed: BTreeSet<Variable>,
}

/// A file.
#[derive(Clone, Debug, Default)]
pub struct Program {
    /// Its functions.
    pub functions: Vec<Rc<Function>>,
    /// The object-like macros that are plain integers.
    pub constants: BTreeMap<Rc<str>, i128>,
    /// The function-like macros.
    pub macros: BTreeSet<Rc<str>>,
    /// The members through which lock primitives of the C library are called, such as `mutex`.
    pub lock_members: BTreeSet<Rc<str>>,
    /// The names of all that the functions use and do not declare.
    pub names: BTreeSet<Rc<str>>,
}

impl Program {
    /// The function of that name.
    pub fn function(&self, name: &str) -> Option<&Rc<Function>> {
        self.functions.iter().find(|function| &*function.name == name)
    }
}

impl Terminator {
    /// The blocks it may lead to.
    pub fn targets(&self) -> Vec<BlockId> {
        match self {
            Self::Jump(next) => vec![*next],
            Self::Branch { then, otherwise, .. } => vec![*then, *otherwise],
            Self::Switch { cases, default, .. } => {
                cases.iter().map(|(_, block)| *block).chain([*default]).collect()
            }
            Self::Return { .. } | Self::End => Vec::new(),
        }
    }
}

impl Function {
    /// Fills in what follows from the blocks.
    pub fn finish(&mut self) {
        self.entries = vec![0; self.blocks.len()];
        for block in &self.blocks {
            block.end.targets().into_iter().for_each(|target| self.entries[target] += 1);
        }
        self.exposed = self.blocks.iter().flat_map(exposed_in).collect();
        self.live = liveness(&self.blocks);
    }
}

/// The variables whose addresses go elsewhere than straight into a load or a store.
fn exposed_in(block: &Block) -> Vec<Variable> {
    let mut out = Vec::new();
    for step in &block.steps {
        match step {
            Step::Declare(_) => {}
            Step::Store { address, value, .. } => {
                place(address, &mut out);
                taken(value, &mut out);
            }
            Step::Evaluate(value) => taken(value, &mut out),
            Step::Call { arguments, callee, .. } => {
                arguments.iter().for_each(|argument| taken(argument, &mut out));
                if let Callee::Pointer(pointer) = callee {
                    taken(pointer, &mut out);
                }
            }
        }
    }
    match &block.end {
        Terminator::Branch { condition, .. } => taken(condition, &mut out),
        Terminator::Switch { value, .. } => taken(value, &mut out),
        Terminator::Return { value: Some(value), .. } => taken(value, &mut out),
        _ => {}
    }
    out
}

fn taken(expr: &Expr, out: &mut Vec<Variable>) {
    match expr {
        Expr::Variable(variable) => out.push(*variable),
        Expr::Load(address, _) => place(address, out),
        Expr::Member(base, _) => taken(base, out),
        Expr::Index(base, index) => {
            taken(base, out);
            taken(index, out);
        }
        Expr::Operator(_, operands) => operands.iter().for_each(|operand| taken(operand, out)),
        _ => {}
    }
}

/// The same for an address that is only loaded from or stored to.
fn place(address: &Expr, out: &mut Vec<Variable>) {
    match address {
        Expr::Variable(_) => {}
        Expr::Member(base, _) => place(base, out),
        Expr::Index(base, index) => {
            place(base, out);
            taken(index, out);
        }
        other => taken(other, out),
    }
}

/// Which variables are mentioned in an expression.
fn mentioned(expr: &Expr, out: &mut BTreeSet<Variable>) {
    match expr {
        Expr::Variable(variable) => _ = out.insert(*variable),
        Expr::Load(inner, _) | Expr::Member(inner, _) => mentioned(inner, out),
        Expr::Index(base, index) => {
            mentioned(base, out);
            mentioned(index, out);
        }
        Expr::Operator(_, operands) => operands.iter().for_each(|operand| mentioned(operand, out)),
        _ => {}
    }
}

/// The variables that are live at the start of every block.
fn liveness(blocks: &[Block]) -> Vec<BTreeSet<Variable>> {
    let mut live = vec![BTreeSet::new(); blocks.len()];
    loop {
        let mut is_done = true;
        for (number, block) in blocks.iter().enumerate().rev() {
            let mut now: BTreeSet<Variable> =
                block.end.targets().into_iter().flat_map(|target| live[target].clone()).collect();
            match &block.end {
                Terminator::Branch { condition, .. } => mentioned(condition, &mut now),
                Terminator::Switch { value, .. } => mentioned(value, &mut now),
                Terminator::Return { value: Some(value), .. } => mentioned(value, &mut now),
                _ => {}
            }
            block.steps.iter().rev().for_each(|step| before(step, &mut now));
            if now != live[number] {
                live[number] = now;
                is_done = false;
            }
        }
        if is_done {
            return live;
        }
    }
}

fn before(step: &Step, live: &mut BTreeSet<Variable>) {
    match step {
        Step::Declare(variable) => _ = live.remove(variable),
        Step::Store { address, value, .. } => {
            match address {
                Expr::Variable(variable) => _ = live.remove(variable),
                other => mentioned(other, live),
            }
            mentioned(value, live);
        }
        Step::Evaluate(value) => mentioned(value, live),
        Step::Call { result, callee, arguments, .. } => {
            live.remove(result);
            arguments.iter().for_each(|argument| mentioned(argument, live));
            if let Callee::Pointer(pointer) = callee {
                mentioned(pointer, live);
            }
        }
    }
}

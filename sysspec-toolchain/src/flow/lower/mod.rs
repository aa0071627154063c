//! From parsed C to control-flow graphs.

mod expression;
mod statement;

use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use tree_sitter::{Node, Parser};

use super::cfg::{Block, BlockId, Expr, Formal, Function, Program, Spot, Step, Terminator, Variable};

/// How deep statements and expressions may nest.
const DEPTH_MAX: usize = 150;

/// Reads a C file. Never fails: what cannot be read is marked in its function.
pub fn program(text: &str) -> Program {
    let mut parser = Parser::new();
    // The grammar is linked in at a version this parser supports; a mismatch cannot happen at run time.
    parser.set_language(&tree_sitter_c::LANGUAGE.into()).expect("the C grammar fits the parser");
    let tree = parser.parse(text, None).expect("parsing without a time limit always ends with a tree");
    let mut program = Program::default();
    collect(text, tree.root_node(), &mut program, 0);
    let names = program.functions.iter().flat_map(|function| named_in(function));
    program.names = names.collect();
    program
}

fn collect(text: &str, node: Node<'_>, program: &mut Program, depth: usize) {
    match node.kind() {
        "function_definition" => {
            let number = u32::try_from(program.functions.len()).unwrap_or(u32::MAX);
            if let Some(function) = function(text, node, number, program) {
                program.functions.push(Rc::new(function));
            }
        }
        "preproc_def" => {
            let part = |name| node.child_by_field_name(name).map(|node| text[node.byte_range()].trim());
            if let (Some(name), Some(value)) = (part("name"), part("value"))
                && let Some(value) = expression::integer(value.trim_matches(['(', ')']))
            {
                program.constants.insert(name.into(), value);
            }
        }
        "preproc_function_def" => {
            if let Some(name) = node.child_by_field_name("name") {
                program.macros.insert(text[name.byte_range()].into());
            }
        }
        _ if depth < DEPTH_MAX && !node.kind().ends_with("declaration") => {
            for child in children(node) {
                collect(text, child, program, depth + 1);
            }
        }
        _ => {}
    }
}

fn function(text: &str, node: Node<'_>, number: u32, program: &mut Program) -> Option<Function> {
    let declarator = declarator_of_function(node.child_by_field_name("declarator")?)?;
    let name = declarator.child_by_field_name("declarator")?;
    if name.kind() != "identifier" {
        return None;
    }
    let mut builder = Builder {
        text,
        program,
        blocks: Vec::new(),
        current: 0,
        scopes: vec![HashMap::new()],
        variables: 0,
        names: HashMap::new(),
        arrays: BTreeSet::new(),
        labels: HashMap::new(),
        breaks: Vec::new(),
        continues: Vec::new(),
        unsupported: None,
        depth: 0,
    };
    builder.current = builder.block();
    let parameters = builder.parameters(declarator.child_by_field_name("parameters")?);
    let body = node.child_by_field_name("body")?;
    if body.has_error() || declarator.has_error() {
        let fault = first_error(body).unwrap_or(name);
        builder.refuse(fault, "its text is no C that can be parsed");
    } else {
        builder.statement(body);
    }
    let end = body.end_byte();
    let at = Spot { range: end.saturating_sub(1)..end, ..spot_of_end(body) };
    builder.end(Terminator::Return { value: None, at });
    let mut function = Function {
        number,
        name: text[name.byte_range()].into(),
        parameters,
        names: builder.names,
        blocks: builder.blocks,
        at: spot(name),
        unsupported: builder.unsupported,
        live: Vec::new(),
        entries: Vec::new(),
        exposed: BTreeSet::new(),
    };
    function.finish();
    Some(function)
}

/// The declarator that has the parameters, below those of pointers.
fn declarator_of_function(node: Node<'_>) -> Option<Node<'_>> {
    let mut node = node;
    for _ in 0..DEPTH_MAX {
        if node.kind() == "function_declarator" {
            return Some(node);
        }
        node = node.child_by_field_name("declarator")?;
    }
    None
}

fn first_error(node: Node<'_>) -> Option<Node<'_>> {
    let mut node = node;
    loop {
        if node.is_error() || node.is_missing() {
            return Some(node);
        }
        node = children(node).into_iter().find(|child| child.has_error() || child.is_missing())?;
    }
}

/// The place of a node.
fn spot(node: Node<'_>) -> Spot {
    let start = node.start_position();
    Spot { range: node.byte_range(), line: start.row + 1, column: start.column + 1 }
}

fn spot_of_end(node: Node<'_>) -> Spot {
    let end = node.end_position();
    Spot { range: node.byte_range(), line: end.row + 1, column: end.column.max(1) }
}

/// The named children of a node without comments.
fn children(node: Node<'_>) -> Vec<Node<'_>> {
    let mut cursor = node.walk();
    node.named_children(&mut cursor).filter(|child| child.kind() != "comment").collect()
}

/// Names that an expression uses and its function does not declare.
fn named_in(function: &Function) -> BTreeSet<Rc<str>> {
    fn of(expr: &Expr, out: &mut BTreeSet<Rc<str>>) {
        match expr {
            Expr::Named(name) | Expr::Global(name) => _ = out.insert(name.clone()),
            Expr::Load(inner, _) | Expr::Member(inner, _) => of(inner, out),
            Expr::Index(base, index) => {
                of(base, out);
                of(index, out);
            }
            Expr::Operator(_, operands) => operands.iter().for_each(|operand| of(operand, out)),
            _ => {}
        }
    }
    let mut out = BTreeSet::new();
    for block in &function.blocks {
        for step in &block.steps {
            match step {
                Step::Declare(_) => {}
                Step::Store { address, value, .. } => {
                    of(address, &mut out);
                    of(value, &mut out);
                }
                Step::Evaluate(value) => of(value, &mut out),
                Step::Call { arguments, .. } => arguments.iter().for_each(|expr| of(expr, &mut out)),
            }
        }
        match &block.end {
            Terminator::Branch { condition, .. } => of(condition, &mut out),
            Terminator::Switch { value, cases, .. } => {
                of(value, &mut out);
                cases.iter().for_each(|(case, _)| of(case, &mut out));
            }
            Terminator::Return { value: Some(value), .. } => of(value, &mut out),
            _ => {}
        }
    }
    out
}

/// Builds the graph of one function.
struct Builder<'t, 'p> {
    text: &'t str,
    program: &'p mut Program,
    blocks: Vec<Block>,
    current: BlockId,
    scopes: Vec<HashMap<Rc<str>, Variable>>,
    variables: Variable,
    names: HashMap<Variable, Rc<str>>,
    arrays: BTreeSet<Variable>,
    labels: HashMap<Rc<str>, BlockId>,
    breaks: Vec<BlockId>,
    continues: Vec<BlockId>,
    unsupported: Option<(Spot, String)>,
    depth: usize,
}

impl<'t> Builder<'t, '_> {
    fn slice(&self, node: Node<'_>) -> &'t str {
        &self.text[node.byte_range()]
    }

    /// A new block that ends nowhere yet.
    fn block(&mut self) -> BlockId {
        self.blocks.push(Block { steps: Vec::new(), end: Terminator::End });
        self.blocks.len() - 1
    }

    fn step(&mut self, step: Step) {
        self.blocks[self.current].steps.push(step);
    }

    /// Ends the current block and goes on in a new one that nothing leads to yet.
    fn end(&mut self, end: Terminator) {
        self.blocks[self.current].end = end;
        self.current = self.block();
    }

    /// Ends the current block with a jump, and goes on in another.
    fn jump(&mut self, target: BlockId, next: BlockId) {
        self.blocks[self.current].end = Terminator::Jump(target);
        self.current = next;
    }

    /// Says that the function cannot be interpreted. The first reason counts.
    fn refuse(&mut self, node: Node<'_>, why: impl Into<String>) {
        if self.unsupported.is_none() {
            self.unsupported = Some((spot(node), why.into()));
        }
    }

    fn temporary(&mut self) -> Variable {
        self.variables += 1;
        self.variables - 1
    }

    fn variable(&mut self, name: &str) -> Variable {
        let variable = self.temporary();
        let name: Rc<str> = name.into();
        self.names.insert(variable, name.clone());
        if let Some(scope) = self.scopes.last_mut() {
            scope.insert(name, variable);
        }
        variable
    }

    fn lookup(&self, name: &str) -> Option<Variable> {
        self.scopes.iter().rev().find_map(|scope| scope.get(name).copied())
    }

    fn parameters(&mut self, list: Node<'_>) -> Vec<Formal> {
        let mut out = Vec::new();
        for node in children(list).into_iter().filter(|node| node.kind() == "parameter_declaration") {
            let Some(declarator) = node.child_by_field_name("declarator") else { continue };
            let shape = Shape::of(declarator);
            let Some(name) = shape.name else { continue };
            let base = node.child_by_field_name("type").map_or("", |ty| self.slice(ty));
            let base: Vec<&str> = base.split_whitespace().filter(|word| *word != "const").collect();
            let name = self.slice(name);
            self.variable(name);
            out.push(Formal {
                name: name.into(),
                ty: format!("{} {}", base.join(" "), "*".repeat(shape.pointers)),
            });
        }
        out
    }
}

/// What a declarator declares.
struct Shape<'tree> {
    name: Option<Node<'tree>>,
    /// Stars and brackets.
    pointers: usize,
    is_array: bool,
    is_function: bool,
}

impl<'tree> Shape<'tree> {
    fn of(declarator: Node<'tree>) -> Self {
        let mut shape = Shape { name: None, pointers: 0, is_array: false, is_function: false };
        let mut node = Some(declarator);
        for _ in 0..DEPTH_MAX {
            let Some(here) = node else { break };
            match here.kind() {
                "identifier" => {
                    shape.name = Some(here);
                    break;
                }
                "pointer_declarator" | "abstract_pointer_declarator" => shape.pointers += 1,
                "array_declarator" | "abstract_array_declarator" => {
                    shape.pointers += 1;
                    shape.is_array = true;
                }
                "function_declarator" => shape.is_function = true,
                _ => {}
            }
            node = here.child_by_field_name("declarator").or_else(|| {
                (here.kind() == "parenthesized_declarator").then(|| children(here).into_iter().next())?
            });
        }
        // A pointer to a function is an object.
        shape.is_function &= shape.pointers == 0;
        shape
    }
}

/// The members of program-wide tables that lowering fills.
impl Program {
    fn note_lock_member(&mut self, member: &Rc<str>) {
        self.lock_members.insert(member.clone());
    }
}

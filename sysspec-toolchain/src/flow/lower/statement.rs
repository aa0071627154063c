//! Statements, as blocks and jumps.

use tree_sitter::Node;

use super::super::cfg::{BlockId, Expr, Step, Terminator};
use super::{Builder, DEPTH_MAX, Shape, children, spot};

impl Builder<'_, '_> {
    pub(super) fn statement(&mut self, node: Node<'_>) {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            self.refuse(node, "it nests too deeply");
        } else {
            self.one_statement(node);
        }
        self.depth -= 1;
    }

    fn one_statement(&mut self, node: Node<'_>) {
        match node.kind() {
            "compound_statement" => self.compound(node),
            "expression_statement" => {
                if let Some(expression) = children(node).first() {
                    self.effect(*expression);
                }
            }
            "declaration" => self.declaration(node),
            "if_statement" => self.if_statement(node),
            "while_statement" => self.while_statement(node),
            "do_statement" => self.do_statement(node),
            "for_statement" => self.for_statement(node),
            "switch_statement" => self.switch_statement(node),
            "return_statement" => {
                let value = children(node).first().map(|value| self.rvalue(*value));
                self.end(Terminator::Return { value, at: spot(node) });
            }
            "break_statement" => self.leave(node, self.breaks.last().copied()),
            "continue_statement" => self.leave(node, self.continues.last().copied()),
            "goto_statement" => match node.child_by_field_name("label") {
                Some(label) => {
                    let target = self.label(self.slice(label));
                    self.end(Terminator::Jump(target));
                }
                None => self.refuse(node, "it jumps to a computed place"),
            },
            "labeled_statement" => self.labeled(node),
            // A case outside of its switch, and what declares types only.
            "case_statement" => self.refuse(node, "a case stands outside of the body of its switch"),
            "type_definition" | "struct_specifier" | "union_specifier" | "enum_specifier"
            | "preproc_include" => {}
            "preproc_def" | "preproc_function_def" | "preproc_undef" | "static_assert_declaration" => {}
            "attributed_statement" => {
                if let Some(inner) = children(node).last() {
                    self.statement(*inner);
                }
            }
            kind if kind.starts_with("preproc") => {
                self.refuse(node, "parts of it depend on the preprocessor");
            }
            "gnu_asm_expression" => self.refuse(node, "it holds inline assembly"),
            _ => self.effect(node),
        }
    }

    fn compound(&mut self, node: Node<'_>) {
        self.scopes.push(Default::default());
        children(node).into_iter().for_each(|child| self.statement(child));
        self.scopes.pop();
    }

    fn leave(&mut self, node: Node<'_>, target: Option<BlockId>) {
        match target {
            Some(target) => self.end(Terminator::Jump(target)),
            None => self.refuse(node, "it leaves a loop that it is not in"),
        }
    }

    fn label(&mut self, name: &str) -> BlockId {
        if let Some(block) = self.labels.get(name) {
            return *block;
        }
        let block = self.block();
        self.labels.insert(name.into(), block);
        block
    }

    fn labeled(&mut self, node: Node<'_>) {
        if let Some(label) = node.child_by_field_name("label") {
            let target = self.label(self.slice(label));
            self.jump(target, target);
        }
        children(node).into_iter().skip(1).for_each(|inner| self.statement(inner));
    }

    fn declaration(&mut self, node: Node<'_>) {
        let is_elsewhere = children(node).iter().any(|child| {
            child.kind() == "storage_class_specifier" && matches!(self.slice(*child), "static" | "extern")
        });
        let mut cursor = node.walk();
        let declarators: Vec<Node<'_>> = node.children_by_field_name("declarator", &mut cursor).collect();
        for declarator in declarators {
            let (inner, value) = match declarator.kind() {
                "init_declarator" => {
                    (declarator.child_by_field_name("declarator"), declarator.child_by_field_name("value"))
                }
                _ => (Some(declarator), None),
            };
            let Some(inner) = inner else { continue };
            let shape = Shape::of(inner);
            let Some(name) = shape.name else { continue };
            if is_elsewhere || shape.is_function {
                continue;
            }
            let variable = self.variable(self.slice(name));
            if shape.is_array {
                self.arrays.insert(variable);
            }
            self.step(Step::Declare(variable));
            match value {
                Some(list) if list.kind() == "initializer_list" => {
                    self.initialise(&Expr::Variable(variable), list);
                }
                Some(value) if !shape.is_array => {
                    let at = spot(value);
                    let value = self.rvalue(value);
                    self.step(Step::Store { address: Expr::Variable(variable), value, at });
                }
                _ => {}
            }
        }
    }

    /// `{ .a = 1, .b = x }` in what is at an address.
    pub(super) fn initialise(&mut self, address: &Expr, list: Node<'_>) {
        for part in children(list) {
            match part.kind() {
                "initializer_pair" => {
                    let Some(value) = part.child_by_field_name("value") else { continue };
                    let mut cursor = part.walk();
                    let designators: Vec<Node<'_>> =
                        part.children_by_field_name("designator", &mut cursor).collect();
                    let field = match designators.as_slice() {
                        [one] if one.kind() == "field_designator" => children(*one).first().copied(),
                        _ => None,
                    };
                    let member =
                        field.map(|field| Expr::Member(address.clone().into(), self.slice(field).into()));
                    match (value.kind(), member) {
                        ("initializer_list", Some(member)) => self.initialise(&member, value),
                        ("initializer_list", None) => self.initialise(&Expr::Unknown, value),
                        (_, Some(address)) => {
                            let at = spot(part);
                            let value = self.rvalue(value);
                            self.step(Step::Store { address, value, at });
                        }
                        (_, None) => self.effect(value),
                    }
                }
                "initializer_list" => self.initialise(&Expr::Unknown, part),
                _ => self.effect(part),
            }
        }
    }

    fn if_statement(&mut self, node: Node<'_>) {
        let (then, after) = (self.block(), self.block());
        let alternative = node.child_by_field_name("alternative");
        let otherwise = if alternative.is_some() { self.block() } else { after };
        if let Some(condition) = node.child_by_field_name("condition") {
            self.condition(condition, then, otherwise);
        }
        self.current = then;
        if let Some(consequence) = node.child_by_field_name("consequence") {
            self.statement(consequence);
        }
        self.jump(after, otherwise);
        if let Some(alternative) = alternative {
            children(alternative).into_iter().for_each(|inner| self.statement(inner));
            self.jump(after, after);
        }
    }

    fn while_statement(&mut self, node: Node<'_>) {
        let (head, body, after) = (self.block(), self.block(), self.block());
        self.jump(head, head);
        if let Some(condition) = node.child_by_field_name("condition") {
            self.condition(condition, body, after);
        }
        self.body(node, body, head, after);
        self.jump(head, after);
    }

    fn do_statement(&mut self, node: Node<'_>) {
        let (body, test, after) = (self.block(), self.block(), self.block());
        self.jump(body, body);
        self.body(node, body, test, after);
        self.jump(test, test);
        if let Some(condition) = node.child_by_field_name("condition") {
            self.condition(condition, body, after);
        }
        self.current = after;
    }

    fn for_statement(&mut self, node: Node<'_>) {
        self.scopes.push(Default::default());
        if let Some(first) = node.child_by_field_name("initializer") {
            self.statement(first);
        }
        let (head, body, update, after) = (self.block(), self.block(), self.block(), self.block());
        self.jump(head, head);
        match node.child_by_field_name("condition") {
            Some(condition) => self.condition(condition, body, after),
            None => self.jump(body, body),
        }
        self.body(node, body, update, after);
        self.jump(update, update);
        if let Some(next) = node.child_by_field_name("update") {
            self.effect(next);
        }
        self.jump(head, after);
        self.scopes.pop();
    }

    /// The body of a loop.
    fn body(&mut self, node: Node<'_>, body: BlockId, on: BlockId, after: BlockId) {
        self.breaks.push(after);
        self.continues.push(on);
        self.current = body;
        if let Some(inner) = node.child_by_field_name("body") {
            self.statement(inner);
        }
        self.breaks.pop();
        self.continues.pop();
    }

    fn switch_statement(&mut self, node: Node<'_>) {
        let (Some(condition), Some(body)) =
            (node.child_by_field_name("condition"), node.child_by_field_name("body"))
        else {
            return;
        };
        let value = self.rvalue(condition);
        let (from, after) = (self.current, self.block());
        let (mut cases, mut default) = (Vec::new(), after);
        self.breaks.push(after);
        self.scopes.push(Default::default());
        self.current = self.block();
        for part in children(body) {
            if part.kind() != "case_statement" {
                self.statement(part);
                continue;
            }
            let start = self.block();
            // What stands before falls through.
            self.jump(start, start);
            let label = part.child_by_field_name("value");
            match label {
                Some(label) => cases.push((self.constant(label), start)),
                None => default = start,
            }
            for inner in children(part).into_iter().filter(|inner| Some(*inner) != label) {
                if inner.kind() == "case_statement" {
                    self.refuse(inner, "a case stands outside of the body of its switch");
                } else {
                    self.statement(inner);
                }
            }
        }
        self.scopes.pop();
        self.breaks.pop();
        self.jump(after, after);
        self.blocks[from].end = Terminator::Switch { value, cases, default, at: spot(condition) };
    }

    fn constant(&mut self, label: Node<'_>) -> Expr {
        let steps = self.blocks[self.current].steps.len();
        let value = self.rvalue(label);
        // A constant has no side effects; what is left of one is none.
        self.blocks[self.current].steps.truncate(steps);
        value
    }

    /// An expression for its side effects.
    pub(super) fn effect(&mut self, node: Node<'_>) {
        let value = self.rvalue(node);
        self.step(Step::Evaluate(value));
    }
}

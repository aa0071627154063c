//! Mistakes in C.

use std::ops::Range;

use tree_sitter::{Node, Parser, Tree};

use crate::{Kind, Mutant, Subject};

const DROP_RELEASE: Kind = lock("drop an unlock");
const DROP_ACQUIRE: Kind = lock("drop a lock");
const TWICE: Kind = lock("release twice");
const LATE: Kind = lock("use before the lock");
const EARLY: Kind = lock("release or free before the last use");
const DROP_NULL: Kind = lock("drop a test for NULL");
const DROP_CLEANUP: Kind = lock("drop what an error path gives back");
const DROP_BRANCH: Kind = logic("drop an error branch");
const BOUND: Kind = logic("off by one in a bound");

const fn lock(name: &'static str) -> Kind {
    Kind { subject: Subject::LockOrLifetime, name }
}

const fn logic(name: &'static str) -> Kind {
    Kind { subject: Subject::Logic, name }
}

/// Functions that give a lock back.
const RELEASING: &[&str] = &["unlock", "unlock_both"];
/// Functions that take one.
const ACQUIRING: &[&str] = &["lock"];
/// Functions after which their argument is gone.
const ENDING: &[&str] = &["free", "inode_settle", "inode_dispose", "tree_dispose"];

/// Every mistake that can be made in these files, each by itself.
pub fn mutants(files: &[(String, String)]) -> Vec<Mutant> {
    let mut parser = Parser::new();
    if parser.set_language(&tree_sitter_c::LANGUAGE.into()).is_err() {
        return Vec::new();
    }
    let mut out = Vec::new();
    for (path, text) in files {
        let Some(tree) = parser.parse(text, None) else { continue };
        Page { path, text }.all(&tree, &mut out);
    }
    out
}

struct Page<'t> {
    path: &'t str,
    text: &'t str,
}

impl Page<'_> {
    fn all(&self, tree: &Tree, out: &mut Vec<Mutant>) {
        let mut open = vec![tree.root_node()];
        while let Some(node) = open.pop() {
            let mut cursor = node.walk();
            open.extend(node.named_children(&mut cursor));
            match node.kind() {
                "expression_statement" => self.statement(node, out),
                "if_statement" => self.branch(node, out),
                "while_statement" | "for_statement" => self.bound(node, out),
                _ => {}
            }
        }
        out.sort_by_key(|mutant| mutant.line);
    }

    fn mutant(&self, kind: Kind, range: Range<usize>, replacement: &str, told: String) -> Mutant {
        let line = self.text[..range.start].matches('\n').count() + 1;
        let text = format!("{}{replacement}{}", &self.text[..range.start], &self.text[range.end..]);
        Mutant { kind, path: self.path.to_owned(), line, told, text }
    }

    fn of(&self, node: Node<'_>) -> &str {
        &self.text[node.byte_range()]
    }

    fn statement(&self, node: Node<'_>, out: &mut Vec<Mutant>) {
        let Some((function, arguments)) = self.call(node) else { return };
        let said = self.of(node);
        let is_releasing = RELEASING.contains(&function);
        let is_ending = ENDING.contains(&function);
        // Alone behind an `if`, a statement leaves an empty one.
        let nothing =
            if node.parent().is_some_and(|parent| parent.kind() == "compound_statement") { "" } else { ";" };
        if is_releasing || ACQUIRING.contains(&function) {
            let kind = if is_releasing { DROP_RELEASE } else { DROP_ACQUIRE };
            out.push(self.mutant(kind, node.byte_range(), nothing, format!("without `{said}`")));
        }
        if is_ending {
            out.push(self.mutant(DROP_CLEANUP, node.byte_range(), nothing, format!("without `{said}`")));
        }
        if is_releasing || is_ending {
            let twice = format!("{{ {said} {said} }}");
            out.push(self.mutant(TWICE, node.byte_range(), &twice, format!("`{said}` twice")));
            // Before the statement that used its argument last.
            if let Some(before) = node.prev_named_sibling()
                && before.kind() == "expression_statement"
                && arguments.iter().any(|argument| mentions(self.of(before), argument))
            {
                let new = format!("{said}\n\t{}", self.of(before));
                let told = format!("`{said}` before `{}`", self.of(before));
                out.push(self.mutant(EARLY, before.start_byte()..node.end_byte(), &new, told));
            }
        }
        if ACQUIRING.contains(&function)
            && let Some(behind) = node.next_named_sibling()
            && arguments.iter().any(|argument| mentions(self.of(behind), argument))
            && behind.kind() == "expression_statement"
        {
            let new = format!("{}\n\t{said}", self.of(behind));
            let told = format!("`{said}` behind `{}`", self.of(behind));
            out.push(self.mutant(LATE, node.start_byte()..behind.end_byte(), &new, told));
        }
    }

    fn call<'n>(&'n self, statement: Node<'_>) -> Option<(&'n str, Vec<&'n str>)> {
        let call = statement.named_child(0).filter(|node| node.kind() == "call_expression")?;
        let function = self.of(call.child_by_field_name("function")?);
        let list = call.child_by_field_name("arguments")?;
        let mut cursor = list.walk();
        let arguments = list.named_children(&mut cursor).map(|node| &self.text[node.byte_range()]).collect();
        Some((function, arguments))
    }

    /// A branch without an alternative that leaves the function with an error.
    fn branch(&self, node: Node<'_>, out: &mut Vec<Mutant>) {
        let (Some(condition), Some(body)) =
            (node.child_by_field_name("condition"), node.child_by_field_name("consequence"))
        else {
            return;
        };
        let leaves = match body.kind() {
            "return_statement" => true,
            "compound_statement" => {
                let last = body.named_child(body.named_child_count().saturating_sub(1) as u32);
                last.is_some_and(|last| last.kind() == "return_statement")
            }
            _ => false,
        };
        if !leaves || node.child_by_field_name("alternative").is_some() {
            return;
        }
        let test = self.of(condition);
        // A flag is no pointer, though both are tested by `!`; and a test of more than one thing is logic.
        let is_of_pointer = test.ends_with(" == NULL)") && !test.contains("&&") && !test.contains("||");
        let kind = if is_of_pointer { DROP_NULL } else { DROP_BRANCH };
        out.push(self.mutant(kind, node.byte_range(), ";", format!("without the branch `if {test}`")));
    }

    fn bound(&self, node: Node<'_>, out: &mut Vec<Mutant>) {
        let Some(condition) = node.child_by_field_name("condition") else { return };
        let mut open = vec![condition];
        while let Some(test) = open.pop() {
            let mut cursor = test.walk();
            open.extend(test.named_children(&mut cursor));
            let Some(operator) = test.child_by_field_name("operator") else { continue };
            let new = match self.of(operator) {
                "<" => "<=",
                "<=" => "<",
                ">" => ">=",
                ">=" => ">",
                _ => continue,
            };
            let told = format!("`{new}` in `{}`", self.of(test));
            out.push(self.mutant(BOUND, operator.byte_range(), new, told));
        }
    }
}

fn mentions(text: &str, name: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(name)
        .any(|(at, _)| !text[..at].ends_with(is_part) && !text[at + name.len()..].starts_with(is_part))
}

//! The parts of a section: one walk over its syntax tree that gathers code, attributes, labels, contracts and items.

use tree_sitter::Node;

use super::contract::{Case, Contract, ContractKind, Form, Item};
use super::sentence;
use super::spec::Reader;
use crate::span::Span;

/// What stands in a section, a contract or an item.
#[derive(Default)]
pub struct Parts {
    /// Labelled parts.
    pub contracts: Vec<Contract>,
    /// All else that says something.
    pub items: Vec<Item>,
}

impl Reader {
    /// The parts below a node.
    pub(super) fn parts(&mut self, node: Node<'_>) -> Parts {
        let mut parts = Parts::default();
        self.gather(node, None, &mut parts);
        parts
    }

    fn gather(&mut self, node: Node<'_>, list: Option<u32>, parts: &mut Parts) {
        let mut cursor = node.walk();
        for child in node.named_children(&mut cursor) {
            self.gather_one(child, list, parts);
        }
    }

    fn gather_one(&mut self, node: Node<'_>, list: Option<u32>, parts: &mut Parts) {
        match node.kind() {
            "fence" | "unfenced_c" => self.code(node),
            "stray_fence" => self.stray_fence(node),
            "key_value" => self.attribute(node),
            "patch_node" => self.node(node),
            "contract" => {
                self.label(node);
                parts.contracts.extend(self.contract(node, None));
            }
            "function_contract" => {
                self.label(node);
                self.function_contract(node, parts);
            }
            "group_label" => {
                self.label(node);
                if let Some(name) = node.child_by_field_name("name") {
                    self.balance_label(self.span(name));
                }
            }
            "list" => {
                let number = self.lists;
                self.lists += 1;
                self.gather(node, Some(number), parts);
            }
            "case" => {
                self.label(node);
                self.item(node, list, parts);
            }
            "list_item" | "phase_label" | "paragraph" => self.item(node, list, parts),
            _ => {}
        }
    }

    fn item(&mut self, node: Node<'_>, list: Option<u32>, parts: &mut Parts) {
        if !self.has_items {
            // Code and labels may stand in an item all the same.
            return self.gather(node, None, parts);
        }
        match node.kind() {
            "case" => parts.items.push(self.case(node, list)),
            "list_item" => parts.items.push(self.list_item(node, list)),
            "phase_label" => {
                let span = self.span(node);
                parts.items.push(plain(Form::Phase, span, span));
            }
            _ => self.paragraph(node, parts),
        }
    }

    fn contract(&mut self, node: Node<'_>, function: Option<Span>) -> Option<Contract> {
        let label = node.child_by_field_name("label")?;
        let name = self.span(label.child_by_field_name("kind")?);
        let kind = ContractKind::of(&self.text[name.range()])?;
        let label = self.label_span(name);
        self.balance_label(name);
        let mut parts = Parts::default();
        let had = std::mem::replace(&mut self.has_items, true);
        self.gather(node, None, &mut parts);
        self.has_items = had;
        let whole = self.span(node);
        let rest = self.text.get(label.end..whole.end).unwrap_or_default();
        let is_empty = rest.chars().all(|c| c.is_whitespace() || super::is_invisible(c));
        Some(Contract { kind, function, label, name, whole, is_empty, items: parts.items })
    }

    fn function_contract(&mut self, node: Node<'_>, parts: &mut Parts) {
        let function = node.child_by_field_name("name").map(|name| self.span(name));
        let mut cursor = node.walk();
        for child in node.named_children(&mut cursor).filter(|child| child.kind() == "contract") {
            self.label(child);
            parts.contracts.extend(self.contract(child, function));
        }
    }

    fn list_item(&mut self, node: Node<'_>, list: Option<u32>) -> Item {
        let marker = node.child_by_field_name("marker").map(|marker| self.span(marker));
        let form = match marker.map(|marker| &self.text[marker.range()]) {
            Some(marker) if marker.contains(|c: char| c.is_ascii_alphanumeric()) => Form::Numbered,
            _ => Form::Bullet,
        };
        let whole = self.span(node);
        let end = marker.map_or(whole.end, |marker| marker.end);
        let mut item = plain(form, whole, Span { start: end, end });
        (item.marker, item.list) = (marker, list);
        let content = node.child_by_field_name("content");
        self.hang(node, content, &mut item);
        item
    }

    fn case(&mut self, node: Node<'_>, list: Option<u32>) -> Item {
        let field = |name| node.child_by_field_name(name);
        let number = field("number").map(|number| self.span(number));
        let title = field("label").map(|title| self.span(title));
        // Stars before the colon are no guard, but what is left of a label's end.
        let guard = field("guard").map(|guard| self.span(guard));
        let guard = guard.filter(|guard| self.text[guard.range()].contains(|c| c != '*' && c != ' '));
        let marker = field("marker").map(|marker| self.span(marker));
        let outcome = field("outcome");
        let whole = self.span(node);
        let start = marker.map_or(whole.start, |marker| marker.end);
        let end = self.head_end(node).max(start);
        let start = start + (self.text[start..end].len() - self.text[start..end].trim_start().len());
        let head = Span { start, end };
        self.balance_case(head, guard);
        let mut item = plain(Form::Case, whole, Span { start: end, end });
        (item.marker, item.list) = (marker, list);
        item.case = Some(Box::new(Case { head, number, title, guard }));
        self.hang(node, outcome, &mut item);
        item
    }

    /// Where the head of a case ends: before its outcome, or with its line.
    fn head_end(&self, node: Node<'_>) -> usize {
        let whole = self.span(node);
        let limit = match node.child_by_field_name("outcome") {
            Some(outcome) => self.span(outcome).start,
            None => whole.end,
        };
        let line = &self.text[whole.start..limit];
        whole.start + line.lines().next().unwrap_or_default().trim_end().len()
    }

    /// Reads what hangs on an item; `own` is the paragraph that holds its own words.
    fn hang(&mut self, node: Node<'_>, own: Option<Node<'_>>, item: &mut Item) {
        if let Some(own) = own {
            item.text = self.span(own);
            item.codes = sentence::scan(&self.text, item.text, &mut self.slips).codes;
        }
        let mut parts = Parts::default();
        let mut cursor = node.walk();
        for child in node.named_children(&mut cursor).filter(|child| Some(*child) != own) {
            self.gather_one(child, None, &mut parts);
        }
        (item.items, item.contracts) = (parts.items, parts.contracts);
    }

    fn paragraph(&mut self, node: Node<'_>, parts: &mut Parts) {
        let span = self.span(node);
        let running = sentence::scan(&self.text, span, &mut self.slips);
        let mut codes = running.codes.into_iter().peekable();
        for sentence in sentence::sentences(&self.text, span, &running.stops) {
            let mut item = plain(Form::Sentence, sentence, sentence);
            item.codes = std::iter::from_fn(|| codes.next_if(|code| code.end <= sentence.end)).collect();
            parts.items.push(item);
        }
    }

    /// Where a label begins and ends with its marker, stars and colon, going by its name.
    fn label_span(&self, name: Span) -> Span {
        let is_dress = |c: char| c == '*' || c == ' ' || c == '\t' || super::is_invisible(c);
        let line = self.text[..name.start].rfind('\n').map_or(0, |newline| newline + 1);
        let before = &self.text[line..name.start];
        let start = line + (before.len() - before.trim_start().len());
        let behind = &self.text[name.end..];
        let dress = behind.len() - behind.trim_start_matches(|c: char| is_dress(c) || c == ':').len();
        let end = name.end + behind[..dress].trim_end_matches([' ', '\t']).len();
        Span { start, end }
    }

    /// Notes a label whose stars do not match.
    fn balance_label(&mut self, name: Span) {
        let label = self.label_span(name);
        let before = &self.text[label.start..name.start];
        let opening = before.trim_end_matches(|c: char| c == ' ' || c == '\t' || super::is_invisible(c));
        let mut opened = opening.len() - opening.trim_end_matches('*').len();
        if opening == "*" && before.len() > 1 {
            // A blank makes it a list marker.
            opened = 0;
        }
        let closing = self.text[name.end..label.end]
            .trim_end_matches(|c: char| c == ' ' || c == ':' || super::is_invisible(c));
        let closed = closing.len() - closing.trim_end_matches('*').len();
        let (start, end) = (label.start + opening.len() - opened, name.end + closing.len());
        self.unbalanced(Span { start, end: start + opened }, Span { start: end - closed, end });
    }

    /// The same for the head of a case, of which the guard is no part.
    fn balance_case(&mut self, head: Span, guard: Option<Span>) {
        let end = guard.map_or(head.end, |guard| guard.start);
        let text = self.text[head.start..end].trim_end();
        let opened = text.len() - text.trim_start_matches('*').len();
        let text_end = text.trim_end_matches(|c: char| c.is_whitespace() || c == ':').len();
        let closed = text_end - text[..text_end].trim_end_matches('*').len();
        let (start, end) = (head.start, head.start + text_end);
        self.unbalanced(Span { start, end: start + opened }, Span { start: end - closed, end });
    }

    fn unbalanced(&mut self, open: Span, close: Span) {
        if open.end - open.start != close.end - close.start {
            self.slips.labels.push((open, close));
        }
    }
}

fn plain(form: Form, whole: Span, text: Span) -> Item {
    Item {
        form,
        whole,
        text,
        codes: Vec::new(),
        marker: None,
        list: None,
        case: None,
        items: Vec::new(),
        contracts: Vec::new(),
    }
}

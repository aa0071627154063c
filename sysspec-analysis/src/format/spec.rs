//! The layout of specs and patches.
//!
//! - Headings are in capitals, with one empty line before them and none behind.
//! - `**Pre-Condition**:` and its like are spelt and bolded one way, with an empty line before them unless they come
//!   first in their section, and none behind.
//! - Lists are marked by `-`; what belongs to an item stands below the item's text.
//! - Attributes are `key: value`; C stands in its fence without empty lines around it.
//! - There is never more than one empty line, but in C.

use std::ops::Range;

use ropey::Rope;
use tree_sitter::Node;

use crate::source::parse_rope;

/// The text in the layout, one application of the rules.
pub fn layout(text: &str) -> String {
    let Some(tree) = parse_rope(&Rope::from_str(text), None) else { return text.to_owned() };
    let lines = text.matches('\n').count() + 1;
    let mut sheet = Sheet { text, edits: Vec::new(), rows: vec![Row::default(); lines] };
    sheet.node(tree.root_node(), None);
    sheet.written()
}

/// What is known of a line.
#[derive(Clone, Copy, Default)]
struct Row {
    /// Inside a fence: an empty line stays.
    is_code: bool,
    /// An empty line at the edge of a fence.
    is_dropped: bool,
    /// An empty line goes before it, unless it follows one that is `tight`.
    is_apart: bool,
    /// No empty line comes behind it.
    is_tight: bool,
}

struct Sheet<'t> {
    text: &'t str,
    /// Replacements within lines.
    edits: Vec<(Range<usize>, String)>,
    rows: Vec<Row>,
}

impl Sheet<'_> {
    /// Goes through a node whose lists begin at the column `base`; `None` outside of lists.
    fn node(&mut self, node: Node<'_>, base: Option<usize>) {
        match node.kind() {
            "section" => {
                if let Some(heading) = node.child_by_field_name("heading") {
                    self.heading(heading);
                }
            }
            "phase_marker" => self.row(node, true),
            "contract_label" => return self.label(node),
            "list" => return self.list(node, base.unwrap_or(self.base_of(node))),
            "key_value" => return self.attribute(node),
            "fence" | "unfenced_c" => return self.code(node),
            "paragraph" => return self.paragraph(node, base),
            _ => {}
        }
        let mut cursor = node.walk();
        let children: Vec<Node<'_>> = node.named_children(&mut cursor).collect();
        for child in children {
            self.node(child, base);
        }
    }

    fn row(&mut self, node: Node<'_>, is_apart: bool) {
        let row = &mut self.rows[node.start_position().row];
        row.is_apart = is_apart;
        row.is_tight = true;
    }

    fn heading(&mut self, heading: Node<'_>) {
        self.row(heading, true);
        let name = heading.child_by_field_name("name");
        let Some(name) = name.filter(|_| heading.kind() == "heading") else { return };
        self.edits.push((name.byte_range(), self.of(name).to_uppercase()));
    }

    /// `**Precondition:**` becomes `**Pre-Condition**:`; a label that is not bold stays as it is.
    fn label(&mut self, label: Node<'_>) {
        let Some(kind) = label.child_by_field_name("kind") else { return };
        if !self.of(label).starts_with('*') {
            return;
        }
        if label.start_position().column == 0 {
            let is_first =
                label.parent().is_none_or(|contract| contract.prev_named_sibling().is_none_or(is_heading));
            let has_text = !self.rest_of_line(label.end_byte()).trim().is_empty();
            let row = &mut self.rows[label.start_position().row];
            row.is_apart = !is_first;
            row.is_tight = !has_text;
        }
        let written = self.of(kind);
        let name = match written.to_lowercase().replace(['-', ' '], "").as_str() {
            "precondition" => "Pre-Condition",
            "postcondition" => "Post-Condition",
            _ => written,
        };
        let gap = if self.rest_of_line(label.end_byte()).trim().is_empty() { "" } else { " " };
        let end = label.end_byte() + blanks(self.rest_of_line(label.end_byte()));
        self.edits.push((label.start_byte()..end, format!("**{name}**:{gap}")));
    }

    /// Where a list begins that is in no other: below a contract that is itself marked, behind its marker.
    fn base_of(&self, list: Node<'_>) -> usize {
        let above = std::iter::successors(list.parent(), |node| node.parent());
        let contract = above.into_iter().find(|node| node.kind() == "contract");
        let is_marked = contract.is_some_and(|contract| self.of(contract).starts_with('-'));
        if is_marked { 2 } else { 0 }
    }

    fn list(&mut self, list: Node<'_>, base: usize) {
        let mut cursor = list.walk();
        let items: Vec<Node<'_>> = list.named_children(&mut cursor).collect();
        for item in items {
            let Some(marker) = item.child_by_field_name("marker") else { continue };
            let written = self.of(marker).trim();
            let mark = if matches!(written, "*" | "+" | "•") { "-" } else { written }.to_owned();
            let start = self.line_start(marker.start_byte());
            if self.text[start..marker.start_byte()].trim().is_empty() {
                let rest = self.rest_of_line(marker.end_byte());
                let gap = if rest.trim().is_empty() { "" } else { " " };
                let end = marker.end_byte() + blanks(rest);
                self.edits.push((start..end, format!("{}{mark}{gap}", " ".repeat(base))));
            }
            let inner = base + mark.chars().count() + 1;
            let mut cursor = item.walk();
            let children: Vec<Node<'_>> = item.named_children(&mut cursor).collect();
            for child in children {
                self.node(child, Some(inner));
            }
        }
    }

    /// The lines of a paragraph in a list stand below the item's text.
    fn paragraph(&mut self, paragraph: Node<'_>, base: Option<usize>) {
        let Some(base) = base else { return };
        let mut cursor = paragraph.walk();
        for line in paragraph.named_children(&mut cursor) {
            let start = self.line_start(line.start_byte());
            if self.text[start..line.start_byte()].trim().is_empty() {
                self.edits.push((start..line.start_byte(), " ".repeat(base)));
            }
        }
    }

    fn attribute(&mut self, attribute: Node<'_>) {
        let (Some(key), Some(value)) =
            (attribute.child_by_field_name("key"), attribute.child_by_field_name("value"))
        else {
            return;
        };
        self.edits.push((key.end_byte()..value.start_byte(), ": ".into()));
    }

    fn code(&mut self, node: Node<'_>) {
        let (first, last) = (node.start_position().row, node.end_position().row);
        for row in &mut self.rows[first..=last] {
            row.is_code = true;
        }
        let is_closed = node.child_by_field_name("close").is_some();
        if let (Some(info), true) = (node.child_by_field_name("info"), is_closed) {
            let fence = node.start_byte() + self.of(node).bytes().take_while(|&byte| byte == b'`').count();
            self.edits.push((fence..info.start_byte(), String::new()));
        }
        if is_closed {
            let empty: Vec<bool> =
                self.text.lines().skip(first).take(last - first + 1).map(str::is_empty).collect();
            let inner = 1..empty.len().saturating_sub(1);
            for at in inner.clone().take_while(|&at| empty[at]).chain(inner.rev().take_while(|&at| empty[at]))
            {
                self.rows[first + at].is_dropped = true;
            }
        }
    }

    /// The text with the edits made, and its empty lines set right.
    fn written(mut self) -> String {
        self.edits.sort_by_key(|(range, _)| (range.start, range.end));
        let mut edited = String::with_capacity(self.text.len());
        let mut at = 0;
        for (range, replacement) in
            self.edits.iter().filter(|(range, _)| !self.text[range.clone()].contains('\n'))
        {
            if range.start >= at {
                edited += &self.text[at..range.start];
                edited += replacement;
                at = range.end;
            }
        }
        edited += &self.text[at..];
        spaced(&edited, &self.rows)
    }

    fn of(&self, node: Node<'_>) -> &str {
        &self.text[node.byte_range()]
    }

    fn line_start(&self, at: usize) -> usize {
        self.text[..at].rfind('\n').map_or(0, |end| end + 1)
    }

    fn rest_of_line(&self, at: usize) -> &str {
        let rest = &self.text[at..];
        rest.split('\n').next().unwrap_or(rest)
    }
}

fn is_heading(node: Node<'_>) -> bool {
    matches!(node.kind(), "heading" | "unknown_heading")
}

fn blanks(text: &str) -> usize {
    text.len() - text.trim_start_matches([' ', '\t']).len()
}

/// The lines with as many empty lines between them as the rules want.
fn spaced(text: &str, rows: &[Row]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut waiting = 0;
    let mut above: Option<Row> = None;
    for (line, row) in text.lines().zip(rows) {
        if row.is_dropped {
            continue;
        }
        if line.is_empty() && !row.is_code {
            waiting += 1;
            continue;
        }
        let wanted = match above {
            None => 0,
            Some(above) if above.is_tight => 0,
            Some(_) if row.is_apart => 1,
            Some(_) => waiting.min(1),
        };
        out.extend(std::iter::repeat_n('\n', wanted));
        out += line;
        out.push('\n');
        (waiting, above) = (0, Some(*row));
    }
    out
}

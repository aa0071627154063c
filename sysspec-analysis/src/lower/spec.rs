//! `.spec` and `.patch` files: from the syntax tree to sections.

use tree_sitter::Node;

use super::parts::Parts;
use super::{Attribute, Code, Label, Lowered, NodeLine, SectionContent, SectionKind, Slips, Word};
use crate::Phase;
use crate::c::comment_text;
use crate::source::Parsed;
use crate::span::Span;
use crate::suppression::is_suppression;
use crate::text::Text;

/// The words that a heading may have.
const VOCABULARY: &[(&str, SectionKind)] = &[
    ("MODULE", SectionKind::Module),
    ("INTENT", SectionKind::Intent),
    ("PROMPT", SectionKind::Prompt),
    ("RELY", SectionKind::Rely),
    ("GUARANTEE", SectionKind::Guarantee),
    ("SPECIFICATION", SectionKind::Specification),
    ("OPTIMIZATION", SectionKind::Optimization),
    ("RECOMMENDATION", SectionKind::Recommendation),
    ("INVARIANT", SectionKind::Invariant),
    ("PATCH", SectionKind::Patch),
    ("NODES", SectionKind::Nodes),
];

/// The words that a heading may have, in upper case.
pub fn vocabulary() -> impl Iterator<Item = &'static str> {
    VOCABULARY.iter().map(|(word, _)| *word)
}

pub fn sections(parsed: &Parsed) -> Vec<Lowered> {
    let Some(tree) = parsed.tree() else { return Vec::new() };
    let root = tree.root_node();
    let mut phase = Phase::Functional;
    let mut sections = Vec::new();
    let mut cursor = root.walk();
    for node in root.named_children(&mut cursor) {
        if node.kind() == "phase_marker" {
            phase = phase_of(node, &parsed.text);
        }
        gap(&mut sections, node.start_byte(), &parsed.text);
        sections.push(Reader::new(node, &parsed.text).section(node, phase));
    }
    gap(&mut sections, parsed.text.rope().len_bytes(), &parsed.text);
    sections
}

/// What stands between two nodes is blank. Characters that only look so must belong to a section, to be found: to the one
/// above, or, at the top of a file, to one of their own.
fn gap(sections: &mut Vec<Lowered>, end: usize, text: &Text) {
    let start = sections.last().map_or(0, |last| last.offset + last.content.text.len());
    let between = if start < end { text.slice(start..end) } else { return };
    let Some(hidden) = between.rfind(|c: char| !c.is_ascii()) else { return };
    let length = hidden + between[hidden..].chars().next().map_or(0, char::len_utf8);
    match sections.last_mut() {
        Some(above) => above.content.text.push_str(&between[..length]),
        None => {
            let content = SectionContent::blank(between[..length].to_owned());
            let (kind, phase) = (SectionKind::Preamble, Phase::Functional);
            sections.push(Lowered { kind, phase, subject: None, content, offset: 0 });
        }
    }
}

fn phase_of(marker: Node<'_>, text: &Text) -> Phase {
    let name = marker.child_by_field_name("name").map(|name| text.slice(name.byte_range()));
    match name.as_deref().map(str::trim) {
        Some(name) if name.eq_ignore_ascii_case("first") || name == "1" => Phase::Functional,
        _ => Phase::Refine,
    }
}

pub(super) struct Reader {
    pub(super) text: String,
    offset: usize,
    /// Whether the section's prose is of interest.
    pub(super) has_items: bool,
    /// How many lists there were.
    pub(super) lists: u32,
    pub(super) slips: Slips,
    codes: Vec<Code>,
    attributes: Vec<Attribute>,
    labels: Vec<Label>,
    nodes: Vec<NodeLine>,
}

impl Reader {
    fn new(node: Node<'_>, text: &Text) -> Self {
        let text = text.slice(node.byte_range());
        Self {
            text,
            offset: node.start_byte(),
            has_items: false,
            lists: 0,
            slips: Slips::default(),
            codes: Vec::new(),
            attributes: Vec::new(),
            labels: Vec::new(),
            nodes: Vec::new(),
        }
    }

    fn section(mut self, node: Node<'_>, phase: Phase) -> Lowered {
        let heading = node.child_by_field_name("heading").unwrap_or(node);
        let name = heading.child_by_field_name("name");
        let subject = heading.child_by_field_name("subject");
        let (kind, misspelt) = match node.kind() {
            "section" => self.kind_of(heading, name),
            "phase_marker" => (SectionKind::PhaseMarker, false),
            _ => (SectionKind::Preamble, false),
        };
        self.has_items = has_items(kind);
        let Parts { contracts, items } = self.parts(node);
        let trailing = heading.child_by_field_name("trailing");
        let body = match node.kind() {
            "preamble" => 0,
            _ => trailing.map_or(heading.end_byte(), |trailing| trailing.start_byte()) - self.offset,
        };
        let subject_name = subject.map(|subject| self.of(subject).trim().to_string());
        let content = SectionContent {
            heading: if node.kind() == "preamble" { Span::from(0..0) } else { self.span(heading) },
            name: name.map_or_else(|| self.span(heading), |name| self.span(name)),
            subject: subject.map(|subject| self.span(subject)),
            body,
            misspelt,
            is_empty: self.text[body..].trim().is_empty(),
            codes: self.codes,
            attributes: self.attributes,
            labels: self.labels,
            nodes: self.nodes,
            contracts,
            items,
            slips: self.slips,
            text: self.text,
        };
        Lowered { kind, phase, subject: subject_name, content, offset: self.offset }
    }

    /// The kind of a heading. One that is misspelt is taken for the nearest, so that a slip of the
    /// finger gives one finding only.
    fn kind_of(&self, heading: Node<'_>, name: Option<Node<'_>>) -> (SectionKind, bool) {
        let word =
            name.map(|name| crate::spelling::visible(self.of(name)).to_uppercase()).unwrap_or_default();
        let known = |word: &str| VOCABULARY.iter().find(|(known, _)| *known == word).map(|(_, kind)| *kind);
        if heading.kind() == "heading" {
            return (known(&word).unwrap_or(SectionKind::Unknown), false);
        }
        let nearest = crate::spelling::nearest(&word, vocabulary()).and_then(known);
        (nearest.unwrap_or(SectionKind::Unknown), true)
    }

    pub(super) fn code(&mut self, node: Node<'_>) {
        let info_node = node.child_by_field_name("info");
        let info = info_node.map(|info| self.of(info).trim().to_ascii_lowercase());
        let close = node.child_by_field_name("close");
        self.slips.behind_fences.extend(close.and_then(|close| self.behind_fence(close)));
        let at = node.end_byte() - self.offset;
        let code = node.child_by_field_name("code").map_or(Span::from(at..at), |code| self.span(code));
        self.codes.push(Code {
            code,
            whole: self.span(node),
            is_c: info.is_none_or(|info| matches!(info.as_str(), "" | "c" | "h")),
            is_closed: node.kind() == "unfenced_c" || close.is_some(),
            comment: self.comment_before(node),
            info: info_node.map(|info| self.span(info)),
            stray: None,
        });
    }

    /// A lone fence is the end of the block that was broken off before it.
    pub(super) fn stray_fence(&mut self, node: Node<'_>) {
        let span = self.span(node);
        if let Some(broken) = self.codes.iter_mut().rev().find(|code| !code.is_closed) {
            broken.stray.get_or_insert(span);
        }
    }

    fn behind_fence(&self, close: Node<'_>) -> Option<Span> {
        let span = self.span(close);
        let behind = self.of(close).trim_start_matches('`');
        let start = span.end - behind.trim_start().len();
        (!crate::spelling::visible(behind).trim().is_empty()).then_some(Span { start, end: span.end })
    }

    /// The `//` lines right before a block; a file name is an origin, not a comment.
    fn comment_before(&self, node: Node<'_>) -> Option<String> {
        let mut lines = Vec::new();
        let mut below = node;
        while let Some(above) = below.prev_named_sibling().filter(|above| above.kind() == "comment") {
            if above.end_position().row + 1 != below.start_position().row {
                break;
            }
            lines.push(comment_text(self.of(above)));
            below = above;
        }
        lines.retain(|line| !is_file_name(line) && !is_suppression(line));
        lines.reverse();
        (!lines.is_empty()).then(|| lines.join(" "))
    }

    pub(super) fn attribute(&mut self, node: Node<'_>) {
        let Some(key) = node.child_by_field_name("key") else { return };
        let value = node.child_by_field_name("value");
        self.attributes.push(Attribute {
            key: self.of(key).trim().to_ascii_lowercase(),
            key_span: self.span(key),
            value: value.map_or(String::new(), |value| self.of(value).trim().into()),
            value_span: self.span(value.unwrap_or(key)),
        });
    }

    pub(super) fn node(&mut self, node: Node<'_>) {
        let word = |field: &str| {
            let child = node.child_by_field_name(field)?;
            Some(Word { text: self.of(child).trim().into(), span: self.span(child) })
        };
        let line = NodeLine {
            whole: self.span(node),
            name: word("name"),
            kind: word("kind"),
            action: word("action"),
            target: word("target"),
        };
        self.nodes.push(line);
    }

    pub(super) fn label(&mut self, node: Node<'_>) {
        let name = match node.kind() {
            "contract" => {
                node.child_by_field_name("label").and_then(|label| label.child_by_field_name("kind"))
            }
            "case" => node.child_by_field_name("number").or_else(|| node.child_by_field_name("label")),
            _ => node.child_by_field_name("name"),
        };
        let Some(name) = name else { return };
        let text = self.of(name).trim();
        let text = if name.kind() == "case_number" { format!("Case {text}") } else { text.to_string() };
        self.labels.push(Label { name: text, name_span: self.span(name), whole: self.span(node) });
    }

    pub(super) fn span(&self, node: Node<'_>) -> Span {
        Span::from(node.start_byte() - self.offset..node.end_byte() - self.offset)
    }

    pub(super) fn of(&self, node: Node<'_>) -> &str {
        self.text.get(self.span(node).range()).unwrap_or_default()
    }
}

/// Whether the prose of a section is taken apart: prompts and changes are instructions, C and attributes are no prose.
fn has_items(kind: SectionKind) -> bool {
    use SectionKind as Kind;
    matches!(kind, Kind::Specification | Kind::Intent | Kind::Invariant | Kind::Optimization | Kind::Preamble)
}

fn is_file_name(text: &str) -> bool {
    !text.contains(char::is_whitespace) && (text.ends_with(".h") || text.ends_with(".c"))
}

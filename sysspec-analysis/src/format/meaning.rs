//! What a text says, apart from its layout.

use ropey::Rope;
use tree_sitter::Node;

use crate::lower::include_tokens;
use crate::source::{FileKind, parse_rope};

/// Everything that is said, in order: kinds of nodes, and the texts of those that hold no others.
pub fn meaning(text: &str, kind: FileKind) -> Vec<(u16, String)> {
    match kind {
        FileKind::Header => header(text),
        _ => {
            let tree = parse_rope(&Rope::from_str(text), None);
            let mut out = Vec::new();
            if let Some(tree) = tree {
                collect(tree.root_node(), text, &mut out);
            }
            out
        }
    }
}

fn header(text: &str) -> Vec<(u16, String)> {
    let (includes, body) = text.split_once('\n').unwrap_or((text, ""));
    let includes = include_tokens(includes).into_iter().map(|(name, _)| (0, name));
    includes.chain([(1, code(body, true))]).collect()
}

fn collect(node: Node<'_>, text: &str, out: &mut Vec<(u16, String)>) {
    let kind = node.kind();
    if node.named_child_count() > 0 {
        out.push((node.kind_id(), String::new()));
        let mut cursor = node.walk();
        for child in node.named_children(&mut cursor) {
            collect(child, text, out);
        }
        return;
    }
    let said = text[node.byte_range()].trim();
    out.push((
        node.kind_id(),
        match kind {
            "heading_name" => said.to_uppercase(),
            "label_kind" => said.to_lowercase().replace(['-', ' '], ""),
            "marker" if matches!(said, "*" | "+" | "•") => "-".into(),
            "code" => code(&text[node.byte_range()], false),
            _ => said.into(),
        },
    ));
}

/// C apart from blanks at line ends and empty lines around it, or all empty lines.
fn code(text: &str, anywhere: bool) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    let lines = lines.into_iter().filter(|line| !anywhere || !line.is_empty());
    lines.collect::<Vec<_>>().join("\n").trim_matches('\n').into()
}

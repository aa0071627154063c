//! The graph in the language of Graphviz.

use std::fmt::Write;

use super::{Bond, Graph};

pub(super) fn text(graph: &Graph) -> String {
    let mut out = format!("digraph {} {{\n", quoted(&graph.name));
    out += "  rankdir=TB;\n  node [shape=box, style=rounded, fontname=\"sans-serif\"];\n";
    for (at, cluster) in graph.clusters.iter().enumerate().filter(|(_, cluster)| !cluster.nodes.is_empty()) {
        let _ = writeln!(out, "  subgraph \"cluster_{at}\" {{\n    label={};", quoted(&cluster.name));
        for &node in &cluster.nodes {
            let _ = writeln!(out, "    {}", declaration(graph, node));
        }
        out += "  }\n";
    }
    for node in (0..graph.nodes.len()).filter(|&node| graph.nodes[node].cluster.is_none()) {
        let _ = writeln!(out, "  {}", declaration(graph, node));
    }
    for edge in &graph.edges {
        let (from, to) = (&graph.nodes[edge.from].path, &graph.nodes[edge.to].path);
        let label = if edge.number > 1 { edge.number.to_string() } else { String::new() };
        let attributes = match (edge.bond, label.is_empty()) {
            (Bond::Relies | Bond::Precedes, true) => String::new(),
            (Bond::Relies | Bond::Precedes, false) => format!(" [label=\"{label}\"]"),
            (Bond::Replaces, _) => {
                format!(" [style=dashed, label=\"{}\"]", format!("replaces {label}").trim())
            }
        };
        let _ = writeln!(out, "  {} -> {}{attributes};", quoted(from), quoted(to));
    }
    out + "}\n"
}

fn declaration(graph: &Graph, at: usize) -> String {
    let node = &graph.nodes[at];
    let focus = if node.is_focus { ", penwidth=3" } else { "" };
    format!("{} [label={}{focus}];", quoted(&node.path), quoted(&node.name))
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_quoted() {
        assert_eq!(quoted(r#"a"b\"#), r#""a\"b\\""#);
    }
}

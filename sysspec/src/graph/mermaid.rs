//! The graph in the language of Mermaid, which many web pages draw.

use std::fmt::Write;

use super::{Bond, Graph};

pub(super) fn text(graph: &Graph) -> String {
    let mut out = String::from("flowchart TB\n");
    for (at, cluster) in graph.clusters.iter().enumerate().filter(|(_, cluster)| !cluster.nodes.is_empty()) {
        let _ = writeln!(out, "  subgraph layer{at}[{}]", quoted(&cluster.name));
        for &node in &cluster.nodes {
            let _ = writeln!(out, "    m{node}[{}]", quoted(&graph.nodes[node].name));
        }
        out += "  end\n";
    }
    for (at, node) in graph.nodes.iter().enumerate().filter(|(_, node)| node.cluster.is_none()) {
        let _ = writeln!(out, "  m{at}[{}]", quoted(&node.name));
    }
    for edge in &graph.edges {
        let arrow = match edge.bond {
            Bond::Relies | Bond::Precedes if edge.number > 1 => format!("-->|{}|", edge.number),
            Bond::Relies | Bond::Precedes => "-->".to_owned(),
            Bond::Replaces => "-.->|replaces|".to_owned(),
        };
        let _ = writeln!(out, "  m{} {arrow} m{}", edge.from, edge.to);
    }
    for (at, _) in graph.nodes.iter().enumerate().filter(|(_, node)| node.is_focus) {
        let _ = writeln!(out, "  style m{at} stroke-width:3px");
    }
    out
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "#quot;"))
}

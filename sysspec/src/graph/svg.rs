//! The graph as a drawing. Pointing at a module makes what it relies on, and what relies on it, stand out.

use std::fmt::Write;

use super::layout::{self, Layout, Rectangle};
use super::{Bond, Graph};

const STYLE: &str = "\
  svg { background: #fff; font: 12px ui-monospace, monospace; }
  .layer rect { fill: #f6f8fa; stroke: #d0d7de; }
  .patch rect { stroke-dasharray: 5 4; }
  .layer text { fill: #57606a; font-weight: bold; }
  .module rect { fill: #fff; stroke: #57606a; }
  .module text { fill: #1f2328; text-anchor: middle; }
  .focus rect { stroke-width: 3; }
  .edge { fill: none; stroke: #8c959f; stroke-opacity: .45; }
  .replaces { stroke-dasharray: 5 4; stroke: #8250df; stroke-opacity: .8; }
  .upwards { stroke: #cf222e; stroke-opacity: .8; }
  .edge:hover { stroke: #0969da; stroke-opacity: 1; stroke-width: 2.5; }
  .number { fill: #57606a; font-size: 10px; }
  @media (prefers-color-scheme: dark) {
    svg { background: #0d1117; }
    .layer rect { fill: #161b22; stroke: #30363d; }
    .layer text, .number { fill: #8d96a0; }
    .module rect { fill: #0d1117; stroke: #8d96a0; }
    .module text { fill: #e6edf3; }
  }
";

/// Above this many modules the rules that make edges stand out would weigh more than the drawing.
const POINTED_AT: usize = 400;

pub(super) fn text(graph: &Graph) -> String {
    let layout = layout::layout(graph);
    let (width, height) = (layout.width, layout.height);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" \
         height=\"{height:.0}\">\n<title>{}</title>\n<style>\n{STYLE}{}</style>\n",
        escaped(&graph.name),
        pointing(graph),
    );
    out += "<defs><marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"6\" markerHeight=\"6\" \
            orient=\"auto\"><path d=\"M0 0L8 4L0 8z\" fill=\"#8c959f\"/></marker></defs>\n";
    layers(&mut out, graph, &layout);
    let ends = Ends::of(graph, &layout);
    edges(&mut out, graph, &layout, &ends);
    modules(&mut out, graph, &layout, &ends);
    out + "</svg>\n"
}

fn layers(out: &mut String, graph: &Graph, layout: &Layout) {
    for (cluster, border) in &layout.bands {
        let _ = writeln!(
            out,
            "<g class=\"{}\">{}<text x=\"{:.1}\" y=\"{:.1}\">{}</text></g>",
            if graph.clusters[*cluster].is_patch { "layer patch" } else { "layer" },
            rectangle(border),
            border.x + 10.0,
            border.y + 18.0,
            escaped(&graph.clusters[*cluster].name)
        );
    }
}

fn modules(out: &mut String, graph: &Graph, layout: &Layout, ends: &Ends) {
    for (at, (node, place)) in graph.nodes.iter().zip(&layout.nodes).enumerate() {
        let focus = if node.is_focus { " focus" } else { "" };
        let _ = writeln!(
            out,
            "<g class=\"module{focus}\" id=\"m{at}\"><title>{}</title>{}<text x=\"{:.1}\" y=\"{:.1}\">{}</text></g>",
            escaped(&tooltip(graph, ends, at)),
            rectangle(place),
            place.x + place.width / 2.0,
            place.y + place.height / 2.0 + 4.0,
            escaped(&node.name)
        );
    }
}

fn tooltip(graph: &Graph, ends: &Ends, at: usize) -> String {
    let mut tooltip = graph.nodes[at].path.clone();
    for (bond, beside, what) in [
        (Bond::Relies, &ends.leaving[at], "relies on"),
        (Bond::Relies, &ends.arriving[at], "is relied on by"),
        (Bond::Replaces, &ends.leaving[at], "replaces"),
        (Bond::Replaces, &ends.arriving[at], "is replaced by"),
        (Bond::Precedes, &ends.leaving[at], "is held while taking"),
        (Bond::Precedes, &ends.arriving[at], "is taken while holding"),
    ] {
        let bound = beside.iter().filter(|(edge, _)| graph.edges[*edge].bond == bond);
        let mut names: Vec<&str> = bound.map(|(_, node)| graph.nodes[*node].name.as_str()).collect();
        names.sort_unstable();
        if !names.is_empty() {
            tooltip += &format!("\n{what}: {}", names.join(", "));
        }
    }
    tooltip
}

fn edges(out: &mut String, graph: &Graph, layout: &Layout, ends: &Ends) {
    for (at, edge) in graph.edges.iter().enumerate() {
        let (from, to) = (&layout.nodes[edge.from], &layout.nodes[edge.to]);
        let from_x = port(from, &ends.leaving[edge.from], at);
        let to_x = port(to, &ends.arriving[edge.to], at);
        let bulge = if graph.clusters.is_empty() { bulge(layout, from, to, from_x) } else { 0.0 };
        let (path, direction) = curve((from_x, from), (to_x, to), bulge);
        let (from_name, to_name) = (&graph.nodes[edge.from].name, &graph.nodes[edge.to].name);
        let (bond, verb) = match edge.bond {
            Bond::Relies => ("", "relies on"),
            Bond::Precedes => ("", "is held while this is taken:"),
            Bond::Replaces => (" replaces", "replaces"),
        };
        let _ = writeln!(
            out,
            "<path class=\"edge{direction}{bond} f{} t{}\" d=\"{path}\" marker-end=\"url(#tip)\"><title>{}</title></path>",
            edge.from,
            edge.to,
            escaped(&format!("{from_name} {verb} {to_name}"))
        );
        if edge.number > 1 {
            // The middle of the curve.
            let x = (from_x + to_x) / 2.0 + 0.75 * bulge + 4.0;
            let y = (from.y + from.height + to.y) / 2.0;
            let _ = writeln!(out, "<text class=\"number\" x=\"{x:.1}\" y=\"{y:.1}\">{}</text>", edge.number);
        }
    }
}

/// How far an edge between layers goes round those in between, to the nearer side.
fn bulge(layout: &Layout, from: &Rectangle, to: &Rectangle, from_x: f64) -> f64 {
    let rows = (to.y - from.y) / (layout::NODE_HEIGHT + layout::WIDE_ROW_GAP);
    if rows < 1.5 {
        return 0.0;
    }
    let reach = (50.0 + 22.0 * rows).min(1.3 * layout::WIDE_GAP);
    if from_x < layout.width / 2.0 { -reach } else { reach }
}

/// From the lower border down to the upper one; what goes up, against the order, goes the other way round.
fn curve(
    (from_x, from): (f64, &Rectangle),
    (to_x, to): (f64, &Rectangle),
    bulge: f64,
) -> (String, &'static str) {
    let (from_y, to_y, bend, direction) = match from.y < to.y {
        true => (from.y + from.height, to.y, 1.0, ""),
        false if from.y > to.y => (from.y, to.y + to.height, -1.0, " upwards"),
        false => (from.y, to.y, -1.0, " upwards"),
    };
    let reach = bend * ((to_y - from_y).abs() / 2.0).max(24.0);
    // In one row both ends bend to the same side.
    let back = if from.y == to.y { -reach } else { reach };
    let (out_y, in_y) = (from_y + reach, to_y - back);
    let (out_x, in_x) = (from_x + bulge, to_x + bulge);
    let path =
        format!("M{from_x:.1} {from_y:.1}C{out_x:.1} {out_y:.1} {in_x:.1} {in_y:.1} {to_x:.1} {to_y:.1}");
    (path, direction)
}

/// The edges of each node with the nodes at their other ends, from left to right.
struct Ends {
    leaving: Vec<Vec<(usize, usize)>>,
    arriving: Vec<Vec<(usize, usize)>>,
}

impl Ends {
    fn of(graph: &Graph, layout: &Layout) -> Ends {
        let none = vec![Vec::new(); graph.nodes.len()];
        let mut ends = Ends { leaving: none.clone(), arriving: none };
        for (at, edge) in graph.edges.iter().enumerate() {
            ends.leaving[edge.from].push((at, edge.to));
            ends.arriving[edge.to].push((at, edge.from));
        }
        let centre = |node: usize| layout.nodes[node].x + layout.nodes[node].width / 2.0;
        for beside in ends.leaving.iter_mut().chain(&mut ends.arriving) {
            beside.sort_by(|&(_, one), &(_, other)| centre(one).total_cmp(&centre(other)));
        }
        ends
    }
}

/// Where an edge touches a module: its edges are spread over the border.
fn port(place: &Rectangle, beside: &[(usize, usize)], edge: usize) -> f64 {
    let part = |number: usize| f64::from(u32::try_from(number).unwrap_or(u32::MAX));
    let position = beside.iter().position(|&(other, _)| other == edge).unwrap_or(0);
    place.x + place.width * (part(position) + 1.0) / (part(beside.len()) + 1.0)
}

fn pointing(graph: &Graph) -> String {
    let mut rules = String::new();
    if graph.nodes.len() <= POINTED_AT {
        for at in 0..graph.nodes.len() {
            let _ = writeln!(
                rules,
                "  svg:has(#m{at}:hover) .f{at} {{ stroke: #0969da; stroke-opacity: 1; stroke-width: 2; }}\n  \
                 svg:has(#m{at}:hover) .t{at} {{ stroke: #bc4c00; stroke-opacity: 1; stroke-width: 2; }}"
            );
        }
    }
    rules
}

fn rectangle(place: &Rectangle) -> String {
    let Rectangle { x, y, width, height } = place;
    format!("<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" rx=\"4\"/>")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

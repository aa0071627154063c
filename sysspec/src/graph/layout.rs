//! Where everything stands: layers as bands from root to leaf, modules in rows by what they rely on within their layer.
//!
//! The layered layout of Sugiyama, Tagawa and Toda, with layers of the workspace as outer ranks: general layout
//! libraries know no nested ranks, and put modules of one layer far apart.

use std::collections::{BTreeSet, HashSet};

use super::Graph;

/// Rows longer than this are broken.
const MAX_WIDTH: f64 = 1560.0;
pub(super) const NODE_HEIGHT: f64 = 26.0;
/// Between neighbours in a row.
const GAP: f64 = 14.0;
/// Between rows of a band, and between bands: room for edges.
const ROW_GAP: f64 = 34.0;
const BAND_GAP: f64 = 46.0;
/// Between a band's border and its modules.
const PADDING: f64 = 16.0;
/// Instead of these between layers that are shown without modules: there are few, and numbers stand at their edges.
pub(super) const WIDE_GAP: f64 = 130.0;
pub(super) const WIDE_ROW_GAP: f64 = 74.0;
/// For the name of a band.
const HEADING: f64 = 22.0;
const MARGIN: f64 = 20.0;
/// How often rows are put into the order of their neighbours; more changes next to nothing.
const SWEEPS: usize = 6;

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Rectangle {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

/// The finished layout.
#[derive(Debug)]
pub(super) struct Layout {
    pub(super) width: f64,
    pub(super) height: f64,
    /// By node.
    pub(super) nodes: Vec<Rectangle>,
    /// The layers that have modules, with their borders.
    pub(super) bands: Vec<(usize, Rectangle)>,
}

/// A layer on its way: rows from top to bottom.
struct Band {
    cluster: Option<usize>,
    rows: Vec<Vec<usize>>,
}

pub(super) fn layout(graph: &Graph) -> Layout {
    let neighbours = neighbours(graph);
    let mut bands = bands(graph);
    let mut layout = place(graph, &bands);
    for _ in 0..SWEEPS {
        for row in bands.iter_mut().flat_map(|band| &mut band.rows) {
            sort_by_neighbours(row, &neighbours, &layout.nodes);
        }
        layout = place(graph, &bands);
    }
    layout
}

fn neighbours(graph: &Graph) -> Vec<Vec<usize>> {
    let mut neighbours = vec![Vec::new(); graph.nodes.len()];
    for edge in &graph.edges {
        neighbours[edge.from].push(edge.to);
        neighbours[edge.to].push(edge.from);
    }
    neighbours
}

/// By the mean of where the neighbours are; who has none stays where it is.
fn sort_by_neighbours(row: &mut [usize], neighbours: &[Vec<usize>], places: &[Rectangle]) {
    let centre = |node: usize| places[node].x + places[node].width / 2.0;
    let wish = |node: usize| {
        let others = &neighbours[node];
        if others.is_empty() {
            return centre(node);
        }
        let count = u32::try_from(others.len()).unwrap_or(u32::MAX);
        others.iter().map(|&other| centre(other)).sum::<f64>() / f64::from(count)
    };
    row.sort_by(|&one, &other| wish(one).total_cmp(&wish(other)));
}

/// The layers, roots first, each with its rows.
fn bands(graph: &Graph) -> Vec<Band> {
    if graph.clusters.is_empty() {
        let all: Vec<usize> = (0..graph.nodes.len()).collect();
        return vec![Band { cluster: None, rows: rows(graph, &all) }];
    }
    let mut order = leaves_first(graph);
    order.reverse();
    let filled = order.into_iter().filter(|&cluster| !graph.clusters[cluster].nodes.is_empty());
    filled
        .map(|cluster| Band { cluster: Some(cluster), rows: rows(graph, &graph.clusters[cluster].nodes) })
        .collect()
}

/// The layers in an order in which each comes after those that its modules rely on. In a cycle, the manifest's order.
fn leaves_first(graph: &Graph) -> Vec<usize> {
    let mut relies = vec![BTreeSet::new(); graph.clusters.len()];
    for edge in &graph.edges {
        if let (Some(from), Some(to)) = (graph.nodes[edge.from].cluster, graph.nodes[edge.to].cluster)
            && from != to
        {
            relies[from].insert(to);
        }
    }
    let mut waiting: Vec<usize> = (0..graph.clusters.len()).collect();
    let mut order: Vec<usize> = Vec::new();
    while !waiting.is_empty() {
        let is_ready = |&cluster: &usize| relies[cluster].iter().all(|on| order.contains(on));
        let next = waiting.iter().position(is_ready).unwrap_or(0);
        order.push(waiting.remove(next));
    }
    order
}

/// Modules by how long the way down is within their own layer; those at the bottom rely on none of it.
fn rows(graph: &Graph, members: &[usize]) -> Vec<Vec<usize>> {
    let mut sorted = members.to_vec();
    sorted.sort_unstable();
    let inside: HashSet<usize> = sorted.iter().copied().collect();
    let edges: Vec<(usize, usize)> = graph
        .edges
        .iter()
        .filter(|edge| inside.contains(&edge.from) && inside.contains(&edge.to))
        .map(|edge| (edge.from, edge.to))
        .collect();
    let mut depths = vec![0_usize; graph.nodes.len()];
    // Modules come from leaf to root, so that one pass does; collapsed layers come in any order.
    for _ in 0..sorted.len() {
        let mut is_stable = true;
        for &(from, to) in &edges {
            // In a cycle depths would grow without end.
            if depths[from] <= depths[to] && depths[to] + 1 < sorted.len() {
                depths[from] = depths[to] + 1;
                is_stable = false;
            }
        }
        if is_stable {
            break;
        }
    }
    let deepest = sorted.iter().map(|&node| depths[node]).max().unwrap_or(0);
    let row = |depth| sorted.iter().copied().filter(|&node| depths[node] == depth).collect::<Vec<_>>();
    (0..=deepest).rev().map(row).filter(|row| !row.is_empty()).collect()
}

/// Coordinates for rows in their order, each centred.
fn place(graph: &Graph, bands: &[Band]) -> Layout {
    let is_collapsed = graph.clusters.is_empty();
    let (gap, row_gap) = if is_collapsed { (WIDE_GAP, WIDE_ROW_GAP) } else { (GAP, ROW_GAP) };
    let widths: Vec<f64> = graph.nodes.iter().map(|node| width(&node.name)).collect();
    let broken: Vec<Vec<Vec<usize>>> = bands
        .iter()
        .map(|band| band.rows.iter().flat_map(|row| broken(row, &widths, gap)).collect())
        .collect();
    let inner = broken.iter().flatten().map(|line| line_width(line, &widths, gap)).fold(160.0, f64::max);
    let mut nodes = vec![Rectangle::default(); graph.nodes.len()];
    let mut boxes = Vec::new();
    // Edges that go round others need room at the sides.
    let side = if is_collapsed { WIDE_GAP } else { 0.0 };
    let mut y = MARGIN;
    for (band, lines) in bands.iter().zip(&broken) {
        let top = y;
        y += PADDING + if band.cluster.is_some() { HEADING } else { 0.0 };
        for line in lines {
            let mut x = side + MARGIN + PADDING + (inner - line_width(line, &widths, gap)) / 2.0;
            for &node in line {
                nodes[node] = Rectangle { x, y, width: widths[node], height: NODE_HEIGHT };
                x += widths[node] + gap;
            }
            y += NODE_HEIGHT + row_gap;
        }
        y += PADDING - row_gap;
        if let Some(cluster) = band.cluster {
            let width = inner + 2.0 * PADDING;
            boxes.push((cluster, Rectangle { x: MARGIN, y: top, width, height: y - top }));
        }
        y += BAND_GAP;
    }
    let height = (y - BAND_GAP + MARGIN).max(2.0 * MARGIN);
    Layout { width: inner + 2.0 * (PADDING + MARGIN + side), height, nodes, bands: boxes }
}

/// A row in lines that are not too long. They are dealt out, so that each line spans the whole width and modules stay
/// near their neighbours.
fn broken(row: &[usize], widths: &[f64], gap: f64) -> Vec<Vec<usize>> {
    let mut number = 1;
    loop {
        let line = |at| row.iter().copied().skip(at).step_by(number).collect::<Vec<usize>>();
        let lines: Vec<Vec<usize>> = (0..number).map(line).collect();
        if number >= row.len() || lines.iter().all(|line| line_width(line, widths, gap) <= MAX_WIDTH) {
            return lines;
        }
        number += 1;
    }
}

fn line_width(line: &[usize], widths: &[f64], gap: f64) -> f64 {
    let nodes: f64 = line.iter().map(|&node| widths[node] + gap).sum();
    (nodes - gap).max(0.0)
}

/// Of a name in a monospaced font of 12 pixels, whose letters are 0.6 of that wide.
fn width(name: &str) -> f64 {
    let letters = u32::try_from(name.chars().count()).unwrap_or(u32::MAX);
    f64::from(letters.max(3)) * 7.25 + 16.0
}

#[cfg(test)]
mod tests {
    use super::super::{Bond, Cluster, Edge, Node};
    use super::*;

    fn graph(clusters: &[(&str, &[usize])], number: usize, edges: &[(usize, usize)]) -> Graph {
        let cluster_of = |at| clusters.iter().position(|(_, nodes)| nodes.contains(&at));
        Graph {
            name: "g".into(),
            clusters: clusters
                .iter()
                .map(|(name, nodes)| Cluster { name: (*name).into(), is_patch: false, nodes: nodes.to_vec() })
                .collect(),
            nodes: (0..number)
                .map(|at| {
                    let name = format!("module_{at}");
                    Node {
                        path: name.clone(),
                        name,
                        cluster: cluster_of(at),
                        is_patch: false,
                        is_focus: false,
                    }
                })
                .collect(),
            edges: edges.iter().map(|&(from, to)| Edge { from, to, bond: Bond::Relies, number: 1 }).collect(),
        }
    }

    #[test]
    fn who_relies_stands_above_who_is_relied_on() {
        let drawn = layout(&graph(&[("low", &[0, 1]), ("high", &[2])], 3, &[(1, 0), (2, 1), (2, 0)]));
        let y = |node: usize| drawn.nodes[node].y;
        assert!(y(2) < y(1) && y(1) < y(0), "{drawn:?}");
        assert!(drawn.bands[0].0 == 1 && drawn.bands[0].1.y < drawn.bands[1].1.y, "{drawn:?}");
    }

    #[test]
    fn nothing_overlaps_and_all_is_inside() {
        let all: Vec<usize> = (0..60).collect();
        let edges: Vec<(usize, usize)> = (1..60).map(|at| (at, at / 3)).collect();
        let drawn = layout(&graph(&[("one", &all)], 60, &edges));
        for (at, one) in drawn.nodes.iter().enumerate() {
            assert!(one.x > 0.0 && one.x + one.width < drawn.width && one.y + one.height < drawn.height);
            for other in &drawn.nodes[at + 1..] {
                let apart = one.x + one.width <= other.x
                    || other.x + other.width <= one.x
                    || one.y + one.height <= other.y
                    || other.y + other.height <= one.y;
                assert!(apart, "{one:?} {other:?}");
            }
        }
    }

    #[test]
    fn cycles_and_empty_graphs_have_a_layout() {
        let drawn = layout(&graph(&[("a", &[0]), ("b", &[1, 2])], 3, &[(0, 1), (1, 0), (1, 2), (2, 1)]));
        assert_eq!(drawn.nodes.len(), 3);
        assert!(layout(&graph(&[], 0, &[])).nodes.is_empty());
        assert_eq!(layout(&graph(&[], 2, &[(0, 1), (1, 0)])).nodes.len(), 2);
    }
}

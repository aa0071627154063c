//! The graph as one JSON object, as `docs/schema/graph.schema.json` describes it.

use std::collections::HashMap;

use serde::Serialize;
use sysspec_analysis::{NodeKind, PatchModel, WorkspaceModel};

use super::{Bond, Graph, Node};
use crate::failure::Failure;

/// The version of the schema. It rises when a field changes its meaning or goes; new fields may come without.
const SCHEMA_VERSION: u32 = 1;

#[derive(Serialize)]
struct Report<'a> {
    version: u32,
    name: &'a str,
    layers: Vec<Layer<'a>>,
    modules: Vec<Module<'a>>,
    patches: Vec<Patch<'a>>,
}

#[derive(Serialize)]
struct Layer<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    relies_on: Option<Vec<LayerReliance<'a>>>,
}

#[derive(Serialize)]
struct LayerReliance<'a> {
    layer: &'a str,
    reliances: usize,
}

#[derive(Serialize)]
struct Module<'a> {
    name: &'a str,
    path: &'a str,
    layer: &'a str,
    level: Option<u8>,
    relies_on: Vec<&'a str>,
}

#[derive(Serialize)]
struct Patch<'a> {
    name: &'a str,
    folder: &'a str,
    intent: Option<&'a str>,
    needs: &'a [String],
    nodes: Vec<PatchNode<'a>>,
}

#[derive(Serialize)]
struct PatchNode<'a> {
    name: &'a str,
    kind: &'static str,
    path: Option<&'a str>,
    replaces: &'a [String],
    relies_on: &'a [String],
}

pub(super) fn text(graph: &Graph, model: &WorkspaceModel, patches: &[PatchModel]) -> Result<String, Failure> {
    let is_collapsed = graph.clusters.is_empty();
    let report = Report {
        version: SCHEMA_VERSION,
        name: &graph.name,
        layers: if is_collapsed { collapsed(graph) } else { layers(graph) },
        modules: if is_collapsed { Vec::new() } else { modules(graph, model) },
        patches: patches.iter().map(patch).collect(),
    };
    let text = serde_json::to_string_pretty(&report).map_err(Failure::wrong)?;
    Ok(text + "\n")
}

fn layers(graph: &Graph) -> Vec<Layer<'_>> {
    let layers = graph.clusters.iter().filter(|cluster| !cluster.is_patch);
    layers.map(|cluster| Layer { name: &cluster.name, relies_on: None }).collect()
}

fn collapsed(graph: &Graph) -> Vec<Layer<'_>> {
    let layer = |(at, node)| {
        let edges = graph.edges.iter().filter(move |edge| edge.from == at && edge.bond == Bond::Relies);
        let reliances =
            edges.map(|edge| LayerReliance { layer: &graph.nodes[edge.to].name, reliances: edge.number });
        let node: &Node = node;
        Layer { name: &node.name, relies_on: Some(reliances.collect()) }
    };
    graph.nodes.iter().enumerate().filter(|(_, node)| !node.is_patch).map(layer).collect()
}

fn modules<'a>(graph: &'a Graph, model: &WorkspaceModel) -> Vec<Module<'a>> {
    let levels: HashMap<&str, Option<u8>> =
        model.modules.iter().map(|module| (module.path.as_str(), module.level)).collect();
    // Nodes of patches come after all modules, so that positions are the same.
    let mut modules: Vec<Module<'_>> = graph
        .nodes
        .iter()
        .filter(|node| !node.is_patch)
        .map(|node| Module {
            name: &node.name,
            path: &node.path,
            layer: node.cluster.map_or("", |at| &graph.clusters[at].name),
            level: levels.get(node.path.as_str()).copied().flatten(),
            relies_on: Vec::new(),
        })
        .collect();
    let number = modules.len();
    for edge in graph.edges.iter().filter(|edge| edge.from < number) {
        modules[edge.from].relies_on.push(&graph.nodes[edge.to].path);
    }
    modules
}

fn patch(patch: &PatchModel) -> Patch<'_> {
    let nodes = patch.nodes.iter().map(|node| PatchNode {
        name: &node.name,
        kind: match node.kind {
            NodeKind::Leaf => "leaf",
            NodeKind::Intermediate => "intermediate",
            NodeKind::Root => "root",
        },
        path: node.path.as_deref(),
        replaces: &node.replaces,
        relies_on: &node.depends_on,
    });
    Patch {
        name: &patch.name,
        folder: &patch.folder,
        intent: patch.intent.as_deref(),
        needs: &patch.needs,
        nodes: nodes.collect(),
    }
}

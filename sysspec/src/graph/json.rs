//! The graph as one JSON object, as `docs/schema/graph.schema.json` describes it.

use std::collections::HashMap;

use serde::Serialize;
use sysspec_analysis::WorkspaceModel;

use super::Graph;
use crate::failure::Failure;

/// The version of the schema. It rises when a field changes its meaning or goes; new fields may come without.
const SCHEMA_VERSION: u32 = 1;

#[derive(Serialize)]
struct Report<'a> {
    version: u32,
    name: &'a str,
    layers: Vec<Layer<'a>>,
    modules: Vec<Module<'a>>,
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

pub(super) fn text(graph: &Graph, model: &WorkspaceModel) -> Result<String, Failure> {
    let is_collapsed = graph.clusters.is_empty();
    let report = Report {
        version: SCHEMA_VERSION,
        name: &graph.name,
        layers: if is_collapsed { collapsed(graph) } else { layers(graph) },
        modules: if is_collapsed { Vec::new() } else { modules(graph, model) },
    };
    let text = serde_json::to_string_pretty(&report).map_err(Failure::wrong)?;
    Ok(text + "\n")
}

fn layers(graph: &Graph) -> Vec<Layer<'_>> {
    graph.clusters.iter().map(|cluster| Layer { name: &cluster.name, relies_on: None }).collect()
}

fn collapsed(graph: &Graph) -> Vec<Layer<'_>> {
    let layer = |(at, node)| {
        let edges = graph.edges.iter().filter(move |edge| edge.from == at);
        let reliances =
            edges.map(|edge| LayerReliance { layer: &graph.nodes[edge.to].name, reliances: edge.number });
        let node: &super::Node = node;
        Layer { name: &node.name, relies_on: Some(reliances.collect()) }
    };
    graph.nodes.iter().enumerate().map(layer).collect()
}

fn modules<'a>(graph: &'a Graph, model: &WorkspaceModel) -> Vec<Module<'a>> {
    let levels: HashMap<&str, Option<u8>> =
        model.modules.iter().map(|module| (module.path.as_str(), module.level)).collect();
    let mut modules: Vec<Module<'_>> = graph
        .nodes
        .iter()
        .map(|node| Module {
            name: &node.name,
            path: &node.path,
            layer: node.cluster.map_or("", |at| &graph.clusters[at].name),
            level: levels.get(node.path.as_str()).copied().flatten(),
            relies_on: Vec::new(),
        })
        .collect();
    for edge in &graph.edges {
        modules[edge.from].relies_on.push(&graph.nodes[edge.to].path);
    }
    modules
}

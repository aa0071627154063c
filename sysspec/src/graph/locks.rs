//! `sysspec graph --locks`: which locks are taken while which are held.

use serde::Serialize;
use sysspec_analysis::{LockOrderModel, WorkspaceModel};

use super::{Bond, Edge, Graph, Node, dot, mermaid, svg};
use crate::EXIT_OK;
use crate::cli::GraphFormat;
use crate::console;
use crate::failure::Failure;
use crate::specs::{self, Specs};

/// The version of the schema. It rises when a field changes its meaning or goes; new fields may come without.
const SCHEMA_VERSION: u32 = 1;

#[derive(Serialize)]
struct Report<'a> {
    version: u32,
    name: &'a str,
    locks: &'a [String],
    edges: Vec<ReportedEdge<'a>>,
    cycles: &'a [Vec<String>],
}

#[derive(Serialize)]
struct ReportedEdge<'a> {
    held: &'a str,
    taken: &'a str,
    sites: Vec<Site<'a>>,
}

#[derive(Serialize)]
struct Site<'a> {
    path: &'a str,
    function: &'a str,
    via: Option<&'a str>,
}

pub(super) fn print(specs: &Specs, model: &WorkspaceModel, format: GraphFormat) -> Result<u8, Failure> {
    let order = specs.analysis().lock_order().map_err(specs::cancelled)?;
    let name = model.manifest.name.as_str();
    let graph = graph(&order, name);
    console::text(&match format {
        GraphFormat::Dot => dot::text(&graph),
        GraphFormat::Svg => svg::text(&graph),
        GraphFormat::Mermaid => mermaid::text(&graph),
        GraphFormat::Json => json(&order, name)?,
    });
    Ok(EXIT_OK)
}

fn graph(order: &LockOrderModel, name: &str) -> Graph {
    let node = |lock: &String| Node {
        name: lock.clone(),
        path: lock.clone(),
        cluster: None,
        is_patch: false,
        is_focus: false,
    };
    let edges = order.edges.iter().map(|edge| Edge {
        from: edge.held,
        to: edge.taken,
        bond: Bond::Precedes,
        number: edge.sites.len(),
    });
    Graph {
        name: format!("{name} locks").trim().to_owned(),
        clusters: Vec::new(),
        nodes: order.locks.iter().map(node).collect(),
        edges: edges.collect(),
    }
}

fn json(order: &LockOrderModel, name: &str) -> Result<String, Failure> {
    let edges = order.edges.iter().map(|edge| ReportedEdge {
        held: &order.locks[edge.held],
        taken: &order.locks[edge.taken],
        sites: edge
            .sites
            .iter()
            .map(|site| Site { path: &site.path, function: &site.function, via: site.via.as_deref() })
            .collect(),
    });
    let report = Report {
        version: SCHEMA_VERSION,
        name,
        locks: &order.locks,
        edges: edges.collect(),
        cycles: &order.cycles,
    };
    Ok(serde_json::to_string_pretty(&report).map_err(Failure::wrong)? + "\n")
}

//! The graph of modules: who relies on whom.

use std::collections::VecDeque;
use std::sync::Arc;

use petgraph::algo::tarjan_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::db::{Db, SourceFile};
use crate::index::{Names, choose_guarantor, modules};
use crate::symbols::{Role, SymbolName};
use crate::workspace::layout;

/// The modules that a module relies on, other than itself, each with one symbol that is relied on; in path order.
pub type Edges = FxHashMap<SourceFile, Vec<(SourceFile, SymbolName)>>;

/// The modules of the base and what they rely on.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct ModuleGraph {
    /// From leaf to root: a module comes after all it relies on, as far as there are no cycles.
    pub order: Vec<SourceFile>,
    /// Who relies on whom.
    pub edges: Edges,
    /// The shortest cycle of every set of modules that rely on each other in a circle. It begins with
    /// the module whose path comes first.
    pub cycles: Vec<Vec<SourceFile>>,
}

/// The graph. Made from summaries alone, so that a change of types does not touch it.
#[salsa::tracked]
pub fn module_graph(db: &dyn Db) -> Arc<ModuleGraph> {
    let edges = edges(db);
    let mut graph = DiGraph::<SourceFile, ()>::new();
    let modules = modules(db);
    let nodes: FxHashMap<SourceFile, NodeIndex> =
        modules.iter().map(|&(file, _)| (file, graph.add_node(file))).collect();
    for (from, targets) in modules.iter().filter_map(|(file, _)| Some((file, edges.get(file)?))) {
        for to in targets.iter().filter_map(|(to, _)| nodes.get(to)) {
            graph.add_edge(nodes[from], *to, ());
        }
    }
    let mut found = ModuleGraph::default();
    // Tarjan's algorithm gives the components against the edges: leaves first.
    for component in tarjan_scc(&graph) {
        let mut members: Vec<SourceFile> = component.iter().map(|&node| graph[node]).collect();
        members.sort_by(|left, right| left.path(db).cmp(right.path(db)));
        found.cycles.extend(shortest_cycle(&members, &edges));
        found.order.extend(members);
    }
    found.cycles.sort_by(|left, right| left[0].path(db).cmp(right[0].path(db)));
    found.edges = edges;
    Arc::new(found)
}

fn edges(db: &dyn Db) -> Edges {
    let (names, layout) = (Names::new(db), layout(db));
    let mut edges = Edges::default();
    for (file, summary) in modules(db).iter() {
        let targets = edges.entry(*file).or_default();
        for entry in summary.of_role(|role| matches!(role, Role::Rely(_))) {
            let base = names.guarantors(&entry.symbol);
            let Some(target) = choose_guarantor(db, layout, *file, base, &[]) else { continue };
            if target != *file && !targets.iter().any(|(known, _)| *known == target) {
                targets.push((target, entry.symbol.clone()));
            }
        }
        targets.sort_by(|(left, _), (right, _)| left.path(db).cmp(right.path(db)));
    }
    edges
}

/// The shortest cycle among modules that all reach each other; none for a single module.
fn shortest_cycle(members: &[SourceFile], edges: &Edges) -> Option<Vec<SourceFile>> {
    if members.len() < 2 {
        return None;
    }
    let inside: FxHashSet<SourceFile> = members.iter().copied().collect();
    // Members are in path order, so the first of equally short cycles begins with the first path.
    members.iter().filter_map(|&start| cycle_from(start, &inside, edges)).min_by_key(Vec::len)
}

/// Breadth first, so that the first way back is the shortest.
fn cycle_from(start: SourceFile, inside: &FxHashSet<SourceFile>, edges: &Edges) -> Option<Vec<SourceFile>> {
    let mut came_from: FxHashMap<SourceFile, SourceFile> = FxHashMap::default();
    let mut waiting = VecDeque::from([start]);
    while let Some(at) = waiting.pop_front() {
        for &(to, _) in edges.get(&at)?.iter().filter(|(to, _)| inside.contains(to)) {
            if to == start {
                let back = |file: &SourceFile| came_from.get(file).copied();
                let mut cycle: Vec<SourceFile> = std::iter::successors(Some(at), back).collect();
                cycle.reverse();
                return Some(cycle);
            }
            if let std::collections::hash_map::Entry::Vacant(e) = came_from.entry(to) {
                e.insert(at);
                waiting.push_back(to);
            }
        }
    }
    None
}

/// The cycles of the graph, which are there seldom and change seldom, while the graph changes with every name.
#[salsa::tracked]
fn cycles(db: &dyn Db) -> Vec<Vec<SourceFile>> {
    module_graph(db).cycles.clone()
}

/// The cycle that is to be shown in a module: the one that begins with it.
#[salsa::tracked]
pub fn cycle_at(db: &dyn Db, file: SourceFile) -> Option<Vec<SourceFile>> {
    cycles(db).iter().find(|cycle| cycle[0] == file).cloned()
}

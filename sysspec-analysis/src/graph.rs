//! The graph of modules: who relies on whom.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use petgraph::algo::tarjan_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::db::{Db, SourceFile, Workspace, depends_on_edits};
use crate::index::{Dealt, Mention, Standing, all_dealt, choose_guarantor, declaring, modules};
use crate::symbols::{Role, SymbolId, SymbolName, summary};
use crate::workspace::{Layout, layout};

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
    let edges: Edges =
        modules(db).iter().map(|&(file, _)| (file, relied_modules(db, file).collect())).collect();
    let mut graph = DiGraph::<SourceFile, ()>::new();
    let modules = modules(db);
    let nodes: FxHashMap<SourceFile, NodeIndex> =
        modules.iter().map(|&(file, _)| (file, graph.add_node(file))).collect();
    for (from, targets) in modules.iter().filter_map(|(file, _)| Some((file, edges.get(file)?))) {
        for to in targets.iter().filter_map(|(to, _)| nodes.get(to)) {
            graph.add_edge(nodes[from], *to, ());
        }
    }
    let order = components(db, &graph).into_iter().flatten().map(|node| graph[node]).collect();
    Arc::new(ModuleGraph { order, edges, cycles: cycles(db).clone() })
}

/// The modules that a module relies on, other than itself, each with the first symbol that is relied on; in path order.
pub fn relied_modules(db: &dyn Db, file: SourceFile) -> impl Iterator<Item = (SourceFile, SymbolName)> {
    let layout = layout(db);
    let mut targets: Vec<(SourceFile, SymbolName)> = Vec::new();
    for entry in summary(db, file).of_role(|role| matches!(role, Role::Rely(_))) {
        let base = declaring(db, SymbolId::of(db, &entry.symbol), Standing::Guarantee);
        let Some(target) = choose_guarantor(db, layout, file, base, &[]) else { continue };
        if target != file && !targets.iter().any(|(known, _)| *known == target) {
            targets.push((target, entry.symbol.clone()));
        }
    }
    targets.sort_by(|(left, _), (right, _)| left.path(db).cmp(right.path(db)));
    targets.into_iter()
}

/// The sets of modules that all reach each other, each in path order, from leaf to root.
fn components(db: &dyn Db, graph: &DiGraph<SourceFile, ()>) -> Vec<Vec<NodeIndex>> {
    // Tarjan's algorithm gives the components against the edges: leaves first.
    let mut components = tarjan_scc(graph);
    for members in &mut components {
        members.sort_by(|left, right| graph[*left].path(db).cmp(graph[*right].path(db)));
    }
    components
}

/// The shortest cycle among modules that all reach each other; none for a single module.
fn shortest_cycle(
    db: &dyn Db,
    members: &[NodeIndex],
    graph: &DiGraph<SourceFile, ()>,
) -> Option<Vec<SourceFile>> {
    if members.len() < 2 {
        return None;
    }
    let inside: FxHashSet<NodeIndex> = members.iter().copied().collect();
    // Members are in path order, so the first of equally short cycles begins with the first path.
    let cycles = members.iter().filter_map(|&start| cycle_from(db, start, &inside, graph));
    Some(cycles.min_by_key(Vec::len)?.into_iter().map(|node| graph[node]).collect())
}

/// Breadth first, so that the first way back is the shortest.
fn cycle_from(
    db: &dyn Db,
    start: NodeIndex,
    inside: &FxHashSet<NodeIndex>,
    graph: &DiGraph<SourceFile, ()>,
) -> Option<Vec<NodeIndex>> {
    let mut came_from: FxHashMap<NodeIndex, NodeIndex> = FxHashMap::default();
    let mut waiting = VecDeque::from([start]);
    while let Some(at) = waiting.pop_front() {
        let mut targets: Vec<NodeIndex> = graph.neighbors(at).filter(|to| inside.contains(to)).collect();
        targets.sort_by(|left, right| graph[*left].path(db).cmp(graph[*right].path(db)));
        for to in targets {
            if to == start {
                let back = |node: &NodeIndex| came_from.get(node).copied();
                let mut cycle: Vec<NodeIndex> = std::iter::successors(Some(at), back).collect();
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

/// An order of the modules in which each comes after all it relies on, as it was found last.
///
/// A cache outside salsa: while every reliance that came since goes down this order, there is no cycle, and
/// otherwise all of the graph is looked at.
#[derive(Debug)]
pub struct Ranking {
    /// The declarations that it was found from, or that it has been compared with since.
    shards: Arc<Vec<Arc<Dealt>>>,
    layout: Arc<Layout>,
    ranks: FxHashMap<SourceFile, usize>,
}

/// The ranking of a database.
pub type KeptRanking = Arc<Mutex<Option<Ranking>>>;

/// The cycles of the graph. They are there seldom and change seldom, while names come and go.
#[salsa::tracked]
fn cycles(db: &dyn Db) -> Vec<Vec<SourceFile>> {
    depends_on_edits(db);
    let (shards, layout) = (all_dealt(db, Workspace::get(db)), layout(db));
    let mut kept = db.ranking().lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(ranking) = kept.as_mut().filter(|ranking| ranking.still_holds(db, shards, layout)) {
        ranking.shards = shards.clone();
        return Vec::new();
    }
    *kept = None;
    let graph = Reliances { db, layout, shards };
    let (order, cycles) = graph.order_and_cycles();
    if cycles.is_empty() {
        let ranks = order.into_iter().enumerate().map(|(rank, file)| (file, rank)).collect();
        *kept = Some(Ranking { shards: shards.clone(), layout: layout.clone(), ranks });
    }
    cycles
}

impl Ranking {
    /// Whether every reliance still goes down this order. Asks only for those that came since.
    fn still_holds(&self, db: &dyn Db, shards: &[Arc<Dealt>], layout: &Arc<Layout>) -> bool {
        if self.shards.len() != shards.len() || !Arc::ptr_eq(&self.layout, layout) {
            return false;
        }
        let graph = Reliances { db, layout, shards };
        let changed = self.shards.iter().zip(shards).filter(|(old, new)| !Arc::ptr_eq(old, new));
        changed.into_iter().all(|(old, new)| {
            let (old, new): (FxHashSet<&Mention>, FxHashSet<&Mention>) =
                (old.mentions().iter().collect(), new.mentions().iter().collect());
            old.symmetric_difference(&new).all(|mention| match mention.standing {
                Standing::Rely => self.goes_down(&graph, mention.file, mention.symbol),
                // Who relied on another module under this name may rely on this one now.
                Standing::Guarantee => graph
                    .dependents(mention.symbol)
                    .all(|dependent| self.goes_down(&graph, dependent, mention.symbol)),
                Standing::Overlay | Standing::Header | Standing::OverlayRely => true,
            })
        })
    }

    fn goes_down(&self, graph: &Reliances<'_>, from: SourceFile, symbol: SymbolId) -> bool {
        graph.target(from, symbol).is_none_or(|to| {
            let (from, to) = (self.ranks.get(&from), self.ranks.get(&to));
            from.zip(to).is_some_and(|(from, to)| from > to)
        })
    }
}

/// Who relies on whom, straight from the declarations.
struct Reliances<'db> {
    db: &'db dyn Db,
    layout: &'db Layout,
    shards: &'db [Arc<Dealt>],
}

impl Reliances<'_> {
    fn of(&self, symbol: SymbolId, standing: Standing) -> impl Iterator<Item = SourceFile> {
        let all = self.shards.iter().flat_map(move |shard| shard.of(symbol));
        all.filter(move |mention| mention.standing == standing).map(|mention| mention.file)
    }

    fn dependents(&self, symbol: SymbolId) -> impl Iterator<Item = SourceFile> {
        self.of(symbol, Standing::Rely)
    }

    /// The module that is meant when a module relies on a symbol, unless it is itself.
    fn target(&self, from: SourceFile, symbol: SymbolId) -> Option<SourceFile> {
        let mut base: Vec<SourceFile> = self.of(symbol, Standing::Guarantee).collect();
        self.chosen(from, &mut base)
    }

    fn chosen(&self, from: SourceFile, base: &mut [SourceFile]) -> Option<SourceFile> {
        base.sort_by(|left, right| left.path(self.db).cmp(right.path(self.db)));
        choose_guarantor(self.db, self.layout, from, base, &[]).filter(|to| *to != from)
    }

    /// The modules from leaf to root, and the cycles among them.
    fn order_and_cycles(&self) -> (Vec<SourceFile>, Vec<Vec<SourceFile>>) {
        let every = || self.shards.iter().flat_map(|shard| shard.mentions());
        let mut guarantors: FxHashMap<SymbolId, Vec<SourceFile>> = FxHashMap::default();
        for mention in every().filter(|mention| mention.standing == Standing::Guarantee) {
            guarantors.entry(mention.symbol).or_default().push(mention.file);
        }
        guarantors.values_mut().for_each(Vec::dedup);
        let mut graph = DiGraph::<SourceFile, ()>::new();
        let mut nodes: FxHashMap<SourceFile, NodeIndex> = FxHashMap::default();
        let modules =
            every().filter(|mention| matches!(mention.standing, Standing::Guarantee | Standing::Rely));
        for mention in modules {
            let from = *nodes.entry(mention.file).or_insert_with(|| graph.add_node(mention.file));
            let base = guarantors.get_mut(&mention.symbol).filter(|_| mention.standing == Standing::Rely);
            if let Some(to) = base.and_then(|base| self.chosen(mention.file, base)) {
                let to = *nodes.entry(to).or_insert_with(|| graph.add_node(to));
                graph.add_edge(from, to, ());
            }
        }
        let components = components(self.db, &graph);
        let cycles = components.iter().filter_map(|members| shortest_cycle(self.db, members, &graph));
        let mut cycles: Vec<Vec<SourceFile>> = cycles.collect();
        cycles.sort_by(|left, right| left[0].path(self.db).cmp(right[0].path(self.db)));
        (components.into_iter().flatten().map(|node| graph[node]).collect(), cycles)
    }
}

// The cycle that is to be shown in a module: the one that begins with it.
#[salsa::tracked]
pub fn cycle_at(db: &dyn Db, file: SourceFile) -> Option<Vec<SourceFile>> {
    cycles(db).iter().find(|cycle| cycle[0] == file).cloned()
}

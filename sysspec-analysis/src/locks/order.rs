//! The order in which a workspace takes its locks.
//!
//! A node is a lock that has one identity everywhere (a global one), or the class of locks that the objects of one
//! structure have. Two objects of one class are told apart by their roles: a parent and its child in a tree, or the
//! names of an order that the text states. An edge says that some module takes the one while it holds the other; a
//! cycle is a deadlock that waits for its day.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;
use std::sync::Arc;

use petgraph::algo::tarjan_scc;
use petgraph::graph::DiGraph;
use rustc_hash::FxHashMap;

use crate::c::{Shape, Type};
use crate::db::{Db, SourceFile, Workspace, depends_on_edits};
use crate::finding::Place;
use crate::index::{shard_members, shards};
use crate::lower::{Section, SectionKind, find, lower};
use crate::source::{self, FileKind};
use crate::symbols::{Role as DeclaredAs, code, role_of};

use super::run::Acquisition;
use super::steps::Relation;
use super::{
    Traced, function_parameters, is_looked_at, lock_classes, mentions_locks, own_callees, own_traces,
};

/// A lock, or a class of locks in one role.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LockNode {
    /// The structure, such as `struct inode`, or the name of a global lock.
    pub class: String,
    /// Which of several objects of the class.
    pub role: Option<LockRole>,
}

/// What tells objects of one class apart.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LockRole {
    /// The one above in a tree.
    Parent,
    /// The one below.
    Child,
    /// The one of that name, where the text states an order of names.
    Named(String),
}

impl fmt::Display for LockNode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.role {
            None => f.write_str(&self.class),
            Some(LockRole::Parent) => write!(f, "{} (parent)", self.class),
            Some(LockRole::Child) => write!(f, "{} (child)", self.class),
            Some(LockRole::Named(name)) => write!(f, "{} ({name})", self.class),
        }
    }
}

/// What one file tells of the order, without places.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct FileOrder {
    /// In which function, what is held, and what is taken.
    pub edges: Vec<(String, LockNode, LockNode)>,
    /// In which function, what is held, and what is called.
    held_calls: Vec<(String, LockNode, String)>,
    /// What each function takes itself.
    taken: Vec<(String, LockNode)>,
    /// What each function calls.
    calls: Vec<(String, String)>,
}

/// Where a file's spec says that a lock is taken.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Site {
    /// The file.
    pub file: SourceFile,
    /// The function.
    pub function: String,
    /// The function that it calls with the first lock held, when the second is taken there.
    pub via: Option<String>,
}

/// The order of the workspace.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct LockOrder {
    /// Who takes what while what is held.
    pub edges: Vec<(LockNode, LockNode, Vec<Site>)>,
}

/// What one file tells of the order. It depends on no other file.
#[salsa::tracked]
pub fn file_order(db: &dyn Db, file: SourceFile) -> Arc<FileOrder> {
    let mut out = FileOrder::default();
    for traced in own_traces(db, file).iter() {
        let scope = Scope::new(db, file, &traced.function);
        for acquisition in &traced.trace.acquisitions {
            if let Some((held, taken)) = scope.edge(acquisition) {
                push(&mut out.edges, (traced.function.clone(), held, taken));
            }
        }
        for call in &traced.trace.held_calls {
            if let Some(held) = scope.class(&call.held) {
                push(&mut out.held_calls, (traced.function.clone(), held, call.function.clone()));
            }
        }
        for object in &traced.trace.acquired {
            if let Some(taken) = scope.class(object) {
                push(&mut out.taken, (traced.function.clone(), taken));
            }
        }
        for called in &traced.trace.called {
            push(&mut out.calls, (traced.function.clone(), called.clone()));
        }
    }
    Arc::new(out)
}

/// Whether a file tells anything of the order.
pub(super) fn takes_in_order(db: &dyn Db, file: SourceFile) -> bool {
    if !mentions_locks(db, file) {
        return false;
    }
    let order = file_order(db, file);
    !order.edges.is_empty() || !order.held_calls.is_empty()
}

fn push<T: PartialEq>(list: &mut Vec<T>, item: T) {
    if !list.contains(&item) {
        list.push(item);
    }
}

/// The modules of one shard that have a word about locks. Which these are depends on nothing but their own texts, so
/// that after an edit elsewhere none of them is looked at again.
#[salsa::tracked]
fn lock_speakers(db: &dyn Db, workspace: Workspace, number: usize) -> Vec<SourceFile> {
    let speaks = |file: &SourceFile| {
        source::kind(file.path(db)) == FileKind::Spec && mentions_locks(db, *file) && is_looked_at(db, *file)
    };
    shard_members(db, workspace, number).iter().copied().filter(speaks).collect()
}

/// What the files of one shard tell of the order; of those that say nothing, nothing.
#[salsa::tracked]
fn shard_order(db: &dyn Db, workspace: Workspace, number: usize) -> Arc<Vec<(SourceFile, Arc<FileOrder>)>> {
    let mut out = Vec::new();
    for &file in lock_speakers(db, workspace, number) {
        let order = file_order(db, file);
        if **order != FileOrder::default() {
            out.push((file, order.clone()));
        }
    }
    Arc::new(out)
}

/// The same, at once of the least durability, so that the first edit of a file does not touch what depends on it.
#[salsa::tracked]
fn live_shard_order(
    db: &dyn Db,
    workspace: Workspace,
    number: usize,
) -> Arc<Vec<(SourceFile, Arc<FileOrder>)>> {
    depends_on_edits(db);
    shard_order(db, workspace, number).clone()
}

/// The order of the workspace. Made anew when some file takes locks in another order, not when prose changes.
#[salsa::tracked]
pub fn lock_order(db: &dyn Db) -> Arc<LockOrder> {
    depends_on_edits(db);
    let workspace = Workspace::get(db);
    let mut files: Vec<(SourceFile, Arc<FileOrder>)> = Vec::new();
    for number in 0..shards(db, workspace) {
        files.extend(live_shard_order(db, workspace, number).iter().cloned());
    }
    files.sort_by(|(one, _), (two, _)| one.path(db).cmp(two.path(db)));
    let taken = taken_by(&files);
    let mut edges: BTreeMap<(LockNode, LockNode), Vec<Site>> = BTreeMap::new();
    for (file, order) in &files {
        for (function, held, next) in &order.edges {
            let site = Site { file: *file, function: function.clone(), via: None };
            edges.entry((held.clone(), next.clone())).or_default().push(site);
        }
        for (function, held, callee) in &order.held_calls {
            // How objects of one class lie to each other is not known across a call.
            let others = taken.get(callee).into_iter().flatten().filter(|next| next.class != held.class);
            for next in others {
                let site = Site { file: *file, function: function.clone(), via: Some(callee.clone()) };
                edges.entry((held.clone(), next.clone())).or_default().push(site);
            }
        }
    }
    let edges = edges.into_iter().map(|((held, next), sites)| (held, next, sites)).collect();
    Arc::new(LockOrder { edges })
}

/// What each function takes, itself or through those that it calls.
fn taken_by(files: &[(SourceFile, Arc<FileOrder>)]) -> FxHashMap<String, BTreeSet<LockNode>> {
    let mut taken: FxHashMap<String, BTreeSet<LockNode>> = FxHashMap::default();
    let mut callers: FxHashMap<&str, Vec<&str>> = FxHashMap::default();
    for (_, order) in files {
        for (function, node) in &order.taken {
            taken.entry(function.clone()).or_default().insert(node.clone());
        }
        for (function, callee) in &order.calls {
            callers.entry(callee).or_default().push(function);
        }
    }
    let mut waiting: VecDeque<String> = taken.keys().cloned().collect();
    while let Some(function) = waiting.pop_front() {
        let nodes = taken.get(&function).cloned().unwrap_or_default();
        for &caller in callers.get(function.as_str()).into_iter().flatten() {
            let known = taken.entry(caller.to_owned()).or_default();
            let before = known.len();
            known.extend(nodes.iter().cloned());
            if known.len() > before {
                waiting.push_back(caller.to_owned());
            }
        }
    }
    taken
}

/// The cycles of the order, each as the edges of its shortest way round. They change seldom.
#[salsa::tracked]
pub fn cycles(db: &dyn Db) -> Arc<Vec<Vec<(LockNode, LockNode, Site)>>> {
    depends_on_edits(db);
    let order = lock_order(db);
    let mut graph: DiGraph<&LockNode, &Site> = DiGraph::new();
    let mut nodes: BTreeMap<&LockNode, _> = BTreeMap::new();
    for (held, next, sites) in &order.edges {
        let from = *nodes.entry(held).or_insert_with(|| graph.add_node(held));
        let to = *nodes.entry(next).or_insert_with(|| graph.add_node(next));
        graph.add_edge(from, to, &sites[0]);
    }
    let mut out: Vec<Vec<(LockNode, LockNode, Site)>> = Vec::new();
    for component in tarjan_scc(&graph).into_iter().filter(|component| component.len() > 1) {
        let inside: BTreeSet<&LockNode> = component.iter().map(|&node| graph[node]).collect();
        let shortest =
            inside.iter().filter_map(|start| way_round(order, &inside, start)).min_by_key(Vec::len);
        out.extend(shortest);
    }
    for cycle in &mut out {
        let first = (0..cycle.len()).min_by_key(|&at| cycle[at].2.file.path(db).clone()).unwrap_or(0);
        cycle.rotate_left(first);
    }
    out.sort_by(|one, two| one[0].2.file.path(db).cmp(two[0].2.file.path(db)));
    Arc::new(out)
}

/// The shortest way from a node back to it.
fn way_round(
    order: &LockOrder,
    inside: &BTreeSet<&LockNode>,
    start: &LockNode,
) -> Option<Vec<(LockNode, LockNode, Site)>> {
    let mut came: BTreeMap<&LockNode, usize> = BTreeMap::new();
    let mut waiting = VecDeque::from([start]);
    while let Some(at) = waiting.pop_front() {
        for (number, (from, to, _)) in order.edges.iter().enumerate() {
            if from != at || !inside.contains(to) || came.contains_key(to) {
                continue;
            }
            came.insert(to, number);
            if to == start {
                let mut way = Vec::new();
                let mut node = to;
                loop {
                    let (from, to, sites) = &order.edges[came[node]];
                    way.push((from.clone(), to.clone(), sites[0].clone()));
                    node = from;
                    if node == start {
                        break;
                    }
                }
                way.reverse();
                return Some(way);
            }
            waiting.push_back(to);
        }
    }
    None
}

/// Where a site stands in the text now.
pub fn place(db: &dyn Db, held: &LockNode, next: &LockNode, site: &Site) -> Option<Place> {
    let traces = own_traces(db, site.file);
    let traced = traces.iter().find(|traced| traced.function == site.function)?;
    let scope = Scope::new(db, site.file, &traced.function);
    let span = match &site.via {
        None => {
            let is_meant = |acquisition: &&Acquisition| {
                scope.edge(acquisition).is_some_and(|(one, two)| one == *held && two == *next)
            };
            traced.trace.acquisitions.iter().find(is_meant)?.span
        }
        Some(callee) => {
            let mut calls = traced.trace.held_calls.iter().filter(|call| call.function == *callee);
            calls.find(|call| scope.class(&call.held).as_ref() == Some(held))?.span
        }
    };
    Some(in_section(db, site.file, traced, span))
}

/// A span of the section that a trace is of.
pub(super) fn in_section(db: &dyn Db, file: SourceFile, traced: &Traced, span: crate::span::Span) -> Place {
    match find(db, file, &traced.section) {
        Some(section) => Place::section(db, section, span),
        None => Place::FirstLine(file),
    }
}

/// What the names of one function stand for.
pub(super) struct Scope {
    parameters: Vec<(String, Option<String>)>,
    globals: FxHashMap<String, Option<String>>,
    /// The structures that have locks.
    classes: Vec<String>,
    pub(super) rule: Rule,
}

/// What a text says of the order of two objects of one class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rule {
    /// Nothing.
    #[default]
    None,
    /// It orders them by their names.
    Named,
    /// It orders them by something that is known when they are locked only, or by their places in a tree.
    Other,
}

impl Scope {
    pub(super) fn new(db: &dyn Db, file: SourceFile, function: &str) -> Self {
        let mut globals = FxHashMap::default();
        for &section in lower(db, file) {
            if !matches!(role_of(section.key(db)), Some(DeclaredAs::Rely(_))) {
                continue;
            }
            for declared in &code(db, section).declarations {
                if let Shape::Object(ty, _) = &*declared.shape {
                    let class = match ty {
                        Type::Pointer(_) => super::class_of(ty),
                        _ => None,
                    };
                    globals.insert(declared.symbol.name.clone(), class);
                }
            }
        }
        Self {
            parameters: function_parameters(db, file, function),
            globals,
            classes: lock_classes(own_callees(db, file)),
            rule: said_of_order(db, file).rule,
        }
    }

    /// The structure of a parameter that an object is.
    pub(super) fn parameter_class(&self, object: &str) -> Option<&str> {
        let (_, class) = self.parameters.iter().find(|(name, _)| name == object)?;
        class.as_deref()
    }

    /// The node of an object, roles aside.
    pub(super) fn class(&self, object: &str) -> Option<LockNode> {
        let node = |class: &str| Some(LockNode { class: class.to_owned(), role: None });
        if let Some(class) = self.parameter_class(object) {
            return node(class);
        }
        let as_name = object.replace(' ', "_");
        let with_lock = format!("{as_name}_lock");
        for name in [object, as_name.as_str(), with_lock.as_str()] {
            if let Some(class) = self.globals.get(name) {
                return node(class.as_deref().unwrap_or(name));
            }
        }
        let named = |class: &&String| {
            let tail = class.trim_start_matches("struct ");
            object.split(' ').any(|word| word == tail)
        };
        if let Some(class) = self.classes.iter().find(named) {
            return node(class);
        }
        match self.classes.as_slice() {
            [only] => node(only),
            _ => None,
        }
    }

    /// The edge that an acquisition is, if the text tells.
    fn edge(&self, acquisition: &Acquisition) -> Option<(LockNode, LockNode)> {
        let (held, next) = (self.class(&acquisition.held)?, self.class(&acquisition.acquired)?);
        if held.class != next.class {
            return Some((held, next));
        }
        let with = |role| LockNode { class: held.class.clone(), role: Some(role) };
        match self.relation(acquisition) {
            Some(Relation::Down) => Some((with(LockRole::Parent), with(LockRole::Child))),
            Some(Relation::Up) => Some((with(LockRole::Child), with(LockRole::Parent))),
            None if self.rule == Rule::Named && self.are_parameters(acquisition) => {
                let named = |object: &String| with(LockRole::Named(object.clone()));
                Some((named(&acquisition.held), named(&acquisition.acquired)))
            }
            None => None,
        }
    }

    pub(super) fn are_parameters(&self, acquisition: &Acquisition) -> bool {
        self.parameter_class(&acquisition.held).is_some()
            && self.parameter_class(&acquisition.held) == self.parameter_class(&acquisition.acquired)
    }

    /// How what is taken lies to what is held: by their names, else by what the sentence says.
    pub(super) fn relation(&self, acquisition: &Acquisition) -> Option<Relation> {
        let is = |object: &str, words: &[&str]| {
            object.split([' ', '_']).any(|word| words.contains(&word.trim_end_matches('s')))
        };
        const BELOW: &[&str] = &["child", "children", "descendant"];
        const ABOVE: &[&str] = &["parent", "ancestor"];
        let (held, next) = (acquisition.held.as_str(), acquisition.acquired.as_str());
        if is(next, ABOVE) {
            return (!is(held, ABOVE)).then_some(Relation::Up);
        }
        if is(next, BELOW) {
            return (!is(held, BELOW)).then_some(Relation::Down);
        }
        if is(held, ABOVE) {
            return Some(Relation::Down);
        }
        acquisition.relation
    }
}

/// What a text says of two objects of one class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct OrderSaid {
    /// Of their order.
    pub(super) rule: Rule,
    /// Whether it has a word about two names of one object.
    pub(super) speaks_of_alias: bool,
}

/// What the specifications of a file say of two objects of one class. Seldom another thing when they change.
#[salsa::tracked(returns(copy))]
pub(super) fn said_of_order(db: &dyn Db, file: SourceFile) -> OrderSaid {
    let sections = lower(db, file).iter().filter(|section| {
        matches!(
            section.key(db).kind,
            SectionKind::Specification | SectionKind::Intent | SectionKind::Invariant
        )
    });
    sections.fold(OrderSaid::default(), |known, &section| {
        let said = order_in_section(db, section);
        OrderSaid {
            rule: known.rule.max(said.rule),
            speaks_of_alias: known.speaks_of_alias || said.speaks_of_alias,
        }
    })
}

#[salsa::tracked(returns(copy))]
fn order_in_section<'db>(db: &'db dyn Db, section: Section<'db>) -> OrderSaid {
    const APART: &[&str] = &[
        "same",
        "distinct",
        "different",
        "differ",
        "differs",
        "another",
        "alias",
        "equal",
        "equals",
        "identical",
        "one",
    ];
    const OTHER: &[&str] = &[
        "address",
        "addresses",
        "ancestor",
        "ancestors",
        "descendant",
        "parent",
        "child",
        "below",
        "above",
        "lower",
        "smaller",
        "higher",
        "larger",
        "lowest",
        "smallest",
        "ascending",
        "descending",
        "sorted",
        "beneath",
        "number",
        "rank",
        "trylock",
        "serialised",
        "serialized",
    ];
    const NAMED: &[&str] = &["order", "ordered", "always", "ordering"];
    let mut said = OrderSaid::default();
    let text = section.content(db).text.to_ascii_lowercase();
    for word in text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        said.speaks_of_alias |= APART.contains(&word);
        if OTHER.contains(&word) {
            said.rule = Rule::Other;
        } else if NAMED.contains(&word) {
            said.rule = said.rule.max(Rule::Named);
        }
    }
    said
}

/// The order of a workspace's locks as plain values.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct LockOrderModel {
    /// The locks: `struct inode (parent)`, sorted.
    pub locks: Vec<String>,
    /// Which are taken while which are held, sorted.
    pub edges: Vec<LockEdge>,
    /// The cycles, each as the locks on the shortest way round.
    pub cycles: Vec<Vec<String>>,
}

/// One lock is taken while another is held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockEdge {
    /// The lock that is held, by its position.
    pub held: usize,
    /// The lock that is taken, by its position.
    pub taken: usize,
    /// Where.
    pub sites: Vec<LockSite>,
}

/// Where a lock is taken while another is held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockSite {
    /// The spec.
    pub path: Arc<str>,
    /// The function.
    pub function: String,
    /// The function that it calls with the first lock held, when the second is taken there.
    pub via: Option<String>,
}

/// The order of the workspace's locks as plain values.
pub fn model(db: &dyn Db) -> LockOrderModel {
    let order = lock_order(db);
    let nodes: BTreeSet<&LockNode> = order.edges.iter().flat_map(|(held, next, _)| [held, next]).collect();
    let nodes: Vec<&LockNode> = nodes.into_iter().collect();
    let position = |node: &LockNode| nodes.iter().position(|known| *known == node).unwrap_or_default();
    let edge = |(held, next, sites): &(LockNode, LockNode, Vec<Site>)| {
        let site = |site: &Site| LockSite {
            path: site.file.path(db).clone(),
            function: site.function.clone(),
            via: site.via.clone(),
        };
        LockEdge { held: position(held), taken: position(next), sites: sites.iter().map(site).collect() }
    };
    let round = |cycle: &Vec<(LockNode, LockNode, Site)>| {
        cycle.iter().map(|(held, ..)| held.to_string()).collect::<Vec<_>>()
    };
    LockOrderModel {
        locks: nodes.iter().map(ToString::to_string).collect(),
        edges: order.edges.iter().map(edge).collect(),
        cycles: cycles(db).iter().map(round).collect(),
    }
}

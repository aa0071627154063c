//! The nodes of a patch, the edges between them, and the cycles that they close.

use std::collections::VecDeque;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::db::{Db, SourceFile};
use crate::graph::module_graph;
use crate::index::index;
use crate::lower::{SectionKind, lower};
use crate::symbols::{Entry, Role, Symbol, SymbolName, summary};
use crate::{NodeKind, PatchModel, PatchNode, source};

use super::declared::Action;
use super::replace::{replaced, spec_of};
use super::view::{is_given, layer};
use super::{PatchFiles, PatchId, change, declaration, files, is_below, patch_of, patches, root, stack};

/// A node of a patch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// What it is called.
    pub name: String,
    /// Its spec, when there is one.
    pub spec: Option<SourceFile>,
    /// The kind that its line declares.
    pub kind: Option<NodeKind>,
    /// What its line says it does.
    pub action: Option<Action>,
    /// Whether `[NODES]` lists it.
    pub is_listed: bool,
}

/// The nodes of a patch: those that its `.patch` file lists, then the specs that it does not list.
#[salsa::tracked]
pub fn nodes<'db>(db: &'db dyn Db, patch: PatchId<'db>) -> Arc<Vec<Node>> {
    let mut out: Vec<Node> = Vec::new();
    let Some(files) = files(db, patch) else { return Arc::new(out) };
    if let Some(file) = files.declaration {
        out.extend(declaration(db, file).nodes.iter().map(|node| Node {
            name: node.name.clone(),
            spec: spec_of(db, files, &node.name),
            kind: node.kind,
            action: node.action.clone(),
            is_listed: true,
        }));
    }
    for &file in &files.specs {
        if !out.iter().any(|node| node.spec == Some(file)) {
            let name = source::stem(file.path(db)).into();
            out.push(Node { name, spec: Some(file), kind: None, action: None, is_listed: false });
        }
    }
    Arc::new(out)
}

/// For every spec of a patch, the specs of the same patch that it relies on, each with one symbol that is relied on.
pub type Edges = FxHashMap<SourceFile, Vec<(SourceFile, SymbolName)>>;

/// The edges of a patch. They follow from rely and guarantee.
#[salsa::tracked]
pub fn edges<'db>(db: &'db dyn Db, patch: PatchId<'db>) -> Arc<Edges> {
    let mut out = Edges::default();
    let Some(files) = files(db, patch) else { return Arc::new(out) };
    let layer = layer(db, patch);
    for &file in &files.specs {
        let mut targets: Vec<(SourceFile, SymbolName)> = Vec::new();
        for entry in relies(db, patch, file) {
            let Some(guarantors) = layer.guarantors.get(&entry.symbol) else { continue };
            // A type that several restate, or a header defines, is nobody's guarantee.
            let is_one = guarantors.len() == 1 && !layer.headers.contains_key(&entry.symbol);
            let counts = is_given(entry.kind) || is_one;
            if !counts
                || guarantors.contains(&file)
                || targets.iter().any(|(known, _)| *known == guarantors[0])
            {
                continue;
            }
            targets.push((guarantors[0], entry.symbol.clone()));
        }
        targets.sort_by(|(left, _), (right, _)| left.path(db).cmp(right.path(db)));
        out.insert(file, targets);
    }
    Arc::new(out)
}

/// What a spec relies on. A delta without [RELY] relies on what the module relies on whose place it takes.
fn relies<'db>(db: &'db dyn Db, patch: PatchId<'db>, file: SourceFile) -> Vec<&'db Entry> {
    let is_rely = |role| matches!(role, Role::Rely(_));
    let has = |kind| lower(db, file).iter().any(|section| section.key(db).kind == kind);
    let own: Vec<&Entry> = summary(db, file).of_role(is_rely).collect();
    if !own.is_empty() || has(SectionKind::Rely) || !has(SectionKind::Optimization) {
        return own;
    }
    let earlier = replaced(db, patch).by_spec.get(&file).map(Vec::as_slice).unwrap_or_default();
    earlier.iter().flat_map(|&other| summary(db, other).of_role(is_rely)).collect()
}

/// The kind that the edges of a spec and what it replaces make likely.
pub fn inferred_kind<'db>(db: &'db dyn Db, patch: PatchId<'db>, spec: SourceFile) -> NodeKind {
    let edges = edges(db, patch);
    let is_relied_on = edges.values().flatten().any(|(to, _)| *to == spec);
    let relies = edges.get(&spec).is_some_and(|targets| !targets.is_empty());
    match (is_relied_on, relies) {
        (false, _) => NodeKind::Root,
        (true, false) => NodeKind::Leaf,
        (true, true) => NodeKind::Intermediate,
    }
}

/// The shortest cycles of the modules that a patch sees which a module of the patch takes part in and the base does not have.
/// Each begins with the spec of the patch whose path comes first.
#[salsa::tracked]
pub fn composed_cycles<'db>(db: &'db dyn Db, patch: PatchId<'db>) -> Vec<Vec<(SourceFile, SymbolName)>> {
    let Some(files) = files(db, patch) else { return Vec::new() };
    let view = Composed::new(db, patch);
    let mut out: Vec<Vec<(SourceFile, SymbolName)>> = Vec::new();
    for &spec in &files.specs {
        let is_known = |cycle: &Vec<(SourceFile, SymbolName)>| cycle.iter().any(|(file, _)| *file == spec);
        if out.iter().any(is_known) {
            continue;
        }
        if let Some(cycle) = view.cycle_from(spec).filter(|cycle| !view.is_in_base(cycle)) {
            out.push(cycle);
        }
    }
    out
}

/// The graph of all modules that a patch sees. Read from the indexes, so that it has few dependencies.
struct Composed<'db> {
    db: &'db dyn Db,
    patch: PatchId<'db>,
    stack: &'db [PatchId<'db>],
    root: &'db str,
}

impl<'db> Composed<'db> {
    fn new(db: &'db dyn Db, patch: PatchId<'db>) -> Self {
        Self { db, patch, stack: stack(db, patch), root: root(db, patch) }
    }

    fn guarantor(&self, symbol: &SymbolName) -> Option<SourceFile> {
        let db = self.db;
        let is_removed = |patches: &[PatchId<'db>], file: SourceFile| {
            patches.iter().any(|&patch| replaced(db, patch).removed.contains(&file))
        };
        let brought = self.stack.iter().enumerate().find_map(|(at, &patch)| {
            let guarantors = layer(db, patch).guarantors.get(symbol)?;
            guarantors.iter().find(|file| !is_removed(&self.stack[..at], **file)).copied()
        });
        brought.or_else(|| {
            let guarantors = index(db).guarantors.get(symbol)?;
            let is_there =
                |file: &&SourceFile| is_below(self.root, file.path(db)) && !is_removed(self.stack, **file);
            guarantors.iter().find(is_there).copied()
        })
    }

    fn targets(&self, file: SourceFile) -> Vec<(SourceFile, SymbolName)> {
        let db = self.db;
        let mut out: Vec<(SourceFile, SymbolName)> = Vec::new();
        let mut add = |symbol: &SymbolName| {
            let target = self.guarantor(symbol).filter(|target| *target != file);
            if let Some(target) = target.filter(|target| !out.iter().any(|(known, _)| known == target)) {
                out.push((target, symbol.clone()));
            }
        };
        match patch_of(db, file) {
            Some(patch) => {
                let own = summary(db, file);
                for entry in relies(db, patch, file).into_iter().filter(|entry| is_given(entry.kind)) {
                    let is_own =
                        own.of_role(|role| role == Role::Guarantee).any(|mine| mine.symbol == entry.symbol);
                    if !is_own {
                        add(&entry.symbol);
                    }
                }
            }
            None => {
                let edges = module_graph(db).edges.get(&file).map(Vec::as_slice).unwrap_or_default();
                edges.iter().for_each(|(_, symbol)| add(symbol));
            }
        }
        out.sort_by(|(left, _), (right, _)| left.path(db).cmp(right.path(db)));
        out
    }

    /// The shortest way from a spec back to itself, each step with the symbol that the next is relied on for.
    fn cycle_from(&self, start: SourceFile) -> Option<Vec<(SourceFile, SymbolName)>> {
        let mut came_from: FxHashMap<SourceFile, (SourceFile, SymbolName)> = FxHashMap::default();
        let mut waiting = VecDeque::from([start]);
        while let Some(at) = waiting.pop_front() {
            for (to, symbol) in self.targets(at) {
                if to == start {
                    return Some(way_back(&came_from, at, symbol));
                }
                if let std::collections::hash_map::Entry::Vacant(entry) = came_from.entry(to) {
                    entry.insert((at, symbol));
                    waiting.push_back(to);
                }
            }
        }
        None
    }

    /// Whether the base has the same cycle: then it is told there.
    fn is_in_base(&self, cycle: &[(SourceFile, SymbolName)]) -> bool {
        let db = self.db;
        let earlier = |file: &SourceFile| match patch_of(db, *file) {
            Some(patch) => replaced(db, patch).by_spec.get(file).and_then(|others| others.first()).copied(),
            None => Some(*file),
        };
        let Some(files) = cycle.iter().map(|(file, _)| earlier(file)).collect::<Option<FxHashSet<_>>>()
        else {
            return false;
        };
        let is_same = |known: &Vec<SourceFile>| {
            known.len() == files.len() && known.iter().all(|file| files.contains(file))
        };
        module_graph(db).cycles.iter().any(is_same) && patch_of(db, cycle[0].0) == Some(self.patch)
    }
}

fn way_back(
    came_from: &FxHashMap<SourceFile, (SourceFile, SymbolName)>,
    last: SourceFile,
    symbol: SymbolName,
) -> Vec<(SourceFile, SymbolName)> {
    let mut cycle = vec![(last, symbol)];
    let mut at = last;
    while let Some((before, symbol)) = came_from.get(&at) {
        cycle.push((*before, symbol.clone()));
        at = *before;
    }
    cycle.reverse();
    cycle
}

/// The patches as plain values.
pub fn models(db: &dyn Db) -> Vec<PatchModel> {
    patches(db).all.iter().map(|patch| model(db, patch)).collect()
}

fn model(db: &dyn Db, patch: &PatchFiles) -> PatchModel {
    let declared = patch.declaration.map(|file| declaration(db, file));
    let id = patch.id(db);
    PatchModel {
        name: patch.name.clone(),
        folder: patch.folder.to_string(),
        intent: declared.and_then(|declared| declared.intent.clone()),
        needs: declared.map(|declared| declared.needs.clone()).unwrap_or_default(),
        nodes: nodes(db, id).iter().map(|node| node_model(db, id, node)).collect(),
    }
}

fn node_model<'db>(db: &'db dyn Db, patch: PatchId<'db>, node: &Node) -> PatchNode {
    let name = |file: &SourceFile| source::stem(file.path(db)).to_string();
    let mut model = PatchNode {
        name: node.name.clone(),
        kind: node
            .kind
            .unwrap_or_else(|| node.spec.map_or(NodeKind::Leaf, |spec| inferred_kind(db, patch, spec))),
        path: node.spec.map(|spec| spec.path(db).to_string()),
        replaces: Vec::new(),
        guarantees: Vec::new(),
        depends_on: Vec::new(),
    };
    let Some(spec) = node.spec else { return model };
    let given =
        summary(db, spec).of_role(|role| role == Role::Guarantee).filter(|entry| is_given(entry.kind));
    model.guarantees = given.map(|entry| entry.symbol.name.clone()).collect();
    model.replaces = replaced(db, patch).by_spec.get(&spec).into_iter().flatten().map(name).collect();
    let names: FxHashMap<SourceFile, &str> =
        nodes(db, patch).iter().filter_map(|node| Some((node.spec?, node.name.as_str()))).collect();
    let targets = edges(db, patch).get(&spec).into_iter().flatten();
    model.depends_on =
        targets.filter_map(|(target, _)| names.get(target).map(|name| name.to_string())).collect();
    for list in [&mut model.replaces, &mut model.guarantees, &mut model.depends_on] {
        list.sort();
        list.dedup();
    }
    model
}

/// Whether a spec changes something that somebody who is left out relies on.
pub fn leaves_somebody_out<'db>(db: &'db dyn Db, patch: PatchId<'db>, spec: SourceFile) -> bool {
    let guaranteed = summary(db, spec).of_role(|role| role == Role::Guarantee);
    let mut changes =
        guaranteed.filter_map(|entry| change(db, patch, Symbol::new(db, entry.symbol.clone())).as_ref());
    changes.any(|change| !change.left_out.is_empty())
}

//! `sysspec graph`: modules, their layers, and who relies on whom.

mod dot;
mod json;
mod layout;
mod locks;
mod mermaid;
mod svg;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use sysspec_analysis::{PatchModel, WorkspaceModel, nearest};

use crate::EXIT_OK;
use crate::cli::{self, GraphFormat};
use crate::console;
use crate::failure::Failure;
use crate::specs::{self, Specs};

pub(crate) fn run(arguments: &cli::Graph) -> Result<u8, Failure> {
    let specs = Specs::read(&arguments.path)?;
    let workspace = specs.workspace()?;
    if arguments.locks {
        return locks::print(&specs, &workspace.model, arguments.format);
    }
    let folder = specs.root.file_name().map(|name| name.to_string_lossy().into_owned());
    let patches = specs.analysis().patches().map_err(specs::cancelled)?;
    let mut graph = Graph::of(&workspace.model, &folder.unwrap_or_default());
    graph.add_patches(&patches);
    if let Some(module) = &arguments.module {
        graph = graph.around(module)?;
    }
    if arguments.layers {
        graph = graph.collapsed();
    }
    console::text(&match arguments.format {
        GraphFormat::Dot => dot::text(&graph),
        GraphFormat::Svg => svg::text(&graph),
        GraphFormat::Mermaid => mermaid::text(&graph),
        GraphFormat::Json => json::text(&graph, &workspace.model, &patches)?,
    });
    Ok(EXIT_OK)
}

/// What is drawn.
#[derive(Debug)]
struct Graph {
    /// The workspace's name, or its folder's.
    name: String,
    /// Layers, in the order of the manifest, then patches. None when the nodes are themselves layers and patches.
    clusters: Vec<Cluster>,
    /// Modules, then nodes of patches; or layers and patches. From leaf to root, as far as there are no cycles.
    nodes: Vec<Node>,
    /// By node, then by the one relied on.
    edges: Vec<Edge>,
}

#[derive(Debug)]
struct Cluster {
    name: String,
    is_patch: bool,
    nodes: Vec<usize>,
}

#[derive(Debug)]
struct Node {
    name: String,
    /// The spec, or the layer's folder. Tells nodes of one name apart.
    path: String,
    cluster: Option<usize>,
    /// Whether it is a patch, or a node of one.
    is_patch: bool,
    /// Whether it is the module that was asked for.
    is_focus: bool,
}

/// What a module, or a node of a patch, has to do with another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Bond {
    Relies,
    /// A node of a patch takes the place of a module.
    Replaces,
    /// A lock is held while another is taken.
    Precedes,
}

#[derive(Debug)]
struct Edge {
    from: usize,
    to: usize,
    bond: Bond,
    /// How many edges among modules it stands for.
    number: usize,
}

impl Graph {
    fn of(model: &WorkspaceModel, folder: &str) -> Graph {
        let mut names: Vec<&str> = model.manifest.layers.iter().map(|layer| layer.folder.as_str()).collect();
        for module in &model.modules {
            if !names.contains(&module.layer.as_str()) {
                names.push(&module.layer);
            }
        }
        let positions: HashMap<&str, usize> =
            names.iter().enumerate().map(|(at, name)| (*name, at)).collect();
        let mut clusters: Vec<Cluster> = names
            .iter()
            .map(|name| Cluster { name: folder_name(name), is_patch: false, nodes: Vec::new() })
            .collect();
        let mut nodes = Vec::new();
        for module in &model.modules {
            let cluster = positions[module.layer.as_str()];
            clusters[cluster].nodes.push(nodes.len());
            let (name, path) = (module.name.clone(), module.path.clone());
            nodes.push(Node { name, path, cluster: Some(cluster), is_patch: false, is_focus: false });
        }
        let name = if model.manifest.name.is_empty() { folder } else { &model.manifest.name };
        Graph { name: name.to_owned(), clusters, nodes, edges: edges(model) }
    }

    /// Adds patches: their nodes, what these rely on in their patch, and which modules they take the place of.
    fn add_patches(&mut self, patches: &[PatchModel]) {
        let modules = self.nodes.len();
        for patch in patches {
            let (first, cluster) = (self.nodes.len(), self.clusters.len());
            for node in &patch.nodes {
                let path = node.path.clone().unwrap_or_else(|| format!("{}/{}", patch.folder, node.name));
                let name = node.name.clone();
                self.nodes.push(Node { name, path, cluster: Some(cluster), is_patch: true, is_focus: false });
            }
            let members = first..self.nodes.len();
            let among = |range: std::ops::Range<usize>, nodes: &[Node], name: &String| {
                range.clone().find(|&at| nodes[at].name == *name)
            };
            for (from, node) in members.clone().zip(&patch.nodes) {
                let relied =
                    node.depends_on.iter().filter_map(|name| among(members.clone(), &self.nodes, name));
                let relied: BTreeSet<usize> = relied.collect();
                let replaced = node.replaces.iter().filter_map(|name| among(0..modules, &self.nodes, name));
                let replaced: BTreeSet<usize> = replaced.collect();
                let edge = |bond| move |to| Edge { from, to, bond, number: 1 };
                self.edges.extend(relied.into_iter().map(edge(Bond::Relies)));
                self.edges.extend(replaced.into_iter().map(edge(Bond::Replaces)));
            }
            let name = format!("patch {}", patch.name);
            self.clusters.push(Cluster { name, is_patch: true, nodes: members.collect() });
        }
    }

    /// A module, those it relies on and those that rely on it, with what they rely on among each other.
    fn around(self, module: &str) -> Result<Graph, Failure> {
        let is_meant = |node: &Node| node.name == module || node.path == module;
        let focus: BTreeSet<usize> = (0..self.nodes.len()).filter(|&at| is_meant(&self.nodes[at])).collect();
        if focus.is_empty() {
            let what = match nearest(module, self.nodes.iter().map(|node| node.name.as_str())) {
                Some(near) => format!("did you mean {near}?"),
                None => "`sysspec graph` without --module shows them all".to_owned(),
            };
            let message = format!("there is no module {module} in {}; {what}", self.name);
            return Err(Failure::wrong_message(message));
        }
        let touches = |edge: &&Edge| focus.contains(&edge.from) || focus.contains(&edge.to);
        let ends = self.edges.iter().filter(touches).flat_map(|edge| [edge.from, edge.to]);
        let kept: BTreeSet<usize> = ends.chain(focus.iter().copied()).collect();
        Ok(self.only(&kept, &focus))
    }

    fn only(mut self, kept: &BTreeSet<usize>, focus: &BTreeSet<usize>) -> Graph {
        let new: HashMap<usize, usize> = kept.iter().enumerate().map(|(new, &old)| (old, new)).collect();
        let renumbered = |edge: &Edge| {
            let (from, to) = (*new.get(&edge.from)?, *new.get(&edge.to)?);
            Some(Edge { from, to, ..*edge })
        };
        self.edges = self.edges.iter().filter_map(renumbered).collect();
        for cluster in &mut self.clusters {
            cluster.nodes = cluster.nodes.iter().filter_map(|node| new.get(node).copied()).collect();
        }
        let nodes = self.nodes.into_iter().enumerate().filter(|(at, _)| kept.contains(at));
        self.nodes = nodes.map(|(at, node)| Node { is_focus: focus.contains(&at), ..node }).collect();
        self
    }

    /// The layers themselves.
    fn collapsed(self) -> Graph {
        let mut numbers: BTreeMap<(usize, usize, Bond), usize> = BTreeMap::new();
        for edge in &self.edges {
            let ends = (self.nodes[edge.from].cluster, self.nodes[edge.to].cluster);
            if let (Some(from), Some(to)) = ends
                && from != to
            {
                *numbers.entry((from, to, edge.bond)).or_default() += edge.number;
            }
        }
        let edges = numbers.into_iter().map(|((from, to, bond), number)| Edge { from, to, bond, number });
        let nodes = self.clusters.into_iter().map(|cluster| Node {
            path: cluster.name.clone(),
            is_patch: cluster.is_patch,
            is_focus: false,
            cluster: None,
            name: cluster.name,
        });
        Graph { name: self.name, clusters: Vec::new(), nodes: nodes.collect(), edges: edges.collect() }
    }
}

/// The top of a workspace has a name, too.
fn folder_name(folder: &str) -> String {
    if folder.is_empty() { ".".to_owned() } else { folder.to_owned() }
}

/// Who relies on whom. Of several modules of a name, the one is meant that is nearest by its path.
fn edges(model: &WorkspaceModel) -> Vec<Edge> {
    let mut named: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, module) in model.modules.iter().enumerate() {
        named.entry(&module.name).or_default().push(at);
    }
    let mut edges = Vec::new();
    for (from, module) in model.modules.iter().enumerate() {
        let nearest = |candidates: &Vec<usize>| {
            let common = |&at: &usize| {
                let other = model.modules[at].path.split('/');
                other.zip(module.path.split('/')).take_while(|(one, other)| one == other).count()
            };
            candidates.iter().copied().filter(|&to| to != from).max_by_key(common)
        };
        let targets = module.depends_on.iter().filter_map(|name| nearest(named.get(name.as_str())?));
        let targets: BTreeSet<usize> = targets.collect();
        edges.extend(targets.into_iter().map(|to| Edge { from, to, bond: Bond::Relies, number: 1 }));
    }
    edges
}

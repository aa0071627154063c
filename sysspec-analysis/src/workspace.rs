//! The lie of the land: layers and headers, as far as paths and the manifest tell.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::db::{Db, SourceFile, Workspace, depends_on_edits};
use crate::manifest::{self, MANIFEST, ParsedManifest};
use crate::source::{self, FileKind};
use crate::symbols::summary;
use crate::{Layer, Manifest, patch, system};

/// The manifest of the workspace; `None` when there is no `sysspec.toml`.
#[salsa::tracked]
pub fn parsed_manifest(db: &dyn Db) -> Option<Arc<ParsedManifest>> {
    let file = *Workspace::get(db).files(db).get(MANIFEST)?;
    Some(Arc::new(manifest::parse(&file.text(db).rope().to_string())))
}

/// Where modules and headers belong. Depends on paths and the manifest, not on what the files say.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Layout {
    /// Whether there is a manifest. Without one, every folder with modules is a layer that may rely on all others.
    pub has_manifest: bool,
    /// Whether the manifest can be taken at its word: it is there, and all of it could be read.
    pub is_strict: bool,
    /// The manifest, its layers found from the folders when there is none.
    pub manifest: Manifest,
    /// The headers by the name that include lists call them by, in path order.
    headers: FxHashMap<String, Vec<SourceFile>>,
    paths: FxHashMap<String, SourceFile>,
    /// The position of every layer by its folder.
    folders: FxHashMap<String, usize>,
    /// The position of every layer by its header.
    layer_headers: FxHashMap<String, usize>,
}

/// What an include token stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Include {
    /// A header of the C library.
    System,
    /// A header of the workspace.
    Header(SourceFile),
    /// Neither.
    Unknown,
}

/// The layout of the workspace.
#[salsa::tracked]
pub fn layout(db: &dyn Db) -> Arc<Layout> {
    let files = Workspace::get(db).files(db);
    let parsed = parsed_manifest(db);
    let mut layout = Layout {
        has_manifest: parsed.is_some(),
        is_strict: parsed.as_ref().is_some_and(|parsed| !parsed.is_broken()),
        ..Layout::default()
    };
    for (path, &file) in files.iter().filter(|(path, _)| source::kind(path) == FileKind::Header) {
        layout.headers.entry(source::stem(path).into()).or_default().push(file);
        layout.paths.insert(path.to_string(), file);
    }
    layout.manifest = match parsed {
        Some(parsed) => parsed.manifest.clone(),
        None => Manifest { layers: folders(db, files), ..Manifest::default() },
    };
    for (at, layer) in layout.manifest.layers.iter().enumerate() {
        layout.folders.entry(layer.folder.clone()).or_insert(at);
        layout.layer_headers.entry(layer.header.clone()).or_insert(at);
    }
    Arc::new(layout)
}

/// Every folder that holds modules.
fn folders(db: &dyn Db, files: &BTreeMap<Arc<str>, SourceFile>) -> Vec<Layer> {
    let specs =
        files.keys().filter(|path| source::kind(path) == FileKind::Spec && !patch::is_overlay(db, path));
    let mut folders: Vec<&str> = specs.map(|path| source::folder(path)).collect();
    folders.sort_unstable();
    folders.dedup();
    let layer = |folder: &&str| {
        let header = manifest::default_header(folder).trim_start_matches('/').to_string();
        Layer { folder: folder.to_string(), header, relies_on: Vec::new() }
    };
    folders.iter().map(layer).collect()
}

impl Layout {
    /// The layer of a module or header at `path`: the innermost folder that is one. Without a manifest only
    /// the file's own folder counts.
    pub fn layer(&self, path: &str) -> Option<&Layer> {
        let mut folder = source::folder(path);
        loop {
            if let Some(&at) = self.folders.get(folder) {
                return self.manifest.layers.get(at);
            }
            if folder.is_empty() || !self.has_manifest {
                return None;
            }
            folder = source::folder(folder);
        }
    }

    /// All headers.
    pub fn headers(&self) -> impl Iterator<Item = SourceFile> {
        self.paths.values().copied()
    }

    /// The header file at `path`.
    pub fn header(&self, path: &str) -> Option<SourceFile> {
        self.paths.get(path).copied()
    }

    /// The header of the layer that `path` belongs to.
    pub fn layer_header(&self, path: &str) -> Option<SourceFile> {
        self.header(&self.layer(path)?.header)
    }

    /// The layer that has this header.
    pub fn layer_of_header(&self, path: &str) -> Option<&Layer> {
        self.layer_headers.get(path).and_then(|&at| self.manifest.layers.get(at))
    }

    /// Whether a header belongs to code that is not generated. Without a manifest it is one that is no
    /// layer's and is not called `common`.
    pub fn is_external(&self, path: &str) -> bool {
        match self.has_manifest {
            true => self.manifest.external_headers.iter().any(|header| header == path),
            false => self.layer_of_header(path).is_none() && source::stem(path) != "common",
        }
    }

    /// Whether a header is listed as shared.
    pub fn is_shared(&self, path: &str) -> bool {
        self.manifest.shared_headers.iter().any(|header| header == path)
    }

    /// Whether a module in the layer of `from` may rely on one in the layer of `to`.
    pub fn may_rely(&self, from: &str, to: &str) -> bool {
        if !self.is_strict {
            return true;
        }
        match (self.layer(from), self.layer(to)) {
            (Some(from), Some(to)) => from.folder == to.folder || from.relies_on.contains(&to.folder),
            _ => true,
        }
    }

    /// The workspace that a path belongs to, when several lie side by side without a manifest: the folder
    /// that holds its layer.
    pub fn tree<'p>(&self, path: &'p str) -> &'p str {
        if self.has_manifest { "" } else { source::folder(source::folder(path)) }
    }

    /// Whether a header lies in the workspace of the file at `from`, when several lie side by side.
    pub fn is_in_tree(&self, header: &str, from: &str) -> bool {
        let tree = match source::kind(from) {
            FileKind::Header if self.layer_of_header(from).is_none() => source::folder(from),
            _ => self.tree(from),
        };
        tree.is_empty() || source::folder(header) == tree || header.starts_with(&format!("{tree}/"))
    }

    /// The headers that an include list of `from` may name, by their tokens, in the order of the names.
    pub fn headers_seen(&self, db: &dyn Db, from: SourceFile) -> Vec<(String, Arc<str>)> {
        let meant = |token: &String| match self.include(db, token, from.path(db)) {
            Include::Header(header) if header != from => Some((token.clone(), header.path(db).clone())),
            _ => None,
        };
        let mut seen: Vec<_> = self.headers.keys().filter_map(meant).collect();
        seen.sort();
        seen
    }

    /// What an include token of the file at `from` stands for. The nearest header of that name is meant.
    pub fn include(&self, db: &dyn Db, token: &str, from: &str) -> Include {
        if system::is_header(token) {
            return Include::System;
        }
        let name = token.rsplit('/').next().unwrap_or(token);
        let candidates = self.headers.get(name).map(Vec::as_slice).unwrap_or_default();
        let near = |file: &&SourceFile| nearness(file.path(db), from);
        // `max_by_key` gives the last of equals: go backwards, so that the first path wins.
        let is_seen =
            |file: &&SourceFile| patch::is_overlay(db, from) || !patch::is_overlay(db, file.path(db));
        match candidates.iter().filter(is_seen).rev().max_by_key(near) {
            Some(&file) => Include::Header(file),
            None => Include::Unknown,
        }
    }
}

/// How near a header is to a file: the folders they have in common, whether it lies above, how flat it lies.
fn nearness(path: &str, from: &str) -> (usize, bool, std::cmp::Reverse<usize>) {
    let components = |path| source::folder(path).split('/').filter(|component| !component.is_empty());
    let common = components(path).zip(components(from)).take_while(|(left, right)| left == right).count();
    let depth = components(path).count();
    (common, common == depth, std::cmp::Reverse(depth))
}

/// The headers that a file sees.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Visible {
    /// How far away each is: the layer's own, what it includes, then what the manifest gives to all.
    pub headers: FxHashMap<SourceFile, usize>,
    /// Whether an include list names a header that is not here. Then there may be more declarations.
    pub has_unknown: bool,
}

/// The headers that a module or header sees: the closure of its header's include list. `None`: the module's layer has no header.
pub fn visible(db: &dyn Db, file: SourceFile) -> Option<&Visible> {
    if let Some(patch) = patch::patch_of(db, file) {
        let header = match source::kind(file.path(db)) {
            FileKind::Header => Some(file),
            _ => patch::home(db, file).as_deref().and_then(|path| patch::layer_header(db, patch, path)),
        };
        return header.map(|header| patch::visible_from(db, patch, header).as_ref());
    }
    let path = file.path(db);
    match source::kind(path) {
        FileKind::Header => Some(visible_from(db, file)),
        _ => layout(db).layer_header(path).map(|header| visible_from(db, header).as_ref()),
    }
}

/// The headers that a header of the base sees, itself first.
#[salsa::tracked]
fn visible_from(db: &dyn Db, first: SourceFile) -> Arc<Visible> {
    depends_on_edits(db);
    let layout = layout(db);
    let given = layout.manifest.shared_headers.iter().chain(&layout.manifest.external_headers);
    let given = given.filter_map(|header| layout.header(header)).collect();
    Arc::new(visible_headers(db, first, given, |token, from| layout.include(db, token, from.path(db))))
}

/// The headers that a header sees, itself first, then those that are given to all. `follow` finds what an include
/// token of a header stands for.
pub fn visible_headers(
    db: &dyn Db,
    first: SourceFile,
    mut given: VecDeque<SourceFile>,
    follow: impl Fn(&str, SourceFile) -> Include,
) -> Visible {
    let mut visible = Visible::default();
    let mut waiting = VecDeque::from([first]);
    while let Some(header) = waiting.pop_front().or_else(|| given.pop_front()) {
        let distance = visible.headers.len();
        if visible.headers.contains_key(&header) {
            continue;
        }
        visible.headers.insert(header, distance);
        for token in &summary(db, header).includes {
            match follow(token, header) {
                Include::Header(found) => waiting.push_back(found),
                Include::Unknown => visible.has_unknown = true,
                Include::System => {}
            }
        }
    }
    visible
}

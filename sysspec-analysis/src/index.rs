//! Who declares what in the whole workspace, and who provides a symbol to whom.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHasher};

use crate::c::Shape;
use crate::db::{Db, SourceFile, Workspace, depends_on_edits};
use crate::source::{self, FileKind};
use crate::symbols::{Role, Summary, Symbol, SymbolName, export, is_bare_tag, summary};
use crate::workspace::{Layout, layout, visible};
use crate::{SymbolKind, patch, system};

/// Into how many parts the files are dealt, so that an edit looks at a part of them only.
const SHARDS: usize = 64;

/// The files of every shard, in path order.
#[salsa::tracked]
fn members(db: &dyn Db, workspace: Workspace) -> Arc<Vec<Vec<SourceFile>>> {
    let mut members = vec![Vec::new(); SHARDS];
    for (path, &file) in workspace.files(db).iter() {
        if matches!(source::kind(path), FileKind::Spec | FileKind::Header) {
            let mut hasher = FxHasher::default();
            path.hash(&mut hasher);
            members[hasher.finish() as usize % SHARDS].push(file);
        }
    }
    Arc::new(members)
}

/// The files of one shard with their summaries, in path order.
#[salsa::tracked]
fn shard(db: &dyn Db, workspace: Workspace, number: usize) -> Arc<Vec<(SourceFile, Arc<Summary>)>> {
    let members = members(db, workspace)[number].iter();
    Arc::new(members.map(|&file| (file, summary(db, file).clone())).collect())
}

/// A shard that does not change when a file of it begins to be edited.
#[salsa::tracked]
fn live_shard(db: &dyn Db, workspace: Workspace, number: usize) -> Arc<Vec<(SourceFile, Arc<Summary>)>> {
    depends_on_edits(db);
    shard(db, workspace, number).clone()
}

/// Every declaration of the workspace by its name. Lists are in path order.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Index {
    /// The modules of the base, in path order, with their summaries.
    pub modules: Vec<(SourceFile, Arc<Summary>)>,
    /// Who guarantees a symbol in the base.
    pub guarantors: FxHashMap<SymbolName, Vec<SourceFile>>,
    /// Who guarantees a symbol in a patch.
    pub overlays: FxHashMap<SymbolName, Vec<SourceFile>>,
    /// Which headers of the base declare a symbol.
    pub headers: FxHashMap<SymbolName, Vec<SourceFile>>,
    /// Which modules rely on a symbol.
    pub dependents: FxHashMap<SymbolName, Vec<SourceFile>>,
}

/// The index. Re-made when a declaration is added, removed or renamed; not when a type changes.
#[salsa::tracked]
pub fn index(db: &dyn Db) -> Arc<Index> {
    depends_on_edits(db);
    let workspace = Workspace::get(db);
    let mut files: Vec<_> =
        (0..SHARDS).flat_map(|number| live_shard(db, workspace, number).iter().cloned()).collect();
    files.sort_by(|(left, _), (right, _)| left.path(db).cmp(right.path(db)));
    let mut index = Index::default();
    for (file, summary) in files {
        let is_spec = source::kind(file.path(db)) == FileKind::Spec;
        for entry in &summary.entries {
            let names = match entry.role {
                Role::Guarantee if summary.is_overlay => &mut index.overlays,
                Role::Guarantee => &mut index.guarantors,
                Role::Rely(_) => &mut index.dependents,
                Role::Header if summary.is_overlay => continue,
                Role::Header => &mut index.headers,
            };
            let declaring = names.entry(entry.symbol.clone()).or_default();
            if declaring.last() != Some(&file) {
                declaring.push(file);
            }
        }
        if is_spec && !summary.is_overlay {
            index.modules.push((file, summary));
        }
    }
    Arc::new(index)
}

/// Where a symbol is declared.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Occurrences {
    /// The modules of the base that guarantee it.
    pub guarantors: Vec<SourceFile>,
    /// The specs of patches that guarantee it.
    pub overlays: Vec<SourceFile>,
    /// The headers that declare it.
    pub headers: Vec<SourceFile>,
}

/// Where a symbol is declared. Changes only when somebody begins or ceases to declare that symbol.
#[salsa::tracked]
pub fn occurrences<'db>(db: &'db dyn Db, symbol: Symbol<'db>) -> Arc<Occurrences> {
    let index = index(db);
    let of = |names: &FxHashMap<SymbolName, Vec<SourceFile>>| {
        names.get(symbol.name(db)).cloned().unwrap_or_default()
    };
    Arc::new(Occurrences {
        guarantors: of(&index.guarantors),
        overlays: of(&index.overlays),
        headers: of(&index.headers),
    })
}

/// The files that rely on a symbol.
#[salsa::tracked]
pub fn dependents<'db>(db: &'db dyn Db, symbol: Symbol<'db>) -> Vec<SourceFile> {
    index(db).dependents.get(symbol.name(db)).cloned().unwrap_or_default()
}

/// Who provides a symbol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Provider {
    /// A module guarantees it.
    Module(SourceFile),
    /// A header of the workspace declares it: a type, a macro or an object.
    Header(SourceFile),
    /// A spec of the same patch restates it, in that role, and thereby defines it anew.
    Restated(SourceFile, Role),
    /// A header of code that is not generated declares it.
    External(SourceFile),
    /// A header of the C library declares it.
    System(&'static str),
    /// A header has the prototype, and no module guarantees it.
    PrototypeOnly(SourceFile),
    /// Nobody.
    Nobody,
}

/// Who provides a symbol to `file`.
#[salsa::tracked(returns(copy))]
pub fn provider<'db>(db: &'db dyn Db, file: SourceFile, symbol: Symbol<'db>) -> Provider {
    if let Some(patch) = patch::patch_of(db, file) {
        return patch::provider(db, file, patch, symbol);
    }
    let name = symbol.name(db);
    let (occurrences, layout) = (occurrences(db, symbol), layout(db));
    if let Some(module) = choose_guarantor(db, layout, file, &occurrences.guarantors, &occurrences.overlays) {
        return Provider::Module(module);
    }
    let system = if name.tag { system::tag(&name.name) } else { system::ordinary(&name.name) };
    match (definition(db, file, symbol), system) {
        (Some(header), _) if layout.is_external(header.path(db)) => Provider::External(header),
        (Some(header), Some(found)) if is_prototype(db, header, symbol) => match found.kind {
            // A header may restate what libc gives.
            SymbolKind::Function => Provider::System(found.header),
            _ => Provider::PrototypeOnly(header),
        },
        (Some(header), _) if is_prototype(db, header, symbol) => Provider::PrototypeOnly(header),
        (Some(header), _) => Provider::Header(header),
        (None, Some(found)) => Provider::System(found.header),
        (None, None) => Provider::Nobody,
    }
}

fn is_prototype<'db>(db: &'db dyn Db, header: SourceFile, symbol: Symbol<'db>) -> bool {
    export(db, header, Role::Header, symbol)
        .as_ref()
        .is_some_and(|found| matches!(*found.shape, Shape::Function(..)))
}

/// The module that is meant when `file` relies on a symbol that these guarantee.
pub fn choose_guarantor(
    db: &dyn Db,
    layout: &Layout,
    file: SourceFile,
    base: &[SourceFile],
    overlays: &[SourceFile],
) -> Option<SourceFile> {
    let path = file.path(db);
    let is_overlay = !overlays.is_empty() && summary(db, file).is_overlay;
    // What belongs to one patch stands in one folder. A base does not see patches when a manifest tells them apart.
    let is_of_patch =
        |other: &&SourceFile| is_overlay && source::folder(other.path(db)) == source::folder(path);
    let is_near = |other: &&SourceFile| layout.tree(other.path(db)) == layout.tree(path);
    let own_patch = overlays.iter().find(is_of_patch);
    let near = base.iter().find(is_near).or(base.first());
    // Deltas that lie beside a base without being in a folder of patches are read as a part of it.
    let mut loose = overlays.iter().filter(|other| !patch::is_overlay(db, other.path(db)));
    let any_patch = loose.next().filter(|_| is_overlay || !layout.has_manifest);
    own_patch.or(near).or(any_patch).copied()
}

/// The header that defines a symbol for `file`: one that it sees, else any. A definition goes before a mere tag.
#[salsa::tracked(returns(copy))]
pub fn definition<'db>(db: &'db dyn Db, file: SourceFile, symbol: Symbol<'db>) -> Option<SourceFile> {
    if let Some(patch) = patch::patch_of(db, file) {
        return patch::definition(db, file, patch, symbol);
    }
    let declaring = &occurrences(db, symbol).headers;
    if declaring.is_empty() {
        return None;
    }
    let mut candidates = declaring.clone();
    let layout = layout(db);
    if !layout.has_manifest && !summary(db, file).is_overlay {
        // Headers of a workspace that lies beside this one are not meant.
        candidates.retain(|header| layout.is_in_tree(header.path(db), file.path(db)));
    }
    if let Some(visible) = visible(db, file) {
        // Stable: those that are not seen stay in path order, behind those that are.
        candidates.sort_by_key(|header| visible.headers.get(header).copied().unwrap_or(usize::MAX));
    }
    let defines = |header: &&SourceFile| {
        let found = export(db, **header, Role::Header, symbol);
        found.as_ref().is_some_and(|found| !is_bare_tag(&found.shape))
    };
    candidates.iter().find(defines).or(candidates.first()).copied()
}

//! Who declares what in the whole workspace, and who provides a symbol to whom.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet, FxHasher};

use crate::c::Shape;
use crate::db::{Db, SourceFile, Workspace, depends_on_edits};
use crate::source::{self, FileKind};
use crate::symbols::{Role, Summary, Symbol, SymbolName, export, is_bare_tag, summary};
use crate::workspace::{Layout, layout, visible};
use crate::{SymbolKind, patch, system};

/// Into how many parts the files are dealt, so that an edit looks at a part of them only.
pub const SHARDS: usize = 64;

/// Into how many parts the names are dealt, so that a name that comes or goes touches a part of them only.
const PARTS: usize = 256;

/// The files of every shard, in path order.
#[salsa::tracked]
pub fn members(db: &dyn Db, workspace: Workspace) -> Arc<Vec<Vec<SourceFile>>> {
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

/// How a file declares a symbol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Standing {
    Guarantee,
    Overlay,
    Header,
    Rely,
}

/// What the files of one shard declare, dealt into parts by name.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
struct Dealt {
    /// Sorted by part; within a part in the order of the files and their texts.
    entries: Vec<(SymbolName, Standing, SourceFile)>,
    /// Where each part begins, and where the last one ends.
    starts: Vec<usize>,
}

impl Dealt {
    fn new(mut entries: Vec<(SymbolName, Standing, SourceFile)>) -> Self {
        entries.sort_by_cached_key(|(symbol, ..)| part_of(symbol));
        let mut starts = vec![0; PARTS + 1];
        entries.iter().for_each(|(symbol, ..)| starts[part_of(symbol) + 1] += 1);
        (0..PARTS).for_each(|part| starts[part + 1] += starts[part]);
        Self { entries, starts }
    }

    fn part(&self, number: usize) -> &[(SymbolName, Standing, SourceFile)] {
        &self.entries[self.starts[number]..self.starts[number + 1]]
    }
}

fn part_of(symbol: &SymbolName) -> usize {
    let mut hasher = FxHasher::default();
    symbol.hash(&mut hasher);
    // The upper half is the better mixed one.
    (hasher.finish() >> 32) as usize % PARTS
}

/// The declarations of one shard. Changes when one is added, removed or renamed, not when a type does.
#[salsa::tracked]
fn dealt(db: &dyn Db, workspace: Workspace, number: usize) -> Arc<Dealt> {
    depends_on_edits(db);
    let mut entries = Vec::new();
    for (file, summary) in shard(db, workspace, number).iter() {
        for entry in &summary.entries {
            let standing = match entry.role {
                Role::Guarantee if summary.is_overlay => Standing::Overlay,
                Role::Guarantee => Standing::Guarantee,
                Role::Rely(_) => Standing::Rely,
                Role::Header if summary.is_overlay => continue,
                Role::Header => Standing::Header,
            };
            entries.push((entry.symbol.clone(), standing, *file));
        }
    }
    Arc::new(Dealt::new(entries))
}

/// All shards at once, so that one look tells whether any of them changed.
#[salsa::tracked]
fn all_dealt(db: &dyn Db, workspace: Workspace) -> Arc<Vec<Arc<Dealt>>> {
    depends_on_edits(db);
    Arc::new((0..SHARDS).map(|number| dealt(db, workspace, number).clone()).collect())
}

/// The names of one part, and who declares them.
type Part = FxHashMap<SymbolName, Arc<Occurrences>>;

/// One part of the names. When a name comes or goes, only its own part differs.
#[salsa::tracked]
fn part(db: &dyn Db, workspace: Workspace, number: usize) -> Arc<Part> {
    depends_on_edits(db);
    let mut found: FxHashMap<&SymbolName, Occurrences> = FxHashMap::default();
    for shard in all_dealt(db, workspace).iter() {
        for (symbol, standing, file) in shard.part(number) {
            let occurrences = found.entry(symbol).or_default();
            let files = occurrences.with(*standing);
            if files.last() != Some(file) {
                files.push(*file);
            }
        }
    }
    let finish = |(symbol, mut occurrences): (&SymbolName, Occurrences)| {
        occurrences.sort(db);
        (symbol.clone(), Arc::new(occurrences))
    };
    Arc::new(found.into_iter().map(finish).collect())
}

/// Reads the files of one shard, if they have not been read yet.
pub fn read_shard(db: &dyn Db, workspace: Workspace, number: usize) {
    dealt(db, workspace, number);
}

/// The files that declare, guarantee or rely on what `file` names; without the file itself.
pub fn neighbours(db: &dyn Db, file: SourceFile) -> FxHashSet<SourceFile> {
    let mut found = FxHashSet::default();
    for entry in &summary(db, file).entries {
        let Some(occurrences) = all_occurrences(db, &entry.symbol) else { continue };
        let Occurrences { guarantors, overlays, headers, dependents } = occurrences.as_ref();
        found.extend(guarantors.iter().chain(overlays).chain(headers));
        if !matches!(entry.role, Role::Rely(_)) {
            found.extend(dependents);
        }
    }
    found.remove(&file);
    found
}

/// The modules of the base, in path order, with their summaries.
#[salsa::tracked]
pub fn modules(db: &dyn Db) -> Arc<Vec<(SourceFile, Arc<Summary>)>> {
    depends_on_edits(db);
    let workspace = Workspace::get(db);
    let files = (0..SHARDS).flat_map(|number| live_shard(db, workspace, number).iter());
    let is_module = |(file, summary): &&(SourceFile, Arc<Summary>)| {
        source::kind(file.path(db)) == FileKind::Spec && !summary.is_overlay
    };
    let mut modules: Vec<_> = files.filter(is_module).cloned().collect();
    modules.sort_by(|(left, _), (right, _)| left.path(db).cmp(right.path(db)));
    Arc::new(modules)
}

/// Every declaration of the workspace by its name. Lists are in path order.
///
/// It is made anew when any name comes or goes. A query that knows which symbol it asks for asks
/// [`occurrences`] or [`dependents`] instead.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Index {
    /// The modules of the base, in path order, with their summaries.
    pub modules: Arc<Vec<(SourceFile, Arc<Summary>)>>,
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
    let mut index = Index { modules: modules(db).clone(), ..Index::default() };
    for number in 0..PARTS {
        for (symbol, found) in part(db, workspace, number).iter() {
            let lists = [
                (&mut index.guarantors, &found.guarantors),
                (&mut index.overlays, &found.overlays),
                (&mut index.headers, &found.headers),
                (&mut index.dependents, &found.dependents),
            ];
            for (names, files) in lists {
                if !files.is_empty() {
                    names.insert(symbol.clone(), files.clone());
                }
            }
        }
    }
    Arc::new(index)
}

/// Where a symbol is declared and relied on. Lists are in path order.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Occurrences {
    /// The modules of the base that guarantee it.
    pub guarantors: Vec<SourceFile>,
    /// The specs of patches that guarantee it.
    pub overlays: Vec<SourceFile>,
    /// The headers that declare it.
    pub headers: Vec<SourceFile>,
    /// The files that rely on it.
    dependents: Vec<SourceFile>,
}

impl Occurrences {
    fn with(&mut self, standing: Standing) -> &mut Vec<SourceFile> {
        match standing {
            Standing::Guarantee => &mut self.guarantors,
            Standing::Overlay => &mut self.overlays,
            Standing::Header => &mut self.headers,
            Standing::Rely => &mut self.dependents,
        }
    }

    fn sort(&mut self, db: &dyn Db) {
        for files in [&mut self.guarantors, &mut self.overlays, &mut self.headers, &mut self.dependents] {
            // Most lists have one file, whose path then need not be asked for.
            if files.len() > 1 {
                files.sort_by(|left, right| left.path(db).cmp(right.path(db)));
            }
        }
    }
}

/// Where a symbol is declared. Changes only when somebody begins or ceases to declare that symbol.
#[salsa::tracked]
pub fn occurrences<'db>(db: &'db dyn Db, symbol: Symbol<'db>) -> Arc<Occurrences> {
    let Some(found) = all_occurrences(db, symbol.name(db)) else { return Arc::default() };
    // Who relies on a symbol is no concern of those who ask who declares it.
    Arc::new(Occurrences { dependents: Vec::new(), ..found.as_ref().clone() })
}

/// All names, for queries that look up so many that asking for each of them would cost more than the answers.
pub struct Names<'db>(Vec<&'db Part>);

impl<'db> Names<'db> {
    /// All names there are.
    pub fn new(db: &'db dyn Db) -> Self {
        let workspace = Workspace::get(db);
        Self((0..PARTS).map(|number| part(db, workspace, number).as_ref()).collect())
    }

    /// The modules of the base that guarantee a symbol.
    pub fn guarantors(&self, name: &SymbolName) -> &'db [SourceFile] {
        self.0[part_of(name)].get(name).map_or(&[], |found| &found.guarantors)
    }
}

/// The files that rely on a symbol.
#[salsa::tracked]
pub fn dependents<'db>(db: &'db dyn Db, symbol: Symbol<'db>) -> Vec<SourceFile> {
    all_occurrences(db, symbol.name(db)).map(|found| found.dependents.clone()).unwrap_or_default()
}

fn all_occurrences<'db>(db: &'db dyn Db, name: &SymbolName) -> Option<&'db Arc<Occurrences>> {
    part(db, Workspace::get(db), part_of(name)).get(name)
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

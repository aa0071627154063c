//! Who declares what in the whole workspace, and who provides a symbol to whom.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet, FxHasher};
use salsa::plumbing::AsId;

use crate::c::Shape;
use crate::db::{Db, SourceFile, Workspace, depends_on_edits};
use crate::source::{self, FileKind};
use crate::spelling::{self, Outline, closest};
use crate::symbols::{Entry, Role, Summary, Symbol, SymbolId, SymbolName, export, is_bare_tag, summary};
use crate::workspace::{Layout, layout, visible};
use crate::{SymbolKind, patch, system};

/// Into how many parts files and names are dealt, so that a change looks at a part of them only.
///
/// Both grow with the workspace: a change costs as much as one shard has files, and there are as many shards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Deal {
    shards: usize,
    parts: usize,
}

/// How this workspace is dealt. Changes when it has become twice as large.
#[salsa::tracked(returns(copy))]
fn deal(db: &dyn Db, workspace: Workspace) -> Deal {
    let files = workspace.files(db).len().max(1);
    let shards = files.isqrt().next_power_of_two().clamp(8, 256);
    Deal { shards, parts: (files / 4).next_power_of_two().clamp(64, 4096) }
}

/// The files of every shard, in path order.
#[salsa::tracked]
fn members(db: &dyn Db, workspace: Workspace) -> Arc<Vec<Vec<SourceFile>>> {
    let shards = deal(db, workspace).shards;
    let mut members = vec![Vec::new(); shards];
    for (path, &file) in workspace.files(db).iter() {
        if matches!(source::kind(path), FileKind::Spec | FileKind::Header) {
            let mut hasher = FxHasher::default();
            path.hash(&mut hasher);
            // The upper half is the better mixed one.
            members[(hasher.finish() >> 32) as usize % shards].push(file);
        }
    }
    Arc::new(members)
}

/// The files of one shard, in path order.
#[salsa::tracked]
pub fn shard_members(db: &dyn Db, workspace: Workspace, number: usize) -> Vec<SourceFile> {
    members(db, workspace).get(number).cloned().unwrap_or_default()
}

/// The files of one shard with their summaries, in path order.
#[salsa::tracked]
fn shard(db: &dyn Db, workspace: Workspace, number: usize) -> Arc<Vec<(SourceFile, Arc<Summary>)>> {
    let members = shard_members(db, workspace, number).iter();
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
pub enum Standing {
    /// A module of the base guarantees it.
    Guarantee,
    /// A spec of a patch guarantees it.
    Overlay,
    /// A header of the base declares it.
    Header,
    /// A module of the base relies on it.
    Rely,
    /// A file that is no module of the base relies on it.
    OverlayRely,
}

/// That a file declares a symbol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Mention {
    /// The symbol.
    pub symbol: SymbolId,
    /// How it is declared.
    pub standing: Standing,
    /// Where.
    pub file: SourceFile,
}

/// What a file declares, in the order of its text.
#[salsa::tracked]
fn mentions(db: &dyn Db, file: SourceFile) -> Box<[Mention]> {
    let summary = summary(db, file);
    let is_module = source::kind(file.path(db)) == FileKind::Spec && !summary.is_overlay;
    let mention = |entry: &Entry| {
        let standing = match entry.role {
            Role::Guarantee if summary.is_overlay => Standing::Overlay,
            Role::Guarantee => Standing::Guarantee,
            Role::Rely(_) if is_module => Standing::Rely,
            Role::Rely(_) => Standing::OverlayRely,
            Role::Header if summary.is_overlay => return None,
            Role::Header => Standing::Header,
        };
        Some(Mention { symbol: SymbolId::of(db, &entry.symbol), standing, file })
    };
    summary.entries.iter().filter_map(mention).collect()
}

/// What the files of one shard declare, dealt into parts by name.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Dealt {
    /// Sorted by part; within a part in the order of the files and their texts.
    mentions: Vec<Mention>,
    /// Where each part begins, and where the last one ends.
    starts: Vec<u32>,
    /// The names that are not only relied on, for whoever looks for a name like another.
    names: Vec<(Outline, Mention)>,
}

impl Dealt {
    fn new(db: &dyn Db, all: &[&[Mention]], parts: usize) -> Self {
        let mut starts = vec![0_u32; parts + 1];
        let every = || all.iter().copied().flatten();
        every().for_each(|mention| starts[mention.symbol.part(parts) + 1] += 1);
        (0..parts).for_each(|part| starts[part + 1] += starts[part]);
        let mut mentions: Vec<Mention> = every().copied().collect();
        mentions.sort_by_key(|mention| mention.symbol.part(parts));
        let is_given =
            |mention: &&Mention| !matches!(mention.standing, Standing::Rely | Standing::OverlayRely);
        let name = |mention: &Mention| (Outline::new(&mention.symbol.name(db).name), *mention);
        let names = every().filter(is_given).map(name).collect();
        Self { mentions, starts, names }
    }

    /// All that is declared.
    pub fn mentions(&self) -> &[Mention] {
        &self.mentions
    }

    /// What is declared of a symbol.
    pub fn of(&self, symbol: SymbolId) -> impl Iterator<Item = &Mention> {
        let part = symbol.part(self.starts.len() - 1);
        self.part(part).iter().filter(move |mention| mention.symbol == symbol)
    }

    fn part(&self, number: usize) -> &[Mention] {
        &self.mentions[self.starts[number] as usize..self.starts[number + 1] as usize]
    }
}

/// The declarations of one shard. Changes when one is added, removed or renamed, not when a type does.
#[salsa::tracked]
fn dealt(db: &dyn Db, workspace: Workspace, number: usize) -> Arc<Dealt> {
    let files = shard_members(db, workspace, number).iter();
    let all: Vec<&[Mention]> = files.map(|&file| mentions(db, file).as_ref()).collect();
    Arc::new(Dealt::new(db, &all, deal(db, workspace).parts))
}

/// The same, without changing when a file of the shard begins to be edited.
#[salsa::tracked]
fn live_dealt(db: &dyn Db, workspace: Workspace, number: usize) -> Arc<Dealt> {
    depends_on_edits(db);
    dealt(db, workspace, number).clone()
}

/// All shards at once, so that one look tells whether any of them changed.
#[salsa::tracked]
pub fn all_dealt(db: &dyn Db, workspace: Workspace) -> Arc<Vec<Arc<Dealt>>> {
    depends_on_edits(db);
    let shards = deal(db, workspace).shards;
    Arc::new((0..shards).map(|number| live_dealt(db, workspace, number).clone()).collect())
}

/// The names of one part, and who declares them.
type Part = FxHashMap<SymbolId, Arc<Occurrences>>;

/// One part of the names. When a name comes or goes, only its own part differs.
#[salsa::tracked]
fn part(db: &dyn Db, workspace: Workspace, number: usize) -> Arc<Part> {
    depends_on_edits(db);
    let mut found: FxHashMap<SymbolId, Occurrences> = FxHashMap::default();
    for shard in all_dealt(db, workspace).iter() {
        for mention in shard.part(number) {
            let files = found.entry(mention.symbol).or_default().with(mention.standing);
            if files.last() != Some(&mention.file) {
                files.push(mention.file);
            }
        }
    }
    let finish = |(symbol, mut occurrences): (SymbolId, Occurrences)| {
        occurrences.sort(db);
        (symbol, Arc::new(occurrences))
    };
    Arc::new(found.into_iter().map(finish).collect())
}

/// How many shards there are.
pub fn shards(db: &dyn Db, workspace: Workspace) -> usize {
    deal(db, workspace).shards
}

/// Reads the files of one shard, if they have not been read yet.
pub fn read_shard(db: &dyn Db, workspace: Workspace, number: usize) {
    live_dealt(db, workspace, number);
}

/// The name that is nearest to another among those that stand so, as [`closest`] has it, with the number of letters
/// that differ. Names that `but` alone declares do not count.
pub fn closest_name(
    db: &dyn Db,
    missing: &SymbolName,
    standing: Standing,
    but: Option<SourceFile>,
) -> Option<(usize, SymbolId)> {
    let outline = Outline::new(&missing.name);
    let limit = spelling::limit(&missing.name);
    let mut like: Vec<SymbolId> = Vec::new();
    for shard in all_dealt(db, Workspace::get(db)).iter() {
        let near = shard.names.iter().filter(|(other, mention)| {
            mention.standing == standing && Some(mention.file) != but && outline.may_be_near(other, limit)
        });
        like.extend(near.map(|(_, mention)| mention.symbol));
    }
    let named = like.iter().map(|symbol| (symbol.name(db), *symbol));
    let named: FxHashMap<&str, SymbolId> = named
        .filter(|(name, _)| name.tag == missing.tag)
        .map(|(name, symbol)| (name.name.as_str(), symbol))
        .collect();
    let (distance, name) = closest(&missing.name, named.keys().copied())?;
    Some((distance, named[name]))
}

/// The files that declare, guarantee or rely on what `file` names; without the file itself.
pub fn neighbours(db: &dyn Db, file: SourceFile) -> FxHashSet<SourceFile> {
    let mut found = FxHashSet::default();
    for mention in mentions(db, file) {
        let Some(occurrences) = all_occurrences(db, mention.symbol) else { continue };
        let Occurrences { guarantors, overlays, headers, dependents } = occurrences.as_ref();
        found.extend(guarantors.iter().chain(overlays).chain(headers));
        if !matches!(mention.standing, Standing::Rely | Standing::OverlayRely) {
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
    let files = (0..shards(db, workspace)).flat_map(|number| live_shard(db, workspace, number).iter());
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
    for number in 0..deal(db, workspace).parts {
        for (symbol, found) in part(db, workspace, number).iter() {
            let lists = [
                (&mut index.guarantors, &found.guarantors),
                (&mut index.overlays, &found.overlays),
                (&mut index.headers, &found.headers),
                (&mut index.dependents, &found.dependents),
            ];
            for (names, files) in lists {
                if !files.is_empty() {
                    names.insert(symbol.name(db).clone(), files.clone());
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
            Standing::Rely | Standing::OverlayRely => &mut self.dependents,
        }
    }

    fn sort(&mut self, db: &dyn Db) {
        for files in [&mut self.guarantors, &mut self.overlays, &mut self.headers, &mut self.dependents] {
            // Files mostly come to be known in path order, and numbers are compared faster than paths.
            files.sort_unstable_by_key(|file| file.as_id().index());
            if !files.is_sorted_by(|left, right| left.path(db) <= right.path(db)) {
                files.sort_by(|left, right| left.path(db).cmp(right.path(db)));
            }
        }
    }
}

/// Where a symbol is declared. Changes only when somebody begins or ceases to declare that symbol.
#[salsa::tracked]
pub fn occurrences<'db>(db: &'db dyn Db, symbol: Symbol<'db>) -> Arc<Occurrences> {
    let Some(found) = all_occurrences(db, SymbolId::from(symbol)) else { return Arc::default() };
    // Who relies on a symbol is no concern of those who ask who declares it.
    Arc::new(Occurrences { dependents: Vec::new(), ..found.as_ref().clone() })
}

/// The files that rely on a symbol.
#[salsa::tracked]
pub fn dependents<'db>(db: &'db dyn Db, symbol: Symbol<'db>) -> Vec<SourceFile> {
    all_occurrences(db, SymbolId::from(symbol)).map(|found| found.dependents.clone()).unwrap_or_default()
}

/// The files that declare a symbol so, in path order.
pub fn declaring(db: &dyn Db, symbol: SymbolId, standing: Standing) -> &[SourceFile] {
    let Some(found) = all_occurrences(db, symbol) else { return &[] };
    match standing {
        Standing::Guarantee => &found.guarantors,
        Standing::Overlay => &found.overlays,
        Standing::Header => &found.headers,
        Standing::Rely | Standing::OverlayRely => &found.dependents,
    }
}

/// The specs by the names of their files without extension, in path order.
#[salsa::tracked]
fn specs_by_stem(db: &dyn Db) -> FxHashMap<Box<str>, Vec<SourceFile>> {
    let mut found: FxHashMap<Box<str>, Vec<SourceFile>> = FxHashMap::default();
    for (path, &file) in Workspace::get(db).files(db).iter() {
        if source::kind(path) == FileKind::Spec {
            found.entry(source::stem(path).into()).or_default().push(file);
        }
    }
    found
}

/// The specs whose file is called so.
pub fn specs_called<'db>(db: &'db dyn Db, stem: &str) -> &'db [SourceFile] {
    specs_by_stem(db).get(stem).map_or(&[], Vec::as_slice)
}

fn all_occurrences(db: &dyn Db, symbol: SymbolId) -> Option<&Arc<Occurrences>> {
    let workspace = Workspace::get(db);
    part(db, workspace, symbol.part(deal(db, workspace).parts)).get(&symbol)
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

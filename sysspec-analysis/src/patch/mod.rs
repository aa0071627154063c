//! Spec patches: which there are, in which order they lie over the base, and what they say of themselves.

mod changes;
mod dag;
mod declared;
mod laid;
mod replace;
mod view;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::db::{Db, GivenPatches, SourceFile, Workspace};
use crate::source::{self, FileKind};
use crate::workspace::parsed_manifest;

pub use changes::{Change, change, changes_that_leave_out, removed};
pub use dag::{Node, composed_cycles, edges, inferred_kind, leaves_somebody_out, models, nodes};
pub use declared::{Action, declaration, kind, names, needs};
pub use laid::{inherits_from, laid, laid_guarantor};
pub use replace::{home, is_static, module_named, modules_below, replaced, spec_of};
pub use view::{below, definition, find, include, is_given, layer_header, provider, visible_from};

/// The folder in which patches are kept.
const PATCHES: &str = "patches";

/// A patch, as a key of queries.
#[salsa::interned(debug)]
pub struct PatchId<'db> {
    /// The folder of its files.
    #[returns(ref)]
    pub folder: Arc<str>,
}

/// The files of a patch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatchFiles {
    /// What it is called: as it was given, else as its folder is.
    pub name: String,
    /// The folder of its files.
    pub folder: Arc<str>,
    /// Its position among those that are laid over the base; `None` when it is looked at alone.
    pub position: Option<usize>,
    /// Its `.patch` file. Without one it is read in the way of the published deltas.
    pub declaration: Option<SourceFile>,
    /// Its specs, in path order.
    pub specs: Vec<SourceFile>,
    /// Its headers, in path order.
    pub headers: Vec<SourceFile>,
}

/// All patches.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Patches {
    /// Those that are laid over the base in their order, then the others by their folders.
    pub all: Vec<PatchFiles>,
    /// The same by their folders.
    by_folder: BTreeMap<Arc<str>, usize>,
}

impl Patches {
    /// The patch in a folder.
    pub fn in_folder(&self, folder: &str) -> Option<&PatchFiles> {
        self.by_folder.get(folder).map(|&at| &self.all[at])
    }

    /// The patch of that name; of several, the one that is laid over the base.
    pub fn named(&self, name: &str) -> Option<&PatchFiles> {
        self.all.iter().find(|patch| patch.name == name)
    }

    /// Those that are laid over the base, in their order.
    pub fn chain(&self) -> impl Iterator<Item = &PatchFiles> {
        self.all.iter().filter(|patch| patch.position.is_some())
    }
}

impl PatchFiles {
    /// Its key.
    pub fn id<'db>(&self, db: &'db dyn Db) -> PatchId<'db> {
        PatchId::new(db, self.folder.clone())
    }
}

/// All patches. Depends on paths and the manifest, not on what the files of patches say.
#[salsa::tracked]
pub fn patches(db: &dyn Db) -> Arc<Patches> {
    let mut found: BTreeMap<Arc<str>, PatchFiles> = BTreeMap::new();
    for (path, &file) in Workspace::get(db).files(db).iter() {
        let Some(folder) = folder_of(db, path) else { continue };
        let patch = found.entry(folder.into()).or_insert_with(|| PatchFiles {
            name: folder.rsplit('/').next().unwrap_or(folder).into(),
            folder: folder.into(),
            position: None,
            declaration: None,
            specs: Vec::new(),
            headers: Vec::new(),
        });
        match source::kind(path) {
            FileKind::Spec => patch.specs.push(file),
            FileKind::Header => patch.headers.push(file),
            // Of several, the one that is called as the patch is.
            FileKind::Patch if patch.declaration.is_none() || source::stem(path) == patch.name => {
                patch.declaration = Some(file);
            }
            _ => {}
        }
    }
    let mut all: Vec<PatchFiles> = Vec::new();
    for (name, folder) in order(db) {
        if let Some(patch) = found.remove(folder.as_str()) {
            all.push(PatchFiles { name, position: Some(all.len()), ..patch });
        }
    }
    all.extend(found.into_values());
    let by_folder = all.iter().enumerate().map(|(at, patch)| (patch.folder.clone(), at)).collect();
    Arc::new(Patches { all, by_folder })
}

/// Names and folders of the patches that are laid over the base: those that were given, else what the manifest enables.
fn order(db: &dyn Db) -> Vec<(String, String)> {
    if let Some(given) = GivenPatches::get(db).given(db).as_ref() {
        return given.iter().map(|patch| (patch.name.clone(), patch.folder.clone())).collect();
    }
    let enabled = parsed_manifest(db).as_ref().map(|parsed| parsed.manifest.patches.clone());
    let with_folder = |name: String| (name.clone(), format!("{PATCHES}/{name}"));
    enabled.unwrap_or_default().into_iter().map(with_folder).collect()
}

/// The folder of the patch that a path belongs to: one that was given, or the folder right below one called `patches`.
pub fn folder_of<'p>(db: &dyn Db, path: &'p str) -> Option<&'p str> {
    if let Some(given) = GivenPatches::get(db).given(db).as_ref() {
        let holds = |folder: &&str| {
            path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/')) && !folder.is_empty()
        };
        let folder = given.iter().map(|patch| patch.folder.as_str()).filter(holds).max_by_key(|it| it.len());
        if let Some(folder) = folder {
            return Some(&path[..folder.len()]);
        }
    }
    let end = path.match_indices("patches/").find_map(|(at, found)| {
        let begins = at == 0 || path.as_bytes()[at - 1] == b'/';
        let name = at + found.len();
        begins.then(|| path[name..].find('/').map(|length| name + length)).flatten()
    })?;
    Some(&path[..end])
}

/// Whether a path is one of a patch, so that it does not belong to the base.
pub fn is_overlay(db: &dyn Db, path: &str) -> bool {
    folder_of(db, path).is_some() || source::is_in_patches(path)
}

/// The patch that a file belongs to.
pub fn patch_of<'db>(db: &'db dyn Db, file: SourceFile) -> Option<PatchId<'db>> {
    folder_of(db, file.path(db)).map(|folder| PatchId::new(db, Arc::from(folder)))
}

/// The files of a patch.
pub fn files<'db>(db: &'db dyn Db, patch: PatchId<'db>) -> Option<&'db PatchFiles> {
    patches(db).in_folder(patch.folder(db))
}

/// Whether a patch has a `.patch` file, so that it is held to all that such a file promises.
pub fn is_declared<'db>(db: &'db dyn Db, patch: PatchId<'db>) -> bool {
    files(db, patch).is_some_and(|patch| patch.declaration.is_some())
}

/// The file of a declared patch, or one that says nothing of the sort.
pub fn is_in_dialect(db: &dyn Db, file: SourceFile) -> bool {
    patch_of(db, file).is_some_and(|patch| !is_declared(db, patch))
}

/// The folder that holds the base of a patch: what stands before its `patches` folder.
pub fn root<'db>(db: &'db dyn Db, patch: PatchId<'db>) -> &'db str {
    let folder = patch.folder(db);
    let is_given = |given: &Vec<crate::Patch>| given.iter().any(|given| given.folder == **folder);
    if GivenPatches::get(db).given(db).as_ref().as_ref().is_some_and(is_given)
        && !source::is_in_patches(&format!("{folder}/"))
    {
        return "";
    }
    source::folder(source::folder(folder))
}

/// The path of a patch's file inside its patch.
pub fn path_in_patch<'p>(folder: &str, path: &'p str) -> &'p str {
    path.strip_prefix(folder).map_or(path, |rest| rest.trim_start_matches('/'))
}

/// Whether a path of the base lies below a root.
pub fn is_below(root: &str, path: &str) -> bool {
    root.is_empty() || path.strip_prefix(root).is_some_and(|rest| rest.starts_with('/'))
}

/// Every patch that lies under another, and that one on top: what makes up its view, topmost first.
///
/// Those are what is laid over the base before it, and what its `.patch` file says it needs.
#[salsa::tracked]
pub fn stack<'db>(db: &'db dyn Db, patch: PatchId<'db>) -> Arc<Vec<PatchId<'db>>> {
    let mut stack = Vec::new();
    if let Some(files) = files(db, patch) {
        lay(db, files, &mut Vec::new(), &mut stack);
    }
    stack.reverse();
    Arc::new(stack)
}

fn lay<'db>(
    db: &'db dyn Db,
    patch: &'db PatchFiles,
    begun: &mut Vec<&'db str>,
    stack: &mut Vec<PatchId<'db>>,
) {
    if begun.contains(&&*patch.folder) {
        return;
    }
    begun.push(&patch.folder);
    let all = patches(db);
    let before = patch.position.into_iter().flat_map(|position| all.chain().take(position));
    let needed = patch.declaration.map(|file| needs(db, file).as_slice()).unwrap_or_default();
    let needed = needed.iter().filter_map(|name| all.named(name));
    for other in before.chain(needed) {
        lay(db, other, begun, stack);
    }
    stack.push(patch.id(db));
}

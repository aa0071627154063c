//! What the files of a patch take the place of.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::SymbolKind;
use crate::c::{Shape, Storage};
use crate::db::{Db, SourceFile, Workspace};
use crate::index::occurrences;
use crate::lower::{SectionKind, lower};
use crate::source::{self, FileKind};
use crate::symbols::{Role, Symbol, SymbolName, export, summary};
use crate::workspace::layout;

use super::declared::Action;
use super::view::declaring;
use super::{
    PatchFiles, PatchId, declaration, files, is_below, is_overlay, patch_of, path_in_patch, root, stack,
};

/// What a patch takes the place of, in the base and in the patches below it.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Replaced {
    /// For every spec of the patch, the modules whose place it takes, in path order.
    pub by_spec: FxHashMap<SourceFile, Vec<SourceFile>>,
    /// Files below, by the file of the patch that has the same path in it.
    pub by_path: FxHashMap<SourceFile, SourceFile>,
    /// The files below that count no longer.
    pub removed: FxHashSet<SourceFile>,
    /// The modules below that are looked after by this patch: they count no longer, or all they guarantee comes from it.
    pub covered: FxHashSet<SourceFile>,
}

/// What a patch takes the place of.
#[salsa::tracked]
pub fn replaced<'db>(db: &'db dyn Db, patch: PatchId<'db>) -> Arc<Replaced> {
    let mut out = Replaced::default();
    let Some(files) = files(db, patch) else { return Arc::new(out) };
    for &file in files.specs.iter().chain(&files.headers) {
        if let Some(other) = same_path(db, patch, file) {
            out.by_path.insert(other, file);
            match source::kind(file.path(db)) {
                FileKind::Header => _ = out.removed.insert(other),
                _ => take(db, &mut out, file, other),
            }
        }
    }
    for (file, other) in by_node(db, patch, files) {
        take(db, &mut out, file, other);
    }
    for &file in &files.specs {
        for other in by_function(db, patch, file) {
            let taken = out.by_spec.entry(file).or_default();
            if !taken.contains(&other) {
                taken.push(other);
            }
            if functions(db, other).all(|name| is_guaranteed(db, patch, name)) {
                out.covered.insert(other);
            }
        }
    }
    for taken in out.by_spec.values_mut() {
        taken.sort_by(|left, right| left.path(db).cmp(right.path(db)));
    }
    Arc::new(out)
}

/// Notes that a spec stands for a whole module.
fn take(db: &dyn Db, out: &mut Replaced, file: SourceFile, other: SourceFile) {
    let taken = out.by_spec.entry(file).or_default();
    if !taken.contains(&other) {
        taken.push(other);
    }
    out.covered.insert(other);
    // A delta that guarantees nothing itself leaves the earlier guarantee in force.
    if summary(db, file).of_role(|role| role == Role::Guarantee).next().is_some() {
        out.removed.insert(other);
    }
}

/// The file below that has the same path.
fn same_path<'db>(db: &'db dyn Db, patch: PatchId<'db>, file: SourceFile) -> Option<SourceFile> {
    let inner = path_in_patch(patch.folder(db), file.path(db));
    let all = Workspace::get(db).files(db);
    let lower = stack(db, patch).iter().skip(1);
    let mut below = lower.filter_map(|other| all.get(format!("{}/{inner}", other.folder(db)).as_str()));
    below.next().or_else(|| all.get(joined(root(db, patch), inner).as_str())).copied()
}

fn joined(root: &str, inner: &str) -> String {
    if root.is_empty() { inner.into() } else { format!("{root}/{inner}") }
}

/// The modules that the nodes of a `.patch` file say they replace.
fn by_node<'db>(db: &'db dyn Db, patch: PatchId<'db>, files: &PatchFiles) -> Vec<(SourceFile, SourceFile)> {
    let Some(file) = files.declaration else { return Vec::new() };
    let nodes = declaration(db, file).nodes.iter();
    let pairs = nodes.filter_map(|node| match &node.action {
        Some(Action::Replaces(other)) => {
            Some((spec_of(db, files, &node.name)?, module_named(db, patch, other.as_str())?))
        }
        _ => None,
    });
    pairs.collect()
}

/// The spec of a node: by its file name, or by its path in the patch.
pub fn spec_of(db: &dyn Db, patch: &PatchFiles, node: &str) -> Option<SourceFile> {
    let is_path = |file: &&SourceFile| {
        let inner = path_in_patch(&patch.folder, file.path(db));
        inner.strip_suffix(".spec") == Some(node)
    };
    let by_path = patch.specs.iter().find(is_path);
    by_path.or_else(|| patch.specs.iter().find(|file| source::stem(file.path(db)) == node)).copied()
}

/// The module of that name below a patch, by its file's name or path.
pub fn module_named<'db>(db: &'db dyn Db, patch: PatchId<'db>, name: &str) -> Option<SourceFile> {
    let mut lower = stack(db, patch).iter().skip(1).filter_map(|&patch| files(db, patch));
    let below = lower.find_map(|files| spec_of(db, files, name));
    below.or_else(|| *base_module(db, root(db, patch).to_string(), name.to_string()))
}

/// A module of the base, by its file's name or path. Depends on paths only.
#[salsa::tracked]
fn base_module(db: &dyn Db, root: String, name: String) -> Option<SourceFile> {
    let mut specs = Workspace::get(db).files(db).iter().filter(|(path, _)| {
        let is_named = source::stem(path) == name || path.strip_suffix(".spec") == Some(&name);
        is_named && source::kind(path) == FileKind::Spec && is_below(&root, path) && !is_overlay(db, path)
    });
    specs.next().map(|(_, &file)| file)
}

/// The names of the modules below a patch.
pub fn modules_below<'db>(db: &'db dyn Db, patch: PatchId<'db>) -> Vec<String> {
    let root = root(db, patch);
    let base = Workspace::get(db)
        .files(db)
        .keys()
        .filter(|path| source::kind(path) == FileKind::Spec && is_below(root, path) && !is_overlay(db, path));
    let mut names: Vec<String> = base.map(|path| source::stem(path).to_string()).collect();
    for files in stack(db, patch).iter().skip(1).filter_map(|&patch| files(db, patch)) {
        names.extend(files.specs.iter().map(|file| source::stem(file.path(db)).to_string()));
    }
    names
}

/// The modules below that guarantee a function which a spec guarantees anew.
fn by_function<'db>(db: &'db dyn Db, patch: PatchId<'db>, file: SourceFile) -> Vec<SourceFile> {
    let mut out = Vec::new();
    for name in functions(db, file) {
        let symbol = Symbol::new(db, name.clone());
        if is_static(db, file, symbol) {
            continue;
        }
        let lower = stack(db, patch).iter().skip(1);
        let below = lower.flat_map(|&patch| declaring(db, patch, symbol).guarantors.first().copied()).next();
        let base = || {
            let mut guarantors = occurrences(db, symbol).guarantors.iter().copied();
            guarantors.find(|other| is_below(root(db, patch), other.path(db)))
        };
        out.extend(below.or_else(base).filter(|other| !is_static(db, *other, symbol)));
    }
    out
}

/// The functions that a spec guarantees.
pub fn functions(db: &dyn Db, file: SourceFile) -> impl Iterator<Item = &SymbolName> {
    let guaranteed = summary(db, file).of_role(|role| role == Role::Guarantee);
    guaranteed.filter(|entry| entry.kind == SymbolKind::Function).map(|entry| &entry.symbol)
}

fn is_guaranteed<'db>(db: &'db dyn Db, patch: PatchId<'db>, name: &SymbolName) -> bool {
    !declaring(db, patch, Symbol::new(db, name.clone())).guarantors.is_empty()
}

/// Whether a spec keeps a function to its own file.
pub fn is_static<'db>(db: &'db dyn Db, file: SourceFile, symbol: Symbol<'db>) -> bool {
    let found = export(db, file, Role::Guarantee, symbol).as_ref();
    found.is_some_and(|found| {
        matches!(*found.shape, Shape::Function(_, Storage::Static) | Shape::Object(_, Storage::Static))
    })
}

/// The path at which a file of a patch stands, or would stand, in the base, when its layer is known.
///
/// That is its path in the patch; else beside the modules whose place it takes; else in the layer that `[MODULE]` says.
#[salsa::tracked]
pub fn home(db: &dyn Db, file: SourceFile) -> Option<String> {
    let patch = patch_of(db, file)?;
    let inner = path_in_patch(patch.folder(db), file.path(db));
    let root = root(db, patch);
    let at = joined(root, inner);
    if !source::folder(inner).is_empty() || source::kind(inner) == FileKind::Header {
        return Some(at);
    }
    let name = format!("{}.spec", source::stem(inner));
    let folders = replaced(db, patch).by_spec.get(&file).map(Vec::as_slice).unwrap_or_default();
    let folders: Vec<String> = folders.iter().filter_map(|&other| home_folder(db, other)).collect();
    if let Some(first) = folders.first() {
        return folders.iter().all(|folder| folder == first).then(|| joined(first, &name));
    }
    let layer = layer_attribute(db, file).map(|layer| joined(root, &joined(&layer, &name)));
    layer.or_else(|| layout(db).layer(&at).is_some().then_some(at))
}

fn home_folder(db: &dyn Db, file: SourceFile) -> Option<String> {
    match patch_of(db, file) {
        Some(_) => home(db, file).as_deref().map(|path| source::folder(path).to_string()),
        None => Some(source::folder(file.path(db)).to_string()),
    }
}

fn layer_attribute(db: &dyn Db, file: SourceFile) -> Option<String> {
    let modules = lower(db, file).iter().filter(|section| section.key(db).kind == SectionKind::Module);
    let mut attributes = modules.flat_map(|section| &section.content(db).attributes);
    let layer = attributes.find(|attribute| attribute.key == "layer" && !attribute.value.is_empty())?;
    Some(layer.value.clone())
}

//! What a patch sees: the base, the patches below it, and itself on top.

use std::collections::VecDeque;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::c::{Agreement, Comparison, Scope, Shape, Token, Type};
use crate::db::{Db, SourceFile, depends_on_edits};
use crate::index::{Provider, occurrences};
use crate::symbols::{Export, Role, Summary, Symbol, SymbolName, export, is_bare_tag, summary};
use crate::workspace::{Include, Visible, layout, visible_headers};
use crate::{SymbolKind, source, system};

use super::replace::{home, replaced};
use super::{PatchId, files, is_below, is_declared, root, stack};

/// Who declares what in the files of one patch. Lists are in path order.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Layer {
    /// The specs that guarantee a symbol.
    pub guarantors: FxHashMap<SymbolName, Vec<SourceFile>>,
    /// The headers that declare a symbol.
    pub headers: FxHashMap<SymbolName, Vec<SourceFile>>,
    /// The specs that rely on a symbol, and the phase in which they do first.
    pub relied: FxHashMap<SymbolName, Vec<(SourceFile, Role)>>,
}

/// Who declares what in a patch. Changes only when a declaration of the patch is added, removed or renamed.
#[salsa::tracked]
pub fn layer<'db>(db: &'db dyn Db, patch: PatchId<'db>) -> Arc<Layer> {
    depends_on_edits(db);
    let mut layer = Layer::default();
    let Some(files) = files(db, patch) else { return Arc::new(layer) };
    for &file in files.specs.iter().chain(&files.headers) {
        for entry in &summary(db, file).entries {
            let symbol = entry.symbol.clone();
            let names = match entry.role {
                Role::Guarantee => &mut layer.guarantors,
                Role::Header => &mut layer.headers,
                Role::Rely(_) => {
                    let relied = layer.relied.entry(symbol).or_default();
                    if relied.last().is_none_or(|(last, _)| *last != file) {
                        relied.push((file, entry.role));
                    }
                    continue;
                }
            };
            let declaring = names.entry(symbol).or_default();
            if declaring.last() != Some(&file) {
                declaring.push(file);
            }
        }
    }
    Arc::new(layer)
}

/// Who declares one symbol in a patch.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Declaring {
    /// The specs that guarantee it.
    pub guarantors: Vec<SourceFile>,
    /// The headers that declare it.
    pub headers: Vec<SourceFile>,
    /// The specs that rely on it.
    pub relied: Vec<(SourceFile, Role)>,
}

/// Who declares a symbol in a patch. Changes only when somebody there begins or ceases to declare it.
#[salsa::tracked]
pub fn declaring<'db>(db: &'db dyn Db, patch: PatchId<'db>, symbol: Symbol<'db>) -> Arc<Declaring> {
    let (layer, name) = (layer(db, patch), symbol.name(db));
    Arc::new(Declaring {
        guarantors: layer.guarantors.get(name).cloned().unwrap_or_default(),
        headers: layer.headers.get(name).cloned().unwrap_or_default(),
        relied: layer.relied.get(name).cloned().unwrap_or_default(),
    })
}

/// Where a symbol is declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Found {
    /// The file.
    pub file: SourceFile,
    /// The role in which it declares it.
    pub role: Role,
}

impl Found {
    /// What the declaration says.
    pub fn export<'db>(self, db: &'db dyn Db, symbol: Symbol<'db>) -> Option<&'db Export> {
        export(db, self.file, self.role, symbol).as_ref()
    }
}

/// Who gives a symbol in the view of a patch: the topmost that guarantees or defines it.
#[salsa::tracked(returns(copy))]
pub fn find<'db>(db: &'db dyn Db, patch: PatchId<'db>, symbol: Symbol<'db>) -> Option<Found> {
    let stack = stack(db, patch);
    in_stack(db, stack, symbol).or_else(|| in_base(db, stack, symbol))
}

/// Who gives a symbol below a patch.
#[salsa::tracked(returns(copy))]
pub fn below<'db>(db: &'db dyn Db, patch: PatchId<'db>, symbol: Symbol<'db>) -> Option<Found> {
    let stack = stack(db, patch);
    let lower = stack.get(1..).unwrap_or_default();
    in_stack(db, lower, symbol).or_else(|| {
        // Without patches below it, the base is what `patch` is laid over, whole.
        let root = stack.first().map_or("", |patch| root(db, *patch));
        of_base(db, lower, root, symbol)
    })
}

fn in_stack<'db>(db: &'db dyn Db, stack: &[PatchId<'db>], symbol: Symbol<'db>) -> Option<Found> {
    stack.iter().enumerate().find_map(|(at, &patch)| {
        in_layer(db, patch, &stack[at + 1..], symbol)
            .filter(|found| !is_removed(db, &stack[..at], found.file))
    })
}

/// Whether one of these patches puts another file in the place of this one.
fn is_removed<'db>(db: &'db dyn Db, patches: &[PatchId<'db>], file: SourceFile) -> bool {
    patches.iter().any(|&patch| replaced(db, patch).removed.contains(&file))
}

/// Who gives a symbol in one patch, which lies on those `below` it.
fn in_layer<'db>(
    db: &'db dyn Db,
    patch: PatchId<'db>,
    below: &[PatchId<'db>],
    symbol: Symbol<'db>,
) -> Option<Found> {
    let declaring = declaring(db, patch, symbol);
    if let Some(&file) = declaring.guarantors.first() {
        return Some(Found { file, role: Role::Guarantee });
    }
    let headers = declaring.headers.iter().map(|&file| Found { file, role: Role::Header });
    if let Some(found) = headers.into_iter().find(|found| defines(db, *found, symbol)) {
        return Some(found);
    }
    if is_declared(db, patch) || declaring.relied.is_empty() {
        return None;
    }
    // Deltas of the published dialect change a type by restating it.
    let before = || in_stack(db, below, symbol).or_else(|| of_base(db, below, root(db, patch), symbol));
    let mut relied = declaring.relied.iter().map(|&(file, role)| Found { file, role });
    relied.find(|found| restates_anew(db, *found, before(), symbol))
}

fn in_base<'db>(db: &'db dyn Db, stack: &[PatchId<'db>], symbol: Symbol<'db>) -> Option<Found> {
    of_base(db, stack, root(db, *stack.first()?), symbol)
}

/// Who gives a symbol in the base, as far as the patches leave it there.
fn of_base<'db>(db: &'db dyn Db, stack: &[PatchId<'db>], root: &str, symbol: Symbol<'db>) -> Option<Found> {
    let occurrences = occurrences(db, symbol);
    let is_there = |file: &&SourceFile| is_below(root, file.path(db)) && !is_removed(db, stack, **file);
    let guarantor = occurrences.guarantors.iter().find(is_there);
    let headers =
        || occurrences.headers.iter().filter(is_there).map(|&file| Found { file, role: Role::Header });
    guarantor
        .map(|&file| Found { file, role: Role::Guarantee })
        .or_else(|| headers().find(|found| defines(db, *found, symbol)))
        .or_else(|| headers().next())
}

/// Whether a declaration is a definition, as opposed to a prototype, an `extern` or a mere tag.
fn defines<'db>(db: &'db dyn Db, found: Found, symbol: Symbol<'db>) -> bool {
    found.export(db, symbol).is_some_and(|export| {
        !is_bare_tag(&export.shape) && !matches!(*export.shape, Shape::Function(..) | Shape::Object(..))
    })
}

/// Whether a spec restates a type or macro otherwise than what lies below says.
fn restates_anew<'db>(db: &'db dyn Db, here: Found, before: Option<Found>, symbol: Symbol<'db>) -> bool {
    let Some(mine) = here.export(db, symbol).filter(|mine| !mine.broken && defines(db, here, symbol)) else {
        return false;
    };
    let Some(theirs) = before.and_then(|before| before.export(db, symbol)) else { return true };
    let scope = BaseScope { db, file: here.file };
    !matches!(Comparison::new(&scope).compare(&mine.shape, &theirs.shape), Agreement::Same)
}

/// The names of the base alone: what a patch makes of them is what is being found out.
struct BaseScope<'db> {
    db: &'db dyn Db,
    file: SourceFile,
}

impl BaseScope<'_> {
    fn shape(&self, name: &str) -> Option<Arc<Shape>> {
        let symbol = Symbol::new(self.db, SymbolName::ordinary(name));
        let headers = &occurrences(self.db, symbol).headers;
        let found = headers.first().map(|&file| Found { file, role: Role::Header });
        let own = || {
            let mut entries = summary(self.db, self.file).entries.iter();
            let entry = entries.find(|entry| entry.symbol == *symbol.name(self.db))?;
            Some(Found { file: self.file, role: entry.role })
        };
        let found = found.or_else(own)?;
        found.export(self.db, symbol).map(|export| export.shape.clone())
    }
}

impl Scope for BaseScope<'_> {
    fn typedef(&self, name: &str) -> Option<Type> {
        self.shape(name)?.typedef().cloned()
    }

    fn constant(&self, name: &str) -> Option<Vec<Token>> {
        self.shape(name)?.constant().map(<[Token]>::to_vec)
    }
}

/// Who provides a symbol to a file of a patch.
pub fn provider<'db>(
    db: &'db dyn Db,
    file: SourceFile,
    patch: PatchId<'db>,
    symbol: Symbol<'db>,
) -> Provider {
    let name = symbol.name(db);
    if guarantees(summary(db, file), name) {
        return Provider::Module(file);
    }
    let layout = layout(db);
    let found = find(db, patch, symbol);
    if let Some(Found { file: module, role: Role::Guarantee }) = found {
        return Provider::Module(module);
    }
    if let Some(Found { file: other, role: role @ Role::Rely(_) }) = found {
        return Provider::Restated(other, role);
    }
    let header = definition(db, file, patch, symbol);
    let system = if name.tag { system::tag(&name.name) } else { system::ordinary(&name.name) };
    match (header, system) {
        (Some(header), _) if layout.is_external(header.path(db)) && super::patch_of(db, header).is_none() => {
            Provider::External(header)
        }
        (Some(header), _) if is_prototype(db, header, symbol) => Provider::PrototypeOnly(header),
        (Some(header), _) => Provider::Header(header),
        (None, Some(found)) => Provider::System(found.header),
        (None, None) => Provider::Nobody,
    }
}

fn guarantees(summary: &Summary, name: &SymbolName) -> bool {
    summary.of_role(|role| role == Role::Guarantee).any(|entry| entry.symbol == *name)
}

fn is_prototype<'db>(db: &'db dyn Db, header: SourceFile, symbol: Symbol<'db>) -> bool {
    let found = export(db, header, Role::Header, symbol).as_ref();
    found.is_some_and(|found| matches!(*found.shape, Shape::Function(..)))
}

/// The header that declares a symbol for a file of a patch: the topmost that defines it, else the topmost at all.
pub fn definition<'db>(
    db: &'db dyn Db,
    file: SourceFile,
    patch: PatchId<'db>,
    symbol: Symbol<'db>,
) -> Option<SourceFile> {
    let stack = stack(db, patch);
    let is_there = |header: &SourceFile| !is_removed(db, stack, *header);
    let declaring = stack.iter().flat_map(|&patch| declaring(db, patch, symbol).headers.iter().copied());
    let mut candidates: Vec<SourceFile> = declaring.filter(is_there).collect();
    let root = root(db, patch);
    let base = occurrences(db, symbol).headers.iter().copied().filter(is_there);
    let mut base: Vec<SourceFile> = base.filter(|file| is_below(root, file.path(db))).collect();
    if base.len() > 1
        && let Some(visible) = crate::workspace::visible(db, file)
    {
        base.sort_by_key(|header| visible.headers.get(header).copied().unwrap_or(usize::MAX));
    }
    candidates.extend(base);
    let is_definition = |header: &&SourceFile| {
        let found = export(db, **header, Role::Header, symbol).as_ref();
        found.is_some_and(|found| !is_bare_tag(&found.shape))
    };
    candidates.iter().find(is_definition).or(candidates.first()).copied()
}

/// What an include token of a file stands for in the view of its patch.
pub fn include<'db>(db: &'db dyn Db, token: &str, from: SourceFile, patch: PatchId<'db>) -> Include {
    if system::is_header(token) {
        return Include::System;
    }
    let name = token.rsplit('/').next().unwrap_or(token);
    let headers =
        stack(db, patch).iter().filter_map(|&patch| files(db, patch)).flat_map(|files| &files.headers);
    let mut headers = headers.filter(|header| source::stem(header.path(db)) == name);
    if let Some(&header) = headers.next() {
        return Include::Header(header);
    }
    let at = home(db, from).as_deref().unwrap_or("");
    layout(db).include(db, token, at)
}

/// The headers that a header sees in the view of a patch, itself first.
#[salsa::tracked]
pub fn visible_from<'db>(db: &'db dyn Db, patch: PatchId<'db>, first: SourceFile) -> Arc<Visible> {
    depends_on_edits(db);
    let layout = layout(db);
    let topmost = |header: SourceFile| topmost(db, patch, header);
    let given = layout.manifest.shared_headers.iter().chain(&layout.manifest.external_headers);
    let given: VecDeque<SourceFile> = given.filter_map(|header| layout.header(header)).map(topmost).collect();
    let follow = |token: &str, from: SourceFile| include(db, token, from, patch);
    Arc::new(visible_headers(db, topmost(first), given, follow))
}

/// The header of the layer that a path of the base belongs to, in the view of a patch.
pub fn layer_header<'db>(db: &'db dyn Db, patch: PatchId<'db>, path: &str) -> Option<SourceFile> {
    let layout = layout(db);
    let header = &layout.layer(path)?.header;
    if let Some(base) = layout.header(header) {
        return Some(topmost(db, patch, base));
    }
    let all = crate::db::Workspace::get(db).files(db);
    let root = root(db, patch);
    let inner = header.strip_prefix(root).map_or(header.as_str(), |rest| rest.trim_start_matches('/'));
    let mut brought = stack(db, patch).iter().map(|patch| format!("{}/{inner}", patch.folder(db)));
    brought.find_map(|path| all.get(path.as_str())).copied()
}

/// The header that takes the place of another in the view of a patch; itself when none does.
pub fn topmost<'db>(db: &'db dyn Db, patch: PatchId<'db>, header: SourceFile) -> SourceFile {
    let upwards = stack(db, patch).iter().rev();
    upwards.fold(header, |at, &patch| replaced(db, patch).by_path.get(&at).copied().unwrap_or(at))
}

/// Whether a kind of symbol is called or named by modules, as opposed to types and macros, which everybody restates.
pub fn is_given(kind: SymbolKind) -> bool {
    matches!(kind, SymbolKind::Function | SymbolKind::Object)
}

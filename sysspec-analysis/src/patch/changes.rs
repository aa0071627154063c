//! What a patch changes, and who relies on it as it was.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::c::Shape;
use crate::check::{Disagreement, compare};
use crate::db::{Db, SourceFile};
use crate::index::dependents;
use crate::symbols::{Export, Role, Symbol, SymbolName, is_bare_tag, summary};
use crate::{Severity, SymbolKind};

use super::replace::{functions, replaced};
use super::view::{Found, below, declaring, find};
use super::{PatchId, files, is_below, is_overlay, is_static, patch_of, root, stack};

/// A declaration that a patch changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What is changed.
    pub kind: SymbolKind,
    /// Where it is declared anew; `None` when nothing in the view declares it any more.
    pub now: Option<Found>,
    /// Where it was declared before.
    pub before: Found,
    /// In which way it differs: "here" is the new one, "there" what it was.
    pub difference: String,
    /// How bad it is for those who rely on it as it was.
    pub severity: Severity,
    /// Those whom the patch leaves out, with the role in which they declare it, and how theirs ("here") differs from
    /// the new one ("there").
    pub left_out: FxHashMap<SourceFile, (Role, String)>,
}

/// How a patch changes what a symbol is. Functions are taken from guarantees, all else from wherever it is defined.
#[salsa::tracked]
pub fn change<'db>(db: &'db dyn Db, patch: PatchId<'db>, symbol: Symbol<'db>) -> Option<Arc<Change>> {
    let own = declaring(db, patch, symbol);
    if own.guarantors.is_empty() && own.headers.is_empty() && own.relied.is_empty() {
        return None;
    }
    let now = find(db, patch, symbol).filter(|now| patch_of(db, now.file) == Some(patch))?;
    let before = below(db, patch, symbol)?;
    let (mine, theirs) = (sound(db, now, symbol)?, sound(db, before, symbol)?);
    let kind = kind_of(db, now, symbol.name(db))?;
    if now.role == Role::Guarantee && is_static(db, now.file, symbol) {
        return None;
    }
    let found = compare(db, now.file, &mine.shape, &theirs.shape, kind)?;
    let severity = match only_adds(db, now.file, mine, theirs, kind) {
        true => Severity::Warning,
        false => found.severity,
    };
    let left_out = left_out(db, patch, symbol, |file, role| {
        let relied = sound(db, Found { file, role }, symbol)?;
        compare(db, file, &relied.shape, &mine.shape, kind).map(|found| found.difference)
    });
    let Disagreement { difference, .. } = found;
    Some(Arc::new(Change { kind, now: Some(now), before, difference, severity, left_out }))
}

/// A declaration that can be compared.
fn sound<'db>(db: &'db dyn Db, found: Found, symbol: Symbol<'db>) -> Option<&'db Export> {
    found.export(db, symbol).filter(|export| !export.broken && !is_bare_tag(&export.shape))
}

fn kind_of(db: &dyn Db, found: Found, name: &SymbolName) -> Option<SymbolKind> {
    let mut entries = summary(db, found.file).entries.iter();
    entries.find(|entry| entry.symbol == *name && entry.role == found.role).map(|entry| entry.kind)
}

/// Whether a structure keeps all the members that it had.
fn only_adds(db: &dyn Db, file: SourceFile, now: &Export, before: &Export, kind: SymbolKind) -> bool {
    let Shape::Struct(mut earlier) = before.shape.as_ref().clone() else { return false };
    earlier.partial = true;
    compare(db, file, &Shape::Struct(earlier), &now.shape, kind).is_none()
}

/// The modules below a patch that rely on a symbol, that the patch does not bring anew, and that it makes stale.
fn left_out<'db>(
    db: &'db dyn Db,
    patch: PatchId<'db>,
    symbol: Symbol<'db>,
    stale: impl Fn(SourceFile, Role) -> Option<String>,
) -> FxHashMap<SourceFile, (Role, String)> {
    let (stack, root) = (stack(db, patch), root(db, patch));
    let is_below_this = |file: SourceFile| match patch_of(db, file) {
        Some(other) => other != patch && stack.contains(&other),
        None => is_below(root, file.path(db)) && !is_overlay(db, file.path(db)),
    };
    let is_covered =
        |file: &SourceFile| stack.iter().any(|&patch| replaced(db, patch).covered.contains(file));
    let mut out = FxHashMap::default();
    for &file in dependents(db, symbol) {
        if !is_below_this(file) || is_covered(&file) {
            continue;
        }
        let mut relied = summary(db, file).of_role(|role| matches!(role, Role::Rely(_)));
        let Some(entry) = relied.find(|entry| entry.symbol == *symbol.name(db)) else { continue };
        if let Some(difference) = stale(file, entry.role) {
            out.insert(file, (entry.role, difference));
        }
    }
    out
}

/// The functions of modules whose place a patch takes that nobody guarantees any more, with those who rely on them.
#[salsa::tracked]
pub fn removed<'db>(db: &'db dyn Db, patch: PatchId<'db>) -> Vec<(SymbolName, Arc<Change>)> {
    let mut out = Vec::new();
    let replaced = replaced(db, patch);
    let mut gone: Vec<SourceFile> =
        replaced.by_spec.values().flatten().filter(|file| replaced.removed.contains(file)).copied().collect();
    gone.sort_by(|left, right| left.path(db).cmp(right.path(db)));
    gone.dedup();
    for file in gone {
        for name in functions(db, file) {
            let symbol = Symbol::new(db, name.clone());
            let before = Found { file, role: Role::Guarantee };
            let is_given = find(db, patch, symbol).is_some_and(|found| found.role == Role::Guarantee);
            if is_given || is_static(db, file, symbol) {
                continue;
            }
            let left_out = left_out(db, patch, symbol, |_, _| Some("it is guaranteed no longer".into()));
            out.push((
                name.clone(),
                Arc::new(Change {
                    kind: SymbolKind::Function,
                    now: None,
                    before,
                    difference: "it is guaranteed no longer".into(),
                    severity: Severity::Error,
                    left_out,
                }),
            ));
        }
    }
    out
}

/// The changes of the patches over a file that leave it out, each with what it is about: what this file declares and
/// relies on as it was.
pub fn changes_that_leave_out<'db>(
    db: &'db dyn Db,
    file: SourceFile,
) -> Vec<(PatchId<'db>, SymbolName, Arc<Change>)> {
    let own = patch_of(db, file).and_then(|patch| files(db, patch)).and_then(|patch| patch.position);
    let is_over = |position: Option<usize>| position > own;
    let mut out: Vec<(PatchId<'db>, SymbolName, Arc<Change>)> = Vec::new();
    for patch in super::patches(db).chain().filter(|patch| is_over(patch.position)) {
        let patch = patch.id(db);
        for entry in summary(db, file).of_role(|role| matches!(role, Role::Rely(_))) {
            let symbol = Symbol::new(db, entry.symbol.clone());
            let changed = change(db, patch, symbol).clone().or_else(|| {
                let gone = removed(db, patch).iter().find(|(name, _)| *name == entry.symbol)?;
                Some(gone.1.clone())
            });
            let Some(changed) = changed.filter(|change| change.left_out.contains_key(&file)) else {
                continue;
            };
            if !out.iter().any(|(_, name, _)| *name == entry.symbol) {
                out.push((patch, entry.symbol.clone(), changed));
            }
        }
    }
    out
}

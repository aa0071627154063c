//! DAG of the specs and headers of a patch, and of what lies below it.

use crate::c::Shape;
use crate::db::{Db, SourceFile};
use crate::finding::{Finding, Place};
use crate::index::{dependents, index};
use crate::lower::{Section, SectionKind, lower};
use crate::patch::{
    self, Action, Change, PatchId, below, change, changes_that_leave_out, composed_cycles, nodes, removed,
    replaced,
};
use crate::spelling::{closest, nearest};
use crate::symbols::{Declared, Role, Symbol, SymbolName, code, role_of, summary};
use crate::{Applicability, Code, NodeKind, Severity, SymbolKind, source};

use super::patch::relied;

/// How many places are shown beside a change; the rest is counted.
const SHOWN_MAX: usize = 24;

/// What a file of a patch changes without taking care of those who rely on it.
#[salsa::tracked]
pub fn check_changes(db: &dyn Db, file: SourceFile) -> Vec<Finding> {
    let Some(patch) = patch::patch_of(db, file) else { return Vec::new() };
    let is_root = root_of(db, patch, file);
    let mut out: Vec<Finding> = Vec::new();
    for &section in lower(db, file) {
        let Some(role) = role_of(section.key(db)) else { continue };
        for declared in code(db, section).declarations.iter().filter(|declared| !declared.is_constant()) {
            let symbol = Symbol::new(db, declared.symbol.clone());
            let Some(change) = change(db, patch, symbol).as_ref() else { continue };
            if change.now.is_none_or(|now| now.file != file || now.role != role) {
                continue;
            }
            let place = Place::section(db, section, declared.name_span);
            out.extend(match is_root && role == Role::Guarantee && patch::is_given(change.kind) {
                true => Some(changed_root(db, place, &declared.symbol, change)),
                false => left_out(db, place, &declared.symbol, change),
            });
        }
    }
    out.extend(taken_away(db, patch, file, is_root));
    // `typedef struct x {…} x;` declares two names, and is changed once.
    out.dedup_by(|later, first| {
        later.related == first.related && later.code == first.code && !later.related.is_empty()
    });
    out
}

/// Whether the `.patch` file calls the node of this spec a root.
fn root_of<'db>(db: &'db dyn Db, patch: PatchId<'db>, file: SourceFile) -> bool {
    nodes(db, patch).iter().any(|node| node.spec == Some(file) && node.kind == Some(NodeKind::Root))
}

fn shown(symbol: &SymbolName, kind: SymbolKind) -> String {
    if symbol.tag { format!("{} {}", kind.noun(), symbol.name) } else { symbol.name.clone() }
}

fn left_out(db: &dyn Db, place: Place, symbol: &SymbolName, change: &Change) -> Option<Finding> {
    if change.left_out.is_empty() {
        return None;
    }
    let name = shown(symbol, change.kind);
    let count = change.left_out.len();
    let whom = if count == 1 { "1 module that relies".into() } else { format!("{count} modules that rely") };
    let message =
        format!("this changes `{name}` and leaves out {whom} on it as it was: {}", difference(change));
    let finding = Finding::new(Code::STALE_DEPENDENTS, place, message)
        .severity(change.severity)
        .help("bring these modules with the patch, restated; or keep what they rely on as it is");
    Some(with_left_out(db, with_before(db, finding, symbol, change), symbol, change))
}

/// "here" is the change itself, "there" what it was.
fn difference(change: &Change) -> String {
    change.difference.replace(" there", " before")
}

fn changed_root(db: &dyn Db, place: Place, symbol: &SymbolName, change: &Change) -> Finding {
    let name = shown(symbol, change.kind);
    let message = format!(
        "this root guarantees `{name}` otherwise than the module it replaces: {}",
        difference(change)
    );
    let finding = Finding::new(Code::CHANGED_ROOT, place, message).help(
        "keep the guarantee as it was, or call the node intermediate and bring all that rely on it with the patch",
    );
    with_left_out(db, with_before(db, finding, symbol, change), symbol, change)
}

fn with_before(db: &dyn Db, finding: Finding, symbol: &SymbolName, change: &Change) -> Finding {
    let before = change.before;
    let verb = if before.role == Role::Guarantee { "guarantees" } else { "declares" };
    let text = before.export(db, Symbol::new(db, symbol.clone())).map_or("", |export| export.text.as_str());
    let message = format!("`{}` {verb} `{text}`", before.file.path(db));
    finding.related(Place::Name(before.file, before.role, symbol.clone()), message)
}

fn with_left_out(db: &dyn Db, finding: Finding, symbol: &SymbolName, change: &Change) -> Finding {
    let mut files: Vec<(SourceFile, Role)> =
        change.left_out.iter().map(|(file, (role, _))| (*file, *role)).collect();
    files.sort_by(|(left, _), (right, _)| left.path(db).cmp(right.path(db)));
    let rest = files.len().saturating_sub(SHOWN_MAX);
    let last = files.len().min(SHOWN_MAX).saturating_sub(1);
    files.into_iter().take(SHOWN_MAX).enumerate().fold(finding, |finding, (at, (file, role))| {
        let more = if at == last && rest > 0 { format!(", and so do {rest} more") } else { String::new() };
        let message = format!("`{}` relies on it as it was{more}", source::stem(file.path(db)));
        finding.related(Place::Name(file, role, symbol.clone()), message)
    })
}

/// Functions of the modules whose place this spec takes that nobody guarantees any more.
fn taken_away<'db>(db: &'db dyn Db, patch: PatchId<'db>, file: SourceFile, is_root: bool) -> Vec<Finding> {
    let none = Vec::new();
    let mine = replaced(db, patch).by_spec.get(&file).unwrap_or(&none);
    let gone = removed(db, patch).iter().filter(|(_, change)| mine.contains(&change.before.file));
    let gone = gone.filter(|(_, change)| is_root || !change.left_out.is_empty());
    let finding = |(symbol, change): &(SymbolName, std::sync::Arc<Change>)| {
        let (name, path) = (&symbol.name, change.before.file.path(db));
        let message = format!("this takes the place of `{path}`, and does not guarantee `{name}` any more");
        let code = if is_root { Code::CHANGED_ROOT } else { Code::STALE_DEPENDENTS };
        let finding = Finding::new(code, Place::FirstLine(file), message)
            .help(format!("guarantee `{name}` too, or bring all that rely on it with the patch"));
        with_left_out(db, with_before(db, finding, symbol, change), symbol, change)
    };
    gone.map(finding).collect()
}

/// What a module relies on that a patch over it changes without bringing the module along.
#[salsa::tracked]
pub fn check_stale(db: &dyn Db, file: SourceFile) -> Vec<Finding> {
    let mut out: Vec<Finding> = Vec::new();
    for (patch, symbol, change) in changes_that_leave_out(db, file) {
        let Some((role, difference)) = change.left_out.get(&file) else { continue };
        let patch = patch::files(db, patch).map_or("", |patch| patch.name.as_str());
        let name = shown(&symbol, change.kind);
        let message = format!(
            "the patch `{patch}` changes `{name}`, which this module relies on as it was: {difference}"
        );
        let finding = Finding::new(Code::STALE_DEPENDENTS, Place::Name(file, *role, symbol.clone()), message)
            .severity(change.severity)
            .help(format!("bring this module with the patch `{patch}`, with what it relies on restated"));
        let finding = match change.now {
            Some(now) => {
                let text = now.export(db, Symbol::new(db, symbol.clone())).map_or("", |export| &export.text);
                let place = Place::Name(now.file, now.role, symbol.clone());
                finding.related(place, format!("`{}` has `{text}`", now.file.path(db)))
            }
            None => finding,
        };
        // `typedef struct x {…} x;` is restated once, and stale once.
        if !out.iter().any(|known| known.message == finding.message) {
            out.push(finding);
        }
    }
    out
}

/// What is wrong with a spec as a part of its patch.
#[salsa::tracked]
pub fn check_overlay(db: &dyn Db, file: SourceFile) -> Vec<Finding> {
    let Some(patch) = patch::patch_of(db, file) else { return Vec::new() };
    let mut out = Vec::new();
    out.extend(no_node(db, patch, file));
    out.extend(unused(db, patch, file));
    out.extend(changes_nothing(db, patch, file));
    out.extend(cycle(db, patch, file));
    out
}

/// A spec that the `.patch` file does not list.
fn no_node<'db>(db: &'db dyn Db, patch: PatchId<'db>, file: SourceFile) -> Option<Finding> {
    let declared = patch::files(db, patch)?.declaration?;
    let nodes = nodes(db, patch);
    let node = nodes.iter().find(|node| node.spec == Some(file)).filter(|node| !node.is_listed)?;
    // Without [NODES], that is what is missing.
    let section = lower(db, declared).iter().rfind(|section| section.key(db).kind == SectionKind::Nodes)?;
    let path = declared.path(db);
    // When a line may have meant this spec, the finding is there.
    let is_meant = |other: &&patch::Node| {
        other.spec.is_none() && nearest(&other.name, [node.name.as_str()].into_iter()).is_some()
    };
    if nodes.iter().any(|other| is_meant(&other)) {
        return None;
    }
    let line = line_for(db, patch, file, &node.name);
    let content = section.content(db);
    let at = content.nodes.last().map_or(content.heading, |last| last.whole);
    let body = &content.text[..at.end];
    let at = body.trim_end().len();
    let place = Place::section(db, *section, (at..at).into());
    let message = format!("this spec is no node of its patch: `{path}` does not list it");
    Some(
        Finding::new(Code::SPEC_WITHOUT_NODE, Place::FirstLine(file), message)
            .related(Place::section(db, *section, content.heading), "the nodes are listed here")
            .help(format!("add `{line}` to [NODES]"))
            .remedy(format!("add `{line}`"), Applicability::Unsafe, vec![(place, format!("\n{line}"))]),
    )
}

/// The line of [NODES] that a spec seems to want.
fn line_for<'db>(db: &'db dyn Db, patch: PatchId<'db>, file: SourceFile, name: &str) -> String {
    let others = replaced(db, patch).by_spec.get(&file);
    let action = match others.and_then(|others| others.first()) {
        Some(other) => format!("replaces {}", source::stem(other.path(db))),
        None => "new".into(),
    };
    format!("- {name} ({}): {action}", patch::inferred_kind(db, patch, file).as_str())
}

/// Functions that a listed node brings, is no root for, and that nobody relies on.
fn unused<'db>(db: &'db dyn Db, patch: PatchId<'db>, file: SourceFile) -> Vec<Finding> {
    let mut out = Vec::new();
    for &section in lower(db, file).iter().filter(|section| role_of(section.key(db)) == Some(Role::Guarantee))
    {
        for declared in &code(db, section).declarations {
            if !is_unused(db, patch, file, &declared.symbol, declared.kind) {
                continue;
            }
            let name = &declared.symbol.name;
            let message = format!("nobody relies on `{name}`, which this patch brings");
            let place = Place::section(db, section, declared.name_span);
            let help = "let another node rely on it, or leave it out; an operation that is called from outside is a root";
            out.push(Finding::new(Code::UNUSED_GUARANTEE, place, message).help(help));
        }
    }
    out
}

/// Whether a spec brings something that nobody uses.
pub fn has_unused<'db>(db: &'db dyn Db, patch: PatchId<'db>, file: SourceFile) -> bool {
    let mut guaranteed = summary(db, file).of_role(|role| role == Role::Guarantee);
    guaranteed.any(|entry| is_unused(db, patch, file, &entry.symbol, entry.kind))
}

fn is_unused<'db>(
    db: &'db dyn Db,
    patch: PatchId<'db>,
    file: SourceFile,
    name: &SymbolName,
    kind: SymbolKind,
) -> bool {
    let symbol = Symbol::new(db, name.clone());
    let nodes = nodes(db, patch);
    let node = nodes.iter().find(|node| node.spec == Some(file) && node.is_listed);
    // What cannot be read of a line is told there.
    let is_plain = node.is_some_and(|node| {
        !matches!(node.kind, None | Some(NodeKind::Root))
            && matches!(node.action, Some(Action::New | Action::Replaces(_)))
    });
    is_plain
        && patch::is_given(kind)
        && !patch::is_static(db, file, symbol)
        && below(db, patch, symbol).is_none_or(|found| found.role == Role::Header)
        && dependents(db, symbol).iter().all(|other| *other == file)
}

/// A delta that says only what changes, of a module or function that nothing below it has.
fn changes_nothing<'db>(db: &'db dyn Db, patch: PatchId<'db>, file: SourceFile) -> Option<Finding> {
    let sections = lower(db, file);
    let delta = sections.iter().find(|section| section.key(db).kind == SectionKind::Optimization)?;
    if patch::is_declared(db, patch) || replaced(db, patch).by_spec.contains_key(&file) {
        return None;
    }
    let guaranteed = summary(db, file).of_role(|role| role == Role::Guarantee).next();
    if guaranteed.is_some() {
        return misspelt(db, file);
    }
    let content = delta.content(db);
    let says_all = sections.iter().any(|section| {
        section.key(db).kind == SectionKind::Specification || !section.content(db).labels.is_empty()
    });
    if says_all {
        return None;
    }
    let name = source::stem(file.path(db));
    let message = format!("this changes a module `{name}` that the base does not have");
    let finding = Finding::new(Code::REPLACES_NOTHING, Place::section(db, *delta, content.heading), message);
    let known = patch::modules_below(db, patch);
    Some(match nearest(name, known.iter().map(String::as_str)) {
        Some(near) => finding.help(format!("did you mean `{near}`? Call the file `{near}.spec`")),
        None => finding.help("call the file as the one that it changes, or declare in [GUARANTEE] the function that it changes"),
    })
}

/// A delta whose function nothing below it has, and that is a slip of the finger away from one that is there.
fn misspelt(db: &dyn Db, file: SourceFile) -> Option<Finding> {
    let guarantees =
        lower(db, file).iter().filter(|section| role_of(section.key(db)) == Some(Role::Guarantee));
    let declared = guarantees
        .flat_map(|&section| code(db, section).declarations.iter().map(move |found| (section, found)));
    let functions: Vec<(Section<'_>, &Declared)> =
        declared.filter(|(_, found)| found.kind == SymbolKind::Function).collect();
    let [(section, declared)] = functions.as_slice() else { return None };
    if matches!(*declared.shape, Shape::Function(_, crate::c::Storage::Static)) {
        return None;
    }
    let name = &declared.symbol.name;
    let known = index(db).guarantors.keys().filter(|symbol| !symbol.tag).map(|symbol| symbol.name.as_str());
    let letters = |name: &str| name.chars().filter(|c| !c.is_ascii_digit()).collect::<String>();
    let (distance, near) = closest(name, known)?;
    // `read2` beside `read` is another function.
    if distance > 1
        || letters(name) == letters(near)
        || !dependents(db, Symbol::new(db, declared.symbol.clone())).is_empty()
    {
        return None;
    }
    let symbol = SymbolName::ordinary(near);
    let guarantor = *index(db).guarantors.get(&symbol)?.first()?;
    let place = Place::section(db, *section, declared.name_span);
    let message = format!("this changes a function `{name}` that the base does not have");
    Some(
        Finding::new(Code::REPLACES_NOTHING, place.clone(), message)
            .severity(Severity::Warning)
            .related(Place::Name(guarantor, Role::Guarantee, symbol), format!("`{near}` is guaranteed here"))
            .help(format!("did you mean `{near}`?"))
            .guess(format!("write `{near}`"), place, near),
    )
}

/// The cycle that the patch closes and that begins with this spec.
fn cycle<'db>(db: &'db dyn Db, patch: PatchId<'db>, file: SourceFile) -> Option<Finding> {
    let cycle = composed_cycles(db, patch).iter().find(|cycle| cycle[0].0 == file)?;
    let name = |file: SourceFile| source::stem(file.path(db));
    let names: Vec<&str> = cycle.iter().chain(cycle.first()).map(|(file, _)| name(*file)).collect();
    let mut steps =
        cycle.iter().filter_map(|(from, symbol)| Some((*from, symbol, relied(db, *from, symbol)?)));
    let (_, _, first) = steps.next()?;
    let called = patch::files(db, patch).map_or("", |patch| patch.name.as_str());
    let message = format!(
        "with the patch `{called}` these modules rely on each other in a circle: {}",
        names.join(" → ")
    );
    let finding = Finding::new(Code::CYCLE, first, message)
        .help("let one of them do without the other, or move what both need into a third module");
    Some(steps.fold(finding, |finding, (from, symbol, place)| {
        finding.related(place, format!("`{}` relies on `{}` here", name(from), symbol.name))
    }))
}

//! NAM and TYP of what a module guarantees.

use crate::c::{Shape, Storage, one_line};
use crate::db::{Db, SourceFile};
use crate::finding::{Finding, Place};
use crate::index::{definition, occurrences};
use crate::lower::{Section, SectionKind, lower};
use crate::span::Span;
use crate::spelling::nearest;
use crate::symbols::{Declared, Role, Symbol, SymbolName, code, export, role_of, summary};
use crate::workspace::layout;
use crate::{Code, SymbolKind, patch};

use super::agreement;
use super::majority::{self, Verdict};

/// What is wrong with what a module guarantees, declaration by declaration.
#[salsa::tracked]
pub fn check_guarantees(db: &dyn Db, file: SourceFile) -> Vec<Finding> {
    let mut out = Vec::new();
    for &section in lower(db, file) {
        if role_of(section.key(db)) != Some(Role::Guarantee) {
            continue;
        }
        out.extend(nothing(db, section));
        for declared in code(db, section).declarations.iter().filter(|declared| !declared.is_constant()) {
            out.extend(twice(db, file, section, declared));
            out.extend(against_header(db, file, section, declared));
        }
    }
    out
}

/// A [GUARANTEE] that has text, and no C in it nor anything that was meant as such.
fn nothing(db: &dyn Db, section: Section<'_>) -> Option<Finding> {
    let (content, found) = (section.content(db), code(db, section));
    if content.is_empty || !found.declarations.is_empty() || !found.errors.is_empty() {
        return None;
    }
    let message = "this [GUARANTEE] declares nothing, so nobody can rely on the module";
    let place = Place::section(db, section, content.heading);
    let help = "put the prototype of the module's function into a ```c fence";
    Some(Finding::new(Code::NOTHING_GUARANTEED, place, message).help(help))
}

fn twice(db: &dyn Db, file: SourceFile, section: Section<'_>, declared: &Declared) -> Option<Finding> {
    let is_tag =
        declared.symbol.tag || declared.kind == SymbolKind::Typedef || declared.kind == SymbolKind::Macro;
    if is_tag || is_static(&declared.shape) {
        // Types and macros may be restated; what is static belongs to its file alone.
        return None;
    }
    let others = other_guarantors(db, file, Symbol::new(db, declared.symbol.clone()));
    let first = others.first()?;
    let name = &declared.symbol.name;
    let message = format!("`{name}` is guaranteed by `{}` too", first.path(db));
    let here = Place::section(db, section, declared.name_span);
    let finding = Finding::new(Code::GUARANTEED_TWICE, here, message).help("let one module guarantee it");
    let finding = others.into_iter().fold(finding, |finding, other| {
        finding.related(
            Place::Name(other, Role::Guarantee, declared.symbol.clone()),
            format!("`{name}` is guaranteed here"),
        )
    });
    Some(finding)
}

/// The modules beside `file` that guarantee a symbol: of the same patch, or of the same workspace.
fn other_guarantors<'db>(db: &'db dyn Db, file: SourceFile, symbol: Symbol<'db>) -> Vec<SourceFile> {
    let layout = layout(db);
    let occurrences = occurrences(db, symbol);
    let tree = layout.tree(file.path(db));
    let others: Vec<SourceFile> = match patch::patch_of(db, file) {
        Some(own) => {
            let overlays = occurrences.overlays.iter().copied();
            overlays.filter(|&other| patch::patch_of(db, other) == Some(own)).collect()
        }
        None => {
            let guarantors = occurrences.guarantors.iter().copied();
            guarantors.filter(|other| layout.tree(other.path(db)) == tree).collect()
        }
    };
    others.into_iter().filter(|&other| other != file && !patch::is_static(db, other, symbol)).collect()
}

fn against_header(
    db: &dyn Db,
    file: SourceFile,
    section: Section<'_>,
    declared: &Declared,
) -> Option<Finding> {
    let symbol = Symbol::new(db, declared.symbol.clone());
    let here = Place::section(db, section, declared.name_span);
    let Some(header) = definition(db, file, symbol) else {
        return not_in_header(db, file, section, declared);
    };
    if is_changed(db, file, header, symbol) {
        return None;
    }
    let there = export(db, header, Role::Header, symbol).as_ref()?;
    if declared.broken || there.broken {
        return None;
    }
    let found = agreement::compare(db, file, &declared.shape, &there.shape, declared.kind)?;
    let verdict = match patch::patch_of(db, file) {
        Some(_) => Verdict::Undecided,
        None => majority::verdict(db, file, header, symbol),
    };
    if verdict == Verdict::HeaderIsWrong {
        // Told at the header.
        return None;
    }
    let path = header.path(db);
    let name = &declared.symbol.name;
    let message = format!("`{name}` is guaranteed otherwise than `{path}` declares it: {}", found.difference);
    let place = Place::Name(header, Role::Header, declared.symbol.clone());
    let finding = Finding::new(found.code, here, message).severity(found.severity);
    let finding = finding.related(place, format!("`{path}` declares `{}`", there.text));
    Some(match verdict {
        Verdict::GuaranteeIsWrong => {
            let finding = majority::with_users(db, file, symbol, finding);
            majority::rewritten(db, finding, section, declared, &there.text, path)
        }
        _ => finding,
    })
}

/// Whether a patch changes what a header of what lies below it declares. A delta of the published dialect needs no header
/// for that; and where others are left out, too, that is told once for all.
fn is_changed<'db>(db: &'db dyn Db, file: SourceFile, header: SourceFile, symbol: Symbol<'db>) -> bool {
    let Some(own) = patch::patch_of(db, file).filter(|own| patch::patch_of(db, header) != Some(*own)) else {
        return false;
    };
    let change = patch::change(db, own, symbol).as_ref();
    !patch::is_declared(db, own) || change.is_some_and(|change| !change.left_out.is_empty()) || {
        let nodes = patch::nodes(db, own);
        let mut roots = nodes.iter().filter(|node| node.kind == Some(crate::NodeKind::Root));
        change.is_some() && roots.any(|node| node.spec == Some(file))
    }
}

/// A function or object that its layer's header does not declare cannot be used by others.
fn not_in_header(
    db: &dyn Db,
    file: SourceFile,
    section: Section<'_>,
    declared: &Declared,
) -> Option<Finding> {
    let here = Place::section(db, section, declared.name_span);
    let header = match patch::patch_of(db, file) {
        Some(own) => {
            let header = patch::layer_header(db, own, patch::home(db, file).as_deref()?)?;
            // A delta of the published dialect may come without the header.
            let is_known = patch::is_declared(db, own) || patch::patch_of(db, header) == Some(own);
            is_known.then_some(header)?
        }
        None => layout(db).layer_header(file.path(db))?,
    };
    if !matches!(declared.kind, SymbolKind::Function | SymbolKind::Object) || is_static(&declared.shape) {
        return None;
    }
    let (name, path) = (&declared.symbol.name, header.path(db));
    let message = format!("`{path}` does not declare `{name}`");
    let finding = Finding::new(Code::NOT_IN_HEADER, here, message).help(match declared.kind {
        SymbolKind::Object => format!("declare it `extern` in `{path}`, or drop it from [GUARANTEE]"),
        _ => format!("add its prototype to `{path}`, or drop it from [GUARANTEE]"),
    });
    let finding = match added(db, section, header, declared) {
        Some((place, text)) => finding.guess(format!("declare it in `{path}`"), place, text),
        None => finding,
    };
    let prototypes = summary(db, header).entries.iter().filter(|entry| entry.kind == declared.kind);
    Some(match nearest(name, prototypes.map(|entry| entry.symbol.name.as_str())) {
        Some(near) => {
            let place = Place::Name(header, Role::Header, SymbolName::ordinary(near));
            let here = finding.place.clone();
            finding.related(place, format!("`{near}` is declared here")).guess(
                format!("write `{near}`"),
                here,
                near,
            )
        }
        None => finding,
    })
}

/// The declaration as a new last line of a header.
fn added(
    db: &dyn Db,
    section: Section<'_>,
    header: SourceFile,
    declared: &Declared,
) -> Option<(Place, String)> {
    let text = one_line(&section.content(db).text[declared.span.range()]);
    if !text.ends_with(';') || declared.broken {
        return None;
    }
    let sections = lower(db, header).iter();
    let body = sections.copied().find(|section| section.key(db).kind == SectionKind::Declarations)?;
    let end = body.content(db).text.len();
    let word =
        if declared.kind == SymbolKind::Object && !text.starts_with("extern ") { "extern " } else { "" };
    let lead = if end == 0 { "" } else { "\n" };
    Some((Place::section(db, body, Span::from(end..end)), format!("{lead}{word}{text}")))
}

fn is_static(shape: &Shape) -> bool {
    matches!(shape, Shape::Function(_, Storage::Static) | Shape::Object(_, Storage::Static))
}

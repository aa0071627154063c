//! NAM and TYP of what a module guarantees.

use crate::c::{Shape, Storage};
use crate::db::{Db, SourceFile};
use crate::finding::{Finding, Place};
use crate::index::{definition, occurrences};
use crate::lower::{Section, lower};
use crate::spelling::nearest;
use crate::symbols::{Declared, Role, Symbol, SymbolName, code, export, role_of, summary};
use crate::workspace::layout;
use crate::{Code, SymbolKind};

use super::agreement;

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
    let layout = layout(db);
    let tree = layout.tree(file.path(db));
    let guarantors = &occurrences(db, Symbol::new(db, declared.symbol.clone())).guarantors;
    let others =
        guarantors.iter().copied().filter(|&other| other != file && layout.tree(other.path(db)) == tree);
    let others: Vec<SourceFile> = others.collect();
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

fn against_header(
    db: &dyn Db,
    file: SourceFile,
    section: Section<'_>,
    declared: &Declared,
) -> Option<Finding> {
    let symbol = Symbol::new(db, declared.symbol.clone());
    let here = Place::section(db, section, declared.name_span);
    let Some(header) = definition(db, file, symbol) else {
        return not_in_header(db, file, here, declared);
    };
    let there = export(db, header, Role::Header, symbol).as_ref()?;
    if declared.broken || there.broken {
        return None;
    }
    let found = agreement::compare(db, file, &declared.shape, &there.shape, declared.kind)?;
    let path = header.path(db);
    let name = &declared.symbol.name;
    let message = format!("`{name}` is guaranteed otherwise than `{path}` declares it: {}", found.difference);
    let place = Place::Name(header, Role::Header, declared.symbol.clone());
    let finding = Finding::new(found.code, here, message).severity(found.severity);
    Some(finding.related(place, format!("`{path}` declares `{}`", there.text)))
}

/// A function or object that its layer's header does not declare cannot be used by others.
fn not_in_header(db: &dyn Db, file: SourceFile, here: Place, declared: &Declared) -> Option<Finding> {
    let layout = layout(db);
    let header = layout.layer_header(file.path(db))?;
    if !matches!(declared.kind, SymbolKind::Function | SymbolKind::Object) || is_static(&declared.shape) {
        return None;
    }
    let (name, path) = (&declared.symbol.name, header.path(db));
    let message = format!("`{path}` does not declare `{name}`");
    let finding = Finding::new(Code::NOT_IN_HEADER, here, message).help(match declared.kind {
        SymbolKind::Object => format!("declare it `extern` in `{path}`, or drop it from [GUARANTEE]"),
        _ => format!("add its prototype to `{path}`, or drop it from [GUARANTEE]"),
    });
    let prototypes = summary(db, header).entries.iter().filter(|entry| entry.kind == declared.kind);
    Some(match nearest(name, prototypes.map(|entry| entry.symbol.name.as_str())) {
        Some(near) => {
            let place = Place::Name(header, Role::Header, SymbolName::ordinary(near));
            finding.related(place, format!("`{near}` is declared here"))
        }
        None => finding,
    })
}

fn is_static(shape: &Shape) -> bool {
    matches!(shape, Shape::Function(_, Storage::Static) | Shape::Object(_, Storage::Static))
}

//! NAM of headers: their include lists, and prototypes that nobody stands behind.

use crate::Code;
use crate::db::{Db, SourceFile};
use crate::finding::{Finding, Place};
use crate::index::{Standing, closest_name, declaring, definition, occurrences};
use crate::lower::{Section, SectionKind, include_tokens, lower};
use crate::source;
use crate::span::Span;
use crate::spelling::nearest;
use crate::symbols::{Declared, Role, Symbol, SymbolId, SymbolName, code, summary};
use crate::workspace::{Include, Layout, layout};
use crate::{SymbolKind, patch, system};

use super::{header_types, include_layers, majority, rely};

/// What is wrong with a header as a part of the workspace.
#[salsa::tracked]
pub fn check_header(db: &dyn Db, file: SourceFile) -> Vec<Finding> {
    let mut out = Vec::new();
    for &section in lower(db, file) {
        match section.key(db).kind {
            SectionKind::Includes => out.extend(includes(db, file, section)),
            SectionKind::Declarations => {
                out.extend(prototypes(db, file, section));
                out.extend(standard(db, file, section));
                out.extend(majority::outvoted(db, file, section));
                out.extend(header_types::invisible(db, file, section));
            }
            _ => {}
        }
    }
    out
}

fn includes(db: &dyn Db, file: SourceFile, section: Section<'_>) -> Vec<Finding> {
    let line = &section.content(db).text;
    let tokens = include_tokens(line);
    let is_token = |token: &str| token.chars().all(|c| c.is_alphanumeric() || "_-/.+".contains(c));
    if let Some((_, span)) = tokens.iter().find(|(token, _)| !is_token(token)) {
        let message = "line 1 of a header is its include list: names without `.h`, separated by commas";
        let place = Place::section(db, section, *span);
        let help = "write for instance `stdint, string, common`, and begin the C below it";
        return vec![Finding::new(Code::INCLUDE_LIST, place, message).help(help)];
    }
    let layout = layout(db);
    if !layout.is_strict {
        // What is neither a standard header nor a file here may be C that somebody has elsewhere.
        return Vec::new();
    }
    let meant = |token: &str| match patch::patch_of(db, file) {
        Some(own) => patch::include(db, token, file, own),
        None => layout.include(db, token, file.path(db)),
    };
    let place = |span: &Span| Place::section(db, section, *span);
    let check = |(token, span): &(String, Span)| match meant(token) {
        Include::Unknown => Some(unknown_include(db, token, place(span))),
        Include::Header(included) => include_layers::against_layers(db, file, included, place(span)),
        Include::System => None,
    };
    tokens.iter().filter_map(check).collect()
}

fn unknown_include(db: &dyn Db, token: &str, place: Place) -> Finding {
    let message = format!("`{token}` is neither a standard header nor a header of this workspace");
    let files = crate::db::Workspace::get(db).files(db);
    let headers = files.keys().map(AsRef::as_ref).filter(|path: &&str| path.ends_with(".header"));
    let near = nearest(token, headers.map(source::stem)).or_else(|| nearest(token, system::headers()));
    let finding = Finding::new(Code::UNKNOWN_INCLUDE, place.clone(), message);
    match near {
        Some(near) => {
            finding.help(format!("did you mean `{near}`?")).guess(format!("write `{near}`"), place, near)
        }
        None => finding.help(format!(
            "add `{token}.header` with what it declares, and list it under [external] in sysspec.toml"
        )),
    }
}

/// Prototypes of libc that are restated, and nobody here guarantees.
fn standard(db: &dyn Db, file: SourceFile, section: Section<'_>) -> Vec<Finding> {
    let restated = code(db, section).declarations.iter().filter(|found| {
        system::prototype(&found.symbol.name).is_some()
            && occurrences(db, Symbol::new(db, found.symbol.clone())).guarantors.is_empty()
    });
    restated.filter_map(|found| rely::against_standard(db, file, section, found)).collect()
}

/// Whether a module of this header's layer guarantees nearly that name and is in no header: then one mistake is told
/// there, with this prototype beside it.
fn is_told_at_guarantee(db: &dyn Db, file: SourceFile, found: &Declared) -> bool {
    let Some(symbol) = nearest_guaranteed(db, found) else { return false };
    let (near, modules) = (symbol.name(db).name.as_str(), declaring(db, symbol, Standing::Guarantee));
    let prototypes = summary(db, file).entries.iter().filter(|entry| entry.kind == SymbolKind::Function);
    let back = nearest(near, prototypes.map(|entry| entry.symbol.name.as_str()));
    let is_homeless = |module: &SourceFile| {
        layout(db).layer_header(module.path(db)) == Some(file)
            && definition(db, *module, Symbol::new(db, symbol.name(db).clone())).is_none()
    };
    back == Some(found.symbol.name.as_str()) && modules.iter().any(is_homeless)
}

/// The name nearest to that of a prototype among those that modules guarantee.
fn nearest_guaranteed(db: &dyn Db, found: &Declared) -> Option<SymbolId> {
    let name = SymbolName::ordinary(&found.symbol.name);
    closest_name(db, &name, Standing::Guarantee, None).map(|(_, symbol)| symbol)
}

/// Whether every prototype of a header promises a module.
fn promises_modules(layout: &Layout, path: &str) -> bool {
    (layout.is_strict || !layout.has_manifest)
        && (layout.layer_of_header(path).is_some() || layout.is_shared(path))
}

fn prototypes(db: &dyn Db, file: SourceFile, section: Section<'_>) -> Vec<Finding> {
    let path = file.path(db);
    let own = patch::patch_of(db, file);
    let place = match own {
        // The published deltas bring a header for the sake of one declaration in it.
        Some(own) if !patch::is_declared(db, own) => return Vec::new(),
        Some(_) => patch::home(db, file).as_deref().unwrap_or(path),
        None => path,
    };
    if !promises_modules(layout(db), place) || (own.is_none() && summary(db, file).is_overlay) {
        return Vec::new();
    }
    let is_libc = |found: &&Declared| system::prototype(&found.symbol.name).is_some();
    let functions = code(db, section).declarations.iter().filter(|found| found.kind == SymbolKind::Function);
    let functions = functions.filter(|found| !is_libc(found));
    let unbacked = functions.filter(|found| {
        let symbol = Symbol::new(db, found.symbol.clone());
        if let Some(own) = own {
            return patch::find(db, own, symbol).is_none_or(|found| found.role != Role::Guarantee);
        }
        let occurrences = occurrences(db, symbol);
        let is_loose = |other: &SourceFile| patch::patch_of(db, *other).is_none();
        occurrences.guarantors.is_empty() && !occurrences.overlays.iter().any(is_loose)
    });
    let unbacked = unbacked.filter(|found| !is_told_at_guarantee(db, file, found));
    let finding = |found: &Declared| {
        let name = &found.symbol.name;
        let place = Place::section(db, section, found.name_span);
        let finding =
            Finding::new(Code::PROTOTYPE_WITHOUT_MODULE, place, format!("no module guarantees `{name}`"))
                .help(format!("write `{name}.spec`, or drop the prototype"));
        let Some(symbol) = nearest_guaranteed(db, found) else { return finding };
        let Some(&module) = declaring(db, symbol, Standing::Guarantee).first() else { return finding };
        let near = symbol.name(db).clone();
        let message = format!("`{}` is guaranteed here", near.name);
        finding.related(Place::Name(module, Role::Guarantee, near), message)
    };
    unbacked.map(finding).collect()
}

//! NAM of a module's prompt, and of the functions that its contracts are about.

use crate::Code;
use crate::db::{Db, SourceFile};
use crate::finding::{Finding, Place};
use crate::lower::{Section, SectionKind, lower};
use crate::prose::{code_spans, identifiers, lone_identifier};
use crate::source;
use crate::span::Span;
use crate::spelling::nearest;
use crate::symbols::{Role, SymbolName, is_module};
use crate::workspace::layout;

use super::misspelt;
use super::scope::{ContractScope, contract_scope};

/// Names in a prompt that are not those of its module (DIALECT section 4).
#[salsa::tracked]
pub fn check_prompt<'db>(db: &'db dyn Db, section: Section<'db>) -> Vec<Finding> {
    let file = section.file(db);
    if section.key(db).kind != SectionKind::Prompt || !is_module(db, file) {
        return Vec::new();
    }
    let scope = contract_scope(db, file);
    let [own] = scope.own.as_slice() else { return Vec::new() };
    let text = &section.content(db).text;
    let mut out = Vec::new();
    for found in code_spans(db, section) {
        let name = &text[found.span.range()];
        let before = text[found.line.start..found.span.start - 1].trim_end().to_ascii_lowercase();
        let after = text[(found.span.end + 1).min(found.line.end)..found.line.end].trim_start();
        let right = if before.ends_with("complete") {
            wrong_output(db, file, name, own)
        } else if after.starts_with("operation") {
            let is_wrong =
                lone_identifier(name).is_some() && name != own && name != source::stem(file.path(db));
            is_wrong.then(|| (own.clone(), format!("the module guarantees `{own}`")))
        } else if before.ends_with("only include") || before.ends_with("include only") {
            wrong_header(db, file, name)
        } else {
            None
        };
        out.extend(right.map(|(right, told)| {
            let place = Place::section(db, section, found.span);
            Finding::new(
                Code::PROMPT_DISAGREES,
                place.clone(),
                format!("the prompt says `{name}`, but {told}"),
            )
            .help("the prompt is what the code is generated from: both must mean the same module")
            .fix(format!("write `{right}`"), place, right)
        }));
    }
    out
}

fn wrong_output(db: &dyn Db, file: SourceFile, name: &str, own: &str) -> Option<(String, String)> {
    let stem = source::stem(file.path(db));
    let named = name.strip_suffix(".c")?;
    let is_wrong = named != stem && named != own && stem == own;
    is_wrong.then(|| (format!("{stem}.c"), format!("the code of this module is `{stem}.c`")))
}

fn wrong_header(db: &dyn Db, file: SourceFile, name: &str) -> Option<(String, String)> {
    let layout = layout(db);
    let header = source::stem(layout.layer_header(file.path(db))?.path(db)).to_string();
    let named = name.strip_suffix(".h")?;
    let is_slip = nearest(named, std::iter::once(header.as_str())).is_some();
    let is_wrong = named != header && (is_slip || layout.is_strict);
    is_wrong.then(|| (format!("{header}.h"), format!("the header of its layer is `{header}.h`")))
}

/// Functions that are specified and not declared, or guaranteed and not specified.
#[salsa::tracked]
pub fn check_specified(db: &dyn Db, file: SourceFile) -> Vec<Finding> {
    if !is_module(db, file) {
        return Vec::new();
    }
    let scope = contract_scope(db, file);
    let sections = || lower(db, file).iter().copied();
    let specifying = || sections().filter(|section| section.key(db).kind == SectionKind::Specification);
    let mut out: Vec<Finding> = Vec::new();
    let mut has_contracts = false;
    for section in specifying() {
        for (name, span) in function_contracts(db, section) {
            has_contracts = true;
            out.extend(undeclared(db, section, scope, &name, span));
        }
    }
    if scope.own.len() < 2 || !(has_contracts || layout(db).is_strict) {
        return out;
    }
    let is_named = |name: &String| {
        let mut others = sections().filter(|section| !section.key(db).kind.declares());
        others.any(|section| identifiers(&section.content(db).text).iter().any(|(word, _)| word == name))
    };
    let unspecified = scope.own.iter().filter(|name| !is_named(name));
    out.extend(unspecified.map(|name| {
        let place = Place::Name(file, Role::Guarantee, SymbolName::ordinary(name));
        Finding::new(Code::UNSPECIFIED, place, format!("`{name}` is guaranteed and not specified")).help(
            format!("say in [SPECIFICATION] what `{name}` does: a line `` `{name}` `` begins its contract"),
        )
    }));
    out
}

/// The functions that have contracts of their own within a section.
fn function_contracts(db: &dyn Db, section: Section<'_>) -> Vec<(String, Span)> {
    let content = section.content(db);
    let quoted = content.labels.iter().filter(|label| {
        lone_identifier(&label.name).is_some() && content.text[..label.name_span.start].ends_with('`')
    });
    quoted.map(|label| (label.name.clone(), label.name_span)).collect()
}

fn undeclared(
    db: &dyn Db,
    section: Section<'_>,
    scope: &ContractScope,
    name: &str,
    span: Span,
) -> Option<Finding> {
    let near = nearest(name, scope.own.iter().map(String::as_str));
    if scope.result(name).is_some() || !(near.is_some() || layout(db).is_strict) {
        return None;
    }
    if misspelt::is_meant(db, section.file(db), name) {
        // Told where [RELY] misspells it.
        return None;
    }
    let place = Place::section(db, section, span);
    let message = format!("`{name}` is specified, but neither guaranteed nor relied on");
    let finding = Finding::new(Code::NOT_GUARANTEED, place.clone(), message);
    Some(match near {
        Some(near) => finding
            .related(
                Place::Name(section.file(db), Role::Guarantee, SymbolName::ordinary(near)),
                format!("`{near}` is guaranteed here"),
            )
            .help(format!("did you mean `{near}`?"))
            .guess(format!("write `{near}`"), place, near),
        None => finding.help("declare it in [GUARANTEE], or in [RELY] when it is restated"),
    })
}

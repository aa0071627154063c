//! The fix that lets a module rely on a function: its declaration with the comment that others give it, and its lock
//! contract, restated as the provider has it.

use crate::Phase;
use crate::db::{Db, SourceFile};
use crate::finding::Place;
use crate::index::dependents;
use crate::lower::{ContractKind, Section, SectionKind, lower};
use crate::span::Span;
use crate::symbols::{Role, Symbol, SymbolName, declaration};

/// The edits that add a reliance on what `module` guarantees to a phase of `file`. `None`: the phase has no [RELY] yet.
pub fn reliance(
    db: &dyn Db,
    file: SourceFile,
    phase: Phase,
    module: SourceFile,
    name: &str,
    text: &str,
) -> Option<Vec<(Place, String)>> {
    let comment = comment(db, module, name).map(|said| format!("// {said}\n")).unwrap_or_default();
    let declaration = format!("{comment}```c\n{text}\n```");
    let in_phase = |wanted: SectionKind| section(db, file, |key, at| key == wanted && at == phase);
    let mut edits = match in_phase(SectionKind::Rely) {
        Some(rely) => vec![(end(db, rely), format!("\n{declaration}"))],
        None => {
            let guarantee = in_phase(SectionKind::Guarantee)?;
            let start = Place::section(db, guarantee, Span { start: 0, end: 0 });
            vec![(start, format!("[RELY]\n{declaration}\n\n"))]
        }
    };
    edits.extend(restated(db, file, module, name));
    Some(edits)
}

/// What the provider, or somebody who relies on it, says of a function in a comment.
fn comment(db: &dyn Db, module: SourceFile, name: &str) -> Option<String> {
    let symbol = SymbolName::ordinary(name);
    let of = |file, role| declaration(db, file, role, &symbol).and_then(|(_, found)| found.comment.clone());
    let relied =
        |file| [Phase::Functional, Phase::Refine].into_iter().find_map(|phase| of(file, Role::Rely(phase)));
    let others = dependents(db, Symbol::new(db, symbol.clone())).iter();
    of(module, Role::Guarantee).or_else(|| others.copied().find_map(relied))
}

/// The provider's lock contract, behind the last section of a module that has a refine phase and does not restate it.
fn restated(db: &dyn Db, file: SourceFile, module: SourceFile, name: &str) -> Option<(Place, String)> {
    let last =
        lower(db, file).iter().rev().copied().find(|section| section.key(db).phase == Phase::Refine)?;
    let is_restated = |section: &&Section<'_>| is_lock_contract(db, **section, name);
    if lower(db, file).iter().any(|section| is_restated(&section)) {
        return None;
    }
    let contract = lower(db, module).iter().copied().find(|section| is_lock_contract(db, *section, name))?;
    let content = contract.content(db);
    let conditions = content.contracts.iter();
    let conditions = conditions.filter(|found| matches!(found.kind, ContractKind::Pre | ContractKind::Post));
    let said: Vec<&str> = conditions.map(|found| content.of(found.whole).trim_end()).collect();
    let restated = format!("\n\n[SPECIFICATION of {name}]\n{}", said.join("\n\n"));
    (!said.is_empty()).then(|| (end(db, last), restated))
}

fn is_lock_contract(db: &dyn Db, section: Section<'_>, name: &str) -> bool {
    let key = section.key(db);
    key.kind == SectionKind::Specification
        && key.phase == Phase::Refine
        && key.subject.as_deref().map(|subject| subject.trim_matches('`')) == Some(name)
}

fn section<'db>(
    db: &'db dyn Db,
    file: SourceFile,
    is_meant: impl Fn(SectionKind, Phase) -> bool,
) -> Option<Section<'db>> {
    let mut sections = lower(db, file).iter().copied();
    sections.find(|section| is_meant(section.key(db).kind, section.key(db).phase))
}

fn end(db: &dyn Db, section: Section<'_>) -> Place {
    let end = section.content(db).text.trim_end().len();
    Place::section(db, section, Span::from(end..end))
}

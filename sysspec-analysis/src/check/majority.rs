//! TYP where a header and the module behind it disagree: the modules that rely on the function tell which is wrong.

use crate::c::Shape;
use crate::db::{Db, SourceFile};
use crate::finding::{Finding, Place};
use crate::index::{choose_guarantor, definition, dependents, occurrences};
use crate::lower::Section;
use crate::symbols::{Declared, Export, Role, Symbol, code, export, is_module};
use crate::workspace::layout;
use crate::{Phase, SymbolKind, patch};

use super::agreement;

/// How many of those that rely on a function are shown beside it.
const RELATED_MAX: usize = 40;

/// Which of two declarations is the odd one out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// Nobody relies on it, or not all who do are of one mind.
    Undecided,
    /// All who rely on it restate what the module guarantees.
    HeaderIsWrong,
    /// All who rely on it restate what the header declares.
    GuaranteeIsWrong,
}

/// What those who rely on a function or object say, when `module` guarantees it otherwise than `header` declares it.
#[salsa::tracked(returns(copy))]
pub fn verdict<'db>(db: &'db dyn Db, module: SourceFile, header: SourceFile, symbol: Symbol<'db>) -> Verdict {
    let guaranteed = export(db, module, Role::Guarantee, symbol).as_ref();
    let declared = export(db, header, Role::Header, symbol).as_ref();
    let (Some(guaranteed), Some(declared)) = (guaranteed, declared) else { return Verdict::Undecided };
    let Some(kind) = given_kind(&guaranteed.shape) else { return Verdict::Undecided };
    if guaranteed.broken || declared.broken {
        return Verdict::Undecided;
    }
    let restated = restated(db, module, symbol);
    let all_agree = |with: &Export| {
        let agrees = |(user, _, relied): &(SourceFile, Role, &Export)| {
            !relied.broken && agreement::compare(db, *user, &relied.shape, &with.shape, kind).is_none()
        };
        !restated.is_empty() && restated.iter().all(agrees)
    };
    match (all_agree(guaranteed), all_agree(declared)) {
        (true, false) => Verdict::HeaderIsWrong,
        (false, true) => Verdict::GuaranteeIsWrong,
        _ => Verdict::Undecided,
    }
}

/// The kind of what a module gives to others. Types and macros are restated freely, and come from headers.
fn given_kind(shape: &Shape) -> Option<SymbolKind> {
    match shape {
        Shape::Function(..) => Some(SymbolKind::Function),
        Shape::Object(..) => Some(SymbolKind::Object),
        _ => None,
    }
}

/// What the modules say that rely on a symbol of `module`, in path order.
fn restated<'db>(
    db: &'db dyn Db,
    module: SourceFile,
    symbol: Symbol<'db>,
) -> Vec<(SourceFile, Role, &'db Export)> {
    let layout = layout(db);
    let users = dependents(db, symbol).iter().copied().filter(|&user| {
        user != module && is_module(db, user) && layout.tree(user.path(db)) == layout.tree(module.path(db))
    });
    let roles = [Role::Rely(Phase::Functional), Role::Rely(Phase::Refine)];
    let restated = users.flat_map(|user| {
        roles.into_iter().filter_map(move |role| Some((user, role, export(db, user, role, symbol).as_ref()?)))
    });
    restated.collect()
}

/// Shows those that rely on what a module guarantees otherwise than all others think.
pub fn with_users(db: &dyn Db, module: SourceFile, symbol: Symbol<'_>, finding: Finding) -> Finding {
    let restated = restated(db, module, symbol);
    restated.into_iter().take(RELATED_MAX).fold(finding, |finding, (user, role, _)| {
        let name = symbol.name(db);
        finding.related(
            Place::Name(user, role, name.clone()),
            format!("`{}` is relied on as the header declares it", name.name),
        )
    })
}

/// The module that guarantees otherwise what `header` declares, while all who rely on it agree with the module.
#[salsa::tracked(returns(copy))]
fn outvoting<'db>(db: &'db dyn Db, header: SourceFile, symbol: Symbol<'db>) -> Option<SourceFile> {
    let guarantors = &occurrences(db, symbol).guarantors;
    let module = choose_guarantor(db, layout(db), header, guarantors, &[])?;
    let guaranteed = export(db, module, Role::Guarantee, symbol).as_ref()?;
    let declared = export(db, header, Role::Header, symbol).as_ref()?;
    if declared.shape == guaranteed.shape || definition(db, module, symbol) != Some(header) {
        return None;
    }
    agreement::compare(db, module, &guaranteed.shape, &declared.shape, given_kind(&guaranteed.shape)?)?;
    (verdict(db, module, header, symbol) == Verdict::HeaderIsWrong).then_some(module)
}

/// The declarations of a header that the module and all who rely on it are at odds with.
pub fn outvoted(db: &dyn Db, header: SourceFile, section: Section<'_>) -> Vec<Finding> {
    if patch::patch_of(db, header).is_some() {
        return Vec::new();
    }
    let is_given =
        |found: &&Declared| matches!(found.kind, SymbolKind::Function | SymbolKind::Object) && !found.broken;
    let given = code(db, section).declarations.iter().filter(is_given);
    given.filter_map(|declared| outvoted_declaration(db, header, section, declared)).collect()
}

fn outvoted_declaration(
    db: &dyn Db,
    header: SourceFile,
    section: Section<'_>,
    declared: &Declared,
) -> Option<Finding> {
    let symbol = Symbol::new(db, declared.symbol.clone());
    let module = outvoting(db, header, symbol)?;
    let guarantee = export(db, module, Role::Guarantee, symbol).as_ref()?;
    let found = agreement::compare(db, header, &declared.shape, &guarantee.shape, declared.kind)?;
    let (name, path) = (&declared.symbol.name, module.path(db));
    let message = format!(
        "`{name}` is declared otherwise than `{path}` guarantees it and all others rely on it: {}",
        found.difference
    );
    let finding = Finding::new(found.code, Place::section(db, section, declared.name_span), message)
        .severity(found.severity)
        .related(
            Place::Name(module, Role::Guarantee, declared.symbol.clone()),
            format!("`{path}` guarantees `{}`", guarantee.text),
        );
    Some(rewritten(db, finding, section, declared, &guarantee.text, path))
}

/// Adds the fix that replaces a prototype by what another file says.
pub fn rewritten(
    db: &dyn Db,
    finding: Finding,
    section: Section<'_>,
    declared: &Declared,
    text: &str,
    path: &str,
) -> Finding {
    let is_shared =
        code(db, section).declarations.iter().filter(|other| other.span == declared.span).count() > 1;
    if is_shared || declared.kind != SymbolKind::Function || !text.ends_with(';') {
        return finding;
    }
    let whole = Place::section(db, section, declared.span);
    finding.guess(format!("write what `{path}` says"), whole, text)
}

//! DAG001: cycles among modules.

use crate::db::{Db, SourceFile};
use crate::finding::{Finding, Place};
use crate::graph::{cycle_at, relied_modules};
use crate::symbols::{Role, SymbolName, summary};
use crate::{Code, source};

/// The cycle that begins with this module, if there is one. A cycle is told once, not once per module.
#[salsa::tracked]
pub fn check_cycles(db: &dyn Db, file: SourceFile) -> Vec<Finding> {
    let Some(cycle) = cycle_at(db, file).as_ref() else { return Vec::new() };
    let names: Vec<&str> =
        cycle.iter().chain(cycle.first()).map(|module| source::stem(module.path(db))).collect();
    let steps: Vec<Step> =
        (0..cycle.len()).filter_map(|at| step(db, cycle[at], cycle[(at + 1) % cycle.len()])).collect();
    let Some(first) = steps.first() else { return Vec::new() };
    let message = format!("these modules rely on each other in a circle: {}", names.join(" → "));
    let finding = Finding::new(Code::CYCLE, first.place.clone(), message)
        .help("let one of them do without the other, or move what both need into a third module");
    let finding = steps[1..].iter().fold(finding, |finding, step| {
        finding.related(
            step.place.clone(),
            format!("`{}` relies on `{}` here", source::stem(step.from.path(db)), step.symbol.name),
        )
    });
    vec![finding]
}

struct Step {
    from: SourceFile,
    symbol: SymbolName,
    place: Place,
}

/// Where a module of the cycle relies on the next.
fn step(db: &dyn Db, from: SourceFile, to: SourceFile) -> Option<Step> {
    let (_, symbol) = relied_modules(db, from).find(|(target, _)| *target == to)?;
    let relied = summary(db, from)
        .entries
        .iter()
        .find(|entry| entry.symbol == symbol && matches!(entry.role, Role::Rely(_)))?;
    let place = Place::Name(from, relied.role, symbol.clone());
    Some(Step { from, symbol, place })
}

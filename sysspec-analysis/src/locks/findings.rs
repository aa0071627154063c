//! What is wrong with locking, in the reader's words.

use crate::db::{Db, SourceFile};
use crate::finding::{Finding, Place};
use crate::index::{Provider, provider};
use crate::lower::{SectionKind, lower};
use crate::obligation::contract::{Part, contract};
use crate::span::Span;
use crate::symbols::{Role, Symbol, SymbolName, summary};
use crate::{Code, Phase, SymbolKind};

use super::order::{
    LockNode, LockRole, Rule, Scope, Site, cycles, in_section, place, said_of_order, takes_in_order,
};
use super::run::{Fault, FaultKind};
use super::{
    Effect, Traced, algorithm_section, lock_effect, own_functions, provided_effect, reliance_place, traces,
};

/// The findings of a module by itself and with the contracts of its callees.
pub fn of_module(db: &dyn Db, file: SourceFile) -> Vec<Finding> {
    let mut out = Vec::new();
    for traced in traces(db, file).iter() {
        for fault in &traced.trace.faults {
            out.push(of_fault(db, file, traced, fault));
        }
        if traced.trace.faults.is_empty() {
            unordered(db, file, traced, &mut out);
        }
    }
    out.extend(without_refine(db, file));
    out
}

fn of_fault(db: &dyn Db, file: SourceFile, traced: &Traced, fault: &Fault) -> Finding {
    let here = |span: Span| in_section(db, file, traced, span);
    let function = &traced.function;
    let new = |code, message: String| Finding::new(code, here(fault.span), message);
    let since = |finding: Finding, words: &str| match fault.since {
        Some(span) => finding.related(here(span), words),
        None => match own_pre(db, file, function) {
            Some(place) => finding.related(place, "what is held at the call"),
            None => finding,
        },
    };
    let of_callee = |finding: Finding, callee: &str| match needed_at(db, file, callee) {
        Some(place) => finding.related(place, format!("what `{callee}` needs")),
        None => finding,
    };
    match &fault.kind {
        FaultKind::ReleasedNotHeld(Some(object)) => since(
            new(Code::LOCK_NOT_HELD, format!("the lock of {} is released here, and it is not held", shown(object))),
            "it has been released here",
        )
        .help("release a lock once, where it is held; a lock that the caller owns belongs into the pre-condition"),
        FaultKind::ReleasedNotHeld(None) => since(
            new(Code::LOCK_NOT_HELD, "a lock is released here, and none is held".into()),
            "it has been released here",
        )
        .help("acquire it first, or say in the pre-condition that the caller owns it"),
        FaultKind::AssumedHeld(object) => since(
            new(Code::LOCK_NOT_HELD, format!("this step takes the lock of {} for held, and it is not", shown(object))),
            "it has been released here",
        )
        .help("acquire it first, or say in the pre-condition that the caller owns it"),
        FaultKind::AcquiredTwice(object) => since(
            new(Code::ACQUIRED_TWICE, format!("the lock of {} is acquired here, and it is held already", shown(object))),
            "it has been acquired here",
        )
        .help("a thread that asks for a lock it owns waits for itself"),
        FaultKind::NeedsHeld { function: callee, object: Some(object) } => of_callee(
            since(
                new(
                    Code::CALLEE_LOCKS,
                    format!("`{callee}` needs the lock of {}, which is not held here", shown(object)),
                ),
                "it has been released here",
            ),
            callee,
        ),
        FaultKind::NeedsHeld { function: callee, object: None } => of_callee(
            new(
                Code::CALLEE_LOCKS,
                format!("`{callee}` must be called with a lock held, and `{function}` cannot hold any here"),
            ),
            callee,
        )
        .help("acquire the lock before the call, or say in the pre-condition that the caller owns it"),
        FaultKind::NeedsFree { function: callee, object } => of_callee(
            since(
                new(
                    Code::CALLEE_LOCKS,
                    format!("`{callee}` must not be called while the lock of {} is held", shown(object)),
                ),
                "it has been acquired here",
            ),
            callee,
        )
        .help("release the lock before the call"),
        FaultKind::Leaked(object) => {
            let found = since(
                new(
                    Code::LOCK_LEAKED,
                    format!(
                        "`{function}` returns with the lock of {} held, and its post-condition does not allow that",
                        shown(object)
                    ),
                ),
                "it has been acquired here",
            );
            let found = match own_post(db, file, function) {
                Some(place) => found.related(place, "what may be held on return"),
                None => found,
            };
            found.help("release it before this return, or say in the post-condition that it stays held")
        }
        FaultKind::NeverReleased { function: callee } => new(
            Code::LOCK_LEAKED,
            format!(
                "`{callee}` leaves a lock held, and `{function}`, which must return without one, never releases it"
            ),
        )
        .help("say in the algorithm where it is released"),
        FaultKind::Promised(object) => since(
            new(
                Code::PROMISED_LOCK,
                format!("the post-condition of `{function}` promises the lock of {}, and it is not held", shown(object)),
            ),
            "it has been released here",
        )
        .help("keep the lock, or change the post-condition"),
    }
}

/// An object of an algorithm, for a reader.
fn shown(object: &str) -> String {
    if object.contains(' ') { format!("the {object}") } else { format!("`{object}`") }
}

/// Two parameters of one class, one locked while the other is: they may be one object, and they have no order.
fn unordered(db: &dyn Db, file: SourceFile, traced: &Traced, out: &mut Vec<Finding>) {
    if traced.trace.acquisitions.is_empty() {
        return;
    }
    let scope = Scope::new(db, file, &traced.function);
    let speaks_of_alias = said_of_order(db, file).speaks_of_alias;
    for acquisition in &traced.trace.acquisitions {
        if !scope.are_parameters(acquisition) || scope.relation(acquisition).is_some() {
            continue;
        }
        let (held, next) = (&acquisition.held, &acquisition.acquired);
        let place = in_section(db, file, traced, acquisition.span);
        if !speaks_of_alias && !are_compared(db, file, held, next) {
            let message = format!(
                "`{held}` and `{next}` may be one object, and then its lock is acquired here while it is held"
            );
            let found = Finding::new(Code::MAY_ALIAS, place.clone(), message)
                .help(format!("say that `{held} != {next}`, or what is done when they are the same"));
            out.push(found);
        }
        if scope.rule == Rule::None {
            let class = scope.class(held).map_or_else(String::new, |node| node.class);
            let message = format!(
                "the locks of `{held}` and `{next}`, both of `{class}`, are taken in an order that nothing states"
            );
            let found = Finding::new(Code::UNORDERED_LOCKS, place, message).help(
                "two threads with these objects the other way round wait for each other; state an order, such as that \
                 of their addresses or that of the tree",
            );
            out.push(found);
        }
    }
}

/// Whether some formula of a file compares two names.
fn are_compared(db: &dyn Db, file: SourceFile, one: &str, two: &str) -> bool {
    let compares = |text: &str| {
        ["==", "!="].iter().any(|operator| {
            text.contains(&format!("{one} {operator} {two}"))
                || text.contains(&format!("{two} {operator} {one}"))
        })
    };
    lower(db, file).iter().any(|section| compares(&section.content(db).text))
}

/// A module that calls functions that need or change locks, and does not say what it does with them.
fn without_refine(db: &dyn Db, file: SourceFile) -> Option<Finding> {
    let has_refine = lower(db, file).iter().any(|section| {
        section.key(db).phase == Phase::Refine && section.key(db).kind == SectionKind::Specification
    });
    if has_refine {
        return own_without_contract(db, file);
    }
    let touched = touched(db, file)?;
    let states_locks = |function: &String| is_about_locks(lock_effect(db, file, symbol(db, function)));
    let is_utility = own_functions(db, file).iter().any(states_locks);
    // A utility says what it does to locks among everything else; it calls utilities only.
    if is_utility && !touched.1.is_refined {
        return None;
    }
    finding_without_refine(db, file, &touched)
}

/// A refine phase that restates what callees do to locks, and not what the module itself does.
fn own_without_contract(db: &dyn Db, file: SourceFile) -> Option<Finding> {
    let has_own = own_functions(db, file).iter().any(|function| {
        let section = algorithm_section(db, file, function);
        section.is_some_and(|section| section.key(db).phase == Phase::Refine)
    });
    if has_own {
        return None;
    }
    finding_without_refine(db, file, &touched(db, file)?)
}

fn finding_without_refine(db: &dyn Db, file: SourceFile, touched: &(String, Effect)) -> Option<Finding> {
    let (callee, _) = touched;
    let place = reliance_place(db, file, callee)?;
    let own = own_functions(db, file).into_iter().next()?;
    let message = format!(
        "`{own}` calls `{callee}`, which deals with locks, and does not say what it does with locks itself"
    );
    let found = Finding::new(Code::NO_LOCK_CONTRACT, place, message).help(format!(
        "add `## Refine Prompt` and `[SPECIFICATION of {own}]`, with the locks that are held before and after"
    ));
    Some(match needed_at(db, file, callee) {
        Some(place) => found.related(place, format!("the lock contract of `{callee}`")),
        None => found,
    })
}

/// The first function that a module relies on which needs a lock, or leaves or takes one.
fn touched(db: &dyn Db, file: SourceFile) -> Option<(String, Effect)> {
    let summary = summary(db, file);
    let relied = summary.of_role(|role| matches!(role, Role::Rely(_)));
    let mut functions =
        relied.filter(|entry| entry.kind == SymbolKind::Function).map(|entry| &entry.symbol.name);
    functions.find_map(|name| {
        let Provider::Module(module) = provider(db, file, symbol(db, name)) else { return None };
        if module == file {
            return None;
        }
        let effect = provided_effect(db, file, name);
        (!effect.is_vague && is_about_locks(&effect)).then(|| (name.clone(), effect))
    })
}

fn is_about_locks(effect: &Effect) -> bool {
    effect.needs_held() || effect.gained() > 0 || effect.acquires().is_some() || effect.releases().is_some()
}

/// The cycles of the lock order that begin with a step of this module.
pub fn of_order(db: &dyn Db, file: SourceFile) -> Vec<Finding> {
    // A cycle begins where a lock is taken while another is held. Most modules do no such thing, and do not ask for the
    // order of all others.
    if !takes_in_order(db, file) {
        return Vec::new();
    }
    let all = cycles(db);
    let own = all.iter().filter(|cycle| cycle[0].2.file == file);
    own.filter_map(|cycle| of_cycle(db, cycle)).collect()
}

fn of_cycle(db: &dyn Db, cycle: &[(LockNode, LockNode, Site)]) -> Option<Finding> {
    let places: Option<Vec<Place>> =
        cycle.iter().map(|(held, next, site)| place(db, held, next, site)).collect();
    let places = places?;
    let told: Vec<String> = cycle.iter().map(|(held, next, site)| told(held, next, site)).collect();
    let message = format!("locks are taken in a circle: {}", told.join("; "));
    let found = Finding::new(Code::LOCK_CYCLE, places[0].clone(), message)
        .help("threads that do these at once can wait for each other for ever; take the locks in one order everywhere");
    let others = places.into_iter().zip(told).skip(1);
    Some(others.fold(found, |found, (place, told)| found.related(place, told)))
}

/// "`locate` locks a parent, then its child".
fn told(held: &LockNode, next: &LockNode, site: &Site) -> String {
    let function = &site.function;
    let way = match &site.via {
        Some(callee) => format!(" through `{callee}`"),
        None => String::new(),
    };
    match (&held.role, &next.role) {
        (Some(LockRole::Parent), _) => {
            format!("`{function}` locks a parent, then its child{way} (`{}`)", held.class)
        }
        (Some(LockRole::Child), _) => {
            format!("`{function}` locks a child, then its parent{way} (`{}`)", held.class)
        }
        (Some(LockRole::Named(one)), Some(LockRole::Named(two))) => {
            format!("`{function}` locks `{one}`, then `{two}`{way}")
        }
        _ => format!("`{function}` locks `{held}`, then `{next}`{way}"),
    }
}

fn symbol<'db>(db: &'db dyn Db, function: &str) -> Symbol<'db> {
    Symbol::new(db, SymbolName::ordinary(function))
}

/// Where a callee's contract says what it needs of locks.
fn needed_at(db: &dyn Db, file: SourceFile, callee: &str) -> Option<Place> {
    let module = match provider(db, file, symbol(db, callee)) {
        Provider::Module(module) => module,
        _ => file,
    };
    own_pre(db, module, callee)
}

/// Where a file says what a function needs of locks at the call.
fn own_pre(db: &dyn Db, file: SourceFile, function: &str) -> Option<Place> {
    let refined = contract(db, file, function, Part::Locks, &|_| None);
    let stated = match refined.is_empty() {
        true => contract(db, file, function, Part::Functional, &|_| None),
        false => refined,
    };
    let line = stated.pre.into_iter().find(|line| line.text.to_ascii_lowercase().contains("lock"));
    line.map(|line| line.place)
}

/// Where a file says what may be held when a function returns.
fn own_post(db: &dyn Db, file: SourceFile, function: &str) -> Option<Place> {
    let refined = contract(db, file, function, Part::Locks, &|_| None);
    let group = refined.post.into_iter().find(|group| !group.lines.is_empty())?;
    Some(if group.is_case { group.head } else { group.lines.into_iter().next()?.place })
}

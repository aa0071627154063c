//! Locking at the level of the spec: what the algorithms of refine phases do with locks, step by step, and in which
//! order the whole workspace takes them.
//!
//! - [`lock_effect`] is what a function's contract asks of locks and does to them: a value without places.
//! - [`trace`] runs the algorithms of a module over lock states, with the effects of the functions it relies on, and
//!   finds what cannot be right whatever way is taken. What the text does not tell is not reported.
//! - [`order`] is the graph of all locks: an edge says that one is taken while another is held. It is made of lists
//!   that each file gives of itself alone, so that prose that changes elsewhere costs nothing.

mod effect;
mod findings;
mod objects;
pub mod order;
mod outcome;
mod run;
mod state;
mod steps;
mod words;

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::c::Shape;
use crate::db::{Db, SourceFile, depends_on_edits};
use crate::finding::Finding;
use crate::index::{Provider, provider};
use crate::lower::{ContractKind, Section, SectionKind, lower};
use crate::symbols::{Role, Symbol, SymbolName, code, is_module, role_of, summary};
use crate::vocabulary::function_shape;
use crate::{Phase, SymbolKind};

pub use effect::Effect;
use effect::class_of;
use run::{Function, Trace, run};

/// What a file's contract for a function says of locks.
#[salsa::tracked]
pub fn lock_effect<'db>(db: &'db dyn Db, file: SourceFile, function: Symbol<'db>) -> Arc<Effect> {
    depends_on_edits(db);
    if !mentions_locks(db, file) {
        return Arc::default();
    }
    Arc::new(Effect::of(db, file, &function.name(db).name))
}

/// Whether a section has a word about locks. Most have none, and nothing else of them is looked at here.
#[salsa::tracked(returns(copy))]
fn speaks_of_locks<'db>(db: &'db dyn Db, section: Section<'db>) -> bool {
    const STEMS: &[&str] = &["lock", "Lock", "LOCK"];
    section.key(db).kind == SectionKind::Specification
        && STEMS.iter().any(|stem| section.content(db).text.contains(stem))
}

/// Whether a file has a word about locks in its specifications.
fn mentions_locks(db: &dyn Db, file: SourceFile) -> bool {
    lower(db, file).iter().any(|&section| speaks_of_locks(db, section))
}

/// What the algorithm of one function does with locks.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Traced {
    /// The function.
    function: String,
    /// The section that holds its lock contract and algorithm.
    section: crate::lower::SectionKey,
    /// What was found.
    trace: Trace,
}

/// What the algorithms of a module do with locks.
#[salsa::tracked]
fn traces(db: &dyn Db, file: SourceFile) -> Arc<Vec<Traced>> {
    if !mentions_locks(db, file) {
        return Arc::default();
    }
    let callees = callees(db, file, &|function| provided_effect(db, file, function));
    Arc::new(traced(db, file, &callees))
}

/// The same with what the file itself restates of its callees: it depends on no other file.
#[salsa::tracked]
fn own_traces(db: &dyn Db, file: SourceFile) -> Arc<Vec<Traced>> {
    if !mentions_locks(db, file) {
        return Arc::default();
    }
    Arc::new(traced(db, file, own_callees(db, file)))
}

/// The functions that a module relies on, with what it says itself of their locks, or their names do.
#[salsa::tracked]
fn own_callees(db: &dyn Db, file: SourceFile) -> Arc<FxHashMap<String, Effect>> {
    Arc::new(callees(db, file, &|function| {
        let restated = Effect::of(db, file, function);
        if restated.is_stated { restated } else { Effect::by_name(db, file, function) }
    }))
}

/// What is wrong with a module's locking.
#[salsa::tracked]
pub fn check_locks(db: &dyn Db, file: SourceFile) -> Vec<Finding> {
    findings::of_module(db, file)
}

/// The cycles of the lock order that begin in a module.
#[salsa::tracked]
pub fn check_lock_order(db: &dyn Db, file: SourceFile) -> Vec<Finding> {
    findings::of_order(db, file)
}

fn traced(db: &dyn Db, file: SourceFile, callees: &FxHashMap<String, Effect>) -> Vec<Traced> {
    let open = is_open(db, file, callees);
    let mut out = Vec::new();
    for function in own_functions(db, file) {
        let Some(section) = algorithm_section(db, file, &function) else { continue };
        let own = Effect::of(db, file, &function);
        let trace = run(&Function {
            effect: &own,
            callees,
            content: section.content(db),
            parameters: parameters(db, file, &function, callees),
            is_open: open || !own.is_stated,
        });
        out.push(Traced { function, section: section.key(db).clone(), trace });
    }
    out
}

/// The functions that a module guarantees.
fn own_functions(db: &dyn Db, file: SourceFile) -> Vec<String> {
    let summary = summary(db, file);
    let own = summary.of_role(|role| role == Role::Guarantee);
    let own = own.filter(|entry| entry.kind == SymbolKind::Function).map(|entry| entry.symbol.name.clone());
    let mut seen = FxHashSet::default();
    own.filter(|name| seen.insert(name.clone())).collect()
}

/// The section with the lock contract of a function and the algorithm that keeps it: that of the refine phase, or,
/// of a utility that only deals with locks, its specification.
fn algorithm_section<'db>(db: &'db dyn Db, file: SourceFile, function: &str) -> Option<Section<'db>> {
    let sections = lower(db, file).iter().copied();
    let mut specifications = sections.filter(|section| section.key(db).kind == SectionKind::Specification);
    let refined = specifications.clone().find(|section| {
        let key = section.key(db);
        key.phase == Phase::Refine && key.subject.as_deref() == Some(function)
    });
    if refined.is_some() {
        return refined;
    }
    let has_refine = lower(db, file).iter().any(|section| section.key(db).phase == Phase::Refine);
    let utility = specifications.find(|section| {
        let key = section.key(db);
        key.phase == Phase::Functional && key.subject.as_deref().is_none_or(|subject| subject == function)
    })?;
    let has_algorithm = utility
        .content(db)
        .contracts
        .iter()
        .any(|contract| contract.kind == ContractKind::Algorithm && contract.function.is_none());
    (!has_refine && has_algorithm).then_some(utility)
}

/// The functions that a module relies on, each with what it does to locks.
fn callees(db: &dyn Db, file: SourceFile, of: &dyn Fn(&str) -> Effect) -> FxHashMap<String, Effect> {
    let own: FxHashSet<String> = own_functions(db, file).into_iter().collect();
    let summary = summary(db, file);
    let relied = summary.of_role(|role| matches!(role, Role::Rely(_)));
    let functions = relied.filter(|entry| entry.kind == SymbolKind::Function);
    let mut out = FxHashMap::default();
    for entry in functions.filter(|entry| !own.contains(&entry.symbol.name)) {
        out.entry(entry.symbol.name.clone()).or_insert_with(|| of(&entry.symbol.name));
    }
    out
}

/// What the provider of a function says of its locks; what the file restates when there is no provider.
fn provided_effect(db: &dyn Db, file: SourceFile, function: &str) -> Effect {
    let symbol = Symbol::new(db, SymbolName::ordinary(function));
    let stated = match provider(db, file, symbol) {
        Provider::Module(module) => lock_effect(db, module, symbol),
        _ => lock_effect(db, file, symbol),
    };
    if stated.is_stated {
        return stated.as_ref().clone();
    }
    let restated = lock_effect(db, file, symbol);
    if restated.is_stated {
        return restated.as_ref().clone();
    }
    if stated.is_vague { stated.as_ref().clone() } else { Effect::default() }
}

/// Whether a module calls something of which only the name tells that it has to do with locks.
fn is_open(db: &dyn Db, file: SourceFile, callees: &FxHashMap<String, Effect>) -> bool {
    let is_dark = |(name, effect): (&String, &Effect)| {
        let name = name.to_ascii_lowercase();
        !effect.is_stated && (names_lock(&name) || effect.is_vague)
    };
    callees.iter().any(is_dark) || {
        // It may lock by itself what it sees the mutex of, or with what libc has for that.
        const MEANS: &[&str] = &["pthread_", "mutex", "spinlock", "_lock_t"];
        let sections = lower(db, file).iter();
        let mut texts = sections
            .filter(|section| matches!(section.key(db).kind, SectionKind::Specification | SectionKind::Rely));
        texts.any(|section| MEANS.iter().any(|word| section.content(db).text.contains(word)))
    }
}

/// Whether a function's name has the word "lock" in it.
fn names_lock(name: &str) -> bool {
    name.split('_')
        .any(|word| matches!(word, "lock" | "unlock" | "mutex" | "trylock" | "spinlock" | "rwlock"))
}

/// The parameters of a function, with whether some function that it relies on asks for a lock of their class.
fn parameters(
    db: &dyn Db,
    file: SourceFile,
    function: &str,
    callees: &FxHashMap<String, Effect>,
) -> Vec<(String, bool)> {
    let classes = lock_classes(callees);
    let own = function_parameters(db, file, function);
    own.into_iter()
        .map(|(name, class)| {
            let is_lockable = class.is_some_and(|class| classes.contains(&class));
            (name, is_lockable)
        })
        .collect()
}

/// The named parameters of a function as a file declares it, with the structures that they point to.
fn function_parameters(db: &dyn Db, file: SourceFile, function: &str) -> Vec<(String, Option<String>)> {
    let Some(shape) = function_shape(db, file, function) else { return Vec::new() };
    let Shape::Function(function, _) = shape.as_ref() else { return Vec::new() };
    let named = function.names.0.iter().zip(&function.parameters);
    named.filter_map(|(name, ty)| Some((name.clone()?, class_of(ty)))).collect()
}

/// The structures that functions take whose locks they acquire, release or need.
fn lock_classes(callees: &FxHashMap<String, Effect>) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for effect in callees.values().filter(|effect| effect.is_stated) {
        let positions =
            effect.needs().into_iter().map(|(at, _)| at).chain(effect.acquires()).chain(effect.releases());
        out.extend(positions.filter_map(|at| effect.parameters.get(at)?.class.clone()));
    }
    out.sort();
    out.dedup();
    out
}

/// What a reader is told of a function's locks in one line; `None` when its contract does not speak of them.
pub fn effect_line(db: &dyn Db, file: SourceFile, function: &SymbolName) -> Option<String> {
    lock_effect(db, file, Symbol::new(db, function.clone())).line()
}

/// The sections of a module that restate the lock contract of a function, or else that declare it.
fn reliance_place(db: &dyn Db, file: SourceFile, function: &str) -> Option<crate::finding::Place> {
    let restated = lower(db, file).iter().copied().find(|section| {
        let key = section.key(db);
        key.kind == SectionKind::Specification
            && key.phase == Phase::Refine
            && key.subject.as_deref() == Some(function)
    });
    if let Some(section) = restated {
        let content = section.content(db);
        return Some(crate::finding::Place::section(db, section, content.subject.unwrap_or(content.name)));
    }
    let mut relies = lower(db, file)
        .iter()
        .filter_map(|&section| matches!(role_of(section.key(db)), Some(Role::Rely(_))).then_some(section));
    relies.find_map(|section| {
        let declared = code(db, section).declarations.iter();
        let mut declared = declared.filter(|found| !found.symbol.tag && found.symbol.name == function);
        Some(crate::finding::Place::section(db, section, declared.next()?.name_span))
    })
}

/// Whether a file is a module whose locks are looked at.
fn is_looked_at(db: &dyn Db, file: SourceFile) -> bool {
    is_module(db, file)
}

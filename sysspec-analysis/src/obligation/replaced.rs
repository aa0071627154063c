//! What the root of a patch owes to the modules whose place it takes: a contract that is equivalent to theirs, so that
//! swapping it in changes nothing for anybody (paper, section 4.3).

use crate::db::{Db, SourceFile};
use crate::denotation::Denotation;
use crate::finding::Place;
use crate::patch::{PatchId, inferred_kind, patch_of, replaced};
use crate::symbols::{Role, SymbolName, summary};
use crate::vocabulary::{FunctionVocabulary, function_shape, parameter_names};
use crate::{NodeKind, SymbolKind};

use super::contract::{Contract, Part, contract};
use super::sides::Sides;
use super::statements::World;
use super::{Kind, Obligation};

/// The obligations of a spec that is the root of a declared patch.
pub fn obligations(db: &dyn Db, file: SourceFile, out: &mut Vec<Obligation<Place>>) {
    let Some(patch) = patch_of(db, file).filter(|patch| is_root(db, *patch, file)) else { return };
    let replaced = replaced(db, patch);
    for &other in replaced.by_spec.get(&file).map(Vec::as_slice).unwrap_or_default() {
        for function in functions(db, file) {
            if functions(db, other).any(|name| name == function) {
                of_function(db, file, other, function, out);
            }
        }
    }
}

fn is_root<'db>(db: &'db dyn Db, patch: PatchId<'db>, file: SourceFile) -> bool {
    let nodes = crate::patch::nodes(db, patch);
    let declared = nodes.iter().find(|node| node.spec == Some(file)).and_then(|node| node.kind);
    crate::patch::is_declared(db, patch)
        && declared.unwrap_or_else(|| inferred_kind(db, patch, file)) == NodeKind::Root
}

fn functions(db: &dyn Db, file: SourceFile) -> impl Iterator<Item = &str> {
    let own = summary(db, file).of_role(|role| role == Role::Guarantee);
    own.filter(|entry| entry.kind == SymbolKind::Function).map(|entry| entry.symbol.name.as_str())
}

fn of_function(
    db: &dyn Db,
    file: SourceFile,
    other: SourceFile,
    function: &str,
    out: &mut Vec<Obligation<Place>>,
) {
    let names =
        |file| function_shape(db, file, function).map(|shape| parameter_names(&shape)).unwrap_or_default();
    let (ours, theirs) = (names(file), names(other));
    let rename = |name: &str| {
        let at = theirs.iter().position(|parameter| parameter.as_deref() == Some(name))?;
        ours.get(at).cloned().flatten()
    };
    let vocabulary = FunctionVocabulary::new(db, file, function);
    let head = Place::Name(file, Role::Guarantee, SymbolName::ordinary(function));
    for part in [Part::Functional, Part::Locks] {
        let new = contract(db, file, function, part, &|_| None);
        let old = contract(db, other, function, part, &rename);
        let denotation = Denotation::of(&vocabulary, new.formulas().into_iter().chain(old.formulas()));
        let objects: Vec<_> = new.locked_objects().into_iter().chain(old.locked_objects()).collect();
        let equal = Equivalence { function, denotation: &denotation, objects: &objects, part, head: &head };
        equal.follows(&old, &new, true, out);
        equal.follows(&new, &old, false, out);
    }
}

struct Equivalence<'a> {
    function: &'a str,
    denotation: &'a Denotation<'a>,
    objects: &'a [(crate::formula::Expression, crate::logic::Moment)],
    part: Part,
    head: &'a Place,
}

impl Equivalence<'_> {
    /// What one contract says follows from the other. The finding stands in the new module: at the line when that is
    /// the new one's, else at the function, with the old line beside it.
    fn follows(&self, from: &Contract, to: &Contract, is_new: bool, out: &mut Vec<Obligation<Place>>) {
        let nothing = Contract::default();
        let world = || World::new(self.denotation, self.objects.iter().cloned());
        let sides = |before| Sides {
            function: self.function,
            world: world(),
            before,
            promised: from,
            part: self.part,
            besides: &nothing,
        };
        let place = |line: &Place| if is_new { line.clone() } else { self.head.clone() };
        let other = |line: &Place| (!is_new).then(|| line.clone());
        let required = sides(from.pre.iter().collect());
        for line in &to.pre {
            let owed = required.requirement(line, place(&line.place), Kind::RootPre);
            out.push(Obligation { other: other(&line.place), ..owed });
        }
        let promised = sides(from.pre.iter().chain(&to.pre).collect());
        for group in &to.post {
            for line in &group.lines {
                let owed = promised.claim(group.guard.as_ref(), line, place(&line.place), Kind::RootPost);
                out.push(Obligation { other: other(&line.place), ..owed });
            }
        }
    }
}

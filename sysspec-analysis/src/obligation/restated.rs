//! What a module takes for granted of the functions it calls.

use crate::Phase;
use crate::db::{Db, SourceFile};
use crate::denotation::Denotation;
use crate::finding::Place;
use crate::index::{Provider, provider};
use crate::lower::{SectionKind, lower};
use crate::symbols::{Role, Symbol, SymbolName, code, role_of};
use crate::vocabulary::{FunctionVocabulary, function_shape, parameter_names};

use super::comment;
use super::contract::{Contract, Group, Part, contract, restated};
use super::sides::Sides;
use super::statements::World;
use super::{Kind, Obligation};

/// The obligations that come from restated contracts and from comments beside relied declarations.
pub fn obligations(db: &dyn Db, file: SourceFile, out: &mut Vec<Obligation<Place>>) {
    for &section in lower(db, file) {
        let key = section.key(db);
        if let (SectionKind::Specification, Some(function)) = (key.kind, &key.subject)
            && let Some(callee) = Callee::of(db, file, function)
        {
            callee.restated(key.phase, out);
        }
        if matches!(role_of(key), Some(Role::Rely(_))) {
            for declared in code(db, section).declarations.iter().filter(|found| !found.symbol.tag) {
                let Some(comment) = &declared.comment else { continue };
                let place = Place::section(db, section, declared.span);
                if let Some(callee) = Callee::of(db, file, &declared.symbol.name) {
                    comment::obligations(&callee, comment, &place, out);
                }
            }
        }
    }
}

/// A function that the module relies on, and its provider.
pub struct Callee<'db> {
    db: &'db dyn Db,
    file: SourceFile,
    /// What it is called.
    pub function: String,
    provider: SourceFile,
    /// The provider's names for the parameters, in order.
    theirs: Vec<Option<String>>,
    /// The module's own names for them.
    pub ours: Vec<Option<String>>,
}

impl<'db> Callee<'db> {
    /// The callee of that name; `None` when no other module guarantees it.
    fn of(db: &'db dyn Db, file: SourceFile, function: &str) -> Option<Self> {
        let symbol = Symbol::new(db, SymbolName::ordinary(function));
        let Provider::Module(module) = provider(db, file, symbol) else { return None };
        if module == file {
            return None;
        }
        let theirs = parameter_names(&*function_shape(db, module, function)?);
        let ours = parameter_names(&*function_shape(db, file, function)?);
        Some(Self { db, file, function: function.to_owned(), provider: module, theirs, ours })
    }

    /// The provider's contract in the module's names for the parameters.
    pub fn promised(&self, part: Part) -> Contract {
        let rename = |name: &str| {
            let at = self.theirs.iter().position(|parameter| parameter.as_deref() == Some(name))?;
            self.ours.get(at).cloned().flatten()
        };
        contract(self.db, self.provider, &self.function, part, &rename)
    }

    /// What the provider requires of locks, and promises: in its refine phase, or, if it has none, at once. And what it
    /// promises besides.
    pub fn promised_locks(&self) -> (Contract, Part, Contract) {
        let locks = self.promised(Part::Locks);
        let functional = self.promised(Part::Functional);
        match locks.is_empty() {
            true => (functional, Part::Functional, Contract::default()),
            false => (locks, Part::Locks, functional),
        }
    }

    /// The names that contracts of it may use, the parameters' as the module calls them.
    pub fn vocabulary(&self) -> FunctionVocabulary<'db> {
        FunctionVocabulary::new(self.db, self.provider, &self.function).with_parameters(self.ours.clone())
    }

    fn restated(&self, phase: Phase, out: &mut Vec<Obligation<Place>>) {
        let restated = restated(self.db, self.file, &self.function, phase);
        let (promised, part, besides) = match phase {
            Phase::Refine => self.promised_locks(),
            Phase::Functional => {
                (self.promised(Part::Functional), Part::Functional, self.promised(Part::Locks))
            }
        };
        let vocabulary = self.vocabulary();
        let contracts = [&restated, &promised, &besides];
        let denotation =
            Denotation::of(&vocabulary, contracts.iter().flat_map(|contract| contract.formulas()));
        let objects: Vec<_> = contracts.iter().flat_map(|contract| contract.locked_objects()).collect();
        let world = || World::new(&denotation, objects.clone());
        let required = Sides {
            function: &self.function,
            world: world(),
            before: restated.pre.iter().collect(),
            promised: &promised,
            part,
            besides: &besides,
        };
        // The finding belongs where the module restates the contract: at its pre-condition, or its first line.
        let head =
            restated.pre.first().or_else(|| restated.post.first()?.lines.first()).map(|line| &line.place);
        for line in promised.pre.iter().filter(|line| is_required(line, phase, part)) {
            let place = head.unwrap_or(&line.place).clone();
            out.push(required.requirement(line, place, Kind::CalleePre));
        }
        // A call that meets no pre-condition is another obligation's business.
        let before = restated.pre.iter().chain(&promised.pre).chain(&besides.pre).collect();
        let sides = Sides { world: world(), before, ..required };
        for group in &restated.post {
            for line in &group.lines {
                out.push(sides.claim(group.guard.as_ref(), line, line.place.clone(), Kind::CalleePost));
            }
        }
        let cases: Vec<&Group> = restated.post.iter().filter(|group| group.is_case).collect();
        out.extend(cases.iter().filter_map(|case| sides.can_return(case, Kind::Returned)));
        out.extend(sides.handles_all(&cases, Kind::Handled));
    }
}

/// Whether what a provider requires has to be met by a contract restated in that phase: everything, but for a lock
/// contract only what is about locks when the provider states both at once.
fn is_required(line: &super::contract::Line, phase: Phase, part: Part) -> bool {
    phase == Phase::Functional || part == Part::Locks || line.is_of_locks()
}

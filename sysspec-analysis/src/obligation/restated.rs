//! What a module takes for granted of the functions it calls.

use std::sync::Arc;

use crate::Phase;
use crate::db::{Db, SourceFile};
use crate::denotation::Denotation;
use crate::english;
use crate::finding::Place;
use crate::index::{Provider, provider};
use crate::logic::{Entailment, Moment, Term};
use crate::lower::{SectionKind, lower, normalise};
use crate::symbols::{Role, Symbol, SymbolName, code, role_of};
use crate::vocabulary::{FunctionVocabulary, function_shape, parameter_names};

use super::contract::{Contract, Line, Part, contract, shown};
use super::statements::{World, are_exhaustive, are_of_locks};
use super::{Kind, Obligation, Question};

/// The obligations that come from restated lock contracts and from comments beside relied declarations.
pub fn obligations(db: &dyn Db, file: SourceFile, out: &mut Vec<Obligation<Place>>) {
    for &section in lower(db, file) {
        let key = section.key(db);
        if let (SectionKind::Specification, Phase::Refine, Some(function)) =
            (key.kind, key.phase, &key.subject)
            && let Some(callee) = Callee::of(db, file, function)
        {
            callee.restated_locks(out);
        }
        if matches!(role_of(key), Some(Role::Rely(_))) {
            for declared in code(db, section).declarations.iter().filter(|found| !found.symbol.tag) {
                let Some(comment) = &declared.comment else { continue };
                let place = Place::section(db, section, declared.span);
                if let Some(callee) = Callee::of(db, file, &declared.symbol.name) {
                    callee.commented(comment, &place, out);
                }
            }
        }
    }
}

/// A function that the module relies on, and its provider.
struct Callee<'db> {
    db: &'db dyn Db,
    file: SourceFile,
    function: String,
    provider: SourceFile,
    /// The provider's names for the parameters, in order.
    theirs: Vec<Option<String>>,
    /// The module's own names for them.
    ours: Vec<Option<String>>,
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
    fn promised(&self, part: Part) -> Contract {
        let rename = |name: &str| {
            let at = self.theirs.iter().position(|parameter| parameter.as_deref() == Some(name))?;
            self.ours.get(at).cloned().flatten()
        };
        contract(self.db, self.provider, &self.function, part, &rename)
    }

    /// What the provider requires of locks, and promises: in its refine phase, or, if it has none, at once.
    fn promised_locks(&self) -> Contract {
        let locks = self.promised(Part::Locks);
        if locks.is_empty() { self.promised(Part::Functional) } else { locks }
    }

    fn vocabulary(&self) -> FunctionVocabulary<'db> {
        FunctionVocabulary::new(self.db, self.provider, &self.function).with_parameters(self.ours.clone())
    }

    fn restated_locks(&self, out: &mut Vec<Obligation<Place>>) {
        let restated = contract(self.db, self.file, &self.function, Part::Locks, &|_| None);
        let promised = self.promised_locks();
        let vocabulary = self.vocabulary();
        let formulas = restated.formulas().into_iter().chain(promised.formulas());
        let denotation = Denotation::of(&vocabulary, formulas);
        let objects = restated.locked_objects().into_iter().chain(promised.locked_objects());
        let case = Case {
            callee: self,
            world: World::new(&denotation, objects),
            restated: &restated,
            promised: &promised,
        };
        for required in promised.pre.iter().filter(|line| are_of_locks(&line.statements)) {
            out.push(case.requirement(required));
        }
        for group in &restated.post {
            for line in &group.lines {
                out.push(case.promise(group.guard.as_ref(), line, Kind::CalleePost));
            }
        }
    }

    /// What a comment says follows from what the provider promises.
    fn commented(&self, comment: &str, place: &Place, out: &mut Vec<Obligation<Place>>) {
        let promised = self.promised(Part::Functional);
        let is_known = |word: &str| {
            word == "NULL" || self.ours.iter().flatten().any(|name| name == word && name.len() > 1)
        };
        let new = |question| Obligation {
            kind: Kind::Comment,
            function: self.function.clone(),
            place: place.clone(),
            other: None,
            grounds: Vec::new(),
            question,
        };
        let Some(statements) = english::read(comment, &is_known) else {
            return out.push(new(Question::Informal));
        };
        let line = Line { statements, place: place.clone(), text: comment.to_owned(), is_understood: true };
        let restated = Contract::default();
        let vocabulary = self.vocabulary();
        let own = super::statements::formulas(&line.statements);
        let denotation = Denotation::of(&vocabulary, promised.formulas().into_iter().chain(own));
        let objects = promised.locked_objects();
        let world = World::new(&denotation, objects);
        let case = Case { callee: self, world, restated: &restated, promised: &promised };
        out.push(case.promise(None, &line, Kind::Comment));
    }
}

/// One callee's two contracts, in one world.
struct Case<'a, 'db> {
    callee: &'a Callee<'db>,
    world: World<'a, 'a>,
    restated: &'a Contract,
    promised: &'a Contract,
}

/// Assumptions, and the clauses they come from.
#[derive(Default)]
struct Assumptions {
    terms: Vec<Term>,
    grounds: Vec<Option<Place>>,
}

impl Assumptions {
    fn add(&mut self, term: Term, place: Option<&Place>) {
        if term != Term::truth(true) {
            self.terms.push(term);
            self.grounds.push(place.cloned());
        }
    }
}

impl Case<'_, '_> {
    /// What the provider requires follows from what the module says is required.
    fn requirement(&self, required: &Line) -> Obligation<Place> {
        let mut assumptions = Assumptions::default();
        self.assume(&self.restated.pre, Moment::Call, &mut assumptions);
        let question = match self.world.terms(&required.statements, Moment::Call) {
            Ok(goal) => self.holds(&assumptions, goal, &[required]),
            Err(_) => Question::Informal,
        };
        // The finding belongs where the module restates the contract: at its pre-condition, or its heading.
        let place = self.restated.pre.first().or_else(|| self.restated.post.first()?.lines.first());
        let place = place.map_or_else(|| required.place.clone(), |line| line.place.clone());
        let owed = self.obligation(Kind::CalleePre, place, assumptions, question);
        Obligation { other: Some(required.place.clone()), ..owed }
    }

    /// What the module says is promised follows from what the provider promises.
    fn promise(&self, guard: Option<&Line>, line: &Line, kind: Kind) -> Obligation<Place> {
        let mut assumptions = Assumptions::default();
        self.assume(&self.restated.pre, Moment::Call, &mut assumptions);
        self.assume(&self.promised.pre, Moment::Call, &mut assumptions);
        self.assume_post(&mut assumptions);
        let question = self.promise_question(guard, line, &assumptions);
        self.obligation(kind, line.place.clone(), assumptions, question)
    }

    fn promise_question(&self, guard: Option<&Line>, line: &Line, assumptions: &Assumptions) -> Question {
        if !line.is_understood {
            let said = normalise(&line.text);
            let is_said = self
                .promised
                .post
                .iter()
                .flat_map(|group| &group.lines)
                .any(|other| normalise(&other.text) == said);
            return if is_said { Question::Textual } else { Question::Informal };
        }
        // Who promises nothing that is understood has not said that it leaves all locks alone.
        if !self.promised.lines().any(|(line, _)| line.is_understood) {
            return Question::Informal;
        }
        let goal = self.world.terms(&line.statements, Moment::Return);
        let condition = match guard {
            Some(guard) if !guard.is_understood => return Question::Informal,
            Some(guard) => self.world.terms(&guard.statements, Moment::Return),
            None => Ok(Term::truth(true)),
        };
        match (condition, goal) {
            (Ok(condition), Ok(goal)) => {
                let lines: Vec<&Line> = guard.into_iter().chain([line]).collect();
                self.holds(assumptions, condition.implies(goal), &lines)
            }
            _ => Question::Informal,
        }
    }

    fn assume(&self, lines: &[Line], moment: Moment, assumptions: &mut Assumptions) {
        for line in lines.iter().filter(|line| line.is_understood) {
            // What cannot be denoted is not assumed, which is safe.
            if let Ok(term) = self.world.terms(&line.statements, moment) {
                assumptions.add(term, Some(&line.place));
            }
        }
    }

    /// The provider's post-condition, and the locks it leaves alone by not speaking of them.
    fn assume_post(&self, assumptions: &mut Assumptions) {
        let mut always: Vec<Term> = Vec::new();
        let plain = self.promised.post.iter().filter(|group| group.guard.is_none());
        let mut is_open = false;
        for line in plain.clone().flat_map(|group| &group.lines) {
            always.extend(self.objects_of(line));
            is_open |= leaves_open(line);
        }
        let is_settled = plain.flat_map(|group| &group.lines).any(|line| are_exhaustive(&line.statements));
        let has_cases = self.promised.post.iter().any(|group| group.guard.is_some());
        for group in &self.promised.post {
            let guard = match &group.guard {
                Some(guard) if !guard.is_understood => continue,
                Some(guard) => match self.world.terms(&guard.statements, Moment::Return) {
                    Ok(guard) => guard,
                    Err(_) => continue,
                },
                None => Term::truth(true),
            };
            let mut changed = always.clone();
            let mut is_exhaustive = is_settled || is_open;
            for line in &group.lines {
                is_exhaustive |= are_exhaustive(&line.statements) || leaves_open(line);
                changed.extend(self.objects_of(line));
                if let Ok(term) = self.world.terms(&line.statements, Moment::Return) {
                    assumptions.add(guard.clone().implies(term), Some(&line.place));
                }
            }
            if group.guard.is_some() && !is_exhaustive {
                assumptions.add(guard.implies(self.world.unchanged(&changed)), Some(&group.head));
            }
        }
        if !has_cases && !is_settled && !is_open {
            assumptions.add(self.world.unchanged(&always), None);
        }
    }

    /// The objects whose locks a line speaks of, as terms.
    fn objects_of(&self, line: &Line) -> Vec<Term> {
        let objects = super::statements::locked_objects(&line.statements);
        objects
            .into_iter()
            .filter_map(|object| self.world.denotation.term(object, Moment::Return).ok())
            .collect()
    }

    fn holds(&self, assumptions: &Assumptions, goal: Term, lines: &[&Line]) -> Question {
        let mut atoms = Vec::new();
        for line in lines {
            let formulas = super::statements::formulas(&line.statements);
            formulas.into_iter().for_each(|formula| shown(formula, Moment::Return, &mut atoms));
        }
        Question::Holds(Arc::new(Entailment {
            assumptions: assumptions.terms.clone(),
            goal,
            shown: super::values_shown(&self.world, &atoms),
        }))
    }

    fn obligation(
        &self,
        kind: Kind,
        place: Place,
        assumptions: Assumptions,
        question: Question,
    ) -> Obligation<Place> {
        Obligation {
            kind,
            function: self.callee.function.clone(),
            place,
            other: None,
            grounds: assumptions.grounds,
            question,
        }
    }
}

/// Whether a line that is not understood may say something of other locks.
fn leaves_open(line: &Line) -> bool {
    !line.is_understood && line.text.to_ascii_lowercase().contains("lock")
}

//! What a contract owes to itself: that it can be met.

use std::sync::Arc;

use crate::SymbolKind;
use crate::db::{Db, SourceFile};
use crate::denotation::Denotation;
use crate::finding::Place;
use crate::logic::{Entailment, Moment, Term};
use crate::symbols::{Role, summary};
use crate::vocabulary::FunctionVocabulary;

use super::contract::{Contract, Group, Line, Part, contract, shown};
use super::statements::World;
use super::{Kind, Obligation, Question};

/// The obligations of the contracts that a module states of its own functions.
pub fn obligations(db: &dyn Db, file: SourceFile, out: &mut Vec<Obligation<Place>>) {
    let summary = summary(db, file);
    let own = summary
        .entries
        .iter()
        .filter(|entry| entry.role == Role::Guarantee && entry.kind == SymbolKind::Function);
    let own: Vec<&str> = own.map(|entry| entry.symbol.name.as_str()).collect();
    for function in &own {
        for part in [Part::Functional, Part::Locks] {
            let contract = contract(db, file, function, part, &|_| None);
            if !contract.is_empty() {
                of_contract(db, file, function, &contract, out);
            }
        }
    }
}

fn of_contract(
    db: &dyn Db,
    file: SourceFile,
    function: &str,
    contract: &Contract,
    out: &mut Vec<Obligation<Place>>,
) {
    let vocabulary = FunctionVocabulary::new(db, file, function);
    let denotation = Denotation::of(&vocabulary, contract.formulas());
    let owner = Owner { function, contract, world: World::new(&denotation, contract.locked_objects()) };
    out.extend(owner.satisfiable());
    for (at, group) in contract.post.iter().enumerate() {
        out.extend(owner.possible(group));
        let others = contract.post[at + 1..].iter().filter(|other| other.is_case && group.is_case);
        out.extend(others.filter_map(|other| owner.agreement(group, other)));
    }
}

struct Owner<'a> {
    function: &'a str,
    contract: &'a Contract,
    world: World<'a, 'a>,
}

impl Owner<'_> {
    /// The pre-condition can be met, where the invariants hold.
    fn satisfiable(&self) -> Option<Obligation<Place>> {
        let first = self.contract.pre.first()?;
        let before = self.before();
        let question = match before.is_empty() {
            true => Question::Informal,
            false => Question::Consistent(self.question(&before, Moment::Call)),
        };
        Some(self.obligation(Kind::Satisfiable, first.place.clone(), &before, question))
    }

    /// A case, or what holds in any case, can hold.
    fn possible(&self, group: &Group) -> Option<Obligation<Place>> {
        let own = self.of_group(group);
        if own.is_empty() && group.lines.is_empty() {
            return None;
        }
        let all = [self.before(), self.in_any_case(group), own.clone()].concat();
        let question = match own.is_empty() {
            true => Question::Informal,
            false => Question::Consistent(self.question(&all, Moment::Return)),
        };
        Some(self.obligation(Kind::Possible, group.head.clone(), &all, question))
    }

    /// Two cases are apart, or agree.
    fn agreement(&self, one: &Group, two: &Group) -> Option<Obligation<Place>> {
        let guards: Option<Vec<(Term, &Line)>> = [one, two]
            .into_iter()
            .map(|group| {
                let guard = group.guard.as_ref().filter(|guard| guard.is_understood)?;
                Some((self.world.terms(&guard.statements, Moment::Return).ok()?, guard))
            })
            .collect();
        let before = [self.before(), self.in_any_case(one)].concat();
        let Some(guards) = guards else {
            return Some(self.agreeing(one, two, &before, Question::Informal));
        };
        let both = [before.clone(), guards].concat();
        let all = [before, self.of_group(one), self.of_group(two)].concat();
        let question = Question::ApartOrConsistent(
            self.question(&both, Moment::Return),
            self.question(&all, Moment::Return),
        );
        Some(self.agreeing(one, two, &all, question))
    }

    fn agreeing(
        &self,
        one: &Group,
        two: &Group,
        assumptions: &[(Term, &Line)],
        question: Question,
    ) -> Obligation<Place> {
        let owed = self.obligation(Kind::Agreement, two.head.clone(), assumptions, question);
        Obligation { other: Some(one.head.clone()), ..owed }
    }

    /// The pre-condition and the invariants at the call.
    fn before(&self) -> Vec<(Term, &Line)> {
        let lines = self.contract.pre.iter().chain(&self.contract.invariant);
        self.denoted(lines, Moment::Call)
    }

    /// What holds on return whatever the case, apart from a group itself.
    fn in_any_case<'g>(&'g self, but: &Group) -> Vec<(Term, &'g Line)> {
        let plain = self.contract.post.iter().filter(|group| !group.is_case && group.head != but.head);
        self.denoted(plain.flat_map(|group| &group.lines), Moment::Return)
    }

    /// The guard and the outcomes of a case.
    fn of_group<'g>(&self, group: &'g Group) -> Vec<(Term, &'g Line)> {
        self.denoted(group.guard.iter().chain(&group.lines), Moment::Return)
    }

    fn denoted<'l>(&self, lines: impl Iterator<Item = &'l Line>, moment: Moment) -> Vec<(Term, &'l Line)> {
        let understood = lines.filter(|line| line.is_understood);
        understood.filter_map(|line| Some((self.world.terms(&line.statements, moment).ok()?, line))).collect()
    }

    fn question(&self, assumptions: &[(Term, &Line)], moment: Moment) -> Arc<Entailment> {
        let mut atoms = Vec::new();
        for (_, line) in assumptions {
            let formulas = super::statements::formulas(&line.statements);
            formulas.into_iter().for_each(|formula| shown(formula, moment, &mut atoms));
        }
        Arc::new(Entailment {
            assumptions: assumptions.iter().map(|(term, _)| term.clone()).collect(),
            goal: Term::truth(false),
            shown: super::values_shown(&self.world, &atoms),
        })
    }

    fn obligation(
        &self,
        kind: Kind,
        place: Place,
        assumptions: &[(Term, &Line)],
        question: Question,
    ) -> Obligation<Place> {
        let grounds = assumptions.iter().map(|(_, line)| Some(line.place.clone())).collect();
        Obligation { kind, function: self.function.to_owned(), place, other: None, grounds, question }
    }
}

//! What a contract owes to itself: that it can be met.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::SymbolKind;
use crate::db::{Db, SourceFile};
use crate::denotation::Denotation;
use crate::english::Statement;
use crate::finding::Place;
use crate::formula::Expression;
use crate::logic::{self, Entailment, Moment, Term};
use crate::symbols::{Role, summary};
use crate::vocabulary::FunctionVocabulary;

use super::contract::{Contract, Group, Line, Part, contract, shown};
use super::statements::World;
use super::{Kind, Obligation, Question};

/// A longer contract is not decided: what it owes grows with the square of its length, and nobody reads it either.
const MOST_LINES: usize = 200;

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
            if contract.lines().count() > MOST_LINES {
                let place = Place::FirstLine(file);
                out.push(Obligation::informal(Kind::Possible, function, place));
            } else if !contract.is_empty() {
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
    let owner = Owner::new(function, contract, World::new(&denotation, contract.locked_objects()));
    out.extend(owner.satisfiable());
    // What holds in any case is one conjunction.
    let mut plain = contract.post.iter().filter(|group| !group.is_case);
    let decided = plain.clone().find(|group| group.lines.iter().any(|line| owner.is_denoted(line)));
    out.extend(decided.or_else(|| plain.next()).and_then(|first| owner.possible(first)));
    let cases: Vec<&Group> = contract.post.iter().filter(|group| group.is_case).collect();
    out.extend(cases.iter().filter_map(|case| owner.possible(case)));
    for (at, one) in cases.iter().enumerate() {
        out.extend(cases[at + 1..].iter().filter_map(|other| owner.agreement(one, other)));
    }
}

struct Owner<'a> {
    function: &'a str,
    contract: &'a Contract,
    world: World<'a, 'a>,
    /// What the lines of the contract say at the moments they speak of: every pair of cases needs most of them.
    terms: FxHashMap<(*const Line, Moment), Option<Term>>,
    /// What holds of every lock, where the contract speaks of any. It comes before all other assumptions.
    laws: Option<Term>,
}

impl<'a> Owner<'a> {
    fn new(function: &'a str, contract: &'a Contract, world: World<'a, 'a>) -> Self {
        let term = |(line, moment): (&Line, Moment)| {
            ((std::ptr::from_ref(line), moment), world.terms(&line.statements, moment).ok())
        };
        let terms = contract.lines().map(term).collect();
        let laws = (!contract.locked_objects().is_empty()).then(|| world.laws());
        Self { function, contract, world, terms, laws }
    }

    fn term(&self, line: &Line, moment: Moment) -> Option<Term> {
        match self.terms.get(&(std::ptr::from_ref(line), moment)) {
            Some(known) => known.clone(),
            None => self.world.terms(&line.statements, moment).ok(),
        }
    }

    /// The pre-condition can be met, where the invariants hold.
    fn satisfiable(&self) -> Option<Obligation<Place>> {
        let first = self.contract.pre.first()?;
        let before = self.before();
        let question = match before.is_empty() {
            true => Question::Informal,
            false => Question::Consistent(self.question(&before)),
        };
        Some(self.obligation(Kind::Satisfiable, first.place.clone(), &before, question))
    }

    /// A case, or what holds in any case, can hold.
    fn possible(&self, group: &Group) -> Option<Obligation<Place>> {
        let own = self.of_group(group);
        if own.is_empty() && group.lines.is_empty() {
            return None;
        }
        let of_case = if group.is_case { own.clone() } else { Vec::new() };
        let all = [self.before(), self.behind(), self.in_any_case(), of_case].concat();
        let question = match own.is_empty() {
            true => Question::Informal,
            // When it is not known when the case holds, neither is whether it can.
            false if group.guard.as_ref().is_some_and(|guard| !self.is_denoted(guard)) => {
                Question::PartlyConsistent(self.question(&all))
            }
            false => Question::Consistent(self.question(&all)),
        };
        Some(self.obligation(Kind::Possible, group.head.clone(), &all, question))
    }

    /// Two cases are apart, or agree.
    fn agreement(&self, one: &Group, two: &Group) -> Option<Obligation<Place>> {
        let guards: Option<Vec<(Term, &Line)>> = [one, two]
            .into_iter()
            .map(|group| {
                let guard = group.guard.as_ref().filter(|guard| guard.is_understood)?;
                Some((self.term(guard, guard.moment)?, guard))
            })
            .collect();
        let before = [self.before(), self.behind(), self.in_any_case()].concat();
        let Some(guards) = guards else {
            return Some(self.agreeing(one, two, &before, Question::Informal));
        };
        let both = [before.clone(), guards].concat();
        let all = [before, self.of_group(one), self.of_group(two)].concat();
        let apart = self.question(&both);
        let together = self.question(&all);
        let is_whole = one.lines.iter().chain(&two.lines).all(|line| self.is_denoted(line));
        let question = match self.equal_outcomes(one, two) {
            Some(goal) => {
                let shown = self.shown(&both, Moment::Return);
                let agree = Arc::new(Entailment { goal, shown, ..(*apart).clone() });
                Question::ApartOrAgree(apart, agree, together)
            }
            None if is_whole => Question::ApartOrConsistent(apart, together),
            None => Question::ApartOrPartlyConsistent(apart, together),
        };
        Some(self.agreeing(one, two, &all, question))
    }

    /// What two cases say that one thing is on return, when each gives it another value that is known at the call: the
    /// two values must be equal whenever both cases hold, not just in some state.
    fn equal_outcomes(&self, one: &Group, two: &Group) -> Option<Term> {
        let equations = |group: &Group| -> Vec<(Term, Term)> {
            let statements = group.lines.iter().flat_map(|line| &line.statements);
            let formulas = statements.filter_map(|statement| match statement {
                Statement::Holds(formula) => Some(formula),
                _ => None,
            });
            formulas.filter_map(|formula| self.equation(formula)).collect()
        };
        let others = equations(two);
        let pairs = equations(one).into_iter().flat_map(|(thing, value)| {
            let same = others.iter().filter(move |(other, _)| *other == thing);
            // Two constants are equal in every state or in none.
            let same = same.filter(|(_, other)| !(is_constant(&value) && is_constant(other)));
            same.filter_map(|(_, other)| value.clone().equal(other.clone())).collect::<Vec<_>>()
        });
        let differing: Vec<Term> = pairs.filter(|term| *term != Term::truth(true)).collect();
        (!differing.is_empty()).then(|| Term::and(differing))
    }

    /// A formula `thing == value` whose value is known at the call.
    fn equation(&self, formula: &Expression) -> Option<(Term, Term)> {
        let term = self.world.denotation.truth(formula, Moment::Return).ok()?;
        let logic::Node::Equal(thing, value) = term.node() else { return None };
        (is_of_return(thing) && !is_of_return(value)).then(|| (thing.clone(), value.clone()))
    }

    /// Whether a line is understood and has a meaning.
    fn is_denoted(&self, line: &Line) -> bool {
        line.is_understood && self.term(line, Moment::Return).is_some()
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
        let plain = self.contract.post.iter().filter(|group| group.guard.is_none());
        let definitions = plain.flat_map(|group| &group.lines).filter(|line| line.is_definition());
        let lines = self.contract.pre.iter().chain(&self.contract.invariant).chain(definitions);
        self.denoted(lines, Moment::Call)
    }

    /// The invariants on return.
    fn behind(&self) -> Vec<(Term, &Line)> {
        self.denoted(self.contract.invariant.iter(), Moment::Return)
    }

    /// What holds on return whatever the case.
    fn in_any_case(&self) -> Vec<(Term, &Line)> {
        let plain = self.contract.post.iter().filter(|group| !group.is_case);
        self.denoted(plain.flat_map(|group| &group.lines), Moment::Return)
    }

    /// The guard and the outcomes of a case.
    fn of_group<'g>(&self, group: &'g Group) -> Vec<(Term, &'g Line)> {
        let guard = group.guard.as_ref().map(|guard| self.denoted([guard].into_iter(), guard.moment));
        [guard.unwrap_or_default(), self.denoted(group.lines.iter(), Moment::Return)].concat()
    }

    fn denoted<'l>(&self, lines: impl Iterator<Item = &'l Line>, moment: Moment) -> Vec<(Term, &'l Line)> {
        let understood = lines.filter(|line| line.is_understood);
        understood.filter_map(|line| Some((self.term(line, moment)?, line))).collect()
    }

    /// Whether assumptions contradict each other. A state in which they do not is not told.
    fn question(&self, assumptions: &[(Term, &Line)]) -> Arc<Entailment> {
        let terms = assumptions.iter().map(|(term, _)| term.clone());
        Arc::new(Entailment {
            assumptions: self.laws.clone().into_iter().chain(terms).collect(),
            goal: Term::truth(false),
            shown: Vec::new(),
        })
    }

    /// What a counterexample tells.
    fn shown(&self, assumptions: &[(Term, &Line)], moment: Moment) -> Vec<(Arc<str>, Term)> {
        let mut atoms = Vec::new();
        for (_, line) in assumptions {
            let formulas = super::statements::formulas(&line.statements);
            formulas.into_iter().for_each(|formula| shown(formula, moment, &mut atoms));
        }
        super::values_shown(&self.world, &atoms)
    }

    fn obligation(
        &self,
        kind: Kind,
        place: Place,
        assumptions: &[(Term, &Line)],
        question: Question,
    ) -> Obligation<Place> {
        let places = assumptions.iter().map(|(_, line)| Some(line.place.clone()));
        let grounds = self.laws.as_ref().map(|_| None).into_iter().chain(places).collect();
        Obligation { kind, function: self.function.to_owned(), place, other: None, grounds, question }
    }
}

/// Whether a term depends on what a function returns or leaves behind.
fn is_of_return(term: &Term) -> bool {
    let is_it = match term.node() {
        logic::Node::Apply(symbol, moment, arguments) => {
            *moment == Moment::Return || **symbol == *"result" && arguments.is_empty()
        }
        _ => false,
    };
    is_it || term.operands().into_iter().any(is_of_return)
}

fn is_constant(term: &Term) -> bool {
    matches!(term.node(), logic::Node::Integer(_) | logic::Node::Null | logic::Node::Truth(_))
}

//! One contract against another of the same function: does what this one claims follow from what that one promises?

use std::sync::Arc;

use crate::finding::Place;
use crate::formula::{Binary, Expression, Node};
use crate::logic::{Entailment, Moment, Term};

use super::contract::{Contract, Group, Line, Part, shown};
use super::frame::frame;
use super::statements::{Meaning, World, formulas};
use super::{Kind, Obligation, Question};

/// What is promised, in a world in which something is claimed.
pub struct Sides<'a> {
    /// The function both are about.
    pub function: &'a str,
    /// The world of both.
    pub world: World<'a, 'a>,
    /// What holds at the call.
    pub before: Vec<&'a Line>,
    /// What is promised: locks that it does not mention stay as they are.
    pub promised: &'a Contract,
    /// Which part of the contract that is.
    pub part: Part,
    /// What the function promises besides.
    pub besides: &'a Contract,
}

/// Assumptions, and the clauses they come from.
#[derive(Default)]
struct Assumptions {
    terms: Vec<Term>,
    grounds: Vec<Option<Place>>,
    /// The propositions of words that the goal speaks of. Of others nothing follows.
    words: Vec<Term>,
}

impl Assumptions {
    fn of(goal: &[&Meaning]) -> Self {
        let words = goal.iter().filter(|meaning| meaning.is_in_words).map(|meaning| meaning.term.clone());
        Self { words: words.collect(), ..Self::default() }
    }

    /// Adds what a clause says, under its guard.
    fn say(&mut self, meaning: &Meaning, guard: Option<&Meaning>, place: &Place) {
        let counts = |meaning: &Meaning| !meaning.is_in_words || self.words.contains(&meaning.term);
        if !counts(meaning) || !guard.is_none_or(counts) {
            return;
        }
        let term = meaning.term.clone();
        self.add(
            match guard {
                Some(guard) => guard.term.clone().implies(term),
                None => term,
            },
            Some(place),
        );
    }

    fn add(&mut self, term: Term, place: Option<&Place>) {
        if term != Term::truth(true) {
            self.terms.push(term);
            self.grounds.push(place.cloned());
        }
    }
}

impl Sides<'_> {
    /// What the other side requires follows from what is said to hold at the call.
    pub fn requirement(&self, required: &Line, place: Place, kind: Kind) -> Obligation<Place> {
        let meaning = self.world.line(required, Moment::Call);
        let mut assumptions = Assumptions::of(&[&meaning]);
        self.assume_before(&mut assumptions);
        let is_vague = self.before.iter().any(|line| self.may_be_about(line, &[required]));
        let question = self.question(&assumptions, meaning.term, &[required], meaning.is_in_words, is_vague);
        let other = Some(required.place.clone());
        Obligation { other, ..self.obligation(kind, place, assumptions, question) }
    }

    /// A line follows, when its guard holds, from what is promised.
    pub fn claim(
        &self,
        condition: Option<&Line>,
        line: &Line,
        place: Place,
        kind: Kind,
    ) -> Obligation<Place> {
        let meaning = self.world.line(line, Moment::Return);
        let condition_meaning = condition.map(|guard| self.world.line(guard, guard.moment));
        let meanings: Vec<&Meaning> = condition_meaning.iter().chain([&meaning]).collect();
        let assumptions = self.assumptions(&meanings);
        let is_in_words = meaning.is_in_words || condition_meaning.as_ref().is_some_and(|it| it.is_in_words);
        let lines: Vec<&Line> = condition.into_iter().chain([line]).collect();
        let goal = match condition_meaning {
            Some(condition) => condition.term.implies(meaning.term),
            None => meaning.term,
        };
        let question = self.question(&assumptions, goal, &lines, is_in_words, self.is_vague_about(&[line]));
        self.obligation(kind, place, assumptions, question)
    }

    /// The case can be met: the function can return what it is about.
    pub fn can_return(&self, case: &Group, kind: Kind) -> Option<Obligation<Place>> {
        let line = case.guard.as_ref().filter(|guard| guard.is_understood && is_of_result(guard))?;
        if !self.tells_result() {
            return None;
        }
        let mut assumptions = self.assumptions(&[]);
        let meaning = self.world.line(line, line.moment);
        assumptions.add(meaning.term, Some(&line.place));
        let question = match meaning.is_in_words {
            true => Question::Informal,
            false => Question::Consistent(Arc::new(self.entailment(&assumptions, Term::truth(false), &[]))),
        };
        Some(self.obligation(kind, case.head.clone(), assumptions, question))
    }

    /// Whatever the function returns, one of the cases is about it.
    pub fn handles_all(&self, cases: &[&Group], kind: Kind) -> Option<Obligation<Place>> {
        let guards: Vec<&Line> = cases.iter().filter_map(|case| case.guard.as_ref()).collect();
        let is_complete = guards.len() == cases.len() && guards.len() > 1;
        let are_of_result = guards.iter().all(|guard| guard.is_understood && is_of_result(guard));
        if !is_complete || !are_of_result {
            return None;
        }
        let meanings: Vec<_> = guards.iter().map(|guard| self.world.line(guard, guard.moment)).collect();
        let is_in_words = meanings.iter().any(|meaning| meaning.is_in_words);
        let assumptions = self.assumptions(&meanings.iter().collect::<Vec<_>>());
        let goal = Term::or(meanings.into_iter().map(|meaning| meaning.term));
        let is_vague = !self.tells_result() || self.is_vague_about(&guards);
        let question = self.question(&assumptions, goal, &guards, is_in_words, is_vague);
        Some(self.obligation(kind, guards[0].place.clone(), assumptions, question))
    }

    /// Whether a formula of what is promised says something of the result.
    fn tells_result(&self) -> bool {
        let lines = |contract: &Contract| {
            let lines = contract.post.iter().flat_map(|group| group.guard.iter().chain(&group.lines));
            lines.into_iter().any(is_of_result)
        };
        lines(self.promised) || lines(self.besides)
    }

    fn assumptions(&self, goal: &[&Meaning]) -> Assumptions {
        let mut out = Assumptions::of(goal);
        self.assume_before(&mut out);
        self.assume_post(self.promised, Some(self.part), &mut out);
        self.assume_post(self.besides, None, &mut out);
        out
    }

    /// What is said to hold at the call.
    fn assume_before(&self, out: &mut Assumptions) {
        for line in &self.before {
            out.say(&self.world.line(line, Moment::Call), None, &line.place);
        }
        out.add(self.world.laws(), None);
    }

    /// What holds on return; with the locks that are left alone when a part of the contract is given.
    fn assume_post(&self, contract: &Contract, part: Option<Part>, out: &mut Assumptions) {
        for line in &contract.invariant {
            out.say(&self.world.line(line, Moment::Call), None, &line.place);
            out.say(&self.world.line(line, Moment::Return), None, &line.place);
        }
        let frame = part.map(|part| frame(&self.world, contract, part));
        let has_cases = contract.post.iter().any(|group| group.guard.is_some());
        for group in &contract.post {
            let guard = group.guard.as_ref().map(|guard| self.world.line(guard, guard.moment));
            for line in &group.lines {
                out.say(&self.world.line(line, Moment::Return), guard.as_ref(), &line.place);
                if guard.is_none() && line.is_definition() {
                    out.say(&self.world.line(line, Moment::Call), None, &line.place);
                }
            }
            if let (Some(frame), Some(guard)) = (&frame, &guard) {
                let frame = Meaning { term: frame.clone(), is_in_words: false };
                out.say(&frame, Some(guard), &group.head);
            }
        }
        if let Some(frame) = frame.filter(|_| !has_cases) {
            out.add(frame, None);
        }
    }

    /// Whether something that is promised and not understood may be about the same as these lines, so that a
    /// counterexample would decide nothing.
    fn is_vague_about(&self, lines: &[&Line]) -> bool {
        let promised = |contract: &Contract| {
            let mut of = contract.post.iter().flat_map(|group| group.guard.iter().chain(&group.lines));
            of.any(|line| self.may_be_about(line, lines))
        };
        let is_before = self.before.iter().any(|line| self.may_be_about(line, lines));
        promised(self.promised) || promised(self.besides) || is_before
    }

    /// Whether a line may say more of what others are about than is understood: it is in words about locks or about a name
    /// of theirs; or it says that something is what another function returns, whose contract is not at hand.
    fn may_be_about(&self, line: &Line, others: &[&Line]) -> bool {
        if line.is_understood {
            let mut names = Vec::new();
            formulas(&line.statements)
                .into_iter()
                .for_each(|formula| self.defined_elsewhere(formula, &mut names));
            return others.iter().any(|other| {
                let mut theirs = Vec::new();
                formulas(&other.statements).into_iter().for_each(|formula| names_of(formula, &mut theirs));
                names.iter().any(|name| theirs.contains(name))
            });
        }
        let is_of_locks = line.is_of_locks();
        others.iter().any(|other| {
            if other.is_of_locks() {
                return is_of_locks;
            }
            let mut names = Vec::new();
            formulas(&other.statements).into_iter().for_each(|formula| names_of(formula, &mut names));
            let lower = line.text.to_ascii_lowercase();
            let mut words = lower.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
            words.any(|word| {
                names.iter().any(|name| match name.as_str() {
                    "result" => word.starts_with("return") || word == "result",
                    name => name == word,
                })
            })
        })
    }

    /// The names in what a formula says is equal to something that no declaration tells the values of.
    fn defined_elsewhere(&self, formula: &Expression, out: &mut Vec<String>) {
        if let Node::Binary(Binary::Equal, left, right) = &formula.node
            && self.is_elsewhere(right)
        {
            names_of(left, out);
        }
        formula.operands().into_iter().for_each(|operand| self.defined_elsewhere(operand, out));
    }

    /// Whether a value is told by no declaration and by no rule of the language.
    fn is_elsewhere(&self, value: &Expression) -> bool {
        match &value.node {
            Node::Call(name, arguments) if matches!(name.as_str(), "min" | "max") => {
                arguments.iter().any(|argument| self.is_elsewhere(argument))
            }
            Node::Call(..) => true,
            Node::Name(name) => !self.world.denotation.is_declared(name),
            _ => false,
        }
    }

    fn question(
        &self,
        assumptions: &Assumptions,
        goal: Term,
        lines: &[&Line],
        is_in_words: bool,
        is_vague: bool,
    ) -> Question {
        if self.promised.is_empty() && self.besides.is_empty() {
            // Where nothing is stated, there is nothing to hold a claim against.
            return Question::Informal;
        }
        // Only of what must hold a counterexample is told.
        let is_told = !is_in_words && !is_vague;
        let entailment = Arc::new(self.entailment(assumptions, goal, if is_told { lines } else { &[] }));
        match (is_in_words, is_vague) {
            (true, _) => Question::InWords(entailment),
            (false, true) => Question::Supported(entailment),
            (false, false) => Question::Holds(entailment),
        }
    }

    fn entailment(&self, assumptions: &Assumptions, goal: Term, lines: &[&Line]) -> Entailment {
        let mut atoms = Vec::new();
        for line in lines {
            let formulas = formulas(&line.statements);
            formulas.into_iter().for_each(|formula| shown(formula, Moment::Return, &mut atoms));
        }
        Entailment {
            assumptions: assumptions.terms.clone(),
            goal,
            shown: if lines.is_empty() { Vec::new() } else { super::values_shown(&self.world, &atoms) },
        }
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
            function: self.function.to_owned(),
            place,
            other: None,
            grounds: assumptions.grounds,
            question,
        }
    }
}

fn names_of(formula: &Expression, out: &mut Vec<String>) {
    match &formula.node {
        Node::Result => out.push("result".into()),
        Node::Name(name) | Node::Call(name, _) | Node::Member(_, name, _) => {
            out.push(name.to_ascii_lowercase())
        }
        _ => {}
    }
    formula.operands().into_iter().for_each(|operand| names_of(operand, out));
}

fn is_of_result(line: &Line) -> bool {
    fn of(formula: &Expression) -> bool {
        formula.node == Node::Result || formula.operands().into_iter().any(of)
    }
    formulas(&line.statements).into_iter().any(of)
}

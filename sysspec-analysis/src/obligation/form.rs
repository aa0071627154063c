//! What a question asks, whatever its names are.
//!
//! To a solver a name is only the same as itself: `size > 0` follows from `size > 1` as `count > 0` does from
//! `count > 1`. Modules of one kind ask many questions that are equal in all but names, and one verdict answers them
//! all. So names are counted in the order in which a question comes to them, and it is known by what is left.

use std::hash::Hash;

use rustc_hash::FxHashMap;
use siphasher::sip128::{Hasher128, SipHasher13};

use super::Question;
use crate::logic::{Entailment, Node, Sort, Term};

/// The forms of what one question consists of.
#[derive(Default)]
pub struct Forms<'q> {
    /// The names of functions and variables, counted.
    symbols: FxHashMap<&'q str, usize>,
    /// The names of types whose values can only be compared, counted.
    types: FxHashMap<&'q str, usize>,
    /// The terms that are known already, by their addresses: terms share parts.
    known: FxHashMap<usize, u128>,
}

impl<'q> Forms<'q> {
    /// The form of a question: its kind, what is assumed and should follow, and what a counterexample would show.
    pub fn of_question(mut self, question: &'q Question) -> u128 {
        let mut hasher = SipHasher13::new();
        std::mem::discriminant(question).hash(&mut hasher);
        for entailment in question.entailments() {
            self.hash_entailment(entailment, &mut hasher);
        }
        if let Some(told) = question.shown() {
            told.shown.len().hash(&mut hasher);
            told.shown.iter().for_each(|(_, term)| self.of(term).hash(&mut hasher));
        }
        hasher.finish128().as_u128()
    }

    fn hash_entailment(&mut self, entailment: &'q Entailment, hasher: &mut SipHasher13) {
        self.of(&entailment.goal).hash(hasher);
        entailment.assumptions.len().hash(hasher);
        entailment.assumptions.iter().for_each(|term| self.of(term).hash(hasher));
    }

    fn of(&mut self, term: &'q Term) -> u128 {
        if let Some(&known) = self.known.get(&term.address()) {
            return known;
        }
        let mut hasher = SipHasher13::new();
        self.hash_sort(term.sort(), &mut hasher);
        std::mem::discriminant(term.node()).hash(&mut hasher);
        match term.node() {
            Node::Truth(value) => value.hash(&mut hasher),
            Node::Integer(bits) => bits.hash(&mut hasher),
            Node::Apply(symbol, moment, _) => {
                let count = self.symbols.len();
                (self.symbols.entry(symbol).or_insert(count), moment).hash(&mut hasher);
            }
            Node::Less(signedness, ..) | Node::Resize(signedness, _) => signedness.hash(&mut hasher),
            Node::Arithmetic(operation, ..) => operation.hash(&mut hasher),
            Node::Null
            | Node::Not(_)
            | Node::And(_)
            | Node::Or(_)
            | Node::Implies(..)
            | Node::Equal(..)
            | Node::If(..)
            | Node::Complement(_) => {}
        }
        let operands = term.operands();
        operands.len().hash(&mut hasher);
        operands.into_iter().for_each(|operand| self.of(operand).hash(&mut hasher));
        let form = hasher.finish128().as_u128();
        self.known.insert(term.address(), form);
        form
    }

    fn hash_sort(&mut self, sort: &'q Sort, hasher: &mut SipHasher13) {
        std::mem::discriminant(sort).hash(hasher);
        match sort {
            Sort::Bits(width) => width.hash(hasher),
            Sort::Opaque(name) => {
                let count = self.types.len();
                self.types.entry(name).or_insert(count).hash(hasher);
            }
            Sort::Truth | Sort::Pointer => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::logic::{Arithmetic, Entailment, Moment, Signedness, Sort, Term};
    use crate::obligation::{Question, QuestionId};

    fn int(name: &str) -> Term {
        Term::variable(name, Sort::Bits(32))
    }

    fn holds(assumptions: Vec<Term>, goal: Term, shown: &[&Term]) -> QuestionId {
        let shown = shown.iter().enumerate().map(|(at, &term)| (Arc::from(at.to_string()), term.clone()));
        let shown = shown.collect();
        QuestionId::of(&Question::Holds(Arc::new(Entailment { assumptions, goal, shown })))
    }

    fn less(one: &Term, two: &Term) -> Term {
        one.clone().less(two.clone(), Signedness::Signed).expect("two integers")
    }

    #[test]
    fn names_do_not_tell_questions_apart() {
        let ask = |one: &str, two: &str| {
            let (one, two) = (int(one), int(two));
            holds(vec![less(&one, &two)], less(&two, &one).not(), &[&one, &two])
        };
        assert_eq!(ask("a", "b"), ask("count", "limit"));
        assert_eq!(ask("a", "b"), ask("b", "a"));
        assert_ne!(ask("a", "b"), ask("a", "a"), "one name is not two");
    }

    #[test]
    fn a_name_that_is_used_otherwise_makes_another_question() {
        let (a, b) = (int("a"), int("b"));
        let whole = holds(vec![less(&a, &b)], less(&a, &b), &[]);
        assert_ne!(whole, holds(vec![less(&a, &b)], less(&b, &a), &[]), "the other way round");
        assert_ne!(whole, holds(vec![], less(&a, &b), &[]), "without what is assumed");
        assert_ne!(whole, holds(vec![less(&a, &b)], less(&a, &b), &[&a]), "something is shown");
        let wide = Term::variable("a", Sort::Bits(64));
        assert_ne!(
            holds(vec![], less(&a, &a), &[]),
            holds(vec![], less(&wide, &wide), &[]),
            "integers of another width"
        );
        let held = |moment| Term::apply("locked", moment, vec![Term::null()], Sort::Truth);
        assert_ne!(holds(vec![], held(Moment::Call), &[]), holds(vec![], held(Moment::Return), &[]));
        let sum = |operation| a.clone().arithmetic(operation, b.clone()).expect("two integers");
        assert_ne!(
            holds(vec![], less(&sum(Arithmetic::Add), &a), &[]),
            holds(vec![], less(&sum(Arithmetic::Subtract), &a), &[])
        );
        assert_ne!(
            holds(vec![], less(&a, &Term::integer(1, 32)), &[]),
            holds(vec![], less(&a, &Term::integer(2, 32)), &[])
        );
    }

    #[test]
    fn what_is_shared_is_what_is_written_twice() {
        let shared = less(&int("a"), &int("b"));
        let twice = || less(&int("a"), &int("b"));
        assert_eq!(holds(vec![shared.clone()], shared, &[]), holds(vec![twice()], twice(), &[]));
    }

    #[test]
    fn the_kind_of_a_question_is_a_part_of_it() {
        let entailment =
            Arc::new(Entailment { assumptions: Vec::new(), goal: Term::truth(false), shown: Vec::new() });
        let holds = QuestionId::of(&Question::Holds(entailment.clone()));
        assert_ne!(holds, QuestionId::of(&Question::Consistent(entailment)));
    }

    #[test]
    fn types_are_told_apart_and_not_by_their_names() {
        let value = |name: &str, ty: &str| Term::variable(name, Sort::Opaque(ty.into()));
        let ask = |one: &str, two: &str| {
            let equal = |name: &str, ty: &str| {
                value(name, ty).equal(value(&format!("{name}2"), ty)).expect("values of one type")
            };
            holds(vec![equal("a", one)], equal("b", two), &[])
        };
        assert_eq!(ask("struct x", "struct y"), ask("struct y", "struct z"));
        assert_ne!(ask("struct x", "struct x"), ask("struct x", "struct y"));
    }
}

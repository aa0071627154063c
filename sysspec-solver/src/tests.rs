use std::sync::Arc;

use sysspec_analysis::logic::{Arithmetic, Moment, Signedness, Sort, Term, Value};

use super::*;

const LIMIT: Duration = Duration::from_secs(10);

fn int(name: &str) -> Term {
    Term::variable(name, Sort::Bits(32))
}

fn pointer(name: &str) -> Term {
    Term::variable(name, Sort::Pointer)
}

fn equal(one: Term, two: Term) -> Term {
    one.equal(two).expect("one sort")
}

fn locked(object: &Term, moment: Moment) -> Term {
    Term::apply("locked", moment, vec![object.clone()], Sort::Truth)
}

fn entails(assumptions: Vec<Term>, goal: Term, shown: &[(&str, &Term)]) -> Verdict {
    let shown = shown.iter().map(|&(name, term)| (Arc::from(name), term.clone())).collect();
    decide(&Entailment { assumptions, goal, shown }, LIMIT)
}

#[test]
fn a_proof_names_the_assumptions_it_needs_and_no_others() {
    let (a, b, c) = (int("a"), int("b"), int("c"));
    let assumptions =
        vec![equal(a.clone(), Term::integer(1, 32)), equal(a.clone(), b.clone()), equal(b, c.clone())];
    assert_eq!(entails(assumptions, equal(a, c), &[]), Verdict::Proved(vec![1, 2]));
}

#[test]
fn a_refutation_has_a_counterexample_in_the_names_given() {
    let (result, cur) = (int("result"), pointer("cur"));
    let held = locked(&cur, Moment::Return);
    let zero = equal(result.clone(), Term::integer(0, 32));
    let shown = [("result", &result), ("locked(cur)", &held), ("cur", &cur)];
    let verdict = entails(vec![zero.clone(), equal(cur.clone(), Term::null()).not()], held.clone(), &shown);
    let Verdict::Refuted(values) = verdict else { panic!("{verdict:?}") };
    let expected =
        [("result", Value::Integer(0, 32)), ("locked(cur)", Value::Truth(false)), ("cur", Value::Object(1))];
    assert_eq!(values, expected.map(|(name, value)| (Arc::from(name), value)));
}

#[test]
fn what_the_state_changes_differs_between_call_and_return() {
    let node = pointer("node");
    let goal = locked(&node, Moment::Return);
    assert!(matches!(entails(vec![locked(&node, Moment::Call)], goal, &[]), Verdict::Refuted(_)));
}

#[test]
fn equal_objects_are_in_equal_states() {
    let (one, two) = (pointer("one"), pointer("two"));
    let assumptions = vec![locked(&one, Moment::Call), equal(one.clone(), two.clone())];
    assert_eq!(entails(assumptions, locked(&two, Moment::Call), &[]), Verdict::Proved(vec![0, 1]));
}

/// C11 6.2.5p9: unsigned arithmetic wraps. 6.3.1.3: conversions to a narrower type lose bits.
#[test]
fn integers_have_the_widths_of_c() {
    let x = int("x");
    let next = x.clone().arithmetic(Arithmetic::Add, Term::integer(1, 32)).expect("widths");
    let grows = |signedness| x.clone().less(next.clone(), signedness).expect("widths");
    assert!(matches!(entails(vec![], grows(Signedness::Unsigned), &[]), Verdict::Refuted(_)));
    let below = x.clone().less(Term::integer(10, 32), Signedness::Unsigned).expect("widths");
    assert_eq!(entails(vec![below], grows(Signedness::Unsigned), &[]), Verdict::Proved(vec![0]));
    let narrow =
        x.clone().resize(Signedness::Unsigned, 8).and_then(|low| low.resize(Signedness::Unsigned, 32));
    let kept = equal(narrow.expect("widths"), x);
    assert!(matches!(entails(vec![], kept, &[]), Verdict::Refuted(_)));
}

#[test]
fn what_takes_too_long_is_unknown() {
    // Factoring a product of two primes.
    let (p, q) = (Term::variable("p", Sort::Bits(64)), Term::variable("q", Sort::Bits(64)));
    let product = p.clone().arithmetic(Arithmetic::Multiply, q.clone()).expect("widths");
    let is_product = equal(product, Term::integer(1_000_000_007 * 998_244_353, 64));
    let small =
        |term: &Term| term.clone().less(Term::integer(1 << 31, 64), Signedness::Unsigned).expect("widths");
    let one = equal(p.clone(), Term::integer(1, 64));
    let question =
        Entailment { assumptions: vec![is_product, small(&p), small(&q)], goal: one, shown: vec![] };
    let verdict = decide(&question, Duration::from_millis(20));
    assert!(matches!(verdict, Verdict::Unknown(_)), "{verdict:?}");
}

//! Decides entailments a second time, by trying every model of a few objects and narrow integers, and compares.
//!
//! What is proved must have no counterexample among them; what is refuted must come with values that make every
//! assumption true and the goal false. When there are as many objects as terms that name one, the models tried are all
//! that matter, so that both must agree.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod models;

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use models::{Model, Search, applications, narrowed, search};
use proptest::prelude::*;
use sysspec_analysis::Host;
use sysspec_analysis::logic::{Arithmetic, Entailment, Moment, Signedness, Sort, Term, Verdict};
use sysspec_analysis::obligation::Question;
use sysspec_solver::{ask, decide};

const LIMIT: Duration = Duration::from_secs(20);

/// How many partial models are tried before a question counts as too large.
const STEPS: usize = 60_000;

/// The solver's verdict agrees with what trying all small models finds. `false` when there were too many to try.
fn agrees(entailment: &Entailment) -> bool {
    let verdict = checked(entailment);
    match (search(entailment, STEPS), verdict) {
        (Search::Found(model), Verdict::Proved(_)) => {
            panic!("proved, but not with {model:?}\n{entailment:#?}")
        }
        (Search::None { is_complete: true }, Verdict::Refuted(values)) => {
            panic!("refuted by {values:?}, but nothing small does\n{entailment:#?}")
        }
        (Search::TooLarge, _) => false,
        _ => true,
    }
}

/// The solver's verdict, its counterexample checked by calculating.
fn checked(entailment: &Entailment) -> Verdict {
    let all = applications(entailment);
    let shown = all.iter().enumerate().map(|(at, term)| (Arc::from(at.to_string()), term.clone())).collect();
    let verdict = decide(&Entailment { shown, ..entailment.clone() }, LIMIT);
    if let Verdict::Refuted(values) = &verdict {
        let model = Model::of(&all, values);
        assert!(model.is_a_function(), "equal arguments, other values: {model:?}");
        for assumption in &entailment.assumptions {
            assert!(model.holds(assumption), "{assumption:?} does not hold with {model:?}");
        }
        assert!(!model.holds(&entailment.goal), "{:?} holds with {model:?}", entailment.goal);
    }
    if let Verdict::Proved(grounds) = &verdict {
        // However it was found, the solver finds it too, and from these assumptions alone.
        let assumptions = grounds.iter().map(|&at| entailment.assumptions[at].clone()).collect();
        let asked = ask(&question(assumptions, entailment.goal.clone()), LIMIT);
        assert!(matches!(asked, Verdict::Proved(_)), "{grounds:?} do not prove {entailment:#?}");
    }
    verdict
}

fn bits(name: &str) -> Term {
    Term::variable(name, Sort::Bits(2))
}

fn pointer(name: &str) -> Term {
    Term::variable(name, Sort::Pointer)
}

fn locked(object: Term, moment: Moment) -> Term {
    Term::apply("locked", moment, vec![object], Sort::Truth)
}

fn next(object: Term) -> Term {
    Term::apply(".next", Moment::Return, vec![object], Sort::Pointer)
}

fn equal(one: Term, two: Term) -> Term {
    one.equal(two).unwrap()
}

fn question(assumptions: Vec<Term>, goal: Term) -> Entailment {
    Entailment { assumptions, goal, shown: Vec::new() }
}

/// What follows and what does not, by the meaning of the words.
#[test]
fn plain_questions_have_plain_answers() {
    let (p, q, x) = (pointer("p"), pointer("q"), bits("x"));
    let held = |object: &Term| locked(object.clone(), Moment::Return);
    let one = Term::integer(1, 2);
    let sum = x.clone().arithmetic(Arithmetic::Add, one.clone()).unwrap();
    let follows = [
        question(vec![equal(p.clone(), q.clone()), held(&p)], held(&q)),
        question(vec![equal(p.clone(), q.clone())], equal(next(p.clone()), next(q.clone()))),
        question(vec![], Term::or([held(&p), held(&p).not()])),
        question(vec![held(&p).implies(held(&q)), held(&q).not()], held(&p).not()),
        question(vec![equal(p.clone(), Term::null())], equal(next(p.clone()), next(Term::null()))),
        question(
            vec![x.clone().less(one.clone(), Signedness::Unsigned).unwrap()],
            equal(x.clone(), Term::integer(0, 2)),
        ),
    ];
    for entailment in follows {
        assert!(matches!(checked(&entailment), Verdict::Proved(_)), "{entailment:#?}");
        assert!(matches!(search(&entailment, STEPS), Search::None { .. }), "{entailment:#?}");
    }
    let open = [
        question(vec![held(&p)], held(&q)),
        question(vec![equal(next(p.clone()), next(q.clone()))], equal(p.clone(), q.clone())),
        question(vec![locked(p.clone(), Moment::Call)], held(&p)),
        // Unsigned integers wrap around.
        question(vec![], x.less(sum, Signedness::Unsigned).unwrap()),
        question(vec![], equal(p, Term::null()).not()),
    ];
    for entailment in open {
        assert!(matches!(checked(&entailment), Verdict::Refuted(_)), "{entailment:#?}");
        assert!(matches!(search(&entailment, STEPS), Search::Found(_)), "{entailment:#?}");
    }
}

fn integers() -> impl Strategy<Value = Term> {
    let leaf = prop_oneof![
        prop_oneof!["x", "y"].prop_map(|name| bits(&name)),
        (0..4i128).prop_map(|value| Term::integer(value, 2)),
        prop_oneof!["p", "q"]
            .prop_map(|name| { Term::apply(".size", Moment::Return, vec![pointer(&name)], Sort::Bits(2)) }),
    ];
    let operation = prop_oneof![
        Just(Arithmetic::Add),
        Just(Arithmetic::Subtract),
        Just(Arithmetic::Multiply),
        Just(Arithmetic::Divide(Signedness::Signed)),
        Just(Arithmetic::Divide(Signedness::Unsigned)),
        Just(Arithmetic::Remainder(Signedness::Signed)),
        Just(Arithmetic::Remainder(Signedness::Unsigned)),
        Just(Arithmetic::And),
        Just(Arithmetic::Xor),
        Just(Arithmetic::ShiftLeft),
        Just(Arithmetic::ShiftRight(Signedness::Signed)),
        Just(Arithmetic::ShiftRight(Signedness::Unsigned)),
    ];
    (leaf.clone(), operation, leaf.clone(), any::<bool>()).prop_map(|(one, operation, two, is_plain)| {
        if is_plain { one } else { one.arithmetic(operation, two).unwrap() }
    })
}

fn objects() -> impl Strategy<Value = Term> {
    let leaf = prop_oneof![prop_oneof!["p", "q"].prop_map(|name| pointer(&name)), Just(Term::null()),];
    (leaf, any::<bool>()).prop_map(|(object, is_next)| if is_next { next(object) } else { object })
}

fn truths() -> impl Strategy<Value = Term> {
    let signed = || prop_oneof![Just(Signedness::Signed), Just(Signedness::Unsigned)];
    let leaf = prop_oneof![
        (objects(), any::<bool>())
            .prop_map(|(object, is_old)| locked(object, if is_old { Moment::Call } else { Moment::Return })),
        (objects(), objects()).prop_map(|(one, two)| equal(one, two)),
        (integers(), integers()).prop_map(|(one, two)| equal(one, two)),
        (integers(), integers(), signed()).prop_map(|(one, two, signed)| one.less(two, signed).unwrap()),
        (integers(), signed()).prop_map(|(one, signed)| {
            let wide = one.clone().resize(signed, 3).unwrap();
            equal(wide.resize(Signedness::Unsigned, 2).unwrap(), one)
        }),
    ];
    leaf.prop_recursive(2, 6, 2, |inner| {
        let two = || (inner.clone(), inner.clone());
        prop_oneof![
            inner.clone().prop_map(Term::not),
            two().prop_map(|(one, two)| Term::and([one, two])),
            two().prop_map(|(one, two)| Term::or([one, two])),
            two().prop_map(|(one, two)| one.implies(two)),
            two().prop_map(|(one, two)| equal(one, two)),
            (inner.clone(), two()).prop_map(|(test, (one, two))| test.choose(one, two).unwrap()),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]
    #[test]
    fn the_solver_agrees_with_trying_everything(
        assumptions in prop::collection::vec(truths(), 0..3),
        goal in truths(),
    ) {
        agrees(&question(assumptions, goal));
    }
}

/// The questions of SpecFS: as they are, every counterexample is checked; with narrow integers, they are decided twice.
#[test]
fn the_questions_of_specfs_are_decided_the_same_way_twice() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../specfs-specs");
    let mut host = Host::new();
    models::add(&mut host, &root, &root);
    let analysis = host.snapshot();
    let mut asked: HashSet<Arc<Entailment>> = HashSet::new();
    for file in analysis.files().unwrap() {
        for owed in analysis.obligations(&file).unwrap() {
            asked.extend(entailments(&owed.question));
        }
    }
    let size = |entailment: &Entailment| applications(entailment).len();
    let small: Vec<_> = asked.iter().filter(|entailment| size(entailment) <= 12).collect();
    let mut twice = 0;
    for entailment in &small {
        checked(entailment);
        twice += usize::from(size(entailment) <= 8 && agrees(&narrowed(entailment)));
    }
    assert!(twice > 100, "only {twice} of {} questions are small enough", asked.len());
}

fn entailments(question: &Question) -> Vec<Arc<Entailment>> {
    match question {
        Question::Holds(one)
        | Question::Supported(one)
        | Question::InWords(one)
        | Question::Consistent(one)
        | Question::PartlyConsistent(one) => vec![one.clone()],
        Question::ApartOrConsistent(one, two) | Question::ApartOrPartlyConsistent(one, two) => {
            vec![one.clone(), two.clone()]
        }
        Question::ApartOrAgree(one, two, three) => vec![one.clone(), two.clone(), three.clone()],
        Question::Textual | Question::Informal => Vec::new(),
    }
}

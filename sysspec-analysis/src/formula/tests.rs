#![allow(clippy::unwrap_used)]
use proptest::prelude::*;

use super::*;

fn brackets(text: &str) -> String {
    fn show(expression: &Expression) -> String {
        match &expression.node {
            Node::Binary(operator, left, right) => {
                format!("({} {} {})", show(left), operator.symbol(), show(right))
            }
            Node::Conditional(a, b, c) => format!("({} ? {} : {})", show(a), show(b), show(c)),
            Node::Unary(operator, operand) => format!("({}{})", operator.symbol(), show(operand)),
            _ => expression.to_string(),
        }
    }
    show(&parse(text).unwrap())
}

#[test]
fn operators_bind_as_in_c_with_implications_below() {
    assert_eq!(brackets("a ==> b || c && d == e + f * -g"), "(a ==> (b || (c && (d == (e + (f * (-g)))))))");
    assert_eq!(brackets("a ==> b ==> c"), "(a ==> (b ==> c))");
    assert_eq!(brackets("p <==> q ==> r"), "(p <==> (q ==> r))");
    assert_eq!(brackets("(m & S) != 0 ==> x"), "(((m & S) != 0) ==> x)");
    assert_eq!(brackets("a - b - c"), "((a - b) - c)");
    assert_eq!(brackets("a | b ^ c & d << 1"), "(a | (b ^ (c & (d << 1))))");
    assert_eq!(brackets("c ? a : d ? e : f"), "(c ? a : (d ? e : f))");
    assert_eq!(brackets("!*p->q[i].r"), "(!(*p->q[i].r))");
    assert_eq!(brackets("&file->map"), "(&file->map)");
}

#[test]
fn constants_have_their_values() {
    let value = |text: &str| match parse(text).unwrap().node {
        Node::Integer(value) => value,
        other => panic!("{other:?}"),
    };
    assert_eq!(value("07777"), 0o7777);
    assert_eq!(value("0xFFu"), 255);
    assert_eq!(value("-1"), -1);
    assert_eq!(value("'/'"), 47);
    assert_eq!(value("'\\0'"), 0);
    assert_eq!(value("18446744073709551615ULL"), u64::MAX.into());
}

#[test]
fn words_of_the_language_are_known() {
    assert_eq!(parse("result").unwrap().node, Node::Result);
    assert_eq!(parse("NULL").unwrap().node, Node::Null);
    assert!(matches!(parse("old(a + 1)").unwrap().node, Node::Old(_)));
    assert!(parse("locked(p)").unwrap().is_boolean());
    assert!(!parse("p").unwrap().is_boolean());
}

#[test]
fn what_is_no_expression_is_told_where_and_why() {
    let wrong = |text: &str| {
        let error = parse(text).unwrap_err();
        (error.range, error.message)
    };
    assert_eq!(wrong("a = b"), (2..3, "`=` assigns; compare with `==`".into()));
    assert_eq!(wrong("a == "), (4..4, "expected an expression, found the end".into()));
    assert_eq!(wrong("(a"), (2..2, "expected `)`, found the end".into()));
    assert_eq!(wrong("a b"), (2..3, "expected an operator, found `b`".into()));
    assert_eq!(wrong("0 <= a < n"), (7..8, "comparisons do not chain: join two of them by `&&`".into()));
    assert_eq!(wrong("old(a, b)"), (0..9, "`old` takes 1 argument".into()));
    assert_eq!(wrong("a ≥ 0"), (2..5, "write `>=`".into()));
    assert_eq!(wrong("'x"), (0..1, "the closing ' is missing".into()));
    assert_eq!(wrong("12ab"), (0..4, "`12ab` is no integer constant".into()));
    assert_eq!(wrong(&"(".repeat(9999)).1, "this expression is nested too deeply");
    assert_eq!(wrong(&"!".repeat(9999)).1, "this expression is nested too deeply");
}

fn expressions() -> impl Strategy<Value = Expression> {
    let new = |node| Expression::new(node, 0..0);
    let leaf = prop_oneof![
        any::<i64>().prop_map(|value| Node::Integer(value.into())),
        Just(Node::Null),
        Just(Node::Result),
        Just(Node::String("\"a\\\"b\"".into())),
        prop_oneof!["p", "q", "count"].prop_map(Node::Name),
    ];
    leaf.prop_map(new).prop_recursive(5, 40, 3, move |inner| {
        let unary = prop_oneof![
            Just(Unary::Not),
            Just(Unary::Negate),
            Just(Unary::Complement),
            Just(Unary::Dereference),
            Just(Unary::AddressOf)
        ];
        let binary = prop_oneof![
            Just(Binary::Equivalent),
            Just(Binary::Implies),
            Just(Binary::Or),
            Just(Binary::And),
            Just(Binary::BitAnd),
            Just(Binary::Equal),
            Just(Binary::Less),
            Just(Binary::ShiftLeft),
            Just(Binary::Subtract),
            Just(Binary::Remainder)
        ];
        let two = || (inner.clone(), inner.clone());
        prop_oneof![
            inner.clone().prop_map(|e| Node::Old(e.into())),
            prop::collection::vec(inner.clone(), 0..3)
                .prop_map(|arguments| Node::Call("f".into(), arguments)),
            (inner.clone(), any::<bool>()).prop_map(|(e, arrow)| Node::Member(e.into(), "m".into(), arrow)),
            two().prop_map(|(e, i)| Node::Index(e.into(), i.into())),
            (unary, inner.clone()).prop_map(|(operator, e)| Node::Unary(operator, e.into())),
            (binary, two()).prop_map(|(operator, (l, r))| Node::Binary(operator, l.into(), r.into())),
            (inner.clone(), two()).prop_map(|(c, (a, b))| Node::Conditional(c.into(), a.into(), b.into())),
        ]
        .prop_map(new)
    })
}

proptest! {
    #[test]
    fn what_is_printed_reads_as_it_was(expression in expressions()) {
        let printed = expression.to_string();
        prop_assert_eq!(parse(&printed), Ok(expression), "{}", printed);
    }

    #[test]
    fn any_text_is_an_expression_or_an_error_within_it(text in "[a-c0-9x'\"(),.!*&=<>? :|-]{0,30}|\\PC{0,20}") {
        if let Err(error) = parse(&text) {
            prop_assert!(text.get(error.range).is_some());
        }
    }
}

//! Parsing after an edit gives what parsing afresh gives, on any text; and no text is an error.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use proptest::prelude::*;
use std::sync::LazyLock;
use support::{nodes, parser, shape};
use tree_sitter::{InputEdit, Point, Tree};

/// Pieces in which the language is written, and characters that mislead.
#[rustfmt::skip]
const PIECES: &[&str] = &[
    "\n", "\n", "\n", "\n\n", " ", "  ", "    ", "\t", "[RELY]", "[Rely] x", "[GUARANTEE]", "[SPECIFICATION of f]", "[SPECIFICATION of ",
    "[MODULE]", "[NODES]", "[PATCH]", "[GUARANTE]", "[", "]", "## First Prompt", "## Refine Prompt", "## x", "===== START OF PROMPT 1 =====",
    "```", "```c", "**", "*", "***", "`", "``", "Case 1", "case2", "**Case 1 (t)**", "(t)", ":", "**Pre-Condition**:", "Precondition: ",
    "POSTCONDITION:", "**Phase 2: x**", "- ", "* ", "1. ", "a) ", "(iv) ", "`f`", "`f()`:", "`a == b`", "int f(void);", "struct x {", "};",
    "#define A 1", "// c", "/* ", "*/", "(", ")", "{", "}", ";", ".", ",", "word", "name: value", "x (leaf): new", "replaces g",
    "Success, return 0:", "(Failure):", "On Failure (return 1)", "Exposed API", "**Provided Utilities**", "\u{2060}", "\u{200b}", "\u{feff}",
    "\u{e9}", "\u{2265}", "\u{2022}", "\u{2013}", "\u{a0}", "\r\n", "\r", "\0",
];

/// Specifications as people write them.
static REAL: LazyLock<Vec<String>> = LazyLock::new(|| {
    let corpus =
        support::corpus().into_iter().filter(|case| case.language == "sysspec").map(|case| case.source);
    support::specfs("spec").into_iter().map(|(_, text)| text).chain(corpus).collect()
});

fn piece() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        40 => prop::sample::select(PIECES).prop_map(|piece| piece.as_bytes().to_vec()),
        1 => any::<u8>().prop_map(|byte| vec![byte]),
    ]
}

fn noise(pieces: usize) -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(piece(), 0..pieces).prop_map(|pieces| pieces.concat())
}

fn real() -> impl Strategy<Value = Vec<u8>> {
    any::<prop::sample::Index>().prop_map(|index| index.get(&REAL).clone().into_bytes())
}

/// Where to cut, how much, and what to put there instead.
fn edits() -> impl Strategy<Value = Vec<(prop::sample::Index, usize, Vec<u8>)>> {
    prop::collection::vec((any::<prop::sample::Index>(), 0..30_usize, noise(4)), 1..6)
}

fn point(text: &[u8], byte: usize) -> Point {
    let before = &text[..byte];
    let line_start = before.iter().rposition(|&b| b == b'\n').map_or(0, |newline| newline + 1);
    Point { row: before.iter().filter(|&&b| b == b'\n').count(), column: byte - line_start }
}

fn replace(text: &mut Vec<u8>, tree: &mut Tree, start: usize, old_end: usize, new: &[u8]) {
    let old = text.clone();
    text.splice(start..old_end, new.iter().copied());
    let new_end = start + new.len();
    tree.edit(&InputEdit {
        start_byte: start,
        old_end_byte: old_end,
        new_end_byte: new_end,
        start_position: point(&old, start),
        old_end_position: point(&old, old_end),
        new_end_position: point(text, new_end),
    });
}

fn check(
    language: &str,
    mut text: Vec<u8>,
    edits: &[(prop::sample::Index, usize, Vec<u8>)],
) -> Result<(), TestCaseError> {
    let mut parser = parser(language);
    let mut tree = parser.parse(&text, None).unwrap();
    for (place, length, new) in edits {
        let start = place.index(text.len() + 1);
        let old_end = (start + length).min(text.len());
        replace(&mut text, &mut tree, start, old_end, new);
        tree = parser.parse(&text, Some(&tree)).unwrap();
        let fresh = parser.parse(&text, None).unwrap();
        prop_assert_eq!(shape(&tree), shape(&fresh), "in {:?}", String::from_utf8_lossy(&text));
        let errors = nodes(&fresh).into_iter().filter(|node| node.is_error() || node.is_missing()).count();
        prop_assert_eq!(errors, 0, "in {:?}", String::from_utf8_lossy(&text));
        prop_assert_eq!(
            fresh.root_node().end_byte(),
            text.len(),
            "parsing stops in {:?}",
            String::from_utf8_lossy(&text)
        );
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_edited_specification_is_parsed_as_afresh(text in real(), edits in edits()) {
        check("sysspec", text, &edits)?;
    }

    #[test]
    fn edited_noise_is_parsed_as_afresh(text in noise(80), edits in edits()) {
        check("sysspec", text, &edits)?;
    }

    #[test]
    fn an_edited_header_is_parsed_as_afresh(text in noise(20), edits in edits()) {
        check("sysspec_header", text, &edits)?;
    }

    #[test]
    fn arbitrary_bytes_are_no_error(text in prop::collection::vec(any::<u8>(), 0..400)) {
        for language in ["sysspec", "sysspec_header"] {
            let tree = parser(language).parse(&text, None).unwrap();
            prop_assert!(!tree.root_node().has_error(), "{}: {:?}", language, text);
            prop_assert_eq!(tree.root_node().end_byte(), text.len(), "{}: parsing stops in {:?}", language, text);
        }
    }
}

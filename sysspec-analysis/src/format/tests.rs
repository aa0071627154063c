#![allow(clippy::unwrap_used)]
use proptest::prelude::*;

use super::*;

fn spec(text: &str) -> String {
    format(text, FileKind::Spec).unwrap()
}

#[test]
fn a_spec_has_one_layout() {
    let written = "\n[Module]\nname:step\n\n\n[rely]   \n// Walks.\n```  c\n\nint walk(int cur);\n\n\nint leap(int cur);\n\n```\n\
                   [GUARANTEE]\n\n```c\nint step(int cur);\n```\n[Specification of step]\n**Precondition:** None.\n**Post-condition**:\n\n\
                   *   Returns 0,\n  or 1.\n    + Deeper\n          and on.\n* Case 2 (bad): -1\n\n\n\n## Refine Prompt\n\n[RELY] predefined\n```c\nint x;\n```";
    let wanted = "[MODULE]\nname: step\n\n[RELY]\n// Walks.\n```c\nint walk(int cur);\n\n\nint leap(int cur);\n```\n\n\
                  [GUARANTEE]\n```c\nint step(int cur);\n```\n\n[SPECIFICATION of step]\n**Pre-Condition**: None.\n\n**Post-Condition**:\n\
                  - Returns 0,\n  or 1.\n  - Deeper\n    and on.\n- Case 2 (bad): -1\n\n## Refine Prompt\n[RELY] predefined\n```c\nint x;\n```\n";
    assert_eq!(spec(written), wanted);
    assert_eq!(spec(wanted), wanted);
}

#[test]
fn prose_and_c_stay_as_they_are_written() {
    let text = "[INTENT]\nTwo  blanks,   `a  b`;\n   an indented line.\n\n[GUARANTEE]\n```c\nint   step ( int cur ) ;\n\tint x;\n```\n";
    assert_eq!(spec(text), text);
}

#[test]
fn a_fence_that_is_not_closed_is_left_alone() {
    let text = "[GUARANTEE]\n```c\n\nint step(int cur);\n\n\n[SPECIFICATION]\nReturns 0.\n";
    assert!(spec(text).starts_with("[GUARANTEE]\n```c\n\nint step(int cur);\n"));
}

#[test]
fn headers_have_one_layout() {
    let header = |text: &str| format(text, FileKind::Header).unwrap();
    assert_eq!(
        header("stdio,base ,gears.h\nint f(void);  \n\n\n\nint g(void);"),
        "stdio, base, gears.h\n\nint f(void);\n\nint g(void);\n"
    );
    assert_eq!(header("int f(void);\n"), "int f(void);\n");
    assert_eq!(header(""), "");
    assert_eq!(header("\n\n#define X 1\n"), "\n\n#define X 1\n");
}

#[test]
fn the_manifest_is_not_formatted() {
    assert_eq!(format("a=1", FileKind::Manifest), None);
}

/// Pieces of which lines are made that have a meaning to the grammar.
fn texts() -> impl Strategy<Value = String> {
    let line = prop_oneof![
        Just("[RELY]"),
        Just("[Guarantee] x"),
        Just("[SPECIFICATION of f]"),
        Just("## Refine Prompt"),
        Just(""),
        Just("  "),
        Just("**Pre-Condition**:"),
        Just("**Post-condition:** x "),
        Just("- PRECONDITION: a"),
        Just("                 more"),
        Just("`f`"),
        Just("- a"),
        Just("   * b"),
        Just("  1. c"),
        Just("      a) d"),
        Just("- **Case 1 (t)** `x`: y"),
        Just("**Case 2**:"),
        Just("Case 3: z"),
        Just("```c"),
        Just("```"),
        Just("  ```"),
        Just("int f(void);"),
        Just("\tint x;"),
        Just("// said"),
        Just("name : v"),
        Just("- n (leaf): new"),
        Just("word **bold** `code`"),
        Just("   word"),
        Just("word\r"),
        Just("**Phase 1: x**"),
        Just("+"),
        Just("#define A \\ "),
        Just("[NODES]"),
        Just("[MODULE]"),
    ];
    prop::collection::vec(line, 0..14).prop_map(|lines| lines.join("\n"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn formatting_twice_is_formatting_once_and_says_the_same(text in texts()) {
        for kind in [FileKind::Spec, FileKind::Patch, FileKind::Header] {
            let once = format(&text, kind).unwrap();
            prop_assert_eq!(format(&once, kind).unwrap(), once.clone());
            prop_assert_eq!(meaning(&once, kind), meaning(&text, kind));
            let mut edited = text.clone();
            for (range, replacement) in edits(&text, &once).into_iter().rev() {
                edited.replace_range(range, &replacement);
            }
            prop_assert_eq!(edited, once);
        }
    }

    #[test]
    fn any_text_can_be_formatted(text in "\\PC*|[\\[\\]*`#:\\- \n\ta-cA-C1-3]{0,80}") {
        for kind in [FileKind::Spec, FileKind::Header] {
            let once = format(&text, kind).unwrap();
            prop_assert_eq!(format(&once, kind).unwrap(), once);
        }
    }
}

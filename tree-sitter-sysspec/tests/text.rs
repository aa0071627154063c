//! Which text a node covers, where the shape of a tree does not tell.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use support::{nodes, parse, texts};

#[test]
fn heading_parts_are_cut_at_the_brackets() {
    let source = "[ Rely ] Structures from \"gears.h\":\n[SPECIFICATION of gear_spin]\n[SPECIFICATION of f\n";
    assert_eq!(texts(source, "heading_name"), ["Rely", "SPECIFICATION", "SPECIFICATION"]);
    assert_eq!(texts(source, "heading_trailing"), ["Structures from \"gears.h\":"]);
    assert_eq!(texts(source, "heading_subject"), ["gear_spin", "f"]);
    assert_eq!(texts(source, "]").len(), 2);
    assert_eq!(
        texts("[SPECIFICATIONS of f]\n## Refine Promt\n", "heading_name"),
        ["SPECIFICATIONS of f", "Refine Promt"]
    );
}

#[test]
fn phase_markers_name_their_phase() {
    let source = "## First Prompt\n##Refine prompt:\n===== START OF PROMPT 1 =====\n=== Start of Prompt 2\n";
    assert_eq!(texts(source, "phase_name"), ["First", "Refine", "1", "2"]);
}

#[test]
fn a_contract_label_has_its_kind_without_decoration() {
    let source =
        "**Pre-Condition**:\n- POSTCONDITION:  x\n***Invariant:** y\n** System Algorithm **\n1. Goal: z\n";
    assert_eq!(
        texts(source, "label_kind"),
        ["Pre-Condition", "POSTCONDITION", "Invariant", "System Algorithm", "Goal"]
    );
    assert_eq!(
        texts(source, "contract_label"),
        ["**Pre-Condition**:", "- POSTCONDITION:", "***Invariant:**", "** System Algorithm **", "1. Goal:"]
    );
}

#[test]
fn a_case_is_cut_into_number_label_guard_and_outcome() {
    let source = "- **Case 1 (found)** `n > 0`: `result == 0`; kept\n\
                  **Case 2a: not found**: text: more\n\
                  1. Case 3 (f() fails) (x is NULL): text\n\
                  Case4: text\n\
                  * **Case 5 (a) (b)**:\n\
                  Case 6 `a ? b : c` holds: text\n";
    assert_eq!(texts(source, "case_number"), ["1", "2a", "3", "4", "5", "6"]);
    assert_eq!(texts(source, "case_label"), ["found", "not found", "f() fails", "(a) (b)"]);
    assert_eq!(texts(source, "case_guard"), ["`n > 0`", "(x is NULL)", "`a ? b : c` holds"]);
    let outcomes: Vec<_> = texts(source, "paragraph");
    assert_eq!(outcomes, ["`result == 0`; kept", "text: more", "text", "text", "text"]);
}

#[test]
fn outcome_labels_keep_the_value_that_they_name() {
    let source = "(Success):\n- **On Failure (return 1)**: x\n- On Success (return 0):\nFailure, return 1:\n";
    assert_eq!(
        texts(source, "outcome_label"),
        ["Success", "On Failure (return 1)", "On Success (return 0)", "Failure, return 1"]
    );
}

#[test]
fn group_labels_keep_their_parentheses() {
    let source =
        "**Predefined Structures (from \"gears.h\")**:\n***Self-contained API**\nProvided Utilities:\n";
    assert_eq!(
        texts(source, "group_name"),
        ["Predefined Structures (from \"gears.h\")", "Self-contained API", "Provided Utilities"]
    );
}

#[test]
fn phase_labels_have_number_and_title() {
    let source = "1. **Phase 1: common path**:\n2. **Phase 2 - checks**\n";
    assert_eq!(texts(source, "phase_number"), ["1", "2"]);
    assert_eq!(texts(source, "phase_title"), ["common path", "checks"]);
}

#[test]
fn markers_are_kept_as_written() {
    let source = "-  a\n* b\n10. c\n(iv) d\ne) f\n\u{2022} g\n";
    assert_eq!(texts(source, "marker"), ["-", "*", "10.", "(iv)", "e)", "\u{2022}"]);
}

#[test]
fn entries_are_cut_into_their_parts() {
    let module = "[MODULE]\nname:  gear_spin \n- level: 2\n";
    assert_eq!(texts(module, "key"), ["name", "level"]);
    assert_eq!(texts(module, "value"), ["gear_spin", "2"]);
    let nodes = "[NODES]\n- box_count (leaf): new\n- shelf-find ( root ): replaces shelf/find\n";
    assert_eq!(texts(nodes, "node_name"), ["box_count", "shelf-find"]);
    assert_eq!(texts(nodes, "node_kind"), ["leaf", "root"]);
    assert_eq!(texts(nodes, "node_action"), ["new", "replaces"]);
    assert_eq!(texts(nodes, "node_target"), ["shelf/find"]);
}

#[test]
fn the_code_of_a_fence_is_whole_lines() {
    let source = "  ```c\n  int f(void);\n\n  ```\n";
    assert_eq!(texts(source, "code"), ["  int f(void);\n\n"]);
    assert_eq!(texts(source, "fence_close"), ["```"]);
    assert_eq!(texts("```c\nint f(void);", "code"), ["int f(void);"]);
}

#[test]
fn code_without_a_fence_ends_at_its_last_declaration() {
    let source = "[RELY]\nstruct gear {\n\tint teeth;\n\n\tint speed; // turns\n};\n// about the next\n```c\nint f(void);\n```\n";
    assert_eq!(
        texts(source, "code"),
        ["struct gear {\n\tint teeth;\n\n\tint speed; // turns\n};", "int f(void);\n"]
    );
    assert_eq!(texts(source, "comment"), ["// about the next"]);
}

#[test]
fn no_node_but_code_begins_or_ends_with_white_space() {
    for case in support::corpus().into_iter().filter(|case| case.language == "sysspec") {
        let tree = parse(&case.source);
        for node in nodes(&tree)
            .into_iter()
            .filter(|node| !["source_file", "code", "inline_code", "fence"].contains(&node.kind()))
        {
            let text = &case.source[node.byte_range()];
            let ends_with_code = node.is_named() && text.ends_with('\n') && text.contains("```");
            assert!(text.trim() == text || ends_with_code, "{}: {} is {text:?}", case.title, node.kind());
        }
    }
}

#[test]
fn crlf_is_the_same_as_lf() {
    for case in support::corpus() {
        let mut parser = support::parser(&case.language);
        let lf = parser.parse(&case.source, None).unwrap().root_node().to_sexp();
        let crlf = parser.parse(case.source.replace('\n', "\r\n"), None).unwrap().root_node().to_sexp();
        assert_eq!(lf, crlf, "{}", case.title);
    }
}

#[test]
fn invisible_characters_do_not_hide_words() {
    let source = "\u{feff}\u{2060}[RE\u{200b}LY]\n**Pre\u{2060}-Condition**:\n- `x`\u{200b}\n## Re\u{200b}fine Prompt\n";
    assert_eq!(texts(source, "heading_name"), ["RE\u{200b}LY"]);
    assert_eq!(texts(source, "label_kind"), ["Pre\u{2060}-Condition"]);
    assert_eq!(texts(source, "phase_name"), ["Re\u{200b}fine"]);
    let tree = parse(source);
    let clause = nodes(&tree).into_iter().find(|node| node.kind() == "paragraph").unwrap();
    assert_eq!(
        clause.child_count(),
        1,
        "an invisible character at the end keeps no clause from being formal"
    );
}

#[test]
fn names_in_heads_longer_than_the_look_ahead_are_not_lost() {
    let blanks = " ".repeat(2000);
    let source =
        format!("[RELY]{blanks}trailing\n[MODULE]\nname:{blanks}x\n[NODES]\n- a{blanks}(leaf): new\n");
    assert_eq!(texts(&source, "heading_trailing"), ["trailing"]);
    assert_eq!(texts(&source, "value"), ["x"]);
    assert_eq!(texts(&source, "text").len(), 1, "a node of a patch must fit; this one is a list item");
}

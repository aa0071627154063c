//! The queries that editors load: each compiles, and captures what it is for.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use tree_sitter::{Query, QueryCursor, StreamingIterator};
use tree_sitter_sysspec::{header_queries, queries};

const SAMPLE: &str = "\
[MODULE]
name: gear_spin

[RELY]
```c
int gear_mesh(void);
```
extern int gears;

[SPECIFICATION of gear_spin]
**Pre-Condition**:
- `speed` is positive
- **Case 1 (turns)** `speed > 0`: done
## Refine Prompt
";

/// The captures of a query in the sample: name and first line of the text.
fn captures(language: &str, query: &str, source: &str) -> Vec<(String, String)> {
    let mut parser = support::parser(language);
    let tree = parser.parse(source, None).unwrap();
    let query = Query::new(&parser.language().unwrap(), query).unwrap();
    let mut cursor = QueryCursor::new();
    let mut matches = cursor.captures(&query, tree.root_node(), source.as_bytes());
    let mut found = Vec::new();
    while let Some((matched, index)) = matches.next() {
        let capture = matched.captures()[*index];
        let text = source[capture.node.byte_range()].lines().next().unwrap_or("");
        found.push((query.capture_names()[capture.index as usize].to_string(), text.to_string()));
    }
    found
}

fn assert_captures(found: &[(String, String)], expected: &[(&str, &str)]) {
    for &(name, text) in expected {
        assert!(
            found.iter().any(|(n, t)| n == name && t == text),
            "@{name} does not capture {text:?}; there is {found:?}"
        );
    }
}

#[test]
fn highlights() {
    let found = captures("sysspec", queries::HIGHLIGHTS, SAMPLE);
    assert_captures(
        &found,
        &[
            ("markup.heading", "MODULE"),
            ("property", "name"),
            ("string", "gear_spin"),
            ("function", "gear_spin"),
            ("keyword", "**Pre-Condition**:"),
            ("markup.list", "-"),
            ("markup.raw", "`speed`"),
            ("keyword.conditional", "**Case"),
            ("number", "1"),
            ("label", "turns"),
            ("keyword.directive", "## Refine Prompt"),
        ],
    );
}

#[test]
fn injections_are_the_c_of_a_specification() {
    let found = captures("sysspec", queries::INJECTIONS, SAMPLE);
    assert_captures(
        &found,
        &[
            ("injection.language", "c"),
            ("injection.content", "int gear_mesh(void);"),
            ("injection.content", "extern int gears;"),
        ],
    );
    assert_eq!(found.len(), 3);
}

#[test]
fn folds_are_sections_contracts_items_and_code() {
    let found = captures("sysspec", queries::FOLDS, SAMPLE);
    let texts: Vec<&str> = found.iter().map(|(_, text)| text.as_str()).collect();
    let expected = [
        "[MODULE]",
        "[RELY]",
        "```c",
        "extern int gears;",
        "[SPECIFICATION of gear_spin]",
        "**Pre-Condition**:",
        "- `speed` is positive",
        "- **Case 1 (turns)** `speed > 0`: done",
    ];
    assert_eq!(texts, expected);
}

#[test]
fn indents_begin_at_items_and_leave_code_alone() {
    let found = captures("sysspec", queries::INDENTS, SAMPLE);
    assert_captures(
        &found,
        &[
            ("indent.begin", "- `speed` is positive"),
            ("indent.begin", "- **Case 1 (turns)** `speed > 0`: done"),
            ("indent.ignore", "int gear_mesh(void);"),
        ],
    );
}

#[test]
fn locals_define_the_subject() {
    let found = captures("sysspec", queries::LOCALS, SAMPLE);
    assert_captures(&found, &[("local.definition.function", "gear_spin")]);
}

#[test]
fn tags_are_the_outline() {
    let found = captures("sysspec", queries::TAGS, SAMPLE);
    let names: Vec<&str> =
        found.iter().filter(|(name, _)| name == "name").map(|(_, text)| text.as_str()).collect();
    assert_eq!(names, ["MODULE", "RELY", "gear_spin", "Pre-Condition", "1", "Refine"]);
}

#[test]
fn the_c_of_a_header_is_injected_and_its_includes_are_highlighted() {
    let source = "stdint, base\nstruct gear;\n";
    assert_captures(
        &captures("sysspec_header", header_queries::HIGHLIGHTS, source),
        &[("module", "stdint"), ("module", "base")],
    );
    assert_captures(
        &captures("sysspec_header", header_queries::INJECTIONS, source),
        &[("injection.content", "struct gear;")],
    );
}

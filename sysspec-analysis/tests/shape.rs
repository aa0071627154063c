//! What editors show of a text and of the whole workspace: folds, selections, links, occurrences, symbols, callers.

#![allow(clippy::unwrap_used, reason = "a fixture that is broken should stop the test")]

mod fixture;

use std::fmt::Write;

use expect_test::{Expect, expect};
use fixture::Files;
use sysspec_analysis::{Analysis, Call};

const BASE: &str = "\
//- common.header
stdint, errno
#define LIMIT 8
#define LIMIT_BYTES (LIMIT * 4096)
struct inode {
	uint64_t ino;
};
//- path/path.header
common, nowhere
struct inode *step(struct inode *cur, const char *name);
struct inode *walk(struct inode *cur);
int count(struct inode *cur);
//- path/step.spec
[INTENT]
Go down by one name.

[GUARANTEE]
// The child, or NULL.
```c
struct inode *step(struct inode *cur, const char *name);
```

[SPECIFICATION]
**Pre-Condition**:
- `cur != NULL`
//- path/count.spec
[GUARANTEE]
```c
int count(struct inode *cur);
```
[SPECIFICATION]
**Post-Condition**:
- `result >= 0`
//- path/walk.spec
[RELY]
// First a comment
// of two lines.
```c
struct inode *step(struct inode *cur, const char *name);
int count(struct inode *cur);
```

[GUARANTEE]
```c
struct inode *walk(struct inode *cur);
```

[SPECIFICATION]
**Post-Condition**:
- **Case 1**: `step(cur, \"x\")` is `cur->ino`, `LIMIT`, and `found(cur)`.
- **Case 2**: none

## Refine Prompt
[RELY]
```c
void lock(struct inode *node);
```
[SPECIFICATION of walk]
`cur` is locked.
";

fn at<T>(fixture: &str, ask: impl FnOnce(&Analysis, &str, usize) -> T) -> (Files, T) {
    let (files, path, offset) = fixture::cursor(fixture);
    let host = fixture::host(&files);
    let answer = ask(&host.snapshot(), &path, offset);
    (files, answer)
}

/// The base with the cursor before the last occurrence of a text.
fn last(text: &str) -> String {
    let at = BASE.rfind(text).unwrap();
    format!("{}$0{}", &BASE[..at], &BASE[at..])
}

fn text_of<'f>(files: &'f Files, path: &str) -> &'f str {
    &files.iter().find(|(known, _)| known == path).unwrap().1
}

fn line(text: &str, offset: usize) -> usize {
    text[..offset].matches('\n').count() + 1
}

fn folds(fixture: &str, expected: Expect) {
    let (files, (path, folds)) =
        at(fixture, |analysis, path, _| (path.to_string(), analysis.folds(path).unwrap()));
    let text = text_of(&files, &path);
    let mut out = String::new();
    for fold in folds {
        let first = text[fold.range.start..].lines().next().unwrap();
        let comment = if fold.is_comment { " comment" } else { "" };
        let (start, end) = (line(text, fold.range.start), line(text, fold.range.end));
        writeln!(out, "{start}-{end}{comment} {first}").unwrap();
    }
    expected.assert_eq(&out);
}

#[test]
fn sections_code_labels_and_comments_fold() {
    folds(
        &last("found(cur)"),
        expect![[r#"
        1-7 [RELY]
        2-3 comment // First a comment
        4-7 ```c
        9-12 [GUARANTEE]
        10-12 ```c
        14-17 [SPECIFICATION]
        15-17 **Post-Condition**:
        19-25 ## Refine Prompt
        20-23 [RELY]
        21-23 ```c
        24-25 [SPECIFICATION of walk]
    "#]],
    );
    folds(
        &BASE.replace("#define LIMIT 8", "$0#define LIMIT 8"),
        expect![[r#"
            4-6 struct inode {
        "#]],
    );
}

fn selections(fixture: &str, expected: Expect) {
    let (files, (path, ranges)) =
        at(fixture, |analysis, path, offset| (path.to_string(), analysis.selections(path, offset).unwrap()));
    let text = text_of(&files, &path);
    let mut out = String::new();
    for range in ranges {
        let (start, end) = (line(text, range.start), line(text, range.end));
        match start == end {
            true => writeln!(out, "{:?}", &text[range]).unwrap(),
            false => writeln!(out, "lines {start}-{end}").unwrap(),
        }
    }
    expected.assert_eq(&out);
}

#[test]
fn a_selection_grows_from_the_word_to_the_file() {
    selections(
        &last("found(cur)"),
        expect![[r#"
        "found"
        "found(cur)"
        "`found(cur)`"
        "`step(cur, \"x\")` is `cur->ino`, `LIMIT`, and `found(cur)`."
        "- **Case 1**: `step(cur, \"x\")` is `cur->ino`, `LIMIT`, and `found(cur)`."
        lines 16-17
        lines 15-17
        lines 14-17
        lines 14-17
        lines 1-25
        lines 1-26
    "#]],
    );
    selections(
        &last("count(struct"),
        expect![[r#"
        "count"
        "int count(struct inode *cur);"
        lines 5-6
        lines 4-7
        lines 1-7
        lines 1-7
        lines 1-25
        lines 1-26
    "#]],
    );
}

fn highlights(fixture: &str, expected: Expect) {
    let (files, (path, found)) =
        at(fixture, |analysis, path, offset| (path.to_string(), analysis.highlights(path, offset).unwrap()));
    let text = text_of(&files, &path);
    let mut out = String::new();
    for found in found {
        let shown = &text[found.range.clone()];
        writeln!(out, "{} {:?} {shown}", line(text, found.range.start), found.access).unwrap();
    }
    expected.assert_eq(&out);
}

#[test]
fn the_occurrences_in_a_file_are_those_of_the_symbol() {
    highlights(
        &last("step(cur"),
        expect![[r#"
        5 Read step
        16 Read step
    "#]],
    );
    highlights(
        &last("walk]"),
        expect![[r#"
        11 Write walk
        24 Read walk
    "#]],
    );
}

#[test]
fn other_words_of_code_are_highlighted_as_words() {
    highlights(
        &last("found(cur)"),
        expect![[r#"
        16 Text found
    "#]],
    );
    highlights(&last("none"), expect![[""]]);
}

#[test]
fn include_tokens_and_nodes_of_a_patch_lead_to_their_files() {
    let patch = "//- patches/p/p.patch\n$0[PATCH]\nname: p\n[NODES]\n- walk (root): replaces walk\n- extra (leaf): new\n\
        //- patches/p/walk.spec\n[GUARANTEE]\n";
    for (fixture, expected) in [
        (
            BASE.replace("common, nowhere", "$0common, nowhere"),
            expect![[r#"
            1: common -> common.header
        "#]],
        ),
        (
            format!("{BASE}{patch}"),
            expect![[r#"
            4: walk -> patches/p/walk.spec
            4: walk -> path/walk.spec
        "#]],
        ),
    ] {
        let (files, (path, links)) =
            at(&fixture, |analysis, path, _| (path.to_string(), analysis.links(path).unwrap()));
        let text = text_of(&files, &path);
        let mut out = String::new();
        for link in links {
            writeln!(out, "{}: {} -> {}", line(text, link.range.start), &text[link.range], link.target)
                .unwrap();
        }
        expected.assert_eq(&out);
    }
}

fn symbols(query: &str, limit: usize, expected: Expect) {
    let fixture = last("none");
    let (files, found) = at(&fixture, |analysis, _, _| analysis.workspace_symbols(query, limit).unwrap());
    let mut out = String::new();
    for symbol in found {
        let path = &symbol.location.path;
        let at = line(text_of(&files, path), symbol.location.focus.start);
        writeln!(out, "{} {:?} {path}:{at}", symbol.name, symbol.kind).unwrap();
    }
    expected.assert_eq(&out);
}

#[test]
fn workspace_symbols_are_found_by_letters_of_their_names() {
    symbols(
        "st",
        10,
        expect![[r#"
        step Function path/step.spec:7
    "#]],
    );
    symbols(
        "lb",
        10,
        expect![[r#"
        LIMIT_BYTES Macro common.header:3
    "#]],
    );
    symbols(
        "LIMIT",
        10,
        expect![[r#"
        LIMIT Macro common.header:2
        LIMIT_BYTES Macro common.header:3
    "#]],
    );
    symbols(
        "limit",
        1,
        expect![[r#"
        LIMIT Macro common.header:2
    "#]],
    );
    symbols("zzz", 10, expect![[""]]);
}

fn calls(found: &[Call]) -> String {
    let mut out = String::new();
    for call in found {
        writeln!(out, "{} of {} ({} places)", call.other.name, call.other.location.path, call.ranges.len())
            .unwrap();
    }
    out
}

#[test]
fn callers_are_those_who_rely_and_callees_what_is_relied_on() {
    let step = last("step(struct");
    let (_, found) = at(&step, |analysis, path, offset| {
        let itself = analysis.callable(path, offset).unwrap().unwrap();
        let callers = analysis.callers(path, offset).unwrap();
        let callees = analysis.callees(path, offset).unwrap();
        format!(
            "{} of {}\ncallers:\n{}callees:\n{}",
            itself.name,
            itself.module,
            calls(&callers),
            calls(&callees)
        )
    });
    expect![[r#"
        step of step
        callers:
        walk of path/walk.spec (1 places)
        callees:
    "#]]
    .assert_eq(&found);
    let (_, callees) = at(&last("walk(struct inode *cur);"), |analysis, path, offset| {
        calls(&analysis.callees(path, offset).unwrap())
    });
    expect![[r#"
        step of path/step.spec (1 places)
        count of path/count.spec (1 places)
    "#]]
    .assert_eq(&callees);
}

fn places(
    fixture: &str,
    ask: impl FnOnce(&Analysis, &str, usize) -> Vec<sysspec_analysis::Location>,
) -> String {
    let (files, found) = at(fixture, ask);
    let mut out = String::new();
    for place in found {
        let text = text_of(&files, &place.path);
        writeln!(out, "{}:{} {}", place.path, line(text, place.focus.start), &text[place.range]).unwrap();
    }
    out
}

#[test]
fn a_declaration_is_in_the_header_a_type_where_it_is_defined() {
    let step = last("step(cur");
    let declared = places(&step, |analysis, path, offset| analysis.declaration(path, offset).unwrap());
    assert_eq!(declared, "path/path.header:2 struct inode *step(struct inode *cur, const char *name);\n");
    let ty = places(&step, |analysis, path, offset| analysis.type_definition(path, offset).unwrap());
    assert_eq!(ty, "common.header:4 struct inode {\n\tuint64_t ino;\n};\n");
}

#[test]
fn an_implementation_is_in_the_code_of_the_module_that_guarantees() {
    let ask = |fixture: &str| {
        let (_, found) = at(fixture, |analysis, path, offset| analysis.implementation(path, offset).unwrap());
        found.map(|(module, name)| (module.path.clone(), name))
    };
    assert_eq!(ask(&last("step(cur")), Some(("path/step.spec".into(), "step".into())));
    assert_eq!(ask(&last("LIMIT`")), None);
}

fn hover(fixture: &str, expected: Expect) {
    let (_, found) = at(fixture, |analysis, path, offset| analysis.hover(path, offset).unwrap());
    expected.assert_eq(&found.map_or("nothing\n".into(), |hover| hover.markdown + "\n"));
}

#[test]
fn hover_knows_parameters_members_and_results() {
    hover(
        &last("cur->ino"),
        expect![[r#"
        ```c
        struct inode *cur
        ```
        parameter
    "#]],
    );
    hover(
        &last("ino`"),
        expect![[r#"
        ```c
        uint64_t ino
        ```
        member, by `cur->ino`
    "#]],
    );
    hover(
        &BASE.replace("`result", "`$0result"),
        expect![[r#"
            ```c
            int result
            ```
            what the function returns

            ---
            *free of contradiction*: not asked yet
        "#]],
    );
    hover(&last("found("), expect![["nothing\n"]]);
}

#[test]
fn hover_gives_the_value_of_a_macro_that_needs_reckoning() {
    hover(
        &BASE.replace("LIMIT_BYTES (", "LIMIT_$0BYTES ("),
        expect![[r#"
        ```c
        #define LIMIT_BYTES (LIMIT * 4096)
        ```
        declared in `common.header`, value `32768`
    "#]],
    );
    hover(
        &last("LIMIT`"),
        expect![[r#"
        ```c
        #define LIMIT 8
        ```
        declared in `common.header`
    "#]],
    );
}

#[test]
fn hover_on_an_include_token_tells_what_the_header_is_for() {
    hover(
        &BASE.replace("common, nowhere", "com$0mon, nowhere"),
        expect![[r#"
            `common.header`: a shared header

            1 struct: `inode`

            2 macros: `LIMIT`, `LIMIT_BYTES`
        "#]],
    );
    hover(
        &BASE.replace("common, nowhere", "common, nowh$0ere"),
        expect![[r#"
        `nowhere`: no header of that name
    "#]],
    );
    hover(
        &BASE.replace("stdint, errno", "stdint, er$0rno"),
        expect![[r#"
        `<errno.h>`: a header of the C library or the system
    "#]],
    );
}

#[test]
fn hover_on_an_allowed_code_tells_what_it_means() {
    hover(
        &BASE.replace("// First a comment", "// sysspec: allow(NAM0$001): not yet written"),
        expect![[r#"
        **NAM001**: relied symbol that nobody guarantees

        What a module relies on, somebody must give: a function another module guarantees, a type, macro or object a header declares. libc needs no restating, and external code
        takes part by a `.header`. The finding stands where the symbol is relied on, and shows the symbol that was most likely meant.

        Without a `sysspec.toml` only functions are looked for, since types may be the module's own; and not even those when an include list names a header that
        is not here, unless a symbol of nearly the same name exists.
    "#]],
    );
}

//! What editors show, by cursor fixtures: `//- path` begins a file, `$0` is the cursor.

#![allow(clippy::unwrap_used, reason = "a fixture that is broken should stop the test")]

mod fixture;

use std::fmt::Write;
use std::ops::Range;

use expect_test::{Expect, expect};
use fixture::Files;
use sysspec_analysis::{Location, Reference, Symbol};

const BASE: &str = "\
//- sysspec.toml
[[layer]]
folder = \"path\"
[shared]
headers = [\"common.header\"]
//- common.header
errno, stdint

#define LIMIT 8
struct inode {
	uint64_t ino; // its number
	struct inode *next;
};
//- path/path.header
common
struct inode *step(struct inode *cur, const char *name);
struct inode *walk(struct inode *cur);
//- path/step.spec
[INTENT]
Go down by one name.

[GUARANTEE]
```c
struct inode *step(struct inode *cur,
                   const char *name);
```

[SPECIFICATION]
**Pre-Condition**:
- `cur != NULL`
**Post-Condition**:
- **Case 1 (found)** `dir_has(cur, name)`: `result != NULL`
- **Case 2 (absent)**: `result == NULL`

## Refine Prompt
[SPECIFICATION of step]
**Pre-Condition**:
- `locked(cur)`
";

fn at<T>(fixture: &str, ask: impl FnOnce(&sysspec_analysis::Analysis, &str, usize) -> T) -> (Files, T) {
    let (files, path, offset) = fixture::cursor(fixture);
    let host = fixture::host(&files);
    let answer = ask(&host.snapshot(), &path, offset);
    (files, answer)
}

fn hover(fixture: &str, expected: Expect) {
    let (files, (path, found)) =
        at(fixture, |analysis, path, offset| (path.to_string(), analysis.hover(path, offset).unwrap()));
    let shown = match found {
        Some(hover) => format!("`{}`\n{}\n", slice(&files, &path, &hover.range), hover.markdown),
        None => "nothing\n".into(),
    };
    expected.assert_eq(&shown);
}

fn slice<'f>(files: &'f Files, path: &str, range: &Range<usize>) -> &'f str {
    &files.iter().find(|(known, _)| known == path).unwrap().1[range.clone()]
}

fn locations(
    fixture: &str,
    ask: impl FnOnce(&sysspec_analysis::Analysis, &str, usize) -> Vec<Location>,
    expected: Expect,
) {
    let (files, found) = at(fixture, ask);
    let mut out = String::new();
    for location in found {
        let text = slice(&files, &location.path, &(0..location.focus.start));
        let line = text.matches('\n').count() + 1;
        let (whole, focus) =
            (slice(&files, &location.path, &location.range), slice(&files, &location.path, &location.focus));
        writeln!(out, "{}:{line} {focus:?} in {whole:?}", location.path).unwrap();
    }
    expected.assert_eq(&out);
}

fn definition(fixture: &str, expected: Expect) {
    locations(fixture, |analysis, path, offset| analysis.definition(path, offset).unwrap(), expected);
}

fn references(fixture: &str, expected: Expect) {
    let (files, found) = at(fixture, |analysis, path, offset| analysis.references(path, offset).unwrap());
    let mut out = String::new();
    for Reference { location, role, declares } in found {
        let text = slice(&files, &location.path, &(0..location.focus.start));
        let line = text.matches('\n').count() + 1;
        let declares = if declares { ", declares" } else { "" };
        let whole = slice(&files, &location.path, &location.range);
        writeln!(out, "{}:{line} {role:?}{declares} {whole:?}", location.path).unwrap();
    }
    expected.assert_eq(&out);
}

fn with(module: &str) -> String {
    format!("{BASE}//- path/walk.spec\n{module}")
}

const WALK: &str = "\
[RELY]
// One step down.
```c
struct inode *ste$0p(struct inode *cur, const char *name);
```

[GUARANTEE]
```c
struct inode *walk(struct inode *cur);
```

[SPECIFICATION]
Calls `step(cur, \"x\")` until LIMIT, and `step_back` never; `errno` is `-ENOENT`.
";

#[test]
fn hover_on_what_is_relied_on_shows_the_whole_guarantee() {
    hover(
        &with(WALK),
        expect![[r#"
            `step`
            ```c
            struct inode *step(struct inode *cur,
                               const char *name);
            ```
            guaranteed by `path/step.spec`, layer `path`, declared in `path/path.header`

            Locks: at the call `cur` is held

            ---
            **Intent**

            Go down by one name.

            ---
            **Contract**

            **Pre-Condition**:
            - `cur != NULL`
            **Post-Condition**:
            - **Case 1 (found)** `dir_has(cur, name)`: `result != NULL`
            - **Case 2 (absent)**: `result == NULL`

            ---
            **Lock contract**

            **Pre-Condition**:
            - `locked(cur)`

            ---
            relied on by `walk`

            obligations of the module: 1 not decided, in words, 4 not asked yet

            ---
            *`step` promises what the comment says*: not decided: in words
        "#]],
    );
}

#[test]
fn hover_on_a_type_shows_its_definition_with_its_comments() {
    hover(
        &with(&WALK.replace("$0", "").replacen("struct inode", "struct i$0node", 1)),
        expect![[r#"
            `inode`
            ```c
            struct inode {
            	uint64_t ino; // its number
            	struct inode *next;
            };
            ```
            declared in `common.header`
        "#]],
    );
}

#[test]
fn hover_works_in_code_spans_and_knows_libc() {
    hover(
        &with(&WALK.replace("$0", "").replace("-ENOENT", "-EN$0OENT")),
        expect![[r#"
            `ENOENT`
            `ENOENT`: macro of `<errno.h>`
        "#]],
    );
}

#[test]
fn hover_shows_nothing_on_ordinary_words_and_unknown_names() {
    for cursor in ["Ca$0lls", "step_ba$0ck", "re$0sult"] {
        let text = WALK.replace("$0", "").replace(&cursor.replace("$0", ""), cursor);
        if text.contains("$0") {
            hover(&with(&text), expect![["nothing\n"]]);
        }
    }
}

#[test]
fn hover_on_a_renamed_function_says_that_nobody_guarantees_it() {
    hover(
        &with(WALK)
            .replace("struct inode *step(struct inode *cur,\n", "struct inode *stride(struct inode *cur,\n"),
        expect![[r#"
            `step`
            ```c
            struct inode *step(struct inode *cur, const char *name);
            ```
            **no module guarantees it**; its prototype is in `path/path.header`, layer `path`

            ---
            relied on by `walk`
        "#]],
    );
}

#[test]
fn definition_of_what_is_relied_on_is_the_guarantee() {
    definition(
        &with(WALK),
        expect![[r#"
            path/step.spec:6 "step" in "struct inode *step(struct inode *cur,\n                   const char *name);"
        "#]],
    );
}

#[test]
fn definition_works_from_code_spans_headings_and_headers() {
    let step = expect![[r#"
        path/step.spec:6 "step" in "struct inode *step(struct inode *cur,\n                   const char *name);"
    "#]];
    for fixture in [
        with(&WALK.replace("$0", "").replace("`step(cur", "`st$0ep(cur")),
        with("[SPECIFICATION of ste$0p]\nLocked.\n"),
        with("").replace(
            "struct inode *step(struct inode *cur, const",
            "struct inode *$0step(struct inode *cur, const",
        ),
    ] {
        let (files, found) =
            at(&fixture, |analysis, path, offset| analysis.definition(path, offset).unwrap());
        let [location] = found.as_slice() else { panic!("{found:?}") };
        let line = slice(&files, &location.path, &(0..location.focus.start)).matches('\n').count() + 1;
        let whole = slice(&files, &location.path, &location.range);
        step.assert_eq(&format!("{}:{line} \"step\" in {whole:?}\n", location.path));
    }
}

#[test]
fn definition_of_a_macro_in_a_declaration_is_in_the_header() {
    definition(
        &with("[RELY]\n```c\nstruct inode { char name[LI$0MIT]; };\n```\n"),
        expect![[r##"
            common.header:3 "LIMIT" in "#define LIMIT 8"
        "##]],
    );
}

#[test]
fn definition_of_an_include_is_the_header() {
    definition(
        &BASE.replace("\ncommon\n", "\ncom$0mon\n"),
        expect![[r#"
            common.header:1 "" in ""
        "#]],
    );
}

#[test]
fn everything_works_on_a_file_that_is_half_broken() {
    definition(
        &with(
            "[REL\n```c\nint (;\n\n[RELY]\n```c\nstruct inode *st$0ep(struct inode *cur, const char *name);\nint f(,\n[GUAR",
        ),
        expect![[r#"
            path/step.spec:6 "step" in "struct inode *step(struct inode *cur,\n                   const char *name);"
        "#]],
    );
}

#[test]
fn references_are_declarations_headings_and_code_spans() {
    references(
        &with(WALK),
        expect![[r#"
            path/step.spec:6 Guarantee, declares "struct inode *step(struct inode *cur,\n                   const char *name);"
            path/path.header:2 Header, declares "struct inode *step(struct inode *cur, const char *name);"
            path/walk.spec:4 Rely(Functional) "struct inode *step(struct inode *cur, const char *name);"
            path/step.spec:18 Contract "step"
            path/walk.spec:13 Contract "step"
        "#]],
    );
}

#[test]
fn references_of_a_struct_are_its_uses_as_a_type() {
    references(
        "//- common.header\nstdint\nstruct in$0ode { int inode; struct inode *next; };\nint inode(struct inode *inode);\n",
        expect![[r#"
            common.header:2 Header, declares "struct inode { int inode; struct inode *next; };"
            common.header:2 Header "inode"
            common.header:3 Header "inode"
        "#]],
    );
}

fn outline(fixture: &str, expected: Expect) {
    let (files, path, _) = fixture::cursor(fixture);
    let symbols = fixture::host(&files).snapshot().document_symbols(&path).unwrap();
    let text = &files.iter().find(|(known, _)| *known == path).unwrap().1;
    let mut out = String::new();
    show(&symbols, text, 0, &mut out);
    expected.assert_eq(&out);
}

fn show(symbols: &[Symbol], text: &str, depth: usize, out: &mut String) {
    for symbol in symbols {
        let range = &symbol.range;
        assert!(range.start <= symbol.selection.start && symbol.selection.end <= range.end, "{symbol:?}");
        let line = text[..range.start].matches('\n').count() + 1;
        let last = text[..range.end].matches('\n').count() + 1;
        let detail = symbol.detail.as_deref().map_or(String::new(), |detail| format!(" — {detail}"));
        writeln!(out, "{}{} {:?} {line}-{last}{detail}", "  ".repeat(depth), symbol.name, symbol.kind)
            .unwrap();
        show(&symbol.children, text, depth + 1, out);
    }
}

#[test]
fn outline_of_a_module() {
    outline(
        &BASE.replace("Go down", "Go d$0own"),
        expect![[r#"
            [INTENT] Section 1-2
            [GUARANTEE] Section 4-8
              step Declaration(Function) 6-7 — struct inode *step(struct inode *cur, const char *name);
            [SPECIFICATION] Section 10-15
              Pre-Condition Clause 11-12
              Post-Condition Clause 13-15
                Case 1 Clause 14-14
                Case 2 Clause 15-15
            Refine Prompt Phase 17-20
              [SPECIFICATION of step] Section 18-20
                Pre-Condition Clause 19-20
        "#]],
    );
}

#[test]
fn outline_of_a_header_and_of_the_manifest() {
    outline(
        &BASE.replace("#define", "$0#define"),
        expect![[r##"
            LIMIT Declaration(Macro) 3-3 — #define LIMIT 8
            inode Declaration(Struct) 4-7 — struct inode { uint64_t ino; struct inode *next; };
        "##]],
    );
    outline(
        &BASE.replace("[[layer]]", "$0[[layer]]"),
        expect![[r#"
            layer Table 1-2 — path
            shared Table 3-4
        "#]],
    );
}

/// The tokens of a file, as `word kind`, with `+` behind what is declared there and `*` behind what libc has.
fn tokens_of(path: &str, fixture: &str) -> String {
    let (files, found) = at(fixture, |analysis, _, _| {
        let length = analysis.text(path).unwrap().unwrap().len_bytes();
        analysis.tokens(path, &(0..length)).unwrap()
    });
    let text = &files.iter().find(|(known, _)| known == path).unwrap().1;
    let mut out = String::new();
    for token in found {
        let marks = [(token.is_declaration, "+"), (token.is_standard, "*")];
        let marks: String = marks.iter().filter(|(is_set, _)| *is_set).map(|(_, mark)| *mark).collect();
        writeln!(out, "{} {:?}{marks}", &text[token.range], token.kind).unwrap();
    }
    out
}

#[test]
fn words_of_a_spec_are_told_apart() {
    let spec = "\
//- path/walk.spec
[RELY]
```c
/* The number
 * of steps. */
#define LIMIT 0x8
struct inode {
	uint64_t ino;
};
struct inode *step(struct inode *cur, const char *name);
```

[GUARANTEE]
```c
struct inode *walk(struct inode *cur);
```

[SPECIFICATION]
**Post-Condition**:
- `old(cur->ino) < min(LIMIT, 7) ==> result == step(cur, \"x\")`
- The lock of `cur` is taken as `step` says, and `EINVAL` or `nothing` is known.$0
";
    expect![[r#"
        RELY Heading
        /* The number Comment
        * of steps. */ Comment
        #define Keyword
        LIMIT Macro+
        0x8 Number
        struct Keyword
        inode Type+
        uint64_t Type*
        ino Member+
        struct Keyword
        inode Type
        step Function+
        struct Keyword
        inode Type
        cur Parameter+
        const Keyword
        char Keyword
        name Parameter+
        GUARANTEE Heading
        struct Keyword
        inode Type
        walk Function+
        struct Keyword
        inode Type
        cur Parameter+
        SPECIFICATION Heading
        Post-Condition Label
        old Keyword
        cur Parameter
        ino Member
        min Keyword
        LIMIT Macro
        7 Number
        ==> Keyword
        result Keyword
        step Function
        cur Parameter
        "x" Text
        cur Parameter
        step Function
        EINVAL Macro*
    "#]]
    .assert_eq(&tokens_of("path/walk.spec", &format!("{BASE}{spec}")));
}

#[test]
fn words_of_headers_and_of_phases_are_told_apart() {
    let fixture = format!("{BASE}$0");
    expect![[r#"
        struct Keyword
        inode Type
        step Function+
        struct Keyword
        inode Type
        cur Parameter+
        const Keyword
        char Keyword
        name Parameter+
        struct Keyword
        inode Type
        walk Function+
        struct Keyword
        inode Type
        cur Parameter+
    "#]]
    .assert_eq(&tokens_of("path/path.header", &fixture));
    let spec = tokens_of("path/step.spec", &fixture);
    let told = [
        "## Refine Prompt Heading\nSPECIFICATION Heading\nstep Function\n",
        "locked Keyword\ncur Parameter\n",
    ];
    assert!(told.iter().all(|told| spec.contains(told)), "{spec}");
    assert!(spec.contains("dir_has Function\n") && spec.contains("Case 1 Label\n"), "{spec}");
}

#[test]
fn tokens_of_a_range_are_those_that_touch_it() {
    let (files, found) = at(&format!("{BASE}$0"), |analysis, _, _| {
        let text = analysis.text("path/path.header").unwrap().unwrap().to_string();
        let line = text.find("struct inode *walk").unwrap();
        analysis.tokens("path/path.header", &(line..text.len())).unwrap()
    });
    let text = &files.iter().find(|(path, _)| path == "path/path.header").unwrap().1;
    let words: Vec<&str> = found.into_iter().map(|token| &text[token.range]).collect();
    assert_eq!(words, ["struct", "inode", "walk", "struct", "inode", "cur"]);
}

const COUNT: &str = "\
//- count.spec
[GUARANTEE]
```c
int count(int cur);
```

[SPECIFICATION]
**Pre-Condition**:
- `cur >= 0`

**Post-Condition**:
- `result == 0 || result == 1`
";

fn decided_hover(fixture: &str) -> String {
    let (files, path, offset) = fixture::cursor(fixture);
    fixture::decided(&files).hover(&path, offset).unwrap().unwrap().markdown
}

#[test]
fn hover_on_a_restated_clause_tells_by_which_clauses_it_is_proved() {
    let visit = "//- visit.spec\n[RELY]\n```c\nint count(int cur);\n```\n\n[GUARANTEE]\n```c\nint visit(int cur);\n```\n\n\
                 [SPECIFICATION of count]\n**Pre-Condition**:\n- `cur >= 0`\n\n**Post-Condition**:\n- `result $0>= 0`\n";
    let told = decided_hover(&format!("{COUNT}{visit}"));
    assert!(told.contains("*`count` promises this*: proved by "), "{told}");
    assert!(told.contains("`count.spec:11`"), "the clause that says what is returned: {told}");
    let told = decided_hover(&format!("{COUNT}{}", visit.replace("$0>= 0", "$0== 0")));
    assert!(
        told.contains("*`count` promises this*: refuted, with the counterexample `result == 1"),
        "{told}"
    );
}

#[test]
fn hover_on_a_function_counts_the_obligations_of_its_module() {
    let told = decided_hover(&COUNT.replace("int count", "int co$0unt"));
    assert!(told.contains("obligations of the module: 2 proved"), "{told}");
}

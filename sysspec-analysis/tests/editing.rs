//! What editors change: completion, renaming, fixes. `//- path` begins a file, `$0` is the cursor.

#![allow(clippy::unwrap_used, reason = "a fixture that is broken should stop the test")]

mod fixture;

use std::fmt::Write;

use expect_test::{Expect, expect};
use fixture::Files;
use sysspec_analysis::{Analysis, Edit};

const BASE: &str = "\
//- sysspec.toml
[[layer]]
folder = \"util\"
[[layer]]
folder = \"path\"
relies_on = [\"util\"]
[shared]
headers = [\"common.header\"]
[external]
headers = [\"external/host.header\"]
//- external/host.header
stdint
int host_call(int number);
//- common.header
stdint, stddef
#define LIMIT 8
struct child {
	struct inode *node;
};
struct inode {
	uint64_t ino;
	struct child child;
};
//- util/util.header
common
void lock(struct inode *node);
size_t path_length(const char *const *path);
//- util/lock.spec
[MODULE]
name: lock
layer: util
[GUARANTEE]
```c
void lock(struct inode *node);
```
[SPECIFICATION]
**Pre-Condition**:
- `node != NULL`
**Post-Condition**:
- `locked(node)`
//- path/path.header
common, util, host
struct inode *step(struct inode *cur, const char *name);
struct inode *walk(struct inode *cur);
//- path/step.spec
[MODULE]
name: step
layer: path
[PROMPT]
Write a complete `step.c` for the operation `step`; only include `path.h`.
[GUARANTEE]
```c
struct inode *step(struct inode *cur, const char *name);
```
[SPECIFICATION]
**Pre-Condition**:
- `cur != NULL`
**Post-Condition**:
- `step(cur, name)` never calls `lock`.
";

const WALK: &str = "\
[RELY]
```c
struct inode *step(struct inode *cur, const char *name);
```
[GUARANTEE]
```c
struct inode *walk(struct inode *cur);
```
[SPECIFICATION]
**Post-Condition**:
- `step(cur, \"x\")` until `LIMIT`; a step is small.
";

fn at<T>(fixture: &str, ask: impl FnOnce(&Analysis, &str, usize) -> T) -> (Files, T) {
    let (files, path, offset) = fixture::cursor(fixture);
    let host = fixture::host(&files);
    let answer = ask(&host.snapshot(), &path, offset);
    (files, answer)
}

fn with_walk(text: &str) -> String {
    format!("{BASE}//- path/walk.spec\n{text}")
}

/// The base with the cursor before the first occurrence of a text.
fn before(text: &str) -> String {
    let fixture = with_walk(WALK);
    let at = fixture.find(text).unwrap();
    format!("{}$0{}", &fixture[..at], &fixture[at..])
}

fn edited(files: &Files, edits: &[Edit]) -> Files {
    let mut files = files.clone();
    for (path, text) in &mut files {
        let mut own: Vec<&Edit> = edits.iter().filter(|edit| *edit.path == **path).collect();
        own.sort_by_key(|edit| std::cmp::Reverse(edit.range.start));
        for edit in own {
            text.replace_range(edit.range.clone(), &edit.replacement);
        }
    }
    files
}

/// The lines that edits change, as they are afterwards.
fn changed_lines(files: &Files, edits: &[Edit]) -> String {
    let mut out = String::new();
    for ((path, old), (_, new)) in files.iter().zip(edited(files, edits)) {
        let old: Vec<&str> = old.lines().collect();
        for (at, line) in new.lines().enumerate() {
            if old.get(at) != Some(&line) {
                writeln!(out, "{path}:{} {line}", at + 1).unwrap();
            }
        }
    }
    out
}

fn rename(fixture: &str, name: &str, moves: bool, expected: Expect) {
    let (files, renamed) =
        at(fixture, |analysis, path, offset| analysis.rename(path, offset, name, moves).unwrap().unwrap());
    expected.assert_eq(&match renamed {
        Ok(renaming) => {
            let mut out = changed_lines(&files, &renaming.edits);
            for (from, to) in &renaming.moves {
                writeln!(out, "{from} becomes {to}").unwrap();
            }
            out
        }
        Err(why) => format!("{why}\n"),
    });
}

#[test]
fn a_function_is_renamed_wherever_it_is_named() {
    rename(
        &before("step(cur, \"x"),
        "stride",
        true,
        expect![[r#"
            path/path.header:2 struct inode *stride(struct inode *cur, const char *name);
            path/step.spec:2 name: stride
            path/step.spec:5 Write a complete `stride.c` for the operation `stride`; only include `path.h`.
            path/step.spec:8 struct inode *stride(struct inode *cur, const char *name);
            path/step.spec:14 - `stride(cur, name)` never calls `lock`.
            path/walk.spec:3 struct inode *stride(struct inode *cur, const char *name);
            path/walk.spec:11 - `stride(cur, "x")` until `LIMIT`; a step is small.
            path/step.spec becomes path/stride.spec
        "#]],
    );
}

/// The patch names the module that it replaces, and brings one of the same name.
#[test]
fn the_nodes_of_a_patch_follow_a_module_that_is_renamed() {
    let patch = "//- patches/p/p.patch\n[PATCH]\nname: p\n[NODES]\n- step (root): replaces step\n\
        //- patches/p/step.spec\n[GUARANTEE]\n```c\nstruct inode *step(struct inode *cur, const char *name);\n```\n";
    let fixture = format!("{}{patch}", before("step(struct inode *cur, const"));
    let (files, renamed) = at(&fixture, |analysis, path, offset| {
        analysis.rename(path, offset, "stride", true).unwrap().unwrap().unwrap()
    });
    let lines = changed_lines(&files, &renamed.edits);
    assert!(lines.contains("patches/p/p.patch:4 - stride (root): replaces stride\n"), "{lines}");
    let moves: Vec<&str> = renamed.moves.iter().map(|(_, to)| &**to).collect();
    assert_eq!(moves, ["patches/p/stride.spec", "path/stride.spec"]);
}

#[test]
fn without_moving_files_the_module_keeps_its_name() {
    rename(
        &before("step(struct inode *cur, const"),
        "stride",
        false,
        expect![[r#"
        path/path.header:2 struct inode *stride(struct inode *cur, const char *name);
        path/step.spec:5 Write a complete `step.c` for the operation `stride`; only include `path.h`.
        path/step.spec:8 struct inode *stride(struct inode *cur, const char *name);
        path/step.spec:14 - `stride(cur, name)` never calls `lock`.
        path/walk.spec:3 struct inode *stride(struct inode *cur, const char *name);
        path/walk.spec:11 - `stride(cur, "x")` until `LIMIT`; a step is small.
    "#]],
    );
}

#[test]
fn a_renamed_workspace_has_no_findings_that_it_had_not() {
    let (files, renamed) = at(&before("step(struct inode *cur, const"), |analysis, path, offset| {
        analysis.rename(path, offset, "stride", true).unwrap().unwrap().unwrap()
    });
    let mut renamed_files = edited(&files, &renamed.edits);
    for (path, _) in &mut renamed_files {
        if let Some((_, to)) = renamed.moves.iter().find(|(from, _)| **from == **path) {
            *path = to.to_string();
        }
    }
    let found =
        fixture::findings(&files).replace("path/step.spec", "path/stride.spec").replace("`step`", "`stride`");
    assert_eq!(fixture::findings(&renamed_files), found);
}

#[test]
fn a_struct_is_renamed_in_headers_and_modules() {
    rename(
        &before("child {"),
        "entry",
        true,
        expect![[r#"
        common.header:3 struct entry {
        common.header:8 	struct entry child;
    "#]],
    );
}

#[test]
fn a_macro_is_renamed_in_headers_and_contracts() {
    rename(
        &before("LIMIT 8"),
        "STEPS_MAX",
        true,
        expect![[r#"
        common.header:2 #define STEPS_MAX 8
        path/walk.spec:11 - `step(cur, "x")` until `STEPS_MAX`; a step is small.
    "#]],
    );
}

#[test]
fn names_that_are_taken_or_are_none_are_refused() {
    let step = before("step(struct inode *cur, const");
    rename(
        &step,
        "walk",
        true,
        expect![[r#"
        `walk` is taken: `path/walk.spec` declares it
    "#]],
    );
    rename(
        &step,
        "memcpy",
        true,
        expect![[r#"
        `memcpy` is taken: `<string.h>` declares it
    "#]],
    );
    rename(
        &step,
        "while",
        true,
        expect![[r#"
        `while` is a keyword of C
    "#]],
    );
    rename(
        &step,
        "2step",
        true,
        expect![[r#"
        `2step` is no name in C: letters, digits and `_`, and no digit first
    "#]],
    );
    // A struct and a function may have the same name (C11 6.2.3).
    let (_, renamed) =
        at(&step, |analysis, path, offset| analysis.rename(path, offset, "inode", true).unwrap().unwrap());
    assert!(renamed.is_ok());
}

#[test]
fn what_belongs_to_others_is_not_renamed() {
    rename(
        &before("host_call"),
        "call",
        true,
        expect![[r#"
        `host_call` belongs to external code, declared in `external/host.header`, and cannot be renamed here
    "#]],
    );
    rename(
        &before("uint64_t ino"),
        "word",
        true,
        expect![[r#"
        `uint64_t` belongs to `<stdint.h>` and cannot be renamed
    "#]],
    );
    rename(
        &before("ino;"),
        "number",
        true,
        expect![[r#"
        only functions, types, objects and macros that a module guarantees, or a header declares, can be renamed
    "#]],
    );
    rename(
        &before("until"),
        "number",
        true,
        expect![[r#"
        only functions, types, objects and macros that a module guarantees, or a header declares, can be renamed
    "#]],
    );
}

fn completions(text: &str, expected: Expect) {
    let (_, found) =
        at(&with_walk(text), |analysis, path, offset| (analysis.completions(path, offset).unwrap(), offset));
    let (completions, offset) = found;
    let mut out = String::new();
    for item in completions.items.iter().take(6) {
        assert_eq!(item.replace.end, offset);
        let detail = item.detail.as_deref().unwrap_or_default();
        let typed = item.replace.len();
        writeln!(out, "{} {:?} ({detail}) -{typed} {:?}", item.label, item.kind, item.insert).unwrap();
    }
    if completions.items.len() > 6 {
        writeln!(out, "and {} more", completions.items.len() - 6).unwrap();
    }
    expected.assert_eq(&out);
}

#[test]
fn headings_are_offered_behind_a_bracket_at_the_start_of_a_line() {
    completions(
        "[RE$0\n",
        expect![[r#"
        [MODULE] Heading (name, layer and level) -3 "[MODULE]"
        [INTENT] Heading (what the module is for) -3 "[INTENT]"
        [PROMPT] Heading (what is asked of a model) -3 "[PROMPT]"
        [RELY] Heading (declarations that others guarantee) -3 "[RELY]"
        [GUARANTEE] Heading (declarations that this module guarantees) -3 "[GUARANTEE]"
        [SPECIFICATION] Heading (the contract) -3 "[SPECIFICATION]"
        and 6 more
    "#]],
    );
    completions("see [RE$0\n", expect![[""]]);
}

#[test]
fn the_functions_a_module_deals_with_are_offered_as_subjects() {
    completions(
        &WALK.replace("[SPECIFICATION]", "[SPECIFICATION of w$0"),
        expect![[r#"
        step Symbol(Function) () -1 "step]"
        walk Symbol(Function) () -1 "walk]"
    "#]],
    );
}

#[test]
fn labels_are_offered_behind_stars() {
    completions(
        &WALK.replace("**Post-Condition**:", "**Po$0"),
        expect![[r#"
        **Pre-Condition**: Label () -4 "**Pre-Condition**:"
        **Post-Condition**: Label () -4 "**Post-Condition**:"
        **Invariant**: Label () -4 "**Invariant**:"
        **System Algorithm**: Label () -4 "**System Algorithm**:"
        **Case 1**: Label () -4 "**Case 1**:"
    "#]],
    );
}

#[test]
fn a_rely_is_completed_to_the_declaration_of_its_provider() {
    completions(
        "[RELY]\n```c\nlo$0\n```\n",
        expect![[r#"
        lock Symbol(Function) (util/lock.spec) -2 "void lock(struct inode *node);"
    "#]],
    );
    completions(
        "[RELY]\n```c\nstruct in$0\n```\n",
        expect![[r#"
        inode Symbol(Struct) (common.header) -9 "struct inode {\n\tuint64_t ino;\n\tstruct child child;\n};"
    "#]],
    );
    completions(
        "[RELY]\nlo$0\n",
        expect![[r#"
        lock Symbol(Function) (util/lock.spec) -2 "```c\nvoid lock(struct inode *node);\n```"
    "#]],
    );
}

#[test]
fn a_guarantee_is_completed_to_a_prototype_that_nobody_guarantees() {
    completions(
        "[GUARANTEE]\n```c\n$0\n```\n",
        expect![[r#"
        walk Symbol(Function) (path/path.header) -0 "struct inode *walk(struct inode *cur);"
    "#]],
    );
}

#[test]
fn code_spans_are_completed_to_what_the_module_knows() {
    completions(
        &WALK.replace("`LIMIT`", "`LI$0`"),
        expect![[r#"
        cur Parameter (struct inode *) -2 "cur"
        step Symbol(Function) (function) -2 "step"
        walk Symbol(Function) (function) -2 "walk"
        result Word (what the function returns) -2 "result"
        old( Word (the value before the call) -2 "old("
        locked( Word (whether the lock is owned) -2 "locked("
        and 6 more
    "#]],
    );
}

#[test]
fn members_are_completed_behind_an_arrow_or_a_dot() {
    completions(
        &WALK.replace("`LIMIT`", "`cur->$0`"),
        expect![[r#"
        ino Member (uint64_t) -0 "ino"
        child Member (struct child) -0 "child"
    "#]],
    );
    completions(
        &WALK.replace("`LIMIT`", "`cur->child.node->ch$0`"),
        expect![[r#"
        ino Member (uint64_t) -2 "ino"
        child Member (struct child) -2 "child"
    "#]],
    );
    completions(&WALK.replace("`LIMIT`", "`nobody->$0`"), expect![[""]]);
}

#[test]
fn attributes_of_a_module_are_completed() {
    completions(
        "[MODULE]\n$0\n",
        expect![[r#"
        name: Label () -0 "name: "
        layer: Label () -0 "layer: "
        level: Label () -0 "level: "
    "#]],
    );
    completions(
        "[MODULE]\nname: $0\n",
        expect![[r#"
        walk Value (as the file is called) -0 "walk"
    "#]],
    );
    completions(
        "[MODULE]\nlayer: $0\n",
        expect![[r#"
        util Value (a layer of the workspace) -0 "util"
        path Value (a layer of the workspace) -0 "path"
    "#]],
    );
}

#[test]
fn include_lists_are_completed_to_headers_that_are_not_in_it() {
    let fixture = BASE.replace("\ncommon, util, host\n", "\ncommon, u$0\n");
    let (_, found) = at(&fixture, |analysis, path, offset| analysis.completions(path, offset).unwrap());
    let labels: Vec<&str> = found.items.iter().map(|item| item.label.as_str()).take(3).collect();
    assert_eq!(labels, ["host", "util", "stddef"]);
}

#[test]
fn codes_are_offered_where_a_finding_is_allowed() {
    completions(
        "// sysspec: allow(nam004$0\n[RELY]\n",
        expect![[r#"
            NAM004 Finding (guarantee missing in its layer's header) -6 "NAM004"
        "#]],
    );
}

fn actions(fixture: &str, expected: Expect) {
    let (files, found) =
        at(fixture, |analysis, path, offset| analysis.actions(path, offset..offset).unwrap());
    let mut out = String::new();
    for action in found {
        let preferred = if action.is_preferred { ", preferred" } else { "" };
        let code = action.diagnostic.as_ref().map(|found| found.code.as_str()).unwrap_or_default();
        writeln!(out, "{} ({:?} {code}{preferred})", action.title, action.kind).unwrap();
        out += &changed_lines(&files, &action.edits);
    }
    expected.assert_eq(&out);
}

#[test]
fn a_finding_can_be_mended_or_allowed() {
    actions(
        &with_walk(&WALK.replace("[RELY]", "[RE$0LI]")),
        expect![[r#"
        Write `[RELY]` (Fix SYN001, preferred)
        path/walk.spec:1 [RELY]
        Allow SYN001 here, with a reason (Suppress SYN001)
        path/walk.spec:1 // sysspec: allow(SYN001): 
        path/walk.spec:2 [RELI]
        path/walk.spec:3 ```c
        path/walk.spec:4 struct inode *step(struct inode *cur, const char *name);
        path/walk.spec:5 ```
        path/walk.spec:6 [GUARANTEE]
        path/walk.spec:7 ```c
        path/walk.spec:8 struct inode *walk(struct inode *cur);
        path/walk.spec:9 ```
        path/walk.spec:10 [SPECIFICATION]
        path/walk.spec:11 **Post-Condition**:
        path/walk.spec:12 - `step(cur, "x")` until `LIMIT`; a step is small.
    "#]],
    );
}

#[test]
fn where_nothing_is_wrong_nothing_is_offered() {
    actions(&before("step(cur, \"x"), expect![[""]]);
}

#[test]
fn all_safe_fixes_of_a_file_are_made_at_once() {
    let text = WALK.replace("[RELY]", "$0[RELI]").replace("[GUARANTEE]", "[GARANTEE]");
    let (files, action) = at(&with_walk(&text), |analysis, path, _| analysis.fix_all(path).unwrap().unwrap());
    expect![[r#"
        Make all 2 safe fixes in this file
        path/walk.spec:1 [RELY]
        path/walk.spec:5 [GUARANTEE]
    "#]]
    .assert_eq(&format!("{}\n{}", action.title, changed_lines(&files, &action.edits)));
}

#[test]
fn a_missing_reliance_comes_with_its_comment_and_its_lock_contract() {
    let rely = "[RELY]\n// Takes the first entry out.\n```c\nint pop(struct node *list);\n```\n\n";
    let guarantee = |name: &str| format!("[GUARANTEE]\n```c\nint {name}(struct node *list);\n```\n\n");
    let refine = |name: &str, rest: &str| {
        format!("\n## Refine Prompt\n[SPECIFICATION of {name}]\n**Pre-Condition**:\n- `locked(list)`\n{rest}")
    };
    let post = "\n**Post-Condition**:\n- `locked(list)`\n\n**System Algorithm**:\n1. Nothing is locked.\n";
    let files: Files = [
        ("sysspec.toml", "[[layer]]\nfolder = \"list\"\n".to_owned()),
        (
            "list/list.header",
            "\nint pop(struct node *list);\nint drop(struct node *list);\nint use(struct node *list);\n"
                .into(),
        ),
        ("list/pop.spec", guarantee("pop") + "[SPECIFICATION]\nReturns 0.\n" + &refine("pop", post)),
        (
            "list/drop.spec",
            format!("{rely}{}[SPECIFICATION]\nReturns what `pop(list)` returns.\n", guarantee("drop")),
        ),
        (
            "list/use.spec",
            format!(
                "[RELY]\n```c\nstruct node;\n```\n\n{}[SPECIFICATION]\nReturns what `pop(list)` returns.\n{}",
                guarantee("use"),
                refine("use", "")
            ),
        ),
    ]
    .map(|(path, text)| (path.to_owned(), text))
    .into();
    let found = fixture::host(&files).snapshot().diagnostics("list/use.spec").unwrap();
    let finding = found.iter().find(|found| found.code == sysspec_analysis::Code::NOT_RELIED_ON).unwrap();
    let after = fixture::fixed(&files, &finding.fixes[0]);
    let text = &after.iter().find(|(path, _)| path == "list/use.spec").unwrap().1;
    let relied = "struct node;\n```\n// Takes the first entry out.\n```c\nint pop(struct node *list);\n```\n\n[GUARANTEE]";
    assert!(text.contains(relied), "{text}");
    let restated = "\n\n[SPECIFICATION of pop]\n**Pre-Condition**:\n- `locked(list)`\n\n**Post-Condition**:\n- `locked(list)`\n";
    assert!(text.ends_with(restated), "{text}");
}

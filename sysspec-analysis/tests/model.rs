//! The workspace as plain values, for the toolchain.
#![allow(clippy::unwrap_used, reason = "a fixture that is broken should stop the test")]

mod fixture;

use sysspec_analysis::{Phase, Provider, SymbolKind, WorkspaceModel};

const WORKSPACE: &str = "\
//- sysspec.toml
name = \"shelf\"
[[layer]]
folder = \"util\"
[[layer]]
folder = \"box\"
relies_on = [\"util\"]
[shared]
headers = [\"common.header\"]
[external]
headers = [\"clock.header\"]
//- common.header
stdint, sys/stat

#define LIMIT 8
typedef struct crate { char name[LIMIT]; struct crate *next; } crate;
extern crate *first;
//- clock.header
stddef
uint64_t ticks(void);
//- util/util.header
common, clock
void lock(crate *c);
void unlock(crate *c);
//- util/lock.spec
[GUARANTEE]
```c
void lock(crate *c);
```
[SPECIFICATION]
**Post-Condition**:
- `locked(c)`
//- util/unlock.spec
[GUARANTEE]
```c
void unlock(crate *c);
```
[SPECIFICATION]
None.
//- box/box.header
util
crate *box_next(crate *c);
int box_age(void);
//- box/box_next.spec
[MODULE]
name: box_next
layer: box
level: 2

[INTENT]
Go on.

[PROMPT]
Not for the model.

[RELY]
```c
typedef struct crate {
	// ... other fields ...
	struct crate *next;
} crate;
#define LIMIT 8
```
// The age in ticks.
```c
int box_age(void);
```
```c
uint64_t ticks(void);
void *memchr(const void *s, int c, size_t n);
```


[GUARANTEE]
```c
crate *box_next(crate *c); $0
```

[SPECIFICATION]
**Post-Condition**:
- `result == old(c->next)`

## Refine Prompt
[RELY]
```c
void lock(crate *c);
```
```c
void unlock(crate *c);
```
[SPECIFICATION of lock]
`locked(c)`
[SPECIFICATION of box_next]
**Pre-Condition**:
- `locked(c)`
//- box/box_age.spec
[GUARANTEE]
```c
int box_age(void);
```
[SPECIFICATION]
Returns the age.

## Refine Prompt
[SPECIFICATION of box_age]
No lock is owned.
//- patches/p/box_age.spec
[GUARANTEE]
```c
int box_age(void);
```
[SPECIFICATION]
Other.
";

fn model(fixture: &str) -> WorkspaceModel {
    let (files, _, _) = fixture::cursor(fixture);
    fixture::host(&files).snapshot().model().unwrap().as_ref().clone()
}

#[test]
fn modules_come_from_leaf_to_root_and_patches_do_not_count() {
    let model = model(WORKSPACE);
    assert_eq!(model.error_count, 0);
    let names: Vec<&str> = model.modules.iter().map(|module| module.name.as_str()).collect();
    assert_eq!(names.len(), 4, "{names:?}");
    for module in &model.modules {
        let at = |name: &str| names.iter().position(|other| *other == name).unwrap();
        assert!(module.depends_on.iter().all(|on| at(on) < at(&module.name)), "{names:?}");
    }
    assert_eq!(model.module("box_next").unwrap().depends_on, ["box_age", "lock", "unlock"]);
}

#[test]
fn a_module_says_what_it_is() {
    let model = model(WORKSPACE);
    let module = model.module("box_next").unwrap();
    assert_eq!((module.path.as_str(), module.layer.as_str()), ("box/box_next.spec", "box"));
    assert_eq!((module.header.as_deref(), module.level), (Some("box/box.header"), Some(2)));
    assert_eq!(module.intent.as_deref(), Some("Go on."));
    assert_eq!(module.guarantees[0].declaration, "crate *box_next(crate *c);");
    assert_eq!(module.specification, "**Post-Condition**:\n- `result == old(c->next)`");
    assert_eq!(module.lock_contract.as_deref(), Some("**Pre-Condition**:\n- `locked(c)`"));
}

#[test]
fn what_is_relied_on_has_a_provider_a_phase_and_a_comment() {
    let model = model(WORKSPACE);
    let relies = &model.module("box_next").unwrap().relies;
    let found: Vec<_> =
        relies.iter().map(|found| (found.name.as_str(), found.kind, found.phase, &found.provider)).collect();
    let header = Provider::Header("common.header".into());
    let module = |name: &str| Provider::Module(name.into());
    let external = |path: &str| Provider::External(path.into());
    assert_eq!(
        found,
        [
            ("crate", SymbolKind::Struct, Phase::Functional, &header),
            ("crate", SymbolKind::Typedef, Phase::Functional, &header),
            ("LIMIT", SymbolKind::Macro, Phase::Functional, &header),
            ("box_age", SymbolKind::Function, Phase::Functional, &module("box_age")),
            ("ticks", SymbolKind::Function, Phase::Functional, &external("clock.header")),
            ("memchr", SymbolKind::Function, Phase::Functional, &external("<string.h>")),
            ("lock", SymbolKind::Function, Phase::Refine, &module("lock")),
            ("unlock", SymbolKind::Function, Phase::Refine, &module("unlock")),
        ]
    );
    assert_eq!(relies[3].comment.as_deref(), Some("The age in ticks."));
    assert_eq!(relies[3].declaration, "int box_age(void);");
}

#[test]
fn the_functional_text_is_what_the_code_depends_on() {
    let model = model(WORKSPACE);
    let module = model.module("box_next").unwrap();
    let headings: Vec<&str> = module.functional.lines().filter(|line| line.starts_with('[')).collect();
    assert_eq!(headings, ["[INTENT]", "[RELY]", "[GUARANTEE]", "[SPECIFICATION]"]);
    assert!(!module.functional.contains("locked"), "the refine phase stays out of it");
    assert!(!module.functional.contains("Not for the model"), "so does the prompt");
    let spaced = WORKSPACE.replace("Go on.\n", "Go on.   \n\n\n").replace("level: 2", "level: 3");
    let other = crate::model(&spaced);
    assert_eq!(
        other.module("box_next").unwrap().functional,
        module.functional,
        "white space and levels do not count"
    );
}

#[test]
fn a_second_phase_is_run_when_the_refine_part_relies_on_something() {
    let model = model(WORKSPACE);
    let refine = |name: &str| model.module(name).unwrap().refine.as_ref().map(|refine| refine.has_rely);
    assert_eq!((refine("box_next"), refine("box_age"), refine("lock")), (Some(true), Some(false), None));
}

#[test]
fn headers_are_given_with_what_they_declare() {
    let model = model(WORKSPACE);
    let paths: Vec<_> = model.headers.iter().map(|header| (header.path.as_str(), header.external)).collect();
    assert_eq!(
        paths,
        [
            ("box/box.header", false),
            ("clock.header", true),
            ("common.header", false),
            ("util/util.header", false)
        ]
    );
    let common = model.header("common.header").unwrap();
    assert_eq!(
        (common.stem.as_str(), common.includes.as_slice()),
        ("common", &["stdint".to_string(), "sys/stat".into()][..])
    );
    assert!(common.text.starts_with("\n#define LIMIT 8\n"), "{:?}", common.text);
    let declared: Vec<_> =
        common.declarations.iter().map(|found| (found.name.as_str(), found.kind)).collect();
    assert_eq!(
        declared,
        [
            ("LIMIT", SymbolKind::Macro),
            ("crate", SymbolKind::Struct),
            ("crate", SymbolKind::Typedef),
            ("first", SymbolKind::Object),
        ]
    );
    assert_eq!(common.declarations[1].mentions, ["LIMIT"]);
    assert_eq!(common.declarations[3].mentions, ["crate"]);
}

#[test]
fn a_broken_workspace_has_a_model_and_its_errors_are_counted() {
    let model =
        model(&WORKSPACE.replace("int box_age(void);\n```\n[SPEC", "int box_ageing(void);\n```\n[SPEC"));
    assert_eq!(model.error_count, 3, "the reliance, the prototype, and the guarantee that is in no header");
    assert_eq!(model.module("box_next").unwrap().relies[3].provider, Provider::Unresolved);
}

#[test]
fn modules_in_a_circle_are_still_listed_once_each() {
    let module = |name: &str, on: &str| {
        format!(
            "//- {name}.spec\n[RELY]\n```c\nint {on}(void);\n```\n[GUARANTEE]\n```c\nint {name}(void);\n```\n[SPECIFICATION]\nNone.$0\n"
        )
    };
    let model = model(&(module("a", "b") + &module("b", "a")));
    assert_eq!((model.modules.len(), model.error_count), (2, 1));
}

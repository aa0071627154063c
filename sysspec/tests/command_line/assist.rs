//! `sysspec draft` and `sysspec refine`: a diff to look at, and nothing written without consent.

use std::fs;

use serde_json::json;

use crate::killed::{GENERATE, shelf};
use crate::scene::sysspec;

const SPEC: &str = "[MODULE]\nname: shelf_full\nlayer: shelf\nlevel: 1\n\n[INTENT]\nSay whether a shelf has no room.\n\n\
    [RELY]\n```c\nstruct shelf {\n\t// ... other fields ...\n\tsize_t count;\n};\n```\n```c\n#define SHELF_BOXES_MAX 3\n```\n\n\
    [GUARANTEE]\n```c\nint shelf_full(const struct shelf *shelf);\n```\n\n\
    [SPECIFICATION]\n**Pre-Condition**:\n- `shelf != NULL`\n\n**Post-Condition**:\n\
    - **Case 1 (full)** `shelf->count == SHELF_BOXES_MAX`: `result == 1`\n\
    - **Case 2 (room)** `shelf->count != SHELF_BOXES_MAX`: `result == 0`\n";

const CODE: &str = "#include \"shelf.h\"\n\nint shelf_full(const struct shelf *shelf)\n{\n\treturn shelf->count == SHELF_BOXES_MAX;\n}\n";

fn recorded(role: &str, attempt: u32, answer: &str) -> serde_json::Value {
    let lines: Vec<&str> = answer.split('\n').collect();
    json!({"module": "shelf_full", "phase": 1, "attempt": attempt, "role": role, "provider": "written", "prompt": [], "answer": lines})
}

#[test]
fn a_draft_is_shown_and_written_on_demand_only() {
    let folder = shelf();
    assert_eq!(sysspec(folder.path(), &GENERATE).0, 0);
    let write = |path: &str, text: String| fs::write(folder.path().join(path), text).expect("a file");
    write("notes.txt", "Says whether a shelf is full.\n".to_owned());
    let answers = [
        recorded("SpecFine", 1, &format!("````\n{SPEC}````")),
        recorded("CodeGen", 1, &format!("```c\n{CODE}```")),
    ];
    write("recordings/shelf.json", json!({ "recorded": answers }).to_string());
    let draft = [
        "draft",
        "--from=notes.txt",
        "--module=shelf_full",
        "--layer=shelf",
        "--provider=replay",
        "--transcripts=recordings",
        "--accept-other-prompts",
    ];
    let spec = folder.path().join("shelf/shelf_full.spec");
    let (code, said, errors) = sysspec(folder.path(), &draft);
    assert_eq!(code, 0, "{said}{errors}");
    assert!(said.contains("+++ b/shelf/shelf_full.spec\n") && said.contains("+[GUARANTEE]\n"), "{said}");
    assert!(said.contains("+int shelf_full(const struct shelf *shelf);\n"), "{said}");
    assert!(said.contains("nothing was written; --write does it"), "{said}");
    assert!(!spec.exists());

    let (code, said, errors) =
        sysspec(folder.path(), &[&draft[..], &["--write", "--record=session.json"]].concat());
    assert_eq!(code, 0, "{said}{errors}");
    assert_eq!(fs::read_to_string(&spec).expect("the specification"), SPEC);
    let (code, said, errors) = sysspec(folder.path(), &["check", "."]);
    assert_eq!(code, 0, "{said}{errors}");
    let session = fs::read_to_string(folder.path().join("session.json")).expect("the session");
    assert!(
        session.contains("\"role\": \"SpecFine\"") && session.contains("\"role\": \"CodeGen\""),
        "{session}"
    );

    let (code, _, errors) = sysspec(folder.path(), &draft);
    assert_eq!(code, 2);
    assert!(errors.contains("shelf/shelf_full.spec is there already"), "{errors}");
}

#[test]
fn refine_wants_a_specification_and_somebody_to_write() {
    let folder = shelf();
    let by = ["--provider=exchange", "--exchange-dir=exchange"];
    let (code, _, errors) = sysspec(folder.path(), &[&["refine", "shelf/shelf.header"], &by[..]].concat());
    assert_eq!(code, 2);
    assert!(errors.contains("is no specification: name a .spec file"), "{errors}");
    let (code, _, errors) = sysspec(folder.path(), &["refine", "shelf/shelf_put.spec"]);
    assert_eq!(code, 2);
    assert!(errors.contains("--provider"), "{errors}");
}

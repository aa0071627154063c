//! The command line as a user meets it, on a small workspace.

use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

const MANIFEST: &str = r#"name = "small"

[[layer]]
folder = "util"
header = "util/util.header"

[[layer]]
folder = "path"
header = "path/path.header"
relies_on = ["util"]
"#;

const HASH: &str = "[GUARANTEE]
```c
uint32_t hash(const char *name);
```

[SPECIFICATION]
**Pre-Condition**:
- `name != NULL`

**Post-Condition**:
- The result depends on the bytes of `name` only.
";

const FIND: &str = "[RELY]
```c
uint32_t hash(const char *name);
```

[GUARANTEE]
```c
int find(const char *name);
```

[SPECIFICATION]
**Pre-Condition**:
- `name != NULL`

**Post-Condition**:
- The result is `hash(name)` modulo 7.
";

fn workspace(find: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (path, text) in [
        ("sysspec.toml", MANIFEST),
        ("util/util.header", "stdint\n\nuint32_t hash(const char *name);\n"),
        ("util/hash.spec", HASH),
        ("path/path.header", "util\n\nint find(const char *name);\n"),
        ("path/find.spec", find),
    ] {
        let file = folder.path().join(path);
        std::fs::create_dir_all(file.parent().expect("a parent")).expect("a folder");
        std::fs::write(file, text).expect("a file");
    }
    folder
}

/// Runs the program in a folder: exit code, standard output, standard error.
fn sysspec(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let program = env!("CARGO_BIN_EXE_sysspec");
    let run = Command::new(program).args(arguments).current_dir(folder).output();
    let Output { status, stdout, stderr } = run.expect("the program runs");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    (status.code().expect("an exit code"), text(stdout), text(stderr))
}

fn misspelt() -> TempDir {
    workspace(&FIND.replace("uint32_t hash(", "uint32_t hush("))
}

#[test]
fn a_workspace_in_order_has_a_summary_and_exit_code_0() {
    let folder = workspace(FIND);
    let expected = (0, "2 modules, 2 layers: no findings\n".to_owned(), String::new());
    assert_eq!(sysspec(folder.path(), &["check"]), expected);
    assert_eq!(sysspec(&folder.path().join("path"), &["check", ".."]), expected);
    assert_eq!(sysspec(Path::new("/"), &["check", &folder.path().display().to_string()]), expected);
}

#[test]
fn a_finding_is_shown_at_its_place_with_the_other_file_and_the_way_out() {
    let folder = misspelt();
    let (code, said, complaint) = sysspec(folder.path(), &["check"]);
    assert_eq!((code, complaint.as_str()), (1, ""), "findings are the result, not a complaint");
    for shown in [
        "error[NAM001]: ",
        "path/find.spec:3:10",
        "3 │ uint32_t hush(const char *name);",
        "^^^^",
        "util/hash.spec:3:10",
        "----",
        "help: did you mean `hash`?",
    ] {
        assert!(said.contains(shown), "{shown:?} is not shown:\n{said}");
    }
    assert!(!said.contains('\u{1b}'), "there is no terminal for colours");
    assert!(said.ends_with("2 modules, 2 layers: 1 error in 1 file\n"), "{said}");
}

#[test]
fn paths_are_shown_from_where_the_user_is() {
    let folder = misspelt();
    let (_, said, _) = sysspec(&folder.path().join("path"), &["check"]);
    assert!(said.contains("┌─ find.spec:3:10") && said.contains("┌─ ../util/hash.spec:3:10"), "{said}");
}

#[test]
fn a_part_of_a_workspace_shows_its_own_findings_only() {
    let folder = misspelt();
    let (code, said, _) = sysspec(folder.path(), &["check", "util"]);
    assert_eq!((code, said.as_str()), (0, "2 modules, 2 layers: no findings\n"));
    assert_eq!(sysspec(folder.path(), &["check", "path/find.spec"]).0, 1);
}

#[test]
fn the_json_report_has_the_documented_fields() {
    let folder = misspelt();
    let (code, said, _) = sysspec(folder.path(), &["check", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&said).expect("JSON");
    assert_eq!(code, 1);
    assert_eq!(report["version"], 1);
    assert_eq!(report["root"], folder.path().canonicalize().expect("a path").display().to_string());
    let summary = serde_json::json!({ "modules": 2, "layers": 2, "errors": 1, "warnings": 0, "hints": 0 });
    assert_eq!(report["summary"], summary);
    let finding = &report["findings"][0];
    assert_eq!(finding["code"], "NAM001");
    assert_eq!(finding["severity"], "error");
    assert_eq!(finding["path"], "path/find.spec");
    // "[RELY]\n", "```c\n" and "uint32_t " are 7, 5 and 9 bytes.
    assert_eq!(finding["start"], serde_json::json!({ "line": 3, "column": 10, "offset": 21 }));
    assert_eq!(finding["end"], serde_json::json!({ "line": 3, "column": 14, "offset": 25 }));
    assert_eq!(finding["help"], "did you mean `hash`?");
    assert_eq!(finding["related"][0]["path"], "util/hash.spec");
}

#[test]
fn every_code_can_be_explained_in_any_case() {
    let folder = workspace(FIND);
    for code in sysspec_analysis::Code::ALL {
        let (exit, said, _) = sysspec(folder.path(), &["explain", &code.as_str().to_lowercase()]);
        assert_eq!(exit, 0);
        assert!(said.starts_with(&format!("{code}: {} (", code.title())), "{said}");
    }
}

#[test]
fn wrong_calls_exit_with_2_and_say_what_is_wrong() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (arguments, named) in [
        (&["check", "nowhere"][..], "nowhere"),
        (&["check"], "holds no specification"),
        (&["explain", "XYZ999"], "XYZ999"),
        (&["unmount", "nowhere"], "nowhere"),
        (&["frobnicate"], "frobnicate"),
        (&["mount", ".", "mnt", "--capacity", "lots"], "512MiB"),
    ] {
        let (code, said, complaint) = sysspec(folder.path(), arguments);
        assert_eq!((code, said.as_str()), (2, ""), "{arguments:?}: {complaint}");
        assert!(complaint.starts_with("error: ") && complaint.contains(named), "{arguments:?}: {complaint}");
    }
}

#[test]
fn modules_without_code_are_named_with_what_to_do() {
    let folder = workspace(FIND);
    let (code, said, _) = sysspec(folder.path(), &["status"]);
    assert_eq!(code, 1);
    assert!(said.ends_with("2 modules: 0 validated, 2 missing\n"), "{said}");
    assert!(said.contains("hash  missing: "), "{said}");
    for arguments in [&["generate"][..], &["build"], &["mount", ".", "path"], &["test", "--mount-only"]] {
        let (code, _, complaint) = sysspec(folder.path(), arguments);
        assert_eq!(code, 1, "{arguments:?}: {complaint}");
        for named in ["hash", "find", "--provider exchange"] {
            assert!(complaint.contains(named), "{arguments:?} does not name {named}: {complaint}");
        }
    }
}

#[test]
fn nothing_is_built_on_specifications_with_errors() {
    let folder = misspelt();
    for arguments in [&["generate"][..], &["build"], &["mount", ".", "path"], &["test"]] {
        let (code, said, complaint) = sysspec(folder.path(), arguments);
        assert_eq!((code, said.as_str()), (1, ""), "{arguments:?}: {complaint}");
        for shown in ["error[NAM001]", "hush", "find.spec:3:10", "error: the specifications have 1 error"] {
            assert!(complaint.contains(shown), "{arguments:?} does not show {shown:?}: {complaint}");
        }
        assert!(!folder.path().join("build").exists(), "{arguments:?} built something");
    }
}

#[test]
fn generation_with_an_exchange_leaves_the_prompts_and_tells_where() {
    let folder = workspace(FIND);
    let (code, said, _) = sysspec(
        folder.path(),
        &[
            "generate",
            "--provider",
            "exchange",
            "--exchange-dir",
            "exchange",
            "--no-wait",
            "--module",
            "hash",
        ],
    );
    assert_eq!(code, 1, "{said}");
    let prompt = folder.path().join("exchange/hash.phase1.attempt1.prompt.md");
    assert!(prompt.is_file(), "no prompt:\n{said}");
    assert!(said.contains("hash: phase 1, attempt 1: asked"), "{said}");
    assert!(said.contains("exchange/hash.phase1.attempt1.prompt.md"), "{said}");
    assert!(
        said.ends_with("1 prompt without an answer; run this again when the answers are there\n"),
        "{said}"
    );
}

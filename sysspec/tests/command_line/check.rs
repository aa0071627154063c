//! `sysspec check`: what is shown, and the exit code.

use std::path::Path;

use tempfile::TempDir;

use crate::scene::{FIND, misspelt, summary, sysspec, workspace};

#[test]
fn a_workspace_in_order_has_a_summary_and_exit_code_0() {
    let folder = workspace(FIND);
    // What is in words is not decided, and that is said even of a workspace in order.
    let said = "4 obligations: 2 proved, 2 not decided (in words)\n2 modules, 2 layers: no findings\n";
    let expected = (0, said.to_owned(), String::new());
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
    let checked = summary(sysspec(folder.path(), &["check", "util"]));
    assert_eq!(checked, (0, "2 modules, 2 layers: no findings".to_owned()));
    assert_eq!(sysspec(folder.path(), &["check", "path/find.spec"]).0, 1);
}

#[test]
fn findings_show_their_fixes() {
    let folder = workspace(&FIND.replace("[RELY]", "[RELYS]"));
    let (code, said, _) = sysspec(folder.path(), &["check"]);
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("fix: write `[RELY]`"), "{said}");
    assert!(said.ends_with("`sysspec fix` can fix 1 of them\n"), "{said}");
}

/// An empty section is a warning.
fn with_a_warning() -> TempDir {
    workspace(&format!("[INTENT]\n\n{FIND}"))
}

#[test]
fn warnings_count_only_when_they_are_denied() {
    let folder = with_a_warning();
    let (code, said, _) = sysspec(folder.path(), &["check"]);
    assert_eq!(code, 0, "{said}");
    assert!(said.ends_with("2 modules, 2 layers: 1 warning in 1 file\n"), "{said}");
    assert_eq!(sysspec(folder.path(), &["check", "--deny", "warnings"]).0, 1);
    assert_eq!(sysspec(workspace(FIND).path(), &["check", "--deny", "warnings"]).0, 0);
}

#[test]
fn several_workspaces_are_checked_together() {
    let (one, other) = (misspelt(), misspelt());
    let path = |folder: &TempDir, below: &str| folder.path().join(below).display().to_string();
    let arguments = ["check", &path(&one, "path"), &path(&other, ""), &path(&one, "util")];
    let (code, said, _) = sysspec(Path::new("/"), &arguments);
    assert_eq!(code, 1);
    assert!(said.ends_with("2 workspaces, 4 modules, 4 layers: 2 errors in 2 files\n"), "{said}");
    for folder in [&one, &other] {
        let file = folder.path().canonicalize().expect("a path").join("path/find.spec");
        let shown = file.display().to_string();
        assert_eq!(said.matches(&format!("┌─ {}:3:10", shown.trim_start_matches('/'))).count(), 1, "{said}");
    }
}

#[test]
fn a_bare_folder_of_specs_is_checked() {
    let folder = misspelt();
    std::fs::remove_file(folder.path().join("sysspec.toml")).expect("a file");
    let (code, said, _) = sysspec(folder.path(), &["check", "."]);
    assert_eq!(code, 1);
    assert!(said.ends_with("2 modules, 2 layers: 1 error in 1 file\n"), "{said}");
}

#[test]
fn numbers_are_shown_on_request() {
    let folder = misspelt();
    let (code, said, _) = sysspec(folder.path(), &["check", "--stats"]);
    assert_eq!(code, 1);
    for shown in [
        "5 files, 2 modules, 2 guaranteed functions",
        "4 contract items: 2 formal, 2 in words",
        "NAM001  1\n",
        "read ",
        "analysed ",
    ] {
        assert!(said.contains(shown), "{shown:?} is not shown:\n{said}");
    }
}

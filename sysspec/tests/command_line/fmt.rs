//! `sysspec fmt`: what is written, and what is only told.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::scene::{FIND, sysspec, workspace};

/// Blanks at the end of a line, and three empty lines where one will do.
fn untidy() -> String {
    FIND.replace("[GUARANTEE]\n", "[GUARANTEE]   \n")
        .replace("\n\n[SPECIFICATION]", "\n\n\n\n[SPECIFICATION]")
}

fn find(folder: &Path) -> String {
    fs::read_to_string(folder.join("path/find.spec")).expect("a file")
}

#[test]
fn files_are_formatted_once_and_for_all() {
    let folder = workspace(&untidy());
    let (code, said, summary) = sysspec(folder.path(), &["fmt", "path/find.spec"]);
    assert_eq!((code, said.as_str(), summary.as_str()), (0, "path/find.spec\n", "1 file formatted\n"));
    assert_eq!(find(folder.path()), FIND);
    let (code, said, summary) = sysspec(folder.path(), &["fmt", "path/find.spec"]);
    assert_eq!((code, said.as_str(), summary.as_str()), (0, "", "all files are formatted\n"));
}

#[test]
fn check_lists_the_files_exits_with_1_and_writes_nothing() {
    let folder = workspace(&untidy());
    let (code, said, _) = sysspec(folder.path(), &["fmt", "--check", "path/find.spec"]);
    assert_eq!((code, said.as_str()), (1, "path/find.spec\n"));
    let (code, said, _) = sysspec(folder.path(), &["fmt", "--diff", "path/find.spec"]);
    assert_eq!(code, 1);
    assert!(said.starts_with("--- a/path/find.spec\n+++ b/path/find.spec\n@@ "), "{said}");
    assert!(said.contains("\n-[GUARANTEE]   \n+[GUARANTEE]\n"), "{said}");
    assert_eq!(find(folder.path()), untidy());
    assert_eq!(sysspec(workspace(FIND).path(), &["fmt", "--check", "path/find.spec"]).0, 0);
}

fn on_input(arguments: &[&str], text: &str) -> (Option<i32>, String) {
    let mut program = Command::new(env!("CARGO_BIN_EXE_sysspec"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program runs");
    let mut input = program.stdin.take().expect("a pipe");
    input.write_all(text.as_bytes()).expect("the program reads");
    drop(input);
    let output = program.wait_with_output().expect("an output");
    (output.status.code(), String::from_utf8(output.stdout).expect("UTF-8"))
}

#[test]
fn standard_input_is_formatted_to_standard_output() {
    assert_eq!(on_input(&["fmt", "-"], &untidy()), (Some(0), FIND.to_owned()));
    assert_eq!(on_input(&["fmt", "-"], FIND), (Some(0), FIND.to_owned()));
    assert_eq!(on_input(&["fmt", "--check", "-"], &untidy()), (Some(1), String::new()));
    assert_eq!(on_input(&["fmt", "--check", "-"], FIND), (Some(0), String::new()));
    assert_eq!(on_input(&["fmt", "-", "--stdin-name", "notes.md"], FIND).0, Some(2));
}

//! The commands that build on specifications, and those about the program itself.

use crate::scene::{FIND, misspelt, sysspec, workspace};

/// Two messages send the reader there.
#[test]
fn explain_without_a_code_lists_them_all() {
    let folder = tempfile::tempdir().unwrap();
    let (exit, said, _) = sysspec(folder.path(), &["explain"]);
    assert_eq!(exit, 0);
    for code in sysspec_analysis::Code::ALL {
        assert!(
            said.lines().any(|line| line.starts_with(code.as_str()) && line.ends_with(code.title())),
            "{code}"
        );
    }
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

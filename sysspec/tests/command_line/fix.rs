//! `sysspec fix`: what is written, and what is left alone.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::scene::{FIND, misspelt, sysspec, workspace};

/// Both headings are misspelt; each has a safe fix.
fn wrong_headings() -> String {
    FIND.replace("[RELY]", "[RELYS]").replace("[GUARANTEE]", "[GUARANTE]")
}

fn find(folder: &Path) -> String {
    fs::read_to_string(folder.join("path/find.spec")).expect("a file")
}

#[test]
fn fixes_are_applied_and_a_second_run_finds_nothing_to_do() {
    let folder = workspace(&wrong_headings());
    let (code, said, complaint) = sysspec(folder.path(), &["fix"]);
    assert_eq!((code, complaint.as_str()), (0, ""), "{said}");
    assert!(said.contains("path/find.spec: SYN001: write `[RELY]`"), "{said}");
    assert!(said.ends_with("fixed 2 findings in 1 file; no findings remain\n"), "{said}");
    assert_eq!(find(folder.path()), FIND);
    let (code, said, _) = sysspec(folder.path(), &["fix"]);
    assert_eq!((code, said.as_str()), (0, "nothing to fix; no findings remain\n"));
    assert_eq!(find(folder.path()), FIND);
    assert_eq!(sysspec(folder.path(), &["check"]).0, 0);
}

#[test]
fn a_dry_run_prints_a_patch_and_writes_nothing() {
    let folder = workspace(&FIND.replace("[RELY]", "[RELYS]"));
    let before = find(folder.path());
    let (code, said, summary) = sysspec(folder.path(), &["fix", "--dry-run"]);
    assert_eq!(code, 0, "{said}");
    let diff = "--- a/path/find.spec\n+++ b/path/find.spec\n@@ -1,4 +1,4 @@\n-[RELYS]\n+[RELY]\n ```c\n uint32_t hash(const char *name);\n ```\n";
    assert_eq!(said, diff);
    assert!(summary.contains("would fix 1 finding in 1 file; no findings remain"), "{summary}");
    assert_eq!(find(folder.path()), before);
}

#[test]
fn only_the_chosen_codes_are_fixed() {
    let folder = workspace(&wrong_headings());
    let (code, said, _) = sysspec(folder.path(), &["fix", "--code", "syn002"]);
    assert_eq!(code, 1);
    assert!(said.starts_with("nothing to fix; 2 errors remain"), "{said}");
    assert_eq!(find(folder.path()), wrong_headings());
    assert_eq!(sysspec(folder.path(), &["fix", "--code", "SYN002", "--code", "SYN001"]).0, 0);
    let (code, _, complaint) = sysspec(folder.path(), &["fix", "--code", "SYN999"]);
    assert!(code == 2 && complaint.contains("SYN999"), "{complaint}");
}

#[test]
fn findings_without_a_safe_fix_remain_and_make_the_exit_code_1() {
    let folder = misspelt();
    let before = find(folder.path());
    let (code, said, _) = sysspec(folder.path(), &["fix"]);
    assert_eq!(code, 1);
    assert!(said.contains("nothing to fix; 1 error remain"), "{said}");
    assert_eq!(find(folder.path()), before);
}

#[test]
fn only_what_was_named_is_fixed() {
    let folder = workspace(&wrong_headings());
    let (code, said, _) = sysspec(folder.path(), &["fix", "util"]);
    assert_eq!((code, said.as_str()), (0, "nothing to fix; no findings remain\n"));
    assert_eq!(find(folder.path()), wrong_headings());
}

#[test]
fn the_rights_of_a_file_are_kept() {
    let folder = workspace(&wrong_headings());
    let path = folder.path().join("path/find.spec");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).expect("rights");
    assert_eq!(sysspec(folder.path(), &["fix"]).0, 0);
    assert_eq!(fs::metadata(&path).expect("a file").permissions().mode() & 0o777, 0o640);
}

#[test]
fn a_file_that_is_no_text_is_never_written() {
    let folder = workspace(FIND);
    let path = folder.path().join("path/noise.spec");
    let noise = [wrong_headings().as_bytes(), &[0xff]].concat();
    fs::write(&path, &noise).expect("a file");
    let (code, _, complaint) = sysspec(folder.path(), &["fix", "--unsafe"]);
    assert_eq!(code, 2);
    assert!(complaint.contains("path/noise.spec is not UTF-8 text"), "{complaint}");
    assert_eq!(fs::read(&path).expect("a file"), noise);
}

//! Completions and manual pages.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use crate::scene::sysspec;

#[test]
fn every_shell_gets_its_completions() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let (code, said, complaint) = sysspec(Path::new("/"), &["completions", shell]);
        assert_eq!((code, complaint.as_str()), (0, ""), "{shell}");
        for named in ["check", "format", "fix", "dry-run", "completions"] {
            assert!(said.contains(named), "{shell}: {named} is not completed");
        }
        assert!(!said.contains("__host"), "{shell}: what only the program calls is no offer");
    }
}

#[test]
fn the_completions_for_bash_are_bash() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (_, script, _) = sysspec(folder.path(), &["completions", "bash"]);
    let path = folder.path().join("script");
    std::fs::write(&path, script).expect("a file");
    let checked = Command::new("bash").arg("-n").arg(&path).output().expect("bash runs");
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
}

#[test]
fn every_command_has_a_manual_page() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (code, _, complaint) = sysspec(folder.path(), &["man", "pages"]);
    assert_eq!((code, complaint.as_str()), (0, ""));
    let pages = std::fs::read_dir(folder.path().join("pages")).expect("a folder");
    let names = pages.map(|page| page.expect("a file").file_name().to_string_lossy().into_owned());
    let names: BTreeSet<String> = names.collect();
    for command in ["", "-check", "-fix", "-fmt", "-explain", "-mount", "-completions", "-man"] {
        assert!(names.contains(&format!("sysspec{command}.1")), "{command}: {names:?}");
    }
    assert!(names.iter().all(|name| !name.contains("__")), "{names:?}");
    let (code, said, _) = sysspec(folder.path(), &["man"]);
    assert_eq!(code, 0);
    assert!(said.contains(".TH") && said.contains("sysspec"), "{said}");
}

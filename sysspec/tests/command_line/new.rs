//! `sysspec new`: what it writes checks clean, and it writes over nothing.

use std::fs;

use crate::scene::{FIND, HASH, summary, sysspec, workspace};

#[test]
fn a_new_workspace_checks_clean_and_is_formatted() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (code, said, complaint) = sysspec(folder.path(), &["new", "workspace", "tree"]);
    assert_eq!((code, complaint.as_str()), (0, ""));
    assert!(said.contains("created tree/sysspec.toml\n"), "{said}");
    assert_eq!(
        summary(sysspec(folder.path(), &["check", "tree", "--deny", "warnings"])),
        (0, "1 module, 1 layer: no findings".to_owned())
    );
    assert_eq!(sysspec(folder.path(), &["fmt", "--check", "tree"]).0, 0);
    let manifest = fs::read_to_string(folder.path().join("tree/sysspec.toml")).expect("a manifest");
    assert!(manifest.starts_with("name = \"tree\"\n"), "{manifest}");
    let (code, _, complaint) = sysspec(folder.path(), &["new", "workspace", "tree"]);
    assert!(code == 2 && complaint.contains("not empty"), "{complaint}");
}

#[test]
fn a_new_module_is_declared_in_its_header_and_checks_clean() {
    let folder = workspace(FIND);
    let (code, said, complaint) = sysspec(folder.path(), &["new", "module", "path/walk", "--rely", "hash"]);
    assert_eq!((code, complaint.as_str()), (0, ""));
    assert_eq!(said, "created path/walk.spec\ndeclared it in path/path.header\n");
    let header = fs::read_to_string(folder.path().join("path/path.header")).expect("a header");
    assert!(header.ends_with("int find(const char *name);\nint walk(const char *name);\n"), "{header}");
    assert_eq!(
        summary(sysspec(folder.path(), &["check", "--deny", "warnings"])),
        (0, "3 modules, 2 layers: no findings".to_owned())
    );
    assert_eq!(sysspec(folder.path(), &["fmt", "--check", "path/walk.spec"]).0, 0);
}

#[test]
fn a_new_module_in_a_bare_folder_checks_clean() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::write(folder.path().join("hash.spec"), HASH).expect("a file");
    assert_eq!(sysspec(folder.path(), &["new", "module", "walk.spec"]).0, 0);
    assert_eq!(
        summary(sysspec(folder.path(), &["check", "--deny", "warnings"])),
        (0, "2 modules, 1 layer: no findings".to_owned())
    );
}

#[test]
fn a_prototype_that_waits_for_its_module_is_what_it_guarantees() {
    let folder = workspace(FIND);
    let header = folder.path().join("util/util.header");
    let text = fs::read_to_string(&header).expect("a header") + "void settle(uint64_t at);\n";
    fs::write(&header, &text).expect("a header");
    assert_eq!(sysspec(folder.path(), &["new", "module", "util/settle"]).0, 0);
    assert_eq!(fs::read_to_string(&header).expect("a header"), text, "it has the prototype already");
    let spec = fs::read_to_string(folder.path().join("util/settle.spec")).expect("a spec");
    assert!(spec.contains("void settle(uint64_t at);"), "{spec}");
    let (code, said, _) = sysspec(folder.path(), &["check", "--deny", "warnings"]);
    assert_eq!(code, 0, "{said}");
}

#[test]
fn a_new_patch_checks_clean() {
    let folder = workspace(FIND);
    let arguments = ["new", "patch", "faster", "--replaces", "find", "--replaces", "hash"];
    let (code, said, complaint) = sysspec(folder.path(), &arguments);
    assert_eq!((code, complaint.as_str()), (0, ""));
    assert!(said.contains("created patches/faster/faster.patch\n"), "{said}");
    let patch = fs::read_to_string(folder.path().join("patches/faster/faster.patch")).expect("a patch");
    assert!(patch.ends_with("- find (root): replaces find\n- hash (leaf): replaces hash\n"), "{patch}");
    let copied = folder.path().join("patches/faster/path/find.spec");
    assert_eq!(fs::read_to_string(copied).expect("a spec"), FIND);
    let (code, said, _) = sysspec(folder.path(), &["check", "--deny", "warnings"]);
    assert_eq!(code, 0, "{said}");
    assert_eq!(sysspec(folder.path(), &arguments).0, 2);
}

#[test]
fn nothing_is_written_when_something_is_wrong() {
    let folder = workspace(FIND);
    for (arguments, named) in [
        (&["new", "module", "path/find"][..], "find"),
        (&["new", "module", "util/find"], "path/find.spec"),
        (&["new", "module", "path/2nd"], "2nd"),
        (&["new", "module", "nowhere/walk"], "nowhere"),
        (&["new", "module", "path/walk", "--rely", "nothing"], "nothing"),
        (&["new", "patch", "a/b"], "a/b"),
        (&["new", "patch", "p", "--replaces", "nothing"], "nothing"),
        (&["new", "workspace", "."], "not empty"),
    ] {
        let (code, said, complaint) = sysspec(folder.path(), arguments);
        assert_eq!((code, said.as_str()), (2, ""), "{arguments:?}: {complaint}");
        assert!(complaint.contains(named), "{arguments:?}: {complaint}");
    }
    assert_eq!(
        summary(sysspec(folder.path(), &["check"])),
        (0, "2 modules, 2 layers: no findings".to_owned())
    );
    assert_eq!(fs::read_to_string(folder.path().join("path/find.spec")).expect("a spec"), FIND);
    assert!(!folder.path().join("patches").exists());
}

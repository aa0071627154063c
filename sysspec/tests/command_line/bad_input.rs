//! Input that cannot be read, or is not what it should be.

use std::os::unix::fs::symlink;

use crate::scene::{FIND, sysspec, workspace};

#[test]
fn what_holds_no_specification_is_refused_with_its_name() {
    let folder = workspace(FIND);
    std::fs::create_dir(folder.path().join("empty")).expect("a folder");
    std::fs::write(folder.path().join("notes.md"), "x").expect("a file");
    for path in ["nowhere", "empty", "notes.md", "util/nowhere.spec"] {
        let (code, said, complaint) = sysspec(folder.path(), &["check", path]);
        assert_eq!((code, said.as_str()), (2, ""), "{path}: {complaint}");
        assert!(complaint.starts_with("error: ") && complaint.contains(path), "{path}: {complaint}");
    }
}

#[test]
fn a_path_that_does_not_exist_says_what_to_do() {
    let folder = workspace(FIND);
    for (arguments, says) in [
        (["check", "util/hush.spec"], "there is no util/hush.spec; did you mean util/hash.spec?"),
        (["fmt", "util/hash"], "did you mean util/hash.spec?"),
        (["status", "utli"], "did you mean util?"),
        (["check", "far/away"], "name a workspace, or a folder or file of specifications in one"),
    ] {
        let (code, _, complaint) = sysspec(folder.path(), &arguments);
        assert!(code == 2 && complaint.contains(says), "{arguments:?}: {code} {complaint}");
    }
}

#[test]
fn a_module_is_begun_in_a_workspace_only() {
    let (folder, bare) = (workspace(FIND), tempfile::tempdir().expect("a temporary folder"));
    for place in ["step", "util/step"] {
        let (code, _, complaint) = sysspec(bare.path(), &["new", "module", place]);
        assert!(code == 2 && complaint.contains("`sysspec new workspace DIR` begins one"), "{complaint}");
    }
    let (code, _, complaint) = sysspec(folder.path(), &["new", "module", "file/step"]);
    let says =
        "there is no folder file: make it, and describe it as a layer in sysspec.toml; nothing was written";
    assert!(code == 2 && complaint.contains(says), "{complaint}");
}

#[test]
fn a_graph_around_a_module_that_does_not_exist_names_the_nearest() {
    let folder = workspace(FIND);
    let (code, _, complaint) = sysspec(folder.path(), &["graph", "--module", "fnid"]);
    assert!(
        code == 2 && complaint.contains("there is no module fnid in small; did you mean find?"),
        "{complaint}"
    );
}

#[test]
fn one_path_that_is_wrong_stops_the_check_of_all() {
    let folder = workspace(FIND);
    let (code, said, complaint) = sysspec(folder.path(), &["check", "util", "nowhere"]);
    assert_eq!((code, said.as_str()), (2, ""));
    assert!(complaint.contains("nowhere"), "{complaint}");
}

#[test]
fn an_empty_spec_is_a_finding() {
    let folder = workspace("");
    let (code, said, _) = sysspec(folder.path(), &["check"]);
    assert_eq!(code, 1);
    assert!(said.contains("path/find.spec"), "{said}");
}

#[test]
fn a_file_that_is_no_text_is_named_and_the_rest_is_checked() {
    let folder = workspace(FIND);
    std::fs::write(folder.path().join("path/noise.spec"), [0xff, 0, 0xfe, b'\n', 0x80]).expect("a file");
    let (code, said, complaint) = sysspec(folder.path(), &["check"]);
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("3 modules, 2 layers: "), "{said}");
    assert!(complaint.starts_with("error: path/noise.spec is not UTF-8 text"), "{complaint}");
}

/// A link that leads nowhere cannot be read by anybody, not even by root.
#[test]
fn a_spec_that_cannot_be_read_stops_the_check_and_is_named() {
    let folder = workspace(FIND);
    symlink("gone", folder.path().join("path/lost.spec")).expect("a link");
    let (code, said, complaint) = sysspec(folder.path(), &["check"]);
    assert_eq!((code, said.as_str()), (2, ""), "{complaint}");
    assert!(
        complaint.starts_with("error: cannot read ") && complaint.contains("path/lost.spec"),
        "{complaint}"
    );
}

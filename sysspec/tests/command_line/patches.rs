//! `sysspec check --patch`

use std::path::Path;

use crate::scene::{FIND, HASH, sysspec, workspace};

/// A patch that changes `hash` and leaves out `find`, which relies on it.
fn write_wide(folder: &Path) {
    for (path, text) in [
        ("wide.patch", "[PATCH]\nname: wide\n\n[NODES]\n- hash (leaf): replaces hash\n"),
        ("util/util.header", "stdint\n\nuint64_t hash(const char *name);\n"),
        ("hash.spec", &HASH.replace("uint32_t", "uint64_t")),
    ] {
        let file = folder.join(path);
        std::fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
        std::fs::write(file, text).expect("a file");
    }
}

#[test]
fn a_patch_from_elsewhere_is_laid_over_the_workspace() {
    let (folder, elsewhere) = (workspace(FIND), tempfile::tempdir().expect("a temporary folder"));
    write_wide(&elsewhere.path().join("wide"));
    let patch = elsewhere.path().join("wide").display().to_string();
    let (code, shown, errors) = sysspec(folder.path(), &["check", ".", "--patch", &patch]);
    assert!(code == 1 && !shown.contains("/../"), "{shown}{errors}");
    for expected in [
        "the patch `wide` changes `hash`, which this module relies on as it was",
        "path/find.spec:3:10",
        "this changes `hash` and leaves out 1 module that relies on it as it was",
        "wide/hash.spec:3:10",
        "2 errors in 2 files",
    ] {
        assert!(shown.contains(expected), "{expected:?} is not in:\n{shown}");
    }
}

#[test]
fn a_patch_in_the_workspace_tells_the_base_only_when_it_is_given() {
    let folder = workspace(FIND);
    write_wide(&folder.path().join("patches/wide"));
    let (code, shown, errors) = sysspec(folder.path(), &["check"]);
    assert_eq!(code, 1, "{shown}{errors}");
    assert!(shown.contains("1 error in 1 file") && !shown.contains("the patch `wide`"), "{shown}");
    let (_, shown, _) = sysspec(folder.path(), &["check", "path", "--patch", "patches/wide"]);
    assert!(shown.contains("2 errors in 2 files"), "{shown}");
}

#[test]
fn folders_that_are_no_patches_are_refused() {
    let folder = workspace(FIND);
    std::fs::create_dir(folder.path().join("empty")).expect("a folder");
    for (patch, says) in [
        ("nowhere", "cannot read it"),
        ("empty", "no .spec, .header or .patch file"),
        (".", "the workspace itself"),
        ("path/find.spec", "it is no folder"),
    ] {
        let (code, _, errors) = sysspec(folder.path(), &["check", ".", "--patch", patch]);
        assert!(code == 2 && errors.contains(says), "{patch}: {code} {errors}");
    }
}

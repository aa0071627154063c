//! `--patch` of `sysspec check`, `fix` and `fmt`

use std::path::Path;

use crate::scene::{FIND, HASH, misspelt, sysspec, workspace};

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

/// The patch gives the base what it relies on; the file of the patch is mended, too.
#[test]
fn fix_mends_what_a_patch_brings_and_no_more_than_is_wrong_under_it() {
    let (folder, elsewhere) = (misspelt(), tempfile::tempdir().expect("a temporary folder"));
    let hush = elsewhere.path().join("hush.spec");
    std::fs::write(&hush, HASH.replace("hash", "hush").replace("```c\n", "```c\n\u{200b}")).expect("a file");
    let patch = elsewhere.path().display().to_string();
    let (code, said, errors) =
        sysspec(folder.path(), &["fix", ".", "--unsafe", "--code", "SYN010", "--patch", &patch]);
    let mended = std::fs::read_to_string(&hush).expect("the spec");
    assert!(!mended.contains('\u{200b}'), "{code} {said}{errors}\n{mended}");
    let (code, _, errors) = sysspec(folder.path(), &["fix", ".", "--patch", "nowhere"]);
    assert!(code == 2 && errors.contains("--patch nowhere"), "{errors}");
}

#[test]
fn fmt_formats_the_files_of_a_patch_from_elsewhere() {
    let (folder, elsewhere) = (workspace(FIND), tempfile::tempdir().expect("a temporary folder"));
    write_wide(elsewhere.path());
    let spec = elsewhere.path().join("hash.spec");
    let text = std::fs::read_to_string(&spec).expect("the spec");
    std::fs::write(&spec, text.replace("[GUARANTEE]", "[Guarantee]   ")).expect("a file");
    let patch = elsewhere.path().display().to_string();
    let (code, said, errors) = sysspec(folder.path(), &["fmt", "--check", "--patch", &patch]);
    assert!(code == 1 && said.contains("hash.spec") && !said.contains("/../"), "{said}{errors}");
    let (code, _, errors) = sysspec(folder.path(), &["fmt", "--patch", &patch]);
    assert_eq!(code, 0, "{errors}");
    assert!(std::fs::read_to_string(&spec).expect("the spec").starts_with("[GUARANTEE]\n"));
}

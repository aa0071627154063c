//! `sysspec validate`: foreign code, held to specifications and to the patches laid over them

use std::path::Path;

use tempfile::TempDir;

use crate::scene::{MANIFEST, summary, sysspec};

const HEADER: &str =
    "stdint\n\n#define SLOTS 4\nstruct box { int slots; };\nint box_fill(struct box *box);\n";

const BOX_FILL: &str = "[GUARANTEE]
```c
int box_fill(struct box *box);
```

[SPECIFICATION]
**Pre-Condition**:
- `box != NULL`

**Post-Condition**:
- `result == 0 || result == -1`
";

const BOX_OPEN: &str = "[RELY]
```c
int box_fill(struct box *box);
```

[GUARANTEE]
```c
int box_open(struct box *box);
```

[SPECIFICATION]
**Pre-Condition**:
- `box != NULL`

**Post-Condition**:
- `result == 0 || result == -1`
";

/// Returns what `box_fill` returns, and `box_fill` returns one of two values.
const CODE: &str = "struct box { int slots; };
int box_fill(struct box *box);

int box_fill(struct box *box)
{
	if (box->slots > 4)
		return -1;
	return 0;
}

int box_open(struct box *box)
{
	return box_fill(box);
}
";

fn write(folder: &Path, files: &[(&str, &str)]) {
    for (path, text) in files {
        let file = folder.join(path);
        std::fs::create_dir_all(file.parent().expect("a parent")).expect("a folder");
        std::fs::write(file, text).expect("a file");
    }
}

fn boxes() -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let files = [
        ("sysspec.toml", MANIFEST),
        ("util/util.header", HEADER),
        ("util/box_fill.spec", BOX_FILL),
        ("path/path.header", "util\n\nint box_open(struct box *box);\n"),
        ("path/box_open.spec", BOX_OPEN),
        ("code/box.c", CODE),
    ];
    write(folder.path(), &files);
    folder
}

#[test]
fn code_is_held_to_the_base_and_under_a_patch_to_what_the_patch_says() {
    let folder = boxes();
    let changed = BOX_FILL.replace("-1`", "-2`");
    write(folder.path(), &[("patches/two/util/box_fill.spec", &changed)]);
    let base = sysspec(folder.path(), &["validate", "--code", "code"]);
    assert_eq!(summary(base), (0, "2 functions with a contract: 2 decided".to_owned()));
    let patched = ["validate", "--code", "code", "--patch", "patches/two"];
    let (code, shown, errors) = sysspec(folder.path(), &patched);
    // `box_fill` returns -1, which the patch has turned into -2; `box_open`, which the patch leaves out, may not
    // return that.
    assert_eq!(code, 1, "{shown}{errors}");
    assert!(shown.contains("code/box.c:7:") && shown.contains("code/box.c:13:"), "{shown}");
    assert!(shown.contains("two/util/box_fill.spec"), "the clause of the patch is not shown:\n{shown}");
}

#[test]
fn a_delta_that_says_no_more_than_that_the_contract_goes_on_inherits_it() {
    let folder = boxes();
    let delta = "[GUARANTEE]\n```c\nint box_fill(struct box *it);\n```\n\n[SPECIFICATION]\nThe earlier specification \
                 continues to apply.\n\n[OPTIMIZATION]\nLook at the first slot first.\n";
    write(folder.path(), &[("patches/fast/util/box_fill.spec", delta)]);
    let patched = ["validate", "--code", "code", "--patch", "patches/fast"];
    let found = sysspec(folder.path(), &patched);
    assert_eq!(summary(found), (0, "2 functions with a contract: 2 decided".to_owned()));
    write(folder.path(), &[("code/box.c", &CODE.replace("return -1", "return -3"))]);
    let (code, shown, errors) = sysspec(folder.path(), &patched);
    assert!(code == 1 && shown.contains("code/box.c:7:"), "{shown}{errors}");
}

#[test]
fn a_macro_that_a_patch_changes_has_its_new_value_everywhere() {
    let folder = boxes();
    let open = BOX_OPEN.replace("result == 0 || result == -1", "result >= 0 && result <= SLOTS");
    let code = "struct box { int slots; };\nint box_open(struct box *box)\n{\n\treturn box->slots == 4 ? 4 : 0;\n}\n";
    let less = HEADER.replace("SLOTS 4", "SLOTS 3");
    let files =
        [("path/box_open.spec", &*open), ("code/box.c", code), ("patches/less/util/util.header", &*less)];
    write(folder.path(), &files);
    assert_eq!(sysspec(folder.path(), &["validate", "--code", "code"]).0, 0);
    let (code, shown, errors) =
        sysspec(folder.path(), &["validate", "--code", "code", "--patch", "patches/less"]);
    assert!(code == 1 && shown.contains("code/box.c:4:"), "{shown}{errors}");
}

#[test]
fn a_patch_that_is_none_is_refused() {
    let folder = boxes();
    let (code, _, errors) = sysspec(folder.path(), &["validate", "--code", "code", "--patch", "nowhere"]);
    assert!(code == 2 && errors.contains("--patch nowhere"), "{code} {errors}");
}

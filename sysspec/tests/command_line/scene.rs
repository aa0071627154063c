//! A small workspace, and the program run on it.

use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

pub const MANIFEST: &str = r#"name = "small"

[[layer]]
folder = "util"
header = "util/util.header"

[[layer]]
folder = "path"
header = "path/path.header"
relies_on = ["util"]
"#;

pub const HASH: &str = "[GUARANTEE]
```c
uint32_t hash(const char *name);
```

[SPECIFICATION]
**Pre-Condition**:
- `name != NULL`

**Post-Condition**:
- The result depends on the bytes of `name` only.
";

pub const FIND: &str = "[RELY]
```c
uint32_t hash(const char *name);
```

[GUARANTEE]
```c
int find(const char *name);
```

[SPECIFICATION]
**Pre-Condition**:
- `name != NULL`

**Post-Condition**:
- The result is `hash(name)` modulo 7.
";

pub fn workspace(find: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (path, text) in [
        ("sysspec.toml", MANIFEST),
        ("util/util.header", "stdint\n\nuint32_t hash(const char *name);\n"),
        ("util/hash.spec", HASH),
        ("path/path.header", "util\n\nint find(const char *name);\n"),
        ("path/find.spec", find),
    ] {
        let file = folder.path().join(path);
        std::fs::create_dir_all(file.parent().expect("a parent")).expect("a folder");
        std::fs::write(file, text).expect("a file");
    }
    folder
}

/// Runs the program in a folder: exit code, standard output, standard error.
pub fn sysspec(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let program = env!("CARGO_BIN_EXE_sysspec");
    let run = Command::new(program).args(arguments).current_dir(folder).output();
    let Output { status, stdout, stderr } = run.expect("the program runs");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    (status.code().expect("an exit code"), text(stdout), text(stderr))
}

pub fn misspelt() -> TempDir {
    workspace(&FIND.replace("hash", "hush"))
}

/// The exit code, and the last line of what was said.
pub fn summary((code, said, _): (i32, String, String)) -> (i32, String) {
    (code, said.lines().last().unwrap_or_default().to_owned())
}

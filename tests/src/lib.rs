//! What the tests that cross crates share: the built binary, a mounted SpecFS, and loads to run on it.

pub mod lsp;
pub mod mount;
pub mod page;
pub mod storm;
pub mod synthetic;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The root of the checkout.
pub fn root() -> &'static Path {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().unwrap_or(manifest)
}

/// The SpecFS workspace.
pub fn specs() -> PathBuf {
    root().join("specfs-specs")
}

/// The `sysspec` binary: the one named by `SYSSPEC_BINARY`, else the one this builds.
///
/// # Panics
/// When it does not build.
pub fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        if let Some(named) = std::env::var_os("SYSSPEC_BINARY") {
            return PathBuf::from(named);
        }
        let mut build = Command::new(env!("CARGO"));
        build.args(["build", "--quiet", "--package", "sysspec"]).current_dir(root());
        assert!(
            build.status().is_ok_and(|status| status.success()),
            "`cargo build --package sysspec` failed"
        );
        let target =
            std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
        target.join("debug/sysspec")
    })
}

/// A copy of the SpecFS workspace that a test may change.
pub fn copy_of_specs() -> anyhow::Result<tempfile::TempDir> {
    let folder = tempfile::tempdir()?;
    let copied =
        Command::new("cp").arg("-r").arg(format!("{}/.", specs().display())).arg(folder.path()).status()?;
    anyhow::ensure!(copied.success(), "cannot copy {}", specs().display());
    Ok(folder)
}

/// Replaces text in a file, which must hold it.
pub fn replace_in(file: &Path, from: &str, to: &str) -> anyhow::Result<()> {
    let text = std::fs::read_to_string(file)?;
    anyhow::ensure!(text.contains(from), "{} does not contain {from:?}", file.display());
    Ok(std::fs::write(file, text.replace(from, to))?)
}

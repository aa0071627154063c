//! What the tests that cross crates share: the built binary, a mounted SpecFS, and loads to run on it.

pub mod mount;
pub mod storm;

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

//! The storm on a real mount, on the image that users run and on the one with sanitizers.

use std::time::Duration;

use anyhow::Result;
use sysspec_tests::mount::Mount;
use sysspec_tests::storm::{Storm, storm, storm_without_leak};
use sysspec_tests::{binary, specs};

fn plan(operations: usize) -> Storm {
    Storm { workers: 4, movers: 2, operations, seed: 20_260_226, patience: Duration::from_secs(300) }
}

#[test]
fn parallel_operations_agree_with_the_model_and_leak_nothing() -> Result<()> {
    let mount = Mount::new(binary(), &specs(), &[])?;
    storm_without_leak(mount.path(), &plan(8000))?;
    mount.unmount()
}

#[test]
fn the_storm_is_clean_under_address_and_undefined_behaviour_sanitizers() -> Result<()> {
    let mount = Mount::new(binary(), &specs(), &["--flavour", "address"])?;
    storm_without_leak(mount.path(), &plan(3000))?;
    mount.unmount()
}

#[test]
fn the_model_agrees_with_tmpfs() -> Result<()> {
    let folder = tempfile::tempdir_in("/dev/shm")?;
    storm(folder.path(), &plan(4000))
}

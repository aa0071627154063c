//! The specs see the border between image and host exactly as the host compiles it.

use anyhow::{Context, Result};
use sysspec_tests::{root, specs};

#[test]
fn the_external_header_declares_what_the_host_declares() -> Result<()> {
    let host = std::fs::read_to_string(root().join("specfs-runtime/include/specfs_image.h"))?;
    let seen = std::fs::read_to_string(specs().join("external/specfs_image.header"))?;
    let declarations = seen.split_once('\n').context("line 1 of a header lists its includes")?.1.trim();
    assert!(host.contains(declarations), "external/specfs_image.header differs from specfs_image.h");
    Ok(())
}

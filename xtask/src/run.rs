//! Running programs: with the command line shown, with errors that name it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// The root of the checkout.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map_or_else(PathBuf::new, Path::to_path_buf)
}

/// The folder for what is installed once and kept outside the checkout:
/// `$SYSSPEC_CACHE`, else `sysspec-studio` in the user's cache folder.
pub fn cache() -> Result<PathBuf> {
    let folder = std::env::var_os("SYSSPEC_CACHE").map(PathBuf::from).or_else(|| {
        std::env::var_os("XDG_CACHE_HOME")
            .map(PathBuf::from)
            .or_else(|| std::env::var_os("HOME").map(|home| Path::new(&home).join(".cache")))
            .map(|base| base.join("sysspec-studio"))
    });
    let folder = folder.context("neither SYSSPEC_CACHE, XDG_CACHE_HOME nor HOME is set")?;
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    Ok(folder)
}

/// A command in the checkout's root.
pub fn command(program: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(root());
    command
}

/// How a command reads on a terminal.
pub fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}

/// Shows the command and runs it to its end; an error unless it exits with 0.
pub fn run(command: &mut Command) -> Result<()> {
    println!("$ {}", shown(command));
    let status = command.status().with_context(|| format!("cannot run `{}`", shown(command)))?;
    if !status.success() {
        bail!("`{}` failed: {status}", shown(command));
    }
    Ok(())
}

/// Runs the command and returns what it prints; an error, with its stderr, unless it exits with 0.
pub fn output(command: &mut Command) -> Result<String> {
    let output =
        command.stdin(Stdio::null()).output().with_context(|| format!("cannot run `{}`", shown(command)))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("`{}` failed: {}\n{}", shown(command), output.status, said.trim_end());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The `sysspec` binary: the one named by `SYSSPEC_BINARY`, else the one this builds.
pub fn sysspec(release: bool) -> Result<PathBuf> {
    if let Some(named) = std::env::var_os("SYSSPEC_BINARY") {
        return Ok(PathBuf::from(named));
    }
    let mut build = command(env!("CARGO"), &["build", "--quiet", "--package", "sysspec"]);
    if release {
        build.arg("--release");
    }
    run(&mut build)?;
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    Ok(target.join(if release { "release" } else { "debug" }).join("sysspec"))
}

/// A fresh folder for this run, removed when dropped.
pub fn scratch(purpose: &str) -> Result<tempfile::TempDir> {
    tempfile::Builder::new()
        .prefix(&format!("sysspec-{purpose}-"))
        .tempdir()
        .context("cannot make a temporary folder")
}

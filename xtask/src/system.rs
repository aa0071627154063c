//! What the project needs of the machine, and how to get it.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::run;

/// A program or file the machine must have, and the Debian package that brings it.
pub struct Need {
    /// A name looked up in PATH, or an absolute path.
    pub probe: &'static str,
    /// The Debian package.
    pub package: &'static str,
}

/// What building and mounting a generated file system takes.
pub const BUILD: &[Need] = &[
    Need { probe: "gcc", package: "gcc" },
    Need { probe: "/usr/include/stdio.h", package: "libc6-dev" },
    Need { probe: "fusermount3", package: "fuse3" },
    // Obligations are decided by Z3, in the process.
    Need { probe: "/usr/include/z3.h", package: "libz3-dev" },
    // By which the bindings learn the version of Z3, whose numbering of constants changed between versions.
    Need { probe: "pkg-config", package: "pkg-config" },
];

/// What the whole test suite takes beyond that.
pub const TEST: &[Need] = &[
    // A shared store is tested against a real one.
    Need { probe: "redis-server", package: "redis-server" },
    Need { probe: "clang-format", package: "clang-format" },
    Need { probe: "make", package: "make" },
    Need { probe: "diff", package: "diffutils" },
];

/// What the public file-system suites take.
pub const CONFORMANCE: &[Need] =
    &[Need { probe: "dbench", package: "dbench" }, Need { probe: "stress-ng", package: "stress-ng" }];

/// What the measurements take.
pub const BENCH: &[Need] =
    &[Need { probe: "fio", package: "fio" }, Need { probe: "dbench", package: "dbench" }];

/// Installs what is missing when this user may, else fails with the exact command to run.
pub fn ensure(needs: &[&[Need]]) -> Result<()> {
    let missing = packages(needs, &|probe| exists(probe));
    if !missing.is_empty() {
        install(&missing)?;
        let still = packages(needs, &|probe| exists(probe));
        if !still.is_empty() {
            bail!("still missing after the installation: {}", still.join(" "));
        }
    }
    if !Path::new("/dev/fuse").exists() {
        bail!("/dev/fuse is missing: load the kernel module with `modprobe fuse` as root");
    }
    Ok(())
}

fn packages(needs: &[&[Need]], exists: &dyn Fn(&str) -> bool) -> Vec<&'static str> {
    let mut missing: Vec<_> =
        needs.iter().flat_map(|group| group.iter()).filter(|n| !exists(n.probe)).map(|n| n.package).collect();
    missing.sort_unstable();
    missing.dedup();
    missing
}

fn exists(probe: &str) -> bool {
    if probe.starts_with('/') {
        return Path::new(probe).exists();
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(probe).is_file())
}

fn install(packages: &[&str]) -> Result<()> {
    let by_hand = format!("sudo apt-get update && sudo apt-get install --yes {}", packages.join(" "));
    let Some(prefix) = privilege() else {
        bail!("missing system packages; install them with:\n    {by_hand}");
    };
    println!("installing system packages: {}", packages.join(" "));
    let apt = |arguments: &[&str]| -> Result<()> {
        let mut words = prefix.clone();
        words.extend([
            "env",
            "DEBIAN_FRONTEND=noninteractive",
            "apt-get",
            "-qq",
            "-o",
            "DPkg::Lock::Timeout=400",
        ]);
        words.extend(arguments);
        run::run(Command::new(words[0]).args(&words[1..]).stdout(std::process::Stdio::null()))
    };
    apt(&["update"])
        .and_then(|()| apt(&[&["install", "--yes", "--no-install-recommends"], packages].concat()))
        .with_context(|| format!("cannot install; by hand:\n    {by_hand}"))
}

/// The words that make a command run as root, or None when this user may not.
fn privilege() -> Option<Vec<&'static str>> {
    if !exists("apt-get") {
        return None;
    }
    let id = run::output(Command::new("id").arg("-u")).ok()?;
    if id.trim() == "0" {
        return Some(vec![]);
    }
    let allowed = Command::new("sudo").args(["-n", "true"]).output().is_ok_and(|o| o.status.success());
    allowed.then(|| vec!["sudo", "-n"])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_missing_packages_are_asked_for_once() {
        let needs: &[&[Need]] = &[BUILD, TEST, BENCH, CONFORMANCE];
        assert_eq!(packages(needs, &|_| true), Vec::<&str>::new());
        assert_eq!(packages(needs, &|probe| probe != "dbench"), ["dbench"]);
    }
}

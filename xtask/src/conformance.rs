//! The public file-system suites on a mounted SpecFS: fsx, pjdfstest, dbench and stress-ng.
//!
//! What pjdfstest said of each case last time is committed in `tests/conformance/pjdfstest.txt`;
//! a case that passed there and fails now fails the run.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use sysspec_tests::mount::Mount;

use crate::run;
use crate::system;

/// A published crate that holds a suite, at the version the committed list was made with.
struct Suite {
    name: &'static str,
    version: &'static str,
}

const PJDFSTEST: Suite = Suite { name: "pjdfstest", version: "0.2.2" };
const FSX: Suite = Suite { name: "fsx", version: "0.3.2" };

const FSX_OPERATIONS: &str = "100000";
const FSX_SEEDS: [&str; 2] = ["42", "7"];
const STRESSORS: [&str; 5] = ["dentry", "dir", "rename", "hdd", "fstat"];

/// The user that the permission cases of pjdfstest act as, besides `nobody`.
const OTHER_USER: &str = "tests";

/// Runs every suite on a mount of its own; with `bless`, writes the list of pjdfstest's results anew.
pub fn conformance(bless: bool) -> Result<()> {
    system::ensure(&[system::BUILD, system::CONFORMANCE])?;
    let binary = run::sysspec(true)?;
    let specs = run::root().join("specfs-specs");
    let mount = || Mount::new(&binary, &specs, &["--capacity", "4GiB", "--allow-other"]);

    let results = on(mount()?, pjdfstest)?;
    let list = run::root().join("tests/conformance/pjdfstest.txt");
    report(&results);
    let regressed = regressions(&read_list(&list)?, &results);
    if bless {
        std::fs::write(&list, render(&results))
            .with_context(|| format!("cannot write {}", list.display()))?;
        println!("wrote {}", list.display());
    } else if !regressed.is_empty() {
        bail!("pjdfstest cases that passed before fail now:\n    {}", regressed.join("\n    "));
    }

    on(mount()?, fsx)?;
    on(mount()?, dbench)?;
    on(mount()?, stress)?;
    println!("\nconformance: everything ran to its end");
    Ok(())
}

/// Runs a suite on a mount and insists that the file system outlives it.
fn on<T>(mount: Mount, suite: impl FnOnce(&Path) -> Result<T>) -> Result<T> {
    let result = suite(mount.path());
    if !mount.is_alive() {
        bail!("the file system did not survive the suite; `sysspec mount` printed why");
    }
    let result = result?;
    mount.unmount()?;
    Ok(result)
}

fn pjdfstest(place: &Path) -> Result<BTreeMap<String, String>> {
    let program = tool(&PJDFSTEST)?;
    if !Command::new("id").arg(OTHER_USER).output()?.status.success() {
        run::run(Command::new("useradd").args(["--user-group", OTHER_USER]))
            .with_context(|| format!("the permission cases need a user named {OTHER_USER}"))?;
    }
    let scratch = tempfile::Builder::new().prefix("pjdfstest-").tempdir_in("/dev/shm")?;
    let settings = scratch.path().join("pjdfstest.toml");
    std::fs::write(&settings, include_str!("../../tests/conformance/pjdfstest.toml"))?;
    println!("$ pjdfstest -p {}", place.display());
    // Its exit code only says that some case failed, which the list knows better.
    let output = Command::new(program)
        .args(["-c", &settings.to_string_lossy(), "-p", &place.to_string_lossy()])
        .args(["-s", &scratch.path().to_string_lossy()])
        .output()?;
    let results = parse(&String::from_utf8_lossy(&output.stdout));
    if results.is_empty() {
        bail!("pjdfstest ran no case:\n{}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(results)
}

/// `name  ok|FAILED|skipped` lines; everything else is the panic message of some case.
fn parse(output: &str) -> BTreeMap<String, String> {
    let case = |line: &str| {
        let (name, verdict) = line.split_once(char::is_whitespace)?;
        let verdict = match verdict.trim() {
            "ok" => "passed",
            "FAILED" => "failed",
            "skipped" => "skipped",
            _ => return None,
        };
        name.contains("::").then(|| (name.to_owned(), verdict.to_owned()))
    };
    output.lines().filter_map(case).collect()
}

fn report(results: &BTreeMap<String, String>) {
    let mut groups: BTreeMap<&str, BTreeMap<&str, usize>> = BTreeMap::new();
    for (name, verdict) in results {
        let group = name.split("::").next().unwrap_or(name);
        for key in [group, "total"] {
            *groups.entry(key).or_default().entry(verdict).or_default() += 1;
        }
    }
    println!("\n{:<20} {:>7} {:>7} {:>7}", "pjdfstest", "passed", "failed", "skipped");
    let total = groups.remove_entry("total");
    for (group, counts) in groups.into_iter().chain(total) {
        let count = |verdict| counts.get(verdict).copied().unwrap_or(0);
        println!("{group:<20} {:>7} {:>7} {:>7}", count("passed"), count("failed"), count("skipped"));
    }
    for (name, _) in results.iter().filter(|(_, verdict)| *verdict == "failed") {
        println!("failed: {name}");
    }
}

fn regressions(before: &BTreeMap<String, String>, now: &BTreeMap<String, String>) -> Vec<String> {
    let passed = before.iter().filter(|(_, verdict)| *verdict == "passed");
    passed
        .filter(|(name, _)| now.get(*name).is_none_or(|v| v != "passed"))
        .map(|(name, _)| name.clone())
        .collect()
}

fn read_list(path: &Path) -> Result<BTreeMap<String, String>> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    Ok(lines.filter_map(|l| l.split_once(' ')).map(|(v, n)| (n.to_owned(), v.to_owned())).collect())
}

fn render(results: &BTreeMap<String, String>) -> String {
    let mut text = String::from("# Written by `cargo xtask conformance --bless`.\n");
    for (name, verdict) in results {
        let _ = writeln!(text, "{verdict} {name}");
    }
    text
}

fn fsx(place: &Path) -> Result<()> {
    let program = tool(&FSX)?;
    for seed in FSX_SEEDS {
        let file = place.join(format!("fsx-{seed}"));
        let logs = run::scratch("fsx")?;
        run::run(
            Command::new(&program)
                .args(["-q", "-N", FSX_OPERATIONS, "-S", seed, "-P"])
                .arg(logs.path())
                .arg(&file)
                .stdout(std::process::Stdio::null()),
        )?;
        println!("fsx: {FSX_OPERATIONS} operations clean with seed {seed}");
    }
    Ok(())
}

fn dbench(place: &Path) -> Result<()> {
    let said = run::output(Command::new("dbench").args(["-t", "10", "-D"]).arg(place).arg("4"))?;
    let line =
        said.lines().find(|line| line.starts_with("Throughput")).context("dbench told no throughput")?;
    println!("dbench, 4 clients: {line}");
    Ok(())
}

fn stress(place: &Path) -> Result<()> {
    for stressor in STRESSORS {
        run::run(
            Command::new("stress-ng")
                .args(["--quiet", "--verify", "--timeout", "10", "--temp-path"])
                .arg(place)
                .args([&format!("--{stressor}"), "2"]),
        )?;
    }
    Ok(())
}

/// The path of a suite's program, installed into the cache on first use.
fn tool(suite: &Suite) -> Result<PathBuf> {
    let folder = run::cache()?.join("tools").join(format!("{}-{}", suite.name, suite.version));
    let program = folder.join("bin").join(suite.name);
    if !program.exists() {
        let mut install = Command::new(env!("CARGO"));
        install.args(["install", "--quiet", "--locked", suite.name, "--version", suite.version, "--root"]);
        run::run(install.arg(&folder))?;
    }
    Ok(program)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUTPUT: &str =
        "chmod::eloop        ok\nmkdir::exists       FAILED\n\tassertion failed ok\nopen::erofs   skipped\n";

    #[test]
    fn verdicts_are_read_and_messages_passed_over() {
        let expected = [("chmod::eloop", "passed"), ("mkdir::exists", "failed"), ("open::erofs", "skipped")];
        let expected = expected.map(|(name, verdict)| (name.to_owned(), verdict.to_owned()));
        assert_eq!(parse(OUTPUT), BTreeMap::from(expected));
    }

    #[test]
    fn only_what_passed_before_can_regress() {
        let before = parse("a::b ok\na::c FAILED\na::d ok\n");
        let now = parse("a::b FAILED\na::c FAILED\n");
        assert_eq!(regressions(&before, &now), ["a::b", "a::d"]);
    }
}

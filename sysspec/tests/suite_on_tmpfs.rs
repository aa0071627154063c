//! The regression suite must find nothing wrong with a right implementation. tmpfs is one.

use std::path::{Path, PathBuf};
use std::process::Command;

use sysspec::suite::{self, Options, Outcome, SuiteReport};

/// A tmpfs of its own, unmounted at the end.
struct Tmpfs(tempfile::TempDir);

impl Tmpfs {
    /// Mounts one, or gives nothing when the user may not mount.
    fn mount(options: &str) -> Option<Tmpfs> {
        let directory = tempfile::tempdir().ok()?;
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", options, "tmpfs"])
            .arg(directory.path())
            .output()
            .ok()?;
        mounted.status.success().then_some(Tmpfs(directory))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for Tmpfs {
    fn drop(&mut self) {
        Command::new("umount").arg("--lazy").arg(self.path()).status().ok();
    }
}

fn failures(report: &SuiteReport) -> Vec<String> {
    let mut failures = Vec::new();
    for group in &report.groups {
        for case in group.failures() {
            failures.push(format!("{}: {}: {:?}", group.name, case.rule, case.outcome));
        }
    }
    failures
}

fn group_names(report: &SuiteReport) -> Vec<&str> {
    report.groups.iter().map(|group| group.name).collect()
}

#[test]
fn every_rule_holds_on_tmpfs() {
    let (big, small) = (Tmpfs::mount("size=4g"), Tmpfs::mount("size=16m,nr_inodes=1000"));
    let options =
        Options { small: small.as_ref().map(|tmpfs| tmpfs.path().to_owned()), ..Options::default() };
    let fallback = tempfile::tempdir_in("/dev/shm").unwrap();
    let mountpoint: PathBuf = big.as_ref().map_or(fallback.path(), Tmpfs::path).to_owned();
    let mut observed = 0;
    let report = suite::run_with(&mountpoint, &options, &mut |_, _| observed += 1);
    assert_eq!(failures(&report), Vec::<String>::new());
    assert_eq!(observed, report.passed() + report.inapplicable());
    assert_eq!(std::fs::read_dir(&mountpoint).unwrap().count(), 0, "the suite cleans up after itself");
    assert_eq!(group_names(&report).contains(&"capacity"), small.is_some());
}

#[test]
fn a_mountpoint_that_is_not_there_fails_every_case_and_says_where() {
    let report = suite::run(Path::new("/nonexistent/mountpoint"));
    assert_eq!(report.passed(), 0);
    let first = &report.groups[0].cases[0].outcome;
    assert!(matches!(first, Outcome::Failed(why) if why.contains("/nonexistent/mountpoint")), "{first:?}");
}

/// procfs has no mkdir, no rename, no files that grow: the suite must not call it right.
#[test]
fn a_file_system_that_breaks_the_rules_is_found_out() {
    let report = suite::run(Path::new("/proc"));
    assert!(!report.is_clean());
}

//! The regression suite of a mounted file system.
//!
//! Every case holds one rule of POSIX.1-2017 (or, where a comment says so, of Linux)
//! against a directory through ordinary system calls, so the suite runs against any
//! file system: a SpecFS mount, or a tmpfs to see that the suite itself is right.
//! Each case works in a fresh directory of its own, which is removed afterwards.

mod check;
mod runner;
mod sandbox;

mod capacity;
mod chmod;
mod link;
mod mkdir;
mod mknod;
mod names;
mod open;
mod permissions;
mod read;
mod readdir;
mod rename;
mod rename_directories;
mod rmdir;
mod stat;
mod statvfs;
mod symlink;
mod truncate;
mod unlink;
mod utimens;
mod write;

use std::path::{Path, PathBuf};
use std::time::Duration;

use check::Checked;
pub use runner::{CaseReport, GroupReport, Outcome, SuiteReport};
use sandbox::Sandbox;

/// What a run of the suite may use besides the mountpoint itself.
#[derive(Clone, Debug)]
pub struct Options {
    /// The root of a second file system that holds little (between 1 and 64 MiB, and at most
    /// 20,000 inodes) and that nobody else uses: it is filled up to see ENOSPC.
    pub small: Option<PathBuf>,
    /// How long one case may take before the mount counts as hung.
    pub patience: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Options { small: None, patience: Duration::from_secs(120) }
    }
}

/// Runs every case against the file system mounted at `mountpoint`.
pub fn run(mountpoint: &Path) -> SuiteReport {
    run_with(mountpoint, &Options::default(), &mut |_, _| {})
}

/// Runs every case, telling `observe` the group and the report of each as it ends.
pub fn run_with(
    mountpoint: &Path,
    options: &Options,
    observe: &mut dyn FnMut(&str, &CaseReport),
) -> SuiteReport {
    runner::run(GROUPS, mountpoint, options, observe)
}

/// The cases of one operation.
struct Group {
    name: &'static str,
    cases: &'static [Case],
    place: Place,
}

/// Where the cases of a group work.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Mountpoint,
    Small,
}

/// One rule, and the function that holds it.
struct Case {
    rule: &'static str,
    run: fn(&Sandbox) -> Checked,
}

const fn case(rule: &'static str, run: fn(&Sandbox) -> Checked) -> Case {
    Case { rule, run }
}

const fn group(name: &'static str, cases: &'static [Case]) -> Group {
    Group { name, cases, place: Place::Mountpoint }
}

const GROUPS: &[Group] = &[
    group("mkdir", mkdir::CASES),
    group("mknod", mknod::CASES),
    group("unlink", unlink::CASES),
    group("rmdir", rmdir::CASES),
    group("rename", rename::CASES),
    group("rename of directories", rename_directories::CASES),
    group("open", open::CASES),
    group("read", read::CASES),
    group("write", write::CASES),
    group("truncate", truncate::CASES),
    group("readdir", readdir::CASES),
    group("stat", stat::CASES),
    group("statvfs", statvfs::CASES),
    group("symlink", symlink::CASES),
    group("link", link::CASES),
    group("chmod and chown", chmod::CASES),
    group("utimens", utimens::CASES),
    group("permissions", permissions::CASES),
    group("names and paths", names::CASES),
    Group { name: "capacity", cases: capacity::CASES, place: Place::Small },
];

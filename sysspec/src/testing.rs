//! `sysspec test`: module tests, then the regression suite on a mount.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use nix::sys::signal::{self, Signal};
use nix::unistd;
use specfs_runtime::{Event, MountError, MountOptions, Outcome, Tuning};
use sysspec_toolchain::compile;
use sysspec_toolchain::module_tests::{self, TestError, TestOutcome, TestReport, TestResult};
use sysspec_toolchain::workspace::Workspace;

use crate::cli::Test;
use crate::failure::Failure;
use crate::specs::{self, Specs};
use crate::suite::{self, CaseReport, SuiteReport};
use crate::{EXIT_FOUND, EXIT_OK, build, console, mount};

/// The second mount, which the suite fills up.
const SMALL_BYTES: u64 = 16 << 20;
const SMALL_INODES: u64 = 1000;
/// How long a mount may take.
const MOUNT_LIMIT: Duration = Duration::from_secs(60);

pub(crate) fn run(arguments: &Test) -> Result<u8, Failure> {
    let specs = Specs::read(&arguments.specs)?;
    specs.demand_no_errors("nothing was tested")?;
    let workspace = specs.workspace()?;
    let mut passed = true;
    if !arguments.mount_only {
        passed &= test_modules(&workspace, arguments)?;
    }
    if !arguments.modules_only {
        passed &= test_mounted(&workspace, arguments)?;
    }
    Ok(if passed { EXIT_OK } else { EXIT_FOUND })
}

// Module tests.

fn test_modules(workspace: &Workspace, arguments: &Test) -> Result<bool, Failure> {
    let jobs = arguments.jobs.unwrap_or_else(|| compile::Options::default().jobs);
    let tell = |result: &TestResult| console::line(format_args!("{}", describe(result)));
    let tested = module_tests::run(workspace, &specs::border(), &arguments.modules, jobs, &tell);
    let report = tested.map_err(|error| match error {
        TestError::NoSuchModule(_) | TestError::NoTests(_) => Failure::wrong(error),
        _ => Failure::failed(error),
    })?;
    console::line(format_args!("module tests: {}", count_tests(&report)));
    Ok(report.succeeded())
}

fn describe(result: &TestResult) -> String {
    let build = result.build.map_or_else(String::new, |build| format!(" ({})", build.name()));
    let seconds = result.duration.as_secs_f64();
    match &result.outcome {
        TestOutcome::Passed => format!("{}{build}: passed in {seconds:.1} s", result.module),
        TestOutcome::Failed(report) => {
            format!("{}{build}: FAILED\n    {}", result.module, report.trim_end().replace('\n', "\n    "))
        }
        TestOutcome::NotRun(why) => format!("{}{build}: NOT RUN: {why}", result.module),
    }
}

fn count_tests(report: &TestReport) -> String {
    let number =
        |of: fn(&TestOutcome) -> bool| report.results.iter().filter(|result| of(&result.outcome)).count();
    counts([
        (number(|outcome| matches!(outcome, TestOutcome::Passed)), "passed"),
        (number(|outcome| matches!(outcome, TestOutcome::Failed(_))), "failed"),
        (number(|outcome| matches!(outcome, TestOutcome::NotRun(_))), "not run"),
    ])
}

/// "12 passed, 1 failed": what does not occur is left out, but for the first.
fn counts(counts: [(usize, &str); 3]) -> String {
    let shown = counts.iter().enumerate().filter(|(at, (number, _))| *at == 0 || *number > 0);
    shown.map(|(_, (number, word))| format!("{number} {word}")).collect::<Vec<_>>().join(", ")
}

// The suite on a mount.

fn test_mounted(workspace: &Workspace, arguments: &Test) -> Result<bool, Failure> {
    let image = build::image(workspace, arguments.flavour, None)?;
    let preload = build::preload(workspace, arguments.flavour)?;
    let settings = &workspace.model.manifest.mount;
    let options = |folder: &Path, capacity_bytes, inodes| MountOptions {
        image: image.clone(),
        mountpoint: folder.to_owned(),
        name: mount::name(workspace),
        capacity_bytes,
        inodes,
        threads: 2,
        // The suite acts as other users too. An ordinary user may not let them in everywhere.
        allow_other: unistd::geteuid().is_root(),
        tuning: Tuning::default(),
    };
    let (large_folder, small_folder) = (folder()?, folder()?);
    let large = options(large_folder.path(), settings.capacity_bytes, settings.inodes);
    let small = options(small_folder.path(), SMALL_BYTES, SMALL_INODES);
    let large = Mounted::new(large, preload.as_deref())?;
    let small = Mounted::new(small, preload.as_deref())?;
    console::line(format_args!("mounted {} for the suite", mount::name(workspace)));

    let suite_options = suite::Options { small: Some(small.mountpoint.clone()), ..suite::Options::default() };
    let mut tell = |group: &str, case: &CaseReport| {
        if let suite::Outcome::Failed(why) = &case.outcome {
            console::line(format_args!("{group}: {}: FAILED: {why}", case.rule));
        }
    };
    let report = suite::run_with(&large.mountpoint, &suite_options, &mut tell);
    let ended_well = [large.end(), small.end()];
    for line in table(&report) {
        console::line(format_args!("{line}"));
    }
    for complaint in ended_well.iter().filter_map(|ended| ended.as_ref().err()) {
        console::line(format_args!("FAILED: {complaint}"));
    }
    let total =
        [(report.passed(), "passed"), (report.failed(), "failed"), (report.inapplicable(), "not applicable")];
    console::line(format_args!("suite on a mount: {}", counts(total)));
    Ok(report.is_clean() && ended_well.iter().all(Result::is_ok))
}

fn folder() -> Result<tempfile::TempDir, Failure> {
    tempfile::Builder::new().prefix("sysspec-test-").tempdir().map_err(Failure::wrong)
}

/// A line for each group.
fn table(report: &SuiteReport) -> Vec<String> {
    let width = report.groups.iter().map(|group| group.name.len()).max().unwrap_or(0);
    let line = |group: &suite::GroupReport| {
        let numbers = [
            (group.passed(), "passed"),
            (group.failures().count(), "failed"),
            (group.inapplicable().count(), "not applicable"),
        ];
        format!("{:width$}  {}", group.name, counts(numbers))
    };
    report.groups.iter().map(line).collect()
}

/// A mount that is supervised by a thread of this process.
struct Mounted {
    mountpoint: PathBuf,
    supervisor: JoinHandle<Result<Outcome, MountError>>,
}

impl Mounted {
    fn new(options: MountOptions, preload: Option<&OsStr>) -> Result<Mounted, Failure> {
        let command = mount::host_command(preload)?;
        let (sender, receiver) = channel();
        let supervisor = std::thread::spawn(move || {
            specfs_runtime::supervise(&options, command, |event| match event {
                // The receiver gave up when the mount came too late.
                Event::Mounted { mountpoint, .. } => _ = sender.send(mountpoint),
                other => console::error(format_args!("{other}")),
            })
        });
        match receiver.recv_timeout(MOUNT_LIMIT) {
            Ok(mountpoint) => Ok(Mounted { mountpoint, supervisor }),
            Err(RecvTimeoutError::Disconnected) => Err(match supervisor.join() {
                Ok(Err(error)) => mount::failure(error),
                Ok(Ok(Outcome::Crashed(report))) => Failure::failed_message(report.to_string()),
                _ => Failure::failed_message("the mount ended before it was there".to_owned()),
            }),
            Err(RecvTimeoutError::Timeout) => Err(Failure::failed_message(format!(
                "nothing was mounted within {} s",
                MOUNT_LIMIT.as_secs()
            ))),
        }
    }

    /// Unmounts. An error says how the mount ended instead.
    fn end(self) -> Result<(), String> {
        let early = self.supervisor.is_finished();
        let unmounted = if early { Ok(()) } else { specfs_runtime::unmount(&self.mountpoint) };
        if unmounted.is_err() {
            // A request that was never answered keeps it busy. The supervisor, asked by a signal, takes it down all
            // the same.
            let _ = signal::kill(unistd::getpid(), Signal::SIGTERM);
        }
        let ended = self.supervisor.join();
        unmounted.map_err(|error| error.to_string())?;
        match ended {
            // By a signal, or by somebody: the rest of the suite ran on the bare folder.
            Ok(Ok(Outcome::Unmounted)) if early => {
                Err(format!("{} was unmounted while the suite ran", self.mountpoint.display()))
            }
            Ok(Ok(Outcome::Unmounted)) => Ok(()),
            Ok(Ok(Outcome::Crashed(report))) => Err(report.to_string()),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err("the supervisor of the mount panicked; see the message above".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_leave_out_what_does_not_occur() {
        assert_eq!(counts([(3, "passed"), (0, "failed"), (0, "not run")]), "3 passed");
        assert_eq!(counts([(0, "passed"), (1, "failed"), (2, "not run")]), "0 passed, 1 failed, 2 not run");
    }
}

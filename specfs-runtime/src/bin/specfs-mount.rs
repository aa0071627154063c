//! Mounts an image by hand: for work on the host itself, without specs or toolchain.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Duration;

use specfs_runtime::{Event, MountOptions, Outcome, Tuning};

const USAGE: &str = "\
usage: specfs-mount IMAGE MOUNTPOINT [--capacity=BYTES] [--inodes=N] [--threads=N] [--busy-limit=SECONDS]
                    [--allow-other] [--open-requests] [--follow-client]
       specfs-mount --unmount MOUNTPOINT";

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    let text: Vec<&str> = arguments.iter().filter_map(|argument| argument.to_str()).collect();
    match text.as_slice() {
        ["__host", ..] => {
            let options = MountOptions::from_arguments(arguments.into_iter().skip(1));
            // The supervisor tells of failures.
            let served = options.and_then(|options| specfs_runtime::host(&options));
            if served.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        ["--unmount", mountpoint] => end(specfs_runtime::unmount(Path::new(mountpoint))),
        [image, mountpoint, rest @ ..] => match options(image, mountpoint, rest) {
            Some(options) => mount(&options),
            None => usage(),
        },
        _ => usage(),
    }
}

fn usage() -> ExitCode {
    eprintln!("{USAGE}");
    ExitCode::from(2)
}

fn options(image: &str, mountpoint: &str, rest: &[&str]) -> Option<MountOptions> {
    let mut options = MountOptions {
        image: PathBuf::from(image),
        mountpoint: PathBuf::from(mountpoint),
        name: "specfs-mount".into(),
        capacity_bytes: 1 << 30,
        inodes: 1 << 20,
        threads: 2,
        allow_other: false,
        tuning: Tuning::default(),
    };
    for argument in rest {
        match argument.split_once('=').unwrap_or((argument, "")) {
            ("--capacity", bytes) => options.capacity_bytes = bytes.parse().ok()?,
            ("--inodes", count) => options.inodes = count.parse().ok()?,
            ("--threads", count) => options.threads = count.parse().ok()?,
            ("--busy-limit", seconds) => {
                options.tuning.busy_limit = Duration::try_from_secs_f64(seconds.parse().ok()?).ok()?;
            }
            ("--allow-other", "") => options.allow_other = true,
            ("--open-requests", "") => options.tuning.open_requests = true,
            ("--follow-client", "") => options.tuning.follow_client = true,
            _ => return None,
        }
    }
    Some(options)
}

fn mount(options: &MountOptions) -> ExitCode {
    let program = match std::env::current_exe() {
        Ok(program) => program,
        Err(error) => {
            eprintln!("specfs-mount: cannot find myself: {error}");
            return ExitCode::FAILURE;
        }
    };
    let mut host = Command::new(program);
    host.arg("__host");
    let tell = |event: Event| eprintln!("specfs-mount: {event}");
    match specfs_runtime::supervise(options, host, tell) {
        Ok(Outcome::Unmounted) => ExitCode::SUCCESS,
        Ok(Outcome::Crashed(report)) => {
            eprintln!("specfs-mount: {report}");
            ExitCode::FAILURE
        }
        Err(error) => end(Err(error)),
    }
}

fn end(result: Result<(), specfs_runtime::MountError>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("specfs-mount: {error}");
            ExitCode::FAILURE
        }
    }
}

//! `sysspec mount --daemon`: a process that stays with the mount while the command returns.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;
use std::process::{ChildStdout, Command, Stdio};

use nix::sys::signal::{self, Signal};
use nix::unistd;
use specfs_runtime::{Event, MountOptions, Outcome};

use crate::failure::Failure;
use crate::mount;
use crate::{EXIT_FOUND, EXIT_OK, console};

/// The words with which the process that stays begins its one line of output.
const MOUNTED: &str = "mounted ";
const FAILED: &str = "failed ";

/// Starts the process that stays, and waits until it has mounted or failed.
pub(crate) fn start(
    options: &MountOptions,
    preload: Option<&OsStr>,
    build_folder: &Path,
) -> Result<u8, Failure> {
    // It must find the mountpoint from wherever it is.
    let mountpoint = std::path::absolute(&options.mountpoint).map_err(Failure::wrong)?;
    let options = MountOptions { mountpoint, ..options.clone() };
    let log_path = build_folder.join("mount.log");
    let unwritable =
        |error: io::Error| Failure::wrong_message(format!("cannot write {}: {error}", log_path.display()));
    // Several mounts may share it.
    let log = File::options().create(true).append(true).open(&log_path).map_err(unwritable)?;
    let program = std::env::current_exe().map_err(Failure::wrong)?;
    let mut child = Command::new(program)
        .arg("__daemon")
        .arg(preload.unwrap_or_default())
        .args(options.to_arguments())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(log)
        .spawn()
        .map_err(Failure::wrong)?;
    let said = child.stdout.take().map(first_lines).transpose().map_err(Failure::wrong)?.unwrap_or_default();
    if let Some(place) = said.strip_prefix(MOUNTED) {
        console::line(format_args!(
            "mounted {} on {place}; `sysspec unmount {place}` unmounts, messages go to {}",
            options.name,
            log_path.display()
        ));
        return Ok(EXIT_OK);
    }
    let code = child.wait().ok().and_then(|status| status.code()).and_then(|code| u8::try_from(code).ok());
    let message = match said.strip_prefix(FAILED) {
        Some(reason) => reason.trim_end().to_owned(),
        None => format!("the process that was to mount it ended without a word; see {}", log_path.display()),
    };
    Err(Failure::failed_message(message).with_code(code.unwrap_or(EXIT_FOUND)))
}

/// The first line, or all of it when it tells of a failure.
fn first_lines(output: ChildStdout) -> io::Result<String> {
    let mut output = BufReader::new(output);
    let mut said = String::new();
    output.read_line(&mut said)?;
    if said.starts_with(MOUNTED) {
        return Ok(said.trim_end().to_owned());
    }
    io::read_to_string(output).map(|rest| said + &rest)
}

/// The process that stays: it is of no terminal and of no session, and writes its messages to the log.
pub(crate) fn run(preload: &OsStr, options: Vec<OsString>) -> Result<u8, Failure> {
    let options = MountOptions::from_arguments(options).map_err(Failure::wrong)?;
    // It fails only for the leader of a process group, which a child just started is not.
    let _ = unistd::setsid();
    let preload = (!preload.is_empty()).then_some(preload);
    let shown = options.mountpoint.display();
    let ended = specfs_runtime::supervise(&options, mount::host_command(preload)?, |event| match event {
        Event::Mounted { mountpoint, .. } => {
            console::error(format_args!("{shown}: mounted"));
            let mut output = io::stdout().lock();
            let told = writeln!(output, "{MOUNTED}{}", mountpoint.display()).and_then(|()| output.flush());
            if told.is_err() {
                // Whoever asked for it has gone away and does not know of it.
                let _ = signal::kill(unistd::getpid(), Signal::SIGTERM);
            }
        }
        other => console::error(format_args!("{shown}: {other}")),
    });
    match ended {
        Ok(Outcome::Unmounted) => {
            console::error(format_args!("{shown}: unmounted"));
            Ok(EXIT_OK)
        }
        Ok(Outcome::Crashed(report)) => {
            console::error(format_args!("{shown}: {report}\n{shown}: nothing is left mounted"));
            tell_failure(&format!("{report}"));
            Ok(EXIT_FOUND)
        }
        Err(error) => {
            console::error(format_args!("{shown}: {error}"));
            tell_failure(&error.to_string());
            Ok(mount::failure(error).code)
        }
    }
}

fn tell_failure(reason: &str) {
    // Nobody reads it any more when the mount was there before.
    let mut output = io::stdout().lock();
    let _ = writeln!(output, "{FAILED}{reason}").and_then(|()| output.flush());
}

//! The process that mounts: it starts the host process, waits for what happens to it, and leaves nothing
//! mounted.

use std::fmt;
use std::io;
use std::io::Read;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::PathBuf;
use std::process::{Child, ChildStderr, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use crate::control::{Connection, Crash, FromHost, GO_ON};
use crate::error::MountError;
use crate::host::EXIT_LIMIT;
use crate::mountpoint::{self, Attempt, KIND, Manner, Mounted, User};
use crate::options::MountOptions;
use crate::report::{Cause, CrashReport};
use crate::signals;
use crate::symbols::MemoryMap;

/// How often a pending unmount is tried again.
const TICK: Duration = Duration::from_millis(50);

/// An invalid access this near to the stack pointer is one beyond the stack's end, in bytes.
const STACK_NEAR: u64 = 64 * 1024;

/// How much of the host's output a crash report keeps, in bytes.
const OUTPUT_MAX: usize = 64 * 1024;

/// What happens while a file system is mounted.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// It can be used from now on.
    Mounted {
        /// The mountpoint, from the root and without links.
        mountpoint: PathBuf,
        /// The process that serves it.
        pid: u32,
    },
    /// The host process wrote a line to standard error.
    Output(String),
    /// It is to be unmounted, but in use; it is tried again until the limit of [`crate::Tuning`] is over.
    Busy {
        /// The processes that were found to use it.
        users: Vec<User>,
        /// The limit.
        limit: Duration,
    },
    /// It was detached although in use: those who use it get errors when the limit is over once more.
    Detached {
        /// The processes that were found to use it.
        users: Vec<User>,
    },
    /// Unmounting was refused, for this reason; the host process is ended.
    Refused(String),
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Event::Mounted { mountpoint, .. } => write!(f, "mounted at {}", mountpoint.display()),
            Event::Output(line) => write!(f, "{line}"),
            Event::Busy { users, limit } => write!(
                f,
                "the file system is in use by {}; waiting up to {:.1} s for it to be free",
                User::list(users),
                limit.as_secs_f64()
            ),
            Event::Detached { users } => write!(
                f,
                "detached the file system although it is in use by {}: what is open there fails from now on",
                User::list(users)
            ),
            Event::Refused(reason) => write!(f, "cannot unmount: {reason}"),
        }
    }
}

/// How a mount ended. Nothing is left at the mountpoint in either case.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// It was unmounted, by a signal to the supervisor, by [`crate::unmount`] or otherwise.
    Unmounted,
    /// The process that served it crashed.
    Crashed(Box<CrashReport>),
}

/// Mounts a file system and stays with it until it is unmounted, or until SIGINT, SIGTERM or SIGHUP asks
/// this process to unmount it; a second such signal ends the host process without waiting.
///
/// `host_command` is a program that calls [`crate::host`] with the options that
/// [`MountOptions::from_arguments`] makes of the arguments that are added here. Its standard input,
/// output and error are taken.
///
/// # Errors
/// When there is nothing to mount with, on or from: see [`MountError`].
pub fn supervise(
    options: &MountOptions,
    host_command: Command,
    events: impl FnMut(Event),
) -> Result<Outcome, MountError> {
    mountpoint::check_device()?;
    let path = mountpoint::check(&options.mountpoint)?;
    let options = MountOptions { mountpoint: path, ..options.clone() };
    // Before the host process starts, so that no signal can end this one while that one lives.
    let (signals, _registered) = signals::register().map_err(MountError::Control)?;
    let mut supervision = Supervision::start(&options, host_command, signals, events)?;
    let watched = supervision.watch();
    let status = supervision.end()?;
    watched?;
    supervision.outcome(status)
}

struct Supervision<'a, F> {
    options: &'a MountOptions,
    child: Child,
    connection: Connection,
    signals: UnixStream,
    stderr: ChildStderr,
    output: Output,
    events: F,
    map: Option<MemoryMap>,
    mounted: Option<Mounted>,
    stopping: Stopping,
    killed: bool,
    last_words: LastWords,
}

#[derive(Default)]
struct LastWords {
    failure: Option<String>,
    panic: Option<String>,
    crash: Option<Crash>,
}

/// How far a requested unmount has come.
enum Stopping {
    No,
    Waiting { since: Instant, told: bool },
    Detached { since: Instant },
    Unmounted { since: Instant },
}

impl<'a, F: FnMut(Event)> Supervision<'a, F> {
    fn start(
        options: &'a MountOptions,
        mut command: Command,
        signals: UnixStream,
        events: F,
    ) -> Result<Supervision<'a, F>, MountError> {
        let (connection, theirs) = Connection::pair()?;
        command.args(options.to_arguments()).stdin(theirs).stdout(Stdio::null()).stderr(Stdio::piped());
        // Ctrl-C in a terminal is for this process, which knows what to do first.
        command.process_group(0);
        let program = command.get_program().to_string_lossy().into_owned();
        let mut child = command.spawn().map_err(|source| MountError::HostStart { program, source })?;
        // The command keeps the host's end open: then its end would go unnoticed.
        drop(command);
        let no_stderr = || MountError::Control(io::Error::other("the host process has no standard error"));
        let stderr = child.stderr.take().ok_or_else(no_stderr)?;
        fcntl(&stderr, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))
            .map_err(|errno| MountError::Control(errno.into()))?;
        Ok(Supervision {
            options,
            child,
            connection,
            signals,
            stderr,
            output: Output::default(),
            events,
            map: None,
            mounted: None,
            stopping: Stopping::No,
            killed: false,
            last_words: LastWords::default(),
        })
    }

    /// Deals with what happens until the host process ends.
    fn watch(&mut self) -> Result<(), MountError> {
        loop {
            let [connection, signals, stderr] = self.wait()?;
            if signals {
                self.stop();
            }
            if stderr {
                self.read_output();
            }
            if connection {
                match self.connection.next()? {
                    Some(message) => self.hear(message)?,
                    None => return Ok(()),
                }
            }
            self.go_on_stopping();
        }
    }

    /// Waits for any of the three to have something to read, or for the next try to unmount.
    fn wait(&self) -> Result<[bool; 3], MountError> {
        let mut all = [self.connection.as_fd(), self.signals.as_fd(), self.stderr.as_fd()]
            .map(|fd| PollFd::new(fd, PollFlags::POLLIN));
        // A host that closed its standard error early would be ready for ever.
        let polled = if self.output.ended { &mut all[..2] } else { &mut all[..] };
        let limit = match self.stopping {
            Stopping::No => PollTimeout::NONE,
            _ => PollTimeout::try_from(TICK).unwrap_or(PollTimeout::ZERO),
        };
        match poll(polled, limit) {
            Ok(_) => {}
            Err(nix::errno::Errno::EINTR) => return Ok([false; 3]),
            Err(errno) => return Err(MountError::Control(errno.into())),
        }
        Ok(all.map(|fd| fd.revents().is_some_and(|events| !events.is_empty())))
    }

    fn hear(&mut self, message: FromHost) -> Result<(), MountError> {
        match message {
            FromHost::Loaded => {
                match MemoryMap::of_process(self.child.id(), &self.options.image) {
                    Ok(map) => self.map = Some(map),
                    Err(error) => tracing::warn!("a crash report will have no names: {error}"),
                }
                // A host that has ended meanwhile is noticed next.
                let _ = self.connection.send(GO_ON);
            }
            FromHost::Mounted => {
                self.mounted = mountpoint::find(&self.options.mountpoint)?;
                let mountpoint = self.options.mountpoint.clone();
                (self.events)(Event::Mounted { mountpoint, pid: self.child.id() });
            }
            FromHost::Failed(reason) => self.last_words.failure = Some(reason),
            FromHost::Panicked(message) => self.last_words.panic = Some(message),
            FromHost::Crash(crash) => self.last_words.crash = Some(crash),
        }
        Ok(())
    }

    /// A signal asks to end.
    fn stop(&mut self) {
        let mut bytes = [0; 16];
        if !matches!(self.signals.read(&mut bytes), Ok(1..)) {
            return;
        }
        match self.stopping {
            Stopping::No if self.mounted.is_some() => {
                self.stopping = Stopping::Waiting { since: Instant::now(), told: false };
            }
            _ => self.kill(),
        }
    }

    fn go_on_stopping(&mut self) {
        let Some(mounted) = self.mounted.clone() else { return };
        let limit = self.options.tuning.busy_limit;
        match self.stopping {
            Stopping::Waiting { since, told } => match mounted.try_unmount(Manner::Unused) {
                Attempt::Done => self.stopping = Stopping::Unmounted { since: Instant::now() },
                Attempt::Busy if since.elapsed() >= limit => self.detach(&mounted),
                Attempt::Busy if !told => {
                    let users = mountpoint::users(&mounted.path);
                    (self.events)(Event::Busy { users, limit });
                    self.stopping = Stopping::Waiting { since, told: true };
                }
                Attempt::Busy => {}
                Attempt::Refused(reason) => {
                    (self.events)(Event::Refused(reason));
                    self.kill();
                }
            },
            Stopping::Detached { since } if since.elapsed() >= limit => self.kill(),
            Stopping::Unmounted { since } if since.elapsed() >= EXIT_LIMIT => self.kill(),
            _ => {}
        }
    }

    fn detach(&mut self, mounted: &Mounted) {
        let users = mountpoint::users(&mounted.path);
        mounted.try_unmount(Manner::Detach);
        (self.events)(Event::Detached { users });
        self.stopping = Stopping::Detached { since: Instant::now() };
    }

    fn kill(&mut self) {
        if !self.killed {
            // An error means that it has ended already.
            let _ = self.child.kill();
            self.killed = true;
        }
    }

    fn read_output(&mut self) {
        let events = &mut self.events;
        self.output.read(&mut self.stderr, |line| events(Event::Output(line)));
    }

    /// Waits for the end of the host process and takes down what it left mounted.
    fn end(&mut self) -> Result<ExitStatus, MountError> {
        // After an error of this side it may still live.
        if self.last_words.crash.is_none() && !matches!(self.child.try_wait(), Ok(Some(_))) {
            self.end_in_time();
        }
        let status = self.child.wait().map_err(MountError::Control)?;
        self.read_output();
        let left = mountpoint::find(&self.options.mountpoint)?.filter(|left| match &self.mounted {
            Some(mounted) => mounted.id == left.id,
            None => left.kind == KIND,
        });
        let Some(left) = left else { return Ok(status) };
        match left.try_unmount(Manner::Detach) {
            Attempt::Refused(reason) => Err(MountError::Unmount { path: left.path, reason }),
            Attempt::Done | Attempt::Busy => Ok(status),
        }
    }

    /// The host closes its end of the connection by ending, which takes a moment at most.
    fn end_in_time(&mut self) {
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(2) {
            if matches!(self.child.try_wait(), Ok(Some(_))) {
                return;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        self.kill();
    }

    fn outcome(self, status: ExitStatus) -> Result<Outcome, MountError> {
        let LastWords { failure, panic, crash } = self.last_words;
        if let Some(reason) = failure {
            return Err(MountError::Host(reason));
        }
        let cause = match (panic, &crash) {
            (Some(message), _) => Cause::Panic { message },
            (None, Some(Crash { signal: 0, .. })) => Cause::Sanitizer { summary: self.output.summary() },
            (None, Some(crash)) => fault(crash),
            (None, None) if self.killed => return Ok(Outcome::Unmounted),
            (None, None) => match (status.code(), status.signal()) {
                (Some(0), _) if self.mounted.is_some() => return Ok(Outcome::Unmounted),
                (_, Some(signal)) => Cause::Killed { signal },
                (code, None) => Cause::Exited { status: code.unwrap_or(0) },
            },
        };
        let report = CrashReport::new(cause, crash.as_ref(), self.map.as_ref(), self.output.text);
        Ok(Outcome::Crashed(Box::new(report)))
    }
}

/// What a signal was about. Signals that were sent by a process, and abort, are about no address.
fn fault(crash: &Crash) -> Cause {
    let signal = crash.signal as i32;
    let sent = (crash.code as i64) <= 0;
    if sent || ![libc::SIGSEGV, libc::SIGBUS].contains(&signal) {
        return Cause::Fault { signal, address: None };
    }
    // Compilers touch a frame page by page, so the first access beyond the stack is close to its top.
    if signal == libc::SIGSEGV && crash.address.abs_diff(crash.sp) < STACK_NEAR {
        return Cause::StackOverflow;
    }
    Cause::Fault { signal, address: Some(crash.address) }
}

/// The host's standard error, as lines and as the last of all of it.
#[derive(Default)]
struct Output {
    text: String,
    line: Vec<u8>,
    ended: bool,
}

impl Output {
    fn read(&mut self, from: &mut impl Read, mut tell: impl FnMut(String)) {
        let mut bytes = [0; 4096];
        loop {
            let count = match from.read(&mut bytes) {
                Ok(0) => {
                    self.ended = true;
                    0
                }
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(_) => return,
            };
            self.line.extend_from_slice(&bytes[..count]);
            while let Some(end) = self.line.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.line.drain(..=end).collect();
                self.take(&line[..end], &mut tell);
            }
            if self.ended {
                let line = std::mem::take(&mut self.line);
                if !line.is_empty() {
                    self.take(&line, &mut tell);
                }
                return;
            }
        }
    }

    fn take(&mut self, line: &[u8], tell: &mut impl FnMut(String)) {
        let line = String::from_utf8_lossy(line).into_owned();
        self.text.push_str(&line);
        self.text.push('\n');
        if self.text.len() > OUTPUT_MAX {
            let cut = self.text.ceil_char_boundary(self.text.len() - OUTPUT_MAX);
            self.text.drain(..cut);
        }
        tell(line);
    }

    /// The line in which every sanitizer sums up its report.
    fn summary(&self) -> Option<String> {
        self.text.lines().find_map(|line| line.strip_prefix("SUMMARY: ")).map(str::to_owned)
    }
}

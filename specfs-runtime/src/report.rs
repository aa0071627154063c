//! What is told of a file system that crashed.

use std::fmt;
use std::path::{Path, PathBuf};

use nix::sys::signal::Signal;

use crate::control::Crash;
use crate::symbols::MemoryMap;

/// Why, and where in the image, a host process ended before its time.
#[derive(Clone, Debug, PartialEq)]
pub struct CrashReport {
    /// What ended it.
    pub cause: Cause,
    /// The module of the image that was at work: its source file's name without folder and suffix.
    pub module: Option<String>,
    /// The function of that module.
    pub function: Option<String>,
    /// The stack, innermost first, from where the crash was on.
    pub frames: Vec<Frame>,
    /// The last of what the process wrote to standard error, such as a sanitizer's report.
    pub output: String,
}

/// What ended a host process.
#[derive(Clone, Debug, PartialEq)]
pub enum Cause {
    /// A signal that the process itself raised; with the address it was about, if it was about one.
    Fault {
        /// The signal's number.
        signal: i32,
        /// The address.
        address: Option<u64>,
    },
    /// The stack was used up: recursion without end, or too large an object in a function.
    StackOverflow,
    /// A sanitizer found something; with its own summary.
    Sanitizer {
        /// What it says in one line.
        summary: Option<String>,
    },
    /// The host's own code panicked, which is no fault of the image.
    Panic {
        /// The panic's message and place.
        message: String,
    },
    /// A signal from outside, or one that left no time for a report.
    Killed {
        /// The signal's number.
        signal: i32,
    },
    /// It ended by itself with this exit status.
    Exited {
        /// The exit status.
        status: i32,
    },
}

/// One function on the stack.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Frame {
    /// The address.
    pub address: u64,
    /// The function's name.
    pub function: Option<String>,
    /// The source file, as the compiler was given it.
    pub file: Option<PathBuf>,
    /// The line.
    pub line: Option<u32>,
    /// The executable or shared object.
    pub object: Option<PathBuf>,
    /// Whether that is the image.
    pub in_image: bool,
}

impl CrashReport {
    /// The report of a crash whose stack is known, when `map` is.
    pub(crate) fn new(
        cause: Cause,
        crash: Option<&Crash>,
        map: Option<&MemoryMap>,
        output: String,
    ) -> CrashReport {
        let addresses = crash.map(stack).unwrap_or_default();
        let mut frames: Vec<Frame> = addresses
            .into_iter()
            .flat_map(|(address, called)| match map {
                Some(map) => map.frames(address, called),
                None => vec![Frame { address, ..Frame::default() }],
            })
            .collect();
        if matches!(cause, Cause::Sanitizer { .. }) {
            // The sanitizer's own frames come first.
            let first = frames.iter().position(|frame| frame.in_image).unwrap_or(0);
            frames.drain(..first);
        }
        let at = frames.iter().find(|frame| frame.in_image);
        let module =
            at.and_then(|frame| Some(frame.file.as_ref()?.file_stem()?.to_string_lossy().into_owned()));
        let function = at.and_then(|frame| frame.function.clone());
        CrashReport { cause, module, function, frames, output }
    }
}

/// The addresses of a stack, and whether each is a return address. What the handler itself added, up to
/// the interrupted instruction, is left out.
fn stack(crash: &Crash) -> Vec<(u64, bool)> {
    if crash.signal == 0 {
        return crash.frames.iter().map(|frame| (*frame, true)).collect();
    }
    let interrupted = (crash.pc, false);
    match crash.frames.iter().position(|frame| *frame == crash.pc) {
        Some(index) => {
            let callers = crash.frames[index + 1..].iter().map(|frame| (*frame, true));
            std::iter::once(interrupted).chain(callers).collect()
        }
        // The walker found no way out of where the program counter went: a call through a wild pointer,
        // whose caller is at the top of the stack.
        None => vec![interrupted, (crash.top, true)],
    }
}

impl fmt::Display for CrashReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.module, &self.function) {
            (Some(module), Some(function)) => {
                write!(f, "the image crashed in module `{module}`, function `{function}`: ")?
            }
            (None, Some(function)) => write!(f, "the image crashed in function `{function}`: ")?,
            _ => write!(f, "the process that serves the file system crashed: ")?,
        }
        write!(f, "{}", self.cause)?;
        // What lies below the image is the host, and the same always.
        let shown =
            self.frames.iter().rposition(|frame| frame.in_image).map_or(self.frames.len(), |last| last + 1);
        let mut index = 0;
        for same in self.frames[..shown].chunk_by(Frame::is_same_place) {
            write!(f, "\n  {index:>2}: {}", same[0])?;
            if same.len() > 1 {
                write!(f, " ({} times)", same.len())?;
            }
            index += same.len();
        }
        Ok(())
    }
}

impl Frame {
    /// Whether both are calls from the same line, as in a recursion.
    fn is_same_place(&self, other: &Frame) -> bool {
        self.function.is_some() && Frame { address: self.address, ..other.clone() } == *self
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cause::Fault { signal, address: Some(address) } => {
                write!(f, "{} at address {address:#x}", signal_name(*signal))
            }
            Cause::Fault { signal, address: None } => write!(f, "{}", signal_name(*signal)),
            Cause::StackOverflow => write!(f, "SIGSEGV, a stack overflow"),
            Cause::Sanitizer { summary: Some(summary) } => write!(f, "{summary}"),
            Cause::Sanitizer { summary: None } => write!(f, "a sanitizer ended it"),
            Cause::Panic { message } => write!(f, "the host itself is at fault: {message}"),
            Cause::Killed { signal } => write!(f, "it was killed by {}", signal_name(*signal)),
            Cause::Exited { status } => write!(f, "it ended with exit status {status}"),
        }
    }
}

impl fmt::Display for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.function {
            Some(function) => write!(f, "{function}")?,
            None => write!(f, "{:#x}", self.address)?,
        }
        match (&self.file, self.line, &self.object) {
            (Some(file), Some(line), _) => write!(f, " at {}:{line}", file.display()),
            (Some(file), None, _) => write!(f, " at {}", file.display()),
            (None, _, Some(object)) => {
                let name = object.file_name().map_or(object.as_path(), Path::new);
                write!(f, " in {}", name.display())
            }
            (None, _, None) => Ok(()),
        }
    }
}

fn signal_name(number: i32) -> String {
    match Signal::try_from(number) {
        Ok(Signal::SIGSEGV) => "SIGSEGV, an invalid access".into(),
        Ok(Signal::SIGBUS) => "SIGBUS, an access to memory that is not there".into(),
        Ok(Signal::SIGFPE) => "SIGFPE, an impossible division".into(),
        Ok(Signal::SIGILL) => "SIGILL, an impossible instruction".into(),
        Ok(Signal::SIGABRT) => "SIGABRT, a call of abort()".into(),
        Ok(signal) => signal.as_str().into(),
        Err(_) => format!("signal {number}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_of_a_recursion_are_counted_and_not_repeated() {
        let call = |address| Frame {
            address,
            function: Some("walk".into()),
            file: Some("path/walk.c".into()),
            line: Some(9),
            in_image: true,
            ..Frame::default()
        };
        let report = CrashReport {
            cause: Cause::StackOverflow,
            module: Some("walk".into()),
            function: Some("walk".into()),
            frames: vec![Frame { line: Some(8), ..call(1) }, call(2), call(2), call(2)],
            output: String::new(),
        };
        assert_eq!(
            report.to_string(),
            "the image crashed in module `walk`, function `walk`: SIGSEGV, a stack overflow\n   \
             0: walk at path/walk.c:8\n   1: walk at path/walk.c:9 (3 times)"
        );
    }

    fn crash(pc: u64, top: u64, frames: &[u64]) -> Crash {
        Crash { signal: 11, pc, top, frames: frames.to_vec(), ..Crash::default() }
    }

    #[test]
    fn the_stack_starts_at_the_interrupted_instruction() {
        let handler = [0x10, 0x20];
        let frames = [&handler[..], &[0x500, 0x600, 0x700]].concat();
        assert_eq!(stack(&crash(0x500, 0x1, &frames)), [(0x500, false), (0x600, true), (0x700, true)]);
    }

    #[test]
    fn after_a_wild_call_the_caller_is_at_the_top_of_the_stack() {
        assert_eq!(stack(&crash(0, 0x600, &[0x10, 0x20])), [(0, false), (0x600, true)]);
    }

    #[test]
    fn a_report_names_module_and_function_and_stops_where_the_image_does() {
        let frame = |function: &str, file: Option<&str>, in_image| Frame {
            function: Some(function.into()),
            file: file.map(Into::into),
            line: file.map(|_| 7),
            object: Some("/lib/libc.so.6".into()),
            in_image,
            ..Frame::default()
        };
        let report = CrashReport {
            cause: Cause::Fault { signal: 11, address: Some(8) },
            module: Some("inode_touch".into()),
            function: Some("inode_touch".into()),
            frames: vec![
                frame("memcpy", None, false),
                frame("inode_touch", Some("inode/inode_touch.c"), true),
                frame("host", Some("host.rs"), false),
            ],
            output: String::new(),
        };
        assert_eq!(
            report.to_string(),
            "the image crashed in module `inode_touch`, function `inode_touch`: SIGSEGV, an invalid access at \
             address 0x8\n   0: memcpy in libc.so.6\n   1: inode_touch at inode/inode_touch.c:7"
        );
    }
}

//! What a case says when a rule does not hold.

use std::fmt::{Debug, Display};
use std::panic::Location;

use nix::errno::Errno;

/// The end of a case: nothing to say, or the rule's violation.
pub type Checked = Result<(), Failure>;

/// Why a case did not pass.
#[derive(Debug)]
pub enum Failure {
    /// The rule is broken: what was seen, and the source line that saw it.
    Broken(String),
    /// The rule cannot be tried by this user or on this file system.
    Inapplicable(&'static str),
}

impl Failure {
    #[track_caller]
    pub fn broken(message: impl Display) -> Failure {
        let place = Location::caller();
        let file = place.file().rsplit('/').next().unwrap_or_default();
        Failure::Broken(format!("{message} ({file}:{})", place.line()))
    }
}

/// A system call that was made: how it reads in a report, and what it gave.
#[must_use = "say whether the call should succeed (`ok`) or fail (`fails`)"]
pub struct Call<T> {
    what: String,
    result: nix::Result<T>,
}

impl<T> Call<T> {
    pub fn new(what: String, result: nix::Result<T>) -> Call<T> {
        Call { what, result }
    }

    pub fn of_io(what: String, result: std::io::Result<T>) -> Call<T> {
        let result = result.map_err(|error| Errno::from_raw(error.raw_os_error().unwrap_or(libc::EIO)));
        Call { what, result }
    }

    /// Demands that the call succeeded, and gives its value.
    #[track_caller]
    pub fn ok(self) -> Result<T, Failure> {
        match self.result {
            Ok(value) => Ok(value),
            Err(errno) => Err(Failure::broken(format!("{} failed with {errno:?}", self.what))),
        }
    }

    /// Demands that the call failed with exactly this error.
    #[track_caller]
    pub fn fails(self, expected: Errno) -> Checked {
        match self.result {
            Ok(_) => Err(Failure::broken(format!("{} succeeded, expected {expected:?}", self.what))),
            Err(errno) if errno == expected => Ok(()),
            Err(errno) => {
                Err(Failure::broken(format!("{} failed with {errno:?}, expected {expected:?}", self.what)))
            }
        }
    }

    /// The bare result, for cases that take either.
    pub fn result(self) -> nix::Result<T> {
        self.result
    }
}

/// Demands that two values are equal.
#[track_caller]
pub fn equal<T: PartialEq + Debug>(what: &str, actual: T, expected: T) -> Checked {
    if actual == expected {
        return Ok(());
    }
    Err(Failure::broken(format!("{what} is {actual:?}, expected {expected:?}")))
}

/// Demands that a condition holds.
#[track_caller]
pub fn holds(what: &str, condition: bool) -> Checked {
    if condition { Ok(()) } else { Err(Failure::broken(format!("it does not hold that {what}"))) }
}

/// Demands that two byte strings are equal, and names the first difference.
#[track_caller]
pub fn same_bytes(what: &str, actual: &[u8], expected: &[u8]) -> Checked {
    if actual.len() != expected.len() {
        return Err(Failure::broken(format!(
            "{what} has {} bytes, expected {}",
            actual.len(),
            expected.len()
        )));
    }
    match actual.iter().zip(expected).position(|(a, e)| a != e) {
        None => Ok(()),
        Some(at) => Err(Failure::broken(format!(
            "byte {at} of {what} is {:#04x}, expected {:#04x}",
            actual[at], expected[at]
        ))),
    }
}

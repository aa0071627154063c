//! How a command fails: with a sentence for the user, and an exit code.

use std::fmt;

use crate::{EXIT_FOUND, EXIT_WRONG};

/// Why a command could not do what it was asked to.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) code: u8,
    error: anyhow::Error,
}

impl Failure {
    /// The call makes no sense, or something cannot be read or written.
    pub(crate) fn wrong(error: impl Into<anyhow::Error>) -> Failure {
        Failure { code: EXIT_WRONG, error: error.into() }
    }

    /// Like [`Failure::wrong`], with the sentence itself.
    pub(crate) fn wrong_message(message: String) -> Failure {
        Failure { code: EXIT_WRONG, error: anyhow::Error::msg(message) }
    }

    /// What was asked for was tried and failed.
    pub(crate) fn failed(error: impl Into<anyhow::Error>) -> Failure {
        Failure { code: EXIT_FOUND, error: error.into() }
    }

    /// Like [`Failure::failed`], with the sentence itself.
    pub(crate) fn failed_message(message: String) -> Failure {
        Failure { code: EXIT_FOUND, error: anyhow::Error::msg(message) }
    }

    /// The same sentence with another exit code.
    pub(crate) fn with_code(self, code: u8) -> Failure {
        Failure { code, ..self }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The causes too, in one line. Some errors name theirs in their own sentence.
        let mut said = self.error.to_string();
        for cause in self.error.chain().skip(1).map(ToString::to_string) {
            if !said.contains(&cause) {
                said = format!("{said}: {cause}");
            }
        }
        f.write_str(&said)
    }
}

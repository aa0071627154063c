//! Findings, as plain data.

use std::ops::Range;
use std::sync::Arc;

use crate::Code;

/// One finding in one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Which rule speaks.
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// Where, in bytes of the file.
    pub range: Range<usize>,
    /// What is wrong, in one sentence.
    pub message: String,
    /// The other sides of the finding.
    pub related: Vec<Related>,
    /// What to do, when that can be said.
    pub help: Option<String>,
    /// Edits that mend it, the likeliest first.
    pub fixes: Vec<Fix>,
}

/// A finding that the writer of the spec lets stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppressed {
    /// The finding.
    pub finding: Diagnostic,
    /// Why it is let stand.
    pub reason: String,
}

/// A place elsewhere that a finding concerns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Related {
    /// The file.
    pub path: Arc<str>,
    /// Where, in bytes of that file.
    pub range: Range<usize>,
    /// What is to be seen there.
    pub message: String,
}

/// A change that mends a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What it does, as an order: "write `[RELY]`".
    pub title: String,
    /// Whether it may be applied unseen.
    pub applicability: Applicability,
    /// The edits, all to be made or none. They do not overlap.
    pub edits: Vec<Edit>,
}

/// How sure it is that a fix is what the writer meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Applicability {
    /// It changes nothing but the mistake.
    Safe,
    /// It is a guess, or changes what the spec says: to be looked at.
    Unsafe,
}

/// The replacement of a range of bytes in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The file.
    pub path: Arc<str>,
    /// What is replaced, in bytes of that file; empty for an insertion.
    pub range: Range<usize>,
    /// The new text.
    pub replacement: String,
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// The workspace cannot be built from as it stands.
    Error,
    /// Most likely a mistake, but it can be built from.
    Warning,
    /// A remark.
    Hint,
}

impl Severity {
    /// The severity in lower case, as reports print it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Hint => "hint",
        }
    }
}

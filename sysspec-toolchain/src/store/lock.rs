//! The lock file: for every module, what its code was made from and which gates it passed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Parts, StoreError};
use crate::gates::Gate;

/// The version of the lock file's form.
const VERSION: u32 = 1;

/// The first lines of the file.
const PREFACE: &str =
    "# Made by `sysspec generate`; kept under version control together with generated/ and transcripts/.\n\n";

/// The contents of the lock file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lock {
    version: u32,
    /// The modules by name.
    #[serde(default)]
    pub module: BTreeMap<String, Entry>,
}

/// What the lock file says of one module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The hash of the accepted code.
    pub code: String,
    /// Who produced it.
    pub provider: String,
    /// The number of the accepted attempt in each phase.
    pub attempts: Vec<u32>,
    /// The gates it passed.
    pub gates: Vec<Gate>,
    /// What it was made from.
    #[serde(flatten)]
    pub parts: Parts,
}

impl Default for Lock {
    fn default() -> Self {
        Self { version: VERSION, module: BTreeMap::new() }
    }
}

impl Lock {
    /// Reads the text of a lock file.
    pub fn parse(text: &str) -> Result<Self, StoreError> {
        let lock: Self = toml::from_str(text).map_err(|error| StoreError::Lock(error.to_string()))?;
        if lock.version == VERSION { Ok(lock) } else { Err(StoreError::Version(lock.version)) }
    }

    /// The text of the file: sorted by module, so that a diff shows what changed and nothing else.
    pub fn to_text(&self) -> String {
        // Strings, numbers and maps of strings always have a TOML form.
        let body = toml::to_string(self).expect("a lock file can be written as TOML");
        format!("{PREFACE}{body}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry() -> Entry {
        Entry {
            code: "c0de".into(),
            provider: "exchange".into(),
            attempts: vec![1, 2],
            gates: vec![Gate::Answer, Gate::Tests],
            parts: Parts {
                fingerprint: "f".into(),
                gate_version: 1,
                specification: "5".into(),
                locks: Some("10".into()),
                relies: [("step".to_owned(), "e".to_owned())].into(),
                relied_locks: BTreeMap::new(),
                definitions: [("struct inode".to_owned(), "d".to_owned())].into(),
            },
        }
    }

    #[test]
    fn a_lock_file_reads_as_it_was_written() {
        let mut lock = Lock::default();
        lock.module.insert("walk".into(), entry());
        lock.module.insert("descend".into(), entry());
        let text = lock.to_text();
        assert!(text.find("[module.descend]") < text.find("[module.walk]"), "{text}");
        assert!(text.contains("\"struct inode\" = \"d\""), "{text}");
        assert_eq!(Lock::parse(&text).unwrap(), lock);
    }

    #[test]
    fn damage_and_a_later_version_are_told_apart() {
        assert!(matches!(Lock::parse("version = "), Err(StoreError::Lock(_))));
        assert!(matches!(Lock::parse("version = 9"), Err(StoreError::Version(9))));
    }
}

//! How bad findings are in this workspace: `[severity]` in `sysspec.toml`.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::db::Db;
use crate::workspace::parsed_manifest;
use crate::{Code, Severity};

/// The severities that differ from the codes' own; `None` is `off`.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Severities(BTreeMap<Code, Option<Severity>>);

impl Severities {
    /// What the workspace says of a code; `None` when it says nothing.
    #[expect(clippy::option_option, reason = "not said, off, or a severity")]
    pub fn get(&self, code: Code) -> Option<Option<Severity>> {
        self.0.get(&code).copied()
    }

    /// Says it of every code of a family, or of one code, which goes before its family.
    pub fn set(&mut self, name: &str, level: Option<Severity>) {
        match Code::from_str(name) {
            Some(code) => _ = self.0.insert(code, level),
            None => {
                for code in Code::ALL.iter().filter(|code| code.family().eq_ignore_ascii_case(name)) {
                    self.0.entry(*code).or_insert(level);
                }
            }
        }
    }
}

/// The severities of the workspace. Changes only when the manifest says something else of them.
#[salsa::tracked]
pub fn severities(db: &dyn Db) -> Arc<Severities> {
    Arc::new(
        parsed_manifest(db).as_ref().map_or_else(Severities::default, |parsed| parsed.severities.clone()),
    )
}

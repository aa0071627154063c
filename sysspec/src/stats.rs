//! What a check read and found, in numbers.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::{Serialize, Serializer};
use sysspec_analysis::{SymbolKind, WorkspaceModel};

use crate::console;
use crate::findings::Findings;

/// The numbers of a check, over all its workspaces.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Stats {
    /// Manifests, specs, headers and patches.
    pub(crate) files: usize,
    pub(crate) modules: usize,
    /// Those that modules guarantee.
    pub(crate) functions: usize,
    pub(crate) contract_items: ContractItems,
    /// Findings that their writers let stand.
    pub(crate) suppressed: usize,
    /// How many findings each code has; codes without one are left out.
    pub(crate) codes: BTreeMap<&'static str, usize>,
    pub(crate) times: Times,
}

/// Pre-conditions, post-conditions and invariants.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(crate) struct ContractItems {
    formal: usize,
    informal: usize,
}

/// How long the stages took.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(crate) struct Times {
    #[serde(rename = "read_ms", serialize_with = "milliseconds")]
    pub(crate) read: Duration,
    #[serde(rename = "analyse_ms", serialize_with = "milliseconds")]
    pub(crate) analyse: Duration,
}

fn milliseconds<S: Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64((time.as_secs_f64() * 1e6).round() / 1e3)
}

impl Stats {
    /// Adds what a workspace consists of.
    pub(crate) fn add_workspace(&mut self, files: usize, model: &WorkspaceModel) {
        self.files += files;
        self.modules += model.modules.len();
        let guarantees = model.modules.iter().flat_map(|module| &module.guarantees);
        self.functions += guarantees.filter(|symbol| symbol.kind == SymbolKind::Function).count();
    }

    /// Adds the contracts of a file.
    pub(crate) fn add_contracts(&mut self, items: sysspec_analysis::ContractItems) {
        self.contract_items.formal += items.formal;
        self.contract_items.informal += items.informal;
    }

    /// Counts the findings that are reported.
    pub(crate) fn count_findings(&mut self, findings: &Findings) {
        for code in findings.codes() {
            *self.codes.entry(code.as_str()).or_default() += 1;
        }
        self.suppressed = findings.suppressed();
    }
}

impl fmt::Display for Stats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = [
            console::count(self.files, "file"),
            console::count(self.modules, "module"),
            console::count(self.functions, "guaranteed function"),
        ];
        writeln!(f, "{}", counts.join(", "))?;
        let ContractItems { formal, informal } = self.contract_items;
        let items = console::count(formal + informal, "contract item");
        writeln!(f, "{items}: {formal} formal, {informal} in words")?;
        if self.suppressed > 0 {
            writeln!(f, "{} let stand", console::count(self.suppressed, "finding"))?;
        }
        for (code, number) in &self.codes {
            writeln!(f, "{code}  {number}")?;
        }
        let [read, analyse] = [self.times.read, self.times.analyse].map(|time| time.as_secs_f64() * 1e3);
        write!(f, "read {read:.1} ms, analysed {analyse:.1} ms")
    }
}

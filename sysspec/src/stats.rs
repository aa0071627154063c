//! What a check read and found, in numbers.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::{Serialize, Serializer};
use sysspec_analysis::obligation::{Counts, Proof};
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
    /// What became of the obligations.
    pub(crate) obligations: Outcomes,
    /// The same for each function that owes something, in the order of the files.
    pub(crate) owed: Vec<Owed>,
    /// Findings that their writers let stand.
    pub(crate) suppressed: usize,
    /// How many findings each code has; codes without one are left out.
    pub(crate) codes: BTreeMap<&'static str, usize>,
    pub(crate) times: Times,
    #[serde(skip)]
    pub(crate) counts: Counts,
}

/// Pre-conditions, post-conditions and invariants.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(crate) struct ContractItems {
    formal: usize,
    informal: usize,
}

/// How many obligations ended how.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(crate) struct Outcomes {
    proved: usize,
    refuted: usize,
    textual: usize,
    informal: usize,
    unknown: usize,
}

impl From<Counts> for Outcomes {
    fn from(counts: Counts) -> Self {
        let Counts { proved, refuted, textual, informal, unknown, open } = counts;
        // Whoever asks for numbers has waited for the solver; what is open all the same was given up.
        Self { proved, refuted, textual, informal, unknown: unknown + open }
    }
}

/// The obligations of a module that are about one function.
#[derive(Debug, Serialize)]
pub(crate) struct Owed {
    path: String,
    function: String,
    obligations: Outcomes,
}

/// "1278 obligations: 1033 proved, 245 not decided (in words)".
pub(crate) fn outcomes(counts: &Counts) -> String {
    let unknown = counts.unknown + counts.open;
    let parts = [
        (counts.proved, "proved"),
        (counts.refuted, "refuted"),
        (counts.textual, "the same in words"),
        (counts.informal, "not decided (in words)"),
        (unknown, "not decided (given up)"),
    ];
    let said: Vec<String> = parts
        .iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, how)| format!("{number} {how}"))
        .collect();
    format!("{}: {}", console::count(counts.total(), "obligation"), said.join(", "))
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

    /// Adds the obligations of a file.
    pub(crate) fn add_obligations(&mut self, path: &str, proofs: &[Proof]) {
        let mut functions: BTreeMap<&str, Counts> = BTreeMap::new();
        for proof in proofs {
            functions.entry(&proof.obligation.function).or_default().add(proof.outcome.as_ref());
        }
        for (function, counts) in functions {
            self.counts += counts;
            let owed =
                Owed { path: path.to_owned(), function: function.to_owned(), obligations: counts.into() };
            self.owed.push(owed);
        }
        self.obligations = self.counts.into();
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
        writeln!(f, "{}", outcomes(&self.counts))?;
        for Owed { path, function, obligations } in &self.owed {
            let Outcomes { proved, refuted, textual, informal, unknown } = obligations;
            writeln!(
                f,
                "  {path}: {function}: {proved} proved, {refuted} refuted, {textual} textual, {informal} informal, \
                 {unknown} unknown"
            )?;
        }
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

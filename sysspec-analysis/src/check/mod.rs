//! The checks, each a query of its own, and the layer that joins their places.

mod agreement;
mod algorithm;
mod complexity;
mod contract;
mod dag;
mod emphasis;
mod entailment;
mod fence;
mod guarantee;
mod header;
mod header_types;
mod include_layers;
mod judgement;
mod majority;
mod manifest;
mod misspelt;
mod module;
mod names;
mod nearby;
mod nullness;
mod numbering;
mod open_case;
mod overlay;
mod patch;
mod prompt;
mod reliance;
mod rely;
mod removal;
mod restatement;
mod returns;
mod root;
mod scope;
mod section;
mod stray;
mod unused;
mod vague;
mod value;

use std::sync::Arc;

pub use agreement::{Disagreement, compare};

use crate::Diagnostic;
use crate::db::{Db, SourceFile};
use crate::finding::Finding;
use crate::locks;
use crate::lower::lower;
use crate::obligation::{Verdicts, counts, proofs};
use crate::patch::patch_of;
use crate::source::{self, FileKind};
use crate::symbols::is_module;

pub use agreement::FileScope;
pub use judgement::Judged;
use judgement::judge;
pub use scope::{ContractScope, contract_scope};

/// The findings of a file in the order of its text, without those that need a solver: the last layer, the only one
/// that knows where things stand.
#[salsa::tracked]
pub fn diagnostics(db: &dyn Db, file: SourceFile) -> Arc<Judged> {
    Arc::new(judge(db, file, findings(db, file), false))
}

/// The findings of a file with those of the obligations that were decided. It is no query, since verdicts arrive when
/// they do.
pub fn decided_diagnostics(db: &dyn Db, file: SourceFile, verdicts: &Verdicts) -> Judged {
    let is_decided = counts(db, file, verdicts).open == 0;
    let mut found = findings(db, file);
    let refuted = entailment::check_obligations(db, &proofs(db, file, verdicts), verdicts);
    let refuted: Vec<Diagnostic> = refuted
        .iter()
        .map(|finding| finding.resolve(db))
        .filter(|finding| !entailment::is_of_another_mistake(file.path(db), finding, &found))
        .collect();
    found.extend(refuted);
    judge(db, file, found, is_decided)
}

/// All that the checks find.
fn findings(db: &dyn Db, file: SourceFile) -> Vec<Diagnostic> {
    let mut found: Vec<Diagnostic> = Vec::new();
    let mut join = |findings: &[Finding]| found.extend(findings.iter().map(|finding| finding.resolve(db)));
    let kind = source::kind(file.path(db));
    match kind {
        FileKind::Spec | FileKind::Patch => {
            for &section in lower(db, file) {
                join(section::check_section(db, section));
            }
            join(module::check_module(db, file));
            if is_module(db, file) {
                join(rely::check_reliances(db, file));
                join(guarantee::check_guarantees(db, file));
                join(dag::check_cycles(db, file));
                join(locks::check_locks(db, file));
                join(locks::check_lock_order(db, file));
                join(prompt::check_specified(db, file));
                for &section in lower(db, file) {
                    join(names::check_names(db, section));
                    join(returns::check_returns(db, section));
                    join(unused::check_unused(db, section));
                    join(prompt::check_prompt(db, section));
                    join(nullness::check_pointers(db, section));
                    join(stray::check_predicates(db, section));
                    join(open_case::check_cases(db, section));
                }
                join(overlay::check_stale(db, file));
            } else if kind == FileKind::Patch {
                join(patch::check_patch_file(db, file));
            } else if patch_of(db, file).is_some() {
                join(rely::check_reliances(db, file));
                join(guarantee::check_guarantees(db, file));
                join(overlay::check_overlay(db, file));
                join(overlay::check_changes(db, file));
                for &section in lower(db, file) {
                    join(names::check_names(db, section));
                    join(returns::check_returns(db, section));
                }
                join(overlay::check_stale(db, file));
            }
        }
        FileKind::Header => {
            for &section in lower(db, file) {
                join(section::check_section(db, section));
            }
            join(header::check_header(db, file));
            join(overlay::check_changes(db, file));
        }
        FileKind::Manifest => join(manifest::check_manifest(db, file)),
        FileKind::Other => {}
    }
    found
}

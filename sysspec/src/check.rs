//! `sysspec check`

use std::path::PathBuf;
use std::time::Instant;

use sysspec_analysis::Severity;

use crate::cli::{Check, Denied};
use crate::console;
use crate::failure::Failure;
use crate::findings::Findings;
use crate::paths;
use crate::specs::{self, Specs};
use crate::stats::{Stats, Times};
use crate::watch;
use crate::{EXIT_FOUND, EXIT_OK, EXIT_WRONG};

pub(crate) fn run(arguments: &Check) -> Result<u8, Failure> {
    if arguments.watch {
        return watch::run(arguments);
    }
    let start = Instant::now();
    let workspaces = Specs::read_patched(&arguments.paths, &arguments.patches)?;
    let read = start.elapsed();
    let mut findings = analyse(&workspaces)?;
    if arguments.stats {
        let times = Times { read, analyse: start.elapsed() - read };
        findings.stats = Some(stats(&workspaces, &findings, times)?);
    }
    findings.print(arguments.format)?;
    let is_whole = tell_damaged(&workspaces);
    let code = if is_whole { exit_code(&findings, &arguments.deny) } else { EXIT_WRONG };
    // The process ends here: taking the analysis of a large workspace apart would take longer than a third of the check.
    std::mem::forget((findings, workspaces));
    Ok(code)
}

/// The findings of several workspaces.
pub(crate) fn analyse(workspaces: &[Specs]) -> Result<Findings, Failure> {
    let workspaces = workspaces.iter().map(Specs::findings).collect::<Result<_, _>>()?;
    Ok(Findings { workspaces, stats: None })
}

fn stats(workspaces: &[Specs], findings: &Findings, times: Times) -> Result<Stats, Failure> {
    let mut stats = Stats { times, ..Stats::default() };
    for specs in workspaces {
        let analysis = specs.analysis();
        let files = analysis.files().map_err(specs::cancelled)?;
        let model = analysis.model().map_err(specs::cancelled)?;
        stats.add_workspace(files.len(), &model);
        for path in &files {
            stats.add_contracts(analysis.contract_items(path).map_err(specs::cancelled)?);
            if specs.is_named(path) {
                stats.add_obligations(path, &analysis.proofs(path).map_err(specs::cancelled)?);
            }
        }
    }
    stats.count_findings(findings);
    Ok(stats)
}

/// Names the files that could not be read as text. Their findings may be wrong, so the check has not succeeded.
pub(crate) fn tell_damaged(workspaces: &[Specs]) -> bool {
    let from = paths::working_directory();
    let damaged = |specs: &Specs| -> Vec<PathBuf> {
        let whole = |path| paths::tidy(&specs.root.join(path));
        specs.damaged.iter().map(|path| paths::relative(&whole(path), &from)).collect()
    };
    let damaged: Vec<PathBuf> = workspaces.iter().flat_map(damaged).collect();
    for path in &damaged {
        console::error(format_args!(
            "error: {} is not UTF-8 text; what could not be read was taken for U+FFFD",
            path.display()
        ));
    }
    damaged.is_empty()
}

fn exit_code(findings: &Findings, deny: &[Denied]) -> u8 {
    let warnings = if deny.contains(&Denied::Warnings) { findings.number(Severity::Warning) } else { 0 };
    if findings.number(Severity::Error) + warnings > 0 { EXIT_FOUND } else { EXIT_OK }
}

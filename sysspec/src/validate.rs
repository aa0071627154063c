//! `sysspec validate`

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sysspec_analysis::{Diagnostic, Related, Severity};
use sysspec_toolchain::flow::{self, Finding, Report};

use crate::cli::{Format, Validate};
use crate::console;
use crate::failure::Failure;
use crate::findings::{Findings, WorkspaceFindings};
use crate::paths;
use crate::specs::{self, Specs};
use crate::validation_reports;
use crate::{EXIT_FOUND, EXIT_OK};

/// How deep folders of code may nest.
const DEPTH_MAX: usize = 64;

pub(crate) fn run(arguments: &Validate) -> Result<u8, Failure> {
    if let Some(specs) = &arguments.specs {
        return validation_reports::run(specs, arguments);
    }
    let mut specs = Specs::read_with(&arguments.spec, &arguments.patches)?;
    let code = arguments.code.clone().unwrap_or_else(|| specs.root.join("generated"));
    let files = read(&code, &specs.root)?;
    for (path, text) in &files {
        specs.change(path, text);
    }
    let mut total = Report::default();
    let analysis = specs.analysis();
    let mut found = Vec::new();
    for (path, text) in files {
        let report = flow::check(&analysis, &text).map_err(specs::cancelled)?;
        let path: Arc<str> = path.into();
        let told = report.findings.iter().map(|finding| diagnostic(&path, finding)).collect();
        found.push((path, told));
        total.decided.extend(report.decided);
        total.undecided.extend(report.undecided);
        total.without_contract.extend(report.without_contract);
        total.requirements.add(report.requirements);
    }
    if total.decided.is_empty() && total.undecided.is_empty() {
        return Err(Failure::wrong_message(format!(
            "no function in {} is guaranteed by a specification of {}: functions are found by their names",
            code.display(),
            arguments.spec.display()
        )));
    }
    let extent = analysis.extent().map_err(specs::cancelled)?;
    let workspace = WorkspaceFindings {
        files: found,
        suppressed: Vec::new(),
        analysis,
        root: specs.root.clone(),
        modules: extent.modules,
        layers: extent.layers,
        obligations: Default::default(),
    };
    let findings = Findings { workspaces: vec![workspace], stats: None };
    findings.print(arguments.format)?;
    if matches!(arguments.format, Format::Human | Format::Github) {
        console::line(format_args!("{}", summary(&total)));
    }
    Ok(if findings.number(Severity::Error) > 0 { EXIT_FOUND } else { EXIT_OK })
}

/// "83 functions with a contract: 82 decided, 1 not decided; 12 without, followed where they are called; of what calls
/// require of values, 40 met, 3 not decided".
fn summary(report: &Report) -> String {
    let (decided, undecided) = (report.decided.len(), report.undecided.len());
    let mut text =
        format!("{} with a contract: {decided} decided", console::count(decided + undecided, "function"));
    if undecided > 0 {
        text += &format!(", {undecided} not decided");
    }
    let without = report.without_contract.len();
    if without > 0 {
        text += &format!("; {without} without, followed where they are called");
    }
    let flow::Requirements { met, undecided } = report.requirements;
    if met + undecided > 0 {
        text += &format!("; of what calls require of values, {met} met, {undecided} not decided");
    }
    text
}

/// A finding as the renderers take it: the steps of its path and the clause are the other sides.
fn diagnostic(path: &Arc<str>, finding: &Finding) -> Diagnostic {
    let steps = finding.path.iter().enumerate().map(|(at, step)| Related {
        path: path.clone(),
        range: step.range.clone(),
        message: format!("{}. {}", at + 1, step.text),
    });
    let clause = finding.clause.iter().map(|clause| Related {
        path: clause.place.path.clone(),
        range: clause.place.range.clone(),
        message: format!("the contract of `{}`", clause.function),
    });
    Diagnostic {
        code: finding.code,
        severity: finding.code.severity(),
        range: finding.range.clone(),
        message: finding.message.clone(),
        related: steps.chain(clause).collect(),
        help: finding.help.clone(),
        fixes: Vec::new(),
    }
}

/// The C files of a folder, or one file: their paths as seen from the workspace, and their texts.
fn read(code: &Path, root: &Path) -> Result<Vec<(String, String)>, Failure> {
    let cannot = |path: &Path, error: &dyn std::fmt::Display| {
        Failure::wrong_message(format!("cannot read {}: {error}", path.display()))
    };
    let whole = code.canonicalize().map_err(|error| cannot(code, &error))?;
    let mut paths = Vec::new();
    if whole.is_dir() {
        collect(&whole, 0, &mut paths).map_err(|(path, error)| cannot(&path, &error))?;
    } else {
        paths.push(whole);
    }
    if paths.is_empty() {
        return Err(Failure::wrong_message(format!("{} holds no .c file", code.display())));
    }
    paths.sort();
    let mut out = Vec::new();
    for path in paths {
        let text = fs::read_to_string(&path).map_err(|error| cannot(&path, &error))?;
        let named = paths::relative(&path, root);
        out.push((named.to_string_lossy().replace('\\', "/"), text));
    }
    Ok(out)
}

fn collect(folder: &Path, depth: usize, out: &mut Vec<PathBuf>) -> Result<(), (PathBuf, std::io::Error)> {
    let failed = |error| (folder.to_owned(), error);
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let (path, kind) = (entry.path(), entry.file_type().map_err(failed)?);
        if kind.is_dir() && depth < DEPTH_MAX {
            collect(&path, depth + 1, out)?;
        } else if path.extension().is_some_and(|extension| extension == "c") && !kind.is_dir() {
            out.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_tells_what_was_not_decided() {
        let report = Report {
            decided: vec!["a".into(), "b".into()],
            undecided: vec!["c".into()],
            without_contract: vec!["d".into()],
            ..Report::default()
        };
        assert_eq!(
            summary(&report),
            "3 functions with a contract: 2 decided, 1 not decided; 1 without, followed where they are called"
        );
    }
}

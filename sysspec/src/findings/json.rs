//! Findings as one JSON object, as `docs/schema/check.schema.json` describes it.

use std::ops::Range;
use std::sync::Arc;

use serde::Serialize;
use sysspec_analysis::{Fix, Severity};

use super::sources::{Position, Sources};
use super::{Findings, Located};
use crate::failure::Failure;
use crate::stats::{Outcomes, Stats};

/// The version of the schema. It rises when a field changes its meaning or goes; new fields may come without.
const SCHEMA_VERSION: u32 = 2;

/// The report as text.
pub(super) fn report(findings: &Findings, sources: &Sources) -> Result<String, Failure> {
    let report = Report {
        version: SCHEMA_VERSION,
        working_directory: sources.working_directory.display().to_string(),
        summary: Summary {
            modules: findings.modules(),
            layers: findings.layers(),
            errors: findings.number(Severity::Error),
            warnings: findings.number(Severity::Warning),
            hints: findings.number(Severity::Hint),
            fixable: findings.fixable(),
            suppressed: findings.suppressed(),
            obligations: findings.obligations().into(),
        },
        workspaces: workspaces(findings),
        findings: findings.all().map(|at| finding(sources, at)).collect(),
        stats: findings.stats.as_ref(),
    };
    serde_json::to_string_pretty(&report).map_err(Failure::wrong)
}

#[derive(Serialize)]
struct Report<'a> {
    version: u32,
    working_directory: String,
    summary: Summary,
    workspaces: Vec<Workspace>,
    findings: Vec<Finding<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stats: Option<&'a Stats>,
}

#[derive(Serialize)]
struct Summary {
    modules: usize,
    layers: usize,
    errors: usize,
    warnings: usize,
    hints: usize,
    fixable: usize,
    suppressed: usize,
    obligations: Outcomes,
}

#[derive(Serialize)]
struct Workspace {
    root: String,
    modules: usize,
    layers: usize,
}

#[derive(Serialize)]
struct Finding<'a> {
    code: &'static str,
    title: &'static str,
    severity: &'static str,
    #[serde(flatten)]
    place: Place<'a>,
    message: &'a str,
    help: Option<&'a str>,
    related: Vec<Related<'a>>,
    fixes: Vec<ReportedFix<'a>>,
}

#[derive(Serialize)]
struct Related<'a> {
    #[serde(flatten)]
    place: Place<'a>,
    message: &'a str,
}

#[derive(Serialize)]
struct ReportedFix<'a> {
    title: &'a str,
    applicability: &'static str,
    edits: Vec<Edit<'a>>,
}

#[derive(Serialize)]
struct Edit<'a> {
    #[serde(flatten)]
    place: Place<'a>,
    replacement: &'a str,
}

/// The end is behind the last character.
#[derive(Serialize)]
struct Place<'a> {
    path: &'a str,
    start: Position,
    end: Position,
}

fn workspaces(findings: &Findings) -> Vec<Workspace> {
    let workspaces = findings.workspaces.iter().map(|workspace| Workspace {
        root: workspace.root.display().to_string(),
        modules: workspace.modules,
        layers: workspace.layers,
    });
    workspaces.collect()
}

fn finding<'a>(sources: &'a Sources, at: Located<'a>) -> Finding<'a> {
    let found = at.found;
    let related = found.related.iter().map(|other| Related {
        place: place(sources, at.workspace, &other.path, &other.range),
        message: &other.message,
    });
    Finding {
        code: found.code.as_str(),
        title: found.code.title(),
        severity: found.severity.as_str(),
        place: place(sources, at.workspace, at.path, &found.range),
        message: &found.message,
        help: found.help.as_deref(),
        related: related.collect(),
        fixes: found.fixes.iter().map(|mended| fix(sources, at.workspace, mended)).collect(),
    }
}

fn fix<'a>(sources: &'a Sources, workspace: usize, fix: &'a Fix) -> ReportedFix<'a> {
    let edits = fix.edits.iter().map(|edit| Edit {
        place: place(sources, workspace, &edit.path, &edit.range),
        replacement: &edit.replacement,
    });
    ReportedFix {
        title: &fix.title,
        applicability: super::applicability(fix.applicability),
        edits: edits.collect(),
    }
}

fn place<'a>(sources: &'a Sources, workspace: usize, path: &Arc<str>, range: &Range<usize>) -> Place<'a> {
    let source = sources.of(workspace, path);
    Place { path: &source.shown, start: source.position(range.start), end: source.position(range.end) }
}

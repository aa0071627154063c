//! Findings on the terminal, and for machines.

use std::collections::HashMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use codespan_reporting::diagnostic::{Diagnostic as Report, Label, Severity as Level};
use codespan_reporting::files::SimpleFiles;
use codespan_reporting::term::{self, Styles, StylesWriter};
use serde::Serialize;
use sysspec_analysis::{Analysis, Diagnostic, Severity};

use crate::console::{self, Stream};
use crate::failure::Failure;

/// The version of the JSON schema. It rises when a field changes its meaning or goes; new fields may come without.
const SCHEMA_VERSION: u32 = 1;

/// The findings of a workspace, or of a part of it.
pub(crate) struct Findings {
    /// By file, in path order.
    pub(crate) files: Vec<(Arc<str>, Vec<Diagnostic>)>,
    pub(crate) analysis: Analysis,
    pub(crate) root: PathBuf,
    pub(crate) modules: usize,
    pub(crate) layers: usize,
}

impl Findings {
    pub(crate) fn retain(&mut self, wanted: impl Fn(&Diagnostic) -> bool) {
        for (_, found) in &mut self.files {
            found.retain(&wanted);
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.all().next().is_none()
    }

    pub(crate) fn number(&self, severity: Severity) -> usize {
        self.all().filter(|(_, found)| found.severity == severity).count()
    }

    fn all(&self) -> impl Iterator<Item = (&Arc<str>, &Diagnostic)> {
        self.files.iter().flat_map(|(path, found)| found.iter().map(move |found| (path, found)))
    }

    fn files_concerned(&self) -> usize {
        self.files.iter().filter(|(_, found)| !found.is_empty()).count()
    }

    /// "73 modules, 7 layers: no findings", "3 modules, 2 layers: 2 errors, 1 warning in 2 files".
    pub(crate) fn summary(&self) -> String {
        let counts = [(Severity::Error, "error"), (Severity::Warning, "warning"), (Severity::Hint, "hint")]
            .map(|(severity, noun)| (self.number(severity), noun));
        let found: Vec<String> = counts
            .iter()
            .filter(|(number, _)| *number > 0)
            .map(|(number, noun)| console::count(*number, noun))
            .collect();
        let found = if found.is_empty() {
            "no findings".to_owned()
        } else {
            format!("{} in {}", found.join(", "), console::count(self.files_concerned(), "file"))
        };
        format!(
            "{}, {}: {found}",
            console::count(self.modules, "module"),
            console::count(self.layers, "layer")
        )
    }

    fn text(&self, path: &str) -> String {
        let text = self.analysis.text(path).ok().flatten();
        text.map(|text| text.to_string()).unwrap_or_default()
    }
}

/// Shows the findings with the lines they concern.
pub(crate) fn show(findings: &Findings, stream: Stream) -> Result<(), Failure> {
    let mut sources = Sources::new(findings);
    let reports: Vec<Report<usize>> =
        findings.all().map(|(path, found)| report(&mut sources, path, found)).collect();
    let config = term::Config { tab_width: 4, ..term::Config::default() };
    let styles = Styles::default();
    let mut output = StylesWriter::new(stream.coloured(), &styles);
    for report in &reports {
        match term::emit_to_write_style(&mut output, &config, &sources.files, report) {
            // The reader has gone away.
            Err(codespan_reporting::files::Error::Io(_)) => return Ok(()),
            shown => shown.map_err(Failure::wrong)?,
        }
    }
    Ok(())
}

fn report(sources: &mut Sources<'_>, path: &Arc<str>, found: &Diagnostic) -> Report<usize> {
    let level = match found.severity {
        Severity::Error => Level::Error,
        Severity::Warning => Level::Warning,
        Severity::Hint => Level::Note,
    };
    let mut labels = vec![sources.label(path, &found.range, Label::primary)];
    for other in &found.related {
        labels.push(sources.label(&other.path, &other.range, Label::secondary).with_message(&other.message));
    }
    let help = found.help.iter().map(|help| format!("help: {help}"));
    Report::new(level)
        .with_code(found.code)
        .with_message(&found.message)
        .with_labels(labels)
        .with_notes(help.collect())
}

/// The texts that are quoted, named by their paths from the working directory.
struct Sources<'a> {
    findings: &'a Findings,
    working_directory: Option<PathBuf>,
    files: SimpleFiles<String, String>,
    ids: HashMap<Arc<str>, usize>,
}

impl<'a> Sources<'a> {
    fn new(findings: &'a Findings) -> Sources<'a> {
        Sources {
            findings,
            working_directory: std::env::current_dir().and_then(|directory| directory.canonicalize()).ok(),
            files: SimpleFiles::new(),
            ids: HashMap::new(),
        }
    }

    fn label(
        &mut self,
        path: &Arc<str>,
        range: &Range<usize>,
        label: impl Fn(usize, Range<usize>) -> Label<usize>,
    ) -> Label<usize> {
        let id = match self.ids.get(path) {
            Some(&id) => id,
            None => {
                let id = self.files.add(self.shown_path(path), self.findings.text(path));
                self.ids.insert(path.clone(), id);
                id
            }
        };
        label(id, range.clone())
    }

    fn shown_path(&self, path: &str) -> String {
        let whole = self.findings.root.join(path);
        let from = self.working_directory.as_deref().unwrap_or(Path::new("/"));
        relative(&whole, from).display().to_string()
    }
}

/// A path as seen from a folder, when that is shorter than the whole path.
fn relative(path: &Path, from: &Path) -> PathBuf {
    let common = path.iter().zip(from.iter()).take_while(|(one, other)| one == other).count();
    let up = from.iter().count() - common;
    let mut relative: PathBuf = std::iter::repeat_n("..", up).collect();
    relative.extend(path.iter().skip(common));
    if relative.as_os_str().len() < path.as_os_str().len() { relative } else { path.to_owned() }
}

/// The findings as one JSON object: see `sysspec check --help`.
pub(crate) fn to_json(findings: &Findings) -> Result<String, Failure> {
    let mut places = Places { findings, lines: HashMap::new() };
    let report = JsonReport {
        version: SCHEMA_VERSION,
        root: findings.root.display().to_string(),
        summary: JsonSummary {
            modules: findings.modules,
            layers: findings.layers,
            errors: findings.number(Severity::Error),
            warnings: findings.number(Severity::Warning),
            hints: findings.number(Severity::Hint),
        },
        findings: findings.all().map(|(path, found)| JsonFinding::new(&mut places, path, found)).collect(),
    };
    serde_json::to_string_pretty(&report).map_err(Failure::wrong)
}

#[derive(Serialize)]
struct JsonReport<'a> {
    version: u32,
    root: String,
    summary: JsonSummary,
    findings: Vec<JsonFinding<'a>>,
}

#[derive(Serialize)]
struct JsonSummary {
    modules: usize,
    layers: usize,
    errors: usize,
    warnings: usize,
    hints: usize,
}

#[derive(Serialize)]
struct JsonFinding<'a> {
    code: &'static str,
    title: &'static str,
    severity: &'static str,
    path: &'a str,
    start: JsonPosition,
    end: JsonPosition,
    message: &'a str,
    help: Option<&'a str>,
    related: Vec<JsonRelated<'a>>,
}

#[derive(Serialize)]
struct JsonRelated<'a> {
    path: &'a str,
    start: JsonPosition,
    end: JsonPosition,
    message: &'a str,
}

/// Line and column count from 1, the column in characters; the offset counts bytes from 0.
#[derive(Debug, PartialEq, Serialize)]
struct JsonPosition {
    line: usize,
    column: usize,
    offset: usize,
}

impl<'a> JsonFinding<'a> {
    fn new(places: &mut Places<'a>, path: &'a Arc<str>, found: &'a Diagnostic) -> JsonFinding<'a> {
        let related = found.related.iter().map(|other| JsonRelated {
            path: &other.path,
            start: places.position(&other.path, other.range.start),
            end: places.position(&other.path, other.range.end),
            message: &other.message,
        });
        let related = related.collect();
        JsonFinding {
            code: found.code.as_str(),
            title: found.code.title(),
            severity: found.severity.as_str(),
            path,
            start: places.position(path, found.range.start),
            end: places.position(path, found.range.end),
            message: &found.message,
            help: found.help.as_deref(),
            related,
        }
    }
}

/// Where offsets are, in texts that are read once.
struct Places<'a> {
    findings: &'a Findings,
    lines: HashMap<&'a str, String>,
}

impl<'a> Places<'a> {
    fn position(&mut self, path: &'a str, offset: usize) -> JsonPosition {
        let findings = self.findings;
        position(self.lines.entry(path).or_insert_with(|| findings.text(path)), offset)
    }
}

fn position(text: &str, offset: usize) -> JsonPosition {
    let mut at = offset.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let before = &text[..at];
    let start = before.rfind('\n').map_or(0, |end| end + 1);
    JsonPosition {
        line: before.matches('\n').count() + 1,
        column: before[start..].chars().count() + 1,
        offset,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_lines_and_characters_from_one_and_bytes_from_zero() {
        let text = "ab\n≥𝕏c\n";
        assert_eq!(position(text, 0), JsonPosition { line: 1, column: 1, offset: 0 });
        assert_eq!(position(text, 10), JsonPosition { line: 2, column: 3, offset: 10 });
        assert_eq!(position(text, 12), JsonPosition { line: 3, column: 1, offset: 12 });
        assert_eq!(position(text, 99), JsonPosition { line: 3, column: 1, offset: 99 });
    }

    #[test]
    fn paths_are_shown_from_the_working_directory_when_that_is_shorter() {
        let shown = |path: &str, from: &str| relative(Path::new(path), Path::new(from)).display().to_string();
        assert_eq!(shown("/w/specs/a.spec", "/w"), "specs/a.spec");
        assert_eq!(shown("/w/specs/a.spec", "/w/specs/util"), "../a.spec");
        assert_eq!(shown("/w/a.spec", "/very/deep/folder"), "/w/a.spec");
    }
}

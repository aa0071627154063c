//! Findings for readers, with the lines they concern.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use codespan_reporting::diagnostic::{Diagnostic as Report, Label, Severity as Level};
use codespan_reporting::files::SimpleFiles;
use codespan_reporting::term::{self, Styles, StylesWriter};
use sysspec_analysis::{Applicability, Fix, Severity};

use super::sources::Sources;
use super::{Findings, Located};
use crate::console::Stream;
use crate::failure::Failure;

/// Shows the findings on a stream.
pub(super) fn show(findings: &Findings, sources: &Sources, stream: Stream) -> Result<(), Failure> {
    let mut quoted = Quoted { sources, files: SimpleFiles::new(), ids: HashMap::new() };
    let reports: Vec<Report<usize>> = findings.all().map(|at| report(&mut quoted, at)).collect();
    let config = term::Config { tab_width: 4, ..term::Config::default() };
    let styles = Styles::default();
    let mut output = StylesWriter::new(stream.coloured(), &styles);
    for report in &reports {
        match term::emit_to_write_style(&mut output, &config, &quoted.files, report) {
            // The reader has gone away.
            Err(codespan_reporting::files::Error::Io(_)) => return Ok(()),
            shown => shown.map_err(Failure::wrong)?,
        }
    }
    Ok(())
}

fn report<'a>(quoted: &mut Quoted<'a>, at: Located<'a>) -> Report<usize> {
    let found = at.found;
    let level = match found.severity {
        Severity::Error => Level::Error,
        Severity::Warning => Level::Warning,
        Severity::Hint => Level::Note,
    };
    let mut labels = vec![quoted.label(at.workspace, at.path, &found.range, Label::primary)];
    for other in &found.related {
        let label = quoted.label(at.workspace, &other.path, &other.range, Label::secondary);
        labels.push(label.with_message(&other.message));
    }
    let help = found.help.iter().map(|help| format!("help: {help}"));
    Report::new(level)
        .with_code(found.code)
        .with_message(&found.message)
        .with_labels(labels)
        .with_notes(help.chain(found.fixes.iter().map(fix)).collect())
}

fn fix(fix: &Fix) -> String {
    match fix.applicability {
        Applicability::Safe => format!("fix: {}", fix.title),
        Applicability::Unsafe => format!("possible fix: {}", fix.title),
    }
}

/// The texts that are quoted, as the renderer wants them.
struct Quoted<'a> {
    sources: &'a Sources,
    files: SimpleFiles<&'a str, &'a str>,
    ids: HashMap<(usize, &'a str), usize>,
}

impl<'a> Quoted<'a> {
    fn label(
        &mut self,
        workspace: usize,
        path: &'a Arc<str>,
        range: &Range<usize>,
        label: impl Fn(usize, Range<usize>) -> Label<usize>,
    ) -> Label<usize> {
        let id = *self.ids.entry((workspace, path)).or_insert_with(|| {
            let source = self.sources.of(workspace, path);
            self.files.add(&source.shown, &source.text)
        });
        label(id, range.clone())
    }
}

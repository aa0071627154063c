//! Findings on the terminal, and for machines.

mod github;
mod human;
mod json;
mod sarif;
mod sources;

use std::path::PathBuf;
use std::sync::Arc;

use sysspec_analysis::obligation::Counts;
use sysspec_analysis::{Analysis, Applicability, Code, Diagnostic, Severity, Suppressed};

use crate::cli::Format;
use crate::console::{self, Stream};
use crate::failure::Failure;
use crate::stats::{self, Stats};
use sources::Sources;

/// What a check found.
pub(crate) struct Findings {
    /// By workspace, in the order they were named.
    pub(crate) workspaces: Vec<WorkspaceFindings>,
    /// Counts and times, when they were asked for.
    pub(crate) stats: Option<Stats>,
}

/// The findings of a workspace, or of a part of it.
pub(crate) struct WorkspaceFindings {
    /// By file, in path order.
    pub(crate) files: Vec<(Arc<str>, Vec<Diagnostic>)>,
    /// Those that their writers let stand, in path order.
    pub(crate) suppressed: Vec<(Arc<str>, Suppressed)>,
    pub(crate) analysis: Analysis,
    /// The folder of the workspace, from the root and without links.
    pub(crate) root: PathBuf,
    pub(crate) modules: usize,
    pub(crate) layers: usize,
    /// What became of the obligations of what was named.
    pub(crate) obligations: Counts,
}

/// A finding, and where it is.
#[derive(Clone, Copy)]
struct Located<'a> {
    /// The position of its workspace.
    workspace: usize,
    path: &'a Arc<str>,
    found: &'a Diagnostic,
}

impl Findings {
    pub(crate) fn retain(&mut self, wanted: impl Fn(&Diagnostic) -> bool) {
        for (_, found) in self.workspaces.iter_mut().flat_map(|workspace| &mut workspace.files) {
            found.retain(&wanted);
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.all().next().is_none()
    }

    pub(crate) fn number(&self, severity: Severity) -> usize {
        self.all().filter(|at| at.found.severity == severity).count()
    }

    fn all(&self) -> impl Iterator<Item = Located<'_>> {
        self.workspaces.iter().enumerate().flat_map(|(workspace, findings)| {
            let files = findings.files.iter();
            files.flat_map(move |(path, found)| {
                found.iter().map(move |found| Located { workspace, path, found })
            })
        })
    }

    /// The findings that their writers let stand, with the reasons.
    fn all_suppressed(&self) -> impl Iterator<Item = (Located<'_>, &str)> {
        self.workspaces.iter().enumerate().flat_map(|(workspace, findings)| {
            findings.suppressed.iter().map(move |(path, suppressed)| {
                let found = &suppressed.finding;
                (Located { workspace, path, found }, suppressed.reason.as_str())
            })
        })
    }

    /// How many findings their writers let stand.
    pub(crate) fn suppressed(&self) -> usize {
        self.workspaces.iter().map(|workspace| workspace.suppressed.len()).sum()
    }

    /// The code of every finding.
    pub(crate) fn codes(&self) -> impl Iterator<Item = Code> {
        self.all().map(|at| at.found.code)
    }

    fn modules(&self) -> usize {
        self.workspaces.iter().map(|workspace| workspace.modules).sum()
    }

    fn layers(&self) -> usize {
        self.workspaces.iter().map(|workspace| workspace.layers).sum()
    }

    fn obligations(&self) -> Counts {
        let mut all = Counts::default();
        self.workspaces.iter().for_each(|workspace| all += workspace.obligations);
        all
    }

    fn files_concerned(&self) -> usize {
        let files = self.workspaces.iter().flat_map(|workspace| &workspace.files);
        files.filter(|(_, found)| !found.is_empty()).count()
    }

    /// How many findings have a fix that may be applied unseen.
    fn fixable(&self) -> usize {
        self.number_with_fix(Applicability::Safe)
    }

    pub(crate) fn number_with_fix(&self, applicability: Applicability) -> usize {
        let has_fix = |found: &Diagnostic| found.fixes.iter().any(|fix| fix.applicability == applicability);
        self.all().filter(|at| has_fix(at.found)).count()
    }

    /// "2 errors, 1 warning".
    pub(crate) fn counts(&self) -> String {
        [(Severity::Error, "error"), (Severity::Warning, "warning"), (Severity::Hint, "hint")]
            .map(|(severity, noun)| (self.number(severity), noun))
            .iter()
            .filter(|(number, _)| *number > 0)
            .map(|(number, noun)| console::count(*number, noun))
            .collect::<Vec<_>>()
            .join(", ")
    }

    /// "73 modules, 7 layers: no findings", "3 modules, 2 layers: 2 errors, 1 warning in 2 files".
    pub(crate) fn summary(&self) -> String {
        let found = match self.is_empty() {
            true => "no findings".to_owned(),
            false => format!("{} in {}", self.counts(), console::count(self.files_concerned(), "file")),
        };
        let workspaces = match self.workspaces.len() {
            1 => String::new(),
            number => format!("{}, ", console::count(number, "workspace")),
        };
        let (modules, layers) = (self.modules(), self.layers());
        format!(
            "{workspaces}{}, {}: {found}",
            console::count(modules, "module"),
            console::count(layers, "layer")
        )
    }

    /// Writes the result to standard output.
    pub(crate) fn print(&self, format: Format) -> Result<(), Failure> {
        match format {
            Format::Human => {
                self.show(Stream::Output)?;
                self.print_summary();
                if let Some(fixable) = self.fixable_by_command() {
                    console::line(format_args!("{fixable}"));
                }
                if let Some(stats) = &self.stats {
                    console::line(format_args!("\n{stats}"));
                }
            }
            Format::Json => console::line(format_args!("{}", json::report(self, &Sources::read(self))?)),
            Format::Sarif => console::line(format_args!("{}", sarif::report(self, &Sources::read(self))?)),
            Format::Github => {
                for command in github::commands(self, &Sources::read(self)) {
                    console::line(format_args!("{command}"));
                }
                self.print_summary();
                if let Some(stats) = &self.stats {
                    console::line(format_args!("{stats}"));
                }
            }
        }
        Ok(())
    }

    /// No findings is not all there is to say where something is not decided.
    fn print_summary(&self) {
        let obligations = self.obligations();
        if obligations.total() > 0 {
            console::line(format_args!("{}", stats::outcomes(&obligations)));
        }
        console::line(format_args!("{}", self.summary()));
    }

    /// Shows the findings with the lines they concern.
    pub(crate) fn show(&self, stream: Stream) -> Result<(), Failure> {
        human::show(self, &Sources::read(self), stream)
    }

    fn fixable_by_command(&self) -> Option<String> {
        let fixable = self.fixable();
        (fixable > 0).then(|| format!("`sysspec fix` can fix {fixable} of them"))
    }
}

/// Whether a fix may be applied unseen, as reports print it.
fn applicability(applicability: Applicability) -> &'static str {
    match applicability {
        Applicability::Safe => "safe",
        Applicability::Unsafe => "unsafe",
    }
}

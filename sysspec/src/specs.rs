//! The specifications that a command works on.

use std::path::{Path, PathBuf};

use sysspec_analysis::{Analysis, Cancelled, Diagnostic, Host, Severity};
use sysspec_toolchain::Border;
use sysspec_toolchain::workspace::{self, Workspace};

use crate::console::{self, Stream};
use crate::failure::Failure;
use crate::findings::{self, Findings};

/// The file name under which generated code includes the border.
const BORDER_HEADER: &str = "specfs_image.h";

/// A workspace that was read from disk.
pub(crate) struct Specs {
    /// Its folder, from the root and without links.
    pub(crate) root: PathBuf,
    /// What was named, relative to the root; empty for all of it.
    pub(crate) below: String,
    analysis: Analysis,
}

impl Specs {
    /// Reads the workspace around `path`: the nearest folder upwards with a manifest, else the folder itself.
    pub(crate) fn read(path: &Path) -> Result<Specs, Failure> {
        let named = path
            .canonicalize()
            .map_err(|error| Failure::wrong_message(format!("cannot read {}: {error}", path.display())))?;
        let folder = if named.is_dir() { named.as_path() } else { named.parent().unwrap_or(&named) };
        let root = workspace::find_root(folder).unwrap_or_else(|| folder.to_owned());
        let texts = workspace::read(&root).map_err(Failure::wrong)?;
        if texts.is_empty() {
            return Err(Failure::wrong(workspace::WorkspaceError::Empty(root)));
        }
        let mut host = Host::new();
        for (path, text) in &texts {
            host.set_file(path, Some(text));
        }
        let below = named.strip_prefix(&root).unwrap_or(Path::new("")).to_string_lossy().into_owned();
        Ok(Specs { root, below, analysis: host.snapshot() })
    }

    /// The findings below what was named.
    pub(crate) fn findings(&self) -> Result<Findings, Failure> {
        let model = self.analysis.model().map_err(cancelled)?;
        let mut files = Vec::new();
        for (path, found) in self.analysis.all_diagnostics().map_err(cancelled)? {
            if Path::new(&*path).starts_with(&self.below) {
                files.push((path, found));
            }
        }
        Ok(Findings {
            files,
            analysis: self.analysis.clone(),
            root: self.root.clone(),
            modules: model.modules.len(),
            layers: model.manifest.layers.len(),
        })
    }

    /// What the toolchain works on.
    pub(crate) fn workspace(&self) -> Result<Workspace, Failure> {
        Ok(Workspace { root: self.root.clone(), model: self.analysis.model().map_err(cancelled)? })
    }

    /// Stops a command that builds on the specifications when they have errors, and shows these.
    pub(crate) fn demand_no_errors(&self, consequence: &str) -> Result<(), Failure> {
        let mut findings = self.findings()?;
        findings.retain(|found: &Diagnostic| found.severity == Severity::Error);
        if findings.is_empty() {
            return Ok(());
        }
        findings::show(&findings, Stream::Errors)?;
        let errors = console::count(findings.number(Severity::Error), "error");
        Err(Failure::failed_message(format!("the specifications have {errors}, shown above; {consequence}")))
    }
}

/// The border between generated code and the host, as the toolchain takes it.
pub(crate) fn border() -> Border {
    Border::new(BORDER_HEADER, specfs_runtime::IMAGE_HEADER, specfs_runtime::IMAGE_GLUE)
}

/// Nobody changes what a command reads, so this does not come up.
fn cancelled(error: Cancelled) -> Failure {
    Failure::failed(error)
}

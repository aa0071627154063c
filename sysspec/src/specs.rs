//! The specifications that a command works on.

use std::borrow::Cow;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sysspec_analysis::obligation::Counts;
use sysspec_analysis::{Analysis, Cancelled, Diagnostic, Host, Severity, nearest};
use sysspec_toolchain::Border;
use sysspec_toolchain::workspace::{self, Workspace, WorkspaceError};

use crate::console::{self, Stream};
use crate::failure::Failure;
use crate::findings::{Findings, WorkspaceFindings};
use crate::patches::{self, LaidPatch};

/// The file name under which generated code includes the border.
const BORDER_HEADER: &str = "specfs_image.h";

/// A workspace that was read from disk.
pub(crate) struct Specs {
    /// Its folder, from the root and without links.
    pub(crate) root: PathBuf,
    /// What was named, relative to the root; the empty path is all of it.
    below: Vec<PathBuf>,
    /// The patches that are laid over it for this call.
    patches: Vec<LaidPatch>,
    /// The files that are not text, relative to the root.
    pub(crate) damaged: Vec<String>,
    host: Host,
}

impl Specs {
    /// Reads the workspace around `path`: the nearest folder upwards with a manifest, else the folder itself.
    pub(crate) fn read(path: &Path) -> Result<Specs, Failure> {
        Specs::read_with(path, &[])
    }

    /// The same with the patches in these folders laid over it, the lowest first.
    pub(crate) fn read_with(path: &Path, patches: &[PathBuf]) -> Result<Specs, Failure> {
        let place = Place::find(path)?;
        Specs::read_workspace(place.root, vec![place.below], patches)
    }

    /// Reads the workspaces around several paths, each once, in the order they are named in, with the patches in these
    /// folders laid over each, the lowest first. Without any, what their manifests enable stays in force.
    pub(crate) fn read_patched(paths: &[PathBuf], patches: &[PathBuf]) -> Result<Vec<Specs>, Failure> {
        let mut workspaces: Vec<(PathBuf, Vec<PathBuf>)> = Vec::new();
        for path in paths {
            let place = Place::find(path)?;
            match workspaces.iter_mut().find(|(root, _)| *root == place.root) {
                Some((_, below)) => below.push(place.below),
                None => workspaces.push((place.root, vec![place.below])),
            }
        }
        workspaces.into_iter().map(|(root, below)| Specs::read_workspace(root, below, patches)).collect()
    }

    fn read_workspace(root: PathBuf, below: Vec<PathBuf>, patches: &[PathBuf]) -> Result<Specs, Failure> {
        let patches = patches::find(&root, patches)?;
        let mut specs = Specs { root, below, patches, damaged: Vec::new(), host: Host::new() };
        if !specs.patches.is_empty() {
            specs.host.set_patches(specs.patches.iter().map(|laid| laid.patch.clone()).collect());
        }
        specs.refresh()?;
        Ok(specs)
    }

    /// Reads anew what is on disk, and says whether anything changed. No snapshot may be held.
    pub(crate) fn refresh(&mut self) -> Result<bool, Failure> {
        let mut files = workspace::read_bytes(&self.root).map_err(Failure::wrong)?;
        if files.is_empty() {
            return Err(Failure::wrong(WorkspaceError::Empty(self.root.clone())));
        }
        for below in &self.below {
            if !files.iter().any(|(path, _)| Path::new(path).starts_with(below)) {
                return Err(nothing_below(&self.root.join(below)));
            }
        }
        for laid in &self.patches {
            files.extend(laid.read()?);
        }
        // A patch inside of the workspace has been read twice.
        files.sort();
        files.dedup_by(|(later, _), (first, _)| later == first);
        let mut has_changed = false;
        let known = self.analysis().files().map_err(cancelled)?;
        for path in known {
            if files.binary_search_by(|(listed, _)| listed.as_str().cmp(&path)).is_err() {
                self.host.set_file(&path, None);
                has_changed = true;
            }
        }
        self.damaged.clear();
        for (path, bytes) in files {
            let text = String::from_utf8_lossy(&bytes);
            if matches!(text, Cow::Owned(_)) {
                self.damaged.push(path.clone());
            }
            has_changed |= self.analysis().text(&path).map_err(cancelled)?.is_none_or(|old| old != *text);
            self.host.set_file(&path, Some(&text));
        }
        Ok(has_changed)
    }

    /// The contents of a file, as read or changed since.
    pub(crate) fn text(&self, path: &str) -> Result<String, Failure> {
        let text = self.analysis().text(path).map_err(cancelled)?;
        Ok(text.map(|text| text.to_string()).unwrap_or_default())
    }

    /// Changes a file in memory. No snapshot may be held.
    pub(crate) fn change(&mut self, path: &str, text: &str) {
        self.host.set_file(path, Some(text));
    }

    /// The folders that were read, from the root and without links.
    pub(crate) fn folders(&self) -> impl Iterator<Item = &Path> {
        let patches = self.patches.iter().map(|laid| laid.folder.as_path());
        [self.root.as_path()].into_iter().chain(patches.filter(|folder| !folder.starts_with(&self.root)))
    }

    /// What is known of the workspace as it was read.
    pub(crate) fn analysis(&self) -> Analysis {
        self.host.snapshot()
    }

    /// What was named, relative to the root; of several, the first.
    pub(crate) fn below(&self) -> &Path {
        self.below.first().map_or(Path::new(""), PathBuf::as_path)
    }

    /// Whether a file lies below what was named.
    pub(crate) fn is_named(&self, path: &str) -> bool {
        let is_below = |folder: &Path| Path::new(path).starts_with(folder);
        let is_patch = self.patches.iter().any(|laid| is_below(Path::new(&laid.patch.folder)));
        is_patch || self.below.iter().any(|below| is_below(below))
    }

    /// The findings below what was named.
    pub(crate) fn findings(&self) -> Result<WorkspaceFindings, Failure> {
        let analysis = self.analysis();
        analysis.prepare().map_err(cancelled)?;
        let named: Vec<Arc<str>> =
            analysis.files().map_err(cancelled)?.into_iter().filter(|path| self.is_named(path)).collect();
        sysspec_solver::answer(&analysis, &named, sysspec_solver::LIMIT).map_err(cancelled)?;
        let mut files = analysis.all_diagnostics().map_err(cancelled)?;
        let extent = analysis.extent().map_err(cancelled)?;
        files.retain(|(path, _)| self.is_named(path));
        let mut suppressed = Vec::new();
        let mut obligations = Counts::default();
        for (path, _) in &files {
            obligations += analysis.counts(path).map_err(cancelled)?;
            let found = analysis.suppressed(path).map_err(cancelled)?;
            suppressed.extend(found.into_iter().map(|found| (path.clone(), found)));
        }
        Ok(WorkspaceFindings {
            files,
            suppressed,
            analysis,
            root: self.root.clone(),
            modules: extent.modules,
            layers: extent.layers,
            obligations,
        })
    }

    /// What the toolchain works on.
    pub(crate) fn workspace(&self) -> Result<Workspace, Failure> {
        Workspace::new(self.root.clone(), self.analysis()).map_err(cancelled)
    }

    /// Stops a command that builds on the specifications when they have errors, and shows these.
    pub(crate) fn demand_no_errors(&self, consequence: &str) -> Result<(), Failure> {
        let mut found = self.findings()?;
        // What is built is the base: a patch in the making does not stand in its way.
        let patches = self.analysis().patches().map_err(cancelled)?;
        let is_of_patch = |path: &str| patches.iter().any(|patch| Path::new(path).starts_with(&patch.folder));
        found.files.retain(|(path, _)| !is_of_patch(path));
        let mut findings = Findings { workspaces: vec![found], stats: None };
        findings.retain(|found: &Diagnostic| found.severity == Severity::Error);
        if findings.is_empty() {
            return Ok(());
        }
        findings.show(Stream::Errors)?;
        let errors = console::count(findings.number(Severity::Error), "error");
        Err(Failure::failed_message(format!("the specifications have {errors}, shown above; {consequence}")))
    }
}

/// A path that was named, and the workspace around it.
struct Place {
    root: PathBuf,
    /// Relative to the root.
    below: PathBuf,
}

impl Place {
    fn find(path: &Path) -> Result<Place, Failure> {
        let named = path.canonicalize().map_err(|error| unreadable(path, &error))?;
        let folder = if named.is_dir() { named.as_path() } else { named.parent().unwrap_or(&named) };
        let root = workspace::find_root(folder).unwrap_or_else(|| folder.to_owned());
        let below = named.strip_prefix(&root).unwrap_or(Path::new("")).to_owned();
        Ok(Place { root, below })
    }
}

/// Why a path that was named cannot be read, and what may have been meant.
fn unreadable(path: &Path, error: &io::Error) -> Failure {
    let shown = path.display();
    if error.kind() != io::ErrorKind::NotFound {
        return Failure::wrong_message(format!("cannot read {shown}: {error}"));
    }
    let what = match meant(path) {
        Some(meant) => format!("did you mean {}?", meant.display()),
        None => "name a workspace, or a folder or file of specifications in one".to_owned(),
    };
    Failure::wrong_message(format!("there is no {shown}; {what}"))
}

/// What lies beside a path that does not exist and is called nearly so.
fn meant(path: &Path) -> Option<PathBuf> {
    let folder = path.parent()?;
    let wanted = path.file_name()?.to_str()?;
    let look = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let entries =
        std::fs::read_dir(look).ok()?.flatten().filter_map(|entry| entry.file_name().into_string().ok());
    let names: Vec<String> = entries.filter(|name| !name.starts_with('.')).collect();
    let extended = |name: &&str| Path::new(name).file_stem().is_some_and(|stem| stem == wanted);
    let like = names.iter().map(String::as_str).find(extended);
    Some(folder.join(like.or_else(|| nearest(wanted, names.iter().map(String::as_str)))?))
}

fn nothing_below(path: &Path) -> Failure {
    let shown = path.display();
    Failure::wrong_message(match path.is_dir() {
        true => format!("{shown} holds no specification: no .spec, .header or .patch file that is read"),
        false => format!("{shown} is no specification: no .spec, .header or .patch file that is read"),
    })
}

/// The border between generated code and the host, as the toolchain takes it.
pub(crate) fn border() -> Border {
    Border::new(BORDER_HEADER, specfs_runtime::IMAGE_HEADER, specfs_runtime::IMAGE_GLUE)
}

/// Nobody changes what a command reads, so this does not come up.
pub(crate) fn cancelled(error: Cancelled) -> Failure {
    Failure::failed(error)
}

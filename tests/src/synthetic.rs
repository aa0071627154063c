//! Synthetic specification workspaces of any size, for tests and benches.
//!
//! A workspace is made in two steps: [`plan`] decides what there is (layers, structs, functions, who relies
//! on whom), [`text`] and [`module`] write it down the way people write specifications. All chance comes from the seed:
//! the same [`Synthetic`] gives the same bytes. What comes out has no findings.

mod module;
mod plan;
mod text;
mod words;

use std::path::Path;

use anyhow::{Context, Result};

/// What a workspace is to be like.
#[derive(Clone, Debug)]
pub struct Synthetic {
    /// The number of modules, at least 50.
    pub modules: usize,
    /// The number of layers, each with a header.
    pub layers: usize,
    /// The number of structs in `common.header`, the topics of the modules.
    pub structs: usize,
    /// How many modules rely on the hub.
    pub dependents: usize,
    /// How many patches there are, all of them enabled. Each brings a new leaf and a new root in the place of a module.
    pub patches: usize,
    /// What decides everything that is left to chance.
    pub seed: u64,
}

impl Synthetic {
    /// A workspace of `modules` modules in proportions that are usual at this size.
    pub fn new(modules: usize, seed: u64) -> Self {
        Self {
            modules,
            layers: (modules / 100).clamp(4, 24),
            structs: (modules / 25).clamp(4, 200),
            dependents: (modules / 4).min(100),
            patches: 0,
            seed,
        }
    }

    /// Makes the files.
    ///
    /// # Errors
    /// When the numbers do not allow a workspace.
    pub fn generate(&self) -> Result<Generated> {
        let plan = plan::Plan::new(self)?;
        Ok(text::write(&plan, self.seed))
    }

    /// Makes the files and writes them into a folder, which is made when it is not there.
    ///
    /// # Errors
    /// When the numbers do not allow a workspace, or a file cannot be written.
    pub fn write(&self, folder: &Path) -> Result<Generated> {
        let generated = self.generate()?;
        for (path, text) in &generated.files {
            let path = folder.join(path);
            if let Some(parent) = path.parent() {
                std::fs::create_dir_all(parent)
                    .with_context(|| format!("cannot create {}", parent.display()))?;
            }
            std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
        }
        Ok(generated)
    }
}

/// The files of a workspace, and where to find what a bench wants to edit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Generated {
    /// Path, relative to the workspace, and text of every file, in path order.
    pub files: Vec<(String, String)>,
    /// The function that a known number of modules relies on.
    pub hub: Hub,
}

/// The function that a known number of modules relies on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hub {
    /// The function.
    pub name: String,
    /// The file of its module.
    pub path: String,
    /// The file of its layer's header, which declares it.
    pub header: String,
    /// The files of the modules that rely on it, in path order.
    pub dependents: Vec<String>,
}

impl Generated {
    /// The text of a file; empty when there is no such file.
    pub fn text(&self, path: &str) -> &str {
        let found = self.files.binary_search_by(|(at, _)| at.as_str().cmp(path));
        found.map_or("", |at| self.files[at].1.as_str())
    }
}

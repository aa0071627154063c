//! Questions about many files at once, which all cores answer together.

use std::sync::Arc;

use rayon::iter::{IntoParallelIterator, ParallelIterator};

use crate::index;
use crate::source::{self, FileKind};
use crate::workspace::layout;
use crate::{Analysis, Cancellable, Diagnostic};

/// How large a workspace is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Extent {
    /// The modules of the base.
    pub modules: usize,
    /// The layers.
    pub layers: usize,
}

impl Analysis {
    /// Reads every file that has not been read yet.
    ///
    /// Whatever is asked first needs to know who declares what, and would otherwise read all files one by one.
    pub fn prepare(&self) -> Cancellable<()> {
        let one = |snapshot: &mut Self, number| {
            snapshot.read(|db, workspace| index::read_shard(db, workspace, number))
        };
        let shards = self.read(|db, workspace| index::shards(db, workspace))?;
        (0..shards).into_par_iter().map_with(self.clone(), one).collect()
    }

    /// The findings of every file, in path order. Files without findings are listed too.
    pub fn all_diagnostics(&self) -> Cancellable<Vec<(Arc<str>, Vec<Diagnostic>)>> {
        self.prepare()?;
        self.diagnostics_of(self.files()?)
    }

    /// The findings of some files, in their order.
    pub fn diagnostics_of(&self, paths: Vec<Arc<str>>) -> Cancellable<Vec<(Arc<str>, Vec<Diagnostic>)>> {
        let one = |snapshot: &mut Self, path: Arc<str>| {
            let found = snapshot.diagnostics(&path)?;
            Ok((path, found))
        };
        paths.into_par_iter().map_with(self.clone(), one).collect()
    }

    /// The files whose findings are likeliest to change when this one does, in path order: those that declare or
    /// guarantee what it names, and those that rely on what it gives.
    ///
    /// This tells what to look at first, not what may be left out: a change may concern any file.
    pub fn neighbours(&self, path: &str) -> Cancellable<Vec<Arc<str>>> {
        let found = self.on_file(path, |db, _, file| {
            let is_read = matches!(source::kind(path), FileKind::Spec | FileKind::Header);
            let files = if is_read { index::neighbours(db, file) } else { Default::default() };
            let mut paths: Vec<Arc<str>> = files.into_iter().map(|file| file.path(db).clone()).collect();
            paths.sort_unstable();
            paths
        })?;
        Ok(found.unwrap_or_default())
    }

    /// How large the workspace is.
    pub fn extent(&self) -> Cancellable<Extent> {
        self.read(|db, _| Extent {
            modules: index::modules(db).len(),
            layers: layout(db).manifest.layers.len(),
        })
    }
}

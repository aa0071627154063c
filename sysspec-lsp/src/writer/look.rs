//! One look for the findings of a root: on a snapshot, cancelled by the next change.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use sysspec_analysis::Cancellable;
use tokio::sync::mpsc::UnboundedSender;

use super::proofs::Asking;
use crate::publisher::{Findings, News};
use crate::reads::View;

/// How many files one thread looks at as fast as several, which have to be woken up, and keep others from the cores.
const FEW: usize = 24;

/// What the analysis finds in one file.
type Found = Vec<sysspec_analysis::Diagnostic>;

/// The neighbours of edited files as they were when these were looked at last: who relied on a name that is gone is
/// no neighbour any more, but has to be looked at.
pub(super) type Neighbours = Arc<Mutex<HashMap<String, Vec<Arc<str>>>>>;

pub(super) struct Look {
    pub(super) view: View,
    /// What was edited.
    pub(super) first: Vec<String>,
    /// Whether what was edited has been looked at already.
    pub(super) has_begun: bool,
    /// Whether it goes through all files, or through the first and their neighbours only.
    pub(super) everywhere: bool,
    pub(super) generation: u64,
    pub(super) news: UnboundedSender<News>,
    /// Set when it has come to its end.
    pub(super) ended: Arc<AtomicBool>,
    /// Set when all files were looked at.
    pub(super) swept: Arc<AtomicBool>,
    pub(super) neighbours: Neighbours,
    pub(super) asking: Asking,
}

impl Look {
    /// What was edited comes first, so that its findings need not wait for those of all others; then the other open
    /// documents of a sweep, or the neighbours of what was edited.
    ///
    /// Everything is sent while the snapshot lives, and nothing changes before it is dropped: so findings arrive
    /// in the order of the changes.
    pub(super) fn run(self) -> Cancellable<()> {
        if self.everywhere {
            unless_it_panics(|| self.view.analysis.prepare())?;
        }
        if !self.has_begun {
            self.begin()?;
        }
        if self.everywhere {
            if self.swept.load(Ordering::Acquire) {
                self.settle_edited()?;
            }
            for path in self.view.place.open.keys().filter(|path| !self.first.contains(path)) {
                self.look_at(path)?;
            }
            self.look_at_all()?;
            self.ended.store(true, Ordering::Release);
            self.settle_all()
        } else {
            self.first.iter().for_each(|path| self.outdate(path));
            self.look_at_neighbours()?;
            self.ended.store(true, Ordering::Release);
            Ok(())
        }
    }

    /// Settles what was edited and its neighbours, before all others.
    fn settle_edited(&self) -> Cancellable<()> {
        let mut paths: Vec<Arc<str>> = self.first.iter().map(|path| Arc::from(path.as_str())).collect();
        for path in &self.first {
            paths.extend(unless_it_panics(|| self.view.analysis.neighbours(path))?.unwrap_or_default());
        }
        self.settle(paths, true)
    }

    /// Looks at what was edited.
    pub(super) fn begin(&self) -> Cancellable<()> {
        self.first.iter().try_for_each(|path| self.look_at(path))
    }

    pub(super) fn look_at(&self, path: &str) -> Cancellable<()> {
        match unless_it_panics(|| self.view.analysis.diagnostics(path))? {
            Some(found) => self.send(path, found),
            None => Ok(()),
        }
    }

    fn look_at_neighbours(&self) -> Cancellable<()> {
        let mut paths = BTreeSet::new();
        for path in &self.first {
            paths.extend(self.earlier_neighbours(path));
            paths.extend(unless_it_panics(|| self.view.analysis.neighbours(path))?.unwrap_or_default());
        }
        for (path, found) in self.findings(paths.iter().cloned().collect())? {
            if let Some(found) = found {
                self.send(&path, found)?;
            }
        }
        self.keep_neighbours()
    }

    fn look_at_all(&self) -> Cancellable<()> {
        let mut said = HashSet::new();
        for (path, found) in self.findings(self.view.analysis.files()?)? {
            // Of a closed file without findings there is nothing to say but that there is nothing any more, and of
            // one in which the analysis fails, what was found before still stands.
            if found.as_ref().is_none_or(|found| !found.is_empty())
                || self.view.place.open.contains_key(&*path)
            {
                if let Some(found) = found {
                    self.send(&path, found)?;
                }
                said.insert(path);
            }
        }
        self.keep_neighbours()?;
        self.swept.store(true, Ordering::Release);
        let root = self.view.place.folder.clone();
        let _ = self.news.send(News::Complete { root, said, generation: self.generation });
        Ok(())
    }

    /// The findings of some files; none of a file in which the analysis fails, so that the others are still seen.
    fn findings(&self, paths: Vec<Arc<str>>) -> Cancellable<Vec<(Arc<str>, Option<Found>)>> {
        let analysis = &self.view.analysis;
        if paths.len() > FEW
            && let Some(all) = unless_it_panics(|| analysis.diagnostics_of(paths.clone()))?
        {
            return Ok(all.into_iter().map(|(path, found)| (path, Some(found))).collect());
        }
        let one = |path: Arc<str>| {
            let found = unless_it_panics(|| analysis.diagnostics(&path))?;
            Ok((path, found))
        };
        paths.into_iter().map(one).collect()
    }

    fn earlier_neighbours(&self, path: &str) -> Vec<Arc<str>> {
        let kept = self.neighbours.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(path).cloned().unwrap_or_default()
    }

    /// Not before they have all been looked at: a look that is cancelled leaves them to the next.
    fn keep_neighbours(&self) -> Cancellable<()> {
        for path in &self.first {
            let Some(found) = unless_it_panics(|| self.view.analysis.neighbours(path))? else { continue };
            let mut kept = self.neighbours.lock().unwrap_or_else(PoisonError::into_inner);
            kept.insert(path.clone(), found);
        }
        Ok(())
    }

    fn send(&self, path: &str, found: Found) -> Cancellable<()> {
        let Some(uri) = self.view.place.uri(path) else { return Ok(()) };
        let diagnostics = self.view.diagnostics(path, found)?;
        let findings = Findings {
            uri,
            version: self.view.place.version(path),
            generation: self.generation,
            diagnostics,
        };
        let _ = self.news.send(News::File((self.view.place.folder.clone(), path.into()), findings));
        Ok(())
    }
}

/// What the analysis says, or nothing when it panics; where, stderr has said already.
pub(super) fn unless_it_panics<T>(ask: impl FnOnce() -> Cancellable<T>) -> Cancellable<Option<T>> {
    catch_unwind(AssertUnwindSafe(ask)).map_or(Ok(None), |answer| answer.map(Some))
}

//! What the solver is asked, and when its answers are shown.
//!
//! Findings that need no solver never wait for one. When they are out, and nobody types, the verdicts that are known
//! already are taken in, and what is not is asked; answers make a look of their own.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::Sender;
use std::thread;
use std::time::Duration;

use sysspec_analysis::Cancellable;
use sysspec_analysis::obligation::Question;
use sysspec_analysis::obligation::QuestionId;
use sysspec_solver::{Order, Prover};
use tokio::sync::mpsc::UnboundedSender;

use super::look::{Look, unless_it_panics};
use super::{Message, Root, Writer};
use crate::publisher::News;
use crate::reads::View;
use crate::status::{Standing, Status};

/// How many modules of a sweep wait for the solver at a time: their questions take more memory than their texts.
const AT_A_TIME: usize = 200;

/// How long the solver begins nothing after an edit: somebody types.
pub(super) const REST: Duration = Duration::from_millis(300);

/// How many threads the solver has: it is to leave some for whoever types.
pub(super) fn threads() -> usize {
    thread::available_parallelism().map_or(1, |cores| cores.get() / 2).max(1)
}

/// How the proofs of a root stand.
#[derive(Default)]
pub(super) struct Proofs {
    /// The modules whose answers are there and have not been shown.
    decided: BTreeSet<Arc<str>>,
    queue: Queue,
}

/// What a sweep has asked and has still to ask.
#[derive(Clone, Default)]
struct Queue {
    /// How many modules of a sweep wait for the solver.
    waiting: Arc<AtomicUsize>,
    /// Whether others have to be asked when these are done.
    has_more: Arc<AtomicBool>,
}

/// What a look needs to ask.
pub(super) struct Asking {
    prover: Option<Arc<Prover>>,
    messages: Sender<Message>,
    statuses: UnboundedSender<Standing>,
    queue: Queue,
}

impl Writer {
    pub(super) fn asking(&self, root: &Root) -> Asking {
        Asking {
            prover: self.prover.clone(),
            messages: self.surroundings.messages.clone(),
            statuses: self.surroundings.statuses.clone(),
            queue: root.proofs.queue.clone(),
        }
    }

    pub(super) fn take_decided(&mut self, folder: &Arc<PathBuf>, path: Arc<str>) {
        if let Some(root) = self.roots.iter_mut().find(|root| root.folder == *folder) {
            root.proofs.decided.insert(path);
        }
    }

    /// Starts a look at the modules whose answers have come.
    pub(super) fn look_at_decided(&mut self) {
        for at in 0..self.roots.len() {
            let decided = std::mem::take(&mut self.roots[at].proofs.decided);
            if decided.is_empty() || self.roots[at].is_first_loading() {
                continue;
            }
            self.generation += 1;
            let (place, root) = (self.place(&self.roots[at]), &self.roots[at]);
            let look = Look {
                view: View {
                    analysis: root.host.snapshot(),
                    place,
                    path: "".into(),
                    abilities: self.abilities,
                },
                first: Vec::new(),
                has_begun: false,
                everywhere: false,
                generation: self.generation,
                news: self.surroundings.news.clone(),
                ended: Arc::default(),
                swept: root.swept.clone(),
                neighbours: root.neighbours.clone(),
                asking: self.asking(root),
            };
            let messages = self.surroundings.messages.clone();
            self.surroundings.runtime.spawn_blocking(move || {
                if look.show_decided(&decided).is_err() {
                    // A change has ended it: the answers are shown after the look that the change has started.
                    let root = look.view.place.folder.clone();
                    for path in decided {
                        let _ = messages.send(Message::Decided { root: root.clone(), path });
                    }
                }
            });
        }
    }
}

impl Look {
    /// Shows what the solver has answered, and, when all that was asked is answered, asks what is left of a sweep.
    fn show_decided(&self, decided: &BTreeSet<Arc<str>>) -> Cancellable<()> {
        self.settle(decided.iter().cloned().collect(), false)?;
        let queue = &self.asking.queue;
        if queue.waiting.load(Ordering::Acquire) == 0 && queue.has_more.swap(false, Ordering::AcqRel) {
            self.settle_all()?;
        }
        // Whoever asks for findings is told that there are some.
        let _ = self.news.send(News::Settled);
        Ok(())
    }

    /// Settles every module, the open ones first.
    pub(super) fn settle_all(&self) -> Cancellable<()> {
        let mut paths: Vec<Arc<str>> = self.view.analysis.files()?;
        paths.sort_by_key(|path| !self.view.place.open.contains_key(&**path));
        self.settle(paths, false)
    }

    /// Takes the verdicts that are there into the findings of some files, and asks for the others.
    pub(super) fn settle(&self, paths: Vec<Arc<str>>, is_urgent: bool) -> Cancellable<()> {
        if is_urgent {
            paths.iter().for_each(|path| self.outdate(path));
        }
        for path in paths {
            let analysis = &self.view.analysis;
            let Some(settlement) = unless_it_panics(|| analysis.settle(&path))? else { continue };
            if settlement.concerns_findings {
                self.look_at(&path)?;
            }
            if settlement.counts.total() > 0 && self.view.abilities.module_status {
                self.tell(&path, settlement.counts);
            }
            if !settlement.open.is_empty() && !self.ask(path, settlement.open, is_urgent) {
                self.asking.queue.has_more.store(true, Ordering::Release);
                return Ok(());
            }
        }
        Ok(())
    }

    pub(super) fn outdate(&self, path: &str) {
        if !self.view.abilities.module_status {
            return;
        }

        let Some(uri) = self.view.place.uri(path) else { return };
        let _ = self.asking.statuses.send(Standing::Outdated(uri, self.view.place.version(path)));
    }

    fn tell(&self, path: &str, counts: sysspec_analysis::obligation::Counts) {
        let Some(uri) = self.view.place.uri(path) else { return };
        let status = Status::new(uri, self.view.place.version(path), counts);
        let _ = self.asking.statuses.send(Standing::Known(Box::new(status)));
    }

    /// Asks the solver; gives false when too many modules wait for it already.
    fn ask(&self, path: Arc<str>, questions: Vec<(QuestionId, Question)>, is_urgent: bool) -> bool {
        let Some(prover) = &self.asking.prover else { return true };
        let waiting = &self.asking.queue.waiting;
        if !is_urgent && waiting.load(Ordering::Acquire) >= AT_A_TIME {
            return false;
        }
        let root = self.view.place.folder.clone();
        let turn = Turn::new(waiting);
        let messages = self.asking.messages.clone();
        prover.ask(Order {
            about: format!("{}\n{path}", root.display()),
            is_urgent,
            questions,
            verdicts: self.view.analysis.verdicts().clone(),
            done: Box::new(move || {
                drop(turn);
                // Without a writer nobody is left to be told.
                let _ = messages.send(Message::Decided { root, path });
            }),
        });
        true
    }
}

/// One of those that wait, until it goes: answered, or replaced by another.
struct Turn(Arc<AtomicUsize>);

impl Turn {
    fn new(waiting: &Arc<AtomicUsize>) -> Turn {
        waiting.fetch_add(1, Ordering::AcqRel);
        Turn(waiting.clone())
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

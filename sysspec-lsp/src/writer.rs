//! The one thread that changes anything.
//!
//! It owns the analysis of every root and the text of every open document, takes messages in their
//! order, and starts what reads: requests on a snapshot of the moment they were taken, and, whenever the
//! queue is empty, a look for findings in the roots that changed. That look is at what was edited and its neighbours
//! only. When no message has come for a moment, a sweep goes through all files of the root, so that nobody keeps
//! findings that a change elsewhere has made stale.

mod look;
mod proofs;
mod recovery;
mod survey;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::Duration;

use ropey::Rope;
use sysspec_analysis::{Cancellable, Cancelled, Canceller, Host};
use sysspec_solver::Prover;
use tokio::runtime::Handle;
use tokio::sync::mpsc::UnboundedSender;
use tower_lsp_server::ls_types::{TextDocumentContentChangeEvent, Uri};

use crate::abilities::Abilities;
use crate::edit::Edit;
use crate::interrupt::Interrupt;
use crate::publisher::News;
use crate::reads::{Place, View};
use crate::roots::{self, Extent};
use crate::status::Standing;

use look::{Look, Neighbours};
use proofs::Proofs;
pub(crate) use survey::Survey;

/// How long nothing must have come before a sweep begins: between two keystrokes there should be none.
const QUIET: Duration = Duration::from_millis(100);

/// How many tasks the findings of a file pass on their way to the client: what makes a notification of them, what
/// forwards it, and what writes it.
const STEPS_TO_SEND: usize = 3;

/// What the writer is told.
pub(crate) enum Message {
    /// The client's abilities and folders; the first message.
    Start {
        abilities: Abilities,
        folders: Vec<PathBuf>,
    },
    /// The client's folders changed.
    Folders {
        added: Vec<PathBuf>,
        removed: Vec<PathBuf>,
    },
    /// The roots of the client's folders, which were looked for on disk.
    Discovered(Vec<PathBuf>),
    /// The sources of a root, which were read from disk.
    Loaded {
        root: Arc<PathBuf>,
        texts: Result<Vec<(String, String)>, String>,
    },
    /// The sources of a root have all been looked into for the first time.
    Prepared {
        root: Arc<PathBuf>,
    },
    Open {
        uri: Uri,
        language: String,
        version: i32,
        text: String,
    },
    Change {
        uri: Uri,
        version: i32,
        changes: Vec<TextDocumentContentChangeEvent>,
    },
    Close {
        uri: Uri,
    },
    /// Files changed on disk.
    Disk(Vec<PathBuf>),
    /// The solver has answered all that was asked for a module.
    Decided {
        root: Arc<PathBuf>,
        path: Arc<str>,
    },
    /// A request about a document.
    Read(Question),
    /// A request about all roots.
    Survey(Box<dyn Survey>),
    /// Asks for the open documents below a folder that differ from what is on disk.
    Unsaved {
        folder: PathBuf,
        answer: tokio::sync::oneshot::Sender<Vec<PathBuf>>,
    },
}

/// A request about a document, to be answered from a snapshot.
pub(crate) struct Question {
    pub(crate) uri: Uri,
    /// The document's version when the request was taken first.
    pub(crate) asked_of: Option<i32>,
    pub(crate) inquiry: Box<dyn Inquiry>,
}

/// What a request asks.
pub(crate) trait Inquiry: Send {
    /// Asks the snapshot, or `None` when nothing is known of the document, and answers; gives false, and does not
    /// answer, when a change interrupted it.
    fn attempt(&mut self, view: Option<View>) -> bool;

    /// Answers that the document has changed since.
    fn answer_modified(&mut self);
}

/// How the writer reaches the rest.
pub(crate) struct Surroundings {
    pub(crate) runtime: Handle,
    pub(crate) messages: Sender<Message>,
    pub(crate) news: UnboundedSender<News>,
    pub(crate) statuses: UnboundedSender<Standing>,
    /// How others end what the writer answers itself.
    pub(crate) interrupt: Interrupt,
    /// Tells the user of something that went wrong.
    pub(crate) complain: Box<dyn Fn(String) + Send>,
}

pub(crate) struct Writer {
    surroundings: Surroundings,
    abilities: Abilities,
    folders: Vec<PathBuf>,
    roots: Vec<Root>,
    documents: HashMap<Uri, Document>,
    generation: u64,
    /// How many messages had been sent when the queue was looked into last, if it was empty then.
    seen: Option<u64>,
    /// Whether the folders have been looked through for roots.
    discovered: bool,
    /// Requests about files that belonged to no root, before all roots were known.
    early: Vec<Question>,
    /// Requests about all roots that came before those were read for the first time.
    surveys: Vec<Box<dyn Survey>>,
    /// `None` when no thread could be started for it: then nothing is decided, and every obligation stays open.
    prover: Option<Arc<Prover>>,
}

struct Root {
    folder: Arc<PathBuf>,
    extent: Extent,
    /// Whether it belongs to the client's folders; otherwise it lasts as long as an open document in it.
    lasting: bool,
    host: Host,
    loading: Loading,
    on_disk: BTreeSet<String>,
    /// Requests that came before it was read for the first time.
    waiting: Vec<Question>,
    /// Whether something changed since the last look for findings was started.
    changed: bool,
    /// Whether something changed since the last sweep was started.
    unswept: bool,
    /// Whether all files were looked at since they were read from disk; until then every look is a sweep.
    swept: Arc<AtomicBool>,
    /// The files to look at first.
    edited: Vec<String>,
    /// Whether one of them was opened since the last look was started.
    opened: bool,
    /// The look that was started last, and whether it came to its end.
    look: Arc<AtomicBool>,
    neighbours: Neighbours,
    proofs: Proofs,
}

#[derive(Clone, Copy, PartialEq)]
enum Loading {
    Never,
    /// For the first time, or again; `anew` when the disk changed meanwhile.
    Running {
        first: bool,
        anew: bool,
    },
    Done,
}

struct Document {
    path: PathBuf,
    version: i32,
    text: Rope,
}

impl Writer {
    pub(crate) fn new(surroundings: Surroundings) -> Writer {
        let prover = match Prover::new(proofs::threads(), sysspec_solver::LIMIT) {
            Ok(prover) => Some(Arc::new(prover)),
            Err(error) => {
                (surroundings.complain)(format!("no obligation can be decided: {error}"));
                None
            }
        };
        Writer {
            prover,
            surroundings,
            abilities: Abilities::default(),
            folders: Vec::new(),
            roots: Vec::new(),
            documents: HashMap::new(),
            generation: 0,
            seen: None,
            discovered: false,
            early: Vec::new(),
            surveys: Vec::new(),
        }
    }

    /// Takes messages until nobody can send any more.
    pub(crate) fn run(mut self, messages: &Receiver<Message>) {
        loop {
            match self.next(messages) {
                Ok(first) => {
                    let mut next = Some(first);
                    while let Some(message) = next {
                        next = self.peek(messages);
                        self.take_safely(message);
                        next = next.or_else(|| self.peek(messages));
                    }
                    self.look_for_findings();
                    self.look_at_decided();
                }
                Err(RecvTimeoutError::Timeout) => self.sweep(),
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    fn next(&self, messages: &Receiver<Message>) -> Result<Message, RecvTimeoutError> {
        if self.roots.iter().any(Root::is_sweep_due) {
            return messages.recv_timeout(QUIET);
        }
        messages.recv().map_err(RecvTimeoutError::from)
    }

    /// The next message, if there is one.
    fn peek(&mut self, messages: &Receiver<Message>) -> Option<Message> {
        let sent = self.surroundings.interrupt.sent();
        let next = messages.try_recv().ok();
        self.seen = next.is_none().then_some(sent);
        next
    }

    /// Lets the writer answer by itself, as long as no message waits or comes. `None` when it did not.
    fn at_once<T>(&self, canceller: Canceller, answer: impl FnOnce() -> Cancellable<T>) -> Option<T> {
        let answer = || catch_unwind(AssertUnwindSafe(answer));
        let answer = self.surroundings.interrupt.unless_sent(self.seen?, canceller, answer)?;
        // What panics is tried again on a thread of the pool, and fails there alone.
        answer.ok()?.ok()
    }

    fn take(&mut self, message: Message) {
        match message {
            Message::Start { abilities, folders } => {
                self.abilities = abilities;
                self.folders = folders;
                self.discover();
            }
            Message::Folders { added, removed } => {
                self.folders.retain(|folder| !removed.contains(folder));
                self.folders.extend(added);
                self.discover();
            }
            Message::Discovered(folders) => self.take_roots(folders),
            Message::Loaded { root, texts } => self.take_texts(&root, texts),
            Message::Prepared { root } => self.take_up(&root),
            Message::Open { uri, language, version, text } => self.open(uri, &language, version, &text),
            Message::Change { uri, version, changes } => self.change(&uri, version, changes),
            Message::Close { uri } => self.close(&uri),
            Message::Disk(paths) => self.take_disk_change(&paths),
            Message::Decided { root, path } => self.take_decided(&root, path),
            Message::Read(question) => self.read(question),
            Message::Survey(survey) => self.survey(survey),
            Message::Unsaved { folder, answer } => {
                // The asker may have given up.
                let _ = answer.send(self.unsaved(&folder));
            }
        }
    }

    // Roots.

    fn discover(&self) {
        let (folders, messages) = (self.folders.clone(), self.surroundings.messages.clone());
        self.surroundings.runtime.spawn_blocking(move || {
            // The writer may have ended meanwhile.
            let _ = messages.send(Message::Discovered(roots::discover(&folders)));
        });
    }

    fn take_roots(&mut self, folders: Vec<PathBuf>) {
        for root in &mut self.roots {
            root.lasting = folders.contains(&root.folder);
        }
        for folder in folders {
            match self.roots.iter_mut().find(|root| *root.folder == folder) {
                Some(root) => root.extent = Extent::Workspace,
                None => self.roots.push(Root::new(folder, Extent::Workspace, true)),
            }
        }
        self.drop_unused_roots();
        // Documents may have moved to another root: every root is filled anew.
        let uris: Vec<Uri> = self.documents.keys().cloned().collect();
        for uri in uris {
            self.house(&uri);
        }
        for at in 0..self.roots.len() {
            self.load(at);
        }
        self.discovered = true;
        for question in std::mem::take(&mut self.early) {
            self.read(question);
        }
        self.take_up_surveys();
    }

    fn drop_unused_roots(&mut self) {
        let (documents, homes) = (&self.documents, self.homes());
        let is_used =
            |root: &Root| documents.values().any(|document| homes.is_home(&root.folder, &document.path));
        let (kept, dropped): (Vec<Root>, Vec<Root>) =
            std::mem::take(&mut self.roots).into_iter().partition(|root| root.lasting || is_used(root));
        self.roots = kept;
        for mut root in dropped {
            for mut question in root.waiting.drain(..) {
                question.inquiry.attempt(None);
            }
            self.generation += 1;
            self.tell(News::Closed { root: root.folder, generation: self.generation });
        }
    }

    /// Reads the sources of a root in the background.
    fn load(&mut self, at: usize) {
        let root = &mut self.roots[at];
        root.loading = match root.loading {
            Loading::Running { first, .. } => {
                root.loading = Loading::Running { first, anew: true };
                return;
            }
            Loading::Never => Loading::Running { first: true, anew: false },
            Loading::Done => Loading::Running { first: false, anew: false },
        };
        let (folder, extent) = (root.folder.clone(), root.extent);
        let messages = self.surroundings.messages.clone();
        self.surroundings.runtime.spawn_blocking(move || {
            let texts = roots::read(&folder, extent);
            let _ = messages.send(Message::Loaded { root: folder, texts });
        });
    }

    fn take_texts(&mut self, folder: &Arc<PathBuf>, texts: Result<Vec<(String, String)>, String>) {
        let Some(at) = self.roots.iter().position(|root| root.folder == *folder) else { return };
        match texts {
            Ok(texts) => self.fill(at, texts),
            Err(error) => (self.surroundings.complain)(error),
        }
        match self.roots[at].is_first_loading() {
            true => self.prepare(at),
            false => self.take_up(folder),
        }
    }

    /// Reads all sources of a root on all cores: whoever asks first would read them one by one, while others wait.
    fn prepare(&self, at: usize) {
        let (root, analysis) = (self.roots[at].folder.clone(), self.roots[at].host.snapshot());
        let messages = self.surroundings.messages.clone();
        self.surroundings.runtime.spawn_blocking(move || {
            // When a change ends it, the rest is read by those who ask.
            let _ = look::unless_it_panics(|| analysis.prepare());
            drop(analysis);
            let _ = messages.send(Message::Prepared { root });
        });
    }

    /// Answers those who have waited for a root.
    fn take_up(&mut self, folder: &Arc<PathBuf>) {
        let Some(at) = self.roots.iter().position(|root| Arc::ptr_eq(&root.folder, folder)) else { return };
        let anew = matches!(self.roots[at].loading, Loading::Running { anew: true, .. });
        self.roots[at].loading = Loading::Done;
        for question in std::mem::take(&mut self.roots[at].waiting) {
            self.read(question);
        }
        self.take_up_surveys();
        if anew {
            self.load(at);
        }
    }

    /// Makes a root hold what is on disk, except where a document is open.
    fn fill(&mut self, at: usize, texts: Vec<(String, String)>) {
        let homes = self.homes();
        let open: HashSet<&Path> = self.documents.values().map(|document| document.path.as_path()).collect();
        let root = &mut self.roots[at];
        let folder = root.folder.clone();
        let mut on_disk = BTreeSet::new();
        for (path, text) in texts {
            let file = folder.join(&path);
            if !homes.is_home(&folder, &file) {
                continue;
            }
            if !open.contains(file.as_path()) {
                root.host.set_file(&path, Some(&text));
            }
            on_disk.insert(path);
        }
        for path in root.on_disk.difference(&on_disk) {
            let file = folder.join(path);
            if !(open.contains(file.as_path()) && homes.is_home(&folder, &file)) {
                root.host.set_file(path, None);
            }
        }
        root.on_disk = on_disk;
        root.swept = Arc::default();
        root.note_change();
    }

    fn take_disk_change(&mut self, paths: &[PathBuf]) {
        let is_manifest = |path: &PathBuf| {
            path.file_name().is_some_and(|name| name == sysspec_toolchain::workspace::MANIFEST)
        };
        if paths.iter().any(is_manifest) {
            self.discover();
        }
        let homes = self.homes();
        for at in 0..self.roots.len() {
            if paths.iter().any(|path| homes.is_home(&self.roots[at].folder, path)) {
                self.load(at);
            }
        }
    }

    // Documents.

    fn open(&mut self, uri: Uri, language: &str, version: i32, text: &str) {
        let Some(path) = roots::path_of_document(&uri, language) else { return };
        self.documents.insert(uri.clone(), Document { path, version, text: Rope::from_str(text) });
        self.house(&uri);
    }

    /// Puts the text of a document into the root that it belongs to, which is made when there is none.
    fn house(&mut self, uri: &Uri) {
        let Some(document) = self.documents.get(uri) else { return };
        let at = match self.home_of(&document.path) {
            Some(at) => at,
            None => {
                let Some((folder, extent)) = roots::of_stray_file(&document.path) else { return };
                self.roots.push(Root::new(folder, extent, false));
                self.load(self.roots.len() - 1);
                self.roots.len() - 1
            }
        };
        let document = &self.documents[uri];
        for (number, root) in self.roots.iter_mut().enumerate() {
            let Some(relative) = roots::relative(&root.folder, &document.path) else { continue };
            if number == at {
                root.host.set_file(&relative, Some(&document.text.to_string()));
                root.host.expect_edits(&relative);
                root.opened = true;
                root.note_edit(relative);
            } else {
                // It may have been there before an inner root was found.
                root.host.set_file(&relative, None);
            }
        }
    }

    fn change(&mut self, uri: &Uri, version: i32, changes: Vec<TextDocumentContentChangeEvent>) {
        let Some(path) = self.documents.get(uri).map(|document| document.path.clone()) else { return };
        let home = self.home_of(&path);
        let Some(document) = self.documents.get_mut(uri) else { return };
        document.version = version;
        let mut root = home.map(|at| &mut self.roots[at]);
        let relative = root.as_ref().and_then(|root| roots::relative(&root.folder, &path));
        for change in changes {
            let Some(edit) = Edit::new(&document.text, change, self.abilities.encoding) else { continue };
            edit.apply(&mut document.text);
            if let (Some(root), Some(relative)) = (root.as_mut(), relative.as_ref()) {
                root.host.edit_file(relative, edit.range, &edit.replacement);
            }
        }
        if let (Some(root), Some(relative)) = (root, relative) {
            root.note_edit(relative);
        }
        if let Some(prover) = &self.prover {
            prover.rest(proofs::REST);
        }
    }

    /// Closing means that the disk speaks again.
    fn close(&mut self, uri: &Uri) {
        let Some(document) = self.documents.remove(uri) else { return };
        let Some(at) = self.home_of(&document.path) else { return };
        let root = &mut self.roots[at];
        if let Some(relative) = roots::relative(&root.folder, &document.path) {
            // It goes with the next reading, unless it is there.
            root.on_disk.insert(relative);
        }
        root.note_change();
        self.load(at);
        self.drop_unused_roots();
    }

    fn home_of(&self, file: &Path) -> Option<usize> {
        let home = self.homes().of(file)?.clone();
        self.roots.iter().position(|root| root.folder == home)
    }

    fn homes(&self) -> Homes {
        Homes(self.roots.iter().map(|root| (root.folder.clone(), root.extent)).collect())
    }

    fn unsaved(&self, folder: &Path) -> Vec<PathBuf> {
        let below = self.documents.values().filter(|document| document.path.starts_with(folder));
        let differs = |document: &&Document| {
            std::fs::read_to_string(&document.path).map_or(true, |saved| document.text != saved)
        };
        below.filter(differs).map(|document| document.path.clone()).collect()
    }

    // Readers.

    /// Answers a request from a snapshot of this moment. When a change interrupts that, and it was not of the
    /// document itself, the request is taken again.
    fn read(&mut self, mut question: Question) {
        let version = self.documents.get(&question.uri).map(|document| document.version);
        if *question.asked_of.get_or_insert(version.unwrap_or_default()) != version.unwrap_or_default() {
            return question.inquiry.answer_modified();
        }
        let home = self.path_of(&question.uri).and_then(|file| self.home_of(&file));
        if home.is_none() && !self.discovered {
            return self.early.push(question);
        }
        if let Some(at) = home
            && self.roots[at].is_first_loading()
        {
            return self.roots[at].waiting.push(question);
        }
        if let Some(view) = self.view(&question.uri) {
            let canceller = view.analysis.canceller();
            let attempt = || question.inquiry.attempt(Some(view)).then_some(()).ok_or(Cancelled);
            if self.at_once(canceller, attempt).is_some() {
                return;
            }
        }
        let view = self.view(&question.uri);
        let messages = self.surroundings.messages.clone();
        self.surroundings.runtime.spawn_blocking(move || {
            if !question.inquiry.attempt(view) {
                // Without a writer there is nobody left to answer to.
                let _ = messages.send(Message::Read(question));
            }
        });
    }

    fn path_of(&self, uri: &Uri) -> Option<PathBuf> {
        match self.documents.get(uri) {
            Some(document) => Some(document.path.clone()),
            None => roots::path_of(uri),
        }
    }

    fn view(&self, uri: &Uri) -> Option<View> {
        let file = self.path_of(uri)?;
        let root = &self.roots[self.home_of(&file)?];
        let path = roots::relative(&root.folder, &file)?;
        Some(View {
            analysis: root.host.snapshot(),
            place: self.place(root),
            path: path.into(),
            abilities: self.abilities,
        })
    }

    /// How the files of a root are known to the client.
    fn place(&self, root: &Root) -> Place {
        let mut open = HashMap::new();
        for (uri, document) in &self.documents {
            if let Some(relative) = roots::relative(&root.folder, &document.path) {
                open.insert(relative, (uri.clone(), document.version));
            }
        }
        Place { folder: root.folder.clone(), open }
    }

    /// Starts a look for findings in every root that changed. The change has ended the look before.
    ///
    /// A client that asks for findings asks for those of what it edits at once, and is to be told only of what a sweep
    /// finds elsewhere: for that it is enough to know the findings of what was opened.
    fn look_for_findings(&mut self) {
        for at in 0..self.roots.len() {
            let root = &mut self.roots[at];
            if !root.changed || root.is_first_loading() {
                continue;
            }
            root.changed = false;
            let everywhere = !root.swept.load(Ordering::Acquire);
            let is_known = root.look.load(Ordering::Acquire) && !std::mem::take(&mut root.opened);
            if self.abilities.pulls_diagnostics && !everywhere && is_known {
                continue;
            }
            root.look = Arc::default();
            root.unswept &= !everywhere;
            self.start_look(at, everywhere);
        }
    }

    /// Starts a look at all files of every root that changed since the last one.
    fn sweep(&mut self) {
        for at in 0..self.roots.len() {
            if self.roots[at].is_sweep_due() {
                self.roots[at].unswept = false;
                self.start_look(at, true);
            }
        }
    }

    fn start_look(&mut self, at: usize, everywhere: bool) {
        self.generation += 1;
        let place = self.place(&self.roots[at]);
        let root = &self.roots[at];
        let mut look = Look {
            view: View { analysis: root.host.snapshot(), place, path: "".into(), abilities: self.abilities },
            first: root.edited.clone(),
            has_begun: false,
            everywhere,
            generation: self.generation,
            news: self.surroundings.news.clone(),
            ended: root.look.clone(),
            swept: root.swept.clone(),
            neighbours: root.neighbours.clone(),
            asking: self.asking(root),
        };
        if !everywhere {
            look.has_begun = self.at_once(look.view.analysis.canceller(), || look.begin()).is_some();
            // What cancelled that, or came too late to, does not concern the rest.
            look.view.analysis = look.view.analysis.clone();
        }
        let (has_begun, runtime) = (look.has_begun, self.surroundings.runtime.clone());
        let rest = move || {
            // Cancelled by a change, which starts a look of its own.
            let _ = look.run();
        };
        if !has_begun {
            runtime.spawn_blocking(rest);
            return;
        }
        // What was found is on its way to the client: the rest does not take a core from whoever sends it.
        self.surroundings.runtime.spawn(async move {
            for _ in 0..STEPS_TO_SEND {
                tokio::task::yield_now().await;
            }
            runtime.spawn_blocking(rest);
        });
    }

    fn tell(&self, news: News) {
        // The publisher ends only with the server.
        let _ = self.surroundings.news.send(news);
    }
}

impl Root {
    fn new(folder: PathBuf, extent: Extent, lasting: bool) -> Root {
        Root {
            folder: Arc::new(folder),
            extent,
            lasting,
            host: Host::new(),
            loading: Loading::Never,
            on_disk: BTreeSet::new(),
            waiting: Vec::new(),
            changed: false,
            unswept: false,
            swept: Arc::default(),
            edited: Vec::new(),
            opened: false,
            look: Arc::default(),
            neighbours: Neighbours::default(),
            proofs: Proofs::default(),
        }
    }

    /// Before everything was read once, half of the findings would be wrong.
    fn is_first_loading(&self) -> bool {
        matches!(self.loading, Loading::Never | Loading::Running { first: true, .. })
    }

    /// Puts a file before all others in the next look, and before those that an unfinished look was to begin with.
    fn note_edit(&mut self, path: String) {
        if self.look.load(Ordering::Acquire) {
            self.edited.clear();
        }
        self.edited.retain(|edited| *edited != path);
        self.edited.insert(0, path);
        self.note_change();
    }

    fn note_change(&mut self) {
        self.changed = true;
        self.unswept = true;
    }

    fn is_sweep_due(&self) -> bool {
        self.unswept && !self.changed && !self.is_first_loading()
    }
}

/// Which root a file belongs to: the innermost around it.
struct Homes(Vec<(Arc<PathBuf>, Extent)>);

impl Homes {
    fn of(&self, file: &Path) -> Option<&Arc<PathBuf>> {
        let holds = |folder: &Path, extent| match extent {
            Extent::Workspace => file.starts_with(folder),
            Extent::Folder | Extent::Nothing => file.parent() == Some(folder),
        };
        let around = self.0.iter().filter(|(folder, extent)| holds(folder, *extent));
        around.map(|(folder, _)| folder).max_by_key(|folder| folder.components().count())
    }

    fn is_home(&self, folder: &Arc<PathBuf>, file: &Path) -> bool {
        self.of(file) == Some(folder)
    }
}

#[cfg(test)]
mod tests;

//! What the client is shown when all is quiet is what a fresh look at the same files finds, whatever was done before.

use std::collections::BTreeMap;
use std::fs;
use std::sync::mpsc::channel;

use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tower_lsp_server::ls_types::Diagnostic;

use super::*;
use crate::publisher::State;

const FILES: [(&str, &str); 7] = [
    (
        "sysspec.toml",
        "[[layer]]\nfolder = \"low\"\n\n[[layer]]\nfolder = \"high\"\nrelies_on = [\"low\"]\n\n[shared]\nheaders = [\"common.header\"]\n",
    ),
    ("common.header", "stdint\n\nstruct node {\n\tint kind;\n};\n"),
    ("low/low.header", "common\n\nint take(int at);\n"),
    ("low/take.spec", "[GUARANTEE]\n```c\nint take(int at);\n```\n[SPECIFICATION]\nGives 0.\n"),
    ("high/high.header", "common\n\nint swap(int at);\nint turn(int at);\n"),
    (
        "high/swap.spec",
        "[RELY]\n```c\nint take(int at);\n```\n[GUARANTEE]\n```c\nint swap(int at);\n```\n[SPECIFICATION]\nGives 0.\n",
    ),
    (
        "high/turn.spec",
        "[RELY]\n```c\nint take(int at);\nint swap(int at);\nstruct node {\n\tint kind;\n};\n```\n[GUARANTEE]\n```c\nint turn(int at);\n```\n[SPECIFICATION]\nGives 0.\n",
    ),
];

const LANGUAGE: &str = "sysspec";

/// What is replaced by what, where it occurs.
const EDITS: [(&str, &str); 12] = [
    ("Gives 0", "Gives nothing but 0"),
    ("int at", "long at"),
    ("long at", "int at"),
    ("int take", "int fetch"),
    ("int fetch", "int take"),
    ("int swap", "static int swap"),
    ("[GUARANTEE]", "\n\n[GUARANTEE]"),
    ("[RELY]", "[RELLY]"),
    ("kind;", "kind;\n\tint size;"),
    ("relies_on = [\"low\"]", "relies_on = []"),
    ("relies_on = []", "relies_on = [\"low\"]"),
    ("common", "comon"),
];

/// A writer that is driven by hand, and what the client would see.
struct Scene {
    folder: TempDir,
    runtime: Runtime,
    writer: Writer,
    messages: Receiver<Message>,
    news: UnboundedReceiver<News>,
    state: State,
    shown: BTreeMap<String, Vec<Diagnostic>>,
    versions: i32,
}

impl Scene {
    fn new() -> Scene {
        let folder = tempfile::tempdir().unwrap();
        let runtime = Runtime::new().unwrap();
        let (sender, messages) = channel();
        let (news_sender, news) = unbounded_channel();
        let writer = Writer::new(Surroundings {
            runtime: runtime.handle().clone(),
            messages: sender,
            news: news_sender,
            statuses: unbounded_channel().0,
            interrupt: Interrupt::default(),
            complain: Box::new(|error| panic!("{error}")),
        });
        let mut scene = Scene {
            folder,
            runtime,
            writer,
            messages,
            news,
            state: State::default(),
            shown: BTreeMap::new(),
            versions: 0,
        };
        FILES.iter().for_each(|(path, text)| scene.save(path, text));
        let folders = vec![scene.folder.path().to_owned()];
        scene.writer.take(Message::Start { abilities: Abilities::default(), folders });
        scene.settle();
        scene
    }

    fn save(&self, path: &str, text: &str) {
        let path = self.folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn uri(&self, path: &str) -> Uri {
        Uri::from_file_path(self.folder.path().join(path)).unwrap()
    }

    /// Does what a client and its user may do, decided by three numbers.
    fn act(&mut self, what: usize, file: usize, edit: usize) {
        let path = FILES[file % FILES.len()].0;
        let on_disk = self.folder.path().join(path);
        let uri = self.uri(path);
        let is_open = self.writer.documents.contains_key(&uri);
        let (old, new) = EDITS[edit % EDITS.len()];
        match what % 10 {
            0 if is_open => self.writer.take(Message::Close { uri }),
            1 => {
                let _ = fs::remove_file(&on_disk);
                self.writer.take(Message::Disk(vec![on_disk]));
            }
            2 => {
                self.save(path, &FILES[file % FILES.len()].1.replace(old, new));
                self.writer.take(Message::Disk(vec![on_disk]));
            }
            _ if is_open => {
                let text = self.writer.documents[&uri].text.to_string().replacen(old, new, 1);
                let changes = vec![TextDocumentContentChangeEvent { range: None, range_length: None, text }];
                self.versions += 1;
                self.writer.take(Message::Change { uri, version: self.versions, changes });
            }
            _ => {
                self.versions += 1;
                let text = FILES[file % FILES.len()].1.to_owned();
                self.writer.take(Message::Open {
                    uri,
                    language: LANGUAGE.into(),
                    version: self.versions,
                    text,
                });
            }
        }
        self.writer.look_for_findings();
    }

    /// Lets everything that is under way come to its end, sweeps, and shows what was found.
    fn settle(&mut self) {
        loop {
            while self.writer.roots.is_empty()
                || self.writer.roots.iter().any(|root| matches!(root.loading, Loading::Running { .. }))
            {
                let message = self.messages.recv().unwrap();
                self.writer.take(message);
            }
            while let Ok(message) = self.messages.try_recv() {
                self.writer.take(message);
            }
            if self.writer.roots.iter().all(|root| root.loading == Loading::Done) {
                break;
            }
        }
        self.writer.look_for_findings();
        self.writer.roots.iter_mut().for_each(Root::note_change);
        self.writer.roots.iter_mut().for_each(|root| root.changed = false);
        self.writer.sweep();
        loop {
            let news = self.news.blocking_recv().unwrap();
            let is_last =
                matches!(&news, News::Complete { generation, .. } if *generation == self.writer.generation);
            self.state.take(news);
            if is_last {
                break;
            }
        }
        while let Some(message) = self.state.next_message() {
            let path = message.uri.path().as_str().to_owned();
            if message.diagnostics.is_empty() {
                self.shown.remove(&path);
            } else {
                self.shown.insert(path, message.diagnostics);
            }
        }
    }

    /// What a host that never saw anything else finds in the files as they are now.
    fn fresh(&self) -> BTreeMap<String, Vec<Diagnostic>> {
        let mut host = Host::new();
        for (path, _) in FILES {
            let open = self.writer.documents.get(&self.uri(path)).map(|document| document.text.to_string());
            let text = open.or_else(|| fs::read_to_string(self.folder.path().join(path)).ok());
            host.set_file(path, text.as_deref());
        }
        let analysis = host.snapshot();
        let place = self.writer.place(&self.writer.roots[0]);
        let view = View { analysis, place, path: "".into(), abilities: self.writer.abilities };
        let mut fresh = BTreeMap::new();
        for (path, found) in view.analysis.all_diagnostics().unwrap() {
            let found = view.diagnostics(&path, found).unwrap();
            if !found.is_empty() {
                fresh.insert(self.uri(&path).path().as_str().to_owned(), found);
            }
        }
        fresh
    }
}

/// Numbers without a pattern, the same in every run (Knuth's MMIX generator).
fn numbers(seed: u64) -> impl FnMut() -> usize {
    let mut state = seed;
    move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize
    }
}

#[test]
fn nobody_keeps_stale_findings() {
    for seed in 0..12 {
        let mut number = numbers(seed);
        let mut scene = Scene::new();
        assert_eq!(scene.shown, BTreeMap::new(), "the files are sound as they stand");
        for round in 0..6 {
            for _ in 0..1 + number() % 4 {
                scene.act(number(), number(), number());
            }
            scene.settle();
            assert_eq!(scene.shown, scene.fresh(), "seed {seed}, round {round}");
        }
        scene.runtime.shutdown_background();
    }
}

/// The neighbours of an edited file are looked at without waiting for the sweep, also those that it no longer has.
#[test]
fn a_renamed_guarantee_is_told_to_those_who_relied_on_it_at_once() {
    let mut scene = Scene::new();
    let uri = scene.uri("low/take.spec");
    scene.writer.take(Message::Open {
        uri: uri.clone(),
        language: LANGUAGE.into(),
        version: 1,
        text: FILES[3].1.into(),
    });
    scene.settle();
    let before = scene.writer.generation;
    let text = FILES[3].1.replace("int take", "int fetch");
    let changes = vec![TextDocumentContentChangeEvent { range: None, range_length: None, text }];
    scene.writer.take(Message::Change { uri, version: 2, changes });
    scene.writer.look_for_findings();
    let mut waiting: HashSet<&str> = HashSet::from(["low/take.spec", "high/swap.spec", "high/turn.spec"]);
    while !waiting.is_empty() {
        match scene.news.blocking_recv().unwrap() {
            News::File((_, path), findings) if findings.generation > before => {
                assert!(!findings.diagnostics.is_empty(), "{path} relies on a name that is gone");
                waiting.remove(&*path);
            }
            News::Complete { generation, .. } => assert!(generation <= before, "nothing was swept"),
            _ => {}
        }
    }
}

//! The salsa database: its inputs, and the caches beside it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use rustc_hash::FxHashMap;
use tree_sitter::Tree;

use crate::graph::KeptRanking;
use crate::text::Text;

/// A file of the workspace. Never freed by salsa: a path that comes back gets its input back.
#[salsa::input(debug)]
pub struct SourceFile {
    /// Relative to the workspace, with `/` between components.
    #[returns(ref)]
    pub path: Arc<str>,
    /// The contents.
    #[returns(ref)]
    pub text: Text,
}

/// The set of files there are.
#[salsa::input(debug, singleton)]
pub struct Workspace {
    /// Every file by path.
    #[returns(ref)]
    pub files: Arc<BTreeMap<Arc<str>, SourceFile>>,
}

/// Which patches were given from outside, as by `--patch`.
#[salsa::input(debug, singleton)]
pub struct GivenPatches {
    /// In the order in which they are laid over the base; `None`: those that the manifest enables.
    #[returns(ref)]
    pub given: Arc<Option<Vec<crate::Patch>>>,
}

/// An input that never changes and is the least durable of all.
///
/// A query that reads it is itself the least durable from the start, so that it does not lose durability, and with
/// it the right to be taken for unchanged, when a file it depends on begins to be edited.
#[salsa::input(debug, singleton)]
pub struct Pulse {
    /// Nothing.
    #[returns(copy)]
    pub beat: (),
}

/// Makes the running query one of the least durable; see [`Pulse`].
pub fn depends_on_edits(db: &dyn Db) {
    Pulse::get(db).beat(db);
}

/// Old syntax trees, already edited, for the next incremental parse of a file.
///
/// A cache outside salsa: a tree is a function of the text, with or without a hint.
pub type Hints = Arc<Mutex<FxHashMap<SourceFile, Tree>>>;

/// What queries see of the database.
#[salsa::db]
pub trait Db: salsa::Database {
    /// Takes the hint for the next parse of `file`.
    fn take_hint(&self, file: SourceFile) -> Option<Tree>;

    /// The order of modules that was found last.
    fn ranking(&self) -> &KeptRanking;
}

/// The database itself.
#[salsa::db]
#[derive(Clone)]
pub struct RootDb {
    storage: salsa::Storage<Self>,
    hints: Hints,
    ranking: KeptRanking,
}

impl RootDb {
    /// An empty database; `on_execute` is told the name of every query that is run, not of those that are reused.
    pub fn new(on_execute: Option<Box<dyn Fn(String) + Send + Sync>>) -> Self {
        let callback = on_execute.map(|report| {
            Box::new(move |event: salsa::Event| {
                if let salsa::EventKind::WillExecute { database_key } = event.kind {
                    report(format!("{database_key:?}"));
                }
            }) as Box<dyn Fn(salsa::Event) + Send + Sync>
        });
        Self {
            storage: salsa::Storage::new(callback),
            hints: Hints::default(),
            ranking: KeptRanking::default(),
        }
    }

    /// Keeps an edited tree for the next parse of `file`, or forgets it.
    pub fn set_hint(&self, file: SourceFile, tree: Option<Tree>) {
        let mut hints = lock(&self.hints);
        match tree {
            Some(tree) => hints.insert(file, tree),
            None => hints.remove(&file),
        };
    }
}

#[salsa::db]
impl salsa::Database for RootDb {}

#[salsa::db]
impl Db for RootDb {
    fn take_hint(&self, file: SourceFile) -> Option<Tree> {
        lock(&self.hints).remove(&file)
    }

    fn ranking(&self) -> &KeptRanking {
        &self.ranking
    }
}

/// A poisoned cache is still a cache: the panic that poisoned it has been reported elsewhere.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

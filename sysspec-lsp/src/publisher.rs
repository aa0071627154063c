//! The one way of findings to the client.
//!
//! Findings arrive from many snapshots and leave through one task: the newest of every file, once, and
//! only when they differ from what the client has. A client that reads slowly gets fewer messages, and
//! memory is bounded by the number of files.

use std::collections::{HashMap, HashSet, VecDeque};
use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::mpsc::UnboundedReceiver;
use tower_lsp_server::Client;
use tower_lsp_server::ls_types::{Diagnostic, Uri};

/// A file, by its root and its path in it.
pub(crate) type Key = (Arc<PathBuf>, Arc<str>);

/// What the client should know of one file.
#[derive(Clone, Debug)]
pub(crate) struct Findings {
    pub(crate) uri: Uri,
    /// The version of the text that was looked at, when the file is open.
    pub(crate) version: Option<i32>,
    /// Counts up with every look: an older one never replaces a newer one.
    pub(crate) generation: u64,
    pub(crate) diagnostics: Vec<Diagnostic>,
}

/// A message to the publisher.
#[derive(Debug)]
pub(crate) enum News {
    /// The findings of one file.
    File(Key, Findings),
    /// All files of a root were looked at, and of these something was said: what was said of others before is taken
    /// back.
    Complete { root: Arc<PathBuf>, said: HashSet<Arc<str>>, generation: u64 },
    /// Findings that waited for the solver have been told.
    Settled,
    /// The root is no longer looked at.
    Closed { root: Arc<PathBuf>, generation: u64 },
}

/// Sends what is told, until nobody tells any more.
pub(crate) async fn publish(client: Client, mut receiver: UnboundedReceiver<News>) {
    let mut state = State::default();
    while let Some(news) = receiver.recv().await {
        state.take(news);
        loop {
            while let Ok(news) = receiver.try_recv() {
                state.take(news);
            }
            let Some(message) = state.next_message() else { break };
            client.publish_diagnostics(message.uri, message.diagnostics, message.version).await;
        }
    }
}

/// What the client was told, and what it is to be told.
#[derive(Default)]
pub(crate) struct State {
    told: HashMap<Key, Findings>,
    waiting: HashMap<Key, Findings>,
    order: VecDeque<Key>,
    /// Withdrawals of files that are known by another URI now.
    withdrawn: VecDeque<Uri>,
}

impl State {
    pub(crate) fn take(&mut self, news: News) {
        match news {
            News::File(key, findings) => self.take_file(key, findings),
            News::Complete { root, said, generation } => {
                self.withdraw(generation, |key| key.0 == root && !said.contains(&key.1));
            }
            News::Settled => {}
            News::Closed { root, generation } => self.withdraw(generation, |key| key.0 == root),
        }
    }

    fn take_file(&mut self, key: Key, findings: Findings) {
        let newest = self.waiting.get(&key).or_else(|| self.told.get(&key));
        if newest.is_some_and(|newest| newest.generation > findings.generation) {
            return;
        }
        if self.waiting.insert(key.clone(), findings).is_none() {
            self.order.push_back(key);
        }
    }

    fn withdraw(&mut self, generation: u64, concerned: impl Fn(&Key) -> bool) {
        let gone: Vec<Key> =
            self.told.keys().chain(self.waiting.keys()).filter(|key| concerned(key)).cloned().collect();
        for key in gone {
            // What a newer look found stands.
            if self.waiting.get(&key).is_some_and(|waiting| waiting.generation > generation) {
                continue;
            }
            self.waiting.remove(&key);
            if let Some(told) = self.told.get(&key) {
                let empty = Findings { version: None, generation, diagnostics: Vec::new(), ..told.clone() };
                self.take_file(key, empty);
            }
        }
    }

    /// The next thing to say that the client does not know yet.
    pub(crate) fn next_message(&mut self) -> Option<Findings> {
        if let Some(uri) = self.withdrawn.pop_front() {
            return Some(Findings { uri, version: None, generation: 0, diagnostics: Vec::new() });
        }
        while let Some(key) = self.order.pop_front() {
            let Some(new) = self.waiting.remove(&key) else { continue };
            let told = self.told.get(&key);
            // The client hears of every version of what is edited, so that it knows the server follows.
            let is_news = match told {
                Some(told) => {
                    let newer = new.version.is_some() && new.version != told.version;
                    newer || told.diagnostics != new.diagnostics || told.uri != new.uri
                }
                None => new.version.is_some() || !new.diagnostics.is_empty(),
            };
            if let Some(told) = told
                && told.uri != new.uri
                && !told.diagnostics.is_empty()
            {
                self.withdrawn.push_back(told.uri.clone());
            }
            self.told.insert(key, new.clone());
            if is_news {
                return Some(new);
            }
        }
        self.withdrawn.pop_front().map(|uri| Findings {
            uri,
            version: None,
            generation: 0,
            diagnostics: Vec::new(),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::str::FromStr;

    use super::*;

    fn key(path: &str) -> Key {
        (Arc::new(PathBuf::from("/w")), path.into())
    }

    fn findings(path: &str, version: Option<i32>, generation: u64, messages: &[&str]) -> Findings {
        let diagnostics = messages
            .iter()
            .map(|message| Diagnostic::new_simple(Default::default(), (*message).to_owned()))
            .collect();
        let uri = Uri::from_str(&format!("file:///w/{path}")).unwrap();
        Findings { uri, version, generation, diagnostics }
    }

    fn file(path: &str, version: Option<i32>, generation: u64, messages: &[&str]) -> News {
        News::File(key(path), findings(path, version, generation, messages))
    }

    /// Everything that would be sent, as "file vVERSION: messages".
    fn said(state: &mut State) -> Vec<String> {
        let mut said = Vec::new();
        while let Some(message) = state.next_message() {
            let path = message.uri.path().as_str().rsplit('/').next().unwrap().to_owned();
            let version = message.version.map(|version| format!(" v{version}")).unwrap_or_default();
            let messages: Vec<String> = message.diagnostics.into_iter().map(|found| found.message).collect();
            said.push(format!("{path}{version}: {}", messages.join(",")));
        }
        said
    }

    #[test]
    fn only_what_changed_is_said() {
        let mut state = State::default();
        state.take(file("a", None, 1, &["wrong"]));
        state.take(file("b", None, 1, &[]));
        assert_eq!(said(&mut state), ["a: wrong"]);
        state.take(file("a", None, 2, &["wrong"]));
        state.take(file("b", None, 2, &["also"]));
        assert_eq!(said(&mut state), ["b: also"]);
        state.take(file("a", None, 3, &[]));
        state.take(file("b", None, 3, &["also"]));
        assert_eq!(said(&mut state), ["a: "]);
    }

    #[test]
    fn every_version_of_an_open_file_is_answered() {
        let mut state = State::default();
        state.take(file("a", Some(1), 1, &[]));
        assert_eq!(said(&mut state), ["a v1: "]);
        state.take(file("a", Some(2), 2, &[]));
        assert_eq!(said(&mut state), ["a v2: "]);
        state.take(file("a", Some(2), 3, &[]));
        assert_eq!(said(&mut state), Vec::<String>::new());
    }

    #[test]
    fn a_slow_client_gets_the_newest_only_and_the_order_stays() {
        let mut state = State::default();
        state.take(file("edited", Some(1), 1, &["one"]));
        state.take(file("b", None, 1, &["one"]));
        state.take(file("b", None, 2, &["two"]));
        state.take(file("edited", Some(2), 2, &["two"]));
        assert_eq!(said(&mut state), ["edited v2: two", "b: two"]);
    }

    #[test]
    fn an_older_look_does_not_replace_a_newer_one() {
        let mut state = State::default();
        state.take(file("a", Some(2), 2, &[]));
        state.take(file("a", Some(1), 1, &["stale"]));
        assert_eq!(said(&mut state), ["a v2: "]);
        state.take(file("a", Some(1), 1, &["stale"]));
        assert_eq!(said(&mut state), Vec::<String>::new());
    }

    #[test]
    fn the_findings_of_a_file_that_is_gone_are_taken_back() {
        let mut state = State::default();
        state.take(file("a", None, 1, &["wrong"]));
        state.take(file("b", None, 1, &["wrong"]));
        said(&mut state);
        let root = key("a").0;
        state.take(News::Complete { root: root.clone(), said: HashSet::from(["b".into()]), generation: 2 });
        assert_eq!(said(&mut state), ["a: "]);
        state.take(News::Closed { root, generation: 3 });
        assert_eq!(said(&mut state), ["b: "]);
    }

    #[test]
    fn a_file_opened_by_another_uri_is_not_shown_twice() {
        let mut state = State::default();
        state.take(file("a", None, 1, &["wrong"]));
        said(&mut state);
        let mut opened = findings("a", Some(1), 2, &["wrong"]);
        opened.uri = Uri::from_str("file:///w/%61").unwrap();
        state.take(News::File(key("a"), opened));
        assert_eq!(said(&mut state), ["%61 v1: wrong", "a: "]);
    }
}

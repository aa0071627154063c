//! Findings for clients that ask for them.
//!
//! A report has the hash of its contents as its id, so that what a client knows already is not sent again. When the
//! findings of other files than the one being edited change, the client is told to ask again.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use sysspec_analysis::Cancellable;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::{Notify, watch};
use tokio::time::timeout;
use tower_lsp_server::Client;
use tower_lsp_server::ls_types::{
    Diagnostic, DiagnosticOptions, DiagnosticServerCapabilities, DocumentDiagnosticReport,
    DocumentDiagnosticReportKind, FullDocumentDiagnosticReport, PreviousResultId,
    RelatedFullDocumentDiagnosticReport, RelatedUnchangedDocumentDiagnosticReport,
    UnchangedDocumentDiagnosticReport, Uri, WorkDoneProgressOptions, WorkspaceDocumentDiagnosticReport,
    WorkspaceFullDocumentDiagnosticReport, WorkspaceUnchangedDocumentDiagnosticReport,
};

use crate::abilities::Abilities;
use crate::publisher::{self, Key, News};
use crate::reads::View;
use crate::server::PATIENCE;

/// What the server says of itself to a client that asks for findings.
pub(crate) fn capability() -> DiagnosticServerCapabilities {
    DiagnosticServerCapabilities::Options(DiagnosticOptions {
        identifier: Some("sysspec".to_owned()),
        inter_file_dependencies: true,
        workspace_diagnostics: true,
        work_done_progress_options: WorkDoneProgressOptions::default(),
    })
}

/// Starts what tells the client of findings, once `ready` is notified: it sends them, or, to a client that asks for
/// them, says when to ask again. `changes` counts the times that findings of any file changed.
pub(crate) fn start(
    client: Client,
    ready: Arc<Notify>,
    abilities: Arc<OnceLock<Abilities>>,
    changes: watch::Sender<u64>,
) -> UnboundedSender<News> {
    let (sender, receiver) = unbounded_channel();
    tokio::spawn(async move {
        ready.notified().await;
        let abilities = abilities.get().copied().unwrap_or_default();
        match abilities.pulls_diagnostics {
            true => follow(client, receiver, abilities.refreshes_diagnostics, changes).await,
            false => publisher::publish(client, receiver).await,
        }
    });
    sender
}

async fn follow(
    client: Client,
    mut receiver: UnboundedReceiver<News>,
    refreshes: bool,
    changes: watch::Sender<u64>,
) {
    let mut known = Known::default();
    while let Some(news) = receiver.recv().await {
        let mut told = known.take(news);
        while let Ok(news) = receiver.try_recv() {
            told.join(known.take(news));
        }
        if told.anything {
            changes.send_modify(|count| *count += 1);
        }
        if told.elsewhere && refreshes {
            // One at a time: what comes meanwhile waits in the channel, and makes one more.
            let _ = timeout(PATIENCE, client.workspace_diagnostic_refresh()).await;
        }
    }
}

/// The findings there are, by their hashes.
#[derive(Default)]
struct Known {
    ids: HashMap<Key, (String, Option<i32>)>,
    /// Changes of a look that has not come to its end.
    pending: Change,
}

/// What became known.
#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
struct Change {
    anything: bool,
    /// Of a file whose text the client did not just change: it would not ask by itself.
    elsewhere: bool,
}

impl Change {
    fn join(&mut self, other: Change) {
        self.anything |= other.anything;
        self.elsewhere |= other.elsewhere;
    }
}

impl Known {
    /// Takes news in; what changed is told when all files have been looked at.
    fn take(&mut self, news: News) -> Change {
        match news {
            News::File(key, findings) => {
                let new = (result_id(&findings.diagnostics), findings.version);
                let old = self.ids.insert(key, new.clone());
                let is_new = match &old {
                    Some((id, _)) => *id != new.0,
                    None => !findings.diagnostics.is_empty(),
                };
                // One that nothing was told of may have been asked for already.
                let was_edited = new.1.is_some() && old.is_some_and(|(_, version)| version != new.1);
                self.pending.join(Change { anything: is_new, elsewhere: is_new && !was_edited });
                Change::default()
            }
            News::Complete { root, said, .. } => {
                self.forget(|key| key.0 == root && !said.contains(&key.1));
                std::mem::take(&mut self.pending)
            }
            News::Settled => std::mem::take(&mut self.pending),
            News::Closed { root, .. } => {
                self.forget(|key| key.0 == root);
                std::mem::take(&mut self.pending)
            }
        }
    }

    fn forget(&mut self, gone: impl Fn(&Key) -> bool) {
        let empty = result_id(&[]);
        let mut had_findings = false;
        self.ids.retain(|key, (id, _)| {
            let stays = !gone(key);
            had_findings |= !stays && *id != empty;
            stays
        });
        self.pending.join(Change { anything: had_findings, elsewhere: had_findings });
    }
}

/// The hash of findings as the client sees them. The same on every machine and in every run.
pub(crate) fn result_id(found: &[Diagnostic]) -> String {
    let mut hasher = DefaultHasher::new();
    // Diagnostics have no hash of their own; what is sent of them is what counts.
    serde_json::to_string(found).unwrap_or_default().hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

/// The ids of the reports that the client was given last, by document.
pub(crate) type Given = Arc<Mutex<HashMap<Uri, String>>>;

/// The answer to a client that asks for one document, with the ids of all reports in it.
pub(crate) struct Answer {
    pub(crate) report: DocumentDiagnosticReport,
    ids: Vec<(Uri, String)>,
}

impl Answer {
    /// The findings of a document and, for a client that takes them, those of other open ones that are news to it.
    ///
    /// Not every editor asks anew for all that it shows when it is told to.
    pub(crate) fn new(view: &View, previous: Option<&str>, given: &Given) -> Cancellable<Answer> {
        let found = view.diagnostics(&view.path, view.analysis.diagnostics(&view.path)?)?;
        let mut ids: Vec<(Uri, String)> =
            view.place.uri(&view.path).map(|uri| (uri, result_id(&found))).into_iter().collect();
        let mut related = HashMap::new();
        if view.abilities.related_diagnostics {
            for (uri, id, found) in news_of_others(view, given)? {
                ids.push((uri.clone(), id.clone()));
                let full = FullDocumentDiagnosticReport { result_id: Some(id), items: found };
                related.insert(uri, DocumentDiagnosticReportKind::Full(full));
            }
        }
        let related = (!related.is_empty()).then_some(related);
        // Neovim 0.12 looks at nothing else in a report that says it is unchanged.
        let previous = previous.filter(|_| related.is_none());
        Ok(Answer { report: report(found, previous, related), ids })
    }

    /// Remembers what the client is given now.
    pub(crate) fn give(self, given: &Given) -> DocumentDiagnosticReport {
        lock(given).extend(self.ids);
        self.report
    }
}

fn news_of_others(view: &View, given: &Given) -> Cancellable<Vec<(Uri, String, Vec<Diagnostic>)>> {
    let empty = result_id(&[]);
    let mut news = Vec::new();
    for (path, (uri, _)) in view.place.open.iter().filter(|(path, _)| ***path != *view.path) {
        let found = view.analysis.diagnostics(path)?;
        let known = lock(given).get(uri).cloned();
        // One that was never given is asked for by itself.
        let Some(known) = known.filter(|known| !found.is_empty() || *known != empty) else { continue };
        let found = view.diagnostics(path, found)?;
        let id = result_id(&found);
        if id != known {
            news.push((uri.clone(), id, found));
        }
    }
    Ok(news)
}

fn lock(given: &Given) -> MutexGuard<'_, HashMap<Uri, String>> {
    given.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A report of one document for a client that may know an earlier one.
pub(crate) fn report(
    found: Vec<Diagnostic>,
    previous: Option<&str>,
    related_documents: Option<HashMap<Uri, DocumentDiagnosticReportKind>>,
) -> DocumentDiagnosticReport {
    let result_id = result_id(&found);
    if previous == Some(result_id.as_str()) {
        return DocumentDiagnosticReport::Unchanged(RelatedUnchangedDocumentDiagnosticReport {
            related_documents,
            unchanged_document_diagnostic_report: UnchangedDocumentDiagnosticReport { result_id },
        });
    }
    DocumentDiagnosticReport::Full(RelatedFullDocumentDiagnosticReport {
        related_documents,
        full_document_diagnostic_report: FullDocumentDiagnosticReport {
            result_id: Some(result_id),
            items: found,
        },
    })
}

/// The findings of all roots; of what the client knows already, only that.
///
/// Files that have no findings, and of which the client knows none, are left out.
pub(crate) fn workspace_report(
    views: &[View],
    previous: &[PreviousResultId],
) -> Cancellable<Vec<WorkspaceDocumentDiagnosticReport>> {
    let mut known: HashMap<&Uri, &str> =
        previous.iter().map(|known| (&known.uri, known.value.as_str())).collect();
    let empty = result_id(&[]);
    let mut items = Vec::new();
    for view in views {
        for (path, found) in view.analysis.all_diagnostics()? {
            let Some(uri) = view.place.uri(&path) else { continue };
            let known = known.remove(&uri).unwrap_or(&empty);
            if found.is_empty() && known == empty {
                continue;
            }
            let found = view.diagnostics(&path, found)?;
            let version = view.place.version(&path).map(i64::from);
            let id = result_id(&found);
            items.push(if id == known { unchanged(uri, version, id) } else { full(uri, version, id, found) });
        }
    }
    let gone = known.into_iter().filter(|(_, id)| *id != empty);
    items.extend(gone.map(|(uri, _)| full(uri.clone(), None, empty.clone(), Vec::new())));
    Ok(items)
}

/// Whether a report says anything that the client does not know.
pub(crate) fn is_news(items: &[WorkspaceDocumentDiagnosticReport]) -> bool {
    items.iter().any(|item| matches!(item, WorkspaceDocumentDiagnosticReport::Full(_)))
}

fn unchanged(uri: Uri, version: Option<i64>, result_id: String) -> WorkspaceDocumentDiagnosticReport {
    WorkspaceDocumentDiagnosticReport::Unchanged(WorkspaceUnchangedDocumentDiagnosticReport {
        uri,
        version,
        unchanged_document_diagnostic_report: UnchangedDocumentDiagnosticReport { result_id },
    })
}

fn full(
    uri: Uri,
    version: Option<i64>,
    result_id: String,
    items: Vec<Diagnostic>,
) -> WorkspaceDocumentDiagnosticReport {
    WorkspaceDocumentDiagnosticReport::Full(WorkspaceFullDocumentDiagnosticReport {
        uri,
        version,
        full_document_diagnostic_report: FullDocumentDiagnosticReport { result_id: Some(result_id), items },
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::path::PathBuf;
    use std::str::FromStr;

    use super::*;
    use crate::publisher::Findings;

    fn file(path: &str, version: Option<i32>, messages: &[&str]) -> News {
        let diagnostics = messages
            .iter()
            .map(|message| Diagnostic::new_simple(Default::default(), (*message).to_owned()))
            .collect();
        let uri = Uri::from_str(&format!("file:///w/{path}")).unwrap();
        let key = (Arc::new(PathBuf::from("/w")), path.into());
        News::File(key, Findings { uri, version, generation: 1, diagnostics })
    }

    fn complete(said: &[&str]) -> News {
        let said: HashSet<Arc<str>> = said.iter().map(|&path| path.into()).collect();
        News::Complete { root: Arc::new(PathBuf::from("/w")), said, generation: 1 }
    }

    fn take(known: &mut Known, news: Vec<News>) -> (bool, bool) {
        let mut change = Change::default();
        for news in news {
            change.join(known.take(news));
        }
        (change.anything, change.elsewhere)
    }

    #[test]
    fn the_client_asks_by_itself_for_what_it_edits_and_is_told_of_the_rest() {
        let mut known = Known::default();
        let both = || complete(&["a", "b"]);
        assert_eq!(
            take(&mut known, vec![file("a", Some(1), &[]), file("b", None, &[]), both()]),
            (false, false)
        );
        let edited = vec![file("a", Some(2), &["wrong"]), file("b", None, &[]), both()];
        assert_eq!(take(&mut known, edited), (true, false));
        let elsewhere = vec![file("a", Some(3), &["wrong"]), file("b", None, &["too"]), both()];
        assert_eq!(take(&mut known, elsewhere), (true, true));
        assert_eq!(take(&mut known, vec![complete(&["a"])]), (true, true), "a file with findings is gone");
    }

    /// The client may have asked for it before the look that tells of it came to its end.
    #[test]
    fn findings_of_an_open_document_that_nothing_was_told_of_are_to_be_asked_for() {
        let first = vec![file("a", Some(1), &["wrong"]), complete(&["a"])];
        assert_eq!(take(&mut Known::default(), first), (true, true));
    }

    /// A look that a change has ended says nothing, and what it found is not forgotten.
    #[test]
    fn what_half_a_look_found_is_told_with_the_next_whole_one() {
        let mut known = Known::default();
        assert_eq!(take(&mut known, vec![file("b", None, &["wrong"])]), (false, false));
        assert_eq!(take(&mut known, vec![file("b", None, &["wrong"]), complete(&["b"])]), (true, true));
    }

    #[test]
    fn a_report_that_is_known_is_not_sent_again() {
        let found = vec![Diagnostic::new_simple(Default::default(), "wrong".to_owned())];
        let id = result_id(&found);
        assert!(matches!(report(found.clone(), Some(&id), None), DocumentDiagnosticReport::Unchanged(_)));
        assert!(matches!(report(found.clone(), None, None), DocumentDiagnosticReport::Full(_)));
        assert!(matches!(report(Vec::new(), Some(&id), None), DocumentDiagnosticReport::Full(_)));
    }
}

//! `sysspec/moduleStatus`: what is known of the obligations of a module, for clients that show it.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use sysspec_analysis::obligation::Counts;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tower_lsp_server::Client;
use tower_lsp_server::ls_types::Uri;
use tower_lsp_server::ls_types::notification::Notification;

/// The notification.
pub(crate) enum ModuleStatus {}

impl Notification for ModuleStatus {
    type Params = Status;
    const METHOD: &'static str = "sysspec/moduleStatus";
}

/// The obligations of one module in one version of its text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Status {
    pub(crate) uri: Uri,
    /// The version of the document, when it is open.
    pub(crate) version: Option<i32>,
    pub(crate) state: State,
    pub(crate) proved: usize,
    pub(crate) refuted: usize,
    pub(crate) textual: usize,
    pub(crate) informal: usize,
    pub(crate) unknown: usize,
    /// Those that wait for the solver.
    pub(crate) open: usize,
}

/// How the obligations of a module stand, the most pressing first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum State {
    /// It changed, or what it relies on did, and nobody has looked since. The numbers are of before.
    Stale,
    /// The solver is at work on some.
    Checking,
    /// At least one does not hold.
    Failed,
    /// None is known not to hold, and some are not decided.
    Undecided,
    /// All hold.
    Verified,
}

impl Status {
    pub(crate) fn new(uri: Uri, version: Option<i32>, counts: Counts) -> Status {
        let Counts { proved, refuted, textual, informal, unknown, open } = counts;
        let state = match () {
            () if open > 0 => State::Checking,
            () if refuted > 0 => State::Failed,
            () if informal + unknown > 0 => State::Undecided,
            () => State::Verified,
        };
        Status { uri, version, state, proved, refuted, textual, informal, unknown, open }
    }
}

/// What is told of a module.
#[derive(Debug)]
pub(crate) enum Standing {
    /// This is how it stands.
    Known(Box<Status>),
    /// What was told last is of another text.
    Outdated(Uri, Option<i32>),
}

/// Starts what tells the client, each change once.
pub(crate) fn start(client: Client) -> UnboundedSender<Standing> {
    let (sender, receiver) = unbounded_channel();
    tokio::spawn(tell(client, receiver));
    sender
}

async fn tell(client: Client, mut receiver: UnboundedReceiver<Standing>) {
    let mut told = Told::default();
    while let Some(standing) = receiver.recv().await {
        told.take(standing);
        while let Ok(standing) = receiver.try_recv() {
            told.take(standing);
        }
        for status in told.news() {
            client.send_notification::<ModuleStatus>(status).await;
        }
    }
}

/// What the client was told last, and what it is to be told: of each module the newest.
#[derive(Default)]
struct Told {
    last: HashMap<Uri, Status>,
    waiting: Vec<Status>,
}

impl Told {
    fn take(&mut self, standing: Standing) {
        let status = match standing {
            Standing::Known(status) => *status,
            Standing::Outdated(uri, version) => {
                let waiting = self.waiting.iter().find(|status| status.uri == uri);
                let Some(newest) = waiting.or_else(|| self.last.get(&uri)).cloned() else { return };
                Status { version, state: State::Stale, ..newest }
            }
        };
        self.waiting.retain(|other| other.uri != status.uri);
        self.waiting.push(status);
    }

    /// What the client does not know yet. A module that was out of date for a moment only is none of it.
    fn news(&mut self) -> Vec<Status> {
        let mut news = std::mem::take(&mut self.waiting);
        news.retain(|status| self.last.get(&status.uri) != Some(status));
        self.last.extend(news.iter().map(|status| (status.uri.clone(), status.clone())));
        news
    }
}

#[cfg(test)]
mod tests {
    use std::str::FromStr;

    use super::*;

    fn known(version: i32, counts: Counts) -> Standing {
        Standing::Known(Box::new(Status::new(uri(), Some(version), counts)))
    }

    fn uri() -> Uri {
        Uri::from_str("file:///w/a.spec").unwrap()
    }

    #[test]
    fn what_is_refuted_outweighs_what_is_not_decided() {
        let state = |counts| Status::new(uri(), None, counts).state;
        assert_eq!(state(Counts { proved: 3, ..Counts::default() }), State::Verified);
        assert_eq!(state(Counts { proved: 3, informal: 1, ..Counts::default() }), State::Undecided);
        assert_eq!(state(Counts { refuted: 1, unknown: 1, ..Counts::default() }), State::Failed);
        assert_eq!(state(Counts { refuted: 1, open: 1, ..Counts::default() }), State::Checking);
    }

    #[test]
    fn a_status_is_told_once_and_goes_stale_with_its_text() {
        let mut told = Told::default();
        let mut told_of = |standing| {
            told.take(standing);
            told.news()
        };
        let proved = Counts { proved: 2, ..Counts::default() };
        assert_eq!(told_of(Standing::Outdated(uri(), Some(1))), [], "nothing was told of it");
        assert_eq!(told_of(known(1, proved)).len(), 1);
        assert_eq!(told_of(known(1, proved)), []);
        let stale = told_of(Standing::Outdated(uri(), Some(2)));
        assert_eq!((stale[0].state, stale[0].version, stale[0].proved), (State::Stale, Some(2), 2));
        assert_eq!(told_of(known(2, proved))[0].state, State::Verified);
    }

    /// Each look outdates all neighbours of what was edited, and most of them stand as before.
    #[test]
    fn a_module_that_stands_as_before_is_not_told_again() {
        let mut told = Told::default();
        let proved = Counts { proved: 2, ..Counts::default() };
        told.take(known(1, proved));
        assert_eq!(told.news().len(), 1);
        told.take(Standing::Outdated(uri(), Some(1)));
        told.take(known(1, proved));
        assert_eq!(told.news(), []);
    }
}

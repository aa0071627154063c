//! What happens when the analysis fails in the writer's own thread.

use std::panic::{AssertUnwindSafe, catch_unwind};

use sysspec_analysis::Host;

use super::{Message, Writer};

impl Writer {
    /// Takes a message. When that panics, everything the analysis knew is thrown away and read again: the texts of open
    /// documents are the writer's own, and the rest is on disk.
    pub(super) fn take_safely(&mut self, message: Message) {
        if catch_unwind(AssertUnwindSafe(|| self.take(message))).is_err() {
            let what = "the analysis failed and was started again; the log of the server says where";
            (self.surroundings.complain)(what.to_owned());
            self.start_again();
        }
    }

    pub(super) fn start_again(&mut self) {
        for root in &mut self.roots {
            root.host = Host::new();
            root.on_disk.clear();
            root.swept = Default::default();
            root.note_change();
        }
        let uris: Vec<_> = self.documents.keys().cloned().collect();
        for uri in uris {
            self.house(&uri);
        }
        for at in 0..self.roots.len() {
            self.load(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::str::FromStr;
    use std::sync::mpsc::channel;

    use tower_lsp_server::ls_types::Uri;

    use super::super::{Inquiry, Question, Surroundings};
    use super::*;
    use crate::reads::View;

    /// Panics, or answers with the text of the document's first line.
    struct Probe {
        panics: bool,
        answer: std::sync::mpsc::Sender<String>,
    }

    impl Inquiry for Probe {
        fn attempt(&mut self, view: Option<View>) -> bool {
            assert!(!self.panics, "as the test wants it");
            let view = view.expect("the document is known");
            let Ok(Some(text)) = view.analysis.text(&view.path) else { return false };
            drop(view);
            self.answer.send(text.to_string()).is_ok()
        }

        fn answer_modified(&mut self) {}
    }

    fn writer() -> (Writer, tokio::runtime::Runtime, std::sync::mpsc::Receiver<Message>) {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let (messages, inbox) = channel();
        let (news, _) = tokio::sync::mpsc::unbounded_channel();
        let (statuses, _) = tokio::sync::mpsc::unbounded_channel();
        let (runtime_handle, complain) = (runtime.handle().clone(), Box::new(|_| {}));
        let interrupt = Default::default();
        let surroundings =
            Surroundings { runtime: runtime_handle, messages, news, statuses, interrupt, complain };
        (Writer::new(surroundings), runtime, inbox)
    }

    fn open(writer: &mut Writer, inbox: &std::sync::mpsc::Receiver<Message>) -> Uri {
        let uri = Uri::from_str("untitled:Untitled-1").expect("a URI");
        let language = "sysspec".to_owned();
        writer.take_safely(Message::Open { uri: uri.clone(), language, version: 1, text: "[RELY]\n".into() });
        // The root, which is nowhere on disk, is read once, and looked into.
        writer.take_safely(inbox.recv().expect("what was read"));
        writer.take_safely(inbox.recv().expect("word that it is prepared"));
        uri
    }

    fn ask(writer: &mut Writer, uri: &Uri, panics: bool) -> std::sync::mpsc::Receiver<String> {
        let (answer, answered) = channel();
        let inquiry = Box::new(Probe { panics, answer });
        writer.take_safely(Message::Read(Question { uri: uri.clone(), asked_of: None, inquiry }));
        answered
    }

    #[test]
    fn a_request_that_panics_fails_alone() {
        let (mut writer, _runtime, inbox) = writer();
        let uri = open(&mut writer, &inbox);
        assert!(ask(&mut writer, &uri, true).recv().is_err(), "there is no answer");
        assert_eq!(ask(&mut writer, &uri, false).recv().as_deref(), Ok("[RELY]\n"));
    }

    #[test]
    fn started_again_the_analysis_knows_the_open_documents() {
        let (mut writer, _runtime, inbox) = writer();
        let uri = open(&mut writer, &inbox);
        writer.start_again();
        writer.take_safely(inbox.recv().expect("what was read"));
        assert_eq!(ask(&mut writer, &uri, false).recv().as_deref(), Ok("[RELY]\n"));
    }
}

//! How a message reaches a writer that is answering.
//!
//! What takes a fraction of a millisecond is answered by the writer itself: waking another thread up would take as long.
//! Nobody may wait for the writer, though. So whoever sends it a message cancels what it is answering, and a thread of
//! the pool goes on with that.

use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sysspec_analysis::Canceller;

use crate::writer::Message;

/// What the writer is answering, shared with those who send it messages.
#[derive(Clone, Default)]
pub(crate) struct Interrupt(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    /// How many messages have been sent.
    sent: u64,
    answering: Option<Canceller>,
}

impl Interrupt {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Every change of the state is one step, so that a panic leaves nothing half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many messages have been sent.
    pub(crate) fn sent(&self) -> u64 {
        self.lock().sent
    }

    /// Answers, unless a message was sent since `seen` had been; one that comes while it answers cancels that.
    pub(crate) fn unless_sent<T>(
        &self,
        seen: u64,
        canceller: Canceller,
        answer: impl FnOnce() -> T,
    ) -> Option<T> {
        {
            let mut state = self.lock();
            if state.sent != seen {
                return None;
            }
            state.answering = Some(canceller);
        }
        let _end = End(self);
        Some(answer())
    }
}

struct End<'a>(&'a Interrupt);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.lock().answering = None;
    }
}

/// Where messages for the writer are put.
pub(crate) struct Letterbox {
    messages: Sender<Message>,
    interrupt: Interrupt,
}

impl Letterbox {
    pub(crate) fn new(messages: Sender<Message>, interrupt: Interrupt) -> Letterbox {
        Letterbox { messages, interrupt }
    }

    pub(crate) fn send(&self, message: Message) {
        // First the message: a writer that has not seen it then sees that it was sent. When the writer is gone the whole
        // server is on its way out.
        let _ = self.messages.send(message);
        let mut state = self.interrupt.lock();
        state.sent += 1;
        if let Some(answering) = state.answering.take() {
            answering.cancel();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::sync::mpsc::channel;

    use sysspec_analysis::{Cancelled, Host};

    use super::*;

    fn letterbox() -> (Letterbox, Interrupt, std::sync::mpsc::Receiver<Message>) {
        let ((sender, inbox), interrupt) = (channel(), Interrupt::default());
        (Letterbox::new(sender, interrupt.clone()), interrupt, inbox)
    }

    fn host() -> Host {
        let mut host = Host::new();
        host.set_file("a.spec", Some("[GUARANTEE]\n```c\nint a(void);\n```\n"));
        host
    }

    fn message() -> Message {
        Message::Prepared { root: Arc::new(PathBuf::new()) }
    }

    #[test]
    fn a_message_ends_what_the_writer_is_answering() {
        let (letterbox, interrupt, _inbox) = letterbox();
        let analysis = host().snapshot();
        let answer = interrupt.unless_sent(interrupt.sent(), analysis.canceller(), || {
            letterbox.send(message());
            analysis.diagnostics("a.spec")
        });
        assert_eq!(answer, Some(Err(Cancelled)));
        assert!(analysis.diagnostics("a.spec").is_ok(), "whoever asks next is answered");
    }

    #[test]
    fn nothing_is_answered_while_a_message_waits() {
        let (letterbox, interrupt, _inbox) = letterbox();
        let analysis = host().snapshot();
        let seen = interrupt.sent();
        letterbox.send(message());
        assert!(interrupt.unless_sent(seen, analysis.canceller(), || ()).is_none());
        assert!(interrupt.unless_sent(interrupt.sent(), analysis.canceller(), || ()).is_some());
        letterbox.send(message());
        assert!(analysis.diagnostics("a.spec").is_ok(), "what has ended is not cancelled");
    }
}

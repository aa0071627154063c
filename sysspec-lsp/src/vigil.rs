//! Notices when the client is gone, so that no server is left behind.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use nix::sys::signal;
use nix::unistd::Pid;
use tokio::io::{AsyncRead, ReadBuf};
use tokio::sync::Notify;

/// How often the process that started the server is looked for.
const INTERVAL: Duration = Duration::from_secs(2);
/// How long answers may still be written after the input ended.
const GRACE: Duration = Duration::from_secs(2);

/// What is known of the end of the client.
#[derive(Default)]
pub(crate) struct Vigil {
    input_ended: Notify,
    gone: Notify,
    shut_down: AtomicBool,
}

impl Vigil {
    /// The same input, watched for its end.
    pub(crate) fn watch<I>(self: &Arc<Self>, input: I) -> Watched<I> {
        Watched { input, vigil: self.clone() }
    }

    /// The client asked for `shutdown`: what follows is an orderly end.
    pub(crate) fn note_shutdown(&self) {
        self.shut_down.store(true, Ordering::Release);
    }

    /// Nothing more can be done for the client, and the process should end.
    pub(crate) fn give_up(&self) {
        self.gone.notify_one();
    }

    /// Looks for a process from now on; when it ends, the client is gone.
    ///
    /// A client in another container is not seen from here, and then says nothing by its absence.
    pub(crate) fn follow(self: &Arc<Self>, process: u32) {
        let Some(process) = i32::try_from(process).ok().filter(|process| is_alive(*process)) else { return };
        let vigil = self.clone();
        tokio::spawn(async move {
            while is_alive(process) {
                tokio::time::sleep(INTERVAL).await;
            }
            vigil.give_up();
        });
    }

    /// Waits until the client is gone.
    pub(crate) async fn client_is_gone(&self) {
        tokio::select! {
            () = self.gone.notified() => {}
            () = self.input_ended.notified() => tokio::time::sleep(GRACE).await,
        }
    }

    pub(crate) fn is_shut_down(&self) -> bool {
        self.shut_down.load(Ordering::Acquire)
    }

    pub(crate) fn exit_code(&self) -> u8 {
        u8::from(!self.is_shut_down())
    }
}

fn is_alive(process: i32) -> bool {
    // Signal 0 is none: the call only asks whether there is such a process.
    !matches!(signal::kill(Pid::from_raw(process), None), Err(nix::errno::Errno::ESRCH))
}

/// An input whose end is noticed.
pub(crate) struct Watched<I> {
    input: I,
    vigil: Arc<Vigil>,
}

impl<I: AsyncRead + Unpin> AsyncRead for Watched<I> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.input).poll_read(context, buffer);
        let ended = match &polled {
            Poll::Ready(Ok(())) => buffer.filled().len() == before && buffer.remaining() > 0,
            Poll::Ready(Err(_)) => true,
            Poll::Pending => false,
        };
        if ended {
            self.vigil.input_ended.notify_one();
        }
        polled
    }
}

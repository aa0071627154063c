//! Standard input and output of a server.
//!
//! The runtime's own reads and writes of them go through threads that block, so that every message pays for waking
//! one up. An editor talks through pipes or sockets, which can be waited for instead.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::FileTypeExt;
use std::os::unix::net;
use std::pin::Pin;
use std::task::{Context, Poll};

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf, Stdin, Stdout};
use tokio::net::UnixStream;
use tokio::net::unix::pipe::{Receiver, Sender};

/// Standard input.
pub(crate) fn input() -> Stream<Receiver, Stdin> {
    let end = End::new(io::stdin(), Receiver::from_owned_fd);
    end.map_or_else(|_| Stream::Other(tokio::io::stdin()), Stream::Waitable)
}

/// Standard output.
pub(crate) fn output() -> Stream<Sender, Stdout> {
    let end = End::new(io::stdout(), Sender::from_owned_fd);
    end.map_or_else(|_| Stream::Other(tokio::io::stdout()), Stream::Waitable)
}

/// One of the two.
pub(crate) enum Stream<P, O> {
    /// It can be waited for.
    Waitable(End<P>),
    /// A terminal or a file.
    Other(O),
}

/// The end of a pipe or socket, which does not block.
pub(crate) struct End<P> {
    channel: Channel<P>,
    /// The same once more, and how it was found: whoever gave it to this process may use it after.
    before: (OwnedFd, OFlag),
}

enum Channel<P> {
    Pipe(P),
    Socket(UnixStream),
}

impl<P> End<P> {
    fn new(standard: impl AsFd, pipe: impl FnOnce(OwnedFd) -> io::Result<P>) -> io::Result<Self> {
        let end = File::from(standard.as_fd().try_clone_to_owned()?);
        let kind = end.metadata()?.file_type();
        let flags = OFlag::from_bits_retain(fcntl(&end, FcntlArg::F_GETFL)?);
        let before = (OwnedFd::from(end.try_clone()?), flags);
        let channel = if kind.is_fifo() {
            Channel::Pipe(pipe(end.into())?)
        } else if kind.is_socket() {
            let socket = net::UnixStream::from(OwnedFd::from(end));
            socket.set_nonblocking(true)?;
            Channel::Socket(UnixStream::from_std(socket)?)
        } else {
            return Err(io::ErrorKind::Unsupported.into());
        };
        Ok(Self { channel, before })
    }
}

impl<P> Drop for End<P> {
    fn drop(&mut self) {
        // When even that fails there is nobody left to care.
        let _ = fcntl(&self.before.0, FcntlArg::F_SETFL(self.before.1));
    }
}

impl<P: AsyncRead + Unpin, O: AsyncRead + Unpin> Stream<P, O> {
    fn reader(&mut self) -> Pin<&mut (dyn AsyncRead + Unpin)> {
        match self {
            Stream::Waitable(End { channel: Channel::Pipe(pipe), .. }) => Pin::new(pipe),
            Stream::Waitable(End { channel: Channel::Socket(socket), .. }) => Pin::new(socket),
            Stream::Other(other) => Pin::new(other),
        }
    }
}

impl<P: AsyncWrite + Unpin, O: AsyncWrite + Unpin> Stream<P, O> {
    fn writer(&mut self) -> Pin<&mut (dyn AsyncWrite + Unpin)> {
        match self {
            Stream::Waitable(End { channel: Channel::Pipe(pipe), .. }) => Pin::new(pipe),
            Stream::Waitable(End { channel: Channel::Socket(socket), .. }) => Pin::new(socket),
            Stream::Other(other) => Pin::new(other),
        }
    }
}

impl<P: AsyncRead + Unpin, O: AsyncRead + Unpin> AsyncRead for Stream<P, O> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.get_mut().reader().poll_read(context, buffer)
    }
}

impl<P: AsyncWrite + Unpin, O: AsyncWrite + Unpin> AsyncWrite for Stream<P, O> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.get_mut().writer().poll_write(context, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.get_mut().writer().poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.get_mut().writer().poll_shutdown(context)
    }
}

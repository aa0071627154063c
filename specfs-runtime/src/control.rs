//! What the host process and its supervisor tell each other.
//!
//! They are joined by a pair of sockets that keep messages apart; the host's end is its standard input.
//! The end of one process closes its end, which the other one notices however it ended.

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

use nix::sys::socket::{
    AddressFamily, MsgFlags, SockFlag, SockType, getsockopt, recv, send, socketpair, sockopt,
};

use crate::error::MountError;

/// How many return addresses a crash report has at most.
pub const FRAMES_MAX: usize = 96;

/// The words of a crash record before its return addresses.
const CRASH_WORDS: usize = 7;

/// The largest message, in bytes.
const MESSAGE_MAX: usize = 16 * 1024;

/// The length of a crash record, in bytes.
pub const CRASH_BYTES: usize = 1 + 8 * (CRASH_WORDS + FRAMES_MAX);

/// A message from the host process.
#[derive(Debug, PartialEq)]
pub enum FromHost {
    /// The image is in memory. The host waits for [`GO_ON`], so that its memory map can be read.
    Loaded,
    /// The file system is mounted.
    Mounted,
    /// There is nothing to serve, for this reason.
    Failed(String),
    /// The host's own code has panicked.
    Panicked(String),
    /// The process is about to die. May come twice: before and after the stack is walked.
    Crash(Crash),
}

/// The message to the host process that it may call the image now.
pub const GO_ON: &[u8] = b"G";

const LOADED: u8 = b'L';
const MOUNTED: u8 = b'M';
const FAILED: u8 = b'F';
const PANICKED: u8 = b'P';
const CRASH: u8 = b'C';

/// Where a process was when it died: raw addresses, since a dying process can find out no more.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Crash {
    /// The signal's number; 0 when a sanitizer ends the process.
    pub signal: u64,
    /// The signal's code (si_code).
    pub code: u64,
    /// The address that the signal is about (si_addr).
    pub address: u64,
    /// The instruction that the signal interrupted.
    pub pc: u64,
    /// The stack pointer.
    pub sp: u64,
    /// The word at the top of the stack: the caller, when `pc` is where a wild call went.
    pub top: u64,
    /// The return addresses, innermost first; empty when the stack could not be walked.
    pub frames: Vec<u64>,
}

impl FromHost {
    fn encode(&self) -> Vec<u8> {
        let text = |tag: u8, text: &str| {
            let end = text.floor_char_boundary(MESSAGE_MAX - 1);
            [&[tag], &text.as_bytes()[..end]].concat()
        };
        match self {
            FromHost::Loaded => vec![LOADED],
            FromHost::Mounted => vec![MOUNTED],
            FromHost::Failed(reason) => text(FAILED, reason),
            FromHost::Panicked(message) => text(PANICKED, message),
            FromHost::Crash(crash) => {
                let mut bytes = [0; CRASH_BYTES];
                let words = [crash.signal, crash.code, crash.address, crash.pc, crash.sp, crash.top];
                let length = encode_crash(&mut bytes, words, &crash.frames);
                bytes[..length].to_vec()
            }
        }
    }

    fn decode(bytes: &[u8]) -> Option<FromHost> {
        let (&tag, rest) = bytes.split_first()?;
        let text = || String::from_utf8_lossy(rest).into_owned();
        Some(match tag {
            LOADED => FromHost::Loaded,
            MOUNTED => FromHost::Mounted,
            FAILED => FromHost::Failed(text()),
            PANICKED => FromHost::Panicked(text()),
            CRASH => FromHost::Crash(decode_crash(rest)?),
            _ => return None,
        })
    }
}

/// Writes a crash record into `bytes`; its length. Allocates nothing, as a signal handler must.
pub fn encode_crash(
    bytes: &mut [u8; CRASH_BYTES],
    [signal, code, address, pc, sp, top]: [u64; 6],
    frames: &[u64],
) -> usize {
    bytes[0] = CRASH;
    let frames = &frames[..frames.len().min(FRAMES_MAX)];
    let words = [signal, code, address, pc, sp, top, frames.len() as u64];
    let (_, room) = bytes.split_at_mut(1);
    for (place, word) in room.chunks_exact_mut(8).zip(words.iter().chain(frames)) {
        place.copy_from_slice(&word.to_ne_bytes());
    }
    1 + 8 * (CRASH_WORDS + frames.len())
}

fn decode_crash(bytes: &[u8]) -> Option<Crash> {
    let (words, _) = bytes.as_chunks::<8>();
    let words: Vec<u64> = words.iter().map(|word| u64::from_ne_bytes(*word)).collect();
    let (&[signal, code, address, pc, sp, top, count], frames) = words.split_first_chunk::<CRASH_WORDS>()?;
    let frames = frames.get(..count as usize)?.to_vec();
    Some(Crash { signal, code, address, pc, sp, top, frames })
}

/// One end of the connection.
#[derive(Debug)]
pub struct Connection(OwnedFd);

impl Connection {
    /// Both ends of a fresh connection; neither survives an exec by itself.
    pub fn pair() -> Result<(Connection, OwnedFd), MountError> {
        let (ours, theirs) =
            socketpair(AddressFamily::Unix, SockType::SeqPacket, None, SockFlag::SOCK_CLOEXEC)
                .map_err(|errno| MountError::Control(errno.into()))?;
        Ok((Connection(ours), theirs))
    }

    /// The host's end, taken away from standard input, which becomes empty.
    pub fn from_stdin() -> Result<Connection, MountError> {
        let stdin = io::stdin();
        if getsockopt(&stdin, sockopt::SockType) != Ok(SockType::SeqPacket) {
            return Err(MountError::NotSupervised);
        }
        let connection = stdin.as_fd().try_clone_to_owned().map_err(MountError::Control)?;
        let empty = std::fs::File::open("/dev/null").map_err(MountError::Control)?;
        nix::unistd::dup2_stdin(empty).map_err(|errno| MountError::Control(errno.into()))?;
        Ok(Connection(connection))
    }

    /// Tells the supervisor.
    pub fn tell(&self, message: &FromHost) -> Result<(), MountError> {
        self.send(&message.encode())
    }

    /// Tells the host process.
    pub fn send(&self, message: &[u8]) -> Result<(), MountError> {
        send(self.0.as_raw_fd(), message, MsgFlags::MSG_NOSIGNAL)
            .map(|_| ())
            .map_err(|errno| MountError::Control(errno.into()))
    }

    /// The next message from the host process, waiting for it; `None` when that has ended.
    pub fn next(&self) -> Result<Option<FromHost>, MountError> {
        let Some(bytes) = self.receive()? else { return Ok(None) };
        let strange = || io::Error::new(io::ErrorKind::InvalidData, "a message that means nothing");
        FromHost::decode(&bytes).map(Some).ok_or_else(|| MountError::Control(strange()))
    }

    /// The next message, waiting for it; `None` when the other process has ended.
    pub fn receive(&self) -> Result<Option<Vec<u8>>, MountError> {
        let mut bytes = vec![0; MESSAGE_MAX];
        loop {
            match recv(self.0.as_raw_fd(), &mut bytes, MsgFlags::empty()) {
                Ok(0) | Err(nix::errno::Errno::ECONNRESET) => return Ok(None),
                Ok(length) => {
                    bytes.truncate(length);
                    return Ok(Some(bytes));
                }
                Err(nix::errno::Errno::EINTR) => {}
                Err(errno) => return Err(MountError::Control(errno.into())),
            }
        }
    }
}

impl AsFd for Connection {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_arrive_as_they_were_sent() {
        let (supervisor, host) = Connection::pair().unwrap();
        let host = Connection(host);
        let frames: Vec<u64> = (0..FRAMES_MAX as u64).map(|n| n << 40).collect();
        let crash = Crash { signal: 11, code: 1, address: 8, pc: u64::MAX, sp: 3, top: 5, frames };
        for message in [
            FromHost::Loaded,
            FromHost::Mounted,
            FromHost::Failed("no such image: ö".into()),
            FromHost::Panicked("at src/x.rs".into()),
            FromHost::Crash(crash),
            FromHost::Crash(Crash::default()),
        ] {
            host.tell(&message).unwrap();
            assert_eq!(supervisor.next().unwrap(), Some(message));
        }
        drop(host);
        assert_eq!(supervisor.next().unwrap(), None);
    }

    #[test]
    fn a_message_that_is_too_long_is_cut_between_characters() {
        let (supervisor, host) = Connection::pair().unwrap();
        Connection(host).tell(&FromHost::Failed("ö".repeat(MESSAGE_MAX))).unwrap();
        let Some(FromHost::Failed(text)) = supervisor.next().unwrap() else { panic!("no message") };
        assert!(text.chars().all(|c| c == 'ö') && text.len() > MESSAGE_MAX - 4, "{}", text.len());
    }
}

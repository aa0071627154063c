//! The signals that ask a process to end, as something that can be waited for.

use std::io;
use std::os::unix::net::UnixStream;

use signal_hook::SigId;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::low_level::{pipe, unregister};

/// Gets a byte for each SIGINT, SIGTERM and SIGHUP for the rest of the process's life.
pub fn listen() -> io::Result<UnixStream> {
    let (reader, ids) = register()?;
    ids.keep();
    Ok(reader)
}

/// Gets a byte for each SIGINT, SIGTERM and SIGHUP, which do nothing else while the second value lives.
pub fn register() -> io::Result<(UnixStream, Registered)> {
    let (reader, writer) = UnixStream::pair()?;
    reader.set_nonblocking(true)?;
    let mut registered = Registered(Vec::new());
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        registered.0.push(pipe::register(signal, writer.try_clone()?)?);
    }
    Ok((reader, registered))
}

/// Ends the registration when dropped.
pub struct Registered(Vec<SigId>);

impl Registered {
    fn keep(mut self) {
        self.0.clear();
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        for id in self.0.drain(..) {
            unregister(id);
        }
    }
}

//! What each thread that serves requests keeps for itself.

use std::cell::RefCell;

use fuser::Request;

use crate::{crash, follow};

struct Worker {
    /// Read by the image into, written by the kernel from; as large as the largest request so far.
    buffer: Vec<u8>,
}

thread_local! {
    static WORKER: RefCell<Worker> = RefCell::new(Worker::start());
}

impl Worker {
    /// The threads belong to fuser, which tells nobody of their start: the first request does.
    fn start() -> Worker {
        crash::guard_this_thread();
        follow::register_this_thread();
        Worker { buffer: Vec::new() }
    }
}

/// Called at the start of each request, with the number of bytes that it moves.
pub fn attend(req: &Request, bytes: usize) {
    WORKER.with(|_| {});
    follow::note(req.pid(), bytes);
}

/// Lends a buffer of `size` bytes, whose contents are of no meaning.
pub fn with_buffer<R>(size: usize, use_it: impl FnOnce(&mut [u8]) -> R) -> R {
    WORKER.with_borrow_mut(|worker| {
        if worker.buffer.len() < size {
            worker.buffer.resize(size, 0);
        }
        use_it(&mut worker.buffer[..size])
    })
}

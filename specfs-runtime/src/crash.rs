//! The last words of a host process that crashes.
//!
//! A handler collects raw addresses and sends them to the supervisor, which makes names of them. Only
//! calls that are safe in a signal handler are made, on a stack of its own, so that it also works after
//! the image has used up its stack.

// Signal handlers, their stacks and what they may look at are beyond safe Rust. Each block says why it may.
#![allow(unsafe_code)]

use std::ffi::{c_int, c_void};
use std::os::fd::{AsFd, AsRawFd};
use std::ptr::null_mut;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};

use crate::control::{CRASH_BYTES, Connection, FRAMES_MAX, FromHost, encode_crash};

/// Room for the handler, the stack walker and a signal frame with the widest vector registers.
const STACK_BYTES: usize = 256 * 1024;

/// A handler that takes longer has met a lock that the crash left locked.
const HANDLER_SECONDS: u32 = 10;

const FATAL: [c_int; 7] =
    [libc::SIGSEGV, libc::SIGBUS, libc::SIGILL, libc::SIGFPE, libc::SIGTRAP, libc::SIGSYS, libc::SIGABRT];

static CONNECTION: AtomicI32 = AtomicI32::new(-1);
static REPORTING: AtomicBool = AtomicBool::new(false);
static SANITIZED: AtomicBool = AtomicBool::new(false);

/// Reports to the supervisor whatever ends this process from now on. The connection has to stay open.
pub fn install(connection: &'static Connection) {
    CONNECTION.store(connection.as_fd().as_raw_fd(), Ordering::Relaxed);
    // The first call of `backtrace` loads libgcc, which a handler must not.
    walk_stack(&mut [null_mut(); 4]);
    std::panic::set_hook(Box::new(move |panic| {
        tracing::error!("{panic}");
        // Nobody to tell: then the exit by SIGABRT has to do.
        let _ = connection.tell(&FromHost::Panicked(panic.to_string()));
        std::process::abort();
    }));
    if follow_sanitizer() {
        // It reports invalid accesses better itself.
        SANITIZED.store(true, Ordering::Relaxed);
        handle(libc::SIGABRT);
    } else {
        guard_this_thread();
        FATAL.into_iter().for_each(handle);
    }
}

/// Gives this thread the stack that the handler runs on.
pub fn guard_this_thread() {
    if CONNECTION.load(Ordering::Relaxed) < 0 || SANITIZED.load(Ordering::Relaxed) {
        return;
    }
    // SAFETY: an anonymous mapping touches no memory that is in use.
    let stack = unsafe {
        libc::mmap(
            null_mut(),
            STACK_BYTES,
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_STACK,
            -1,
            0,
        )
    };
    if stack == libc::MAP_FAILED {
        return tracing::warn!(
            "no memory for a signal stack: a stack overflow will be reported without frames"
        );
    }
    let stack = libc::stack_t { ss_sp: stack, ss_flags: 0, ss_size: STACK_BYTES };
    // SAFETY: the mapping is used for nothing else and is kept: threads live as long as the process.
    if unsafe { libc::sigaltstack(&stack, null_mut()) } != 0 {
        tracing::warn!("the signal stack was refused: a stack overflow will be reported without frames");
    }
}

fn handle(signal: c_int) {
    // SAFETY: all-zero is a valid sigaction; its mask is empty.
    let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
    action.sa_sigaction = on_signal as *const () as libc::sighandler_t;
    action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK | libc::SA_RESETHAND;
    // SAFETY: the handler makes only calls that are safe in one.
    unsafe { libc::sigaction(signal, &action, null_mut()) };
}

/// Asks an address or thread sanitizer, if the image brought one along, to report its findings too.
fn follow_sanitizer() -> bool {
    type SetDeathCallback = unsafe extern "C" fn(extern "C" fn());
    let process = libloading::os::unix::Library::this();
    // SAFETY: this is the function's type in sanitizer/common_interface_defs.h.
    let set =
        unsafe { process.get::<SetDeathCallback>(c"__sanitizer_set_death_callback".to_bytes_with_nul()) };
    let Ok(set) = set else { return false };
    // SAFETY: the callback is a plain function that lives for ever.
    unsafe { set(on_death) };
    true
}

extern "C" fn on_death() {
    report([0; 6]);
}

extern "C" fn on_signal(signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
    // SAFETY: the kernel passes a valid siginfo and, as SA_SIGINFO says, a ucontext.
    let (code, address, [pc, sp]) =
        unsafe { ((*info).si_code, (*info).si_addr() as u64, registers(&*context.cast())) };
    report([signal as u64, code as u64, address, pc, sp, word_at(sp)]);
    // The default action is back in place, and comes when this handler returns.
    // SAFETY: has no preconditions and may be called in a handler.
    unsafe { libc::raise(signal) };
}

fn report(words: [u64; 6]) {
    if REPORTING.swap(true, Ordering::SeqCst) {
        // Another thread reports, and then the process ends. A crash within the report ends it at
        // once, since its handler is reset.
        loop {
            // SAFETY: has no preconditions.
            unsafe { libc::pause() };
        }
    }
    // SAFETY: has no preconditions; SIGALRM, which nobody handles, ends the process.
    unsafe { libc::alarm(HANDLER_SECONDS) };
    // Once before the stack is walked, for the case that this does not come to an end.
    send(words, &[]);
    let mut frames = [null_mut(); FRAMES_MAX];
    let count = walk_stack(&mut frames);
    let mut addresses = [0; FRAMES_MAX];
    for (address, frame) in addresses.iter_mut().zip(frames) {
        *address = frame as u64;
    }
    send(words, &addresses[..count]);
}

fn send(words: [u64; 6], frames: &[u64]) {
    let mut record = [0; CRASH_BYTES];
    let length = encode_crash(&mut record, words, frames);
    let flags = libc::MSG_NOSIGNAL | libc::MSG_DONTWAIT;
    // SAFETY: the pointer and the length are those of the record.
    unsafe { libc::send(CONNECTION.load(Ordering::Relaxed), record.as_ptr().cast(), length, flags) };
}

fn walk_stack(frames: &mut [*mut c_void]) -> usize {
    // SAFETY: writes at most as many addresses as it is told there is room for. It is not on the list of
    // functions that are safe in a handler because of its first call, which `install` makes.
    let count = unsafe { libc::backtrace(frames.as_mut_ptr(), frames.len() as c_int) };
    usize::try_from(count).unwrap_or(0)
}

/// The word at an address, or 0 where there is no memory.
fn word_at(address: u64) -> u64 {
    let mut word = 0u64;
    let here = libc::iovec { iov_base: (&raw mut word).cast(), iov_len: size_of::<u64>() };
    let there = libc::iovec { iov_base: address as *mut c_void, iov_len: size_of::<u64>() };
    // SAFETY: the kernel checks the address that is read from, and the place written to is `word`. These
    // are system calls, and so safe in a handler.
    unsafe { libc::process_vm_readv(libc::getpid(), &here, 1, &there, 1, 0) };
    word
}

/// The program counter and the stack pointer.
#[cfg(target_arch = "x86_64")]
fn registers(context: &libc::ucontext_t) -> [u64; 2] {
    [libc::REG_RIP, libc::REG_RSP].map(|register| context.uc_mcontext.gregs[register as usize] as u64)
}

/// The program counter and the stack pointer.
#[cfg(target_arch = "aarch64")]
fn registers(context: &libc::ucontext_t) -> [u64; 2] {
    [context.uc_mcontext.pc, context.uc_mcontext.sp]
}

/// Unknown here; the stack walk alone has to do.
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
fn registers(_: &libc::ucontext_t) -> [u64; 2] {
    [0, 0]
}

//! Serving a lone client on its own CPU.
//!
//! A small request takes several times as long when waking the server means waking another CPU. While
//! one thread sends all requests, the serving threads are therefore moved to that thread's CPU, under
//! SCHED_IDLE, so that the scheduler takes that CPU for free and leaves the client there. The client
//! waits for the answer anyway.
//!
//! The price of SCHED_IDLE is that any other program on that CPU comes first. A governor thread watches
//! for it: as soon as a serving thread has to wait for the CPU, all go back to where they were.

// Only the scheduling policy of this process's own threads is set through libc; nix has no call for it.
#![allow(unsafe_code)]

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::thread::Thread;
use std::time::{Duration, Instant};

use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::unistd::{Pid, gettid};
use parking_lot::Mutex;

/// After so many requests of one thread in a row it is followed.
const STREAK: u32 = 64;

/// After so many more its CPU is looked up again: the scheduler likes to move it to an idle one, since
/// two threads want to run where it is.
const LOOK_AGAIN: u32 = 8;

/// A request of more bytes gains nothing: copying takes longer than waking.
const BYTES_MAX: usize = 32 * 1024;

/// How often the governor looks.
const TICK: Duration = Duration::from_millis(5);

/// Without requests for so many ticks, nobody is followed.
const IDLE_TICKS: u32 = 20;

/// How long nobody is followed after a thread had to wait for its CPU; doubled each time.
const PAUSE_MIN: Duration = Duration::from_secs(1);
const PAUSE_MAX: Duration = Duration::from_secs(60);

/// Following undisturbed for so long makes the next pause short again.
const UNDISTURBED: Duration = Duration::from_secs(10);

static FOLLOWER: OnceLock<Follower> = OnceLock::new();

struct Follower {
    client: AtomicU32,
    streak: AtomicU32,
    served: AtomicU64,
    everywhere: CpuSet,
    governor: Thread,
    threads: Mutex<Threads>,
}

struct Threads {
    serving: Vec<Pid>,
    /// The CPU they are on, while they follow.
    cpu: Option<usize>,
    /// /proc/TID/stat of the client that is followed; kept open, for opening it takes longest.
    client: Option<(u32, File)>,
    paused_until: Option<Instant>,
}

/// Follows lone clients from now on, if this process has the rights it takes.
pub fn start() {
    let spawned = std::thread::Builder::new().name("follow-governor".into()).spawn(govern);
    let (Ok(governor), Ok(everywhere)) = (spawned, sched_getaffinity(Pid::from_raw(0))) else {
        return tracing::warn!("clients are not followed: no thread or no affinity to be had");
    };
    // SCHED_IDLE can be entered by all, but not left by all.
    let tried = std::thread::spawn(|| {
        set_policy(gettid(), libc::SCHED_IDLE) && set_policy(gettid(), libc::SCHED_OTHER)
    });
    if !tried.join().unwrap_or(false) || read_progress(gettid()).is_none() {
        return tracing::warn!("clients are not followed: that takes root, CAP_SYS_NICE or RLIMIT_NICE");
    }
    let threads = Mutex::new(Threads { serving: Vec::new(), cpu: None, client: None, paused_until: None });
    let follower = Follower {
        client: AtomicU32::new(0),
        streak: AtomicU32::new(0),
        served: AtomicU64::new(0),
        everywhere,
        governor: governor.thread().clone(),
        threads,
    };
    // A process has one mount, and starts this once.
    let _ = FOLLOWER.set(follower);
}

/// Makes this thread one of those that follow.
pub fn register_this_thread() {
    if let Some(follower) = FOLLOWER.get() {
        follower.threads.lock().serving.push(gettid());
    }
}

/// Notes a request of a client's thread that moves so many bytes.
pub fn note(client: u32, bytes: usize) {
    let Some(follower) = FOLLOWER.get() else { return };
    // The kernel's own requests, such as a forget, are nobody's.
    if client == 0 {
        return;
    }
    follower.served.fetch_add(1, Ordering::Relaxed);
    if follower.client.swap(client, Ordering::Relaxed) != client || bytes > BYTES_MAX {
        if follower.streak.swap(0, Ordering::Relaxed) >= STREAK {
            follower.stop();
        }
        return;
    }
    let streak = follower.streak.fetch_add(1, Ordering::Relaxed) + 1;
    if streak >= STREAK && streak.is_multiple_of(LOOK_AGAIN) {
        follower.go_to(client);
    }
}

impl Follower {
    fn go_to(&self, client: u32) {
        let mut threads = self.threads.lock();
        if threads.paused_until.is_some_and(|until| Instant::now() < until) {
            return;
        }
        let Some(cpu) = threads.cpu_of(client).filter(|cpu| threads.cpu != Some(*cpu)) else { return };
        let mut there = CpuSet::new();
        if there.set(cpu).is_err() {
            return;
        }
        for thread in &threads.serving {
            if sched_setaffinity(*thread, &there).is_ok() {
                set_policy(*thread, libc::SCHED_IDLE);
            }
        }
        threads.cpu = Some(cpu);
        self.governor.unpark();
    }

    fn stop(&self) {
        self.release(&mut self.threads.lock());
    }

    fn release(&self, threads: &mut Threads) {
        threads.client = None;
        if threads.cpu.take().is_none() {
            return;
        }
        for thread in &threads.serving {
            set_policy(*thread, libc::SCHED_OTHER);
            // Fails only for a thread that has ended.
            let _ = sched_setaffinity(*thread, &self.everywhere);
        }
    }

    /// Stays while clients are followed. Whether it ended because a thread had to wait.
    fn watch(&self) -> bool {
        let mut before = self.progress();
        let (mut served, mut idle) = (0, 0);
        loop {
            std::thread::sleep(TICK);
            let after = self.progress();
            let starved = before.iter().zip(&after).any(|(before, after)| before.waits_since(after));
            let served_now = self.served.load(Ordering::Relaxed);
            idle = if served_now == served { idle + 1 } else { 0 };
            (before, served) = (after, served_now);
            let mut threads = self.threads.lock();
            if threads.cpu.is_none() {
                return false;
            }
            if starved || idle >= IDLE_TICKS {
                self.release(&mut threads);
                self.streak.store(0, Ordering::Relaxed);
                return starved;
            }
        }
    }

    fn progress(&self) -> Vec<Progress> {
        let threads = self.threads.lock().serving.clone();
        threads.into_iter().map(|thread| read_progress(thread).unwrap_or_default()).collect()
    }
}

impl Threads {
    /// The CPU that a client's thread ran on last.
    fn cpu_of(&mut self, client: u32) -> Option<usize> {
        if self.client.as_ref().is_none_or(|(of, _)| *of != client) {
            self.client = Some((client, File::open(format!("/proc/{client}/stat")).ok()?));
        }
        let (_, stat) = self.client.as_ref()?;
        let mut text = [0; 1024];
        let length = stat.read_at(&mut text, 0).ok()?;
        last_cpu(std::str::from_utf8(&text[..length]).ok()?)
    }
}

/// What the governor thread does.
fn govern() {
    let mut pause = PAUSE_MIN;
    loop {
        std::thread::park();
        let Some(follower) = FOLLOWER.get() else { continue };
        let start = Instant::now();
        let starved = follower.watch();
        if start.elapsed() >= UNDISTURBED {
            pause = PAUSE_MIN;
        }
        if starved {
            follower.threads.lock().paused_until = Some(Instant::now() + pause);
            tracing::debug!("the client's CPU is contended: not followed for {pause:?}");
            pause = (2 * pause).min(PAUSE_MAX);
        }
    }
}

/// How a thread gets on.
#[derive(Default)]
struct Progress {
    /// Whether it wants to run.
    runnable: bool,
    /// How long it has run, in nanoseconds.
    ran: u64,
}

impl Progress {
    /// Whether the thread wanted to run all the while and hardly could: under SCHED_IDLE beside a busy
    /// program it gets a few thousandths of the CPU.
    fn waits_since(&self, after: &Progress) -> bool {
        self.runnable && after.runnable && after.ran.saturating_sub(self.ran) < TICK.as_nanos() as u64 / 50
    }
}

/// From /proc/PID/task/TID/stat and schedstat (proc(5)).
fn read_progress(thread: Pid) -> Option<Progress> {
    let folder = format!("/proc/self/task/{thread}");
    let stat = std::fs::read_to_string(format!("{folder}/stat")).ok()?;
    let schedstat = std::fs::read_to_string(format!("{folder}/schedstat")).ok()?;
    let runnable = after_name(&stat)?.starts_with('R');
    Some(Progress { runnable, ran: schedstat.split(' ').next()?.parse().ok()? })
}

/// Field 39 of /proc/PID/stat (proc(5)): the CPU that it ran on last.
fn last_cpu(stat: &str) -> Option<usize> {
    after_name(stat)?.split(' ').nth(39 - 3)?.parse().ok()
}

/// The fields from the third on; the second is the name in parentheses, which can hold anything.
fn after_name(stat: &str) -> Option<&str> {
    stat.rsplit_once(") ").map(|(_, fields)| fields)
}

fn set_policy(thread: Pid, policy: libc::c_int) -> bool {
    let parameters = libc::sched_param { sched_priority: 0 };
    // SAFETY: the thread is one of this process, and the parameters are those that both policies take.
    unsafe { libc::sched_setscheduler(thread.as_raw(), policy, &parameters) == 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cpu_of_a_thread_is_read_whatever_its_name() {
        let cpu = std::thread::Builder::new().name(") R 7 (".into()).spawn(|| {
            let mut here = CpuSet::new();
            here.set(0).unwrap();
            sched_setaffinity(Pid::from_raw(0), &here).unwrap();
            let stat = std::fs::read_to_string("/proc/thread-self/stat").unwrap();
            (last_cpu(&stat), read_progress(gettid()).unwrap().runnable)
        });
        assert_eq!(cpu.unwrap().join().unwrap(), (Some(0), true));
    }

    #[test]
    fn a_thread_waits_when_it_is_runnable_and_does_not_run() {
        let at = |runnable, ran| Progress { runnable, ran };
        assert!(at(true, 1000).waits_since(&at(true, 30_000)));
        assert!(!at(true, 1000).waits_since(&at(true, 5_001_000)));
        assert!(!at(false, 1000).waits_since(&at(true, 1000)));
        assert!(!at(true, 1000).waits_since(&at(false, 1000)));
    }
}

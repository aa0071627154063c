//! Running other programs with a limit on time and on what they may say.

use std::collections::VecDeque;
use std::io::{self, Read};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

/// How much of each output stream is kept at either end.
const KEPT_AT_EACH_END: usize = 64 * 1024;

/// What a program left behind.
#[derive(Debug)]
pub struct Finished {
    /// Its exit status, or `None` when it was killed for taking too long.
    pub status: Option<ExitStatus>,
    /// Its standard output; the middle is left out when it is long.
    pub stdout: String,
    /// Its standard error; the middle is left out when it is long.
    pub stderr: String,
}

impl Finished {
    /// Whether the program ended in time with status 0.
    pub fn succeeded(&self) -> bool {
        self.status.is_some_and(|status| status.success())
    }
}

/// Runs a program to its end, or until `limit` is over: then it and all it started are killed.
/// `input` becomes its standard input.
pub fn run(command: &mut Command, input: &str, limit: Duration) -> io::Result<Finished> {
    run_with_last_words(command, input, limit, Duration::ZERO)
}

/// Like [`run`], but a program that takes too long is asked to abort first, and has `grace` to say where it is.
pub fn run_with_last_words(
    command: &mut Command,
    input: &str,
    limit: Duration,
    grace: Duration,
) -> io::Result<Finished> {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
    die_with_parent(command);
    let mut child = command.spawn()?;
    let feeder = feed(&mut child, input);
    let stdout = drain(child.stdout.take());
    let stderr = drain(child.stderr.take());
    let status = wait(&mut child, limit)?;
    if status.is_none() && !grace.is_zero() {
        signal_group(&child, Signal::ABORT);
        wait(&mut child, grace)?;
    }
    // Whatever it left running would keep the pipes open.
    signal_group(&child, Signal::KILL);
    if status.is_none() {
        child.wait()?;
    }
    // A broken pipe only says that the program did not want all of its input.
    drop(feeder.join());
    Ok(Finished { status, stdout: collect(stdout), stderr: collect(stderr) })
}

/// A program that hangs must not outlive this process when that is killed.
#[allow(unsafe_code)]
fn die_with_parent(command: &mut Command) {
    // SAFETY: prctl is async-signal-safe, and the closure allocates nothing.
    unsafe {
        command.pre_exec(|| {
            rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
            Ok(())
        });
    }
}

fn feed(child: &mut Child, input: &str) -> JoinHandle<io::Result<()>> {
    let (stdin, input) = (child.stdin.take(), input.to_owned());
    thread::spawn(move || match stdin {
        Some(mut stdin) => io::Write::write_all(&mut stdin, input.as_bytes()),
        None => Ok(()),
    })
}

fn drain(stream: Option<impl Read + Send + 'static>) -> JoinHandle<Kept> {
    thread::spawn(move || {
        let mut kept = Kept::default();
        let Some(mut stream) = stream else { return kept };
        let mut buffer = [0; 8192];
        // A read error ends the stream as its end does; what came before it is still worth showing.
        while let Ok(count @ 1..) = stream.read(&mut buffer) {
            kept.push(&buffer[..count]);
        }
        kept
    })
}

fn collect(reader: JoinHandle<Kept>) -> String {
    reader.join().unwrap_or_default().into_text()
}

fn wait(child: &mut Child, limit: Duration) -> io::Result<Option<ExitStatus>> {
    let deadline = Instant::now() + limit;
    let mut pause = Duration::from_millis(1);
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if Instant::now() >= deadline {
            return Ok(None);
        }
        thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(20));
    }
}

fn signal_group(child: &Child, signal: Signal) {
    if let Some(group) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
        // Fails only when nothing of the group is left, which is as good.
        let _ = kill_process_group(group, signal);
    }
}

/// The beginning and the end of a stream.
#[derive(Default)]
struct Kept {
    head: Vec<u8>,
    tail: VecDeque<u8>,
    dropped: usize,
}

impl Kept {
    fn push(&mut self, bytes: &[u8]) {
        let room = KEPT_AT_EACH_END - self.head.len();
        let (head, rest) = bytes.split_at(room.min(bytes.len()));
        self.head.extend(head);
        self.tail.extend(rest);
        let excess = self.tail.len().saturating_sub(KEPT_AT_EACH_END);
        self.tail.drain(..excess);
        self.dropped += excess;
    }

    fn into_text(self) -> String {
        let mut text = String::from_utf8_lossy(&self.head).into_owned();
        if self.dropped > 0 {
            text.push_str(&format!("\n[{} bytes left out]\n", self.dropped));
        }
        text.push_str(&String::from_utf8_lossy(&Vec::from(self.tail)));
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn output_and_status_are_returned() {
        let finished = run(&mut shell("cat; echo bad >&2; exit 3"), "in", Duration::from_secs(10)).unwrap();
        assert_eq!(finished.status.unwrap().code(), Some(3));
        assert_eq!((finished.stdout.as_str(), finished.stderr.as_str()), ("in", "bad\n"));
    }

    #[test]
    fn what_takes_too_long_is_killed_with_all_it_started() {
        let start = Instant::now();
        let finished = run(&mut shell("sleep 50 & sleep 50"), "", Duration::from_millis(100)).unwrap();
        assert!(finished.status.is_none());
        assert!(start.elapsed() < Duration::from_secs(10));
    }

    #[test]
    fn what_takes_too_long_may_say_where_it_is() {
        let script = "trap 'echo stuck; exit 6' ABRT; while :; do sleep 0.01; done";
        let (limit, grace) = (Duration::from_millis(100), Duration::from_secs(10));
        let finished = run_with_last_words(&mut shell(script), "", limit, grace).unwrap();
        assert!(finished.status.is_none(), "it is late all the same");
        assert_eq!(finished.stdout, "stuck\n");
    }

    #[test]
    fn a_background_child_that_holds_the_pipe_does_not_block() {
        let start = Instant::now();
        let finished = run(&mut shell("sleep 50 & echo done"), "", Duration::from_secs(20)).unwrap();
        assert_eq!(finished.stdout, "done\n");
        assert!(start.elapsed() < Duration::from_secs(10));
    }

    #[test]
    fn endless_output_keeps_both_ends_and_bounded_memory() {
        let finished =
            run(&mut shell("echo first; yes | head -c 1000000; echo last"), "", Duration::from_secs(20));
        let text = finished.unwrap().stdout;
        assert!(text.starts_with("first\n") && text.ends_with("last\n"));
        assert!(text.len() < 2 * KEPT_AT_EACH_END + 100);
        assert!(text.contains("bytes left out"));
    }
}

//! What a process and its children have used, as the kernel tells.

use std::fs;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::run;

/// The kernel's unit of time in `/proc`, per second.
const USER_HZ: f64 = 100.0;

/// The most memory a process and its children ever held, in KiB.
pub fn peak_kib(pid: u32) -> u64 {
    tree(pid).into_iter().filter_map(own_peak).sum()
}

/// The processor time that a process and its children have used, in milliseconds.
pub fn cpu_ms(pid: u32) -> f64 {
    tree(pid).into_iter().filter_map(own_cpu).sum()
}

/// Waits until some processes do nothing any more.
pub fn wait_until_idle(pids: &[u32]) {
    let used = || pids.iter().map(|&pid| cpu_ms(pid)).sum::<f64>();
    let end = Instant::now() + Duration::from_secs(120);
    let mut before = used();
    while Instant::now() < end {
        std::thread::sleep(Duration::from_millis(700));
        let now = used();
        if now - before < 20.0 {
            return;
        }
        before = now;
    }
}

/// One run of a command to its end.
#[derive(Clone, Copy, Debug)]
pub struct Run {
    pub wall: Duration,
    pub peak_kib: u64,
    pub cpu_ms: f64,
}

/// Runs a command and looks at it until it ends. What it prints is dropped; its exit code does not count
/// as long as it is one that a checker gives.
pub fn measured(command: &mut Command) -> Result<Run> {
    let start = Instant::now();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .with_context(|| format!("cannot run `{}`", run::shown(command)))?;
    let (mut peak, mut cpu) = (0, 0.0_f64);
    loop {
        let ended = child.try_wait()?;
        let wall = start.elapsed();
        if let Some(status) = ended {
            let is_told = matches!(status.code(), Some(0 | 1));
            anyhow::ensure!(is_told, "`{}` failed: {status}", run::shown(command));
            return Ok(Run { wall, peak_kib: peak, cpu_ms: cpu });
        }
        // Both only ever grow while it lives.
        peak = peak.max(peak_kib(child.id()));
        cpu = cpu.max(cpu_ms(child.id()));
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// The load average of the last minute.
pub fn load() -> f64 {
    let told = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    told.split(' ').next().and_then(|first| first.parse().ok()).unwrap_or_default()
}

fn own_peak(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches("kB").trim().parse().ok()
}

fn own_cpu(pid: u32) -> Option<f64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in parentheses may hold anything; user and system time are fields 12 and 13 after it.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = |at: usize| fields.get(at)?.parse::<f64>().ok();
    Some((ticks(11)? + ticks(12)?) * 1000.0 / USER_HZ)
}

fn tree(pid: u32) -> Vec<u32> {
    let mut all = vec![pid];
    let mut at = 0;
    while let Some(&parent) = all.get(at) {
        all.extend(children(parent).unwrap_or_default());
        at += 1;
    }
    all
}

fn children(pid: u32) -> io::Result<Vec<u32>> {
    let mut all = Vec::new();
    for task in fs::read_dir(format!("/proc/{pid}/task"))? {
        let told = fs::read_to_string(Path::new(&task?.path()).join("children")).unwrap_or_default();
        all.extend(told.split_whitespace().filter_map(|child| child.parse::<u32>().ok()));
    }
    Ok(all)
}

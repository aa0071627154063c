//! Generating all of SpecFS from its transcripts into an empty store: what the loop, the compiler and the tests take,
//! and what a second job gives.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::run;

/// Measures `rounds` times with one job and with two; the fastest of each counts.
pub fn bench(rounds: usize) -> Result<()> {
    let mut fastest = Vec::new();
    for jobs in ["1", "2"] {
        let mut times = Vec::new();
        for _ in 0..rounds.max(1) {
            times.push(generate(jobs)?);
        }
        let time = times.into_iter().min().context("no round was measured")?;
        println!("{jobs} at a time: {:.1} s", time.as_secs_f64());
        fastest.push(time);
    }
    if let [one, two] = fastest.as_slice() {
        println!("two jobs are {:.2} times as fast as one", one.as_secs_f64() / two.as_secs_f64());
    }
    Ok(())
}

/// One run over a copy of SpecFS without code and without compiled objects.
fn generate(jobs: &str) -> Result<Duration> {
    let copy = sysspec_tests::copy_of_specs()?;
    for made in ["sysspec.lock", "generated", "transcripts", "build"] {
        remove(&copy.path().join(made))?;
    }
    let mut command = Command::new(sysspec_tests::binary());
    command.args(["generate", ".", "--provider", "replay", "--jobs", jobs, "--transcripts"]);
    command.arg(sysspec_tests::specs()).current_dir(copy.path());
    let start = Instant::now();
    run::output(&mut command)?;
    Ok(start.elapsed())
}

fn remove(path: &Path) -> Result<()> {
    let removed = if path.is_dir() { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) };
    match removed {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", path.display()))
        }
        _ => Ok(()),
    }
}

//! The mounted file system against tmpfs, both measured in the same run.
//!
//! Absolute figures move from machine to machine, so each row is a ratio to tmpfs; beside it stands
//! the same ratio of the C code published with the paper, measured once with these loads.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result};
use sysspec_tests::mount::Mount;

use crate::run;
use crate::system;

const FILES: usize = 10_000;
const THREADS: [usize; 2] = [1, 4];

/// One load: what it is called, how to measure it, and published C's and tmpfs's figures on one machine.
struct Row {
    name: &'static str,
    unit: &'static str,
    measure: Measure,
    published: Option<(f64, f64)>,
}

enum Measure {
    /// fio's arguments; MB/s.
    Bandwidth(&'static [&'static str]),
    /// fio's arguments; operations a second.
    Operations(&'static [&'static str]),
    /// A phase of the metadata loop; operations a second.
    Metadata(Phase),
    /// dbench with as many clients as threads; MB/s.
    Dbench,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Create,
    Stat,
    Rewrite,
    Unlink,
}

const ROWS: &[Row] = &[
    Row {
        name: "sequential write, 1 MiB",
        unit: "MB/s",
        measure: Measure::Bandwidth(&["--rw=write", "--bs=1M"]),
        published: Some((137.0, 4478.0)),
    },
    Row {
        name: "sequential read, 1 MiB, buffered",
        unit: "MB/s",
        measure: Measure::Bandwidth(&["--rw=read", "--bs=1M"]),
        published: Some((136.0, 3890.0)),
    },
    Row {
        name: "sequential read, 1 MiB, O_DIRECT",
        unit: "MB/s",
        measure: Measure::Bandwidth(&["--rw=read", "--bs=1M", "--direct=1"]),
        published: Some((926.0, 5354.0)),
    },
    Row {
        name: "random write, 4 KiB",
        unit: "IOPS",
        measure: Measure::Operations(&["--rw=randwrite", "--bs=4k"]),
        published: Some((31_300.0, 519_000.0)),
    },
    Row {
        name: "random read, 4 KiB, O_DIRECT",
        unit: "IOPS",
        measure: Measure::Operations(&["--rw=randread", "--bs=4k", "--direct=1"]),
        published: Some((32_800.0, 584_000.0)),
    },
    Row {
        name: "create",
        unit: "/s",
        measure: Measure::Metadata(Phase::Create),
        published: Some((5775.0, 141_000.0)),
    },
    Row {
        name: "open + write 4 KiB + close",
        unit: "/s",
        measure: Measure::Metadata(Phase::Rewrite),
        published: Some((6419.0, 126_000.0)),
    },
    Row {
        name: "stat",
        unit: "/s",
        measure: Measure::Metadata(Phase::Stat),
        published: Some((35_600.0, 423_000.0)),
    },
    Row {
        name: "unlink",
        unit: "/s",
        measure: Measure::Metadata(Phase::Unlink),
        published: Some((14_500.0, 125_000.0)),
    },
    Row { name: "dbench", unit: "MB/s", measure: Measure::Dbench, published: None },
];

/// The published C under dbench with 4 clients, and tmpfs beside it.
const PUBLISHED_DBENCH_4: (f64, f64) = (1.7, 1583.0);

/// Measures every row `rounds` times on both file systems and prints the medians.
pub fn bench(rounds: usize, markdown: bool) -> Result<()> {
    system::ensure(&[system::BUILD, system::BENCH])?;
    let binary = run::sysspec(true)?;
    let specs = run::root().join("specfs-specs");
    let tmpfs = tempfile::Builder::new().prefix("sysspec-bench-").tempdir_in("/dev/shm")?;
    let mount = Mount::new(&binary, &specs, &["--capacity", "6GiB"])?;

    let separator = if markdown { "|" } else { " " };
    header(markdown);
    for threads in THREADS {
        for row in ROWS {
            let (mut ours, mut reference) = (vec![], vec![]);
            for _ in 0..rounds.max(1) {
                reference.push(measure(row, threads, tmpfs.path())?);
                ours.push(measure(row, threads, mount.path())?);
            }
            let (ours, reference) = (median(ours), median(reference));
            let ratio = ours / reference;
            let published = published(row, threads).map(|(figure, of)| figure / of);
            let times = published.map_or_else(|| "-".into(), |p| format!("{:.1}", ratio / p));
            let published = published.map_or_else(|| "-".into(), |p| format!("{p:.4}"));
            let cells = [
                format!("{:<34}", row.name),
                format!("{threads:>7}"),
                format!("{reference:>10.0} {:<5}", row.unit),
                format!("{ours:>10.0} {:<5}", row.unit),
                format!("{ratio:>8.4}"),
                format!("{published:>9}"),
                format!("{times:>11}"),
            ];
            println!("{separator}{}{separator}", cells.join(separator));
        }
    }
    mount.unmount()
}

fn header(markdown: bool) {
    let names = ["load", "threads", "tmpfs", "SpecFS", "ratio", "published", "× published"];
    if markdown {
        println!("|{}|\n|{}", names.join("|"), "---|".repeat(names.len()));
    } else {
        println!(
            " {:<34} {:>7} {:>16} {:>16} {:>8} {:>9} {:>11}",
            names[0], names[1], names[2], names[3], names[4], names[5], names[6]
        );
    }
}

fn published(row: &Row, threads: usize) -> Option<(f64, f64)> {
    match (&row.measure, threads) {
        (Measure::Dbench, 4) => Some(PUBLISHED_DBENCH_4),
        (_, 1) => row.published,
        _ => None,
    }
}

fn measure(row: &Row, threads: usize, place: &Path) -> Result<f64> {
    let folder = tempfile::tempdir_in(place)?;
    match row.measure {
        Measure::Bandwidth(arguments) => Ok(fio(folder.path(), threads, arguments)?.0),
        Measure::Operations(arguments) => Ok(fio(folder.path(), threads, arguments)?.1),
        Measure::Metadata(phase) => metadata(folder.path(), threads, phase),
        Measure::Dbench => dbench(folder.path(), threads),
    }
}

/// Runs fio on one file a thread: (MB/s, operations a second), over all threads.
fn fio(folder: &Path, threads: usize, arguments: &[&str]) -> Result<(f64, f64)> {
    let size = if arguments.iter().any(|a| a.contains("bs=4k")) { "32M" } else { "256M" };
    let output = run::output(
        Command::new("fio")
            .args(["--name=bench", "--ioengine=psync", "--output-format=json", "--group_reporting"])
            .arg(format!("--directory={}", folder.display()))
            .arg(format!("--numjobs={threads}"))
            .arg(format!("--size={size}"))
            .args(arguments),
    )?;
    let start = output.find('{').context("fio printed no JSON")?;
    let report: serde_json::Value = serde_json::from_str(&output[start..])?;
    let side = if arguments.iter().any(|a| a.contains("write")) { "write" } else { "read" };
    let figure =
        |name: &str| report["jobs"][0][side][name].as_f64().with_context(|| format!("fio told no {name}"));
    Ok((figure("bw_bytes")? / 1e6, figure("iops")?))
}

/// Times one phase of create → stat → rewrite → unlink over `FILES` files in one directory.
fn metadata(folder: &Path, threads: usize, phase: Phase) -> Result<f64> {
    let names: Vec<PathBuf> = (0..FILES).map(|i| folder.join(format!("file-{i:05}"))).collect();
    if phase != Phase::Create {
        names.iter().try_for_each(|name| act(Phase::Create, name))?;
    }
    let start = Instant::now();
    std::thread::scope(|scope| -> Result<()> {
        let workers: Vec<_> = names
            .chunks(FILES.div_ceil(threads))
            .map(|share| scope.spawn(move || share.iter().try_for_each(|name| act(phase, name))))
            .collect();
        workers.into_iter().try_for_each(|w| w.join().map_err(|_| anyhow::anyhow!("a worker panicked"))?)
    })?;
    Ok(FILES as f64 / start.elapsed().as_secs_f64())
}

fn act(phase: Phase, name: &Path) -> Result<()> {
    match phase {
        Phase::Create => drop(File::create_new(name)?),
        Phase::Stat => std::fs::metadata(name).map(|_| ())?,
        Phase::Rewrite => OpenOptions::new().write(true).open(name)?.write_all(&[b'x'; 4096])?,
        Phase::Unlink => std::fs::remove_file(name)?,
    }
    Ok(())
}

fn dbench(folder: &Path, clients: usize) -> Result<f64> {
    let said =
        run::output(Command::new("dbench").args(["-t", "8", "-D"]).arg(folder).arg(clients.to_string()))?;
    let line = said.lines().find(|l| l.starts_with("Throughput")).context("dbench told no throughput")?;
    line.split_whitespace().nth(1).context("dbench's throughput has no figure")?.parse().map_err(Into::into)
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_figure() {
        assert_eq!(median(vec![9.0, 1.0, 5.0]), 5.0);
    }
}

//! Language servers side by side: ours on specifications, ruff and ty on Python of the same size.
//!
//! All servers of a size run at once and take turns by small batches, so that whatever else the machine
//! does falls on all of them. Times are what an editor sees: from the first byte sent to the message that answers.

mod corpus;
mod process;
mod report;
mod servers;
mod session;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use clap::Args;

use crate::run;
use crate::system;
use corpus::{Corpus, Size};
use process::Run;
use servers::{Name, Server};
use session::{Concerned, Mode, Session, Toggle};

/// A typist's pause between two edits; what a server does in it counts as its processor time.
const PAUSE: Duration = Duration::from_millis(50);
/// Edits that one server gets before it is another's turn.
const BATCH: usize = 10;
/// Edits that are not counted, at the beginning.
const WARM_UP: usize = 6;

/// What `cargo xtask bench lsp` takes.
#[derive(Args)]
pub struct Options {
    /// What to measure on: `specfs`, or synthetic workspaces of so many modules.
    #[arg(long = "modules", value_delimiter = ',', default_value = "specfs,500,5000,20000")]
    sizes: Vec<Size>,
    /// The servers.
    #[arg(long, value_delimiter = ',', value_enum, default_value = "sysspec,ruff,ty")]
    only: Vec<Name>,
    /// How many edits of each kind are timed.
    #[arg(long, default_value_t = 100)]
    rounds: usize,
    /// How often each server is started, and a whole workspace checked; the median counts.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..))]
    cold_rounds: u64,
    /// Another build of ours to measure in the same run, to compare before and after.
    #[arg(long, value_name = "PROGRAM")]
    also: Vec<PathBuf>,
    /// Write all figures into this file, too.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// All figures of one server, in one mode, on one size.
struct Lane {
    server: Server,
    mode: Mode,
    cold: Vec<Duration>,
    prose: Edits,
    code: Edits,
    hub: Option<Hub>,
    /// After the start, and at the end.
    peak_kib: (u64, u64),
}

/// The edits of one kind.
#[derive(Default)]
struct Edits {
    times: Vec<Duration>,
    cpu_ms: f64,
    /// How many the processor time is about.
    made: usize,
}

/// The edits of the function that many rely on.
struct Hub {
    edits: Edits,
    dependents: usize,
    /// How many of them have other diagnostics while the edit stands; all are asked for when pulled.
    changed: usize,
}

/// All checks of one server on one size.
struct Check {
    server: Server,
    runs: Vec<Run>,
}

/// All figures of one size.
struct Outcome {
    size: Size,
    files: usize,
    lines: usize,
    bytes: usize,
    lanes: Vec<Lane>,
    checks: Vec<Check>,
    /// The machine's load average before and after.
    load: (f64, f64),
}

/// Measures, prints the tables, and says which targets are met.
pub fn bench(options: &Options) -> Result<()> {
    ensure!(options.rounds >= 20, "a 95th percentile takes at least 20 rounds");
    system::ensure(&[system::BUILD])?;
    let mut servers = servers::find(&options.only)?;
    for program in &options.also {
        servers.push(servers::other_build(program)?);
    }
    ensure!(!servers.is_empty(), "there is no server to measure");
    let scratch = run::scratch("bench-lsp")?;
    // Editors name files by their real paths.
    let place = scratch.path().canonicalize()?;
    let mut outcomes = Vec::new();
    for &size in &options.sizes {
        eprintln!("measuring {} …", size.shown());
        let outcome = measure(size, &servers, options, &place)
            .with_context(|| format!("cannot measure {}", size.shown()))?;
        println!("{}", report::table(&outcome));
        outcomes.push(outcome);
    }
    println!("{}", report::targets(&outcomes));
    if let Some(file) = &options.json {
        let text = serde_json::to_string_pretty(&report::json(&outcomes))?;
        std::fs::write(file, text + "\n").with_context(|| format!("cannot write {}", file.display()))?;
    }
    Ok(())
}

fn measure(size: Size, servers: &[Server], options: &Options, scratch: &Path) -> Result<Outcome> {
    let (before, rounds) = (process::load(), options.rounds);
    let specs = corpus::specifications(size, scratch)?;
    let python = match servers.iter().any(|server| !server.name.is_ours()) {
        true => Some(corpus::python(&specs, scratch)?),
        false => None,
    };
    let of = |name: Name| if name.is_ours() { &specs } else { python.as_ref().unwrap_or(&specs) };
    eprintln!("  whole folders");
    let checks = checks(servers, options.cold_rounds, &of)?;
    eprintln!("  starts");
    let mut running = start(servers, options.cold_rounds, &of)?;
    let pids: Vec<u32> = running.iter().map(|(_, session)| session.pid()).collect();
    process::wait_until_idle(&pids);
    for (lane, session) in &mut running {
        lane.peak_kib.0 = process::peak_kib(session.pid());
    }
    let sum = |edits: &mut Edits, session: &mut Session, toggle: &Toggle, count| {
        edits.batch(session.pid(), count, || session.keystroke(toggle))
    };
    eprintln!("  edits in prose, in code, and of a guarantee");
    each_in_turn(&mut running, rounds, |lane, session, count| {
        sum(&mut lane.prose, session, &of(lane.server.name).prose, count)
    })?;
    each_in_turn(&mut running, rounds, |lane, session, count| {
        sum(&mut lane.code, session, &of(lane.server.name).code, count)
    })?;
    if let Some((toggle, dependents)) = &specs.hub {
        edit_hub(&mut running, toggle, dependents, rounds)?;
    }
    let lanes = running.into_iter().map(|(mut lane, session)| {
        lane.peak_kib.1 = process::peak_kib(session.pid());
        session.stop();
        lane
    });
    let lanes = lanes.collect();
    let (files, lines, bytes) = (specs.files, specs.lines, specs.bytes);
    Ok(Outcome { size, files, lines, bytes, lanes, checks, load: (before, process::load()) })
}

/// Checks the whole folder with each server's command, in turns.
fn checks<'a>(servers: &[Server], rounds: u64, of: &impl Fn(Name) -> &'a Corpus) -> Result<Vec<Check>> {
    let mut checks: Vec<Check> =
        servers.iter().map(|server| Check { server: server.clone(), runs: Vec::new() }).collect();
    for _ in 0..rounds {
        for check in &mut checks {
            let mut command = check.server.check(&of(check.server.name).folder);
            check.runs.push(process::measured(&mut command)?);
        }
    }
    Ok(checks)
}

/// Starts every server in every mode it has, some times over; those of the last time stay.
fn start<'a>(
    servers: &[Server],
    rounds: u64,
    of: &impl Fn(Name) -> &'a Corpus,
) -> Result<Vec<(Lane, Session)>> {
    let mut running: Vec<(Lane, Session)> = Vec::new();
    for _ in 0..rounds {
        for server in servers {
            for mode in [Mode::Push, Mode::Pull] {
                let corpus = of(server.name);
                let Some(mut session) = Session::start(server, &corpus.folder, mode)? else { continue };
                let cold = session
                    .open_first(&corpus.prose.path, server.name.language())
                    .with_context(|| format!("{} did not start", server.name.shown()))?;
                // Starts are not measured while an earlier one is still at work.
                process::wait_until_idle(&[session.pid()]);
                let is_lane = |(lane, _): &&mut (Lane, Session)| {
                    lane.server.program == server.program && lane.mode == mode
                };
                match running.iter_mut().find(is_lane) {
                    Some((lane, old)) => {
                        lane.cold.push(cold);
                        std::mem::replace(old, session).stop();
                    }
                    None => running.push((Lane::new(server, mode, cold), session)),
                }
            }
        }
    }
    Ok(running)
}

fn each_in_turn(
    running: &mut [(Lane, Session)],
    rounds: usize,
    mut act: impl FnMut(&mut Lane, &mut Session, usize) -> Result<()>,
) -> Result<()> {
    let mut left = rounds + WARM_UP;
    while left > 0 {
        let count = left.min(BATCH);
        for (lane, session) in running.iter_mut() {
            act(lane, session, count).with_context(|| format!("{} failed", lane.server.name.shown()))?;
        }
        left -= count;
    }
    Ok(())
}

fn edit_hub(
    running: &mut [(Lane, Session)],
    toggle: &Toggle,
    dependents: &[String],
    rounds: usize,
) -> Result<()> {
    let mut concerned: Vec<Option<Concerned>> = Vec::new();
    for (lane, session) in running.iter_mut() {
        if !lane.server.name.is_ours() {
            concerned.push(None);
            continue;
        }
        session.open(&toggle.path, lane.server.name.language())?;
        process::wait_until_idle(&[session.pid()]);
        let found = session.probe(toggle, dependents)?;
        lane.hub = Some(Hub {
            edits: Edits::default(),
            dependents: dependents.len(),
            changed: match lane.mode {
                Mode::Push => found.published.len(),
                Mode::Pull => dependents.len(),
            },
        });
        concerned.push(Some(found));
    }
    let mut left = rounds + WARM_UP;
    while left > 0 {
        let count = left.min(BATCH);
        for ((lane, session), concerned) in running.iter_mut().zip(&concerned) {
            let (Some(hub), Some(concerned)) = (&mut lane.hub, concerned) else { continue };
            hub.edits.batch(session.pid(), count, || session.keystroke_for_all(toggle, concerned))?;
        }
        left -= count;
    }
    Ok(())
}

impl Lane {
    fn new(server: &Server, mode: Mode, cold: Duration) -> Lane {
        let (prose, code) = Default::default();
        Lane { server: server.clone(), mode, cold: vec![cold], prose, code, hub: None, peak_kib: (0, 0) }
    }
}

impl Edits {
    /// Makes some edits, each followed by a pause.
    fn batch(&mut self, pid: u32, count: usize, mut edit: impl FnMut() -> Result<Duration>) -> Result<()> {
        let before = process::cpu_ms(pid);
        for _ in 0..count {
            self.times.push(edit()?);
            std::thread::sleep(PAUSE);
        }
        self.cpu_ms += process::cpu_ms(pid) - before;
        self.made += count;
        Ok(())
    }

    /// The times that count.
    fn counted(&self) -> &[Duration] {
        self.times.get(WARM_UP..).unwrap_or_default()
    }

    fn cpu_ms_each(&self) -> f64 {
        self.cpu_ms / self.made.max(1) as f64
    }
}

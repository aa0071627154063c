//! `cargo xtask mutate`: makes seeded mistakes in the specifications of a file system and in its code, one at a time,
//! and tells which of them are caught, and by what, before any test runs.
#![allow(clippy::print_stdout, reason = "a command-line tool talks on stdout")]

mod code;
mod judge;
mod report;
mod specs;

use std::path::PathBuf;

use anyhow::{Result, ensure};
use clap::{Parser, ValueEnum};

use judge::{Bench, Judged};
use report::{Report, Survivors};

/// How a run is made.
#[derive(Parser)]
#[command(name = "cargo xtask mutate", about = "Seed mistakes and count what is caught")]
struct Arguments {
    /// The workspace with its specifications and its validated code.
    #[arg(long, default_value = "specfs-specs")]
    specs: PathBuf,
    /// The most mutants of a kind; which ones, the seed decides.
    #[arg(long, default_value_t = 120)]
    each: usize,
    /// The same seed makes the same mutants.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Make mistakes in these alone.
    #[arg(long, value_enum)]
    only: Option<Only>,
    /// Judge again the survivors alone of a run that was kept with `--json`; its options have to be the same.
    #[arg(long, value_name = "RUN")]
    again: Option<PathBuf>,
    /// Do not list the survivors.
    #[arg(long)]
    brief: bool,
    /// Print JSON instead.
    #[arg(long)]
    json: bool,
}

/// What mistakes are made in.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Only {
    /// The specifications.
    Spec,
    /// The code.
    Code,
}

/// A text with one mistake in it.
#[derive(Clone, Debug)]
pub struct Mutant {
    /// The kind of mistake.
    pub kind: Kind,
    /// The file, relative to the workspace.
    pub path: String,
    /// The line of the mistake, counted from 1.
    pub line: usize,
    /// What was done, beside the line as it was.
    pub told: String,
    /// The text of the file with it.
    pub text: String,
}

impl Mutant {
    /// Whether the mistake is in the steps of an algorithm.
    pub fn is_of_algorithm(&self) -> bool {
        self.kind == specs::REVERSE_STEPS
    }
}

/// A kind of mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Kind {
    /// What is mistaken.
    pub subject: Subject,
    /// What is done, as an order.
    pub name: &'static str,
}

/// What a mistake is made in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Subject {
    /// A specification.
    Spec,
    /// How code handles locks and what is allocated.
    LockOrLifetime,
    /// Anything else in code.
    Logic,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let bench = Bench::open(&arguments.specs)?;
    let mut chance = fastrand::Rng::with_seed(arguments.seed);
    let mut mutants = Vec::new();
    if arguments.only != Some(Only::Code) {
        mutants.extend(specs::mutants(bench.specs()));
    }
    if arguments.only != Some(Only::Spec) {
        mutants.extend(code::mutants(bench.code()));
    }
    let mut mutants = chosen(mutants, arguments.each, &mut chance);
    if let Some(path) = &arguments.again {
        let before = Survivors::read(path)?;
        mutants.retain(|mutant| before.have(mutant));
    }
    ensure!(!mutants.is_empty(), "nothing in {} can be mistaken", arguments.specs.display());
    let judged: Vec<(Mutant, Judged)> = bench.judge(mutants)?;
    let report = Report::new(&judged);
    match arguments.json {
        true => println!("{}", serde_json::to_string_pretty(&report)?),
        false => report.print(!arguments.brief),
    }
    Ok(())
}

/// At most so many of each kind, in the order they were found in.
fn chosen(mutants: Vec<Mutant>, each: usize, chance: &mut fastrand::Rng) -> Vec<Mutant> {
    let mut kinds: Vec<(Kind, Vec<Mutant>)> = Vec::new();
    for mutant in mutants {
        match kinds.iter_mut().find(|(kind, _)| *kind == mutant.kind) {
            Some((_, same)) => same.push(mutant),
            None => kinds.push((mutant.kind, vec![mutant])),
        }
    }
    for (_, same) in &mut kinds {
        chance.shuffle(same);
        same.truncate(each);
        same.sort_by(|one, two| (&one.path, one.line).cmp(&(&two.path, two.line)));
    }
    kinds.into_iter().flat_map(|(_, same)| same).collect()
}

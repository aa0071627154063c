//! Project automation: `cargo xtask demo | test | bench | conformance | grammar | mutate | synthetic`.
#![allow(clippy::print_stdout, reason = "a command-line tool talks on stdout")]

mod bench_fs;
mod bench_generate;
mod bench_lsp;
mod conformance;
mod demo;
mod editors;
mod grammar;
mod models;
mod mutate;
mod run;
mod synthetic;
mod system;
mod test;

use std::path::PathBuf;

use anyhow::Result;
use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Automation of SysSpec Studio")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Check the SpecFS specs, build the file system from its validated code, mount it, use it, unmount it.
    Demo {
        /// The specification workspace to show.
        #[arg(long, default_value = "specfs-specs")]
        specs: PathBuf,
    },
    /// Run every test of the project.
    Test {
        /// Leave the real editors out (they are installed into a cache on the first run).
        #[arg(long)]
        no_editors: bool,
    },
    /// Measure; every figure is printed as a ratio to a reference of the same run.
    Bench {
        #[command(subcommand)]
        what: Bench,
    },
    /// Run the public file-system suites on a mounted SpecFS and compare with the committed list.
    Conformance {
        /// Write what passes now into the committed list.
        #[arg(long)]
        bless: bool,
    },
    /// Generate the parsers from their grammar.js.
    Grammar,
    /// Make seeded mistakes in the specifications and in the code of SpecFS, and count what is caught before any test.
    Mutate {
        /// `--each N`, `--seed N`, `--brief`, `--json`, `--specs FOLDER`.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        options: Vec<String>,
    },
    /// Write a synthetic specification workspace into a folder.
    Synthetic {
        /// How many modules.
        #[arg(long, default_value_t = 500)]
        modules: usize,
        /// How many patches, all of them enabled.
        #[arg(long, default_value_t = 0)]
        patches: usize,
        /// What decides everything left to chance: the same seed gives the same bytes.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// The folder, which must not exist yet or be empty.
        folder: PathBuf,
    },
}

#[derive(Subcommand)]
enum Bench {
    /// Language servers side by side: ours, and ruff and ty on Python of the same size.
    Lsp(bench_lsp::Options),
    /// Generating SpecFS from its transcripts, with one job and with two.
    Generate {
        /// How often each is measured; the fastest counts.
        #[arg(long, default_value_t = 1)]
        rounds: usize,
    },
    /// The mounted file system against tmpfs.
    Fs {
        /// How often each row is measured; the median counts.
        #[arg(long, default_value_t = 3)]
        rounds: usize,
        /// Print Markdown for docs/performance.md.
        #[arg(long)]
        markdown: bool,
    },
}

fn main() -> Result<()> {
    match Arguments::parse().task {
        Task::Demo { specs } => demo::demo(&specs),
        Task::Test { no_editors } => test::test(!no_editors),
        Task::Bench { what: Bench::Lsp(options) } => bench_lsp::bench(&options),
        Task::Bench { what: Bench::Generate { rounds } } => bench_generate::bench(rounds),
        Task::Bench { what: Bench::Fs { rounds, markdown } } => bench_fs::bench(rounds, markdown),
        Task::Conformance { bless } => conformance::conformance(bless),
        Task::Grammar => grammar::grammar(),
        Task::Mutate { options } => mutate::mutate(&options),
        Task::Synthetic { modules, patches, seed, folder } => {
            synthetic::synthetic(modules, patches, seed, &folder)
        }
    }
}

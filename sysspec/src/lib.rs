//! The sysspec command: check, generate, mount and test generative file systems.
//!
//! The binary is a thin `main` over this library: [`run`] is the command line, and [`suite`] the
//! regression suite that `sysspec test` runs against a mount.

mod asking;
mod assist;
mod build;
mod changes;
mod check;
mod cli;
mod console;
mod daemon;
mod doctor;
mod eval;
mod explain;
mod failure;
mod findings;
mod fix;
mod format;
mod generate;
mod graph;
mod mount;
mod new;
mod patches;
mod paths;
mod serve;
mod shells;
mod size;
mod specs;
mod stats;
mod status;
pub mod suite;
mod testing;
mod validate;
mod validation_reports;
mod watch;

use std::process::ExitCode;

use clap::Parser;

use cli::{Arguments, Command};
use failure::Failure;

/// Success, and nothing found.
const EXIT_OK: u8 = 0;
/// Something was found or failed.
const EXIT_FOUND: u8 = 1;
/// The call was wrong, or something could not be read or written.
const EXIT_WRONG: u8 = 2;

/// Runs the command line of this process.
pub fn run() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Check(arguments) => check::run(&arguments),
        Command::Validate(arguments) => validate::run(&arguments),
        Command::Fix(arguments) => fix::run(&arguments),
        Command::Fmt(arguments) => format::run(&arguments),
        Command::Explain { code } => explain::run(code.as_deref()),
        Command::Status { specs } => status::run(&specs),
        Command::Generate(arguments) => generate::run(&arguments),
        Command::Eval(what) => eval::run(&what),
        Command::Refine(arguments) => assist::refine(&arguments),
        Command::Draft(arguments) => assist::draft(&arguments),
        Command::Build(arguments) => build::run(&arguments),
        Command::Mount(arguments) => mount::run(&arguments),
        Command::Unmount { mountpoint } => mount::unmount(&mountpoint),
        Command::Test(arguments) => testing::run(&arguments),
        Command::Doctor(arguments) => doctor::run(&arguments),
        Command::Graph(arguments) => graph::run(&arguments),
        Command::New(what) => new::run(&what),
        Command::Completions { shell } => shells::complete(shell),
        Command::Man { folder } => shells::man(folder.as_deref()),
        Command::Lsp => serve::run(),
        Command::Host { options } => mount::serve_as_host(options),
        Command::Daemon { preload, options } => daemon::run(&preload, options),
    };
    let code = result.unwrap_or_else(|failure: Failure| {
        console::error(format_args!("error: {failure}"));
        failure.code
    });
    ExitCode::from(code)
}

//! `sysspec completions` and `sysspec man`

use std::path::Path;

use clap::CommandFactory;
use clap_complete::Shell;

use crate::EXIT_OK;
use crate::cli::Arguments;
use crate::console;
use crate::failure::Failure;

/// Prints what a shell needs to complete the arguments.
pub(crate) fn complete(shell: Shell) -> Result<u8, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut visible(), "sysspec", &mut script);
    console::text(&String::from_utf8_lossy(&script));
    Ok(EXIT_OK)
}

/// Writes a page a command into a folder; without one, prints the page of the program.
pub(crate) fn man(folder: Option<&Path>) -> Result<u8, Failure> {
    let Some(folder) = folder else {
        let mut page = Vec::new();
        clap_mangen::Man::new(visible()).render(&mut page).map_err(Failure::wrong)?;
        console::text(&String::from_utf8_lossy(&page));
        return Ok(EXIT_OK);
    };
    let failed = |error| Failure::wrong_message(format!("cannot write to {}: {error}", folder.display()));
    std::fs::create_dir_all(folder).map_err(failed)?;
    clap_mangen::generate_to(visible(), folder).map_err(failed)?;
    Ok(EXIT_OK)
}

/// The program without the commands that only it calls itself.
fn visible() -> clap::Command {
    let whole = Arguments::command();
    let shown = whole.get_subcommands().filter(|command| !command.is_hide_set());
    let mut program = clap::Command::new("sysspec")
        .version(env!("CARGO_PKG_VERSION"))
        .subcommand_required(true)
        .subcommands(shown.cloned());
    if let Some(about) = whole.get_about() {
        program = program.about(about.clone());
    }
    match whole.get_after_help() {
        Some(codes) => program.after_help(codes.clone()),
        None => program,
    }
}

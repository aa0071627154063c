//! `sysspec build`, and what of it the other commands use.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use sysspec_toolchain::compiler;
use sysspec_toolchain::image::{self, BuildError, Flavour};
use sysspec_toolchain::workspace::Workspace;

use crate::EXIT_OK;
use crate::cli::{Build, FlavourName};
use crate::console;
use crate::failure::Failure;
use crate::specs::{self, Specs};

/// How many modules an error lists.
const LISTED: usize = 20;

pub(crate) fn run(arguments: &Build) -> Result<u8, Failure> {
    let specs = Specs::read(&arguments.specs)?;
    specs.demand_no_errors("nothing was built")?;
    let image = image(&specs.workspace()?, arguments.flavour, arguments.output.as_deref())?;
    console::line(format_args!("{}", image.display()));
    Ok(EXIT_OK)
}

/// Builds the image of a workspace whose specifications have no errors, and gives its path.
pub(crate) fn image(
    workspace: &Workspace,
    flavour: FlavourName,
    output: Option<&Path>,
) -> Result<PathBuf, Failure> {
    let output = match output {
        Some(output) => output.to_owned(),
        None => folder(workspace)?.join(file_name(flavour)),
    };
    let built = image::build(workspace, &specs::border(), to_toolchain(flavour), &output);
    built.map(|image| image.path).map_err(failure)
}

/// The folder for what can be made again.
pub(crate) fn folder(workspace: &Workspace) -> Result<PathBuf, Failure> {
    compiler::build_folder(&workspace.root).map_err(Failure::wrong)
}

/// The library that a process must have loaded before it may load an image of this flavour.
pub(crate) fn preload(workspace: &Workspace, flavour: FlavourName) -> Result<Option<OsString>, Failure> {
    let library = match flavour {
        FlavourName::Release => return Ok(None),
        FlavourName::Address => "libasan.so",
        FlavourName::Thread => "libtsan.so",
    };
    let compiler = &workspace.model.manifest.toolchain.compiler;
    let asked = Command::new(compiler).arg(format!("-print-file-name={library}")).output();
    let output = asked.map_err(|error| Failure::wrong_message(format!("cannot run {compiler}: {error}")))?;
    let path = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
    // A compiler that does not have it repeats the bare name.
    if !path.is_absolute() {
        let message = format!("{compiler} has no {library}: install the sanitizers of that compiler");
        return Err(Failure::failed_message(message));
    }
    Ok(Some(path.into_os_string()))
}

fn file_name(flavour: FlavourName) -> &'static str {
    match flavour {
        FlavourName::Release => "image.so",
        FlavourName::Address => "image-address.so",
        FlavourName::Thread => "image-thread.so",
    }
}

fn to_toolchain(flavour: FlavourName) -> Flavour {
    match flavour {
        FlavourName::Release => Flavour::Release,
        FlavourName::Address => Flavour::Address,
        FlavourName::Thread => Flavour::Thread,
    }
}

fn failure(error: BuildError) -> Failure {
    let BuildError::NotValidated(lacking) = &error else { return Failure::failed(error) };
    let mut message = format!("{} without validated code:\n", console::count(lacking.len(), "module"));
    for (module, state) in lacking.iter().take(LISTED) {
        message += &format!("  {module}: {}\n", state.describe());
    }
    if lacking.len() > LISTED {
        message += &format!("  and {} more; `sysspec status` lists all\n", lacking.len() - LISTED);
    }
    message += "Nothing was built. Either have the code written and validated:\n  \
                sysspec generate SPECS --provider exchange --exchange-dir DIR\n\
                or go back to the specifications that the code in generated/ was made from, \
                and restore sysspec.lock and generated/.";
    Failure::failed_message(message)
}

#[cfg(test)]
mod tests {
    use sysspec_toolchain::status::State;

    use super::*;

    #[test]
    fn modules_without_code_are_listed_with_reasons_and_the_choices() {
        let stale = State::Stale(vec!["its contract changed".to_owned()]);
        let lacking: Vec<(String, State)> =
            (0..25).map(|number| (format!("m{number}"), stale.clone())).collect();
        let failure = failure(BuildError::NotValidated(lacking));
        assert_eq!(failure.code, 1);
        let message = failure.to_string();
        assert!(
            message.starts_with("25 modules without validated code:\n  m0: stale: its contract changed\n")
        );
        assert!(message.contains("and 5 more") && !message.contains("m20"));
        assert!(message.contains("--provider exchange") && message.contains("restore"));
    }
}

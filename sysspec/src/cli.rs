//! The arguments of the command line.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::size::Size;

/// Write the specification of a file system, check it, have it turned into validated C, mount the result.
#[derive(Debug, Parser)]
#[command(
    name = "sysspec",
    version,
    after_help = "Exit codes: 0 success and nothing found, 1 something was found or failed, \
                  2 the call was wrong or something could not be read or written."
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Check specifications and show the findings
    ///
    /// Shows the findings below PATH. The whole workspace around it is read, since the findings of a module depend on
    /// others. Exits with 1 when there are errors or warnings; hints alone do not count.
    Check(Check),
    /// Explain a finding's code, such as NAM001
    Explain {
        /// The code
        code: String,
    },
    /// Show which modules have validated code, and why the others have not
    Status {
        /// The specifications: a folder, or anything in it
        #[arg(default_value = ".")]
        specs: PathBuf,
    },
    /// Have the code of missing and stale modules written, and validate it
    Generate(Generate),
    /// Build the image from the validated code, and print its path
    Build(Build),
    /// Check, build and mount the file system
    ///
    /// Stops before building when the specifications have errors or some module has no validated code. Stays until it
    /// is unmounted: by Ctrl-C, by `sysspec unmount`, or by `umount`.
    Mount(Mount),
    /// Unmount a file system that `sysspec mount` mounted
    Unmount {
        /// Where it is mounted
        mountpoint: PathBuf,
    },
    /// Run the module tests, then the regression suite on a mount
    ///
    /// The module tests run under sanitizers. Then the image is built and mounted on temporary folders, and the suite
    /// holds the POSIX rules of every operation against it.
    Test(Test),
    /// Serve an editor on standard input and output
    Lsp,
    /// The process that serves a mount; started by `mount`
    #[command(name = "__host", hide = true)]
    Host {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        options: Vec<OsString>,
    },
    /// The process that stays with a mount; started by `mount --daemon`
    #[command(name = "__daemon", hide = true)]
    Daemon {
        preload: OsString,
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        options: Vec<OsString>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Check {
    /// A workspace, or a folder or file in one
    #[arg(default_value = ".")]
    pub(crate) path: PathBuf,
    /// How findings are shown
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub(crate) format: Format,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Format {
    /// With the source lines they concern
    Human,
    /// One JSON object: version, root, summary, findings. Lines and columns (in characters) count from 1, offsets (in
    /// bytes) from 0, paths are relative to the root
    Json,
}

#[derive(Debug, Args)]
pub(crate) struct Generate {
    /// The specifications: a folder, or anything in it
    #[arg(default_value = ".")]
    pub(crate) specs: PathBuf,
    /// Who writes the code; without one, only what has validated code already succeeds
    #[arg(long, value_enum)]
    pub(crate) provider: Option<ProviderName>,
    /// The folder for the prompts and answers of the provider `exchange`
    #[arg(long, value_name = "DIR", required_if_eq("provider", "exchange"))]
    pub(crate) exchange_dir: Option<PathBuf>,
    /// A module to generate, even when its file was edited by hand; may be given several times. Default: all
    #[arg(long = "module", value_name = "MODULE")]
    pub(crate) modules: Vec<String>,
    /// How many compilations and tests run at the same time. Default: as many as processors
    #[arg(long)]
    pub(crate) jobs: Option<usize>,
    /// Leave prompts that have no answer yet to a later run, instead of waiting
    #[arg(long)]
    pub(crate) no_wait: bool,
    /// Give modules whose attempts are used up as many again
    #[arg(long)]
    pub(crate) again: bool,
    /// Go on although the specifications have errors
    #[arg(long)]
    pub(crate) despite_findings: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProviderName {
    /// Every prompt is written to a file, its answer taken from the file beside it
    Exchange,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(crate) enum FlavourName {
    /// Optimised
    #[default]
    Release,
    /// With the address and undefined-behaviour sanitizers
    Address,
    /// With the thread sanitizer
    Thread,
}

#[derive(Debug, Args)]
pub(crate) struct Build {
    /// The specifications: a folder, or anything in it
    #[arg(default_value = ".")]
    pub(crate) specs: PathBuf,
    /// How it is compiled
    #[arg(long, value_enum, default_value_t)]
    pub(crate) flavour: FlavourName,
    /// Where the image goes. Default: the workspace's build folder
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Mount {
    /// The specifications: a folder, or anything in it
    pub(crate) specs: PathBuf,
    /// An empty directory
    pub(crate) mountpoint: PathBuf,
    /// Return as soon as it is mounted
    #[arg(long)]
    pub(crate) daemon: bool,
    /// How the image is compiled
    #[arg(long, value_enum, default_value_t)]
    pub(crate) flavour: FlavourName,
    /// How much data it holds, such as 512MiB or 8GiB. Default: the manifest's
    #[arg(long, value_name = "SIZE")]
    pub(crate) capacity: Option<Size>,
    /// How many files and directories it holds. Default: the manifest's
    #[arg(long, value_name = "N")]
    pub(crate) inodes: Option<u64>,
    /// How many threads serve requests
    #[arg(long, value_name = "N", default_value_t = 2)]
    pub(crate) threads: usize,
    /// Let other users in, each with their own rights
    #[arg(long)]
    pub(crate) allow_other: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Test {
    /// The specifications: a folder, or anything in it
    #[arg(default_value = ".")]
    pub(crate) specs: PathBuf,
    /// Run the module tests only
    #[arg(long)]
    pub(crate) modules_only: bool,
    /// Run the suite on a mount only
    #[arg(long, conflicts_with = "modules_only")]
    pub(crate) mount_only: bool,
    /// A module to test; may be given several times. Default: all
    #[arg(long = "module", value_name = "MODULE")]
    pub(crate) modules: Vec<String>,
    /// How many tests run at the same time. Default: as many as processors
    #[arg(long)]
    pub(crate) jobs: Option<usize>,
    /// How the mounted image is compiled
    #[arg(long, value_enum, default_value_t)]
    pub(crate) flavour: FlavourName,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_arguments_fit_together() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn the_exchange_needs_its_folder() {
        let refused =
            Arguments::try_parse_from(["sysspec", "generate", "--provider", "exchange"]).unwrap_err();
        assert!(refused.to_string().contains("--exchange-dir"), "{refused}");
        assert_eq!(refused.exit_code(), 2);
    }

    #[test]
    fn the_host_gets_its_options_as_they_are() {
        let parsed = Arguments::try_parse_from(["sysspec", "__host", "--image=a b", "--threads=2"]).unwrap();
        let Command::Host { options } = parsed.command else { panic!("{parsed:?}") };
        assert_eq!(options, ["--image=a b", "--threads=2"]);
    }
}

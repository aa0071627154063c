//! The arguments of the command line.

use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, Parser, Subcommand, ValueEnum};
use sysspec_analysis::Code;
use sysspec_toolchain::eval::Setting;

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
    /// Shows the findings below each PATH; file names in them are as seen from the working directory. The whole workspace
    /// around a PATH is read, since the findings of a module depend on others. Exits with 1 when there are errors, with
    /// 0 when there are none, and with 2 when something cannot be read.
    Check(Check),
    /// Hold C code to the contracts of specifications, or validate a whole workspace
    ///
    /// With SPECS: asks every gate for the code of every module, runs the module tests, builds the image, and tells of each
    /// clause whether it is broken, followed on every path, or held by tests only. Exits with 0 when all passes.
    ///
    /// Without: follows every path of each function that a specification guarantees, whoever wrote the code: generated, by hand, or
    /// foreign. Finds locks that are left or missing, memory that is used too late or lost, missing tests for NULL, and
    /// results that the contract does not allow, each with the path that leads there. What is not decided is told. Needs
    /// no model, no compiler and no lock file. Exits with 1 when there are errors, with 0 when there are none, and with 2
    /// when something cannot be read or no function of the code is specified.
    Validate(Validate),
    /// Apply the fixes of findings
    ///
    /// Makes the changes that mend a finding and alter nothing else, again until there are none left. Files are replaced
    /// as a whole; when one of them changed on disk meanwhile, none is. Exits with 1 when errors remain.
    Fix(Fix),
    /// Format specifications
    ///
    /// Changes white space and the spelling of what has one right spelling; prose stays as written.
    Fmt(Fmt),
    /// Explain a finding's code, such as NAM001, or list the codes
    Explain {
        /// The code. Default: a line for each
        code: Option<String>,
    },
    /// Show which modules have validated code, and why the others have not
    Status {
        /// The specifications: a folder, or anything in it
        #[arg(default_value = ".")]
        specs: PathBuf,
    },
    /// Have the code of missing and stale modules written, and validate it
    Generate(Generate),
    /// Study how often a model's code is right
    ///
    /// Repeats the study of the paper (6.1 and 6.3) with any provider: every module by how much its prompt tells, judged by
    /// the gates and the module's tests among the validated code of all others. Everything found is kept, so that a study
    /// can be stopped, gone on with, and spread over machines that share its folder.
    #[command(subcommand)]
    Eval(Eval),
    /// Have a specification mended until code can be made from it
    ///
    /// Checks and formats it, has code made from it in a copy of the workspace, and asks for a better one with what was
    /// wrong. Shows what it arrives at as a unified diff, and writes with --write or after a yes on a terminal only.
    Refine(Refine),
    /// Have a specification made from plain words, a function in C or a manual page
    ///
    /// As `refine`, for a module that does not exist yet.
    Draft(Draft),
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
    /// Look whether this machine has what the commands need, and say what to do where it has not
    ///
    /// Looks at the C compiler and its sanitizers, clang-format, the solver, FUSE, editors, and the models that are chosen
    /// to write and judge code. A model on this machine is asked for one token, any other only with --online. Exits with 1
    /// when there is a problem.
    Doctor(Doctor),
    /// Draw which modules rely on which
    ///
    /// Shows the whole workspace around PATH: modules, in their layers, and an arrow from each to those it relies on.
    Graph(Graph),
    /// Begin a workspace, a module or a patch
    ///
    /// Writes skeletons that check clean, and never over a file that exists.
    #[command(subcommand)]
    New(New),
    /// Print what a shell needs to complete the arguments
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page, or write one for every command into a folder
    Man {
        /// The folder; made when it does not exist
        #[arg(value_name = "DIR")]
        folder: Option<PathBuf>,
    },
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
    /// Workspaces, or folders or files in them. A folder of .spec files without a manifest will do
    #[arg(default_value = ".", value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// Lay the patch in this folder over the specifications, instead of those that the manifest enables; may be given
    /// several times, the lowest first
    #[arg(long = "patch", value_name = "DIR")]
    pub(crate) patches: Vec<PathBuf>,
    /// How findings are shown
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub(crate) format: Format,
    /// What else than errors makes the exit code 1
    #[arg(long, value_enum, value_name = "WHAT")]
    pub(crate) deny: Vec<Denied>,
    /// Show how much was read, how many findings each code has, and how long the stages took
    #[arg(long)]
    pub(crate) stats: bool,
    /// Stay, and check again whenever a specification changes
    #[arg(long, conflicts_with_all = ["stats", "deny", "format"])]
    pub(crate) watch: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Validate {
    /// A workspace to validate as a whole: every gate over the code of every module, tests under sanitizers included, and the
    /// image. Without it, C code is held to contracts only
    #[arg(value_name = "SPECS", conflicts_with_all = ["spec", "code", "patches"])]
    pub(crate) specs: Option<PathBuf>,
    /// Write a JUnit report of the whole workspace too: a case for each gate and each clause
    #[arg(long, value_name = "FILE", requires = "specs")]
    pub(crate) junit: Option<PathBuf>,
    /// How many compilations and tests run at the same time. Default: as many as processors
    #[arg(long, requires = "specs")]
    pub(crate) jobs: Option<usize>,
    /// The specifications: a folder, or anything in it
    #[arg(long, default_value = ".", value_name = "DIR")]
    pub(crate) spec: PathBuf,
    /// The code: a folder with .c files, or one file. Default: `generated` in the workspace
    #[arg(long, value_name = "DIR")]
    pub(crate) code: Option<PathBuf>,
    /// Hold the code to the specifications with the patch in this folder laid over them; may be given several times, the
    /// lowest first
    #[arg(long = "patch", value_name = "DIR")]
    pub(crate) patches: Vec<PathBuf>,
    /// How findings are shown
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub(crate) format: Format,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Format {
    /// With the source lines they concern
    Human,
    /// One JSON object, described by docs/schema/check.schema.json. Lines and columns (in characters) count from 1,
    /// offsets (in bytes) from 0
    Json,
    /// A SARIF 2.1.0 log, for code scanning services
    Sarif,
    /// Workflow commands, which GitHub shows beside the lines of a change
    Github,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Denied {
    /// Findings of severity warning
    Warnings,
}

#[derive(Debug, Args)]
pub(crate) struct Fix {
    /// Workspaces, or folders or files in them
    #[arg(default_value = ".", value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// Lay the patch in this folder over the specifications, instead of those that the manifest enables; may be given
    /// several times, the lowest first. Its files are fixed, too
    #[arg(long = "patch", value_name = "DIR")]
    pub(crate) patches: Vec<PathBuf>,
    /// A code whose findings are fixed; may be given several times. Default: all
    #[arg(long = "code", value_name = "CODE", value_parser = known_code)]
    pub(crate) codes: Vec<Code>,
    /// Write nothing, and show what would be changed as a unified diff
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Apply possible fixes, too: guesses, and those that change what a spec says
    #[arg(long = "unsafe")]
    pub(crate) unsafe_too: bool,
}

fn known_code(code: &str) -> Result<Code, String> {
    Code::from_str(code).ok_or_else(|| "there is no such code; `sysspec explain` names them all".to_owned())
}

#[derive(Debug, Args)]
pub(crate) struct Fmt {
    /// Workspaces, or folders or files in them; `-` formats standard input to standard output
    #[arg(default_value = ".", value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// Lay the patch in this folder over the specifications, instead of those that the manifest enables; may be given
    /// several times, the lowest first. Its files are formatted, too
    #[arg(long = "patch", value_name = "DIR")]
    pub(crate) patches: Vec<PathBuf>,
    /// Write nothing, and exit with 1 when a file is not formatted
    #[arg(long)]
    pub(crate) check: bool,
    /// Write nothing, and show what would be changed as a unified diff; exits as --check does
    #[arg(long)]
    pub(crate) diff: bool,
    /// What standard input is called; the extension says how it is formatted. Default: input.spec
    #[arg(long, value_name = "NAME")]
    pub(crate) stdin_name: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Graph {
    /// A workspace, or anything in it
    #[arg(default_value = ".")]
    pub(crate) path: PathBuf,
    /// What is written
    #[arg(long, value_enum, default_value_t = GraphFormat::Dot)]
    pub(crate) format: GraphFormat,
    /// Show a module, what it relies on and what relies on it, only
    #[arg(long, value_name = "MODULE", conflicts_with = "layers")]
    pub(crate) module: Option<String>,
    /// Show the layers without their modules; numbers say how many reliances an arrow stands for
    #[arg(long)]
    pub(crate) layers: bool,
    /// Show the order of locks instead: an arrow leads from a lock that is held to one that is taken meanwhile
    #[arg(long, conflicts_with_all = ["layers", "module"])]
    pub(crate) locks: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum GraphFormat {
    /// For Graphviz
    Dot,
    /// A drawing; pointing at a module in a browser shows its arrows
    Svg,
    /// For Mermaid, which many web pages draw
    Mermaid,
    /// One JSON object, described by docs/schema/graph.schema.json, with --locks by docs/schema/lock-order.schema.json
    Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum New {
    /// Begin a workspace: a manifest, a shared header, and a layer with one module
    Workspace {
        /// A folder that is empty or does not exist
        #[arg(value_name = "DIR")]
        folder: PathBuf,
    },
    /// Begin a module, and declare its function in the header of its layer
    ///
    /// When the header declares a function of this name already, the module guarantees that one.
    Module {
        /// The spec, such as util/name_hash: its file name is that of the function
        path: PathBuf,
        /// A symbol that the module relies on; may be given several times
        #[arg(long = "rely", value_name = "SYMBOL")]
        relies: Vec<String>,
    },
    /// Begin a patch: a folder in patches/ with its declaration
    Patch {
        /// What it is called
        name: String,
        /// The workspace: a folder, or anything in it
        #[arg(long, value_name = "DIR", default_value = ".")]
        specs: PathBuf,
        /// A module that it replaces, whose spec is copied as it is; may be given several times
        #[arg(long, value_name = "MODULE")]
        replaces: Vec<String>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Generate {
    /// The specifications: a folder, or anything in it
    #[arg(default_value = ".")]
    pub(crate) specs: PathBuf,
    #[command(flatten)]
    pub(crate) asking: Asking,
    /// A module to generate, even when its file was edited by hand; may be given several times. Default: all
    #[arg(long = "module", value_name = "MODULE")]
    pub(crate) modules: Vec<String>,
    /// How many compilations and tests run at the same time. Default: as many as processors
    #[arg(long)]
    pub(crate) jobs: Option<usize>,
    /// A store that other machines share: file:///FOLDER, s3://BUCKET/FOLDER?region=REGION or redis://HOST:PORT/FOLDER
    ///
    /// Answers that passed the gates elsewhere are taken from it before the provider is asked, and judged by every gate
    /// again; accepted ones are put into it.
    #[arg(long, value_name = "ADDRESS", env = "SYSSPEC_SHARED_STORE", hide_env_values = true)]
    pub(crate) shared_store: Option<String>,
    /// Give modules whose attempts are used up as many again
    #[arg(long)]
    pub(crate) again: bool,
    /// Go on although the specifications have errors
    #[arg(long)]
    pub(crate) despite_findings: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Doctor {
    /// The specifications, whose manifest says what is needed: a folder, or anything in it
    #[arg(default_value = ".")]
    pub(crate) specs: PathBuf,
    /// Ask models that are not on this machine, too, for one token
    #[arg(long)]
    pub(crate) online: bool,
    /// Look at this provider of models instead of those that are configured
    #[arg(long, value_name = "NAME")]
    pub(crate) provider: Option<String>,
    /// Its model
    #[arg(long)]
    pub(crate) model: Option<String>,
    /// How the findings are shown
    #[arg(long, value_enum, default_value_t = DoctorFormat::Human)]
    pub(crate) format: DoctorFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DoctorFormat {
    /// A line each, and what mends a problem
    Human,
    /// One JSON object, described by docs/schema/doctor.schema.json
    Json,
}

/// Who answers prompts, and at what cost.
#[derive(Debug, Default, Args)]
pub(crate) struct Asking {
    /// Who answers prompts: `exchange` (every prompt is written to a file, its answer taken from the file beside it), `replay`
    /// (every prompt gets the answer that a transcript has for it), a well-known model provider such as `openai`, or one
    /// that sysspec.toml or your own configuration defines. Default: as configured; when nothing is, only what has
    /// validated code already succeeds
    #[arg(long, value_name = "NAME")]
    pub(crate) provider: Option<String>,
    /// The folder for the prompts and answers of the provider `exchange`
    #[arg(long, value_name = "DIR", required_if_eq("provider", "exchange"))]
    pub(crate) exchange_dir: Option<PathBuf>,
    /// The transcripts for the provider `replay`: a workspace, or a folder of transcripts or recordings
    #[arg(long, value_name = "DIR", required_if_eq("provider", "replay"))]
    pub(crate) transcripts: Option<PathBuf>,
    /// Let `replay` give a recorded answer also to a prompt that is not the recorded one
    #[arg(long)]
    pub(crate) accept_other_prompts: bool,
    /// Leave prompts that have no answer yet to a later run, instead of waiting
    #[arg(long)]
    pub(crate) no_wait: bool,
    /// The model of the provider
    #[arg(long)]
    pub(crate) model: Option<String>,
    /// Stop when answers have cost so much, by the configured prices
    #[arg(long, value_name = "USD", value_parser = micro_usd)]
    pub(crate) budget_usd: Option<u64>,
    /// Stop when prompts and answers have taken so many tokens
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) budget_tokens: Option<u64>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Eval {
    /// Begin a study
    Plan(EvalPlan),
    /// Work on a study, or a part of it, as far as it is not done
    Run(EvalRun),
    /// Print the table of what was found, and draw it
    Report(EvalReport),
    /// Print a Slurm job array that works on a study
    Slurm {
        /// The study
        study: PathBuf,
        /// How many jobs
        #[arg(long, value_name = "N")]
        parts: NonZeroUsize,
    },
    /// Print a Kubernetes indexed job that works on a study
    ///
    /// The study is expected in a volume, and the specifications in its folder `specs`. Keys of providers are taken from
    /// the secret `sysspec-keys`.
    Kubernetes {
        /// The study
        study: PathBuf,
        /// How many jobs
        #[arg(long, value_name = "N")]
        parts: NonZeroUsize,
        /// A container image with sysspec, the C compiler and clang-format
        #[arg(long)]
        image: String,
        /// The claim of the volume that has the study
        #[arg(long)]
        claim: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct EvalPlan {
    /// The specifications: a folder, or anything in it
    pub(crate) specs: PathBuf,
    /// The folder of the study
    #[arg(long, value_name = "DIR")]
    pub(crate) study: PathBuf,
    /// Who writes the code
    #[arg(long)]
    pub(crate) provider: String,
    /// What is studied; may be given several times. Default: everything
    #[arg(long = "setting", value_enum, value_name = "SETTING")]
    pub(crate) settings: Vec<SettingName>,
    /// A module to study; may be given several times. Default: all
    #[arg(long = "module", value_name = "MODULE")]
    pub(crate) modules: Vec<String>,
    /// How many attempts a phase has where gates feed back. Default: the manifest's
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) attempts: Option<u32>,
    /// How often every module is asked for in every setting
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) samples: u32,
}

#[derive(Debug, Args)]
pub(crate) struct EvalRun {
    /// The study
    pub(crate) study: PathBuf,
    /// The specifications, where they are not at the path that they were planned with
    #[arg(long, value_name = "PATH")]
    pub(crate) specs: Option<PathBuf>,
    /// Work on the I-th of N parts only
    #[arg(long, value_name = "I/N")]
    pub(crate) part: Option<Part>,
    /// How many compilations and tests run at the same time. Default: as many as processors
    #[arg(long)]
    pub(crate) jobs: Option<usize>,
    /// The folder for the prompts and answers of the provider `exchange`
    #[arg(long, value_name = "DIR")]
    pub(crate) exchange_dir: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct EvalReport {
    /// The study
    pub(crate) study: PathBuf,
    /// The form of the table
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: TableFormat,
    /// Draw the table into an SVG file
    #[arg(long, value_name = "FILE")]
    pub(crate) plot: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(crate) enum TableFormat {
    #[default]
    Markdown,
    Json,
}

/// One of several parts, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) number: usize,
    pub(crate) of: usize,
}

impl FromStr for Part {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parsed = text.split_once('/').and_then(|(number, of)| {
            Some(Part { number: number.trim().parse().ok()?, of: of.trim().parse().ok()? })
        });
        parsed
            .filter(|part| (1..=part.of).contains(&part.number))
            .ok_or_else(|| "write the number of the part and how many there are, such as 1/4".to_owned())
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SettingName {
    /// Few-shot learning from descriptions and declarations
    Normal,
    /// Few-shot learning with the code that is relied on
    Oracle,
    /// The functional specification alone
    Functionality,
    /// With rely and guarantee
    Modularity,
    /// With the concurrency specification, in a second phase
    Concurrency,
    /// With gates whose feedback is answered
    Validator,
}

impl From<Setting> for SettingName {
    fn from(setting: Setting) -> Self {
        match setting {
            Setting::Normal => Self::Normal,
            Setting::Oracle => Self::Oracle,
            Setting::Functionality => Self::Functionality,
            Setting::Modularity => Self::Modularity,
            Setting::Concurrency => Self::Concurrency,
            Setting::Validator => Self::Validator,
        }
    }
}

/// Dollars in millionths.
fn micro_usd(text: &str) -> Result<u64, String> {
    let dollars: f64 = text.parse().map_err(|_| "an amount in USD, such as 2.50".to_owned())?;
    let micro = (dollars * 1e6).round();
    if (1.0..1e18).contains(&micro) {
        Ok(micro as u64)
    } else {
        Err("more than nothing, and less than a trillion".to_owned())
    }
}

/// How a specification is refined.
#[derive(Debug, Args)]
pub(crate) struct Refining {
    #[command(flatten)]
    pub(crate) answering: crate::assist::Answering,
    /// How often a better specification is asked for
    #[arg(long, value_name = "N", default_value_t = sysspec_toolchain::assist::ROUNDS)]
    pub(crate) rounds: u32,
    /// Let what the module guarantees change, and its contract say other things than before
    #[arg(long)]
    pub(crate) may_change_guarantee: bool,
    /// Write what is proposed, without asking
    #[arg(long)]
    pub(crate) write: bool,
    /// Keep all prompts and answers in a file, for the provider `replay`
    #[arg(long, value_name = "FILE")]
    pub(crate) record: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Refine {
    /// The specification
    pub(crate) spec: PathBuf,
    #[command(flatten)]
    pub(crate) refining: Refining,
}

#[derive(Debug, Args)]
pub(crate) struct Draft {
    /// What the specification is made from
    #[arg(long, value_name = "FILE")]
    pub(crate) from: PathBuf,
    /// What it is. Default: as the file is called, else prose
    #[arg(long = "as", value_enum, value_name = "KIND")]
    pub(crate) kind: Option<DraftKind>,
    /// The module, which is the name of its function
    #[arg(long)]
    pub(crate) module: String,
    /// The folder of its layer
    #[arg(long, value_name = "DIR")]
    pub(crate) layer: String,
    /// The workspace: a folder, or anything in it
    #[arg(default_value = ".")]
    pub(crate) specs: PathBuf,
    #[command(flatten)]
    pub(crate) refining: Refining,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DraftKind {
    /// A function in C
    C,
    /// Plain words
    Prose,
    /// A manual page
    Man,
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
    fn a_part_is_one_of_so_many() {
        assert_eq!("2/4".parse(), Ok(Part { number: 2, of: 4 }));
        for wrong in ["0/4", "5/4", "4", "a/b", "1/0", ""] {
            assert!(wrong.parse::<Part>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn budgets_in_dollars_are_exact() {
        assert_eq!(micro_usd("2.50"), Ok(2_500_000));
        assert_eq!(micro_usd("0.000001"), Ok(1));
        for wrong in ["0", "-1", "two", "nan", "inf", "1e30"] {
            assert!(micro_usd(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_host_gets_its_options_as_they_are() {
        let parsed = Arguments::try_parse_from(["sysspec", "__host", "--image=a b", "--threads=2"]).unwrap();
        let Command::Host { options } = parsed.command else { panic!("{parsed:?}") };
        assert_eq!(options, ["--image=a b", "--threads=2"]);
    }
}

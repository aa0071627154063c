//! `sysspec refine` and `sysspec draft`

use std::fs;
use std::future::Future;
use std::io::{self, BufRead, IsTerminal};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use sysspec_toolchain::assist::{self, AssistError, Edit, End, Event, Kind, Options, Progress, Proposal};
use sysspec_toolchain::provider::{Exchange, Provider, Replay};
use sysspec_toolchain::workspace::Workspace;

use crate::changes::{self, Change};
use crate::cli::{Draft, DraftKind, Refine, Refining};
use crate::console;
use crate::failure::Failure;
use crate::generate;
use crate::specs::{self, Specs};
use crate::{EXIT_FOUND, EXIT_OK};

/// Who answers the prompts of a refinement.
#[derive(Debug, Args)]
pub(crate) struct Answering {
    /// Who writes
    #[arg(long, value_enum)]
    provider: Answerer,
    /// The folder for the prompts and answers of the provider `exchange`
    #[arg(long, value_name = "DIR", required_if_eq("provider", "exchange"))]
    exchange_dir: Option<PathBuf>,
    /// The transcripts for the provider `replay`: a workspace, or a folder of transcripts or recordings
    #[arg(long, value_name = "DIR", required_if_eq("provider", "replay"))]
    transcripts: Option<PathBuf>,
    /// Let `replay` give a recorded answer also to a prompt that is not the recorded one
    #[arg(long)]
    accept_other_prompts: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Answerer {
    /// Every prompt is written to a file, its answer taken from the file beside it
    Exchange,
    /// Every prompt gets the answer that was recorded for it
    Replay,
}

impl Answering {
    fn open(&self) -> Result<Box<dyn Provider>, Failure> {
        // The arguments demand the folder of each.
        match self.provider {
            Answerer::Exchange => {
                Ok(Box::new(Exchange::new(self.exchange_dir.clone().unwrap_or_default(), true)))
            }
            Answerer::Replay => {
                let replay = Replay::open(&self.transcripts.clone().unwrap_or_default());
                Ok(Box::new(replay.map_err(Failure::wrong)?.taking_other_prompts(self.accept_other_prompts)))
            }
        }
    }
}

pub(crate) fn refine(arguments: &Refine) -> Result<u8, Failure> {
    let specs = Specs::read(&arguments.spec)?;
    let path = specs.below().to_string_lossy().replace('\\', "/");
    if !path.ends_with(".spec") {
        let shown = arguments.spec.display();
        return Err(Failure::wrong_message(format!("{shown} is no specification: name a .spec file")));
    }
    let workspace = specs.workspace()?;
    let provider = arguments.refining.answering.open()?;
    let (border, options) = (specs::border(), options(&arguments.refining));
    let refining = assist::refine(&workspace, &border, provider.as_ref(), &path, &options, &Narrator);
    let proposal = run(refining)?.map_err(failure)?;
    conclude(&workspace, &proposal, &arguments.refining)
}

pub(crate) fn draft(arguments: &Draft) -> Result<u8, Failure> {
    let cannot = |error: io::Error| {
        Failure::wrong_message(format!("cannot read {}: {error}", arguments.from.display()))
    };
    let text = fs::read_to_string(&arguments.from).map_err(cannot)?;
    let specs = Specs::read(&arguments.specs)?;
    let workspace = specs.workspace()?;
    let provider = arguments.refining.answering.open()?;
    let (border, options) = (specs::border(), options(&arguments.refining));
    let draft = assist::Draft {
        kind: kind(arguments.kind, &arguments.from),
        text,
        module: arguments.module.clone(),
        layer: arguments.layer.trim_end_matches('/').to_owned(),
    };
    let drafting = assist::draft(&workspace, &border, provider.as_ref(), &draft, &options, &Narrator);
    let proposal = run(drafting)?.map_err(failure)?;
    conclude(&workspace, &proposal, &arguments.refining)
}

/// What a draft is: as said, else as its file is called.
fn kind(said: Option<DraftKind>, from: &Path) -> Kind {
    let extension = from.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    match said {
        Some(DraftKind::C) => Kind::C,
        Some(DraftKind::Man) => Kind::ManPage,
        Some(DraftKind::Prose) => Kind::Prose,
        None if matches!(extension, "c" | "h") => Kind::C,
        None if matches!(extension, "2" | "3" | "man") => Kind::ManPage,
        None => Kind::Prose,
    }
}

fn options(arguments: &Refining) -> Options {
    Options {
        rounds: arguments.rounds,
        may_change_guarantee: arguments.may_change_guarantee,
        ..Options::default()
    }
}

fn run<T>(refining: impl Future<Output = T>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Failure::wrong)?;
    Ok(runtime.block_on(refining))
}

fn failure(error: AssistError) -> Failure {
    match error {
        AssistError::Provider(_) | AssistError::Compile(_) | AssistError::Pending(_) => {
            Failure::failed(error)
        }
        _ => Failure::wrong(error),
    }
}

/// Shows what is proposed, and writes it when that is wanted.
fn conclude(workspace: &Workspace, proposal: &Proposal, arguments: &Refining) -> Result<u8, Failure> {
    if let Some(file) = &arguments.record {
        let write = fs::write(file, proposal.recording.to_text());
        write.map_err(|error| Failure::wrong_message(format!("cannot write {}: {error}", file.display())))?;
    }
    let changes: Vec<Change> = proposal.edits.iter().map(|edit| change(workspace, edit)).collect();
    let here = std::env::current_dir().map_err(Failure::wrong)?;
    for change in &changes {
        console::text(&change.diff(&here));
    }
    tell(proposal);
    if proposal.is_empty() {
        console::line(format_args!("the specification stays as it is"));
    } else if let Some(reason) = unwritable(proposal, arguments) {
        console::line(format_args!("nothing was written: {reason}"));
        return Ok(EXIT_FOUND);
    } else if arguments.write || confirmed() {
        write(&changes, proposal)?;
    } else {
        console::line(format_args!("nothing was written; --write does it"));
    }
    Ok(if proposal.end == End::Succeeded { EXIT_OK } else { EXIT_FOUND })
}

/// What was found on the way, and what the reader should know before it is written.
fn tell(proposal: &Proposal) {
    for round in &proposal.history {
        let said = round.flaw.as_deref().unwrap_or("it has no error, and code was made from it");
        console::line(format_args!("specification {}: {}", round.number, said.replace('\n', "\n    ")));
    }
    match &proposal.end {
        End::Succeeded => {}
        End::NotConverged => console::line(format_args!(
            "not converged: the proposal is the last specification, with what is wrong as comments in it"
        )),
        End::Stuck(reason) => console::line(format_args!("it cannot go on: {reason}")),
    }
    for weaker in &proposal.weaker {
        console::line(format_args!("the contract may have got weaker (compared as text): {weaker}"));
    }
    if !proposal.stale.is_empty() {
        console::line(format_args!("code that would be stale: {}", proposal.stale.join(", ")));
    }
    for note in &proposal.notes {
        console::line(format_args!("{note}"));
    }
    if let Some(code) = &proposal.code {
        console::line(format_args!(
            "the code that was made from it, which `sysspec generate` makes anew:\n{code}"
        ));
    }
}

/// Why a proposal is not to be written.
fn unwritable(proposal: &Proposal, arguments: &Refining) -> Option<&'static str> {
    let is_weaker = !proposal.weaker.is_empty() && !arguments.may_change_guarantee;
    if proposal.edits.iter().any(|edit| edit.after.is_empty()) {
        Some("there is no specification to write")
    } else if is_weaker {
        Some(
            "its contract says other things than before; look at them, and give --may-change-guarantee when they are meant",
        )
    } else {
        None
    }
}

/// Asks on a terminal.
fn confirmed() -> bool {
    if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
        return false;
    }
    console::line(format_args!("write it? [y/N]"));
    let mut line = String::new();
    let read = io::stdin().lock().read_line(&mut line);
    read.is_ok() && matches!(line.trim(), "y" | "Y" | "yes")
}

fn change(workspace: &Workspace, edit: &Edit) -> Change {
    let path = workspace.root.join(&edit.path);
    Change { path, before: edit.before.clone(), after: edit.after.clone() }
}

/// Writes new files beside none that is there, then changes the others.
fn write(changes: &[Change], proposal: &Proposal) -> Result<(), Failure> {
    let (new, old): (Vec<&Change>, Vec<&Change>) =
        changes.iter().partition(|change| change.before.is_empty());
    for change in &new {
        create(&change.path, &change.after)?;
    }
    let old: Vec<Change> = old
        .into_iter()
        .map(|change| Change {
            path: change.path.clone(),
            before: change.before.clone(),
            after: change.after.clone(),
        })
        .collect();
    changes::write(&old)?;
    for edit in &proposal.edits {
        console::line(format_args!("wrote {}", edit.path));
    }
    Ok(())
}

fn create(path: &PathBuf, text: &str) -> Result<(), Failure> {
    let cannot =
        |error: io::Error| Failure::wrong_message(format!("cannot write {}: {error}", path.display()));
    let mut file = fs::OpenOptions::new().write(true).create_new(true).open(path).map_err(cannot)?;
    io::Write::write_all(&mut file, text.as_bytes()).map_err(cannot)
}

/// Tells what happens as it happens.
struct Narrator;

impl Progress for Narrator {
    fn event(&self, event: &Event<'_>) {
        let line = match event {
            Event::Asked { asked } => format!("SpecFine was asked, time {asked}"),
            Event::Unusable { reason } => format!("its answer was not taken: {}", first_line(reason)),
            Event::Flawed { diagnosis } => format!("a flaw: {}", first_line(diagnosis)),
            Event::Compile(event) => generate::describe(event),
        };
        console::error(format_args!("{line}"));
    }
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

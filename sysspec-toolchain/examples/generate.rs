//! Generates a workspace by the exchange provider:
//!
//! `generate ROOT EXCHANGE_DIR BORDER_HEADER GLUE [JOBS] [--no-wait] [--again] [--despite-findings]`

use std::path::Path;
use std::process::ExitCode;

use sysspec_toolchain::Border;
use sysspec_toolchain::compile::{self, Event, Options, Progress};
use sysspec_toolchain::files;
use sysspec_toolchain::provider::Exchange;
use sysspec_toolchain::workspace::Workspace;

/// Prints what happens.
struct Printed;

impl Progress for Printed {
    fn event(&self, event: &Event<'_>) {
        match event {
            Event::Asked { module, phase, attempt } => {
                eprintln!("asked    {module} phase {phase} attempt {attempt}")
            }
            Event::Recalled { module, .. } => eprintln!("took {module} from the shared store"),
            Event::NotShared { module, reason } => eprintln!("{module}: {reason}"),
            Event::Answered { module, phase, attempt, role, usage, .. } => {
                let tokens = usage.map_or(0, |usage| usage.prompt + usage.answer);
                eprintln!(
                    "answered {module} phase {phase} attempt {attempt} by {}, {tokens} tokens",
                    role.name()
                );
            }
            Event::Reviewed { module, phase, attempt } => {
                eprintln!("review   {module} phase {phase} attempt {attempt}");
            }
            Event::Unusable { module, reason, .. } => eprintln!("unusable review of {module}: {reason}"),
            Event::Waiting { module } => eprintln!("compiled {module}; its test waits for what it needs"),
            Event::Rejected { module, phase, attempt, gate, .. } => {
                eprintln!("refused  {module} phase {phase} attempt {attempt} by the gate {}", gate.name());
            }
            Event::Accepted { module, phase, attempt } => {
                eprintln!("accepted {module} phase {phase} attempt {attempt}");
            }
        }
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

async fn run() -> Result<bool, Box<dyn std::error::Error>> {
    let (flags, plain): (Vec<_>, Vec<_>) =
        std::env::args().skip(1).partition(|argument| argument.starts_with("--"));
    let [root, exchange, header, glue, jobs @ ..] = plain.as_slice() else {
        return Err("usage: generate ROOT EXCHANGE_DIR BORDER_HEADER GLUE [JOBS] [--no-wait] [--again] [--despite-findings]".into());
    };
    let given = |flag: &str| flags.iter().any(|other| other == flag);
    let ws = Workspace::open(Path::new(root))?;
    let name = Path::new(header).file_name().unwrap_or_default().to_string_lossy().into_owned();
    let glue = if Path::new(glue).exists() { files::read(Path::new(glue))? } else { String::new() };
    let border = Border::new(name, files::read(Path::new(header))?, glue);
    let mut options = Options {
        again: given("--again"),
        despite_findings: given("--despite-findings"),
        ..Options::default()
    };
    if let Some(jobs) = jobs.first() {
        options.jobs = jobs.parse()?;
    }
    let provider = Exchange::new(exchange, !given("--no-wait"));
    let report = compile::generate(&ws, &border, Some(&provider), &options, &Printed).await?;
    eprint!("{report}");
    Ok(report.succeeded())
}

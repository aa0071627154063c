//! `sysspec generate`

use sysspec_toolchain::compile::{
    self, CompileError, Event, ModuleReport, Options, Outcome, Progress, Report,
};
use sysspec_toolchain::store::shared::Shared;

use crate::asking::{self, Asked};
use crate::cli::Generate;
use crate::console;
use crate::failure::Failure;
use crate::specs::{self, Specs};
use crate::{EXIT_FOUND, EXIT_OK};

pub(crate) fn run(arguments: &Generate) -> Result<u8, Failure> {
    let specs = Specs::read(&arguments.specs)?;
    if !arguments.despite_findings {
        specs.demand_no_errors("nothing was generated")?;
    }
    let workspace = specs.workspace()?;
    let asked = Asked::choose(&arguments.asking, &workspace.model.manifest)?;
    let defaults = Options::default();
    let options = Options {
        modules: arguments.modules.clone(),
        jobs: arguments.jobs.unwrap_or(defaults.jobs),
        again: arguments.again,
        despite_findings: arguments.despite_findings,
        shared: shared(arguments)?,
        ..defaults
    };
    let border = specs::border();
    let generating = compile::generate(&workspace, &border, asked.provider(), &options, &Narrator);
    let report = match asking::run(generating)? {
        Ok(report) => report,
        Err(error) => {
            tell_spent(&asked);
            return Err(failure(error, asked));
        }
    };
    conclude(&report);
    tell_spent(&asked);
    Ok(if report.succeeded() { EXIT_OK } else { EXIT_FOUND })
}

fn tell_spent(asked: &Asked) {
    if let Some(spent) = asked.spent() {
        console::line(format_args!("used {spent}"));
    }
}

fn shared(arguments: &Generate) -> Result<Option<Shared>, Failure> {
    let address = arguments.shared_store.as_deref().filter(|address| !address.is_empty());
    address.map(Shared::open).transpose().map_err(Failure::wrong)
}

fn failure(error: CompileError, asked: Asked) -> Failure {
    match error {
        // Somebody was chosen who cannot be asked: that is what has to be mended.
        CompileError::NoProvider(_) if asked.unusable().is_some() => asked.into_failure(),
        CompileError::NoSuchModule(_) | CompileError::File(_) | CompileError::Store(_) => {
            Failure::wrong(error)
        }
        _ => Failure::failed(error),
    }
}

/// Tells what happens as it happens.
struct Narrator;

impl Progress for Narrator {
    fn event(&self, event: &Event<'_>) {
        let line = describe(event);
        console::line(format_args!("{line}"));
    }
}

pub(crate) fn describe(event: &Event<'_>) -> String {
    match event {
        Event::Asked { module, phase, attempt } => {
            format!("{module}: phase {phase}, attempt {attempt}: asked")
        }
        Event::Recalled { module, phase, provider } => {
            format!("{module}: phase {phase}: taken from the shared store, by {provider}")
        }
        Event::NotShared { module, reason } => format!("{module}: {reason}"),
        Event::Answered { module, phase, attempt, role, model, usage } => {
            let who = model.map_or(String::new(), |model| format!(" by {model}"));
            let tokens = usage.map_or(String::new(), |usage| {
                let about = if usage.estimated { "about " } else { "" };
                format!(", {about}{} tokens read and {} written", usage.prompt, usage.answer)
            });
            format!("{module}: phase {phase}, attempt {attempt}: {} answered{who}{tokens}", role.name())
        }
        Event::Reviewed { module, phase, attempt } => {
            format!("{module}: phase {phase}, attempt {attempt}: passed every gate; SpecEval was asked")
        }
        Event::Unusable { module, phase, attempt, reason } => {
            format!("{module}: phase {phase}, attempt {attempt}: SpecEval's answer cannot be used. {reason}")
        }
        Event::Waiting { module } => {
            format!("{module}: passed all gates but its tests, which wait for other modules")
        }
        Event::Rejected { module, phase, attempt, gate, feedback } => {
            let reason = feedback.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
            let gate = gate.name();
            format!(
                "{module}: phase {phase}, attempt {attempt}: refused by the gate {gate}: {}",
                reason.trim()
            )
        }
        Event::Accepted { module, phase, attempt } => {
            format!("{module}: phase {phase}, attempt {attempt}: accepted")
        }
    }
}

/// The table of what the run did, and what is left to do.
fn conclude(report: &Report) {
    let worked_on: Vec<&ModuleReport> =
        report.modules.iter().filter(|module| module.outcome != Outcome::Unchanged).collect();
    let width =
        worked_on.iter().map(|module| module.module.chars().count()).max().unwrap_or(0).max("module".len());
    if !worked_on.is_empty() {
        console::line(format_args!("\n{:width$}  attempts  outcome", "module"));
    }
    for module in &worked_on {
        let outcome = module.outcome.to_string().replace('\n', "\n    ");
        console::line(format_args!("{:width$}  {:8}  {outcome}", module.module, attempts(module)));
    }
    let unchanged = report.modules.len() - worked_on.len();
    if unchanged > 0 {
        console::line(format_args!("{} validated before", console::count(unchanged, "module")));
    }
    if !worked_on.is_empty() {
        console::line(format_args!("accepted at the first attempt: {}", report.first_attempt()));
        console::line(format_args!("accepted in the end: {}", report.accepted()));
    }
    let awaiting = report.awaiting().count();
    if awaiting > 0 {
        let prompts = console::count(awaiting, "prompt");
        console::line(format_args!("{prompts} without an answer; run this again when the answers are there"));
    }
}

/// The number of attempts of each phase: "1", "2+1".
fn attempts(module: &ModuleReport) -> String {
    let of = |phase| module.attempts.iter().filter(|attempt| attempt.phase == phase).count();
    match (of(1), of(2)) {
        (0, 0) => "-".to_owned(),
        (first, 0) => first.to_string(),
        (first, second) => format!("{first}+{second}"),
    }
}

#[cfg(test)]
mod tests {
    use sysspec_toolchain::compile::AttemptReport;
    use sysspec_toolchain::gates::Gate;

    use super::*;

    #[test]
    fn a_refusal_names_module_phase_attempt_gate_and_the_first_line_of_the_reason() {
        let event = Event::Rejected {
            module: "step",
            phase: 2,
            attempt: 3,
            gate: Gate::Compile,
            feedback: "\nstep.c:7: error: `x` undeclared\nmore",
        };
        let said = "step: phase 2, attempt 3: refused by the gate compile: step.c:7: error: `x` undeclared";
        assert_eq!(describe(&event), said);
    }

    #[test]
    fn attempts_are_counted_by_phase() {
        let attempt = |phase, attempt| AttemptReport { phase, attempt, rejected_by: None };
        let module = |attempts| ModuleReport { module: "m".into(), outcome: Outcome::Accepted, attempts };
        assert_eq!(attempts(&module(vec![])), "-");
        assert_eq!(attempts(&module(vec![attempt(1, 1), attempt(1, 2)])), "2");
        assert_eq!(attempts(&module(vec![attempt(1, 1), attempt(1, 2), attempt(2, 1)])), "2+1");
    }
}

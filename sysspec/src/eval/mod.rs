//! `sysspec eval`: the study of accuracy, from its plan to its table.

mod cluster;

use std::path::Path;

use sysspec_toolchain::eval::{
    self, EvalError, Folder, Limits, Plan, Progress, Record, Setting, Table, Unit,
};
use sysspec_toolchain::files::{self, FileError};
use sysspec_toolchain::prompt;
use sysspec_toolchain::workers;

use crate::asking;
use crate::cli::{Eval, EvalPlan, EvalReport, EvalRun, TableFormat};
use crate::console;
use crate::failure::Failure;
use crate::specs::{self, Specs};
use crate::{EXIT_FOUND, EXIT_OK};

pub(crate) fn run(what: &Eval) -> Result<u8, Failure> {
    match what {
        Eval::Plan(arguments) => plan(arguments),
        Eval::Run(arguments) => work(arguments),
        Eval::Report(arguments) => report(arguments),
        Eval::Slurm { study, parts } => cluster::slurm(&Folder::new(study), *parts),
        Eval::Kubernetes { study, parts, image, claim } => {
            cluster::kubernetes(&Folder::new(study), *parts, image, claim)
        }
    }
}

fn plan(arguments: &EvalPlan) -> Result<u8, Failure> {
    let specs = Specs::read(&arguments.specs)?;
    specs.demand_no_errors("nothing was planned")?;
    let workspace = specs.workspace()?;
    let settings = if arguments.settings.is_empty() {
        Setting::ALL.to_vec()
    } else {
        Setting::ALL.into_iter().filter(|setting| arguments.settings.contains(&(*setting).into())).collect()
    };
    let named = workspace.root.display().to_string();
    let mut plan =
        Plan::new(&workspace.model, named, arguments.provider.clone(), settings, &arguments.modules)
            .map_err(Failure::wrong)?;
    plan.attempts = arguments.attempts.unwrap_or(plan.attempts);
    plan.samples = arguments.samples;
    Folder::new(&arguments.study).create(&plan).map_err(failure)?;
    let results = plan.units().count() * plan.settings.len();
    console::line(format_args!(
        "{} in {}, {} each: {}",
        console::count(plan.modules.len(), "module"),
        console::count(plan.settings.len(), "setting"),
        console::count(plan.samples as usize, "sample"),
        console::count(results, "result")
    ));
    console::line(format_args!("next: sysspec eval run {}", arguments.study.display()));
    Ok(EXIT_OK)
}

fn work(arguments: &EvalRun) -> Result<u8, Failure> {
    let folder = Folder::new(&arguments.study);
    let plan = folder.plan().map_err(failure)?;
    let units = match arguments.part {
        Some(part) => plan.part(part.number, part.of).map_err(Failure::wrong)?,
        None => plan.units().collect(),
    };
    let specs = Specs::read(arguments.specs.as_deref().unwrap_or_else(|| Path::new(&plan.specs)))?;
    let workspace = specs.workspace()?;
    let provider =
        asking::named(&plan.provider, arguments.exchange_dir.as_deref(), &workspace.model.manifest)?;
    let jobs = arguments.jobs.unwrap_or_else(workers::default_jobs);
    let limits = Limits { jobs, token_budget: prompt::TOKEN_BUDGET };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Failure::wrong)?;
    let border = specs::border();
    let study = (&folder, &plan);
    let running = eval::run(&workspace, &border, study, &units, provider.as_ref(), limits, &Narrator);
    let done = runtime.block_on(running).map_err(failure)?;
    console::line(format_args!("{} found, {} found before", console::count(done.found, "result"), done.kept));
    if done.awaiting > 0 {
        let awaited = console::count(done.awaiting, "result");
        console::line(format_args!("{awaited} without an answer; run this again when the answers are there"));
        return Ok(EXIT_FOUND);
    }
    Ok(EXIT_OK)
}

fn report(arguments: &EvalReport) -> Result<u8, Failure> {
    let folder = Folder::new(&arguments.study);
    let plan = folder.plan().map_err(failure)?;
    let table = Table::new(&plan, &folder.records(&plan).map_err(Failure::wrong)?);
    if let Some(path) = &arguments.plot {
        files::write_atomically(path, &table.svg()).map_err(Failure::wrong)?;
    }
    console::text(&match arguments.format {
        TableFormat::Markdown => table.markdown(),
        TableFormat::Json => serde_json::to_string_pretty(&table).map_err(Failure::wrong)? + "\n",
    });
    if table.is_complete() {
        return Ok(EXIT_OK);
    }
    console::error(format_args!("results are missing; `sysspec eval run` finds them"));
    Ok(EXIT_FOUND)
}

pub(crate) fn failure(error: EvalError) -> Failure {
    match error {
        EvalError::Plan(_)
        | EvalError::NoPlan(_)
        | EvalError::AnotherPlan(_)
        | EvalError::Store(_)
        | EvalError::File(FileError { .. }) => Failure::wrong(error),
        _ => Failure::failed(error),
    }
}

/// Tells what is found as it is found.
struct Narrator;

impl Progress for Narrator {
    fn found(&self, record: &Record) {
        console::line(format_args!("{}", describe(record)));
    }

    fn awaiting(&self, setting: Setting, unit: Unit<'_>, place: &str) {
        console::line(format_args!("{}, {}: an answer is awaited by {place}", unit.module, setting.title()));
    }
}

fn describe(record: &Record) -> String {
    let outcome = match record.refused_by {
        None => "right".to_owned(),
        Some(gate) => format!("refused by the gate {}", gate.name()),
    };
    let attempts = console::count(record.tries.len(), "attempt");
    format!("{}, {}: {outcome} after {attempts}", record.module, record.setting.title())
}

#[cfg(test)]
mod tests {
    use sysspec_toolchain::eval::Try;
    use sysspec_toolchain::gates::Gate;

    use super::*;

    #[test]
    fn a_result_names_module_setting_gate_and_attempts() {
        let tried = Try {
            phase: 1,
            attempt: 1,
            refused_by: Some(Gate::Compile),
            feedback: String::new(),
            answer: String::new(),
            usage: None,
        };
        let record = Record {
            setting: Setting::Modularity,
            module: "map_put".into(),
            sample: 1,
            thread_safe: false,
            compiles: false,
            refused_by: Some(Gate::Compile),
            tries: vec![tried],
        };
        assert_eq!(describe(&record), "map_put, + modularity: refused by the gate compile after 1 attempt");
    }
}

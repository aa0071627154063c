//! `sysspec doctor`: whether this machine has what the commands need, and what to do where it has not.

mod machine;
mod models;

use std::path::Path;

use serde::Serialize;
use sysspec_analysis::Manifest;
use sysspec_toolchain::workspace::Workspace;

use crate::cli::{Doctor, DoctorFormat};
use crate::console;
use crate::failure::Failure;
use crate::{EXIT_FOUND, EXIT_OK};

/// The version of the JSON form. It rises when a field changes its meaning or goes.
const SCHEMA_VERSION: u32 = 1;

/// What a command needs, and whether it is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Finding {
    /// What was looked at.
    name: String,
    status: Status,
    /// What was found.
    detail: String,
    /// The command or edit that mends a problem, unless `detail` says it.
    #[serde(skip_serializing_if = "Option::is_none")]
    mend: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Status {
    Ok,
    Problem,
    /// It was not tried, or nothing needs it.
    Untried,
}

impl Finding {
    fn ok(name: &str, detail: impl Into<String>) -> Finding {
        Finding { name: name.into(), status: Status::Ok, detail: detail.into(), mend: None }
    }

    fn untried(name: &str, detail: impl Into<String>) -> Finding {
        Finding { status: Status::Untried, ..Finding::ok(name, detail) }
    }

    fn problem(name: &str, detail: impl Into<String>, mend: impl Into<String>) -> Finding {
        Finding { status: Status::Problem, mend: Some(mend.into()), ..Finding::ok(name, detail) }
    }
}

#[derive(Serialize)]
struct Report {
    version: u32,
    ok: bool,
    checks: Vec<Finding>,
}

pub(crate) fn run(arguments: &Doctor) -> Result<u8, Failure> {
    let (workspace, manifest) = workspace(&arguments.specs);
    let mut checks = vec![workspace];
    checks.extend(machine::checks(&manifest));
    checks.extend(models::checks(arguments, &manifest)?);
    let ok = checks.iter().all(|check| check.status != Status::Problem);
    match arguments.format {
        DoctorFormat::Human => checks.iter().for_each(|check| console::line(format_args!("{}", line(check)))),
        DoctorFormat::Json => {
            let report = Report { version: SCHEMA_VERSION, ok, checks };
            let text = serde_json::to_string_pretty(&report).map_err(Failure::wrong)?;
            console::line(format_args!("{text}"));
        }
    }
    Ok(if ok { EXIT_OK } else { EXIT_FOUND })
}

/// The workspace, whose manifest says what is needed; the defaults where there is none.
fn workspace(path: &Path) -> (Finding, Manifest) {
    let root = sysspec_toolchain::workspace::find_root(path).unwrap_or_else(|| path.to_owned());
    match Workspace::open(&root) {
        Ok(workspace) => {
            let modules = console::count(workspace.model.modules.len(), "module");
            let found = Finding::ok("workspace", format!("{} with {modules}", root.display()));
            (found, workspace.model.manifest.clone())
        }
        Err(_) => {
            let detail = format!("there is none at {}; the defaults are looked at", path.display());
            (Finding::untried("workspace", detail), Manifest::default())
        }
    }
}

fn line(check: &Finding) -> String {
    let status = match check.status {
        Status::Ok => "ok",
        Status::Problem => "problem",
        Status::Untried => "-",
    };
    let indent = |text: &str| text.trim_end().replace('\n', "\n          ");
    let mut line = format!("{status:8}  {}: {}", check.name, indent(&check.detail));
    if let Some(mend) = &check.mend {
        line.push_str(&format!("\n          to mend: {}", indent(mend)));
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_is_shown_with_what_mends_it() {
        let problem = Finding::problem("FUSE", "/dev/fuse does not exist", "sudo modprobe fuse");
        let shown = "problem   FUSE: /dev/fuse does not exist\n          to mend: sudo modprobe fuse";
        assert_eq!(line(&problem), shown);
        assert_eq!(line(&Finding::untried("editors", "none")), "-         editors: none");
    }
}

//! `sysspec status`

use std::path::Path;

use sysspec_toolchain::status::{self, ModuleStatus, State};

use crate::console;
use crate::failure::Failure;
use crate::specs::Specs;
use crate::{EXIT_FOUND, EXIT_OK};

pub(crate) fn run(specs: &Path) -> Result<u8, Failure> {
    let workspace = Specs::read(specs)?.workspace()?;
    let statuses = status::status(&workspace).map_err(Failure::wrong)?;
    let width = statuses.iter().map(|status| status.module.chars().count()).max().unwrap_or(0);
    for status in &statuses {
        console::line(format_args!("{:width$}  {}", status.module, status.state.describe()));
    }
    console::line(format_args!("{}", summary(&statuses)));
    let ready = statuses.iter().all(|status| status.state == State::Validated);
    Ok(if ready { EXIT_OK } else { EXIT_FOUND })
}

/// "73 modules: 70 validated, 2 stale, 1 missing".
fn summary(statuses: &[ModuleStatus]) -> String {
    let number = |of: fn(&State) -> bool| statuses.iter().filter(|status| of(&status.state)).count();
    let counts = [
        (number(|state| matches!(state, State::Validated)), "validated"),
        (number(|state| matches!(state, State::Stale(_))), "stale"),
        (number(|state| matches!(state, State::Missing)), "missing"),
        (number(|state| matches!(state, State::Edited)), "edited"),
    ];
    let shown = counts.iter().filter(|(number, word)| *number > 0 || *word == "validated");
    let shown: Vec<String> = shown.map(|(number, word)| format!("{number} {word}")).collect();
    format!("{}: {}", console::count(statuses.len(), "module"), shown.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_counts_every_state_that_occurs() {
        let status = |state| ModuleStatus { module: "m".to_owned(), state };
        let statuses = [
            status(State::Validated),
            status(State::Stale(vec!["it changed".to_owned()])),
            status(State::Stale(Vec::new())),
            status(State::Missing),
        ];
        assert_eq!(summary(&statuses), "4 modules: 1 validated, 2 stale, 1 missing");
        assert_eq!(summary(&statuses[..1]), "1 module: 1 validated");
        assert_eq!(summary(&statuses[3..]), "1 module: 0 validated, 1 missing");
    }
}

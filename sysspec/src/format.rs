//! `sysspec fmt`

use std::io::Read;
use std::path::{Path, PathBuf};

use sysspec_analysis::Host;

use crate::changes::{self, Change};
use crate::check;
use crate::cli::Fmt;
use crate::console;
use crate::failure::Failure;
use crate::paths;
use crate::specs::{self, Specs};
use crate::{EXIT_FOUND, EXIT_OK, EXIT_WRONG};

pub(crate) fn run(arguments: &Fmt) -> Result<u8, Failure> {
    if arguments.paths.iter().any(|path| path == Path::new("-")) {
        return run_on_input(arguments);
    }
    let workspaces = Specs::read_patched(&arguments.paths, &arguments.patches)?;
    let mut formatted = Vec::new();
    for specs in &workspaces {
        formatted.extend(changes_of(specs)?);
    }
    let from = paths::working_directory();
    if arguments.diff {
        formatted.iter().for_each(|change| console::text(&change.diff(&from)));
    }
    let is_dry = arguments.check || arguments.diff;
    if !is_dry {
        changes::write(&formatted)?;
    }
    tell(&formatted, arguments, &from);
    Ok(match check::tell_damaged(&workspaces) {
        false => EXIT_WRONG,
        true if is_dry && !formatted.is_empty() => EXIT_FOUND,
        true => EXIT_OK,
    })
}

/// The files below what was named that are not formatted.
fn changes_of(specs: &Specs) -> Result<Vec<Change>, Failure> {
    let analysis = specs.analysis();
    let mut changes = Vec::new();
    for path in analysis.files().map_err(specs::cancelled)? {
        if !specs.is_named(&path) || specs.damaged.iter().any(|damaged| **damaged == *path) {
            continue;
        }
        let edits = analysis.format(&path).map_err(specs::cancelled)?.unwrap_or_default();
        let before = specs.text(&path)?;
        let after = changes::edited(&before, &edits);
        if after != before {
            changes.push(Change { path: paths::tidy(&specs.root.join(&*path)), before, after });
        }
    }
    Ok(changes)
}

/// Nothing but the names of the files, so that it can be read by a program; a diff is not followed by anything.
fn tell(formatted: &[Change], arguments: &Fmt, from: &Path) {
    for change in formatted.iter().filter(|_| !arguments.diff) {
        let path: PathBuf = paths::relative(&change.path, from);
        console::line(format_args!("{}", path.display()));
    }
    let files = console::count(formatted.len(), "file");
    let done = match (formatted.is_empty(), arguments.check || arguments.diff) {
        (true, _) => "all files are formatted".to_owned(),
        (false, true) => format!("{files} to format"),
        (false, false) => format!("{files} formatted"),
    };
    console::error(format_args!("{done}"));
}

/// Formats standard input, as a spec, to standard output.
fn run_on_input(arguments: &Fmt) -> Result<u8, Failure> {
    if arguments.paths.len() > 1 {
        return Err(Failure::wrong_message("`-` (standard input) goes with no other path".to_owned()));
    }
    let name = arguments.stdin_name.as_deref().unwrap_or("input.spec");
    let mut before = String::new();
    std::io::stdin()
        .read_to_string(&mut before)
        .map_err(|error| Failure::wrong_message(format!("cannot read standard input: {error}")))?;
    let mut host = Host::new();
    host.set_file(name, Some(&before));
    let Some(edits) = host.snapshot().format(name).map_err(specs::cancelled)? else {
        let what = ".spec, .header and .patch files are";
        return Err(Failure::wrong_message(format!("{name} is not a file that is formatted; {what}")));
    };
    let change = Change { path: PathBuf::from(name), after: changes::edited(&before, &edits), before };
    let is_formatted = change.after == change.before;
    if arguments.diff {
        console::text(&change.diff(Path::new("")));
    } else if !arguments.check {
        console::text(&change.after);
    }
    Ok(if (arguments.check || arguments.diff) && !is_formatted { EXIT_FOUND } else { EXIT_OK })
}

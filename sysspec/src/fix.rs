//! `sysspec fix`

use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use sysspec_analysis::{Applicability, Code, Diagnostic, Edit, Fix, Severity};

use crate::changes::{self, Change};
use crate::check;
use crate::cli;
use crate::console;
use crate::failure::Failure;
use crate::findings::Findings;
use crate::paths;
use crate::specs::{self, Specs};
use crate::{EXIT_FOUND, EXIT_OK, EXIT_WRONG};

/// A fix may bring up another finding with a fix; two that undo each other must not go on for ever.
const ROUNDS: usize = 20;

pub(crate) fn run(arguments: &cli::Fix) -> Result<u8, Failure> {
    let mut workspaces = Specs::read_patched(&arguments.paths, &arguments.patches)?;
    let mut mended = Mended::default();
    for specs in &mut workspaces {
        mended.mend(specs, arguments)?;
    }
    let from = paths::working_directory();
    if arguments.dry_run {
        for change in &mended.changes {
            console::text(&change.diff(&from));
        }
    } else {
        changes::write(&mended.changes)?;
    }
    let remaining = check::analyse(&workspaces)?;
    tell(&mended, &remaining, arguments, &from);
    if !check::tell_damaged(&workspaces) {
        return Ok(EXIT_WRONG);
    }
    Ok(if remaining.number(Severity::Error) > 0 { EXIT_FOUND } else { EXIT_OK })
}

/// What was done, in memory.
#[derive(Default)]
struct Mended {
    changes: Vec<Change>,
    /// By file, in path order: the finding's code, and what its fix did.
    fixed: Vec<(std::path::PathBuf, Code, String)>,
    is_endless: bool,
}

impl Mended {
    /// Applies fixes to a workspace until there are none left.
    fn mend(&mut self, specs: &mut Specs, arguments: &cli::Fix) -> Result<(), Failure> {
        let mut before: BTreeMap<Arc<str>, String> = BTreeMap::new();
        let mut rounds = 0;
        loop {
            let chosen = choose(specs, arguments)?;
            if chosen.fixes.is_empty() {
                break;
            }
            if rounds == ROUNDS {
                self.is_endless = true;
                break;
            }
            rounds += 1;
            for (path, edits) in &chosen.edits {
                let old = specs.text(path)?;
                specs.change(path, &changes::edited(&old, edits));
                before.entry(path.clone()).or_insert(old);
            }
            for (path, code, title) in chosen.fixes {
                self.fixed.push((paths::tidy(&specs.root.join(&*path)), code, title));
            }
        }
        for (path, before) in before {
            let after = specs.text(&path)?;
            if after != before {
                self.changes.push(Change { path: paths::tidy(&specs.root.join(&*path)), before, after });
            }
        }
        Ok(())
    }
}

/// The fixes of one round: none overlaps another.
#[derive(Default)]
struct Chosen {
    fixes: Vec<(Arc<str>, Code, String)>,
    edits: BTreeMap<Arc<str>, Vec<Edit>>,
}

fn choose(specs: &Specs, arguments: &cli::Fix) -> Result<Chosen, Failure> {
    let damaged: HashSet<&str> = specs.damaged.iter().map(String::as_str).collect();
    let analysis = specs.analysis();
    let mut chosen = Chosen::default();
    for (path, found) in analysis.all_diagnostics().map_err(specs::cancelled)? {
        for finding in found.into_iter().filter(|_| specs.is_named(&path)) {
            if !arguments.codes.is_empty() && !arguments.codes.contains(&finding.code) {
                continue;
            }
            let Some(fix) = applicable(finding.clone(), arguments.unsafe_too) else { continue };
            let is_text = fix.edits.iter().all(|edit| !damaged.contains(&*edit.path));
            if is_text && chosen.has_room(&fix) {
                chosen.take(&path, finding.code, fix);
            }
        }
    }
    Ok(chosen)
}

/// The first fix that may be applied.
fn applicable(finding: Diagnostic, unsafe_too: bool) -> Option<Fix> {
    let is_allowed =
        |fix: &Fix| !fix.edits.is_empty() && (unsafe_too || fix.applicability == Applicability::Safe);
    finding.fixes.into_iter().find(is_allowed)
}

impl Chosen {
    fn has_room(&self, fix: &Fix) -> bool {
        fix.edits.iter().all(|edit| {
            let taken = self.edits.get(&edit.path).map(Vec::as_slice).unwrap_or_default();
            taken.iter().all(|other| !overlap(edit, other))
        })
    }

    fn take(&mut self, path: &Arc<str>, code: Code, fix: Fix) {
        for edit in fix.edits {
            self.edits.entry(edit.path.clone()).or_default().push(edit);
        }
        self.fixes.push((path.clone(), code, fix.title));
    }
}

/// Edits that touch count when one is an insertion: what comes first would be arbitrary.
fn overlap(one: &Edit, other: &Edit) -> bool {
    let (one, other) = (&one.range, &other.range);
    match one.is_empty() || other.is_empty() {
        true => one.start <= other.end && other.start <= one.end,
        false => one.start < other.end && other.start < one.end,
    }
}

/// On standard error in a dry run, so that standard output is a diff and nothing else.
fn tell(mended: &Mended, remaining: &Findings, arguments: &cli::Fix, from: &Path) {
    let say = |line: String| match arguments.dry_run {
        true => console::error(format_args!("{line}")),
        false => console::line(format_args!("{line}")),
    };
    for (path, code, title) in &mended.fixed {
        say(format!("{}: {code}: {title}", paths::relative(path, from).display()));
    }
    let done = if arguments.dry_run { "would fix" } else { "fixed" };
    let (findings, files) = (mended.fixed.len(), mended.changes.len());
    let done = match findings {
        0 => "nothing to fix".to_owned(),
        _ => format!("{done} {} in {}", console::count(findings, "finding"), console::count(files, "file")),
    };
    let left = match remaining.is_empty() {
        true => "no findings remain".to_owned(),
        false => format!("{} remain, which `sysspec check` shows", remaining.counts()),
    };
    say(format!("{done}; {left}"));
    let guesses = remaining.number_with_fix(Applicability::Unsafe);
    if guesses > 0 && !arguments.unsafe_too {
        say(format!("{guesses} of them have a possible fix, which --unsafe applies: look at the result"));
    }
    if mended.is_endless {
        say(format!("stopped after {ROUNDS} rounds: fixes keep bringing up findings with fixes"));
    }
}

#[cfg(test)]
mod tests {
    use std::ops::Range;

    use super::*;

    fn edit(range: Range<usize>) -> Edit {
        Edit { path: "p".into(), range, replacement: String::new() }
    }

    #[test]
    fn edits_overlap_when_they_share_text_or_an_insertion_touches() {
        assert!(overlap(&edit(0..3), &edit(2..4)));
        assert!(!overlap(&edit(0..3), &edit(3..4)));
        assert!(overlap(&edit(3..3), &edit(3..4)));
        assert!(overlap(&edit(3..3), &edit(3..3)));
        assert!(!overlap(&edit(3..3), &edit(4..5)));
    }

    #[test]
    fn a_fix_is_taken_whole_or_not_at_all() {
        let fix = |ranges: &[Range<usize>]| Fix {
            title: String::new(),
            applicability: Applicability::Safe,
            edits: ranges.iter().cloned().map(edit).collect(),
        };
        let mut chosen = Chosen::default();
        chosen.take(&"p".into(), Code::CYCLE, fix(&[0..2, 8..9]));
        assert!(!chosen.has_room(&fix(&[4..5, 8..9])));
        assert!(chosen.has_room(&fix(&[4..5, 6..7])));
    }
}

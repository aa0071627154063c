//! Pairs of small workspaces: one with a mistake, and its twin that differs in nothing but the mistake.
//!
//! A page of `tests/twins/` is a kind of finding, or a part of one. A pair is a workspace with its files, a `findings` fence that says
//! which code is found in which line, and a `twin` fence that says which lines (`<`) others (`>`) stand for in the twin.
//! The twin has no finding of any kind. What is expected follows from the language, not from what is found.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]
#![allow(clippy::print_stdout, reason = "the table is what it is run for")]

mod fixture;
mod lock_pairs;

use std::collections::BTreeMap;
use std::path::Path;

use fixture::{Case, Files};

/// Pairs that are right and not yet found right, each with the reason. They count as missed or as false alarms.
const KNOWN_GAPS: &[(&str, &str, &str)] = &[];

/// How the pairs of one kind came out.
#[derive(Default)]
struct Score {
    pairs: usize,
    found: usize,
    missed: usize,
    false_alarms: usize,
}

/// The scores by kind, and the pairs that did not come out as they should.
#[derive(Default)]
struct Suite {
    scores: BTreeMap<String, Score>,
    wrong: Vec<String>,
}

/// Every mistake is found in its line, and nothing else is found, in either of the twins.
#[test]
fn every_mistake_is_found_and_its_twin_is_let_through() {
    let mut suite = Suite::default();
    for (kind, case) in pairs() {
        let wanted = case.findings.lines().map(str::to_owned).collect();
        suite.judge(&kind, &case.title, wanted, told(&case.files), told(&twin(&case)));
    }
    for pair in lock_pairs::pairs() {
        let wanted = vec![format!("{} work.spec", pair.code)];
        let (wrong, right) = (lock_pairs::work(&pair, pair.wrong), lock_pairs::work(&pair, pair.right));
        suite.judge(pair.code, pair.kind, wanted, told_of_locks(&wrong), told_of_locks(&right));
    }
    suite.print();
    assert!(suite.wrong.is_empty(), "{}", suite.wrong.join("\n"));
}

impl Suite {
    fn judge(
        &mut self,
        kind: &str,
        title: &str,
        wanted: Vec<String>,
        told: Vec<String>,
        of_twin: Vec<String>,
    ) {
        assert!(!wanted.is_empty(), "{kind}: {title}: a pair needs a finding");
        let score = self.scores.entry(kind.to_owned()).or_default();
        let found = wanted.iter().filter(|place| told.contains(place)).count();
        score.pairs += 1;
        score.found += found;
        score.missed += wanted.len() - found;
        score.false_alarms += told.len() - found + of_twin.len();
        let is_right = told == wanted && of_twin.is_empty();
        let is_known = KNOWN_GAPS.iter().any(|(of, known, _)| *of == kind && *known == title);
        if is_right == is_known {
            self.wrong.push(format!(
                "{kind}: {title}: wanted {wanted:#?}, found {told:#?}, found in the twin {of_twin:#?}"
            ));
        }
    }

    fn print(&self) {
        println!("kind    pairs  found  missed  false alarms  recall  precision");
        for (kind, Score { pairs, found, missed, false_alarms }) in &self.scores {
            let (recall, precision) = (percent(*found, *missed), percent(*found, *false_alarms));
            println!(
                "{kind}  {pairs:5}  {found:5}  {missed:6}  {false_alarms:12}  {recall:4} %  {precision:7} %"
            );
        }
        for (kind, title, reason) in KNOWN_GAPS {
            println!("known gap: {kind}: {title}: {reason}");
        }
        println!("{} pairs", self.scores.values().map(|score| score.pairs).sum::<usize>());
    }
}

/// How much of a sum its first part is, rounded down.
fn percent(part: usize, rest: usize) -> usize {
    (100 * part).checked_div(part + rest).unwrap_or(0)
}

/// The pairs of every page, with the kind that the page is about.
fn pairs() -> Vec<(String, Case)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/twins");
    let mut pages: Vec<_> = std::fs::read_dir(folder).unwrap().map(|page| page.unwrap().path()).collect();
    pages.sort();
    let mut out = Vec::new();
    for page in pages {
        let name = page.file_stem().unwrap().to_string_lossy().into_owned();
        let kind = name.split('-').next().unwrap().to_owned();
        let text = std::fs::read_to_string(&page).unwrap();
        out.extend(fixture::cases(&text).into_iter().map(|case| (kind.clone(), case)));
    }
    out
}

/// The workspace without the mistake.
fn twin(case: &Case) -> Files {
    let mut files = case.files.clone();
    assert!(!case.twin.is_empty(), "{}: no twin", case.title);
    for change in case.twin.split("\n\n") {
        let lines = |mark: &str| -> String {
            change
                .lines()
                .filter_map(|line| line.strip_prefix(mark))
                .map(|line| format!("{line}\n"))
                .collect()
        };
        let (before, after) = (lines("< "), lines("> "));
        let mut is_there = false;
        for (_, text) in &mut files {
            is_there |= text.contains(&before);
            *text = text.replace(&before, &after);
        }
        assert!(is_there && !before.is_empty(), "{}: nothing to change: {before}", case.title);
    }
    files
}

/// The findings of a workspace: code, file, and the line it is in.
fn told(files: &Files) -> Vec<String> {
    let found = fixture::decided(files).all_diagnostics().unwrap();
    let mut out = Vec::new();
    for (path, found) in &found {
        let text = &files.iter().find(|(known, _)| **known == **path).unwrap().1;
        for found in found {
            let line = text[..found.range.start].matches('\n').count();
            out.push(format!("{} {path}: {}", found.code, text.lines().nth(line).unwrap_or_default()));
        }
    }
    out
}

/// The findings about locks, in workspaces whose common modules are no subject.
fn told_of_locks(files: &Files) -> Vec<String> {
    let found = fixture::host(files).snapshot().all_diagnostics().unwrap();
    let told = found.iter().flat_map(|(path, found)| {
        let of_family = found.iter().filter(|found| found.code.family() == "LCK");
        of_family.map(move |found| format!("{} {path}", found.code))
    });
    told.collect()
}

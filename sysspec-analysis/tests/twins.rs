//! Pairs of small workspaces: one with a mistake, and its twin that differs in nothing but the mistake.
//!
//! A page of `tests/twins/` is a kind of finding. A pair is a workspace with its files, a `findings` fence that says
//! which code is found in which line, and a `twin` fence that says which lines (`<`) others (`>`) stand for in the twin.
//! The twin has no finding of any kind. What is expected follows from the language, not from what is found.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod fixture;

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

impl Score {
    fn percent(part: usize, of: usize) -> usize {
        if of == 0 { 0 } else { 100 * part / of }
    }
}

/// Every mistake is found in its line, and nothing else is found, in either of the twins.
#[test]
fn every_mistake_is_found_and_its_twin_is_let_through() {
    let mut scores: BTreeMap<String, Score> = BTreeMap::new();
    let mut wrong = Vec::new();
    for (kind, case) in pairs() {
        let score = scores.entry(kind.clone()).or_default();
        let wanted: Vec<&str> = case.findings.lines().collect();
        assert!(!wanted.is_empty(), "{kind}: {}: a pair needs a finding", case.title);
        let told = told(&case.files);
        let told_of_twin = fixture::findings(&twin(&case));
        score.pairs += 1;
        let found = wanted.iter().filter(|place| told.iter().any(|told| told == *place)).count();
        score.found += found;
        score.missed += wanted.len() - found;
        score.false_alarms +=
            told.len() - found + told_of_twin.lines().filter(|line| !line.starts_with(' ')).count();
        let is_right = told == wanted && told_of_twin.is_empty();
        let is_known = KNOWN_GAPS.iter().any(|(of, title, _)| *of == kind && *title == case.title);
        if is_right == is_known {
            wrong.push(format!(
                "{kind}: {}: \n--- wanted\n{}--- found\n{}--- found in the twin\n{}",
                case.title,
                case.findings,
                fixture::findings(&case.files),
                told_of_twin,
            ));
        }
    }
    print(&scores);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(scores.values().all(|score| score.pairs >= 8), "each kind has at least eight pairs");
}

fn print(scores: &BTreeMap<String, Score>) {
    println!("kind    pairs  found  missed  false alarms  recall  precision");
    for (kind, Score { pairs, found, missed, false_alarms }) in scores {
        let recall = Score::percent(*found, found + missed);
        let precision = Score::percent(*found, found + false_alarms);
        println!(
            "{kind}  {pairs:5}  {found:5}  {missed:6}  {false_alarms:12}  {recall:4} %  {precision:7} %"
        );
    }
    for (kind, title, reason) in KNOWN_GAPS {
        println!("known gap: {kind}: {title}: {reason}");
    }
}

/// The pairs of every page, with the kind that the page is about.
fn pairs() -> Vec<(String, Case)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/twins");
    let mut pages: Vec<_> = std::fs::read_dir(folder).unwrap().map(|page| page.unwrap().path()).collect();
    pages.sort();
    let mut out = Vec::new();
    for page in pages {
        let kind = page.file_stem().unwrap().to_string_lossy().into_owned();
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

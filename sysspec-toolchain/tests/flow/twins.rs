//! Faults, each beside code that differs in nothing but the fault.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use sysspec_toolchain::flow;

use crate::page::{self, Case};

/// How often a kind of fault was there, found where it is, and told where it is not.
#[derive(Default)]
struct Score {
    there: usize,
    found: usize,
    told: usize,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/twins")
}

fn cases(name: &str) -> Vec<Case> {
    page::cases(&std::fs::read_to_string(folder().join(name)).unwrap())
}

/// Every fault is found where it is, and nothing else is told, in the faulty code or in its twin.
#[test]
fn every_fault_is_found_and_its_twin_is_let_through() {
    let specs = cases("specs.md").remove(0).files;
    let host = page::host(&specs);
    let analysis = host.snapshot();
    let mut pages: Vec<_> =
        std::fs::read_dir(folder()).unwrap().map(|page| page.unwrap().file_name()).collect();
    pages.sort();
    let mut scores: BTreeMap<String, Score> = BTreeMap::new();
    let mut wrong = Vec::new();
    for page in pages.iter().filter_map(|page| page.to_str()).filter(|page| page.starts_with("GEN")) {
        for case in cases(page) {
            let [(_, text)] = case.files.as_slice() else {
                panic!("{page}: {}: one file is wanted", case.title)
            };
            let report = flow::check(&analysis, text).unwrap();
            assert_eq!(report.decided.len() + report.undecided.len(), 1, "{page}: {}", case.title);
            let told: Vec<String> =
                report.findings.iter().map(|found| format!("{} {}", found.code, found.line)).collect();
            let wanted: Vec<&str> = case.findings.lines().collect();
            for place in &wanted {
                let score = scores.entry(place[..6].to_owned()).or_default();
                score.there += 1;
                score.found += usize::from(told.iter().any(|told| told == place));
            }
            for place in &told {
                scores.entry(place[..6].to_owned()).or_default().told += 1;
            }
            if told != wanted {
                let messages: Vec<_> = report.findings.iter().map(|found| &found.message).collect();
                wrong.push(format!("{page}: {}: wanted {wanted:?}, told {told:?} {messages:?}", case.title));
            }
        }
    }
    println!("code    faults  recall  precision");
    for (code, Score { there, found, told }) in &scores {
        println!(
            "{code}  {there:6}  {:5} %  {:7} %",
            100 * found / there.max(&1),
            100 * found / told.max(&1)
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(scores.values().map(|score| score.there).sum::<usize>() >= 60);
}

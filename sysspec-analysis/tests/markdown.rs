//! Runs the test pages of `tests/markdown/` and the examples of the codes' help pages.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod fixture;

use std::path::Path;

use sysspec_analysis::{Applicability, Code, Diagnostic, diagnostics_markdown};

/// Every case of every page has exactly the findings written beside it.
#[test]
fn pages() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/markdown");
    let mut failures = Vec::new();
    let mut pages: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    pages.sort();
    assert!(!pages.is_empty());
    for page in pages {
        let text = std::fs::read_to_string(&page).unwrap();
        for case in fixture::cases(&text) {
            let found = fixture::findings(&case.files);
            if found != case.findings {
                let name = page.file_name().unwrap().to_string_lossy().into_owned();
                failures.push(format!(
                    "{name}: {}\n--- written\n{}--- found\n{found}",
                    case.title, case.findings
                ));
            }
        }
    }
    assert!(failures.is_empty(), "\n{}", failures.join("\n\n"));
}

/// Every fix mends what it is offered for, and one that may be applied unseen does no harm.
#[test]
fn fixes_mend() {
    let folders =
        ["tests/markdown", "tests/fixes"].map(|name| Path::new(env!("CARGO_MANIFEST_DIR")).join(name));
    let pages = folders.iter().flat_map(|folder| std::fs::read_dir(folder).unwrap());
    let pages = pages.map(|page| std::fs::read_to_string(page.unwrap().path()));
    let pages = pages.map(Result::unwrap).chain(Code::ALL.iter().map(|code| code.explanation().to_owned()));
    let mut number = 0;
    for case in pages.flat_map(|page| fixture::cases(&page)) {
        let before = all(&case.files);
        for (path, finding) in &before {
            for fix in &finding.fixes {
                number += 1;
                let after = all(&fixture::fixed(&case.files, fix));
                let like = |(other, found): &&(String, Diagnostic)| {
                    other == path && (found.code, &found.message) == (finding.code, &finding.message)
                };
                let (old, new) = (before.iter().filter(like).count(), after.iter().filter(like).count());
                let told = format!("{}: {} {}: {}", case.title, finding.code, finding.message, fix.title);
                assert!(new < old, "{told}: it is still there");
                if fix.applicability == Applicability::Safe {
                    assert!(after.len() < before.len(), "{told}: others came: {after:#?}");
                }
            }
        }
    }
    assert!(number > 0);
}

fn all(files: &fixture::Files) -> Vec<(String, Diagnostic)> {
    let found = fixture::decided(files).all_diagnostics().unwrap();
    let found = found.into_iter();
    found.flat_map(|(path, found)| found.into_iter().map(move |found| (path.to_string(), found))).collect()
}

/// The wrong example of a code's page has findings of that code and no other, the right one has none.
#[test]
fn examples_of_codes() {
    // What is found in C is found by the toolchain, whose tests run those pages.
    for code in Code::ALL.iter().filter(|code| code.family() != "GEN") {
        let cases = fixture::cases(code.explanation());
        let [wrong, right] = cases.as_slice() else { panic!("{code} needs a wrong and a right example") };
        assert_eq!((wrong.title.as_str(), right.title.as_str()), ("Wrong", "Right"), "{code}");
        let found = fixture::decided(&wrong.files).all_diagnostics().unwrap();
        let codes: Vec<Code> = found.iter().flat_map(|(_, found)| found).map(|found| found.code).collect();
        assert!(
            !codes.is_empty() && codes.iter().all(|found| found == code),
            "{code}: {}",
            fixture::findings(&wrong.files)
        );
        assert_eq!(fixture::findings(&right.files), "", "{code}");
    }
}

#[test]
fn codes_are_found_by_name() {
    assert_eq!(Code::from_str("nam001"), Some(Code::UNGUARANTEED));
    assert_eq!(Code::from_str("NAM999"), None);
    let mut names: Vec<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), Code::ALL.len());
}

/// docs/diagnostics.md is the table of codes. `UPDATE=1 cargo test -p sysspec-analysis --test markdown` writes it.
#[test]
fn reference_is_fresh() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/diagnostics.md");
    let page = diagnostics_markdown();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == page,
        "docs/diagnostics.md is stale: run `UPDATE=1 cargo test -p sysspec-analysis --test markdown`"
    );
}

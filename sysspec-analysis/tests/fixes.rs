//! What fixes write, line by line: the pages of `tests/fixes/`.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod fixture;

use std::fmt::Write;
use std::path::Path;

use fixture::Files;
use similar::{ChangeTag, TextDiff};

/// Every case of every page has exactly the fixes written beside it.
#[test]
fn fixes_write_what_the_pages_say() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixes");
    let mut failures = String::new();
    let mut count = 0;
    for page in std::fs::read_dir(folder).unwrap() {
        let page = std::fs::read_to_string(page.unwrap().path()).unwrap();
        for case in fixture::cases(&page) {
            count += 1;
            let found = fixes(&case.files);
            if found != case.findings {
                let (title, written) = (&case.title, &case.findings);
                writeln!(failures, "{title}\n--- written\n{written}--- found\n{found}").unwrap();
            }
        }
    }
    assert!(count > 0);
    assert!(failures.is_empty(), "\n{failures}");
}

/// Each fix with the lines that it takes out and puts in.
fn fixes(files: &Files) -> String {
    let mut out = String::new();
    let found = fixture::decided(files).all_diagnostics().unwrap();
    for (finding, fix) in found
        .iter()
        .flat_map(|(_, found)| found)
        .flat_map(|finding| finding.fixes.iter().map(move |fix| (finding, fix)))
    {
        writeln!(out, "{}: {}", finding.code, fix.title).unwrap();
        for ((path, before), (_, after)) in files.iter().zip(&fixture::fixed(files, fix)) {
            let diff = TextDiff::from_lines(before, after);
            // Which of two equal blank lines went is nobody's business.
            for change in diff.iter_all_changes().filter(|change| !change.value().trim().is_empty()) {
                let sign = match change.tag() {
                    ChangeTag::Equal => continue,
                    ChangeTag::Delete => '-',
                    ChangeTag::Insert => '+',
                };
                writeln!(out, "{path} {sign}{}", change.value().trim_end_matches('\n')).unwrap();
            }
        }
    }
    out
}

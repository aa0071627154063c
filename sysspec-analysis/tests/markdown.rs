//! Runs the test pages of `tests/markdown/` and the examples of the codes' help pages.

mod fixture;

use std::path::Path;

use sysspec_analysis::{Code, diagnostics_markdown};

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

/// The wrong example of a code's page has findings of that code and no other, the right one has none.
#[test]
fn examples_of_codes() {
    for code in Code::ALL {
        let cases = fixture::cases(code.explanation());
        let [wrong, right] = cases.as_slice() else { panic!("{code} needs a wrong and a right example") };
        assert_eq!((wrong.title.as_str(), right.title.as_str()), ("Wrong", "Right"), "{code}");
        let found = fixture::host(&wrong.files).snapshot().all_diagnostics().unwrap();
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

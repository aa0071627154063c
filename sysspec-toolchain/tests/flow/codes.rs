//! The examples of the codes' help pages.

use sysspec_analysis::Code;
use sysspec_toolchain::flow;

use crate::page::{self, Files};

/// What is found in the C files of a workspace: `GEN001 f.c:7`.
pub fn found(files: &Files) -> Vec<(Code, String)> {
    let host = page::host(files);
    let analysis = host.snapshot();
    let code = files.iter().filter(|(path, _)| path.ends_with(".c"));
    let mut out = Vec::new();
    for (path, text) in code {
        let report = flow::check(&analysis, text).unwrap();
        assert!(
            !report.decided.is_empty() || !report.undecided.is_empty(),
            "{path} has no function with a contract"
        );
        let told = report.findings.into_iter();
        out.extend(
            told.map(|finding| (finding.code, format!("{path}:{}: {}", finding.line, finding.message))),
        );
    }
    out
}

/// The wrong example of a page has one finding, of its code; the right one has none.
#[test]
fn the_pages_about_code_show_what_they_say() {
    let codes = Code::ALL.iter().filter(|code| code.family() == "GEN");
    for code in codes {
        let cases = page::cases(code.explanation());
        let [wrong, right] = cases.as_slice() else { panic!("{code} needs a wrong and a right example") };
        assert_eq!((wrong.title.as_str(), right.title.as_str()), ("Wrong", "Right"), "{code}");
        let told = found(&wrong.files);
        assert!(matches!(told.as_slice(), [(only, _)] if only == code), "{code}: {told:?}");
        assert_eq!(found(&right.files), [], "{code}");
    }
}

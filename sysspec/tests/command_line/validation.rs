//! `sysspec validate SPECS`: the reports of a whole workspace.

use serde_json::Value;

use crate::formats::{demand_valid, sarif_schema, schema};
use crate::killed::{GENERATE, shelf};
use crate::scene::sysspec;

#[test]
fn a_workspace_is_reported_for_people_test_viewers_and_code_scanning() {
    let folder = shelf();
    let (code, said, errors) = sysspec(folder.path(), &GENERATE);
    assert_eq!(code, 0, "{said}{errors}");

    let (code, said, errors) = sysspec(folder.path(), &["validate", ".", "--junit", "report.xml"]);
    assert_eq!(code, 1, "the image of the shelf lacks the functions of a file system: {said}{errors}");
    assert!(said.contains("shelf_put: passed\n"), "{said}");
    assert!(said.contains("5 modules: 5 passed. "), "{said}");

    let code_of_put = folder.path().join("generated/shelf/shelf_add.c");
    let text = std::fs::read_to_string(&code_of_put).expect("its code");
    std::fs::write(&code_of_put, text.replace("-EINVAL", "-ENOMEM")).expect("written");
    let (code, said, _) = sysspec(folder.path(), &["validate", ".", "--junit", "report.xml"]);
    assert_eq!(code, 1);
    assert!(said.contains("shelf_add: refused by the gate contract\n"), "{said}");
    assert!(said.contains("shelf/shelf_add.spec:25: broken: `result == -EINVAL`"), "{said}");

    let report = std::fs::read_to_string(folder.path().join("report.xml")).expect("a report");
    let document = roxmltree::Document::parse(&report).expect("XML");
    let suites: Vec<_> =
        document.root_element().children().filter(|node| node.has_tag_name("testsuite")).collect();
    assert_eq!(suites.len(), 6, "five modules and the image");
    for suite in &suites {
        let cases: Vec<_> = suite.children().filter(|node| node.has_tag_name("testcase")).collect();
        let with = |tag: &str| {
            cases.iter().filter(|case| case.children().any(|child| child.has_tag_name(tag))).count()
        };
        let told = |name: &str| suite.attribute(name).and_then(|number| number.parse().ok());
        assert_eq!(told("tests"), Some(cases.len()), "{report}");
        assert_eq!(told("failures"), Some(with("failure")), "{report}");
        assert_eq!(told("skipped"), Some(with("skipped")), "{report}");
        assert!(
            cases
                .iter()
                .all(|case| case.attribute("classname").is_some() && case.attribute("name").is_some())
        );
    }

    let (code, said, _) = sysspec(folder.path(), &["validate", ".", "--format", "sarif"]);
    assert_eq!(code, 1);
    let log: Value = serde_json::from_str(&said).expect("JSON");
    demand_valid(&schema(&sarif_schema()), &log);
    let rules: Vec<&str> = log["runs"][0]["results"]
        .as_array()
        .expect("results")
        .iter()
        .filter_map(|result| result["ruleId"].as_str())
        .collect();
    assert_eq!(rules, ["store", "gate/contract", "clause", "image"]);
}

#[test]
fn formats_that_do_not_exist_for_it_are_refused() {
    let (code, _, errors) = sysspec(shelf().path(), &["validate", ".", "--format", "github"]);
    assert_eq!(code, 2);
    assert!(errors.contains("--format human or sarif"), "{errors}");
}

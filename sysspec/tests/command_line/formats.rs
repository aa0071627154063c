//! The formats for machines: each is held against its schema or its grammar.

use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::scene::{FIND, misspelt, sysspec, workspace};

pub fn schema(text: &str) -> jsonschema::Validator {
    let schema = serde_json::from_str(text).expect("the schema is JSON");
    jsonschema::validator_for(&schema).expect("the schema is one")
}

/// The schema of OASIS, but for the pattern of two fields that this program does not write: it has a stray bracket, which
/// only some dialects of regular expressions take.
pub fn sarif_schema() -> String {
    let stray = "^[a-zA-Z]{2}|^[a-zA-Z]{2}-[a-zA-Z]{2}]?$";
    include_str!("../data/sarif-schema-2.1.0.json").replace(stray, &stray.replace("]?$", "?$"))
}

pub fn demand_valid(schema: &jsonschema::Validator, report: &Value) {
    let faults: Vec<String> =
        schema.iter_errors(report).map(|fault| format!("{}: {fault}", fault.instance_path())).collect();
    assert!(faults.is_empty(), "{faults:#?}\n{report:#}");
}

fn report(folder: &Path, arguments: &[&str]) -> (i32, Value) {
    let (code, said, complaint) = sysspec(folder, arguments);
    assert_eq!(complaint, "");
    (code, serde_json::from_str(&said).expect("JSON"))
}

/// Workspaces with nothing to report, with related places and help, with fixes, with warnings, without a manifest, and
/// with characters of several bytes.
fn workspaces() -> Vec<TempDir> {
    let bare = misspelt();
    std::fs::remove_file(bare.path().join("sysspec.toml")).expect("a file");
    vec![
        workspace(FIND),
        misspelt(),
        workspace(&FIND.replace("[RELY]", "[RELYS]")),
        workspace(&format!("[INTENT]\n\n{FIND}")),
        bare,
        workspace(&format!("≥ 𝕏 before a heading\n\n{}", FIND.replace("[RELY]", "[RELYS]"))),
        let_stand(),
        workspace(&FIND.replace("```\n\n[SPECIFICATION]", "[SPECIFICATION]")),
    ]
}

#[test]
fn the_json_report_has_the_documented_fields() {
    let folder = misspelt();
    let (code, report) = report(folder.path(), &["check", "--format", "json"]);
    assert_eq!(code, 1);
    let root = folder.path().canonicalize().expect("a path").display().to_string();
    assert_eq!(report["version"], 2);
    assert_eq!(report["working_directory"], root);
    assert_eq!(report["workspaces"], json!([{ "root": root, "modules": 2, "layers": 2 }]));
    let summary = json!({ "modules": 2, "layers": 2, "errors": 1, "warnings": 0, "hints": 0, "fixable": 0, "suppressed": 0,
        "obligations": { "proved": 2, "refuted": 0, "textual": 0, "informal": 2, "unknown": 0 } });
    assert_eq!(report["summary"], summary);
    let finding = &report["findings"][0];
    assert_eq!(finding["code"], "NAM001");
    assert_eq!(finding["severity"], "error");
    assert_eq!(finding["path"], "path/find.spec");
    // "[RELY]\n", "```c\n" and "uint32_t " are 7, 5 and 9 bytes.
    assert_eq!(finding["start"], json!({ "line": 3, "column": 10, "offset": 21 }));
    assert_eq!(finding["end"], json!({ "line": 3, "column": 14, "offset": 25 }));
    assert_eq!(finding["help"], "did you mean `hash`?");
    assert_eq!(finding["related"][0]["path"], "util/hash.spec");
}

#[test]
fn paths_in_reports_are_relative_to_the_working_directory() {
    let folder = misspelt();
    let (_, report) = report(&folder.path().join("path"), &["check", "--format", "json"]);
    assert_eq!(report["findings"][0]["path"], "find.spec");
    assert_eq!(report["findings"][0]["related"][0]["path"], "../util/hash.spec");
}

#[test]
fn every_json_report_is_valid_against_the_published_schema() {
    let schema = schema(include_str!("../../../docs/schema/check.schema.json"));
    for folder in workspaces() {
        let (_, plain) = report(folder.path(), &["check", "--format", "json"]);
        demand_valid(&schema, &plain);
        let (_, counted) = report(folder.path(), &["check", "--format", "json", "--stats"]);
        demand_valid(&schema, &counted);
        assert!(counted["stats"]["files"].as_u64() >= Some(4), "{counted}");
    }
}

#[test]
fn every_sarif_log_is_valid_against_the_schema_of_oasis() {
    let schema = schema(&sarif_schema());
    for folder in workspaces() {
        let whole = folder.path().display().to_string();
        for below in [".", "path"] {
            let (_, log) =
                report(&folder.path().join(below), &["check", "--format", "sarif", "--stats", &whole]);
            demand_valid(&schema, &log);
        }
    }
}

#[test]
fn a_sarif_result_names_its_rule_place_and_other_side() {
    let folder = misspelt();
    let (code, log) = report(folder.path(), &["check", "--format", "sarif"]);
    assert_eq!(code, 1);
    let run = &log["runs"][0];
    assert_eq!(run["columnKind"], "unicodeCodePoints");
    let root = folder.path().canonicalize().expect("a path");
    assert_eq!(run["originalUriBaseIds"]["%SRCROOT%"]["uri"], format!("file://{}/", root.display()));
    let result = &run["results"][0];
    assert_eq!((&result["ruleId"], &result["level"]), (&json!("NAM001"), &json!("error")));
    let index = usize::try_from(result["ruleIndex"].as_u64().expect("a number")).expect("an index");
    let rule = &run["tool"]["driver"]["rules"][index];
    assert_eq!(rule["id"], "NAM001");
    assert_eq!(rule["shortDescription"]["text"], "Relied symbol that nobody guarantees.");
    assert_eq!(rule["defaultConfiguration"]["level"], "error");
    let place = json!({
        "artifactLocation": { "uri": "path/find.spec", "uriBaseId": "%SRCROOT%" },
        "region": { "startLine": 3, "startColumn": 10, "endLine": 3, "endColumn": 14 },
    });
    assert_eq!(result["locations"][0]["physicalLocation"], place);
    let other = &result["relatedLocations"][0]["physicalLocation"];
    assert_eq!(other["artifactLocation"]["uri"], "util/hash.spec");
}

#[test]
fn every_code_is_a_sarif_rule() {
    let (_, log) = report(workspace(FIND).path(), &["check", "--format", "sarif"]);
    let rules = log["runs"][0]["tool"]["driver"]["rules"].as_array().expect("rules").clone();
    let ids: Vec<&str> = rules.iter().filter_map(|rule| rule["id"].as_str()).collect();
    let codes: Vec<&str> = sysspec_analysis::Code::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(ids, codes);
    for rule in &rules {
        for text in [&rule["fullDescription"]["text"], &rule["help"]["markdown"]] {
            assert!(text.as_str().is_some_and(|text| text.len() > 20), "{rule:#}");
        }
    }
}

#[test]
fn a_sarif_fix_replaces_the_region_it_names() {
    let folder = workspace(&FIND.replace("[RELY]", "[RELYS]"));
    let (_, log) = report(folder.path(), &["check", "--format", "sarif"]);
    let fix = &log["runs"][0]["results"][0]["fixes"][0];
    assert_eq!(fix["properties"]["applicability"], "safe");
    let change = &fix["artifactChanges"][0];
    assert_eq!(change["artifactLocation"]["uri"], "path/find.spec");
    let region = json!({ "startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 8 });
    assert_eq!(change["replacements"][0]["deletedRegion"], region);
    assert_eq!(change["replacements"][0]["insertedContent"]["text"], "[RELY]");
}

#[test]
fn files_outside_the_working_directory_have_whole_uris() {
    let folder = misspelt();
    let (_, log) = report(&folder.path().join("path"), &["check", "--format", "sarif"]);
    let result = &log["runs"][0]["results"][0];
    let other = &result["relatedLocations"][0]["physicalLocation"]["artifactLocation"];
    let whole = folder.path().canonicalize().expect("a path").join("util/hash.spec");
    assert_eq!(*other, json!({ "uri": format!("file://{}", whole.display()) }));
}

#[test]
fn github_gets_a_command_a_finding() {
    let folder = misspelt();
    let (code, said, _) = sysspec(folder.path(), &["check", "--format", "github"]);
    assert_eq!(code, 1);
    let commands: Vec<&str> = said.lines().filter(|line| line.starts_with("::")).collect();
    let begin = "::error file=path/find.spec,line=3,endLine=3,col=10,endColumn=14,title=NAM001::";
    assert!(commands.len() == 1 && commands[0].starts_with(begin), "{said}");
    assert!(commands[0].ends_with("%0Ahelp: did you mean `hash`?"), "{said}");
    let warned = workspace(&format!("[INTENT]\n\n{FIND}"));
    let (code, said, _) = sysspec(warned.path(), &["check", "--format", "github"]);
    assert_eq!(code, 0);
    assert!(said.starts_with("::warning file=path/find.spec,line=1,"), "{said}");
}

/// The empty section is a finding that its writer lets stand.
fn let_stand() -> TempDir {
    workspace(&format!("// sysspec: allow(SYN005): nobody knows yet\n[INTENT]\n\n{FIND}"))
}

#[test]
fn findings_that_are_let_stand_are_suppressed_results() {
    let folder = let_stand();
    let (code, log) = report(folder.path(), &["check", "--format", "sarif", "--deny", "warnings"]);
    assert_eq!(code, 0, "{log:#}");
    let results = &log["runs"][0]["results"];
    assert_eq!(results.as_array().map(Vec::len), Some(1));
    let suppression = json!([{ "kind": "inSource", "justification": "nobody knows yet" }]);
    assert_eq!((&results[0]["ruleId"], &results[0]["suppressions"]), (&json!("SYN005"), &suppression));
}

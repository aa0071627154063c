//! `sysspec validate SPECS`: every gate over every module, for people, for test viewers (JUnit) and for code scanning (SARIF).

use std::fmt::Write as _;
use std::path::Path;

use serde_json::{Value, json};
use sysspec_toolchain::compile::Options;
use sysspec_toolchain::gates::Gate;
use sysspec_toolchain::status::State;
use sysspec_toolchain::validation::{self, ClauseVerdict, ModuleValidation, Standing, Validation};

use crate::cli::{Format, Validate};
use crate::console;
use crate::failure::Failure;
use crate::specs::{self, Specs};
use crate::{EXIT_FOUND, EXIT_OK};

pub(crate) fn run(specs: &Path, arguments: &Validate) -> Result<u8, Failure> {
    let is_human = match arguments.format {
        Format::Human => true,
        Format::Sarif => false,
        Format::Json | Format::Github => {
            let what =
                "the validation of a workspace is reported with --format human or sarif, and with --junit";
            return Err(Failure::wrong_message(what.to_owned()));
        }
    };
    let workspace = Specs::read(specs)?.workspace()?;
    let jobs = arguments.jobs.unwrap_or(Options::default().jobs);
    let progress = |module: &ModuleValidation| {
        if is_human {
            console::line(format_args!("{}", module_line(module)));
        }
    };
    let validation =
        validation::validate(&workspace, &specs::border(), jobs, &progress).map_err(Failure::wrong)?;
    if let Some(file) = &arguments.junit {
        let written = std::fs::write(file, junit(&validation));
        written
            .map_err(|error| Failure::wrong_message(format!("cannot write {}: {error}", file.display())))?;
    }
    if is_human {
        console::text(&human(&validation));
    } else {
        let log = serde_json::to_string_pretty(&sarif(&validation)).map_err(Failure::wrong)?;
        console::line(format_args!("{log}"));
    }
    Ok(if validation.succeeded() { EXIT_OK } else { EXIT_FOUND })
}

fn module_line(module: &ModuleValidation) -> String {
    let fault = module.gates.iter().find(|(_, standing)| *standing != Standing::Passed);
    match fault {
        Some((gate, Standing::Refused { .. })) => {
            format!("{}: refused by the gate {}", module.module, gate.name())
        }
        Some((gate, Standing::NotAsked(why))) => {
            format!("{}: the gate {} was not asked: {why}", module.module, gate.name())
        }
        _ if module.state != State::Validated => format!("{}: {}", module.module, module.state.describe()),
        _ => format!("{}: passed", module.module),
    }
}

/// What failed in full, and the clauses in numbers.
fn human(validation: &Validation) -> String {
    let mut out = String::new();
    for module in validation.modules.iter().filter(|module| !module.succeeded()) {
        _ = writeln!(out, "\n{} ({})", module.module, module.spec);
        if module.state != State::Validated {
            _ = writeln!(out, "    {}", module.state.describe());
        }
        for (gate, standing) in &module.gates {
            if let Standing::Refused { feedback, blamed } = standing {
                _ = writeln!(
                    out,
                    "    refused by the gate {}:\n        {}",
                    gate.name(),
                    feedback.replace('\n', "\n        ")
                );
                for (other, line) in blamed.iter().filter(|(other, _)| *other != module.module) {
                    _ = writeln!(out, "    the report names line {line} of `{other}`");
                }
            }
        }
    }
    for module in &validation.modules {
        for clause in &module.clauses {
            if let ClauseVerdict::Broken(how) = &clause.verdict {
                _ = writeln!(out, "{}:{}: broken: {}: {how}", module.spec, clause.line, clause.text);
            }
        }
    }
    if let Some(why) = &validation.image {
        _ = writeln!(out, "\nthe image cannot be built: {why}");
    }
    _ = writeln!(out, "\n{}", summary(validation));
    out
}

/// "83 modules: 83 passed. 700 clauses: 300 followed on every path, 400 held by tests only. The image can be built."
fn summary(validation: &Validation) -> String {
    let passed = validation.modules.iter().filter(|module| module.succeeded()).count();
    let clauses = || validation.modules.iter().flat_map(|module| &module.clauses);
    let number = |of: fn(&ClauseVerdict) -> bool| clauses().filter(|clause| of(&clause.verdict)).count();
    let counts = [
        (number(|verdict| matches!(verdict, ClauseVerdict::Broken(_))), "broken"),
        (number(|verdict| *verdict == ClauseVerdict::Followed), "followed on every path"),
        (number(|verdict| *verdict == ClauseVerdict::Tested), "held by tests only"),
        (number(|verdict| matches!(verdict, ClauseVerdict::Open(_))), "open"),
    ];
    let shown =
        counts.iter().filter(|(number, _)| *number > 0).map(|(number, word)| format!("{number} {word}"));
    let image =
        if validation.image.is_none() { "The image can be built" } else { "The image cannot be built" };
    format!(
        "{}: {passed} passed. {}: {}. {image}.",
        console::count(validation.modules.len(), "module"),
        console::count(clauses().count(), "clause"),
        shown.collect::<Vec<_>>().join(", ")
    )
}

/// One suite for each module: a case for each gate and each clause.
fn junit(validation: &Validation) -> String {
    let mut suites: Vec<(String, Vec<Case>)> =
        validation.modules.iter().map(|module| (module.module.clone(), cases(module))).collect();
    let outcome = match &validation.image {
        Some(why) => CaseOutcome::Failed("cannot be built".to_owned(), why.clone()),
        None => CaseOutcome::Passed,
    };
    suites.push(("image".to_owned(), vec![Case { name: "builds".to_owned(), outcome }]));
    let all = || suites.iter().flat_map(|(_, cases)| cases);
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    _ = writeln!(out, "<testsuites name=\"sysspec validate\" {}>", numbers(all()));
    for (name, cases) in &suites {
        _ = writeln!(out, "  <testsuite name=\"{}\" {}>", escaped(name), numbers(cases.iter()));
        for case in cases {
            out.push_str(&case.element(name));
        }
        out.push_str("  </testsuite>\n");
    }
    out.push_str("</testsuites>\n");
    out
}

struct Case {
    name: String,
    outcome: CaseOutcome,
}

enum CaseOutcome {
    Passed,
    Failed(String, String),
    Skipped(String),
}

fn cases(module: &ModuleValidation) -> Vec<Case> {
    let store = match &module.state {
        State::Validated => CaseOutcome::Passed,
        other => CaseOutcome::Failed("not what passed the gates".to_owned(), other.describe()),
    };
    let mut cases = vec![Case { name: "store".to_owned(), outcome: store }];
    for (gate, standing) in &module.gates {
        let outcome = match standing {
            Standing::Passed => CaseOutcome::Passed,
            Standing::Refused { feedback, .. } => {
                CaseOutcome::Failed(format!("asked for is {}", gate.demand()), feedback.clone())
            }
            Standing::NotAsked(why) => CaseOutcome::Skipped(why.clone()),
        };
        cases.push(Case { name: format!("gate {}", gate.name()), outcome });
    }
    for clause in &module.clauses {
        let outcome = match &clause.verdict {
            ClauseVerdict::Broken(how) => CaseOutcome::Failed("the clause is broken".to_owned(), how.clone()),
            ClauseVerdict::Followed | ClauseVerdict::Tested => CaseOutcome::Passed,
            ClauseVerdict::Open(why) => CaseOutcome::Skipped(why.clone()),
        };
        let name = format!("{}:{}: {}", module.spec, clause.line, clause.text);
        cases.push(Case { name, outcome });
    }
    cases
}

impl Case {
    fn element(&self, suite: &str) -> String {
        let head = format!("    <testcase classname=\"{}\" name=\"{}\"", escaped(suite), escaped(&self.name));
        match &self.outcome {
            CaseOutcome::Passed => format!("{head}/>\n"),
            CaseOutcome::Failed(message, text) => format!(
                "{head}>\n      <failure message=\"{}\">{}</failure>\n    </testcase>\n",
                escaped(message),
                escaped(text)
            ),
            CaseOutcome::Skipped(why) => {
                format!("{head}>\n      <skipped message=\"{}\"/>\n    </testcase>\n", escaped(why))
            }
        }
    }
}

fn numbers<'c>(cases: impl Iterator<Item = &'c Case>) -> String {
    let (mut tests, mut failures, mut skipped) = (0, 0, 0);
    for case in cases {
        tests += 1;
        match case.outcome {
            CaseOutcome::Passed => {}
            CaseOutcome::Failed(..) => failures += 1,
            CaseOutcome::Skipped(_) => skipped += 1,
        }
    }
    format!("tests=\"{tests}\" failures=\"{failures}\" errors=\"0\" skipped=\"{skipped}\"")
}

/// Text as XML has it; characters that XML 1.0 does not know are left out.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' | '\n' | '\r' => out.push(c),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
            c => out.push(c),
        }
    }
    out
}

/// A SARIF 2.1.0 log: a result for each gate that refuses and each clause that is broken.
fn sarif(validation: &Validation) -> Value {
    let rules: Vec<Value> = Gate::ALL
        .iter()
        .map(|gate| {
            json!({ "id": format!("gate/{}", gate.name()), "shortDescription": { "text": format!("Asked for is {}.", gate.demand()) } })
        })
        .chain([
            json!({ "id": "store", "shortDescription": { "text": "The code is what passed the gates for this specification." } }),
            json!({ "id": "clause", "shortDescription": { "text": "No path through the code is known to break the clause." } }),
            json!({ "id": "image", "shortDescription": { "text": "The image can be built." } }),
        ])
        .collect();
    let mut results = Vec::new();
    for module in &validation.modules {
        if module.state != State::Validated {
            results.push(result("store", &module.state.describe(), Some((&module.spec, 1))));
        }
        for (gate, standing) in &module.gates {
            if let Standing::Refused { feedback, blamed } = standing {
                let own = blamed.iter().find(|(other, _)| *other == module.module).map(|(_, line)| *line);
                let line = own.or_else(|| first_line_number(feedback)).unwrap_or(1);
                results.push(result(&format!("gate/{}", gate.name()), feedback, Some((&module.code, line))));
            }
        }
        for clause in &module.clauses {
            if let ClauseVerdict::Broken(how) = &clause.verdict {
                let message = format!("{}: {how}", clause.text);
                results.push(result("clause", &message, Some((&module.spec, clause.line))));
            }
        }
    }
    results.extend(validation.image.iter().map(|why| result("image", why, None)));
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": { "name": "sysspec validate", "semanticVersion": env!("CARGO_PKG_VERSION"), "rules": rules } },
            "results": results,
        }],
    })
}

fn result(rule: &str, message: &str, place: Option<(&str, usize)>) -> Value {
    let mut result = json!({ "ruleId": rule, "level": "error", "message": { "text": message } });
    if let Some((path, line)) = place {
        result["locations"] = json!([{
            "physicalLocation": { "artifactLocation": { "uri": path }, "region": { "startLine": line } }
        }]);
    }
    result
}

/// The line of the code that feedback names first.
fn first_line_number(feedback: &str) -> Option<usize> {
    let rest = feedback.split_once("- line ")?.1;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok().filter(|line| *line > 0)
}

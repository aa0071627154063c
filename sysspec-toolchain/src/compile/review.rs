//! What SpecEval answers, read as data: a verdict with findings that name clauses and code that exist, or nothing.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::prompt::Clause;

/// The version of the prompt and of what is demanded of an answer: part of what judged.
pub const VERSION: &str = "SpecEval 1";

/// How many findings are passed on: a writer mends the gravest first.
const FINDINGS_MAX: usize = 10;

/// How long the reason of one finding may be.
const REASON_CHARS_MAX: usize = 2_000;

/// What SpecEval thinks of code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opinion {
    /// It breaks no clause.
    Accepts,
    /// It breaks some; what is wrong, for who mends it.
    Rejects(String),
}

/// The schema of an answer.
pub fn schema() -> Value {
    json!({
        "type": "object",
        "properties": {
            "verdict": { "type": "string", "enum": ["accept", "reject"] },
            "findings": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {
                        "clause": { "type": "string" },
                        "lines": { "type": "array", "items": { "type": "integer" } },
                        "code": { "type": "string" },
                        "why": { "type": "string" }
                    },
                    "required": ["clause", "lines", "code", "why"],
                    "additionalProperties": false
                }
            }
        },
        "required": ["verdict", "findings"],
        "additionalProperties": false
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    verdict: Verdict,
    findings: Vec<Finding>,
}

#[derive(Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Verdict {
    Accept,
    Reject,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Finding {
    clause: String,
    lines: Vec<usize>,
    code: String,
    why: String,
}

/// Reads an answer about `code`; the error says why it cannot be used.
pub fn read(answer: &str, clauses: &[Clause], code: &str) -> Result<Opinion, String> {
    let said: Said = serde_json::from_str(unfenced(answer))
        .map_err(|error| format!("It is not the JSON object that was asked for: {error}."))?;
    match said.verdict {
        Verdict::Accept if said.findings.is_empty() => Ok(Opinion::Accepts),
        Verdict::Accept => Err("It accepts the code, and lists findings all the same.".to_owned()),
        Verdict::Reject if said.findings.is_empty() => {
            Err("It rejects the code, and names no clause that is broken.".to_owned())
        }
        Verdict::Reject => {
            let told: Result<Vec<String>, String> =
                said.findings.iter().take(FINDINGS_MAX).map(|finding| finding.told(clauses, code)).collect();
            Ok(Opinion::Rejects(told?.join("\n")))
        }
    }
}

/// Models like to put what they were asked for between fences.
fn unfenced(answer: &str) -> &str {
    let answer = answer.trim();
    let inner = answer.strip_prefix("```json").or_else(|| answer.strip_prefix("```"));
    inner.and_then(|inner| inner.strip_suffix("```")).unwrap_or(answer)
}

impl Finding {
    /// The finding in words, when it speaks of what is there.
    fn told(&self, clauses: &[Clause], code: &str) -> Result<String, String> {
        let Some(clause) = clauses.iter().find(|clause| clause.name == self.clause.trim()) else {
            let last = clauses.last().map_or("none", |clause| &clause.name);
            return Err(format!(
                "It names the clause `{}`, which does not exist: the last is {last}.",
                self.clause
            ));
        };
        if self.why.trim().is_empty() {
            return Err(format!("It does not say how {} is broken.", clause.name));
        }
        let line = self.line(code)?;
        let quoted = code.lines().nth(line - 1).unwrap_or_default().trim();
        let why: String = self.why.trim().chars().take(REASON_CHARS_MAX).collect();
        Ok(format!("- line {line}: `{quoted}`\n  The specification says: {}\n  {why}", clause.text))
    }

    /// The line that the finding is about: where the code that it quotes begins, nearest to the lines that it names.
    fn line(&self, code: &str) -> Result<usize, String> {
        let count = code.lines().count();
        if let Some(line) = self.lines.iter().find(|line| **line == 0 || **line > count) {
            return Err(format!("It names line {line}, and the code has lines 1 to {count}."));
        }
        let Some(named) = self.lines.first().copied() else {
            return Err(format!("It names no line of the code for {}.", self.clause));
        };
        let first = self.code.lines().map(squeezed).find(|line| !line.is_empty());
        let Some(first) = first else {
            return Err(format!("It quotes no code for {}.", self.clause));
        };
        let places = code.lines().enumerate().filter(|(_, line)| squeezed(line).contains(&first));
        let nearest = places.map(|(index, _)| index + 1).min_by_key(|line| line.abs_diff(named));
        nearest.ok_or_else(|| format!("It quotes `{}`, which does not stand in the code.", self.code.trim()))
    }
}

/// A line without white space: how a quote is laid out does not count.
fn squeezed(line: &str) -> String {
    line.chars().filter(|c| !c.is_whitespace()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CODE: &str = "int f(int n)\n{\n\tif (n < 0)\n\t\treturn 0;\n\treturn n;\n}\n";

    fn clauses() -> Vec<Clause> {
        let clause = |name: &str, text: &str| Clause { name: name.into(), text: text.into() };
        vec![clause("C1", "`n < 0`: `result == -1`"), clause("C2", "`n >= 0`: `result == n`")]
    }

    fn unusable(answer: &str) -> String {
        read(answer, &clauses(), CODE).unwrap_err()
    }

    fn finding(clause: &str, lines: &str, code: &str, why: &str) -> String {
        format!(
            r#"{{"verdict": "reject", "findings": [{{"clause": "{clause}", "lines": {lines}, "code": "{code}", "why": "{why}"}}]}}"#
        )
    }

    #[test]
    fn a_plain_acceptance_is_one_also_between_fences() {
        let accept = r#"{"verdict": "accept", "findings": []}"#;
        assert_eq!(read(accept, &clauses(), CODE), Ok(Opinion::Accepts));
        assert_eq!(read(&format!("```json\n{accept}\n```\n"), &clauses(), CODE), Ok(Opinion::Accepts));
    }

    #[test]
    fn a_finding_becomes_feedback_with_the_line_and_the_words_of_the_clause() {
        let answer = finding("C1", "[3, 4]", "return  0;", "For n < 0 it returns 0, not -1.");
        let Ok(Opinion::Rejects(feedback)) = read(&answer, &clauses(), CODE) else { panic!("{answer}") };
        assert_eq!(
            feedback,
            "- line 4: `return 0;`\n  The specification says: `n < 0`: `result == -1`\n  For n < 0 it returns 0, not -1."
        );
    }

    #[test]
    fn what_is_not_the_object_that_was_asked_for_cannot_be_used() {
        assert!(unusable("I accept this code.").contains("not the JSON object"));
        assert!(unusable(r#"{"verdict": "accept"}"#).contains("findings"));
        assert!(unusable(r#"{"verdict": "fine", "findings": []}"#).contains("fine"));
        assert!(unusable(r#"{"verdict": "accept", "findings": [], "write": "x.c"}"#).contains("write"));
        assert!(unusable("").contains("not the JSON object"));
    }

    #[test]
    fn a_verdict_and_its_findings_must_agree() {
        assert!(unusable(r#"{"verdict": "reject", "findings": []}"#).contains("names no clause"));
        let accept = finding("C1", "[4]", "return 0;", "x").replace("reject", "accept");
        assert!(unusable(&accept).contains("lists findings all the same"));
    }

    #[test]
    fn clauses_lines_and_code_that_do_not_exist_are_noticed() {
        assert!(
            unusable(&finding("C9", "[4]", "return 0;", "x"))
                .contains("`C9`, which does not exist: the last is C2")
        );
        assert!(
            unusable(&finding("C1", "[40]", "return 0;", "x"))
                .contains("line 40, and the code has lines 1 to 6")
        );
        assert!(
            unusable(&finding("C1", "[4]", "return -2;", "x")).contains("`return -2;`, which does not stand")
        );
        assert!(unusable(&finding("C1", "[4]", "", "x")).contains("quotes no code"));
        assert!(unusable(&finding("C1", "[]", "return 0;", "x")).contains("names no line"));
        assert!(unusable(&finding("C1", "[4]", "return 0;", " ")).contains("does not say how C1"));
    }
}

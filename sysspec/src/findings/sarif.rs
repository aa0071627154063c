//! Findings as a SARIF 2.1.0 log, for code scanning services.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};
use sysspec_analysis::{Code, Edit, Fix, Related, Severity};

use super::sources::{Source, Sources};
use super::{Findings, Located};
use crate::failure::Failure;

/// Stands for the working directory, which need not be the same where the log is read.
const BASE: &str = "%SRCROOT%";

/// The log as text.
pub(super) fn report(findings: &Findings, sources: &Sources) -> Result<String, Failure> {
    let mut results: Vec<Value> = findings.all().map(|at| result(sources, at)).collect();
    for (at, reason) in findings.all_suppressed() {
        let mut result = result(sources, at);
        result["suppressions"] = json!([{ "kind": "inSource", "justification": reason }]);
        results.push(result);
    }
    let mut run = json!({
        "tool": { "driver": driver() },
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": { BASE: { "uri": folder_uri(&sources.working_directory) } },
        "results": results,
    });
    if let Some(stats) = &findings.stats {
        run["properties"] = json!({ "stats": stats });
    }
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [run],
    });
    serde_json::to_string_pretty(&log).map_err(Failure::wrong)
}

fn driver() -> Value {
    json!({
        "name": "sysspec",
        "semanticVersion": env!("CARGO_PKG_VERSION"),
        "rules": Code::ALL.iter().map(|code| rule(*code)).collect::<Vec<_>>(),
    })
}

fn rule(code: Code) -> Value {
    json!({
        "id": code.as_str(),
        "name": name(code.title()),
        "shortDescription": { "text": sentence(code.title()) },
        "fullDescription": { "text": first_paragraph(code.explanation()) },
        "help": { "text": code.explanation(), "markdown": code.explanation() },
        "defaultConfiguration": { "level": level(code.severity()) },
    })
}

fn result(sources: &Sources, at: Located<'_>) -> Value {
    let found = at.found;
    let message = match &found.help {
        Some(help) => format!("{}. {}", found.message.trim_end_matches('.'), sentence(help)),
        None => found.message.clone(),
    };
    let mut result = json!({
        "ruleId": found.code.as_str(),
        "ruleIndex": Code::ALL.iter().position(|code| *code == found.code),
        "level": level(found.severity),
        "message": { "text": message },
        "locations": [{ "physicalLocation": place(sources.of(at.workspace, at.path), &found.range) }],
    });
    if !found.related.is_empty() {
        let others = found.related.iter().enumerate();
        let others = others.map(|(id, other)| related(sources, at.workspace, id, other));
        result["relatedLocations"] = others.collect();
    }
    let fixes = found.fixes.iter().filter(|mended| !mended.edits.is_empty());
    let fixes: Vec<Value> = fixes.map(|mended| fix(sources, at.workspace, mended)).collect();
    if !fixes.is_empty() {
        result["fixes"] = Value::Array(fixes);
    }
    result
}

fn related(sources: &Sources, workspace: usize, id: usize, other: &Related) -> Value {
    json!({
        "id": id,
        "physicalLocation": place(sources.of(workspace, &other.path), &other.range),
        "message": { "text": other.message },
    })
}

fn fix(sources: &Sources, workspace: usize, fix: &Fix) -> Value {
    let mut by_file: Vec<(&Arc<str>, Vec<&Edit>)> = Vec::new();
    for edit in &fix.edits {
        match by_file.iter_mut().find(|(path, _)| *path == &edit.path) {
            Some((_, edits)) => edits.push(edit),
            None => by_file.push((&edit.path, vec![edit])),
        }
    }
    let changes = by_file.into_iter().map(|(path, edits)| change(sources.of(workspace, path), &edits));
    json!({
        "description": { "text": sentence(&fix.title) },
        "artifactChanges": changes.collect::<Vec<_>>(),
        "properties": { "applicability": super::applicability(fix.applicability) },
    })
}

fn change(source: &Source, edits: &[&Edit]) -> Value {
    let replacements = edits.iter().map(|edit| {
        json!({
            "deletedRegion": region(source, &edit.range),
            "insertedContent": { "text": edit.replacement },
        })
    });
    json!({ "artifactLocation": artifact(source), "replacements": replacements.collect::<Vec<_>>() })
}

fn place(source: &Source, range: &Range<usize>) -> Value {
    json!({ "artifactLocation": artifact(source), "region": region(source, range) })
}

/// Relative to the working directory; a file outside of it has its whole path, since a relative one must not go up.
fn artifact(source: &Source) -> Value {
    let shown = Path::new(&source.shown);
    if shown.is_absolute() || shown.starts_with("..") {
        return json!({ "uri": format!("file://{}", encoded(&source.whole)) });
    }
    json!({ "uri": encoded(shown), "uriBaseId": BASE })
}

fn region(source: &Source, range: &Range<usize>) -> Value {
    let (start, end) = (source.position(range.start), source.position(range.end));
    json!({
        "startLine": start.line,
        "startColumn": start.column,
        "endLine": end.line,
        "endColumn": end.column,
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Hint => "note",
    }
}

fn folder_uri(folder: &Path) -> String {
    let path = encoded(folder);
    format!("file://{}/", path.trim_end_matches('/'))
}

/// The path of a URI: every byte that RFC 3986 does not let stand for itself is written as `%XX`. So is the
/// colon, which would make a scheme of what is before it.
fn encoded(path: &Path) -> String {
    let mut uri = String::new();
    for &byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'/' | b'-' | b'.' | b'_' | b'~' => {
                uri.push(char::from(byte));
            }
            _ => uri += &format!("%{byte:02X}"),
        }
    }
    uri
}

/// "unknown section heading" is called `UnknownSectionHeading`.
fn name(title: &str) -> String {
    let words = title.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(capitalised).collect()
}

fn sentence(text: &str) -> String {
    let end = if text.ends_with(['.', '?', '!']) { "" } else { "." };
    format!("{}{end}", capitalised(text))
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// What stands before the first blank line, in one line.
fn first_paragraph(markdown: &str) -> String {
    let lines = markdown.trim_start().lines().take_while(|line| !line.trim().is_empty());
    lines.map(str::trim).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_encoded_for_a_uri() {
        assert_eq!(encoded(Path::new("a b/ü:%.spec")), "a%20b/%C3%BC%3A%25.spec");
        assert_eq!(folder_uri(Path::new("/")), "file:///");
        assert_eq!(folder_uri(Path::new("/a b")), "file:///a%20b/");
    }

    #[test]
    fn titles_become_names_and_sentences() {
        assert_eq!(name("manifest that is not valid TOML"), "ManifestThatIsNotValidTOML");
        assert_eq!(sentence("did you mean `hash`?"), "Did you mean `hash`?");
        assert_eq!(sentence("empty section"), "Empty section.");
    }

    #[test]
    fn the_first_paragraph_is_one_line() {
        assert_eq!(first_paragraph("\nA\nb.\n\nc"), "A b.");
    }
}

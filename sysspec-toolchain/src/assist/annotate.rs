//! The last specification of a refinement that did not converge, with what is wrong at the places where it is.

use std::collections::BTreeMap;

use sysspec_analysis::Diagnostic;

/// How an annotation begins: a comment, which no model sees as a part of a contract.
const MARK: &str = "// SpecAssistant:";

/// How many lines of a diagnosis are kept.
const LINES_MAX: usize = 40;

/// `text` with each finding above its line and the diagnosis of its code at the top.
pub fn annotated(text: &str, findings: &[Diagnostic], diagnosis: Option<&str>) -> String {
    let mut above: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    for finding in findings {
        let at = finding.range.start.min(text.len());
        let line = text.as_bytes()[..at].iter().filter(|byte| **byte == b'\n').count();
        let help = finding.help.as_ref().map_or(String::new(), |help| format!(" ({help})"));
        let said = format!("{}: {}{help}", finding.code, finding.message);
        above.entry(line).or_default().extend(said.lines().map(|line| format!("{MARK} {}", line.trim_end())));
    }
    let mut out = String::new();
    for line in diagnosis.into_iter().flat_map(str::lines).take(LINES_MAX) {
        out.push_str(format!("{MARK} {line}").trim_end());
        out.push('\n');
    }
    for (index, line) in text.lines().enumerate() {
        for note in above.get(&index).into_iter().flatten() {
            out.push_str(&format!("{note}\n"));
        }
        out.push_str(line);
        out.push('\n');
    }
    out
}

/// A text without annotations, as a later refinement begins with it.
pub fn stripped(text: &str) -> String {
    let kept = text.lines().filter(|line| !line.starts_with(MARK));
    kept.map(|line| format!("{line}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use sysspec_analysis::{Code, Severity};

    #[test]
    fn findings_stand_above_their_lines_and_go_without_a_trace() {
        let text = "[SPECIFICATION]\n**Pre-Condition**:\n- `p`\n";
        let finding = Diagnostic {
            code: Code::RESULT_OUTSIDE,
            severity: Severity::Error,
            range: 35..36,
            message: "wrong".into(),
            related: Vec::new(),
            help: Some("mend it".into()),
            fixes: Vec::new(),
        };
        let shown = annotated(text, &[finding], Some("Its code fails.\n\nBadly."));
        assert_eq!(
            shown,
            format!(
                "// SpecAssistant: Its code fails.\n// SpecAssistant:\n// SpecAssistant: Badly.\n[SPECIFICATION]\n\
                 **Pre-Condition**:\n// SpecAssistant: {}: wrong (mend it)\n- `p`\n",
                Code::RESULT_OUTSIDE
            )
        );
        assert_eq!(stripped(&shown), text);
    }
}

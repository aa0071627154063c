//! Findings as workflow commands, which GitHub shows beside the lines of a change.

use sysspec_analysis::Severity;

use super::sources::Sources;
use super::{Findings, Located};

/// A command a finding, in order.
pub(super) fn commands<'a>(findings: &'a Findings, sources: &'a Sources) -> impl Iterator<Item = String> {
    findings.all().map(|at| command(sources, at))
}

fn command(sources: &Sources, at: Located<'_>) -> String {
    let found = at.found;
    let level = match found.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Hint => "notice",
    };
    let source = sources.of(at.workspace, at.path);
    let (start, end) = (source.position(found.range.start), source.position(found.range.end));
    // Columns of a range over several lines are refused, and with them the whole annotation.
    let columns = match start.line == end.line {
        true => format!(",col={},endColumn={}", start.column, end.column),
        false => String::new(),
    };
    let help = found.help.as_ref().map(|help| format!("\nhelp: {help}")).unwrap_or_default();
    format!(
        "::{level} file={},line={},endLine={}{columns},title={}::{}",
        property(&source.shown),
        start.line,
        end.line,
        property(found.code.as_str()),
        data(&format!("{}{help}", found.message)),
    )
}

/// Escapes a message.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes the value of a property, which commas and colons would end.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_end_a_command_or_a_property_is_escaped() {
        assert_eq!(data("50% of\r\na: b, c"), "50%25 of%0D%0Aa: b, c");
        assert_eq!(property("a:b,c%0A\n"), "a%3Ab%2Cc%250A%0A");
    }
}

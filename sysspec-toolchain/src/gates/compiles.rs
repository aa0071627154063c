//! The fifth gate: the compiler, with warnings as errors and its static analyzer, finds nothing.

use super::{Gate, Passed, Rejection};
use crate::compiler::{Compiler, CompilerError, Unit};

/// How many errors are shown: later ones often follow from the first.
const ERRORS_SHOWN: usize = 3;

/// How many notes are shown for each error.
const NOTES_SHOWN: usize = 14;

/// Passes code that compiles with the flags of the manifest.
pub fn check(compiler: &Compiler, unit: &Unit) -> Result<Passed<()>, CompilerError> {
    Ok(match compiler.verdict(unit)? {
        None => Ok(()),
        Some(messages) => Err(Rejection::general(Gate::Compile, explain(&messages, unit))),
    })
}

/// A line of the compiler: where, how grave, what.
struct Message<'a> {
    file: &'a str,
    line: usize,
    grade: &'a str,
    text: &'a str,
}

/// The first errors with their notes, each beside the line it concerns.
fn explain(messages: &str, unit: &Unit) -> String {
    let (mut out, mut errors, mut notes) = (String::new(), 0, 0);
    for message in messages.lines().filter_map(parse) {
        if message.grade == "note" {
            notes += 1;
            if notes <= NOTES_SHOWN && errors > 0 {
                out.push_str(&format!("  note, {}: {}\n", place(&message, unit), message.text));
            }
            continue;
        }
        errors += 1;
        notes = 0;
        if errors > ERRORS_SHOWN {
            break;
        }
        out.push_str(&format!("- {}\n  {}\n", place(&message, unit), message.text));
    }
    if errors > ERRORS_SHOWN {
        out.push_str("There are more messages after these.\n");
    }
    if out.is_empty() {
        messages.lines().take(10).collect::<Vec<_>>().join("\n")
    } else {
        out.trim_end().to_owned()
    }
}

fn place(message: &Message<'_>, unit: &Unit) -> String {
    if message.file != unit.path {
        return format!("{} line {}", message.file, message.line);
    }
    let quoted =
        message.line.checked_sub(1).and_then(|index| unit.text.lines().nth(index)).unwrap_or_default();
    format!("line {}: `{}`", message.line, quoted.trim())
}

fn parse(line: &str) -> Option<Message<'_>> {
    for grade in ["fatal error", "error", "warning", "note"] {
        let Some((place, text)) = line.split_once(&format!(": {grade}: ")) else { continue };
        let mut parts = place.splitn(3, ':');
        let (file, line) = (parts.next()?, parts.next()?.parse().ok()?);
        return Some(Message { file, line, grade, text });
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::border::Border;
    use sysspec_analysis::WorkspaceModel;

    fn judge(text: &str) -> Passed<()> {
        let root = tempfile::tempdir().unwrap();
        let model =
            WorkspaceModel { manifest: Default::default(), modules: vec![], headers: vec![], error_count: 0 };
        let compiler = Compiler::open(root.path(), &model, &Border::default()).unwrap();
        check(&compiler, &Unit::new("generated/shelf/f.c", text)).unwrap()
    }

    #[test]
    fn clean_code_passes() {
        assert_eq!(judge("int f(void)\n{\n\treturn 0;\n}\n"), Ok(()));
    }

    #[test]
    fn a_warning_is_an_error_shown_at_its_line() {
        let feedback = judge("int f(int x)\n{\n\treturn 0;\n}\n").unwrap_err().feedback;
        assert_eq!(feedback, "- line 1: `int f(int x)`\n  unused parameter 'x' [-Werror=unused-parameter]");
    }

    #[test]
    fn the_static_analyzer_tells_the_path_to_a_leak() {
        let text = "#include <stdlib.h>\n\nint f(int n)\n{\n\tchar *p = malloc(10);\n\tif (!p)\n\t\treturn -1;\n\
                    \tif (n)\n\t\treturn 1;\n\tfree(p);\n\treturn 0;\n}\n";
        let feedback = judge(text).unwrap_err().feedback;
        assert!(
            feedback.contains("leak of 'p'") && feedback.contains("[-Werror=analyzer-malloc-leak]"),
            "{feedback}"
        );
        assert!(feedback.contains("note, line 5: `char *p = malloc(10);`: (1) allocated here"), "{feedback}");
    }

    #[test]
    fn the_first_few_errors_are_enough_and_show_no_folder_of_this_machine() {
        let text = "int f(void)\n{\n\ta();\n\tb();\n\tc();\n\td();\n\treturn 0;\n}\n";
        let feedback = judge(text).unwrap_err().feedback;
        assert_eq!(feedback.matches("implicit declaration").count(), ERRORS_SHOWN);
        assert!(!feedback.contains('/'), "{feedback}");
        assert!(feedback.ends_with("There are more messages after these."), "{feedback}");
    }
}

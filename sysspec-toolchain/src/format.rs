//! One format for all committed code.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::process;

/// How long formatting may take.
const TIME_LIMIT: Duration = Duration::from_secs(30);

/// The style of a workspace that has no `.clang-format` of its own.
const STYLE: &str = "{BasedOnStyle: LLVM, IndentWidth: 8, TabWidth: 8, UseTab: ForContinuationAndIndentation, \
                     ContinuationIndentWidth: 8, ColumnLimit: 100, BreakBeforeBraces: Linux, \
                     AllowShortFunctionsOnASingleLine: None, AllowShortIfStatementsOnASingleLine: Never, \
                     AllowShortLoopsOnASingleLine: false, IndentCaseLabels: false, Cpp11BracedListStyle: false, PointerAlignment: Right, \
                     SortIncludes: false}";

/// Code that could not be formatted.
#[derive(Debug, thiserror::Error)]
pub enum FormatError {
    /// The formatter is not installed.
    #[error(
        "clang-format, which puts generated code into one form, cannot be started: {0}; install the package clang-format"
    )]
    Missing(std::io::Error),
    /// The formatter refused.
    #[error("clang-format failed: {0}")]
    Failed(String),
}

/// Whether the formatter can be started.
pub fn check() -> Result<(), FormatError> {
    run(Command::new("clang-format").arg("--version"), "").map(drop)
}

/// `code` in the format of the workspace at `root`: its `.clang-format`, or one like the kernel's.
pub fn format(root: &Path, code: &str) -> Result<String, FormatError> {
    let own = root.join(".clang-format");
    let style = if own.is_file() { format!("file:{}", own.display()) } else { STYLE.to_owned() };
    let mut command = Command::new("clang-format");
    command.arg(format!("--style={style}")).arg("--assume-filename=module.c");
    run(&mut command, code)
}

fn run(command: &mut Command, input: &str) -> Result<String, FormatError> {
    let finished = process::run(command, input, TIME_LIMIT).map_err(FormatError::Missing)?;
    if finished.succeeded() {
        Ok(finished.stdout)
    } else {
        Err(FormatError::Failed(finished.stderr.trim().to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const UGLY: &str = "#include \"b.h\"\n#include <a.h>\nint f( char* p ){ if(p)  return 1; return 0; }\n";
    const KERNEL_LIKE: &str =
        "#include \"b.h\"\n#include <a.h>\nint f(char *p)\n{\n\tif (p)\n\t\treturn 1;\n\treturn 0;\n}\n";

    #[test]
    fn code_gets_the_kernels_form_and_formatting_again_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(format(folder.path(), UGLY).unwrap(), KERNEL_LIKE);
        assert_eq!(format(folder.path(), KERNEL_LIKE).unwrap(), KERNEL_LIKE);
    }

    #[test]
    fn the_workspace_may_have_its_own_style() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(".clang-format"), "IndentWidth: 3\nUseTab: Never\n").unwrap();
        assert!(format(folder.path(), UGLY).unwrap().contains("\n   if (p)\n"));
    }
}

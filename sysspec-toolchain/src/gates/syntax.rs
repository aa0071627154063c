//! The second gate: the block is C.

use super::{Gate, Passed, Rejection};
use crate::csource::Source;

/// The parsed code, when it has no syntax error and no construct that would silence a later gate.
pub fn check(code: &str) -> Passed<Source> {
    let source = Source::parse(code);
    if let Some(fault) = source.syntax_fault() {
        let allowed =
            "Write plain C11; macros that stand for parts of a statement or a declaration cannot be parsed.";
        return Err(Rejection::at(Gate::Syntax, code, &[fault], allowed));
    }
    let unwanted = source.unwanted_constructs();
    if !unwanted.is_empty() {
        let allowed = "Write plain C11 without attributes, pragmas, inline assembly or compiler switches.";
        return Err(Rejection::at(Gate::Syntax, code, &unwanted, allowed));
    }
    Ok(source)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_c_passes() {
        assert!(check("int f(void)\n{\n\treturn 0;\n}\n").is_ok());
    }

    #[test]
    fn the_line_of_a_syntax_error_is_quoted() {
        let rejection = check("int f(void)\n{\n\treturn (1;\n}\n").err().unwrap();
        assert_eq!(rejection.gate, Gate::Syntax);
        assert!(rejection.feedback.starts_with("- line 3: `return (1;`"), "{}", rejection.feedback);
    }

    #[test]
    fn warnings_cannot_be_switched_off() {
        let rejection =
            check("#pragma GCC diagnostic ignored \"-Wall\"\nint f(void) { return 0; }\n").err().unwrap();
        assert!(rejection.feedback.contains("line 1"), "{}", rejection.feedback);
    }
}

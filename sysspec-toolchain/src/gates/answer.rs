//! The first gate: the answer holds exactly one C code block.

use super::{Gate, Passed, Rejection};

/// The code of the one fenced C block in `answer`.
pub fn check(answer: &str) -> Passed<String> {
    let blocks = blocks(answer).map_err(|message| Rejection::general(Gate::Answer, message))?;
    match blocks.as_slice() {
        [code] if code.trim().is_empty() => Err(Rejection::general(
            Gate::Answer,
            "The C block of the answer is empty. Give the whole C file in it.",
        )),
        [code] => Ok(code.clone()),
        [] => Err(Rejection::general(
            Gate::Answer,
            "The answer has no C block. Give the whole C file in one block that begins with a line ```c and ends with a line ```.",
        )),
        many => Err(Rejection::general(
            Gate::Answer,
            format!(
                "The answer has {} code blocks. Give the whole C file in one block, and no other block.",
                many.len()
            ),
        )),
    }
}

/// The contents of all fenced blocks. One that is labelled as another language counts too: it is not C, and
/// which of several blocks is meant cannot be guessed.
fn blocks(answer: &str) -> Result<Vec<String>, String> {
    let mut blocks = Vec::new();
    let mut open: Option<(usize, String)> = None;
    for (index, line) in answer.lines().enumerate() {
        let fence = line.trim_start().starts_with("```");
        match (&mut open, fence) {
            (None, true) => {
                let label = line.trim().trim_start_matches('`').trim();
                if !matches!(label, "" | "c" | "C") {
                    return Err(format!(
                        "Line {} of the answer opens a block of `{label}`. Give one block, labelled `c`.",
                        index + 1
                    ));
                }
                open = Some((index + 1, String::new()));
            }
            (Some((_, text)), true) => {
                blocks.push(std::mem::take(text));
                open = None;
            }
            (Some((_, text)), false) => {
                text.push_str(line);
                text.push('\n');
            }
            (None, false) => {}
        }
    }
    match open {
        Some((line, _)) => Err(format!(
            "The code block that line {line} of the answer opens is not closed: the answer may be cut off. \
             Give the whole C file, and end the block with a line ```."
        )),
        None => Ok(blocks),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn feedback(answer: &str) -> String {
        check(answer).unwrap_err().feedback
    }

    #[test]
    fn the_code_of_one_block_is_taken_prose_around_it_is_not() {
        let code = check("Here it is.\n\n```c\nint f(void)\n{\n\treturn 0;\n}\n```\nDone.\n").unwrap();
        assert_eq!(code, "int f(void)\n{\n\treturn 0;\n}\n");
    }

    #[test]
    fn no_block_two_blocks_and_an_empty_block_are_refused() {
        assert!(feedback("int f(void) { return 0; }").contains("no C block"));
        assert!(feedback("```c\nint a;\n```\n```c\nint b;\n```\n").contains("2 code blocks"));
        assert!(feedback("```c\n\n```").contains("empty"));
    }

    #[test]
    fn a_block_of_another_language_is_refused() {
        assert!(feedback("```rust\nfn f() {}\n```").contains("block of `rust`"));
    }

    #[test]
    fn an_answer_that_was_cut_off_is_refused() {
        assert!(feedback("```c\nint f(void)\n{\n").contains("line 1 of the answer opens is not closed"));
    }
}

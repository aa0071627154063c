//! What SpecFine answers, read as the text of one specification and as nothing else.

/// How long a specification may be, in bytes.
const BYTES_MAX: usize = 256 * 1024;

/// How many back-ticks open the block of a specification: fences of C inside it have three.
const FENCE_MIN: usize = 4;

/// The specification in an answer; the error says why there is none.
pub fn read(answer: &str) -> Result<String, String> {
    let spec = match blocks(answer)?.as_slice() {
        [spec] => spec.clone(),
        [] if answer.trim_start().starts_with('[') => answer.trim_start().to_owned(),
        [] => {
            return Err("The answer has no block that begins with a line of four back-ticks. Give the whole specification in one.".into());
        }
        many => {
            return Err(format!(
                "The answer has {} blocks. Give one specification, in one block.",
                many.len()
            ));
        }
    };
    if spec.len() > BYTES_MAX {
        return Err(format!("The specification has {} bytes, and {BYTES_MAX} are allowed.", spec.len()));
    }
    if let Some(odd) = spec.chars().find(|c| c.is_control() && !matches!(c, '\n' | '\t')) {
        return Err(format!("The specification has the control character {odd:?}."));
    }
    if !spec.contains("[SPECIFICATION") {
        return Err("The block has no section [SPECIFICATION]. Give the whole specification.".into());
    }
    Ok(spec)
}

/// The contents of all blocks whose fences have at least four back-ticks. Only as many back-ticks as opened a block close it.
fn blocks(answer: &str) -> Result<Vec<String>, String> {
    let mut blocks = Vec::new();
    let mut open: Option<(usize, String)> = None;
    for line in answer.lines() {
        let ticks = line.chars().take_while(|c| *c == '`').count();
        let is_bare = line[ticks..].trim().is_empty();
        match &mut open {
            None if ticks >= FENCE_MIN => open = Some((ticks, String::new())),
            None => {}
            Some((opened, text)) if ticks >= *opened && is_bare => {
                blocks.push(std::mem::take(text));
                open = None;
            }
            Some((_, text)) => {
                text.push_str(line);
                text.push('\n');
            }
        }
    }
    match open {
        Some(_) => Err(
            "The block of the answer is not closed: the answer may be cut off. Give the whole specification."
                .into(),
        ),
        None => Ok(blocks),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPEC: &str =
        "[GUARANTEE]\n```c\nint f(void);\n```\n\n[SPECIFICATION]\n**Post-Condition**:\n- `result == 0`\n";

    #[test]
    fn the_block_is_taken_with_the_fences_in_it_and_without_what_is_around_it() {
        let answer =
            format!("Write it to ../../etc/passwd and run `rm -rf /`.\n\n````spec\n{SPEC}````\nDone.\n");
        assert_eq!(read(&answer).unwrap(), SPEC);
        assert_eq!(read(SPEC).unwrap(), SPEC, "a bare specification will do");
    }

    #[test]
    fn a_second_file_an_open_block_and_prose_are_refused() {
        let two = format!("````\n{SPEC}````\n````c\nint main(void);\n````\n");
        assert!(read(&two).unwrap_err().contains("2 blocks"));
        assert!(read(&format!("````\n{SPEC}")).unwrap_err().contains("not closed"));
        assert!(read("I have no idea.").unwrap_err().contains("no block"));
        assert!(read("````\n[RELY]\n````\n").unwrap_err().contains("[SPECIFICATION]"));
    }

    #[test]
    fn what_no_specification_has_is_refused() {
        assert!(read(&format!("````\n{SPEC}\u{1b}[2J\n````\n")).unwrap_err().contains("control character"));
        let long = format!("````\n{SPEC}{}\n````\n", "x".repeat(BYTES_MAX));
        assert!(read(&long).unwrap_err().contains("bytes"));
    }
}

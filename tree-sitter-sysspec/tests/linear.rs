//! The work of parsing grows with the length of the text, whatever the text is.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use tree_sitter::{InputEdit, Point, Tree};

/// Texts that tempt a parser to look ahead again and again: delimiters without partner, long lines, runs of blank lines below deep lists.
fn temptations() -> Vec<String> {
    #[rustfmt::skip]
    let repeated = [
        "`", "`a ", "*", "**", "*a ", "**a *b ", "*a `b ", "**a** ", "`a` ", "\n", " \n", "a\n", "- a\n", "  - \n", "[", "(", "((", "```\n", "```c\n", "```c\nx\n**a**\n",
        "**Case 1 (", "Case 1 a ", "Case 1 (a) b:\n", "Success, ", "int f(", "[RELY]\nint f(\n", "[RELY]\nstruct x\n", "[RELY]\n// c\n", "`f`\n", "`f`\n\n", "`f`\n- Goal: x\n",
        "[NODES]\n- a (", "[MODULE]\na:\n", "**Phase 1 ", "1. **Phase 1: x**\n", "\u{200b}", "\u{2060}\n", "\r", "\0", "\u{e9}", "\t",
    ];
    let staircase: String = (0..30).map(|depth| format!("{}- x\n", "  ".repeat(depth))).collect();
    let deep = staircase + &"\n".repeat(500) + "y\n";
    repeated.iter().map(|text| text.to_string()).chain([deep]).collect()
}

/// How many characters the parser asks for while it reads the text, look-ahead included: each is handed out alone.
fn characters_read(text: &str, old: Option<&Tree>) -> usize {
    let mut reads = 0;
    let mut characters = |byte: usize, _| {
        reads += 1;
        text.get(byte..).and_then(|rest| rest.chars().next()).map_or("", |c| &text[byte..byte + c.len_utf8()])
    };
    support::parser("sysspec").parse_with_options(&mut characters, old, None).unwrap();
    reads
}

#[test]
fn four_times_the_text_is_four_times_the_reading() {
    for unit in temptations() {
        let small = unit.repeat(8192_usize.div_ceil(unit.len()));
        let large = small.repeat(4);
        let (few, many) = (characters_read(&small, None), characters_read(&large, None));
        assert!(
            many <= 5 * few,
            "{unit:?}: {few} characters read of {}, {many} of {}",
            small.len(),
            large.len()
        );
    }
}

#[test]
fn no_character_is_read_often() {
    const MOST: usize = 16;
    for unit in temptations() {
        let text = unit.repeat(8192_usize.div_ceil(unit.len()));
        let reads = characters_read(&text, None);
        assert!(reads <= MOST * text.len(), "{unit:?}: {reads} characters read of {}", text.len());
    }
}

#[test]
fn an_edit_inside_a_line_reads_its_surroundings_only() {
    const MOST: usize = 4096;
    let text: String = support::specfs("spec").into_iter().map(|(_, text)| text).collect();
    for (row, line) in text.lines().enumerate().filter(|(_, line)| line.len() > 20).step_by(97) {
        let line_start = line.as_ptr() as usize - text.as_ptr() as usize;
        let Some(column) = (10..line.len()).find(|&column| line.is_char_boundary(column)) else { continue };
        let byte = line_start + column;
        let edited = [&text[..byte], "x", &text[byte..]].concat();
        let mut tree = support::parse(&text);
        tree.edit(&InputEdit {
            start_byte: byte,
            old_end_byte: byte,
            new_end_byte: byte + 1,
            start_position: Point { row, column },
            old_end_position: Point { row, column },
            new_end_position: Point { row, column: column + 1 },
        });
        let reads = characters_read(&edited, Some(&tree));
        assert!(
            reads <= MOST,
            "{reads} of {} characters read after an edit in line {}: {line}",
            text.len(),
            row + 1
        );
    }
}

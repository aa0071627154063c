//! The work of parsing grows with the length of the text, whatever the text is.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

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
fn characters_read(text: &str) -> usize {
    let mut reads = 0;
    let mut characters = |byte: usize, _| {
        reads += 1;
        text.get(byte..).and_then(|rest| rest.chars().next()).map_or("", |c| &text[byte..byte + c.len_utf8()])
    };
    support::parser("sysspec").parse_with_options(&mut characters, None, None).unwrap();
    reads
}

#[test]
fn four_times_the_text_is_four_times_the_reading() {
    for unit in temptations() {
        let small = unit.repeat(8192_usize.div_ceil(unit.len()));
        let large = small.repeat(4);
        let (few, many) = (characters_read(&small), characters_read(&large));
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
        let reads = characters_read(&text);
        assert!(reads <= MOST * text.len(), "{unit:?}: {reads} characters read of {}", text.len());
    }
}

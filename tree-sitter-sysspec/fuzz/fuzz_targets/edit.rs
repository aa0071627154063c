//! Any text parses without an error, and parsing after an edit gives what parsing afresh gives.
//!
//! The input is two texts, divided by a zero byte: what is put in, and the text. Its first two bytes say where.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tree_sitter::{InputEdit, Parser, Point, Tree};

fuzz_target!(|input: &[u8]| {
    let [high, low, rest @ ..] = input else { return };
    let divider = rest.iter().position(|&byte| byte == 0).unwrap_or(0);
    let (new, text) = (&rest[..divider], &rest[divider..]);
    let place = (usize::from(*high) << 8 | usize::from(*low)) % (text.len() + 1);
    for language in [tree_sitter_sysspec::LANGUAGE, tree_sitter_sysspec::LANGUAGE_HEADER] {
        let mut parser = Parser::new();
        parser.set_language(&language.into()).expect("the runtime fits the grammar");
        insert(&mut parser, text, place, new);
    }
});

fn insert(parser: &mut Parser, text: &[u8], place: usize, new: &[u8]) {
    let mut tree = parse(parser, text, None);
    let edited = [&text[..place], new, &text[place..]].concat();
    tree.edit(&InputEdit {
        start_byte: place,
        old_end_byte: place,
        new_end_byte: place + new.len(),
        start_position: point(text, place),
        old_end_position: point(text, place),
        new_end_position: point(&edited, place + new.len()),
    });
    let incremental = parse(parser, &edited, Some(&tree));
    let fresh = parse(parser, &edited, None);
    assert_eq!(incremental.root_node().to_sexp(), fresh.root_node().to_sexp());
}

fn parse(parser: &mut Parser, text: &[u8], old: Option<&Tree>) -> Tree {
    let tree = parser.parse(text, old).expect("no time limit is set");
    assert!(!tree.root_node().has_error());
    assert_eq!(tree.root_node().end_byte(), text.len());
    tree
}

fn point(text: &[u8], byte: usize) -> Point {
    let before = &text[..byte];
    let line_start = before.iter().rposition(|&b| b == b'\n').map_or(0, |newline| newline + 1);
    Point { row: before.iter().filter(|&&b| b == b'\n').count(), column: byte - line_start }
}

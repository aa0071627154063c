//! Ten megabytes of any text, said over and over, parse in time. Run with `-timeout`: a hang is what this looks for.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tree_sitter::Parser;

const LENGTH: usize = 10 << 20;

fuzz_target!(|unit: &[u8]| {
    if unit.is_empty() {
        return;
    }
    let text = unit.repeat(LENGTH / unit.len());
    let mut parser = Parser::new();
    parser.set_language(&tree_sitter_sysspec::LANGUAGE.into()).expect("the runtime fits the grammar");
    let tree = parser.parse(&text, None).expect("no time limit is set");
    assert!(!tree.root_node().has_error());
    assert_eq!(tree.root_node().end_byte(), text.len());
});

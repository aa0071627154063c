//! The committed parsers are those that their grammars give.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};
use tree_sitter_generate::{OptLevel, generate_parser_in_directory};

const ABI_VERSION: usize = 15;

const GENERATED: [&str; 6] = [
    "parser.c",
    "grammar.json",
    "node-types.json",
    "tree_sitter/alloc.h",
    "tree_sitter/array.h",
    "tree_sitter/parser.h",
];

fn assert_fresh(grammar: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(grammar);
    let fresh = tempfile::tempdir().unwrap();
    let mut warnings = Vec::new();
    generate_parser_in_directory(
        folder.clone(),
        Some(fresh.path().to_path_buf()),
        None::<PathBuf>,
        ABI_VERSION,
        None,
        Some("native"),
        true,
        OptLevel::default(),
        &mut warnings,
    )
    .unwrap();
    assert!(warnings.is_empty(), "the grammar can be written better: {warnings:?}");
    for name in GENERATED {
        let committed = fs::read_to_string(folder.join("src").join(name)).unwrap();
        let generated = fs::read_to_string(fresh.path().join(name)).unwrap();
        assert!(committed == generated, "{grammar}/src/{name} is stale: run `cargo xtask grammar`");
    }
}

#[test]
fn the_parser_of_specifications_is_fresh() {
    assert_fresh("spec");
}

#[test]
fn the_parser_of_headers_is_fresh() {
    assert_fresh("header");
}

//! What the tests of the grammars share: parsing, and the corpus as cases and as text.
#![allow(dead_code, reason = "each test crate uses a part")]

use std::path::{Path, PathBuf};
use tree_sitter::{Node, Parser, Tree};

/// One test of the corpus: a title, a source, and the tree that it must have.
pub struct Case {
    pub title: String,
    pub language: String,
    pub source: String,
    pub expected: String,
}

pub fn parser(language: &str) -> Parser {
    let language = match language {
        "sysspec" => tree_sitter_sysspec::LANGUAGE,
        "sysspec_header" => tree_sitter_sysspec::LANGUAGE_HEADER,
        other => panic!("no language is called {other}"),
    };
    let mut parser = Parser::new();
    parser.set_language(&language.into()).unwrap();
    parser
}

pub fn parse(source: impl AsRef<[u8]>) -> Tree {
    parser("sysspec").parse(source, None).unwrap()
}

/// All nodes of the tree, parents before children.
pub fn nodes(tree: &Tree) -> Vec<Node<'_>> {
    let mut all = vec![tree.root_node()];
    let mut next = 0;
    while next < all.len() {
        let node = all[next];
        all.extend(node.children(&mut node.walk()));
        next += 1;
    }
    all.sort_by_key(|node| (node.start_byte(), std::cmp::Reverse(node.end_byte())));
    all
}

/// The texts of all nodes of a kind, in order.
pub fn texts<'a>(source: &'a str, kind: &str) -> Vec<&'a str> {
    let tree = parse(source);
    nodes(&tree)
        .into_iter()
        .filter(|node| node.kind() == kind)
        .map(|node| &source[node.byte_range()])
        .collect()
}

/// Every node with its field, kind and range: two trees are the same when this is.
pub fn shape(tree: &Tree) -> String {
    let mut cursor = tree.walk();
    let mut text = String::new();
    loop {
        let node = cursor.node();
        let field = cursor.field_name().unwrap_or("");
        text.push_str(&format!("{field}:{} {:?}", node.kind(), node.range()));
        if cursor.goto_first_child() {
            text.push('(');
            continue;
        }
        while !cursor.goto_next_sibling() {
            text.push(')');
            if !cursor.goto_parent() {
                return text;
            }
        }
    }
}

fn files_below(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files_below(&path, found);
        } else {
            found.push(path);
        }
    }
}

/// The specifications of SpecFS: path and text of every file with the extension.
pub fn specfs(extension: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    files_below(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../specfs-specs"), &mut found);
    found.retain(|path| path.extension().is_some_and(|e| e == extension));
    found.sort();
    found.into_iter().map(|path| (path.clone(), std::fs::read_to_string(path).unwrap())).collect()
}

/// The tests in `test/corpus`, in the format of the tree-sitter command line.
pub fn corpus() -> Vec<Case> {
    let mut files = Vec::new();
    files_below(&Path::new(env!("CARGO_MANIFEST_DIR")).join("test/corpus"), &mut files);
    files.sort();
    files.iter().flat_map(|path| read_corpus(&std::fs::read_to_string(path).unwrap())).collect()
}

/// A rule is a line of `mark` (at least three times) and the suffix that the file chose.
fn is_rule(line: &str, mark: char, suffix: &str) -> bool {
    let rest = line.trim_start_matches(mark);
    line.len() - rest.len() >= 3 && rest == suffix
}

fn read_corpus(text: &str) -> Vec<Case> {
    let lines: Vec<&str> = text.split('\n').collect();
    let suffix = lines[0].trim_start_matches('=');
    let rules: Vec<usize> = (0..lines.len()).filter(|&i| is_rule(lines[i], '=', suffix)).collect();
    let (heads, []) = rules.as_chunks::<2>() else { panic!("a title lacks a rule") };
    let ends = heads.iter().skip(1).map(|head| head[0]).chain([lines.len()]);
    heads
        .iter()
        .zip(ends)
        .map(|(&[above, below], end)| read_case(&lines[above + 1..below], &lines[below + 1..end], suffix))
        .collect()
}

fn read_case(head: &[&str], body: &[&str], suffix: &str) -> Case {
    let divider = body.iter().position(|line| is_rule(line, '-', suffix)).expect("a test has a divider");
    let language = head.iter().find_map(|line| line.strip_prefix(":language(")?.strip_suffix(')'));
    Case {
        title: head[0].to_string(),
        language: language.unwrap_or("sysspec").to_string(),
        source: body[..divider].join("\n"),
        expected: body[divider + 1..].join(" ").split_whitespace().collect::<Vec<_>>().join(" "),
    }
}

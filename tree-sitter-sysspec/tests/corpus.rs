//! The trees of `test/corpus`, and the specifications of this repository.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

#[test]
fn every_test_of_the_corpus_has_its_tree() {
    let corpus = support::corpus();
    assert!(corpus.len() > 80, "the corpus was not read in full");
    let mut failures = String::new();
    for case in corpus {
        let tree = support::parser(&case.language).parse(&case.source, None).unwrap();
        assert_eq!(tree.root_node().end_byte(), case.source.len(), "parsing stops in {}", case.title);
        let found = tree.root_node().to_sexp().replace(" )", ")");
        if found != case.expected {
            failures.push_str(&format!(
                "\n{}\n{}\nexpected {}\nfound    {found}\n",
                case.title, case.source, case.expected
            ));
        }
    }
    assert!(failures.is_empty(), "{failures}");
}

#[test]
fn no_text_of_the_corpus_is_an_error_of_syntax() {
    for case in support::corpus() {
        assert!(!case.expected.contains("ERROR") && !case.expected.contains("MISSING"), "{}", case.title);
    }
}

#[test]
fn the_specifications_of_specfs_are_understood() {
    for (path, text) in support::specfs("spec") {
        let tree = support::parse(&text);
        let odd = ["ERROR", "unknown_heading", "preamble", "stray_fence", "unfenced_c"];
        for node in support::nodes(&tree) {
            assert!(
                !node.is_missing() && !odd.contains(&node.kind()),
                "{}: {} at {}",
                path.display(),
                node.kind(),
                node.start_position()
            );
        }
    }
    for (path, text) in support::specfs("header") {
        let tree = support::parser("sysspec_header").parse(&text, None).unwrap();
        assert_eq!(tree.root_node().child(0).unwrap().kind(), "include_list", "{}", path.display());
    }
}

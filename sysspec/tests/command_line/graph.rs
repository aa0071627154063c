//! `sysspec graph`: every format shows the modules, the layers and who relies on whom.

use serde_json::{Value, json};

use crate::formats::{demand_valid, schema};
use crate::scene::{FIND, misspelt, sysspec, workspace};

fn drawn(arguments: &[&str]) -> String {
    let folder = workspace(FIND);
    let (code, said, complaint) = sysspec(folder.path(), &[&["graph"], arguments].concat());
    assert_eq!((code, complaint.as_str()), (0, ""), "{arguments:?}");
    said
}

#[test]
fn graphviz_gets_layers_as_clusters() {
    let said = drawn(&[]);
    for line in [
        "digraph \"small\" {",
        "  subgraph \"cluster_0\" {",
        "    label=\"util\";",
        "    \"util/hash.spec\" [label=\"hash\"];",
        "  \"path/find.spec\" -> \"util/hash.spec\";",
    ] {
        assert!(said.lines().any(|shown| shown == line), "{line:?} is missing:\n{said}");
    }
    assert_eq!(said.matches('{').count(), said.matches('}').count());
}

#[test]
fn mermaid_gets_layers_as_subgraphs() {
    let expected = "flowchart TB\n  subgraph layer0[\"util\"]\n    m0[\"hash\"]\n  end\n  subgraph layer1[\"path\"]\n    \
                    m1[\"find\"]\n  end\n  m1 --> m0\n";
    assert_eq!(drawn(&["--format", "mermaid"]), expected);
}

#[test]
fn the_drawing_is_xml_with_a_box_for_everything() {
    let said = drawn(&["--format", "svg"]);
    let document = roxmltree::Document::parse(&said).expect("XML");
    let root = document.root_element();
    assert_eq!(
        (root.tag_name().name(), root.tag_name().namespace()),
        ("svg", Some("http://www.w3.org/2000/svg"))
    );
    let texts: Vec<&str> =
        root.descendants().filter(|node| node.has_tag_name("text")).filter_map(|node| node.text()).collect();
    for shown in ["util", "path", "hash", "find"] {
        assert!(texts.contains(&shown), "{shown}: {texts:?}");
    }
    let edges =
        root.descendants().filter(|node| node.attribute("class").is_some_and(|of| of.contains("edge")));
    assert_eq!(edges.count(), 1);
}

#[test]
fn json_is_valid_against_the_published_schema() {
    let schema = schema(include_str!("../../../docs/schema/graph.schema.json"));
    let parsed = |arguments: &[&str]| -> Value { serde_json::from_str(&drawn(arguments)).expect("JSON") };
    let whole = parsed(&["--format", "json"]);
    let layers = parsed(&["--format", "json", "--layers"]);
    let around = parsed(&["--format", "json", "--module", "hash"]);
    for report in [&whole, &layers, &around] {
        demand_valid(&schema, report);
    }
    assert_eq!(whole["modules"][1]["relies_on"], json!(["util/hash.spec"]));
    assert_eq!(layers["layers"][1]["relies_on"], json!([{ "layer": "util", "reliances": 1 }]));
    assert_eq!(around["modules"].as_array().map(Vec::len), Some(2));
}

#[test]
fn a_module_shows_its_neighbours_only() {
    let folder = misspelt();
    let (code, said, _) = sysspec(folder.path(), &["graph", "--module", "hash"]);
    assert_eq!(code, 0);
    assert!(said.contains("hash.spec") && !said.contains("find.spec"), "nobody relies on it:\n{said}");
    let (code, said, complaint) = sysspec(folder.path(), &["graph", "--module", "hush"]);
    assert_eq!((code, said.as_str()), (2, ""));
    assert!(complaint.contains("hush"), "{complaint}");
}

#[test]
fn patches_stand_beside_the_layers_and_show_what_they_replace() {
    let folder = workspace(FIND);
    let new = ["new", "patch", "faster", "--replaces", "find", "--replaces", "hash"];
    assert_eq!(sysspec(folder.path(), &new).0, 0);
    let drawn = |format| sysspec(folder.path(), &["graph", "--format", format]).1;
    let dot = drawn("dot");
    for line in [
        "    label=\"patch faster\";",
        "  \"patches/faster/path/find.spec\" -> \"path/find.spec\" [style=dashed, label=\"replaces\"];",
        "  \"patches/faster/path/find.spec\" -> \"patches/faster/util/hash.spec\";",
    ] {
        assert!(dot.lines().any(|shown| shown == line), "{line:?} is missing:\n{dot}");
    }
    assert!(drawn("mermaid").contains(" -.->|replaces| "));
    assert!(drawn("svg").contains("<title>find replaces find</title>"));
    let report: Value = serde_json::from_str(&drawn("json")).expect("JSON");
    demand_valid(&schema(include_str!("../../../docs/schema/graph.schema.json")), &report);
    assert_eq!(report["modules"].as_array().map(Vec::len), Some(2));
    let node = json!({
        "name": "find", "kind": "root", "path": "patches/faster/path/find.spec", "replaces": ["find"],
        "relies_on": ["hash"],
    });
    assert_eq!((&report["patches"][0]["name"], &report["patches"][0]["nodes"][0]), (&json!("faster"), &node));
}

const LOCKED: &[(&str, &str)] = &[
    ("sysspec.toml", "name = \"small\"\n"),
    (
        "step.spec",
        "[RELY]\n```c\nstruct inode;\nvoid lock(struct inode *node);\n```\n\n[GUARANTEE]\n```c\nint step(struct inode *cur);\n```\n\n\
         [SPECIFICATION]\nReturns 0.\n\n## Refine Prompt\n[SPECIFICATION of step]\n**Pre-Condition**:\n- `locked(cur)`\n\n\
         **System Algorithm**:\n1. Acquire the lock of the child first, and release the lock of `cur` after that.\n",
    ),
];

/// An arrow leads from a lock that is held to the one that is taken meanwhile.
#[test]
fn the_order_of_locks_is_a_graph_of_its_own() {
    let folder = tempfile::tempdir().expect("a folder");
    for (path, text) in LOCKED {
        std::fs::write(folder.path().join(path), text).expect("a file");
    }
    let drawn = |format| {
        let (code, said, complaint) = sysspec(folder.path(), &["graph", "--locks", "--format", format]);
        assert_eq!((code, complaint.as_str()), (0, ""), "{format}");
        said
    };
    assert!(
        drawn("dot").contains("\"struct inode (parent)\" -> \"struct inode (child)\""),
        "{}",
        drawn("dot")
    );
    assert!(drawn("mermaid").contains("m0 --> m1"), "{}", drawn("mermaid"));
    assert!(roxmltree::Document::parse(&drawn("svg")).is_ok());
    let report: Value = serde_json::from_str(&drawn("json")).expect("JSON");
    demand_valid(&schema(include_str!("../../../docs/schema/lock-order.schema.json")), &report);
    assert_eq!(report["edges"][0]["held"], json!("struct inode (parent)"));
    assert_eq!(
        report["edges"][0]["sites"],
        json!([{ "path": "step.spec", "function": "step", "via": null }])
    );
    assert_eq!(report["cycles"], json!([]));
}

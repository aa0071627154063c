//! What holds for every workspace: incremental equals from scratch, order does not matter, nothing panics.

#![allow(clippy::unwrap_used, reason = "a fixture that is broken should stop the test")]

mod fixture;

use fixture::Files;
use proptest::prelude::*;
use sysspec_analysis::{Analysis, Host};

/// A workspace with a bit of everything, sound as it stands.
fn workspace() -> Files {
    let module = |rely: &str, name: &str, calls: &str| {
        format!(
            "[MODULE]\nname: {name}\n\n[RELY]\n{rely}\n[GUARANTEE]\n```c\nint {name}(struct node *node, unsigned index);\n```\n\n\
             [SPECIFICATION]\n**Pre-Condition**:\n- `node != NULL`\n**Post-Condition**:\n- **Case 1** `index == 0`: `result == 0`\n{calls}\n\
             ## Refine Prompt\n[RELY]\n```c\nvoid lock(struct node *node);\n```\n[SPECIFICATION of {name}]\nNo lock is owned.\n"
        )
    };
    let node = "```c\nstruct node {\n\t// ... other fields ...\n\tint kind;\n};\n```\n";
    let rely =
        |name: &str| format!("{node}// One step.\n```c\nint {name}(struct node *node, unsigned int);\n```\n");
    let header = |names: &[&str]| {
        let prototypes = names.iter().map(|name| format!("int {name}(struct node *node, unsigned index);\n"));
        format!("stdint, common\n\n{}", prototypes.collect::<String>())
    };
    [
        ("sysspec.toml", "[[layer]]\nfolder = \"util\"\n\n[[layer]]\nfolder = \"path\"\nrelies_on = [\"util\"]\n\n[shared]\nheaders = [\"common.header\"]\n".into()),
        ("common.header", "stdint\n\n#define LIMIT (1 << 4)\nstruct node {\n\tint kind;\n\tchar name[LIMIT];\n};\n".into()),
        ("util/util.header", header(&["first"]) + "void lock(struct node *node);\n"),
        ("util/lock.spec", "[GUARANTEE]\n```c\nvoid lock(struct node *node);\n```\n[SPECIFICATION]\nThe lock of node is owned.\n".into()),
        ("util/first.spec", module(node, "first", "")),
        ("path/path.header", header(&["second", "third"])),
        ("path/second.spec", module(&rely("first"), "second", "- All else is left to `first`.\n")),
        ("path/third.spec", module(&rely("second"), "third", "- All else is left to `second`.\n")),
        ("patches/p/p.patch", "[PATCH]\nname: p\n\n[NODES]\n- third (root): replaces third\n".into()),
        ("patches/p/third.spec", module(&rely("second"), "third", "- All else is left to `second`.\n")),
    ]
    .map(|(path, text): (&str, String)| (path.to_string(), text))
    .into()
}

/// Pieces that mean something to the language.
const PIECES: &[&str] = &[
    "",
    "x",
    "\n",
    "\n\n",
    " ",
    "[RELY]\n",
    "[GUARANTEE]\n",
    "[SPECIFICATION]\n",
    "[SPECIFICATION of first]\n",
    "[GUARANTE]\n",
    "## Refine Prompt\n",
    "```c\n",
    "```\n",
    "```",
    "int first(void);\n",
    "int second(struct node *node, long index);\n",
    "#define LIMIT 9\n",
    "struct node { int kind; };\n",
    "// note\n",
    "**Pre-Condition**:\n",
    "- `a == b`\n",
    "{",
    "}",
    "(",
    ")",
    ";",
    "[[layer]]\n",
    "folder = \"util\"\n",
    "\"",
    "é\u{2060}",
    "common, ",
    "first",
    "extern ",
    "typedef int node;\n",
    "enum e { A, B };\n",
];

#[derive(Clone, Debug)]
enum Change {
    /// In which file, where (as a share of its length), how many bytes go, what comes.
    Edit(usize, f64, usize, usize),
    Remove(usize),
    Restore(usize),
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        12 => (0..10_usize, 0.0..1.0_f64, 0..40_usize, 0..PIECES.len()).prop_map(|(file, at, cut, piece)| Change::Edit(file, at, cut, piece)),
        1 => (0..10_usize).prop_map(Change::Remove),
        2 => (0..10_usize).prop_map(Change::Restore),
    ]
}

/// Applies a change to the files and, the incremental way, to a host.
fn apply(change: &Change, original: &Files, files: &mut Files, host: &mut Host) {
    match change {
        Change::Edit(file, at, cut, piece) => {
            let Some((path, text)) = files.iter_mut().find(|(path, _)| *path == original[*file].0) else {
                return;
            };
            let border =
                |at: usize| (0..=at.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap();
            let start = border((text.len() as f64 * at) as usize);
            let end = border(start + cut).max(start);
            host.edit_file(path, start..end, PIECES[*piece]);
            text.replace_range(start..end, PIECES[*piece]);
        }
        Change::Remove(file) => {
            files.retain(|(path, _)| *path != original[*file].0);
            host.set_file(&original[*file].0, None);
        }
        Change::Restore(file) => {
            let (path, text) = &original[*file];
            files.retain(|(known, _)| known != path);
            files.push((path.clone(), text.clone()));
            host.set_file(path, Some(text));
        }
    }
}

/// Everything that a workspace says.
fn everything(files: &Files, analysis: &Analysis) -> String {
    let mut out = format!("{:#?}\n{:#?}\n", analysis.all_diagnostics().unwrap(), analysis.model().unwrap());
    let mut paths: Vec<_> = files.iter().map(|(path, text)| (path, text.len())).collect();
    paths.sort();
    for (path, length) in paths {
        out += &format!("{:#?}\n", analysis.document_symbols(path).unwrap());
        for offset in (0..=length).step_by(7) {
            out += &format!(
                "{:?} {:?}\n",
                analysis.hover(path, offset).unwrap(),
                analysis.definition(path, offset).unwrap()
            );
        }
    }
    out
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn incremental_equals_from_scratch(changes in proptest::collection::vec((change(), any::<bool>()), 1..12)) {
        let original = workspace();
        let mut files = original.clone();
        let mut host = fixture::host(&files);
        host.snapshot().all_diagnostics().unwrap();
        for (change, look) in &changes {
            apply(change, &original, &mut files, &mut host);
            if *look {
                host.snapshot().all_diagnostics().unwrap();
            }
        }
        let fresh = fixture::host(&files);
        prop_assert_eq!(everything(&files, &host.snapshot()), everything(&files, &fresh.snapshot()));
    }

    #[test]
    fn the_order_of_files_does_not_matter(
        changes in proptest::collection::vec(change(), 0..6),
        order in Just((0..10_usize).collect::<Vec<_>>()).prop_shuffle(),
    ) {
        let original = workspace();
        let mut files = original.clone();
        let mut host = fixture::host(&files);
        changes.iter().for_each(|change| apply(change, &original, &mut files, &mut host));
        let mut shuffled: Files = order.iter().filter_map(|&at| files.iter().find(|(path, _)| *path == original[at].0).cloned()).collect();
        let expected = everything(&files, &fixture::host(&files).snapshot());
        prop_assert_eq!(&everything(&files, &fixture::host(&shuffled).snapshot()), &expected);
        shuffled.reverse();
        prop_assert_eq!(&everything(&files, &fixture::host(&shuffled).snapshot()), &expected);
    }

    #[test]
    fn noise_gets_findings_inside_its_bounds(text in "(\\PC|\n){0,200}") {
        let files: Files = ["a/n.spec", "a/a.header", "patches/n.patch", "sysspec.toml"].map(|path| (path.to_string(), text.clone())).into();
        let host = fixture::host(&files);
        for (_, found) in host.snapshot().all_diagnostics().unwrap() {
            for finding in found {
                prop_assert!(finding.range.start <= finding.range.end && finding.range.end <= text.len(), "{finding:?}");
                prop_assert!(text.get(finding.range.clone()).is_some(), "{finding:?}");
            }
        }
        host.snapshot().model().unwrap();
    }
}

#[test]
fn the_workspace_of_these_tests_is_sound() {
    assert_eq!(fixture::findings(&workspace()), "");
}

#[test]
fn windows_line_ends_are_read_as_line_ends() {
    let files: Files =
        workspace().into_iter().map(|(path, text)| (path, text.replace('\n', "\r\n"))).collect();
    assert_eq!(fixture::findings(&files), "");
}

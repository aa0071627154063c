//! The laws of workspaces: an analysis that was kept up to date says what a fresh one says, the order of files does
//! not matter, findings lie inside their files, and nothing panics or hangs.

use std::collections::BTreeMap;
use std::fmt::Write;

use sysspec_analysis::{Analysis, Host};

/// The files of a workspace by their paths.
pub type Files = BTreeMap<String, String>;

/// A workspace with layers, shared types, a patch and a cycle's worth of reliances; sound as it stands.
pub fn workspace() -> Files {
    let prompt = |name: &str| {
        format!(
            "\n[SPECIFICATION]\n**Pre-Condition**:\n- `node` is not NULL.\n**Post-Condition**:\n- {name} gives 0.\n"
        )
    };
    let node = "[RELY]\n```c\nstruct node {\n\tint kind;\n\tunsigned long size;\n};\n```\n";
    let module = |rely: &str, name: &str| {
        format!("{node}{rely}\n[GUARANTEE]\n```c\nint {name}(struct node *node);\n```\n{}", prompt(name))
    };
    let rely = |name: &str| format!("```c\nint {name}(struct node *node);\n```\n");
    let files = [
        (
            "sysspec.toml",
            "[[layer]]\nfolder = \"low\"\n\n[[layer]]\nfolder = \"high\"\nrelies_on = [\"low\"]\n\n[shared]\nheaders = [\"common.header\"]\n"
                .to_owned(),
        ),
        ("common.header", "stdint\n\nstruct node {\n\tint kind;\n\tunsigned long size;\n};\n".to_owned()),
        ("low/low.header", "common\n\nint take(struct node *node);\nint give(struct node *node);\n".to_owned()),
        ("low/take.spec", module("", "take")),
        ("low/give.spec", module(&rely("take"), "give")),
        ("high/high.header", "common\n\nint swap(struct node *node);\nint turn(struct node *node);\n".to_owned()),
        ("high/swap.spec", module(&(rely("take") + &rely("give")), "swap")),
        ("high/turn.spec", module(&rely("swap"), "turn")),
        ("patches/p/p.patch", "[PATCH]\nname: p\n\n[NODES]\n- turn (root): replaces turn\n".to_owned()),
        ("patches/p/turn.spec", module(&rely("swap"), "turn")),
    ];
    files.map(|(path, text)| (path.to_owned(), text)).into()
}

/// What is inserted: pieces that mean something to the languages.
const PIECES: [&str; 32] = [
    "x",
    "\n",
    "\n\n",
    " ",
    "[RELY]\n",
    "[GUARANTEE]\n",
    "[SPECIFICATION]\n",
    "[SPECIFICATION of take]\n",
    "[GUARANTE]\n",
    "[MODULE]\nname: take\n",
    "## Refine Prompt\n",
    "```c\n",
    "```\n",
    "int take(struct node *node);\n",
    "int swap(struct node *node);\n",
    "int give(long node, ...);\n",
    "struct node { int kind; };\n",
    "typedef struct node node;\n",
    "#define LIMIT 9\n",
    "enum e { A, B };\n",
    "static ",
    "long ",
    "// sysspec: allow(TYP001): as it is\n",
    "`take`",
    "[[layer]]\nfolder = \"other\"\n",
    "relies_on = [\"high\"]\n",
    "\"",
    "common, low, ",
    "é\u{2060}",
    "{",
    ")",
    ";",
];

/// Where a file may go when it is renamed, or appear.
const PLACES: [&str; 8] = [
    "low/other.spec",
    "high/other.spec",
    "high/take.spec",
    "low/take.spec",
    "other/other.header",
    "patches/p/swap.spec",
    "patches/q/q.patch",
    "loose.spec",
];

/// Reads a series of changes from the input, four bytes each, makes them, and checks what must hold then.
pub fn hold(input: &[u8]) {
    let mut files = workspace();
    let mut host = host(files.iter());
    for change in input.chunks_exact(4) {
        apply(change, &mut files, &mut host);
        if change[0] % 4 == 0 {
            look(&host.snapshot());
        }
    }
    let kept = look(&host.snapshot());
    drop(host);
    let fresh = self::host(files.iter()).snapshot();
    let expected = look(&fresh);
    assert_eq!(kept, expected, "kept up to date, and fresh");
    assert_eq!(look(&self::host(files.iter().rev()).snapshot()), expected, "files in another order");
    stay_inside(&files, &fresh);
}

/// One change: which file, what, where, and with what.
fn apply(change: &[u8], files: &mut Files, host: &mut Host) {
    let &[file, what, place, piece] = change else { return };
    let Some((path, text)) = files.iter().nth(usize::from(file) % files.len().max(1)) else { return };
    let (path, mut text) = (path.clone(), text.clone());
    let piece_text = PIECES[usize::from(piece) % PIECES.len()];
    let start = border(&text, text.len() * usize::from(place) / 255);
    let end = match what % 16 {
        0 => return set(files, host, &path, None),
        1 => {
            let new = PLACES[usize::from(piece) % PLACES.len()];
            set(files, host, &path, None);
            return set(files, host, new, Some(text));
        }
        2 => {
            let new = PLACES[usize::from(place) % PLACES.len()];
            return set(files, host, new, Some(piece_text.to_owned()));
        }
        3 => {
            let before = workspace().remove(&path);
            return set(files, host, &path, before);
        }
        4..8 => border(&text, start + usize::from(piece)),
        8..12 => border(&text, start + 5),
        _ => start,
    };
    host.edit_file(&path, start..end, piece_text);
    text.replace_range(start..end, piece_text);
    files.insert(path, text);
}

fn set(files: &mut Files, host: &mut Host, path: &str, text: Option<String>) {
    host.set_file(path, text.as_deref());
    match text {
        Some(text) => _ = files.insert(path.to_owned(), text),
        None => _ = files.remove(path),
    }
}

fn border(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

fn host<'f>(files: impl Iterator<Item = (&'f String, &'f String)>) -> Host {
    let mut host = Host::new();
    files.for_each(|(path, text)| host.set_file(path, Some(text)));
    host
}

/// All that is found and known.
fn look(analysis: &Analysis) -> String {
    let found = analysis.all_diagnostics().expect("nobody changes the workspace meanwhile");
    let model = analysis.model().expect("nobody changes the workspace meanwhile");
    format!("{found:#?}\n{model:#?}")
}

fn stay_inside(files: &Files, analysis: &Analysis) {
    for (path, found) in analysis.all_diagnostics().expect("nobody changes the workspace meanwhile") {
        for finding in found {
            let related = finding.related.iter().map(|other| (&other.path, &other.range));
            for (path, range) in related.chain([(&path, &finding.range)]) {
                assert!(files[&**path].get(range.clone()).is_some(), "{path} {range:?}: {finding:?}");
            }
        }
    }
}

/// Every finding on a line of its own.
pub fn findings(files: &Files) -> String {
    let found =
        host(files.iter()).snapshot().all_diagnostics().expect("nobody changes the workspace meanwhile");
    found.iter().fold(String::new(), |mut out, (path, found)| {
        for finding in found {
            let _ = writeln!(out, "{path}: {} {}", finding.code, finding.message);
        }
        out
    })
}

//! Whatever stands in a file, and wherever the cursor is, an editor is answered.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use sysspec_analysis::{Analysis, Edit, Host};

const MANIFEST: &str = "[[layer]]\nfolder = \"path\"\n[shared]\nheaders = [\"common.header\"]\n";
const HEADER: &str =
    "stdint\n#define LIMIT (1 << 3) /* ≥ 8 */\nstruct inode { uint64_t ino; struct inode *next; };\n";
const LAYER: &str = "common\nstruct inode *step(struct inode *cur, const char *name);\n";
const SPEC: &str = "[MODULE]\nname: step\nlayer: path\n\n[PROMPT]\nWrite a complete `step.c` — only include `path.h`.\n\n\
    [RELY]\n// sysspec: allow(NAM001): “later”\n```c\nvoid lock(struct inode *node);\nstruct inode { uint64_t ino; // é\n};\n```\n\n\
    [GUARANTEE]\n```c\nstruct inode *step(struct inode *cur, const char *name);\n```\n\n\
    [SPECIFICATION]\n**Pre-Condition**:\n- `cur->next->ino == LIMIT` ≥ 𝕏 `result`\n**Post-Condition**:\n- **Case 1**: `cur`\n\n\
    ## Refine Prompt\n[SPECIFICATION of lock]\n- `locked(node)`\n";
const PATCH: &str = "[PATCH]\nname: p\n\n[INTENT]\nMore — `é`.\n\n[NODES]\n- step (root): replaces step\n- lock (leaf): new\n";

/// Asks everything that can be asked of a place, and holds every answer inside its file.
fn ask_everything(analysis: &Analysis, path: &str, offset: usize) {
    let text = analysis.text(path).unwrap().unwrap().to_string();
    let inside = |range: &std::ops::Range<usize>| {
        assert!(range.start <= range.end && text.get(range.clone()).is_some(), "{range:?} of {text:?}");
    };
    if let Some(hover) = analysis.hover(path, offset).unwrap() {
        inside(&hover.range);
    }
    for highlight in analysis.highlights(path, offset).unwrap() {
        inside(&highlight.range);
    }
    let mut inner = None;
    for range in analysis.selections(path, offset).unwrap() {
        inside(&range);
        let grown = inner.replace(range.clone());
        assert!(grown.is_none_or(|inner| range.start <= inner.start && inner.end <= range.end));
    }
    for item in analysis.completions(path, offset).unwrap().items {
        inside(&item.replace);
        let typed = &text[item.replace.clone()];
        assert!(item.filter.len() >= item.label.len() || typed.is_empty(), "{item:?}");
    }
    if let Some(Ok(range)) = analysis.prepare_rename(path, offset).unwrap() {
        inside(&range);
        let renamed = analysis.rename(path, offset, "renamed_so", true).unwrap().unwrap();
        do_not_overlap(&renamed.unwrap().edits);
    }
    for action in analysis.actions(path, offset..offset).unwrap() {
        do_not_overlap(&action.edits);
    }
    analysis.definition(path, offset).unwrap();
    analysis.declaration(path, offset).unwrap();
    analysis.type_definition(path, offset).unwrap();
    analysis.implementation(path, offset).unwrap();
    analysis.references(path, offset).unwrap();
    analysis.callable(path, offset).unwrap();
    analysis.callers(path, offset).unwrap();
    analysis.callees(path, offset).unwrap();
}

fn do_not_overlap(edits: &[Edit]) {
    let mut edits: Vec<&Edit> = edits.iter().collect();
    edits.sort_by_key(|edit| (edit.path.clone(), edit.range.start, edit.range.end));
    for pair in edits.windows(2) {
        assert!(pair[0].path != pair[1].path || pair[0].range.end <= pair[1].range.start, "{pair:?}");
    }
}

fn ask_of_file(analysis: &Analysis, path: &str) {
    analysis.folds(path).unwrap();
    analysis.links(path).unwrap();
    analysis.document_symbols(path).unwrap();
    if let Some(action) = analysis.fix_all(path).unwrap() {
        do_not_overlap(&action.edits);
    }
}

/// Cuts a file off at many places, as if it were being typed, and asks at its end and around.
fn type_out(path: &str, whole: &str) {
    let mut host = Host::new();
    for (path, text) in [
        ("sysspec.toml", MANIFEST),
        ("common.header", HEADER),
        ("path/path.header", LAYER),
        ("path/step.spec", SPEC),
        ("patches/p/p.patch", PATCH),
        ("patches/p/step.spec", SPEC),
    ] {
        host.set_file(path, Some(text));
    }
    for end in (0..=whole.len()).filter(|&end| whole.is_char_boundary(end)) {
        host.set_file(path, Some(&whole[..end]));
        let analysis = host.snapshot();
        ask_everything(&analysis, path, end);
        if end % 16 == 0 || end == whole.len() {
            ask_of_file(&analysis, path);
            for offset in (0..=end + 1).step_by(3) {
                ask_everything(&analysis, path, offset);
            }
        }
    }
}

#[test]
fn a_spec_that_is_half_typed() {
    type_out("path/step.spec", SPEC);
}

#[test]
fn headers_that_are_half_typed() {
    type_out("common.header", HEADER);
    type_out("path/path.header", LAYER);
}

#[test]
fn a_patch_that_is_half_typed() {
    type_out("patches/p/p.patch", PATCH);
    type_out("patches/p/step.spec", SPEC);
}

#[test]
fn a_manifest_that_is_half_typed() {
    type_out("sysspec.toml", MANIFEST);
}

#[test]
fn files_that_are_nothing_of_the_kind() {
    for text in
        ["\u{0}\u{1}", "`", "[", "[SPECIFICATION of ", "```", "**", "//", "é`é->é.", "\r\n\r", "a->b(]->"]
    {
        type_out("path/step.spec", text);
        type_out("common.header", text);
    }
}

//! All of SpecFS, generated again from its transcripts into an empty store.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use sysspec_tests::{binary, copy_of_specs, specs};

/// The files of a store. Which compiler judged is part of a transcript, as a digest of its version: that one is the machine's own.
fn store(root: &Path) -> Result<BTreeMap<String, String>> {
    let mut files = BTreeMap::new();
    collect(root, Path::new("sysspec.lock"), &mut files)?;
    collect(root, Path::new("generated"), &mut files)?;
    collect(root, Path::new("transcripts"), &mut files)?;
    Ok(files)
}

fn collect(root: &Path, path: &Path, files: &mut BTreeMap<String, String>) -> Result<()> {
    let whole = root.join(path);
    if whole.is_dir() {
        for entry in std::fs::read_dir(&whole)? {
            collect(root, &path.join(entry?.file_name()), files)?;
        }
        return Ok(());
    }
    let text = std::fs::read_to_string(&whole).with_context(|| whole.display().to_string())?;
    let is_judge = |line: &&str| line.trim_start().starts_with("\"judge\": ");
    let kept: Vec<&str> = text.split('\n').filter(|line| !is_judge(line)).collect();
    files.insert(path.display().to_string(), kept.join("\n"));
    Ok(())
}

#[test]
fn all_of_specfs_comes_out_as_it_was_committed() -> Result<()> {
    let copy = copy_of_specs()?;
    for made in ["sysspec.lock", "generated", "transcripts", "build"] {
        let path = copy.path().join(made);
        if path.is_dir() { std::fs::remove_dir_all(path)? } else { _ = std::fs::remove_file(path) }
    }
    let output = Command::new(binary())
        .args(["generate", ".", "--provider", "replay", "--transcripts"])
        .arg(specs())
        .current_dir(copy.path())
        .output()?;
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    ensure!(output.status.success(), "{said}");
    let (made, committed) = (store(copy.path())?, store(&specs())?);
    ensure!(made.keys().eq(committed.keys()), "other files than were committed");
    for (path, text) in &committed {
        ensure!(made[path] == *text, "{path} differs from what was committed");
    }
    Ok(())
}

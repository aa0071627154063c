//! Generating again from transcripts: the same store, byte by byte, or a refusal that says what changed.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::common::{LOCK, Log, PUT, Shelf, answer, border, right};
use sysspec_toolchain::compile::{self, CompileError, Options, Report};
use sysspec_toolchain::provider::Replay;

/// The files of a store: the lock file, the code and the transcripts.
fn store(root: &Path) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    files.insert("sysspec.lock".to_owned(), fs::read_to_string(root.join("sysspec.lock")).unwrap());
    for folder in ["generated", "transcripts"] {
        for entry in fs::read_dir(root.join(folder).join("shelf")).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(root).unwrap().display().to_string();
            files.insert(name, fs::read_to_string(path).unwrap());
        }
    }
    files
}

/// A shelf whose answers were wrong at first, and the transcripts of that.
async fn conversed() -> Shelf {
    let (shelf, mut script) = (Shelf::new(), right());
    script.insert(("shelf_put", 1, 1), answer(&PUT.replace("== SHELF_BOXES_MAX", "> SHELF_BOXES_MAX")));
    script.insert(("shelf_put", 1, 2), answer(PUT));
    script.insert(("shelf_lock", 1, 1), LOCK.to_owned());
    script.insert(("shelf_lock", 1, 2), answer(LOCK));
    let report = shelf.converse(&script, &Options::default(), &Log::default()).await;
    assert!(report.succeeded(), "{report}");
    shelf
}

async fn replayed(shelf: &Shelf, replay: &Replay, jobs: usize) -> Result<Report, CompileError> {
    let options = Options { jobs, ..Options::default() };
    compile::generate(&shelf.workspace(), &border(), Some(replay), &options, &()).await
}

#[tokio::test]
async fn a_replay_into_an_empty_store_gives_the_store_byte_by_byte_with_any_number_of_jobs() {
    let first = conversed().await;
    let replay = Replay::open(first.root()).unwrap();
    for jobs in [1, 2] {
        let shelf = Shelf::new();
        let report = replayed(&shelf, &replay, jobs).await.unwrap();
        assert!(report.succeeded(), "{report}");
        assert_eq!(store(shelf.root()), store(first.root()), "{jobs} jobs");
    }
}

#[tokio::test]
async fn a_replay_of_another_specification_is_refused_at_the_line_that_changed() {
    let first = conversed().await;
    let replay = Replay::open(&first.root().join("transcripts")).unwrap();
    let shelf = Shelf::new();
    shelf.edit("shelf/shelf_total.spec", "0 for an empty shelf", "and 0 for an empty shelf");
    let said = replayed(&shelf, &replay, 1).await.unwrap_err().to_string();
    assert!(
        said.contains("the prompt of `shelf_total`, phase 1, attempt 1, CodeGen is not the one"),
        "{said}"
    );
    assert!(said.contains("now:") && said.contains("and 0 for an empty shelf"), "{said}");
    assert!(said.contains("--accept-other-prompts"), "{said}");

    let report = replayed(&shelf, &replay.taking_other_prompts(true), 1).await.unwrap();
    assert!(report.succeeded(), "{report}");
}

#[tokio::test]
async fn what_was_accepted_before_a_refusal_is_kept() {
    let first = conversed().await;
    let replay = Replay::open(first.root()).unwrap();
    let shelf = Shelf::new();
    let options =
        Options { modules: ["shelf_lock", "shelf_unlock"].map(str::to_owned).into(), ..Options::default() };
    compile::generate(&shelf.workspace(), &border(), Some(&replay), &options, &()).await.unwrap();
    shelf.edit("shelf/shelf_total.spec", "0 for an empty shelf", "and 0 for an empty shelf");
    replayed(&shelf, &replay, 1).await.unwrap_err();
    assert_eq!(shelf.read("generated/shelf/shelf_lock.c"), LOCK);
    assert!(shelf.read("sysspec.lock").contains("[module.shelf_lock]"));
}

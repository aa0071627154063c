//! SpecEval, the last judge: what it rejects goes back to the writer, and what it says badly never counts as acceptance.

use crate::common::{Log, PUT, Scripted, Shelf, answer, border};
use sysspec_toolchain::compile::{self, Options, Outcome, Report};
use sysspec_toolchain::provider::{Recorder, Replay, Role};
use sysspec_toolchain::store::Transcript;

const ACCEPT: &str = r#"{"verdict": "accept", "findings": []}"#;

const REJECT: &str = r#"{"verdict": "reject", "findings": [{"clause": "C3", "lines": [6, 7], "code": "if (shelf->count == SHELF_BOXES_MAX)",
    "why": "A full shelf is taken for one with room."}]}"#;

/// A shelf on which all code but that of `shelf_put` is validated.
async fn stale() -> Shelf {
    let shelf = Shelf::generated().await;
    shelf.edit("shelf/shelf_put.spec", "when memory ends, and", "when there is no more memory, and");
    shelf
}

async fn put(shelf: &Shelf, models: &Scripted, log: &Log) -> Report {
    let options = Options { modules: vec!["shelf_put".into()], ..Options::default() };
    compile::generate(&shelf.workspace(), &border(), Some(models), &options, log).await.unwrap()
}

fn transcript(shelf: &Shelf) -> Transcript {
    Transcript::parse(&shelf.read("transcripts/shelf/shelf_put.json")).unwrap()
}

#[tokio::test]
async fn code_that_speceval_accepts_is_accepted_and_its_review_kept() {
    let (shelf, log, models) = (stale().await, Log::default(), Scripted::new().with_judge());
    let report = put(&shelf, &models, &log).await;
    assert!(report.succeeded(), "{report}");
    assert!(shelf.read("sysspec.lock").contains("\"tests\", \"speceval\"]"));
    assert_eq!(
        log.lines(""),
        [
            "asked shelf_put 1 1",
            "answered shelf_put 1 1 CodeGen 110",
            "waiting shelf_put",
            "reviewed shelf_put 1 1",
            "answered shelf_put 1 1 SpecEval 110",
            "accepted shelf_put 1 1",
        ]
    );
    let attempt = &transcript(&shelf).attempts[0];
    assert_eq!(attempt.model.as_deref(), Some("CodeGen-1"));
    assert_eq!(attempt.usage.map(|usage| usage.answer), Some(10));
    assert_eq!(attempt.reviews[0].answer, ACCEPT);
}

#[tokio::test]
async fn what_speceval_rejects_goes_back_to_the_writer_with_clause_and_line() {
    let (shelf, log) = (stale().await, Log::default());
    let models = Scripted::new().with_judge().first("shelf_put", Role::CodeGen, &[&answer(PUT)]).first(
        "shelf_put",
        Role::SpecEval,
        &[REJECT],
    );
    let report = put(&shelf, &models, &log).await;
    assert!(report.succeeded(), "{report}");
    assert_eq!(log.lines("rejected"), ["rejected shelf_put 1 1 speceval"]);
    let again = &models.prompts("shelf_put.phase1.attempt2")[0];
    let feedback = again.split_once("# Why it was not accepted").unwrap().1;
    assert!(
        feedback.contains(
            "- line 5: `if (shelf->count == SHELF_BOXES_MAX)`\n  The specification says: **Case 1 (full)**"
        ),
        "{feedback}"
    );
    assert!(feedback.contains("A full shelf is taken for one with room."), "{feedback}");
}

#[tokio::test]
async fn an_answer_that_cannot_be_used_is_asked_for_again() {
    let (shelf, log) = (stale().await, Log::default());
    let invented = REJECT.replace("C3", "C77");
    let models =
        Scripted::new().with_judge().first("shelf_put", Role::SpecEval, &["Fine!", &invented, ACCEPT]);
    assert!(put(&shelf, &models, &log).await.succeeded());
    let prompts = models.prompts("shelf_put.phase1.attempt1.eval");
    assert_eq!(prompts.len(), 3);
    assert!(prompts[1].contains("# Why it cannot be used\n\nIt is not the JSON object that was asked for"));
    assert!(prompts[2].contains("`C77`, which does not exist"));
    let unusable: Vec<_> =
        transcript(&shelf).attempts[0].reviews.iter().map(|review| review.unusable.is_some()).collect();
    assert_eq!(unusable, [true, true, false]);
}

#[tokio::test]
async fn without_a_usable_answer_nothing_is_accepted_and_a_later_run_asks_again() {
    let (shelf, log) = (stale().await, Log::default());
    let models = Scripted::new().with_judge().first("shelf_put", Role::SpecEval, &["Fine.", "Good.", "Yes."]);
    let report = put(&shelf, &models, &log).await;
    assert!(!report.succeeded());
    assert!(matches!(report.modules[0].outcome, Outcome::Unjudged(_)), "{report}");
    assert!(report.to_string().contains("SpecEval could not judge it: none of its 3 answers"), "{report}");
    assert!(!shelf.read("sysspec.lock").contains("speceval"), "nothing was accepted");

    let later = Scripted::new().with_judge();
    assert!(put(&shelf, &later, &Log::default()).await.succeeded());
    assert!(later.prompts("shelf_put.phase1.attempt1.eval").len() == 1);
    assert_eq!(later.asked.lock().unwrap().len(), 1, "the code is there; only its judge was missing");
}

#[tokio::test]
async fn speceval_is_not_asked_about_code_that_a_gate_refuses() {
    let (shelf, log) = (stale().await, Log::default());
    let wrong = answer(&PUT.replace("== SHELF_BOXES_MAX", "> SHELF_BOXES_MAX"));
    let models = Scripted::new().with_judge().first("shelf_put", Role::CodeGen, &[&wrong]);
    assert!(put(&shelf, &models, &log).await.succeeded());
    assert_eq!(log.lines("rejected"), ["rejected shelf_put 1 1 tests"]);
    assert!(models.prompts("shelf_put.phase1.attempt1.eval").is_empty());
}

#[tokio::test]
async fn without_a_model_for_speceval_nothing_speaks_of_it() {
    let (shelf, log, models) = (stale().await, Log::default(), Scripted::new());
    assert!(put(&shelf, &models, &log).await.succeeded());
    assert!(!shelf.read("sysspec.lock").contains("speceval"));
    assert!(!shelf.read("transcripts/shelf/shelf_put.json").contains("reviews"));
}

#[tokio::test]
async fn reviews_are_replayed_with_the_rest_byte_by_byte() {
    let first = stale().await;
    let models = Scripted::new().with_judge().first("shelf_put", Role::CodeGen, &[&answer(PUT)]).first(
        "shelf_put",
        Role::SpecEval,
        &["Fine!", REJECT],
    );
    let recorder = Recorder::new(&models);
    let options = Options { modules: vec!["shelf_put".into()], ..Options::default() };
    compile::generate(&first.workspace(), &border(), Some(&recorder), &options, &()).await.unwrap();
    for replay in [Replay::open(first.root()).unwrap(), Replay::new(recorder.recording())] {
        let shelf = stale().await;
        let report =
            compile::generate(&shelf.workspace(), &border(), Some(&replay), &options, &()).await.unwrap();
        assert!(report.succeeded(), "{report}");
        for path in ["sysspec.lock", "transcripts/shelf/shelf_put.json"] {
            assert_eq!(shelf.read(path), first.read(path));
        }
    }
}

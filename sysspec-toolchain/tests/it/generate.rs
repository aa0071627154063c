//! The whole loop, from specifications to validated code, with a scripted exchange in place of a model.

use std::collections::BTreeSet;
use std::fs;

use crate::common::{ADD, ADD_SEQUENTIAL, Log, PUT, Shelf, answer, border, right};
use sysspec_toolchain::compile::{self, CompileError, Options, Outcome};
use sysspec_toolchain::provider::Exchange;
use sysspec_toolchain::status::{self, State};

fn states(shelf: &Shelf) -> Vec<(String, State)> {
    let all = status::status(&shelf.workspace()).unwrap();
    all.into_iter()
        .filter(|status| status.state != State::Validated)
        .map(|it| (it.module, it.state))
        .collect()
}

fn stale(module: &str, reason: &str) -> (String, State) {
    (module.to_owned(), State::Stale(vec![reason.to_owned()]))
}

fn prompt(shelf: &Shelf, name: &str) -> String {
    shelf.read(&format!("build/exchange/{name}.prompt.md"))
}

fn feedback(shelf: &Shelf, name: &str) -> String {
    prompt(shelf, name)
        .split_once("# Why it was not accepted")
        .expect("a prompt that asks again")
        .1
        .to_owned()
}

#[tokio::test]
async fn right_answers_are_accepted_and_kept_with_how_they_came_about() {
    let shelf = Shelf::generated().await;
    assert_eq!(states(&shelf), []);
    assert_eq!(shelf.read("generated/shelf/shelf_add.c"), ADD);
    let lock: toml::Table = shelf.read("sysspec.lock").parse().unwrap();
    let entry = &lock["module"]["shelf_add"];
    assert_eq!(entry["attempts"], toml::Value::from(vec![1, 1]));
    assert_eq!(entry["provider"].as_str(), Some("exchange"));
    assert_eq!(entry["gates"].as_array().unwrap().len(), 7);
    let transcript: serde_json::Value =
        serde_json::from_str(&shelf.read("transcripts/shelf/shelf_add.json")).unwrap();
    assert_eq!(transcript["attempts"].as_array().unwrap().len(), 2);
    assert_eq!(transcript["attempts"][1]["phase"], 2);
    assert!(transcript["attempts"][1]["verdict"]["accepted"].is_object());
}

#[tokio::test]
async fn a_run_over_validated_code_asks_nothing() {
    let (shelf, log) = (Shelf::generated().await, Log::default());
    let report = shelf.run_once(&Options::default(), &log).await.unwrap();
    assert!(report.succeeded());
    assert!(log.lines("").is_empty());
    assert_eq!(report.first_attempt().to_string(), "5 of 5 (100.0 %)");
}

#[tokio::test]
async fn a_wrong_answer_at_every_gate_gets_feedback_until_a_right_one_comes() {
    let (shelf, log) = (Shelf::new(), Log::default());
    let mut script = right();
    let wrong = [
        PUT.to_owned(),
        answer(&PUT.replace("return -ENOMEM;", "return -ENOMEM")),
        answer(&PUT.replace("int weight)", "long weight)")),
        answer(&PUT.replace("if (!grown)", "shelf_lock(shelf);\n\tif (!grown)")),
        answer(&PUT.replace("\tshelf->weight = grown;\n", "")),
        answer(&PUT.replace("== SHELF_BOXES_MAX", "> SHELF_BOXES_MAX")),
    ];
    for (attempt, text) in (1..).zip(wrong) {
        script.insert(("shelf_put", 1, attempt), text);
    }
    script.insert(("shelf_put", 1, 7), answer(PUT));
    let report = shelf.converse(&script, &Options::default(), &log).await;

    assert!(report.succeeded(), "{report}");
    assert_eq!(
        log.lines("rejected"),
        [
            "rejected shelf_put 1 1 answer",
            "rejected shelf_put 1 2 syntax",
            "rejected shelf_put 1 3 guarantee",
            "rejected shelf_put 1 4 reliance",
            "rejected shelf_put 1 5 compile",
            "rejected shelf_put 1 6 tests",
        ]
    );
    let expected = [
        "The answer has no C block.",
        "expected ';' before 'shelf'",
        "- line 3: `int shelf_put(struct shelf *shelf, long weight)`\n  the signature must be exactly \
         `int shelf_put(struct shelf *shelf, int weight);`",
        "- line 8: `shelf_lock(shelf);`\n  the function `shelf_lock` is not among what this module relies on",
        "- line 10: `shelf->weight[shelf->count++] = weight;`\n  leak of 'grown'",
        "tests/shelf/shelf_put.c:10: boxes_are_put_until_the_shelf_is_full: expected shelf_put(&shelf, 9) == -ENOSPC",
    ];
    for (attempt, text) in (2..).zip(expected) {
        let found = feedback(&shelf, &format!("shelf_put.phase1.attempt{attempt}"));
        assert!(found.contains(text), "attempt {attempt}: {found}");
        assert!(!found.contains("/tmp"), "attempt {attempt}: {found}");
    }
    assert_eq!(report.first_attempt().to_string(), "4 of 5 (80.0 %)");
    assert_eq!(report.accepted().to_string(), "5 of 5 (100.0 %)");
}

#[tokio::test]
async fn a_sanitizer_report_points_at_lines_of_the_code_and_at_no_machine() {
    let (shelf, log) = (Shelf::new(), Log::default());
    let mut script = right();
    script
        .insert(("shelf_put", 1, 1), answer(&PUT.replace("(shelf->count + 1) * sizeof(int)", "sizeof(int)")));
    script.insert(("shelf_put", 1, 2), answer(PUT));
    assert!(shelf.converse(&script, &Options::default(), &log).await.succeeded());
    let found = feedback(&shelf, "shelf_put.phase1.attempt2");
    assert!(found.contains("insufficient space for an object of type 'int'"), "{found}");
    assert!(found.contains("in shelf_put generated/shelf/shelf_put.c:11"), "{found}");
    assert!(found.contains("- line 11: `shelf->weight[shelf->count++] = weight;`"), "{found}");
    assert!(found.contains("TEST(boxes_are_put_until_the_shelf_is_full)"), "{found}");
    assert!(!found.contains("0x") && !found.contains("/tmp") && !found.contains("libc"), "{found}");
}

#[tokio::test]
async fn locking_that_is_missing_or_left_on_a_path_is_found_in_the_second_phase() {
    let (shelf, log) = (Shelf::generated().await, Log::default());
    shelf.edit("shelf/shelf_add.spec", "1. Check the weight without the lock.", "1. Check the weight first.");
    let mut script = right();
    let early = ADD.replace("\tif (weight <= 0)", "\tshelf_lock(shelf);\n\tif (weight <= 0)");
    let held = early.replace("\n\n\tshelf_lock(shelf);\n\tint", "\n\tint");
    script.insert(("shelf_add", 2, 1), answer(ADD_SEQUENTIAL));
    script.insert(("shelf_add", 2, 2), answer(&held));
    script.insert(("shelf_add", 2, 3), answer(ADD));
    let _ = fs::remove_dir_all(shelf.exchange());
    let report = shelf.converse(&script, &Options::default(), &log).await;

    assert!(report.succeeded(), "{report}");
    assert_eq!(log.lines("rejected"), ["rejected shelf_add 2 1 contract", "rejected shelf_add 2 2 contract"]);
    let race = feedback(&shelf, "shelf_add.phase2.attempt2");
    assert!(race.contains("GEN005: `shelf_put` needs the lock of `shelf`"), "{race}");
    let held = feedback(&shelf, "shelf_add.phase2.attempt3");
    assert!(held.contains("GEN001: the lock of `shelf` is held since line"), "{held}");
}

#[tokio::test]
async fn an_edited_contract_makes_its_module_and_those_that_rely_on_it_stale_and_nothing_else() {
    let shelf = Shelf::generated().await;
    shelf.edit("shelf/shelf_put.spec", "the new box is the last", "the new box is the last of all");
    let contract = "the contract of `shelf_put`, which it relies on, changed";
    assert_eq!(
        states(&shelf),
        [stale("shelf_put", "its specification changed"), stale("shelf_add", contract)]
    );
}

#[tokio::test]
async fn an_edited_lock_contract_concerns_second_phases_only() {
    let shelf = Shelf::generated().await;
    shelf.edit("shelf/shelf_put.spec", "- `locked(shelf)`\n\n**Post", "- `locked(shelf)`\n- More.\n\n**Post");
    let contract = "the lock contract of `shelf_put`, which it relies on, changed";
    assert_eq!(
        states(&shelf),
        [stale("shelf_put", "its concurrency specification changed"), stale("shelf_add", contract)]
    );
}

#[tokio::test]
async fn white_space_makes_nothing_stale_and_a_definition_those_that_use_it() {
    let shelf = Shelf::generated().await;
    shelf.edit("shelf/shelf_put.spec", "[GUARANTEE]", "\n\n[GUARANTEE]");
    shelf.edit("shelf/shelf.header", "#define SHELF_BOXES_MAX 3", "#define   SHELF_BOXES_MAX   3");
    assert_eq!(states(&shelf), []);
    shelf.edit("shelf/shelf.header", "SHELF_BOXES_MAX   3", "SHELF_BOXES_MAX   4");
    let reason = "the definition of `SHELF_BOXES_MAX`, which it uses, changed";
    assert_eq!(states(&shelf), [stale("shelf_put", reason)]);
}

#[tokio::test]
async fn an_edited_second_phase_is_generated_alone() {
    let (shelf, log) = (Shelf::generated().await, Log::default());
    shelf.edit("shelf/shelf_add.spec", "Check the weight without the lock.", "Check the weight first.");
    assert_eq!(states(&shelf), [stale("shelf_add", "its concurrency specification changed")]);
    let report = shelf.run_once(&Options::default(), &log).await.unwrap();
    assert_eq!(log.lines("asked"), ["asked shelf_add 2 1"]);
    assert!(report.awaiting().next().unwrap().ends_with("shelf_add.phase2.attempt1.prompt.md"));
    // The answer to the earlier prompt of that name lies there still; it is not taken for an answer to this one.
    assert!(shelf.exchange().join("shelf_add.phase2.attempt1.answer.outdated.md").exists());
}

#[tokio::test]
async fn an_interrupted_run_goes_on_where_it_was() {
    let (shelf, log) = (Shelf::new(), Log::default());
    let mut script = right();
    script.remove(&("shelf_lock", 1, 1));
    script.insert(("shelf_put", 1, 1), answer(&PUT.replace("return 0;", "return 1;")));
    let report = shelf.converse(&script, &Options::default(), &log).await;
    assert!(!report.succeeded());
    let waiting: BTreeSet<_> =
        report.awaiting().map(|place| place.rsplit('/').next().unwrap().to_owned()).collect();
    let expected = ["shelf_lock.phase1.attempt1.prompt.md", "shelf_put.phase1.attempt2.prompt.md"];
    assert_eq!(waiting, expected.map(str::to_owned).into());
    let outcome =
        |name: &str| report.modules.iter().find(|module| module.module == name).unwrap().outcome.clone();
    assert_eq!(outcome("shelf_total"), Outcome::Blocked(vec!["shelf_put".into()]));

    // As after a crash: nothing is left but the files.
    let log = Log::default();
    script.insert(("shelf_put", 1, 2), answer(PUT));
    script.extend(right().into_iter().filter(|(at, _)| at.0 == "shelf_lock"));
    let report = shelf.converse(&script, &Options::default(), &log).await;
    assert!(report.succeeded(), "{report}");
    assert!(log.lines("rejected").is_empty(), "the refused answer is not judged again");
    assert!(
        !log.lines("asked").contains(&"asked shelf_total 1 1".to_owned()),
        "answers that were taken are kept"
    );
}

#[tokio::test]
async fn without_a_right_answer_the_run_ends_and_says_what_the_last_one_lacked() {
    let (shelf, log) = (Shelf::new(), Log::default());
    shelf.edit("sysspec.toml", "attempts = 7", "attempts = 2");
    let mut script = right();
    script.insert(("shelf_lock", 1, 1), answer("int x;\n"));
    script.insert(("shelf_lock", 1, 2), answer("int y;\n"));
    let report = shelf.converse(&script, &Options::default(), &log).await;
    assert!(!report.succeeded());
    let text = report.to_string();
    assert!(
        text.contains("shelf_lock: not converged; the last answer lacked code that defines exactly what"),
        "{text}"
    );
    assert!(text.contains("`y` is not guaranteed by this module"), "{text}");
    assert!(text.contains("phase 1 attempt 2: refused by the gate guarantee"), "{text}");
    assert!(text.contains("shelf_add: ready but for its tests, which need shelf_lock"), "{text}");

    let log = Log::default();
    shelf.run_once(&Options::default(), &log).await.unwrap();
    assert!(log.lines("asked").is_empty(), "attempts are used up across runs");
    let again = Options { again: true, ..Options::default() };
    shelf.run_once(&again, &log).await.unwrap();
    assert_eq!(log.lines("asked"), ["asked shelf_lock 1 3"]);
}

#[tokio::test]
async fn a_refused_answer_is_judged_again_when_its_test_was_wrong() {
    let (shelf, log) = (Shelf::new(), Log::default());
    shelf.edit("tests/shelf/shelf_total.c", "== 12", "== 13");
    let report = shelf.converse(&right(), &Options::default(), &log).await;
    assert!(!report.succeeded());
    assert!(feedback(&shelf, "shelf_total.phase1.attempt2").contains("expected shelf_total(&shelf) == 13"));
    shelf.edit("tests/shelf/shelf_total.c", "== 13", "== 12");
    let log = Log::default();
    let report = shelf.run_once(&Options::default(), &log).await.unwrap();
    let total = report.modules.iter().find(|module| module.module == "shelf_total").unwrap();
    assert_eq!(total.outcome, Outcome::Accepted, "{report}");
    assert!(log.lines("asked shelf_total").is_empty());
}

#[tokio::test]
async fn validated_code_is_judged_again_by_name_when_its_test_changed() {
    let (shelf, log) = (Shelf::generated().await, Log::default());
    shelf.edit("tests/shelf/shelf_total.c", "== 12", "== 13");
    let named = Options { modules: vec!["shelf_total".into()], ..Options::default() };
    shelf.run_once(&named, &log).await.unwrap();
    assert_eq!(log.lines("rejected"), ["rejected shelf_total 1 1 tests"]);
    assert_eq!(states(&shelf), [("shelf_total".into(), State::Missing)], "it is not validated any more");
    shelf.edit("tests/shelf/shelf_total.c", "== 13", "== 12");
    assert!(shelf.run_once(&named, &log).await.unwrap().succeeded());
    assert_eq!(states(&shelf), []);
    assert_eq!(log.lines("asked"), ["asked shelf_total 1 2"], "its first answer is right after all");
}

#[tokio::test]
async fn stale_code_without_a_provider_is_an_error_that_names_the_choices() {
    let shelf = Shelf::generated().await;
    shelf.edit("shelf/shelf_total.spec", "0 for an empty shelf", "and 0 for an empty shelf");
    let error =
        compile::generate(&shelf.workspace(), &border(), None, &Options::default(), &()).await.unwrap_err();
    let text = error.to_string();
    assert!(text.contains("shelf_total: stale: its specification changed"), "{text}");
    assert!(
        text.contains("--provider exchange --exchange-dir DIR") && text.contains("undo the edits"),
        "{text}"
    );
}

#[tokio::test]
async fn code_edited_by_hand_is_left_alone_until_its_module_is_named() {
    let (shelf, log) = (Shelf::generated().await, Log::default());
    shelf.edit("generated/shelf/shelf_add.c", "return result;", "return 0;");
    assert_eq!(states(&shelf), [("shelf_add".into(), State::Edited)]);
    let report = shelf.run_once(&Options::default(), &log).await.unwrap();
    assert!(!report.succeeded());
    assert!(report.to_string().contains("shelf_add: edited by hand and left alone"), "{report}");
    assert!(shelf.read("generated/shelf/shelf_add.c").contains("return 0;"));

    let named = Options { modules: vec!["shelf_add".into()], ..Options::default() };
    let report = shelf.run_once(&named, &log).await.unwrap();
    assert!(report.succeeded(), "{report}");
    assert_eq!(shelf.read("generated/shelf/shelf_add.c"), ADD);
    assert!(log.lines("asked").is_empty(), "the accepted code is in the transcript");
}

#[tokio::test]
async fn a_module_without_a_test_is_not_accepted_where_others_have_one() {
    let (shelf, log) = (Shelf::new(), Log::default());
    fs::remove_file(shelf.root().join("tests/shelf/shelf_lock.c")).unwrap();
    let report = shelf.converse(&right(), &Options::default(), &log).await;
    assert!(
        report.to_string().contains("the module has no test: write tests/shelf/shelf_lock.c"),
        "{report}"
    );
}

#[tokio::test]
async fn a_waiting_run_takes_answers_as_they_come() {
    let shelf = Shelf::generated().await;
    shelf.edit("shelf/shelf_lock.spec", "- `locked(shelf)`", "- `locked(shelf)`, and it stays so");
    let _ = fs::remove_dir_all(shelf.exchange());
    let provider = Exchange::new(shelf.exchange(), true);
    let (ws, border, options) = (shelf.workspace(), border(), Options::default());
    let answering = async {
        for (module, phase, attempt) in [("shelf_lock", 1, 1), ("shelf_add", 2, 1)] {
            let stem = shelf.exchange().join(format!("{module}.phase{phase}.attempt{attempt}"));
            while !stem.with_extension(format!("attempt{attempt}.prompt.md")).exists() {
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
            let text = &right()[&(module, phase, attempt)];
            fs::write(stem.with_extension(format!("attempt{attempt}.answer.md")), text).unwrap();
        }
    };
    let (report, ()) =
        tokio::join!(compile::generate(&ws, &border, Some(&provider), &options, &()), answering);
    assert!(report.unwrap().succeeded());
    assert_eq!(states(&shelf), []);
}

#[tokio::test]
async fn two_runs_in_one_workspace_do_not_mix() {
    let shelf = Shelf::new();
    let lock = shelf.root().join("build/generate.lock");
    fs::create_dir_all(lock.parent().unwrap()).unwrap();
    let held = fs::File::create(lock).unwrap();
    held.lock().unwrap();
    let error = shelf.run_once(&Options::default(), &Log::default()).await.unwrap_err();
    assert!(matches!(error, CompileError::Busy), "{error}");
}

#[tokio::test]
async fn a_module_that_does_not_exist_is_named() {
    let named = Options { modules: vec!["shelf_ad".into()], ..Options::default() };
    let error = Shelf::new().run_once(&named, &Log::default()).await.unwrap_err();
    assert!(error.to_string().starts_with("there is no module `shelf_ad`"), "{error}");
}

#[tokio::test]
async fn a_specification_cannot_name_a_file_outside_the_folders_of_its_layer() {
    let (shelf, log) = (Shelf::new(), Log::default());
    let name = "name: shelf_total";
    shelf.edit(
        "shelf/shelf_total.spec",
        name,
        "// sysspec: allow(NAM007): I am told to\nname: ../../../evil",
    );
    let options = Options { despite_findings: true, ..Options::default() };
    let error = shelf.run_once(&options, &log).await.unwrap_err().to_string();
    assert!(error.contains("shelf/shelf_total.spec calls its module `../../../evil`"), "{error}");
    assert!(log.lines("").is_empty(), "nobody was asked");
}

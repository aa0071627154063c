//! The whole loop, from specifications to validated code, with a scripted exchange in place of a model.

mod common;

use common::{ADD, LOCK, Log, PUT, Shelf, answer, right};
use sysspec_toolchain::compile::{Options, Outcome};
use sysspec_toolchain::status::{self, State};

fn states(shelf: &Shelf) -> Vec<(String, State)> {
    status::status(&shelf.workspace())
        .unwrap()
        .into_iter()
        .map(|status| (status.module, status.state))
        .collect()
}

#[tokio::test]
async fn right_answers_are_accepted_leaf_to_root_and_kept() {
    let (shelf, log) = (Shelf::new(), Log::default());
    let report = shelf.converse(&right(), &Options::default(), &log).await;
    assert!(report.succeeded(), "{report}");
    assert_eq!(shelf.read("generated/shelf/shelf_add.c"), ADD);
    eprintln!("{}", shelf.read("sysspec.lock"));
    eprintln!("{}", shelf.read("build/exchange/shelf_put.phase1.attempt1.prompt.md"));
    eprintln!("{}", shelf.read("build/exchange/shelf_add.phase2.attempt1.prompt.md"));
    eprintln!("{report}\n{:?}", log.0.lock().unwrap());
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
    for attempt in 2..=7 {
        eprintln!(
            "{}\n=======",
            shelf
                .read(&format!("build/exchange/shelf_put.phase1.attempt{attempt}.prompt.md"))
                .split("# Why")
                .nth(1)
                .unwrap_or("NONE")
        );
    }
    assert!(report.succeeded(), "{report}");
    eprintln!("{report}\n{:#?}", log.0.lock().unwrap());
    let _ = (LOCK, Outcome::Accepted);
    let _ = states(&shelf);
}

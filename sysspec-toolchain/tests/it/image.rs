//! From validated code to an image and to test results.

use std::collections::BTreeSet;
use std::fs;
use std::time::Instant;

use crate::common::{Shelf, border};
use object::{Object, ObjectSymbol};
use sysspec_toolchain::Border;
use sysspec_toolchain::gates::module_test::Build;
use sysspec_toolchain::image::{self, BuildError, Flavour};
use sysspec_toolchain::module_tests::{self, TestOutcome};

#[tokio::test]
async fn an_image_exports_its_table_and_nothing_else() {
    let shelf = Shelf::generated().await;
    for flavour in [Flavour::Release, Flavour::Address, Flavour::Thread] {
        let out = shelf.root().join(format!("build/shelf-{}.so", flavour.name()));
        let image = image::build(&shelf.workspace(), &border(), flavour, &out).unwrap();
        let bytes = fs::read(image.path).unwrap();
        let file = object::File::parse(&*bytes).unwrap();
        let exported: BTreeSet<_> = file
            .dynamic_symbols()
            .filter(|symbol| symbol.is_definition() && symbol.is_global())
            .map(|symbol| symbol.name().unwrap().to_owned())
            // The address sanitizer adds one of its own for every exported object.
            .filter(|name| !name.starts_with("__odr_asan."))
            .collect();
        assert_eq!(exported, BTreeSet::from(["shelf_image".to_owned()]), "{}", flavour.name());
    }
}

#[tokio::test]
async fn building_again_costs_next_to_nothing() {
    let shelf = Shelf::generated().await;
    let out = shelf.root().join("build/shelf.so");
    image::build(&shelf.workspace(), &border(), Flavour::Release, &out).unwrap();
    let first = fs::read(&out).unwrap();
    let start = Instant::now();
    image::build(&shelf.workspace(), &border(), Flavour::Release, &out).unwrap();
    // Five compilations take several times as long.
    assert!(start.elapsed().as_millis() < 150, "{:?}", start.elapsed());
    assert_eq!(fs::read(&out).unwrap(), first);
}

#[tokio::test]
async fn an_image_needs_every_module_validated_and_says_which_are_not() {
    let shelf = Shelf::generated().await;
    shelf.edit("shelf/shelf_total.spec", "0 for an empty shelf", "and 0 for an empty shelf");
    fs::remove_file(shelf.root().join("generated/shelf/shelf_lock.c")).unwrap();
    let out = shelf.root().join("build/shelf.so");
    let error = image::build(&shelf.workspace(), &border(), Flavour::Release, &out).unwrap_err();
    let text = error.to_string();
    assert!(text.contains("shelf_total: stale: its specification changed"), "{text}");
    assert!(text.contains("shelf_lock: missing"), "{text}");
    assert!(text.ends_with("Run `sysspec generate` first."), "{text}");
}

#[tokio::test]
async fn a_table_entry_that_nobody_guarantees_is_named() {
    let shelf = Shelf::generated().await;
    let glue = "int shelf_burn(void);\n__attribute__((visibility(\"default\"))) int (*const shelf_image)(void) = shelf_burn;\n";
    let border = Border::new("shelf_image.h", "", glue);
    let out = shelf.root().join("build/shelf.so");
    let error = image::build(&shelf.workspace(), &border, Flavour::Release, &out).unwrap_err();
    assert!(matches!(&error, BuildError::NotGuaranteed(names) if names == &["shelf_burn"]), "{error}");
}

#[tokio::test]
async fn all_module_tests_run_in_every_build_that_applies() {
    let shelf = Shelf::generated().await;
    let report = module_tests::run(&shelf.workspace(), &border(), &[], 2, &|_| {}).unwrap();
    assert!(report.succeeded(), "{report}");
    let builds = |module: &str| -> Vec<_> {
        report
            .results
            .iter()
            .filter(|result| result.module == module)
            .map(|result| result.build.unwrap())
            .collect()
    };
    assert_eq!(builds("shelf_add"), [Build::Address, Build::Thread]);
    assert_eq!(builds("shelf_put"), [Build::Address]);
}

#[tokio::test]
async fn a_failing_module_test_is_reported_and_a_module_without_code_is_not_run() {
    let shelf = Shelf::generated().await;
    shelf.edit("tests/shelf/shelf_total.c", "== 12", "== 13");
    fs::remove_file(shelf.root().join("generated/shelf/shelf_lock.c")).unwrap();
    let select = ["shelf_total".to_owned(), "shelf_lock".to_owned(), "shelf_add".to_owned()];
    let report = module_tests::run(&shelf.workspace(), &border(), &select, 2, &|_| {}).unwrap();
    assert!(!report.succeeded());
    let outcome =
        |module: &str| report.results.iter().find(|result| result.module == module).unwrap().outcome.clone();
    assert!(
        matches!(outcome("shelf_total"), TestOutcome::Failed(text) if text.contains("== 13")),
        "{report}"
    );
    assert!(matches!(outcome("shelf_lock"), TestOutcome::NotRun(why) if why.contains("missing")), "{report}");
    assert!(
        matches!(outcome("shelf_add"), TestOutcome::NotRun(why) if why.contains("shelf_lock")),
        "{report}"
    );
}

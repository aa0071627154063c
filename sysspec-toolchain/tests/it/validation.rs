//! The SpecValidator on validated code, and on code that is not what it was.

use crate::common::{Shelf, border};
use sysspec_toolchain::gates::Gate;
use sysspec_toolchain::status::State;
use sysspec_toolchain::validation::{self, ClauseVerdict, ModuleValidation, Standing, Validation};

fn validate(shelf: &Shelf) -> Validation {
    validation::validate(&shelf.workspace(), &border(), 2, &|_| {}).unwrap()
}

fn module<'v>(validation: &'v Validation, name: &str) -> &'v ModuleValidation {
    validation.modules.iter().find(|module| module.module == name).unwrap()
}

#[tokio::test]
async fn validated_code_passes_every_gate_and_makes_an_image() {
    let validation = validate(&Shelf::generated().await);
    assert!(validation.succeeded(), "{validation:?}");
    let add = module(&validation, "shelf_add");
    assert_eq!(add.gates.len(), 6);
    let clause = add.clauses.iter().find(|clause| clause.text.contains("-EINVAL")).unwrap();
    assert_eq!((clause.line, &clause.verdict), (25, &ClauseVerdict::Followed), "{:?}", add.clauses);
    // "The sum of the weights of all boxes" is for tests to hold, not for the checker.
    let total = module(&validation, "shelf_total");
    assert!(
        total.clauses.iter().any(|clause| clause.verdict == ClauseVerdict::Tested),
        "{:?}",
        total.clauses
    );
}

#[tokio::test]
async fn a_broken_clause_is_named_and_the_gates_behind_are_not_asked() {
    let shelf = Shelf::generated().await;
    shelf.edit("generated/shelf/shelf_add.c", "return -EINVAL;", "return -ENOMEM;");
    let validation = validate(&shelf);
    assert!(!validation.succeeded());
    let add = module(&validation, "shelf_add");
    assert_eq!(add.state, State::Edited);
    assert!(matches!(&add.gates[4], (Gate::Contract, Standing::Refused { .. })), "{:?}", add.gates);
    assert!(matches!(&add.gates[5], (Gate::Tests, Standing::NotAsked(why)) if why.contains("contract")));
    let broken: Vec<_> =
        add.clauses.iter().filter(|clause| matches!(clause.verdict, ClauseVerdict::Broken(_))).collect();
    assert_eq!(broken.len(), 1, "{:?}", add.clauses);
    assert!(broken[0].text.contains("-EINVAL"));
    assert!(validation.image.as_ref().is_some_and(|why| why.contains("shelf_add: edited")));
    assert!(module(&validation, "shelf_put").succeeded());
}

#[tokio::test]
async fn a_failed_test_is_attributed_to_the_module_whose_code_its_report_names() {
    let shelf = Shelf::generated().await;
    shelf.edit("generated/shelf/shelf_put.c", "(shelf->count + 1) * sizeof(int)", "sizeof(int)");
    let validation = validate(&shelf);
    let put = module(&validation, "shelf_put");
    let Some((Gate::Tests, Standing::Refused { blamed, feedback })) = put.gates.last() else {
        panic!("{:?}", put.gates)
    };
    assert_eq!(
        blamed.first().map(|(module, line)| (module.as_str(), *line)),
        Some(("shelf_put", 11)),
        "{feedback}"
    );
    // The test of another module meets the same fault, and it is not that module's.
    let add = module(&validation, "shelf_total");
    let Some((Gate::Tests, Standing::Refused { blamed, .. })) = add.gates.last() else {
        panic!("{:?}", add.gates)
    };
    assert_eq!(blamed[0].0, "shelf_put");
}

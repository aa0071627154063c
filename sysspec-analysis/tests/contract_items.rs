//! What counts as an item of a contract, and as formal: LANGUAGE section 3.

use sysspec_analysis::{ContractItems, Host};

fn items(contract: &str) -> ContractItems {
    let mut host = Host::new();
    let text = format!("[GUARANTEE]\n```c\nint walk(int cur);\n```\n\n[SPECIFICATION]\n{contract}");
    host.set_file("walk.spec", Some(&text));
    host.snapshot().contract_items("walk.spec").expect("nobody changes the spec")
}

#[test]
fn an_item_that_is_one_expression_is_formal() {
    let found = items("**Pre-Condition**:\n- `cur > 0`\n- The caller has asked.\n- `cur` is positive.\n");
    assert_eq!(found, ContractItems { formal: 1, informal: 2 });
}

#[test]
fn a_case_counts_by_its_outcome() {
    let found = items(
        "**Post-Condition**:\n- **Case 1 (found)** `cur > 0`: `result == 0`; `old(cur) == cur`\n\
         - **Case 2 (absent)**: nothing is known.\n- **Case 3**:\n  - `result == 1`\n  - And so on.\n",
    );
    assert_eq!(found, ContractItems { formal: 2, informal: 2 });
}

#[test]
fn a_condition_without_a_list_is_one_item() {
    let found = items("**Pre-Condition**: None.\n\n**Invariant**:\n`cur == cur`\n");
    assert_eq!(found, ContractItems { formal: 1, informal: 1 });
}

#[test]
fn steps_of_an_algorithm_and_other_lists_are_no_items() {
    let found = items("- a list of its own\n\n**System Algorithm**:\n1. `cur > 0`\n2. Go on.\n");
    assert_eq!(found, ContractItems::default());
    let mut host = Host::new();
    host.set_file("a.header", Some("stdint\n\nint walk(int cur);\n"));
    assert_eq!(
        host.snapshot().contract_items("a.header").expect("nobody changes it"),
        ContractItems::default()
    );
}

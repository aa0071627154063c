//! What becomes of the obligations of small workspaces. Every step by which something could be taken for proved that
//! no clause says, or for refuted that a clause in words may exclude, has a case here.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::time::Duration;

use sysspec_analysis::Host;
use sysspec_analysis::obligation::Kind;
use sysspec_solver::{Outcome, discharge};

const LIMIT: Duration = Duration::from_secs(20);

/// `kind "clause": outcome` for the obligations of a file that are of these kinds.
fn outcomes(files: &[(&str, &str)], path: &str, kinds: &[Kind]) -> Vec<String> {
    let mut host = Host::new();
    files.iter().for_each(|(name, text)| host.set_file(name, Some(text)));
    let text = files.iter().find(|(name, _)| *name == path).unwrap().1;
    let owed = host.snapshot().obligations(path).unwrap();
    let owed = owed.iter().filter(|owed| kinds.contains(&owed.kind));
    owed.map(|owed| {
        let outcome = match discharge(&owed.question, LIMIT) {
            Outcome::Proved(_) => "proved",
            Outcome::Refuted { .. } => "refuted",
            Outcome::Textual => "textual",
            Outcome::Informal => "informal",
            Outcome::Unknown(_) => "unknown",
        };
        let clause = text[owed.place.range.clone()].split_whitespace().collect::<Vec<_>>().join(" ");
        format!("{:?} {clause}: {outcome}", owed.kind)
    })
    .collect()
}

/// A module `turn` with these contracts, and one that relies on it and restates its lock contract so.
fn restated(functional: &str, locks: &str, restated: &str) -> Vec<String> {
    restated_as("struct gear *turn(struct gear *cur, struct gear *dir)", functional, locks, restated)
}

fn restated_as(declaration: &str, functional: &str, locks: &str, restated: &str) -> Vec<String> {
    let provider = format!(
        "[GUARANTEE]\n```c\n{declaration};\n```\n[SPECIFICATION]\n{functional}\n\
         ## Refine Prompt\n[SPECIFICATION of turn]\n{locks}\n"
    );
    let consumer = format!(
        "[RELY]\n```c\n{declaration};\n```\n[GUARANTEE]\n```c\nvoid wind(void);\n```\n[SPECIFICATION]\n\
         **Post-Condition**:\n- It is wound.\n## Refine Prompt\n[SPECIFICATION of turn]\n{restated}\n"
    );
    let files = [("turn.spec", provider.as_str()), ("wind.spec", consumer.as_str())];
    outcomes(&files, "wind.spec", &[Kind::CalleePre, Kind::CalleePost, Kind::Returned, Kind::Handled])
}

const ANY: &str = "**Post-Condition**:\n- It is turned.";

#[test]
fn locks_that_nobody_mentions_stay_as_they_are() {
    let locks = "**Pre-Condition**:\n- `locked(cur)`\n**Post-Condition**:\n- `!locked(cur)`";
    assert_eq!(
        restated(
            ANY,
            locks,
            "**Pre-Condition**:\n- `locked(cur)`\n- `locked(dir)`\n- `cur != dir`\n**Post-Condition**:\n- `locked(dir)`"
        ),
        ["CalleePre `locked(cur)`: proved", "CalleePost `locked(dir)`: proved"]
    );
    // The two may be one and the same.
    assert_eq!(
        restated(
            ANY,
            locks,
            "**Pre-Condition**:\n- `locked(cur)`\n- `locked(dir)`\n**Post-Condition**:\n- `locked(dir)`"
        ),
        ["CalleePre `locked(cur)`: proved", "CalleePost `locked(dir)`: refuted"]
    );
}

#[test]
fn cases_that_overlap_do_not_contradict_each_other_over_locks() {
    // When both cases hold, the second does not say that the lock of cur is unchanged.
    let locks = "**Pre-Condition**:\n- `locked(cur)`\n**Post-Condition**:\n\
                 - **Case 1** `result != NULL`: `!locked(cur)`\n- **Case 2** `result == dir`: `result == dir`";
    assert_eq!(
        restated(
            ANY,
            locks,
            "**Pre-Condition**:\n- `locked(cur)`\n- `dir != NULL`\n**Post-Condition**:\n- **Case 1** `result == dir`: `locked(cur)`"
        ),
        [
            "CalleePre `locked(cur)`: proved",
            "CalleePost `locked(cur)`: refuted",
            "Returned **Case 1** `result == dir`:: proved"
        ]
    );
}

#[test]
fn absolute_forms_under_a_condition_are_absolute_under_it_only() {
    let locks = "**Pre-Condition**:\n- `locked(cur)`\n**Post-Condition**:\n\
                 - If it returns `dir`, only the lock of `dir` is held.\n- If the return value is NULL, cur is locked.";
    assert_eq!(
        restated(
            ANY,
            locks,
            "**Pre-Condition**:\n- `locked(cur)`\n- `dir != NULL`\n**Post-Condition**:\n- `result != dir`\n- `result == NULL ==> locked(cur)`\n- `result == dir ==> locked(dir)`"
        ),
        [
            "CalleePre `locked(cur)`: proved",
            "CalleePost `result != dir`: refuted",
            "CalleePost `result == NULL ==> locked(cur)`: proved",
            "CalleePost `result == dir ==> locked(dir)`: proved",
        ]
    );
}

#[test]
fn an_object_without_a_meaning_leaves_every_lock_open() {
    let locks = "**Pre-Condition**:\n- `locked(cur)`\n**Post-Condition**:\n- `!locked(cur.tooth)`";
    let claims =
        restated(ANY, locks, "**Pre-Condition**:\n- `locked(cur)`\n**Post-Condition**:\n- `locked(cur)`");
    assert_ne!(claims.last().unwrap(), "CalleePost `locked(cur)`: proved");
}

#[test]
fn a_guard_in_words_decides_nothing_but_by_the_same_words() {
    let locks = "**Pre-Condition**:\n- `locked(cur)`\n**Post-Condition**:\n- **Case 1 (it fits)**: `!locked(cur)`\n- **Case 2 (it jams)**: `locked(cur)`";
    let pre = "**Pre-Condition**:\n- `locked(cur)`\n**Post-Condition**:\n";
    let outcome = |post: &str| restated(ANY, locks, &format!("{pre}{post}")).pop().unwrap();
    assert_eq!(outcome("- **Case 1 (it fits)**: `!locked(cur)`"), "CalleePost `!locked(cur)`: textual");
    assert_eq!(outcome("- **Case 1 (it fits)**: `locked(cur)`"), "CalleePost `locked(cur)`: informal");
    assert_eq!(outcome("- **Case 1 (it squeaks)**: `!locked(cur)`"), "CalleePost `!locked(cur)`: informal");
}

#[test]
fn words_are_the_same_only_under_the_same_guard() {
    let locks = "**Post-Condition**:\n- **Case 1** `result == NULL`: the tooth of `cur` is bent.\n- **Case 2** `result != NULL`: all is well.";
    let outcome = |post: &str| restated(ANY, locks, &format!("**Post-Condition**:\n{post}")).remove(0);
    assert_eq!(
        outcome("- **Case 1** `result == NULL`: **the tooth** of `cur` is bent."),
        "CalleePost **the tooth** of `cur` is bent.: textual"
    );
    assert_eq!(
        outcome("- **Case 1** `result != NULL`: the tooth of `cur` is bent."),
        "CalleePost the tooth of `cur` is bent.: informal"
    );
    assert_eq!(
        outcome("- **Case 1** `result == NULL`: the tooth of `dir` is bent."),
        "CalleePost the tooth of `dir` is bent.: informal"
    );
}

#[test]
fn a_clause_in_words_that_may_be_about_it_leaves_a_claim_undecided() {
    let pre = "**Pre-Condition**:\n- `locked(cur)`\n**Post-Condition**:\n";
    let vague = format!("{pre}- The lock of `cur` goes to whoever asks.");
    assert_eq!(
        restated(ANY, &vague, &format!("{pre}- `locked(cur)`")).pop().unwrap(),
        "CalleePost `locked(cur)`: informal"
    );
    let clear = format!("{pre}- `!locked(cur)`");
    assert_eq!(
        restated(ANY, &clear, &format!("{pre}- `locked(cur)`")).pop().unwrap(),
        "CalleePost `locked(cur)`: refuted"
    );
    // Without any contract there is nothing to hold it against.
    assert_eq!(
        restated("None.", "None.", &format!("{pre}- `locked(cur)`")).pop().unwrap(),
        "CalleePost `locked(cur)`: informal"
    );
}

#[test]
fn what_is_required_must_be_restated() {
    let locks =
        "**Pre-Condition**:\n- `locked(cur)`\n- The chain is tight.\n**Post-Condition**:\n- `locked(cur)`";
    assert_eq!(
        restated(
            ANY,
            locks,
            "**Pre-Condition**:\n- The lock of cur is owned.\n**Post-Condition**:\n- `locked(cur)`"
        ),
        [
            "CalleePre The lock of cur is owned.: proved",
            "CalleePre The lock of cur is owned.: informal",
            "CalleePost `locked(cur)`: proved"
        ]
    );
    assert_eq!(
        restated(
            ANY,
            locks,
            "**Pre-Condition**:\n- `locked(dir)`\n- the chain is **tight**\n**Post-Condition**:\n- `locked(dir)`"
        )[..2],
        ["CalleePre `locked(dir)`: refuted", "CalleePre `locked(dir)`: textual"]
    );
    // A lock is the lock of something.
    let something = "**Pre-Condition**:\n- `cur != NULL`";
    assert_eq!(
        restated(ANY, something, "**Pre-Condition**:\n- `locked(cur)`"),
        ["CalleePre `locked(cur)`: proved"]
    );
}

#[test]
fn values_that_cases_handle_are_those_that_are_returned() {
    let declaration = "int turn(int steps)";
    let functional = "**Post-Condition**:\n- **Case 1** `steps > 8`: `result == 1`\n- **Case 2** `steps <= 8`: `result == 0`";
    let locks = "**Post-Condition**:\n- No lock is owned.";
    let case =
        |number: u32, value: i32| format!("- **Case {number}** `result == {value}`: no lock is owned.\n");
    let restate = |values: &[i32]| {
        let cases: String = (1..).zip(values).map(|(number, value)| case(number, *value)).collect();
        let all = restated_as(declaration, functional, locks, &format!("**Post-Condition**:\n{cases}"));
        all.into_iter()
            .filter(|line| !line.starts_with("CalleePost"))
            .map(|line| line.rsplit_once(": ").unwrap().1.to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(restate(&[0, 1]), ["proved", "proved", "proved"]);
    assert_eq!(restate(&[0, 2]), ["proved", "refuted", "refuted"]);
    assert_eq!(restate(&[0, 1, 2]), ["proved", "proved", "refuted", "proved"]);
    // One case is one that matters, and does not say that there are no others.
    assert_eq!(restate(&[0]), ["proved"]);
}

/// The outcome labels of a lock contract mean what the functional cases return.
#[test]
fn success_is_what_the_functional_contract_says() {
    let declaration = "int turn(struct gear *cur)";
    let functional =
        "**Post-Condition**:\n**Case 1 (Success)**:\n- returns `0`\n**Case 2 (Failure)**:\n- returns `1`";
    let locks = "**Pre-Condition**:\n- cur is locked\n**Post-Condition**:\n- If the operation succeeds, the lock on `cur` is released.\n- If it fails, cur remains locked.";
    assert_eq!(
        restated_as(
            declaration,
            functional,
            locks,
            "**Pre-Condition**:\n- cur is locked\n**Post-Condition**:\n- if it returns 0, cur is unlocked; if it returns 1, cur is locked"
        ),
        [
            "CalleePre cur is locked: proved",
            "CalleePost if it returns 0, cur is unlocked: proved",
            "CalleePost if it returns 1, cur is locked: proved"
        ]
    );
}

fn own(declaration: &str, contract: &str) -> Vec<String> {
    let text = format!("[GUARANTEE]\n```c\n{declaration};\n```\n[SPECIFICATION]\n{contract}\n");
    outcomes(&[("turn.spec", &text)], "turn.spec", &[Kind::Satisfiable, Kind::Possible, Kind::Agreement])
        .into_iter()
        .map(|line| format!("{} {}", line.split(' ').next().unwrap(), line.rsplit_once(": ").unwrap().1))
        .collect()
}

#[test]
fn a_guard_speaks_of_the_call_and_its_outcome_of_the_return() {
    assert_eq!(
        own(
            "int turn(struct gear *cur)",
            "**Post-Condition**:\n- **Case 1 (absent)** `!meshes(cur)`: `result == 0`; `meshes(cur)`\n- **Case 2 (present)** `meshes(cur)`: `result == 1`"
        ),
        ["Possible proved", "Possible proved", "Agreement proved"]
    );
    // What a case finds on return is another matter.
    assert_eq!(
        own(
            "int turn(struct gear *cur)",
            "**Post-Condition**:\n- **Case 1** `result == 0 && !meshes(cur)`: `meshes(cur)`"
        ),
        ["Possible refuted"]
    );
}

#[test]
fn values_of_cases_that_can_hold_at_once_are_equal_in_every_state() {
    let overlapping =
        "**Post-Condition**:\n- **Case 1** `a > 0`: `result == a`\n- **Case 2** `b > 0`: `result == b`";
    assert_eq!(own("int turn(int a, int b)", overlapping).last().unwrap(), "Agreement refuted");
    let agreeing = "**Pre-Condition**:\n- `a == b`\n**Post-Condition**:\n- **Case 1** `a > 0`: `result == a`\n- **Case 2** `b > 0`: `result == b`";
    assert_eq!(own("int turn(int a, int b)", agreeing).last().unwrap(), "Agreement proved");
}

#[test]
fn a_case_that_holds_nobody_knows_when_is_not_proved_to_be_possible() {
    assert_eq!(
        own("int turn(int a)", "**Post-Condition**:\n- **Case 1 (it is full)**: `result == 1`"),
        ["Possible informal"]
    );
    assert_eq!(
        own(
            "int turn(int a)",
            "**Post-Condition**:\n- **Case 1 (it is full)**: `result == 1`; `result == 2`"
        ),
        ["Possible refuted"]
    );
}

/// What is listed below "if any of these" are conditions; what is listed below a condition holds under it.
#[test]
fn lists_are_governed_by_what_introduces_them() {
    let following = "**Post-Condition**:\n- Returns `1` if any of the following is true:\n  - `a == 0`\n  - `b == 0`\n- `a == 1 && b == 1`";
    assert_eq!(own("int turn(int a, int b)", following), ["Possible proved"]);
    let under = "**Post-Condition**:\n- If `a` is 0:\n  - `result == 1`\n- `result == 0 || a == 0`";
    assert_eq!(own("int turn(int a, int b)", under), ["Possible proved"]);
    let vague = "**Post-Condition**:\n- When the moon is full:\n  - `result == 1`\n- `result == 0`";
    assert_eq!(own("int turn(int a, int b)", vague), ["Possible proved"]);
}

#[test]
fn an_invariant_does_not_contradict_a_condition() {
    let contract = |invariant: &str| {
        format!(
            "**Pre-Condition**:\n- `a > 8`\n**Post-Condition**:\n- `result == 0`\n**Invariant**:\n- **Limit**: `{invariant}`"
        )
    };
    assert_eq!(own("int turn(int a)", &contract("a <= 9"))[0], "Satisfiable proved");
    assert_eq!(own("int turn(int a)", &contract("a <= 8"))[0], "Satisfiable refuted");
}

/// The root of a patch may be written otherwise, with other names, as long as it says the same.
#[test]
fn the_root_of_a_patch_says_what_the_module_says_whose_place_it_takes() {
    let module = |parameter: &str, post: &str| {
        format!(
            "[GUARANTEE]\n```c\nint turn(int {parameter});\n```\n[SPECIFICATION]\n**Pre-Condition**:\n- `{parameter} > 0`\n**Post-Condition**:\n{post}\n"
        )
    };
    let base = module(
        "steps",
        "- **Case 1** `steps > 8`: `result == 1`\n- **Case 2** `steps <= 8`: `result == 0`\n- The wheel of `steps` squeaks.",
    );
    let patch = "[PATCH]\nname: faster\n\n[NODES]\n- turn (root): replaces turn\n";
    let root = |post: &str| {
        let text = module("count", post);
        let files = [
            ("turn.spec", base.as_str()),
            ("patches/faster/faster.patch", patch),
            ("patches/faster/turn.spec", &text),
        ];
        let all = outcomes(&files, "patches/faster/turn.spec", &[Kind::RootPre, Kind::RootPost]);
        all.into_iter().map(|line| line.rsplit_once(": ").unwrap().1.to_owned()).collect::<Vec<_>>()
    };
    let words = "- The wheel of `count` squeaks.";
    assert_eq!(
        root(&format!("- `result == (count > 8 ? 1 : 0)`\n{words}")),
        ["proved", "proved", "textual", "proved", "proved", "proved", "textual"]
    );
    assert_eq!(
        root(&format!("- `result == 0 || result == 1`\n{words}")),
        ["proved", "proved", "textual", "proved", "refuted", "refuted", "textual"]
    );
}

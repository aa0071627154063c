//! One verdict answers all questions that are equal but for their names, each in its own.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::sync::Arc;
use std::time::Duration;

use sysspec_analysis::Host;
use sysspec_analysis::obligation::{Outcome, QuestionId};
use sysspec_solver::{answer, discharge};

const LIMIT: Duration = Duration::from_secs(20);

/// A module that promises more of `function` than it says, as another sees it.
fn workspace(host: &mut Host, function: &str, parameter: &str) {
    let declared = format!("```c\nint {function}(int {parameter});\n```");
    let promising = format!(
        "[GUARANTEE]\n{declared}\n\n[SPECIFICATION]\n**Pre-Condition**:\n- `{parameter} > 0`\n\n\
         **Post-Condition**:\n- `result <= {parameter}`\n"
    );
    let relying = format!(
        "[RELY]\n// `result == {parameter}`\n{declared}\n\n[GUARANTEE]\n```c\nint use_{function}(int {parameter});\n\
         ```\n\n[SPECIFICATION]\n**Pre-Condition**:\n- `{parameter} > 0`\n\n**Post-Condition**:\n\
         - `result == {function}({parameter})`\n"
    );
    host.set_file(&format!("{function}.spec"), Some(&promising));
    host.set_file(&format!("use_{function}.spec"), Some(&relying));
}

#[test]
fn a_verdict_is_told_in_the_names_of_whoever_asked() {
    let mut host = Host::new();
    workspace(&mut host, "take", "tokens");
    workspace(&mut host, "fetch", "amount");
    let analysis = host.snapshot();
    let questions = |path: &str| -> Vec<QuestionId> {
        analysis.obligations(path).unwrap().iter().map(|owed| QuestionId::of(&owed.question)).collect()
    };
    assert_eq!(questions("use_take.spec"), questions("use_fetch.spec"));
    // Only the one is decided; the other is answered by that.
    answer(&analysis, &[Arc::from("use_take.spec")], LIMIT).unwrap();
    for (path, own, other) in [("use_take.spec", "tokens", "amount"), ("use_fetch.spec", "amount", "tokens")]
    {
        assert_eq!(analysis.settle(path).unwrap().open.len(), 0, "{path}");
        let found = analysis.diagnostics(path).unwrap();
        let told = found.iter().find(|found| found.code.as_str() == "ENT003").unwrap();
        let help = told.help.as_deref().unwrap();
        assert!(help.contains(&format!("{own} == ")) && !help.contains(other), "{path}: {help}");
    }
}

/// Whatever is asked first, the same holds and the same is shown. Which of many counterexamples, Z3 chooses.
#[test]
fn a_verdict_does_not_depend_on_the_names_it_was_reached_with() {
    let outcomes = [("take", "count"), ("fetch", "amount"), ("zero", "a")].map(|(function, parameter)| {
        let mut host = Host::new();
        workspace(&mut host, function, parameter);
        let owed = host.snapshot().obligations(&format!("use_{function}.spec")).unwrap();
        let without_values = |outcome| match outcome {
            Outcome::Refuted { counterexample, conflict } => {
                let shown: Vec<usize> = counterexample.0.into_iter().map(|(at, _)| at).collect();
                format!("refuted, {shown:?}, {conflict:?}")
            }
            other => format!("{other:?}"),
        };
        owed.iter().map(|owed| without_values(discharge(&owed.question, LIMIT))).collect::<Vec<_>>()
    });
    assert!(outcomes[0].iter().any(|outcome| outcome.starts_with("refuted")), "{outcomes:?}");
    assert_eq!(outcomes[0], outcomes[1]);
    assert_eq!(outcomes[0], outcomes[2]);
}

//! Tests: which run when, with whose code, and what follows from their results.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures_util::future::join_all;

use super::{CompileError, Run, Stage, Step, TestRun, blocking};
use crate::compile::Outcome;
use crate::compile::groups::{self, Tier};
use crate::gates::{Gate, Rejection};
use crate::provider::BoxFuture;

impl Run<'_> {
    /// Starts the tests of all candidates that can be tested now.
    pub(super) fn dispatch_tests(&mut self) {
        let groups: Vec<Vec<String>> = self
            .situation()
            .ready()
            .into_iter()
            .map(|group| group.into_iter().map(str::to_owned).collect())
            .collect();
        for group in groups {
            let tests: Vec<_> = group.iter().filter_map(|name| self.test_of(name, &group)).collect();
            for name in &group {
                let slot = self.slot(name);
                if let Stage::Waiting(candidate) = std::mem::replace(&mut slot.stage, Stage::Judged) {
                    slot.stage = Stage::Tested(candidate);
                }
            }
            self.steps.push(Box::pin(async move {
                let results: Result<Vec<_>, CompileError> = join_all(tests).await.into_iter().collect();
                Ok(Step::Tested(results?))
            }));
        }
    }

    /// The test of a candidate, linked with accepted code and the candidates of its group.
    fn test_of(
        &self,
        name: &str,
        group: &[String],
    ) -> Option<BoxFuture<'static, Result<TestRun, CompileError>>> {
        let slot = &self.slots[name];
        let Stage::Waiting(candidate) = &slot.stage else { return None };
        let parts = self.parts(self.tier(name, slot.phase), group);
        let (judge, name, working, candidate) =
            (self.judge.clone(), name.to_owned(), self.working.clone(), candidate.clone());
        Some(Box::pin(async move {
            let passed = blocking(&working, {
                let name = name.clone();
                move || judge.test(judge.module(&name), &candidate, &parts)
            })
            .await?;
            Ok((name, passed))
        }))
    }

    fn parts(&self, tier: Tier, group: &[String]) -> BTreeMap<String, Arc<str>> {
        let mut parts = BTreeMap::new();
        if tier == Tier::Sequential {
            let sequential =
                self.slots.iter().filter_map(|(name, slot)| Some((name, slot.sequential.as_ref()?)));
            parts.extend(sequential.map(|(name, part)| (name.clone(), part.code.clone())));
        }
        parts.extend(self.accepted.iter().map(|(name, part)| (name.clone(), part.code.clone())));
        for name in group {
            if let Stage::Waiting(candidate) = &self.slots[name].stage {
                parts.entry(name.clone()).or_insert_with(|| candidate.code.clone());
            }
        }
        parts
    }

    pub(super) fn tested(&mut self, results: Vec<TestRun>) -> Result<(), CompileError> {
        let group: Vec<String> = results.iter().map(|(name, _)| name.clone()).collect();
        let all_passed = results.iter().all(|(_, result)| matches!(result, Ok(Ok(()))));
        let failures: Vec<_> = results.iter().filter_map(failure).collect();
        let faulty = groups::at_fault(&failures, &group);
        for (name, result) in results {
            let slot = self.slot(&name);
            let Stage::Tested(candidate) = std::mem::replace(&mut slot.stage, Stage::Judged) else {
                continue;
            };
            let module = self.named(&name);
            match result {
                Ok(Ok(())) if all_passed => self.passed(module, candidate)?,
                Ok(Err(failure)) if faulty.contains(name.as_str()) => {
                    let feedback = with_company(failure.feedback, &name, &group);
                    self.rejected(module, &candidate.code, Rejection { gate: Gate::Tests, feedback })?;
                }
                // Its test was linked with code of others that has to be mended first.
                Ok(_) => self.slot(&name).stage = Stage::Waiting(candidate),
                Err(error) => self.slot(&name).stage = Stage::Over(Outcome::Broken(error.to_string())),
            }
        }
        self.dispatch_tests();
        Ok(())
    }
}

fn failure((name, result): &TestRun) -> Option<(String, BTreeSet<String>)> {
    match result {
        Ok(Err(failure)) => Some((name.clone(), failure.words.clone())),
        _ => None,
    }
}

/// Says which code of others, not accepted either, took part in a failed test.
fn with_company(feedback: String, name: &str, group: &[String]) -> String {
    let others: Vec<_> =
        group.iter().filter(|other| *other != name).map(|other| format!("`{other}`")).collect();
    if others.is_empty() {
        return feedback;
    }
    let others = others.join(", ");
    format!(
        "{feedback}\n\nThe test was linked with code of {others} that is not accepted yet either; the fault may be theirs."
    )
}

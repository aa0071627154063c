//! Which candidates can be tested now: those whose tests need accepted code only, and groups whose tests need each other's.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::algo::tarjan_scc;
use petgraph::graphmap::DiGraphMap;

/// Which code a test is linked with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tier {
    /// The test of a first phase: the code of either phase serves.
    Sequential,
    /// The test of final code: only final code serves.
    Final,
}

/// A candidate that waits for its test.
#[derive(Debug, Clone)]
pub struct Waiting<'a> {
    pub tier: Tier,
    pub code_needs: &'a BTreeSet<String>,
    pub test_needs: &'a BTreeSet<String>,
}

impl Waiting<'_> {
    /// Whether a test of `tier` may be linked with this candidate.
    fn serves(&self, tier: Tier) -> bool {
        tier == Tier::Sequential || self.tier == Tier::Final
    }
}

/// What the modules' code refers to, and what of it is there.
pub struct Situation<'a> {
    /// Candidates that wait.
    pub waiting: BTreeMap<&'a str, Waiting<'a>>,
    /// The modules that accepted final code refers to.
    pub accepted: BTreeMap<&'a str, &'a BTreeSet<String>>,
    /// The same for accepted code of first phases.
    pub accepted_sequential: BTreeMap<&'a str, &'a BTreeSet<String>>,
    /// Modules that the sequential world replaces.
    pub replaced: &'a BTreeSet<String>,
}

/// What the test of a candidate needs that is not accepted yet.
#[derive(Debug, Default, PartialEq, Eq)]
struct Lack<'a> {
    /// Other candidates.
    candidates: BTreeSet<&'a str>,
    /// Modules without any usable code.
    missing: BTreeSet<&'a str>,
}

impl<'a> Situation<'a> {
    /// Groups of candidates that can be tested now, each by itself.
    pub fn ready(&self) -> Vec<Vec<&'a str>> {
        let lacks: BTreeMap<&str, Lack<'_>> =
            self.waiting.keys().map(|name| (*name, self.lack(name))).collect();
        let mut able: BTreeSet<&str> =
            lacks.iter().filter(|(_, lack)| lack.missing.is_empty()).map(|(name, _)| *name).collect();
        while let Some(unable) = able.iter().copied().find(|name| !lacks[name].candidates.is_subset(&able)) {
            able.remove(unable);
        }
        let mut graph: DiGraphMap<&str, ()> = DiGraphMap::new();
        for name in &able {
            graph.add_node(name);
            for other in &lacks[name].candidates {
                graph.add_edge(name, other, ());
            }
        }
        let components = tarjan_scc(&graph).into_iter();
        let closed = components.filter(|group| {
            group.iter().all(|name| lacks[name].candidates.iter().all(|other| group.contains(other)))
        });
        closed
            .map(|mut group| {
                group.sort_unstable();
                group
            })
            .collect()
    }

    /// The modules without usable code that keep a candidate from being tested, directly or through other candidates.
    pub fn missing(&self, name: &str) -> BTreeSet<&'a str> {
        let (mut missing, mut seen) = (BTreeSet::new(), BTreeSet::new());
        let mut next: Vec<&str> =
            self.waiting.get_key_value(name).map(|(name, _)| *name).into_iter().collect();
        while let Some(name) = next.pop() {
            if seen.insert(name) {
                let lack = self.lack(name);
                missing.extend(lack.missing);
                next.extend(lack.candidates);
            }
        }
        missing
    }

    fn lack(&self, name: &str) -> Lack<'a> {
        let own = &self.waiting[name];
        let mut lack = Lack::default();
        let mut seen = BTreeSet::new();
        let mut next: Vec<&'a String> = own.code_needs.iter().chain(own.test_needs).collect();
        while let Some(needed) = next.pop() {
            let replaced = own.tier == Tier::Sequential && self.replaced.contains(needed);
            if needed == name || replaced || !seen.insert(needed.as_str()) {
                continue;
            }
            if let Some(needs) = self.code(needed, own.tier) {
                next.extend(needs);
            } else if let Some(candidate) =
                self.waiting.get(needed.as_str()).filter(|other| other.serves(own.tier))
            {
                lack.candidates.insert(needed);
                next.extend(candidate.code_needs);
            } else {
                lack.missing.insert(needed);
            }
        }
        lack
    }

    fn code(&self, name: &str, tier: Tier) -> Option<&'a BTreeSet<String>> {
        let accepted = self.accepted.get(name).copied();
        match tier {
            Tier::Final => accepted,
            Tier::Sequential => accepted.or_else(|| self.accepted_sequential.get(name).copied()),
        }
    }
}

/// Of modules whose tests failed together, those that are to mend their code: a test that names only other modules of its group, one of which
/// failed too, is taken to have failed through that one. `failures` are the modules with the words of their reports.
pub fn at_fault<'f>(failures: &'f [(String, BTreeSet<String>)], group: &[String]) -> BTreeSet<&'f str> {
    let failed: BTreeSet<&str> = failures.iter().map(|(name, _)| name.as_str()).collect();
    let through_another = |(name, words): &(String, BTreeSet<String>)| {
        let mut named = group.iter().filter(|member| words.contains(*member));
        !words.contains(name) && named.any(|other| failed.contains(other.as_str()))
    };
    let own: BTreeSet<&str> =
        failures.iter().filter(|failure| !through_another(failure)).map(|(name, _)| name.as_str()).collect();
    if own.is_empty() { failed } else { own }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    /// Candidates as (name, tier, code needs, test needs), accepted as (name, code needs).
    fn ready(
        candidates: &[(&str, Tier, &[&str], &[&str])],
        accepted: &[(&str, &[&str])],
    ) -> Vec<Vec<String>> {
        let needs: Vec<_> = candidates.iter().map(|(_, _, code, test)| (set(code), set(test))).collect();
        let others: Vec<_> = accepted.iter().map(|(_, needs)| set(needs)).collect();
        let replaced = set(&["lock"]);
        let waiting = candidates
            .iter()
            .zip(&needs)
            .map(|((name, tier, ..), (code_needs, test_needs))| {
                (*name, Waiting { tier: *tier, code_needs, test_needs })
            })
            .collect();
        let accepted = accepted.iter().zip(&others).map(|((name, _), needs)| (*name, needs)).collect();
        let situation =
            Situation { waiting, accepted, accepted_sequential: BTreeMap::new(), replaced: &replaced };
        situation.ready().into_iter().map(|group| group.into_iter().map(str::to_owned).collect()).collect()
    }

    #[test]
    fn a_candidate_is_tested_once_all_it_needs_is_accepted() {
        let walk: (&str, Tier, &[&str], &[&str]) = ("walk", Tier::Final, &["step"], &["create"]);
        assert!(ready(&[walk], &[("step", &[])]).is_empty());
        assert_eq!(ready(&[walk], &[("step", &[]), ("create", &[])]), [["walk"]]);
    }

    #[test]
    fn what_accepted_code_needs_is_needed_too() {
        let walk: (&str, Tier, &[&str], &[&str]) = ("walk", Tier::Final, &["step"], &[]);
        assert!(ready(&[walk], &[("step", &["find"])]).is_empty());
    }

    #[test]
    fn modules_whose_tests_need_each_other_are_tested_together() {
        let find: (&str, Tier, &[&str], &[&str]) = ("find", Tier::Final, &[], &["add"]);
        let add: (&str, Tier, &[&str], &[&str]) = ("add", Tier::Final, &["find"], &[]);
        let list: (&str, Tier, &[&str], &[&str]) = ("list", Tier::Final, &[], &["add"]);
        assert_eq!(ready(&[find, add, list], &[]), [["add", "find"]]);
        assert!(ready(&[find, list], &[]).is_empty());
    }

    #[test]
    fn a_leaf_is_tested_before_the_candidate_that_needs_it() {
        let leaf: (&str, Tier, &[&str], &[&str]) = ("leaf", Tier::Final, &[], &[]);
        let root: (&str, Tier, &[&str], &[&str]) = ("root", Tier::Final, &["leaf"], &[]);
        assert_eq!(ready(&[leaf, root], &[]), [["leaf"]]);
    }

    #[test]
    fn sequential_code_serves_first_phases_only() {
        let step: (&str, Tier, &[&str], &[&str]) = ("step", Tier::Sequential, &[], &[]);
        let walk: (&str, Tier, &[&str], &[&str]) = ("walk", Tier::Final, &["step"], &[]);
        assert_eq!(ready(&[step, walk], &[]), [["step"]]);
        let walk: (&str, Tier, &[&str], &[&str]) = ("walk", Tier::Sequential, &["step", "lock"], &["walk"]);
        let step: (&str, Tier, &[&str], &[&str]) = ("step", Tier::Final, &[], &["walk"]);
        // The test of step is final and cannot use the sequential walk; walk waits for step.
        assert!(ready(&[step, walk], &[]).is_empty());
    }

    fn faulty(failures: &[(&str, &[&str])]) -> Vec<String> {
        let failures: Vec<_> =
            failures.iter().map(|(name, words)| ((*name).to_owned(), set(words))).collect();
        let group = ["add", "find"].map(str::to_owned);
        at_fault(&failures, &group).into_iter().map(str::to_owned).collect()
    }

    #[test]
    fn a_test_that_names_another_failed_module_only_is_not_held_against_its_own() {
        assert_eq!(faulty(&[("add", &["expected", "add"]), ("find", &["expected", "add"])]), ["add"]);
        assert_eq!(faulty(&[("find", &["expected", "add"])]), ["find"], "add passed its own test");
        assert_eq!(
            faulty(&[("add", &["find"]), ("find", &["add"])]),
            ["add", "find"],
            "somebody has to begin"
        );
        assert_eq!(faulty(&[("add", &[]), ("find", &["find", "add"])]), ["add", "find"]);
    }
}

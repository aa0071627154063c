//! What code is made from, as hashes: equal hashes mean that making it again could only give what is there.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sysspec_analysis::{ModuleModel, Phase, Provider, SymbolKind, WorkspaceModel};

use super::has_second_phase;
use crate::definitions::{self, without_comments};
use crate::{files, gates, promise};

/// How many digits of a hash are kept for one part.
const PART_DIGITS: usize = 16;

/// The hashes of all that the code of a module was made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parts {
    /// The hash of all that prompts are made from; the gates are no part of it.
    pub fingerprint: String,
    /// The version of the gates that judged.
    pub gate_version: u32,
    /// The functional specification.
    pub specification: String,
    /// The refine phase's text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locks: Option<String>,
    /// The contract of each relied function.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub relies: BTreeMap<String, String>,
    /// The lock contract of each relied function that has one.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub relied_locks: BTreeMap<String, String>,
    /// The header declarations that its prompt shows.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub definitions: BTreeMap<String, String>,
}

/// What the code of `module` is made from when `phase` is its last.
pub fn parts(model: &WorkspaceModel, module: &ModuleModel, phase: Phase) -> Parts {
    let refined = phase == Phase::Refine || !has_second_phase(module);
    let locks = module.refine.as_ref().filter(|_| refined).map(|refine| part([refine.text.as_str()]));
    let mut parts = Parts {
        fingerprint: String::new(),
        gate_version: gates::VERSION,
        specification: part([module.functional.as_str()]),
        locks,
        relies: relies(model, module, phase),
        relied_locks: if phase == Phase::Refine { relied_locks(model, module) } else { BTreeMap::new() },
        definitions: definitions::needed(model, module, phase)
            .into_iter()
            .map(|definition| (definition.label, part([without_comments(&definition.text).as_str()])))
            .collect(),
    };
    parts.fingerprint = fingerprint(&parts, phase);
    parts
}

/// The hash of texts in which the amount of white space does not count.
fn part<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let normalised: Vec<String> =
        texts.into_iter().map(|text| text.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    let mut hash = files::digest(normalised.iter().map(String::as_str));
    hash.truncate(PART_DIGITS);
    hash
}

fn relies(model: &WorkspaceModel, module: &ModuleModel, phase: Phase) -> BTreeMap<String, String> {
    let functions =
        module.relies.iter().filter(|relied| relied.kind == SymbolKind::Function && relied.phase <= phase);
    functions
        .map(|relied| {
            let contract = provider_of(model, &relied.provider)
                .map_or_else(String::new, |provider| promise::of(&provider.specification));
            (relied.name.clone(), part([relied.declaration.as_str(), &contract]))
        })
        .collect()
}

fn relied_locks(model: &WorkspaceModel, module: &ModuleModel) -> BTreeMap<String, String> {
    let functions = module.relies.iter().filter(|relied| relied.kind == SymbolKind::Function);
    functions
        .filter_map(|relied| {
            let contract = provider_of(model, &relied.provider)?.lock_contract.as_deref()?;
            Some((relied.name.clone(), part([promise::of(contract).as_str()])))
        })
        .collect()
}

fn provider_of<'a>(model: &'a WorkspaceModel, provider: &Provider) -> Option<&'a ModuleModel> {
    match provider {
        Provider::Module(name) => model.module(name),
        _ => None,
    }
}

fn fingerprint(parts: &Parts, phase: Phase) -> String {
    let phase = if phase == Phase::Refine { "refine" } else { "functional" };
    let fixed = [phase, &parts.specification, parts.locks.as_deref().unwrap_or("")];
    let maps = [&parts.relies, &parts.relied_locks, &parts.definitions];
    let pairs = maps
        .into_iter()
        .flat_map(|map| ["map"].into_iter().chain(map.iter().flat_map(|(k, v)| [k.as_str(), v.as_str()])));
    files::digest(fixed.into_iter().chain(pairs))
}

impl Parts {
    /// Why code that was made from `self` has to be made again for `now`, in the reader's words.
    pub fn differences(&self, now: &Self) -> Vec<String> {
        let mut reasons = Vec::new();
        if self.specification != now.specification {
            reasons.push("its specification changed".to_owned());
        }
        if self.locks != now.locks {
            reasons.push("its concurrency specification changed".to_owned());
        }
        compare(&self.relies, &now.relies, &mut reasons, |name, change| match change {
            Change::Added => format!("it now relies on `{name}`"),
            Change::Removed => format!("it no longer relies on `{name}`"),
            Change::Changed => format!("the contract of `{name}`, which it relies on, changed"),
        });
        compare(&self.relied_locks, &now.relied_locks, &mut reasons, |name, change| match change {
            Change::Added => format!("`{name}`, which it relies on, has a lock contract now"),
            Change::Removed => format!("`{name}`, which it relied on, has no lock contract for it any more"),
            Change::Changed => format!("the lock contract of `{name}`, which it relies on, changed"),
        });
        compare(&self.definitions, &now.definitions, &mut reasons, |name, change| match change {
            Change::Added => format!("it now uses the definition of `{name}`"),
            Change::Removed => format!("it no longer uses the definition of `{name}`"),
            Change::Changed => format!("the definition of `{name}`, which it uses, changed"),
        });
        if self.gate_version != now.gate_version {
            reasons.push(format!(
                "it passed version {} of the gates, and the current version is {}",
                self.gate_version, now.gate_version
            ));
        }
        if reasons.is_empty() && self.fingerprint != now.fingerprint {
            reasons.push("its phases changed".to_owned());
        }
        reasons
    }
}

enum Change {
    Added,
    Removed,
    Changed,
}

fn compare(
    before: &BTreeMap<String, String>,
    now: &BTreeMap<String, String>,
    reasons: &mut Vec<String>,
    say: impl Fn(&str, Change) -> String,
) {
    for (name, hash) in now {
        match before.get(name) {
            None => reasons.push(say(name, Change::Added)),
            Some(old) if old != hash => reasons.push(say(name, Change::Changed)),
            Some(_) => {}
        }
    }
    for name in before.keys().filter(|name| !now.contains_key(*name)) {
        reasons.push(say(name, Change::Removed));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made_from(specification: &str) -> Parts {
        Parts {
            fingerprint: specification.to_owned(),
            gate_version: gates::VERSION,
            specification: specification.to_owned(),
            locks: None,
            relies: BTreeMap::from([("step".to_owned(), "1".to_owned())]),
            relied_locks: BTreeMap::new(),
            definitions: BTreeMap::new(),
        }
    }

    #[test]
    fn every_difference_has_its_reason() {
        let before = made_from("a");
        assert!(before.differences(&before.clone()).is_empty());
        let mut now = made_from("b");
        now.gate_version += 1;
        now.relies = BTreeMap::from([("walk".to_owned(), "1".to_owned())]);
        now.definitions = BTreeMap::from([("struct dir".to_owned(), "1".to_owned())]);
        assert_eq!(
            before.differences(&now),
            [
                "its specification changed".to_owned(),
                "it now relies on `walk`".to_owned(),
                "it no longer relies on `step`".to_owned(),
                "it now uses the definition of `struct dir`".to_owned(),
                format!(
                    "it passed version {} of the gates, and the current version is {}",
                    gates::VERSION,
                    gates::VERSION + 1
                ),
            ]
        );
    }

    #[test]
    fn the_amount_of_white_space_does_not_count() {
        assert_eq!(part(["a  b\n\nc"]), part(["a b c"]));
        assert_ne!(part(["ab"]), part(["a b"]));
    }
}

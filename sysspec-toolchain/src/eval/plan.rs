//! What is studied.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sysspec_analysis::WorkspaceModel;

use crate::status::last_phase;
use crate::store;

/// The version of the plan's file.
const VERSION: u32 = 1;

/// How much a prompt tells, and who judges the answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Setting {
    /// Few-shot learning: a description, the declarations of what may be called, examples.
    Normal,
    /// Few-shot learning with the code of the modules relied on.
    Oracle,
    /// The functional specification alone.
    Functionality,
    /// With what the module relies on and guarantees.
    Modularity,
    /// With the concurrency specification, in a second phase.
    Concurrency,
    /// With gates whose feedback is answered, up to the limit of attempts.
    Validator,
}

impl Setting {
    /// Every setting, from the baselines to the whole.
    pub const ALL: [Self; 6] = [
        Self::Normal,
        Self::Oracle,
        Self::Functionality,
        Self::Modularity,
        Self::Concurrency,
        Self::Validator,
    ];

    /// The name in plans and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Oracle => "oracle",
            Self::Functionality => "functionality",
            Self::Modularity => "modularity",
            Self::Concurrency => "concurrency",
            Self::Validator => "validator",
        }
    }

    /// What tables call it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Normal => "normal (few-shot)",
            Self::Oracle => "oracle (few-shot)",
            Self::Functionality => "functionality",
            Self::Modularity => "+ modularity",
            Self::Concurrency => "+ concurrency",
            Self::Validator => "+ validator",
        }
    }
}

/// A study: every setting with every module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    version: u32,
    /// The workspace of the specifications, as it was named.
    pub specs: String,
    /// The provider, as it was named.
    pub provider: String,
    /// The model, when one was named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// The settings.
    pub settings: Vec<Setting>,
    /// How many attempts a phase has where gates feed back.
    pub attempts: u32,
    /// How often every module is asked for in every setting: more than once tells how much chance there is in the answers.
    pub samples: u32,
    /// The modules, each with what its prompts are made from: a study of other specifications is another study.
    pub modules: BTreeMap<String, String>,
}

/// A plan that cannot be used.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum PlanError {
    /// A module was named that does not exist.
    #[error("there is no module `{0}` in this workspace; `sysspec status` lists all")]
    NoSuchModule(String),
    /// The specifications are not those of the plan.
    #[error("the specifications of {} changed since the plan was made; make a new plan", .0.join(", "))]
    Changed(Vec<String>),
    /// The plan's file is damaged or of another version.
    #[error("the plan cannot be read: {0}; make a new one")]
    Damaged(String),
    /// There is no such part.
    #[error("there is no part {0} of {1}: parts are counted from 1")]
    NoSuchPart(usize, usize),
}

/// The smallest piece of a study that is worked on at one place: one module in all settings, once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unit<'p> {
    /// The module.
    pub module: &'p str,
    /// The number of the sample, from 1.
    pub sample: u32,
}

impl Plan {
    /// A plan for `modules` of a workspace; for all of them when none is named.
    ///
    /// # Errors
    /// A module that does not exist.
    pub fn new(
        model: &WorkspaceModel,
        specs: String,
        provider: String,
        settings: Vec<Setting>,
        modules: &[String],
    ) -> Result<Self, PlanError> {
        if let Some(name) = modules.iter().find(|name| model.module(name).is_none()) {
            return Err(PlanError::NoSuchModule(name.clone()));
        }
        let chosen =
            model.modules.iter().filter(|module| modules.is_empty() || modules.contains(&module.name));
        let modules =
            chosen.filter_map(|module| Some((module.name.clone(), made_from(model, &module.name)?)));
        let modules = modules.collect();
        let attempts = model.manifest.toolchain.attempts.max(1);
        Ok(Self { version: VERSION, specs, provider, model: None, settings, attempts, samples: 1, modules })
    }

    /// Reads the text of a plan.
    ///
    /// # Errors
    /// A text that is no plan of this version.
    pub fn parse(text: &str) -> Result<Self, PlanError> {
        let plan: Self = serde_json::from_str(text).map_err(|error| PlanError::Damaged(error.to_string()))?;
        match plan.version {
            VERSION => Ok(plan),
            other => Err(PlanError::Damaged(format!("it has version {other}, known is {VERSION}"))),
        }
    }

    /// The text of the file.
    pub fn to_text(&self) -> String {
        // Strings, numbers and maps with names as keys always have a JSON form.
        serde_json::to_string_pretty(self).expect("a plan can be written as JSON") + "\n"
    }

    /// Says whether the specifications are those that the plan was made for.
    ///
    /// # Errors
    /// The modules whose specifications changed.
    pub fn check(&self, model: &WorkspaceModel) -> Result<(), PlanError> {
        let changed = |(name, before): &(&String, &String)| made_from(model, name).as_ref() != Some(before);
        let changed: Vec<String> =
            self.modules.iter().filter(changed).map(|(name, _)| name.clone()).collect();
        if changed.is_empty() { Ok(()) } else { Err(PlanError::Changed(changed)) }
    }

    /// All units, in order.
    pub fn units(&self) -> impl Iterator<Item = Unit<'_>> {
        let samples = 1..=self.samples;
        samples.flat_map(|sample| self.modules.keys().map(move |module| Unit { module, sample }))
    }

    /// The units of one of several parts that together are the plan. Parts are counted from 1; every unit is in one of them.
    ///
    /// # Errors
    /// A part that does not exist.
    pub fn part(&self, part: usize, of: usize) -> Result<Vec<Unit<'_>>, PlanError> {
        if part == 0 || part > of {
            return Err(PlanError::NoSuchPart(part, of));
        }
        Ok(self.units().skip(part - 1).step_by(of).collect())
    }
}

/// A digest of what the prompts of a module are made from.
fn made_from(model: &WorkspaceModel, name: &str) -> Option<String> {
    let module = model.module(name)?;
    Some(store::parts(model, module, last_phase(module)).fingerprint)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(modules: &[&str], samples: u32) -> Plan {
        Plan {
            version: VERSION,
            specs: "specs".into(),
            provider: "exchange".into(),
            model: None,
            settings: Setting::ALL.to_vec(),
            attempts: 4,
            samples,
            modules: modules.iter().map(|name| ((*name).to_owned(), "f".to_owned())).collect(),
        }
    }

    #[test]
    fn every_unit_is_in_exactly_one_part() {
        let plan = plan(&["a", "b", "c"], 2);
        let units = |part| plan.part(part, 4).unwrap();
        let mut all: Vec<_> = (1..=4).flat_map(units).map(|unit| (unit.sample, unit.module)).collect();
        all.sort_unstable();
        assert_eq!(all, [(1, "a"), (1, "b"), (1, "c"), (2, "a"), (2, "b"), (2, "c")]);
        assert_eq!(plan.part(0, 4).unwrap_err(), PlanError::NoSuchPart(0, 4));
        assert_eq!(plan.part(5, 4).unwrap_err(), PlanError::NoSuchPart(5, 4));
    }

    #[test]
    fn a_plan_is_read_as_it_was_written_and_others_are_refused() {
        let plan = plan(&["a"], 1);
        assert_eq!(Plan::parse(&plan.to_text()).unwrap(), plan);
        let other = plan.to_text().replace("\"version\": 1", "\"version\": 2");
        assert!(Plan::parse(&other).unwrap_err().to_string().contains("version 2"));
        assert!(matches!(Plan::parse("{"), Err(PlanError::Damaged(_))));
    }
}

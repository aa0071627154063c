//! What a study has found so far: one file an answer, one file a result.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::plan::{Plan, PlanError, Setting, Unit};
use super::run::EvalError;
use crate::files::{self, FileError};
use crate::gates::Gate;
use crate::provider::{Answer, Usage};

/// What came of one module in one setting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The setting.
    pub setting: Setting,
    /// The module.
    pub module: String,
    /// The number of the sample, from 1.
    pub sample: u32,
    /// Whether the module has a concurrency specification of its own: the paper's thread-safe modules.
    pub thread_safe: bool,
    /// Whether the last code compiles without a message.
    pub compiles: bool,
    /// The gate that refused the last code; none when all passed.
    pub refused_by: Option<Gate>,
    /// Every answer, in order.
    pub tries: Vec<Try>,
}

/// One answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Try {
    /// The phase, 1 or 2.
    pub phase: u8,
    /// The number of the attempt, from 1.
    pub attempt: u32,
    /// The gate that refused it, where it was judged.
    pub refused_by: Option<Gate>,
    /// What the gate said.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub feedback: String,
    /// The name of the answer's file.
    pub answer: String,
    /// The tokens of prompt and answer, as far as they are known.
    pub usage: Option<Usage>,
}

impl Record {
    /// Whether the code passed every gate that looks at the module alone.
    pub fn passes_gates(&self) -> bool {
        self.refused_by.is_none_or(|gate| gate == Gate::Tests)
    }

    /// Whether it passed the module's tests as well: whether it is right, as far as this study can tell.
    pub fn passes_tests(&self) -> bool {
        self.refused_by.is_none()
    }
}

/// An answer that is kept, under the digest of what was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptAnswer {
    /// The model, where the provider told.
    pub model: Option<String>,
    /// Its tokens.
    pub usage: Option<Usage>,
    /// The answer.
    pub text: String,
}

/// The folder of a study.
#[derive(Debug, Clone)]
pub struct Folder {
    root: PathBuf,
}

impl Folder {
    /// The study at `root`.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The folder itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    fn plan_path(&self) -> PathBuf {
        self.root.join("plan.json")
    }

    /// Begins a study. One that is there already is kept when it is the same, and refused when it is another.
    ///
    /// # Errors
    /// Another plan in the same folder; a file that cannot be read or written.
    pub fn create(&self, plan: &Plan) -> Result<(), EvalError> {
        let path = self.plan_path();
        match files::read_if_present(&path)? {
            Some(text) if Plan::parse(&text).as_ref() == Ok(plan) => Ok(()),
            Some(_) => Err(EvalError::AnotherPlan(path)),
            None => Ok(files::write_atomically(&path, &plan.to_text())?),
        }
    }

    /// The plan of the study.
    ///
    /// # Errors
    /// A folder without a plan, or with one that cannot be used.
    pub fn plan(&self) -> Result<Plan, EvalError> {
        let path = self.plan_path();
        let text = files::read_if_present(&path)?.ok_or(EvalError::NoPlan(path))?;
        Ok(Plan::parse(&text)?)
    }

    fn record_path(&self, setting: Setting, unit: Unit<'_>) -> PathBuf {
        let Unit { module, sample } = unit;
        self.root.join("results").join(setting.name()).join(format!("{module}.{sample}.json"))
    }

    /// What came of a module in a setting, if it has been worked on. A damaged file counts as none: it is made again.
    pub fn record(&self, setting: Setting, unit: Unit<'_>) -> Result<Option<Record>, FileError> {
        let text = files::read_if_present(&self.record_path(setting, unit))?;
        Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
    }

    /// All results of a plan that are there.
    pub fn records(&self, plan: &Plan) -> Result<Vec<Record>, FileError> {
        let mut records = Vec::new();
        for unit in plan.units() {
            for setting in &plan.settings {
                records.extend(self.record(*setting, unit)?);
            }
        }
        Ok(records)
    }

    /// Keeps a result.
    pub fn keep(&self, record: &Record) -> Result<(), FileError> {
        let unit = Unit { module: &record.module, sample: record.sample };
        files::write_atomically(&self.record_path(record.setting, unit), &json(record))
    }

    fn answer_path(&self, name: &str) -> PathBuf {
        self.root.join("answers").join(format!("{name}.json"))
    }

    /// The answer that was given under a name.
    pub fn answer(&self, name: &str) -> Result<Option<Answer>, FileError> {
        let text = files::read_if_present(&self.answer_path(name))?;
        let kept: Option<KeptAnswer> = text.and_then(|text| serde_json::from_str(&text).ok());
        Ok(kept.map(|KeptAnswer { model, usage, text }| Answer { text, model, usage }))
    }

    /// Keeps an answer.
    pub fn keep_answer(&self, name: &str, answer: &Answer) -> Result<(), FileError> {
        let Answer { text, model, usage } = answer.clone();
        files::write_atomically(&self.answer_path(name), &json(&KeptAnswer { model, usage, text }))
    }
}

fn json(value: &impl Serialize) -> String {
    // Only strings, numbers and lists are in it.
    serde_json::to_string_pretty(value).expect("a result can be written as JSON") + "\n"
}

impl From<PlanError> for EvalError {
    fn from(error: PlanError) -> Self {
        Self::Plan(error)
    }
}

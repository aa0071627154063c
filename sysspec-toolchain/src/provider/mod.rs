//! Who answers prompts: the border to language models and people.

mod absent;
mod budget;
mod command;
mod endpoint;
mod exchange;
mod http;
mod json;
mod key;
mod keyring;
mod pace;
mod recording;
mod replay;
mod router;
mod settings;
mod tokens;

use std::pin::Pin;
use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use absent::Absent;
pub use budget::{Budget, Reservation, Spent};
pub use command::Command;
pub use endpoint::{base_url, is_local};
pub use exchange::Exchange;
pub use http::Http;
pub(crate) use http::prepare_encryption;
pub use json::read as read_json;
pub use key::{Key, KeySource, SystemKeys};
pub use recording::{Recorded, Recorder, Recording};
pub use replay::{Replay, ReplayError};
pub use router::{Router, open, probe};
pub use settings::{Choice, Config, Definition, Origin, Overrides, SettingsError};

/// A future that can be sent between threads.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What a prompt is for: some providers use different models for different roles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Role {
    /// Writes the code of a module.
    CodeGen,
    /// Judges code against its specification, after the gates.
    SpecEval,
    /// Makes a better specification of one whose code fails.
    SpecFine,
}

impl Role {
    /// The name that the paper, `sysspec.toml` and transcripts use.
    pub fn name(self) -> &'static str {
        match self {
            Self::CodeGen => "CodeGen",
            Self::SpecEval => "SpecEval",
            Self::SpecFine => "SpecFine",
        }
    }
}

/// The form that an answer is asked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Form<'a> {
    /// Text, such as code in a fence.
    Text,
    /// One JSON value that this JSON Schema allows. A provider that cannot enforce it asks for it in words:
    /// the answer is data to be checked by who asked, whatever the provider promised.
    Json(&'a serde_json::Value),
}

/// The tokens that a prompt and its answer took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Usage {
    /// Tokens read.
    pub prompt: u64,
    /// Tokens written.
    pub answer: u64,
    /// Whether these were counted here, since the provider did not tell.
    pub estimated: bool,
}

/// An answer, and what it took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// What was answered.
    pub text: String,
    /// The model that answered, where there is one.
    pub model: Option<String>,
    /// Its tokens, where there is a model.
    pub usage: Option<Usage>,
}

impl Answer {
    /// An answer by somebody who counts no tokens.
    pub fn uncounted(text: impl Into<String>) -> Self {
        Self { text: text.into(), model: None, usage: None }
    }
}

/// What happens while an answer is awaited.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Waiting<'a> {
    /// The next piece of the answer.
    Text(&'a str),
    /// The provider could not answer now; it is asked again after a pause. What came of this answer before is void.
    Retry {
        /// The number of the try that failed, from 1.
        tried: u32,
        /// The pause.
        pause: Duration,
        /// Why.
        reason: &'a str,
    },
}

/// Watches an answer come.
pub trait Watch: Sync {
    /// Takes notice.
    fn waiting(&self, waiting: &Waiting<'_>);
}

/// Nobody watches.
impl Watch for () {
    fn waiting(&self, _waiting: &Waiting<'_>) {}
}

/// A prompt, and what it is for.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The module.
    pub module: &'a str,
    /// The phase, 1 or 2.
    pub phase: u8,
    /// The number of the attempt, from 1.
    pub attempt: u32,
    /// The role.
    pub role: Role,
    /// The prompt.
    pub prompt: &'a str,
    /// The form of the answer.
    pub form: Form<'a>,
}

impl Request<'_> {
    /// The name of this request among all of its module: what files of it are called.
    pub fn stem(&self) -> String {
        let Self { module, phase, attempt, role, .. } = self;
        let part = match role {
            Role::CodeGen => "",
            Role::SpecEval => ".eval",
            Role::SpecFine => ".refine",
        };
        format!("{module}.phase{phase}.attempt{attempt}{part}")
    }
}

/// What came of a prompt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// The answer.
    Answer(Answer),
    /// There is no answer yet; where the prompt waits for one.
    Pending(String),
}

/// A provider that cannot do its work. The message says what to do.
#[derive(Debug, thiserror::Error)]
#[error("{provider}: {message}")]
pub struct ProviderError {
    /// The provider.
    pub provider: String,
    /// What went wrong.
    pub message: String,
}

impl ProviderError {
    /// An error of a provider.
    pub fn new(provider: impl Into<String>, message: impl Into<String>) -> Self {
        Self { provider: provider.into(), message: message.into() }
    }
}

/// Answers prompts.
pub trait Provider: Send + Sync {
    /// The name that transcripts and the lock file keep.
    fn name(&self) -> &str;

    /// How many prompts may wait for answers at the same time.
    fn concurrency(&self) -> usize;

    /// Whether it answers prompts of this role. SpecEval has to be chosen: who judges is never taken for granted.
    fn takes(&self, role: Role) -> bool {
        role != Role::SpecEval
    }

    /// Whom transcripts and the lock file name for the answer to `request`. A provider that only passes answers on
    /// names who gave them.
    fn credit(&self, _request: &Request<'_>) -> String {
        self.name().to_owned()
    }

    /// Answers a prompt, and tells who watches how far it is. Dropping the future gives the prompt up: what is still
    /// on its way is stopped.
    fn answer<'a>(
        &'a self,
        request: Request<'a>,
        watch: &'a dyn Watch,
    ) -> BoxFuture<'a, Result<Reply, ProviderError>>;
}

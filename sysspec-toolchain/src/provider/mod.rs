//! Who answers prompts: the border to language models and people.

mod exchange;

use std::pin::Pin;

pub use exchange::Exchange;

/// A future that can be sent between threads.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What a prompt is for: some providers use different models for different roles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Writes the code of a module.
    CodeGen,
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
}

/// What came of a prompt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// The answer.
    Answer(String),
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

/// Answers prompts.
pub trait Provider: Send + Sync {
    /// The name that transcripts and the lock file keep.
    fn name(&self) -> &str;

    /// How many prompts may wait for answers at the same time.
    fn concurrency(&self) -> usize;

    /// Answers a prompt. Dropping the future gives the prompt up.
    fn answer<'a>(&'a self, request: Request<'a>) -> BoxFuture<'a, Result<Reply, ProviderError>>;
}

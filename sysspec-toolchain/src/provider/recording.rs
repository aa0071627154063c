//! Answers that were kept: what a replay gives again.

use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::{Answer, BoxFuture, Provider, ProviderError, Reply, Request, Role, Usage, Watch};
use crate::store::{Transcript, lines};

/// One prompt and its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded {
    /// The module.
    pub module: String,
    /// The phase, 1 or 2.
    pub phase: u8,
    /// The number of the attempt, from 1.
    pub attempt: u32,
    /// The role.
    pub role: Role,
    /// Who answered.
    pub provider: String,
    /// The model that answered, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// The tokens, where there is a model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
    /// The prompt.
    #[serde(with = "lines")]
    pub prompt: String,
    /// The answer as it came.
    #[serde(with = "lines")]
    pub answer: String,
}

/// Prompts and answers in the order in which the answers came.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recording {
    /// The answers.
    pub recorded: Vec<Recorded>,
}

impl Recording {
    /// Reads a recording, or the transcript of a module.
    pub fn parse(text: &str) -> Result<Self, String> {
        match serde_json::from_str(text) {
            Ok(recording) => Ok(recording),
            Err(error) => Transcript::parse(text)
                .map(|transcript| Self::of(&transcript))
                .map_err(|other| format!("it is no recording ({error}) and no transcript ({other})")),
        }
    }

    /// The answers of a transcript.
    pub fn of(transcript: &Transcript) -> Self {
        let mut recorded = Vec::new();
        for attempt in &transcript.attempts {
            let code = Recorded {
                module: transcript.module.clone(),
                phase: attempt.phase,
                attempt: attempt.attempt,
                role: Role::CodeGen,
                provider: attempt.provider.clone(),
                model: attempt.model.clone(),
                usage: attempt.usage,
                prompt: attempt.prompt.clone(),
                answer: attempt.answer.clone(),
            };
            let reviews = attempt.reviews.iter().map(|review| Recorded {
                role: Role::SpecEval,
                provider: review.provider.clone(),
                model: review.model.clone(),
                usage: review.usage,
                prompt: review.prompt.clone(),
                answer: review.answer.clone(),
                ..code.clone()
            });
            let reviews: Vec<_> = reviews.collect();
            recorded.push(code);
            recorded.extend(reviews);
        }
        Self { recorded }
    }

    /// The text of the file.
    pub fn to_text(&self) -> String {
        // Strings and numbers always have a JSON form.
        let mut text = serde_json::to_string_pretty(self).expect("a recording can be written as JSON");
        text.push('\n');
        text
    }
}

/// Passes prompts on to a provider, and keeps what it answers.
pub struct Recorder<'p> {
    provider: &'p dyn Provider,
    recording: Mutex<Recording>,
}

impl<'p> Recorder<'p> {
    /// A recorder of what `provider` answers.
    pub fn new(provider: &'p dyn Provider) -> Self {
        Self { provider, recording: Mutex::default() }
    }

    /// What was answered so far.
    pub fn recording(&self) -> Recording {
        self.recording.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn keep(&self, request: &Request<'_>, answer: &Answer) {
        let recorded = Recorded {
            module: request.module.to_owned(),
            phase: request.phase,
            attempt: request.attempt,
            role: request.role,
            provider: self.provider.credit(request),
            model: answer.model.clone(),
            usage: answer.usage,
            prompt: request.prompt.to_owned(),
            answer: answer.text.clone(),
        };
        self.recording.lock().unwrap_or_else(PoisonError::into_inner).recorded.push(recorded);
    }
}

impl Provider for Recorder<'_> {
    fn name(&self) -> &str {
        self.provider.name()
    }

    fn concurrency(&self) -> usize {
        self.provider.concurrency()
    }

    fn takes(&self, role: Role) -> bool {
        self.provider.takes(role)
    }

    fn credit(&self, request: &Request<'_>) -> String {
        self.provider.credit(request)
    }

    fn answer<'a>(
        &'a self,
        request: Request<'a>,
        watch: &'a dyn Watch,
    ) -> BoxFuture<'a, Result<Reply, ProviderError>> {
        Box::pin(async move {
            let reply = self.provider.answer(request, watch).await?;
            if let Reply::Answer(answer) = &reply {
                self.keep(&request, answer);
            }
            Ok(reply)
        })
    }
}

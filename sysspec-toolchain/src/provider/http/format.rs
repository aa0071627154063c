//! The three formats in which models are asked over HTTP.

mod anthropic;
mod gemini;
mod openai;

use reqwest::header::{HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use sysspec_analysis::{JsonMode, ProviderKind};

/// A format of requests and answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Chat completions.
    OpenAi {
        /// Whether the limit of an answer's tokens is called `max_completion_tokens`, as OpenAI itself wants it.
        is_openai: bool,
    },
    /// Messages.
    Anthropic,
    /// `generateContent`.
    Gemini,
}

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'a> {
    /// The model.
    pub model: &'a str,
    /// The prompt.
    pub prompt: &'a str,
    /// The schema of the answer and how the provider is told, when the answer must be JSON.
    pub json: Option<(&'a Value, JsonMode)>,
    /// Whether the answer comes in pieces.
    pub stream: bool,
    /// The tokens that the answer may have.
    pub max_answer_tokens: Option<u64>,
}

/// An answer as far as it is there.
#[derive(Debug, Default)]
pub struct Draft {
    /// Its text.
    pub text: String,
    /// The model that says it writes it.
    pub model: Option<String>,
    /// The tokens of the prompt, as the provider counts them.
    pub prompt_tokens: Option<u64>,
    /// The tokens of the answer, as the provider counts them.
    pub answer_tokens: Option<u64>,
    /// Whether the provider said that this is all.
    pub is_finished: bool,
    /// Whether it said that nothing follows, such as a count of tokens.
    pub is_over: bool,
    /// How many pieces came, of text or of thoughts that are not kept.
    pub pieces: u64,
}

impl Draft {
    /// Adds a piece of text; a piece that is empty still shows that the model is at work.
    fn push(&mut self, text: Option<&str>) {
        if let Some(text) = text {
            self.text.push_str(text);
            self.pieces += 1;
        }
    }
}

/// What a provider says instead of an answer.
#[derive(Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Its words.
    pub message: String,
    /// Whether the same request may be answered later.
    pub is_passing: bool,
}

impl Format {
    /// The format of a kind of provider; a command has none.
    pub fn of(kind: ProviderKind) -> Option<Self> {
        match kind {
            ProviderKind::OpenAi => Some(Self::OpenAi { is_openai: true }),
            ProviderKind::DeepSeek | ProviderKind::Ollama | ProviderKind::Vllm | ProviderKind::LlamaCpp => {
                Some(Self::OpenAi { is_openai: false })
            }
            ProviderKind::Anthropic => Some(Self::Anthropic),
            ProviderKind::Gemini => Some(Self::Gemini),
            ProviderKind::Command => None,
        }
    }

    /// The path below the base address.
    pub fn path(self, ask: &Ask<'_>) -> String {
        match self {
            Self::OpenAi { .. } => "chat/completions".to_owned(),
            Self::Anthropic => "messages".to_owned(),
            Self::Gemini => gemini::path(ask),
        }
    }

    /// The headers of a request. Those with the key are marked so that nothing shows their values.
    pub fn headers(self, key: Option<&SecretString>) -> Result<Vec<(HeaderName, HeaderValue)>, String> {
        let mut headers = Vec::new();
        if self == Self::Anthropic {
            headers
                .push((HeaderName::from_static("anthropic-version"), HeaderValue::from_static("2023-06-01")));
        }
        let Some(key) = key else { return Ok(headers) };
        let (name, value) = match self {
            Self::OpenAi { .. } => ("authorization", format!("Bearer {}", key.expose_secret())),
            Self::Anthropic => ("x-api-key", key.expose_secret().to_owned()),
            Self::Gemini => ("x-goog-api-key", key.expose_secret().to_owned()),
        };
        let mut value = HeaderValue::from_str(&value)
            .map_err(|_| "the key has characters that no key has; copy it again".to_owned())?;
        value.set_sensitive(true);
        headers.push((HeaderName::from_static(name), value));
        Ok(headers)
    }

    /// The body of a request.
    pub fn body(self, ask: &Ask<'_>) -> Value {
        match self {
            Self::OpenAi { is_openai } => openai::body(ask, is_openai),
            Self::Anthropic => anthropic::body(ask),
            Self::Gemini => gemini::body(ask),
        }
    }

    /// Adds what an event of a stream says. `[DONE]` is no JSON, and ends a stream of chat completions.
    pub fn event(self, event: &Value, draft: &mut Draft) -> Result<(), Refusal> {
        match self {
            Self::OpenAi { .. } => openai::take(event, draft),
            Self::Anthropic => anthropic::event(event, draft),
            Self::Gemini => gemini::take(event, draft),
        }
    }

    /// Takes an answer that came as a whole.
    pub fn whole(self, body: &Value, draft: &mut Draft) -> Result<(), Refusal> {
        match self {
            Self::OpenAi { .. } => openai::take(body, draft),
            Self::Anthropic => anthropic::whole(body, draft),
            Self::Gemini => gemini::take(body, draft),
        }?;
        // A whole body is all there is, whether it says so or not.
        draft.is_finished |= draft.pieces > 0;
        Ok(())
    }
}

/// The error that an answer or an event holds, as all three formats have it: `{"error": {"message": …}}`.
fn refusal(value: &Value) -> Option<Refusal> {
    let error = value.get("error").filter(|error| !error.is_null())?;
    let message = error.get("message").and_then(Value::as_str).or(error.as_str());
    let message = message.map_or_else(|| error.to_string(), ToOwned::to_owned);
    let kind = error.get("type").or(error.get("status")).and_then(Value::as_str).unwrap_or_default();
    let passing = [
        "overloaded_error",
        "api_error",
        "rate_limit_error",
        "server_error",
        "UNAVAILABLE",
        "INTERNAL",
        "RESOURCE_EXHAUSTED",
    ];
    let code = error.get("code").and_then(Value::as_u64).unwrap_or_default();
    Some(Refusal {
        message,
        is_passing: passing.contains(&kind) || code == 429 || (500..600).contains(&code),
    })
}

/// An answer that was kept back.
fn withheld(reason: &str) -> Refusal {
    Refusal { message: format!("the provider withheld the answer ({reason})"), is_passing: false }
}

#[cfg(test)]
mod tests;

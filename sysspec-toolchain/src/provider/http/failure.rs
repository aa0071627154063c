//! Why a request failed: in words that say what to do, and whether it makes sense to send it again.

use std::error::Error;
use std::time::{Duration, SystemTime};

use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::{StatusCode, Url};
use serde_json::Value;

/// How much of an answer that is none is quoted.
const QUOTED: usize = 300;

/// A request that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What happened, and what to do.
    pub message: String,
    /// Whether the same request may succeed later.
    pub is_passing: bool,
    /// Whether the provider is asked too often.
    pub is_too_often: bool,
    /// How long the provider wants to be left alone.
    pub retry_after: Option<Duration>,
}

impl Failure {
    /// A failure that comes again with the same request.
    pub fn lasting(message: impl Into<String>) -> Self {
        Self { message: message.into(), is_passing: false, is_too_often: false, retry_after: None }
    }

    /// A failure that may not come again.
    pub fn passing(message: impl Into<String>) -> Self {
        Self { is_passing: true, ..Self::lasting(message) }
    }
}

/// What messages say of the provider that failed.
#[derive(Debug, Clone)]
pub struct Context {
    /// The address that was asked.
    pub url: Url,
    /// The address of the settings.
    pub base: Url,
    /// The provider's name in the settings.
    pub provider: String,
    /// The model.
    pub model: String,
    /// Where the key was found.
    pub key_place: Option<String>,
}

impl Context {
    fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    /// Where an answer came from, without a query.
    fn place(&self) -> String {
        let mut url = self.url.clone();
        url.set_query(None);
        url.to_string()
    }

    fn key_advice(&self) -> String {
        match &self.key_place {
            Some(place) => format!(
                "the key comes from {place}: check that it is whole, has not expired, and is for {}",
                self.host()
            ),
            None => format!(
                "no key was sent: name the environment variable that holds it by `key_env` in [toolchain.providers.{}] of your own configuration",
                self.provider
            ),
        }
    }
}

/// A connection or a transfer that broke.
pub fn broken(error: &reqwest::Error, context: &Context) -> Failure {
    let cause = root_cause(error);
    let place = context.place();
    if error.is_connect() {
        let advice = if error.is_timeout() {
            "check `base_url`, the network, and `timeouts.connect`"
        } else {
            "is the server running, and `base_url` right?"
        };
        return Failure::passing(format!("cannot connect to {place} ({cause}): {advice}"));
    }
    if error.is_builder() {
        return Failure::lasting(format!("cannot ask {place}: {cause}"));
    }
    Failure::passing(format!("the connection to {place} broke before the answer was whole ({cause})"))
}

/// The innermost cause says what happened; those around it say where, which is known.
fn root_cause(error: &dyn Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

/// An answer with a status that is not one of success.
pub fn refused(status: StatusCode, headers: &HeaderMap, body: &[u8], context: &Context) -> Failure {
    let said = said(headers, body);
    let quoted = if said.is_empty() { String::new() } else { format!(": {said}") };
    let told = format!("{status}{quoted}");
    let lower = said.to_lowercase();
    let names_key = lower.contains("api key") || lower.contains("api_key");
    let is_broke = ["insufficient_quota", "insufficient balance", "credit balance", "billing"];
    let host = context.host();
    let failure = match status.as_u16() {
        300..=399 => {
            let to = headers.get("location").and_then(|to| to.to_str().ok()).unwrap_or("another address");
            Failure::lasting(format!(
                "{} sends on to {to} ({status}). That is not followed, since the key would go along: set `base_url` to where the API is",
                context.place()
            ))
        }
        402 => Failure::lasting(format!("the account at {host} has no credit left ({told})")),
        400..=499 if is_broke.iter().any(|word| lower.contains(word) || body_has(body, word)) => {
            Failure::lasting(format!("the account at {host} has no credit left ({told})"))
        }
        401 | 403 => Failure::lasting(format!("{host} refused the key ({told}); {}", context.key_advice())),
        400 if names_key => {
            Failure::lasting(format!("{host} refused the key ({told}); {}", context.key_advice()))
        }
        400 | 413 | 422 if is_too_long(&lower) || status == StatusCode::PAYLOAD_TOO_LARGE => {
            Failure::lasting(format!(
                "the prompt is too long for `{}` ({told}); split the module, let it rely on less, or take a model with a larger context",
                context.model
            ))
        }
        404 | 405 if is_html(headers, body) => {
            not_an_endpoint(&format!("{status}, an HTML page"), context, &said)
        }
        404 => Failure::lasting(format!(
            "there is no model `{}` at {}, or that is not the address of an API ({told}); check `model` and `base_url`",
            context.model, context.base
        )),
        405 => not_an_endpoint(&told, context, ""),
        429 => Failure {
            is_too_often: true,
            ..Failure::passing(format!(
                "{host} is asked too often ({told}); set `limits.requests_per_minute` or `limits.tokens_per_minute` in [toolchain.providers.{}], \
                 or come back later",
                context.provider
            ))
        },
        408 | 409 | 425 | 500..=599 => Failure::passing(format!("{host} failed ({told})")),
        _ => Failure::lasting(format!(
            "{host} refused the request ({told}); check `model`, `json` and `extra` in [toolchain.providers.{}]",
            context.provider
        )),
    };
    Failure { retry_after: retry_after(headers, body), ..failure }
}

fn is_too_long(said: &str) -> bool {
    let signs = [
        "context length",
        "context_length",
        "context window",
        "context size",
        "exceed_context",
        "too long",
        "too many tokens",
        "token count",
        "maximum number of tokens",
    ];
    signs.iter().any(|sign| said.contains(sign))
}

/// An answer that is neither JSON nor a stream of events.
pub fn wrong_type(headers: &HeaderMap, body: &[u8], context: &Context) -> Failure {
    let kind = content_type(headers).unwrap_or("an answer without a content type");
    not_an_endpoint(kind, context, &said(headers, body))
}

fn not_an_endpoint(got: &str, context: &Context, said: &str) -> Failure {
    let quoted = if said.is_empty() { String::new() } else { format!(" that says {said:?}") };
    Failure::lasting(format!(
        "this is not an API endpoint: got {got}{quoted} from {}; check `base_url` in [toolchain.providers.{}]",
        context.place(),
        context.provider
    ))
}

/// A stream or body of the right type that is not what it says.
pub fn malformed(text: &str, reason: &dyn std::fmt::Display, context: &Context) -> Failure {
    Failure::passing(format!(
        "{} answered with JSON that cannot be read ({reason}): {:?}",
        context.host(),
        shortened(text)
    ))
}

/// The content type without its parameters.
pub fn content_type(headers: &HeaderMap) -> Option<&str> {
    let whole = headers.get(reqwest::header::CONTENT_TYPE)?.to_str().ok()?;
    Some(whole.split(';').next().unwrap_or(whole).trim())
}

fn is_html(headers: &HeaderMap, body: &[u8]) -> bool {
    content_type(headers) == Some("text/html") || body.trim_ascii_start().starts_with(b"<")
}

fn body_has(body: &[u8], word: &str) -> bool {
    String::from_utf8_lossy(body).contains(word)
}

/// What an answer that is none says: the message of a JSON error, the title of a page, or its first words.
fn said(headers: &HeaderMap, body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    if let Ok(value) = serde_json::from_str::<Value>(&text) {
        // Some servers put the object into a list.
        let value = value.get(0).unwrap_or(&value);
        let error = &value["error"];
        let places =
            [&error["message"], error, &value["message"], &value["detail"], &value["error_description"]];
        if let Some(message) = places.into_iter().find_map(Value::as_str) {
            return shortened(message);
        }
    }
    if is_html(headers, body) {
        let title = text.split_once("<title>").and_then(|(_, rest)| rest.split_once("</title>"));
        return title.map_or_else(String::new, |(title, _)| shortened(title));
    }
    shortened(&text)
}

/// One line of bounded length.
fn shortened(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(QUOTED) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// How long a provider wants to be left alone: `Retry-After` in seconds or as a date (RFC 9110, section 10.2.3), in milliseconds
/// as OpenAI sends it, or in the body as Google does.
fn retry_after(headers: &HeaderMap, body: &[u8]) -> Option<Duration> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let number = |text: &str| text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    if let Some(milliseconds) = header("retry-after-ms").and_then(|text| text.parse().ok()) {
        return Some(Duration::from_millis(milliseconds));
    }
    if let Some(text) = header(RETRY_AFTER.as_str()) {
        let date = || httpdate::parse_http_date(text).ok();
        // A date that has passed asks for no pause.
        let until = |date: SystemTime| date.duration_since(SystemTime::now()).unwrap_or_default();
        return number(text).or_else(|| date().map(until));
    }
    let body: Value = serde_json::from_slice(body).ok()?;
    let details = body["error"]["details"].as_array()?;
    let delay = details.iter().find_map(|detail| detail["retryDelay"].as_str())?;
    number(delay.strip_suffix('s')?)
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    fn context() -> Context {
        Context {
            url: Url::parse("https://api.example.org/v1/chat/completions?x=1").unwrap(),
            base: Url::parse("https://api.example.org/v1").unwrap(),
            provider: "mine".into(),
            model: "m-1".into(),
            key_place: Some("the environment variable MINE_KEY".into()),
        }
    }

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| ((*name).parse().unwrap(), HeaderValue::from_str(value).unwrap()))
            .collect()
    }

    fn answer(status: u16, kind: &str, body: &str) -> Failure {
        let status = StatusCode::from_u16(status).unwrap();
        refused(status, &headers(&[("content-type", kind)]), body.as_bytes(), &context())
    }

    fn json(status: u16, message: &str) -> Failure {
        answer(
            status,
            "application/json",
            &serde_json::json!({ "error": { "message": message } }).to_string(),
        )
    }

    #[test]
    fn each_refusal_says_what_to_do() {
        let table = [
            (
                json(401, "Incorrect API key"),
                "refused the key (401 Unauthorized: Incorrect API key); the key comes from the environment variable MINE_KEY",
            ),
            (json(400, "API key expired. Please renew the API key."), "refused the key"),
            (json(403, "no access"), "refused the key (403 Forbidden: no access)"),
            (json(402, "Insufficient Balance"), "has no credit left"),
            (json(404, "model not found"), "there is no model `m-1` at https://api.example.org/v1, or"),
            (
                json(400, "This model's maximum context length is 8192 tokens"),
                "the prompt is too long for `m-1`",
            ),
            (json(400, "prompt is too long: 210000 tokens > 200000 maximum"), "the prompt is too long"),
            (json(413, "request too large"), "the prompt is too long"),
            (
                json(422, "unknown field response_format"),
                "check `model`, `json` and `extra` in [toolchain.providers.mine]",
            ),
            (
                answer(404, "text/html; charset=utf-8", "<html><head><title>Not Found</title>"),
                "this is not an API endpoint: got 404 Not Found, an HTML page that says \"Not Found\" from https://api.example.org/v1/chat/completions; check `base_url`",
            ),
        ];
        for (failure, said) in table {
            assert!(failure.message.contains(said), "{}", failure.message);
            assert!(!failure.is_passing, "{}", failure.message);
        }
        for status in [500, 502, 503, 504, 529, 429, 408] {
            assert!(json(status, "later").is_passing, "{status}");
        }
        let broke = answer(
            429,
            "application/json",
            r#"{"error":{"message":"You exceeded your current quota","code":"insufficient_quota"}}"#,
        );
        assert!(!broke.is_passing && broke.message.contains("no credit left"), "{}", broke.message);
    }

    #[test]
    fn a_redirection_is_not_followed_and_says_where_it_leads() {
        let failure = refused(
            StatusCode::MOVED_PERMANENTLY,
            &headers(&[("location", "https://elsewhere.example/")]),
            b"",
            &context(),
        );
        assert!(failure.message.contains("sends on to https://elsewhere.example/"), "{}", failure.message);
    }

    #[test]
    fn pauses_are_read_in_all_their_forms() {
        let of = |pairs: &[(&'static str, &str)], body: &str| retry_after(&headers(pairs), body.as_bytes());
        assert_eq!(of(&[("retry-after", "7")], ""), Some(Duration::from_secs(7)));
        assert_eq!(of(&[("retry-after", "0.5")], ""), Some(Duration::from_millis(500)));
        assert_eq!(
            of(&[("retry-after-ms", "250"), ("retry-after", "1")], ""),
            Some(Duration::from_millis(250))
        );
        assert_eq!(
            of(&[("retry-after", "Sun, 06 Nov 1994 08:49:37 GMT")], ""),
            Some(Duration::ZERO),
            "it has passed"
        );
        let future = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(3600));
        assert!(of(&[("retry-after", &future)], "").unwrap() > Duration::from_secs(3000));
        let google = r#"{"error":{"details":[{"@type":"x"},{"@type":"RetryInfo","retryDelay":"37s"}]}}"#;
        assert_eq!(of(&[], google), Some(Duration::from_secs(37)));
        for nonsense in ["soon", "-1", "1e400"] {
            assert_eq!(of(&[("retry-after", nonsense)], ""), None, "{nonsense}");
        }
    }

    #[test]
    fn what_is_quoted_is_one_line_of_bounded_length() {
        let long = answer(500, "text/plain", &"many words\n".repeat(1000));
        assert!(long.message.len() < 500 && !long.message.contains('\n'));
    }
}

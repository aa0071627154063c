//! Models behind HTTP: chat completions, messages and `generateContent`, with time-outs, retries, limits and a budget.
//!
//! The three formats are written out here, over reqwest: the client libraries for all of them read whole bodies, whatever
//! their size, and bring the formats of many others along.

mod call;
mod failure;
mod format;
mod sse;

use std::sync::{Arc, Once};
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use reqwest::Url;
use reqwest::redirect::Policy;
use secrecy::ExposeSecret;
use serde_json::Value;
use sysspec_analysis::{JsonMode, Prices};

use super::budget::{Budget, Reservation};
use super::key::{self, Key};
use super::pace::Pace;
use super::settings::{Choice, Config};
use super::{
    Answer, BoxFuture, Form, Provider, ProviderError, Reply, Request, Usage, Waiting, Watch, endpoint, json,
    tokens,
};
use call::{Call, Timeouts};
use failure::{Context, Failure};
use format::{Ask, Draft, Format};

/// How often a request that failed for a passing reason is sent again.
const RETRIES: u64 = 5;

/// Requests under way at the same time, to a server elsewhere and to one on this machine.
const AT_ONCE: usize = 4;
const AT_ONCE_LOCALLY: usize = 1;

/// The longest pause that a provider may ask for. A longer one ends the run, which goes on when it is run again.
const LONGEST_PAUSE: Duration = Duration::from_secs(600);

/// How often a model is asked again whose answer is not the JSON that was asked for.
const JSON_RETRIES: u32 = 2;

/// A model behind HTTP.
pub struct Http {
    /// `PROVIDER/MODEL`.
    name: String,
    format: Format,
    client: reqwest::Client,
    context: Context,
    key: Option<Key>,
    json: JsonMode,
    stream: bool,
    max_answer_tokens: Option<u64>,
    extra: serde_json::Map<String, Value>,
    timeouts: Timeouts,
    retries: usize,
    at_once: usize,
    prices: Option<Prices>,
    pace: Arc<Pace>,
    budget: Arc<Budget>,
}

impl Http {
    /// A provider of the settings.
    ///
    /// # Errors
    /// When the settings lack something, or the key may not be used: what to do.
    pub fn open(config: &Config, choice: &Choice) -> Result<Self, ProviderError> {
        let definition = &choice.definition;
        let failed = |message: String| ProviderError::new(&definition.name, message);
        let settings = &definition.settings;
        let format =
            Format::of(settings.kind).ok_or_else(|| failed("this is a command, not an address".into()))?;
        let base = settings.base_url.as_deref().or(endpoint::base_url(settings.kind)).unwrap_or_default();
        let base = Url::parse(base).map_err(|error| failed(format!("`base_url` {base:?}: {error}")))?;
        if !base.username().is_empty() || base.password().is_some() {
            return Err(failed(
                "`base_url` holds a user or password; keys come from `key_env` or the keyring".into(),
            ));
        }
        let key = key::find(definition, &base, config.keys(), &config.user_file()).map_err(failed)?;
        if config.budget().limits_money() && settings.prices.is_none() && !endpoint::is_local(&base) {
            return Err(failed(format!(
                "the budget is in USD, and the prices are not known: set prices = {{ prompt = USD, answer = USD }}, for a million tokens, in \
                 [toolchain.providers.{}]",
                definition.name
            )));
        }
        let model = choice.model.clone().unwrap_or_default();
        // As OpenAI itself wants it, and as servers that only speak like it do not all understand it.
        let is_openai =
            endpoint::owner(&base).is_some_and(|owner| owner == sysspec_analysis::ProviderKind::OpenAi);
        let format = if let Format::OpenAi { .. } = format { Format::OpenAi { is_openai } } else { format };
        let at_once = if endpoint::is_local(&base) { AT_ONCE_LOCALLY } else { AT_ONCE };
        let number = |set: u64| usize::try_from(set).unwrap_or(usize::MAX);
        let at_once = settings.limits.at_once.map_or(at_once, number);
        let timeouts = Timeouts::new(&settings.timeouts);
        Ok(Self {
            name: format!("{}/{model}", definition.name),
            format,
            client: client(&timeouts, endpoint::is_local(&base)).map_err(failed)?,
            json: settings.json.unwrap_or_else(|| endpoint::json_mode(settings.kind)),
            stream: settings.stream,
            max_answer_tokens: settings.max_answer_tokens,
            extra: extra(settings.extra.as_deref()).map_err(failed)?,
            timeouts,
            retries: number(settings.limits.retries.unwrap_or(RETRIES)),
            at_once,
            prices: settings.prices,
            pace: config.pace(definition, at_once),
            budget: config.budget().clone(),
            context: Context {
                url: base.clone(),
                base,
                provider: definition.name.clone(),
                model,
                key_place: key.as_ref().map(|key| key.place.clone()),
            },
            key,
        })
    }

    /// Asks until there is an answer of the form that is wanted.
    async fn ask(&self, request: Request<'_>, watch: &dyn Watch) -> Result<Answer, ProviderError> {
        let Form::Json(schema) = request.form else {
            return self.insist(request.prompt, None, watch).await;
        };
        let mut prompt = request.prompt.to_owned();
        if self.json != JsonMode::Schema {
            prompt.push_str(&json::request(schema));
        }
        let asked = prompt.len();
        let mut used: Option<Usage> = None;
        for tried in 1.. {
            let answer = self.insist(&prompt, Some((schema, self.json)), watch).await?;
            let usage = sum(used, answer.usage);
            used = usage;
            let reason = match json::read(&answer.text, schema) {
                Ok(value) => return Ok(Answer { text: value.to_string(), usage, ..answer }),
                // Whoever asked judges what could not be mended.
                Err(_) if tried > JSON_RETRIES => return Ok(Answer { usage, ..answer }),
                Err(reason) => reason,
            };
            watch.waiting(&Waiting::Retry { tried, pause: Duration::ZERO, reason: &reason });
            prompt.truncate(asked);
            prompt.push_str(&json::complaint(&reason));
        }
        unreachable!("the last try returns")
    }

    /// Sends a prompt again, after pauses, as long as that makes sense.
    async fn insist(
        &self,
        prompt: &str,
        json: Option<(&Value, JsonMode)>,
        watch: &dyn Watch,
    ) -> Result<Answer, ProviderError> {
        let ask = Ask {
            model: &self.context.model,
            prompt,
            json,
            stream: self.stream,
            max_answer_tokens: self.max_answer_tokens,
        };
        let mut pauses = ExponentialBuilder::default()
            .with_min_delay(Duration::from_secs(1))
            .with_max_delay(Duration::from_secs(60))
            .with_max_times(self.retries)
            .with_jitter()
            .build();
        for tried in 1.. {
            let failure = match self.send(&ask, watch).await? {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            let reason = self.redacted(&failure.message);
            if !failure.is_passing {
                return Err(self.error(reason));
            }
            let wanted = failure.retry_after.unwrap_or_default();
            if wanted > LONGEST_PAUSE {
                let minutes = wanted.as_secs().div_ceil(60);
                return Err(self.error(format!(
                    "{reason}; it wants to be left alone for {minutes} minutes: run this again then"
                )));
            }
            let Some(pause) = pauses.next() else {
                return Err(self.error(given_up(tried, &reason)));
            };
            let pause = if wanted.is_zero() { pause } else { wanted };
            if failure.is_too_often {
                self.pace.refused(Some(pause));
            }
            watch.waiting(&Waiting::Retry { tried, pause, reason: &reason });
            tokio::time::sleep(pause).await;
        }
        unreachable!("the pauses end")
    }

    /// One request, within pace and budget.
    async fn send(&self, ask: &Ask<'_>, watch: &dyn Watch) -> Result<Result<Answer, Failure>, ProviderError> {
        let expected = u64::try_from(crate::prompt::tokens(ask.prompt)).unwrap_or(u64::MAX);
        let _place = self.pace.wait(expected).await;
        let reserved = self.budget.reserve(self.prices, expected, self.max_answer_tokens);
        let reservation = reserved.map_err(|message| self.error(message))?;
        let path = self.format.path(ask);
        let url = call::address(&self.context.base, &path).map_err(|message| self.error(message))?;
        let mut request = self.client.post(url.clone()).header("content-type", "application/json");
        let key = self.key.as_ref().map(|key| &key.secret);
        for (name, value) in self.format.headers(key).map_err(|message| self.error(message))? {
            request = request.header(name, value);
        }
        let mut body = self.format.body(ask);
        merge(&mut body, &self.extra);
        let context = Context { url, ..self.context.clone() };
        let request = request.body(body.to_string());
        let call = Call {
            format: self.format,
            request,
            stream: ask.stream,
            timeouts: self.timeouts,
            context: &context,
        };
        let mut meter = Meter { reservation, prompt: ask.prompt, draft: Draft::default() };
        if let Err(failure) = call.run(&mut meter.draft, watch).await {
            return Ok(Err(failure));
        }
        self.pace.answered();
        let usage = meter.usage();
        let Draft { text, model, .. } = std::mem::take(&mut meter.draft);
        meter.reservation.used(usage);
        Ok(Ok(Answer {
            text: self.redacted(&text),
            model: model.or_else(|| Some(ask.model.to_owned())),
            usage: Some(usage),
        }))
    }

    /// A text without the key, in case that the server sends it back.
    fn redacted(&self, text: &str) -> String {
        match &self.key {
            Some(key) => text.replace(key.secret.expose_secret(), "[key]"),
            None => text.to_owned(),
        }
    }

    fn error(&self, message: String) -> ProviderError {
        ProviderError::new(&self.context.provider, message)
    }
}

/// What a request takes of the budget, whether it ends, fails in the middle, or is given up.
struct Meter<'a> {
    reservation: Reservation,
    prompt: &'a str,
    draft: Draft,
}

impl Meter<'_> {
    /// The provider's count, else an estimate.
    fn usage(&self) -> Usage {
        match (self.draft.prompt_tokens, self.draft.answer_tokens) {
            (Some(prompt), Some(answer)) => Usage { prompt, answer, estimated: false },
            (prompt, answer) => Usage {
                prompt: prompt.unwrap_or_else(|| tokens::count(self.prompt)),
                answer: answer.unwrap_or_else(|| tokens::count(&self.draft.text)),
                estimated: true,
            },
        }
    }
}

impl Drop for Meter<'_> {
    fn drop(&mut self) {
        // What came before it broke off is paid for.
        if self.draft.pieces > 0 && !self.draft.text.is_empty() {
            let usage = Usage { estimated: true, ..self.usage() };
            self.reservation.used(usage);
        }
    }
}

fn given_up(tried: u32, reason: &str) -> String {
    if tried == 1 { reason.to_owned() } else { format!("{reason} (tried {tried} times)") }
}

fn sum(one: Option<Usage>, other: Option<Usage>) -> Option<Usage> {
    match (one, other) {
        (Some(one), Some(other)) => Some(Usage {
            prompt: one.prompt + other.prompt,
            answer: one.answer + other.answer,
            estimated: one.estimated || other.estimated,
        }),
        (one, other) => one.or(other),
    }
}

/// Sees to it that encrypted connections can be made, by whichever part of this program makes the first.
pub(crate) fn prepare_encryption() {
    static CRYPTOGRAPHY: Once = Once::new();
    // Fails when the program has chosen another, which is as good.
    CRYPTOGRAPHY.call_once(|| drop(rustls::crypto::ring::default_provider().install_default()));
}

fn client(timeouts: &Timeouts, is_local: bool) -> Result<reqwest::Client, String> {
    prepare_encryption();
    let builder = reqwest::Client::builder()
        .user_agent(concat!("sysspec/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(timeouts.connect)
        // The key would go along.
        .redirect(Policy::none());
    // A proxy of the environment does not lead back to this machine.
    let builder = if is_local { builder.no_proxy() } else { builder };
    builder.build().map_err(|error| format!("cannot set up HTTPS: {error}"))
}

fn extra(toml: Option<&str>) -> Result<serde_json::Map<String, Value>, String> {
    let Some(toml) = toml else { return Ok(serde_json::Map::new()) };
    let table: toml::Table = toml.parse().map_err(|error| format!("`extra`: {error}"))?;
    match serde_json::to_value(table) {
        Ok(Value::Object(map)) => Ok(map),
        Ok(_) => Ok(serde_json::Map::new()),
        Err(error) => Err(format!("`extra`: {error}")),
    }
}

/// Lays what settings add over a request; tables are joined.
fn merge(body: &mut Value, extra: &serde_json::Map<String, Value>) {
    for (key, value) in extra {
        match (body.get_mut(key), value) {
            (Some(below @ Value::Object(_)), Value::Object(above)) => merge(below, above),
            _ => body[key] = value.clone(),
        }
    }
}

impl Provider for Http {
    fn name(&self) -> &str {
        &self.name
    }

    fn concurrency(&self) -> usize {
        self.at_once
    }

    fn answer<'a>(
        &'a self,
        request: Request<'a>,
        watch: &'a dyn Watch,
    ) -> BoxFuture<'a, Result<Reply, ProviderError>> {
        Box::pin(async move { Ok(Reply::Answer(self.ask(request, watch).await?)) })
    }
}

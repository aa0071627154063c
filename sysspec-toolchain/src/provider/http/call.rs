//! One request: sent, and its answer read as it comes, with a limit on each part of the time and on the size.

use std::time::Duration;

use reqwest::{Response, Url};
use serde_json::Value;
use sysspec_analysis::TimeoutSettings;
use tokio::time::{Instant, timeout_at};

use super::failure::{self, Context, Failure};
use super::format::{Draft, Format, Refusal};
use super::sse::Events;
use crate::provider::{Waiting, Watch};

/// The bytes that an answer may have, of its transfer and not of its text alone.
const MOST_BYTES: usize = 10_000_000;

/// The bytes that are read of an answer that is an error.
const MOST_BYTES_OF_ERROR: usize = 64 * 1024;

/// How long each part of a request may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// Until there is a connection.
    pub connect: Duration,
    /// Until the first piece of the answer.
    pub first_token: Duration,
    /// From one piece to the next.
    pub between_tokens: Duration,
    /// For all of it.
    pub whole: Duration,
}

impl Timeouts {
    /// The settings, and for what they leave open what suits hosted models that think and local ones that are slow.
    pub fn new(settings: &TimeoutSettings) -> Self {
        let seconds = |set: Option<u64>, default| Duration::from_secs(set.unwrap_or(default));
        Self {
            connect: seconds(settings.connect, 15),
            first_token: seconds(settings.first_token, 600),
            between_tokens: seconds(settings.between_tokens, 120),
            whole: seconds(settings.whole, 3600),
        }
    }
}

/// A request that is ready to be sent.
pub struct Call<'a> {
    pub format: Format,
    pub request: reqwest::RequestBuilder,
    pub stream: bool,
    pub timeouts: Timeouts,
    pub context: &'a Context,
}

impl Call<'_> {
    /// Sends the request and reads the answer into `draft`, which keeps what came when the rest does not.
    pub async fn run(self, draft: &mut Draft, watch: &dyn Watch) -> Result<(), Failure> {
        let start = Instant::now();
        let limits = Limits { start, stream: self.stream, timeouts: self.timeouts };
        let context = self.context;
        let response = match timeout_at(limits.first(), self.request.send()).await {
            Ok(sent) => sent.map_err(|error| failure::broken(&error, context))?,
            Err(_) => return Err(limits.late(0)),
        };
        let mut body = Body { response, limits, context, bytes: 0, most: MOST_BYTES };
        let status = body.response.status();
        let headers = body.response.headers().clone();
        if !status.is_success() {
            body.most = MOST_BYTES_OF_ERROR;
            let said = body.start_of_it().await;
            return Err(failure::refused(status, &headers, &said, context));
        }
        match failure::content_type(&headers) {
            Some("text/event-stream") => read_events(self.format, &mut body, draft, watch).await,
            Some("application/json") => read_whole(self.format, &mut body, draft, watch).await,
            _ => {
                body.most = MOST_BYTES_OF_ERROR;
                let said = body.start_of_it().await;
                Err(failure::wrong_type(&headers, &said, context))
            }
        }
    }
}

async fn read_events(
    format: Format,
    body: &mut Body<'_>,
    draft: &mut Draft,
    watch: &dyn Watch,
) -> Result<(), Failure> {
    let mut events = Events::default();
    let mut last = Instant::now();
    loop {
        let pieces = draft.pieces;
        let (data, is_over) = match body.chunk(pieces, last).await {
            Ok(Some(chunk)) => (events.take(&chunk), false),
            Ok(None) => (std::mem::take(&mut events).finish().into_iter().collect(), true),
            // All is there but the tokens' count, or the end of a connection that the server leaves open.
            Err(_) if draft.is_finished => return Ok(()),
            Err(failure) => return Err(failure),
        };
        for data in data {
            let before = draft.text.len();
            take_event(format, &data, draft, body.context)?;
            if draft.text.len() > before {
                watch.waiting(&Waiting::Text(&draft.text[before..]));
            }
        }
        if draft.pieces > pieces {
            last = Instant::now();
        }
        if is_over || draft.is_over {
            return finished(draft, body.context);
        }
    }
}

fn take_event(format: Format, data: &str, draft: &mut Draft, context: &Context) -> Result<(), Failure> {
    if data.trim() == "[DONE]" {
        (draft.is_finished, draft.is_over) = (true, true);
        return Ok(());
    }
    let event: Value =
        serde_json::from_str(data).map_err(|error| failure::malformed(data, &error, context))?;
    format.event(&event, draft).map_err(told)
}

async fn read_whole(
    format: Format,
    body: &mut Body<'_>,
    draft: &mut Draft,
    watch: &dyn Watch,
) -> Result<(), Failure> {
    let (mut bytes, start) = (Vec::new(), Instant::now());
    while let Some(chunk) = body.chunk(0, start).await? {
        bytes.extend_from_slice(&chunk);
    }
    let text = String::from_utf8_lossy(&bytes);
    let value: Value =
        serde_json::from_str(&text).map_err(|error| failure::malformed(&text, &error, body.context))?;
    format.whole(&value, draft).map_err(told)?;
    watch.waiting(&Waiting::Text(&draft.text));
    finished(draft, body.context)
}

fn finished(draft: &Draft, context: &Context) -> Result<(), Failure> {
    if draft.is_finished {
        return Ok(());
    }
    let place = context.url.host_str().unwrap_or_default();
    Err(Failure::passing(format!("{place} ended the answer before it was whole")))
}

fn told(refusal: Refusal) -> Failure {
    if refusal.is_passing { Failure::passing(refusal.message) } else { Failure::lasting(refusal.message) }
}

/// The body of an answer while it comes.
struct Body<'a> {
    response: Response,
    limits: Limits,
    context: &'a Context,
    bytes: usize,
    most: usize,
}

impl Body<'_> {
    /// The next bytes, when `pieces` of the answer are there, the last since `last`.
    async fn chunk(&mut self, pieces: u64, last: Instant) -> Result<Option<Vec<u8>>, Failure> {
        let chunk = match timeout_at(self.limits.next(pieces, last), self.response.chunk()).await {
            Ok(chunk) => chunk.map_err(|error| failure::broken(&error, self.context))?,
            Err(_) => return Err(self.limits.late(pieces)),
        };
        let Some(chunk) = chunk else { return Ok(None) };
        self.bytes += chunk.len();
        if self.bytes > self.most {
            return Err(Failure::lasting(format!(
                "the answer of {} has more than {} MB and was given up: no code of a module is that long; set `max_answer_tokens`, or check \
                 `model` and `base_url`",
                self.context.url.host_str().unwrap_or_default(),
                self.most / 1_000_000
            )));
        }
        Ok(Some(chunk.to_vec()))
    }

    /// As much as comes of an answer that is quoted only.
    async fn start_of_it(&mut self) -> Vec<u8> {
        let (mut bytes, start) = (Vec::new(), Instant::now());
        while let Ok(Some(chunk)) = self.chunk(1, start).await {
            bytes.extend_from_slice(&chunk);
        }
        bytes
    }
}

/// When each part of a request must be there.
#[derive(Clone, Copy)]
struct Limits {
    start: Instant,
    stream: bool,
    timeouts: Timeouts,
}

impl Limits {
    fn whole(&self) -> Instant {
        self.start + self.timeouts.whole
    }

    /// An answer that does not come in pieces is there when all of it is.
    fn first(&self) -> Instant {
        if self.stream { (self.start + self.timeouts.first_token).min(self.whole()) } else { self.whole() }
    }

    fn next(&self, pieces: u64, last: Instant) -> Instant {
        if pieces == 0 { self.first() } else { (last + self.timeouts.between_tokens).min(self.whole()) }
    }

    fn late(&self, pieces: u64) -> Failure {
        let Timeouts { first_token, between_tokens, whole, .. } = self.timeouts;
        let (what, limit, key) = if Instant::now() >= self.whole() {
            ("the answer was not whole", whole, "whole")
        } else if pieces == 0 {
            ("there was no answer", first_token, "first_token")
        } else {
            ("the answer stopped in the middle, and nothing came", between_tokens, "between_tokens")
        };
        Failure::passing(format!(
            "{what} within {} s; a longer time is set by `timeouts.{key}`",
            limit.as_secs()
        ))
    }
}

/// The address of a request: what the settings say, and the path of the format.
pub fn address(base: &Url, path: &str) -> Result<Url, String> {
    let joined = format!("{}/{path}", base.as_str().trim_end_matches('/'));
    Url::parse(&joined).map_err(|error| format!("{joined} is not an address: {error}"))
}

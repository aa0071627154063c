//! Stand-ins for a server with a model: `wiremock` for whole answers, a plain socket for what no well-behaved server does.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use secrecy::SecretString;
use sysspec_analysis::{
    BudgetSettings, LimitSettings, ModelRole, ModelSettings, ProviderKind, ProviderSettings, RoleSettings,
    TimeoutSettings,
};
use sysspec_toolchain::provider::{Config, KeySource, Overrides, Waiting, Watch};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use wiremock::ResponseTemplate;

use super::Script;

/// The key of the tests, which nothing may keep.
pub const KEY: &str = "sk-planted-0123456789";

/// An environment that has the key in `TEST_KEY` and nothing else.
pub struct OneKey;

impl KeySource for OneKey {
    fn variable(&self, name: &str) -> Option<SecretString> {
        (name == "TEST_KEY").then(|| SecretString::from(KEY))
    }

    fn keyring(&self, _provider: &str) -> Result<Option<SecretString>, String> {
        Ok(None)
    }
}

/// A provider of the user at `base`, which retries once and gives up soon.
pub fn settings(base: &str) -> ProviderSettings {
    ProviderSettings {
        base_url: Some(format!("{base}/v1")),
        key_env: Some("TEST_KEY".into()),
        model: Some("m-1".into()),
        limits: LimitSettings { retries: Some(1), at_once: Some(1), ..LimitSettings::default() },
        timeouts: TimeoutSettings {
            connect: Some(20),
            first_token: Some(20),
            between_tokens: Some(1),
            whole: Some(60),
        },
        ..ProviderSettings::new(ProviderKind::OpenAi)
    }
}

/// The user's configuration with one provider, `test`, that writes code.
pub fn config(provider: ProviderSettings) -> Config {
    config_within(provider, BudgetSettings::default())
}

pub fn config_within(provider: ProviderSettings, budget: BudgetSettings) -> Config {
    let role = RoleSettings { provider: "test".into(), model: None };
    let user = ModelSettings {
        providers: [("test".to_owned(), provider)].into(),
        roles: [(ModelRole::CodeGen, role)].into(),
        budget,
    };
    Config::new(ModelSettings::default(), user, Overrides::default(), Arc::new(OneKey))
}

/// A chat completion in pieces, as a stream of events.
pub fn stream(text: &str) -> String {
    let mut body = String::from(": a comment\n\n");
    let characters: Vec<char> = text.chars().collect();
    for piece in characters.chunks(7) {
        let piece: String = piece.iter().collect();
        let event =
            serde_json::json!({ "model": "m-1-2026", "choices": [{ "delta": { "content": piece } }] });
        body.push_str(&format!("data: {event}\n\n"));
    }
    body.push_str("data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n");
    body.push_str("data: {\"choices\":[],\"usage\":{\"prompt_tokens\":100,\"completion_tokens\":20}}\n\n");
    body.push_str("data: [DONE]\n\n");
    body
}

pub fn events(body: String) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_raw(body, "text/event-stream; charset=utf-8")
}

/// An error as OpenAI words it.
pub fn error(status: u16, message: &str) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_json(serde_json::json!({ "error": { "message": message } }))
}

/// A model that knows the right answer to the first prompt of every module.
pub fn model(script: Script) -> impl Fn(&wiremock::Request) -> ResponseTemplate {
    move |request| {
        let body: serde_json::Value = request.body_json().unwrap();
        let prompt = body["messages"][0]["content"].as_str().unwrap();
        let answer = script.iter().find(|((module, phase, _), _)| {
            let title = if *phase == 1 { "specification" } else { "concurrency specification" };
            prompt.contains(&format!("# The {title} of `{module}`"))
        });
        match answer {
            Some((_, answer)) => events(stream(answer)),
            None => error(400, "there is no answer for this prompt"),
        }
    }
}

/// What a watcher saw: the text as it came, and why was retried after which pause.
#[derive(Default)]
pub struct Seen {
    pub text: Mutex<String>,
    pub retries: Mutex<Vec<(Duration, String)>>,
}

impl Watch for Seen {
    fn waiting(&self, waiting: &Waiting<'_>) {
        match waiting {
            Waiting::Text(text) => self.text.lock().unwrap().push_str(text),
            Waiting::Retry { pause, reason, .. } => {
                self.text.lock().unwrap().clear();
                self.retries.lock().unwrap().push((*pause, (*reason).to_owned()));
            }
        }
    }
}

/// What a plain socket does with each connection, once the request is there.
#[derive(Debug, Clone, Copy)]
pub enum Act {
    /// Sends this and closes.
    Send(&'static str),
    /// Sends this and resets the connection.
    Reset(&'static str),
    /// Sends this and then nothing, until the other side is gone.
    Stall(&'static str),
}

/// A plain socket; its address, and what tells of connections that the other side closed.
pub async fn socket(act: Act) -> (String, tokio::sync::mpsc::UnboundedReceiver<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (sender, gone) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((connection, _)) = listener.accept().await {
            let sender = sender.clone();
            tokio::spawn(async move {
                serve(connection, act).await;
                let _ = sender.send(());
            });
        }
    });
    (address, gone)
}

async fn serve(mut connection: TcpStream, act: Act) {
    read_request(&mut connection).await;
    let (Act::Send(text) | Act::Reset(text) | Act::Stall(text)) = act;
    connection.write_all(text.as_bytes()).await.unwrap();
    connection.flush().await.unwrap();
    match act {
        Act::Send(_) => connection.shutdown().await.unwrap(),
        Act::Reset(_) => {
            // What was sent is on its way before the reset overtakes it.
            tokio::time::sleep(Duration::from_millis(50)).await;
            connection.set_zero_linger().unwrap();
        }
        Act::Stall(_) => while connection.read(&mut [0; 64]).await.is_ok_and(|count| count > 0) {},
    }
}

/// Reads a request with its body; headers of this client have no capitals.
async fn read_request(connection: &mut TcpStream) {
    let (mut bytes, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        let count = connection.read(&mut buffer).await.unwrap();
        bytes.extend_from_slice(&buffer[..count]);
        let text = String::from_utf8_lossy(&bytes);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        if count == 0 || body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
            return;
        }
    }
}

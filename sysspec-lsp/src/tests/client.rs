//! A client in the same process, which speaks to the server over a pair of pipes.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, DuplexStream};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::task::JoinHandle;

use crate::Options;

const PATIENCE: Duration = Duration::from_secs(20);

/// A server, and the client's end of its streams.
pub(super) struct Client {
    to_server: Option<DuplexStream>,
    from_server: UnboundedReceiver<Value>,
    kept: VecDeque<Value>,
    pub(super) server: JoinHandle<u8>,
    next_id: i64,
}

/// What a client sends with `initialize` besides its folders.
pub(super) fn capabilities() -> Value {
    json!({
        "general": { "positionEncodings": ["utf-16"] },
        "textDocument": {
            "publishDiagnostics": { "versionSupport": true, "relatedInformation": true },
            "documentSymbol": { "hierarchicalDocumentSymbolSupport": true },
        },
        "window": { "workDoneProgress": true },
    })
}

impl Client {
    /// A server that nothing was said to yet; its commands run `program`.
    pub(super) fn new(program: &Path) -> Client {
        let (to_server, server_input) = tokio::io::duplex(1 << 20);
        let (server_output, output) = tokio::io::duplex(1 << 20);
        let options = Options { program: program.to_owned() };
        let server = tokio::spawn(crate::serve(server_input, server_output, options));
        let (sender, from_server) = unbounded_channel();
        tokio::spawn(async move {
            let mut output = BufReader::new(output);
            while let Some(message) = read_message(&mut output).await {
                if sender.send(message).is_err() {
                    break;
                }
            }
        });
        Client { to_server: Some(to_server), from_server, kept: VecDeque::new(), server, next_id: 0 }
    }

    /// A server that is initialized for a folder.
    pub(super) async fn start(folder: &Path) -> Client {
        Client::start_with(folder, Path::new("/nonexistent"), capabilities()).await.0
    }

    pub(super) async fn start_with(folder: &Path, program: &Path, capabilities: Value) -> (Client, Value) {
        let mut client = Client::new(program);
        let folders = json!([{ "uri": uri(folder), "name": "workspace" }]);
        let parameters = json!({ "capabilities": capabilities, "workspaceFolders": folders });
        let answer = client.request("initialize", parameters).await;
        client.notify("initialized", json!({})).await;
        (client, answer["capabilities"].clone())
    }

    pub(super) async fn notify(&mut self, method: &str, parameters: Value) {
        self.send(json!({ "jsonrpc": "2.0", "method": method, "params": parameters })).await;
    }

    /// Sends a request and gives its number.
    pub(super) async fn ask(&mut self, method: &str, parameters: Value) -> i64 {
        self.next_id += 1;
        let mut message = json!({ "jsonrpc": "2.0", "id": self.next_id, "method": method });
        if !parameters.is_null() {
            message["params"] = parameters;
        }
        self.send(message).await;
        self.next_id
    }

    /// The answer to a request: the whole message.
    pub(super) async fn answer(&mut self, id: i64) -> Value {
        self.wait(|message| message["id"] == id && message.get("method").is_none()).await
    }

    /// The result of a request, which must not be an error.
    pub(super) async fn request(&mut self, method: &str, parameters: Value) -> Value {
        let id = self.ask(method, parameters).await;
        let mut answer = self.answer(id).await;
        assert!(answer.get("error").is_none(), "{method}: {answer}");
        answer["result"].take()
    }

    /// The first message that is wanted; what comes before it is kept for later, in order.
    pub(super) async fn wait(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        if let Some(at) = self.kept.iter().position(&wanted) {
            return self.kept.remove(at).unwrap();
        }
        loop {
            let message = tokio::time::timeout(PATIENCE, self.from_server.recv()).await;
            let message = message.unwrap_or_else(|_| panic!("nothing came; kept: {:#?}", self.kept));
            let message = message.unwrap_or_else(|| panic!("the server is gone; kept: {:#?}", self.kept));
            if wanted(&message) {
                return message;
            }
            self.kept.push_back(message);
        }
    }

    /// The next findings that are published for a file.
    pub(super) async fn published(&mut self, file: &Path) -> Value {
        let uri = uri(file);
        let mut message = self
            .wait(|message| is(message, "textDocument/publishDiagnostics") && message["params"]["uri"] == uri)
            .await;
        message["params"].take()
    }

    /// The codes that are published for a file, as soon as they are these.
    pub(super) async fn wait_for_codes(&mut self, file: &Path, expected: &[&str]) -> Value {
        loop {
            let published = self.published(file).await;
            if codes(&published) == expected {
                return published;
            }
        }
    }

    /// Whether one of the messages that came so far, and that nobody waited for, is like this.
    pub(super) fn has_kept(&self, like: impl Fn(&Value) -> bool) -> bool {
        self.kept.iter().any(like)
    }

    pub(super) async fn open(&mut self, file: &Path, version: i32, text: &str) {
        let document = json!({ "uri": uri(file), "languageId": "sysspec", "version": version, "text": text });
        self.notify("textDocument/didOpen", json!({ "textDocument": document })).await;
    }

    pub(super) async fn change(&mut self, file: &Path, version: i32, changes: Value) {
        let document = json!({ "uri": uri(file), "version": version });
        let parameters = json!({ "textDocument": document, "contentChanges": changes });
        self.notify("textDocument/didChange", parameters).await;
    }

    pub(super) async fn change_all(&mut self, file: &Path, version: i32, text: &str) {
        self.change(file, version, json!([{ "text": text }])).await;
    }

    pub(super) async fn close(&mut self, file: &Path) {
        self.notify("textDocument/didClose", json!({ "textDocument": { "uri": uri(file) } })).await;
    }

    pub(super) async fn execute(&mut self, command: &str, arguments: Value) -> i64 {
        self.ask("workspace/executeCommand", json!({ "command": command, "arguments": arguments })).await
    }

    /// Ends as the protocol says, and gives the exit code.
    pub(super) async fn stop(mut self) -> u8 {
        self.request("shutdown", Value::Null).await;
        self.notify("exit", Value::Null).await;
        self.ended().await
    }

    /// Ends by closing the stream, and gives the exit code.
    pub(super) async fn vanish(mut self) -> u8 {
        self.to_server = None;
        self.ended().await
    }

    pub(super) async fn send_raw(&mut self, bytes: &[u8]) {
        self.to_server.as_mut().unwrap().write_all(bytes).await.unwrap();
    }

    async fn ended(self) -> u8 {
        tokio::time::timeout(PATIENCE, self.server).await.expect("the server runs on").unwrap()
    }

    async fn send(&mut self, message: Value) {
        let body = message.to_string();
        self.send_raw(format!("Content-Length: {}\r\n\r\n{body}", body.len()).as_bytes()).await;
    }
}

pub(super) fn is(message: &Value, method: &str) -> bool {
    message["method"] == method
}

pub(super) fn uri(path: &Path) -> String {
    format!("file://{}", path.display())
}

/// A position of a document, as requests name it.
pub(super) fn place(file: &Path, line: u32, character: u32) -> Value {
    json!({ "textDocument": { "uri": uri(file) }, "position": { "line": line, "character": character } })
}

/// The position of the first occurrence of a text.
pub(super) fn place_of(file: &Path, text: &str, wanted: &str) -> Value {
    let offset = text.find(wanted).unwrap_or_else(|| panic!("{wanted:?} is not in {text}"));
    let line = text[..offset].matches('\n').count();
    let start = text[..offset].rfind('\n').map_or(0, |at| at + 1);
    place(file, line as u32, text[start..offset].encode_utf16().count() as u32)
}

/// A range of a document, from and to a line and character.
pub(super) fn range(start: (u32, u32), end: (u32, u32)) -> Value {
    json!({
        "start": { "line": start.0, "character": start.1 },
        "end": { "line": end.0, "character": end.1 },
    })
}

pub(super) fn codes(published: &Value) -> Vec<String> {
    let diagnostics = published["diagnostics"].as_array().unwrap();
    diagnostics.iter().map(|found| found["code"].as_str().unwrap().to_owned()).collect()
}

async fn read_message(output: &mut BufReader<DuplexStream>) -> Option<Value> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if output.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        if line == "\r\n" {
            break;
        }
        if let Some(value) = line.strip_prefix("Content-Length: ") {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    output.read_exact(&mut body).await.ok()?;
    Some(serde_json::from_slice(&body).unwrap())
}

/// A small workspace on disk: `find` of the layer path relies on `name_hash` of the layer util.
pub(super) struct Workspace(tempfile::TempDir);

pub(super) const NAME_HASH: &str = "[MODULE]
name: name_hash
layer: util
level: 1

[GUARANTEE]
```c
uint32_t name_hash(const char *name);
```

[SPECIFICATION]
**Pre-Condition**:
- `name != NULL`

**Post-Condition**:
- The result is the FNV-1a hash of the bytes of `name`.
";

pub(super) const FIND: &str = "[MODULE]
name: find
layer: path
level: 1

[RELY]
```c
uint32_t name_hash(const char *name);
```

[GUARANTEE]
```c
int find(const char *name);
```

[SPECIFICATION]
**Pre-Condition**:
- `name != NULL`

**Post-Condition**:
- The result is `name_hash(name)` modulo 7.
";

const MANIFEST: &str = "name = \"small\"

[[layer]]
folder = \"util\"
header = \"util/util.header\"
relies_on = []

[[layer]]
folder = \"path\"
header = \"path/path.header\"
relies_on = [\"util\"]
";

impl Workspace {
    pub(super) fn new() -> Workspace {
        let workspace = Workspace(tempfile::tempdir().unwrap());
        workspace.write("sysspec.toml", MANIFEST);
        workspace.write("util/util.header", "stdint\n\nuint32_t name_hash(const char *name);\n");
        workspace.write("util/name_hash.spec", NAME_HASH);
        workspace.write("path/path.header", "util\n\nint find(const char *name);\n");
        workspace.write("path/find.spec", FIND);
        workspace
    }

    pub(super) fn folder(&self) -> &Path {
        self.0.path()
    }

    pub(super) fn file(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    pub(super) fn write(&self, path: &str, text: &str) {
        let file = self.file(path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }
}

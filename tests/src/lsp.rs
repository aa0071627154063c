//! A small client of the Language Server Protocol over a child's stdin and stdout.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};

const PATIENCE: Duration = Duration::from_secs(60);

/// A running `sysspec lsp` that was initialized for one folder.
pub struct Client {
    child: Child,
    stdin: ChildStdin,
    messages: Receiver<Value>,
    kept: VecDeque<Value>,
    next_id: i64,
}

impl Client {
    /// Starts the server and initializes it for `folder`; returns it with what it says it can do.
    pub fn start(binary: &Path, folder: &Path) -> Result<(Client, Value)> {
        Client::start_with(binary, folder, |_| {})
    }

    /// The same for a client whose capabilities are changed before they are told.
    pub fn start_with(
        binary: &Path,
        folder: &Path,
        change: impl FnOnce(&mut Value),
    ) -> Result<(Client, Value)> {
        let mut child = Command::new(binary)
            .arg("lsp")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("cannot run {}", binary.display()))?;
        let stdin = child.stdin.take().context("no stdin")?;
        let mut stdout = BufReader::new(child.stdout.take().context("no stdout")?);
        let (send, messages) = channel();
        std::thread::spawn(move || {
            while let Ok(message) = read_message(&mut stdout) {
                if send.send(message).is_err() {
                    break;
                }
            }
        });
        let mut client = Client { child, stdin, messages, kept: VecDeque::new(), next_id: 0 };
        let root = uri(folder);
        let mut capabilities = json!({
            "general": { "positionEncodings": ["utf-16"] },
            "textDocument": { "publishDiagnostics": { "versionSupport": true, "relatedInformation": true } },
            "window": { "workDoneProgress": true },
        });
        change(&mut capabilities);
        let parameters = json!({
            "processId": std::process::id(),
            "rootUri": root,
            "workspaceFolders": [{ "uri": root, "name": "workspace" }],
            "capabilities": capabilities,
        });
        let answer = client.request("initialize", parameters)?;
        client.notify("initialized", json!({}))?;
        Ok((client, answer["capabilities"].clone()))
    }

    /// Sends a request and waits for its result.
    pub fn request(&mut self, method: &str, parameters: Value) -> Result<Value> {
        self.next_id += 1;
        let id = self.next_id;
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": parameters }))?;
        let mut answer =
            self.wait(&format!("answer to {method}"), |m| m["id"] == id && m.get("method").is_none())?;
        ensure!(answer.get("error").is_none(), "{method}: {}", answer["error"]);
        Ok(answer["result"].take())
    }

    /// Sends a notification.
    pub fn notify(&mut self, method: &str, parameters: Value) -> Result<()> {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": parameters }))
    }

    /// Waits for a message, answering what the server asks meanwhile; passed-over notifications are kept.
    pub fn wait(&mut self, what: &str, wanted: impl Fn(&Value) -> bool) -> Result<Value> {
        if let Some(at) = self.kept.iter().position(&wanted) {
            return self.kept.remove(at).context("kept message");
        }
        let end = Instant::now() + PATIENCE;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let message = match self.messages.recv_timeout(left) {
                Ok(message) => message,
                Err(RecvTimeoutError::Timeout) => bail!("no {what} within {PATIENCE:?}"),
                Err(RecvTimeoutError::Disconnected) => bail!("the server ended before it sent the {what}"),
            };
            if message.get("method").is_some() && message.get("id").is_some() {
                self.send(&json!({ "jsonrpc": "2.0", "id": message["id"], "result": null }))?;
            }
            if wanted(&message) {
                return Ok(message);
            }
            self.kept.push_back(message);
        }
    }

    /// Waits until the diagnostics published last for a file satisfy `wanted`, and returns them.
    pub fn diagnostics(&mut self, file: &Path, wanted: impl Fn(&[Value]) -> bool) -> Result<Vec<Value>> {
        let name = uri(file);
        let message = self.wait(&format!("such diagnostics for {name}"), |m| {
            m["method"] == "textDocument/publishDiagnostics"
                && m["params"]["uri"] == name.as_str()
                && m["params"]["diagnostics"].as_array().is_some_and(|found| wanted(found))
        })?;
        Ok(message["params"]["diagnostics"].as_array().cloned().unwrap_or_default())
    }

    /// Opens a file with the text given, as version 1.
    pub fn open(&mut self, file: &Path, text: &str) -> Result<()> {
        let document = json!({ "uri": uri(file), "languageId": "sysspec", "version": 1, "text": text });
        self.notify("textDocument/didOpen", json!({ "textDocument": document }))
    }

    /// Replaces the whole text of an open file.
    pub fn change(&mut self, file: &Path, version: i32, text: &str) -> Result<()> {
        let document = json!({ "uri": uri(file), "version": version });
        let changes = json!([{ "text": text }]);
        self.notify("textDocument/didChange", json!({ "textDocument": document, "contentChanges": changes }))
    }

    /// Shuts the server down as the protocol says and returns whether it exited with 0.
    pub fn stop(mut self) -> Result<bool> {
        self.request("shutdown", Value::Null)?;
        self.notify("exit", Value::Null)?;
        let end = Instant::now() + PATIENCE;
        while Instant::now() < end {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status.success());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        bail!("the server runs on after exit")
    }

    fn send(&mut self, message: &Value) -> Result<()> {
        let body = serde_json::to_vec(message)?;
        write!(self.stdin, "Content-Length: {}\r\n\r\n", body.len())?;
        self.stdin.write_all(&body)?;
        Ok(self.stdin.flush()?)
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The `file:` URI of an absolute path without special characters.
pub fn uri(path: &Path) -> String {
    format!("file://{}", path.display())
}

fn read_message(stream: &mut impl BufRead) -> Result<Value> {
    let mut length = None;
    loop {
        let mut line = String::new();
        ensure!(stream.read_line(&mut line)? > 0, "end of stream");
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("Content-Length: ") {
            length = Some(value.parse::<usize>()?);
        }
    }
    let mut body = vec![0; length.context("no Content-Length")?];
    stream.read_exact(&mut body)?;
    Ok(serde_json::from_slice(&body)?)
}

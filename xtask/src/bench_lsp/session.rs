//! One running language server, and how long it takes to answer.
//!
//! A thread of its own notes when each message arrived, before the message is read.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};

use super::servers::Server;

const PATIENCE: Duration = Duration::from_secs(120);

/// A request that was overtaken is asked again (LSP 3.17: ContentModified, ServerCancelled).
const OVERTAKEN: [i64; 2] = [-32801, -32802];

/// How diagnostics come to the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// The server publishes them.
    Push,
    /// The client asks for them.
    Pull,
}

impl Mode {
    pub fn shown(self) -> &'static str {
        match self {
            Mode::Push => "push",
            Mode::Pull => "pull",
        }
    }
}

/// A text at a place of a file, and the text that an edit puts there; the next edit takes it back.
#[derive(Clone, Debug)]
pub struct Toggle {
    /// The file, relative to the workspace.
    pub path: String,
    pub line: usize,
    pub column: usize,
    pub there: String,
    pub instead: String,
}

/// What was published last for a file.
#[derive(Clone, Copy, Debug)]
struct Published {
    at: Instant,
    version: Option<i64>,
    count: usize,
}

/// A server at work on one folder.
pub struct Session {
    child: Child,
    stdin: ChildStdin,
    arrivals: Receiver<(Instant, Value)>,
    folder: PathBuf,
    mode: Mode,
    spawned: Instant,
    /// When a message came last.
    heard: Instant,
    answers: HashMap<i64, (Instant, Value)>,
    published: HashMap<String, Published>,
    versions: HashMap<String, i64>,
    /// Whether a toggle stands, by file.
    toggled: HashMap<String, bool>,
    next_id: i64,
}

impl Session {
    /// Starts a server for a folder. `None` when it does not give diagnostics this way.
    pub fn start(server: &Server, folder: &Path, mode: Mode) -> Result<Option<Session>> {
        let spawned = Instant::now();
        let mut child = server
            .serve(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("cannot run {}", server.program.display()))?;
        let stdin = child.stdin.take().context("no stdin")?;
        let stdout = child.stdout.take().context("no stdout")?;
        let (send, arrivals) = channel();
        std::thread::spawn(move || {
            let mut stdout = BufReader::with_capacity(1 << 16, stdout);
            while let Ok(body) = read_body(&mut stdout) {
                let at = Instant::now();
                let Ok(message) = serde_json::from_slice(&body) else { break };
                if send.send((at, message)).is_err() {
                    break;
                }
            }
        });
        let mut session = Session {
            child,
            stdin,
            arrivals,
            folder: folder.to_owned(),
            mode,
            spawned,
            heard: spawned,
            answers: HashMap::new(),
            published: HashMap::new(),
            versions: HashMap::new(),
            toggled: HashMap::new(),
            next_id: 0,
        };
        let answer = session.initialize()?;
        let can_pull = !answer["capabilities"]["diagnosticProvider"].is_null();
        if mode == Mode::Pull && !can_pull {
            session.stop();
            return Ok(None);
        }
        session.notify("initialized", json!({}))?;
        Ok(Some(session))
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Opens a file; the time from the start of the server to the file's diagnostics.
    pub fn open_first(&mut self, path: &str, language: &str) -> Result<Duration> {
        self.open(path, language)?;
        let at = match self.mode {
            Mode::Push => self.wait_published(path, self.spawned, None)?,
            Mode::Pull => self.pull(&[path.to_string()])?,
        };
        Ok(at - self.spawned)
    }

    /// Opens a file.
    pub fn open(&mut self, path: &str, language: &str) -> Result<()> {
        let file = self.folder.join(path);
        let text =
            std::fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        self.versions.insert(path.into(), 1);
        let document = json!({ "uri": self.uri(path), "languageId": language, "version": 1, "text": text });
        self.notify("textDocument/didOpen", json!({ "textDocument": document }))
    }

    /// Makes an edit, or takes it back; the time until the file's diagnostics of this version are here.
    pub fn keystroke(&mut self, toggle: &Toggle) -> Result<Duration> {
        let sent = Instant::now();
        let version = self.apply(toggle)?;
        let at = match self.mode {
            Mode::Push => self.wait_published(&toggle.path, sent, Some(version))?,
            Mode::Pull => self.pull(std::slice::from_ref(&toggle.path))?,
        };
        Ok(at - sent)
    }

    /// Makes an edit, or takes it back; the time until the diagnostics of all that it concerns are here.
    pub fn keystroke_for_all(&mut self, toggle: &Toggle, concerned: &Concerned) -> Result<Duration> {
        let sent = Instant::now();
        let version = self.apply(toggle)?;
        let mut last = match self.mode {
            Mode::Push => self.wait_published(&toggle.path, sent, Some(version))?,
            Mode::Pull => return Ok(self.pull(&concerned.files)? - sent),
        };
        let stands = self.toggled[&toggle.path];
        for (uri, counts) in &concerned.published {
            let count = if stands { counts.0 } else { counts.1 };
            last = last.max(self.wait_count(uri, sent, count)?);
        }
        Ok(last - sent)
    }

    /// Finds out which files an edit concerns: those whose published diagnostics change with it.
    pub fn probe(&mut self, toggle: &Toggle, dependents: &[String]) -> Result<Concerned> {
        let mut files = vec![toggle.path.clone()];
        files.extend_from_slice(dependents);
        let mut concerned = Concerned { files, published: HashMap::new() };
        if self.mode == Mode::Pull {
            return Ok(concerned);
        }
        let edited = self.uri(&toggle.path);
        let on = self.published_after(toggle)?;
        let off = self.published_after(toggle)?;
        for (uri, count) in on {
            if let Some(&without) = off.get(&uri)
                && uri != edited
            {
                concerned.published.insert(uri, (count, without));
            }
        }
        Ok(concerned)
    }

    /// Ends the server.
    pub fn stop(mut self) {
        // However it goes, the process is ended when this is dropped.
        if self.request("shutdown", Value::Null).and_then(|id| self.answer(id)).is_ok() {
            let _ = self.notify("exit", Value::Null);
            let end = Instant::now() + Duration::from_secs(5);
            while Instant::now() < end && matches!(self.child.try_wait(), Ok(None)) {
                std::thread::sleep(Duration::from_millis(5));
            }
        }
    }

    fn initialize(&mut self) -> Result<Value> {
        let uri = format!("file://{}", self.folder.display());
        let mut text = json!({
            "publishDiagnostics": { "versionSupport": true, "relatedInformation": true },
            "synchronization": { "didSave": true },
        });
        if self.mode == Mode::Pull {
            text["diagnostic"] = json!({ "dynamicRegistration": false, "relatedDocumentSupport": false });
        }
        let id = self.request(
            "initialize",
            json!({
                "processId": std::process::id(),
                "rootUri": uri,
                "workspaceFolders": [{ "uri": uri, "name": "bench" }],
                "capabilities": {
                    "general": { "positionEncodings": ["utf-16"] },
                    "textDocument": text,
                    "workspace": { "configuration": true, "workspaceFolders": true },
                },
            }),
        )?;
        Ok(self.answer(id)?.1)
    }

    fn apply(&mut self, toggle: &Toggle) -> Result<i64> {
        let version = self.versions.entry(toggle.path.clone()).or_insert(1);
        *version += 1;
        let version = *version;
        let stands = self.toggled.entry(toggle.path.clone()).or_default();
        let (old, new) =
            if *stands { (&toggle.instead, &toggle.there) } else { (&toggle.there, &toggle.instead) };
        *stands = !*stands;
        let position = |column: usize| json!({ "line": toggle.line, "character": column });
        let range = json!({ "start": position(toggle.column), "end": position(toggle.column + old.len()) });
        let document = json!({ "uri": self.uri(&toggle.path), "version": version });
        let changes = json!([{ "range": range, "text": new }]);
        self.notify(
            "textDocument/didChange",
            json!({ "textDocument": document, "contentChanges": changes }),
        )?;
        Ok(version)
    }

    /// Asks for the diagnostics of some files; when the last answer came.
    fn pull(&mut self, paths: &[String]) -> Result<Instant> {
        let mut asked = Vec::new();
        for path in paths {
            asked.push((path.clone(), self.ask(path)?));
        }
        let mut last = self.spawned;
        while let Some((path, id)) = asked.pop() {
            let (at, answer) = self.answer_or_error(id)?;
            match answer.get("error") {
                Some(error) if OVERTAKEN.iter().any(|code| error["code"] == *code) => {
                    let again = self.ask(&path)?;
                    asked.push((path, again));
                }
                Some(error) => bail!("textDocument/diagnostic: {error}"),
                None => last = last.max(at),
            }
        }
        Ok(last)
    }

    fn ask(&mut self, path: &str) -> Result<i64> {
        let document = json!({ "uri": self.uri(path) });
        self.request("textDocument/diagnostic", json!({ "textDocument": document }))
    }

    /// When the diagnostics of a file came that were published after `since`, of that version or a later one.
    fn wait_published(&mut self, path: &str, since: Instant, version: Option<i64>) -> Result<Instant> {
        let uri = self.uri(path);
        self.wait(&format!("diagnostics of {path}"), |session| {
            let published = session.published.get(&uri)?;
            let is_of_version = match (published.version, version) {
                (Some(published), Some(wanted)) => published >= wanted,
                // A server that tells no version is taken at its word.
                _ => true,
            };
            (published.at >= since && is_of_version).then_some(published.at)
        })
    }

    fn wait_count(&mut self, uri: &str, since: Instant, count: usize) -> Result<Instant> {
        self.wait(&format!("{count} diagnostics of {uri}"), |session| {
            let published = session.published.get(uri)?;
            (published.at >= since && published.count == count).then_some(published.at)
        })
    }

    /// Edits, waits until nothing more comes, and tells how many diagnostics every file has that was published.
    fn published_after(&mut self, toggle: &Toggle) -> Result<HashMap<String, usize>> {
        const QUIET: Duration = Duration::from_secs(2);
        let sent = Instant::now();
        let version = self.apply(toggle)?;
        self.wait_published(&toggle.path, sent, Some(version))?;
        let mut end = Instant::now() + QUIET;
        while Instant::now() < end {
            let before = self.heard;
            self.take(end)?;
            if self.heard > before {
                end = Instant::now() + QUIET;
            }
        }
        let new = self.published.iter().filter(|(_, published)| published.at >= sent);
        Ok(new.map(|(uri, published)| (uri.clone(), published.count)).collect())
    }

    fn answer(&mut self, id: i64) -> Result<(Instant, Value)> {
        let (at, mut answer) = self.answer_or_error(id)?;
        ensure!(answer.get("error").is_none(), "the server refused: {}", answer["error"]);
        Ok((at, answer["result"].take()))
    }

    fn answer_or_error(&mut self, id: i64) -> Result<(Instant, Value)> {
        self.wait("answer", |session| session.answers.remove(&id))
    }

    fn wait<T>(&mut self, what: &str, mut ready: impl FnMut(&mut Self) -> Option<T>) -> Result<T> {
        let end = Instant::now() + PATIENCE;
        loop {
            if let Some(value) = ready(self) {
                return Ok(value);
            }
            ensure!(Instant::now() < end, "no {what} within {PATIENCE:?}");
            self.take(end)?;
        }
    }

    /// Takes the next message, if one comes before `end`.
    fn take(&mut self, end: Instant) -> Result<()> {
        let left = end.saturating_duration_since(Instant::now());
        let (at, message) = match self.arrivals.recv_timeout(left) {
            Ok(arrival) => arrival,
            Err(RecvTimeoutError::Timeout) => return Ok(()),
            Err(RecvTimeoutError::Disconnected) => bail!("the server ended"),
        };
        self.heard = at;
        let method = message["method"].as_str();
        match (method, message["id"].as_i64()) {
            (Some("textDocument/publishDiagnostics"), _) => {
                let told = &message["params"];
                let count = told["diagnostics"].as_array().map_or(0, Vec::len);
                let uri = told["uri"].as_str().unwrap_or_default().to_string();
                self.published.insert(uri, Published { at, version: told["version"].as_i64(), count });
            }
            (Some(method), _) if message.get("id").is_some() => {
                let items = message["params"]["items"].as_array().map_or(0, Vec::len);
                let result = match method {
                    "workspace/configuration" => json!(vec![Value::Null; items]),
                    _ => Value::Null,
                };
                self.send(&json!({ "jsonrpc": "2.0", "id": message["id"], "result": result }))?;
            }
            (None, Some(id)) => _ = self.answers.insert(id, (at, message)),
            _ => {}
        }
        Ok(())
    }

    fn request(&mut self, method: &str, parameters: Value) -> Result<i64> {
        self.next_id += 1;
        let id = self.next_id;
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": parameters }))?;
        Ok(id)
    }

    fn notify(&mut self, method: &str, parameters: Value) -> Result<()> {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": parameters }))
    }

    fn send(&mut self, message: &Value) -> Result<()> {
        let body = serde_json::to_vec(message)?;
        let mut whole = format!("Content-Length: {}\r\n\r\n", body.len()).into_bytes();
        whole.extend(body);
        self.stdin.write_all(&whole)?;
        Ok(self.stdin.flush()?)
    }

    fn uri(&self, path: &str) -> String {
        format!("file://{}", self.folder.join(path).display())
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What an edit concerns.
pub struct Concerned {
    /// The edited file and those that depend on it.
    pub files: Vec<String>,
    /// The other files whose published diagnostics change: how many while the edit stands, and without it.
    pub published: HashMap<String, (usize, usize)>,
}

fn read_body(stream: &mut impl BufRead) -> Result<Vec<u8>> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        ensure!(stream.read_line(&mut line)? > 0, "end of stream");
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse()?;
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    Ok(body)
}

//! The commands of editors: the `sysspec` program, run as a child and reported on.

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use nix::sys::signal::{self, Signal};
use nix::unistd::Pid;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::{Notify, oneshot};
use tokio::time::timeout;
use tower_lsp_server::Client;
use tower_lsp_server::jsonrpc::{Error, Result};
use tower_lsp_server::ls_types::notification::Progress;
use tower_lsp_server::ls_types::request::WorkDoneProgressCreate;
use tower_lsp_server::ls_types::{
    LSPAny, MessageType, ProgressParams, ProgressParamsValue, ProgressToken, WorkDoneProgress,
    WorkDoneProgressBegin, WorkDoneProgressCreateParams, WorkDoneProgressEnd, WorkDoneProgressReport,
};

use crate::roots;
use crate::server::PATIENCE;
use crate::writer::Message;

/// The commands, as clients name them.
pub(crate) const NAMES: [&str; 4] =
    ["sysspec.check", "sysspec.generateAndMount", "sysspec.mountAndTest", "sysspec.unmount"];

/// How long a child that was asked to end may take, since it may have to unmount.
const GRACE: Duration = Duration::from_secs(10);
/// How often progress is shown at most.
const PROGRESS_INTERVAL: Duration = Duration::from_millis(100);

/// What a command runs.
#[derive(Debug, PartialEq)]
struct Plan {
    title: &'static str,
    /// Where unsaved files would be missed.
    root: Option<PathBuf>,
    /// The arguments of `sysspec`, run one after the other as long as they succeed.
    steps: Vec<Vec<OsString>>,
}

impl Plan {
    /// The arguments are the workspace's root and, where something is mounted, the mountpoint: each a `file:` URI or
    /// an absolute path.
    fn new(name: &str, arguments: &[LSPAny]) -> std::result::Result<Plan, String> {
        let path = |at: usize, what: &str| {
            let argument = arguments.get(at).and_then(LSPAny::as_str);
            argument.and_then(roots::path_of_argument).ok_or_else(|| {
                format!("{name}: argument {} must be {what}, as a file: URI or an absolute path", at + 1)
            })
        };
        let root = || path(0, "the folder of the specifications");
        let mountpoint = || path(1, "the folder to mount at");
        let step = |words: &[&str], paths: &[&Path]| {
            let words = words.iter().map(OsString::from);
            words.chain(paths.iter().map(|path| path.as_os_str().to_owned())).collect::<Vec<_>>()
        };
        match name {
            "sysspec.check" => {
                let root = root()?;
                let steps = vec![step(&["check"], &[&root])];
                Ok(Plan { title: "Check", root: Some(root), steps })
            }
            "sysspec.generateAndMount" => {
                let (root, mountpoint) = (root()?, mountpoint()?);
                let steps =
                    vec![step(&["generate"], &[&root]), step(&["mount", "--daemon"], &[&root, &mountpoint])];
                Ok(Plan { title: "Generate & Mount", root: Some(root), steps })
            }
            "sysspec.mountAndTest" => {
                let root = root()?;
                let steps = vec![step(&["test"], &[&root])];
                Ok(Plan { title: "Mount & Test", root: Some(root), steps })
            }
            "sysspec.unmount" => {
                let steps = vec![step(&["unmount"], &[&mountpoint()?])];
                Ok(Plan { title: "Unmount", root: None, steps })
            }
            _ => Err(format!("there is no command {name}; there are {}", NAMES.join(", "))),
        }
    }
}

/// Starts commands; each runs by itself, and answers by messages.
pub(crate) struct Commands {
    runner: Runner,
    counter: AtomicU64,
}

impl Commands {
    pub(crate) fn new(
        client: Client,
        program: PathBuf,
        messages: std::sync::mpsc::Sender<Message>,
    ) -> Commands {
        let runner = Runner {
            client,
            program,
            messages,
            shows_progress: Arc::default(),
            children: Children::default(),
        };
        Commands { runner, counter: AtomicU64::new(0) }
    }

    pub(crate) fn set_progress(&self, shown: bool) {
        self.runner.shows_progress.store(shown, Ordering::Release);
    }

    pub(crate) fn children(&self) -> Children {
        self.runner.children.clone()
    }

    /// Begins a command and returns at once. Fails when there is no such command, its arguments are wrong, or the
    /// same is running.
    pub(crate) fn start(&self, name: &str, arguments: &[LSPAny]) -> Result<()> {
        let plan = Plan::new(name, arguments).map_err(Error::invalid_params)?;
        let token =
            ProgressToken::String(format!("sysspec/{}", self.counter.fetch_add(1, Ordering::Relaxed)));
        let Some(stop) = self.runner.children.enter(&token, &plan) else {
            let message = format!("{} is running already", plan.title);
            return Err(Error { message: message.into(), ..Error::request_cancelled() });
        };
        let runner = self.runner.clone();
        tokio::spawn(async move {
            runner.run(plan, &token, &stop).await;
            runner.children.leave(&token);
        });
        Ok(())
    }

    pub(crate) fn cancel(&self, token: &ProgressToken) {
        self.runner.children.stop(|running, _| running == token);
    }
}

/// The commands that are running.
#[derive(Clone, Default)]
pub(crate) struct Children(Arc<Mutex<HashMap<ProgressToken, Running>>>);

struct Running {
    steps: Vec<Vec<OsString>>,
    stop: Arc<Notify>,
}

impl Children {
    /// Ends all children and waits for them: what they mounted is unmounted.
    pub(crate) async fn end_all(&self) {
        self.stop(|_, _| true);
        let end = Instant::now() + GRACE + Duration::from_secs(1);
        while !self.lock().is_empty() && Instant::now() < end {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    fn enter(&self, token: &ProgressToken, plan: &Plan) -> Option<Arc<Notify>> {
        let mut running = self.lock();
        if running.values().any(|other| other.steps == plan.steps) {
            return None;
        }
        let stop = Arc::new(Notify::new());
        running.insert(token.clone(), Running { steps: plan.steps.clone(), stop: stop.clone() });
        Some(stop)
    }

    fn leave(&self, token: &ProgressToken) {
        self.lock().remove(token);
    }

    fn stop(&self, concerned: impl Fn(&ProgressToken, &Running) -> bool) {
        for (token, running) in self.lock().iter() {
            if concerned(token, running) {
                running.stop.notify_one();
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<ProgressToken, Running>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a command needs while it runs.
#[derive(Clone)]
struct Runner {
    client: Client,
    program: PathBuf,
    messages: std::sync::mpsc::Sender<Message>,
    shows_progress: Arc<AtomicBool>,
    children: Children,
}

/// How a command ended.
enum End {
    Succeeded(String),
    Failed(String),
    Stopped,
}

impl Runner {
    async fn run(&self, plan: Plan, token: &ProgressToken, stop: &Notify) {
        self.mention_unsaved(&plan).await;
        let shown = tokio::select! {
            shown = self.begin_progress(plan.title, token) => shown,
            () = stop.notified() => return,
        };
        let mut end = End::Succeeded(String::new());
        for step in &plan.steps {
            end = self.run_step(step, shown.then_some(token), stop).await;
            if !matches!(end, End::Succeeded(_)) {
                break;
            }
        }
        let (kind, message) = match end {
            End::Succeeded(said) => (MessageType::INFO, format!("{}: {said}", plan.title)),
            End::Failed(said) => (MessageType::ERROR, format!("{}: {said}", plan.title)),
            End::Stopped => (MessageType::INFO, format!("{}: stopped", plan.title)),
        };
        if shown {
            let end = WorkDoneProgressEnd { message: Some(message.clone()) };
            self.progress(token, WorkDoneProgress::End(end)).await;
        }
        self.client.show_message(kind, message).await;
    }

    /// The program reads what is on disk, which is not what the user sees.
    async fn mention_unsaved(&self, plan: &Plan) {
        let Some(folder) = plan.root.clone() else { return };
        let (answer, answered) = oneshot::channel();
        let question = Message::Unsaved { folder: folder.clone(), answer };
        if self.messages.send(question).is_err() {
            return;
        }
        let Ok(Ok(unsaved)) = timeout(PATIENCE, answered).await else { return };
        if unsaved.is_empty() {
            return;
        }
        let names: Vec<String> = unsaved
            .iter()
            .map(|path| path.strip_prefix(&folder).unwrap_or(path).display().to_string())
            .collect();
        let message = format!("{} works on what is saved; not saved: {}", plan.title, names.join(", "));
        self.client.show_message(MessageType::WARNING, message).await;
    }

    async fn begin_progress(&self, title: &str, token: &ProgressToken) -> bool {
        if !self.shows_progress.load(Ordering::Acquire) {
            return false;
        }
        let create = WorkDoneProgressCreateParams { token: token.clone() };
        let created = timeout(PATIENCE, self.client.send_request::<WorkDoneProgressCreate>(create)).await;
        if !matches!(created, Ok(Ok(()))) {
            return false;
        }
        let begin = WorkDoneProgressBegin {
            title: title.to_owned(),
            cancellable: Some(true),
            ..WorkDoneProgressBegin::default()
        };
        self.progress(token, WorkDoneProgress::Begin(begin)).await;
        true
    }

    async fn progress(&self, token: &ProgressToken, value: WorkDoneProgress) {
        let parameters = ProgressParams { token: token.clone(), value: ProgressParamsValue::WorkDone(value) };
        self.client.send_notification::<Progress>(parameters).await;
    }

    /// Runs the program once; its lines go to the log, and the newest to the progress.
    async fn run_step(&self, step: &[OsString], token: Option<&ProgressToken>, stop: &Notify) -> End {
        let words: Vec<String> = step.iter().map(|word| word.to_string_lossy().into_owned()).collect();
        self.client.log_message(MessageType::LOG, format!("$ sysspec {}", words.join(" "))).await;
        let mut child = match self.spawn(step) {
            Ok(child) => child,
            Err(error) => return End::Failed(format!("cannot run {}: {error}", self.program.display())),
        };
        let mut lines = lines_of(&mut child);
        let mut said = Said::default();
        let mut shown: Option<Instant> = None;
        let mut stopped = false;
        loop {
            tokio::select! {
                line = lines.recv() => {
                    let Some((stream, line)) = line else { break };
                    said.take(stream, &line);
                    let due = shown.is_none_or(|at| at.elapsed() >= PROGRESS_INTERVAL);
                    if let (Some(token), true, false) = (token, due, line.trim().is_empty()) {
                        shown = Some(Instant::now());
                        let report = WorkDoneProgressReport {
                            message: Some(line.trim().to_owned()),
                            ..WorkDoneProgressReport::default()
                        };
                        self.progress(token, WorkDoneProgress::Report(report)).await;
                    }
                    self.client.log_message(MessageType::LOG, line).await;
                }
                () = stop.notified(), if !stopped => {
                    stopped = true;
                    break;
                }
            }
        }
        if stopped {
            return end_child(child).await;
        }
        match child.wait().await {
            Ok(status) if status.success() => End::Succeeded(said.result()),
            Ok(status) => End::Failed(said.reason(status)),
            Err(error) => End::Failed(error.to_string()),
        }
    }

    fn spawn(&self, step: &[OsString]) -> std::io::Result<Child> {
        Command::new(&self.program)
            .args(step)
            .env("NO_COLOR", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
    }
}

/// Asks a child to end, which gives it the time to unmount.
async fn end_child(mut child: Child) -> End {
    let process = child.id().and_then(|id| i32::try_from(id).ok());
    if let Some(process) = process {
        // It may have ended by itself meanwhile.
        let _ = signal::kill(Pid::from_raw(process), Signal::SIGTERM);
    }
    if timeout(GRACE, child.wait()).await.is_err() {
        let _ = child.kill().await;
    }
    End::Stopped
}

#[derive(Clone, Copy)]
enum Stream {
    Output,
    Errors,
}

/// The lines of both output streams, until both end.
fn lines_of(child: &mut Child) -> UnboundedReceiver<(Stream, String)> {
    let (sender, receiver) = unbounded_channel();
    if let Some(stdout) = child.stdout.take() {
        tokio::spawn(forward(Stream::Output, stdout, sender.clone()));
    }
    if let Some(stderr) = child.stderr.take() {
        tokio::spawn(forward(Stream::Errors, stderr, sender));
    }
    receiver
}

async fn forward(stream: Stream, pipe: impl AsyncRead + Unpin, lines: UnboundedSender<(Stream, String)>) {
    let mut pipe = BufReader::new(pipe);
    let mut line = Vec::new();
    // A compiler may quote bytes that are not UTF-8.
    while let Ok(1..) = pipe.read_until(b'\n', &mut line).await {
        let text = String::from_utf8_lossy(&line).trim_end().to_owned();
        if lines.send((stream, text)).is_err() {
            break;
        }
        line.clear();
    }
}

/// What of the output is worth a message.
#[derive(Default)]
struct Said {
    error: Option<String>,
    last_output: Option<String>,
    last_errors: Option<String>,
}

impl Said {
    fn take(&mut self, stream: Stream, line: &str) {
        if line.starts_with("error: ") && self.error.is_none() {
            self.error = Some(line.to_owned());
        }
        if line.trim().is_empty() {
            return;
        }
        match stream {
            Stream::Output => self.last_output = Some(line.trim().to_owned()),
            Stream::Errors => self.last_errors = Some(line.trim().to_owned()),
        }
    }

    /// The last line of the output.
    fn result(self) -> String {
        self.last_output.or(self.last_errors).unwrap_or_else(|| "done".to_owned())
    }

    /// The first error, else the last line.
    fn reason(self, status: ExitStatus) -> String {
        self.error.or(self.last_errors).or(self.last_output).unwrap_or_else(|| match status.code() {
            Some(code) => format!("failed with exit code {code}"),
            None => format!("ended by a signal ({status})"),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn steps(name: &str, arguments: &[LSPAny]) -> Vec<String> {
        let plan = Plan::new(name, arguments).unwrap();
        let join = |step: &Vec<OsString>| {
            step.iter().map(|word| word.to_str().unwrap()).collect::<Vec<_>>().join(" ")
        };
        plan.steps.iter().map(join).collect()
    }

    #[test]
    fn commands_run_the_program_with_the_paths_given() {
        let (root, mountpoint) = (json!("file:///my%20specs"), json!("/mnt/fs"));
        let both = [root.clone(), mountpoint];
        assert_eq!(steps("sysspec.check", &both), ["check /my specs"]);
        let generate_and_mount = ["generate /my specs", "mount --daemon /my specs /mnt/fs"];
        assert_eq!(steps("sysspec.generateAndMount", &both), generate_and_mount);
        assert_eq!(steps("sysspec.mountAndTest", &[root]), ["test /my specs"]);
        assert_eq!(steps("sysspec.unmount", &both), ["unmount /mnt/fs"]);
    }

    #[test]
    fn a_wrong_call_says_what_is_wrong() {
        let complain = |name, arguments: &[LSPAny]| Plan::new(name, arguments).unwrap_err();
        assert!(complain("sysspec.dance", &[]).contains("there is no command sysspec.dance"));
        assert!(
            complain("sysspec.check", &[]).contains("argument 1 must be the folder of the specifications")
        );
        assert!(complain("sysspec.check", &[json!(7)]).contains("argument 1"));
        assert!(complain("sysspec.unmount", &[json!("/w"), json!("relative")]).contains("argument 2"));
        assert!(complain("sysspec.check", &[json!("untitled:x")]).contains("argument 1"));
    }

    fn said(lines: &[(Stream, &str)]) -> Said {
        let mut said = Said::default();
        lines.iter().for_each(|(stream, line)| said.take(*stream, line));
        said
    }

    #[test]
    fn a_success_is_told_by_the_last_line_of_output() {
        let lines = [
            (Stream::Output, "one"),
            (Stream::Output, " two"),
            (Stream::Errors, "note"),
            (Stream::Output, ""),
        ];
        assert_eq!(said(&lines).result(), "two");
        assert_eq!(said(&[]).result(), "done");
    }

    #[test]
    fn a_failure_is_told_by_the_first_error_else_the_last_line() {
        use std::os::unix::process::ExitStatusExt;
        let failed = ExitStatus::from_raw(1 << 8);
        let lines =
            [(Stream::Errors, "error: no FUSE"), (Stream::Errors, "help: load it"), (Stream::Output, "x")];
        assert_eq!(said(&lines).reason(failed), "error: no FUSE");
        assert_eq!(said(&lines[1..]).reason(failed), "help: load it");
        assert_eq!(said(&[]).reason(failed), "failed with exit code 1");
        assert_eq!(said(&[]).reason(ExitStatus::from_raw(9)), "ended by a signal (signal: 9 (SIGKILL))");
    }
}

//! A program as provider: the prompt is its standard input, the answer its standard output.
//!
//! `SYSSPEC_ROLE`, `SYSSPEC_MODULE`, `SYSSPEC_PHASE`, `SYSSPEC_ATTEMPT`, `SYSSPEC_MODEL` and `SYSSPEC_SCHEMA` tell it what it is asked
//! for; the last two are unset where there is none.

use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use sysspec_analysis::Prices;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command as Program};
use tokio::time::timeout;

use super::budget::Budget;
use super::pace::Pace;
use super::settings::{Choice, Config, Origin};
use super::{
    Answer, BoxFuture, Form, Provider, ProviderError, Reply, Request, Usage, Waiting, Watch, json, tokens,
};

/// The bytes that an answer may have.
const MOST_BYTES: usize = 10_000_000;

/// How much of standard error is quoted, from its end.
const QUOTED: usize = 2_000;

/// How long a program may take, unless `timeouts.whole` says otherwise.
const LIMIT: Duration = Duration::from_secs(3600);

/// A program that answers prompts.
#[derive(Debug)]
pub struct Command {
    name: String,
    provider: String,
    words: Vec<String>,
    model: Option<String>,
    at_once: usize,
    limit: Duration,
    prices: Option<Prices>,
    pace: Arc<Pace>,
    budget: Arc<Budget>,
}

impl Command {
    /// A program of the settings.
    ///
    /// # Errors
    /// When it comes from a manifest, or there is none.
    pub fn open(config: &Config, choice: &Choice) -> Result<Self, ProviderError> {
        let definition = &choice.definition;
        let failed = |message: String| ProviderError::new(&definition.name, message);
        let settings = &definition.settings;
        if definition.origin == Origin::Manifest {
            return Err(failed(format!(
                "sysspec.toml wants `{}` run to answer prompts. A manifest may come from anybody, so that this is refused; if you trust it, define \
                 [toolchain.providers.{}] in {}",
                settings.command.join(" "),
                definition.name,
                config.user_file()
            )));
        }
        if settings.command.is_empty() {
            return Err(failed("there is no `command`".into()));
        }
        let name = match &choice.model {
            Some(model) => format!("{}/{model}", definition.name),
            None => definition.name.clone(),
        };
        let at_once = settings.limits.at_once.map_or(1, |set| usize::try_from(set).unwrap_or(usize::MAX));
        Ok(Self {
            name,
            provider: definition.name.clone(),
            words: settings.command.clone(),
            model: choice.model.clone(),
            at_once,
            limit: settings.timeouts.whole.map_or(LIMIT, Duration::from_secs),
            prices: settings.prices,
            pace: config.pace(definition, at_once),
            budget: config.budget().clone(),
        })
    }

    async fn ask(&self, request: Request<'_>, watch: &dyn Watch) -> Result<Answer, ProviderError> {
        let mut prompt = request.prompt.to_owned();
        if let Form::Json(schema) = request.form {
            prompt.push_str(&json::request(schema));
        }
        let expected = u64::try_from(crate::prompt::tokens(&prompt)).unwrap_or(u64::MAX);
        let _place = self.pace.wait(expected).await;
        let mut reservation =
            self.budget.reserve(self.prices, expected, None).map_err(|message| self.error(message))?;
        let text = self.run(&request, &prompt, watch).await.map_err(|message| self.error(message))?;
        let usage = Usage { prompt: tokens::count(&prompt), answer: tokens::count(&text), estimated: true };
        reservation.used(usage);
        let text = match request.form {
            // What could not be mended is for whoever asked to judge.
            Form::Json(schema) => json::read(&text, schema).map_or(text, |value| value.to_string()),
            Form::Text => text,
        };
        Ok(Answer { text, model: self.model.clone(), usage: Some(usage) })
    }

    async fn run(&self, request: &Request<'_>, prompt: &str, watch: &dyn Watch) -> Result<String, String> {
        let mut group = self.start(request)?;
        let (stdin, stdout, stderr) =
            (group.child.stdin.take(), group.child.stdout.take(), group.child.stderr.take());
        let feed = async {
            if let Some(mut stdin) = stdin {
                // A program that does not want all of its input may close it.
                let _ = stdin.write_all(prompt.as_bytes()).await;
            }
        };
        let talk = async {
            let told = |piece: &str| watch.waiting(&Waiting::Text(piece));
            let (_, answer, errors) =
                tokio::join!(feed, collect(stdout, MOST_BYTES, &told), collect_end(stderr));
            let status = group.child.wait().await.map_err(|error| format!("cannot wait for it: {error}"))?;
            Ok((status, answer, errors))
        };
        let shown = self.words.join(" ");
        let (status, answer, errors) = match timeout(self.limit, talk).await {
            Ok(talk) => talk.map_err(|error: String| format!("`{shown}`: {error}"))?,
            Err(_) => {
                return Err(format!(
                    "`{shown}` took more than {} s and was killed; a longer time is set by `timeouts.whole`",
                    self.limit.as_secs()
                ));
            }
        };
        self.judge(&shown, status, answer, &errors)
    }

    fn judge(
        &self,
        shown: &str,
        status: ExitStatus,
        answer: Collected,
        errors: &str,
    ) -> Result<String, String> {
        let quoted = if errors.trim().is_empty() {
            " and said nothing on standard error".to_owned()
        } else {
            format!("; it said on standard error:\n{}", errors.trim_end())
        };
        if answer.is_cut {
            return Err(format!("`{shown}` answered with more than {} MB{quoted}", MOST_BYTES / 1_000_000));
        }
        if !status.success() {
            return Err(format!("`{shown}` failed ({status}){quoted}"));
        }
        if answer.text.trim().is_empty() {
            return Err(format!("`{shown}` ended without an answer on standard output{quoted}"));
        }
        Ok(answer.text)
    }

    fn start(&self, request: &Request<'_>) -> Result<Group, String> {
        let (program, arguments) = self.words.split_first().ok_or("there is no command")?;
        let mut command = Program::new(program);
        command
            .args(arguments)
            .env("SYSSPEC_ROLE", request.role.name())
            .env("SYSSPEC_MODULE", request.module)
            .env("SYSSPEC_PHASE", request.phase.to_string())
            .env("SYSSPEC_ATTEMPT", request.attempt.to_string())
            .env_remove("SYSSPEC_MODEL")
            .env_remove("SYSSPEC_SCHEMA")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0);
        if let Some(model) = &self.model {
            command.env("SYSSPEC_MODEL", model);
        }
        if let Form::Json(schema) = request.form {
            command.env("SYSSPEC_SCHEMA", schema.to_string());
        }
        let child = command.spawn().map_err(|error| {
            format!(
                "cannot run `{program}`: {error}; check `command` in [toolchain.providers.{}]",
                self.provider
            )
        })?;
        Ok(Group { leader: child.id(), child })
    }

    fn error(&self, message: String) -> ProviderError {
        ProviderError::new(&self.provider, message)
    }
}

/// A program and all that it started: killed when it is dropped.
struct Group {
    leader: Option<u32>,
    child: Child,
}

impl Drop for Group {
    fn drop(&mut self) {
        let leader = self.leader.and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        if let Some(leader) = leader {
            // Fails only when nothing of the group is left, which is as good.
            let _ = kill_process_group(leader, Signal::KILL);
        }
    }
}

struct Collected {
    text: String,
    is_cut: bool,
}

/// Reads a stream to its end, or until it has more bytes than are allowed.
async fn collect(
    stream: Option<impl AsyncRead + Unpin>,
    most: usize,
    told: &(dyn Fn(&str) + Sync),
) -> Collected {
    let (mut bytes, mut buffer, mut told_up_to) = (Vec::new(), vec![0; 16 * 1024], 0);
    let mut is_cut = false;
    if let Some(mut stream) = stream {
        // A read error ends the stream as its end does.
        while let Ok(count @ 1..) = stream.read(&mut buffer).await {
            bytes.extend_from_slice(&buffer[..count]);
            if bytes.len() > most {
                is_cut = true;
                break;
            }
            // A character that is cut in two is told with the next piece.
            let valid = bytes[told_up_to..].utf8_chunks().next().map_or("", |chunk| chunk.valid());
            if !valid.is_empty() {
                told(valid);
                told_up_to += valid.len();
            }
        }
    }
    Collected { text: String::from_utf8_lossy(&bytes).into_owned(), is_cut }
}

/// Reads a stream and keeps its end.
async fn collect_end(stream: Option<impl AsyncRead + Unpin>) -> String {
    let (mut bytes, mut buffer) = (Vec::new(), vec![0; 4 * 1024]);
    if let Some(mut stream) = stream {
        while let Ok(count @ 1..) = stream.read(&mut buffer).await {
            bytes.extend_from_slice(&buffer[..count]);
            let excess = bytes.len().saturating_sub(QUOTED);
            bytes.drain(..excess);
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

impl Provider for Command {
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

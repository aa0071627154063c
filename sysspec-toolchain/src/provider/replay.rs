//! The replay provider: gives again what was answered to the same prompts before.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::recording::{Recorded, Recording};
use super::{Answer, BoxFuture, Provider, ProviderError, Reply, Request, Role, Watch};
use crate::files::{self, FileError};

/// How deep folders of recordings may nest.
const DEPTH_MAX: usize = 16;

/// How much of a line a message shows.
const SHOWN_CHARS: usize = 120;

/// Recordings that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// A file or folder could not be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// A file is neither a transcript nor a recording.
    #[error("{} cannot be replayed: {message}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        message: String,
    },
    /// There is nothing to replay.
    #[error(
        "{} holds no transcript: name the folder `transcripts` of a workspace, or one with recordings (.json)",
        .0.display()
    )]
    Empty(PathBuf),
}

/// What tells answers apart besides their prompts.
type Key = (String, u8, u32, Role);

/// Answers from transcripts. A prompt gets the answer that was recorded for it; a prompt that nobody recorded is refused, since an answer
/// to something else would be judged as if it were one to this.
#[derive(Debug, Clone)]
pub struct Replay {
    recorded: BTreeMap<Key, Vec<Recorded>>,
    folder: PathBuf,
    takes_other_prompts: bool,
}

impl Replay {
    /// The recordings in `folder` and those below it; of a workspace, its transcripts.
    ///
    /// # Errors
    /// When a `.json` file there is damaged, or there is none.
    pub fn open(folder: &Path) -> Result<Self, ReplayError> {
        let own = folder.join("transcripts");
        let start = if own.is_dir() { &own } else { folder };
        let mut paths = Vec::new();
        collect(start, 0, &mut paths)?;
        paths.sort();
        let mut all = Vec::new();
        for path in paths {
            let recording = Recording::parse(&files::read(&path)?)
                .map_err(|message| ReplayError::Damaged { path: path.clone(), message })?;
            all.extend(recording.recorded);
        }
        if all.is_empty() {
            return Err(ReplayError::Empty(folder.to_owned()));
        }
        Ok(Self { folder: folder.to_owned(), ..Self::new(Recording { recorded: all }) })
    }

    /// A replay of what is at hand.
    pub fn new(recording: Recording) -> Self {
        let mut recorded: BTreeMap<Key, Vec<Recorded>> = BTreeMap::new();
        for one in recording.recorded {
            recorded.entry((one.module.clone(), one.phase, one.attempt, one.role)).or_default().push(one);
        }
        Self { recorded, folder: PathBuf::from("the recording"), takes_other_prompts: false }
    }

    /// Whether an answer is also given to a prompt that differs from the recorded one: what was recorded last for the same
    /// module, phase, attempt and role.
    pub fn taking_other_prompts(self, takes: bool) -> Self {
        Self { takes_other_prompts: takes, ..self }
    }

    /// The recorded answer to a request, or why there is none.
    fn find(&self, request: &Request<'_>) -> Result<&Recorded, String> {
        let key = (request.module.to_owned(), request.phase, request.attempt, request.role);
        let candidates = self.recorded.get(&key).map(Vec::as_slice).unwrap_or_default();
        if let Some(same) = candidates.iter().find(|one| one.prompt == request.prompt) {
            return Ok(same);
        }
        match candidates.last() {
            Some(last) if self.takes_other_prompts => Ok(last),
            Some(last) => Err(self.refusal(request, last)),
            None => Err(self.absence(request)),
        }
    }

    fn refusal(&self, request: &Request<'_>, last: &Recorded) -> String {
        let (line, before, now) = first_difference(&last.prompt, request.prompt);
        format!(
            "the prompt of {} is not the one that was recorded in {}. They differ first in line {line}:\n  \
             recorded: {}\n  now:      {}\nIts specification, what it relies on, a test or the gates changed since. Have it answered anew, \
             or take the recorded answer all the same with --accept-other-prompts",
            named(request),
            self.folder.display(),
            shown(before),
            shown(now),
        )
    }

    fn absence(&self, request: &Request<'_>) -> String {
        let of_module = self.recorded.keys().filter(|key| key.0 == request.module);
        let known: Vec<String> = of_module
            .map(|(_, phase, attempt, role)| format!("phase {phase} attempt {attempt} ({})", role.name()))
            .collect();
        let known = if known.is_empty() {
            "nothing is recorded of this module".to_owned()
        } else {
            format!("recorded are {}", known.join(", "))
        };
        format!("{} has no answer for {}: {known}", self.folder.display(), named(request))
    }
}

fn named(request: &Request<'_>) -> String {
    let Request { module, phase, attempt, role, .. } = request;
    format!("`{module}`, phase {phase}, attempt {attempt}, {}", role.name())
}

/// The number of the first line in which two texts differ, and that line in either.
fn first_difference<'t>(before: &'t str, now: &'t str) -> (usize, Option<&'t str>, Option<&'t str>) {
    let (mut old, mut new) = (before.split('\n'), now.split('\n'));
    for line in 1.. {
        let pair = (old.next(), new.next());
        if pair.0 != pair.1 || pair.0.is_none() {
            return (line, pair.0, pair.1);
        }
    }
    (0, None, None)
}

fn shown(line: Option<&str>) -> String {
    match line {
        None => "(ends here)".to_owned(),
        Some(line) if line.chars().count() > SHOWN_CHARS => {
            format!("{}…", line.chars().take(SHOWN_CHARS).collect::<String>())
        }
        Some(line) => line.to_owned(),
    }
}

fn collect(folder: &Path, depth: usize, out: &mut Vec<PathBuf>) -> Result<(), FileError> {
    let failed = |source| FileError::new("read", folder, source);
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let (path, kind) = (entry.path(), entry.file_type().map_err(failed)?);
        if kind.is_dir() && depth < DEPTH_MAX {
            collect(&path, depth + 1, out)?;
        } else if kind.is_file() && path.extension().is_some_and(|extension| extension == "json") {
            out.push(path);
        }
    }
    Ok(())
}

impl Provider for Replay {
    fn name(&self) -> &str {
        "replay"
    }

    fn concurrency(&self) -> usize {
        usize::MAX
    }

    /// SpecEval judges again where it judged when this was recorded.
    fn takes(&self, role: Role) -> bool {
        self.recorded.keys().any(|key| key.3 == role)
    }

    fn credit(&self, request: &Request<'_>) -> String {
        self.find(request).map_or_else(|_| self.name().to_owned(), |one| one.provider.clone())
    }

    fn answer<'a>(
        &'a self,
        request: Request<'a>,
        _watch: &'a dyn Watch,
    ) -> BoxFuture<'a, Result<Reply, ProviderError>> {
        Box::pin(async move {
            let found = self
                .find(&request)
                .map_err(|message| ProviderError { provider: self.name().to_owned(), message })?;
            let Recorded { answer, model, usage, .. } = found.clone();
            Ok(Reply::Answer(Answer { text: answer, model, usage }))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Form, Usage};
    use super::*;

    fn recorded(attempt: u32, role: Role, prompt: &str, answer: &str) -> Recorded {
        Recorded {
            module: "step".into(),
            phase: 1,
            attempt,
            role,
            provider: "http".into(),
            model: Some("m".into()),
            usage: Some(Usage { prompt: 10, answer: 2, estimated: false }),
            prompt: prompt.into(),
            answer: answer.into(),
        }
    }

    fn replay() -> Replay {
        Replay::new(Recording {
            recorded: vec![
                recorded(1, Role::CodeGen, "Write.\nGoal: a\nEnd.", "```c\n```"),
                recorded(1, Role::SpecEval, "Judge.", "bad"),
                recorded(1, Role::SpecEval, "Judge again.", "good"),
            ],
        })
    }

    fn request(prompt: &str, attempt: u32, role: Role) -> Request<'_> {
        Request { module: "step", phase: 1, attempt, role, prompt, form: Form::Text }
    }

    async fn refusal(replay: &Replay, request: Request<'_>) -> String {
        replay.answer(request, &()).await.unwrap_err().to_string()
    }

    #[tokio::test]
    async fn the_recorded_answer_comes_with_its_model_tokens_and_author() {
        let (replay, request) = (replay(), request("Write.\nGoal: a\nEnd.", 1, Role::CodeGen));
        let Reply::Answer(answer) = replay.answer(request, &()).await.unwrap() else { panic!("no answer") };
        assert_eq!((answer.text.as_str(), answer.model.as_deref()), ("```c\n```", Some("m")));
        assert_eq!(answer.usage.map(|usage| usage.answer), Some(2));
        assert_eq!(replay.credit(&request), "http");
    }

    #[tokio::test]
    async fn of_several_answers_of_an_attempt_the_prompt_decides() {
        let replay = replay();
        for (prompt, answer) in [("Judge.", "bad"), ("Judge again.", "good")] {
            let reply = replay.answer(request(prompt, 1, Role::SpecEval), &()).await.unwrap();
            assert!(matches!(reply, Reply::Answer(Answer { text, .. }) if text == answer));
        }
    }

    #[tokio::test]
    async fn another_prompt_is_refused_with_the_first_line_that_differs() {
        let said = refusal(&replay(), request("Write.\nGoal: b\nEnd.", 1, Role::CodeGen)).await;
        assert!(said.contains("`step`, phase 1, attempt 1, CodeGen"), "{said}");
        assert!(said.contains("first in line 2:\n  recorded: Goal: a\n  now:      Goal: b\n"), "{said}");
        let said = refusal(&replay(), request("Write.\nGoal: a", 1, Role::CodeGen)).await;
        assert!(said.contains("first in line 3:\n  recorded: End.\n  now:      (ends here)"), "{said}");
    }

    #[tokio::test]
    async fn another_prompt_is_answered_when_that_is_accepted() {
        let replay = replay().taking_other_prompts(true);
        let reply = replay.answer(request("Other.", 1, Role::CodeGen), &()).await.unwrap();
        assert!(matches!(reply, Reply::Answer(Answer { text, .. }) if text == "```c\n```"));
    }

    #[tokio::test]
    async fn what_was_not_recorded_is_named_beside_what_was() {
        let said = refusal(&replay(), request("Write.", 2, Role::CodeGen)).await;
        assert!(said.contains("no answer for `step`, phase 1, attempt 2, CodeGen"), "{said}");
        assert!(said.contains("recorded are phase 1 attempt 1 (CodeGen)"), "{said}");
    }

    #[test]
    fn damaged_files_and_empty_folders_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let error = Replay::open(folder.path()).unwrap_err();
        assert!(matches!(&error, ReplayError::Empty(_)), "{error}");
        fs::write(folder.path().join("step.json"), "{\"module\": 3}").unwrap();
        let error = Replay::open(folder.path()).unwrap_err().to_string();
        assert!(error.contains("step.json cannot be replayed"), "{error}");
    }
}

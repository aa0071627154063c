//! The exchange provider: prompts are written as files, answers are taken from files, so that a person or any tool can be
//! the model.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{Answer, BoxFuture, Provider, ProviderError, Reply, Request, Watch};
use crate::files::{self, FileError};

/// How often an awaited answer is looked for.
const PAUSE: Duration = Duration::from_millis(300);

/// A folder in which prompts and answers are exchanged.
///
/// The prompt of an attempt is `MODULE.phaseP.attemptN.prompt.md`; its answer is expected in
/// `MODULE.phaseP.attemptN.answer.md`; the other roles add `.eval` and `.refine` before. Write an answer under another name first and rename it: a file of that name counts as whole.
#[derive(Debug, Clone)]
pub struct Exchange {
    folder: PathBuf,
    wait: bool,
}

impl Exchange {
    /// An exchange by `folder`. With `wait`, an awaited answer is waited for; without, the prompt is left
    /// for a later run to find its answer.
    pub fn new(folder: impl Into<PathBuf>, wait: bool) -> Self {
        Self { folder: folder.into(), wait }
    }

    /// Writes the prompt, and puts an answer aside that belongs to an earlier prompt of that name.
    fn offer(&self, stem: &str, prompt: &str) -> Result<PathBuf, FileError> {
        let path = self.folder.join(format!("{stem}.prompt.md"));
        let before = files::read_if_present(&path)?;
        if before.as_deref() == Some(prompt) {
            return Ok(path);
        }
        let answer = self.answer_path(stem);
        if before.is_some() && answer.exists() {
            let aside = self.folder.join(format!("{stem}.answer.outdated.md"));
            fs::rename(&answer, &aside).map_err(|source| FileError::new("rename", &answer, source))?;
        }
        files::write_atomically(&path, prompt)?;
        Ok(path)
    }

    fn answer_path(&self, stem: &str) -> PathBuf {
        self.folder.join(format!("{stem}.answer.md"))
    }

    async fn exchange(&self, request: Request<'_>) -> Result<Reply, FileError> {
        let stem = request.stem();
        let prompt = self.offer(&stem, request.prompt)?;
        let answer = self.answer_path(&stem);
        loop {
            if let Some(text) = read_lossy(&answer)? {
                return Ok(Reply::Answer(Answer::uncounted(text)));
            }
            if !self.wait {
                return Ok(Reply::Pending(prompt.display().to_string()));
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// Answers come from anywhere: bytes that are no UTF-8 are for the gates to refuse, not an error of the exchange.
fn read_lossy(path: &Path) -> Result<Option<String>, FileError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(FileError::new("read", path, error)),
    }
}

impl Provider for Exchange {
    fn name(&self) -> &str {
        "exchange"
    }

    fn concurrency(&self) -> usize {
        // Whoever answers chooses what to answer first, and may be several.
        usize::MAX
    }

    fn answer<'a>(
        &'a self,
        request: Request<'a>,
        _watch: &'a dyn Watch,
    ) -> BoxFuture<'a, Result<Reply, ProviderError>> {
        Box::pin(async move {
            self.exchange(request).await.map_err(|error| ProviderError {
                provider: self.name().to_owned(),
                message: error.to_string(),
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Form, Role};
    use super::*;

    fn request(prompt: &str) -> Request<'_> {
        Request { module: "step", phase: 1, attempt: 2, role: Role::CodeGen, prompt, form: Form::Text }
    }

    async fn answer(exchange: &Exchange, prompt: &str) -> Reply {
        exchange.answer(request(prompt), &()).await.unwrap()
    }

    #[tokio::test]
    async fn without_an_answer_the_prompt_waits_in_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let exchange = Exchange::new(folder.path().join("new"), false);
        let prompt = folder.path().join("new/step.phase1.attempt2.prompt.md");
        assert_eq!(answer(&exchange, "Write it.").await, Reply::Pending(prompt.display().to_string()));
        assert_eq!(fs::read_to_string(prompt).unwrap(), "Write it.");
    }

    #[tokio::test]
    async fn an_answer_under_another_name_is_not_taken_until_it_is_renamed() {
        let folder = tempfile::tempdir().unwrap();
        let exchange = Exchange::new(folder.path(), false);
        let partial = folder.path().join("step.phase1.attempt2.answer.md.part");
        fs::write(&partial, "```c").unwrap();
        assert!(matches!(answer(&exchange, "p").await, Reply::Pending(_)));
        fs::rename(&partial, folder.path().join("step.phase1.attempt2.answer.md")).unwrap();
        assert_eq!(answer(&exchange, "p").await, Reply::Answer(Answer::uncounted("```c")));
    }

    #[tokio::test]
    async fn an_answer_to_an_earlier_prompt_is_put_aside() {
        let folder = tempfile::tempdir().unwrap();
        let exchange = Exchange::new(folder.path(), false);
        assert!(matches!(answer(&exchange, "old").await, Reply::Pending(_)));
        fs::write(folder.path().join("step.phase1.attempt2.answer.md"), "to the old one").unwrap();
        assert!(matches!(answer(&exchange, "new").await, Reply::Pending(_)));
        let aside =
            fs::read_to_string(folder.path().join("step.phase1.attempt2.answer.outdated.md")).unwrap();
        assert_eq!(aside, "to the old one");
    }

    #[tokio::test]
    async fn a_waiting_exchange_sees_the_answer_arrive() {
        let folder = tempfile::tempdir().unwrap();
        let exchange = Exchange::new(folder.path(), true);
        let path = folder.path().join("step.phase1.attempt2.answer.md");
        let (reply, ()) = tokio::join!(answer(&exchange, "p"), async {
            tokio::time::sleep(Duration::from_millis(50)).await;
            files::write_atomically(&path, "late").unwrap();
        });
        assert_eq!(reply, Reply::Answer(Answer::uncounted("late")));
    }
}

//! A store that several machines share: each specification has its code made once, by whoever comes first.
//!
//! It lies in a folder, an S3 bucket or a Redis server. What it holds are *answers*, found by what their prompts are made from. Nothing in it
//! is trusted: an answer that does not have the hash it is kept under counts as missing, and one that does goes through every
//! gate again, as if a model had just given it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use opendal::layers::{RetryLayer, TimeoutLayer};
use opendal::{ErrorKind, Operator, OperatorUri};
use serde::{Deserialize, Serialize};

use crate::files;
use crate::provider::prepare_encryption;

/// How long one request may take; a store that is slower than a model is of no use.
const TIME_LIMIT: Duration = Duration::from_secs(10);

/// The longest answer that is taken, in bytes.
const LENGTH_LIMIT: u64 = 10 << 20;

/// A shared store that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SharedError {
    /// The address makes no sense.
    #[error(
        "`{address}` is no address of a shared store: {message}. \
         Write file:///FOLDER, s3://BUCKET/FOLDER?region=REGION or redis://HOST:PORT/FOLDER"
    )]
    Address {
        /// The address without its options, which may hold keys.
        address: String,
        /// What is wrong.
        message: String,
    },
    /// It cannot be reached, or refuses.
    #[error("the shared store cannot {action} {path}: {message}; the run goes on without it")]
    Unavailable {
        /// What was tried.
        action: &'static str,
        /// The object.
        path: String,
        /// What it said.
        message: String,
    },
}

/// Where a shared answer is found: what its prompt is made from, and in which phase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key<'a> {
    /// See [`super::Parts::fingerprint`].
    pub fingerprint: &'a str,
    /// The phase, 1 or 2.
    pub phase: u8,
}

impl Key<'_> {
    fn path(&self) -> String {
        format!("accepted/{}.{}.json", self.fingerprint, self.phase)
    }
}

/// An answer that passed the gates somewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedAnswer {
    /// Who gave it.
    pub provider: String,
    /// The model, where there was one.
    pub model: Option<String>,
    /// The answer.
    pub text: String,
}

/// What is kept by a key: the name of the answer, which is its hash.
#[derive(Debug, Serialize, Deserialize)]
struct Reference {
    answer: String,
    provider: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    model: Option<String>,
}

/// A store that several machines share. One that failed once is left alone from then on, which is told once.
#[derive(Debug, Clone)]
pub struct Shared {
    operator: Operator,
    is_lost: Arc<AtomicBool>,
}

impl Shared {
    /// The store at `address`, such as `file:///srv/sysspec`, `s3://bucket/folder?region=eu-west-1` or `redis://host:6379/folder`.
    ///
    /// # Errors
    /// An address that makes no sense. Whether the store can be reached is seen when it is asked.
    pub fn open(address: &str) -> Result<Self, SharedError> {
        let failed = |error: opendal::Error| SharedError::Address {
            address: address.split('?').next().unwrap_or_default().to_owned(),
            message: error.message().to_owned(),
        };
        prepare_encryption();
        let uri = OperatorUri::new(address, Vec::<(String, String)>::new()).map_err(failed)?;
        let mut options = Vec::new();
        if matches!(uri.scheme(), "file" | "fs") {
            // A file appears under its name when it is whole.
            let root = uri.root().unwrap_or_default();
            options.push(("atomic_write_dir".to_owned(), format!("/{root}/.writing")));
        }
        let uri = OperatorUri::new(address, options).map_err(failed)?;
        let operator = Operator::from_uri(uri).map_err(failed)?;
        let retry = RetryLayer::new().with_max_times(2).with_jitter();
        let operator = operator.layer(TimeoutLayer::new().with_timeout(TIME_LIMIT)).layer(retry);
        Ok(Self { operator, is_lost: Arc::new(AtomicBool::new(false)) })
    }

    /// The answer that is kept by `key`; none when there is none, or none that is whole.
    ///
    /// # Errors
    /// A store that cannot be reached.
    pub async fn find(&self, key: &Key<'_>) -> Result<Option<SharedAnswer>, SharedError> {
        self.unless_lost(self.look_up(key)).await
    }

    /// Keeps an answer that passed the gates. Of several that come at once, one stays.
    ///
    /// # Errors
    /// A store that cannot be reached, or is full.
    pub async fn keep(&self, key: &Key<'_>, answer: &SharedAnswer) -> Result<(), SharedError> {
        self.unless_lost(self.put(key, answer)).await
    }

    /// What a request gives; nothing when the store is lost, and the reason when this request is the one that loses it.
    async fn unless_lost<T: Default>(
        &self,
        request: impl Future<Output = Result<T, SharedError>>,
    ) -> Result<T, SharedError> {
        if self.is_lost.load(Ordering::Relaxed) {
            return Ok(T::default());
        }
        match request.await {
            Err(_) if self.is_lost.swap(true, Ordering::Relaxed) => Ok(T::default()),
            outcome => outcome,
        }
    }

    async fn look_up(&self, key: &Key<'_>) -> Result<Option<SharedAnswer>, SharedError> {
        let Some(reference) = self.read(&key.path()).await? else { return Ok(None) };
        let Ok(reference) = serde_json::from_str::<Reference>(&reference) else { return Ok(None) };
        let Reference { answer, provider, model } = reference;
        if !is_hash(&answer) {
            return Ok(None);
        }
        let text = self.read(&answer_path(&answer)).await?.filter(|text| files::digest([&**text]) == answer);
        Ok(text.map(|text| SharedAnswer { provider, model, text }))
    }

    async fn put(&self, key: &Key<'_>, answer: &SharedAnswer) -> Result<(), SharedError> {
        let SharedAnswer { provider, model, text } = answer.clone();
        let hash = files::digest([&*text]);
        // The answer first, so that what a reference names is there.
        self.write(&answer_path(&hash), text).await?;
        let reference = Reference { answer: hash, provider, model };
        // Strings always have a JSON form.
        let text = serde_json::to_string(&reference).expect("a reference can be written as JSON");
        self.write(&key.path(), text).await
    }

    async fn read(&self, path: &str) -> Result<Option<String>, SharedError> {
        let failed = |error: opendal::Error| unavailable("read", path, &error);
        match self.operator.stat(path).await {
            Ok(found) if found.content_length() > LENGTH_LIMIT => return Ok(None),
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(error)),
        }
        match self.operator.read(path).await {
            Ok(bytes) => Ok(String::from_utf8(bytes.to_vec()).ok()),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed(error)),
        }
    }

    async fn write(&self, path: &str, text: String) -> Result<(), SharedError> {
        let written = self.operator.write(path, text).await;
        written.map(|_| ()).map_err(|error| unavailable("write", path, &error))
    }
}

fn answer_path(hash: &str) -> String {
    format!("answers/{hash}.md")
}

/// A name from the store becomes a path only when it is a hash.
fn is_hash(name: &str) -> bool {
    name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn unavailable(action: &'static str, path: &str, error: &opendal::Error) -> SharedError {
    SharedError::Unavailable { action, path: path.to_owned(), message: error.message().to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> Key<'static> {
        Key { fingerprint: "f00d", phase: 1 }
    }

    fn answer(text: &str) -> SharedAnswer {
        SharedAnswer { provider: "exchange".into(), model: None, text: text.into() }
    }

    fn folder() -> (tempfile::TempDir, Shared) {
        let folder = tempfile::tempdir().unwrap();
        let shared = Shared::open(&format!("file://{}", folder.path().display())).unwrap();
        (folder, shared)
    }

    #[tokio::test]
    async fn an_answer_is_found_by_what_it_was_made_from_and_by_nothing_else() {
        let (_folder, shared) = folder();
        assert_eq!(shared.find(&key()).await.unwrap(), None);
        shared.keep(&key(), &answer("```c\n```\n")).await.unwrap();
        assert_eq!(shared.find(&key()).await.unwrap(), Some(answer("```c\n```\n")));
        assert_eq!(shared.find(&Key { phase: 2, ..key() }).await.unwrap(), None);
        assert_eq!(shared.find(&Key { fingerprint: "beef", ..key() }).await.unwrap(), None);
    }

    #[tokio::test]
    async fn an_answer_that_was_changed_counts_as_missing() {
        let (folder, shared) = folder();
        shared.keep(&key(), &answer("int x;")).await.unwrap();
        let path = std::fs::read_dir(folder.path().join("answers")).unwrap().next().unwrap().unwrap().path();
        std::fs::write(&path, "int y;").unwrap();
        assert_eq!(shared.find(&key()).await.unwrap(), None);
        // Whoever makes it again mends the store.
        shared.keep(&key(), &answer("int x;")).await.unwrap();
        assert_eq!(shared.find(&key()).await.unwrap(), Some(answer("int x;")));
    }

    #[tokio::test]
    async fn a_reference_cannot_lead_out_of_the_store() {
        let (folder, shared) = folder();
        std::fs::write(folder.path().join("secret.md"), "secret").unwrap();
        std::fs::create_dir(folder.path().join("accepted")).unwrap();
        let reference = "{\"answer\":\"../secret\",\"provider\":\"exchange\"}";
        std::fs::write(folder.path().join("accepted/f00d.1.json"), reference).unwrap();
        assert_eq!(shared.find(&key()).await.unwrap(), None);
    }

    #[tokio::test]
    async fn many_writers_at_once_leave_one_whole_answer() {
        let (_folder, shared) = folder();
        let texts: Vec<String> = (0..32).map(|n| format!("int x = {n};\n").repeat(2000)).collect();
        let writers = texts.iter().map(|text| {
            let shared = shared.clone();
            async move { shared.keep(&key(), &answer(text)).await }
        });
        let reader = async {
            for _ in 0..50 {
                if let Some(found) = shared.find(&key()).await.unwrap() {
                    assert!(texts.contains(&found.text));
                }
                tokio::task::yield_now().await;
            }
        };
        let (written, ()) = tokio::join!(futures_util::future::try_join_all(writers), reader);
        written.unwrap();
        assert!(texts.contains(&shared.find(&key()).await.unwrap().unwrap().text));
    }

    #[test]
    fn an_address_that_makes_no_sense_says_what_to_write_and_shows_no_key() {
        for address in ["", "nonsense", "gopher://x/y?secret_access_key=hunter2"] {
            let error = Shared::open(address).unwrap_err().to_string();
            assert!(error.contains("redis://HOST:PORT"), "{error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }
}

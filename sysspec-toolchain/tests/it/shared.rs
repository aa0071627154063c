//! A store that machines share: what passed on one is taken on another, judged again, and never believed.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use sysspec_toolchain::compile::{self, CompileError, Options, Report};
use sysspec_toolchain::gates::Gate;
use sysspec_toolchain::store::shared::Shared;

use crate::common::{Log, PUT, Shelf, answer, border, right};

fn in_folder(folder: &Path) -> Shared {
    Shared::open(&format!("file://{}", folder.display())).unwrap()
}

fn sharing(shared: &Shared) -> Options {
    Options { shared: Some(shared.clone()), ..Options::default() }
}

/// A run on a machine whose user has no model.
async fn without_provider(shelf: &Shelf, shared: &Shared, log: &Log) -> Result<Report, CompileError> {
    compile::generate(&shelf.workspace(), &border(), None, &sharing(shared), log).await
}

async fn fill(shared: &Shared) -> Shelf {
    let shelf = Shelf::new();
    let report = shelf.converse(&right(), &sharing(shared), &Log::default()).await;
    assert!(report.succeeded(), "{report}");
    shelf
}

#[tokio::test]
async fn what_one_machine_made_another_takes_and_judges_again() {
    let folder = tempfile::tempdir().unwrap();
    let shared = in_folder(folder.path());
    let first = fill(&shared).await;

    let (second, log) = (Shelf::new(), Log::default());
    let report = without_provider(&second, &shared, &log).await.unwrap();
    assert!(report.succeeded(), "{report}");
    assert_eq!(log.lines("recalled").len(), 6, "five modules, one of them in two phases");
    assert_eq!(log.lines("accepted").len(), 6, "every gate judged again");
    assert_eq!(second.read("sysspec.lock"), first.read("sysspec.lock"));
    assert_eq!(second.read("generated/shelf/shelf_add.c"), first.read("generated/shelf/shelf_add.c"));
}

#[tokio::test]
async fn a_shared_answer_that_does_not_pass_here_is_refused_and_a_model_asked() {
    let folder = tempfile::tempdir().unwrap();
    let shared = in_folder(folder.path());
    fill(&shared).await;
    // Somebody who can write to the store puts code there that leaks what it counts, under its right hash.
    let wrong = answer(
        &PUT.replace("shelf->weight[shelf->count++] = weight;", "shelf->weight[shelf->count] = weight;"),
    );
    poison(folder.path(), "int shelf_put(", &wrong);

    let (second, log) = (Shelf::new(), Log::default());
    let error = without_provider(&second, &shared, &log).await.unwrap_err().to_string();
    assert!(error.contains("shelf_put") && error.contains("--provider"), "{error}");
    let refused = log.lines("rejected shelf_put");
    assert_eq!(refused, [format!("rejected shelf_put 1 1 {}", Gate::Tests.name())]);
}

/// Replaces the answer that holds `mark`, and what refers to it.
fn poison(store: &Path, mark: &str, text: &str) {
    let hash = sysspec_toolchain::files::digest([text]);
    for entry in fs::read_dir(store.join("accepted")).unwrap() {
        let path = entry.unwrap().path();
        let mut reference: serde_json::Value =
            serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        let old = store.join("answers").join(format!("{}.md", reference["answer"].as_str().unwrap()));
        if fs::read_to_string(old).unwrap().contains(mark) {
            reference["answer"] = hash.clone().into();
            fs::write(&path, reference.to_string()).unwrap();
        }
    }
    fs::write(store.join("answers").join(format!("{hash}.md")), text).unwrap();
}

#[tokio::test]
async fn a_store_that_cannot_be_reached_costs_nothing_but_its_help() {
    // Nobody listens there.
    let shared = Shared::open("redis://127.0.0.1:1/specs").unwrap();
    let (shelf, log) = (Shelf::new(), Log::default());
    let report = shelf.converse(&right(), &sharing(&shared), &log).await;
    assert!(report.succeeded(), "{report}");
    assert_eq!(log.lines("not shared").len(), 1, "it is told once");
}

#[tokio::test]
async fn machines_share_through_redis() {
    let server = Redis::start();
    let shared = Shared::open(&format!("redis://127.0.0.1:{}/team", server.port)).unwrap();
    fill(&shared).await;
    let (second, log) = (Shelf::new(), Log::default());
    let report = without_provider(&second, &shared, &log).await.unwrap();
    assert!(report.succeeded(), "{report}");
    assert_eq!(log.lines("not shared"), [""; 0]);
}

/// A Redis server of its own.
struct Redis {
    server: Child,
    port: u16,
}

impl Redis {
    fn start() -> Self {
        // The port is free now; a server that finds it taken all the same ends, which is seen below.
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let server = Command::new("redis-server")
            .args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--port", &port.to_string()])
            .stdout(Stdio::null())
            .spawn()
            .expect("redis-server can be started; `cargo xtask test` installs it");
        let mut redis = Self { server, port };
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert_eq!(redis.server.try_wait().unwrap(), None, "redis-server ended");
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        redis
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

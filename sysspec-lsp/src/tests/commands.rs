//! The commands of editors, with a script in the place of the `sysspec` program.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::client::*;

/// A script that is run as `sysspec`.
fn program(workspace: &Workspace, script: &str) -> PathBuf {
    workspace.write("program", &format!("#!/bin/sh\n{script}\n"));
    let path = workspace.file("program");
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
    path
}

async fn start(workspace: &Workspace, script: &str) -> Client {
    let program = program(workspace, script);
    Client::start_with(workspace.folder(), &program, capabilities()).await.0
}

/// Answers the request for a progress token, and gives the token.
async fn accept_progress(client: &mut Client) -> Value {
    let request = client.wait(|message| is(message, "window/workDoneProgress/create")).await;
    let answer = json!({ "jsonrpc": "2.0", "id": request["id"], "result": null }).to_string();
    client.send_raw(format!("Content-Length: {}\r\n\r\n{answer}", answer.len()).as_bytes()).await;
    request["params"]["token"].clone()
}

async fn shown(client: &mut Client) -> (i64, String) {
    let message = client.wait(|message| is(message, "window/showMessage")).await;
    let text = message["params"]["message"].as_str().unwrap().to_owned();
    (message["params"]["type"].as_i64().unwrap(), text)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_is_answered_at_once_and_reports_as_it_goes() {
    let workspace = Workspace::new();
    let mut client =
        start(&workspace, "echo \"ran: $*\"; echo to stderr >&2; echo 5 modules: no findings").await;
    let id = client.execute("sysspec.check", json!([uri(workspace.folder())])).await;
    assert_eq!(client.answer(id).await["result"], Value::Null);
    let token = accept_progress(&mut client).await;
    let logged = format!("ran: check {}", workspace.folder().display());
    client.wait(|message| is(message, "window/logMessage") && message["params"]["message"] == logged).await;
    client
        .wait(|message| is(message, "window/logMessage") && message["params"]["message"] == "to stderr")
        .await;
    let of_kind = |kind: &'static str| {
        let token = token.clone();
        move |message: &Value| {
            is(message, "$/progress")
                && message["params"]["token"] == token
                && message["params"]["value"]["kind"] == kind
        }
    };
    assert_eq!(client.wait(of_kind("begin")).await["params"]["value"]["title"], "Check");
    client.wait(of_kind("end")).await;
    assert_eq!(shown(&mut client).await, (3, "Check: 5 modules: no findings".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn mounting_stops_when_generating_fails_and_says_why() {
    let workspace = Workspace::new();
    let script = "echo \"error: 2 modules are stale: lock, step\" >&2; echo \"run: $1\"; exit 1";
    let mut client = start(&workspace, script).await;
    client.execute("sysspec.generateAndMount", json!([uri(workspace.folder()), "/mnt/fs"])).await;
    accept_progress(&mut client).await;
    let said = "Generate & Mount: error: 2 modules are stale: lock, step";
    assert_eq!(shown(&mut client).await, (1, said.to_owned()));
    assert!(client.has_kept(|message| message["params"]["message"] == "run: generate"));
    assert!(!client.has_kept(|message| message["params"]["message"] == "run: mount"));
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_are_not_saved_are_mentioned() {
    let workspace = Workspace::new();
    let mut client = start(&workspace, "true").await;
    client.open(&workspace.file("path/find.spec"), 1, &format!("{FIND}\n")).await;
    client.open(&workspace.file("util/name_hash.spec"), 1, NAME_HASH).await;
    client.execute("sysspec.check", json!([uri(workspace.folder())])).await;
    let said = "Check works on what is saved; not saved: path/find.spec";
    assert_eq!(shown(&mut client).await, (2, said.to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_can_be_cancelled_and_its_child_may_clean_up() {
    let workspace = Workspace::new();
    let script = "trap 'touch \"$2/cleaned\"; exit 0' TERM; echo waiting; while :; do sleep 0.05; done";
    let mut client = start(&workspace, script).await;
    client.execute("sysspec.mountAndTest", json!([uri(workspace.folder())])).await;
    let token = accept_progress(&mut client).await;
    client.wait(|message| message["params"]["message"] == "waiting").await;
    client.notify("window/workDoneProgress/cancel", json!({ "token": token })).await;
    assert_eq!(shown(&mut client).await, (3, "Mount & Test: stopped".to_owned()));
    assert!(workspace.file("cleaned").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn children_end_with_the_server() {
    let workspace = Workspace::new();
    let script = "trap 'touch \"$2/cleaned\"; exit 0' TERM; echo waiting; while :; do sleep 0.05; done";
    let mut client = start(&workspace, script).await;
    client.execute("sysspec.mountAndTest", json!([uri(workspace.folder())])).await;
    accept_progress(&mut client).await;
    client.wait(|message| message["params"]["message"] == "waiting").await;
    assert_eq!(client.stop().await, 0);
    assert!(workspace.file("cleaned").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_commands_and_the_same_command_twice_are_errors() {
    let workspace = Workspace::new();
    let mut client = start(&workspace, "sleep 5").await;
    let root = json!([uri(workspace.folder())]);
    for (command, arguments) in
        [("sysspec.dance", root.clone()), ("sysspec.check", json!([])), ("sysspec.unmount", root.clone())]
    {
        let id = client.execute(command, arguments).await;
        assert!(client.answer(id).await["error"]["message"].as_str().unwrap().contains("sysspec."));
    }
    let first = client.execute("sysspec.check", root.clone()).await;
    assert_eq!(client.answer(first).await.get("error"), None);
    let second = client.execute("sysspec.check", root).await;
    let error = client.answer(second).await["error"]["message"].as_str().unwrap().to_owned();
    assert_eq!(error, "Check is running already");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_is_not_there_is_an_error_that_names_it() {
    let workspace = Workspace::new();
    let missing = workspace.file("missing");
    let (mut client, _) = Client::start_with(workspace.folder(), &missing, json!({})).await;
    client.execute("sysspec.check", json!([uri(workspace.folder())])).await;
    let (kind, said) = shown(&mut client).await;
    assert_eq!(kind, 1);
    assert!(said.contains(missing.to_str().unwrap()), "{said}");
}

/// docs/lsp-extensions.md has a heading for every command, and for no other.
#[test]
fn every_command_is_documented() {
    let page = include_str!("../../../docs/lsp-extensions.md");
    let headings = page.lines().filter_map(|line| line.strip_prefix("### `")?.strip_suffix('`'));
    let mut documented: Vec<&str> = headings.collect();
    let mut known = crate::commands::NAMES.to_vec();
    documented.sort_unstable();
    known.sort_unstable();
    assert_eq!(documented, known);
    assert!(page.contains(crate::editing::FIX_ALL.as_str()));
}

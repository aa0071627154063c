//! The server goes on, whatever the client does, and ends when the client is gone.

use std::path::Path;

use serde_json::{Value, json};

use super::client::*;

#[tokio::test(flavor = "multi_thread")]
async fn documents_that_nobody_knows_have_no_answer_and_do_no_harm() {
    let workspace = Workspace::new();
    let mut client = Client::start(workspace.folder()).await;
    for unknown in
        ["untitled:Untitled-1", "file:///nowhere/x.spec", "https://host/x.spec", "file:", "git:/a?b"]
    {
        let document = json!({ "uri": unknown, "languageId": "sysspec", "version": 1, "text": "[RELY]\n" });
        let change = json!({
            "textDocument": { "uri": unknown, "version": 2 },
            "contentChanges": [{ "text": "x" }],
        });
        client.notify("textDocument/didChange", change.clone()).await;
        let asked = json!({ "textDocument": { "uri": unknown }, "position": { "line": 0, "character": 0 } });
        assert_eq!(client.request("textDocument/hover", asked.clone()).await, Value::Null, "{unknown}");
        client.notify("textDocument/didOpen", json!({ "textDocument": document })).await;
        client.notify("textDocument/didChange", change).await;
        let id = client.ask("textDocument/definition", asked.clone()).await;
        client.answer(id).await;
        client.notify("textDocument/didClose", json!({ "textDocument": { "uri": unknown } })).await;
        client.notify("textDocument/didClose", json!({ "textDocument": { "uri": unknown } })).await;
    }
    assert_eq!(client.stop().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_that_are_wrong_are_answered_with_an_error_and_do_no_harm() {
    let workspace = Workspace::new();
    let mut client = Client::start(workspace.folder()).await;
    let id = client
        .ask("textDocument/hover", json!({ "textDocument": { "uri": ":not a uri:" }, "position": {} }))
        .await;
    assert!(client.answer(id).await["error"]["code"].is_number());
    client.notify("textDocument/didOpen", json!({ "textDocument": 7 })).await;
    let id = client.ask("textDocument/frobnicate", json!({})).await;
    assert_eq!(client.answer(id).await["error"]["code"], -32601);
    assert_eq!(client.stop().await, 0);
}

/// Where the next message begins can no longer be known.
#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_is_not_the_protocol_is_answered_and_ends_the_server() {
    let workspace = Workspace::new();
    let mut client = Client::start(workspace.folder()).await;
    client.send_raw(b"Content-Length: 9\r\n\r\n{broken}}").await;
    assert_eq!(client.wait(|message| message["id"].is_null()).await["error"]["code"], -32700);
    assert_eq!(client.server.await.unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn positions_outside_the_text_are_moved_into_it() {
    let workspace = Workspace::new();
    let file = workspace.file("path/find.spec");
    let mut client = Client::start(workspace.folder()).await;
    client.open(&file, 1, FIND).await;
    for (line, character) in [(0, 9999), (9999, 0), (u32::MAX, u32::MAX)] {
        client.request("textDocument/hover", place(&file, line, character)).await;
        client.request("textDocument/definition", place(&file, line, character)).await;
    }
    let outside = json!({ "line": 9999, "character": 9999 });
    let change = json!([{ "range": { "start": outside, "end": outside }, "text": "\n" }]);
    client.change(&file, 2, change).await;
    client.wait(|message| message["params"]["version"] == 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_never_answers_blocks_nothing() {
    let workspace = Workspace::new();
    let file = workspace.file("path/find.spec");
    let mut watching = capabilities();
    watching["workspace"] = json!({ "didChangeWatchedFiles": { "dynamicRegistration": true } });
    let (mut client, _) = Client::start_with(workspace.folder(), Path::new("/bin/true"), watching).await;
    client.wait(|message| is(message, "client/registerCapability")).await;
    for mountpoint in 0..10 {
        let arguments = json!(["/w", format!("/mnt/{mountpoint}")]);
        let id = client.execute("sysspec.unmount", arguments).await;
        client.answer(id).await;
        client.wait(|message| is(message, "window/workDoneProgress/create")).await;
    }
    client.open(&file, 1, FIND).await;
    client.published(&file).await;
    client.request("textDocument/documentSymbol", place(&file, 0, 0)).await;
    client.vanish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_request_is_answered_once() {
    let workspace = Workspace::new();
    let file = workspace.file("path/find.spec");
    let mut client = Client::start(workspace.folder()).await;
    client.open(&file, 1, FIND).await;
    for _ in 0..20 {
        let id = client.ask("textDocument/documentSymbol", place(&file, 0, 0)).await;
        client.notify("$/cancelRequest", json!({ "id": id })).await;
        let answer = client.answer(id).await;
        let error = &answer["error"]["code"];
        assert!(answer.get("result").is_some() || *error == -32800, "{answer}");
    }
    assert_eq!(client.stop().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_file_is_taken_whole_and_edited() {
    let workspace = Workspace::new();
    let file = workspace.file("path/find.spec");
    let mut client = Client::start(workspace.folder()).await;
    let large = format!("{FIND}{}", "- prose that goes on and on, with `code` in it\n".repeat(20_000));
    client.open(&file, 1, &large).await;
    client.published(&file).await;
    for version in 2..6 {
        let start = json!({ "line": 20_000, "character": 2 });
        let change = json!([{ "range": { "start": start, "end": start }, "text": "x" }]);
        client.change(&file, version, change).await;
    }
    client.wait(|message| message["params"]["version"] == 5).await;
    assert_eq!(client.stop().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_ends_with_its_input() {
    let workspace = Workspace::new();
    let client = Client::start(workspace.folder()).await;
    assert_eq!(client.vanish().await, 1, "nobody asked for a shutdown");
    assert_eq!(Client::new(Path::new("/nonexistent")).vanish().await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_ends_with_the_process_that_started_it() {
    let workspace = Workspace::new();
    let mut parent = std::process::Command::new("sleep").arg("60").spawn().unwrap();
    let mut client = Client::new(Path::new("/nonexistent"));
    let parameters = json!({
        "processId": parent.id(),
        "capabilities": {},
        "rootUri": uri(workspace.folder()),
    });
    client.request("initialize", parameters).await;
    parent.kill().unwrap();
    parent.wait().unwrap();
    let ended = tokio::time::timeout(std::time::Duration::from_secs(10), client.server).await;
    assert_eq!(ended.expect("the server runs on").unwrap(), 1);
}

//! A client that asks for findings.

use serde_json::{Value, json};

use super::client::*;

const WHOLE: &str = "uint32_t name_hash(const char *name);";
const BROKEN: &str = "uint64_t name_hash(const char *name);";

fn pulling() -> Value {
    let mut capabilities = capabilities();
    capabilities["textDocument"]["diagnostic"] = json!({ "dynamicRegistration": false });
    capabilities["workspace"] = json!({ "diagnostics": { "refreshSupport": true } });
    capabilities
}

async fn start(workspace: &Workspace) -> Client {
    let nobody = std::path::Path::new("/nonexistent");
    let (client, can) = Client::start_with(workspace.folder(), nobody, pulling()).await;
    assert_eq!(can["diagnosticProvider"]["interFileDependencies"], true);
    assert_eq!(can["diagnosticProvider"]["workspaceDiagnostics"], true);
    client
}

async fn pull(client: &mut Client, file: &std::path::Path, previous: &Value) -> Value {
    let mut parameters = json!({ "textDocument": { "uri": uri(file) } });
    if !previous.is_null() {
        parameters["previousResultId"] = previous.clone();
    }
    client.request("textDocument/diagnostic", parameters).await
}

fn codes_of(report: &Value) -> Vec<&str> {
    let items = report["items"].as_array().unwrap();
    items.iter().map(|found| found["code"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_does_not_ask_is_told_nothing_of_it() {
    let workspace = Workspace::new();
    let nobody = std::path::Path::new("/nonexistent");
    let (_, can) = Client::start_with(workspace.folder(), nobody, capabilities()).await;
    assert_eq!(can["diagnosticProvider"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_is_sent_once_and_then_only_said_to_be_unchanged() {
    let workspace = Workspace::new();
    let (provider, dependent) = (workspace.file("util/name_hash.spec"), workspace.file("path/find.spec"));
    let mut client = start(&workspace).await;
    client.open(&dependent, 1, FIND).await;
    let clean = pull(&mut client, &dependent, &Value::Null).await;
    assert_eq!((&clean["kind"], codes_of(&clean)), (&json!("full"), vec![]));

    client.open(&provider, 1, &NAME_HASH.replace(WHOLE, BROKEN)).await;
    let red = pull(&mut client, &dependent, &clean["resultId"]).await;
    assert_eq!((&red["kind"], codes_of(&red)), (&json!("full"), vec!["TYP001"]));
    assert_eq!(red["items"][0]["relatedInformation"][0]["location"]["uri"], uri(&provider));

    let same = pull(&mut client, &dependent, &red["resultId"]).await;
    assert_eq!(same, json!({ "kind": "unchanged", "resultId": red["resultId"] }));
    // What is asked for is not sent as well.
    assert!(!client.has_kept(|message| is(message, "textDocument/publishDiagnostics")));
    assert_eq!(client.stop().await, 0);
}

/// The message and the bytes are the same; what the editor underlines is not.
#[tokio::test(flavor = "multi_thread")]
async fn a_finding_that_moved_is_another_report() {
    let workspace = Workspace::new();
    let file = workspace.file("path/find.spec");
    let mut client = start(&workspace).await;
    let broken = FIND.replace("[RELY]", "[RELI]");
    client.open(&file, 1, &broken).await;
    let before = pull(&mut client, &file, &Value::Null).await;
    client.change_all(&file, 2, &broken.replace("layer: path\nlevel", "layer: path level")).await;
    client.change_all(&file, 3, &format!("\n{broken}")).await;
    let after = pull(&mut client, &file, &before["resultId"]).await;
    assert_eq!(after["kind"], "full");
    let line = |report: &Value| report["items"][0]["range"]["start"]["line"].as_u64().unwrap();
    assert_eq!(line(&after), line(&before) + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_client_is_told_to_ask_again_when_other_files_are_concerned() {
    let workspace = Workspace::new();
    let (provider, dependent) = (workspace.file("util/name_hash.spec"), workspace.file("path/find.spec"));
    let mut client = start(&workspace).await;
    client.open(&dependent, 1, FIND).await;
    client.open(&provider, 1, NAME_HASH).await;
    assert_eq!(codes_of(&pull(&mut client, &dependent, &Value::Null).await), Vec::<&str>::new());
    client.change_all(&provider, 2, &NAME_HASH.replace(WHOLE, BROKEN)).await;
    client.wait(|message| is(message, "workspace/diagnostic/refresh")).await;
    assert_eq!(codes_of(&pull(&mut client, &dependent, &Value::Null).await), ["TYP001"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_workspace_is_reported_whole_and_then_as_it_changes() {
    let workspace = Workspace::new();
    let (provider, dependent) = (workspace.file("util/name_hash.spec"), workspace.file("path/find.spec"));
    workspace.write("util/name_hash.spec", &NAME_HASH.replace(WHOLE, BROKEN));
    let mut client = start(&workspace).await;
    let first = client.request("workspace/diagnostic", json!({ "previousResultIds": [] })).await;
    let items = first["items"].as_array().unwrap();
    assert!(items.iter().all(|item| item["kind"] == "full"), "{first}");
    let of = |file: &std::path::Path| items.iter().find(|item| item["uri"] == uri(file)).unwrap();
    assert_eq!(codes_of(of(&dependent)), ["TYP001"]);
    assert_eq!(of(&dependent)["version"], Value::Null);
    let known: Vec<Value> =
        items.iter().map(|item| json!({ "uri": item["uri"], "value": item["resultId"] })).collect();

    // Nothing is new, so the answer waits for what is.
    let id = client.ask("workspace/diagnostic", json!({ "previousResultIds": known })).await;
    client.request("textDocument/documentSymbol", place(&dependent, 0, 0)).await;
    assert!(!client.has_kept(|message| message["id"] == id && message.get("result").is_some()));
    client.open(&provider, 7, NAME_HASH).await;
    let second = client.answer(id).await["result"].take();
    let items = second["items"].as_array().unwrap();
    let of = |file: &std::path::Path| items.iter().find(|item| item["uri"] == uri(file)).unwrap();
    assert_eq!((&of(&dependent)["kind"], codes_of(of(&dependent))), (&json!("full"), vec![]));
    assert_eq!(of(&provider)["version"], 7);
    assert_eq!(client.stop().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_that_waits_is_answered_when_the_server_is_shut_down() {
    let workspace = Workspace::new();
    let mut client = start(&workspace).await;
    client.request("workspace/diagnostic", json!({ "previousResultIds": [] })).await;
    let id = client.ask("workspace/diagnostic", json!({ "previousResultIds": [] })).await;
    client.request("shutdown", Value::Null).await;
    assert_eq!(client.answer(id).await["result"]["items"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_findings_of_a_file_that_is_gone_are_taken_back_from_whoever_knows_them() {
    let workspace = Workspace::new();
    let dependent = workspace.file("path/find.spec");
    workspace.write("path/find.spec", &FIND.replace("[RELY]", "[RELI]"));
    let mut client = start(&workspace).await;
    let first = client.request("workspace/diagnostic", json!({ "previousResultIds": [] })).await;
    let items = first["items"].as_array().unwrap();
    let found = items.iter().find(|item| item["uri"] == uri(&dependent)).unwrap();
    let known = json!([{ "uri": uri(&dependent), "value": found["resultId"] }]);
    std::fs::remove_file(&dependent).unwrap();
    client.notify("workspace/didDeleteFiles", json!({ "files": [{ "uri": uri(&dependent) }] })).await;
    let second = client.request("workspace/diagnostic", json!({ "previousResultIds": known })).await;
    let items = second["items"].as_array().unwrap();
    let gone = items.iter().find(|item| item["uri"] == uri(&dependent)).unwrap();
    assert_eq!((&gone["kind"], codes_of(gone)), (&json!("full"), vec![]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_that_nobody_knows_has_an_empty_report() {
    let workspace = Workspace::new();
    let mut client = start(&workspace).await;
    let report = pull(&mut client, std::path::Path::new("/nowhere/x.spec"), &Value::Null).await;
    assert_eq!((&report["kind"], codes_of(&report)), (&json!("full"), vec![]));
}

/// Neovim 0.12 does not ask again for open documents when it is told to; it takes what comes with another answer.
#[tokio::test(flavor = "multi_thread")]
async fn the_findings_of_other_open_documents_come_along_when_they_change() {
    let workspace = Workspace::new();
    let (provider, dependent) = (workspace.file("util/name_hash.spec"), workspace.file("path/find.spec"));
    let mut taking = pulling();
    taking["textDocument"]["diagnostic"]["relatedDocumentSupport"] = json!(true);
    let nobody = std::path::Path::new("/nonexistent");
    let (mut client, _) = Client::start_with(workspace.folder(), nobody, taking).await;
    client.open(&dependent, 1, FIND).await;
    pull(&mut client, &dependent, &Value::Null).await;
    client.open(&provider, 1, NAME_HASH).await;
    let clean = pull(&mut client, &provider, &Value::Null).await;
    assert_eq!(clean["relatedDocuments"], Value::Null, "nothing changed");
    client.change_all(&provider, 2, &NAME_HASH.replace(WHOLE, BROKEN)).await;
    let red = pull(&mut client, &provider, &clean["resultId"]).await;
    let other = &red["relatedDocuments"][uri(&dependent)];
    assert_eq!((&other["kind"], codes_of(other)), (&json!("full"), vec!["TYP001"]));
    let again = pull(&mut client, &provider, &red["resultId"]).await;
    assert_eq!((&again["kind"], &again["relatedDocuments"]), (&json!("unchanged"), &Value::Null));
    client.change_all(&provider, 3, NAME_HASH).await;
    let clean = pull(&mut client, &provider, &red["resultId"]).await;
    assert_eq!(codes_of(&clean["relatedDocuments"][uri(&dependent)]), Vec::<&str>::new());
}

//! What a user sees while editing.

use serde_json::{Value, json};

use super::client::*;

const BROKEN: &str = "uint64_t name_hash(const char *name);";
const WHOLE: &str = "uint32_t name_hash(const char *name);";

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_guarantee_turns_the_modules_that_rely_on_it_red() {
    let workspace = Workspace::new();
    let (provider, dependent) = (workspace.file("util/name_hash.spec"), workspace.file("path/find.spec"));
    let mut client = Client::start(workspace.folder()).await;
    client.open(&provider, 1, NAME_HASH).await;
    let published = client.published(&provider).await;
    assert_eq!((&published["version"], codes(&published)), (&json!(1), vec![]));

    // uint32_t becomes uint64_t: two characters, typed one after the other.
    let (line, column) = (7, 4);
    let changes = json!([
        { "range": range((line, column), (line, column + 1)), "text": "6" },
        { "range": range((line, column + 1), (line, column + 2)), "text": "4" },
    ]);
    client.change(&provider, 2, changes).await;
    let red = client.wait_for_codes(&dependent, &["TYP001"]).await;
    assert_eq!(red.get("version"), None, "the file is not open");
    let finding = &red["diagnostics"][0];
    assert_eq!(finding["severity"], 1);
    assert_eq!(finding["source"], "sysspec");
    assert_eq!(finding.get("codeDescription"), None);
    assert_eq!(finding["range"]["start"]["line"], 7);
    let related = finding["relatedInformation"].as_array().unwrap();
    let names_provider = related.iter().any(|other| other["location"]["uri"] == uri(&provider));
    assert!(names_provider, "the provider is not named: {finding}");

    client.change_all(&provider, 3, NAME_HASH).await;
    client.wait_for_codes(&dependent, &[]).await;
    let green = client.wait_for_codes(&provider, &[]).await;
    assert!(green["version"].is_number(), "an open file is told of with its version");
    assert_eq!(client.stop().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_on_disk_is_shown_at_once_and_only_where_something_is_wrong() {
    let workspace = Workspace::new();
    workspace.write("util/name_hash.spec", &NAME_HASH.replace(WHOLE, BROKEN));
    let mut client = Client::start(workspace.folder()).await;
    client.wait_for_codes(&workspace.file("path/find.spec"), &["TYP001"]).await;
    assert!(
        !client.published(&workspace.file("util/name_hash.spec")).await["diagnostics"]
            .as_array()
            .unwrap()
            .is_empty()
    );
    // A file without findings is not mentioned: the next answer comes without one.
    client.request("textDocument/documentSymbol", place(&workspace.file("path/find.spec"), 0, 0)).await;
    assert!(!client.has_kept(|message| is(message, "textDocument/publishDiagnostics")));
}

#[tokio::test(flavor = "multi_thread")]
async fn hover_definition_and_references_lead_from_the_rely_to_the_guarantee() {
    let workspace = Workspace::new();
    let (provider, dependent) = (workspace.file("util/name_hash.spec"), workspace.file("path/find.spec"));
    let mut client = Client::start(workspace.folder()).await;
    client.open(&dependent, 1, FIND).await;
    client.published(&dependent).await;
    let relied = place_of(&dependent, FIND, "name_hash(const");

    let hover = client.request("textDocument/hover", relied.clone()).await;
    let shown = hover["contents"]["value"].as_str().unwrap();
    assert!(shown.contains(WHOLE) && shown.contains("FNV-1a"), "{shown}");
    assert_eq!(hover["contents"]["kind"], "markdown");
    assert_eq!(hover["range"]["start"], relied["position"]);

    let definition = client.request("textDocument/definition", relied.clone()).await;
    assert_eq!(definition[0]["uri"], uri(&provider));
    assert_eq!(definition[0]["range"]["start"]["line"], 7);

    let mut asked = place_of(&provider, NAME_HASH, "name_hash(const");
    asked["context"] = json!({ "includeDeclaration": false });
    let references = client.request("textDocument/references", asked).await;
    let files: Vec<&Value> = references.as_array().unwrap().iter().map(|found| &found["uri"]).collect();
    assert!(files.contains(&&json!(uri(&dependent))), "{references}");

    let outline = client.request("textDocument/documentSymbol", relied).await;
    let names: Vec<&str> =
        outline.as_array().unwrap().iter().map(|symbol| symbol["name"].as_str().unwrap()).collect();
    assert!(names.iter().any(|name| name.contains("SPECIFICATION")), "{names:?}");
}

/// Editors wait for an answer about the text that they show.
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_is_about_the_text_after_all_changes_before_the_question() {
    let workspace = Workspace::new();
    let file = workspace.file("path/find.spec");
    let mut client = Client::start(workspace.folder()).await;
    client.open(&file, 1, FIND).await;
    for version in 2..40 {
        let changes = json!([{ "range": range((0, 0), (0, 0)), "text": "\n" }]);
        client.change(&file, version, changes).await;
    }
    let moved = format!("{}{FIND}", "\n".repeat(38));
    let asked = place_of(&file, &moved, "name_hash(const");
    let definition = client.request("textDocument/hover", asked.clone()).await;
    assert_eq!(definition["range"]["start"], asked["position"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn utf8_positions_are_used_with_a_client_that_offers_them() {
    let workspace = Workspace::new();
    let file = workspace.file("path/find.spec");
    let mut offered = capabilities();
    offered["general"]["positionEncodings"] = json!(["utf-16", "utf-8"]);
    let (mut client, can) = Client::start_with(workspace.folder(), &file, offered).await;
    assert_eq!(can["positionEncoding"], "utf-8");
    client.open(&file, 1, FIND).await;
    // A surrogate pair before the edit: four bytes.
    client.change(&file, 2, json!([{ "range": range((6, 0), (6, 0)), "text": "// 𝕏\n" }])).await;
    client.change(&file, 3, json!([{ "range": range((6, 3), (6, 7)), "text": "Y" }])).await;
    client.change(&file, 4, json!([{ "range": range((6, 0), (7, 0)), "text": "" }])).await;
    client.wait(|message| message["params"]["version"] == 4 && message["params"]["uri"] == uri(&file)).await;
    let hover = client.request("textDocument/hover", place_of(&file, FIND, "name_hash(const")).await;
    assert!(hover["contents"]["value"].as_str().unwrap().contains(WHOLE), "{hover}");
}

#[tokio::test(flavor = "multi_thread")]
async fn closing_a_document_makes_the_disk_speak_again() {
    let workspace = Workspace::new();
    let (provider, dependent) = (workspace.file("util/name_hash.spec"), workspace.file("path/find.spec"));
    let mut client = Client::start(workspace.folder()).await;
    client.open(&provider, 1, &NAME_HASH.replace(WHOLE, BROKEN)).await;
    client.wait_for_codes(&dependent, &["TYP001"]).await;
    client.close(&provider).await;
    client.wait_for_codes(&dependent, &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_on_disk_are_followed_but_not_over_an_open_document() {
    let workspace = Workspace::new();
    let (provider, dependent) = (workspace.file("util/name_hash.spec"), workspace.file("path/find.spec"));
    let mut client = Client::start(workspace.folder()).await;
    client.open(&dependent, 1, FIND).await;
    client.published(&dependent).await;
    workspace.write("util/name_hash.spec", &NAME_HASH.replace(WHOLE, BROKEN));
    workspace.write("path/find.spec", "not what the editor shows");
    let changed = json!([{ "uri": uri(&provider), "type": 2 }, { "uri": uri(&dependent), "type": 2 }]);
    client.notify("workspace/didChangeWatchedFiles", json!({ "changes": changed })).await;
    client.wait_for_codes(&dependent, &["TYP001"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_findings_of_a_deleted_file_go_and_its_absence_is_noticed() {
    let workspace = Workspace::new();
    let (provider, dependent) = (workspace.file("util/name_hash.spec"), workspace.file("path/find.spec"));
    workspace.write("util/name_hash.spec", &NAME_HASH.replace(WHOLE, BROKEN));
    let mut client = Client::start(workspace.folder()).await;
    client.wait_for_codes(&dependent, &["TYP001"]).await;
    std::fs::remove_file(&provider).unwrap();
    let changed = json!([{ "uri": uri(&provider), "type": 3 }]);
    client.notify("workspace/didChangeWatchedFiles", json!({ "changes": changed })).await;
    client.wait_for_codes(&provider, &[]).await;
    client.wait_for_codes(&dependent, &["NAM001"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_outside_all_folders_is_analysed_with_its_own_workspace() {
    let (workspace, elsewhere) = (Workspace::new(), tempfile::tempdir().unwrap());
    let (provider, dependent) = (workspace.file("util/name_hash.spec"), workspace.file("path/find.spec"));
    let mut client = Client::start(elsewhere.path()).await;
    client.open(&provider, 1, &NAME_HASH.replace(WHOLE, BROKEN)).await;
    client.wait_for_codes(&dependent, &["TYP001"]).await;
    client.close(&provider).await;
    client.wait_for_codes(&dependent, &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn folders_that_come_and_go_bring_and_take_their_findings() {
    let (workspace, elsewhere) = (Workspace::new(), tempfile::tempdir().unwrap());
    workspace.write("util/name_hash.spec", &NAME_HASH.replace(WHOLE, BROKEN));
    let dependent = workspace.file("path/find.spec");
    let mut client = Client::start(elsewhere.path()).await;
    let folder = json!([{ "uri": uri(workspace.folder()), "name": "more" }]);
    let come = json!({ "event": { "added": folder, "removed": [] } });
    client.notify("workspace/didChangeWorkspaceFolders", come).await;
    client.wait_for_codes(&dependent, &["TYP001"]).await;
    let go = json!({ "event": { "added": [], "removed": folder } });
    client.notify("workspace/didChangeWorkspaceFolders", go).await;
    client.wait_for_codes(&dependent, &[]).await;
}

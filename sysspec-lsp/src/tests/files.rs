//! Files that come, go and move, and documents that are no files.

use std::path::Path;

use serde_json::{Value, json};

use super::client::*;

const WHOLE: &str = "uint32_t name_hash(const char *name);";
const BROKEN: &str = "uint64_t name_hash(const char *name);";

#[tokio::test(flavor = "multi_thread")]
async fn a_renamed_file_is_followed() {
    let workspace = Workspace::new();
    let (old, new) = (workspace.file("util/name_hash.spec"), workspace.file("util/hash.spec"));
    workspace.write("util/name_hash.spec", &NAME_HASH.replace(WHOLE, BROKEN));
    let mut client = Client::start(workspace.folder()).await;
    client.wait_for_codes(&old, &["TYP001"]).await;
    std::fs::rename(&old, &new).unwrap();
    let files = json!([{ "oldUri": uri(&old), "newUri": uri(&new) }]);
    client.notify("workspace/didRenameFiles", json!({ "files": files })).await;
    client.wait_for_codes(&old, &[]).await;
    let found = codes(&client.published(&new).await);
    assert!(found.contains(&"TYP001".to_owned()), "{found:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_folder_takes_its_modules_along() {
    let workspace = Workspace::new();
    let dependent = workspace.file("path/find.spec");
    let mut client = Client::start(workspace.folder()).await;
    client.open(&dependent, 1, FIND).await;
    client.published(&dependent).await;
    std::fs::remove_dir_all(workspace.file("util")).unwrap();
    let files = json!([{ "uri": uri(&workspace.file("util")) }]);
    client.notify("workspace/didDeleteFiles", json!({ "files": files })).await;
    loop {
        let published = client.published(&dependent).await;
        if codes(&published).contains(&"NAM001".to_owned()) {
            break;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_was_made_is_read() {
    let workspace = Workspace::new();
    let (provider, dependent) = (workspace.file("util/name_hash.spec"), workspace.file("path/find.spec"));
    std::fs::remove_file(&provider).unwrap();
    let mut client = Client::start(workspace.folder()).await;
    client.wait_for_codes(&dependent, &["NAM001"]).await;
    workspace.write("util/name_hash.spec", NAME_HASH);
    client.notify("workspace/didCreateFiles", json!({ "files": [{ "uri": uri(&provider) }] })).await;
    client.wait_for_codes(&dependent, &[]).await;
}

/// The editor's buffer of a file that was deleted is still there, and is what counts.
#[tokio::test(flavor = "multi_thread")]
async fn an_open_document_outlives_its_file() {
    let workspace = Workspace::new();
    let (provider, dependent) = (workspace.file("util/name_hash.spec"), workspace.file("path/find.spec"));
    let mut client = Client::start(workspace.folder()).await;
    client.open(&provider, 1, &NAME_HASH.replace(WHOLE, BROKEN)).await;
    client.wait_for_codes(&dependent, &["TYP001"]).await;
    std::fs::remove_file(&provider).unwrap();
    client.notify("workspace/didDeleteFiles", json!({ "files": [{ "uri": uri(&provider) }] })).await;
    client.change_all(&provider, 2, NAME_HASH).await;
    client.wait_for_codes(&dependent, &[]).await;
    client.close(&provider).await;
    client.wait_for_codes(&dependent, &["NAM001"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_roots_do_not_mix() {
    let (one, two) = (Workspace::new(), Workspace::new());
    two.write("util/name_hash.spec", &NAME_HASH.replace(WHOLE, BROKEN));
    let mut client = Client::new(Path::new("/nonexistent"));
    let folder = |workspace: &Workspace| json!({ "uri": uri(workspace.folder()), "name": "w" });
    let folders = json!([folder(&one), folder(&two)]);
    client
        .request("initialize", json!({ "capabilities": capabilities(), "workspaceFolders": folders }))
        .await;
    client.notify("initialized", json!({})).await;
    client.wait_for_codes(&two.file("path/find.spec"), &["TYP001"]).await;
    client.open(&one.file("path/find.spec"), 1, FIND).await;
    assert_eq!(codes(&client.published(&one.file("path/find.spec")).await), Vec::<String>::new());
    let found = client
        .request("textDocument/definition", place_of(&one.file("path/find.spec"), FIND, "name_hash(c"))
        .await;
    assert_eq!(found[0]["uri"], uri(&one.file("util/name_hash.spec")));
}

fn untitled(name: &str, text: &str) -> Value {
    json!({ "uri": format!("untitled:{name}"), "languageId": "sysspec", "version": 1, "text": text })
}

async fn published(client: &mut Client, name: &str) -> Value {
    let name = format!("untitled:{name}");
    let mut message = client
        .wait(|message| is(message, "textDocument/publishDiagnostics") && message["params"]["uri"] == name)
        .await;
    message["params"].take()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_that_was_never_saved_is_analysed_by_itself() {
    let workspace = Workspace::new();
    let mut client = Client::start(workspace.folder()).await;
    client.open(&workspace.file("path/find.spec"), 1, FIND).await;
    client.published(&workspace.file("path/find.spec")).await;
    let text = "[GUARANTE]\n```c\nint find(const char *name);\n```\n\n[SPECIFICATION]\nGives 1.\n";
    client.notify("textDocument/didOpen", json!({ "textDocument": untitled("One", text) })).await;
    let found = codes(&published(&mut client, "One").await);
    assert!(found.contains(&"SYN001".to_owned()), "{found:?}");
    let change = json!({
        "textDocument": { "uri": "untitled:One", "version": 2 },
        "contentChanges": [{ "range": range((0, 9), (0, 9)), "text": "E" }],
    });
    client.notify("textDocument/didChange", change).await;
    let found = codes(&published(&mut client, "One").await);
    assert!(!found.contains(&"SYN001".to_owned()), "{found:?}");
    let document = json!({ "textDocument": { "uri": "untitled:One" } });
    let outline = client.request("textDocument/documentSymbol", document.clone()).await;
    assert_eq!(outline[0]["name"], "[GUARANTEE]");
    // It guarantees what a module of the workspace guarantees, and does not disturb it.
    assert!(!client.has_kept(|message| {
        message["params"]["uri"] == uri(&workspace.file("path/find.spec"))
            && message["params"]["diagnostics"] != json!([])
    }));
    client.notify("textDocument/didClose", document).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn utf32_positions_are_used_with_a_client_that_likes_them_best() {
    let workspace = Workspace::new();
    let file = workspace.file("path/find.spec");
    let mut offered = capabilities();
    offered["general"]["positionEncodings"] = json!(["utf-32", "utf-16"]);
    let (mut client, can) = Client::start_with(workspace.folder(), &file, offered).await;
    assert_eq!(can["positionEncoding"], "utf-32");
    client.open(&file, 1, FIND).await;
    // U+1D54F: one code point, two UTF-16 units.
    let changes = json!([
        { "range": range((6, 0), (6, 0)), "text": "// 𝕏Y\n" },
        { "range": range((6, 4), (6, 5)), "text": "" },
        { "range": range((6, 0), (7, 0)), "text": "" },
    ]);
    client.change(&file, 2, changes).await;
    let hover = client.request("textDocument/hover", place_of(&file, FIND, "name_hash(const")).await;
    assert!(hover["contents"]["value"].as_str().unwrap().contains(WHOLE), "{hover}");
}

//! What editors show and change, over the protocol. What is shown is tested with the analysis; here it is how it is said.

use std::path::Path;

use serde_json::{Value, json};

use super::client::*;

async fn start_with(workspace: &Workspace, change: impl FnOnce(&mut Value)) -> Client {
    let mut capabilities = capabilities();
    change(&mut capabilities);
    Client::start_with(workspace.folder(), Path::new("/nonexistent"), capabilities).await.0
}

fn with(mut place: Value, more: Value) -> Value {
    for (key, value) in more.as_object().unwrap() {
        place[key] = value.clone();
    }
    place
}

fn versioned(capabilities: &mut Value) {
    let edit = json!({ "documentChanges": true, "resourceOperations": ["create", "rename", "delete"] });
    capabilities["workspace"] = json!({ "workspaceEdit": edit });
}

fn whole_file() -> Value {
    json!({ "start": { "line": 0, "character": 0 }, "end": { "line": 99, "character": 0 } })
}

async fn actions(client: &mut Client, file: &Path, context: Value) -> Vec<Value> {
    let parameters =
        json!({ "textDocument": { "uri": uri(file) }, "range": whole_file(), "context": context });
    client.request("textDocument/codeAction", parameters).await.as_array().unwrap().clone()
}

fn titles(actions: &[Value]) -> Vec<&str> {
    actions.iter().map(|action| action["title"].as_str().unwrap()).collect()
}

/// LSP 3.17 allows requests about files that are not open, right after `initialized`.
#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_comes_before_the_folders_were_looked_through_waits_for_them() {
    for _ in 0..20 {
        let workspace = Workspace::new();
        let file = workspace.file("util/name_hash.spec");
        let mut client = Client::start(workspace.folder()).await;
        let hover = client.request("textDocument/hover", place_of(&file, NAME_HASH, "name_hash(")).await;
        assert!(hover["contents"].to_string().contains("guaranteed by"), "{hover}");
        assert_eq!(client.stop().await, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fixes_are_offered_as_versioned_edits() {
    let workspace = Workspace::new();
    let file = workspace.file("path/find.spec");
    let mut client = start_with(&workspace, versioned).await;
    client.open(&file, 4, &FIND.replace("[RELY]", "[RELI]")).await;
    let found = actions(&mut client, &file, json!({ "diagnostics": [] })).await;
    let fix = &found[0];
    assert_eq!((&fix["title"], &fix["kind"]), (&json!("Write `[RELY]`"), &json!("quickfix")));
    assert_eq!(fix["isPreferred"], true);
    assert_eq!(fix["diagnostics"][0]["code"], "SYN001");
    let edit = &fix["edit"]["documentChanges"][0];
    assert_eq!(edit["textDocument"], json!({ "uri": uri(&file), "version": 4 }));
    let range = json!({ "start": { "line": 5, "character": 0 }, "end": { "line": 5, "character": 6 } });
    assert_eq!(edit["edits"][0]["range"]["start"]["line"], range["start"]["line"]);
    assert!(edit["edits"][0]["newText"].as_str().unwrap().contains("RELY"), "{edit}");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_kinds_that_are_asked_for_are_offered() {
    let workspace = Workspace::new();
    let file = workspace.file("path/find.spec");
    let mut client = Client::start(workspace.folder()).await;
    client.open(&file, 1, &FIND.replace("[RELY]", "[RELI]")).await;
    let all = actions(&mut client, &file, json!({ "diagnostics": [] })).await;
    let (fix, allow, every) =
        ("Write `[RELY]`", "Allow SYN001 here, with a reason", "Make the one safe fix in this file");
    assert_eq!(titles(&all), [fix, allow, every]);
    for (only, expected) in [
        ("quickfix", vec![fix, allow]),
        ("source", vec![every]),
        ("source.fixAll", vec![every]),
        ("source.fixAll.sysspec", vec![every]),
        ("source.fixAll.other", vec![]),
        ("source.organizeImports", vec![]),
        ("refactor", vec![]),
        ("", vec![fix, allow, every]),
    ] {
        let found = actions(&mut client, &file, json!({ "diagnostics": [], "only": [only] })).await;
        assert_eq!(titles(&found), expected, "{only}");
    }
    // Shown while one types: nothing that only silences.
    let found = actions(&mut client, &file, json!({ "diagnostics": [], "triggerKind": 2 })).await;
    assert_eq!(titles(&found), [fix]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_without_versioned_edits_gets_plain_ones() {
    let workspace = Workspace::new();
    let file = workspace.file("path/find.spec");
    let mut client = Client::start(workspace.folder()).await;
    client.open(&file, 1, &FIND.replace("[RELY]", "[RELI]")).await;
    let found = actions(&mut client, &file, json!({ "diagnostics": [], "only": ["source.fixAll"] })).await;
    assert_eq!(found[0]["edit"]["documentChanges"], Value::Null);
    assert_eq!(found[0]["edit"]["changes"][uri(&file)].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renaming_moves_the_file_of_its_module() {
    let workspace = Workspace::new();
    let (provider, dependent) = (workspace.file("util/name_hash.spec"), workspace.file("path/find.spec"));
    let mut client = start_with(&workspace, versioned).await;
    client.open(&dependent, 3, FIND).await;
    let at = place_of(&dependent, FIND, "name_hash(const");
    let prepared = client.request("textDocument/prepareRename", at.clone()).await;
    assert_eq!(prepared["placeholder"], "name_hash");
    assert_eq!(prepared["range"]["start"], at["position"]);
    let edit = client.request("textDocument/rename", with(at, json!({ "newName": "hash_of" }))).await;
    let changes = edit["documentChanges"].as_array().unwrap();
    let of = |file: &Path| changes.iter().find(|change| change["textDocument"]["uri"] == uri(file)).unwrap();
    assert_eq!(of(&dependent)["textDocument"]["version"], 3);
    assert_eq!(of(&dependent)["edits"].as_array().unwrap().len(), 2);
    assert_eq!(of(&provider)["textDocument"]["version"], Value::Null);
    assert_eq!(of(&workspace.file("util/util.header"))["edits"].as_array().unwrap().len(), 1);
    let moved = json!({
        "kind": "rename", "oldUri": uri(&provider), "newUri": uri(&workspace.file("util/hash_of.spec")),
    });
    assert_eq!(changes.last().unwrap(), &moved);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_renamed_is_refused_with_the_reason() {
    let workspace = Workspace::new();
    let file = workspace.file("path/find.spec");
    let mut client = Client::start(workspace.folder()).await;
    client.open(&file, 1, FIND).await;
    let id = client.ask("textDocument/prepareRename", place_of(&file, FIND, "uint32_t")).await;
    let error = client.answer(id).await["error"].take();
    assert_eq!(error["code"], -32803);
    assert_eq!(error["message"], "`uint32_t` belongs to `<stdint.h>` and cannot be renamed");
    let taken = with(place_of(&file, FIND, "name_hash(const"), json!({ "newName": "find" }));
    let id = client.ask("textDocument/rename", taken).await;
    let error = client.answer(id).await["error"].take();
    assert_eq!(error["message"], "`find` is taken: `path/find.spec` declares it");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_declaration_is_in_the_header_and_the_implementation_in_the_generated_code() {
    let workspace = Workspace::new();
    let file = workspace.file("path/find.spec");
    let code = "#include \"util.h\"\n\nuint32_t name_hash(const char *name)\n{\n\treturn 0;\n}\n";
    workspace.write("generated/util/name_hash.c", code);
    let mut client = Client::start(workspace.folder()).await;
    client.open(&file, 1, FIND).await;
    let at = place_of(&file, FIND, "name_hash(const");
    let declared = client.request("textDocument/declaration", at.clone()).await;
    assert_eq!(declared[0]["uri"], uri(&workspace.file("util/util.header")));
    assert_eq!(declared[0]["range"]["start"], json!({ "line": 2, "character": 9 }));
    let implemented = client.request("textDocument/implementation", at).await;
    assert_eq!(implemented[0]["uri"], uri(&workspace.file("generated/util/name_hash.c")));
    assert_eq!(implemented[0]["range"]["start"], json!({ "line": 2, "character": 9 }));
    let said = client.wait(|message| is(message, "window/showMessage")).await;
    let said = said["params"]["message"].as_str().unwrap();
    assert!(said.starts_with("generated/util/name_hash.c: "), "nothing has validated this code: {said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_there_is_no_code_yet_the_user_is_told() {
    let workspace = Workspace::new();
    let file = workspace.file("path/find.spec");
    let mut client = Client::start(workspace.folder()).await;
    client.open(&file, 1, FIND).await;
    let at = place_of(&file, FIND, "name_hash(const");
    assert_eq!(client.request("textDocument/implementation", at).await, Value::Null);
    let said = client.wait(|message| is(message, "window/showMessage")).await;
    let expected = "generated/util/name_hash.c: missing: no code was generated yet";
    assert_eq!(said["params"]["message"], expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn symbols_of_all_roots_are_found_by_letters() {
    let (one, two) = (Workspace::new(), Workspace::new());
    two.write("util/util.header", "stdint\n\nuint32_t name_of(int number);\n");
    let mut client = Client::new(Path::new("/nonexistent"));
    let folder = |workspace: &Workspace| json!({ "uri": uri(workspace.folder()), "name": "w" });
    let parameters =
        json!({ "capabilities": capabilities(), "workspaceFolders": [folder(&one), folder(&two)] });
    client.request("initialize", parameters).await;
    client.notify("initialized", json!({})).await;
    let found = client.request("workspace/symbol", json!({ "query": "nameo" })).await;
    let found = found.as_array().unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["name"], "name_of");
    assert_eq!(found[0]["location"]["uri"], uri(&two.file("util/util.header")));
    let found = client.request("workspace/symbol", json!({ "query": "find" })).await;
    assert_eq!(found.as_array().unwrap().len(), 2, "one in each root");
}

#[tokio::test(flavor = "multi_thread")]
async fn callers_and_callees_are_found_from_an_item() {
    let workspace = Workspace::new();
    let (provider, dependent) = (workspace.file("util/name_hash.spec"), workspace.file("path/find.spec"));
    let mut client = Client::start(workspace.folder()).await;
    client.open(&provider, 1, NAME_HASH).await;
    let items = client
        .request("textDocument/prepareCallHierarchy", place_of(&provider, NAME_HASH, "name_hash("))
        .await;
    assert_eq!(items[0]["name"], "name_hash");
    let calls = client.request("callHierarchy/incomingCalls", json!({ "item": items[0] })).await;
    assert_eq!(calls[0]["from"]["uri"], uri(&dependent));
    let calls = client.request("callHierarchy/outgoingCalls", json!({ "item": calls[0]["from"] })).await;
    assert_eq!(calls[0]["to"]["name"], "name_hash");
    let rely = place_of(&dependent, FIND, "name_hash(const");
    assert_eq!(calls[0]["fromRanges"][0]["start"], rely["position"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn completions_replace_what_was_typed_and_keep_their_order() {
    let workspace = Workspace::new();
    let file = workspace.file("path/find.spec");
    let mut client = Client::start(workspace.folder()).await;
    let text = FIND.replace("uint32_t name_hash(const char *name);", "nam");
    client.open(&file, 1, &text).await;
    let mut at = place_of(&file, &text, "nam\n");
    at["position"]["character"] = json!(3);
    let found = client.request("textDocument/completion", at.clone()).await;
    let item = &found["items"][0];
    assert_eq!(item["label"], "name_hash");
    assert_eq!(item["textEdit"]["newText"], "uint32_t name_hash(const char *name);");
    assert_eq!(item["textEdit"]["range"]["start"]["character"], 0);
    assert_eq!(item["textEdit"]["range"]["end"], at["position"]);
    assert_eq!((&found["isIncomplete"], &item["sortText"]), (&json!(false), &json!("0000")));
}

#[tokio::test(flavor = "multi_thread")]
async fn folds_selections_links_and_highlights_are_answered() {
    let workspace = Workspace::new();
    let (file, header) = (workspace.file("path/find.spec"), workspace.file("path/path.header"));
    let mut client = Client::start(workspace.folder()).await;
    client.open(&file, 1, FIND).await;
    let document = json!({ "textDocument": { "uri": uri(&file) } });
    let folds = client.request("textDocument/foldingRange", document.clone()).await;
    assert_eq!((&folds[0]["startLine"], &folds[0]["endLine"]), (&json!(0), &json!(3)));
    let at = place_of(&file, FIND, "name_hash(const");
    let positions = with(document, json!({ "positions": [at["position"]] }));
    let selections = client.request("textDocument/selectionRange", positions).await;
    assert_eq!(selections[0]["range"]["start"], at["position"]);
    assert_eq!(selections[0]["parent"]["range"]["start"]["character"], 0);
    let highlights = client.request("textDocument/documentHighlight", at).await;
    assert_eq!(highlights.as_array().unwrap().len(), 2);
    let document = json!({ "textDocument": { "uri": uri(&header) } });
    let links = client.request("textDocument/documentLink", document).await;
    assert_eq!(links[0]["target"], uri(&workspace.file("util/util.header")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hover_is_plain_for_those_who_show_no_markdown() {
    let workspace = Workspace::new();
    let file = workspace.file("path/find.spec");
    let mut client = start_with(&workspace, |capabilities| {
        capabilities["textDocument"]["hover"] = json!({ "contentFormat": ["plaintext"] });
    })
    .await;
    client.open(&file, 1, FIND).await;
    let hover = client.request("textDocument/hover", place_of(&file, FIND, "name_hash(const")).await;
    assert_eq!(hover["contents"]["kind"], "plaintext");
    let shown = hover["contents"]["value"].as_str().unwrap();
    assert!(shown.contains("uint32_t name_hash(const char *name);"), "{shown}");
    assert!(!shown.contains("```") && !shown.contains("**"), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_or_a_part_of_it_is_formatted_by_edits() {
    let workspace = Workspace::new();
    let file = workspace.file("path/find.spec");
    let mut client = Client::start(workspace.folder()).await;
    let ragged = FIND.replace("[RELY]\n", "[RELY]   \n").replace("[GUARANTEE]\n", "[GUARANTEE]  \n");
    client.open(&file, 1, &ragged).await;
    let options = json!({ "tabSize": 8, "insertSpaces": false });
    let asked = json!({ "textDocument": { "uri": uri(&file) }, "options": options });
    let lines = |edits: &Value| -> Vec<u64> {
        let edits = edits.as_array().unwrap().iter();
        edits.map(|edit| edit["range"]["start"]["line"].as_u64().unwrap()).collect()
    };
    let whole = client.request("textDocument/formatting", asked.clone()).await;
    assert_eq!(lines(&whole), [5, 10]);
    let part = with(asked.clone(), json!({ "range": range((8, 0), (12, 0)) }));
    assert_eq!(lines(&client.request("textDocument/rangeFormatting", part).await), [10]);
    client.change_all(&file, 2, FIND).await;
    assert_eq!(client.request("textDocument/formatting", asked).await, json!([]), "it is well formatted");
}

/// LSP 3.17: five numbers a token, its line and column counted from the token before; the legend names the fourth.
#[tokio::test(flavor = "multi_thread")]
async fn semantic_tokens_are_told_by_their_distances() {
    let workspace = Workspace::new();
    let file = workspace.file("path/find.spec");
    let (mut client, capabilities) =
        Client::start_with(workspace.folder(), Path::new("/nonexistent"), capabilities()).await;
    let legend = &capabilities["semanticTokensProvider"]["legend"];
    let types: Vec<&str> =
        legend["tokenTypes"].as_array().unwrap().iter().map(|kind| kind.as_str().unwrap()).collect();
    let text = "[GUARANTEE]\n```c\nint find(int key);\n```\n\n[SPECIFICATION]\n- `result == 7`; as 𝄞 `key`\n";
    client.open(&file, 1, text).await;
    let document = json!({ "uri": uri(&file) });
    let all = client.request("textDocument/semanticTokens/full", json!({ "textDocument": document })).await;
    let numbers = all["data"].as_array().unwrap();
    let tokens: Vec<[u64; 3]> =
        numbers.chunks(5).map(|five| [0, 1, 2].map(|at| five[at].as_u64().unwrap())).collect();
    let kinds: Vec<&str> =
        numbers.chunks(5).map(|five| types[usize::try_from(five[3].as_u64().unwrap()).unwrap()]).collect();
    let expected = [
        "namespace",
        "keyword",
        "function",
        "keyword",
        "parameter",
        "namespace",
        "keyword",
        "number",
        "parameter",
    ];
    assert_eq!(kinds, expected);
    // The sign before `key` is one character of two UTF-16 units.
    let places = [
        [0, 1, 9],
        [2, 0, 3],
        [0, 4, 4],
        [0, 5, 3],
        [0, 4, 3],
        [3, 1, 13],
        [1, 3, 6],
        [0, 10, 1],
        [0, 11, 3],
    ];
    assert_eq!(tokens, places);
    let range = json!({ "start": { "line": 6, "character": 0 }, "end": { "line": 7, "character": 0 } });
    let part = client
        .request("textDocument/semanticTokens/range", json!({ "textDocument": document, "range": range }))
        .await;
    assert_eq!(part["data"].as_array().unwrap().len(), 15);
}

/// LSP 3.17: edits over the flat list of numbers, against the answer that the client names; all tokens when the server
/// does not know that one any more.
#[tokio::test(flavor = "multi_thread")]
async fn semantic_tokens_are_told_as_changes_of_the_last_answer() {
    let workspace = Workspace::new();
    let file = workspace.file("path/find.spec");
    let (mut client, capabilities) =
        Client::start_with(workspace.folder(), Path::new("/nonexistent"), capabilities()).await;
    assert_eq!(capabilities["semanticTokensProvider"]["full"], json!({ "delta": true }));
    client.open(&file, 1, FIND).await;
    let document = json!({ "uri": uri(&file) });
    let all = json!({ "textDocument": document });
    let numbers = |tokens: &Value| tokens["data"].as_array().unwrap().clone();
    let first = client.request("textDocument/semanticTokens/full", all.clone()).await;
    let since = |id: &Value| json!({ "textDocument": document, "previousResultId": id });
    let same = client.request("textDocument/semanticTokens/full/delta", since(&first["resultId"])).await;
    assert_eq!(same["edits"], json!([]));

    client.change_all(&file, 2, &FIND.replace("- `name != NULL`", "- `name != NULL`\n- `name != 0`")).await;
    let delta = client.request("textDocument/semanticTokens/full/delta", since(&same["resultId"])).await;
    let mut expected = numbers(&first);
    for edit in delta["edits"].as_array().unwrap() {
        let at = |key: &str| usize::try_from(edit[key].as_u64().unwrap()).unwrap();
        let data = edit["data"].as_array().cloned().unwrap_or_default();
        expected.splice(at("start")..at("start") + at("deleteCount"), data);
    }
    let now = client.request("textDocument/semanticTokens/full", all).await;
    assert_eq!(numbers(&now), expected);
    assert!(numbers(&now).len() > numbers(&first).len());

    let unknown = client.request("textDocument/semanticTokens/full/delta", since(&first["resultId"])).await;
    assert_eq!(numbers(&unknown), expected, "an answer that is not the last one is no ground for changes");
    client.close(&file).await;
    let closed = client.request("textDocument/semanticTokens/full/delta", since(&unknown["resultId"])).await;
    assert!(closed.get("data").is_some(), "{closed}");
}

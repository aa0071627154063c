//! The language server over real stdio, on the SpecFS workspace.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use sysspec_tests::lsp::{Client, uri};
use sysspec_tests::{binary, copy_of_specs};

const GUARANTEE: &str = "uint32_t name_hash(const char *name);";

#[test]
fn a_broken_guarantee_turns_the_modules_that_rely_on_it_red() -> Result<()> {
    let specs = copy_of_specs()?;
    let provider = specs.path().join("util/name_hash.spec");
    let dependent = specs.path().join("dir/dir_find.spec");
    let text = std::fs::read_to_string(&provider)?;
    let (mut client, _) = Client::start(binary(), specs.path())?;
    client.open(&provider, &text)?;

    client.change(&provider, 2, &text.replace(GUARANTEE, "uint64_t name_hash(const char *name);"))?;
    let red = client.diagnostics(&dependent, |found| !found.is_empty())?;
    let finding = red.iter().find(|d| d["severity"] == 1).context("no error at the rely")?;
    let message = finding["message"].as_str().unwrap_or_default();
    ensure!(message.contains("name_hash"), "the finding does not name the function: {message}");
    let related = &finding["relatedInformation"][0]["location"]["uri"];
    ensure!(*related == uri(&provider).as_str(), "the provider is not a related place: {finding}");

    client.change(&provider, 3, &text)?;
    client.diagnostics(&dependent, <[Value]>::is_empty)?;
    ensure!(client.stop()?, "the server did not exit with 0");
    Ok(())
}

#[test]
fn hover_shows_the_guarantee_and_definition_goes_to_it() -> Result<()> {
    let specs = copy_of_specs()?;
    let dependent = specs.path().join("dir/dir_find.spec");
    let text = std::fs::read_to_string(&dependent)?;
    let line =
        text.lines().position(|l| l.contains(GUARANTEE)).context("dir_find does not rely on name_hash")?;
    let column = text.lines().nth(line).and_then(|l| l.find("name_hash")).context("column")?;
    let (mut client, _) = Client::start(binary(), specs.path())?;
    client.open(&dependent, &text)?;

    let place = json!({
        "textDocument": { "uri": uri(&dependent) },
        "position": { "line": line, "character": column + 2 },
    });
    let hover = client.request("textDocument/hover", place.clone())?;
    let shown = hover["contents"]["value"].as_str().unwrap_or_default().to_owned();
    ensure!(shown.contains(GUARANTEE), "hover does not show the declaration: {shown}");
    ensure!(shown.contains("Post-Condition"), "hover does not show the contract: {shown}");

    let definition = client.request("textDocument/definition", place)?;
    let target = definition.get(0).unwrap_or(&definition);
    let file = target.get("targetUri").or_else(|| target.get("uri")).cloned().unwrap_or_default();
    ensure!(
        file == uri(&specs.path().join("util/name_hash.spec")).as_str(),
        "definition goes to {definition}"
    );
    ensure!(client.stop()?, "the server did not exit with 0");
    Ok(())
}

#[test]
fn half_typed_text_is_answered_and_loses_nothing() -> Result<()> {
    let specs = copy_of_specs()?;
    let file = specs.path().join("util/name_hash.spec");
    let text = std::fs::read_to_string(&file)?;
    let (mut client, _) = Client::start(binary(), specs.path())?;
    client.open(&file, &text)?;
    let mut version = 1;
    for end in (0..text.len()).step_by(text.len() / 20).filter(|&end| text.is_char_boundary(end)) {
        version += 1;
        client.change(&file, version, &text[..end])?;
        let symbols = json!({ "textDocument": { "uri": uri(&file) } });
        client.request("textDocument/documentSymbol", symbols)?;
    }
    client.change(&file, version + 1, &text)?;
    let last = client.wait("diagnostics of the last version", |m| {
        m["method"] == "textDocument/publishDiagnostics" && m["params"]["version"] == version + 1
    })?;
    ensure!(last["params"]["diagnostics"] == json!([]), "the whole text has findings: {last}");
    ensure!(client.stop()?, "the server did not exit with 0");
    Ok(())
}

#[test]
fn a_client_that_asks_for_findings_gets_reports_and_none_unasked() -> Result<()> {
    let specs = copy_of_specs()?;
    let file = specs.path().join("util/name_hash.spec");
    let text = std::fs::read_to_string(&file)?;
    let (mut client, can) = Client::start_with(binary(), specs.path(), |capabilities| {
        capabilities["textDocument"]["diagnostic"] = json!({});
    })?;
    ensure!(can["diagnosticProvider"]["workspaceDiagnostics"] == true, "the server does not offer it: {can}");
    client.open(&file, &text)?;
    let document = json!({ "textDocument": { "uri": uri(&file) } });
    let clean = client.request("textDocument/diagnostic", document.clone())?;
    ensure!(clean["items"] == json!([]), "SpecFS has findings: {clean}");
    client.change(&file, 2, &text.replace("[GUARANTEE]", "[GUARANTE]"))?;
    let mut again = document;
    again["previousResultId"] = clean["resultId"].clone();
    let red = client.request("textDocument/diagnostic", again)?;
    ensure!(red["items"][0]["code"] == "SYN001", "the misspelt heading is not reported: {red}");
    let whole = client.request("workspace/diagnostic", json!({ "previousResultIds": [] }))?;
    ensure!(whole["items"].as_array().is_some_and(|items| !items.is_empty()), "nothing reported: {whole}");
    ensure!(client.stop()?, "the server did not exit with 0");
    Ok(())
}

/// What an editor does with the answer: the edits from the last to the first, then the moves.
fn apply(edit: &Value) -> Result<usize> {
    let changes = edit["documentChanges"].as_array().context("no document changes")?;
    let path = |uri: &Value| -> Result<std::path::PathBuf> {
        Ok(uri.as_str().and_then(|uri| uri.strip_prefix("file://")).context("no file")?.into())
    };
    let mut files = 0;
    for change in changes {
        if change["kind"] == "rename" {
            std::fs::rename(path(&change["oldUri"])?, path(&change["newUri"])?)?;
            continue;
        }
        files += 1;
        let file = path(&change["textDocument"]["uri"])?;
        let mut lines: Vec<String> =
            std::fs::read_to_string(&file)?.split_inclusive('\n').map(str::to_owned).collect();
        for edit in change["edits"].as_array().context("no edits")?.iter().rev() {
            let at = |end: &str, what: &str| edit["range"][end][what].as_u64().unwrap_or_default() as usize;
            // The names are ASCII, and so is what stands before them in SpecFS.
            let line = lines.get_mut(at("start", "line")).context("no such line")?;
            let name = edit["newText"].as_str().context("no text")?;
            line.replace_range(at("start", "character")..at("end", "character"), name);
        }
        std::fs::write(file, lines.concat())?;
    }
    Ok(files)
}

#[test]
fn a_function_that_an_editor_renames_is_renamed_everywhere() -> Result<()> {
    let specs = copy_of_specs()?;
    let file = specs.path().join("util/name_hash.spec");
    let text = std::fs::read_to_string(&file)?;
    let line = text.lines().position(|line| line.contains(GUARANTEE)).context("no guarantee")?;
    let (mut client, _) = Client::start_with(binary(), specs.path(), |capabilities| {
        let edit = json!({ "documentChanges": true, "resourceOperations": ["rename"] });
        capabilities["workspace"] = json!({ "workspaceEdit": edit });
    })?;
    let asked = json!({
        "textDocument": { "uri": uri(&file) },
        "position": { "line": line, "character": "uint32_t ".len() },
        "newName": "hash_of_name",
    });
    let edit = client.request("textDocument/rename", asked)?;
    ensure!(apply(&edit)? > 2, "the header and those who rely on it are not edited: {edit}");
    ensure!(client.stop()?, "the server did not exit with 0");
    let said = std::process::Command::new(binary()).arg("check").arg(specs.path()).output()?;
    let said = String::from_utf8_lossy(&[said.stdout, said.stderr].concat()).into_owned();
    ensure!(said.contains("no findings"), "{said}");
    Ok(())
}

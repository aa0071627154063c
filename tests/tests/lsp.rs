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

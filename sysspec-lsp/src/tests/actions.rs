//! The quick fixes that need no model, each taken over the protocol: afterwards the finding is gone.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};

use super::client::*;

/// A small world, what is wrong in one of its files, and the fix that is taken.
struct Fix<'a> {
    files: &'a [(&'a str, &'a str)],
    file: &'a str,
    code: &'a str,
    title: &'a str,
}

impl Fix<'_> {
    /// Takes the fix, and waits until nothing of that code is told of any of the files that it changed. Gives the files
    /// as they are then.
    async fn take(&self) -> BTreeMap<PathBuf, String> {
        let workspace = Workspace::new();
        let mut texts = BTreeMap::new();
        for (path, text) in self.files {
            workspace.write(path, text);
            texts.insert(workspace.file(path), (*text).to_owned());
        }
        let file = workspace.file(self.file);
        let mut client = Client::start(workspace.folder()).await;
        for (file, text) in &texts {
            client.open(file, 1, text).await;
        }
        let mut action = None;
        // What a solver decides comes later.
        for _ in 0..500 {
            action = self.offered(&mut client, &file).await;
            if action.is_some() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let action = action.unwrap_or_else(|| panic!("{:?} is not offered", self.title));
        assert_eq!(action["diagnostics"][0]["code"], self.code, "{action}");
        while !self.is_told(&client.published(&file).await) {}
        for (file, text) in &mut texts {
            let edits = &action["edit"]["changes"][uri(file)];
            if edits.is_array() {
                *text = applied(text, edits);
                client.change_all(file, 2, text).await;
            }
        }
        while self.is_told(&client.published(&file).await) {}
        assert_eq!(self.offered(&mut client, &file).await, None, "{}", self.title);
        assert_eq!(client.stop().await, 0);
        texts
    }

    fn is_told(&self, published: &Value) -> bool {
        codes(published).iter().any(|code| code == self.code)
    }

    async fn offered(&self, client: &mut Client, file: &Path) -> Option<Value> {
        let all = range((0, 0), (999, 0));
        let parameters =
            json!({ "textDocument": { "uri": uri(file) }, "range": all, "context": { "diagnostics": [] } });
        let actions = client.request("textDocument/codeAction", parameters).await;
        actions.as_array().unwrap().iter().find(|action| action["title"] == self.title).cloned()
    }
}

/// A text after edits, which are given in UTF-16 units; these texts are ASCII.
fn applied(text: &str, edits: &Value) -> String {
    let at = |position: &Value| {
        let number = |key: &str| usize::try_from(position[key].as_u64().unwrap()).unwrap();
        let line: usize = text.split_inclusive('\n').take(number("line")).map(str::len).sum();
        line + number("character")
    };
    let mut edits: Vec<_> = edits
        .as_array()
        .unwrap()
        .iter()
        .map(|edit| {
            (at(&edit["range"]["start"])..at(&edit["range"]["end"]), edit["newText"].as_str().unwrap())
        })
        .collect();
    edits.sort_by_key(|(range, _)| range.start);
    let mut text = text.to_owned();
    for (range, new) in edits.into_iter().rev() {
        text.replace_range(range, new);
    }
    text
}

const RELY: &str = "[RELY]\n```c\nuint32_t name_hash(const char *name);\n```\n\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_reliance_is_added() {
    let post = "- The result is below 7.\n\n**System Algorithm**:\n1. Call `name_hash(name)`.\n2. Return it modulo 7.";
    let find = FIND.replace(RELY, "").replace("- The result is `name_hash(name)` modulo 7.", post);
    let fix = Fix {
        files: &[("path/find.spec", &find)],
        file: "path/find.spec",
        code: "NAM010",
        title: "Rely on `name_hash`",
    };
    let texts = fix.take().await;
    assert!(texts.values().any(|text| text.contains("[RELY]\n```c\nuint32_t name_hash(const char *name);")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stale_signature_is_taken_from_the_provider() {
    let find = FIND.replace("uint32_t name_hash", "uint64_t name_hash");
    let fix = Fix {
        files: &[("path/find.spec", &find)],
        file: "path/find.spec",
        code: "TYP001",
        title: "Write what `util/name_hash.spec` says",
    };
    assert_eq!(fix.take().await.into_values().collect::<Vec<_>>(), [FIND]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unused_reliance_is_removed() {
    let post =
        "- The result counts the letters of the given word, from the first up to the last, blanks included.";
    let find = FIND.replace("- The result is `name_hash(name)` modulo 7.", post);
    let fix = Fix {
        files: &[("path/find.spec", &find)],
        file: "path/find.spec",
        code: "NAM011",
        title: "Remove `name_hash` from [RELY]",
    };
    assert!(fix.take().await.values().all(|text| !text.contains("name_hash")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fence_is_closed() {
    let find = FIND.replace("int find(const char *name);\n```\n", "int find(const char *name);\n");
    let fix = Fix {
        files: &[("path/find.spec", &find)],
        file: "path/find.spec",
        code: "SYN002",
        title: "Close the fence",
    };
    assert_eq!(fix.take().await.into_values().collect::<Vec<_>>(), [FIND]);
}

#[tokio::test(flavor = "multi_thread")]
async fn cases_are_renumbered() {
    let cases = |numbers: [u32; 3]| {
        let case = |number: u32, value: u32| {
            format!("- **Case {number}** `name[0] == {value}`: `result == {value}`\n")
        };
        let [one, two, three] = numbers;
        FIND.replace(
            "- The result is `name_hash(name)` modulo 7.\n",
            &format!(
                "- The result tells of `name_hash(name)`.\n{}{}{}",
                case(one, 1),
                case(two, 2),
                case(three, 3)
            ),
        )
    };
    let find = cases([1, 2, 2]);
    let fix = Fix {
        files: &[("path/find.spec", &find)],
        file: "path/find.spec",
        code: "SYN012",
        title: "Renumber the cases",
    };
    assert_eq!(fix.take().await.into_values().collect::<Vec<_>>(), [cases([1, 2, 3])]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_misspelt_name_is_corrected_wherever_it_stands() {
    let find = FIND.replace("name_hash", "name_hahs");
    let fix = Fix {
        files: &[("path/find.spec", &find)],
        file: "path/find.spec",
        code: "NAM001",
        title: "Write `name_hash` in all 2 places of this file",
    };
    assert_eq!(fix.take().await.into_values().collect::<Vec<_>>(), [FIND]);
}

fn spec(relies: &str, guarantee: &str, contract: &str, more: &str) -> String {
    format!("{relies}[GUARANTEE]\n```c\n{guarantee}\n```\n\n[SPECIFICATION]\n{contract}{more}")
}

fn conditions(pre: &str, post: &str) -> String {
    format!("**Pre-Condition**:\n- {pre}\n\n**Post-Condition**:\n- {post}\n")
}

/// `count` and `visit`, which restates its contract.
fn visiting(promised: &str, restated: &str) -> [(&'static str, String); 2] {
    let rely = "[RELY]\n```c\nint count(int n);\n```\n\n";
    let again = format!("\n[SPECIFICATION of count]\n{restated}");
    [
        ("util/count.spec", spec("", "int count(int n);", promised, "")),
        (
            "util/visit.spec",
            spec(rely, "int visit(int n);", &conditions("`n >= 4`", "`result == count(n)`"), &again),
        ),
    ]
}

async fn take_in_visit(files: &[(&str, String); 2], code: &str, title: &str) -> Vec<String> {
    let files = [(files[0].0, files[0].1.as_str()), (files[1].0, files[1].1.as_str())];
    Fix { files: &files, file: "util/visit.spec", code, title }.take().await.into_values().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stale_contract_is_restated_as_the_provider_states_it() {
    let promised = conditions("`n >= 4`", "`result >= 0`");
    let files = visiting(&promised, &conditions("`n >= 0`", "`result >= 0`"));
    let title = "Restate `count` as `util/count.spec` states it";
    assert_eq!(
        take_in_visit(&files, "ENT001", title).await,
        visiting(&promised, &promised).map(|(_, text)| text)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_clause_that_a_counterexample_lacks_is_promised() {
    let promised = conditions("`n >= 4`", "`result >= 0`");
    let files = visiting(&promised, &conditions("`n >= 4`", "`result <= 8`"));
    let texts = take_in_visit(&files, "ENT002", "Let `util/count.spec` promise it of `count`").await;
    assert!(texts[0].contains("- `result >= 0`\n- `result <= 8`"), "{texts:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_case_is_added() {
    let case = |number: u32| format!("**Case {number}** `result == {number}`: `n == {number}`");
    let promised =
        conditions("`n >= 0`", &format!("`result == 1 || result == 2`\n- {}\n- {}", case(1), case(2)));
    let restated = conditions("`n >= 0`", &format!("{}\n- **Case 2** `result == 0`: `n == 0`", case(1)));
    let files = visiting(&promised, &restated);
    let texts = take_in_visit(&files, "ENT009", "Add the missing case").await;
    assert!(texts[1].contains("- **Case 3"), "{texts:#?}");
}

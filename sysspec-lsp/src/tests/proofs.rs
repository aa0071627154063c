//! Obligations, as an editor sees them decided.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::client::*;

const TAKE: &str = "[GUARANTEE]
```c
int take(int count);
```

[SPECIFICATION]
**Pre-Condition**:
- `count > 0`

**Post-Condition**:
- **Case 1 (few)** `count < 8`: `result == 0`
- **Case 2 (many)** `count >= 8`: `result == 1`
";

/// What `use` says of `take`.
fn using(comment: &str) -> String {
    format!(
        "[RELY]
// {comment}
```c
int take(int count);
```

[GUARANTEE]
```c
int spend(int count);
```

[SPECIFICATION]
**Pre-Condition**:
- `count > 0`

**Post-Condition**:
- `result == take(count)`
"
    )
}

const RIGHT: &str = "`result == 0 || result == 1`";
const WRONG: &str = "`result == 0`";

fn workspace() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("take.spec"), TAKE).unwrap();
    fs::write(folder.path().join("spend.spec"), using(RIGHT)).unwrap();
    folder
}

async fn start(folder: &Path) -> Client {
    let mut able = capabilities();
    able["experimental"] = json!({ "moduleStatus": true });
    Client::start_with(folder, Path::new("/nonexistent"), able).await.0
}

/// The next status of a file that is none of those given.
async fn status(client: &mut Client, file: &Path, but: &[&str]) -> Value {
    let uri = uri(file);
    let mut message = client
        .wait(|message| {
            let told = &message["params"];
            is(message, "sysspec/moduleStatus")
                && told["uri"] == uri
                && but.iter().all(|state| told["state"] != *state)
        })
        .await;
    message["params"].take()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_hold_is_told_when_it_is_decided_and_withdrawn_when_it_holds() {
    let folder = workspace();
    let spend = folder.path().join("spend.spec");
    let mut client = start(folder.path()).await;
    client.open(&spend, 1, &using(WRONG)).await;
    let told = client.wait_for_codes(&spend, &["ENT003"]).await;
    let found = &told["diagnostics"][0];
    assert!(found["message"].as_str().unwrap().contains("does not promise"), "{found}");
    let related = found["relatedInformation"].as_array().unwrap();
    let take = uri(&folder.path().join("take.spec"));
    assert!(related.iter().any(|other| other["location"]["uri"] == take), "{found}");
    client.change_all(&spend, 2, &using(RIGHT)).await;
    client.wait_for_codes(&spend, &[]).await;
    // A verdict is remembered by what was asked: the same mistake is told again at once.
    client.change_all(&spend, 3, &using(WRONG)).await;
    assert_eq!(client.wait_for_codes(&spend, &["ENT003"]).await["version"], 3);
    assert_eq!(client.stop().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_a_guarantee_is_told_where_it_is_relied_on() {
    let folder = workspace();
    let (take, spend) = (folder.path().join("take.spec"), folder.path().join("spend.spec"));
    let mut client = start(folder.path()).await;
    client.open(&take, 1, TAKE).await;
    client.change_all(&take, 2, &TAKE.replace("result == 1", "result == 2")).await;
    client.wait_for_codes(&spend, &["ENT003"]).await;
    client.change_all(&take, 3, TAKE).await;
    client.wait_for_codes(&spend, &[]).await;
    assert_eq!(client.stop().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_module_has_one_versioned_status() {
    let folder = workspace();
    let spend = folder.path().join("spend.spec");
    let mut client = start(folder.path()).await;
    client.open(&spend, 1, &using(RIGHT)).await;
    let told = status(&mut client, &spend, &["checking", "stale"]).await;
    assert_eq!((&told["state"], &told["refuted"], &told["open"]), (&json!("verified"), &json!(0), &json!(0)));
    client.change_all(&spend, 2, &using(WRONG)).await;
    let told = status(&mut client, &spend, &["checking", "stale"]).await;
    assert_eq!(
        (&told["state"], &told["version"], &told["refuted"]),
        (&json!("failed"), &json!(2), &json!(1))
    );
    client.change_all(&spend, 3, &using("Spends the oldest first.")).await;
    let told = status(&mut client, &spend, &["checking", "stale"]).await;
    assert_eq!((&told["state"], &told["informal"]), (&json!("undecided"), &json!(1)));
    assert_eq!(client.stop().await, 0);
}

//! Programs as providers.

use std::time::Duration;

use serde_json::json;
use sysspec_analysis::{ProviderKind, ProviderSettings, TimeoutSettings};
use sysspec_toolchain::provider::{self, Answer, Form, Reply, Request, Role};

use crate::common::model::{Seen, config};

fn shell(script: &str) -> ProviderSettings {
    ProviderSettings {
        command: ["sh", "-c", script].map(Into::into).into(),
        model: Some("m-1".into()),
        ..ProviderSettings::new(ProviderKind::Command)
    }
}

async fn answer(settings: ProviderSettings, form: Form<'_>, seen: &Seen) -> Result<Answer, String> {
    let config = config(settings);
    let provider = provider::open(&config, Role::CodeGen).map_err(|error| error.to_string())?;
    let request =
        Request { module: "step", phase: 2, attempt: 3, role: Role::CodeGen, prompt: "Write it.", form };
    match provider.answer(request, seen).await.map_err(|error| error.to_string())? {
        Reply::Answer(answer) => Ok(answer),
        Reply::Pending(place) => panic!("a program leaves nothing pending: {place}"),
    }
}

#[tokio::test]
async fn a_program_gets_the_prompt_and_is_told_what_it_is_for() {
    let script = "cat; echo; echo $SYSSPEC_ROLE $SYSSPEC_MODULE $SYSSPEC_PHASE $SYSSPEC_ATTEMPT $SYSSPEC_MODEL; \
                  echo ${SYSSPEC_SCHEMA-none}; echo noise >&2";
    let seen = Seen::default();
    let answer = answer(shell(script), Form::Text, &seen).await.unwrap();
    assert_eq!(answer.text, "Write it.\nCodeGen step 2 3 m-1\nnone\n");
    assert_eq!(*seen.text.lock().unwrap(), answer.text);
    assert_eq!(answer.model.as_deref(), Some("m-1"));
    assert!(answer.usage.unwrap().estimated);
}

#[tokio::test]
async fn a_json_answer_is_mended_and_the_schema_is_in_the_environment() {
    let schema = json!({ "type": "array", "items": { "type": "integer" } });
    let script = "test \"$SYSSPEC_SCHEMA\" || exit 1; echo 'It is:'; echo '[1, 2,]'";
    assert_eq!(answer(shell(script), Form::Json(&schema), &Seen::default()).await.unwrap().text, "[1,2]");
}

#[tokio::test]
async fn a_program_that_fails_is_quoted() {
    let told = |script: &'static str| async move {
        answer(shell(script), Form::Text, &Seen::default()).await.unwrap_err()
    };
    let error = told("echo 'no such model' >&2; exit 3").await;
    assert!(error.contains("failed (exit status: 3); it said on standard error:\nno such model"), "{error}");
    let error = told("cat > /dev/null").await;
    assert!(error.contains("ended without an answer on standard output"), "{error}");
    let error = told("yes | head -c 11000000").await;
    assert!(error.contains("answered with more than 10 MB"), "{error}");
    let missing = ProviderSettings { command: vec!["/nonexistent/model".into()], ..shell("") };
    let error = answer(missing, Form::Text, &Seen::default()).await.unwrap_err();
    assert!(
        error.contains("cannot run `/nonexistent/model`") && error.contains("[toolchain.providers.test]"),
        "{error}"
    );
}

#[tokio::test]
async fn a_program_that_takes_too_long_is_killed() {
    let timeouts = TimeoutSettings { whole: Some(1), ..TimeoutSettings::default() };
    let slow = ProviderSettings { timeouts, ..shell("sleep 600 & sleep 600") };
    let error = answer(slow, Form::Text, &Seen::default()).await.unwrap_err();
    assert!(
        error.contains("took more than 1 s and was killed") && error.contains("timeouts.whole"),
        "{error}"
    );
}

#[tokio::test]
async fn giving_up_kills_the_program_and_what_it_started() {
    let seen = Seen::default();
    {
        let asking = answer(shell("sleep 600 & echo $!; wait"), Form::Text, &seen);
        tokio::pin!(asking);
        let begun = async {
            while !seen.text.lock().unwrap().ends_with('\n') {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::select! {
            _ = &mut asking => panic!("the program never ends"),
            () = begun => {}
        }
    }
    let id = seen.text.lock().unwrap().trim().to_owned();
    let is_alive = || {
        let status = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
        // Dead, and perhaps not waited for by its new parent yet.
        !status.is_empty() && !status.contains(") Z ")
    };
    while is_alive() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

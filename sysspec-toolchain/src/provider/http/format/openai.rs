//! Chat completions, as OpenAI has them and many others do.

use serde_json::{Value, json};
use sysspec_analysis::JsonMode;

use super::{Ask, Draft, Refusal, refusal, withheld};
use crate::provider::json::is_strict;

pub fn body(ask: &Ask<'_>, is_openai: bool) -> Value {
    let mut body = json!({
        "model": ask.model,
        "messages": [{ "role": "user", "content": ask.prompt }],
        "stream": ask.stream,
    });
    if ask.stream {
        body["stream_options"] = json!({ "include_usage": true });
    }
    if let Some(max) = ask.max_answer_tokens {
        body[if is_openai { "max_completion_tokens" } else { "max_tokens" }] = max.into();
    }
    match ask.json {
        Some((schema, JsonMode::Schema)) => {
            let schema = json!({ "name": "answer", "strict": is_strict(schema), "schema": schema });
            body["response_format"] = json!({ "type": "json_schema", "json_schema": schema });
        }
        Some((_, JsonMode::Object)) => body["response_format"] = json!({ "type": "json_object" }),
        Some((_, JsonMode::Words)) | None => {}
    }
    body
}

/// Takes a whole answer or an event of a stream: they differ in `message` and `delta` only.
pub fn take(value: &Value, draft: &mut Draft) -> Result<(), Refusal> {
    if let Some(refusal) = refusal(value) {
        return Err(refusal);
    }
    if let Some(model) = value["model"].as_str().filter(|model| !model.is_empty()) {
        draft.model = Some(model.to_owned());
    }
    let usage = &value["usage"];
    draft.prompt_tokens = usage["prompt_tokens"].as_u64().or(draft.prompt_tokens);
    draft.answer_tokens = usage["completion_tokens"].as_u64().or(draft.answer_tokens);
    let choice = &value["choices"][0];
    for part in [&choice["delta"], &choice["message"]] {
        if let Some(said) = part["refusal"].as_str().filter(|said| !said.is_empty()) {
            return Err(withheld(said));
        }
        draft.push(part["content"].as_str());
        if part["reasoning_content"].is_string() || part["reasoning"].is_string() {
            draft.pieces += 1;
        }
    }
    match choice["finish_reason"].as_str() {
        Some("content_filter") => Err(withheld("content_filter")),
        Some(_) => {
            draft.is_finished = true;
            Ok(())
        }
        None => Ok(()),
    }
}

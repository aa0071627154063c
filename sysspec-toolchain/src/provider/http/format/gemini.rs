//! Gemini's `generateContent`.

use serde_json::{Value, json};
use sysspec_analysis::JsonMode;

use super::{Ask, Draft, Refusal, refusal, withheld};

pub fn path(ask: &Ask<'_>) -> String {
    let model = ask.model.strip_prefix("models/").unwrap_or(ask.model);
    if ask.stream {
        format!("models/{model}:streamGenerateContent?alt=sse")
    } else {
        format!("models/{model}:generateContent")
    }
}

pub fn body(ask: &Ask<'_>) -> Value {
    let mut generation = json!({});
    if let Some(max) = ask.max_answer_tokens {
        generation["maxOutputTokens"] = max.into();
    }
    match ask.json {
        Some((schema, JsonMode::Schema)) => {
            generation["responseMimeType"] = "application/json".into();
            generation["responseJsonSchema"] = schema.clone();
        }
        Some((_, JsonMode::Object)) => generation["responseMimeType"] = "application/json".into(),
        Some((_, JsonMode::Words)) | None => {}
    }
    json!({
        "contents": [{ "role": "user", "parts": [{ "text": ask.prompt }] }],
        "generationConfig": generation,
    })
}

/// Takes a whole answer or an event of a stream, which look the same.
pub fn take(value: &Value, draft: &mut Draft) -> Result<(), Refusal> {
    if let Some(refusal) = refusal(value) {
        return Err(refusal);
    }
    if let Some(reason) = value["promptFeedback"]["blockReason"].as_str() {
        return Err(withheld(reason));
    }
    if let Some(model) = value["modelVersion"].as_str() {
        draft.model = Some(model.to_owned());
    }
    let usage = &value["usageMetadata"];
    draft.prompt_tokens = usage["promptTokenCount"].as_u64().or(draft.prompt_tokens);
    if let Some(written) = usage["candidatesTokenCount"].as_u64() {
        // Thoughts are paid for as what is written.
        draft.answer_tokens = Some(written + usage["thoughtsTokenCount"].as_u64().unwrap_or(0));
    }
    let candidate = &value["candidates"][0];
    for part in candidate["content"]["parts"].as_array().into_iter().flatten() {
        match part["thought"].as_bool() {
            Some(true) => draft.pieces += 1,
            _ => draft.push(part["text"].as_str()),
        }
    }
    match candidate["finishReason"].as_str() {
        None | Some("FINISH_REASON_UNSPECIFIED") => Ok(()),
        // An answer that is cut off is judged like any other.
        Some("STOP" | "MAX_TOKENS") => {
            draft.is_finished = true;
            Ok(())
        }
        Some(reason) => Err(withheld(reason)),
    }
}

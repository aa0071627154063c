//! Anthropic's messages.

use serde_json::{Value, json};
use sysspec_analysis::JsonMode;

use super::{Ask, Draft, Refusal, refusal, withheld};

/// The tokens that an answer may have, which this format wants to be told.
const MAX_ANSWER_TOKENS: u64 = 16_384;

/// The tool whose input is the JSON answer.
const TOOL: &str = "answer";

pub fn body(ask: &Ask<'_>) -> Value {
    let mut body = json!({
        "model": ask.model,
        "max_tokens": ask.max_answer_tokens.unwrap_or(MAX_ANSWER_TOKENS),
        "messages": [{ "role": "user", "content": ask.prompt }],
        "stream": ask.stream,
    });
    // A JSON answer is the input of a tool that the model must use. There is no mode for any object.
    if let Some((schema, JsonMode::Schema)) = ask.json {
        body["tools"] = json!([{ "name": TOOL, "description": "Takes the answer.", "input_schema": schema }]);
        body["tool_choice"] = json!({ "type": "tool", "name": TOOL });
    }
    body
}

pub fn event(event: &Value, draft: &mut Draft) -> Result<(), Refusal> {
    match event["type"].as_str().unwrap_or_default() {
        "message_start" => {
            take_head(&event["message"], draft);
            Ok(())
        }
        "content_block_delta" => {
            let delta = &event["delta"];
            draft.push(delta["text"].as_str());
            draft.push(delta["partial_json"].as_str());
            if delta["thinking"].is_string() {
                draft.pieces += 1;
            }
            Ok(())
        }
        "message_delta" => {
            take_usage(&event["usage"], draft);
            stopped(&event["delta"])
        }
        "message_stop" => {
            (draft.is_finished, draft.is_over) = (true, true);
            Ok(())
        }
        _ => refusal(event).map_or(Ok(()), Err),
    }
}

pub fn whole(body: &Value, draft: &mut Draft) -> Result<(), Refusal> {
    if let Some(refusal) = refusal(body) {
        return Err(refusal);
    }
    take_head(body, draft);
    for block in body["content"].as_array().into_iter().flatten() {
        draft.push(block["text"].as_str());
        if block["type"] == "tool_use" {
            draft.push(Some(&block["input"].to_string()));
        }
    }
    stopped(body)
}

fn take_head(message: &Value, draft: &mut Draft) {
    if let Some(model) = message["model"].as_str() {
        draft.model = Some(model.to_owned());
    }
    take_usage(&message["usage"], draft);
}

/// Tokens that are read from a cache, or written to one, are counted apart from the rest of the prompt.
fn take_usage(usage: &Value, draft: &mut Draft) {
    if let Some(input) = usage["input_tokens"].as_u64() {
        let cached = ["cache_creation_input_tokens", "cache_read_input_tokens"]
            .map(|key| usage[key].as_u64().unwrap_or(0));
        draft.prompt_tokens = Some(input + cached[0] + cached[1]);
    }
    draft.answer_tokens = usage["output_tokens"].as_u64().or(draft.answer_tokens);
}

fn stopped(holder: &Value) -> Result<(), Refusal> {
    match holder["stop_reason"].as_str() {
        Some("refusal") => Err(withheld("refusal")),
        _ => Ok(()),
    }
}

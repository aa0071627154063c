//! Requests and answers as the providers' references show them.

use serde_json::json;

use super::*;

fn ask<'a>(json: Option<(&'a Value, JsonMode)>) -> Ask<'a> {
    Ask { model: "m", prompt: "Write it.", json, stream: true, max_answer_tokens: Some(100) }
}

fn taken(format: Format, events: &[Value]) -> Result<Draft, Refusal> {
    let mut draft = Draft::default();
    for event in events {
        format.event(event, &mut draft)?;
    }
    Ok(draft)
}

const OPENAI: Format = Format::OpenAi { is_openai: true };
const LIKE_OPENAI: Format = Format::OpenAi { is_openai: false };

#[test]
fn chat_completions_are_asked_for() {
    let schema = json!({ "type": "object", "properties": {}, "required": [], "additionalProperties": false });
    let expected = json!({
        "model": "m",
        "messages": [{ "role": "user", "content": "Write it." }],
        "stream": true,
        "stream_options": { "include_usage": true },
        "max_completion_tokens": 100,
        "response_format": {
            "type": "json_schema",
            "json_schema": { "name": "answer", "strict": true, "schema": schema },
        },
    });
    assert_eq!(OPENAI.body(&ask(Some((&schema, JsonMode::Schema)))), expected);
    let object = LIKE_OPENAI.body(&ask(Some((&schema, JsonMode::Object))));
    assert_eq!(object["response_format"], json!({ "type": "json_object" }));
    assert_eq!((&object["max_tokens"], &object["max_completion_tokens"]), (&json!(100), &Value::Null));
}

#[test]
fn a_stream_of_chat_completions_is_read() {
    let events = [
        json!({ "model": "m-2", "choices": [{ "delta": { "role": "assistant", "content": "" }, "finish_reason": null }] }),
        json!({ "choices": [{ "delta": { "reasoning_content": "hm" } }] }),
        json!({ "choices": [{ "delta": { "content": "int " } }] }),
        json!({ "choices": [{ "delta": { "content": "x;" } }], "usage": null }),
        json!({ "choices": [{ "delta": {}, "finish_reason": "stop" }] }),
        json!({ "choices": [], "usage": { "prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10 } }),
    ];
    let draft = taken(OPENAI, &events).unwrap();
    assert_eq!((draft.text.as_str(), draft.model.as_deref()), ("int x;", Some("m-2")));
    assert_eq!((draft.prompt_tokens, draft.answer_tokens), (Some(7), Some(3)));
    assert!(draft.is_finished);
}

#[test]
fn messages_are_asked_for() {
    let schema = json!({ "type": "object" });
    let format = Format::Anthropic;
    let body = format.body(&ask(Some((&schema, JsonMode::Schema))));
    assert_eq!(body["max_tokens"], 100);
    assert_eq!(body["tools"][0]["input_schema"], schema);
    assert_eq!(body["tool_choice"], json!({ "type": "tool", "name": "answer" }));
    let unlimited = Ask { max_answer_tokens: None, ..ask(None) };
    assert!(format.body(&unlimited)["max_tokens"].is_u64(), "the format wants to be told");
    let headers = format.headers(Some(&SecretString::from("sk-secret"))).unwrap();
    let names: Vec<_> = headers.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["anthropic-version", "x-api-key"]);
    assert!(!format!("{headers:?}").contains("sk-secret"));
}

#[test]
fn a_stream_of_messages_is_read() {
    let events = [
        json!({ "type": "message_start", "message": { "model": "claude-x", "usage": {
            "input_tokens": 5, "cache_creation_input_tokens": 20, "cache_read_input_tokens": 100, "output_tokens": 1 } } }),
        json!({ "type": "content_block_start", "index": 0, "content_block": { "type": "text", "text": "" } }),
        json!({ "type": "ping" }),
        json!({ "type": "content_block_delta", "delta": { "type": "thinking_delta", "thinking": "hm" } }),
        json!({ "type": "content_block_delta", "delta": { "type": "text_delta", "text": "int x;" } }),
        json!({ "type": "content_block_stop", "index": 0 }),
        json!({ "type": "message_delta", "delta": { "stop_reason": "end_turn" }, "usage": { "output_tokens": 9 } }),
        json!({ "type": "message_stop" }),
    ];
    let draft = taken(Format::Anthropic, &events).unwrap();
    assert_eq!((draft.text.as_str(), draft.model.as_deref()), ("int x;", Some("claude-x")));
    assert_eq!((draft.prompt_tokens, draft.answer_tokens), (Some(125), Some(9)));
    assert!(draft.is_finished);
}

#[test]
fn a_json_answer_of_messages_is_the_input_of_the_tool() {
    let events = [
        json!({ "type": "content_block_delta", "delta": { "type": "input_json_delta", "partial_json": "{\"a\":" } }),
        json!({ "type": "content_block_delta", "delta": { "type": "input_json_delta", "partial_json": "1}" } }),
    ];
    assert_eq!(taken(Format::Anthropic, &events).unwrap().text, "{\"a\":1}");
    let mut draft = Draft::default();
    let whole = json!({ "content": [{ "type": "tool_use", "name": "answer", "input": { "a": 1 } }], "stop_reason": "tool_use" });
    Format::Anthropic.whole(&whole, &mut draft).unwrap();
    assert_eq!((draft.text.as_str(), draft.is_finished), ("{\"a\":1}", true));
}

#[test]
fn generate_content_is_asked_for() {
    let schema = json!({ "type": "object" });
    let asked = ask(Some((&schema, JsonMode::Schema)));
    assert_eq!(Format::Gemini.path(&asked), "models/m:streamGenerateContent?alt=sse");
    let body = Format::Gemini.body(&asked);
    assert_eq!(body["contents"], json!([{ "role": "user", "parts": [{ "text": "Write it." }] }]));
    let generation = json!({ "maxOutputTokens": 100, "responseMimeType": "application/json", "responseJsonSchema": schema });
    assert_eq!(body["generationConfig"], generation);
    let headers = Format::Gemini.headers(Some(&SecretString::from("key"))).unwrap();
    assert_eq!(headers[0].0.as_str(), "x-goog-api-key", "never in the address, which logs keep");
}

#[test]
fn a_stream_of_generate_content_is_read() {
    let events = [
        json!({ "candidates": [{ "content": { "parts": [{ "text": "thinking", "thought": true }] } }], "modelVersion": "gemini-x" }),
        json!({ "candidates": [{ "content": { "parts": [{ "text": "int " }, { "text": "x;" }] }, "finishReason": "STOP" }],
                "usageMetadata": { "promptTokenCount": 4, "candidatesTokenCount": 3, "thoughtsTokenCount": 10 } }),
    ];
    let draft = taken(Format::Gemini, &events).unwrap();
    assert_eq!((draft.text.as_str(), draft.model.as_deref()), ("int x;", Some("gemini-x")));
    assert_eq!((draft.prompt_tokens, draft.answer_tokens), (Some(4), Some(13)));
    assert!(draft.is_finished);
}

#[test]
fn errors_within_a_stream_are_told_apart() {
    let overloaded =
        json!({ "type": "error", "error": { "type": "overloaded_error", "message": "Overloaded" } });
    let refused = taken(Format::Anthropic, &[overloaded]).unwrap_err();
    assert_eq!(refused, Refusal { message: "Overloaded".into(), is_passing: true });
    let wrong = json!({ "error": { "code": 400, "message": "bad", "type": "invalid_request_error" } });
    assert_eq!(taken(OPENAI, &[wrong]).unwrap_err(), Refusal { message: "bad".into(), is_passing: false });
    let blocked = json!({ "promptFeedback": { "blockReason": "SAFETY" } });
    assert_eq!(
        taken(Format::Gemini, &[blocked]).unwrap_err().message,
        "the provider withheld the answer (SAFETY)"
    );
    let withheld = json!({ "choices": [{ "delta": {}, "finish_reason": "content_filter" }] });
    assert!(!taken(OPENAI, &[withheld]).unwrap_err().is_passing);
}

//! JSON answers of models: asked for in words where nothing better is had, found in what was answered, repaired, and held to
//! their schema.

use serde_json::Value;

/// How many brackets of an answer are taken for the beginning of the value.
const BRACKETS_TRIED: usize = 32;

/// What is added to a prompt whose answer must be JSON and is not made so by the provider.
pub fn request(schema: &Value) -> String {
    let schema = serde_json::to_string_pretty(schema).unwrap_or_default();
    format!(
        "\n\n# The form of the answer\n\nAnswer with one JSON value and nothing else: no explanation and no fence. This JSON Schema says \
         what it must look like:\n\n{schema}\n"
    )
}

/// What is added to a prompt that is asked again because its answer was no such JSON.
pub fn complaint(reason: &str) -> String {
    format!("\n\nThe last answer could not be used: {reason}. Answer again, with the JSON value only.\n")
}

/// The value in an answer: the whole of it, a fenced block, or the first value in its text, with fences stripped and
/// trailing commas removed, that the schema allows.
///
/// # Errors
/// Why there is none, in words that the model can act on.
pub fn read(answer: &str, schema: &Value) -> Result<Value, String> {
    let validator =
        jsonschema::validator_for(schema).map_err(|error| format!("the schema itself is wrong: {error}"))?;
    let mut nearest = None;
    for candidate in candidates(answer) {
        let value = match parse(&candidate) {
            Ok(value) => value,
            Err(reason) => {
                nearest.get_or_insert(format!("it is not valid JSON: {reason}"));
                continue;
            }
        };
        match validator.validate(&value) {
            Ok(()) => return Ok(value),
            Err(error) => {
                let place = error.instance_path().to_string();
                let place = if place.is_empty() { "the value".to_owned() } else { format!("`{place}`") };
                // A value of the wrong shape says more than text that is none.
                nearest = Some(format!("{place} is not as the schema wants: {error}"));
            }
        }
    }
    Err(nearest.unwrap_or_else(|| "there is no JSON value in it".to_owned()))
}

/// Parts of an answer that may be the value, the likeliest first.
fn candidates(answer: &str) -> impl Iterator<Item = String> {
    let whole = answer.trim();
    let starts_as_value =
        whole.starts_with(['{', '[', '"']) || whole.parse::<f64>().is_ok() || is_word(whole);
    let whole = starts_as_value.then(|| whole.to_owned());
    let fenced = fences(answer).into_iter().map(|block| block.trim().to_owned());
    whole.into_iter().chain(fenced).chain(balanced(answer))
}

fn is_word(text: &str) -> bool {
    matches!(text, "true" | "false" | "null")
}

/// The contents of the fenced blocks.
fn fences(answer: &str) -> Vec<&str> {
    let mut blocks = Vec::new();
    let mut parts = answer.split("```").skip(1);
    while let Some(block) = parts.next() {
        // The first line is the language.
        blocks.push(block.split_once('\n').map_or(block, |(_, rest)| rest));
        parts.next();
    }
    blocks
}

/// The objects and arrays in a text that are closed again, outermost ones only.
fn balanced(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = text;
    // A text that is all brackets has no value worth finding, and each one that is not closed has the rest read again.
    for _ in 0..BRACKETS_TRIED {
        let Some(start) = rest.find(['{', '[']) else { break };
        let from = &rest[start..];
        match end_of_value(from) {
            Some(end) => {
                found.push(from[..end].to_owned());
                rest = &from[end..];
            }
            None => rest = &from[1..],
        }
    }
    found
}

/// Where the value that a text begins with ends.
fn end_of_value(text: &str) -> Option<usize> {
    let (mut open, mut in_string, mut escaped) = (Vec::new(), false, false);
    for (index, c) in text.char_indices() {
        if in_string {
            (in_string, escaped) = (escaped || c != '"', !escaped && c == '\\');
            continue;
        }
        match c {
            '"' => in_string = true,
            '{' => open.push('}'),
            '[' => open.push(']'),
            '}' | ']' => {
                if open.pop() != Some(c) {
                    return None;
                }
                if open.is_empty() {
                    return Some(index + 1);
                }
            }
            _ => {}
        }
    }
    None
}

fn parse(text: &str) -> Result<Value, String> {
    serde_json::from_str(text)
        .or_else(|error| serde_json::from_str(&without_trailing_commas(text)).map_err(|_| error.to_string()))
}

/// The text without commas before a closing bracket.
fn without_trailing_commas(text: &str) -> String {
    let mut repaired = String::with_capacity(text.len());
    let (mut in_string, mut escaped) = (false, false);
    for (index, c) in text.char_indices() {
        if in_string {
            (in_string, escaped) = (escaped || c != '"', !escaped && c == '\\');
        } else if c == '"' {
            in_string = true;
        } else if c == ',' && text[index + 1..].trim_start().starts_with(['}', ']']) {
            continue;
        }
        repaired.push(c);
    }
    repaired
}

/// Whether a schema is within what providers enforce strictly: every object is closed and requires all its properties.
pub fn is_strict(schema: &Value) -> bool {
    match schema {
        Value::Object(map) => {
            let properties = map.get("properties").and_then(Value::as_object);
            let is_object = properties.is_some() || map.get("type").is_some_and(|kind| kind == "object");
            let required = map.get("required").and_then(Value::as_array);
            let requires =
                |key: &String| required.is_some_and(|required| required.iter().any(|it| it == key));
            let closed = map.get("additionalProperties") == Some(&Value::Bool(false))
                && properties.is_none_or(|properties| properties.keys().all(requires));
            (!is_object || closed) && map.values().all(is_strict)
        }
        Value::Array(values) => values.iter().all(is_strict),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn schema() -> Value {
        json!({
            "type": "object",
            "properties": { "verdict": { "enum": ["right", "wrong"] }, "reasons": { "type": "array" } },
            "required": ["verdict"],
        })
    }

    #[test]
    fn values_are_found_however_they_are_wrapped() {
        let right = json!({ "verdict": "right" });
        let answers = [
            "{\"verdict\": \"right\"}",
            "\n {\"verdict\": \"right\",}\n",
            "```json\n{\"verdict\": \"right\"}\n```",
            "Sure! Here it is:\n\n```\n{\n  \"verdict\": \"right\",\n}\n```\nAnything else?",
            "I think {it} is [so]: {\"verdict\": \"right\"}. Done.",
            "First {\"other\": 1}, then {\"verdict\": \"right\"}",
            "<think>maybe { or [</think>{\"verdict\": \"right\"}",
        ];
        for answer in answers {
            assert_eq!(read(answer, &schema()), Ok(right.clone()), "{answer}");
        }
    }

    #[test]
    fn strings_are_left_as_they_are() {
        let value = json!({ "verdict": "wrong", "reasons": ["a,] b", "say \"}\",", "C:\\"] });
        let with_commas = value.to_string().replace("\"]", "\",]");
        assert_eq!(read(&format!("x {with_commas} y"), &schema()), Ok(value));
    }

    #[test]
    fn what_is_wrong_is_told() {
        let told = |answer: &str| read(answer, &schema()).unwrap_err();
        assert_eq!(told("I cannot say."), "there is no JSON value in it");
        assert!(
            told("{\"verdict\": \"ri").starts_with("it is not valid JSON"),
            "{}",
            told("{\"verdict\": \"ri")
        );
        assert!(told("{\"verdict\": \"perhaps\"}").starts_with("`/verdict` is not as the schema wants"));
        assert!(told("{}").contains("\"verdict\" is a required property"), "{}", told("{}"));
    }

    #[test]
    fn a_flood_of_brackets_ends() {
        assert!(read(&"[".repeat(20_000), &schema()).is_err());
        assert!(read(&"{}".repeat(20_000), &schema()).is_err());
    }

    #[test]
    fn strict_schemas_are_told_from_others() {
        assert!(!is_strict(&schema()));
        let closed = json!({
            "type": "object",
            "properties": { "a": { "type": "array", "items": { "type": "string" } } },
            "required": ["a"],
            "additionalProperties": false,
        });
        assert!(is_strict(&closed));
    }
}

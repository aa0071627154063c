//! The tokens of expressions.

use std::ops::Range;

use super::SyntaxError;

/// A token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Token<'t> {
    /// An identifier.
    Word(&'t str),
    /// The value of an integer or character constant.
    Integer(i128),
    /// A string, with its quotes.
    String(&'t str),
    /// An operator or bracket.
    Mark(&'static str),
}

/// Longer marks first.
const MARKS: &[&str] = &[
    "<==>", "==>", "<<", ">>", "<=", ">=", "==", "!=", "&&", "||", "->", "(", ")", "[", "]", ".", ",", "?",
    ":", "!", "~", "*", "&", "-", "+", "/", "%", "<", ">", "|", "^",
];

/// The tokens of a text and where they stand.
pub fn tokens(text: &str) -> Result<Vec<(Token<'_>, Range<usize>)>, SyntaxError> {
    let mut out = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let Some(first) = rest.chars().next() else { break };
        if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        }
        let (token, length) = token(rest, first)
            .map_err(|message| SyntaxError { range: at..at + wrong(rest, first), message })?;
        out.push((token, at..at + length));
        at += length;
    }
    Ok(out)
}

/// How much of the text is shown for wrong: a word, or one character.
fn wrong(rest: &str, first: char) -> usize {
    let word = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
    word.max(first.len_utf8())
}

fn token(rest: &str, first: char) -> Result<(Token<'_>, usize), String> {
    if first.is_ascii_alphabetic() || first == '_' {
        let length = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        return Ok((Token::Word(&rest[..length]), length));
    }
    if first.is_ascii_digit() {
        let length = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        let written = &rest[..length];
        let value = integer(written).ok_or_else(|| format!("`{written}` is no integer constant"))?;
        return Ok((Token::Integer(value), length));
    }
    if first == '\'' || first == '"' {
        let length = quoted(rest, first).ok_or_else(|| format!("the closing {first} is missing"))?;
        let written = &rest[..length];
        if first == '"' {
            return Ok((Token::String(written), length));
        }
        let value =
            crate::c::character(written).ok_or_else(|| format!("{written} is no character constant"))?;
        return Ok((Token::Integer(value), length));
    }
    if let Some(mark) = MARKS.iter().find(|mark| rest.starts_with(**mark)) {
        return Ok((Token::Mark(mark), mark.len()));
    }
    Err(match first {
        '=' => "`=` assigns; compare with `==`".into(),
        '≤' | '≥' | '≠' => format!(
            "write `{}`",
            match first {
                '≤' => "<=",
                '≥' => ">=",
                _ => "!=",
            }
        ),
        _ => format!("`{first}` has no meaning in an expression"),
    })
}

fn integer(text: &str) -> Option<i128> {
    let digits = text.trim_end_matches(['u', 'U', 'l', 'L']);
    let suffix = text[digits.len()..].to_ascii_lowercase();
    matches!(suffix.as_str(), "" | "u" | "l" | "ul" | "lu" | "ll" | "ull" | "llu").then_some(())?;
    crate::c::number(digits)
}

/// The length of a quoted text.
fn quoted(rest: &str, quote: char) -> Option<usize> {
    let mut is_escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            c if c == quote => return Some(at + 1),
            _ => {}
        }
    }
    None
}

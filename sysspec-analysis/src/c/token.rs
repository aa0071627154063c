//! The tokens of macro bodies and constant expressions.

/// One preprocessing token.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Token {
    /// An identifier or keyword.
    Word(String),
    /// A number as written.
    Number(String),
    /// A string or character constant, with its quotes.
    Literal(String),
    /// An operator or other punctuation.
    Punctuation(&'static str),
    /// A character that C has no use for.
    Stray(char),
}

/// Longest first, so that a prefix never wins.
const PUNCTUATION: &[&str] = &[
    "...", "<<=", ">>=", "->", "++", "--", "<<", ">>", "<=", ">=", "==", "!=", "&&", "||", "##", "+=", "-=",
    "*=", "/=", "%=", "&=", "|=", "^=", "[", "]", "(", ")", "{", "}", ".", "&", "*", "+", "-", "~", "!", "/",
    "%", "<", ">", "^", "|", "?", ":", ";", "=", ",", "#",
];

/// Splits C into tokens; comments and line splices vanish.
pub fn tokens(text: &str) -> Vec<Token> {
    let mut rest = text;
    let mut out = Vec::new();
    while let Some(first) = rest.chars().next() {
        let (token, length) = if first.is_whitespace() || first == '\\' || is_invisible(first) {
            (None, first.len_utf8())
        } else if rest.starts_with("//") {
            (None, rest.find('\n').unwrap_or(rest.len()))
        } else if let Some(comment) = rest.strip_prefix("/*") {
            (None, comment.find("*/").map_or(rest.len(), |end| end + 4))
        } else {
            let (token, length) = next(rest, first);
            (Some(token), length)
        };
        out.extend(token);
        rest = &rest[length..];
    }
    out
}

/// U+2060 and U+200B occur in published specs and mean nothing.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{2060}' | '\u{200b}' | '\u{feff}')
}

fn next(rest: &str, first: char) -> (Token, usize) {
    if first.is_alphabetic() || first == '_' {
        let length = span(rest, |c| c.is_alphanumeric() || c == '_');
        return (Token::Word(rest[..length].into()), length);
    }
    if first.is_ascii_digit() {
        let length = span(rest, |c| c.is_alphanumeric() || c == '_' || c == '.');
        return (Token::Number(rest[..length].into()), length);
    }
    if first == '"' || first == '\'' {
        let length = literal_length(rest, first);
        return (Token::Literal(rest[..length].into()), length);
    }
    match PUNCTUATION.iter().find(|mark| rest.starts_with(**mark)) {
        Some(mark) => (Token::Punctuation(mark), mark.len()),
        None => (Token::Stray(first), first.len_utf8()),
    }
}

fn span(text: &str, belongs: impl Fn(char) -> bool) -> usize {
    text.find(|c| !belongs(c)).unwrap_or(text.len())
}

fn literal_length(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == quote => return at + c.len_utf8(),
            _ => {}
        }
    }
    rest.len()
}

impl std::fmt::Display for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Word(text) | Self::Number(text) | Self::Literal(text) => f.write_str(text),
            Self::Punctuation(mark) => f.write_str(mark),
            Self::Stray(c) => write!(f, "{c}"),
        }
    }
}

//! The words of a clause, without the dress that means nothing.

use crate::formula::{Expression, Node, Unary, parse};

/// A word, or what stands for one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Word {
    /// A word of the language, in lower case and in one form.
    Plain(String),
    /// A code span that is an expression, a number, or a bare name that is known.
    Formula(Expression),
    /// `,` `;` `:`
    Comma,
    /// `(`
    Open,
    /// `)`
    Close,
    /// `=` between two code spans.
    Equals,
}

/// Words that change nothing.
const IDLE: &[&str] =
    &["the", "a", "an", "both", "also", "currently", "still", "now", "immediately", "always", "exactly"];

/// The words of the grammar that a function or parameter may be called, too; bare, they are words.
const WORDS: &[&str] = &[
    "lock", "locked", "unlock", "unlocked", "if", "when", "case", "is", "not", "and", "or", "only", "no",
    "all", "hold", "held", "returns", "return", "returned", "value", "same", "released", "release",
    "acquired", "acquire", "pointer", "caller", "function", "as", "of", "on", "for", "by", "in", "it", "its",
    "what",
];

/// What is written in several ways and means one thing.
const FORMS: &[(&str, &str)] = &[
    ("locks", "lock"),
    ("are", "is"),
    ("be", "is"),
    ("was", "is"),
    ("were", "is"),
    ("have", "has"),
    ("remain", "remains"),
    ("stays", "remains"),
    ("stay", "remains"),
    ("inodes", "inode"),
    ("directories", "directory"),
    ("return", "returns"),
    ("holds", "hold"),
    ("holding", "hold"),
    ("owns", "hold"),
    ("own", "hold"),
    ("kept", "held"),
    ("owned", "held"),
    ("retained", "held"),
    ("releases", "release"),
    ("unlocks", "release"),
    ("unlock", "release"),
    ("acquires", "acquire"),
    ("takes", "acquire"),
    ("take", "acquire"),
    ("equal", "equals"),
    ("pointers", "pointer"),
    ("assumption", "assumptions"),
    ("operations", "operation"),
    ("occur", "occurs"),
    ("non-null", "nonnull"),
    ("non-zero", "nonzero"),
    ("upon", "on"),
    ("during", "in"),
    ("whenever", "when"),
    ("else", "otherwise"),
];

/// Stands for a code span while the stars are looked at.
const SPAN: char = '\u{1}';

/// The words of a clause. `None` when a code span in it is no expression, or its stars are ambiguous.
///
/// `is_known` tells which bare words are names.
pub fn words(text: &str, is_known: &dyn Fn(&str) -> bool) -> Option<Vec<Word>> {
    let parts: Vec<&str> = text.split('`').collect();
    // An odd number of back-ticks leaves a span open.
    if parts.len().is_multiple_of(2) || text.contains(SPAN) {
        return None;
    }
    let spans: Vec<Expression> =
        parts.iter().skip(1).step_by(2).map(|span| parse(span).ok()).collect::<Option<_>>()?;
    let mut plain = String::with_capacity(text.len());
    for (at, part) in parts.iter().enumerate() {
        if at % 2 == 1 { plain.push(SPAN) } else { plain.push_str(part) }
    }
    let plain = without_emphasis(&plain)?;
    let mut spans = spans.into_iter();
    let mut out = Vec::new();
    for chunk in plain.split_whitespace() {
        let mut pieces = chunk.split(SPAN);
        written(pieces.next().unwrap_or_default(), is_known, &mut out);
        for piece in pieces {
            out.push(Word::Formula(spans.next()?));
            written(piece, is_known, &mut out);
        }
    }
    Some(out)
}

/// The text without stars that emphasise. A star before a name that nothing closes is C's.
fn without_emphasis(text: &str) -> Option<String> {
    let letters: Vec<char> = text.chars().filter(|c| !crate::lower::is_invisible(*c)).collect();
    let (mut out, mut opened, mut runs) = (String::with_capacity(text.len()), Vec::new(), 0);
    let mut at = 0;
    while at < letters.len() {
        if letters[at] != '*' {
            out.push(letters[at]);
            at += 1;
            continue;
        }
        let length = letters[at..].iter().take_while(|c| **c == '*').count();
        let (before, behind) = (at.checked_sub(1).map(|at| letters[at]), letters.get(at + length));
        at += length;
        let opens = before.is_none_or(|c| c.is_whitespace() || c == '(' || c == '*');
        if length > 1 {
            runs += 1;
        } else if opens && behind.is_some_and(|c| !c.is_whitespace()) {
            opened.push(out.len());
            out.push('*');
        } else {
            // Closes what was opened last; in the midst of something it multiplies, which is for code spans.
            let open = opened.pop()?;
            out.remove(open);
        }
    }
    (runs % 2 == 0).then_some(out)
}

/// The words of a piece without blanks and code spans.
fn written(piece: &str, is_known: &dyn Fn(&str) -> bool, out: &mut Vec<Word>) {
    let mut piece = piece;
    while let Some(rest) = piece.strip_prefix(['(', '"']) {
        if piece.starts_with('(') {
            out.push(Word::Open);
        }
        piece = rest;
    }
    let mut behind = Vec::new();
    loop {
        let is_call = piece.ends_with(')') && piece.contains('(');
        let Some(last) = piece.chars().last().filter(|c| matches!(c, ',' | ';' | ':' | ')' | '.' | '"'))
        else {
            break;
        };
        if is_call {
            break;
        }
        match last {
            ',' | ';' | ':' => behind.push(Word::Comma),
            ')' => behind.push(Word::Close),
            _ => {}
        }
        piece = &piece[..piece.len() - last.len_utf8()];
    }
    if let Some(word) = word(piece, is_known) {
        out.push(word);
    }
    out.extend(behind.into_iter().rev());
}

fn word(written: &str, is_known: &dyn Fn(&str) -> bool) -> Option<Word> {
    if written.is_empty() {
        return None;
    }
    if written == "=" {
        return Some(Word::Equals);
    }
    let lower = written.to_lowercase();
    if let Some(formula) = formula(written, &lower, is_known) {
        return Some(Word::Formula(formula));
    }
    let form = FORMS.iter().find(|(written, _)| *written == lower);
    let is_idle = IDLE.contains(&lower.as_str());
    (!is_idle).then(|| Word::Plain(form.map_or(lower, |(_, form)| (*form).to_owned())))
}

/// Numbers, error codes, and expressions whose every name is known.
fn formula(written: &str, lower: &str, is_known: &dyn Fn(&str) -> bool) -> Option<Expression> {
    if WORDS.contains(&lower) || IDLE.contains(&lower) {
        return None;
    }
    let found = parse(written).ok()?;
    match &found.node {
        Node::Integer(_) => Some(found),
        Node::Null => is_known("NULL").then_some(found),
        Node::Unary(Unary::Negate, code) if is_error_code(code) => Some(found),
        // Bare, "result" is a word of the language.
        Node::Result | Node::String(_) => None,
        _ => names(&found).iter().all(|name| is_known(name)).then_some(found),
    }
}

fn is_error_code(expression: &Expression) -> bool {
    let Node::Name(name) = &expression.node else { return false };
    name.len() > 2
        && name.starts_with('E')
        && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
}

/// The names in an expression that declarations must explain.
fn names(expression: &Expression) -> Vec<&str> {
    let mut out = Vec::new();
    if let Node::Name(name) | Node::Call(name, _) = &expression.node {
        out.push(name.as_str());
    }
    for operand in expression.operands() {
        out.extend(names(operand));
    }
    out
}

impl Word {
    /// Whether it is that word of the language.
    pub fn is(&self, wanted: &str) -> bool {
        matches!(self, Self::Plain(word) if word == wanted)
    }
}

//! The words of a clause, without those that carry no meaning.

use crate::formula::{Expression, Node, parse};

/// A word, or what stands for one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Word {
    /// A word of the language, in lower case and singular.
    Plain(String),
    /// A code span that is an expression, or a bare name that is known.
    Formula(Expression),
    /// `,` or `;`
    Comma,
}

/// Words that change nothing.
const IDLE: &[&str] = &[
    "the",
    "a",
    "an",
    "both",
    "also",
    "currently",
    "still",
    "now",
    "immediately",
    "always",
    "then",
    "afterwards",
    "successfully",
    "exactly",
];

/// The words of the grammar that a function or parameter may be called, too; bare, they are words.
const WORDS: &[&str] = &[
    "lock", "locked", "unlocked", "if", "when", "case", "is", "not", "and", "or", "only", "no", "all",
    "hold", "held", "returns", "return", "returned", "value", "same", "released", "acquired", "pointer",
    "caller", "function",
];

/// Words that say by whom or when what is said by the place of the clause anyway. Longer ones first.
const ASIDES: &[&[&str]] = &[
    &["by", "current", "thread"],
    &["by", "calling", "thread"],
    &["by", "this", "function"],
    &["by", "caller"],
    &["by", "thread"],
    &["before", "calling"],
    &["before", "returning"],
    &["upon", "returns"],
    &["upon", "entry"],
    &["of", "returns"],
    &["of", "entry"],
    &["at", "returns"],
    &["at", "call"],
    &["throughout"],
];

/// What is written in several ways and means one thing.
const FORMS: &[(&str, &str)] = &[
    ("locks", "lock"),
    ("are", "is"),
    ("be", "is"),
    ("remain", "remains"),
    ("stays", "remains"),
    ("stay", "remains"),
    ("inodes", "inode"),
    ("return", "returns"),
    ("holds", "hold"),
    ("owns", "hold"),
    ("own", "hold"),
    ("kept", "held"),
    ("owned", "held"),
    ("retained", "held"),
    ("for", "of"),
    ("on", "of"),
    ("equal", "equals"),
    ("pointers", "pointer"),
    ("assumption", "assumptions"),
    ("non-null", "nonnull"),
    ("non-zero", "nonzero"),
];

/// The words of a clause. `None` when a code span in it is no expression.
///
/// `is_known` tells which bare words are names.
pub fn words(text: &str, is_known: &dyn Fn(&str) -> bool) -> Option<Vec<Word>> {
    let mut out = Vec::new();
    for (at, part) in text.split('`').enumerate() {
        if at % 2 == 1 {
            out.push(Word::Formula(parse(part).ok()?));
        } else {
            plain(part, is_known, &mut out);
        }
    }
    // An odd number of backticks leaves a span open.
    if text.matches('`').count() % 2 == 1 {
        return None;
    }
    drop_asides(&mut out);
    Some(out)
}

fn plain(text: &str, is_known: &dyn Fn(&str) -> bool, out: &mut Vec<Word>) {
    let text = text.replace(['*', '\u{2060}', '\u{200b}', '\u{feff}'], "");
    for part in text.split_whitespace() {
        let is_edge = |c: char| matches!(c, '.' | ',' | ';' | ':' | '(' | ')' | '"' | '_');
        let word = part.trim_matches(is_edge);
        let number =
            word.starts_with(|c: char| c.is_ascii_digit() || c == '-').then(|| parse(word).ok()).flatten();
        if let Some(number) = number.filter(|found| matches!(found.node, Node::Integer(_))) {
            out.push(Word::Formula(number));
        } else if is_known(word) && !WORDS.contains(&word) {
            out.push(Word::Formula(Expression::new(Node::Name(word.to_owned()), 0..0)));
        } else if !word.is_empty() {
            let lower = word.to_lowercase();
            let form = FORMS.iter().find(|(written, _)| *written == lower);
            if !IDLE.contains(&lower.as_str()) {
                out.push(Word::Plain(form.map_or_else(|| lower.clone(), |(_, form)| (*form).to_owned())));
            }
        }
        if part.ends_with([',', ';']) {
            out.push(Word::Comma);
        }
    }
}

fn drop_asides(words: &mut Vec<Word>) {
    let is_at = |words: &[Word], aside: &[&str], at: usize| {
        let here = words.get(at..at + aside.len());
        here.is_some_and(|here| here.iter().zip(aside).all(|(word, wanted)| word.is(wanted)))
    };
    let mut at = 0;
    while at < words.len() {
        match ASIDES.iter().find(|aside| is_at(words, aside, at)) {
            Some(aside) => _ = words.drain(at..at + aside.len()),
            None => at += 1,
        }
    }
}

impl Word {
    /// Whether it is that word of the language.
    pub fn is(&self, wanted: &str) -> bool {
        matches!(self, Self::Plain(word) if word == wanted)
    }
}

//! AMB001: words that leave open what is meant.
//!
//! What is said in code spans and in quotation marks is not read: it is code, or a name.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use crate::Code;
use crate::db::Db;
use crate::finding::{Finding, Place};
use crate::lower::{ContractKind, Item, Section, SectionKind};
use crate::span::Span;

/// What a phrase leaves open, and the phrases that do. `<n>` stands for up to n words of any kind.
const OPEN: &[(&str, &[&str])] = &[
    (
        "does not say when: name the condition",
        &[
            "if necessary",
            "when necessary",
            "where necessary",
            "as necessary",
            "whenever necessary",
            "if needed",
            "when needed",
            "where needed",
            "as needed",
            "whenever needed",
            "if required",
            "when required",
            "where required",
            "as required",
            "if appropriate",
            "when appropriate",
            "where appropriate",
            "as appropriate",
            "if applicable",
            "when applicable",
            "where applicable",
            "as applicable",
            "if possible",
            "when possible",
            "where possible",
            "whenever possible",
            "as far as possible",
            "if need be",
            "if relevant",
            "where relevant",
            "if desired",
            "as soon as possible",
            "in a timely manner",
            "from time to time",
            "at some point",
            "under certain conditions",
            "under certain circumstances",
            "in certain cases",
            "in some cases",
            "in some situations",
            "depending on the situation",
            "depending on the circumstances",
            "depending on the context",
            "in most cases",
            "usually",
            "typically",
            "sometimes",
            "in special cases",
        ],
    ),
    (
        "leaves the list open: name all that belongs to it",
        &[
            "etc",
            "et cetera",
            "and so on",
            "and so forth",
            "and the like",
            "or the like",
            "or similar",
            "and similar",
            "and others",
            "or something",
            "something like",
            "among others",
        ],
    ),
    (
        "does not say what counts as such: give the measure",
        &[
            "appropriate",
            "suitable",
            "adequate",
            "reasonable",
            "sensible",
            "relevant",
            "large enough",
            "big enough",
            "long enough",
            "small enough",
            "necessary checks",
            "necessary steps",
            "necessary fields",
            "necessary changes",
            "necessary updates",
            "necessary operations",
            "necessary cleanup",
            "various",
        ],
    ),
    (
        "does not say how: name the state it is to reach",
        &[
            "appropriately",
            "properly",
            "correctly",
            "suitably",
            "adequately",
            "reasonably",
            "sensibly",
            "gracefully",
            "as usual",
            "as expected",
            "somehow",
            "in some way",
            "in a suitable way",
            "best effort",
        ],
    ),
    (
        "does not say which: name the value",
        &[
            "some error",
            "some value",
            "some kind of",
            "some sort of",
            "some code",
            "any suitable",
            "some number of",
        ],
    ),
    (
        "does not say what is done: name the steps and the value returned",
        &[
            "handle errors",
            "handle error",
            "handle <2> errors",
            "handle <2> error",
            "handle <2> failure",
            "handle <2> failures",
            "handles errors",
            "handles <2> errors",
            "handles <2> error",
            "handles <2> failure",
            "handles <2> failures",
            "handling errors",
            "handling <2> errors",
            "errors are handled",
            "error is handled",
            "failures are handled",
            "handle failure",
            "handle failures",
            "handles failures",
            "handle <2> edge cases",
            "handles <2> edge cases",
            "handle <2> corner cases",
            "handles <2> corner cases",
            "handle edge cases",
            "handles edge cases",
            "handle corner cases",
            "handles corner cases",
            "deal with",
            "deals with",
            "is dealt with",
            "are dealt with",
            "take care of",
            "takes care of",
        ],
    ),
    ("is not certain: say what holds", &["maybe", "perhaps", "probably", "most likely", "may or may not"]),
    ("is not decided yet", &["tbd", "todo", "fixme", "to be decided", "to be defined", "to be determined"]),
];

/// Words that name the measure when they stand right behind a phrase: `as required by POSIX`.
const MEASURES: &[&str] = &["by", "for", "to"];
/// What POSIX defines, vague as it sounds.
const TERMS: &[&str] = &["appropriate privileges", "appropriate privilege"];

struct Phrase {
    words: Vec<Word>,
    leaves: &'static str,
}

enum Word {
    Is(&'static str),
    UpTo(usize),
}

/// The phrases by their first words, the longest first.
static PHRASES: LazyLock<FxHashMap<&'static str, Vec<Phrase>>> = LazyLock::new(|| {
    let mut phrases: FxHashMap<&'static str, Vec<Phrase>> = FxHashMap::default();
    for (leaves, texts) in OPEN {
        for text in *texts {
            let words: Vec<Word> = text.split(' ').map(word).collect();
            let first = text.split(' ').next().unwrap_or_default();
            phrases.entry(first).or_default().push(Phrase { words, leaves });
        }
    }
    phrases
        .values_mut()
        .for_each(|phrases| phrases.sort_by_key(|phrase| std::cmp::Reverse(phrase.words.len())));
    phrases
});

fn word(text: &'static str) -> Word {
    let number = text.strip_prefix('<').and_then(|text| text.strip_suffix('>'));
    number.and_then(|number| number.parse().ok()).map_or(Word::Is(text), Word::UpTo)
}

/// The vague words of a section.
pub fn check(db: &dyn Db, section: Section<'_>, out: &mut Vec<Finding>) {
    let content = section.content(db);
    let mut visit = |item: &Item| {
        out.extend(vague(content.of(item.text)).into_iter().map(|(span, leaves)| {
            let span = item.text.nested(&span.range());
            let phrase = content.of(span).split_whitespace().collect::<Vec<_>>().join(" ");
            Finding::new(Code::VAGUE, Place::section(db, section, span), format!("`{phrase}` {leaves}"))
        }));
    };
    let is_contract = matches!(section.key(db).kind, SectionKind::Specification | SectionKind::Invariant);
    if is_contract {
        content.items.iter().for_each(|item| item.walk(&mut visit));
    }
    for contract in &content.contracts {
        contract.walk(&mut |contract| {
            // What something is for may be said in any words.
            if !matches!(contract.kind, ContractKind::Intent | ContractKind::Goal) {
                contract.items.iter().for_each(|item| item.walk(&mut visit));
            }
        });
    }
}

/// The vague phrases of a text, and what each leaves open.
fn vague(text: &str) -> Vec<(Span, &'static str)> {
    let words = words(text);
    let mut out = Vec::new();
    let mut at = 0;
    while at < words.len() {
        match phrase_at(text, &words, at) {
            Some((length, leaves)) => {
                let span = Span { start: words[at].0.start, end: words[at + length - 1].0.end };
                out.push((span, leaves));
                at += length;
            }
            None => at += 1,
        }
    }
    out
}

fn phrase_at(text: &str, words: &[(Span, bool)], at: usize) -> Option<(usize, &'static str)> {
    let first = lower(text, words[at].0);
    let phrases = PHRASES.get(first.as_str())?;
    let (length, leaves) = phrases
        .iter()
        .find_map(|phrase| Some((matches(text, &words[at..], &phrase.words)?, phrase.leaves)))?;
    let next = words.get(at + length).filter(|(_, joined)| *joined).map(|(span, _)| lower(text, *span));
    let is_measured = next.as_deref().is_some_and(|next| MEASURES.contains(&next));
    let is_term = next.is_some_and(|next| TERMS.contains(&format!("{first} {next}").as_str()));
    (!is_measured && !is_term).then_some((length, leaves))
}

/// How many words a phrase takes at the front of `words`.
fn matches(text: &str, words: &[(Span, bool)], phrase: &[Word]) -> Option<usize> {
    let Some((first, rest)) = phrase.split_first() else { return Some(0) };
    match first {
        Word::Is(word) => {
            let (span, _) = words.first()?;
            let is_it = text[span.range()].eq_ignore_ascii_case(word);
            let goes_on = rest.is_empty() || words.get(1).is_some_and(|(_, joined)| *joined);
            is_it.then_some(())?;
            goes_on.then_some(())?;
            Some(1 + matches(text, &words[1..], rest)?)
        }
        Word::UpTo(most) => (1..=*most).find_map(|skipped| {
            let is_joined = words.get(1..=skipped)?.iter().all(|(_, joined)| *joined);
            is_joined.then_some(())?;
            Some(skipped + matches(text, &words[skipped..], rest)?)
        }),
    }
}

fn lower(text: &str, span: Span) -> String {
    text[span.range()].to_ascii_lowercase()
}

/// The words of a text outside of code spans and quotation marks, and whether nothing but blanks and stars stands between
/// each and the one before.
fn words(text: &str) -> Vec<(Span, bool)> {
    let mut out: Vec<(Span, bool)> = Vec::new();
    let mut joined = false;
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        let length = match first {
            '`' | '"' | '“' | '‘' => skipped(&text[at..], first),
            _ if first.is_alphabetic() => {
                let rest = &text[at..];
                let length = rest.find(|c: char| !is_word(c)).unwrap_or(rest.len());
                let is_path = text[..at].ends_with('/') || rest[length..].starts_with('/');
                let span = Span { start: at, end: at + length };
                if !is_path {
                    out.push((span, joined));
                }
                joined = !is_path;
                at += length;
                continue;
            }
            _ => first.len_utf8(),
        };
        joined &= first.is_whitespace() || first == '*' || crate::lower::is_invisible(first);
        at += length;
    }
    out
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '\'' || c == '’' || crate::lower::is_invisible(c)
}

/// The length of what a quotation mark or backtick opens, with both marks; of the mark alone when it opens nothing.
fn skipped(rest: &str, mark: char) -> usize {
    let close = match mark {
        '“' => '”',
        '‘' => '’',
        same => same,
    };
    let inner = &rest[mark.len_utf8()..];
    let line = inner.lines().next().unwrap_or_default();
    line.find(close).map_or(mark.len_utf8(), |length| mark.len_utf8() + length + close.len_utf8())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        vague(text).into_iter().map(|(span, _)| &text[span.range()]).collect()
    }

    #[test]
    fn vague_words_are_found() {
        assert_eq!(found("Grows the array If necessary, and updates fields etc."), ["If necessary", "etc"]);
        assert_eq!(found("if **needed**, returns some error"), ["if **needed", "some error"]);
        assert_eq!(
            found("Handle all possible errors and so\n  on."),
            ["Handle all possible errors", "and so\n  on"]
        );
        assert_eq!(found("returns an appropriate value"), ["appropriate"]);
    }

    #[test]
    fn what_names_its_measure_is_not_vague() {
        let precise = [
            "as required by POSIX",
            "the buffer is large enough to hold `n` bytes",
            "an index suitable for `bits`",
            "the caller has appropriate privileges",
            "`handle errors` and \"if necessary\" and “etc.”",
            "below /etc/passwd",
            "If the lock is needed, it is taken",
            "handle of the file; errors are returned",
            "the necessary condition",
        ];
        for precise in precise {
            assert_eq!(found(precise), [""; 0], "{precise}");
        }
    }
}

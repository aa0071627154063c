//! The words of an algorithm's steps.

/// A word, code span or mark of a step, and where it stands in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token<'t> {
    pub kind: Kind,
    /// As written.
    pub text: &'t str,
    pub start: usize,
    pub end: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Word,
    /// The inside of a code span.
    Code,
    Mark,
    /// The `'s` behind a word or code span.
    Possessive,
}

impl Token<'_> {
    /// Whether it is that word, whatever its case.
    pub fn is(&self, word: &str) -> bool {
        self.kind == Kind::Word && self.text.eq_ignore_ascii_case(word)
    }

    /// Whether it is one of those words.
    pub fn is_one_of(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.is(word))
    }

    pub fn is_mark(&self, mark: char) -> bool {
        self.kind == Kind::Mark && self.text.starts_with(mark)
    }
}

/// The sentences of a text as tokens. Emphasis is dropped.
pub fn sentences(text: &str) -> Vec<Vec<Token<'_>>> {
    let mut out = vec![Vec::new()];
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let Some(first) = rest.chars().next() else { break };
        let (kind, length) = match first {
            '`' => match rest[1..].find('`') {
                Some(end) => {
                    let (start, stop) = (at + 1, at + 1 + end);
                    push(&mut out, Kind::Code, text, start, stop);
                    at = stop + 1;
                    continue;
                }
                None => (None, 1),
            },
            '\'' | '\u{2019}' if follows_word(text, at) => {
                let length = first.len_utf8();
                let is_s = text[at + length..].starts_with('s');
                (Some(Kind::Possessive), length + usize::from(is_s))
            }
            _ if is_word(first) => (Some(Kind::Word), word_length(rest)),
            // A sign before a word belongs to it: `-ENOENT`.
            '-' if rest[1..].starts_with(|next: char| next.is_ascii_alphanumeric())
                && (at == 0 || !bytes[at - 1].is_ascii_alphanumeric()) =>
            {
                (Some(Kind::Word), 1 + word_length(&rest[1..]))
            }
            ',' | ';' | ':' | '(' | ')' => (Some(Kind::Mark), 1),
            '.' | '!' | '?' => {
                let ends = text[at + 1..].chars().next().is_none_or(char::is_whitespace);
                if ends {
                    out.push(Vec::new());
                }
                (None, 1)
            }
            _ => (None, first.len_utf8()),
        };
        if let Some(kind) = kind {
            push(&mut out, kind, text, at, at + length);
        }
        at += length;
    }
    out.retain(|sentence| !sentence.is_empty());
    out
}

fn push<'t>(out: &mut [Vec<Token<'t>>], kind: Kind, text: &'t str, start: usize, end: usize) {
    if let Some(sentence) = out.last_mut() {
        sentence.push(Token { kind, text: &text[start..end], start, end });
    }
}

fn follows_word(text: &str, at: usize) -> bool {
    text[..at].chars().next_back().is_some_and(|last| is_word(last) || last == '`')
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The length of the word that a text begins with; a hyphen may stand inside.
fn word_length(text: &str) -> usize {
    let mut end = 0;
    for (at, c) in text.char_indices() {
        let continues = is_word(c)
            || (c == '-' && at > 0 && text[at + 1..].starts_with(|next: char| next.is_alphanumeric()));
        if !continues {
            break;
        }
        end = at + c.len_utf8();
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<Vec<&str>> {
        sentences(text).iter().map(|sentence| sentence.iter().map(|token| token.text).collect()).collect()
    }

    #[test]
    fn sentences_are_words_code_and_marks() {
        assert_eq!(
            told("*First*, release `cur`'s lock. Return -ENOENT; lock `p->next`."),
            [
                vec!["First", ",", "release", "cur", "'s", "lock"],
                vec!["Return", "-ENOENT", ";", "lock", "p->next"]
            ]
        );
    }

    #[test]
    fn what_is_not_closed_does_not_stop_the_reading() {
        assert_eq!(told("lock `cur and go"), [vec!["lock", "cur", "and", "go"]]);
        assert_eq!(told("it\u{2019}s \u{2060}so"), [vec!["it", "\u{2019}s", "so"]]);
    }
}

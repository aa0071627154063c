//! The words of C and of formulas, with what stands around them.

use std::ops::Range;

/// A word, number, constant or comment. None goes beyond the end of its line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lexeme {
    /// Where it stands.
    pub range: Range<usize>,
    /// What it is.
    pub word: Word,
    /// The next character that is no blank.
    pub next: Option<char>,
    /// Whether `struct`, `union` or `enum` stands before it.
    pub after_tag: bool,
    /// Whether `->` or `.` stands before it.
    pub after_member: bool,
}

/// The sorts of lexemes that matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// An identifier or keyword.
    Name,
    /// A number.
    Number,
    /// A string or character constant.
    Text,
    /// A comment, or one line of it.
    Comment,
    /// `#define` and its like.
    Directive,
    /// `==>` or `<==>`.
    Implication,
}

/// The lexemes of a text, in its order.
pub fn lexemes(text: &str) -> Vec<Lexeme> {
    let mut out: Vec<Lexeme> = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        let (length, word) = match sort(&text[at..], first) {
            Some(found) => found,
            None => {
                at += first.len_utf8();
                continue;
            }
        };
        let range = at..at + length;
        at = range.end;
        let before = text[..range.start].trim_end();
        let after_tag = out.last().is_some_and(|last| {
            matches!(&text[last.range.clone()], "struct" | "union" | "enum") && before.len() == last.range.end
        });
        let after_member = before.ends_with("->") || before.ends_with('.');
        let next = text[range.end..].trim_start().chars().next();
        for line in lines(text, range) {
            out.push(Lexeme { range: line, word, next, after_tag, after_member });
        }
    }
    out
}

/// The length and sort of the lexeme that a text begins with.
fn sort(text: &str, first: char) -> Option<(usize, Word)> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let run = |from: usize| text[from..].find(|c| !is_part(c)).map_or(text.len(), |length| from + length);
    Some(match first {
        '/' if text.starts_with("//") => (text.find('\n').unwrap_or(text.len()), Word::Comment),
        '/' if text.starts_with("/*") => (text.find("*/").map_or(text.len(), |end| end + 2), Word::Comment),
        '"' | '\'' => (constant(text, first)?, Word::Text),
        '#' => (run(1), Word::Directive),
        '=' if text.starts_with("==>") => (3, Word::Implication),
        '<' if text.starts_with("<==>") => (4, Word::Implication),
        c if c.is_ascii_digit() => (run(0), Word::Number),
        c if is_part(c) => (run(0), Word::Name),
        _ => return None,
    })
}

/// The length of a constant that ends on its line.
fn constant(text: &str, quote: char) -> Option<usize> {
    let mut is_escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            '\n' => return None,
            c if c == quote && !is_escaped => return Some(at + 1),
            _ => is_escaped = c == '\\' && !is_escaped,
        }
    }
    None
}

/// The parts of a range that stand on one line each, without blanks around them.
fn lines(text: &str, range: Range<usize>) -> Vec<Range<usize>> {
    let mut start = range.start;
    let mut out = Vec::new();
    for line in text[range].split_inclusive('\n') {
        let begin = start + (line.len() - line.trim_start().len());
        let end = start + line.trim_end().len();
        if begin < end {
            out.push(begin..end);
        }
        start += line.len();
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_are_cut_at_the_ends_of_lines() {
        let text = "int a; /* one\n * two */ \"a\\\"//\" 'x' 0x1f #define";
        let found: Vec<(&str, Word)> =
            lexemes(text).into_iter().map(|lexeme| (&text[lexeme.range], lexeme.word)).collect();
        assert_eq!(
            found,
            [
                ("int", Word::Name),
                ("a", Word::Name),
                ("/* one", Word::Comment),
                ("* two */", Word::Comment),
                ("\"a\\\"//\"", Word::Text),
                ("'x'", Word::Text),
                ("0x1f", Word::Number),
                ("#define", Word::Directive),
            ]
        );
    }

    #[test]
    fn what_stands_around_a_word_is_told() {
        let found = lexemes("struct inode *p->next(x) ==> don't");
        assert!(found[1].after_tag && !found[2].after_tag && found[3].after_member);
        assert_eq!((found[3].next, found[5].word), (Some('('), Word::Implication));
        assert_eq!(found.len(), 8, "a lone quote is none");
    }
}

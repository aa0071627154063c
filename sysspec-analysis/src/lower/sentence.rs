//! Running text: its code spans, its sentences, and what is out of balance in it.

use super::Slips;
use crate::span::Span;

/// What a scan of a paragraph finds; all spans count from the start of the section.
#[derive(Debug, Default)]
pub struct Running {
    /// The insides of code spans.
    pub codes: Vec<Span>,
    /// Where sentences end.
    pub stops: Vec<usize>,
}

/// Scans a paragraph once. Code spans are found as the grammar finds them: both backticks stand on one line.
pub fn scan(text: &str, paragraph: Span, slips: &mut Slips) -> Running {
    let mut out = Running::default();
    let mut lone_stars = Vec::new();
    let mut start = paragraph.start;
    for line in text[paragraph.range()].split_inclusive('\n') {
        if start > paragraph.start && begins_sentence(line) {
            out.stops.push(start);
        }
        scan_line(line, start, &mut out, &mut lone_stars, slips);
        start += line.len();
    }
    // Bold text may reach over several lines of a paragraph.
    if lone_stars.len() % 2 == 1 {
        slips.stars.push(lone_stars[0]);
    }
    out
}

/// Whether a line begins a sentence even when the one above has no stop: published specs have one a line.
fn begins_sentence(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("**") || line.starts_with(|first: char| first.is_uppercase())
}

fn scan_line(line: &str, start: usize, out: &mut Running, lone: &mut Vec<Span>, slips: &mut Slips) {
    let bytes = line.as_bytes();
    let first_lone = lone.len();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'`' => match code_end(line, at) {
                Some(end) => {
                    out.codes.push(Span { start: start + at + 1, end: start + end });
                    at = end;
                }
                None if bytes.get(at + 1) != Some(&b'`') => {
                    slips.ticks.push(Span { start: start + at, end: start + at + 1 });
                }
                None => at += run(bytes, at) - 1,
            },
            b'*' => {
                let length = run(bytes, at);
                if length > 1 && is_delimiter(line, at, at + length) {
                    lone.push(Span { start: start + at, end: start + at + length });
                }
                at += length - 1;
            }
            b'.' | b'!' | b'?' => out.stops.extend(sentence_end(line, at).map(|end| start + end)),
            _ => {}
        }
        at += 1;
    }
    // Runs of stars in pairs are in balance.
    if (lone.len() - first_lone).is_multiple_of(2) {
        lone.truncate(first_lone);
    } else {
        let last = lone.pop();
        lone.truncate(first_lone);
        lone.extend(last);
    }
}

/// The closing backtick of the code span that opens at `at`, if one does.
fn code_end(line: &str, at: usize) -> Option<usize> {
    let rest = line[at + 1..].trim_end_matches(['\n', '\r']);
    if rest.starts_with('`') {
        return None;
    }
    rest.find('`').map(|length| at + 1 + length)
}

fn run(bytes: &[u8], at: usize) -> usize {
    bytes[at..].iter().take_while(|byte| **byte == bytes[at]).count()
}

/// Whether a run of stars can open or close bold text; `char **name` and `2 ** n` do not.
fn is_delimiter(line: &str, start: usize, end: usize) -> bool {
    let before = line[..start].chars().next_back();
    let after = line[end..].chars().next();
    let is_blank = |c: Option<char>| c.is_none_or(char::is_whitespace);
    let is_word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    if is_type(line[..start].trim_end()) {
        return false;
    }
    // At the start of a line a blank may follow: `** If … **`.
    let begins = line[..start].trim().is_empty();
    let is_pointer = is_blank(before) && matches!(after, Some(')' | ',' | ';'));
    begins || !(is_pointer || (is_blank(before) && is_blank(after)) || (is_word(before) && is_word(after)))
}

/// Whether a text ends in what is a type in C.
fn is_type(before: &str) -> bool {
    const WORDS: &[&str] = &[
        "char", "short", "int", "long", "void", "unsigned", "signed", "float", "double", "bool", "const",
        "volatile", "restrict",
    ];
    let word = |text: &str| text.rsplit(|c: char| !c.is_alphanumeric() && c != '_').next().map(str::to_owned);
    let Some(last) = word(before) else { return false };
    let above = before[..before.len() - last.len()].trim_end();
    WORDS.contains(&last.as_str())
        || (last.len() > 2 && last.ends_with("_t"))
        || matches!(word(above).as_deref(), Some("struct" | "union" | "enum"))
}

/// Where the sentence ends that the mark at `at` may close: white space follows, and it is no abbreviation.
fn sentence_end(line: &str, at: usize) -> Option<usize> {
    const ABBREVIATIONS: &[&str] = &["e.g", "i.e", "etc", "cf", "resp", "vs", "no", "fig", "incl", "approx"];
    let rest = line[at + 1..].trim_start_matches(['*', ')']);
    if !rest.starts_with(char::is_whitespace) || rest.trim().is_empty() {
        return None;
    }
    let word = line[..at].rsplit(|c: char| c.is_whitespace() || c == '(').next().unwrap_or_default();
    let is_abbreviated = line.as_bytes()[at] == b'.'
        && rest.trim_start().starts_with(char::is_lowercase)
        && ABBREVIATIONS.iter().any(|known| known.eq_ignore_ascii_case(word));
    (!is_abbreviated).then(|| line.len() - rest.len())
}

/// The sentences of a paragraph: spans without blanks around them.
pub fn sentences(text: &str, paragraph: Span, stops: &[usize]) -> Vec<Span> {
    let mut out = Vec::with_capacity(stops.len() + 1);
    let mut start = paragraph.start;
    for &stop in stops.iter().chain(std::iter::once(&paragraph.end)) {
        let part = &text[start..stop];
        let begin = start + (part.len() - part.trim_start().len());
        let end = start + part.trim_end().len();
        if begin < end {
            out.push(Span { start: begin, end });
        }
        start = stop;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> Vec<&str> {
        let whole = Span::from(0..text.len());
        let running = scan(text, whole, &mut Slips::default());
        sentences(text, whole, &running.stops).into_iter().map(|span| &text[span.range()]).collect()
    }

    fn slips(text: &str) -> Slips {
        let mut slips = Slips::default();
        scan(text, Span::from(0..text.len()), &mut slips);
        slips
    }

    #[test]
    fn sentences_end_at_stops_and_before_lines_that_begin_anew() {
        assert_eq!(split("Turns it. Gives 0\nwhen done."), ["Turns it.", "Gives 0\nwhen done."]);
        assert_eq!(split("`a` is locked\nThe name is\nshort"), ["`a` is locked", "The name is\nshort"]);
        assert_eq!(
            split("Bits, e.g. the first, in `a. B`."),
            ["Bits, e.g. the first, in `a. B`."],
            "no stop in an abbreviation or a code span"
        );
        assert_eq!(split("**One.** Two (or three.) Four"), ["**One.**", "Two (or three.)", "Four"]);
    }

    #[test]
    fn stars_that_mean_no_emphasis_are_no_slips() {
        let sound = [
            "a **bold** word",
            "char **names",
            "takes (struct gear **)",
            "2 ** n",
            "** If so **: fine",
            "`a ** b`",
            "**bold\nover lines**",
            "const char *const *path",
            "a*b*c",
        ];
        for sound in sound {
            assert_eq!(slips(sound), Slips::default(), "{sound}");
        }
        assert_eq!(slips("a **bold word").stars, [Span::from(2..4)]);
        assert_eq!(slips("**a** and b**").stars, [Span::from(11..13)]);
        assert_eq!(slips("a `code span").ticks, [Span::from(2..3)]);
    }
}

//! The code spans of a section's prose, and the names that the prose introduces (DIALECT section 9).

use rustc_hash::FxHashSet;

use crate::db::Db;
use crate::lower::{Section, SectionContent};
use crate::span::Span;

/// What a code span is a part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Part {
    /// A pre-condition.
    Pre,
    /// A post-condition, or a case of one.
    Post,
    /// An invariant.
    Invariant,
    /// A system algorithm, and what belongs to one.
    Algorithm,
    /// Text without a label.
    Free,
}

/// The text between two backticks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeSpan {
    /// Where it stands, without the backticks.
    pub span: Span,
    /// The line that it stands on.
    pub line: Span,
    /// What it is a part of.
    pub part: Part,
}

/// The code spans of a section, in the order of the text.
#[salsa::tracked]
pub fn code_spans<'db>(db: &'db dyn Db, section: Section<'db>) -> Vec<CodeSpan> {
    let content = section.content(db);
    let mut out = Vec::new();
    for line in prose_lines(content) {
        let text = &content.text[line.range()];
        let mut rest = 0;
        while let Some(open) = text[rest..].find('`').map(|at| rest + at + 1) {
            let Some(close) = text[open..].find('`').map(|at| open + at) else { break };
            let span = line.nested(&(open..close));
            // A function's name on a line of its own is the label of its contract.
            let is_label = content.labels.iter().any(|label| label.name_span == span);
            if open < close && !is_label {
                out.push(CodeSpan { span, line, part: part_at(content, span) });
            }
            rest = close + 1;
        }
    }
    out
}

/// The lines below the heading that belong to no block of code.
pub fn prose_lines(content: &SectionContent) -> Vec<Span> {
    let mut lines = Vec::new();
    let mut start = content.body.min(content.text.len());
    for line in content.text[start..].split_inclusive('\n') {
        let span = Span::from(start..start + line.trim_end().len());
        let is_code =
            content.codes.iter().any(|block| block.whole.start < span.end && start < block.whole.end);
        if !is_code && !span.range().is_empty() {
            lines.push(span);
        }
        start += line.len();
    }
    lines
}

/// The innermost labelled part that says what kind of condition it is.
pub fn part_at(content: &SectionContent, span: Span) -> Part {
    let holds = |whole: Span| whole.start <= span.start && span.end <= whole.end;
    let named = content.labels.iter().rev().filter(|label| holds(label.whole));
    named.filter_map(|label| part_of(&label.name)).next().unwrap_or(Part::Free)
}

fn part_of(label: &str) -> Option<Part> {
    let label = label.to_ascii_lowercase();
    Some(match label.as_str() {
        _ if label.starts_with("pre") => Part::Pre,
        _ if label.starts_with("post") => Part::Post,
        _ if label.starts_with("invariant") => Part::Invariant,
        _ if label.contains("algorithm") || label.starts_with("goal") || label.starts_with("error") => {
            Part::Algorithm
        }
        _ => return None,
    })
}

/// The identifier that a text consists of, if it does. `*x` and `&x` count as `x`.
pub fn lone_identifier(text: &str) -> Option<&str> {
    let name = text.trim().trim_start_matches(['*', '&']);
    let mut characters = name.chars();
    let is_start = |c: char| c.is_ascii_alphabetic() || c == '_';
    let is_name =
        characters.next().is_some_and(is_start) && characters.all(|c| c.is_ascii_alphanumeric() || c == '_');
    is_name.then_some(name)
}

/// The identifiers in a text, with where they stand in it. Strings and character constants are skipped.
pub fn identifiers(text: &str) -> Vec<(&str, usize)> {
    let mut out = Vec::new();
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let first = bytes[at];
        if first == b'"' || first == b'\'' {
            at += 1 + text[at + 1..].find(char::from(first)).map_or(text.len() - at - 1, |end| end + 1);
        } else if first.is_ascii_alphanumeric() || first == b'_' {
            let rest = &text[at..];
            let length = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
            if !first.is_ascii_digit() {
                out.push((&rest[..length], at));
            }
            at += length;
        } else {
            at += text[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    out
}

/// The names that a section's prose introduces, sorted: `let x be`, `an inode x`, `x = …`, the arguments of a
/// predicate where it is explained.
#[salsa::tracked]
pub fn introduced<'db>(db: &'db dyn Db, section: Section<'db>) -> Vec<String> {
    let text = &section.content(db).text;
    let mut names = FxHashSet::default();
    for found in code_spans(db, section) {
        let code = &text[found.span.range()];
        let before = &text[found.line.start..found.span.start - 1];
        let after = &text[(found.span.end + 1).min(found.line.end)..found.line.end];
        if let Some(name) = lone_identifier(code) {
            if found.part == Part::Algorithm || is_introduction(before, after) {
                names.insert(name.to_string());
            }
            continue;
        }
        names.extend(introduced_in(code).map(str::to_string));
        let is_explained = is_call(code) && after.trim_start().starts_with(char::is_alphabetic);
        if found.part == Part::Invariant || explains(after) || is_explained {
            names.extend(arguments(code).map(str::to_string));
        }
    }
    let mut names: Vec<String> = names.into_iter().collect();
    names.sort();
    names
}

/// Whether a name between these two texts is given a meaning there.
fn is_introduction(before: &str, after: &str) -> bool {
    let sentence = before.rsplit(['.', ';']).next().unwrap_or_default();
    let words: Vec<&str> =
        sentence.split(|c: char| !c.is_alphabetic() && c != '\'').filter(|word| !word.is_empty()).collect();
    let is_let = words.iter().any(|word| word.eq_ignore_ascii_case("let"));
    // `- `x`: what it is`
    let is_entry = before.trim_matches([' ', '\t', '-', '*', '.', ')']).chars().all(|c| c.is_ascii_digit())
        && after.trim_start_matches('*').starts_with([':', ',', ' '])
        && (after.trim_start_matches('*').starts_with(':') || explains(after));
    let follows_noun = sentence.ends_with(' ')
        && words.last().is_some_and(|word| {
            let word = word.to_ascii_lowercase();
            word.chars().next().is_some_and(char::is_alphabetic) && !NO_NOUNS.contains(&word.as_str())
        })
        && sentence.trim_end().ends_with(char::is_alphabetic);
    is_let || is_entry || follows_noun || explains(after)
}

/// Words before a name that only refer to it. All others are taken for nouns, or for `let`, `called`, `named`, `as`.
const NO_NOUNS: &[&str] = &[
    "of",
    "to",
    "on",
    "in",
    "for",
    "from",
    "with",
    "by",
    "at",
    "into",
    "onto",
    "than",
    "and",
    "or",
    "not",
    "nor",
    "is",
    "are",
    "was",
    "were",
    "if",
    "when",
    "while",
    "until",
    "unless",
    "that",
    "which",
    "where",
    "whether",
    "the",
    "both",
    "either",
    "neither",
    "only",
    "also",
    "then",
    "else",
    "but",
    "so",
    "because",
    "since",
    "after",
    "before",
    "between",
    "over",
    "under",
    "per",
    "has",
    "have",
    "had",
    "equals",
    "equal",
    "returns",
    "return",
    "sets",
    "set",
    "locks",
    "unlocks",
    "releases",
    "acquires",
    "changes",
    "clears",
    "increments",
    "decrements",
    "holds",
    "contains",
    "points",
    "uses",
    "calls",
    "reads",
    "writes",
    "against",
    "about",
    "through",
    "until",
];

/// Whether the text behind a name says what it is.
fn explains(after: &str) -> bool {
    let after = after.trim_start_matches(['*', ' ']);
    const WORDS: &[&str] = &[
        "be ",
        "denote",
        "says",
        "say ",
        "means",
        "stand",
        "is the ",
        "is a ",
        "is an ",
        "are the ",
        "names the",
    ];
    WORDS.iter().any(|word| after.starts_with(word))
}

/// The names that a span declares or assigns to: `x = 1`, `size_t n`, `struct inode *child`.
fn introduced_in(code: &str) -> impl Iterator<Item = &str> {
    let assigned = code.find('=').filter(|&at| {
        let before = code[..at].chars().next_back();
        !code[at + 1..].starts_with(['=', '>']) && !matches!(before, Some('=' | '!' | '<' | '>'))
    });
    let target = assigned.map(|at| code[..at].trim_end_matches([' ', '+', '-', '*', '|', '&']));
    let declared = target.unwrap_or(code).trim();
    let words: Vec<&str> = declared.split([' ', '*']).filter(|word| !word.is_empty()).collect();
    let is_declaration = words.len() > 1 && words.iter().all(|word| lone_identifier(word).is_some());
    let name = match (is_declaration, assigned) {
        (true, _) => words.last().copied(),
        (false, Some(_)) => lone_identifier(declared),
        (false, None) => None,
    };
    name.into_iter()
}

/// Whether a span is one call and nothing else.
fn is_call(code: &str) -> bool {
    code.split_once('(').is_some_and(|(name, rest)| {
        lone_identifier(name).is_some() && rest.find(')') == Some(rest.len().saturating_sub(1))
    })
}

/// The plain names among the arguments of the calls in a span: bound where a predicate is explained.
fn arguments(code: &str) -> impl Iterator<Item = &str> {
    let lists = code.split('(').skip(1).map(|rest| rest.split(')').next().unwrap_or_default());
    lists.flat_map(|list| list.split(',')).filter_map(lone_identifier)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_found_outside_of_strings() {
        let found = |text| identifiers(text).into_iter().map(|(name, _)| name).collect::<Vec<_>>();
        assert_eq!(found("cur->name[0] == '/'"), ["cur", "name"]);
        assert_eq!(found("lookup(\"usr\", path) != 0x1f"), ["lookup", "path"]);
    }

    #[test]
    fn prose_introduces_names_in_many_ways() {
        assert!(is_introduction("Let ", " be the result."));
        assert!(is_introduction("Let this be ", "."));
        assert!(is_introduction("There is an inode ", "."));
        assert!(is_introduction("the array ", " holds the parts"));
        assert!(is_introduction("The inode found, called ", ", is locked."));
        assert!(is_introduction("- ", ": the starting inode"));
        assert!(is_introduction("1. ", " is the number of entries"));
        assert!(!is_introduction("- the lock of ", " is owned"));
        assert!(!is_introduction("- ", " is locked"));
        assert!(!is_introduction("If ", " is NULL"));
    }

    #[test]
    fn spans_that_declare_or_assign_introduce_their_name() {
        let found = |text| introduced_in(text).collect::<Vec<_>>();
        assert_eq!(found("i = 0"), ["i"]);
        assert_eq!(found("struct inode *child"), ["child"]);
        assert_eq!(found("size_t left = size"), ["left"]);
        assert_eq!(found("cur == NULL"), [""; 0]);
        assert_eq!(found("a <= b"), [""; 0]);
        assert_eq!(found("cur->next = node"), [""; 0]);
    }
}

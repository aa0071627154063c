//! Functions that an algorithm uses without writing them as calls in back-ticks: `call dir_find`, `use lock(cur)`.
//!
//! A function may be named without being used ("unlike dir_find"), and short names are English words, so a name counts
//! only where a verb says that it is used, where it begins a step, or where arguments stand behind it.

use std::ops::Range;

use crate::db::Db;
use crate::formula::{self, Node};
use crate::lower::Section;
use crate::prose::{Part, lone_identifier, part_at, prose_lines};
use crate::span::Span;

/// Words right before a function that is used.
const VERBS: &[&str] = &[
    "call", "calls", "calling", "use", "uses", "using", "invoke", "invokes", "invoking", "apply", "applies",
    "via",
];

/// Words of a clause in which a function is named and perhaps not used.
const DOUBTS: &[&str] = &[
    "not", "no", "never", "without", "instead", "rather", "unlike", "like", "as", "than", "caller",
    "callers", "must", "may", "cannot", "nor", "neither", "who", "which", "that", "other", "another",
    "before", "after", "when", "while", "if", "unless", "whoever", "must", "should", "later", "already",
];

/// A function that an algorithm uses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Used {
    /// Its name.
    pub name: String,
    /// Where that stands.
    pub span: Span,
    /// How many arguments it is given, when they are written down.
    pub arguments: Option<usize>,
}

/// The names that the algorithms of a section use as functions, if they are any, in the order of the text.
#[salsa::tracked]
pub fn used_in_algorithms<'db>(db: &'db dyn Db, section: Section<'db>) -> Vec<Used> {
    let content = section.content(db);
    let mut out = Vec::new();
    for line in prose_lines(content) {
        if part_at(content, line) != Part::Algorithm {
            continue;
        }
        let text = &content.text[line.range()];
        out.extend(used_functions(text).into_iter().map(|(range, arguments)| Used {
            name: text[range.clone()].to_owned(),
            span: line.nested(&range),
            arguments,
        }));
    }
    out
}

/// Where a name stands in a line, and how many arguments stand behind it.
type Named = (Range<usize>, Option<usize>);

/// The names in a line that are used as functions, if they are any. Calls in back-ticks are formulas, and left out.
fn used_functions(line: &str) -> Vec<Named> {
    let mut out = Vec::new();
    let mut at = 0;
    for (number, part) in line.split('`').enumerate() {
        let whole = at..at + part.len();
        at = whole.end + 1;
        if number % 2 == 0 {
            out.extend(bare(line, whole));
        } else if lone_identifier(part) == Some(part)
            && (is_used(&line[..whole.start]) || is_step(&line[..whole.start]))
        {
            out.push((whole, None));
        }
    }
    out
}

/// The names outside of back-ticks.
fn bare(line: &str, within: Range<usize>) -> Vec<Named> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut out = Vec::new();
    let mut at = within.start;
    while at < within.end {
        let rest = &line[at..within.end];
        let length = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        if length == 0 {
            at += rest.chars().next().map_or(1, char::len_utf8);
            continue;
        }
        let range = at..at + length;
        at = range.end;
        let name = &line[range.clone()];
        if name.starts_with(|c: char| c.is_ascii_digit()) || !is_used(&line[..range.start]) {
            continue;
        }
        match arguments(name, &line[range.end..within.end]) {
            Some(number) => out.push((range, Some(number))),
            // A word without an underscore may be English.
            None if name.contains('_') && !line[range.end..].starts_with('(') => {
                out.push((range, None));
            }
            None => {}
        }
    }
    out
}

/// How many arguments stand behind a name, if they certainly are arguments: `cur`, and not the `s` of `lock(s)`.
fn arguments(name: &str, behind: &str) -> Option<usize> {
    let close = behind.strip_prefix('(')?.find(')')? + 2;
    let call = formula::parse(&format!("{name}{}", &behind[..close])).ok()?;
    let Node::Call(_, arguments) = &call.node else { return None };
    let is_ending = |text: &str| matches!(text, "s" | "es" | "ed" | "ing");
    let is_argument =
        !is_ending(&behind[1..close - 1]) && !behind[1..close - 1].starts_with(|c: char| c.is_ascii_digit());
    is_argument.then_some(arguments.len())
}

/// Whether the text before a name says that it is used.
fn is_used(before: &str) -> bool {
    let clause = before.rsplit(['.', ';', ':', ',', '(']).next().unwrap_or_default();
    let words: Vec<String> = clause
        .split(|c: char| !c.is_alphabetic())
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_lowercase)
        .collect();
    let mut last = words.iter().rev().skip_while(|word| matches!(word.as_str(), "the" | "function"));
    let says_so = last.next().is_some_and(|word| VERBS.contains(&word.as_str()));
    says_so && !words.iter().any(|word| DOUBTS.contains(&word.as_str())) && before.ends_with([' ', '`'])
}

/// Whether nothing but the mark of a list stands before.
fn is_step(before: &str) -> bool {
    let mark = before.trim_end_matches('`').trim();
    let is_mark = |c: char| matches!(c, '-' | '*' | '.' | ')') || c.is_ascii_digit();
    !mark.is_empty() && mark.chars().all(is_mark)
}

#[cfg(test)]
mod tests {
    use super::used_functions;

    fn used(line: &str) -> Vec<&str> {
        used_functions(line).into_iter().map(|(range, _)| &line[range]).collect()
    }

    #[test]
    fn what_a_step_uses_is_found() {
        assert_eq!(used("1. Call dir_find to look `name` up."), ["dir_find"]);
        assert_eq!(used("2. Otherwise, use the function `dir_add`."), ["dir_add"]);
        assert_eq!(used("- `locate` the directory; then call lock(cur)."), ["locate", "lock"]);
        assert_eq!(used("Look it up, using inode_get(cur, 2)."), ["inode_get"]);
    }

    #[test]
    fn what_is_only_named_is_left_alone() {
        let nothing: [&str; 0] = [];
        assert_eq!(used("1. Do not call dir_find."), nothing);
        assert_eq!(used("The caller uses dir_add afterwards."), nothing);
        assert_eq!(used("Take the lock(s) that step(2) asks for, unlike dir_find."), nothing);
        assert_eq!(used("1. Acquire the lock of `cur`, as `walk` does."), nothing);
        assert_eq!(used("Whoever calls dir_find later sees it."), nothing);
        assert_eq!(used("1. Use lock(s) for each."), nothing);
        assert_eq!(used("1. `dir_find(dir, name)` is a call in back-ticks."), nothing);
    }
}

//! Findings that the writer of a spec has looked at and lets stand: `// sysspec: allow(AMB001): reason`.
//!
//! On a line of its own such a comment covers what follows it: the next line that is neither blank nor a comment,
//! with the lines that continue it, and when that line opens a fence, all of the fence. Behind C it covers its own
//! line. `allow-file(…)` covers the file. In `sysspec.toml` the comment begins with `#`.

use std::ops::Range;

use crate::Code;
use crate::db::{Db, SourceFile};
use crate::source::{self, FileKind};
use crate::spelling::nearest;

/// What every such comment says behind its mark.
const KEYWORD: &str = "sysspec:";
const FORM: &str = "write `sysspec: allow(CODE): reason`, or `allow-file` for the whole file";

/// One comment that is meant to let findings stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppression {
    /// The comment, from its mark to the end of its text.
    pub comment: Range<usize>,
    /// What goes when the comment goes: its whole line, when nothing else stands there.
    pub whole: Range<usize>,
    /// What it says, or what is wrong with it.
    pub content: Result<Allowed, Malformed>,
}

impl Suppression {
    /// Whether it lets something stand that a solver has to find first.
    pub fn needs_proofs(&self) -> bool {
        self.content.as_ref().is_ok_and(|allowed| allowed.codes.iter().any(|(code, _)| code.needs_proofs()))
    }
}

/// What a suppression lets stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allowed {
    /// The codes, and where each stands.
    pub codes: Vec<(Code, Range<usize>)>,
    /// Why.
    pub reason: String,
    /// Findings that begin in here.
    pub covers: Range<usize>,
}

/// Why a suppression has no effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: String,
    /// Where.
    pub range: Range<usize>,
}

/// Whether a comment, with or without its mark, is meant as a suppression and not for readers of the code.
pub fn is_suppression(comment: &str) -> bool {
    comment.trim_start_matches(['/', '#', ' ', '\t']).starts_with(KEYWORD)
}

/// A text without its suppressions, which are no business of whoever writes the code.
pub fn without_suppressions(text: &str) -> String {
    let mut out = text.to_owned();
    for found in suppressions(text, FileKind::Spec).into_iter().rev() {
        out.replace_range(found.whole, "");
    }
    out
}

/// The suppressions of a file. Changes only when one of them does, or moves.
#[salsa::tracked]
pub fn suppressions_of(db: &dyn Db, file: SourceFile) -> Vec<Suppression> {
    suppressions(&file.text(db).rope().to_string(), source::kind(file.path(db)))
}

/// The suppressions in a text, in its order.
pub fn suppressions(text: &str, kind: FileKind) -> Vec<Suppression> {
    let mark = if kind == FileKind::Manifest { "#" } else { "//" };
    let found = text.match_indices(KEYWORD).filter_map(|(keyword, _)| {
        let line = line_at(text, keyword);
        let before = text[line.start..keyword].trim_end().strip_suffix(mark)?;
        // What is quoted in prose is no comment.
        let is_comment = before.matches('`').count().is_multiple_of(2) && !before.contains(mark);
        is_comment.then(|| read(text, line.clone(), line.start + before.len(), keyword + KEYWORD.len()))
    });
    found.collect()
}

fn read(text: &str, line: Range<usize>, start: usize, body: usize) -> Suppression {
    let end = line.start + text[line.clone()].trim_end().len();
    let is_alone = text[line.start..start].trim().is_empty();
    let whole = match is_alone {
        true => line.start..(line.end + 1).min(text.len()),
        false => line.start + text[line.start..start].trim_end().len()..end,
    };
    let content = content(text, body..end).map(|(is_file, codes, reason)| {
        let covers = match (is_file, is_alone) {
            (true, _) => 0..usize::MAX,
            (false, true) => following(text, line.end),
            (false, false) => line,
        };
        Allowed { codes, reason, covers }
    });
    Suppression { comment: start..end, whole, content }
}

type Content = (bool, Vec<(Code, Range<usize>)>, String);

/// Reads `allow(CODE, …): reason`.
fn content(text: &str, body: Range<usize>) -> Result<Content, Malformed> {
    let malformed = |message: &str| Malformed {
        message: message.to_owned(),
        help: FORM.to_owned(),
        range: body.start - KEYWORD.len()..body.end,
    };
    let said = text[body.clone()].trim_start();
    let start = body.end - said.len();
    let (order, rest) = said.split_once('(').ok_or_else(|| malformed("this suppression names no code"))?;
    let is_file = match order.trim() {
        "allow" => false,
        "allow-file" => true,
        other => return Err(malformed(&format!("`{other}` is no order to the analyzer"))),
    };
    let (list, reason) =
        rest.split_once(')').ok_or_else(|| malformed("the list of codes is not closed by `)`"))?;
    let codes = codes(list, start + order.len() + 1)?;
    if codes.is_empty() {
        return Err(malformed("this suppression names no code"));
    }
    let reason = reason.trim_start().strip_prefix(':').unwrap_or(reason).trim();
    if reason.is_empty() {
        return Err(malformed("this suppression gives no reason, so it has no effect"));
    }
    Ok((is_file, codes, reason.to_owned()))
}

fn codes(list: &str, mut start: usize) -> Result<Vec<(Code, Range<usize>)>, Malformed> {
    let mut codes = Vec::new();
    for part in list.split(',') {
        let name = part.trim();
        let at = start + (part.len() - part.trim_start().len());
        let range = at..at + name.len();
        start += part.len() + 1;
        if name.is_empty() {
            continue;
        }
        let Some(code) = Code::from_str(name) else {
            let near = nearest(&name.to_uppercase(), Code::ALL.iter().map(|code| code.as_str()));
            return Err(Malformed {
                message: format!("there is no code `{name}`"),
                help: near.map_or_else(
                    || "`sysspec explain` lists the codes".to_owned(),
                    |near| format!("did you mean `{near}`?"),
                ),
                range,
            });
        };
        codes.push((code, range));
    }
    Ok(codes)
}

/// What a comment on a line of its own covers, given the end of that line.
fn following(text: &str, from: usize) -> Range<usize> {
    let mut lines = lines_from(text, from + 1);
    let is_skipped = |line: &Range<usize>| {
        let line = text[line.clone()].trim_start();
        line.is_empty() || line.starts_with("//")
    };
    let Some(first) = lines.find(|line| !is_skipped(line)) else { return from..text.len() };
    let line = &text[first.clone()];
    if line.trim_start().starts_with("```") {
        let close = lines.find(|line| text[line.clone()].trim_start().starts_with("```"));
        return first.start..close.map_or(text.len(), |close| close.end);
    }
    let indent = indentation(line);
    let continued = |line: &Range<usize>| {
        let line = &text[line.clone()];
        !line.trim().is_empty() && indentation(line) > indent
    };
    let end = lines.take_while(continued).last().map_or(first.end, |last| last.end);
    first.start..end
}

fn indentation(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// The line that holds an offset, without its end.
fn line_at(text: &str, at: usize) -> Range<usize> {
    let start = text[..at].rfind('\n').map_or(0, |end| end + 1);
    start..text[at..].find('\n').map_or(text.len(), |end| at + end)
}

fn lines_from(text: &str, mut start: usize) -> impl Iterator<Item = Range<usize>> {
    std::iter::from_fn(move || {
        if start >= text.len() {
            return None;
        }
        let line = line_at(text, start);
        start = line.end + 1;
        Some(line)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(text: &str) -> Vec<(String, String)> {
        let found = suppressions(text, FileKind::Spec).into_iter().filter_map(|found| found.content.ok());
        let shown = found.map(|allowed| {
            let covers = allowed.covers.start..allowed.covers.end.min(text.len());
            (allowed.reason, text[covers].to_owned())
        });
        shown.collect()
    }

    fn covered(text: &str) -> String {
        allowed(text).swap_remove(0).1
    }

    #[test]
    fn a_comment_covers_the_item_that_follows_it() {
        let text =
            "// sysspec: allow(SYN005): told by POSIX\n\n- Cleans up if necessary,\n  and ends.\n- Next.\n";
        assert_eq!(
            allowed(text),
            [("told by POSIX".into(), "- Cleans up if necessary,\n  and ends.".into())]
        );
    }

    #[test]
    fn a_comment_before_a_fence_covers_the_fence() {
        let text = "// sysspec: allow(NAM006): x\n// The first.\n```c\nint f(void);\n```\nafter\n";
        assert_eq!(covered(text), "```c\nint f(void);\n```");
    }

    #[test]
    fn a_comment_behind_c_covers_its_line() {
        let text = "int f(void);\nint g(void); // sysspec: allow(NAM003): later\nint h(void);\n";
        assert_eq!(covered(text), "int g(void); // sysspec: allow(NAM003): later");
        assert_eq!(without_suppressions(text), "int f(void);\nint g(void);\nint h(void);\n");
    }

    #[test]
    fn a_whole_file_can_be_covered() {
        let text = "a\n// sysspec: allow-file(NAM003, TYP001): generated\nb\n";
        assert_eq!(covered(text), text);
    }

    #[test]
    fn what_is_quoted_is_no_comment() {
        assert_eq!(suppressions("Write `// sysspec: allow(NAM001): why`.", FileKind::Spec), []);
        assert_eq!(suppressions("name: sysspec: allow(NAM001): why", FileKind::Spec), []);
    }

    #[test]
    fn what_is_malformed_says_so() {
        let wrong = |text: &str| suppressions(text, FileKind::Spec)[0].content.clone().unwrap_err();
        let told = |text: &str| wrong(text).message;
        assert_eq!(
            told("// sysspec: allow(NAM001)"),
            "this suppression gives no reason, so it has no effect"
        );
        assert_eq!(
            told("// sysspec: allow(NAM001):  "),
            "this suppression gives no reason, so it has no effect"
        );
        assert_eq!(told("// sysspec: allow NAM001: x"), "this suppression names no code");
        assert_eq!(told("// sysspec: allow(): x"), "this suppression names no code");
        assert_eq!(told("// sysspec: ignore(NAM001): x"), "`ignore` is no order to the analyzer");
        let unknown = "// sysspec: allow(NAM001, NAM0002): x";
        assert_eq!(wrong(unknown).help, "did you mean `NAM002`?");
        assert_eq!(&unknown[wrong(unknown).range], "NAM0002");
    }

    #[test]
    fn the_manifest_has_its_own_mark() {
        let found = suppressions("# sysspec: allow(MAN003): tried out\nnmae = 1\n", FileKind::Manifest);
        assert_eq!(found[0].content.as_ref().unwrap().reason, "tried out");
    }
}

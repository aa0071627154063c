//! Mistakes in specifications.

use std::ops::Range;

use crate::{Kind, Mutant, Subject};

const DROP_CLAUSE: Kind = spec("drop a clause");
const WEAKEN_GUARD: Kind = spec("weaken a guard");
const SWAP_RESULT: Kind = spec("swap a return value");
const DROP_LOCKED: Kind = spec("drop what is said of a lock");
const NEGATE_LOCKED: Kind = spec("say the contrary of a lock");
const CHANGE_TYPE: Kind = spec("change a type");
const RENAME: Kind = spec("rename");
/// Steps of an algorithm in another order.
pub const REVERSE_STEPS: Kind = spec("reverse two lock steps");

const fn spec(name: &'static str) -> Kind {
    Kind { subject: Subject::Spec, name }
}

/// Every mistake that can be made in these specifications, each by itself.
pub fn mutants(files: &[(String, String)]) -> Vec<Mutant> {
    let mut out = Vec::new();
    for (path, text) in files.iter().filter(|(path, _)| path.ends_with(".spec")) {
        let page = Page { path, text, lines: lines(text) };
        page.clauses(&mut out);
        page.declarations(&mut out);
        page.steps(&mut out);
    }
    out
}

/// A line, and the part of the specification that it belongs to.
#[derive(Clone, Debug)]
struct Line<'t> {
    range: Range<usize>,
    text: &'t str,
    /// The heading above it.
    section: &'t str,
    /// The bold label above it in its section.
    label: &'t str,
    is_refined: bool,
    is_code: bool,
}

fn lines(text: &str) -> Vec<Line<'_>> {
    let (mut at, mut section, mut label) = (0, "", "");
    let (mut is_refined, mut is_code) = (false, false);
    let mut out = Vec::new();
    for whole in text.split_inclusive('\n') {
        let line = whole.trim_end_matches('\n');
        let range = at..at + line.len();
        at += whole.len();
        is_refined |= line.starts_with("## Refine");
        let is_fence = line.starts_with("```");
        if !is_code && line.starts_with('[') {
            (section, label) = (line, "");
        } else if !is_code && line.starts_with("**") && line.ends_with("**:") {
            label = line;
        }
        is_code ^= is_fence;
        out.push(Line { range, text: line, section, label, is_refined, is_code: is_code && !is_fence });
    }
    out
}

struct Page<'t> {
    path: &'t str,
    text: &'t str,
    lines: Vec<Line<'t>>,
}

impl Page<'_> {
    fn mutant(&self, kind: Kind, range: Range<usize>, replacement: &str) -> Mutant {
        let line = self.text[..range.start].matches('\n').count() + 1;
        let was = &self.text[range.clone()];
        let told = match replacement {
            "" => format!("without `{}`", was.trim()),
            new => format!("`{}` is now `{}`", was.trim(), new.trim()),
        };
        let text = format!("{}{replacement}{}", &self.text[..range.start], &self.text[range.end..]);
        Mutant { kind, path: self.path.to_owned(), line, told, text }
    }

    fn clauses(&self, out: &mut Vec<Mutant>) {
        let is_contract = |line: &&Line<'_>| {
            let is_condition = line.label.contains("Pre-Condition") || line.label.contains("Post-Condition");
            line.section.starts_with("[SPECIFICATION") && is_condition && line.text.starts_with("- ")
        };
        for line in self.lines.iter().filter(is_contract) {
            let parts = outcomes(line);
            let is_case = line.text.starts_with("- **Case");
            for (at, part) in parts.iter().enumerate() {
                let said = &self.text[part.clone()];
                let is_formal = said.starts_with('`') && said.ends_with('`');
                // One of several goes with what parts it from its neighbour; the only one of a line with its line.
                let whole = match (parts.len(), at) {
                    (1, _) if is_case => part.clone(),
                    (1, _) => line.range.start..(line.range.end + 1).min(self.text.len()),
                    (_, 0) => part.start..parts[1].start,
                    _ => parts[at - 1].end..part.end,
                };
                let is_of_locks = said.contains("locked(") || said.contains("lock");
                match () {
                    () if is_of_locks && line.is_refined => out.push(self.mutant(DROP_LOCKED, whole, "")),
                    () if is_formal => out.push(self.mutant(DROP_CLAUSE, whole, "")),
                    () => {}
                }
                if is_formal {
                    self.of_formula(part, out);
                }
            }
            if is_case && let Some(guard) = guard(line) {
                self.weakened(&guard, out);
            }
        }
    }

    fn of_formula(&self, part: &Range<usize>, out: &mut Vec<Mutant>) {
        let said = &self.text[part.clone()];
        if let Some(at) = said.find("locked(") {
            let (range, new) = match said[..at].ends_with('!') {
                true => (part.start + at - 1..part.start + at, ""),
                false => (part.start + at..part.start + at, "!"),
            };
            let mut mutant = self.mutant(NEGATE_LOCKED, range, new);
            mutant.told = format!("the contrary of {said}");
            out.push(mutant);
        }
        for (from, to) in [
            ("result == 0", "result == -1"),
            ("result == NULL", "result != NULL"),
            ("result != NULL", "result == NULL"),
            ("-ENOENT", "-EEXIST"),
            ("-EEXIST", "-ENOENT"),
            ("-ENOTDIR", "-EISDIR"),
            ("-EINVAL", "-EPERM"),
            ("-ENOMEM", "-EIO"),
            ("-ENOTEMPTY", "-EBUSY"),
        ] {
            let is_outcome = !said.contains("==>");
            if let Some(at) = said.find(from).filter(|_| is_outcome && said.contains("result")) {
                let range = part.start + at..part.start + at + from.len();
                out.push(self.mutant(SWAP_RESULT, range, to));
                break;
            }
        }
        if let Some(name) = identifiers(said).into_iter().find(|name| !is_word(&said[name.clone()])) {
            let range = part.start + name.start..part.start + name.end;
            let new = format!("{}_x", &self.text[range.clone()]);
            out.push(self.mutant(RENAME, range, &new));
        }
    }

    fn weakened(&self, guard: &Range<usize>, out: &mut Vec<Mutant>) {
        let said = &self.text[guard.clone()];
        for (from, to) in [(" && ", ""), (" < ", " <= "), (" > ", " >= "), (" <= ", " < "), (" >= ", " > ")] {
            let Some(at) = said.find(from) else { continue };
            let start = guard.start + at;
            // Of a conjunction the first part is left.
            let end = if to.is_empty() { guard.end } else { start + from.len() };
            out.push(self.mutant(WEAKEN_GUARD, start..end, to));
            return;
        }
        if let Some(inner) = said.strip_prefix('!') {
            out.push(self.mutant(WEAKEN_GUARD, guard.clone(), inner));
        }
    }

    fn declarations(&self, out: &mut Vec<Mutant>) {
        let is_declared =
            |line: &&Line<'_>| line.is_code && ["[RELY]", "[GUARANTEE]"].contains(&line.section);
        for line in self.lines.iter().filter(is_declared) {
            for (from, to) in [
                ("uint32_t ", "uint64_t "),
                ("uint64_t ", "uint32_t "),
                ("size_t ", "int "),
                ("const char *const *", "const char **"),
                ("const char *", "char *"),
                ("int ", "long "),
                ("struct inode *", "struct entry *"),
                ("bool ", "int "),
            ] {
                // In the middle of another word it is none.
                let found = line.text.match_indices(from).map(|(at, _)| at).find(|&at| {
                    !line.text[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_')
                });
                if let Some(at) = found {
                    let start = line.range.start + at;
                    out.push(self.mutant(CHANGE_TYPE, start..start + from.len(), to));
                    break;
                }
            }
            let Some(end) = line.text.find('(').filter(|_| !line.text.starts_with('#')) else { continue };
            let start =
                line.text[..end].rfind(|c: char| !(c.is_alphanumeric() || c == '_')).map_or(0, |at| at + 1);
            let range = line.range.start + start..line.range.start + end;
            let new = format!("{}x", &self.text[range.clone()]);
            out.push(self.mutant(RENAME, range, &new));
        }
    }

    /// Two steps that follow each other, both of which speak of locks.
    fn steps(&self, out: &mut Vec<Mutant>) {
        let is_step = |line: &Line<'_>| {
            let number = line.text.split_once(". ").is_some_and(|(number, _)| number.parse::<u32>().is_ok());
            line.is_refined && line.label.contains("Algorithm") && number
        };
        let speaks = |line: &Line<'_>| {
            let said = line.text.to_lowercase();
            ["acquire", "release", "lock `", "unlock"].iter().any(|word| said.contains(word))
        };
        for pair in self.lines.windows(2).filter(|pair| pair.iter().all(|line| is_step(line) && speaks(line)))
        {
            let body = |line: &Line<'_>| line.text.split_once(". ").map(|(_, body)| body.to_owned());
            let (Some(one), Some(two)) = (body(&pair[0]), body(&pair[1])) else { continue };
            let numbers = [&pair[0], &pair[1]].map(|line| line.text.split(". ").next().unwrap_or_default());
            let new = format!("{}. {two}\n{}. {one}", numbers[0], numbers[1]);
            let mut mutant = self.mutant(REVERSE_STEPS, pair[0].range.start..pair[1].range.end, &new);
            mutant.told = format!("\u{201c}{one}\u{201d} after \u{201c}{two}\u{201d}");
            out.push(mutant);
        }
        // A step that does both is reversed within itself.
        for line in self.lines.iter().filter(|line| is_step(line)) {
            let (from, to) = ("Acquire the lock of", "Release the lock of");
            for (from, to) in [(from, to), (to, from)] {
                if let Some(at) = line.text.find(from) {
                    let start = line.range.start + at;
                    out.push(self.mutant(REVERSE_STEPS, start..start + from.len(), to));
                }
            }
        }
    }
}

/// What an item says, part by part: behind the guard of a case, between semicolons.
fn outcomes(line: &Line<'_>) -> Vec<Range<usize>> {
    let mut start = 2;
    if line.text.starts_with("- **Case") {
        let Some(colon) = outside_code(line.text, ':') else { return Vec::new() };
        start = colon + 1;
    }
    let mut out = Vec::new();
    let mut rest = start;
    while rest < line.text.len() {
        let end = outside_code(&line.text[rest..], ';').map_or(line.text.len(), |at| rest + at);
        let part = line.text[rest..end].trim();
        if !part.is_empty() {
            let from = rest + (line.text[rest..end].len() - line.text[rest..end].trim_start().len());
            out.push(line.range.start + from..line.range.start + from + part.len());
        }
        rest = end + 1;
    }
    out
}

/// The inside of the code span that guards a case.
fn guard(line: &Line<'_>) -> Option<Range<usize>> {
    let colon = outside_code(line.text, ':')?;
    let open = line.text[..colon].find('`')? + 1;
    let close = open + line.text[open..colon].find('`')?;
    Some(line.range.start + open..line.range.start + close)
}

fn outside_code(text: &str, wanted: char) -> Option<usize> {
    let mut is_code = false;
    text.char_indices().find_map(|(at, c)| {
        is_code ^= c == '`';
        (c == wanted && !is_code).then_some(at)
    })
}

fn identifiers(text: &str) -> Vec<Range<usize>> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(found) = text[at..].find(|c: char| c.is_alphabetic() || c == '_') {
        let start = at + found;
        let end = text[start..].find(|c: char| !is_part(c)).map_or(text.len(), |length| start + length);
        out.push(start..end);
        at = end;
    }
    out
}

/// Words of the language, and macros, which are not names of the specification.
fn is_word(name: &str) -> bool {
    let is_language = ["result", "old", "min", "max", "locked", "fresh"].contains(&name);
    is_language || name.chars().all(|c| c.is_uppercase() || c == '_' || c.is_numeric())
}

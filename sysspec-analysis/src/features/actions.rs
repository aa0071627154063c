//! What can be done about findings: their fixes, all safe ones at once, and saying that one is meant to be.

use std::ops::Range;
use std::sync::Arc;

use crate::db::{Db, SourceFile};
use crate::source::{self, FileKind};
use crate::{Applicability, Code, Diagnostic, Edit};

/// Something that can be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// What it does, as an order.
    pub title: String,
    /// What sort of thing it is.
    pub kind: ActionKind,
    /// The finding that it is about.
    pub diagnostic: Option<Diagnostic>,
    /// Whether it is the one to take without a look: the only safe fix of its finding.
    pub is_preferred: bool,
    /// The edits, all to be made or none. They do not overlap.
    pub edits: Vec<Edit>,
}

/// The sorts of actions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ActionKind {
    /// Mends a finding.
    Fix,
    /// Mends all that can be mended safely.
    FixAll,
    /// Says that a finding is meant to be.
    Suppress,
}

/// What can be done about those of a file's findings that a range touches: their fixes first, then what silences them.
pub fn actions(
    db: &dyn Db,
    file: SourceFile,
    diagnostics: &[Diagnostic],
    range: &Range<usize>,
) -> Vec<Action> {
    let touches = |found: &&Diagnostic| found.range.start <= range.end && range.start <= found.range.end;
    let found: Vec<&Diagnostic> = diagnostics.iter().filter(touches).collect();
    let mut actions: Vec<Action> = found.iter().flat_map(|found| fixes(found)).collect();
    for diagnostic in found {
        let again = |known: &Action| {
            known.kind == ActionKind::Suppress
                && known.diagnostic.as_ref().map(|known| known.code) == Some(diagnostic.code)
        };
        if !actions.iter().any(again) {
            actions.extend(suppression(db, file, diagnostic));
        }
    }
    actions
}

fn fixes(diagnostic: &Diagnostic) -> impl Iterator<Item = Action> {
    let safe = diagnostic.fixes.iter().filter(|fix| fix.applicability == Applicability::Safe).count();
    diagnostic.fixes.iter().map(move |fix| Action {
        title: capitalised(&fix.title),
        kind: ActionKind::Fix,
        diagnostic: Some(diagnostic.clone()),
        is_preferred: safe == 1 && fix.applicability == Applicability::Safe,
        edits: fix.edits.clone(),
    })
}

/// All safe fixes of a file's findings that do not get into each other's way; `None` when there is none.
///
/// Of two fixes that touch the same text the first is taken; the other shows up again afterwards.
pub fn fix_all(diagnostics: &[Diagnostic]) -> Option<Action> {
    let mut edits: Vec<Edit> = Vec::new();
    let mut count = 0;
    for diagnostic in diagnostics {
        let mut safe = diagnostic.fixes.iter().filter(|fix| fix.applicability == Applicability::Safe);
        let Some(fix) = safe.next() else { continue };
        if fix.edits.iter().any(|edit| edits.iter().any(|taken| collide(edit, taken))) {
            continue;
        }
        edits.extend(fix.edits.iter().cloned());
        count += 1;
    }
    let what = if count == 1 { "the one safe fix".to_string() } else { format!("all {count} safe fixes") };
    (count > 0).then(|| Action {
        title: format!("Make {what} in this file"),
        kind: ActionKind::FixAll,
        diagnostic: None,
        is_preferred: false,
        edits,
    })
}

fn collide(one: &Edit, other: &Edit) -> bool {
    one.path == other.path && one.range.start <= other.range.end && other.range.start <= one.range.end
}

/// A comment on the line before that allows the finding there. Its reason is for the user to write; without one it has
/// no effect.
fn suppression(db: &dyn Db, file: SourceFile, diagnostic: &Diagnostic) -> Option<Action> {
    // Suppressions are not suppressed.
    if matches!(diagnostic.code, Code::UNUSED_SUPPRESSION | Code::MALFORMED_SUPPRESSION) {
        return None;
    }
    let path: &Arc<str> = file.path(db);
    let mark = match source::kind(path) {
        FileKind::Spec | FileKind::Header | FileKind::Patch => "//",
        FileKind::Manifest => "#",
        FileKind::Other => return None,
    };
    let rope = file.text(db).rope();
    let line = rope.byte_to_line(diagnostic.range.start.min(rope.len_bytes()));
    let code = diagnostic.code;
    // The include list of a header stays in its first line.
    let (line, comment) = match (source::kind(path), line) {
        (FileKind::Header, 0) => (1, format!("// sysspec: allow-file({code}): \n")),
        _ => (line, format!("{}{mark} sysspec: allow({code}): \n", indent(&rope.line(line).to_string()))),
    };
    let start = rope.try_line_to_byte(line).ok()?;
    Some(Action {
        title: format!("Allow {code} here, with a reason"),
        kind: ActionKind::Suppress,
        diagnostic: Some(diagnostic.clone()),
        is_preferred: false,
        edits: vec![Edit { path: path.clone(), range: start..start, replacement: comment }],
    })
}

fn indent(line: &str) -> &str {
    &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
}

fn capitalised(title: &str) -> String {
    let mut rest = title.chars();
    rest.next().map_or_else(String::new, |first| first.to_uppercase().chain(rest).collect())
}

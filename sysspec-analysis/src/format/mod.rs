//! The formatter: one layout for specs, patches and headers, with prose and C kept as written.
//!
//! It never changes what a file says, and that is not a matter of trust: the formatted text is read again, and if it
//! reads differently in anything but layout it is thrown away. Formatting twice is formatting once, since only what
//! the rules leave alone is given out.

mod edits;
mod header;
mod meaning;
mod spec;

use crate::Edit;
use crate::db::{Db, SourceFile};
use crate::source::{self, FileKind};
use edits::edits;
use meaning::meaning;

/// The edits that bring a file into the one layout; `None` for files that have none.
pub fn format_file(db: &dyn Db, file: SourceFile) -> Option<Vec<Edit>> {
    let text = file.text(db).rope().to_string();
    let formatted = format(&text, source::kind(file.path(db)))?;
    let edit = |(range, replacement)| Edit { path: file.path(db).clone(), range, replacement };
    Some(edits(&text, &formatted).into_iter().map(edit).collect())
}

/// How often the rules may be applied until they leave the text alone.
const ROUNDS: usize = 4;

/// A text in the one layout; `None` for files that have none.
pub fn format(text: &str, kind: FileKind) -> Option<String> {
    let layout = match kind {
        FileKind::Spec | FileKind::Patch => spec::layout,
        FileKind::Header => header::layout,
        FileKind::Manifest | FileKind::Other => return None,
    };
    let said = meaning(text, kind);
    let tidy = tidy(text);
    if meaning(&tidy, kind) != said {
        return Some(text.to_owned());
    }
    let mut formatted = tidy.clone();
    for _ in 0..ROUNDS {
        let next = layout(&formatted);
        if next == formatted {
            let is_kept = meaning(&formatted, kind) == said && self::tidy(&formatted) == formatted;
            return Some(if is_kept { formatted } else { tidy });
        }
        formatted = next;
    }
    Some(tidy)
}

/// Lines end in a line feed and not in blanks; the last line ends, too, and no empty line follows it.
fn tidy(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 1);
    for line in text.split('\n') {
        let trimmed = line.trim_end_matches([' ', '\t', '\r']);
        // Blanks behind a backslash keep C from joining the lines.
        out += if trimmed.ends_with('\\') { line } else { trimmed };
        out.push('\n');
    }
    out.truncate(out.trim_end_matches('\n').len());
    if !out.is_empty() {
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests;

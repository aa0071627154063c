//! The texts that findings quote, and where offsets are in them.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use serde::Serialize;

use crate::findings::Findings;
use crate::paths;

/// Every file that a finding names, read once.
pub(super) struct Sources {
    /// Where the user is.
    pub(super) working_directory: PathBuf,
    /// By workspace and path.
    files: HashMap<(usize, Arc<str>), Source>,
}

/// A file that a finding names.
pub(super) struct Source {
    /// As seen from the working directory.
    pub(super) shown: String,
    /// From the root.
    pub(super) whole: PathBuf,
    pub(super) text: String,
    /// Where each line begins.
    lines: Vec<usize>,
}

/// Line and column count from 1, the column in characters; the offset counts bytes from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Position {
    pub(super) line: usize,
    pub(super) column: usize,
    pub(super) offset: usize,
}

impl Sources {
    pub(super) fn read(findings: &Findings) -> Sources {
        let working_directory = paths::working_directory();
        let mut sources = Sources { working_directory, files: HashMap::new() };
        for at in findings.all().chain(findings.all_suppressed().map(|(at, _)| at)) {
            sources.add(findings, at.workspace, at.path);
            for related in &at.found.related {
                sources.add(findings, at.workspace, &related.path);
            }
            for edit in at.found.fixes.iter().flat_map(|fix| &fix.edits) {
                sources.add(findings, at.workspace, &edit.path);
            }
        }
        sources
    }

    fn add(&mut self, findings: &Findings, workspace: usize, path: &Arc<str>) {
        let working_directory = &self.working_directory;
        self.files.entry((workspace, path.clone())).or_insert_with(|| {
            let findings = &findings.workspaces[workspace];
            let text = findings.analysis.text(path).ok().flatten();
            let whole = paths::tidy(&findings.root.join(&**path));
            let shown = paths::relative(&whole, working_directory).display().to_string();
            Source::new(shown, whole, text.map(|text| text.to_string()).unwrap_or_default())
        });
    }

    /// A file that a finding of that workspace names.
    pub(super) fn of(&self, workspace: usize, path: &Arc<str>) -> &Source {
        &self.files[&(workspace, path.clone())]
    }
}

impl Source {
    fn new(shown: String, whole: PathBuf, text: String) -> Source {
        let lines = std::iter::once(0).chain(text.match_indices('\n').map(|(end, _)| end + 1)).collect();
        Source { shown, whole, text, lines }
    }

    pub(super) fn position(&self, offset: usize) -> Position {
        let mut at = offset.min(self.text.len());
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        let line = self.lines.partition_point(|&start| start <= at);
        let column = self.text[self.lines[line - 1]..at].chars().count() + 1;
        Position { line, column, offset: at }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_lines_and_characters_from_one_and_bytes_from_zero() {
        let source = Source::new(String::new(), PathBuf::new(), "ab\n≥𝕏c\n".to_owned());
        let at = |offset| source.position(offset);
        assert_eq!(at(0), Position { line: 1, column: 1, offset: 0 });
        assert_eq!(at(2), Position { line: 1, column: 3, offset: 2 });
        assert_eq!(at(3), Position { line: 2, column: 1, offset: 3 });
        assert_eq!(at(10), Position { line: 2, column: 3, offset: 10 });
        assert_eq!(at(12), Position { line: 3, column: 1, offset: 12 });
        assert_eq!(at(99), Position { line: 3, column: 1, offset: 12 }, "behind the end is the end");
        assert_eq!(at(4), Position { line: 2, column: 1, offset: 3 }, "inside a character is before it");
    }
}

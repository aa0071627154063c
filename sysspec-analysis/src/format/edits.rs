//! From the formatted text to edits, line by line, so that an editor's cursor and marks stay where they are.

use std::ops::Range;

use similar::{Algorithm, DiffTag, capture_diff_slices};

/// The replacements that turn one text into the other, in order.
pub fn edits(old: &str, new: &str) -> Vec<(Range<usize>, String)> {
    if old == new {
        return Vec::new();
    }
    let (before, after): (Vec<&str>, Vec<&str>) =
        (old.split_inclusive('\n').collect(), new.split_inclusive('\n').collect());
    let starts = |lines: &[&str]| {
        let ends = lines.iter().scan(0, |at, line| {
            *at += line.len();
            Some(*at)
        });
        std::iter::once(0).chain(ends).collect::<Vec<usize>>()
    };
    let (from, to) = (starts(&before), starts(&after));
    let changes = capture_diff_slices(Algorithm::Myers, &before, &after);
    let changes = changes.into_iter().filter(|change| change.tag() != DiffTag::Equal).map(|change| {
        let (old_lines, new_lines) = (change.old_range(), change.new_range());
        (from[old_lines.start]..from[old_lines.end], new[to[new_lines.start]..to[new_lines.end]].to_owned())
    });
    changes.collect()
}

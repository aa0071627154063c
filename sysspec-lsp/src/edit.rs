//! Changes of a document, as byte edits of its text.

use std::ops::Range;

use ropey::Rope;
use tower_lsp_server::ls_types::TextDocumentContentChangeEvent;

use crate::position::{Encoding, Lines};

/// A range of bytes that is replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Edit {
    pub(crate) range: Range<usize>,
    pub(crate) replacement: String,
}

impl Edit {
    /// What a change of the protocol does to a text. A change of the whole text is narrowed to the
    /// part that differs, because what is parsed anew depends on it; `None` when nothing differs.
    pub(crate) fn new(
        text: &Rope,
        change: TextDocumentContentChangeEvent,
        encoding: Encoding,
    ) -> Option<Edit> {
        match change.range {
            Some(range) => {
                let range = Lines::new(text.clone()).byte_range(range, encoding);
                Some(Edit { range, replacement: change.text })
            }
            None => difference(text, &change.text),
        }
    }

    pub(crate) fn apply(&self, text: &mut Rope) {
        let (start, end) = (text.byte_to_char(self.range.start), text.byte_to_char(self.range.end));
        text.remove(start..end);
        text.insert(start, &self.replacement);
    }
}

/// The one edit between the common beginning and the common end of two texts.
fn difference(old: &Rope, new: &str) -> Option<Edit> {
    let shorter = old.len_bytes().min(new.len());
    let mut prefix = old.bytes().zip(new.bytes()).take_while(|(old, new)| old == new).count();
    if prefix == old.len_bytes() && prefix == new.len() {
        return None;
    }
    while !new.is_char_boundary(prefix) {
        prefix -= 1;
    }
    let old_from_end = old.bytes_at(old.len_bytes()).reversed();
    let mut suffix = old_from_end
        .zip(new.bytes().rev())
        .take(shorter - prefix)
        .take_while(|(old, new)| old == new)
        .count();
    while !new.is_char_boundary(new.len() - suffix) {
        suffix -= 1;
    }
    let replacement = new[prefix..new.len() - suffix].to_owned();
    Some(Edit { range: prefix..old.len_bytes() - suffix, replacement })
}

#[cfg(test)]
mod tests {
    use tower_lsp_server::ls_types::{self, Position};

    use super::*;

    fn replace(start: (u32, u32), end: (u32, u32), text: &str) -> TextDocumentContentChangeEvent {
        let range = ls_types::Range::new(Position::new(start.0, start.1), Position::new(end.0, end.1));
        TextDocumentContentChangeEvent { range: Some(range), range_length: None, text: text.to_owned() }
    }

    fn whole(text: &str) -> TextDocumentContentChangeEvent {
        TextDocumentContentChangeEvent { range: None, range_length: None, text: text.to_owned() }
    }

    fn apply_all(text: &str, changes: Vec<TextDocumentContentChangeEvent>) -> String {
        let mut rope = Rope::from_str(text);
        for change in changes {
            if let Some(edit) = Edit::new(&rope, change, Encoding::Utf16) {
                edit.apply(&mut rope);
            }
        }
        rope.to_string()
    }

    /// Each change of one notification is meant against the result of the one before it.
    #[test]
    fn several_changes_apply_in_order() {
        let changes = vec![
            replace((0, 0), (0, 0), "first\n"),
            replace((1, 0), (1, 3), "ONE"),
            replace((0, 5), (1, 0), ": "),
        ];
        assert_eq!(apply_all("one\ntwo\n", changes), "first: ONE\ntwo\n");
    }

    #[test]
    fn a_change_of_the_whole_text_among_others() {
        let changes = vec![replace((0, 0), (0, 3), "x"), whole("new\ntext"), replace((1, 0), (1, 4), "end")];
        assert_eq!(apply_all("old", changes), "new\nend");
    }

    #[test]
    fn changes_count_utf16_units() {
        let changes = vec![replace((0, 3), (0, 4), "c"), replace((0, 1), (0, 3), "")];
        assert_eq!(apply_all("a𝕏b\u{2060}", changes), "ac\u{2060}");
    }

    #[test]
    fn a_change_of_the_whole_text_is_narrowed_to_what_differs() {
        let edit = |old: &str, new: &str| difference(&Rope::from_str(old), new);
        let expected = |range, text: &str| Some(Edit { range, replacement: text.to_owned() });
        assert_eq!(edit("same", "same"), None);
        assert_eq!(edit("", "new"), expected(0..0, "new"));
        assert_eq!(edit("gone", ""), expected(0..4, ""));
        assert_eq!(edit("one two three", "one 2 three"), expected(4..7, "2"));
        assert_eq!(edit("aa", "aaa"), expected(2..2, "a"));
        assert_eq!(edit("aaa", "aa"), expected(2..3, ""));
    }

    /// é and è share their first byte, é and Ʃ (C3 A9, C6 A9) their last: edits do not split them.
    #[test]
    fn an_edit_never_splits_a_character() {
        for (old, new) in [("xéy", "xèy"), ("xéy", "xƩy"), ("é", "Ʃé"), ("𝕏", "𝕐")] {
            let mut rope = Rope::from_str(old);
            let edit = difference(&rope, new).unwrap();
            assert!(old.is_char_boundary(edit.range.start) && old.is_char_boundary(edit.range.end));
            edit.apply(&mut rope);
            assert_eq!(rope.to_string(), new);
        }
    }

    #[test]
    fn a_change_outside_the_text_is_put_at_its_nearest_place() {
        assert_eq!(apply_all("ab", vec![replace((7, 7), (9, 9), "c")]), "abc");
        assert_eq!(apply_all("ab", vec![replace((0, 1), (0, 0), "-")]), "a-b");
    }
}

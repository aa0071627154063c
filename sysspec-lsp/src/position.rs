//! Positions of the protocol and byte offsets of a text.

use std::ops;

use ropey::Rope;
use tower_lsp_server::ls_types::{Position, PositionEncodingKind, Range};

/// What a position's `character` counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Encoding {
    Utf8,
    /// What every client understands.
    #[default]
    Utf16,
    Utf32,
}

impl Encoding {
    /// The one to use with a client that offers these: UTF-8 when it may be, since then nothing needs counting, else
    /// what the client likes best.
    pub(crate) fn negotiate(offered: Option<&[PositionEncodingKind]>) -> Encoding {
        let offered = offered.unwrap_or_default();
        let known = [Encoding::Utf8, Encoding::Utf16, Encoding::Utf32];
        let find = |kind: &PositionEncodingKind| known.into_iter().find(|known| known.kind() == *kind);
        match offered.contains(&PositionEncodingKind::UTF8) {
            true => Encoding::Utf8,
            false => offered.iter().find_map(find).unwrap_or_default(),
        }
    }

    pub(crate) fn kind(self) -> PositionEncodingKind {
        match self {
            Encoding::Utf8 => PositionEncodingKind::UTF8,
            Encoding::Utf16 => PositionEncodingKind::UTF16,
            Encoding::Utf32 => PositionEncodingKind::UTF32,
        }
    }

    fn width(self, character: char) -> usize {
        match self {
            Encoding::Utf8 => character.len_utf8(),
            Encoding::Utf16 => character.len_utf16(),
            Encoding::Utf32 => 1,
        }
    }
}

/// A text with the starts of its lines.
///
/// A line ends at `\n`, `\r\n` or `\r`, as the protocol says; a rope's own lines also end at form feeds
/// and other separators, so they cannot be used.
pub(crate) struct Lines {
    text: Rope,
    starts: Vec<usize>,
}

impl Lines {
    pub(crate) fn new(text: Rope) -> Lines {
        let mut starts = vec![0];
        let mut offset = 0;
        let mut after_return = false;
        for chunk in text.chunks() {
            for (at, byte) in chunk.bytes().enumerate() {
                if after_return && byte != b'\n' {
                    starts.push(offset + at);
                }
                after_return = byte == b'\r';
                if byte == b'\n' {
                    starts.push(offset + at + 1);
                }
            }
            offset += chunk.len();
        }
        if after_return {
            starts.push(offset);
        }
        Lines { text, starts }
    }

    /// The byte offset of a position. A line beyond the last means the end of the text, a character
    /// beyond the end of its line or inside a character the nearest border before.
    pub(crate) fn offset(&self, position: Position, encoding: Encoding) -> usize {
        let Some(&start) = self.starts.get(position.line as usize) else { return self.text.len_bytes() };
        let wanted = position.character as usize;
        let mut offset = start;
        let mut counted = 0;
        for character in self.text.byte_slice(start..self.next_start(position.line as usize)).chars() {
            counted += encoding.width(character);
            if counted > wanted || matches!(character, '\n' | '\r') {
                break;
            }
            offset += character.len_utf8();
        }
        offset
    }

    /// The byte range of a range; one that ends before it starts is empty.
    pub(crate) fn byte_range(&self, range: Range, encoding: Encoding) -> ops::Range<usize> {
        let start = self.offset(range.start, encoding);
        start..self.offset(range.end, encoding).max(start)
    }

    /// The position of a byte offset. One beyond the text or inside a character means the nearest border before.
    pub(crate) fn position(&self, offset: usize, encoding: Encoding) -> Position {
        let offset = offset.min(self.text.len_bytes());
        let offset = self.text.char_to_byte(self.text.byte_to_char(offset));
        let line = self.starts.partition_point(|&start| start <= offset) - 1;
        let before = self.text.byte_slice(self.starts[line]..offset);
        let character: usize = before.chars().map(|character| encoding.width(character)).sum();
        Position::new(line as u32, character as u32)
    }

    pub(crate) fn range(&self, range: &ops::Range<usize>, encoding: Encoding) -> Range {
        Range::new(self.position(range.start, encoding), self.position(range.end, encoding))
    }

    fn next_start(&self, line: usize) -> usize {
        self.starts.get(line + 1).copied().unwrap_or(self.text.len_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Lines {
        Lines::new(Rope::from_str(text))
    }

    fn at(line: u32, character: u32) -> Position {
        Position::new(line, character)
    }

    /// U+1D54F needs two UTF-16 units (a surrogate pair) and four bytes in UTF-8.
    #[test]
    fn a_surrogate_pair_counts_two_in_utf16_four_in_utf8_and_one_in_utf32() {
        let text = lines("a𝕏b");
        for (encoding, after_pair) in [(Encoding::Utf16, 3), (Encoding::Utf8, 5), (Encoding::Utf32, 2)] {
            assert_eq!(text.offset(at(0, after_pair), encoding), 5);
            assert_eq!(text.position(5, encoding), at(0, after_pair));
        }
    }

    #[test]
    fn a_position_inside_a_character_means_its_start() {
        let text = lines("a𝕏b");
        assert_eq!(text.offset(at(0, 2), Encoding::Utf16), 1);
        assert_eq!(text.offset(at(0, 3), Encoding::Utf8), 1);
        assert_eq!(text.position(3, Encoding::Utf16), at(0, 1));
    }

    /// U+2060, the word joiner of one published spec: one UTF-16 unit, three bytes.
    #[test]
    fn an_invisible_word_joiner_counts_as_one_unit() {
        let text = lines("lock\u{2060}ed\nnext");
        assert_eq!(text.offset(at(0, 5), Encoding::Utf16), 7);
        assert_eq!(text.position(7, Encoding::Utf16), at(0, 5));
        assert_eq!(text.position(7, Encoding::Utf8), at(0, 7));
        assert_eq!(text.offset(at(1, 0), Encoding::Utf16), 10);
    }

    #[test]
    fn every_line_ending_of_the_protocol_ends_a_line_and_no_other() {
        let text = lines("a\nb\r\nc\rd\u{2028}e\u{0B}f\u{0C}g\u{85}h\r\n");
        let starts = [0, 2, 5, 7];
        for (line, start) in starts.into_iter().enumerate() {
            assert_eq!(text.offset(at(line as u32, 0), Encoding::Utf16), start);
        }
        assert_eq!(text.position(7 + 16, Encoding::Utf16).line, 4, "the empty line after the last break");
        assert_eq!(lines("a\r").position(2, Encoding::Utf16), at(1, 0));
    }

    #[test]
    fn what_lies_outside_is_moved_to_the_nearest_place() {
        let text = lines("ab\r\ncd");
        assert_eq!(text.offset(at(0, 99), Encoding::Utf16), 2, "the end of the line, before its break");
        assert_eq!(text.offset(at(1, 99), Encoding::Utf16), 6);
        assert_eq!(text.offset(at(99, 0), Encoding::Utf16), 6);
        assert_eq!(text.offset(at(u32::MAX, u32::MAX), Encoding::Utf8), 6);
        assert_eq!(text.position(99, Encoding::Utf16), at(1, 2));
        assert_eq!(lines("").offset(at(3, 3), Encoding::Utf16), 0);
        assert_eq!(lines("").position(0, Encoding::Utf16), at(0, 0));
        let backwards = Range::new(at(1, 1), at(0, 1));
        assert_eq!(text.byte_range(backwards, Encoding::Utf16), 5..5);
    }

    #[test]
    fn offsets_and_positions_agree_at_every_character_of_a_large_text() {
        let text = "[SPECIFICATION]\n- `x` ≥ 𝕏 \u{2060}of — “it”\r\n\r".repeat(300);
        let lines = lines(&text);
        let mut previous = ' ';
        for (offset, character) in text.char_indices() {
            for encoding in [Encoding::Utf8, Encoding::Utf16, Encoding::Utf32] {
                // Between \r and \n there is no position of the protocol.
                if !(previous == '\r' && character == '\n') {
                    assert_eq!(lines.offset(lines.position(offset, encoding), encoding), offset);
                }
            }
            previous = character;
        }
    }

    #[test]
    fn utf8_is_taken_when_offered_else_what_the_client_likes_best() {
        let (utf8, utf16, utf32) =
            (PositionEncodingKind::UTF8, PositionEncodingKind::UTF16, PositionEncodingKind::UTF32);
        let choose = |offered: &[PositionEncodingKind]| Encoding::negotiate(Some(offered));
        assert_eq!(choose(&[utf16.clone(), utf8]), Encoding::Utf8);
        assert_eq!(choose(&[utf32.clone(), utf16.clone()]), Encoding::Utf32);
        assert_eq!(choose(&[utf16, utf32]), Encoding::Utf16);
        assert_eq!(choose(&[PositionEncodingKind::new("ebcdic")]), Encoding::Utf16);
        assert_eq!(choose(&[]), Encoding::Utf16);
        assert_eq!(Encoding::negotiate(None), Encoding::Utf16);
    }
}

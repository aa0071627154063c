//! The text of a file, as salsa sees it.

use std::hash::{DefaultHasher, Hasher};

use ropey::Rope;

/// A rope that is cheap to clone and to compare.
///
/// Two texts are equal when their contents are, so an edit that is undone leaves everything
/// that was computed from the text valid.
#[derive(Clone)]
pub struct Text {
    rope: Rope,
    fingerprint: u64,
}

impl Text {
    /// Wraps a rope and takes its fingerprint.
    pub fn new(rope: Rope) -> Self {
        let mut hasher = DefaultHasher::new();
        for chunk in rope.chunks() {
            // Raw bytes only, so that the fingerprint does not depend on chunk borders.
            hasher.write(chunk.as_bytes());
        }
        Self { fingerprint: hasher.finish(), rope }
    }

    /// The contents.
    pub fn rope(&self) -> &Rope {
        &self.rope
    }

    /// The text between two byte offsets; offsets that are out of range or inside a character
    /// are moved down to the next border.
    pub fn slice(&self, range: std::ops::Range<usize>) -> String {
        let end = floor_border(&self.rope, range.end);
        let start = floor_border(&self.rope, range.start).min(end);
        self.rope.byte_slice(start..end).to_string()
    }
}

/// The nearest character border at or below `offset`.
pub fn floor_border(rope: &Rope, offset: usize) -> usize {
    let offset = offset.min(rope.len_bytes());
    rope.char_to_byte(rope.byte_to_char(offset))
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        self.fingerprint == other.fingerprint && self.rope == other.rope
    }
}

impl Eq for Text {}

impl std::fmt::Debug for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Text({:016x})", self.fingerprint)
    }
}

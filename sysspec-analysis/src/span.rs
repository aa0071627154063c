//! Ranges inside an item.

use std::ops::Range;

/// A range of bytes, counted from the start of the section that holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// Where it begins.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
}

impl Span {
    /// The range in the file of a section that begins at `offset`.
    pub fn at(self, offset: usize) -> Range<usize> {
        offset + self.start..offset + self.end
    }

    /// The range in the section's own text.
    pub fn range(self) -> Range<usize> {
        self.start..self.end
    }

    /// A span of `inner`, which is counted from the start of this one.
    pub fn nested(self, inner: &Range<usize>) -> Span {
        Span { start: self.start + inner.start, end: self.start + inner.end }
    }

    /// Whether an offset lies in it or touches its end.
    pub fn touches(self, offset: usize) -> bool {
        self.start <= offset && offset <= self.end
    }
}

impl From<Range<usize>> for Span {
    fn from(range: Range<usize>) -> Self {
        Self { start: range.start, end: range.end }
    }
}

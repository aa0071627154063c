//! The nearest spelling of a name.

/// The candidate that `word` is most likely a misspelling of. Ties go to the first in the alphabet.
pub fn nearest<'c>(word: &str, candidates: impl Iterator<Item = &'c str>) -> Option<&'c str> {
    closest(word, candidates).map(|(_, candidate)| candidate)
}

/// The same with the number of letters that differ; swapped neighbours count as one.
pub fn closest<'c>(word: &str, candidates: impl Iterator<Item = &'c str>) -> Option<(usize, &'c str)> {
    let (limit, outline) = (limit(word), Outline::new(word));
    candidates
        .filter(|candidate| *candidate != word && word.len().abs_diff(candidate.len()) <= 2 * limit)
        .filter(|candidate| outline.may_be_near(&Outline::new(candidate), limit))
        .map(|candidate| (strsim::damerau_levenshtein(word, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= limit && *distance < candidate.chars().count())
        .min()
}

/// How many letters of a word may be wrong: one of up to five, two of up to eight, and never more than three.
pub fn limit(word: &str) -> usize {
    (word.chars().count() / 3).clamp(1, 3)
}

/// The length of a word and how often it has its letters, to tell quickly that two words are not near each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outline {
    bytes: u8,
    letters: [u8; 16],
}

impl Outline {
    /// The outline of a word.
    pub fn new(word: &str) -> Self {
        let mut letters = [0_u8; 16];
        for letter in word.chars() {
            let count = &mut letters[letter as usize % 16];
            *count = count.saturating_add(1);
        }
        Self { bytes: word.len().min(255) as u8, letters }
    }

    /// Whether at most `limit` characters may differ: a wrong one is a letter too many on one side or on each.
    pub fn may_be_near(&self, other: &Self, limit: usize) -> bool {
        if self.bytes.abs_diff(other.bytes) as usize > 2 * limit {
            return false;
        }
        let pairs = self.letters.iter().zip(&other.letters);
        let (left, right) = pairs.fold((0_usize, 0_usize), |(left, right), (one, two)| {
            (left + usize::from(one.saturating_sub(*two)), right + usize::from(two.saturating_sub(*one)))
        });
        left <= limit && right <= limit
    }
}

/// A word without the invisible characters that occur in published specs.
pub fn visible(word: &str) -> String {
    word.replace(['\u{2060}', '\u{200b}', '\u{feff}'], "")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is told apart quickly is told apart by the full comparison, too.
    #[test]
    fn names_that_may_not_be_near_are_not() {
        let names =
            ["lock", "lokc", "unlock", "locate", "late", "inode_attach", "inode_atach", "naïve", "native"];
        for one in names {
            for two in names {
                let distance = strsim::damerau_levenshtein(one, two);
                for limit in distance..4 {
                    assert!(
                        Outline::new(one).may_be_near(&Outline::new(two), limit),
                        "{one}, {two}, {limit}"
                    );
                }
            }
        }
        assert!(!Outline::new("lock").may_be_near(&Outline::new("free"), 2));
    }

    #[test]
    fn the_nearest_name_is_found() {
        let near = |word| nearest(word, ["lock", "unlock", "locate", "inode_attach", "n"].into_iter());
        assert_eq!(near("lokc"), Some("lock"));
        assert_eq!(near("unlok"), Some("unlock"));
        assert_eq!(near("inode_atach"), Some("inode_attach"));
        assert_eq!(near("walk"), None);
        assert_eq!(near("m"), None, "a single letter resembles nothing");
        assert_eq!(near("lock"), None, "the word itself is no correction");
    }
}

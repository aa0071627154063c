//! The nearest spelling of a name.

/// The candidate that `word` is most likely a misspelling of. Ties go to the first in the alphabet.
pub fn nearest<'c>(word: &str, candidates: impl Iterator<Item = &'c str>) -> Option<&'c str> {
    closest(word, candidates).map(|(_, candidate)| candidate)
}

/// The same with the number of letters that differ; swapped neighbours count as one.
pub fn closest<'c>(word: &str, candidates: impl Iterator<Item = &'c str>) -> Option<(usize, &'c str)> {
    // One letter of up to five, two of up to eight, and never more than three may be wrong.
    let limit = (word.chars().count() / 3).clamp(1, 3);
    candidates
        .filter(|candidate| *candidate != word && word.len().abs_diff(candidate.len()) <= 2 * limit)
        .map(|candidate| (strsim::damerau_levenshtein(word, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= limit && *distance < candidate.chars().count())
        .min()
}

/// A word without the invisible characters that occur in published specs.
pub fn visible(word: &str) -> String {
    word.replace(['\u{2060}', '\u{200b}', '\u{feff}'], "")
}

#[cfg(test)]
mod tests {
    use super::*;

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

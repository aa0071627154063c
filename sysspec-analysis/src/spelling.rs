//! The nearest spelling of a name.

/// The candidate that `word` is most likely a misspelling of. Ties go to the first in the alphabet.
pub fn nearest<'c>(word: &str, candidates: impl Iterator<Item = &'c str>) -> Option<&'c str> {
    // A third of the letters may be wrong: one of three, two of six, and never more than three.
    let limit = (word.chars().count() / 3).clamp(1, 3);
    let distance = |candidate: &str| strsim::damerau_levenshtein(word, candidate);
    candidates
        .filter(|candidate| *candidate != word && word.len().abs_diff(candidate.len()) <= 2 * limit)
        .map(|candidate| (distance(candidate), candidate))
        .filter(|(distance, candidate)| *distance <= limit && *distance < candidate.chars().count())
        .min()
        .map(|(_, candidate)| candidate)
}

/// A word without the invisible characters that occur in published specs.
pub fn visible(word: &str) -> String {
    word.replace(['\u{2060}', '\u{200b}', '\u{feff}'], "")
}

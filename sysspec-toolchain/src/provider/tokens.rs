//! Counting tokens where a provider does not tell.

/// Longer texts are not worth the time of counting exactly what is an estimate anyway.
const LONGEST_COUNTED: usize = 256 * 1024;

/// The tokens of a text by the vocabulary of a recent model: within some ten percent for most others.
pub fn count(text: &str) -> u64 {
    let count = if text.len() > LONGEST_COUNTED {
        crate::prompt::tokens(text)
    } else {
        tiktoken_rs::o200k_base_singleton().count_ordinary(text)
    };
    u64::try_from(count).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_tokens_and_a_flood_is_counted_all_the_same() {
        assert_eq!(count("The quick brown fox jumps over the lazy dog"), 9);
        assert_eq!(count(&"x".repeat(4_000_000)), 1_000_000);
    }
}

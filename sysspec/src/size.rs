//! Amounts of data, as people write them.

use std::str::FromStr;

/// An amount in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Size(pub(crate) u64);

impl FromStr for Size {
    type Err = String;

    /// A whole number and a unit: `KiB`, `MiB`, `GiB`, `TiB` (or one letter) are powers of 1024; `kB`, `MB`, `GB`,
    /// `TB` powers of 1000; none means bytes.
    fn from_str(text: &str) -> Result<Size, String> {
        let text = text.trim();
        let end = text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len());
        let (number, unit) = (&text[..end], text[end..].trim());
        let number: u64 = number
            .parse()
            .map_err(|_| "an amount is a whole number with a unit, such as 512MiB or 8GiB".to_owned())?;
        let factor: u64 = match unit {
            "" | "B" => 1,
            "K" | "k" | "KiB" => 1 << 10,
            "M" | "MiB" => 1 << 20,
            "G" | "GiB" => 1 << 30,
            "T" | "TiB" => 1 << 40,
            "kB" | "KB" => 1_000,
            "MB" => 1_000_000,
            "GB" => 1_000_000_000,
            "TB" => 1_000_000_000_000,
            _ => return Err(format!("there is no unit {unit:?}; use KiB, MiB, GiB or TiB")),
        };
        number.checked_mul(factor).map(Size).ok_or_else(|| "that is more than can be counted".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_powers_of_1024_unless_they_say_otherwise() {
        let bytes = |text: &str| text.parse::<Size>().unwrap().0;
        assert_eq!(bytes("4096"), 4096);
        assert_eq!(bytes("6GiB"), 6_442_450_944);
        assert_eq!(bytes("8 GiB"), 8_589_934_592);
        assert_eq!(bytes("512M"), 536_870_912);
        assert_eq!(bytes("3 kB"), 3000);
    }

    #[test]
    fn what_is_no_amount_is_refused_with_an_example() {
        let refused = |text: &str| text.parse::<Size>().unwrap_err();
        assert!(refused("much").contains("512MiB"));
        assert!(refused("-1").contains("whole number"));
        assert!(refused("1.5GiB").contains(".5GiB"));
        assert!(refused("5 parsecs").contains("parsecs"));
        assert!(refused("99999999999TiB").contains("more than can be counted"));
    }
}

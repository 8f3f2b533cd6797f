//! The text of one cell as a number.

/// What the text of a cell says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Parsed {
    /// A value.
    Value(f64),
    /// A mark for a missing value.
    Missing,
    /// Neither.
    Bad,
}

/// Texts that mean a missing number: nothing, R's mark, and what NumPy and pandas print for NaN.
///
/// A NaN never enters as a value. Other marks (`null`, `-`, `?`) are refused rather than guessed.
const MISSING: [&str; 4] = ["", "NA", "NaN", "nan"];

/// Reads trimmed text as a finite number by `parse`, unless it is a mark for a missing one.
pub(crate) fn parse_with(text: &str, parse: impl Fn(&str) -> Option<f64>) -> Parsed {
    match parse(text) {
        Some(value) if value.is_finite() => Parsed::Value(value),
        _ if MISSING.contains(&text) => Parsed::Missing,
        _ => Parsed::Bad,
    }
}

/// Reads a decimal number.
pub(crate) fn parse_number(text: &str) -> Option<f64> {
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_marks_and_the_rest() {
        let cases = [
            ("1", Parsed::Value(1.0)),
            ("-0.5e-3", Parsed::Value(-0.5e-3)),
            ("+7", Parsed::Value(7.0)),
            ("", Parsed::Missing),
            ("NA", Parsed::Missing),
            ("NaN", Parsed::Missing),
            ("nan", Parsed::Missing),
            ("na", Parsed::Bad),
            ("null", Parsed::Bad),
            ("inf", Parsed::Bad),
            ("1e999", Parsed::Bad),
            ("1,5", Parsed::Bad),
            ("1 000", Parsed::Bad),
        ];
        for (text, expected) in cases {
            assert_eq!(parse_with(text, parse_number), expected, "{text:?}");
        }
    }
}

//! Numbers as text.

use crate::sample::Precision;

/// The shortest decimal that reads back as the same number; whole numbers without `.0`.
pub(crate) fn print_into(text: &mut String, value: f64, precision: Precision) {
    use std::fmt::Write as _;
    text.clear();
    let printed = match precision {
        Precision::F32 => write!(text, "{:?}", value as f32),
        Precision::F64 => write!(text, "{value:?}"),
    };
    printed.expect("a string can always be written to");
    if text.ends_with(".0") {
        text.truncate(text.len() - 2);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_exact() {
        let cases = [
            (0.1, "0.1"),
            (3.0, "3"),
            (-0.0, "-0"),
            (1e-7, "1e-7"),
            (1e300, "1e300"),
            (0.1 + 0.2, "0.30000000000000004"),
            (f64::NAN, "NaN"),
            (f64::NEG_INFINITY, "-inf"),
        ];
        let mut text = String::new();
        for (value, expected) in cases {
            print_into(&mut text, value, Precision::F64);
            assert_eq!(text, expected);
        }
        print_into(&mut text, f64::from(0.1_f32), Precision::F32);
        assert_eq!(text, "0.1");
    }
}

//! Numbers as a person reads them.

/// A count with `,` between groups of three digits.
pub(crate) fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut out = String::new();
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A count of things: `1 path`, `10,000 paths`.
pub(crate) fn counted(count: u64, thing: &str) -> String {
    format!("{} {thing}{}", grouped(count), if count == 1 { "" } else { "s" })
}

/// A number with at most `digits` significant digits and no trailing zeros.
pub(crate) fn significant(value: f64, digits: i32) -> String {
    if !value.is_finite() {
        return special(value);
    }
    if value == 0.0 {
        return "0".to_owned();
    }
    let exponent = exponent(value);
    if !(-5..15).contains(&exponent) {
        let text = format!("{:.*e}", precision(digits - 1), value);
        let (mantissa, exponent) = text.split_once('e').expect("`e` formats have an exponent");
        return format!("{}e{exponent}", trimmed(mantissa));
    }
    trimmed(&format!("{:.*}", precision(digits - 1 - exponent), value)).to_owned()
}

/// A number with a fixed count of decimals; scientific where that would be long.
pub(crate) fn fixed(value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        return special(value);
    }
    if value.abs() >= 1e15 {
        return significant(value, 6);
    }
    let text = format!("{value:.decimals$}");
    // -0.00 says nothing that 0.00 does not.
    if text.trim_start_matches('-').bytes().all(|byte| byte == b'0' || byte == b'.') {
        return text.trim_start_matches('-').to_owned();
    }
    text
}

/// How many decimals show a number of this size to `digits` significant digits.
pub(crate) fn decimals(size: f64, digits: i32) -> usize {
    if !size.is_finite() || size == 0.0 {
        return 0;
    }
    precision(digits - 1 - exponent(size)).min(17)
}

/// A duration in the unit that fits it.
pub(crate) fn duration(seconds: f64) -> String {
    if seconds < 1e-3 {
        format!("{:.0} µs", seconds * 1e6)
    } else if seconds < 1.0 {
        format!("{} ms", significant(seconds * 1e3, 2))
    } else {
        format!("{} s", significant(seconds, 3))
    }
}

/// The power of ten of the leading digit, after rounding to the digits of a `f64`.
fn exponent(value: f64) -> i32 {
    let text = format!("{value:e}");
    let (_, exponent) = text.split_once('e').expect("`e` formats have an exponent");
    exponent.parse().expect("the exponent is a number")
}

fn precision(decimals: i32) -> usize {
    usize::try_from(decimals).unwrap_or(0)
}

fn trimmed(text: &str) -> &str {
    if !text.contains('.') {
        return text;
    }
    text.trim_end_matches('0').trim_end_matches('.')
}

fn special(value: f64) -> String {
    match value {
        value if value.is_nan() => "NaN".to_owned(),
        value if value > 0.0 => "inf".to_owned(),
        _ => "-inf".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_grouped_by_three() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!([1, 1_000].map(|count| counted(count, "path")), ["1 path", "1,000 paths"]);
    }

    #[test]
    fn significant_digits_are_kept_and_zeros_are_not() {
        let shown = [452.662_190_8, 0.616_308_787, 2.0, 1e-9, 123_456_789.0, -0.25, 0.0, 6e20];
        let text = shown.map(|value| significant(value, 6));
        assert_eq!(text, ["452.662", "0.616309", "2", "1e-9", "123456789", "-0.25", "0", "6e20"]);
    }

    #[test]
    fn what_is_not_a_number_is_named() {
        assert_eq!([f64::NAN, f64::INFINITY].map(|value| significant(value, 3)), ["NaN", "inf"]);
        assert_eq!(fixed(f64::NEG_INFINITY, 2), "-inf");
    }

    #[test]
    fn zero_has_no_sign() {
        assert_eq!(fixed(-0.001, 2), "0.00");
        assert_eq!(fixed(-0.01, 2), "-0.01");
    }

    #[test]
    fn decimals_follow_the_size() {
        assert_eq!(decimals(0.571, 2), 2);
        assert_eq!(decimals(0.000_58, 2), 5);
        assert_eq!(decimals(3.4, 2), 1);
        assert_eq!(decimals(340.0, 2), 0);
    }

    #[test]
    fn durations_choose_their_unit() {
        let text = [25e-6, 0.0064, 0.84, 12.3].map(duration);
        assert_eq!(text, ["25 µs", "6.4 ms", "840 ms", "12.3 s"]);
    }
}

//! ISO dates as numbers: days since 1970-01-01, and decimal years.
//!
//! Both use the proleptic Gregorian calendar. *Source:* H. Hinnant, “chrono-Compatible Low-Level
//! Date Algorithms” (`days_from_civil`, `civil_from_days`).

/// Days since 1970-01-01 of a date written `yyyy-mm-dd`; `None` for anything else.
pub fn days_from_iso(text: &str) -> Option<f64> {
    let (year, month, day) = parse_iso(text)?;
    Some(days_from_civil(year, month, day) as f64)
}

/// The decimal year of a date written `yyyy-mm-dd`; `None` for anything else.
///
/// Midnight at the start of a day: 2021-01-01 is 2021, and each day is 1/365 or 1/366 of its year.
pub fn years_from_iso(text: &str) -> Option<f64> {
    let (year, month, day) = parse_iso(text)?;
    let start = days_from_civil(year, 1, 1);
    let length = days_from_civil(year + 1, 1, 1) - start;
    let elapsed = days_from_civil(year, month, day) - start;
    Some(year as f64 + elapsed as f64 / length as f64)
}

/// The date `yyyy-mm-dd` of a whole number of days since 1970-01-01, if it is in years 0 to 9999.
pub fn iso_from_days(days: f64) -> Option<String> {
    let in_range = (-719_528.0..2_932_897.0).contains(&days) && days.fract() == 0.0;
    in_range.then(|| {
        let (year, month, day) = civil_from_days(days as i64);
        format!("{year:04}-{month:02}-{day:02}")
    })
}

fn parse_iso(text: &str) -> Option<(i64, i64, i64)> {
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = text.as_bytes() else { return None };
    let number = |digits: &[&u8]| {
        digits.iter().try_fold(0, |sum, &&digit| {
            digit.is_ascii_digit().then(|| 10 * sum + i64::from(digit - b'0'))
        })
    };
    let (year, month, day) = (number(&[y1, y2, y3, y4])?, number(&[m1, m2])?, number(&[d1, d2])?);
    let valid = (1..=12).contains(&month) && (1..=days_in_month(year, month)).contains(&day);
    valid.then_some((year, month, day))
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    // A year begins in March here, so that the leap day is its last.
    let shifted = if month <= 2 { year - 1 } else { year };
    let era = shifted.div_euclid(400);
    let year_of_era = shifted.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_days() {
        let cases = [
            ("1970-01-01", 0.0),
            ("1969-12-31", -1.0),
            ("2000-02-29", 11_016.0),
            ("2021-03-01", 18_687.0),
            ("1861-01-01", -39_811.0),
        ];
        for (text, days) in cases {
            assert_eq!(days_from_iso(text), Some(days), "{text}");
        }
    }

    #[test]
    fn days_go_there_and_back() {
        for days in (-719_528..2_932_897).step_by(97) {
            let text = iso_from_days(days as f64).unwrap();
            assert_eq!(days_from_iso(&text), Some(days as f64), "{text}");
        }
        assert_eq!(iso_from_days(0.5), None);
        assert_eq!(iso_from_days(2_932_897.0), None);
        assert_eq!(iso_from_days(f64::NAN), None);
    }

    #[test]
    fn decimal_years() {
        assert_eq!(years_from_iso("2021-01-01"), Some(2021.0));
        assert_eq!(years_from_iso("2021-12-31"), Some(2021.0 + 364.0 / 365.0));
        assert_eq!(years_from_iso("2020-07-02"), Some(2020.5));
    }

    #[test]
    fn what_is_not_a_date() {
        for text in [
            "2021-02-29",
            "2021-13-01",
            "2021-00-10",
            "2021-1-1",
            "01/02/2021",
            "",
            "2021-03-01T00",
        ] {
            assert_eq!(days_from_iso(text), None, "{text}");
            assert_eq!(years_from_iso(text), None, "{text}");
        }
    }
}

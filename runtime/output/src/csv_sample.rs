//! A sample as CSV: `path,t,x,y[0],y[1]`, one row a path and time.

use std::io::{self, Write};

use crate::sample::{Precision, SampleArrays};

/// Writes all rows.
pub(crate) fn write(
    sample: &SampleArrays,
    precision: Precision,
    out: &mut impl Write,
) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    csv.write_field("path")?;
    csv.write_field("t")?;
    for field in &sample.fields {
        for entry in 0..field.entries() {
            csv.write_field(field.entry_name(entry))?;
        }
    }
    csv.write_record(None::<&[u8]>)?;
    let mut text = String::new();
    for path in 0..sample.paths {
        for (time, &t) in sample.times.iter().enumerate() {
            csv.write_field(path.to_string())?;
            print_into(&mut text, t, Precision::F64);
            csv.write_field(&text)?;
            for field in &sample.fields {
                for entry in 0..field.entries() {
                    let value = field.at(sample.times.len(), path, time, entry);
                    print_into(&mut text, value, precision);
                    csv.write_field(&text)?;
                }
            }
            csv.write_record(None::<&[u8]>)?;
        }
    }
    csv.flush()
}

/// The shortest decimal that reads back as the same number; whole numbers without `.0`.
fn print_into(text: &mut String, value: f64, precision: Precision) {
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

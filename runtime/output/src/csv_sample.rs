//! A sample as CSV: `path,t,x,y[0],y[1]`, one row a path and time.

use std::io::{self, Write};

use crate::number::print_into;
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

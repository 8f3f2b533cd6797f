//! Columns of numbers as CSV.

use std::path::Path;

use crate::atomic;
use crate::error::OutputError;
use crate::number::print_into;
use crate::sample::Precision;

/// Saves columns of equal length under their names. What is no number is an empty cell.
///
/// # Errors
/// When the file cannot be written.
///
/// # Panics
/// When a column is shorter than the first.
pub fn save_columns(path: impl AsRef<Path>, columns: &[(&str, &[f64])]) -> Result<(), OutputError> {
    atomic::write(path, |out| {
        let mut csv = csv::Writer::from_writer(out);
        csv.write_record(columns.iter().map(|(name, _)| name))?;
        let mut text = String::new();
        for row in 0..columns.first().map_or(0, |(_, column)| column.len()) {
            for (_, column) in columns {
                print_into(&mut text, column[row], Precision::F64);
                csv.write_field(if column[row].is_nan() { "" } else { &text })?;
            }
            csv.write_record(None::<&[u8]>)?;
        }
        csv.flush()
    })
}

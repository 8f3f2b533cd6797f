//! `--brownian FILE.csv`: increments of the noises from a file, instead of drawn ones.
//!
//! One row per step of equal length over the solve's interval, one column per noise channel in the
//! order of declaration. A grid with longer steps sums rows, in order; a grid that does not divide
//! the file is refused.

use std::path::Path;

use sdec_data::{ColumnSpec, Reading, open_csv};

use crate::{Failure, TimeGrid};

/// How far a step's end may lie from a row's, in rows.
const SLACK: f64 = 1e-6;

/// The increments of every step: `[steps, channels]`.
pub(crate) fn increments(
    path: &Path,
    grid: &TimeGrid,
    channels: usize,
) -> Result<Vec<f64>, Failure> {
    let (rows, columns) = read(path)?;
    let fail = |what: String| Failure::Environment(format!("{}: {what}", path.display()));
    if columns < channels {
        return Err(fail(format!(
            "has {columns} columns, but the model has {channels} noise channels; \
             give one column for each, in order of declaration"
        )));
    }
    let count = rows.len() / columns.max(1);
    let (Some(&first), Some(&last)) = (grid.times.first(), grid.times.last()) else {
        return Ok(Vec::new());
    };
    let end = last + grid.lengths.last().copied().unwrap_or_default();
    let row_length = (end - first) / count as f64;
    let mut sums = Vec::with_capacity(grid.times.len() * channels);
    let mut next = 0;
    for (&time, &length) in grid.times.iter().zip(&grid.lengths) {
        let until = (time + length - first) / row_length;
        let upto = until.round();
        if (until - upto).abs() > SLACK || upto as usize <= next || upto as usize > count {
            return Err(fail(format!(
                "has {count} rows over the interval from {first} to {end}, a row each {row_length}; \
                 the step of length {length} at t = {time} does not end at the end of a row; \
                 choose dt as a multiple of the row's length"
            )));
        }
        for channel in 0..channels {
            let rows = (next..upto as usize).map(|row| rows[row * columns + channel]);
            sums.push(rows.fold(0.0, |sum, dw| sum + dw));
        }
        next = upto as usize;
    }
    Ok(sums)
}

/// Row-major numbers and the number of columns. A first line of numbers is data, not a header.
fn read(path: &Path) -> Result<(Vec<f64>, usize), Failure> {
    let environment = |error: sdec_data::DataError| Failure::file_of_option(&error);
    let file = open_csv(path).map_err(environment)?;
    let headers = file.headers().to_vec();
    let line: Option<Vec<f64>> = headers.iter().map(|cell| cell.parse().ok()).collect();
    let spec = |name: &String| ColumnSpec::new(name, Reading::Numbers);
    let specs: Vec<ColumnSpec> = headers.iter().map(spec).collect();
    let table = file.read(&specs).map_err(environment)?;
    let all: Vec<usize> = (0..specs.len()).collect();
    let body = table.row_major(&all).values;
    Ok((line.unwrap_or_default().into_iter().chain(body).collect(), headers.len()))
}

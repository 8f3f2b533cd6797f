//! What the checker asks of files: names, shapes, and whether times increase.

use std::path::Path;

use sdec_check::{Cells, Disorder, Header, HeaderError, Headers, Order};
use sdec_data::{ColumnSpec, DataError, Numbers, Reading, iso_from_days, open_npz};
use sdec_hir::{ColumnFormat, DataFormat};

use super::Folder;

impl Headers for Folder {
    fn header(
        &self,
        format: DataFormat,
        file: &str,
        by: Option<&str>,
    ) -> Result<Header, HeaderError> {
        let path = self.resolve(file);
        match format {
            DataFormat::Csv | DataFormat::Parquet => table_header(format, &path, by),
            DataFormat::Npz => npz_header(&path),
        }
        .map_err(header_error)
    }

    fn cells(
        &self,
        format: DataFormat,
        file: &str,
        by: Option<&str>,
        column: &ColumnFormat,
        order: Order,
    ) -> Result<Cells, HeaderError> {
        let path = self.resolve(file);
        match format {
            DataFormat::Csv | DataFormat::Parquet => table_cells(format, &path, by, column, order),
            DataFormat::Npz => npz_cells(&path, by, column, order),
        }
        .map_err(header_error)
    }
}

fn header_error(error: DataError) -> HeaderError {
    HeaderError { message: error.to_string(), help: error.help() }
}

fn table_header(format: DataFormat, path: &Path, by: Option<&str>) -> Result<Header, DataError> {
    let columns = super::names(format, path)?;
    // A key that is no column is for the checker to say.
    let by = by.filter(|by| columns.iter().any(|column| column == by));
    let keys: Vec<ColumnSpec> =
        by.map(|key| ColumnSpec::new(key, Reading::Labels)).into_iter().collect();
    let table = super::rows(format, path, &keys)?;
    let groups = by.map(|_| table.group_by(0).len() as u64);
    Ok(Header::Csv { columns, rows: table.rows() as u64, groups })
}

fn npz_header(path: &Path) -> Result<Header, DataError> {
    let mut file = open_npz(path)?;
    let mut arrays = Vec::new();
    for name in file.names().to_vec() {
        let shape = file.shape(&name)?;
        arrays.push((name, shape.into_iter().map(|n| n as u64).collect()));
    }
    Ok(Header::Npz { arrays })
}

fn table_cells(
    format: DataFormat,
    path: &Path,
    by: Option<&str>,
    column: &ColumnFormat,
    order: Order,
) -> Result<Cells, DataError> {
    let (names, reading) = super::cells::reading(column);
    let spec = |name: &String| ColumnSpec::new(name, reading).optional();
    let mut specs: Vec<ColumnSpec> = names.iter().map(spec).collect();
    specs.extend(by.map(|key| ColumnSpec::new(key, Reading::Labels)));
    let table = super::rows(format, path, &specs)?;
    let times = table.numbers(0);
    let place = |row: usize| format!("{} {}", table.unit, table.lines[row]);
    let shown = |time: f64| match reading {
        Reading::Days => iso_from_days(time).unwrap_or_else(|| time.to_string()),
        Reading::Numbers | Reading::Years | Reading::Labels => time.to_string(),
    };
    let rows: Vec<Vec<usize>> = match by {
        None => vec![(0..table.rows()).collect()],
        Some(_) => {
            let groups = table.group_by(names.len());
            (0..groups.len()).map(|g| groups.rows[groups.range(g)].to_vec()).collect()
        }
    };
    Ok(Cells {
        missing: missing(times, place),
        disorder: disorder(times, &rows, order, place, shown),
        longest: longest(&rows),
    })
}

fn npz_cells(
    path: &Path,
    by: Option<&str>,
    column: &ColumnFormat,
    order: Order,
) -> Result<Cells, DataError> {
    let (names, _) = super::cells::reading(column);
    let mut file = open_npz(path)?;
    let array = file.array(&names[0])?;
    let inner = *array.shape.last().unwrap_or(&1);
    let rows: Vec<Vec<usize>> = match by {
        Some(by) => {
            let offsets = file.offsets(by, array.values.len())?;
            offsets.windows(2).map(|pair| (pair[0]..pair[1]).collect()).collect()
        }
        // NaN after the last of a row of events says that there are no more.
        None => (0..array.values.len() / inner.max(1))
            .map(|row| (row * inner..(row + 1) * inner).filter(|&k| !array.values[k].is_nan()))
            .map(Iterator::collect)
            .collect(),
    };
    let missing_at = array.missing();
    let numbers = Numbers { values: array.values, missing: missing_at };
    let place = |k: usize| format!("entry {k}");
    let shown = |time: f64| time.to_string();
    let disorder = disorder(&numbers, &rows, order, place, shown);
    Ok(Cells { missing: missing(&numbers, place), disorder, longest: longest(&rows) })
}

fn longest(groups: &[Vec<usize>]) -> u64 {
    groups.iter().map(|rows| rows.len() as u64).max().unwrap_or(0)
}

fn missing(numbers: &Numbers, place: impl Fn(usize) -> String) -> Option<(u64, String)> {
    numbers.missing.first().map(|&row| (numbers.missing.len() as u64, place(row)))
}

/// Where the times of some group of rows do not increase.
fn disorder(
    times: &Numbers,
    groups: &[Vec<usize>],
    order: Order,
    place: impl Fn(usize) -> String,
    shown: impl Fn(f64) -> String,
) -> Option<Disorder> {
    let (mut backward, mut repeated, mut first) = (0, 0, None);
    for rows in groups {
        for pair in rows.windows(2) {
            let (a, b) = (times.values[pair[0]], times.values[pair[1]]);
            // A time that is missing is said where it is read.
            if b > a || a.is_nan() || b.is_nan() || (a == b && order == Order::Repeating) {
                continue;
            }
            *(if a == b { &mut repeated } else { &mut backward }) += 1;
            first.get_or_insert([(pair[0], a), (pair[1], b)]);
        }
    }
    let first = first?.map(|(row, time)| (place(row), shown(time)));
    Some(Disorder { backward, repeated, first })
}

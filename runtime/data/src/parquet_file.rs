//! Parquet files: tables as in CSV, whose cells are values already.
//!
//! A column is found by its name; one of lists or of records is none. Rows count from 1. Files are read as they are, or
//! decompressed from what other programs write: snappy by PyArrow and pandas, zstd by Polars and R unless they are told
//! otherwise.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "asks for some kinds of cells; all others are treated alike"
)]

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parquet::basic::{Compression, LogicalType, TimeUnit};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;
use parquet::schema::types::Type;

use crate::date::{iso_from_days, years_from_iso};
use crate::error::{DataError, Fault, Unit};
use crate::file;
use crate::table::{ColumnReader, ColumnSpec, Reading, Table};

/// Seconds of a day.
const DAY: f64 = 86_400.0;

/// A Parquet file whose schema has been read.
pub struct ParquetFile {
    path: PathBuf,
    reader: SerializedFileReader<File>,
    headers: Vec<String>,
}

/// Opens a Parquet file and reads its schema.
///
/// # Errors
/// When the file cannot be read, is no Parquet file, or is compressed by a method that is not read.
pub fn open_parquet(path: impl AsRef<Path>) -> Result<ParquetFile, DataError> {
    let path = path.as_ref().to_owned();
    let file = file::open(&path)?;
    let reader = SerializedFileReader::new(file).map_err(|error| {
        let reason = error.to_string().to_lowercase();
        DataError::new(&path, Fault::NotParquet { reason })
    })?;
    let metadata = reader.metadata();
    let chunks = metadata.row_groups().iter().flat_map(|group| group.columns());
    for chunk in chunks {
        let codec = chunk.compression();
        let is_read = match codec {
            Compression::UNCOMPRESSED
            | Compression::SNAPPY
            | Compression::ZSTD(_)
            | Compression::GZIP(_)
            | Compression::LZ4
            | Compression::LZ4_RAW => true,
            Compression::LZO | Compression::BROTLI(_) => false,
        };
        if !is_read {
            let text = codec.to_string().to_lowercase();
            let codec = text.split('(').next().unwrap_or_default().to_owned();
            return Err(DataError::new(&path, Fault::Codec { codec }));
        }
    }
    let fields = metadata.file_metadata().schema().get_fields();
    let headers = fields.iter().map(|field| field.name().to_owned()).collect();
    Ok(ParquetFile { path, reader, headers })
}

impl ParquetFile {
    /// The names of its columns.
    pub fn headers(&self) -> &[String] {
        &self.headers
    }

    /// Reads all rows in one pass and keeps the columns asked for.
    ///
    /// # Errors
    /// At the first column that is absent or holds no single values, and the first row that does not fit.
    pub fn read(self, specs: &[ColumnSpec]) -> Result<Table, DataError> {
        let rows = self.reader.metadata().file_metadata().num_rows();
        let lines: Vec<u64> = (1..=rows.unsigned_abs()).collect();
        let columns = if lines.is_empty() { Err(Fault::NoRows) } else { self.columns(specs) };
        match columns {
            Ok(readers) => Ok(Table {
                path: self.path,
                specs: specs.to_vec(),
                columns: readers.into_iter().map(ColumnReader::finish).collect(),
                lines,
                unit: Unit::Row,
            }),
            Err(fault) => Err(DataError::new(&self.path, fault)),
        }
    }

    fn columns<'a>(&self, specs: &'a [ColumnSpec]) -> Result<Vec<ColumnReader<'a>>, Fault> {
        let schema = self.reader.metadata().file_metadata().schema();
        let fields = schema.get_fields();
        let mut wanted = Vec::new();
        for spec in specs {
            let mut found = (0..fields.len()).filter(|&k| self.headers[k] == spec.name);
            let name = spec.name.clone();
            let position = match (found.next(), found.next()) {
                (Some(position), None) => position,
                (Some(first), Some(second)) => {
                    let (first, second) = (first + 1, second + 1);
                    return Err(Fault::RepeatedColumn { name, first, second });
                }
                (None, _) => {
                    let available = self.headers.clone();
                    return Err(Fault::AbsentColumn { name, available });
                }
            };
            if !fields[position].is_primitive() {
                return Err(Fault::Nested { name: spec.name.clone() });
            }
            wanted.push(position);
        }
        let mut kept = wanted.clone();
        kept.sort_unstable();
        kept.dedup();
        let place = |position: &usize| kept.binary_search(position).unwrap_or_default();
        let mut readers: Vec<ColumnReader<'a>> = specs
            .iter()
            .zip(&wanted)
            .map(|(spec, position)| ColumnReader::new(spec, place(position), Unit::Row))
            .collect();
        if kept.is_empty() {
            return Ok(readers);
        }
        let nanos: Vec<bool> = kept.iter().map(|&k| is_in_nanoseconds(&fields[k])).collect();
        let projection = Type::group_type_builder(schema.name())
            .with_fields(kept.iter().map(|&k| Arc::clone(&fields[k])).collect())
            .build();
        let damaged = |error: parquet::errors::ParquetError| Fault::Damaged {
            reason: error.to_string().to_lowercase(),
        };
        let rows = self.reader.get_row_iter(Some(projection.map_err(damaged)?)).map_err(damaged)?;
        for (row, line) in rows.zip(1..) {
            let row = row.map_err(damaged)?;
            let cells: Vec<&Field> = row.get_column_iter().map(|(_, cell)| cell).collect();
            for reader in &mut readers {
                push(reader, cells[reader.position], nanos[reader.position], line)?;
            }
        }
        Ok(readers)
    }
}

/// A column of times in nanoseconds, which the reader of rows gives as integers.
fn is_in_nanoseconds(field: &Type) -> bool {
    match field.get_basic_info().logical_type_ref() {
        Some(LogicalType::Timestamp(time)) => matches!(time.unit, TimeUnit::NANOS),
        _ => false,
    }
}

/// Takes a cell: numbers as they are, what is measured in days by the calendar, and the rest by its text.
fn push(reader: &mut ColumnReader<'_>, cell: &Field, nanos: bool, line: u64) -> Result<(), Fault> {
    let seconds = match cell {
        Field::Long(n) if nanos => Some(*n as f64 / 1e9),
        Field::TimestampMillis(n) => Some(*n as f64 / 1e3),
        Field::TimestampMicros(n) => Some(*n as f64 / 1e6),
        Field::Date(days) => Some(f64::from(*days) * DAY),
        _ => None,
    };
    if let Some(seconds) = seconds {
        let days = seconds / DAY;
        return match reader.reading() {
            Reading::Days => reader.push_number(days, line),
            Reading::Years => match years(days) {
                Some(years) => reader.push_number(years, line),
                None => reader.push(&days.to_string(), line),
            },
            Reading::Numbers | Reading::Labels => {
                let text = iso_from_days(days.floor());
                reader.push(&text.unwrap_or_else(|| cell.to_string()), line)
            }
        };
    }
    let number = match cell {
        Field::Byte(n) => Some(f64::from(*n)),
        Field::Short(n) => Some(f64::from(*n)),
        Field::Int(n) => Some(f64::from(*n)),
        Field::UByte(n) => Some(f64::from(*n)),
        Field::UShort(n) => Some(f64::from(*n)),
        Field::UInt(n) => Some(f64::from(*n)),
        Field::Long(n) => exact(i128::from(*n)),
        Field::ULong(n) => exact(i128::from(*n)),
        Field::Float16(x) => Some(f64::from(*x)),
        Field::Float(x) => Some(f64::from(*x)),
        Field::Double(x) => Some(*x),
        _ => None,
    };
    match (number, reader.reading(), cell) {
        (Some(number), Reading::Numbers, _) => reader.push_number(number, line),
        (_, _, Field::Null) => reader.push("", line),
        (_, _, Field::Str(text)) => reader.push(text, line),
        (Some(number), Reading::Labels, _) => reader.push(&number.to_string(), line),
        _ => reader.push(&cell.to_string(), line),
    }
}

/// An integer that `f64` holds; another is said by its text.
fn exact(n: i128) -> Option<f64> {
    (n.unsigned_abs() <= 1 << 53).then_some(n as f64)
}

/// The decimal year of so many days since 1970.
fn years(days: f64) -> Option<f64> {
    let whole = days.floor();
    let [start, end] = [whole, whole + 1.0].map(|day| years_from_iso(&iso_from_days(day)?));
    let (start, end) = (start?, end?);
    Some(start + (days - whole) * (end - start))
}

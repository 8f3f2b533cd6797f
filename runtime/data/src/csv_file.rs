//! CSV files: one header line, commas, UTF-8.
//!
//! Cells may stand in double quotes; white space around a cell and a byte-order mark are ignored;
//! blank lines are skipped, except that in a one-column file a blank line between rows is refused,
//! since it may stand for a missing cell. A number is missing where its cell is empty or says `NA`,
//! `NaN` or `nan`; a label is missing where its cell is empty.

use std::path::{Path, PathBuf};

use crate::cell::parse_number;
use crate::error::{DataError, Fault, Unit};
use crate::file;
use crate::rows::Rows;
use crate::table::{ColumnReader, ColumnSpec, Numbers, Reading, Table};

/// A CSV file whose header has been read.
#[derive(Debug)]
pub struct CsvFile {
    path: PathBuf,
    headers: Vec<String>,
    rows: Rows,
}

/// Opens a CSV file and reads its header.
///
/// # Errors
/// When the file cannot be read, is empty, is not UTF-8, or its first line holds no names.
pub fn open_csv(path: impl AsRef<Path>) -> Result<CsvFile, DataError> {
    let path = path.as_ref().to_owned();
    let mut rows = Rows::new(file::open(&path)?);
    match rows.advance() {
        Err(fault) => return Err(DataError::new(&path, fault)),
        Ok(false) => return Err(DataError::new(&path, Fault::Empty)),
        Ok(true) => {}
    }
    let headers: Vec<String> = rows.record.iter().map(|name| name.trim().to_owned()).collect();
    if headers.iter().all(|name| name.is_empty() || parse_number(name).is_some()) {
        return Err(DataError::new(&path, Fault::NoHeader));
    }
    Ok(CsvFile { path, headers, rows })
}

impl CsvFile {
    /// The names of its columns. A blank name cannot be asked for.
    pub fn headers(&self) -> &[String] {
        &self.headers
    }

    /// Reads all rows in one pass and keeps the columns asked for. Linear in the file's size; only
    /// those columns are held in memory.
    ///
    /// # Errors
    /// At the first column that is absent or named twice, and the first line that does not fit.
    pub fn read(mut self, specs: &[ColumnSpec]) -> Result<Table, DataError> {
        let mut readers = Vec::with_capacity(specs.len());
        for spec in specs {
            readers.push(ColumnReader::new(spec, self.position(&spec.name)?, Unit::Line));
        }
        match self.read_rows(&mut readers) {
            Err(fault) => Err(DataError::new(&self.path, fault)),
            Ok(lines) => Ok(Table {
                path: self.path,
                specs: specs.to_vec(),
                columns: readers.into_iter().map(ColumnReader::finish).collect(),
                lines,
                unit: Unit::Line,
            }),
        }
    }

    /// Reads one column of numbers, some of which may be missing.
    ///
    /// # Errors
    /// As [`CsvFile::read`].
    pub fn column_f64(self, name: &str) -> Result<Numbers, DataError> {
        self.columns_f64(&[name])
    }

    /// Reads columns of numbers side by side, some of which may be missing; row-major, shape
    /// `[rows, names.len()]`: `from ["x", "y"]`.
    ///
    /// # Errors
    /// As [`CsvFile::read`].
    pub fn columns_f64(self, names: &[&str]) -> Result<Numbers, DataError> {
        let specs: Vec<ColumnSpec> =
            names.iter().map(|&name| ColumnSpec::new(name, Reading::Numbers).optional()).collect();
        let table = self.read(&specs)?;
        Ok(table.row_major(&(0..specs.len()).collect::<Vec<_>>()))
    }

    fn read_rows(&mut self, readers: &mut [ColumnReader]) -> Result<Vec<u64>, Fault> {
        let mut lines = Vec::new();
        let mut expected_line = self.rows.next_line();
        while self.rows.advance()? {
            let (record, line) = (&self.rows.record, self.rows.line);
            if record.len() != self.headers.len() {
                let (found, expected) = (record.len(), self.headers.len());
                return Err(Fault::RowLength { line, found, expected });
            }
            if self.headers.len() == 1 && line > expected_line {
                return Err(Fault::BlankLine { line: expected_line });
            }
            for reader in readers.iter_mut() {
                reader.push(&record[reader.position], line)?;
            }
            lines.push(line);
            expected_line = self.rows.next_line();
        }
        if lines.is_empty() { Err(Fault::NoRows) } else { Ok(lines) }
    }

    fn position(&self, name: &str) -> Result<usize, DataError> {
        let mut found =
            (0..self.headers.len()).filter(|&k| self.headers[k] == name && !name.is_empty());
        let fault = match (found.next(), found.next()) {
            (Some(position), None) => return Ok(position),
            (Some(first), Some(second)) => Fault::RepeatedColumn {
                name: name.to_owned(),
                first: first + 1,
                second: second + 1,
            },
            (None, _) => Fault::AbsentColumn {
                name: name.to_owned(),
                available: self.headers.iter().filter(|name| !name.is_empty()).cloned().collect(),
            },
        };
        Err(DataError::new(&self.path, fault))
    }
}

//! What is said of Parquet files in a build without the feature `parquet`.

use std::path::Path;

use crate::error::{DataError, Fault};
use crate::table::{ColumnSpec, Table};

/// A file that this build never opens.
pub enum ParquetFile {}

/// Says that this build reads no Parquet files.
///
/// # Errors
/// Always.
pub fn open_parquet(path: impl AsRef<Path>) -> Result<ParquetFile, DataError> {
    crate::file::open(path.as_ref())?;
    Err(DataError::new(path.as_ref(), Fault::WithoutParquet))
}

impl ParquetFile {
    /// The names of its columns.
    pub fn headers(&self) -> &[String] {
        match *self {}
    }

    /// Reads columns.
    ///
    /// # Errors
    /// Never, since there is no such file.
    pub fn read(self, _specs: &[ColumnSpec]) -> Result<Table, DataError> {
        match self {}
    }
}

//! Files of rows with named columns: CSV and Parquet.

use std::path::Path;

use sdec_data::{ColumnSpec, DataError, Table, open_csv, open_parquet};
use sdec_hir::DataFormat;

/// The names of a file's columns.
pub(super) fn names(format: DataFormat, path: &Path) -> Result<Vec<String>, DataError> {
    Ok(match format {
        DataFormat::Csv => open_csv(path)?.headers().to_vec(),
        DataFormat::Parquet => open_parquet(path)?.headers().to_vec(),
        DataFormat::Npz => unreachable!("archives have arrays"),
    })
}

/// Columns of all its rows.
pub(super) fn rows(
    format: DataFormat,
    path: &Path,
    specs: &[ColumnSpec],
) -> Result<Table, DataError> {
    match format {
        DataFormat::Csv => open_csv(path)?.read(specs),
        DataFormat::Parquet => open_parquet(path)?.read(specs),
        DataFormat::Npz => unreachable!("archives have arrays"),
    }
}

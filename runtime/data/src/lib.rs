//! Reading the files that `data` declarations name, and those of parameters.
//!
//! A CSV file is read once, front to back, into the columns that were asked for; an NPZ file is read
//! array by array. Everything numeric becomes `f64`. What a file may look like is fixed here and
//! nothing is guessed: a cell that is not what the declaration says is an error that names its line
//! and column.
//!
//! - [`open_parquet`] → [`ParquetFile`] → [`Table`], with the feature `parquet`.
//! - [`open_csv`] → [`CsvFile`] → [`Table`] of [`Column`]s, [`Groups`] of rows.
//! - [`open_npz`] → [`NpzFile`] → [`Array`]; [`read_safetensors`] → [`Array`]s by name.
//! - [`DataError`] is what went wrong, with its facts; [`DataError::help`] is what to do about it.

mod cell;
mod csv_file;
mod date;
mod error;
mod file;
mod group;
#[cfg(not(feature = "parquet"))]
mod no_parquet;
mod npy;
mod npz;
mod order;
#[cfg(feature = "parquet")]
mod parquet_file;
mod rows;
mod safetensors;
mod table;

pub use csv_file::{CsvFile, open_csv};
pub use date::{days_from_iso, iso_from_days, years_from_iso};
pub use error::{ArrayFault, Cell, Change, DataError, Fault, Unit};
pub use group::Groups;
#[cfg(not(feature = "parquet"))]
pub use no_parquet::{ParquetFile, open_parquet};
pub use npz::{Array, NpzFile, open_npz};
pub use order::{TimeOrder, time_order};
#[cfg(feature = "parquet")]
pub use parquet_file::{ParquetFile, open_parquet};
pub use safetensors::{Safetensors, read_safetensors, read_safetensors_with_notes};
pub use table::{Column, ColumnSpec, Labels, Numbers, Reading, Table};

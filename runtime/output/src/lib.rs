//! Writing results: saved samples, pictures, and files that are never left half written.
//!
//! - [`atomic::write`] puts a whole file in place or leaves things as they were.
//! - [`save_sample`] writes [`SampleArrays`] as NPZ or CSV.
//! - [`plot_sample`] draws them as SVG or PNG, [`plot_fit`] a fit.
//! - [`save_gradient`] writes a value with its derivatives.
//! - [`save_safetensors`] writes named tables, [`save_columns`] columns of numbers as CSV.
//! - [`Lock`] keeps a folder for one process.
//! - [`OutputError`] is what went wrong; [`OutputError::help`] is what to do about it.

pub mod atomic;
mod columns;
mod csv_sample;
mod error;
mod gradient;
mod lock;
mod npz_sample;
mod number;
#[cfg(feature = "parquet")]
mod parquet_sample;
mod plot;
mod safetensors;
mod sample;

pub use columns::save_columns;
pub use error::{OutputError, Refusal};
pub use gradient::{GradientArrays, Slope, can_save_gradient, save_gradient};
pub use lock::{Lock, make_folder};
pub use plot::{FitPicture, Fitting, Traced, can_plot, plot_fit, plot_sample};
pub use safetensors::{Tensor, save_safetensors};
pub use sample::{Field, Precision, SampleArrays, can_save, save_sample};

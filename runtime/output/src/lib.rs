//! Writing results: saved samples, pictures, and files that are never left half written.
//!
//! - [`atomic::write`] puts a whole file in place or leaves things as they were.
//! - [`save_sample`] writes [`SampleArrays`] as NPZ or CSV.
//! - [`plot_sample`] draws them as SVG or PNG.
//! - [`OutputError`] is what went wrong; [`OutputError::help`] is what to do about it.

pub mod atomic;
mod csv_sample;
mod error;
mod npz_sample;
mod plot;
mod sample;

pub use error::{OutputError, Refusal};
pub use plot::{can_plot, plot_sample};
pub use sample::{Field, Precision, SampleArrays, can_save, save_sample};

//! Pictures of a sample or a fit, as SVG or PNG.
//!
//! `content` reduces a sample to what one panel shows, `panel` draws it as a chart of plotters, `key`
//! explains the marks, `page` arranges all of it, `fit` does so for a fit, and `png` turns the page's SVG into pixels. Text is
//! measured and, in PNG, drawn with an embedded font, so that a machine without fonts makes the same
//! picture.

mod axis;
mod content;
mod fit;
mod geometry;
mod key;
mod page;
mod panel;
mod png;
mod spread;
mod style;
mod summary;

use std::io::Write;
use std::path::Path;

use crate::atomic;
use crate::error::{OutputError, Refusal};
use crate::sample::{SampleArrays, suffix};

pub use fit::{FitPicture, Fitting, Traced};

/// Draws a sample to an `.svg` or `.png` file, by the suffix of `path`.
///
/// Each scalar entry of the first six gets a panel: up to 50 paths, the mean over all paths, and the
/// band between their 5 % and 95 % quantiles. A sample at a single time becomes histograms. Values
/// that are not finite are left out; values far outside the band are cut off, and the page says so.
///
/// # Errors
/// When the suffix is not known or the file cannot be written.
///
/// # Panics
/// When a field lacks values for some path, time or entry.
pub fn plot_sample(
    sample: &SampleArrays,
    title: &str,
    path: impl AsRef<Path>,
) -> Result<(), OutputError> {
    sample.assert_complete();
    write(path.as_ref(), || page::draw(sample, title))
}

/// Draws a fit to an `.svg` or `.png` file, by the suffix of `path`: each of the first three series against
/// what is fitted, its residuals, and the objective step by step.
///
/// # Errors
/// When the suffix is not known or the file cannot be written.
pub fn plot_fit(
    picture: &FitPicture,
    title: &str,
    path: impl AsRef<Path>,
) -> Result<(), OutputError> {
    write(path.as_ref(), || fit::draw(picture, title))
}

fn write(path: &Path, svg: impl FnOnce() -> String) -> Result<(), OutputError> {
    match suffix(path).as_deref() {
        Some("svg") => {
            let svg = svg();
            atomic::write(path, |out| out.write_all(svg.as_bytes()))
        }
        Some("png") => {
            let png = png::render(&svg());
            atomic::write(path, |out| out.write_all(&png))
        }
        _ => Err(unknown_suffix(path)),
    }
}

/// Whether [`plot_sample`] and [`plot_fit`] can write to `path`: to be asked before a long run.
///
/// # Errors
/// When the suffix is not known or the file cannot be written.
pub fn can_plot(path: impl AsRef<Path>) -> Result<(), OutputError> {
    let path = path.as_ref();
    match suffix(path).as_deref() {
        Some("svg" | "png") => atomic::Pending::create(path).map(drop),
        _ => Err(unknown_suffix(path)),
    }
}

fn unknown_suffix(path: &Path) -> OutputError {
    OutputError::new(path, Refusal::UnknownSuffix { known: &["svg", "png"] })
}

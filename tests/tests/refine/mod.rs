//! Errors over step sizes on the same Brownian paths.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use libtest_mimic::Failed;

/// Independent Brownian paths.
pub(crate) const CHANNELS: u64 = 256;

/// Steps of the finest grid on [0, 1].
const ROWS: u64 = 1024;

/// A file of increments over [0, 1], and where each channel's path ends.
pub(crate) fn brownian(folder: &Path) -> Result<(PathBuf, Vec<f64>), Failed> {
    let key = sdec_noise::stream_key(1, "orders", 0);
    let scale = (ROWS as f64).sqrt().recip();
    let header: Vec<String> = (0..CHANNELS).map(|channel| format!("w{channel}")).collect();
    let mut text = header.join(",") + "\n";
    let mut ends = vec![0.0; header.len()];
    for row in 0..ROWS {
        for (channel, end) in (0..).zip(&mut ends) {
            let dw = scale * sdec_noise::normal_f64(key, channel, row);
            *end += dw;
            let separator = if channel + 1 < CHANNELS { "," } else { "\n" };
            write!(text, "{dw}{separator}")?;
        }
    }
    let path = folder.join("path.csv");
    fs::write(&path, text)?;
    Ok((path, ends))
}

/// The errors for each number of steps.
pub(crate) fn errors(
    steps: &[u32],
    mut error: impl FnMut(u32) -> Result<f64, Failed>,
) -> Result<Vec<(u32, f64)>, Failed> {
    steps.iter().map(|&steps| Ok((steps, error(steps)?))).collect()
}

/// The slope of errors over step sizes, doubly logarithmic.
pub(crate) fn slope(errors: &[(u32, f64)]) -> f64 {
    let logarithms = errors.iter().map(|&(steps, error)| (-f64::from(steps).ln(), error.ln()));
    let points: Vec<(f64, f64)> = logarithms.collect();
    let n = points.len() as f64;
    let mean = |f: fn(&(f64, f64)) -> f64| points.iter().map(f).sum::<f64>() / n;
    let (x, y) = (mean(|point| point.0), mean(|point| point.1));
    let covariance: f64 = points.iter().map(|point| (point.0 - x) * (point.1 - y)).sum();
    let variance: f64 = points.iter().map(|point| (point.0 - x).powi(2)).sum();
    covariance / variance
}

/// The mean distance of numbers from what they should be.
pub(crate) fn mean_error(found: &[f64], exact: &[f64]) -> f64 {
    let errors = found.iter().zip(exact).map(|(x, exact)| (x - exact).abs());
    errors.sum::<f64>() / exact.len() as f64
}

/// The order is as stated. `SHOW=1` prints it.
#[expect(clippy::print_stdout, reason = "figures for people who ask for them")]
pub(crate) fn within(slope: f64, order: f64, tolerance: f64) -> Result<(), Failed> {
    if std::env::var_os("SHOW").is_some() {
        let thread = std::thread::current();
        println!("{}: observed {slope:.3}, stated {order}", thread.name().unwrap_or("?"));
    }
    if (slope - order).abs() <= tolerance {
        Ok(())
    } else {
        Err(format!("observed order {slope:.3}, stated {order}").into())
    }
}

//! Objectives of fits: values against closed forms, gradients against differences of values.

#![allow(clippy::unwrap_used, reason = "tests")]

mod common;
mod events;
mod integrals;
mod likelihoods;
mod partial;
mod rows;
mod tied;

use std::f64::consts::PI;

use sdec_driver::{EstimateResult, Options, Part, Session};
use tempfile::TempDir;

/// A program in a folder with these files, which stays while it is in use.
fn session(program: &str, files: &[(&str, &str)], options: &Options) -> (TempDir, Session) {
    let folder = tempfile::tempdir().unwrap();
    for (file, text) in files {
        std::fs::write(folder.path().join(file), text).unwrap();
    }
    let part = Part { name: "fit.sde".to_owned(), text: program.to_owned() };
    let session = Session::of_parts(&[part], folder.path(), options).unwrap();
    assert!(!session.has_errors(), "{}", session.render(false));
    (folder, session)
}

fn grad_with(program: &str, files: &[(&str, &str)], options: &Options) -> EstimateResult {
    let (_folder, session) = session(program, files, options);
    session.grad(&mut ()).unwrap_or_else(|failure| panic!("{failure:?}"))
}

fn grad(program: &str, files: &[(&str, &str)]) -> EstimateResult {
    grad_with(program, files, &Options::default())
}

/// The gradient against differences of values, parameter by parameter, where all are numbers.
#[track_caller]
fn agrees_with_differences(program: &str, files: &[(&str, &str)], at: &[(&str, f64)]) {
    let set = |moved: &str, by: f64| {
        let value = |&(name, x): &(&str, f64)| {
            let x = if name == moved { x + by } else { x };
            (name.to_owned(), format!("{x:?}"))
        };
        Options { set: at.iter().map(value).collect(), ..Options::default() }
    };
    let found = grad_with(program, files, &set("", 0.0));
    for &(name, _) in at {
        let h = 1e-5;
        let [up, down] = [h, -h].map(|by| grad_with(program, files, &set(name, by)).value);
        let expected = (up - down) / (2.0 * h);
        let derivative = found.gradient.iter().find(|d| d.name == name).unwrap().value[0];
        let scale = 1.0_f64.max(expected.abs());
        assert!((derivative - expected).abs() < 1e-6 * scale, "{name}: {derivative}, {expected}");
    }
}

#[track_caller]
fn close(found: f64, expected: f64, tolerance: f64) {
    assert!((found - expected).abs() < tolerance, "{found} is not {expected}");
}

fn normal(mean: f64, sd: f64, x: f64) -> f64 {
    -0.5 * ((x - mean) / sd).powi(2) - sd.ln() - 0.5 * (2.0 * PI).ln()
}

//! Standard errors against closed forms, and what is said where there are none.

mod support;

use sdec_fit::{Information, Lbfgs, Optimiser, Settings, Unknown, fit};
use support::{Means, function, rosenbrock};

fn information(objective: &mut dyn sdec_fit::Objective) -> Information {
    looked_into(objective).expect("few numbers")
}

fn looked_into(objective: &mut dyn sdec_fit::Objective) -> Result<Information, Unknown> {
    let lbfgs = Optimiser::Lbfgs(Lbfgs::default());
    let settings = Settings { optimiser: lbfgs, ..Settings::default() };
    let outcome = fit(objective, &settings, None, &mut ()).expect("it has values");
    outcome.information
}

fn close(found: f64, expected: f64) -> bool {
    (found - expected).abs() <= 1e-6 * expected.abs()
}

#[test]
fn standard_errors_are_roots_of_the_inverse() {
    // The second derivatives at (1, 1) are [[802, -400], [-400, 200]].
    let found = information(&mut function(&["x", "y"], &[-1.2, 1.0], rosenbrock));
    assert!(close(found.stderr[0], 0.5_f64.sqrt()), "{found:?}");
    assert!(close(found.stderr[1], 2.005_f64.sqrt()), "{found:?}");
    assert!(found.ties.is_empty() && !found.is_saddle);
}

#[test]
fn the_mean_of_rows_has_the_error_of_a_mean() {
    let found = information(&mut Means::of(&[1.0, 2.0, 4.0, 7.0]));
    assert!(close(found.stderr[0], 0.5), "{found:?}");
}

#[test]
fn a_sum_that_alone_matters_ties_its_terms() {
    // (x + 2 y - 3)² + (z - 1)²/8
    let tied = |x: &[f64], gradient: &mut [f64]| {
        let (sum, rest) = (x[0] + 2.0 * x[1] - 3.0, x[2] - 1.0);
        gradient.copy_from_slice(&[2.0 * sum, 4.0 * sum, rest / 4.0]);
        sum * sum + rest * rest / 8.0
    };
    let found = information(&mut function(&["x", "y", "z"], &[5.0, 5.0, 5.0], tied));
    assert_eq!(found.ties.len(), 1, "{found:?}");
    let parts = &found.ties[0].parts;
    assert_eq!((parts[0].0.as_str(), parts[1].0.as_str()), ("x", "y"));
    assert!(close(parts[0].1, 1.0) && close(parts[1].1, -0.5), "{parts:?}");
    assert!(found.stderr[0].is_nan() && found.stderr[1].is_nan());
    assert!(close(found.stderr[2], 2.0), "{found:?}");
}

#[test]
fn a_number_without_effect_is_a_tie_of_its_own() {
    let idle = |x: &[f64], gradient: &mut [f64]| {
        gradient.copy_from_slice(&[x[0] - 1.0, 0.0]);
        0.5 * (x[0] - 1.0) * (x[0] - 1.0)
    };
    let found = information(&mut function(&["x", "idle"], &[5.0, 5.0], idle));
    assert_eq!(found.ties.len(), 1);
    assert_eq!(found.ties[0].parts, [("idle".to_owned(), 1.0)]);
    assert!(close(found.stderr[0], 1.0) && found.stderr[1].is_nan());
}

#[test]
fn a_saddle_is_no_minimum() {
    // x²/2 - y²/2 is flat at the origin, where the search finds nothing to do.
    let saddle = |x: &[f64], gradient: &mut [f64]| {
        gradient.copy_from_slice(&[x[0], -x[1]]);
        0.5 * (x[0] * x[0] - x[1] * x[1])
    };
    let found = information(&mut function(&["x", "y"], &[0.0, 0.0], saddle));
    assert!(found.is_saddle && found.stderr[1].is_nan(), "{found:?}");
    assert!(close(found.stderr[0], 1.0));
}

#[test]
fn numbers_of_very_different_size_are_told_apart() {
    let scaled = |x: &[f64], gradient: &mut [f64]| {
        gradient.copy_from_slice(&[1e6 * x[0], 1e-3 * x[1]]);
        0.5 * (1e6 * x[0] * x[0] + 1e-3 * x[1] * x[1])
    };
    let found = information(&mut function(&["x", "y"], &[0.0, 0.0], scaled));
    assert!(close(found.stderr[0], 1e-3) && close(found.stderr[1], 1e3_f64.sqrt()), "{found:?}");
}

#[test]
fn where_nothing_is_known_it_is_said_why() {
    let square = |x: &[f64], gradient: &mut [f64]| {
        gradient.copy_from_slice(x);
        0.5 * x.iter().map(|x| x * x).sum::<f64>()
    };
    let names = ["x"; 201];
    let many = looked_into(&mut function(&names, &[0.0; 201], square));
    assert_eq!(many.unwrap_err(), Unknown::TooMany);
    assert_eq!(looked_into(&mut function(&[], &[], square)).unwrap_err(), Unknown::Nothing);
    // Differences at the minimum reach where there is no value.
    let edge = |x: &[f64], gradient: &mut [f64]| {
        gradient[0] = x[0];
        if x[0] < 0.0 { f64::NAN } else { 0.5 * x[0] * x[0] }
    };
    let lost = looked_into(&mut function(&["x"], &[0.0], edge));
    assert_eq!(lost.unwrap_err(), Unknown::NoValue);
}

//! First and second derivatives of each special function against differences.

use sdec_ad::jvp;
use sdec_base::Special;
use sdec_ssa::{Array, NoDraws, eval, parse};

/// Arguments in the domain of the function, away from its poles.
fn places(function: Special) -> &'static [f64] {
    match function {
        Special::Expm1 | Special::Sinh | Special::Cosh => &[-3.0, -1e-3, 0.0, 0.7, 4.0],
        Special::Log1p => &[-0.9, -1e-3, 0.0, 0.7, 40.0],
        Special::Tan => &[-2.0, -0.3, 0.0, 1.2, 4.0],
        Special::Atan
        | Special::Sigmoid
        | Special::Softplus
        | Special::Silu
        | Special::NormalCdf => &[-5.0, -0.7, 0.0, 1e-3, 3.0],
        Special::NormalQuantile => &[0.01, 0.3, 0.5, 0.501, 0.97],
        Special::Lgamma | Special::Digamma | Special::Trigamma => {
            &[-3.7, -0.4, 0.3, 1.0, 1.5, 2.0, 3.9, 4.1, 9.5, 30.0]
        }
    }
}

/// Value, and derivatives up to the second, along 1.
fn derivatives(function: Special, x: f64) -> [f64; 3] {
    let text = format!("func f(v0: f64 \"x\") {{ v1: f64 = {} v0 return v1 }}", function.name());
    let func = parse(&text).unwrap_or_else(|error| panic!("{error}"));
    let first = jvp::run(&func, &[0]).expect("x is a float");
    let second = jvp::run(&first, &[0]).expect("x is a float");
    let inputs = [Array::scalar(x), Array::scalar(1.0), Array::scalar(1.0)];
    let found = eval(&second, &inputs, &mut NoDraws);
    [0, 1, 3].map(|k| found[k].as_floats()[0])
}

#[test]
fn derivatives_agree_with_differences() {
    for &function in Special::ALL {
        for &x in places(function) {
            let found = derivatives(function, x);
            let h = 2e-4 * x.abs().clamp(0.1, 1.0);
            for order in [0, 1] {
                let at = |k: f64| derivatives(function, x + k * h)[order];
                let near = (at(1.0) - at(-1.0)) / (2.0 * h);
                let far = (at(2.0) - at(-2.0)) / (4.0 * h);
                let expected = (4.0 * near - far) / 3.0;
                let (found, error) = (found[order + 1], (found[order + 1] - expected).abs());
                assert!(
                    error < 2e-7 * (1.0 + expected.abs()),
                    "derivative {} of {} at {x}: {found}, not {expected}",
                    order + 1,
                    function.name()
                );
            }
        }
    }
}

//! The DAX option at its full size: Monte Carlo agrees with Black–Scholes, and forward with backward derivatives.

use sdec_driver::{BlockResult, EstimateResult, Options, Value};
use sdec_tests::{root, run};

fn results(options: &Options) -> (EstimateResult, Vec<f64>) {
    let program = root().join("examples/dax_option/dax_option.sde");
    let mut closed = Vec::new();
    let mut estimate = None;
    for result in run(&program, options).unwrap_or_else(|message| panic!("{message}")) {
        match result {
            BlockResult::Estimate(result) => estimate = Some(result),
            BlockResult::Expression(result) => {
                let Value::Float(number) = result.value else {
                    panic!("{} is no number", result.text)
                };
                closed.push(number);
            }
            BlockResult::Fit(result) => panic!("{} is a fit", result.name),
            BlockResult::Sample(result) => panic!("{} is a sample", result.name),
        }
    }
    (estimate.expect("the program has an estimate"), closed)
}

#[test]
fn a_million_paths_agree_with_black_scholes() {
    let (call, closed) = results(&Options::default());
    assert_eq!(call.solve.paths, 1_000_000);
    let mut found = vec![(call.value, call.stderr)];
    found.extend(call.gradient.iter().map(|entry| (entry.value[0], entry.stderr[0])));
    assert_eq!((found.len(), closed.len()), (3, 3));
    for ((value, stderr), exact) in found.into_iter().zip(closed) {
        assert!(stderr > 0.0 && stderr < 0.01 * exact, "{stderr} is no standard error of {exact}");
        let distance = (value - exact).abs() / stderr;
        assert!(distance < 3.0, "{value} ± {stderr} is {distance:.1} errors from {exact}");
    }
}

#[test]
fn derivatives_forward_and_backward_agree() {
    let gradient = |mode: &str| {
        let gradient = Some(mode.to_owned());
        results(&Options { paths: Some(1_000), gradient, ..Options::default() }).0.gradient
    };
    for (backward, forward) in gradient("backprop").iter().zip(&gradient("forward")) {
        for (a, b) in backward.value.iter().zip(&forward.value) {
            assert!((a - b).abs() <= 1e-12 * b.abs(), "{}: {a} is not {b}", backward.name);
        }
    }
}

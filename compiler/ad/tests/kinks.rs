//! Derivatives where functions have kinks, poles and zeros.

use sdec_ad::{jvp, vjp};
use sdec_ssa::{Array, NoDraws, eval, parse};

/// The derivative of a scalar function of `v0`, forwards and backwards.
#[track_caller]
fn derivative(body: &str, x: f64) -> f64 {
    let text = format!("func f(v0: f64 \"x\") {{ {body} }}");
    let func = parse(&text).unwrap_or_else(|error| panic!("{error}"));
    let inputs = [Array::scalar(x), Array::scalar(1.0)];
    let [forward, backward] = [jvp::run(&func, &[0]), vjp::run(&func, &[0])]
        .map(|derived| eval(&derived.expect("x is a float"), &inputs, &mut NoDraws));
    let (forward, backward) = (forward[1].as_floats()[0], backward[1].as_floats()[0]);
    assert_eq!(forward.to_bits(), backward.to_bits(), "{forward} forwards, {backward} backwards");
    forward
}

#[track_caller]
fn check(body: &str, x: f64, expected: f64) {
    let found = derivative(body, x);
    assert!((found - expected).abs() <= 1e-15 * expected.abs(), "{found} at {x}, not {expected}");
}

#[test]
fn absolute_value() {
    for (x, expected) in [(2.0, 1.0), (-2.0, -1.0), (0.0, 0.0)] {
        check("v1: f64 = abs v0 return v1", x, expected);
    }
}

#[test]
fn flat_functions() {
    for op in ["floor", "sign", "stop_gradient"] {
        check(&format!("v1: f64 = {op} v0 return v1"), 0.7, 0.0);
    }
}

#[test]
fn roots_at_zero() {
    check("v1: f64 = sqrt v0 return v1", 4.0, 0.25);
    check("v1: f64 = sqrt v0 return v1", 0.0, 0.0);
    check("v1: f64 = mul v0, v0 v2: f64 = sqrt v1 return v2", 0.0, 0.0);
}

#[test]
fn constant_powers() {
    let power = |y: f64| format!("v1: f64 = const {y:?} v2: f64 = pow v0, v1 return v2");
    check(&power(2.0), -3.0, -6.0);
    check(&power(2.0), 0.0, 0.0);
    check(&power(1.0), 0.0, 1.0);
    check(&power(0.0), 0.0, 0.0);
    check(&power(0.0), 3.0, 0.0);
    check(&power(-1.0), 2.0, -0.25);
    check(&power(0.5), 0.0, 0.0);
    check(&power(0.5), 4.0, 0.25);
}

#[test]
fn powers_of_a_variable() {
    let exponential =
        |base: f64| format!("v1: f64 = const {base:?} v2: f64 = pow v1, v0 return v2");
    check(&exponential(2.0), 3.0, 8.0 * 2.0_f64.ln());
    check(&exponential(0.0), 3.0, 0.0);
}

#[test]
fn ties_take_the_operand_that_the_operation_gives() {
    let body = |op: &str| {
        format!("v1: f64 = const 2.0 v2: f64 = mul v0, v1 v3: f64 = {op} v0, v2 return v3")
    };
    check(&body("max"), 0.0, 2.0);
    check(&body("min"), 0.0, 2.0);
    check(&body("max"), -1.0, 1.0);
    check(&body("min"), -1.0, 2.0);
}

#[test]
fn products_with_zeros_among_the_factors() {
    let body = "v1: f64 = const 3.0 v2: f64 = const 0.0 v3: f64[3] = stack v0, v1, v2
                v4: f64[3] = stack v0, v1, v1 v5: f64 = product v3 v6: f64 = product v4
                v7: f64 = add v5, v6 return v7";
    check(body, 0.0, 9.0);
    check(body, 2.0, 9.0);
}

#[test]
fn the_first_of_several_largest() {
    let body = "v1: f64 = const 2.0 v2: f64 = mul v0, v1 v3: f64[3] = stack v0, v2, v0
                v4: f64 = largest v3 return v4";
    check(body, 0.0, 1.0);
    check(body, 1.0, 2.0);
    check(body, -1.0, 1.0);
}

#[test]
fn branches_not_taken_do_no_harm() {
    let body = "v1: f64 = const 0.0 v2: bool = gt v0, v1
                v3: f64 = if v2 { v4: f64 = log v0 v5: f64 = div v1, v0 v6: f64 = add v4, v5 yield v6 }
                else { v7: f64 = neg v0 yield v7 } return v3";
    check(body, 0.0, -1.0);
    check(body, 4.0, 0.25);
}

/// What a `select` does not take has no part in the derivative, however steep it is there.
#[test]
fn steep_operands_that_are_not_taken_do_no_harm() {
    let taken = |operand: &str| {
        format!(
            "v1: f64 = const 0.0 v2: bool = gt v0, v1 {operand}
             v20: f64 = neg v0 v21: f64 = select v2, v10, v20 return v21"
        )
    };
    let log = taken("v10: f64 = log v0");
    check(&log, 0.0, -1.0);
    check(&log, 4.0, 0.25);
    let quotient = taken("v9: f64 = const 1.0 v10: f64 = div v9, v0");
    check(&quotient, 0.0, -1.0);
    check(&quotient, 2.0, -0.25);
    let chain =
        taken("v7: f64 = exp v0 v8: f64 = const 1e308 v9: f64 = mul v7, v8 v10: f64 = log v9");
    check(&chain, -1.0, -1.0);
    check(&chain, 0.0, -1.0);
    let square = taken("v8: f64 = const inf v9: f64 = mul v8, v0 v10: f64 = mul v9, v0");
    check(&square, 0.0, -1.0);
    let root = taken("v9: f64 = sqrt v0 v10: f64 = sqrt v9");
    check(&root, 0.0, -1.0);
    check(&root, 16.0, 1.0 / 32.0);
}

#[test]
fn steep_operands_of_nested_choices() {
    let body = "v1: f64 = const 0.0 v2: f64 = log v0 v3: f64 = max v2, v1 v4: f64 = const -1.0
                v5: f64 = min v3, v4 v6: f64 = div v4, v0 v7: f64 = max v6, v1 v8: f64 = add v5, v7
                v9: f64 = add v8, v0 return v9";
    check(body, 0.0, 1.0);
    check(body, 3.0, 1.0);
    let shared = "v1: f64 = const 0.0 v2: f64 = log v0 v3: f64 = max v2, v1 v4: f64 = const -800.0
                  v5: bool = lt v2, v4 v6: f64 = select v5, v0, v2 v7: f64 = add v3, v6 return v7";
    check(shared, 0.0, 1.0);
    check(shared, 0.5, 2.0);
}

#[test]
fn steep_entries_that_are_not_taken_do_no_harm() {
    let body = "v1: f64 = const 0.0 v2: f64 = const 2.0 v3: f64[2] = stack v0, v2
                v4: f64[2] = broadcast v1 v5: f64[2] = log v3 v6: f64[1, 2] = reshape v5
                v7: f64[1, 2] = reshape v4 v8: f64[1, 2] = max v6, v7 v9: f64[2] = reshape v8
                v10: f64 = sum v9 v11: f64 = add v10, v0 return v11";
    check(body, 0.0, 1.0);
    check(body, 2.0, 1.5);
}

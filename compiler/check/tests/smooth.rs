//! The class of a value, seen by what is said of its derivatives along the paths: nothing of smooth ones, E0702 of the
//! second of those with kinks, E0704 and E0701 of the first of those that jump or are flat.

mod support;

use support::check;

/// What is said of the first, of the second and of the law's derivatives of a value by `a`: codes, or nothing.
fn said(value: &str) -> [Vec<&'static str>; 3] {
    [("[a]", "pathwise"), ("[[a, a]]", "pathwise"), ("[a, [a, a]]", "likelihood_ratio")].map(
        |(wrt, estimator)| {
            let text = format!(
                "model M\n  param a, b : Real = 1.0\n  state x : Real\n  noise W : Brownian\n  init  x = a\n  dx = -b * x dt + dW\n\n\
                 estimate e of M\n  value     = {value}\n  wrt       = {wrt}\n  solver    = euler(dt = 0.1)\n  estimator = {estimator}\n"
            );
            check("model.sde", &text).diagnostics.iter().map(|found| found.code).collect()
        },
    )
}

#[track_caller]
fn classes(values: &[(&str, [&[&str]; 3])]) {
    for (value, expected) in values {
        assert_eq!(said(value), *expected, "{value}");
    }
}

const SMOOTH: [&[&str]; 3] = [&[], &[], &[]];
const KINKED: [&[&str]; 3] = [&[], &["E0702"], &[]];
const JUMPING: [&[&str]; 3] = [&["E0704"], &["E0704"], &[]];
const FLAT: [&[&str]; 3] = [&["E0701"], &["E0704"], &[]];

#[test]
fn operations_have_their_class() {
    classes(&[
        ("exp(x(1)) * sin(a) + b", SMOOTH),
        ("softplus(x(1)) + sigmoid(a) + log1p(x(1) ^ 2)", SMOOTH),
        ("cdf(Normal(0, 1), x(1)) + cdf(Laplace(0, 1), x(1))", SMOOTH),
        ("logsumexp i. [x(1), a][i]", SMOOTH),
        ("abs(x(1))", KINKED),
        ("relu(x(1)) + exp(x(1))", KINKED),
        ("max i. [x(1), x(0.5)][i]", KINKED),
        ("sign(x(1))", JUMPING),
        ("step(x(1)) * x(1)", JUMPING),
        ("floor(x(1))", FLAT),
        ("[1.0, 2.0][argmax i. [x(1), x(0.5)][i]]", FLAT),
    ]);
}

#[test]
fn branches_that_meet_are_a_kink_and_others_a_jump() {
    classes(&[
        ("if x(1) > b then x(1) - b else 0", KINKED),
        ("if b < x(1) then exp(-b) * (x(1) - b) else 0", KINKED),
        ("if x(1) < 0 then -x(1) else x(1)", KINKED),
        ("if 2 * x(1) > b then x(1) ^ 2 else 0.5 * b * x(1)", KINKED),
        ("if x(1) > b then exp(x(1)) else exp(b)", KINKED),
        ("if x(1) < 0 then 0 else if x(1) < 1 then x(1) else 1", KINKED),
        ("if x(1) > b then 1 else 0", JUMPING),
        ("if x(1) > b then x(1) else 0", JUMPING),
        ("if x(1) > b and x(0.5) > b then x(1) - b else 0", JUMPING),
        ("if b > 0 then x(1) else x(1) ^ 2", SMOOTH),
        ("if x(1) > b then x(1) else x(1)", SMOOTH),
    ]);
}

#[test]
fn what_does_not_move_with_the_parameter_is_no_flaw() {
    classes(&[
        ("x(1) + floor(b) + abs(b)", SMOOTH),
        ("x(1) * stop_gradient(floor(x(1)))", SMOOTH),
        ("fold(3, x(1), \\_ s. s * s)", SMOOTH),
        ("fold(3, x(1), \\_ s. abs(s))", KINKED),
        ("x(1) |> abs", KINKED),
        ("grad(\\z: Float. z ^ 3)(x(1))", SMOOTH),
        ("grad(\\z: Float. abs(z) * z)(x(1))", JUMPING),
        ("smooth(abs(x(1)))", SMOOTH),
    ]);
}

#[test]
fn the_law_of_a_path_does_not_hold_what_moves_beside_it() {
    // By `a` only the start moves, which the first step forgets; written out, the parameter moves the kink or the jump itself.
    classes(&[
        ("max(x(1) - a, 0)", [&[], &["E0702"], &["E0702"]]),
        ("if x(1) > a then 1 else 0", [&["E0704"], &["E0704"], &["E0704"]]),
    ]);
}

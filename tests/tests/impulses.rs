//! Equations that events and jumps of paths move, against closed forms and steps by hand.

use std::fs;

use sdec_driver::{BlockResult, EstimateResult, Options};

const EVENTS: &str = "person,time,amount,x
A,0,100,1
A,0.7,NA,2
A,2.3,50,4
A,6,75,3
A,6,25,3
A,11,10,8
B,1,5,1
";

const DATA: &str = "data Data(person) = csv \"events.csv\" by \"person\"
  dose : person => Events(Float) from \"amount\" at \"time\"
  xs   : person => Series(Float) from \"x\" at \"time\"
  seen : person => Events from \"time\"

let xs = Data.xs[0]

";

/// The doses of person A and their times.
const DOSES: [(f64, f64); 5] = [(0.0, 100.0), (2.3, 50.0), (6.0, 75.0), (6.0, 25.0), (11.0, 10.0)];

/// What the blocks of a program beside the data give.
fn run(text: &str) -> Result<Vec<BlockResult>, String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let file = folder.path().join("model.sde");
    fs::write(&file, format!("{DATA}{text}")).map_err(|error| error.to_string())?;
    fs::write(folder.path().join("events.csv"), EVENTS).map_err(|error| error.to_string())?;
    sdec_tests::run(&file, &Options::default())
}

#[track_caller]
fn estimate(text: &str) -> EstimateResult {
    match run(text).expect("the program runs").into_iter().next_back() {
        Some(BlockResult::Estimate(estimate)) => estimate,
        _ => panic!("the program ends in an estimate"),
    }
}

#[track_caller]
fn close(found: f64, expected: f64, tolerance: f64) {
    assert!(
        (found - expected).abs() <= tolerance * expected.abs().max(1.0),
        "{found} is not {expected}"
    );
}

/// Repeated doses into one place that empties at rate `k`: a sum of exponentials, with its derivatives by `k` and `F`.
fn amount(k: f64, f: f64, t: f64) -> [f64; 3] {
    let given = DOSES.into_iter().filter(|(at, _)| *at <= t);
    given.fold([0.0; 3], |[a, by_k, by_f], (at, dose)| {
        let left = dose * (-k * (t - at)).exp();
        [a + f * left, by_k - f * left * (t - at), by_f + left]
    })
}

const ONE_PLACE: &str = "model Dosing
  param k : Positive = 0.3
  param F : Positive = 0.8
  input D : Events(Float) = Data.dose[0]
  state A : Real
  init  A = 0
  dA = -k * A dt + F * D.mark dD

estimate level of Dosing
  value  = A(TIME)
  wrt    = [k, F]
  GRADIENT
  solver = METHOD
";

#[test]
fn repeated_doses_are_a_sum_of_exponentials() {
    for time in ["0", "0.7", "2.3", "5.9", "6", "9.25", "11", "20"] {
        let expected = amount(0.3, 0.8, time.parse().unwrap());
        for (method, tolerance) in [
            ("rk4(dt = 0.01)", 3e-10),
            ("tsit5(dt = 0.05)", 3e-10),
            ("tsit5(rtol = 1e-11, atol = 1e-11)", 1e-8),
            ("heun(dt = 0.002)", 1e-6),
        ] {
            for gradient in ["gradient = backprop", "gradient = forward"] {
                let text = ONE_PLACE.replace("TIME", time).replace("METHOD", method);
                let found = estimate(&text.replace("GRADIENT", gradient));
                close(found.value, expected[0], tolerance);
                close(found.gradient[0].value[0], expected[1], 10.0 * tolerance);
                close(found.gradient[1].value[0], expected[2], tolerance);
            }
        }
    }
}

#[test]
fn a_step_ends_at_each_event_whatever_the_step() {
    // Without a drift only the events count, exactly, with a step longer than all of the time between them.
    let text = "model Sum
  input D : Events(Float) = Data.dose[0]
  input E : Events = Data.seen[0]
  state A, N, T : Real
  init  A, N, T = 0
  dA = D.mark dD
  dN = 0 dt + dE - 0.5 dD
  dT = t * D.mark dD

estimate total of Sum
  value  = A(TIME) + 1000 * N(TIME) + 1e6 * T(TIME)
  solver = euler(dt = 100)
";
    for (time, sum, events, moment) in [
        ("0", 100.0, 0.5, 0.0),
        ("2.29", 100.0, 1.5, 0.0),
        ("6", 250.0, 3.0, 715.0),
        ("10", 250.0, 3.0, 715.0),
    ] {
        let found = estimate(&text.replace("TIME", time)).value;
        close(found, sum + 1000.0 * events + 1e6 * moment, 1e-15);
    }
}

#[test]
fn impulses_of_one_time_see_the_state_before() {
    // Doses of 75 and 25 at time 6, each in proportion to what was there before both.
    let text = "model Twice
  input D : Events(Float) = Data.dose[0]
  state A : Real
  init  A = 2
  dA = A * D.mark / 100 dD

estimate twice of Twice
  value  = A(6)
  solver = euler(dt = 1)
";
    close(estimate(text).value, 2.0 * 2.0 * 1.5 * 2.0, 1e-15);
}

#[test]
fn a_path_that_is_held_moves_states_by_its_jumps() {
    // x: 1 at 0, 2 at 0.7, 4 at 2.3, 3 at 6 twice, 8 at 11.
    let text = "model Held
  param a : Real = 0.4
  input X : Path(Float) = hold(xs)
  state y, s, q : Real
  init  y, s, q = 0
  dy = -a * y dt + dX
  ds = 0 dt + dX
  dq = X(t) dX

estimate held of Held
  value  = y(9) + 100 * s(9) + 1e4 * q(9)
  wrt    = [a]
  solver = METHOD
";
    let jumps = [(0.7, 1.0), (2.3, 2.0), (6.0, -1.0)];
    let y = |a: f64| jumps.iter().map(|(at, by)| by * (-a * (9.0 - at)).exp()).sum::<f64>();
    // X(t) is right-continuous: the value after the jump.
    let q = 2.0 * 1.0 + 4.0 * 2.0 - 3.0 * 1.0;
    for (method, tolerance) in
        [("rk4(dt = 0.01)", 1e-9), ("tsit5(rtol = 1e-10, atol = 1e-10)", 1e-8)]
    {
        let found = estimate(&text.replace("METHOD", method));
        close(found.value - 100.0 * 2.0 - 1e4 * q, y(0.4), tolerance);
        let slope = (y(0.4 + 1e-5) - y(0.4 - 1e-5)) / 2e-5;
        close(found.gradient[0].value[0], slope, 1e-7);
    }
}

#[test]
fn doses_of_a_stochastic_equation_do_not_change_its_noise() {
    // A linear equation: with a dose it is what it is without, and the dose's own remainder, path by path.
    let text = "model Linear
  input D : Events(Float) = Data.dose[1]
  state x, y, d : Real
  noise W : Brownian
  init  x, y, d = 0
  dx = -x dt + dW + DOSE
  dy = -y dt + dW
  dd = -d dt + DOSE

estimate gap of Linear
  value  = abs(x(3) - y(3) - d(3))
  paths  = 32
  solver = euler(dt = 0.25)
";
    let found = estimate(&text.replace("DOSE", "D.mark dD"));
    assert!(found.value < 1e-13, "{}", found.value);
}

#[test]
fn what_a_solve_backwards_cannot_do_is_refused_at_its_place() {
    let text = ONE_PLACE.replace("TIME", "5").replace("METHOD", "heun(dt = 0.1)");
    for gradient in ["gradient = adjoint", "estimator = likelihood_ratio"] {
        let said = run(&text.replace("GRADIENT", gradient)).err().unwrap_or_default();
        assert!(said.contains("E0901") && said.contains("`dD` moves"), "{said}");
    }
}

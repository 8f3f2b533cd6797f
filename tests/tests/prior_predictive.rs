//! What a sample draws of a model's observations, against closed forms.
//!
//! Seeds are fixed. Over all seeds, each test of a law would fail one time in a million if the law were right.

use std::collections::BTreeMap;
use std::fs;

use sdec_driver::{Options, Schedule};
use sdec_tests::run;

/// Normal deviates and Kolmogorov's statistic `√n D` are above these with probability 10⁻⁶.
const DEVIATE: f64 = 4.9;
const KOLMOGOROV: f64 = 2.7;

/// The columns of the file that a sample saves, by name: `[time][path]`.
fn sample(text: &str, times: usize, options: Options) -> BTreeMap<String, Vec<Vec<f64>>> {
    let folder = tempfile::tempdir().expect("the folder can be made");
    let (file, saved) = (folder.path().join("m.sde"), folder.path().join("s.csv"));
    fs::write(&file, text).expect("the program can be written");
    run(&file, &Options { save: Some(saved.clone()), ..options }).expect("the program runs");
    let text = fs::read_to_string(saved).expect("the sample is saved");
    let mut lines = text.lines();
    let names: Vec<&str> = lines.next().expect("a heading").split(',').collect();
    let mut columns: Vec<Vec<Vec<f64>>> = vec![vec![Vec::new(); times]; names.len()];
    for (k, line) in lines.enumerate() {
        for (cell, column) in line.split(',').zip(&mut columns) {
            column[k % times].push(cell.parse().expect("a number"));
        }
    }
    names.into_iter().map(str::to_owned).zip(columns).collect()
}

/// The standard normal distribution function, by its series.
fn normal_cdf(x: f64) -> f64 {
    let (mut term, mut sum) = (x, x);
    for k in 1..200 {
        term *= x * x / f64::from(2 * k + 1);
        sum += term;
    }
    0.5 + sum * (-0.5 * x * x).exp() / (2.0 * std::f64::consts::PI).sqrt()
}

/// The greatest distance of the numbers' distribution from a normal one, times the root of how many they are.
fn kolmogorov(values: &[f64], mean: f64, sd: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let n = sorted.len() as f64;
    let distance = |(k, &x): (usize, &f64)| {
        let p = normal_cdf((x - mean) / sd);
        (p - k as f64 / n).max((k + 1) as f64 / n - p)
    };
    sorted.iter().enumerate().map(distance).fold(0.0, f64::max) * n.sqrt()
}

/// The correlation of two rows of numbers, as a standard normal deviate.
fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let n = a.len() as f64;
    let mean = |x: &[f64]| x.iter().sum::<f64>() / n;
    let (ma, mb) = (mean(a), mean(b));
    let product = |x: &[f64], mx: f64, y: &[f64], my: f64| {
        x.iter().zip(y).map(|(x, y)| (x - mx) * (y - my)).sum::<f64>()
    };
    product(a, ma, b, mb) / (product(a, ma, a, ma) * product(b, mb, b, mb)).sqrt() * n.sqrt()
}

const OU: &str = "model OU
  param s : Positive = 0.4
  state x : Real
  noise W : Brownian
  init  x ~ Normal(1, 0.5)
  dx = -2 * (x - 0.3) dt + 0.8 dW
  OBSERVE

sample OU as paths
  times  = [0, 0.5, 1]
  paths  = 20_000
  solver = euler(dt = 0.05)
";

/// Mean and variance of `x` after so many steps of Euler's method of length 0.05.
fn euler(steps: u32) -> (f64, f64) {
    (0..steps).fold((1.0, 0.25), |(m, v), _| (m - 0.1 * (m - 0.3), 0.81 * v + 0.64 * 0.05))
}

#[test]
fn a_state_seen_with_noise_has_the_sum_of_both_laws() {
    let text = OU.replace("OBSERVE", "observe y ~ Normal(2 * x, s)");
    let found = sample(&text, 3, Options::default());
    let mut errors = Vec::new();
    for (k, steps) in [0, 10, 20].into_iter().enumerate() {
        let (m, v) = euler(steps);
        let (x, y) = (&found["x"][k], &found["y"][k]);
        let distance = kolmogorov(y, 2.0 * m, (4.0 * v + 0.16).sqrt());
        assert!(distance < KOLMOGOROV, "at time {k}: {distance}");
        let error: Vec<f64> = x.iter().zip(y).map(|(x, y)| y - 2.0 * x).collect();
        assert!(kolmogorov(&error, 0.0, 0.4) < KOLMOGOROV, "at time {k}");
        assert!(correlation(&error, x).abs() < DEVIATE, "the error depends on the state");
        assert!(correlation(&error[1..], &error[..error.len() - 1]).abs() < DEVIATE, "on the path");
        errors.push(error);
    }
    for (a, b) in [(0, 1), (1, 2), (0, 2)] {
        assert!(correlation(&errors[a], &errors[b]).abs() < DEVIATE, "times {a} and {b}");
    }
}

/// Neither states nor other observations change a bit when something is observed.
#[test]
fn draws_are_those_of_their_declarations() {
    let one = "observe y ~ Normal(x, s)";
    let two =
        "observe other ~ Uniform(0, 1)\n  observe y ~ Normal(x, s)\n  observe x ~ Normal(x, s)";
    let options = || Options { paths: Some(50), ..Options::default() };
    let none = sample(&OU.replace("OBSERVE", ""), 3, options());
    let one = sample(&OU.replace("OBSERVE", one), 3, options());
    let two = sample(&OU.replace("OBSERVE", two), 3, options());
    assert_eq!(none.keys().collect::<Vec<_>>(), ["path", "t", "x"]);
    assert_eq!(two.keys().collect::<Vec<_>>(), ["other", "path", "t", "x", "x.observed", "y"]);
    assert_eq!(none["x"], one["x"]);
    assert_eq!(none["x"], two["x"]);
    assert_eq!(one["y"], two["y"]);
    assert_ne!(two["y"], two["x.observed"]);
    let seeded = Options { seed: Some(1), ..options() };
    let other = sample(&OU.replace("OBSERVE", "observe y ~ Normal(x, s)"), 3, seeded);
    assert_ne!(one["y"], other["y"]);
}

/// What is observed at a time of its own is drawn there and nowhere else; that time is kept too, and changes no state.
#[test]
fn an_observation_at_one_time_is_drawn_there() {
    let text = OU.replace(
        "OBSERVE",
        "observe y at 0.25 ~ Normal(2 * x, s)\n  observe z at t1 ~ for i: 2. Normal(x, s)",
    );
    let found = sample(&text, 4, Options::default());
    let is_seen = |name: &str, k: usize| found[name][k].iter().any(|y| !y.is_nan());
    assert_eq!([0, 1, 2, 3].map(|k| is_seen("y", k)), [false, true, false, false]);
    assert_eq!([0, 1, 2, 3].map(|k| is_seen("z[1]", k)), [false, false, false, true]);
    let (m, v) = euler(5);
    assert!(kolmogorov(&found["y"][1], 2.0 * m, (4.0 * v + 0.16).sqrt()) < KOLMOGOROV);
    let (m, v) = euler(20);
    let (x, z) = (&found["x"][3], [&found["z[0]"][3], &found["z[1]"][3]]);
    assert!(kolmogorov(z[1], m, (v + 0.16).sqrt()) < KOLMOGOROV);
    let errors = z.map(|z| x.iter().zip(z).map(|(x, z)| z - x).collect::<Vec<_>>());
    assert!(kolmogorov(&errors[0], 0.0, 0.4) < KOLMOGOROV);
    assert!(correlation(&errors[0], &errors[1]).abs() < DEVIATE);
    assert!(correlation(&errors[0], x).abs() < DEVIATE);
    let none = sample(&OU.replace("OBSERVE", ""), 3, Options::default());
    for (k, own) in [0, 2, 3].into_iter().enumerate() {
        assert_eq!(none["x"][k], found["x"][own]);
    }
}

/// Times of a sample may count from both ends.
#[test]
fn times_count_from_the_ends() {
    let times = "times  = [t0, 0.5 * t0 + 0.5 * t1, 3]\n  start = 2";
    let text = OU.replace("OBSERVE", "").replace("times  = [0, 0.5, 1]", times);
    let found = sample(&text, 3, Options { paths: Some(1), ..Options::default() });
    assert_eq!(found["t"], [[2.0], [2.5], [3.0]]);
    let times = "times  = linspace(t0, t0 + 1, 3)";
    let text = OU.replace("OBSERVE", "").replace("times  = [0, 0.5, 1]", times);
    let found = sample(&text, 3, Options { paths: Some(1), ..Options::default() });
    assert_eq!(found["t"], [[0.0], [0.5], [1.0]]);
}

/// Counts along an equation without noise: each path has its own, at each time.
#[test]
fn an_equation_without_noise_is_observed_many_times() {
    let text = "model Decay
  state x : Positive
  init  x = 8
  dx = -x dt
  observe n ~ Poisson(x)
  observe k ~ Categorical([0, log(2), log(5)])

sample Decay as counts
  times  = [0.5, 1, 2]
  paths  = 20_000
  solver = rk4(dt = 0.01)
";
    let found = sample(text, 3, Options::default());
    for (k, t) in [0.5_f64, 1.0, 2.0].into_iter().enumerate() {
        let (rate, n) = (8.0 * (-t).exp(), 20_000.0_f64);
        let mean = found["n"][k].iter().sum::<f64>() / n;
        let variance = found["n"][k].iter().map(|x| (x - rate).powi(2)).sum::<f64>() / n;
        assert!((mean - rate).abs() < DEVIATE * (rate / n).sqrt(), "{mean} at {t}");
        // The fourth central moment is rate + 3 rate².
        let spread = ((rate + 2.0 * rate * rate) / n).sqrt();
        assert!((variance - rate).abs() < DEVIATE * spread, "{variance} at {t}");
        for (class, p) in [0.125, 0.25, 0.625].into_iter().enumerate() {
            let part = found["k"][k].iter().filter(|&&k| k == class as f64).count() as f64 / n;
            assert!((part - p).abs() < DEVIATE * (p * (1.0 - p) / n).sqrt(), "{class}: {part}");
        }
    }
}

/// Nothing is observed of a path that has stopped.
#[test]
fn a_path_that_stopped_is_not_observed() {
    let text = "model Stops
  state z : Positive
  noise W : Brownian
  init  z = 0.5
  dz = dW
  observe n ~ Uniform(0, 1)

sample Stops as stopping
  times  = [0, 0.5, 1]
  paths  = 200
  solver = euler(dt = 0.125)
";
    let found = sample(text, 3, Options::default());
    let mut stopped = 0;
    for (z, n) in found["z"].iter().flatten().zip(found["n"].iter().flatten()) {
        assert_eq!(z.is_nan(), n.is_nan());
        stopped += u32::from(z.is_nan());
    }
    assert!((50..350).contains(&stopped), "{stopped}");
}

/// A path has the same bits alone and among others, whatever runs it.
#[test]
fn one_path_is_the_first_of_many() {
    let text =
        OU.replace("OBSERVE", "observe y ~ for i: 3. Normal(x, s)\n  observe n ~ Poisson(exp(x))");
    for single in [false, true] {
        let options = |paths| Options { paths: Some(paths), single, ..Options::default() };
        let (one, many) = (sample(&text, 3, options(1)), sample(&text, 3, options(40)));
        assert_eq!(one.len(), 7);
        for (name, values) in &one {
            for (alone, among) in values.iter().zip(&many[name]) {
                assert_eq!(alone[0].to_bits(), among[0].to_bits(), "{name}, single: {single}");
            }
        }
        let scheduled = Options { schedule: Some(Schedule::Axis), ..options(1) };
        assert_eq!(one, sample(&text, 3, scheduled));
    }
}

/// Where a path that chooses its steps ends early, nothing is observed after that.
#[test]
fn a_path_that_blows_up_is_observed_up_to_there() {
    let text = "model Blows
  state x : Real
  init  x ~ Uniform(0.3, 1.5)
  dx = x ^ 2 dt
  observe n ~ Uniform(0, 1)

sample Blows as blowing
  times  = [0.1, 1]
  paths  = 50
  solver = tsit5(rtol = 1e-8, attempts = 400)
";
    let found = sample(text, 2, Options::default());
    assert!(found["n"][0].iter().all(|n| (0.0..=1.0).contains(n)));
    let ended = found["x"][1].iter().filter(|x| x.is_nan()).count();
    assert!((1..50).contains(&ended), "{ended}");
    for (x, n) in found["x"][1].iter().zip(&found["n"][1]) {
        assert_eq!(x.is_nan(), n.is_nan());
    }
}

/// Laws may read the ends of time, lets that follow the path, and data.
#[test]
fn a_law_reads_what_equations_read() {
    let text = "let scale = 0.001

model Reads
  param a : 2 => Float = [1, 2]
  input b : Float = 3
  state x : Real
  init  x = 5
  let   total = x + t + t0 + t1
  dx = 0 * x dt
  observe y ~ Normal(total + a[1] + b, scale)

sample Reads as reading
  start  = 1
  times  = [1, 2, 4]
  paths  = 16
  solver = rk4(dt = 0.5)
";
    let found = sample(text, 3, Options::default());
    for (k, t) in [1.0, 2.0, 4.0].into_iter().enumerate() {
        for y in &found["y"][k] {
            assert!((y - (5.0 + t + 1.0 + 4.0 + 2.0 + 3.0)).abs() < 0.006, "{y} at {t}");
        }
    }
}

/// Columns of a file have names of their own.
#[test]
fn an_observation_of_any_name_has_a_column_of_its_own() {
    let text = "model Names
  state x : { observed : Real }
  init  x = { observed = 1 }
  dx = -1 * x dt
  observe t ~ Normal(x.observed, 1)
  observe path ~ Normal(x.observed, 1)
  observe y ~ Normal(x.observed, 1)

sample Names as named
  times  = [1]
  paths  = 4
  solver = rk4(dt = 0.5)
";
    let names = ["path", "path.observed", "t", "t.observed", "x.observed", "y"];
    let found = sample(text, 1, Options::default());
    assert_eq!(found.keys().collect::<Vec<_>>(), names);
}

//! Paths that a value draws, against closed forms, against the same paths drawn otherwise, and against differences.

use sdec_driver::{BlockResult, EstimateResult, Options};
use sdec_tests::{estimate, run};

/// An estimate is a number, up to five standard errors: wrong one time in two million.
#[track_caller]
fn is_near(text: &str, expected: f64) {
    let found = estimate(text);
    assert!(found.stderr > 0.0, "nothing is random");
    let off = (found.value - expected) / found.stderr;
    assert!(off.abs() < 5.0, "{} ± {} is not {expected}", found.value, found.stderr);
}

/// Values, errors and derivatives are the same but for rounding.
#[track_caller]
fn same(one: &str, other: &str) {
    let [one, other] = [one, other].map(estimate);
    let close =
        |a: f64, b: f64| assert!((a - b).abs() <= 1e-11 * a.abs().max(1.0), "{a} is not {b}");
    close(one.value, other.value);
    close(one.stderr, other.stderr);
    assert_eq!(one.gradient.len(), other.gradient.len());
    for (a, b) in one.gradient.iter().zip(&other.gradient) {
        a.value.iter().zip(&b.value).for_each(|(&a, &b)| close(a, b));
    }
}

const STOCK: &str = "model Stock
  input S0 : Positive = 100.0
  param σ  : Positive = 0.2
  state S : Positive
  noise W : Brownian
  init  S = S0
  dS = σ * S dW

estimate v of Stock
  value =
    VALUE
  wrt    = [S0]
  paths  = 40_000
  solver = euler(dt = 0.25, coords = log)
";

/// Margrabe (1978): the right to exchange one asset for an independent one.
#[test]
fn an_exchange_of_two_assets() {
    let text = STOCK.replace(
        "VALUE",
        "let p ~ Stock(S0 = 95, σ = 0.3)
    max(S(1) - p.S(1), 0)",
    );
    // 100 Φ(d + δ/2) − 95 Φ(d − δ/2), δ² = 0.2² + 0.3², d = log(100 / 95) / δ
    is_near(&text, 16.588226024);
    let found = estimate(&text);
    let delta = 0.626478016;
    let (slope, error) = (found.gradient[0].value[0], found.gradient[0].stderr[0]);
    assert!((slope - delta).abs() < 5.0 * error, "{slope} ± {error} is not {delta}");
}

/// A path that begins where another one ended: the average over inner paths is the value then, so that its average is
/// the value of what is due after both.
#[test]
fn paths_go_on_from_where_one_ended() {
    let text = STOCK.replace("paths  = 40_000", "paths  = 10_000").replace(
        "VALUE",
        "let ps : 8 => Stock ~ Stock(S0 = S(1), σ = 0.3)
    mean i. max(ps[i].S(0.5) - 105, 0)",
    );
    // The same formula of 100 and 105, δ² = 0.2² + 0.3² / 2.
    is_near(&text, 9.544503816);
}

/// What each path of a table is given is its own: the sum of second moments of lognormal numbers.
#[test]
fn each_path_of_a_table_is_given_its_own() {
    let text = STOCK.replace(
        "VALUE",
        "let spots = [100.0, 90.0, 110.0]
    let vols = [0.2, 0.3, 0.1]
    let ps ~ for i. Stock(S0 = 0.01 * S0 * spots[i], σ = vols[i])
    sum i. (ps[i].S(1) / 100) ^ 2",
    );
    let second = |spot: f64, vol: f64| spot * spot * (vol * vol).exp();
    is_near(&text, second(1.0, 0.2) + second(0.9, 0.3) + second(1.1, 0.1));
}

const WALKS: &str = "model OU
  param θ : Positive = 1.0
  param s : Positive = 0.5
  state x : Real
  noise W : Brownian
  init  x = 1.0
  dx = -θ * x dt + s dW

estimate v of OU
  value =
    VALUE
  wrt    = [s]
  paths  = 20_000
  solver = euler(dt = 0.125)
";

/// The variance of an Ornstein–Uhlenbeck process as Euler's method has it.
fn variance(steps: i32) -> f64 {
    let (h, a) = (0.125, 0.875_f64);
    0.25 * h * (1.0 - a.powi(2 * steps)) / (1.0 - a * a)
}

#[test]
fn paths_are_independent_of_the_own_one_and_of_each_other() {
    let pairs = [
        "let p ~ OU\n    let q ~ OU\n    0.5 * (p.x(1) - q.x(1)) ^ 2",
        "let p ~ OU\n    0.5 * (p.x(1) - x(1)) ^ 2",
        // a name that is drawn again
        "let p ~ OU\n    let a = p.x(1)\n    let p ~ OU\n    0.5 * (p.x(1) - a) ^ 2",
    ];
    for pair in pairs {
        is_near(&WALKS.replace("VALUE", pair), variance(8));
    }
    let mean = 0.875_f64.powi(8);
    let product = "let p ~ OU\n    let q ~ OU\n    p.x(1) * q.x(1)";
    is_near(&WALKS.replace("VALUE", product), mean * mean);
    let own = "let p ~ OU\n    p.x(1) * x(1)";
    is_near(&WALKS.replace("VALUE", own), mean * mean);
}

#[test]
fn paths_of_a_table_are_independent() {
    let variance_of_table = "let ps : 6 => OU ~ OU
    let m = mean i. ps[i].x(0.5)
    (sum i. (ps[i].x(0.5) - m) ^ 2) / 5 + 0 * x(1)";
    is_near(&WALKS.replace("VALUE", variance_of_table), variance(4));
    let tables =
        "let ps : 3 => OU ~ OU\n    let qs : 3 => OU ~ OU\n    mean i j. ps[i].x(1) * qs[j].x(1)";
    is_near(&WALKS.replace("VALUE", tables), 0.875_f64.powi(16));
}

/// `E‖X − Y‖ − ½ E‖X − X'‖ − ½ E‖Y − Y'‖` of normal numbers, without bias.
#[test]
fn energy_distance_of_two_models() {
    let text = WALKS.replace(
        "VALUE",
        "let ps : 4 => OU ~ OU
    let qs : 4 => OU ~ OU(s = 1.0)
    let apart = mean i j. abs(ps[i].x(1) - qs[j].x(1))
    let within = sum i j. abs(ps[i].x(1) - ps[j].x(1)) + abs(qs[i].x(1) - qs[j].x(1))
    apart - within / 24",
    );
    let (v, w) = (variance(8), 4.0 * variance(8));
    let mean = |variance: f64| (2.0 * variance / std::f64::consts::PI).sqrt();
    is_near(&text, mean(v + w) - 0.5 * mean(2.0 * v) - 0.5 * mean(2.0 * w));
}

/// What a table of one path draws is what a path draws, whatever the method makes of the noise.
#[test]
fn a_table_of_one_path_is_that_path() {
    let models = [
        // additive, of several entries, from a law
        (
            "input c : Positive = 1.0\n  state x : 3 => Real\n  noise W : 2 => Brownian\n  init x ~ Normal(c, 0.3)\n  let A : 3 => 2 => Float = [[1, 0], [0.5, 1], [0, c]]\n  dx = (-x) dt + A dW",
            "sum i. P.x(1)[i] ^ 3",
            "euler(dt = 0.25)",
        ),
        // diagonal, by a method that takes slopes
        (
            "input c : Positive = 1.0\n  state x, y : Positive\n  noise W, B : Brownian\n  init x = c\n  init y = 1 + x(t0)\n  dx = -x dt + 0.2 * c * x dW\n  dy = x dt + 0.1 * y dB",
            "P.x(1) * P.y(0.5)",
            "milstein(dt = 0.25)",
        ),
        // commutative, converted
        (
            "input c : Positive = 1.0\n  state x, y : Real\n  noise W : Brownian\n  init x, y = c\n  let r = sin(x) + t\n  dx = -r dt + cos(y) dW\n  dy = x dt + 0.1 * x dW",
            "P.x(1) * P.y(1)",
            "heun(dt = 0.25)",
        ),
        // general, of another sense
        (
            "input c : Positive = 1.0\n  state x : { a : Real, b : 2 => Real }\n  noise W, B : Stratonovich\n  init x = { a = c, b = ones }\n  dx = { a = -x.b[0], b = x.b } dt + { a = x.b[1], b = 0 * x.b } dW + { a = x.a, b = c * x.b } dB",
            "P.x(1).a * P.x(0.5).b[1]",
            "euler(dt = 0.25)",
        ),
        // in logarithms, of noise that is not one to one
        (
            "input c : Positive = 1.0\n  state x : 2 => Positive\n  noise W : 2 => Brownian\n  init x = for i. c\n  let g : 2 => 2 => Float = for i j. 0.2 * x[i]\n  dx = 0.1 * x dt + g dW",
            "sum i. P.x(1)[i]",
            "euler(dt = 0.25, coords = log)",
        ),
        // a table of noises of records, and none
        (
            "input c : Positive = 1.0\n  state x : Real\n  init x ~ Gamma(2, c)\n  dx = -x dt",
            "P.x(1) ^ 2 + P.x(0)",
            "rk4(dt = 0.25)",
        ),
    ];
    for (clauses, value, solver) in models {
        let text = |draw: &str, path: &str| {
            let value = value.replace('P', path);
            format!(
                "model M\n  {clauses}\n\nestimate v of M\n  value =\n    {draw}\n    {value}\n  wrt    = [c]\n  paths  = 50\n  solver = {solver}\n"
            )
        };
        same(
            &text("let p ~ M(c = 1.5 * c)", "p"),
            &text("let p : 1 => M ~ M(c = 1.5 * c)", "p[0]"),
        );
        same(
            &text("let p ~ M(c = 1.5 * c)", "p"),
            &text("let p ~ for i: 1. M(c = (1.5 + float(ordinal(i))) * c)", "p[0]"),
        );
    }
}

const SLOPES: &str = "model Rate
  input K : Positive
  param θ : Positive = 1.0
  param s : Positive
  input m : Real = 2 * K
  state x : Real
  noise W : Brownian
  init  x ~ Normal(m, s)
  dx = θ * (m - x) dt + s * x dW

model Own
  input k, c : Positive = 0.5
  state y : Real
  noise B : Brownian
  init  y = 1.0
  dy = -c * y dt + 0.2 * k dB

estimate v of Own
  value =
    let u ~ Normal(k, 0.1)
    let p ~ Rate(K = u * y(0.5), s = 0.5 * c)
    let ps : 3 => Rate ~ Rate(m = p.x(0.25), s = c, K = 1.0)
    y(1) * (sum i. ps[i].x(1) ^ 2) + p.x(1)
  wrt      = [k, c]
  paths    = 40
  gradient = backprop
  solver   = euler(dt = 0.125)
";

#[test]
fn derivatives_are_those_of_differences() {
    let found = estimate(SLOPES);
    let forward = estimate(&SLOPES.replace("backprop", "forward"));
    assert_eq!(found.gradient.len(), 2);
    for (entry, other) in found.gradient.iter().zip(&forward.gradient) {
        let (a, b) = (entry.value[0], other.value[0]);
        assert!((a - b).abs() < 1e-10 * a.abs().max(1.0), "{a} is not {b}");
        let at = |by: f64| {
            let moved = vec![(entry.name.clone(), format!("{:?}", 0.5 + by))];
            let options = Options { set: moved, ..Options::default() };
            with(SLOPES, &options).expect("the program runs").value
        };
        let difference = (at(1e-5) - at(-1e-5)) / 2e-5;
        let name = &entry.name;
        assert!((a - difference).abs() < 1e-7 * a.abs().max(1.0), "{name}: {a}, {difference}");
    }
}

/// What `sdec run` with these options gives of the only estimate of a program.
fn with(text: &str, options: &Options) -> Result<EstimateResult, String> {
    let folder = tempfile::tempdir().expect("the folder can be made");
    let file = folder.path().join("m.sde");
    std::fs::write(&file, text).expect("the program can be written");
    match &run(&file, options)?[..] {
        [BlockResult::Estimate(result)] => Ok(result.clone()),
        others => panic!("{} blocks ran", others.len()),
    }
}

/// What follows from an input is made anew for a path that is given another; a file of parameters counts for drawn
/// models, too.
#[test]
fn what_follows_from_an_input_follows() {
    let text = "model M
  input a : Real = 2.0
  input b : Real = 3 * a
  param c : Real = 1 + b
  state x : Real
  init  x = a + 10 * b + 100 * c
  dx = 0 * x dt

model Own
  state y : Real
  init  y = 1.0
  dy = 0 * y dt

estimate v of Own
  value =
    let p ~ M(a = 4 * y(1))
    let q ~ M(b = 0.0, c = 0.5)
    let r ~ M
    p.x(1) + 10_000 * q.x(1) + r.x(1)
  paths  = 1
  solver = rk4(dt = 1)
";
    let [p, q, r] = [4.0 + 120.0 + 1300.0, 2.0 + 50.0, 2.0 + 60.0 + 700.0];
    assert_eq!(estimate(text).value, p + 10_000.0 * q + r);
}

/// A path that is drawn stops as others do, whichever of a table it is.
#[test]
fn a_drawn_path_that_leaves_its_support_stops() {
    let text = "model Down
  input a : Positive = 1.0
  state x : Positive
  init  x = a
  dx = -1 dt

model Own
  state y : Positive
  init  y = 1.0
  dy = 0 * y dt

estimate v of Own
  value =
    let ps : 2 => Down ~ Down(a = A)
    y(2) + ps[1].x(1)
  paths  = 1
  solver = rk4(dt = 0.25)
";
    // What comes after the last time that is read of a path is not looked at.
    assert_eq!(estimate(&text.replace("a = A", "a = 1.5")).value, 1.5);
    let stopped = with(&text.replace("a = A", "a = 0.625"), &Options::default()).unwrap_err();
    assert!(stopped.contains("t = 0.75"), "{stopped}");
}

/// Estimates after a fit draw paths with the parameters that it found, also where the model is not theirs.
#[test]
fn drawn_paths_have_what_a_fit_found() {
    let text = "data Seen(row) = csv \"seen.csv\"
  t : row => Time
  x : row => Float

model Decay
  param k : Positive = 0.1
  state y : Real
  init  y = 1.0
  dy = -k * y dt
  observe x ~ Normal(y, 0.1)

model Own
  state z : Real
  init  z = 1.0
  dz = 0 * z dt

fit Decay to Seen
  start     = 0
  optimizer = lbfgs
  solver    = rk4(dt = 0.25)

estimate own of Decay
  value  = y(1)
  solver = rk4(dt = 0.25)

estimate drawn of Own
  value =
    let p ~ Decay
    z(1) * p.y(1)
  solver = rk4(dt = 0.25)
";
    let folder = tempfile::tempdir().expect("the folder can be made");
    let file = folder.path().join("m.sde");
    std::fs::write(&file, text).expect("the program can be written");
    let seen = "t,x\n0.5,0.7\n1.0,0.5\n2.0,0.2\n";
    std::fs::write(folder.path().join("seen.csv"), seen).expect("the data can be written");
    let options = Options { out: Some(folder.path().join("fit")), ..Options::default() };
    let results = run(&file, &options).expect("the program runs");
    let values = results.iter().filter_map(|result| match result {
        BlockResult::Estimate(result) => Some(result.value),
        BlockResult::Sample(_) | BlockResult::Fit(_) | BlockResult::Expression(_) => None,
    });
    let [own, drawn] = values.collect::<Vec<_>>()[..] else { panic!("two estimates ran") };
    assert!((0.4..0.6).contains(&own), "{own}");
    assert_eq!(own, drawn);
}

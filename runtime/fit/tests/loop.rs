//! What the loop does with rows, starts, and places without a value.

mod support;

use sdec_fit::{
    Ending, Fault, Lbfgs, Objective, Optimiser, Outcome, Report, Settings, Trouble, Watch, fit,
};
use support::{Means, function, rosenbrock};

fn sgd(lr: f64) -> Optimiser {
    Optimiser::Sgd { lr, momentum: 0.0, nesterov: false }
}

fn lbfgs() -> Settings {
    Settings { optimiser: Optimiser::Lbfgs(Lbfgs::default()), ..Settings::default() }
}

fn run(objective: &mut dyn Objective, settings: &Settings) -> Outcome {
    fit(objective, settings, None, &mut ()).expect("it has values")
}

#[test]
fn lbfgs_finds_a_minimum() {
    let mut start = [-1.2, 1.0].repeat(10);
    let names: Vec<String> = (0..20).map(|k| format!("x{k}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    start[3] = 0.5;
    let outcome = run(&mut function(&names, &start, rosenbrock), &lbfgs());
    assert_eq!(outcome.best.ending, Ending::Converged);
    assert!(outcome.values.iter().all(|x| (x - 1.0).abs() < 1e-6), "{:?}", outcome.values);
    assert!(outcome.best.steps < 200, "{}", outcome.best.steps);
}

#[test]
fn a_search_goes_back_from_where_there_is_no_value() {
    // x - log x, whose first trial is beyond 0.
    let barrier = |x: &[f64], gradient: &mut [f64]| {
        gradient[0] = 1.0 - 1.0 / x[0];
        if x[0] > 0.0 { x[0] - x[0].ln() } else { f64::NAN }
    };
    let settings =
        Settings { optimiser: Optimiser::Lbfgs(Lbfgs { lr: 8.0, ..Lbfgs::default() }), ..lbfgs() };
    let outcome = run(&mut function(&["x"], &[5.0], barrier), &settings);
    assert_eq!(outcome.best.ending, Ending::Converged);
    assert!((outcome.values[0] - 1.0).abs() < 1e-7, "{:?}", outcome.values);
    assert!(outcome.troubles > 0);
    assert_eq!(outcome.reports[0].what, "the objective is NaN");
}

#[test]
fn a_start_without_a_value_ends_the_start() {
    let nowhere = |_: &[f64], gradient: &mut [f64]| {
        gradient.fill(0.0);
        f64::INFINITY
    };
    for settings in [lbfgs(), Settings::default()] {
        let outcome = run(&mut function(&["x"], &[5.0], nowhere), &settings);
        assert_eq!(outcome.best.ending, Ending::Failed);
        assert!(outcome.best.objective.is_nan());
        assert_eq!(outcome.values, [5.0]);
    }
}

/// `x²/2` with values above a threshold only.
fn cliff(x: &[f64], gradient: &mut [f64]) -> f64 {
    gradient[0] = x[0];
    if x[0] > 1.0 { 0.5 * x[0] * x[0] } else { f64::NAN }
}

#[test]
fn a_step_that_leads_nowhere_is_halved_and_reported() {
    #[derive(Default)]
    struct Listener(Vec<Report>);
    impl Watch for Listener {
        fn troubled(&mut self, report: &Report) {
            self.0.push(report.clone());
        }
    }
    let mut listener = Listener::default();
    let settings = Settings { optimiser: sgd(0.9), steps: 5, ..Settings::default() };
    let mut objective = function(&["x"], &[4.0], cliff);
    let outcome = fit(&mut objective, &settings, None, &mut listener).expect("it has values");
    // 4 → 0.4, which has no value → 2.2 → 0.22 → 1.21 → 0.121: the last step ends without a value.
    assert_eq!(listener.0.iter().map(|report| report.step).collect::<Vec<_>>(), [1, 3, 5]);
    assert_eq!(outcome.trace.iter().filter(|row| row.objective.is_nan()).count(), 2);
    assert_eq!(outcome.best.ending, Ending::Steps);
    assert!((outcome.values[0] - 1.21).abs() < 1e-12, "the last place with a value: {outcome:?}");
}

#[test]
fn too_many_steps_without_a_value_end_the_fit_where_it_had_one() {
    let mut calls = 0;
    let once = move |x: &[f64], gradient: &mut [f64]| {
        calls += 1;
        gradient[0] = x[0];
        if calls == 1 || x[0] == 3.0 { 4.5 } else { f64::NAN }
    };
    let settings = Settings { optimiser: sgd(0.1), ..Settings::default() };
    let outcome = run(&mut function(&["x"], &[3.0], once), &settings);
    assert_eq!(outcome.best.ending, Ending::Failed);
    assert_eq!((outcome.best.steps, outcome.troubles), (9, 8));
    assert_eq!(outcome.values, [3.0]);
}

#[test]
fn trouble_names_path_time_and_values() {
    let values = vec![("x".to_owned(), -0.5), ("y".to_owned(), 1e300)];
    let why = "the drift is inf".to_owned();
    let trouble = Trouble { path: Some(3), time: Some(0.25), values, why };
    let text = "the drift is inf on path 3 at t = 0.25, with x = -0.5, y = 1e300";
    assert_eq!(trouble.to_string(), text);
}

#[test]
fn rows_are_learnt_from_in_batches() {
    let rows: Vec<f64> = (0..40).map(f64::from).collect();
    let settings = Settings {
        optimiser: sgd(0.002),
        steps: 2_000,
        batch: Some(7),
        schedule: sdec_fit::Schedule::Cosine { end: 0.0 },
        ..Settings::default()
    };
    let outcome = run(&mut Means::of(&rows), &settings);
    assert!((outcome.values[0] - 19.5).abs() < 0.1, "{:?}", outcome.values);
}

#[test]
fn the_best_of_the_held_out_rows_is_kept() {
    // Held-out rows are few and their mean is another: going on to the others' mean makes them worse.
    let rows: Vec<f64> = (0..20).map(|k| if k % 2 == 0 { 0.0 } else { 10.0 }).collect();
    let settings = Settings {
        optimiser: sgd(0.001),
        steps: 3_000,
        holdout: 0.15,
        patience: Some(50),
        seed: 1,
        ..Settings::default()
    };
    let outcome = run(&mut Means::of(&rows), &settings);
    let best = outcome.trace.iter().map(|row| row.held_out).fold(f64::INFINITY, f64::min);
    assert_eq!(outcome.best.held_out, best);
    assert_eq!(outcome.best.ending, Ending::Patience);
    let last = outcome.trace.last().expect("it made steps");
    assert!(last.held_out > best, "{last:?}");
}

/// A mean that notes whose gradients and whose values it was asked for.
struct Noting {
    means: Means,
    derived: Vec<usize>,
    valued: Vec<usize>,
}

impl Objective for Noting {
    fn parameters(&self) -> &[sdec_fit::Parameter] {
        self.means.parameters()
    }

    fn rows(&self) -> usize {
        self.means.rows()
    }

    fn start(&mut self, number: u64) -> Result<Vec<f64>, Fault> {
        self.means.start(number)
    }

    fn evaluate(
        &mut self,
        at: &[f64],
        batch: &sdec_fit::Batch<'_>,
        gradient: &mut [f64],
    ) -> Result<f64, Fault> {
        self.derived.extend(batch.rows);
        self.means.evaluate(at, batch, gradient)
    }

    fn value(&mut self, at: &[f64], batch: &sdec_fit::Batch<'_>) -> Result<f64, Fault> {
        self.valued.extend(batch.rows);
        self.means.value(at, batch)
    }

    fn constrain(&mut self, at: &[f64]) -> Result<Vec<f64>, Fault> {
        self.means.constrain(at)
    }
}

#[test]
fn gradients_of_held_out_rows_are_not_asked_for() {
    let rows: Vec<f64> = (0..20).map(f64::from).collect();
    let settings =
        Settings { optimiser: sgd(0.01), steps: 30, holdout: 0.2, ..Settings::default() };
    let mut noting = Noting { means: Means::of(&rows), derived: Vec::new(), valued: Vec::new() };
    let outcome = run(&mut noting, &settings);
    let plain = run(&mut Means::of(&rows), &settings);
    let values = |found: &Outcome| found.trace.iter().map(|row| row.held_out).collect::<Vec<f64>>();
    assert_eq!(values(&outcome), values(&plain));
    assert_eq!(outcome.best, plain.best);
    let held: std::collections::BTreeSet<usize> = noting.valued.iter().copied().collect();
    assert_eq!(held.len(), 4);
    assert!(noting.derived.iter().all(|row| !held.contains(row)), "{held:?}");
}

#[test]
fn long_gradients_are_shortened() {
    let steep = |x: &[f64], gradient: &mut [f64]| {
        gradient.copy_from_slice(&[300.0 * x[0], 400.0 * x[1]]);
        150.0 * x[0] * x[0] + 200.0 * x[1] * x[1]
    };
    let settings =
        Settings { optimiser: sgd(0.1), steps: 1, clip: Some(1.0), ..Settings::default() };
    let outcome = run(&mut function(&["x", "y"], &[1.0, 1.0], steep), &settings);
    assert!((outcome.values[0] - 0.94).abs() < 1e-15 && (outcome.values[1] - 0.92).abs() < 1e-15);
    assert_eq!(outcome.trace[0].gradient_norm, 500.0);
}

#[test]
fn the_best_start_is_kept() {
    // Two wells, the deeper one at 2.
    let wells = |x: &[f64], gradient: &mut [f64]| {
        let x = x[0];
        gradient[0] = x * (x + 1.0) * (x - 2.0);
        x.powi(4) / 4.0 - x.powi(3) / 3.0 - x * x
    };
    let mut objective = function(&["x"], &[-1.5], wells);
    let alone = run(&mut objective, &lbfgs());
    assert!((alone.values[0] + 1.0).abs() < 1e-7, "{:?}", alone.values);
    let outcome = run(&mut objective, &Settings { starts: 6, ..lbfgs() });
    assert!((outcome.values[0] - 2.0).abs() < 1e-7, "{:?}", outcome.values);
    assert_eq!(outcome.runs.len(), 6);
    assert_eq!(outcome.runs[0].at, alone.best.at);
}

#[test]
fn what_is_no_matter_of_the_place_ends_the_fit() {
    struct Broken;
    impl Objective for Broken {
        fn parameters(&self) -> &[sdec_fit::Parameter] {
            &[]
        }
        fn rows(&self) -> usize {
            1
        }
        fn start(&mut self, _number: u64) -> Result<Vec<f64>, Fault> {
            Ok(vec![0.0])
        }
        fn evaluate(
            &mut self,
            _at: &[f64],
            _batch: &sdec_fit::Batch<'_>,
            _gradient: &mut [f64],
        ) -> Result<f64, Fault> {
            Err(Fault::Environment("no memory".to_owned()))
        }
        fn constrain(&mut self, _: &[f64]) -> Result<Vec<f64>, Fault> {
            Ok(Vec::new())
        }
    }
    for settings in [lbfgs(), Settings::default()] {
        let fault = fit(&mut Broken, &settings, None, &mut ()).expect_err("no memory");
        assert_eq!(fault, Fault::Environment("no memory".to_owned()));
    }
}

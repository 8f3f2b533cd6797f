//! Tsitouras' pair with the controller of the compiler's solves, written once more: which steps it takes, and the
//! derivative through those steps by a complex step.

use std::ops::{Add, Mul, Sub};

/// A complex number whose imaginary part is a derivative times [`STEP`].
#[derive(Clone, Copy)]
pub(crate) struct Complex(pub(crate) f64, f64);

const STEP: f64 = 1e-100;

impl Add for Complex {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0, self.1 + other.1)
    }
}

impl Sub for Complex {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0, self.1 - other.1)
    }
}

impl Mul for Complex {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        Self(self.0 * other.0 - self.1 * other.1, self.0 * other.1 + self.1 * other.0)
    }
}

/// A drift of parameters and state.
pub(crate) type Drift = fn(&[Complex], &[Complex]) -> Vec<Complex>;

/// Rows of the tableau, the last of which is the step, and the weights of the error.
const A: [&[f64]; 6] = [
    &[0.161],
    &[-0.008_480_655_492_356_989, 0.335_480_655_492_357],
    &[2.897_153_057_105_493_5, -6.359_448_489_975_075, 4.362_295_432_869_581_5],
    &[
        5.325_864_828_439_257,
        -11.748_883_564_062_828,
        7.495_539_342_889_836_5,
        -0.092_495_066_361_755_25,
    ],
    &[
        5.861_455_442_946_42,
        -12.920_969_317_847_11,
        8.159_367_898_576_159,
        -0.071_584_973_281_401,
        -0.028_269_050_394_068_383,
    ],
    &[
        0.096_460_766_818_065_23,
        0.01,
        0.479_889_650_414_499_6,
        1.379_008_574_103_742,
        -3.290_069_515_436_081,
        2.324_710_524_099_774,
    ],
];
const ERROR: [f64; 7] = [
    -0.001_780_011_052_225_777,
    -0.000_816_434_459_656_746_9,
    0.007_880_878_010_261_995,
    -0.144_711_007_173_262_9,
    0.582_357_165_452_555_2,
    -0.458_082_105_929_186_97,
    1.0 / 66.0,
];

fn real(x: f64) -> Complex {
    Complex(x, 0.0)
}

/// The state after a step of length `h`, and the estimate of its error.
fn step(f: Drift, p: &[Complex], y: &[Complex], h: f64) -> (Vec<Complex>, Vec<f64>) {
    let along = |weights: &[f64], slopes: &[Vec<Complex>], k: usize| {
        weights.iter().zip(slopes).fold(real(0.0), |sum, (&a, slope)| sum + real(a * h) * slope[k])
    };
    let mut slopes = vec![f(p, y)];
    let mut next = y.to_vec();
    for row in A {
        next = (0..y.len()).map(|k| y[k] + along(row, &slopes, k)).collect();
        slopes.push(f(p, &next));
    }
    let error = (0..y.len()).map(|k| along(&ERROR, &slopes, k).0).collect();
    (next, error)
}

/// The lengths of the accepted steps from time 0 to `end`, and how many attempts were rejected.
pub(crate) fn steps(
    f: Drift,
    p: &[f64],
    mut y: Vec<f64>,
    end: f64,
    [rtol, atol, first]: [f64; 3],
) -> (Vec<f64>, usize) {
    let complex = |x: &[f64]| -> Vec<Complex> { x.iter().map(|&x| real(x)).collect() };
    let p = complex(p);
    let (mut t, mut h, mut logs, mut most) = (0.0, first, [0.0; 2], 10.0_f64);
    let (mut lengths, mut rejected) = (Vec::new(), 0);
    loop {
        let lands = end - t <= h * (1.0 + 1e-6);
        let length = if lands { end - t } else { h };
        let (next, error) = step(f, &p, &complex(&y), length);
        let ratio = |k: usize| error[k] / (atol + rtol * y[k].abs().max(next[k].0.abs()));
        let squares: f64 = (0..y.len()).map(|k| ratio(k).powi(2)).sum();
        let norm = (squares / y.len() as f64).sqrt();
        let accepted = norm <= 1.0;
        let log = norm.max(1e-10).ln();
        let exponent = match accepted {
            true => (-0.49 * log + 0.34 * logs[0] - 0.10 * logs[1]) / 5.0,
            false => -log / 5.0,
        };
        let factor = if norm.is_finite() { 0.9 * exponent.exp() } else { 0.2 };
        h = length * factor.max(0.2).min(if accepted { most } else { 0.9 });
        most = if accepted { 10.0 } else { 1.0 };
        if accepted {
            y = next.iter().map(|x| x.0).collect();
            lengths.push(length);
            if lands {
                return (lengths, rejected);
            }
            t += length;
            logs = [log, logs[0]];
        } else {
            rejected += 1;
        }
    }
}

/// The first entry of the state after these steps, and its derivative by parameter `by`.
pub(crate) fn through(f: Drift, p: &[f64], y: &[f64], lengths: &[f64], by: usize) -> (f64, f64) {
    let moved = |(k, &x): (usize, &f64)| Complex(x, if k == by { STEP } else { 0.0 });
    let p: Vec<Complex> = p.iter().enumerate().map(moved).collect();
    let mut y: Vec<Complex> = y.iter().map(|&x| real(x)).collect();
    for &h in lengths {
        y = step(f, &p, &y, h).0;
    }
    (y[0].0, y[0].1 / STEP)
}

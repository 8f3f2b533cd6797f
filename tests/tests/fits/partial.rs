//! States of which some were seen at a time and others not: against the density of everything that was seen,
//! as one normal vector.

use sdec_driver::{BackendChoice, Options};

use super::{agrees_with_differences, close, grad, grad_with};

type Matrix = [[f64; 2]; 2];

const EYE: Matrix = [[1.0, 0.0], [0.0, 1.0]];

fn product(a: &Matrix, b: &Matrix) -> Matrix {
    let entry = |i: usize, j: usize| (0..2).map(|k| a[i][k] * b[k][j]).sum();
    [0, 1].map(|i| [0, 1].map(|j| entry(i, j)))
}

fn transposed(a: &Matrix) -> Matrix {
    [0, 1].map(|i| [0, 1].map(|j| a[j][i]))
}

fn sum(a: &Matrix, b: &Matrix, factor: f64) -> Matrix {
    [0, 1].map(|i| [0, 1].map(|j| a[i][j] + factor * b[i][j]))
}

fn times(a: &Matrix, x: [f64; 2]) -> [f64; 2] {
    [0, 1].map(|i| a[i][0] * x[0] + a[i][1] * x[1])
}

/// exp(h A) by its series.
fn exponential(a: &Matrix, h: f64) -> Matrix {
    let (mut term, mut all) = (EYE, EYE);
    for k in 1..60 {
        term = sum(&[[0.0; 2]; 2], &product(&term, a), h / f64::from(k));
        all = sum(&all, &term, 1.0);
    }
    all
}

/// One step of a linear chain: `x ← F x + b` plus noise of covariance S.
struct Step {
    growth: Matrix,
    shift: [f64; 2],
    noise: Matrix,
}

/// dx = (A x + b) dt with noise of covariance Q in a unit of time, over h, by Simpson's rule.
fn exact(a: &Matrix, b: [f64; 2], q: &Matrix, h: f64) -> Step {
    const PARTS: u32 = 400;
    let (mut shift, mut noise) = ([0.0; 2], [[0.0; 2]; 2]);
    for k in 0..=PARTS {
        let weight = match k {
            0 | PARTS => 1.0,
            k if k % 2 == 1 => 4.0,
            _ => 2.0,
        };
        let weight = weight * h / (3.0 * f64::from(PARTS));
        let e = exponential(a, h * f64::from(k) / f64::from(PARTS));
        let moved = times(&e, b);
        shift = [0, 1].map(|i| shift[i] + weight * moved[i]);
        noise = sum(&noise, &product(&product(&e, q), &transposed(&e)), weight);
    }
    Step { growth: exponential(a, h), shift, noise }
}

/// A time after the first, and what was seen then.
type Line = (f64, [Option<f64>; 2]);

/// The log density of all numbers that were seen, of a chain from a law of its start with mean and covariance.
fn dense(
    start: ([f64; 2], Matrix),
    first: [Option<f64>; 2],
    from: f64,
    lines: &[Line],
    step: impl Fn(f64, f64) -> Step,
) -> f64 {
    // Mean and covariance of the state at each time, and the covariances with all before.
    let mut means = vec![start.0];
    let mut covariances: Vec<Vec<Matrix>> = vec![vec![start.1]];
    let mut time = from;
    for &(next, _) in lines {
        let Step { growth, shift, noise } = step(time, next - time);
        let mean = times(&growth, means[means.len() - 1]);
        means.push([0, 1].map(|i| mean[i] + shift[i]));
        let last = covariances[covariances.len() - 1].clone();
        let mut row: Vec<Matrix> = last.iter().map(|with| product(&growth, with)).collect();
        let own = product(&row[row.len() - 1], &transposed(&growth));
        row.push(sum(&own, &noise, 1.0));
        covariances.push(row);
        time = next;
    }
    let (mut places, mut residuals) = (Vec::new(), Vec::new());
    for (k, seen) in std::iter::once(&first).chain(lines.iter().map(|(_, seen)| seen)).enumerate() {
        for i in 0..2 {
            if let Some(y) = seen[i] {
                places.push((k, i));
                residuals.push(y - means[k][i]);
            }
        }
    }
    let covariance = |a: (usize, usize), b: (usize, usize)| {
        let ((k, i), (l, j)) = if a.0 >= b.0 { (a, b) } else { (b, a) };
        covariances[k][l][i][j]
    };
    let n = places.len();
    let mut factor = vec![vec![0.0; n]; n];
    let mut log = 0.0;
    let mut white: Vec<f64> = Vec::new();
    for i in 0..n {
        for j in 0..=i {
            let rest: f64 = (0..j).map(|k| factor[i][k] * factor[j][k]).sum();
            let entry = covariance(places[i], places[j]) - rest;
            factor[i][j] = if i == j { entry.sqrt() } else { entry / factor[j][j] };
        }
        let rest: f64 = (0..i).map(|k| factor[i][k] * white[k]).sum();
        white.push((residuals[i] - rest) / factor[i][i]);
        log += -0.5 * white[i] * white[i] - (factor[i][i] * std::f64::consts::TAU.sqrt()).ln();
    }
    log
}

fn cell(x: Option<f64>) -> String {
    x.map(|x| x.to_string()).unwrap_or_default()
}

/// The lines of a file.
fn file(first: (f64, [Option<f64>; 2]), lines: &[Line]) -> String {
    let line = |(t, [a, b]): &Line| format!("{t},{},{}\n", cell(*a), cell(*b));
    let lines: String = std::iter::once(&first).chain(lines).map(line).collect();
    format!("t,a,b\n{lines}")
}

const OSCILLATOR: &str = "
data D(k) = csv \"d.csv\"
  t : k => Time
  a : k => Float?
  b : k => Float?

model Oscillator
  param k : Positive = 1.3
  param c : Positive = 0.4
  param m : Real = 0.2
  param s : Positive = 0.6
  state x, v : Real
  noise W, B : Brownian
  init x = 0
  init v = 0
  dx = v dt + 0.3 dB
  dv = (-k * (x - m) - c * v) dt + s dW
  observe a? = x
  observe b? = v

fit Oscillator to D
  objective = mle
";

const AT: [(&str, f64); 4] = [("k", 1.3), ("c", 0.4), ("m", 0.2), ("s", 0.6)];

const A: Matrix = [[0.0, 1.0], [-1.3, -0.4]];
const B: [f64; 2] = [0.0, 0.26];
const Q: Matrix = [[0.09, 0.0], [0.0, 0.36]];

fn oscillator(_: f64, h: f64) -> Step {
    exact(&A, B, &Q, h)
}

fn euler(_: f64, h: f64) -> Step {
    let growth = sum(&EYE, &A, h);
    Step { growth, shift: B.map(|b| b * h), noise: sum(&[[0.0; 2]; 2], &Q, h) }
}

const FIRST: (f64, [Option<f64>; 2]) = (0.5, [Some(0.1), Some(0.2)]);

const LINES: [Line; 10] = [
    (0.8, [Some(0.2), None]),
    (1.2, [None, Some(0.35)]),
    (1.3, [None, None]),
    (1.5, [Some(0.2), Some(-0.1)]),
    (1.9, [Some(0.0), Some(0.3)]),
    (2.0, [Some(0.1), None]),
    (2.5, [Some(0.4), Some(0.2)]),
    (2.7, [None, Some(0.1)]),
    (3.5, [None, Some(0.2)]),
    (4.0, [Some(0.3), None]),
];

/// A point, where what was seen first is what all later densities are from.
fn from_first() -> ([f64; 2], Matrix) {
    (FIRST.1.map(Option::unwrap), [[0.0; 2]; 2])
}

#[test]
fn what_was_seen_of_an_affine_equation_has_its_density() {
    let data = file(FIRST, &LINES);
    let files = [("d.csv", data.as_str())];
    let expected = -dense(from_first(), [None; 2], FIRST.0, &LINES, oscillator);
    close(grad(OSCILLATOR, &files).value, expected, 1e-10);
    agrees_with_differences(OSCILLATOR, &files, &AT);
    let linearised = OSCILLATOR.replace("= mle", "= mle(transition = linearised)");
    close(grad(&linearised, &files).value, expected, 1e-10);
    // All modes of a gradient.
    let backprop = grad(OSCILLATOR, &files);
    let options = Options { gradient: Some("forward".to_owned()), ..Options::default() };
    for (a, b) in backprop.gradient.iter().zip(&grad_with(OSCILLATOR, &files, &options).gradient) {
        close(b.value[0], a.value[0], 1e-9);
    }
}

#[test]
fn what_was_seen_of_a_chain_of_euler_steps_has_its_density() {
    let data = file(FIRST, &LINES);
    let files = [("d.csv", data.as_str())];
    let program = OSCILLATOR.replace("= mle", "= mle(transition = euler)");
    // A step goes from what was seen to what was seen next.
    let lines: Vec<Line> = LINES.into_iter().filter(|(_, seen)| *seen != [None; 2]).collect();
    let expected = -dense(from_first(), [None; 2], FIRST.0, &lines, euler);
    close(grad(&program, &files).value, expected, 1e-10);
    agrees_with_differences(&program, &files, &AT);
    // Also where the equation reads the time.
    let program = OSCILLATOR.replace("- c * v)", "- c * v + t)").replace("0.3 dB", "0.3 * t dB");
    let timed = |t: f64, h: f64| {
        let step = euler(t, h);
        let noise = [[0.09 * t * t * h, 0.0], [0.0, 0.36 * h]];
        Step { shift: [step.shift[0], step.shift[1] + h * t], noise, ..step }
    };
    let expected = -dense(from_first(), [None; 2], FIRST.0, &lines, timed);
    close(grad(&program, &files).value, expected, 1e-10);
    agrees_with_differences(&program, &files, &AT);
}

/// What is seen of a drawn start counts, what is not is normal there; also long before anything is seen.
#[test]
fn a_normal_start_may_be_seen_in_part() {
    let drawn = OSCILLATOR
        .replace("init x = 0", "init x ~ Normal(m, 0.5)")
        .replace("init v = 0", "init v ~ Normal(2 * x(t0), s)");
    // x = m + 0.5 z₁, v = 2 x + s z₂
    let law = ([0.2, 0.4], [[0.25, 0.5], [0.5, 1.0 + 0.36]]);
    for first in [[Some(0.1), None], [None, Some(0.2)], [Some(0.1), Some(0.2)]] {
        let data = file((0.5, first), &LINES);
        let files = [("d.csv", data.as_str())];
        let expected = -dense(law, first, 0.5, &LINES, oscillator);
        close(grad(&drawn, &files).value, expected, 1e-10);
        if first[1].is_none() {
            agrees_with_differences(&drawn, &files, &AT);
        }
    }
    let earlier = format!("{drawn}  start = -0.3\n");
    let mut lines = vec![FIRST];
    lines.extend(LINES);
    for lines in [&lines, &lines[1..]] {
        let data = file(lines[0], &lines[1..]);
        let files = [("d.csv", data.as_str())];
        let expected = -dense(law, [None; 2], -0.3, lines, oscillator);
        close(grad(&earlier, &files).value, expected, 1e-10);
    }
    // Also where nothing is missing.
    let data = file(FIRST, &LINES[3..5]);
    let expected = -dense(law, FIRST.1, 0.5, &LINES[3..5], oscillator);
    close(grad(&drawn, &[("d.csv", data.as_str())]).value, expected, 1e-10);
    // Of what begins at a value nothing counts where it was seen, though the law of another state reads that.
    let fixed = OSCILLATOR.replace("init v = 0", "init v ~ Normal(2 * x(t0), s)");
    let first = [Some(0.1), None];
    let data = file((0.5, first), &LINES);
    let law = ([0.1, 0.0], [[0.0, 0.0], [0.0, 0.36]]);
    let expected = -dense(law, [None; 2], 0.5, &LINES, oscillator);
    close(grad(&fixed, &[("d.csv", data.as_str())]).value, expected, 1e-10);
}

/// A law of the start that is not normal counts where all is seen of it.
#[test]
fn any_law_of_a_start_that_is_seen_counts() {
    let drawn = OSCILLATOR.replace("init x = 0", "init x ~ LogNormal(m, 0.5)");
    let data = file(FIRST, &LINES);
    let law = super::normal(0.2, 0.5, 0.1_f64.ln()) - 0.1_f64.ln();
    let expected = -law - dense(from_first(), [None; 2], FIRST.0, &LINES, oscillator);
    close(grad(&drawn, &[("d.csv", data.as_str())]).value, expected, 1e-10);
    agrees_with_differences(&drawn, &[("d.csv", data.as_str())], &AT);
}

#[test]
fn where_nothing_is_missing_nothing_changes() {
    let whole: Vec<Line> = LINES.iter().map(|&(t, _)| (t, [Some(0.1 * t), Some(0.2)])).collect();
    let data = file(FIRST, &whole);
    let found = grad(OSCILLATOR, &[("d.csv", data.as_str())]);
    let plain = OSCILLATOR.replace("Float?", "Float").replace("a?", "a").replace("b?", "b");
    let expected = grad(&plain, &[("d.csv", data.as_str())]);
    assert_eq!(found.value.to_bits(), expected.value.to_bits());
    for (a, b) in found.gradient.iter().zip(&expected.gradient) {
        assert_eq!(a.value, b.value, "{}", a.name);
    }
    let dense = -dense(from_first(), [None; 2], FIRST.0, &whole, oscillator);
    close(found.value, dense, 1e-10);
    // Nor do two lines at one time, on each of which one state was seen.
    let split: String = std::iter::once(&FIRST)
        .chain(&whole)
        .map(|(t, [a, b])| format!("p,{t},{},\np,{t},,{}\n", cell(*a), cell(*b)))
        .collect();
    let split = format!("id,t,a,b\n{split}");
    assert_eq!(grad(&of_rows(OSCILLATOR), &[("d.csv", split.as_str())]).value, found.value);
}

/// The same of rows with times of their own.
fn of_rows(program: &str) -> String {
    program
        .replace("D(k) = csv \"d.csv\"\n  t : k => Time", "D(id) = csv \"d.csv\" by \"id\"")
        .replace("k => Float?", "id => Series(Float?) at \"t\"")
}

/// Rows are independent, whatever is missing in them; a row that begins late is as good as any.
#[test]
fn several_rows_are_the_sum_of_each() {
    let program = of_rows(OSCILLATOR);
    let rows = [
        "p,0,0.1,0.2\np,0.3,0.2,\np,0.4,,0.3\np,1,0.2,-0.1\n",
        "q,1,0.2,-0.1\nq,1.2,,-0.3\nq,1.5,0.1,\n",
        "r,1,0.2,-0.1\nr,1.4,0.3,-0.3\nr,1.6,0.2,-0.2\nr,1.7,0.2,-0.2\nr,1.8,0.3,-0.2\n",
        "s,1,0.2,-0.1\n",
    ];
    let of = |rows: &[&str]| {
        let data = format!("id,t,a,b\n{}", rows.concat());
        grad(&program, &[("d.csv", data.as_str())])
    };
    let each: Vec<_> = rows[..3].iter().map(|row| of(&[row])).collect();
    let all = of(&rows);
    close(all.value, each.iter().map(|one| one.value).sum(), 1e-12);
    for (k, derivative) in all.gradient.iter().enumerate() {
        let sum = each.iter().map(|one| one.gradient[k].value[0]).sum();
        close(derivative.value[0], sum, 1e-11);
    }
}

#[test]
fn backends_and_singles_agree() {
    let data = file(FIRST, &LINES);
    let files = [("d.csv", data.as_str())];
    let interp = Options { backend: BackendChoice::Interp, ..Options::default() };
    let [a, b] = [&interp, &Options::default()].map(|by| grad_with(OSCILLATOR, &files, by));
    assert_eq!(a.value.to_bits(), b.value.to_bits());
    for (a, b) in a.gradient.iter().zip(&b.gradient) {
        assert_eq!(a.value, b.value, "{}", a.name);
    }
    let single = Options { single: true, ..Options::default() };
    let c = grad_with(OSCILLATOR, &files, &single);
    close(c.value, b.value, 2e-5 * b.value.abs().max(1.0));
}

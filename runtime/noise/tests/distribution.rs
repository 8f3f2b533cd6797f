//! What very many draws look like: moments, distances of the distribution function, tails, and dependence
//! between draws that differ in one of the things that name them.
//!
//!     DRAWS=100000000 cargo test --release -p sdec-noise --test distribution -- --ignored --nocapture
//!
//! Every statistic gives the probability that true normal numbers are as far off or farther. There are fewer
//! than 200; one below 10⁻⁵ fails, so that a generator without fault fails with probability 2·10⁻³ at most.
//! The seed is fixed: the outcome is always the same.

use std::io::Write;

use sdec_noise::{Key, normal_f32, normal_f64, stream_key};

const SEED: u64 = 20_261_122;
const ALPHA: f64 = 1e-5;
const KINDS: [(&str, Draw); 2] =
    [("f64", normal_f64), ("f32", |key, path, n| normal_f32(key, path, n).into())];

type Draw = fn(Key, u64, u64) -> f64;

fn count() -> u64 {
    std::env::var("DRAWS").map_or(200_000, |count| count.parse().expect("a number"))
}

#[track_caller]
fn judge(what: &str, statistic: f64, probability: f64) {
    let row = format!("{what:42} {statistic:12.4}   p = {probability:.4}\n");
    std::io::stdout().write_all(row.as_bytes()).expect("standard output is open");
    assert!(probability >= ALPHA, "{what}: {statistic}, of probability {probability}");
}

/// Of a standard normal score, two-sided.
fn judge_score(what: &str, score: f64) {
    judge(what, score, 2.0 * upper(score.abs()));
}

#[test]
#[ignore = "takes minutes with 10⁸ draws"]
fn moments_distances_and_tails() {
    for (kind, draw) in KINDS {
        let key = stream_key(SEED, "Test.W", 0);
        // Of each path.
        let length = 1 << 14;
        let mut draws: Vec<f64> = (0..count()).map(|n| draw(key, n / length, n % length)).collect();
        let n = draws.len() as f64;
        for (order, mean, variance) in [
            (1, 0.0, 1.0),
            (2, 1.0, 2.0),
            (3, 0.0, 15.0),
            (4, 3.0, 96.0),
            (5, 0.0, 945.0),
            (6, 15.0, 10_170.0),
        ] {
            let sums =
                draws.chunks(4096).map(|c| c.iter().map(|z| z.powi(order) - mean).sum::<f64>());
            let score = sums.sum::<f64>() / (variance * n).sqrt();
            judge_score(&format!("{kind}: moment {order}"), score);
        }
        for limit in [3.0, 4.0, 5.0, 6.0] {
            let found = draws.iter().filter(|z| z.abs() > limit).count();
            let expected = 2.0 * upper(limit) * n;
            let name = format!("{kind}: beyond {limit} σ, of {expected:.1}");
            judge(&name, found as f64, poisson_two_sided(found as u64, expected));
        }
        draws.sort_unstable_by(f64::total_cmp);
        let (mut distance, mut sum) = (0.0_f64, 0.0);
        for (i, (&z, &mirrored)) in draws.iter().zip(draws.iter().rev()).enumerate() {
            let (p, place) = (upper(-z), i as f64);
            distance = distance.max(p - place / n).max((place + 1.0) / n - p);
            sum += (2.0 * place + 1.0) * (upper(-z).ln() + upper(mirrored).ln());
        }
        let x = distance * n.sqrt();
        judge(&format!("{kind}: Kolmogorov and Smirnov"), x, kolmogorov(x));
        let x = -n - sum / n;
        judge(&format!("{kind}: Anderson and Darling"), x, anderson(x));
    }
}

/// Pairs of draws that differ in one thing: their products and those of their squares add up to nothing.
#[test]
#[ignore = "takes minutes with 10⁸ draws"]
fn dependence() {
    let pairs = count() / 20;
    let key = |seed, name, iteration| stream_key(seed, name, iteration);
    let main = key(SEED, "Test.W", 0);
    for (kind, draw) in KINDS {
        let check = |what: String, other: &dyn Fn(u64) -> f64, one: &dyn Fn(u64) -> f64| {
            let (mut products, mut squares) = (0.0, 0.0);
            for n in 0..pairs {
                let (x, y) = (one(n), other(n));
                products += x * y;
                squares += (x * x - 1.0) * (y * y - 1.0);
            }
            let root = (pairs as f64).sqrt();
            judge_score(&format!("{kind}: {what}"), products / root);
            judge_score(&format!("{kind}: {what}, squares"), squares / (2.0 * root));
        };
        let along = |n: u64| draw(main, 7, n);
        for lag in [1, 2, 3, 4, 5, 8, 16, 64, 1024, 1 << 20, 1 << 32] {
            check(format!("steps {lag} apart"), &|n| draw(main, 7, n + lag), &along);
        }
        let across = |n: u64| draw(main, n, 5);
        for lag in [1, 2, 3, 4, 8, 16, 256, 1 << 32] {
            check(format!("paths {lag} apart"), &|n| draw(main, n + lag, 5), &across);
        }
        check("step and path exchanged".into(), &|n| draw(main, 5, n + 16), &|n| {
            draw(main, n + 16, 5)
        });
        for bit in [0, 1, 31, 32, 63] {
            let other = key(SEED ^ (1 << bit), "Test.W", 0);
            check(format!("seeds that differ in bit {bit}"), &|n| draw(other, 7, n), &along);
        }
        for (what, other) in [
            ("iterations", key(SEED, "Test.W", 1)),
            ("names", key(SEED, "Test.V", 0)),
            ("models", key(SEED, "Tess.W", 0)),
        ] {
            check(format!("neighbouring {what}"), &|n| draw(other, 7, n), &along);
        }
        let seeded = |n: u64| draw(key(n, "Test.W", 0), 0, 0);
        check(
            "first draws of neighbouring seeds".into(),
            &|n| draw(key(n + 1, "Test.W", 0), 0, 0),
            &seeded,
        );
    }
}

/// The probability of more than `z`: series around 0, continued fraction beyond.
fn upper(z: f64) -> f64 {
    let density = (-0.5 * z * z).exp() / std::f64::consts::TAU.sqrt();
    if z.abs() < 3.0 {
        let (mut term, mut sum, mut k) = (z, 0.0, 1.0);
        while sum + term != sum {
            sum += term;
            k += 2.0;
            term *= z * z / k;
        }
        return 0.5 - sum * density;
    }
    let tail = density / (1..60).rev().fold(z.abs(), |rest, k| z.abs() + f64::from(k) / rest);
    if z > 0.0 { tail } else { 1.0 - tail }
}

/// Twice the smaller tail at `found` of a Poisson number, at most 1.
fn poisson_two_sided(found: u64, expected: f64) -> f64 {
    if expected > 500.0 {
        return 2.0 * upper((found as f64 - expected).abs() / expected.sqrt());
    }
    let (mut term, mut below) = ((-expected).exp(), 0.0);
    for k in 0..found {
        below += term;
        term *= expected / (k + 1) as f64;
    }
    (2.0 * (below + term).min(1.0 - below)).min(1.0)
}

/// The probability of more than `x` of Kolmogorov's distribution.
fn kolmogorov(x: f64) -> f64 {
    let term = |k: i32| (-1.0_f64).powi(k - 1) * (-2.0 * f64::from(k * k) * x * x).exp();
    if x < 0.3 { 1.0 } else { 2.0 * (1..40).map(term).sum::<f64>() }
}

/// The probability of more than `x` of Anderson and Darling's limit. Source: Marsaglia and Marsaglia (2004),
/// Journal of Statistical Software 9(2).
fn anderson(x: f64) -> f64 {
    let horner = |c: &[f64]| c.iter().rev().fold(0.0, |sum, c| sum * x + c);
    if x < 2.0 {
        let c = [2.00012, 0.247_105, -0.064_982_1, 0.034_796_2, -0.011_672, 0.001_686_91];
        return 1.0 - (-1.233_714_1 / x).exp() / x.sqrt() * horner(&c);
    }
    let c = [1.0776, -2.30695, 0.43424, -0.082_433, 0.008_056, -0.000_314_6];
    -(-horner(&c).exp()).exp_m1()
}

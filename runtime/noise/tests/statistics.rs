//! What 10⁵ draws of a fixed seed look like.
//!
//! Each statistic is held to what true normal numbers exceed with probability 10⁻⁴; there are five
//! for each precision, so that a generator without fault fails here with probability 10⁻³ at most.
//! The seed is fixed: the outcome is always the same.

use sdec_noise::{Key, normal_f32, normal_f64, stream_key, uniform_f64};

const COUNT: u64 = 100_000;
/// The standard normal quantile of 1 - 10⁻⁴/2.
const BOUND: f64 = 3.8906;

fn check(draws: &mut [f64]) {
    let n = draws.len() as f64;
    // Mean and variance of zᵏ for a standard normal z.
    for (order, mean, variance) in [(1, 0.0, 1.0), (2, 1.0, 2.0), (3, 0.0, 15.0), (4, 3.0, 96.0)] {
        let moment = draws.iter().map(|z| z.powi(order)).sum::<f64>() / n;
        let score = (moment - mean) / (variance / n).sqrt();
        assert!(score.abs() < BOUND, "moment {order}: {score} standard errors off");
    }
    draws.sort_by(f64::total_cmp);
    let distance = draws.iter().enumerate().map(|(i, &z)| {
        let (below, p) = (i as f64, normal_distribution(z));
        (p - below / n).max((below + 1.0) / n - p)
    });
    let distance = distance.fold(0.0, f64::max);
    // Kolmogorov's distribution: 2 exp(-2 x²) = 10⁻⁴ at x = 2.2253.
    assert!(distance * n.sqrt() < 2.2253, "Kolmogorov-Smirnov: {}", distance * n.sqrt());
}

/// `Φ(z) = ½ + φ(z) (z + z³/3 + z⁵/(3·5) + …)`
fn normal_distribution(z: f64) -> f64 {
    let (mut term, mut sum, mut k) = (z, 0.0, 1.0);
    while sum + term != sum {
        sum += term;
        k += 2.0;
        term *= z * z / k;
    }
    0.5 + sum * (-0.5 * z * z).exp() / std::f64::consts::TAU.sqrt()
}

fn key() -> Key {
    stream_key(20_261_122, "Test.W", 0)
}

#[test]
fn normals_along_a_path() {
    check(&mut (0..COUNT).map(|n| normal_f64(key(), 5, n)).collect::<Vec<_>>());
    check(&mut (0..COUNT).map(|n| normal_f32(key(), 5, n).into()).collect::<Vec<_>>());
}

#[test]
fn normals_across_paths() {
    check(&mut (0..COUNT).map(|path| normal_f64(key(), path, 0)).collect::<Vec<_>>());
    check(&mut (0..COUNT).map(|path| normal_f32(key(), path, 3).into()).collect::<Vec<_>>());
}

/// Neighbours along a path, across paths and across seeds are uncorrelated.
#[test]
fn neighbours_are_uncorrelated() {
    let other = stream_key(20_261_123, "Test.W", 0);
    let neighbours: [(&str, &dyn Fn(u64) -> f64); 4] = [
        ("the pair", &|n| normal_f64(key(), 0, 2 * n) * normal_f64(key(), 0, 2 * n + 1)),
        ("blocks", &|n| normal_f64(key(), 0, 2 * n + 1) * normal_f64(key(), 0, 2 * n + 2)),
        ("paths", &|n| normal_f64(key(), n, 0) * normal_f64(key(), n + 1, 0)),
        ("seeds", &|n| normal_f64(key(), n, 0) * normal_f64(other, n, 0)),
    ];
    for (what, product) in neighbours {
        let sum: f64 = (0..COUNT).map(product).sum();
        let score = sum / (COUNT as f64).sqrt();
        assert!(score.abs() < BOUND, "{what}: {score} standard errors off");
    }
}

/// Uniform draws fill 1,000 cells evenly: χ² with 999 degrees of freedom, by Wilson and Hilferty.
#[test]
fn uniforms_fill_cells_evenly() {
    let mut cells = [0_u32; 1000];
    for n in 0..COUNT {
        cells[((uniform_f64(key(), 9, n) * 1000.0) as usize).min(999)] += 1;
    }
    let expected = COUNT as f64 / 1000.0;
    let chi2: f64 = cells.iter().map(|&c| (f64::from(c) - expected).powi(2) / expected).sum();
    let spread = 2.0 / (9.0 * 999.0);
    let score = ((chi2 / 999.0).cbrt() - (1.0 - spread)) / f64::sqrt(spread);
    assert!(score.abs() < BOUND, "χ² of {chi2}: {score} standard errors off");
}

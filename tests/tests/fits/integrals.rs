//! `objective = laplace`: integrals over what each row of data has for itself.

use std::f64::consts::PI;

use super::rows::{groups, observed};
use super::{agrees_with_differences, close, grad, normal};

const LEVELS: &str = include_str!("levels.sde");

/// Normal data of a normal level: the integral is exact, the data of a group are jointly normal.
#[test]
fn an_integral_of_a_normal_density_is_exact() {
    let (μ, ω, σ) = (0.9, 1.3_f64, 0.6_f64);
    let term = |own: &Vec<f64>| {
        let n = own.len() as f64;
        // Σ⁻¹ = (I − c 11ᵀ) / σ², det Σ = σ²ⁿ (1 + n ω² / σ²)
        let ratio = ω * ω / (σ * σ + n * ω * ω);
        let (sum, squares) =
            own.iter().fold((0.0, 0.0), |(s, q), y| (s + y - μ, q + (y - μ) * (y - μ)));
        let quadratic = (squares - ratio * sum * sum) / (σ * σ);
        let logdet = 2.0 * n * σ.ln() + (1.0 + n * ω * ω / (σ * σ)).ln();
        0.5 * (quadratic + logdet + n * (2.0 * PI).ln())
    };
    let data = groups();
    let files = [("d.csv", data.as_str())];
    close(grad(LEVELS, &files).value, observed().iter().map(term).sum(), 1e-10);
    agrees_with_differences(LEVELS, &files, &[("μ", 0.9), ("ω", 1.3), ("σ", 0.6)]);
}

/// Two numbers a row, of laws that are not normal: the formula by hand, with a mode that is searched for.
#[test]
fn an_integral_is_that_of_the_normal_density_at_the_mode() {
    let program = "
data D(id) = csv \"d.csv\" by \"id\"
  y : id => Series(Float) at \"t\"

model Level
  param ω : Positive = 0.7
  param σ : Positive = 0.8
  param a : Positive = 1 ~ LogNormal(0.2, ω) per id
  param b : Real ~ Normal(0, 0.5) per id
  state x : Real
  init x = a
  dx = b * x dt
  observe y ~ Normal(x * x, σ)

fit Level to D
  objective = laplace
  solver = rk4(dt = 0.05)
  start = 0
";
    let data = "id,t,y\na,0,1.1\na,1,2.0\na,1.5,1.7\nb,0.5,0.4\nb,2,0.1\n";
    let rows = [vec![(0.0, 1.1), (1.0, 2.0), (1.5, 1.7)], vec![(0.5, 0.4), (2.0, 0.1)]];
    let expected: f64 = rows.iter().map(|row| -integral(row)).sum();
    close(grad(program, &[("d.csv", data)]).value, expected, 2e-6);
    agrees_with_differences(program, &[("d.csv", data)], &[("ω", 0.7), ("σ", 0.8)]);
}

/// The same with the solution in closed form, the mode by coordinate search and the curvature by differences.
fn integral(row: &[(f64, f64)]) -> f64 {
    let height = |u: [f64; 2]| {
        let a = u[0].exp().ln_1p();
        let law =
            normal(0.2, 0.7, a.ln()) - a.ln() - (-u[0]).exp().ln_1p() + normal(0.0, 0.5, u[1]);
        let seen = |&(t, y): &(f64, f64)| normal((a * (u[1] * t).exp()).powi(2), 0.8, y);
        law + row.iter().map(seen).sum::<f64>()
    };
    let (mut u, mut step) = ([0.5, 0.0], 0.5);
    while step > 1e-10 {
        let moves =
            [[step, 0.0], [-step, 0.0], [0.0, step], [0.0, -step], [step, step], [-step, -step]];
        let near = moves.map(|d| [u[0] + d[0], u[1] + d[1]]);
        match near.into_iter().find(|v| height(*v) > height(u)) {
            Some(better) => u = better,
            None => step /= 2.0,
        }
    }
    let h = 1e-4;
    let at = |i: f64, j: f64| height([u[0] + i * h, u[1] + j * h]);
    let straight = |a: f64, b: f64| (a - 2.0 * at(0.0, 0.0) + b) / (h * h);
    let (p, q) = (straight(at(1.0, 0.0), at(-1.0, 0.0)), straight(at(0.0, 1.0), at(0.0, -1.0)));
    let mixed = (at(1.0, 1.0) - at(1.0, -1.0) - at(-1.0, 1.0) + at(-1.0, -1.0)) / (4.0 * h * h);
    height(u) + (2.0 * PI).ln() - 0.5 * (p * q - mixed * mixed).ln()
}

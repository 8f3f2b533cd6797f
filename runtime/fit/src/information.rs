//! How well data determine parameters: standard errors from the observed information, the second derivatives
//! of what was minimised.
//!
//! The information is scaled so that its diagonal is 1; what is left of its eigenvalues then says how far the
//! numbers can be told apart, whatever their units. An eigenvector whose eigenvalue is as good as zero is a
//! combination of numbers that the data say nothing about.

use std::fmt;

use nalgebra::{DMatrix, SymmetricEigen};

use crate::value::value;
use crate::vector::largest;
use crate::{Batch, Fault, Objective, Parameter};

/// More free numbers than that are not looked into.
const LIMIT: usize = 200;

/// Eigenvalues of the scaled information below which it is singular.
const SINGULAR: f64 = 1e-7;

/// Noise in units of the information from which on it is not said that data determine nothing: in single
/// precision, differences of a large objective are no better.
const COARSE: f64 = 0.01;

/// Entries of an eigenvector that are smaller take no part in it.
const PART: f64 = 0.05;

/// How well data determine parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct Information {
    /// Standard errors of the values of the parameters, one after the other; NaN where the data do not say.
    pub stderr: Vec<f64>,
    /// Those of the unconstrained numbers.
    pub free_stderr: Vec<f64>,
    /// Combinations of numbers that the data say nothing about.
    pub ties: Vec<Tie>,
    /// Whether the objective becomes smaller along some line through the place, so that it is no minimum.
    pub is_saddle: bool,
}

/// A combination of unconstrained numbers that can change without a change of the objective.
#[derive(Clone, Debug, PartialEq)]
pub struct Tie {
    /// The numbers by name, with their parts: 1 for the largest.
    pub parts: Vec<(String, f64)>,
}

/// Why it is not known how well data determine parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unknown {
    /// No number moves.
    Nothing,
    /// There are more numbers than are looked into.
    TooMany,
    /// The objective has no value at the place, or near it.
    NoValue,
    /// Differences drown in rounding.
    Rounding,
    /// The fit was stopped.
    Stopped,
}

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("no number moves"),
            Self::TooMany => write!(f, "more than {LIMIT} numbers move"),
            Self::NoValue => f.write_str("the objective has no value near this place"),
            Self::Rounding => f.write_str("differences of gradients drown in rounding"),
            Self::Stopped => f.write_str("the fit was stopped"),
        }
    }
}

/// The information at a minimum, or why there is none.
///
/// # Errors
///
/// What keeps values from being computed anywhere.
pub(crate) fn of(
    objective: &mut dyn Objective,
    at: &[f64],
    batch: &Batch<'_>,
) -> Result<Result<Information, Unknown>, Fault> {
    let n = at.len();
    if n == 0 {
        return Ok(Err(Unknown::Nothing));
    }
    if n > LIMIT {
        return Ok(Err(Unknown::TooMany));
    }
    if let Some(mut precise) = objective.precise()? {
        return looked_into(&mut *precise, at, batch);
    }
    looked_into(objective, at, batch)
}

fn looked_into(
    objective: &mut dyn Objective,
    at: &[f64],
    batch: &Batch<'_>,
) -> Result<Result<Information, Unknown>, Fault> {
    let (value, _) = match value(objective, at, batch) {
        Ok(found) => found,
        Err(Fault::NotFinite(_)) => return Ok(Err(Unknown::NoValue)),
        Err(fault) => return Err(fault),
    };
    let hessian = match differences(objective, at, batch) {
        Ok(hessian) => hessian,
        Err(Fault::NotFinite(_)) => return Ok(Err(Unknown::NoValue)),
        Err(fault) => return Err(fault),
    };
    let rounding = objective.rounding().powf(2.0 / 3.0);
    let noise = 50.0 * rounding * value.abs().max(1.0);
    let slopes = objective.slopes(at)?;
    Ok(read(&hessian, noise, objective.parameters(), &slopes).ok_or(Unknown::Rounding))
}

/// Central differences of gradients.
fn differences(
    objective: &mut dyn Objective,
    at: &[f64],
    batch: &Batch<'_>,
) -> Result<Vec<f64>, Fault> {
    let n = at.len();
    let width = objective.rounding().cbrt();
    let mut hessian = vec![0.0; n * n];
    let mut near = at.to_vec();
    for k in 0..n {
        let h = width * at[k].abs().max(1.0);
        near[k] = at[k] + h;
        let (above, (_, high)) = (near[k], value(objective, &near, batch)?);
        near[k] = at[k] - h;
        let (below, (_, low)) = (near[k], value(objective, &near, batch)?);
        near[k] = at[k];
        for j in 0..n {
            hessian[k * n + j] = (high[j] - low[j]) / (above - below);
        }
    }
    for k in 0..n {
        for j in 0..k {
            let mean = 0.5 * (hessian[k * n + j] + hessian[j * n + k]);
            (hessian[k * n + j], hessian[j * n + k]) = (mean, mean);
        }
    }
    Ok(hessian)
}

/// What second derivatives say, whose entries are known up to `noise`; nothing where a combination seems
/// undetermined that may only be lost in the noise.
fn read(
    hessian: &[f64],
    noise: f64,
    parameters: &[Parameter],
    slopes: &[Vec<(usize, f64)>],
) -> Option<Information> {
    let n = parameters.iter().map(|parameter| parameter.free).sum::<usize>();
    let names: Vec<String> = parameters.iter().flat_map(Parameter::free_names).collect();
    let diagonal = |k: usize| hessian[k * n + k];
    let (seen, flat): (Vec<usize>, Vec<usize>) = (0..n).partition(|&k| diagonal(k).abs() > noise);
    let mut ties: Vec<Tie> =
        flat.iter().map(|&k| Tie { parts: vec![(names[k].clone(), 1.0)] }).collect();
    let scale: Vec<f64> = seen.iter().map(|&k| diagonal(k).abs().sqrt()).collect();
    let m = seen.len();
    let scaled =
        DMatrix::from_fn(m, m, |i, j| hessian[seen[i] * n + seen[j]] / (scale[i] * scale[j]));
    let SymmetricEigen { eigenvalues, eigenvectors } = SymmetricEigen::new(scaled);
    let finest = scale.iter().fold(f64::INFINITY, |least, s| least.min(s * s));
    let singular = SINGULAR.max(10.0 * noise / finest);

    let mut is_saddle = false;
    let mut covariance = DMatrix::<f64>::zeros(m, m);
    let mut is_tied = vec![false; m];
    for (value, vector) in eigenvalues.iter().zip(eigenvectors.column_iter()) {
        if *value > singular {
            covariance.ger(1.0 / value, &vector, &vector, 1.0);
            continue;
        }
        is_saddle |= *value < -singular;
        for (tied, x) in is_tied.iter_mut().zip(&vector) {
            *tied |= x.abs() > PART;
        }
        if value.abs() <= singular {
            let free: Vec<f64> = vector.iter().zip(&scale).map(|(x, s)| x / s).collect();
            ties.push(tie(&free, |k| names[seen[k]].clone()));
        }
    }
    let mut free_stderr = vec![f64::NAN; n];
    for (i, &k) in seen.iter().enumerate() {
        if !is_tied[i] {
            free_stderr[k] = covariance[(i, i)].sqrt() / scale[i];
        }
    }
    let most = scale.iter().fold(0.0_f64, |most, s| most.max(s * s));
    if !ties.is_empty() && (singular > COARSE || noise > COARSE * most) {
        return None;
    }
    let mut place = vec![None; n];
    seen.iter().enumerate().for_each(|(i, &k)| place[k] = Some(i));
    let known = |k: usize| place[k].filter(|&i| !is_tied[i]);
    let stderr = slopes.iter().map(|row| match *row.as_slice() {
        [(k, slope)] => free_stderr[k] * slope.abs(),
        _ => {
            let parts = row.iter().map(|&(k, slope)| Some((known(k)?, slope)));
            let Some(parts) = parts.collect::<Option<Vec<_>>>() else { return f64::NAN };
            let term = |&(i, a): &(usize, f64), &(j, b): &(usize, f64)| {
                a * b * covariance[(i, j)] / (scale[i] * scale[j])
            };
            let of = |part| parts.iter().map(|other| term(part, other)).sum::<f64>();
            parts.iter().map(of).sum::<f64>().max(0.0).sqrt()
        }
    });
    let stderr = stderr.collect();
    Some(Information { stderr, free_stderr, ties, is_saddle })
}

/// The largest parts of a combination, by name.
fn tie(vector: &[f64], name: impl Fn(usize) -> String) -> Tie {
    let most = largest(vector);
    let leading = vector.iter().copied().find(|x| x.abs() == most).unwrap_or(1.0);
    let parts = vector.iter().enumerate().map(|(k, x)| (k, x / leading));
    let mut parts: Vec<(usize, f64)> = parts.filter(|(_, x)| x.abs() > PART).collect();
    parts.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()).then(a.0.cmp(&b.0)));
    Tie { parts: parts.into_iter().map(|(k, x)| (name(k), x)).collect() }
}

#[cfg(test)]
mod tests {
    use super::read;
    use crate::Parameter;

    /// Two real numbers and second derivatives of each.
    fn of_diagonal(diagonal: [f64; 2], noise: f64) -> Option<Vec<usize>> {
        let parameters = ["a", "b"].map(|name| Parameter {
            name: name.to_owned(),
            constraint: "Real".to_owned(),
            shape: Vec::new(),
            free: 1,
        });
        let hessian = [diagonal[0], 0.0, 0.0, diagonal[1]];
        let found = read(&hessian, noise, &parameters, &[vec![(0, 1.0)], vec![(1, 1.0)]])?;
        Some(found.ties.iter().map(|tie| tie.parts.len()).collect())
    }

    #[test]
    fn a_flat_number_is_told_from_one_that_rounding_hides() {
        assert_eq!(of_diagonal([36.0, 4.0], 1e-6), Some(vec![]));
        assert_eq!(of_diagonal([36.0, 0.0], 1e-6), Some(vec![1]));
        assert_eq!(of_diagonal([36.0, 4.0], 3.0), None);
        assert_eq!(of_diagonal([36.0, 0.0], 3.0), None);
    }
}

//! How values of parameters depend on the unconstrained numbers that they are made of.

use nalgebra::{DMatrix, DVector};

/// For each number of a value, the entries of the flat vector that it is made of, with its derivatives by them.
pub type Jacobian = Vec<Vec<(usize, f64)>>;

/// The gradient by the numbers of a parameter that gives `gradient` by the flat vector: the shortest one, which
/// points along what the numbers can do, where they are tied to each other.
pub fn shortest(jacobian: &[Vec<(usize, f64)>], gradient: &[f64]) -> Vec<f64> {
    if jacobian.iter().all(|row| row.len() == 1) {
        return jacobian.iter().map(|row| gradient[row[0].0] / row[0].1).collect();
    }
    let places = || jacobian.iter().flatten().map(|&(place, _)| place);
    let (Some(low), Some(high)) = (places().min(), places().max()) else {
        return vec![0.0; jacobian.len()];
    };
    let mut slopes = DMatrix::<f64>::zeros(jacobian.len(), high - low + 1);
    for (k, row) in jacobian.iter().enumerate() {
        for &(place, slope) in row {
            slopes[(k, place - low)] = slope;
        }
    }
    let own = DVector::from_column_slice(&gradient[low..=high]);
    match (slopes.transpose() * &slopes).cholesky() {
        Some(square) => (slopes * square.solve(&own)).as_slice().to_vec(),
        None => vec![f64::NAN; jacobian.len()],
    }
}

#[cfg(test)]
mod tests {
    use super::shortest;

    #[test]
    fn a_number_for_itself_is_divided_by_its_slope() {
        assert_eq!(shortest(&[vec![(1, 2.0)], vec![(2, 0.5)]], &[7.0, 3.0, 1.0]), [1.5, 2.0]);
    }

    #[test]
    fn what_is_tied_moves_along_its_ties() {
        // p and 1 - p, and a number that nothing moves.
        let found = shortest(&[vec![(1, 2.0)], vec![(1, -2.0)], vec![]], &[5.0, 8.0]);
        for (found, expected) in found.into_iter().zip([2.0_f64, -2.0, 0.0]) {
            assert!((found - expected).abs() < 1e-14, "{found}");
        }
    }
}

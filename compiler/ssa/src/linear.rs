//! Linear systems, for evaluation.

/// `A⁻¹ b` by elimination with partial pivoting, entries in row-major order; not finite where `A` is
/// singular.
pub(crate) fn solve(a: &[f64], b: &[f64]) -> Vec<f64> {
    let n = a.len().isqrt();
    let m = b.len().checked_div(n).unwrap_or(0);
    let mut rows: Vec<Vec<f64>> =
        (0..n).map(|i| [&a[i * n..(i + 1) * n], &b[i * m..(i + 1) * m]].concat()).collect();
    for k in 0..n {
        let mut best = k;
        for i in k + 1..n {
            if rows[i][k].abs() > rows[best][k].abs() {
                best = i;
            }
        }
        rows.swap(k, best);
        let pivot = rows[k][k];
        rows[k].iter_mut().for_each(|entry| *entry /= pivot);
        let pivot_row = rows[k].clone();
        for (_, row) in rows.iter_mut().enumerate().filter(|(i, _)| *i != k) {
            let factor = row[k];
            for (entry, pivot) in row.iter_mut().zip(&pivot_row) {
                *entry -= factor * pivot;
            }
        }
    }
    rows.into_iter().flat_map(|row| row[n..].to_vec()).collect()
}

#[cfg(test)]
mod tests {
    use super::solve;

    #[test]
    fn rows_are_exchanged_where_a_pivot_is_zero() {
        let a = [0.0, 2.0, 1.0, 1.0, 1.0, 0.0, 3.0, 0.0, 1.0];
        let b = [7.0, 1.0, 3.0, 2.0, 6.0, 3.0];
        let x = solve(&a, &b);
        for i in 0..3 {
            for j in 0..2 {
                let sum: f64 = (0..3).map(|k| a[3 * i + k] * x[2 * k + j]).sum();
                assert!((sum - b[2 * i + j]).abs() < 1e-14, "{x:?}");
            }
        }
    }

    #[test]
    fn singular_systems_have_no_finite_solution() {
        assert!(solve(&[1.0, 2.0, 2.0, 4.0], &[1.0, 1.0]).iter().all(|x| !x.is_finite()));
    }
}

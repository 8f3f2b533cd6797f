//! Sums over flat vectors, entries in order.

/// `Σ aᵢ bᵢ`
pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).fold(0.0, |sum, (a, b)| sum + a * b)
}

/// The Euclidean norm, without overflow where the result has none.
pub(crate) fn norm(a: &[f64]) -> f64 {
    let square = dot(a, a);
    if square.is_normal() {
        return square.sqrt();
    }
    let scale = largest(a);
    if scale == 0.0 || !scale.is_finite() {
        return scale;
    }
    let scaled = a.iter().fold(0.0, |sum, x| sum + (x / scale) * (x / scale));
    scale * scaled.sqrt()
}

/// `max |aᵢ|`; NaN if an entry is.
pub(crate) fn largest(a: &[f64]) -> f64 {
    a.iter().fold(0.0, |most: f64, x| if most.is_nan() || x.abs() <= most { most } else { x.abs() })
}

/// `y + k x`, into `out`.
pub(crate) fn step(out: &mut [f64], y: &[f64], k: f64, x: &[f64]) {
    for ((out, y), x) in out.iter_mut().zip(y).zip(x) {
        *out = y + k * x;
    }
}

/// Whether all entries are finite.
pub(crate) fn is_finite(a: &[f64]) -> bool {
    a.iter().all(|x| x.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn norms_neither_overflow_nor_vanish() {
        assert_eq!(norm(&[3.0, 4.0]), 5.0);
        assert!((norm(&[3e200, 4e200]) / 5e200 - 1.0).abs() < 1e-15);
        assert!((norm(&[3e-200, 4e-200]) / 5e-200 - 1.0).abs() < 1e-15);
        assert_eq!(norm(&[0.0, 0.0]), 0.0);
    }

    #[test]
    fn what_is_no_number_is_seen() {
        assert!(largest(&[1.0, f64::NAN, 2.0]).is_nan());
        assert!(norm(&[1.0, f64::NAN]).is_nan());
        assert_eq!(largest(&[1.0, -3.0]), 3.0);
    }
}

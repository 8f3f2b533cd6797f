//! The unconstrained numbers that the values of a parameter come from.

use sdec_base::Diagnostic;
use sdec_hir::Constraint;

use super::head::Free;

/// How far a sum may be from 1, relative to what is written.
const SLACK: f64 = 1e-6;

/// The unconstrained numbers that an array comes from, of which each row may have its own.
///
/// # Errors
///
/// The values do not satisfy their constraint.
pub(super) fn unconstrain(values: &[f64], free: &Free) -> Result<Vec<f64>, Box<Diagnostic>> {
    if let Some(value) = values.iter().find(|value| !value.is_finite()) {
        return Err(outside(free, format!("it would start at {value}")));
    }
    let extent = free.shape.last().copied().unwrap_or(1);
    let tied = match free.constraint.axes() {
        0 => 1,
        1 => extent,
        _ => extent * extent,
    };
    let mut numbers = Vec::new();
    for values in values.chunks(tied.max(1)) {
        let found = match free.constraint {
            Constraint::Simplex => simplex(values),
            Constraint::Ordered => ordered(values),
            Constraint::Chol => factor(values, extent),
            Constraint::Corr => correlation(values, extent),
            Constraint::Real
            | Constraint::Positive
            | Constraint::NonNeg
            | Constraint::Unit
            | Constraint::Interval(..) => alone(values[0], &free.constraint),
        };
        numbers.extend(found.map_err(|why| outside(free, why))?);
    }
    Ok(numbers)
}

fn outside(free: &Free, why: String) -> Box<Diagnostic> {
    let title = format!("`{}` starts outside of its constraint", free.name);
    let found = Diagnostic::error("E0616", title, free.span).label(free.span, why);
    Box::new(match free.constraint.axes() {
        0 => found.help("start it strictly inside, so that it can move both ways"),
        _ => found,
    })
}

fn logit(p: f64, q: f64) -> f64 {
    p.ln() - q.ln()
}

/// Where the softplus is `value`.
fn softplus_inverse(value: f64) -> f64 {
    value + (-(-value).exp_m1()).ln()
}

/// Of a number for itself.
fn alone(value: f64, constraint: &Constraint) -> Result<Vec<f64>, String> {
    let within = |low: f64, high: f64| value > low && value < high;
    let number = match *constraint {
        Constraint::Positive | Constraint::NonNeg if value > 0.0 => softplus_inverse(value),
        Constraint::Unit if within(0.0, 1.0) => logit(value, 1.0 - value),
        Constraint::Interval(low, high) if within(low, high) => logit(value - low, high - value),
        Constraint::Real => value,
        Constraint::Positive
        | Constraint::NonNeg
        | Constraint::Unit
        | Constraint::Interval(..)
        | Constraint::Simplex
        | Constraint::Ordered
        | Constraint::Chol
        | Constraint::Corr => return Err(format!("it would start at {value}")),
    };
    Ok(vec![number])
}

fn simplex(values: &[f64]) -> Result<Vec<f64>, String> {
    let sum: f64 = values.iter().sum();
    if let Some(value) = values.iter().find(|value| **value <= 0.0) {
        return Err(format!("one of its numbers would start at {value}, which is not above 0"));
    }
    if (sum - 1.0).abs() > SLACK {
        return Err(format!("its numbers would start with the sum {sum}, which is not 1"));
    }
    let mut free = Vec::new();
    let mut rest = 0.0;
    for (k, value) in values.iter().rev().enumerate() {
        if k > 0 {
            // 0 breaks off as much as each of what follows has.
            free.push(logit(*value, rest) + (k as f64).ln());
        }
        rest += value;
    }
    free.reverse();
    Ok(free)
}

fn ordered(values: &[f64]) -> Result<Vec<f64>, String> {
    let mut free = vec![values[0]];
    for pair in values.windows(2) {
        if pair[1] <= pair[0] {
            return Err(format!(
                "{} would be followed by {}, which is not above it",
                pair[0], pair[1]
            ));
        }
        free.push((pair[1] - pair[0]).ln());
    }
    Ok(free)
}

/// What a lower triangle with positive diagonal has of its own; an error where it is none.
fn triangle(values: &[f64], n: usize) -> Result<(), String> {
    for (k, &value) in values.iter().enumerate() {
        let (row, column) = (k / n, k % n);
        let wrong = if row < column && value != 0.0 {
            "and above the diagonal there are zeros"
        } else if row == column && value <= 0.0 {
            "and the diagonal is above 0"
        } else {
            continue;
        };
        return Err(format!("entry [{row}, {column}] would start at {value}, {wrong}"));
    }
    Ok(())
}

fn factor(values: &[f64], n: usize) -> Result<Vec<f64>, String> {
    triangle(values, n)?;
    let mut free = Vec::new();
    for (row, values) in values.chunks(n).enumerate() {
        free.extend(&values[..row]);
        free.push(softplus_inverse(values[row]));
    }
    Ok(free)
}

fn correlation(values: &[f64], n: usize) -> Result<Vec<f64>, String> {
    triangle(values, n)?;
    let mut free = Vec::new();
    for (row, values) in values.chunks(n).enumerate() {
        let square: f64 = values.iter().map(|x| x * x).sum();
        if (square - 1.0).abs() > SLACK {
            return Err(format!(
                "the squares of row {row} would have the sum {square}, which is not 1"
            ));
        }
        for column in 0..row {
            let rest: f64 = values[column..=row].iter().map(|x| x * x).sum();
            free.push((values[column] / rest.sqrt()).atanh());
        }
    }
    Ok(free)
}

//! A search along a line for a point that meets the strong Wolfe conditions:
//!
//! ```text
//! φ(t) ≤ φ(0) + c₁ t φ'(0)   and   |φ'(t)| ≤ c₂ |φ'(0)|
//! ```
//!
//! First the step grows until an interval must hold such a point, then the interval shrinks around it, by
//! cubic interpolation. A place without a value counts as infinitely high, and is gone back from by halves.
//!
//! Source: Nocedal & Wright (2006), *Numerical Optimization*, 2nd ed., algorithms 3.5 and 3.6; limits and
//! safeguards as in `torch.optim.LBFGS`.

use super::Evaluate;
use crate::vector::{dot, largest, step};
use crate::{Fault, Trouble};

/// By how much of the slope the value must fall.
const DECREASE: f64 = 1e-4;

/// To how much of itself the slope must fall.
const CURVATURE: f64 = 0.9;

/// Evaluations in a search.
const LIMIT: usize = 25;

/// The change of an entry below which an interval is not divided.
const SMALL: f64 = 1e-9;

/// The function along a line.
pub(crate) struct Line<'a, 'e> {
    pub(crate) at: &'a [f64],
    pub(crate) direction: &'a [f64],
    pub(crate) evaluate: &'a mut Evaluate<'e>,
    /// Of the first place without a value.
    pub(crate) trouble: Option<Trouble>,
}

/// A point of the line.
#[derive(Clone, Debug)]
pub(crate) struct Along {
    pub(crate) length: f64,
    pub(crate) value: f64,
    pub(crate) slope: f64,
    pub(crate) gradient: Vec<f64>,
}

impl Line<'_, '_> {
    fn point(&mut self, length: f64) -> Result<Along, Fault> {
        let mut there = vec![0.0; self.at.len()];
        step(&mut there, self.at, length, self.direction);
        let mut gradient = vec![0.0; self.at.len()];
        match (self.evaluate)(&there, &mut gradient) {
            Ok(value) => {
                let slope = dot(&gradient, self.direction);
                Ok(Along { length, value, slope, gradient })
            }
            Err(Fault::NotFinite(trouble)) => {
                self.trouble.get_or_insert(trouble);
                Ok(Along { length, value: f64::INFINITY, slope: f64::NAN, gradient })
            }
            Err(fault) => Err(fault),
        }
    }
}

/// A point that meets the conditions, or the lowest that was found: `start` where none is lower.
///
/// # Errors
///
/// What keeps every value from being computed.
pub(crate) fn search(line: &mut Line<'_, '_>, start: Along, length: f64) -> Result<Along, Fault> {
    let is_high = |point: &Along| point.value > start.value + DECREASE * point.length * start.slope;
    let is_flat = |point: &Along| point.slope.abs() <= -CURVATURE * start.slope;
    let mut last = start.clone();
    let mut new = line.point(length)?;
    let mut evaluations = 0;
    while evaluations < LIMIT {
        let is_higher = evaluations > 1 && new.value >= last.value;
        if is_high(&new) || is_higher {
            break;
        }
        if is_flat(&new) {
            return Ok(new);
        }
        if new.slope >= 0.0 {
            break;
        }
        let bounds = (new.length + 0.01 * (new.length - last.length), new.length * 10.0);
        let next = interpolate(&last, &new, Some(bounds));
        last = new;
        new = line.point(next)?;
        evaluations += 1;
    }
    if evaluations == LIMIT {
        last = start.clone();
    }

    let mut bracket = [last, new];
    let mut low = if bracket[0].value <= bracket[1].value { 0 } else { 1 };
    let width = largest(line.direction);
    let mut is_slow = false;
    while evaluations < LIMIT {
        let [a, b] = [bracket[0].length, bracket[1].length];
        if (b - a).abs() * width < SMALL {
            break;
        }
        let (least, most) = (a.min(b), a.max(b));
        let mut length = interpolate(&bracket[0], &bracket[1], None);
        let margin = 0.1 * (most - least);
        if (most - length).min(length - least) < margin {
            if is_slow || length >= most || length <= least {
                let is_above = (length - most).abs() < (length - least).abs();
                length = if is_above { most - margin } else { least + margin };
                is_slow = false;
            } else {
                is_slow = true;
            }
        } else {
            is_slow = false;
        }
        let new = line.point(length)?;
        evaluations += 1;
        let high = 1 - low;
        if is_high(&new) || new.value >= bracket[low].value {
            bracket[high] = new;
            low = if bracket[0].value <= bracket[1].value { 0 } else { 1 };
            continue;
        }
        let is_done = is_flat(&new);
        if !is_done && new.slope * (bracket[high].length - bracket[low].length) >= 0.0 {
            bracket[high] = bracket[low].clone();
        }
        bracket[low] = new;
        if is_done {
            break;
        }
    }
    let [first, second] = bracket;
    Ok(if low == 0 { first } else { second })
}

/// The minimum of the cubic through two points with their slopes, kept within bounds, by default those of
/// the points; their middle where the cubic has none.
fn interpolate(a: &Along, b: &Along, bounds: Option<(f64, f64)>) -> f64 {
    let (x1, x2) = (a.length, b.length);
    let (least, most) = bounds.unwrap_or((x1.min(x2), x1.max(x2)));
    let middle = (least + most) / 2.0;
    let d1 = a.slope + b.slope - 3.0 * (a.value - b.value) / (x1 - x2);
    let square = d1 * d1 - a.slope * b.slope;
    if square.is_nan() || square < 0.0 {
        return middle;
    }
    let d2 = square.sqrt();
    let lowest = if x1 <= x2 {
        x2 - (x2 - x1) * ((b.slope + d2 - d1) / (b.slope - a.slope + 2.0 * d2))
    } else {
        x1 - (x1 - x2) * ((a.slope + d2 - d1) / (a.slope - b.slope + 2.0 * d2))
    };
    if lowest.is_nan() { middle } else { lowest.max(least).min(most) }
}

//! Values that are numbers.

use crate::vector::is_finite;
use crate::{Batch, Fault, Objective, Parameter, Trouble};

/// Value and gradient.
pub(crate) fn value(
    objective: &mut dyn Objective,
    at: &[f64],
    batch: &Batch<'_>,
) -> Result<(f64, Vec<f64>), Fault> {
    let mut gradient = vec![0.0; at.len()];
    let value = evaluate(objective, at, batch, &mut gradient)?;
    Ok((value, gradient))
}

/// The value, where it and the gradient are finite.
pub(crate) fn evaluate(
    objective: &mut dyn Objective,
    at: &[f64],
    batch: &Batch<'_>,
    gradient: &mut [f64],
) -> Result<f64, Fault> {
    let value = objective.evaluate(at, batch, gradient)?;
    if value.is_finite() && is_finite(gradient) {
        return Ok(value);
    }
    let why = if value.is_finite() {
        let bad = gradient.iter().position(|g| !g.is_finite()).unwrap_or(0);
        let name = owner(objective.parameters(), bad);
        format!("the derivative by `{name}` is {}", gradient[bad])
    } else {
        format!("the objective is {value}")
    };
    Err(Fault::NotFinite(Trouble { why, ..Trouble::default() }))
}

/// The name of the parameter that an entry of the flat vector belongs to.
fn owner(parameters: &[Parameter], entry: usize) -> &str {
    let mut end = 0;
    let owner = parameters.iter().find(|parameter| {
        end += parameter.free;
        entry < end
    });
    owner.map_or("", |parameter| &parameter.name)
}

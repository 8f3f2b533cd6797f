//! Paths that the value of an estimate draws: which of their states are kept, and how long they are.

use std::collections::BTreeMap;

use sdec_hir::{self as hir, ExprKind};
use sdec_lower::to_ssa::{self, Paths, StateAt};

use crate::grid::MOST_DRAWS;
use crate::solve::Plan;
use crate::{Failure, GridError};

/// The paths of a value, of which states are read at these kept times.
///
/// # Errors
///
/// The paths of a table take more draws than a stream has.
pub(crate) fn paths<'a>(
    plan: &Plan<'_>,
    estimate: &'a hir::Estimate,
    kept: Vec<StateAt<'a>>,
) -> Result<Paths<'a>, Failure> {
    let mut named = BTreeMap::new();
    estimate.value.walk(&mut |expr| {
        let ExprKind::Block(lets, _) = &expr.kind else { return };
        for stmt in lets {
            if let (hir::Pattern::Bind(local), ExprKind::Path(drawn)) =
                (&stmt.pattern, &stmt.value.kind)
            {
                named.insert(*local, (&**drawn, stmt.value.span));
            }
        }
    });
    let mut last: BTreeMap<&str, u64> = BTreeMap::new();
    for at in &kept {
        let ExprKind::PathAt(local, ..) = at.expr.kind else { continue };
        let (drawn, _) = named[&local];
        let row = at.rows.iter().copied().max().expect("there is a time");
        let before = last.entry(&drawn.stream).or_insert(row);
        *before = row.max(*before);
    }
    let steps = plan.grid.rows.iter().zip(1..);
    let after = steps.filter(|(row, _)| **row >= 0).map(|(_, steps)| steps);
    let after = plan.grid.keeps_start.then_some(0).into_iter().chain(after).collect();
    for (drawn, span) in named.into_values() {
        let Some((_, set)) = &drawn.entries else { continue };
        let entries = to_ssa::extent(plan.program, &estimate.instance, set);
        let model = &plan.program.models[drawn.model];
        let channels = to_ssa::channels(plan.program, model, &estimate.instance);
        let draws = plan.grid.steps() as f64 * channels as f64 * entries as f64;
        if draws > MOST_DRAWS {
            return Err(plan.no_grid(&GridError::TooManyDraws(draws), span));
        }
    }
    Ok(Paths { methods: plan.methods.clone(), kept, last, after })
}

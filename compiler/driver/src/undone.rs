//! Whether a solve that was undone arrived at its start.

use crate::execute::Execution;
use crate::solve::Plan;

/// That it did not, in words. The program's last result says for each path whether the start was missed,
/// and by how much of the state's size.
pub(crate) fn missed(plan: &Plan<'_>, done: &Execution) -> Option<String> {
    let results = done.results();
    let [share, distance] = done.mean(results - 1)[..] else {
        unreachable!("the last result has two entries")
    };
    if share == 0.0 {
        return None;
    }
    let epsilon = if plan.single { f64::from(f32::EPSILON) } else { f64::EPSILON };
    let paths = (share * done.paths as f64).round();
    let of = if done.paths == 1 {
        String::new()
    } else {
        format!(" on {paths} of {} paths", done.paths)
    };
    Some(format!(
        "the steps of {}, undone for gradient = reversible, miss the start{of} by {distance:.1e} of the \
         state's size on average, where {:.1e} is allowed: they contract so much that rounding grows when \
         they are undone; take gradient = backprop or a shorter time",
        plan.solver,
        epsilon.sqrt(),
    ))
}

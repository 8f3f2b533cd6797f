//! What a sample gives: states, then what is drawn of the observations.

use sdec_hir::{self as hir, Observed};
use sdec_lower::to_ssa;

use crate::solve::Plan;

/// An array of a sample, at one time.
pub(crate) struct Sampled {
    /// As people call it: `x`, `w.A`.
    pub(crate) name: String,
    /// Empty for a number.
    pub(crate) shape: Vec<usize>,
    /// Whether it is of an observation.
    pub(crate) is_observed: bool,
    /// The only time that it has, by number; else it has all.
    pub(crate) at: Option<u64>,
}

impl Sampled {
    /// Its values at all times of a plan, of one path or of all: none where it has none.
    pub(crate) fn over(&self, values: Vec<f64>, plan: &Plan<'_>) -> Vec<f64> {
        let Some(at) = self.at.and_then(|at| usize::try_from(at).ok()) else { return values };
        let entries: usize = self.shape.iter().product();
        if entries == 0 {
            return values;
        }
        let mut all = Vec::with_capacity(values.len() * plan.kept.len());
        for path in values.chunks(entries) {
            for time in 0..plan.kept.len() {
                all.extend(path.iter().map(|&value| if time == at { value } else { f64::NAN }));
            }
        }
        all
    }
}

/// What a file of a sample says beside states and observations.
const COLUMNS: [&str; 2] = ["path", "t"];

impl Plan<'_> {
    /// The results of the program of a sample, in order.
    pub(crate) fn sampled(&self) -> Vec<Sampled> {
        let mut all = Vec::new();
        let mut push = |name: &str, ty: &hir::Ty, is_observed: bool, at: Option<u64>| {
            for (suffix, shape) in to_ssa::shapes(self.program, self.instance, ty) {
                all.push(Sampled { name: format!("{name}{suffix}"), shape, is_observed, at });
            }
        };
        let states = || self.model.states.iter().map(|state| &self.program.locals[state.local]);
        for state in states() {
            push(&state.name, &state.ty, false, None);
        }
        for ((observation, draw), &at) in self.model.drawn().zip(&self.at) {
            let name = &observation.name;
            // What is observed of a state may have its name, and a file has columns of its own.
            let taken =
                COLUMNS.contains(&name.as_str()) || states().any(|state| state.name == *name);
            let suffix = if taken { ".observed" } else { "" };
            push(&format!("{name}{suffix}"), &draw.value.ty, true, at);
        }
        all
    }

    /// Which observations a sample leaves out that have a law, in words.
    pub(crate) fn not_drawn(&self) -> impl Iterator<Item = String> {
        self.model.observations.iter().filter_map(|observation| {
            let Observed::Law { draw, .. } = &observation.observed else { return None };
            let name = &observation.name;
            draw.is_none().then(|| format!("the law of `{name}` cannot be drawn yet"))
        })
    }
}

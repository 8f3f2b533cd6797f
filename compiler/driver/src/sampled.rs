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
}

/// What a file of a sample says beside states and observations.
const COLUMNS: [&str; 2] = ["path", "t"];

impl Plan<'_> {
    /// The results of the program of a sample, in order.
    pub(crate) fn sampled(&self) -> Vec<Sampled> {
        let mut all = Vec::new();
        let mut push = |name: &str, ty: &hir::Ty, is_observed: bool| {
            for (suffix, shape) in to_ssa::shapes(self.program, self.instance, ty) {
                all.push(Sampled { name: format!("{name}{suffix}"), shape, is_observed });
            }
        };
        let states = || self.model.states.iter().map(|state| &self.program.locals[state.local]);
        for state in states() {
            push(&state.name, &state.ty, false);
        }
        for (observation, draw) in self.model.drawn() {
            let name = &observation.name;
            // What is observed of a state may have its name, and a file has columns of its own.
            let taken =
                COLUMNS.contains(&name.as_str()) || states().any(|state| state.name == *name);
            let suffix = if taken { ".observed" } else { "" };
            push(&format!("{name}{suffix}"), &draw.value.ty, true);
        }
        all
    }

    /// Which observations a sample leaves out that have a law, in words.
    pub(crate) fn not_drawn(&self) -> impl Iterator<Item = String> {
        self.model.observations.iter().filter_map(|observation| {
            let Observed::Law { draw, .. } = &observation.observed else { return None };
            let name = &observation.name;
            match (&observation.at, draw) {
                (Some(_), _) => {
                    Some(format!("`{name}` is observed at one time of its own, and not drawn"))
                }
                (None, None) => Some(format!("the law of `{name}` cannot be drawn yet")),
                (None, Some(_)) => None,
            }
        })
    }
}

//! Which values are the same for all paths: those that no draw flows into, and no parameter of which each
//! path has its own.
//!
//! They cost one path's work where others cost that of all paths held side by side.

use crate::{Control, Func, Region, Scan, Value};

/// A mark for each value of a function that differs by path.
pub struct Uniform {
    varying: Vec<bool>,
}

impl Uniform {
    /// Marks what draws flow into. What comes out of a loop or branch that draws, or that reads something
    /// marked, is marked as a whole.
    pub fn of(func: &Func) -> Self {
        let mut uniform = Self { varying: vec![false; func.types.len()] };
        let own = func.params.iter().filter(|param| param.each);
        uniform.mark(&own.map(|param| param.value).collect::<Vec<_>>());
        uniform.region(&func.body);
        uniform
    }

    /// Whether the value is the same for all paths; not known of values that were made later.
    pub fn has(&self, value: Value) -> bool {
        self.varying.get(value.index()).is_some_and(|&varying| !varying)
    }

    fn region(&mut self, region: &Region) {
        for inst in &region.insts {
            let varies = inst.draws() || inst.reads().iter().any(|&value| !self.has(value));
            if varies {
                self.mark(&inst.results);
            }
            match inst.op.control().filter(|_| varies) {
                // The index comes first and never varies.
                Some(Control::Scan(Scan { body, .. })) => self.mark(&body.params[1..]),
                Some(Control::Implicit { zero, .. }) => self.mark(&zero.params),
                Some(Control::Map { .. } | Control::If { .. }) | None => {}
            }
            for inner in inst.op.regions() {
                self.region(inner);
            }
        }
    }

    fn mark(&mut self, values: &[Value]) {
        for value in values {
            self.varying[value.index()] = true;
        }
    }
}

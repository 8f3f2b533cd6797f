//! Which values are the same for all paths: those that no draw flows into, and no parameter of which each
//! path has its own.
//!
//! They cost one path's work where others cost that of all paths held side by side.

use sdec_ssa::{Func, Region, Value};

/// A mark for each value of a function that differs by path.
pub(crate) struct Uniform {
    varying: Vec<bool>,
}

/// Marks what draws flow into. What comes out of a loop or branch that draws, or that reads something
/// marked, is marked as a whole.
pub(crate) fn run(func: &Func) -> Uniform {
    let mut uniform = Uniform { varying: vec![false; func.types.len()] };
    for param in func.params.iter().filter(|param| param.each) {
        uniform.varying[param.value.index()] = true;
    }
    uniform.region(&func.body);
    uniform
}

impl Uniform {
    /// Whether the value is the same for all paths.
    pub(crate) fn has(&self, value: Value) -> bool {
        self.varying.get(value.index()).is_some_and(|&varying| !varying)
    }

    fn region(&mut self, region: &Region) {
        for inst in &region.insts {
            let varies = inst.draws() || inst.reads().iter().any(|&value| !self.has(value));
            if varies {
                for &result in &inst.results {
                    self.varying[result.index()] = true;
                }
            }
            for inner in inst.op.regions() {
                // The index comes first and never varies.
                for &carry in inner.params.iter().skip(1).filter(|_| varies) {
                    self.varying[carry.index()] = true;
                }
                self.region(inner);
            }
        }
    }
}

//! Which carries of a loop matter to steps that are done again for what they emit.

use std::collections::BTreeSet;

use sdec_ssa::{Func, Region, Value};

/// The carries that some emitted arrays depend on, of a loop with so many carries. Counts and truth
/// values are always among them, and so is whatever they depend on: places in memory are computed of
/// them.
pub(super) fn carries(
    func: &Func,
    body: &Region,
    count: usize,
    emits: &BTreeSet<usize>,
) -> BTreeSet<usize> {
    let carry = |k: usize| body.params[1 + k];
    let decides =
        |&k: &usize| !func.types[carry(k)].is_float() || reaches_counts(func, body, carry(k));
    let mut needed: BTreeSet<usize> = (0..count).filter(decides).collect();
    loop {
        let mut roots: BTreeSet<Value> = emits.iter().map(|&k| body.results[count + k]).collect();
        roots.extend(needed.iter().map(|&k| body.results[k]));
        let reached = read_for(body, roots);
        let mut found = needed.clone();
        found.extend((0..count).filter(|&k| reached.contains(&carry(k))));
        if found == needed {
            return needed;
        }
        needed = found;
    }
}

/// What is read, at any depth, to compute some values of a region, and those.
fn read_for(body: &Region, mut wanted: BTreeSet<Value>) -> BTreeSet<Value> {
    for inst in body.insts.iter().rev() {
        if inst.results.iter().any(|result| wanted.contains(result)) {
            wanted.extend(inst.reads());
        }
    }
    wanted
}

/// Whether a count or a truth value is computed from a value, or may be within an operation.
fn reaches_counts(func: &Func, body: &Region, value: Value) -> bool {
    let mut touched = BTreeSet::from([value]);
    for inst in &body.insts {
        if !inst.reads().is_disjoint(&touched) {
            let floats = inst.results.iter().all(|&result| func.types[result].is_float());
            if inst.op.is_control() || !floats {
                return true;
            }
            touched.extend(&inst.results);
        }
    }
    false
}

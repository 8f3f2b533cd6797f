//! Where cotangents are known to be zero: behind the operand that a `select` did not take.
//!
//! ```text
//! forwards   d(log x) = dx / x,   d(max(log x, 0)) = log x > 0 ? d(log x) : 0
//! backwards  ct' = log x > 0 ? ct : 0,   ct'' = ct' / x
//! ```
//!
//! At `x = 0` the second step is `0 / 0`, though nothing is passed back. So a product or quotient of a
//! cotangent that is zero where a condition is false is chosen by the condition once more.

use std::collections::BTreeMap;

use sdec_ssa::{Binary, Builder, Op, Unary, Value};

use crate::rules;

/// Conditions of cotangents.
#[derive(Default)]
pub(crate) struct Masks {
    of: BTreeMap<Value, Mask>,
}

/// Zero unless the condition is `when`.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Mask {
    condition: Value,
    when: bool,
}

impl Masks {
    /// The cotangent `to` that `op` passes back, given that of its result, `from`; chosen by the
    /// condition of the latter where need be. `taken` says for a `select` which operand it is for.
    pub(crate) fn pass(
        &mut self,
        f: &mut Builder,
        op: &Op,
        taken: bool,
        [from, to]: [Value; 2],
    ) -> Value {
        let mask = self.of.get(&from).copied();
        if let Op::Select(condition, ..) = op {
            let own = Mask { condition: *condition, when: taken };
            let both = mask.map_or(own, |mask| both(f, mask, own));
            self.of.insert(to, both);
            return to;
        }
        let Some(mask) = mask else { return to };
        if matches!(op, Op::Binary(Binary::Mul | Binary::Div, ..)) {
            let zeros = rules::zeros_like(f, to);
            let (x, y) = if mask.when { (to, zeros) } else { (zeros, to) };
            let kept = f.select(mask.condition, x, y);
            self.of.insert(kept, mask);
            return kept;
        }
        let linear = matches!(
            op,
            Op::Unary(Unary::Neg, _) | Op::Binary(Binary::Add | Binary::Sub, ..) | Op::Convert(_)
        );
        if linear {
            self.of.insert(to, mask);
        } else if let Op::Reshape(_) = op {
            let shape = f.ty(to).shape.clone();
            let condition = f.reshape(mask.condition, &shape);
            self.of.insert(to, Mask { condition, ..mask });
        }
        to
    }

    /// Takes note of the sum of two cotangents.
    pub(crate) fn add(&mut self, f: &mut Builder, x: Value, y: Value, sum: Value) {
        if let (Some(&x), Some(&y)) = (self.of.get(&x), self.of.get(&y)) {
            let either = if x == y { x } else { either(f, x, y) };
            self.of.insert(sum, either);
        }
    }
}

fn both(f: &mut Builder, x: Mask, y: Mask) -> Mask {
    let (x, y) = (truth(f, x), truth(f, y));
    Mask { condition: f.binary(Binary::And, x, y), when: true }
}

fn either(f: &mut Builder, x: Mask, y: Mask) -> Mask {
    let (x, y) = (truth(f, x), truth(f, y));
    Mask { condition: f.binary(Binary::Or, x, y), when: true }
}

fn truth(f: &mut Builder, mask: Mask) -> Value {
    if mask.when { mask.condition } else { f.unary(Unary::Not, mask.condition) }
}

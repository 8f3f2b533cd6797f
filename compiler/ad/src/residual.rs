//! Which known values the linear half of a region is handed and which it makes again.

use std::collections::BTreeSet;

use sdec_ssa::{Binary, Inst, Op, Unary, Uniform, Value};

/// What there is to choose from.
pub(crate) struct Choice<'a> {
    /// The known operations of the region.
    pub(crate) known: &'a [Inst],
    /// Its known parameters.
    pub(crate) params: Vec<Value>,
    /// The one among them that the linear half has too: a loop's index.
    pub(crate) index: Option<Value>,
    /// What the linear half reads, from the region and from outside.
    pub(crate) needed: BTreeSet<Value>,
    /// Those that the known half hands over in any case, whole or row by row.
    pub(crate) kept: BTreeSet<Value>,
}

/// Residuals of a region.
pub(crate) struct Residuals {
    /// Made by the known half and handed over.
    pub(crate) stored: Vec<Value>,
    /// Made again by the linear half, in order.
    pub(crate) again: Vec<Inst>,
}

/// Stores, of the values needed, those that are not cheap to make from the index, from values
/// outside and from what is stored already.
pub(crate) fn choose(uniform: &Uniform, choice: &Choice<'_>) -> Residuals {
    let mut at_hand: BTreeSet<Value> = choice.index.into_iter().collect();
    let mut stored = Vec::new();
    let mut again = Vec::new();
    let mut inside: BTreeSet<Value> = choice.params.iter().copied().collect();
    for &param in &choice.params {
        if choice.needed.contains(&param) && at_hand.insert(param) {
            stored.push(param);
        }
    }
    for inst in choice.known {
        inside.extend(&inst.results);
        let ready = is_cheap(inst, uniform, &choice.kept)
            && inst.op.operands().iter().all(|x| at_hand.contains(x) || !inside.contains(x));
        if ready {
            at_hand.extend(&inst.results);
            again.push(inst.clone());
            continue;
        }
        for &result in inst.results.iter().filter(|result| choice.needed.contains(result)) {
            stored.push(result);
            at_hand.insert(result);
        }
    }
    drop_unread(&mut again, choice.needed.clone());
    Residuals { stored, again }
}

/// Drops operations that neither `wanted` values nor later operations need.
pub(crate) fn drop_unread(insts: &mut Vec<Inst>, mut wanted: BTreeSet<Value>) {
    let mut kept = Vec::new();
    for inst in std::mem::take(insts).into_iter().rev() {
        if inst.results.iter().any(|result| wanted.contains(result)) {
            wanted.extend(inst.reads());
            kept.push(inst);
        }
    }
    kept.reverse();
    *insts = kept;
}

/// Whether making the results again costs less than handing them over.
fn is_cheap(inst: &Inst, uniform: &Uniform, kept: &BTreeSet<Value>) -> bool {
    match cost(&inst.op) {
        Cost::Low => true,
        Cost::Middle => inst.results.iter().all(|&x| uniform.has(x) && !kept.contains(&x)),
        Cost::High => false,
    }
}

/// What making a value again costs.
enum Cost {
    /// No more than storing and loading it. Draws are counted here: they cost arithmetic but no
    /// memory.
    Low,
    /// More, but less than one load per path if it is done once for all paths.
    Middle,
    /// More.
    High,
}

fn cost(op: &Op) -> Cost {
    match op {
        Op::Unary(op, _) => match op {
            Unary::Neg
            | Unary::Abs
            | Unary::Floor
            | Unary::Sign
            | Unary::StopGradient
            | Unary::Not => Cost::Low,
            Unary::Sqrt
            | Unary::Exp
            | Unary::Log
            | Unary::Sin
            | Unary::Cos
            | Unary::Tanh
            | Unary::Erf
            | Unary::Erfc
            | Unary::Special(_) => Cost::Middle,
        },
        Op::Binary(op, ..) => match op {
            Binary::Add
            | Binary::Sub
            | Binary::Mul
            | Binary::Max
            | Binary::Min
            | Binary::And
            | Binary::Or => Cost::Low,
            Binary::Div | Binary::Pow | Binary::Atan2 => Cost::Middle,
        },
        Op::Const(_)
        | Op::Compare(..)
        | Op::Select(..)
        | Op::Convert(_)
        | Op::Broadcast(_)
        | Op::Stack(_)
        | Op::Concat(_)
        | Op::Slice { .. }
        | Op::Reshape(_)
        | Op::Transpose(..)
        | Op::Index(..)
        | Op::Draw { .. } => Cost::Low,
        Op::AddAt { .. }
        | Op::Contract(..)
        | Op::Solve(..)
        | Op::Sum(_)
        | Op::Product(_)
        | Op::Extremum(..)
        | Op::ArgExtremum(..)
        | Op::Map { .. }
        | Op::Scan { .. }
        | Op::Implicit { .. }
        | Op::If { .. } => Cost::High,
    }
}

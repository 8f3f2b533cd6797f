//! Contractions and linear systems.

use sdec_ssa::{Binary, Builder, Value};

use super::arith::difference;
use super::{Share, Tangents, sum};

/// `da b + a db`
pub(super) fn contract(f: &mut Builder, a: Value, b: Value, d: &Tangents<'_>) -> Option<Value> {
    let left = d(a).map(|da| f.contract(da, b));
    let right = d(b).map(|db| f.contract(a, db));
    sum(f, left, right)
}

/// `A⁻¹ (db - dA x)`
pub(super) fn solve(
    f: &mut Builder,
    a: Value,
    b: Value,
    out: Value,
    d: &Tangents<'_>,
) -> Option<Value> {
    let turned = d(a).map(|da| f.contract(da, out));
    let right = difference(f, d(b), turned)?;
    Some(f.solve(a, right))
}

/// To the right-hand side `A⁻ᵀ ct`.
pub(super) fn solve_transposed(f: &mut Builder, a: Value, b: Value, ct: Value) -> Vec<Share> {
    let flipped = f.transpose(a, vec![1, 0]);
    vec![Share::Whole(b, f.solve(flipped, ct))]
}

/// To the left `ct bᵀ`, to the right `aᵀ ct`, of the operands as tables `[m, k]` and `[k, n]`.
pub(super) fn contract_transposed(
    f: &mut Builder,
    a: Value,
    b: Value,
    ct: Value,
    linear: &dyn Fn(Value) -> bool,
) -> Vec<Share> {
    let (left, right) = (f.ty(a).shape.clone(), f.ty(b).shape.clone());
    let k = right[0];
    let m: u64 = left[..left.len() - 1].iter().product();
    let n: u64 = right[1..].iter().product();
    if left.len() == 1 && right.len() == 1 {
        let (to, factor) = if linear(a) { (a, b) } else { (b, a) };
        let ct = f.broadcast(ct, &[k]);
        return vec![Share::Whole(to, f.binary(Binary::Mul, factor, ct))];
    }
    if linear(a) {
        let (table, ct) = (f.reshape(b, &[k, n]), f.reshape(ct, &[m, n]));
        let flipped = f.transpose(table, vec![1, 0]);
        let share = f.contract(ct, flipped);
        vec![Share::Whole(a, f.reshape(share, &left))]
    } else {
        let (table, ct) = (f.reshape(a, &[m, k]), f.reshape(ct, &[m, n]));
        let flipped = f.transpose(table, vec![1, 0]);
        let share = f.contract(flipped, ct);
        vec![Share::Whole(b, f.reshape(share, &right))]
    }
}

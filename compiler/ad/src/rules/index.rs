//! Shapes, rows and gathers. All of these are linear, so that the tangent is the operation itself
//! on tangents.

use sdec_ssa::{Builder, Type, Value};

use super::{Share, Tangents, dense};

pub(super) fn broadcast(f: &mut Builder, x: Value, out: Value, d: &Tangents<'_>) -> Option<Value> {
    let dx = d(x)?;
    let n_leading = f.ty(out).shape.len() - f.ty(x).shape.len();
    let leading = f.ty(out).shape[..n_leading].to_vec();
    Some(f.broadcast(dx, &leading))
}

pub(super) fn stack(f: &mut Builder, rows: &[Value], d: &Tangents<'_>) -> Option<Value> {
    rows.iter().find_map(|&row| d(row))?;
    let rows = rows.iter().map(|&row| dense(f, row, d)).collect();
    Some(f.stack(rows))
}

pub(super) fn concat(f: &mut Builder, parts: &[Value], d: &Tangents<'_>) -> Option<Value> {
    parts.iter().find_map(|&part| d(part))?;
    let parts = parts.iter().map(|&part| dense(f, part, d)).collect();
    Some(f.concat(parts))
}

pub(super) fn slice(
    f: &mut Builder,
    array: Value,
    start: u64,
    out: Value,
    d: &Tangents<'_>,
) -> Option<Value> {
    let len = f.ty(out).shape[0];
    d(array).map(|dx| f.slice(dx, start, len))
}

pub(super) fn reshape(f: &mut Builder, x: Value, out: Value, d: &Tangents<'_>) -> Option<Value> {
    let shape = f.ty(out).shape.clone();
    d(x).map(|dx| f.reshape(dx, &shape))
}

pub(super) fn transpose(
    f: &mut Builder,
    x: Value,
    permutation: &[usize],
    d: &Tangents<'_>,
) -> Option<Value> {
    d(x).map(|dx| f.transpose(dx, permutation.to_vec()))
}

pub(super) fn index(
    f: &mut Builder,
    array: Value,
    index: Value,
    d: &Tangents<'_>,
) -> Option<Value> {
    d(array).map(|dx| f.index(dx, index))
}

pub(super) fn add_at(
    f: &mut Builder,
    array: Value,
    index: Value,
    row: Value,
    d: &Tangents<'_>,
) -> Option<Value> {
    let Some(drow) = d(row) else { return d(array) };
    let darray = dense(f, array, d);
    Some(f.add_at(darray, index, drow))
}

pub(super) fn broadcast_transposed(f: &mut Builder, x: Value, ct: Value) -> Vec<Share> {
    let shape = f.ty(x).shape.clone();
    let n_leading = f.ty(ct).shape.len() - shape.len();
    let repeated = f.ty(ct).shape[..n_leading].iter().product();
    let rows = f.reshape(ct, &[&[repeated], shape.as_slice()].concat());
    vec![Share::Whole(x, f.sum(rows))]
}

pub(super) fn stack_transposed(
    f: &mut Builder,
    rows: &[Value],
    ct: Value,
    linear: &dyn Fn(Value) -> bool,
) -> Vec<Share> {
    let mut shares = Vec::new();
    for (k, &row) in rows.iter().enumerate().filter(|(_, row)| linear(**row)) {
        shares.push(Share::Whole(row, f.row(ct, k as u64)));
    }
    shares
}

pub(super) fn concat_transposed(
    f: &mut Builder,
    parts: &[Value],
    ct: Value,
    linear: &dyn Fn(Value) -> bool,
) -> Vec<Share> {
    let mut shares = Vec::new();
    let mut start = 0;
    for &part in parts {
        let len = f.ty(part).shape[0];
        if linear(part) {
            shares.push(Share::Whole(part, f.slice(ct, start, len)));
        }
        start += len;
    }
    shares
}

pub(super) fn slice_transposed(f: &mut Builder, array: Value, start: u64, ct: Value) -> Vec<Share> {
    let extent = f.ty(array).shape[0];
    vec![Share::Whole(array, padded(f, ct, start, extent))]
}

pub(super) fn reshape_transposed(f: &mut Builder, x: Value, ct: Value) -> Vec<Share> {
    let shape = f.ty(x).shape.clone();
    vec![Share::Whole(x, f.reshape(ct, &shape))]
}

pub(super) fn transpose_transposed(
    f: &mut Builder,
    x: Value,
    permutation: &[usize],
    ct: Value,
) -> Vec<Share> {
    let mut inverse = vec![0; permutation.len()];
    for (k, &axis) in permutation.iter().enumerate() {
        inverse[axis] = k;
    }
    vec![Share::Whole(x, f.transpose(ct, inverse))]
}

pub(super) fn add_at_transposed(
    f: &mut Builder,
    array: Value,
    index: Value,
    row: Value,
    ct: Value,
    linear: &dyn Fn(Value) -> bool,
) -> Vec<Share> {
    let mut shares = vec![Share::Whole(array, ct)];
    if linear(row) {
        shares.push(Share::Whole(row, f.index(ct, index)));
    }
    shares
}

/// `rows` from row `start` of an array of `extent` rows that is zero elsewhere.
pub(crate) fn padded(f: &mut Builder, rows: Value, start: u64, extent: u64) -> Value {
    let ty = f.ty(rows).clone();
    let zeros = |f: &mut Builder, n: u64| {
        let shape = [&[n], &ty.shape[1..]].concat();
        f.filled(&Type { scalar: ty.scalar, shape }, 0.0)
    };
    let after = extent - start - ty.shape[0];
    let mut parts = Vec::new();
    if start > 0 {
        parts.push(zeros(f, start));
    }
    parts.push(rows);
    if after > 0 {
        parts.push(zeros(f, after));
    }
    if parts.len() == 1 { rows } else { f.concat(parts) }
}

//! Reductions over the first axis.

use sdec_ssa::{Binary, Builder, Emit, Extremum, Scalar, Type, Value};

use super::{Share, Tangents};

/// `Σ dx`
pub(super) fn sum(f: &mut Builder, x: Value, d: &Tangents<'_>) -> Option<Value> {
    d(x).map(|dx| f.sum(dx))
}

/// `Σₖ dxₖ Πⱼ≠ₖ xⱼ`, without division, so that zeros among the factors do no harm: a loop carries
/// the product so far and its tangent.
pub(super) fn product(f: &mut Builder, x: Value, d: &Tangents<'_>) -> Option<Value> {
    let dx = d(x)?;
    let extent = f.ty(x).shape[0];
    let row = Type { scalar: f.ty(x).scalar, shape: f.ty(x).shape[1..].to_vec() };
    let init = vec![f.filled(&row, 1.0), f.filled(&row, 0.0)];
    let params = f.open_region(&[Type::scalar(Scalar::I64), row.clone(), row]);
    let [k, p, dp] = params[..] else { unreachable!("a region of three parameters") };
    let (x, dx) = (f.index(x, k), f.index(dx, k));
    let next = f.binary(Binary::Mul, p, x);
    let left = f.binary(Binary::Mul, x, dp);
    let right = f.binary(Binary::Mul, p, dx);
    let dnext = f.binary(Binary::Add, left, right);
    let body = f.close_region(vec![next, dnext]);
    Some(f.scan_of(extent, false, init, Vec::<Emit>::new(), body)[1])
}

/// The tangent of the largest or smallest entry; of the first of several.
pub(super) fn extremum(
    f: &mut Builder,
    which: Extremum,
    x: Value,
    d: &Tangents<'_>,
) -> Option<Value> {
    let dx = d(x)?;
    let shape = f.ty(x).shape.clone();
    if shape.len() == 1 {
        let best = f.arg_extremum(which, x);
        return Some(f.index(dx, best));
    }
    let columns: u64 = shape[1..].iter().product();
    let [x, dx] = [x, dx].map(|array| {
        let table = f.reshape(array, &[shape[0], columns]);
        f.transpose(table, vec![1, 0])
    });
    let picked = f.map(columns, |f, k| {
        let (column, dcolumn) = (f.index(x, k), f.index(dx, k));
        let best = f.arg_extremum(which, column);
        vec![f.index(dcolumn, best)]
    });
    Some(f.reshape(picked[0], &shape[1..]))
}

pub(super) fn sum_transposed(f: &mut Builder, x: Value, ct: Value) -> Vec<Share> {
    let extent = f.ty(x).shape[0];
    vec![Share::Whole(x, f.broadcast(ct, &[extent]))]
}

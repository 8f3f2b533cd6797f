//! Value and gradient of an estimate as one program of a path.

use sdec_ad::{NotDifferentiable, jvp, vjp};
use sdec_ssa::{Builder, Compare, Func, Scalar, Value, inline};

/// How an estimate is differentiated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Backwards through the steps, once for all parameters.
    Backprop,
    /// Forwards with the steps, once for each entry of a parameter.
    Forward,
}

/// The function with one more result for each parameter in `wrt`: the derivative of its first
/// result, a float scalar. Parameters stay as they are.
///
/// # Errors
///
/// What cannot be differentiated.
pub(crate) fn run(func: &Func, wrt: &[usize], mode: Mode) -> Result<Func, NotDifferentiable> {
    match mode {
        Mode::Backprop => backprop(func, wrt),
        Mode::Forward => forward(func, wrt),
    }
}

/// A builder with the parameters of `func`.
fn same_params(func: &Func) -> (Builder, Vec<Value>) {
    let mut b = Builder::new(func.name.clone());
    for name in func.streams.values() {
        b.stream(name);
    }
    let params = func.params.iter();
    let args = params.map(|p| b.param(p.name.clone(), func.types[p.value].clone())).collect();
    (b, args)
}

fn backprop(func: &Func, wrt: &[usize]) -> Result<Func, NotDifferentiable> {
    let pulled = vjp::run(func, wrt)?;
    let (mut b, mut args) = same_params(func);
    let scalar = func.types[func.body.results[0]].scalar;
    args.push(b.float(scalar, 1.0));
    let results = inline(&mut b, &pulled, &args);
    Ok(b.finish(results))
}

fn forward(func: &Func, wrt: &[usize]) -> Result<Func, NotDifferentiable> {
    let (mut b, args) = same_params(func);
    let mut value = inline(&mut b, func, &args);
    for &param in wrt {
        let pushed = jvp::run(func, &[param])?;
        let shape = b.ty(args[param]).shape.clone();
        let derivative = along(&mut b, &pushed, &args, args[param], &shape, &mut Vec::new());
        value.push(derivative);
    }
    Ok(b.finish(value))
}

/// Derivatives along every entry of a parameter, in its shape.
fn along(
    b: &mut Builder,
    pushed: &Func,
    args: &[Value],
    param: Value,
    rest: &[u64],
    place: &mut Vec<Value>,
) -> Value {
    if let Some((&extent, rest)) = rest.split_first() {
        let rows = (0..extent).map(|k| {
            let k = b.int(i64::try_from(k).expect("extents fit i64"));
            place.push(k);
            let row = along(b, pushed, args, param, rest, place);
            place.pop();
            row
        });
        let rows = rows.collect();
        return b.stack(rows);
    }
    let ty = b.ty(param).clone();
    let tangent = basis(b, ty.scalar, &ty.shape, place);
    let args = [args, &[tangent]].concat();
    let results = inline(b, pushed, &args);
    results[pushed.body.results.len() - 1]
}

/// One at `place`, zero elsewhere.
fn basis(b: &mut Builder, scalar: Scalar, shape: &[u64], place: &[Value]) -> Value {
    let Some((&extent, rest)) = shape.split_first() else { return b.float(scalar, 1.0) };
    let row = basis(b, scalar, rest, &place[1..]);
    let row_ty = b.ty(row).clone();
    let zero = b.filled(&row_ty, 0.0);
    b.map(extent, |b, k| {
        let here = b.compare(Compare::Eq, k, place[0]);
        let here = b.broadcast(here, &row_ty.shape);
        vec![b.select(here, row, zero)]
    })[0]
}

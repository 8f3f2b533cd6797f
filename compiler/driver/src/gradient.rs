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

#[cfg(test)]
mod tests {
    use sdec_ssa::{Array, NoDraws, eval, parse};

    use super::*;

    /// `f(x, a) = x₀ x₁ + a exp x₁`
    const FUNC: &str = r#"func f(v0: f64[2] "x", v1: f64 "a") {
  v2: i64 = const 0
  v3: f64 = index v0, v2
  v4: i64 = const 1
  v5: f64 = index v0, v4
  v6: f64 = mul v3, v5
  v7: f64 = exp v5
  v8: f64 = mul v1, v7
  v9: f64 = add v6, v8
  return v9
}
"#;

    fn gradient(mode: Mode) -> Vec<Vec<f64>> {
        let func = run(&parse(FUNC).unwrap(), &[0, 1], mode).unwrap();
        sdec_ssa::verify(&func).unwrap();
        let inputs = [Array::vector(&[0.3, -0.7]), Array::scalar(1.5)];
        let results = eval(&func, &inputs, &mut NoDraws);
        results.iter().map(|array| array.as_floats().to_vec()).collect()
    }

    #[test]
    fn both_modes_give_the_derivatives_of_the_formula() {
        let e = (-0.7_f64).exp();
        let expected = [vec![0.3 * -0.7 + 1.5 * e], vec![-0.7, 0.3 + 1.5 * e], vec![e]];
        for mode in [Mode::Backprop, Mode::Forward] {
            for (found, expected) in gradient(mode).iter().flatten().zip(expected.iter().flatten())
            {
                assert!((found - expected).abs() < 1e-15, "{mode:?}: {found} {expected}");
            }
        }
    }
}

//! Value and gradient of an estimate as one program of a path.

use sdec_ad::{NotDifferentiable, jvp, vjp};
use sdec_hir::Gradient;
use sdec_lower::to_ssa;
use sdec_ssa::{Builder, Compare, Func, Type, Value, inline};

/// How the program of a value becomes that of its derivatives too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Backwards through the program, once for all parameters.
    Backprop,
    /// Forwards along the program, once for each entry of a parameter.
    Forward,
}

/// What makes the derivatives: a pass over the program of the value, or, where the solve is
/// differentiated by a solve backwards, the lowering.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Maker {
    /// A pass.
    Pass(Mode),
    /// The lowering.
    Lowering(to_ssa::Mode),
}

/// What makes the derivatives of a mode.
pub(crate) fn maker(gradient: Gradient) -> Maker {
    match gradient {
        Gradient::Backprop => Maker::Pass(Mode::Backprop),
        Gradient::Forward => Maker::Pass(Mode::Forward),
        Gradient::Adjoint => Maker::Lowering(to_ssa::Mode::Adjoint),
        Gradient::Reversible => Maker::Lowering(to_ssa::Mode::Reversible),
    }
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
    for (k, &result) in func.body.results.iter().enumerate() {
        let ty = &func.types[result];
        if ty.is_float() {
            args.push(b.filled(ty, if k == 0 { 1.0 } else { 0.0 }));
        }
    }
    let results = inline(&mut b, &pulled, &args);
    Ok(b.finish(results))
}

/// Numbers one by one, each in a copy of the program; the entries of all tables in one loop around
/// one copy.
fn forward(func: &Func, wrt: &[usize]) -> Result<Func, NotDifferentiable> {
    let (mut b, args) = same_params(func);
    let mut value = inline(&mut b, func, &args);
    // The tangent of the first result comes after all results.
    let results = value.len();
    let is_number = |param: &usize| func.types[func.params[*param].value].shape.is_empty();
    let tables: Vec<usize> = wrt.iter().copied().filter(|param| !is_number(param)).collect();
    let mut entries = along_tables(&mut b, func, &args, &tables)?.into_iter();
    for param in wrt {
        value.push(if is_number(param) {
            let pushed = jvp::run(func, &[*param])?;
            let one = b.float(func.types[func.params[*param].value].scalar, 1.0);
            inline(&mut b, &pushed, &[args.as_slice(), &[one]].concat())[results]
        } else {
            entries.next().expect("one derivative for each table")
        });
    }
    Ok(b.finish(value))
}

/// Derivatives along every entry of some tables, each in its table's shape.
fn along_tables(
    b: &mut Builder,
    func: &Func,
    args: &[Value],
    tables: &[usize],
) -> Result<Vec<Value>, NotDifferentiable> {
    let types: Vec<_> = tables.iter().map(|&param| b.ty(args[param]).clone()).collect();
    let Some(first) = types.first() else { return Ok(Vec::new()) };
    let pushed = jvp::run(func, tables)?;
    let all = types.iter().map(Type::entries).sum();
    let (one, zero) = (b.float(first.scalar, 1.0), b.float(first.scalar, 0.0));
    let flat = b.map(all, |b, k| {
        let basis = b.map(all, |b, j| {
            let here = b.compare(Compare::Eq, j, k);
            vec![b.select(here, one, zero)]
        })[0];
        let tangents = split(b, basis, &types);
        vec![inline(b, &pushed, &[args, tangents.as_slice()].concat())[func.body.results.len()]]
    })[0];
    Ok(split(b, flat, &types))
}

/// A vector cut into arrays of these types.
fn split(b: &mut Builder, flat: Value, types: &[Type]) -> Vec<Value> {
    let mut start = 0;
    let mut parts = Vec::new();
    for ty in types {
        let part = b.slice(flat, start, ty.entries());
        parts.push(b.reshape(part, &ty.shape));
        start += ty.entries();
    }
    parts
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

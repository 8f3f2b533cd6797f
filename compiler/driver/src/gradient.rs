//! Value and derivatives of an estimate as one program of a path.

use sdec_ad::directions::along_entries;
use sdec_ad::{NotDifferentiable, vjp};
use sdec_hir::Gradient;
use sdec_lower::to_ssa;
use sdec_ssa::{Builder, Func, Type, Value, inline};

/// How the program of a value becomes that of its derivatives too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Backwards through the program, once for all parameters.
    Backprop,
    /// Forwards along the program, with a tangent for each entry of a parameter.
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

/// The derivatives that are wanted. Parameters are named by their places.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wanted {
    /// First derivatives, each by one parameter.
    pub(crate) first: Vec<usize>,
    /// Second derivatives.
    pub(crate) second: Vec<Pair>,
    /// Parameters that move together: a derivative by the first of two is one by both. Only the inner
    /// of the two derivatives of a pair that is [`Pair::apart`] is not.
    pub(crate) together: Vec<[usize; 2]>,
}

/// A second derivative.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pair {
    /// By these.
    pub(crate) by: [usize; 2],
    /// Which of them comes first.
    pub(crate) inner: usize,
    /// Whether that one is by its parameter alone, before parameters are put together.
    pub(crate) apart: bool,
}

/// The function with one more result for each derivative of its first result, a float scalar: of
/// shape `s` for a parameter of shape `s`, of shape `[s, t]` for two. Parameters stay as they are.
///
/// # Errors
///
/// What cannot be differentiated.
pub(crate) fn run(
    func: &Func,
    wanted: &Wanted,
    mode: Mode,
    inner: Mode,
) -> Result<Func, NotDifferentiable> {
    let joined = join(func, &wanted.together);
    let first = derivatives(&joined, &wanted.first, mode)?;
    if wanted.second.is_empty() {
        return Ok(first);
    }
    let (mut b, args) = same_params(func);
    let mut results = inline(&mut b, &first, &args);
    for pair in &wanted.second {
        let (inner_by, outer_by) = (pair.by[pair.inner], pair.by[1 - pair.inner]);
        let once = derivatives(if pair.apart { func } else { &joined }, &[inner_by], inner)?;
        let once = only_last(&once);
        let once = if pair.apart { join(&once, &wanted.together) } else { once };
        let (_, rows) = along_entries(&mut b, &once, &args, &[outer_by], 0)?;
        let shape = [b.ty(args[outer_by]).shape.as_slice(), &b.ty(rows).shape[1..]].concat();
        let twice = b.reshape(rows, &shape);
        // The axes of the outer one come first now.
        let [s, t] = [inner_by, outer_by].map(|param| b.ty(args[param]).shape.len());
        let is_in_order = pair.inner == 1 || s == 0 || t == 0;
        let inner_axes_first = (t..t + s).chain(0..t).collect();
        results.push(if is_in_order { twice } else { b.transpose(twice, inner_axes_first) });
    }
    Ok(b.finish(results))
}

/// The function with one more result for each parameter in `wrt`.
fn derivatives(func: &Func, wrt: &[usize], mode: Mode) -> Result<Func, NotDifferentiable> {
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
    let mut args = Vec::new();
    for param in params {
        let (name, ty) = (param.name.clone(), func.types[param.value].clone());
        args.push(if param.each { b.param_of_each(name, ty) } else { b.param(name, ty) });
    }
    (b, args)
}

/// The function in which the second of two parameters is the first.
fn join(func: &Func, together: &[[usize; 2]]) -> Func {
    if together.is_empty() {
        return func.clone();
    }
    let (mut b, args) = same_params(func);
    let mut given = args.clone();
    for &[first, second] in together {
        given[second] = args[first];
    }
    let results = inline(&mut b, func, &given);
    b.finish(results)
}

/// The function without its results but the last.
fn only_last(func: &Func) -> Func {
    let mut func = func.clone();
    func.body.results = func.body.results.split_off(func.body.results.len() - 1);
    func
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

/// The entries of all parameters in `wrt` in blocks, which one copy of the program carries along.
fn forward(func: &Func, wrt: &[usize]) -> Result<Func, NotDifferentiable> {
    let (mut b, args) = same_params(func);
    let types: Vec<Type> = wrt.iter().map(|&param| b.ty(args[param]).clone()).collect();
    let (mut value, flat) = along_entries(&mut b, func, &args, wrt, 0)?;
    value.extend(split(&mut b, flat, &types));
    Ok(b.finish(value))
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

    const MODES: [Mode; 2] = [Mode::Backprop, Mode::Forward];

    fn evaluate(func: &Func, inputs: &[Array]) -> Vec<Vec<f64>> {
        sdec_ssa::verify(func).unwrap();
        let results = eval(func, inputs, &mut NoDraws);
        results.iter().map(|array| array.as_floats().to_vec()).collect()
    }

    #[track_caller]
    fn close(found: &[Vec<f64>], expected: &[Vec<f64>]) {
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(expected) {
            assert_eq!(found.len(), expected.len());
            for (found, expected) in found.iter().zip(expected) {
                assert!((found - expected).abs() < 1e-15, "{found} is not {expected}");
            }
        }
    }

    #[test]
    fn both_modes_give_the_derivatives_of_the_formula() {
        let e = (-0.7_f64).exp();
        let expected = [vec![0.3 * -0.7 + 1.5 * e], vec![-0.7, 0.3 + 1.5 * e], vec![e]];
        let wanted = Wanted { first: vec![0, 1], ..Wanted::default() };
        for mode in MODES {
            let func = run(&parse(FUNC).unwrap(), &wanted, mode, mode).unwrap();
            close(&evaluate(&func, &[Array::vector(&[0.3, -0.7]), Array::scalar(1.5)]), &expected);
        }
    }

    #[test]
    fn a_second_derivative_has_the_axes_of_both_in_order() {
        let e = (-0.7_f64).exp();
        let value = vec![0.3 * -0.7 + 1.5 * e];
        let expected = [value, vec![0.0, 1.0, 1.0, 1.5 * e], vec![0.0, e], vec![0.0, e], vec![0.0]];
        for inner in [0, 1] {
            let second = [[0, 0], [0, 1], [1, 0], [1, 1]];
            let second = second.map(|by| Pair { by, inner, apart: false }).to_vec();
            let wanted = Wanted { second, ..Wanted::default() };
            for [mode, inner] in [[MODES[0]; 2], MODES, [MODES[1]; 2]] {
                let func = run(&parse(FUNC).unwrap(), &wanted, mode, inner).unwrap();
                let inputs = [Array::vector(&[0.3, -0.7]), Array::scalar(1.5)];
                close(&evaluate(&func, &inputs), &expected);
            }
        }
    }

    /// `f(a, b) = a² b³`
    const TWO: &str = r#"func f(v0: f64 "a", v1: f64 "b") {
  v2: f64 = mul v0, v0
  v3: f64 = mul v1, v1
  v4: f64 = mul v3, v1
  v5: f64 = mul v2, v4
  return v5
}
"#;

    #[test]
    fn parameters_that_move_together_are_one() {
        // With x for both: f = x⁵; by the first alone, then by both: (2 a b³)' = 8 x³.
        let x = 1.5_f64;
        let pair = |apart| Pair { by: [0, 0], inner: 0, apart };
        let wanted = Wanted {
            first: vec![0],
            second: vec![pair(false), pair(true)],
            together: vec![[0, 1]],
        };
        let expected =
            [x.powi(5), 5.0 * x.powi(4), 20.0 * x.powi(3), 8.0 * x.powi(3)].map(|x| vec![x]);
        for mode in MODES {
            let func = run(&parse(TWO).unwrap(), &wanted, mode, mode).unwrap();
            close(&evaluate(&func, &[Array::scalar(x), Array::scalar(x)]), &expected);
        }
    }
}

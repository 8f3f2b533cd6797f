//! Random functions, evaluated at random points: what the tests of derivatives share.

use sdec_ssa::arbitrary::Rng;
use sdec_ssa::{Array, DrawLaw, Draws, Func, Op, Region, Type, Unary, eval, verify};

/// Draws that depend only on their number.
struct Hashed;

impl Draws for Hashed {
    fn draw(&mut self, _stream: &str, law: DrawLaw, number: u64) -> f64 {
        let mut rng = Rng::new(number + 1);
        match law {
            DrawLaw::Uniform => rng.unit(),
            DrawLaw::Normal => 3.0 * rng.unit() - 1.5,
        }
    }
}

/// One array for each of the types, with entries between 0.2 and 1.2.
pub(crate) fn random<'a>(rng: &mut Rng, types: impl IntoIterator<Item = &'a Type>) -> Vec<Array> {
    let array = |ty: &Type| {
        Array::floats(ty.clone(), (0..ty.entries()).map(|_| 0.2 + rng.unit()).collect())
    };
    types.into_iter().map(array).collect()
}

/// Types of the parameters.
pub(crate) fn params(func: &Func) -> Vec<Type> {
    func.params.iter().map(|param| func.types[param.value].clone()).collect()
}

/// Evaluates a verified function on the arguments one after the other.
#[track_caller]
pub(crate) fn run(func: &Func, inputs: &[&[Array]]) -> Vec<Array> {
    verify(func).unwrap_or_else(|malformed| panic!("{malformed}\n{func}"));
    eval(func, &inputs.concat(), &mut Hashed)
}

/// All entries of all arrays.
pub(crate) fn entries(arrays: &[Array]) -> Vec<f64> {
    arrays.iter().flat_map(|array| array.as_floats().to_vec()).collect()
}

/// `x + s v`
fn shifted(x: &[Array], s: f64, v: &[Array]) -> Vec<Array> {
    let shift = |(x, v): (&Array, &Array)| {
        let entries = x.as_floats().iter().zip(v.as_floats()).map(|(x, v)| x + s * v);
        Array::floats(x.ty.clone(), entries.collect())
    };
    x.iter().zip(v).map(shift).collect()
}

/// The product of two lists of arrays, and the sum of the terms' sizes.
pub(crate) fn dot(x: &[Array], y: &[Array]) -> (f64, f64) {
    let terms: Vec<f64> = entries(x).iter().zip(entries(y)).map(|(x, y)| x * y).collect();
    (terms.iter().sum(), terms.iter().map(|term| term.abs()).sum())
}

/// Differences cannot know of `stop_gradient`; `sign` stands in for it.
pub(crate) fn without_stop_gradient(region: &mut Region) {
    for inst in &mut region.insts {
        if let Op::Unary(op @ Unary::StopGradient, _) = &mut inst.op {
            *op = Unary::Sign;
        }
        for inner in inst.op.regions_mut() {
            without_stop_gradient(inner);
        }
    }
}

/// Derivatives of `func` at `x` along `v` by central differences, and how far each may be wrong.
pub(crate) fn differences(func: &Func, x: &[Array], v: &[Array]) -> Vec<(f64, f64)> {
    let h = f64::EPSILON.cbrt();
    let values = entries(&run(func, &[x]));
    let quotients = |h: f64| -> Vec<f64> {
        let [above, below] = [h, -h].map(|s| entries(&run(func, &[&shifted(x, s, v)])));
        above.iter().zip(below).map(|(a, b)| (a - b) / (2.0 * h)).collect()
    };
    let (near, far) = (quotients(h), quotients(2.0 * h));
    let both = near.into_iter().zip(far).zip(values);
    // Where the function is steep, the differences differ by three times their error.
    both.map(|((near, far), value)| {
        let scale = 1.0 + near.abs() + value.abs();
        (near, 2e-7 * scale + (near - far).abs())
    })
    .collect()
}

/// The first entry in which tangents are not the differences of `func`.
pub(crate) fn disagreement(
    func: &Func,
    tangents: &[Array],
    x: &[Array],
    v: &[Array],
) -> Option<String> {
    let expected = differences(func, x, v);
    let mut pairs = entries(tangents).into_iter().zip(expected).enumerate();
    pairs.find_map(|(k, (tangent, (expected, allowed)))| {
        let agrees = (tangent - expected).abs() < allowed;
        (!agrees).then(|| format!("entry {k}: {tangent} is not {expected}"))
    })
}

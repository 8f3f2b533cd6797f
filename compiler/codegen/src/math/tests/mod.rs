//! Tests of the formulas on the host, and of what is written into kernels.

mod accuracy;
mod kernels;
mod points;
mod special;

use sdec_base::Special;
use sdec_noise::Host;

use super::branch::Branch;
use super::expand::special;
use super::quarters::quarters;
use super::{atan, erf, exp, log, pow, tanh, trigonometric};

/// The functions by name, on the host. Those of one argument ignore the second.
const NAMES: [&str; 23] = [
    "exp",
    "log",
    "sin",
    "cos",
    "tanh",
    "erf",
    "erfc",
    "pow",
    "atan2",
    "expm1",
    "log1p",
    "tan",
    "sinh",
    "cosh",
    "atan",
    "sigmoid",
    "softplus",
    "silu",
    "normal_cdf",
    "normal_quantile",
    "lgamma",
    "digamma",
    "trigamma",
];

/// Those of two arguments.
const OF_TWO: [&str; 2] = ["pow", "atan2"];

/// `out[k] = f(x[k], y[k])`; the function is chosen once, since it is measured on billions of points.
fn fill<M: Branch>(m: &mut M, name: &str, x: &[M::Float], y: &[M::Float], out: &mut [M::Float]) {
    let points = || x.iter().zip(y);
    match name {
        "exp" => each(m, points(), out, |m, x, _| exp::exp(m, x)),
        "log" => each(m, points(), out, |m, x, _| log::log(m, x)),
        "sin" => each(m, points(), out, |m, x, _| {
            let angle = quarters(m, x);
            trigonometric::sin(m, x, angle)
        }),
        "cos" => each(m, points(), out, |m, x, _| {
            let angle = quarters(m, x);
            trigonometric::cos(m, x, angle)
        }),
        "tanh" => each(m, points(), out, |m, x, _| tanh::tanh(m, x)),
        "erf" => each(m, points(), out, |m, x, _| erf::erf(m, x)),
        "erfc" => each(m, points(), out, |m, x, _| erf::erfc(m, x)),
        "pow" => each(m, points(), out, pow::pow),
        "atan2" => each(m, points(), out, atan::atan2),
        _ => {
            let function = Special::from_name(name).expect("a function of the list");
            each_special(m, points(), out, function);
        }
    }
}

/// A loop of its own for each function, which compilers make straight code of.
fn each_special<'a, M: Branch>(
    m: &mut M,
    points: impl Iterator<Item = (&'a M::Float, &'a M::Float)>,
    out: &mut [M::Float],
    function: Special,
) where
    M::Float: 'a,
{
    macro_rules! loops {
        ($($variant:ident)*) => {
            match function {
                $(Special::$variant => {
                    each(m, points, out, |m, x, _| special(m, Special::$variant, x));
                })*
            }
        };
    }
    loops! {
        Expm1 Log1p Tan Sinh Cosh Atan Sigmoid Softplus Silu NormalCdf NormalQuantile Lgamma Digamma Trigamma
    }
}

fn each<'a, M: Branch>(
    m: &mut M,
    points: impl Iterator<Item = (&'a M::Float, &'a M::Float)>,
    out: &mut [M::Float],
    f: impl Fn(&mut M, M::Float, M::Float) -> M::Float,
) where
    M::Float: 'a,
{
    for (out, (&x, &y)) in out.iter_mut().zip(points) {
        *out = f(m, x, y);
    }
}

fn f64_of(name: &str, x: f64, y: f64) -> f64 {
    let mut out = [0.0];
    fill(&mut Host::<f64>::new(), name, &[x], &[y], &mut out);
    out[0]
}

fn f32_of(name: &str, x: f32, y: f32) -> f32 {
    let mut out = [0.0];
    fill(&mut Host::<f32>::new(), name, &[x], &[y], &mut out);
    out[0]
}

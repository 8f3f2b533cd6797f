//! Tests of the formulas on the host, and of what is written into kernels.

mod accuracy;
mod kernels;
mod points;
mod special;

use sdec_base::Special;
use sdec_noise::{Host, Machine};

use super::expand::special;
use super::{atan, erf, exp, log, pow, tanh, trigonometric};

/// The functions by name, on the host. Those of one argument ignore the second.
const NAMES: [&str; 22] = [
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
    "normal_cdf",
    "normal_quantile",
    "lgamma",
    "digamma",
    "trigamma",
];

/// Those of two arguments.
const OF_TWO: [&str; 2] = ["pow", "atan2"];

fn call<M: Machine>(m: &mut M, name: &str, x: M::Float, y: M::Float) -> M::Float {
    match name {
        "exp" => exp::exp(m, x),
        "log" => log::log(m, x),
        "sin" => trigonometric::sin(m, x),
        "cos" => trigonometric::cos(m, x),
        "tanh" => tanh::tanh(m, x),
        "erf" => erf::erf(m, x),
        "erfc" => erf::erfc(m, x),
        "pow" => pow::pow(m, x, y),
        "atan2" => atan::atan2(m, x, y),
        _ => special(m, Special::from_name(name).expect("a function of the list"), x),
    }
}

fn f64_of(name: &str, x: f64, y: f64) -> f64 {
    call(&mut Host::<f64>::new(), name, x, y)
}

fn f32_of(name: &str, x: f32, y: f32) -> f32 {
    call(&mut Host::<f32>::new(), name, x, y)
}

//! The mathematics of the stream, run on the host.

use crate::{Host, log, sincos_turns};

/// `log x` for positive, normal, finite `x`.
pub fn log_f64(x: f64) -> f64 {
    log(&mut Host::<f64>::new(), x)
}

/// `log x` for positive, normal, finite `x`.
pub fn log_f32(x: f32) -> f32 {
    log(&mut Host::<f32>::new(), x)
}

/// `sin(π x)` for `|x| <= 2⁵⁰`.
pub fn sinpi_f64(x: f64) -> f64 {
    sincos_turns(&mut Host::<f64>::new(), x / 2.0).0
}

/// `cos(π x)` for `|x| <= 2⁵⁰`.
pub fn cospi_f64(x: f64) -> f64 {
    sincos_turns(&mut Host::<f64>::new(), x / 2.0).1
}

/// `sin(π x)` for `|x| <= 2²¹`.
pub fn sinpi_f32(x: f32) -> f32 {
    sincos_turns(&mut Host::<f32>::new(), x / 2.0).0
}

/// `cos(π x)` for `|x| <= 2²¹`.
pub fn cospi_f32(x: f32) -> f32 {
    sincos_turns(&mut Host::<f32>::new(), x / 2.0).1
}

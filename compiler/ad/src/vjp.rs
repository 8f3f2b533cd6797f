//! Reverse mode: what each parameter contributes to a weighted sum of the results.
//!
//! ```text
//! func f(v0: f64 "x") {             func f(v0: f64 "x", v1: f64 "ct.0") {
//!   v1: f64 = sin v0                  v2: f64 = sin v0
//!   return v1                  =>     v3: f64 = cos v0
//! }                                   v4: f64 = mul v3, v1
//!                                     return v2, v4
//!                                   }
//! ```
//!
//! Costs a small multiple of the function whatever the number of parameters, and a tape: each loop
//! stores, per execution, what its linear half reads and cannot cheaply make again.

use sdec_ssa::Func;

use crate::{NotDifferentiable, jvp, linearise, transpose};

/// The function that also pulls cotangents back.
///
/// Its parameters are those of `func`, then a cotangent for each result that is a float. Its results
/// are those of `func`, then a cotangent for each parameter in `wrt`.
///
/// # Errors
///
/// If a parameter in `wrt` is no float.
///
/// # Panics
///
/// If `wrt` names a parameter that does not exist.
pub fn run(func: &Func, wrt: &[usize]) -> Result<Func, NotDifferentiable> {
    let (n_params, n_results) = (func.params.len(), func.body.results.len());
    let forward = jvp::run(func, wrt)?;
    let split = linearise::run(&forward, n_params);
    Ok(transpose::run(&split, n_params, n_results))
}

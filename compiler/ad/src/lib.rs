//! Derivatives, as passes from `ssa` to `ssa`.
//!
//! [`jvp`] carries tangents along. [`linearise`] splits what it gives into operations that know
//! nothing of tangents and operations that are linear in them; [`transpose`] walks the latter
//! backwards. [`vjp`] is the three in a row. All three rewrite within one numbering of values and
//! number again at the end. [`trace`] is the sum of the diagonal of a derivative.

pub mod batch;
pub mod directions;
mod flow;
pub mod jvp;
pub mod linearise;
mod masks;
mod residual;
mod rules;
pub mod trace;
pub mod transpose;
pub mod vjp;

use std::fmt::{self, Display, Formatter};

use sdec_base::Span;

/// What has no derivative. Operations that are flat (`floor`, comparisons) are no such thing: their
/// derivative is zero.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotDifferentiable {
    /// What was asked for: `parameter n, a count`.
    pub what: String,
    /// Where it comes from, if that is known.
    pub origin: Option<Span>,
}

impl Display for NotDifferentiable {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "no derivative with respect to {}", self.what)
    }
}

impl std::error::Error for NotDifferentiable {}

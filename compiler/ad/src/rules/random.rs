//! Draws. They are standard, so that they depend on no parameter: laws are shaped from them by
//! operations that have rules of their own.

use sdec_ssa::Value;

/// Zero whatever the inputs.
pub(super) fn draw() -> Option<Value> {
    None
}

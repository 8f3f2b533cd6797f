//! Products of 32-bit words, which the generator of random numbers lives on.

use cranelift_codegen::ir::{InstBuilder, Value, types};
use cranelift_frontend::FunctionBuilder;

use crate::lanes::pick;

/// The high half of the product of words.
///
/// Vectors have no such instruction; widened operands are what Cranelift turns into a 32 × 32 → 64
/// multiplication.
pub(crate) fn mul_high(b: &mut FunctionBuilder<'_>, x: Value, y: Value) -> Value {
    if b.func.dfg.value_type(x) == types::I32 {
        let (x, y) = (b.ins().uextend(types::I64, x), b.ins().uextend(types::I64, y));
        let product = b.ins().imul(x, y);
        let high = b.ins().ushr_imm_u(product, 32);
        return b.ins().ireduce(types::I32, high);
    }
    let low = [b.ins().uwiden_low(x), b.ins().uwiden_low(y)];
    let high = [b.ins().uwiden_high(x), b.ins().uwiden_high(y)];
    let (low, high) = (b.ins().imul(low[0], low[1]), b.ins().imul(high[0], high[1]));
    pick(b, low, high, [1, 3, 5, 7])
}

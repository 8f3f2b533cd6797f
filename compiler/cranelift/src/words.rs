//! Products of 32-bit words, which the generator of random numbers lives on.

use cranelift_codegen::ir::{InstBuilder, Value, types};
use cranelift_frontend::FunctionBuilder;
use sdec_kernel::Binary;

use crate::known::{Known, Shared};
use crate::lanes::pick;

/// Half of the product of words: the high one of `MulHigh`, the low one of `Mul`. Both are taken from the
/// same products by an instruction each, since the generator wants both and an instruction that multiplies
/// vectors of words takes ten cycles.
pub(crate) fn half(
    b: &mut FunctionBuilder<'_>,
    known: &mut Known,
    op: Binary,
    x: Value,
    y: Value,
) -> Value {
    let shared = Shared::Products(x, y);
    if b.func.dfg.value_type(x) == types::I32 {
        let [product, _] = known.get(b, shared, |b| [product(b, x, y); 2]);
        let wide = if op == Binary::MulHigh { b.ins().ushr_imm_u(product, 32) } else { product };
        return b.ins().ireduce(types::I32, wide);
    }
    let both = known.get(b, shared, |b| products(b, x, y));
    half_of(b, op, both)
}

/// The same of a vector of words and a number, which `splat` repeats in every lane if the other half has
/// not been wanted yet: it is another value each time, by which products would not be known again.
pub(crate) fn half_by(
    b: &mut FunctionBuilder<'_>,
    known: &mut Known,
    op: Binary,
    (x, n): (Value, u32),
    splat: impl FnOnce(&mut FunctionBuilder<'_>) -> Value,
) -> Value {
    let both = known.get(b, Shared::Scaled(x, n), |b| {
        let y = splat(b);
        products(b, x, y)
    });
    half_of(b, op, both)
}

fn half_of(b: &mut FunctionBuilder<'_>, op: Binary, [low, high]: [Value; 2]) -> Value {
    let places = if op == Binary::MulHigh { [1, 3, 5, 7] } else { [0, 2, 4, 6] };
    pick(b, low, high, places)
}

/// The product of two words.
fn product(b: &mut FunctionBuilder<'_>, x: Value, y: Value) -> Value {
    let (x, y) = (b.ins().uextend(types::I64, x), b.ins().uextend(types::I64, y));
    b.ins().imul(x, y)
}

/// The products of the lower two words and of the upper two. Vectors have no such instruction; widened
/// operands are what Cranelift turns into a 32 × 32 → 64 multiplication.
fn products(b: &mut FunctionBuilder<'_>, x: Value, y: Value) -> [Value; 2] {
    let low = [b.ins().uwiden_low(x), b.ins().uwiden_low(y)];
    let high = [b.ins().uwiden_high(x), b.ins().uwiden_high(y)];
    [b.ins().imul(low[0], low[1]), b.ins().imul(high[0], high[1])]
}

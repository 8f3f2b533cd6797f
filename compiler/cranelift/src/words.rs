//! Products of 32-bit words, which the generator of random numbers lives on.

use cranelift_codegen::ir::{InstBuilder, Value, types};
use cranelift_frontend::FunctionBuilder;
use sdec_kernel::Binary;

use crate::known::{Known, Shared};
use crate::lanes::pick;

/// The high half of the product of words.
pub(crate) fn mul_high(
    b: &mut FunctionBuilder<'_>,
    known: &mut Known,
    x: Value,
    y: Value,
) -> Value {
    if b.func.dfg.value_type(x) == types::I32 {
        let [product, _] = known.get(b, Shared::Products(x, y), |b| [product(b, x, y); 2]);
        let high = b.ins().ushr_imm_u(product, 32);
        return b.ins().ireduce(types::I32, high);
    }
    let [low, high] = known.get(b, Shared::Products(x, y), |b| products(b, x, y));
    pick(b, low, high, [1, 3, 5, 7])
}

/// The low half of the product of words. Where the high half is wanted too, as by the generator, the
/// products are those of [`mul_high`], and an instruction takes the halves: vectors of words are
/// multiplied by two instructions that take ten cycles.
pub(crate) fn mul_low(b: &mut FunctionBuilder<'_>, known: &mut Known, x: Value, y: Value) -> Value {
    if b.func.dfg.value_type(x) == types::I32 {
        let [product, _] = known.get(b, Shared::Products(x, y), |b| [product(b, x, y); 2]);
        return b.ins().ireduce(types::I32, product);
    }
    let [low, high] = known.get(b, Shared::Products(x, y), |b| products(b, x, y));
    pick(b, low, high, [0, 2, 4, 6])
}

/// Half of the products of a vector of words and a number, which `splat` repeats in every lane if the
/// other half has not been wanted yet.
pub(crate) fn half_by(
    b: &mut FunctionBuilder<'_>,
    known: &mut Known,
    op: Binary,
    x: Value,
    n: u32,
    splat: impl FnOnce(&mut FunctionBuilder<'_>) -> Value,
) -> Value {
    let [low, high] = known.get(b, Shared::Scaled(x, n), |b| {
        let y = splat(b);
        products(b, x, y)
    });
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

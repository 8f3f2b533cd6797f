//! Conversions between scalar types, alone and in vectors.

use cranelift_codegen::ir::{InstBuilder, Value, types};
use cranelift_frontend::FunctionBuilder;
use sdec_kernel::Scalar;

use crate::lanes::{Lanes, Parts, bitcast, pick};

/// `x` to another scalar type.
pub(crate) fn scalar(b: &mut FunctionBuilder<'_>, from: Scalar, to: Scalar, x: Value) -> Value {
    match (from, to) {
        (Scalar::F64, Scalar::F32) => b.ins().fdemote(types::F32, x),
        (Scalar::F32, Scalar::F64) => b.ins().fpromote(types::F64, x),
        (Scalar::I64, Scalar::F64) => b.ins().fcvt_from_sint(types::F64, x),
        (Scalar::I64, Scalar::F32) => b.ins().fcvt_from_sint(types::F32, x),
        (Scalar::Word, Scalar::F64) => b.ins().fcvt_from_uint(types::F64, x),
        (Scalar::Word, Scalar::F32) => b.ins().fcvt_from_uint(types::F32, x),
        (Scalar::I64, Scalar::Word) => b.ins().ireduce(types::I32, x),
        (Scalar::Word, Scalar::I64) => b.ins().uextend(types::I64, x),
        _ => unreachable!("no conversion from {from:?} to {to:?}"),
    }
}

/// `x` to another scalar type, in vectors.
pub(crate) fn vectors(
    b: &mut FunctionBuilder<'_>,
    lanes: Lanes,
    from: Scalar,
    to: Scalar,
    x: &[Value],
) -> Parts {
    match (from, to) {
        (Scalar::F64, Scalar::F32) => x.chunks(2).map(|pair| demote(b, pair)).collect(),
        (Scalar::F32, Scalar::F64) => {
            let x = halves(b, lanes, x);
            x.iter()
                .map(|&x| {
                    let x = bitcast(b, types::F32X4, x);
                    b.ins().fvpromote_low(x)
                })
                .collect()
        }
        (Scalar::Word, Scalar::F64) => {
            let x = halves(b, lanes, x);
            x.iter()
                .map(|&x| {
                    let wide = b.ins().uwiden_low(x);
                    b.ins().fcvt_from_uint(types::F64X2, wide)
                })
                .collect()
        }
        (Scalar::Word, Scalar::F32) => {
            x.iter().map(|&x| b.ins().fcvt_from_uint(types::F32X4, x)).collect()
        }
        _ => unreachable!("no conversion of lanes from {from:?} to {to:?}"),
    }
}

fn demote(b: &mut FunctionBuilder<'_>, pair: &[Value]) -> Value {
    let low = b.ins().fvdemote(pair[0]);
    let Some(&high) = pair.get(1) else { return low };
    let high = b.ins().fvdemote(high);
    let both = pick(b, low, high, [0, 1, 4, 5]);
    bitcast(b, types::F32X4, both)
}

/// Vectors of 4-byte entries as twice as many whose lower halves count.
fn halves(b: &mut FunctionBuilder<'_>, lanes: Lanes, x: &[Value]) -> Parts {
    let halves = x.iter().flat_map(|&x| {
        let low = bitcast(b, types::I32X4, x);
        [low, pick(b, x, x, [2, 3, 2, 3])]
    });
    halves.collect::<Parts>()[..lanes.parts(8)].to_vec()
}

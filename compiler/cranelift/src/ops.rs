//! Operations on one scalar or one vector.

use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::immediates::{Ieee32, Ieee64};
use cranelift_codegen::ir::{InstBuilder, Value, types};
use cranelift_frontend::FunctionBuilder;
use sdec_kernel::{Binary, Compare, Literal, Scalar, Unary};

use crate::known::Known;
use crate::lanes::bitcast;
use crate::words::half;

/// A literal, alone.
pub(crate) fn literal(b: &mut FunctionBuilder<'_>, literal: Literal) -> Value {
    match literal {
        Literal::F64(bits) => b.ins().f64const(Ieee64::with_bits(bits)),
        Literal::F32(bits) => b.ins().f32const(Ieee32::with_bits(bits)),
        Literal::I64(n) => b.ins().iconst(types::I64, n),
        Literal::Word(n) => b.ins().iconst(types::I32, i64::from(n)),
        Literal::Bool(c) => b.ins().iconst(types::I8, i64::from(c)),
    }
}

/// `f(x)`
pub(crate) fn unary(b: &mut FunctionBuilder<'_>, op: Unary, scalar: Scalar, x: Value) -> Value {
    match op {
        Unary::Neg if scalar == Scalar::I64 => b.ins().ineg(x),
        Unary::Neg => b.ins().fneg(x),
        Unary::Abs => b.ins().fabs(x),
        Unary::Sqrt => b.ins().sqrt(x),
        Unary::Floor => b.ins().floor(x),
        Unary::Nearest => b.ins().nearest(x),
        Unary::Not if b.func.dfg.value_type(x) == types::I8 => b.ins().bxor_imm_u(x, 1),
        Unary::Not => b.ins().bnot(x),
        Unary::Exp
        | Unary::Log
        | Unary::Sin
        | Unary::Cos
        | Unary::Tanh
        | Unary::Erf
        | Unary::Erfc
        | Unary::Special(_) => unreachable!("{op:?} is expanded before a backend sees it"),
    }
}

/// `f(x, y)` on equal types; a shift by a scalar.
pub(crate) fn binary(
    b: &mut FunctionBuilder<'_>,
    known: &mut Known,
    op: Binary,
    scalar: Scalar,
    x: Value,
    y: Value,
) -> Value {
    let float = matches!(scalar, Scalar::F64 | Scalar::F32);
    match op {
        Binary::Add if float => b.ins().fadd(x, y),
        Binary::Sub if float => b.ins().fsub(x, y),
        Binary::Mul if float => b.ins().fmul(x, y),
        Binary::Add => b.ins().iadd(x, y),
        Binary::Sub => b.ins().isub(x, y),
        Binary::Mul if scalar == Scalar::Word => half(b, known, op, x, y),
        Binary::Mul => b.ins().imul(x, y),
        Binary::Div => b.ins().fdiv(x, y),
        // `y < x` rather than `x > y`: that is the form which Cranelift knows as one instruction.
        Binary::Max => choose(b, Compare::Lt, scalar, (y, x), (x, y)),
        Binary::Min => choose(b, Compare::Lt, scalar, (x, y), (x, y)),
        Binary::And => b.ins().band(x, y),
        Binary::Or => b.ins().bor(x, y),
        Binary::Xor => b.ins().bxor(x, y),
        Binary::MulHigh => half(b, known, op, x, y),
        Binary::Shl => b.ins().ishl(x, y),
        Binary::Shr => b.ins().ushr(x, y),
        Binary::Pow | Binary::Atan2 => unreachable!("{op:?} is expanded before a backend sees it"),
    }
}

fn choose(
    b: &mut FunctionBuilder<'_>,
    op: Compare,
    scalar: Scalar,
    compared: (Value, Value),
    branches: (Value, Value),
) -> Value {
    let condition = compare(b, op, scalar, compared.0, compared.1);
    if b.func.dfg.value_type(branches.0).is_vector() {
        return select(b, condition, branches.0, branches.1);
    }
    b.ins().select(condition, branches.0, branches.1)
}

/// `x < y`: 0 or 1, or a mask as wide as the operands.
pub(crate) fn compare(
    b: &mut FunctionBuilder<'_>,
    op: Compare,
    scalar: Scalar,
    x: Value,
    y: Value,
) -> Value {
    match scalar {
        Scalar::F64 | Scalar::F32 => {
            let condition = match op {
                Compare::Eq => FloatCC::Equal,
                Compare::Ne => FloatCC::NotEqual,
                Compare::Lt => FloatCC::LessThan,
                Compare::Le => FloatCC::LessThanOrEqual,
                Compare::Gt => FloatCC::GreaterThan,
                Compare::Ge => FloatCC::GreaterThanOrEqual,
            };
            b.ins().fcmp(condition, x, y)
        }
        Scalar::I64 => b.ins().icmp(signed(op), x, y),
        Scalar::Word | Scalar::Bool => b.ins().icmp(signed(op).unsigned(), x, y),
    }
}

fn signed(op: Compare) -> IntCC {
    match op {
        Compare::Eq => IntCC::Equal,
        Compare::Ne => IntCC::NotEqual,
        Compare::Lt => IntCC::SignedLessThan,
        Compare::Le => IntCC::SignedLessThanOrEqual,
        Compare::Gt => IntCC::SignedGreaterThan,
        Compare::Ge => IntCC::SignedGreaterThanOrEqual,
    }
}

/// `c ? x : y`; a mask has the width of the operands. Of floats alone the bits are chosen: Cranelift
/// jumps to choose a float, and what a generator of random numbers chooses nobody can predict.
pub(crate) fn select(b: &mut FunctionBuilder<'_>, c: Value, x: Value, y: Value) -> Value {
    let ty = b.func.dfg.value_type(x);
    if ty.is_float() {
        let bits = if ty == types::F32 { types::I32 } else { types::I64 };
        let (x, y) = (bitcast(b, bits, x), bitcast(b, bits, y));
        let chosen = b.ins().select(c, x, y);
        return bitcast(b, ty, chosen);
    }
    if !ty.is_vector() {
        return b.ins().select(c, x, y);
    }
    let mask = bitcast(b, ty, c);
    b.ins().bitselect(mask, x, y)
}

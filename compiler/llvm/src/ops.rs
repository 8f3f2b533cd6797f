//! Operations: one instruction each, with few exceptions.

use sdec_kernel::{Binary, Compare, Op, Scalar, Ternary, Type, Unary, Value};

use crate::body::{Body, lane_numbers};
use crate::function::{alignment, line};
use crate::text;

impl Body<'_> {
    /// `result = op`
    pub(crate) fn op(&mut self, result: Value, op: &Op) {
        let instruction = self.instruction(self.kernel.types[result], op);
        line(&mut self.out, format_args!("  %{result} = {instruction}"));
    }

    /// The instruction that gives a result of this type; what it needs is written before.
    fn instruction(&mut self, ty: Type, op: &Op) -> String {
        let of = text::ty(ty, self.kernel.lanes);
        match *op {
            Op::Const(_) => unreachable!("literals are written where they are used"),
            Op::Splat(x) => {
                let (x, scalar) = (self.name(x), text::scalar(ty.scalar));
                let splat = self.splat(scalar, &x);
                same(&of, &splat)
            }
            Op::Unary(op, x) => unary(op, ty.scalar, &of, &self.name(x)),
            Op::Binary(op, x, y) => self.binary(op, ty, x, y),
            Op::Ternary(Ternary::Fma, x, y, z) => {
                let [x, y, z] = [x, y, z].map(|v| self.typed(v));
                format!("call {of} @llvm.fma({x}, {y}, {z})")
            }
            Op::Compare(op, x, y) => {
                let scalar = self.kernel.types[x].scalar;
                format!("{} {}, {}", compare(op, scalar), self.typed(x), self.name(y))
            }
            Op::Select(c, x, y) => {
                format!("select {}, {}, {}", self.typed(c), self.typed(x), self.typed(y))
            }
            Op::Convert(x) => {
                let how = conversion(self.kernel.types[x].scalar, ty.scalar);
                format!("{how} {} to {of}", self.typed(x))
            }
            Op::Bitcast(x) => format!("bitcast {} to {of}", self.typed(x)),
            Op::Load { buffer, index } => {
                let at = self.address(buffer, index);
                let align = alignment(self.kernel, &self.kernel.buffers[buffer]);
                format!("load {of}, ptr {at}, align {align}")
            }
            Op::PathLow => same(&of, "%low"),
            Op::PathHigh => same(&of, "%high"),
            Op::Lane => same(&of, &lane_numbers(self.kernel.lanes, "i32")),
            Op::Any(x) => format!("call i1 @llvm.vector.reduce.or({})", self.typed(x)),
        }
    }

    fn binary(&mut self, op: Binary, ty: Type, x: Value, y: Value) -> String {
        let of = text::ty(ty, self.kernel.lanes);
        let (x, by) = (self.name(x), self.number(y, ty.lanes));
        let y = self.name(y);
        let float = matches!(ty.scalar, Scalar::F64 | Scalar::F32);
        let name = match op {
            Binary::Add if float => "fadd",
            Binary::Sub if float => "fsub",
            Binary::Mul if float => "fmul",
            Binary::Add => "add",
            Binary::Sub => "sub",
            Binary::Mul => "mul",
            Binary::Div => "fdiv",
            Binary::And => "and",
            Binary::Or => "or",
            Binary::Xor => "xor",
            Binary::Max | Binary::Min => {
                let wins = if op == Binary::Max { Compare::Gt } else { Compare::Lt };
                let test = compare(wins, ty.scalar);
                let c = self.temporary(format_args!("{test} {of} {x}, {y}"));
                let bools = text::ty(Type { scalar: Scalar::Bool, ..ty }, self.kernel.lanes);
                return format!("select {bools} {c}, {of} {x}, {of} {y}");
            }
            Binary::MulHigh => {
                let wide = text::ty(Type { scalar: Scalar::I64, ..ty }, self.kernel.lanes);
                let [x, y] =
                    [x, y].map(|x| self.temporary(format_args!("zext {of} {x} to {wide}")));
                let product = self.temporary(format_args!("mul {wide} {x}, {y}"));
                let by = if ty.lanes { "splat (i64 32)" } else { "32" };
                let high = self.temporary(format_args!("lshr {wide} {product}, {by}"));
                return format!("trunc {wide} {high} to {of}");
            }
            Binary::Shl | Binary::Shr => {
                let by = by.expect("a shift is by a constant");
                let name = if op == Binary::Shl { "shl" } else { "lshr" };
                return format!("{name} {of} {x}, {by}");
            }
            Binary::Pow | Binary::Atan2 => {
                unreachable!("{op:?} is expanded before a backend sees it")
            }
        };
        format!("{name} {of} {x}, {y}")
    }
}

/// A value again under another name.
fn same(of: &str, x: &str) -> String {
    format!("bitcast {of} {x} to {of}")
}

fn unary(op: Unary, scalar: Scalar, of: &str, x: &str) -> String {
    match op {
        Unary::Neg if scalar == Scalar::I64 => format!("sub {of} zeroinitializer, {x}"),
        Unary::Neg => format!("fneg {of} {x}"),
        Unary::Abs => format!("call {of} @llvm.fabs({of} {x})"),
        Unary::Sqrt => format!("call {of} @llvm.sqrt({of} {x})"),
        Unary::Floor => format!("call {of} @llvm.floor({of} {x})"),
        Unary::Nearest => format!("call {of} @llvm.roundeven({of} {x})"),
        // A truth value has one bit.
        Unary::Not => format!("icmp eq {of} {x}, zeroinitializer"),
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

/// False where a NaN takes part, except `Ne`.
fn compare(op: Compare, scalar: Scalar) -> &'static str {
    match scalar {
        Scalar::F64 | Scalar::F32 => match op {
            Compare::Eq => "fcmp oeq",
            Compare::Ne => "fcmp une",
            Compare::Lt => "fcmp olt",
            Compare::Le => "fcmp ole",
            Compare::Gt => "fcmp ogt",
            Compare::Ge => "fcmp oge",
        },
        Scalar::I64 => match op {
            Compare::Eq => "icmp eq",
            Compare::Ne => "icmp ne",
            Compare::Lt => "icmp slt",
            Compare::Le => "icmp sle",
            Compare::Gt => "icmp sgt",
            Compare::Ge => "icmp sge",
        },
        Scalar::Word | Scalar::Bool => match op {
            Compare::Eq => "icmp eq",
            Compare::Ne => "icmp ne",
            Compare::Lt => "icmp ult",
            Compare::Le => "icmp ule",
            Compare::Gt => "icmp ugt",
            Compare::Ge => "icmp uge",
        },
    }
}

fn conversion(from: Scalar, to: Scalar) -> &'static str {
    match (from, to) {
        (Scalar::F64, Scalar::F32) => "fptrunc",
        (Scalar::F32, Scalar::F64) => "fpext",
        (Scalar::I64, Scalar::F64 | Scalar::F32) => "sitofp",
        (Scalar::Word, Scalar::F64 | Scalar::F32) => "uitofp",
        (Scalar::I64, Scalar::Word) => "trunc",
        (Scalar::Word, Scalar::I64) => "zext",
        _ => unreachable!("no conversion from {from:?} to {to:?}"),
    }
}

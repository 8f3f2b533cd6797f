//! Operations on entries. Counts that are known are computed now.

use sdec_kernel::{self as kernel, Value};
use sdec_ssa::{Binary, Compare, Unary, scalar};

use super::Lowering;

/// Adding this to a count of less than 2⁵¹ in magnitude gives the bits of the float 1.5 · 2⁵² plus
/// the count: the way between counts and floats for lanes, where processors have no other.
const MAGIC: u64 = 0x4338_0000_0000_0000;

impl Lowering<'_> {
    /// `f(x)`
    pub(super) fn unary(&mut self, op: Unary, x: Value) -> Value {
        let op = match op {
            Unary::StopGradient => return x,
            Unary::Sign => return self.sign(x),
            Unary::Neg => kernel::Unary::Neg,
            Unary::Abs => kernel::Unary::Abs,
            Unary::Sqrt => kernel::Unary::Sqrt,
            Unary::Exp => kernel::Unary::Exp,
            Unary::Log => kernel::Unary::Log,
            Unary::Sin => kernel::Unary::Sin,
            Unary::Cos => kernel::Unary::Cos,
            Unary::Tanh => kernel::Unary::Tanh,
            Unary::Erf => kernel::Unary::Erf,
            Unary::Erfc => kernel::Unary::Erfc,
            Unary::Special(function) => kernel::Unary::Special(function),
            Unary::Floor => kernel::Unary::Floor,
            Unary::Not => kernel::Unary::Not,
        };
        if self.kernel.ty(x).scalar == kernel::Scalar::I64 {
            return self.unary_count(op, x);
        }
        self.kernel.unary(op, x)
    }

    fn unary_count(&mut self, op: kernel::Unary, x: Value) -> Value {
        let zero = self.int(0);
        let negated = self.binary(Binary::Sub, zero, x);
        if op == kernel::Unary::Neg {
            return negated;
        }
        let below = self.kernel.compare(kernel::Compare::Lt, x, zero);
        self.kernel.select(below, negated, x)
    }

    fn sign(&mut self, x: Value) -> Value {
        let scalar = self.kernel.ty(x).scalar;
        let number = |lowering: &mut Self, n| lowering.number(scalar, n);
        let [minus, zero, plus] = [-1, 0, 1].map(|n| number(self, n));
        let above = self.kernel.compare(kernel::Compare::Gt, x, zero);
        let below = self.kernel.compare(kernel::Compare::Lt, x, zero);
        let rest = self.kernel.select(below, minus, zero);
        self.kernel.select(above, plus, rest)
    }

    /// `f(x, y)`
    pub(super) fn binary(&mut self, op: Binary, x: Value, y: Value) -> Value {
        if let (Some(&x), Some(&y)) = (self.ints.get(&x), self.ints.get(&y)) {
            return self.int(scalar::int_binary(op, x, y));
        }
        let is_count = self.kernel.ty(x).scalar == kernel::Scalar::I64;
        let lanes = self.kernel.ty(x).lanes || self.kernel.ty(y).lanes;
        let op = match op {
            Binary::Mul if is_count && lanes => return self.multiply_lanes(x, y),
            Binary::Max if is_count => return self.choose(kernel::Compare::Gt, x, y),
            Binary::Min if is_count => return self.choose(kernel::Compare::Lt, x, y),
            Binary::Add => kernel::Binary::Add,
            Binary::Sub => kernel::Binary::Sub,
            Binary::Mul => kernel::Binary::Mul,
            Binary::Div => kernel::Binary::Div,
            Binary::Pow => kernel::Binary::Pow,
            Binary::Atan2 => kernel::Binary::Atan2,
            Binary::Max => kernel::Binary::Max,
            Binary::Min => kernel::Binary::Min,
            Binary::And => kernel::Binary::And,
            Binary::Or => kernel::Binary::Or,
        };
        self.kernel.binary(op, x, y)
    }

    fn choose(&mut self, better: kernel::Compare, x: Value, y: Value) -> Value {
        let first = self.kernel.compare(better, x, y);
        self.kernel.select(first, x, y)
    }

    /// `x < y`
    pub(super) fn compare(&mut self, op: Compare, x: Value, y: Value) -> Value {
        if let (Some(x), Some(y)) = (self.ints.get(&x), self.ints.get(&y)) {
            let holds = scalar::compare(op, x, y);
            return self.kernel.literal(kernel::Literal::Bool(holds));
        }
        let op = match op {
            Compare::Eq => kernel::Compare::Eq,
            Compare::Ne => kernel::Compare::Ne,
            Compare::Lt => kernel::Compare::Lt,
            Compare::Le => kernel::Compare::Le,
            Compare::Gt => kernel::Compare::Gt,
            Compare::Ge => kernel::Compare::Ge,
        };
        self.kernel.compare(op, x, y)
    }

    /// A small whole number as a count or float.
    pub(super) fn number(&mut self, scalar: kernel::Scalar, n: i8) -> Value {
        if scalar == kernel::Scalar::I64 {
            self.int(n.into())
        } else {
            self.kernel.float(scalar, n.into())
        }
    }

    /// To another scalar type.
    pub(super) fn convert(&mut self, x: Value, to: kernel::Scalar) -> Value {
        let ty = self.kernel.ty(x);
        if ty.lanes && ty.scalar == kernel::Scalar::I64 {
            let double = self.count_to_double(x);
            return self.kernel.convert(double, to);
        }
        self.kernel.convert(x, to)
    }

    /// Lanes of counts as doubles, exact below 2⁵¹.
    fn count_to_double(&mut self, x: Value) -> Value {
        let (bits, shift) = self.magic();
        let shifted = self.kernel.binary(kernel::Binary::Add, x, bits);
        let shifted = self.kernel.bitcast(shifted, kernel::Scalar::F64);
        self.kernel.binary(kernel::Binary::Sub, shifted, shift)
    }

    /// Products of lanes of counts, by way of doubles: exact below 2⁵¹.
    fn multiply_lanes(&mut self, x: Value, y: Value) -> Value {
        let [x, y] = [x, y].map(|factor| {
            let lanes = self.kernel.splat(factor);
            self.count_to_double(lanes)
        });
        let (bits, shift) = self.magic();
        let product = self.kernel.binary(kernel::Binary::Mul, x, y);
        let shifted = self.kernel.binary(kernel::Binary::Add, product, shift);
        let shifted = self.kernel.bitcast(shifted, kernel::Scalar::I64);
        self.kernel.binary(kernel::Binary::Sub, shifted, bits)
    }

    fn magic(&mut self) -> (Value, Value) {
        let bits = self.int(MAGIC as i64);
        let shift = self.kernel.float(kernel::Scalar::F64, f64::from_bits(MAGIC));
        (bits, shift)
    }
}

//! The machine that writes operations into a kernel.

use std::collections::BTreeMap;

use sdec_kernel::{Binary, Builder, Compare, Inst, Literal, Op, Scalar, Stmt, Type, Unary, Value};
use sdec_noise::{Machine, Precision};

/// Literals and path numbers, each once, to be put before the kernel's body: loops need not make
/// them again.
#[derive(Default)]
pub(crate) struct Pool {
    literals: BTreeMap<(Scalar, u64), Value>,
    /// For each of them, the same in lanes, once that is needed.
    splats: BTreeMap<Value, Option<Value>>,
    path: Option<(Value, Value)>,
    /// What defines them.
    pub(crate) stmts: Vec<Stmt>,
}

/// Writes formulas in one precision; operands are uniform or lanes, as they come.
pub(crate) struct Emit<'a> {
    /// Where to.
    pub(crate) builder: &'a mut Builder,
    /// Shared by all formulas of the kernel.
    pub(crate) pool: &'a mut Pool,
    /// Of floats.
    pub(crate) precision: Precision,
}

impl Emit<'_> {
    fn pooled(&mut self, op: Op, ty: Type) -> Value {
        let result = self.builder.fresh(ty);
        self.pool.stmts.push(Stmt::Inst(Inst { result, op }));
        result
    }

    /// A literal from the pool.
    pub(super) fn literal(&mut self, literal: Literal) -> Value {
        let (scalar, bits) = match literal {
            Literal::F64(bits) => (Scalar::F64, bits),
            Literal::F32(bits) => (Scalar::F32, bits.into()),
            Literal::I64(n) => (Scalar::I64, n as u64),
            Literal::Word(n) => (Scalar::Word, n.into()),
            Literal::Bool(b) => (Scalar::Bool, b.into()),
        };
        if let Some(&value) = self.pool.literals.get(&(scalar, bits)) {
            return value;
        }
        let value = self.pooled(Op::Const(literal), Type::uniform(scalar));
        self.pool.literals.insert((scalar, bits), value);
        self.pool.splats.insert(value, None);
        value
    }

    /// Low and high words of the path numbers.
    pub(crate) fn path(&mut self) -> (Value, Value) {
        if let Some(path) = self.pool.path {
            return path;
        }
        let low = self.pooled(Op::PathLow, Type::lanes(Scalar::Word));
        let high = self.pooled(Op::PathHigh, Type::lanes(Scalar::Word));
        *self.pool.path.insert((low, high))
    }

    /// The value in every lane, literals from the pool.
    pub(super) fn splat(&mut self, x: Value) -> Value {
        match self.pool.splats.get(&x) {
            None => self.builder.splat(x),
            Some(&Some(splat)) => splat,
            Some(None) => {
                let ty = Type::lanes(self.builder.ty(x).scalar);
                let splat = self.pooled(Op::Splat(x), ty);
                self.pool.splats.insert(x, Some(splat));
                splat
            }
        }
    }

    fn meet<const N: usize>(&mut self, operands: [Value; N]) -> [Value; N] {
        let lanes = operands.iter().any(|&x| self.builder.ty(x).lanes);
        operands.map(|x| if lanes { self.splat(x) } else { x })
    }

    fn unary(&mut self, op: Unary, x: Value) -> Value {
        self.builder.unary(op, x)
    }

    fn binary(&mut self, op: Binary, x: Value, y: Value) -> Value {
        let [x, y] = self.meet([x, y]);
        self.builder.binary(op, x, y)
    }

    fn compare(&mut self, op: Compare, x: Value, y: Value) -> Value {
        let [x, y] = self.meet([x, y]);
        self.builder.compare(op, x, y)
    }

    fn shift(&mut self, op: Binary, x: Value, by: u32) -> Value {
        let by = self.bits(by.into());
        self.builder.binary(op, x, by)
    }

    fn float_type(&self) -> Scalar {
        match self.precision {
            Precision::F32 => Scalar::F32,
            Precision::F64 => Scalar::F64,
        }
    }

    fn bits_type(&self) -> Scalar {
        match self.precision {
            Precision::F32 => Scalar::Word,
            Precision::F64 => Scalar::I64,
        }
    }
}

impl Machine for Emit<'_> {
    type Float = Value;
    type Bits = Value;
    type Word = Value;
    type Bool = Value;

    fn precision(&self) -> Precision {
        self.precision
    }

    fn float(&mut self, x: f64) -> Value {
        self.literal(match self.precision {
            Precision::F32 => Literal::F32((x as f32).to_bits()),
            Precision::F64 => Literal::F64(x.to_bits()),
        })
    }

    fn add(&mut self, x: Value, y: Value) -> Value {
        self.binary(Binary::Add, x, y)
    }

    fn sub(&mut self, x: Value, y: Value) -> Value {
        self.binary(Binary::Sub, x, y)
    }

    fn mul(&mut self, x: Value, y: Value) -> Value {
        self.binary(Binary::Mul, x, y)
    }

    fn div(&mut self, x: Value, y: Value) -> Value {
        self.binary(Binary::Div, x, y)
    }

    fn fma(&mut self, x: Value, y: Value, z: Value) -> Value {
        let [x, y, z] = self.meet([x, y, z]);
        self.builder.fma(x, y, z)
    }

    fn sqrt(&mut self, x: Value) -> Value {
        self.unary(Unary::Sqrt, x)
    }

    fn neg(&mut self, x: Value) -> Value {
        self.unary(Unary::Neg, x)
    }

    fn abs(&mut self, x: Value) -> Value {
        self.unary(Unary::Abs, x)
    }

    fn floor(&mut self, x: Value) -> Value {
        self.unary(Unary::Floor, x)
    }

    fn max(&mut self, x: Value, y: Value) -> Value {
        self.binary(Binary::Max, x, y)
    }

    fn min(&mut self, x: Value, y: Value) -> Value {
        self.binary(Binary::Min, x, y)
    }

    fn eq(&mut self, x: Value, y: Value) -> Value {
        self.compare(Compare::Eq, x, y)
    }

    fn lt(&mut self, x: Value, y: Value) -> Value {
        self.compare(Compare::Lt, x, y)
    }

    fn and(&mut self, a: Value, b: Value) -> Value {
        self.binary(Binary::And, a, b)
    }

    fn or(&mut self, a: Value, b: Value) -> Value {
        self.binary(Binary::Or, a, b)
    }

    fn not(&mut self, a: Value) -> Value {
        self.unary(Unary::Not, a)
    }

    fn select(&mut self, c: Value, x: Value, y: Value) -> Value {
        let [c, x, y] = self.meet([c, x, y]);
        self.builder.select(c, x, y)
    }

    fn bits(&mut self, n: u64) -> Value {
        self.literal(match self.precision {
            Precision::F32 => Literal::Word(n as u32),
            Precision::F64 => Literal::I64(n as i64),
        })
    }

    fn to_bits(&mut self, x: Value) -> Value {
        self.builder.bitcast(x, self.bits_type())
    }

    fn of_bits(&mut self, x: Value) -> Value {
        self.builder.bitcast(x, self.float_type())
    }

    fn bits_add(&mut self, x: Value, y: Value) -> Value {
        self.binary(Binary::Add, x, y)
    }

    fn bits_sub(&mut self, x: Value, y: Value) -> Value {
        self.binary(Binary::Sub, x, y)
    }

    fn bits_and(&mut self, x: Value, y: Value) -> Value {
        self.binary(Binary::And, x, y)
    }

    fn bits_or(&mut self, x: Value, y: Value) -> Value {
        self.binary(Binary::Or, x, y)
    }

    fn bits_xor(&mut self, x: Value, y: Value) -> Value {
        self.binary(Binary::Xor, x, y)
    }

    fn bits_shl(&mut self, x: Value, by: u32) -> Value {
        self.shift(Binary::Shl, x, by)
    }

    fn bits_shr(&mut self, x: Value, by: u32) -> Value {
        self.shift(Binary::Shr, x, by)
    }

    fn bits_eq(&mut self, x: Value, y: Value) -> Value {
        self.compare(Compare::Eq, x, y)
    }

    fn word(&mut self, n: u32) -> Value {
        self.literal(Literal::Word(n))
    }

    fn word_add(&mut self, x: Value, y: Value) -> Value {
        self.binary(Binary::Add, x, y)
    }

    fn word_xor(&mut self, x: Value, y: Value) -> Value {
        self.binary(Binary::Xor, x, y)
    }

    fn word_mul(&mut self, x: Value, y: Value) -> Value {
        self.binary(Binary::Mul, x, y)
    }

    fn word_mul_high(&mut self, x: Value, y: Value) -> Value {
        self.binary(Binary::MulHigh, x, y)
    }

    fn word_to_float(&mut self, x: Value) -> Value {
        self.builder.convert(x, self.float_type())
    }
}

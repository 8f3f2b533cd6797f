//! Operations on literals, by the interpreter's own arithmetic: what is computed while compiling is
//! what would have been computed while running.

use crate::arithmetic::{Bits, binary, compare, convert, fma, unary};
use crate::{Binary, Literal, Op, Scalar, Ternary, Unary, Value};

impl Literal {
    /// The scalar type that it has.
    pub fn scalar(self) -> Scalar {
        match self {
            Self::F64(_) => Scalar::F64,
            Self::F32(_) => Scalar::F32,
            Self::I64(_) => Scalar::I64,
            Self::Word(_) => Scalar::Word,
            Self::Bool(_) => Scalar::Bool,
        }
    }

    pub(crate) fn bits(self) -> u64 {
        match self {
            Self::F64(bits) => bits,
            Self::F32(bits) => bits.into(),
            Self::I64(n) => n as u64,
            Self::Word(n) => n.into(),
            Self::Bool(b) => b.into(),
        }
    }

    fn of_bits(scalar: Scalar, bits: u64) -> Self {
        match scalar {
            Scalar::F64 => Self::F64(bits),
            Scalar::F32 => Self::F32(bits as u32),
            Scalar::I64 => Self::I64(bits as i64),
            Scalar::Word => Self::Word(bits as u32),
            Scalar::Bool => Self::Bool(bits != 0),
        }
    }
}

/// The result of an operation, of scalar type `scalar`, whose operands are all known, as far as
/// `known` says. Operations that are expanded later, loads and path numbers have none.
pub fn fold(op: &Op, scalar: Scalar, known: impl Fn(Value) -> Option<Literal>) -> Option<Literal> {
    let lane = |value: Value| -> Option<Bits> { Some([known(value)?.bits(); 16]) };
    let bits = match *op {
        Op::Const(literal) => return Some(literal),
        Op::Splat(x) | Op::Any(x) => return known(x),
        Op::Unary(op, x) if !is_expanded(op) => unary(op, scalar, 1, &lane(x)?),
        Op::Binary(op, x, y) if !matches!(op, Binary::Pow | Binary::Atan2) => {
            binary(op, scalar, 1, &lane(x)?, &lane(y)?)
        }
        Op::Ternary(Ternary::Fma, x, y, z) => fma(scalar, 1, &lane(x)?, &lane(y)?, &lane(z)?),
        Op::Compare(op, x, y) => compare(op, known(x)?.scalar(), 1, &lane(x)?, &lane(y)?),
        Op::Select(c, x, y) => {
            return if known(c)? == Literal::Bool(true) { known(x) } else { known(y) };
        }
        Op::Convert(x) => convert(known(x)?.scalar(), scalar, 1, &lane(x)?),
        Op::Bitcast(x) => lane(x)?,
        Op::Unary(..)
        | Op::Binary(..)
        | Op::Load { .. }
        | Op::PathLow
        | Op::PathHigh
        | Op::Lane => return None,
    };
    Some(Literal::of_bits(scalar, bits[0]))
}

fn is_expanded(op: Unary) -> bool {
    match op {
        Unary::Exp
        | Unary::Log
        | Unary::Sin
        | Unary::Cos
        | Unary::Tanh
        | Unary::Erf
        | Unary::Erfc
        | Unary::Special(_) => true,
        Unary::Neg | Unary::Abs | Unary::Sqrt | Unary::Floor | Unary::Nearest | Unary::Not => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_operands_are_computed_with() {
        let v = Value::new;
        let known = |value: Value| match value.index() {
            0 => Some(Literal::F32(0.1_f32.to_bits())),
            1 => Some(Literal::I64(-1)),
            2 => Some(Literal::Bool(false)),
            _ => None,
        };
        let third = fold(&Op::Binary(Binary::Add, v(0), v(0)), Scalar::F32, known);
        assert_eq!(third, Some(Literal::F32(0.2_f32.to_bits())));
        assert_eq!(fold(&Op::Convert(v(1)), Scalar::Word, known), Some(Literal::Word(u32::MAX)));
        assert_eq!(fold(&Op::Select(v(2), v(9), v(1)), Scalar::I64, known), Some(Literal::I64(-1)));
        assert_eq!(fold(&Op::Unary(Unary::Exp, v(0)), Scalar::F32, known), None);
        assert_eq!(fold(&Op::Unary(Unary::Neg, v(9)), Scalar::F32, known), None);
    }
}

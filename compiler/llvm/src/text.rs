//! Types and literals as LLVM writes them.

use sdec_kernel::{Literal, Scalar, Type};

/// `double`
pub(crate) fn scalar(scalar: Scalar) -> &'static str {
    match scalar {
        Scalar::F64 => "double",
        Scalar::F32 => "float",
        Scalar::I64 => "i64",
        Scalar::Word => "i32",
        Scalar::Bool => "i1",
    }
}

/// `double`, or `<8 x double>` for a value with lanes.
pub(crate) fn ty(ty: Type, lanes: u32) -> String {
    let scalar = scalar(ty.scalar);
    if ty.lanes { format!("<{lanes} x {scalar}>") } else { scalar.to_owned() }
}

/// A number, in every lane if it has lanes.
pub(crate) fn literal(literal: Literal, lanes: bool) -> String {
    let number = match literal {
        Literal::F64(bits) => format!("0x{bits:016X}"),
        // Singles are written as the doubles that they are.
        Literal::F32(bits) => format!("0x{:016X}", f64::from(f32::from_bits(bits)).to_bits()),
        Literal::I64(n) => n.to_string(),
        Literal::Word(n) => n.cast_signed().to_string(),
        Literal::Bool(c) => c.to_string(),
    };
    if lanes { format!("splat ({} {number})", scalar(literal.scalar())) } else { number }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_keep_their_bits() {
        assert_eq!(literal(Literal::F64(0.1_f64.to_bits()), false), "0x3FB999999999999A");
        assert_eq!(
            literal(Literal::F32(0.1_f32.to_bits()), true),
            "splat (float 0x3FB99999A0000000)"
        );
        assert_eq!(literal(Literal::Word(u32::MAX), false), "-1");
        assert_eq!(ty(Type::lanes(Scalar::Bool), 8), "<8 x i1>");
    }
}

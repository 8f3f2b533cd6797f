//! Operations on the bits of all lanes at once, for the interpreter.

use crate::{Binary, Compare, GROUP, Scalar, Unary};

/// One per lane; uniform values use the first.
pub(crate) type Bits = [u64; GROUP as usize];

pub(crate) fn map(width: usize, x: &Bits, f: impl Fn(u64) -> u64) -> Bits {
    let mut out = [0; 16];
    for lane in 0..width {
        out[lane] = f(x[lane]);
    }
    out
}

fn zip(width: usize, x: &Bits, y: &Bits, f: impl Fn(u64, u64) -> u64) -> Bits {
    let mut out = [0; 16];
    for lane in 0..width {
        out[lane] = f(x[lane], y[lane]);
    }
    out
}

fn f64s(width: usize, x: &Bits, f: impl Fn(f64) -> f64) -> Bits {
    map(width, x, |x| f(f64::from_bits(x)).to_bits())
}

fn f32s(width: usize, x: &Bits, f: impl Fn(f32) -> f32) -> Bits {
    map(width, x, |x| f(single(x)).to_bits().into())
}

fn zip_f64s(width: usize, x: &Bits, y: &Bits, f: impl Fn(f64, f64) -> f64) -> Bits {
    zip(width, x, y, |x, y| f(f64::from_bits(x), f64::from_bits(y)).to_bits())
}

fn zip_f32s(width: usize, x: &Bits, y: &Bits, f: impl Fn(f32, f32) -> f32) -> Bits {
    zip(width, x, y, |x, y| f(single(x), single(y)).to_bits().into())
}

fn zip_ints(width: usize, x: &Bits, y: &Bits, f: impl Fn(i64, i64) -> i64) -> Bits {
    zip(width, x, y, |x, y| f(x as i64, y as i64) as u64)
}

fn zip_words(width: usize, x: &Bits, y: &Bits, f: impl Fn(u32, u32) -> u32) -> Bits {
    zip(width, x, y, |x, y| f(x as u32, y as u32).into())
}

fn single(bits: u64) -> f32 {
    f32::from_bits(bits as u32)
}

pub(crate) fn unary(op: Unary, scalar: Scalar, width: usize, x: &Bits) -> Bits {
    match (op, scalar) {
        (Unary::Neg, Scalar::F64) => map(width, x, |x| x ^ (1 << 63)),
        (Unary::Neg, Scalar::F32) => map(width, x, |x| x ^ (1 << 31)),
        (Unary::Neg, Scalar::I64) => map(width, x, u64::wrapping_neg),
        (Unary::Abs, Scalar::F64) => map(width, x, |x| x & !(1 << 63)),
        (Unary::Abs, Scalar::F32) => map(width, x, |x| x & !(1 << 31)),
        (Unary::Sqrt, Scalar::F64) => f64s(width, x, f64::sqrt),
        (Unary::Sqrt, Scalar::F32) => f32s(width, x, f32::sqrt),
        (Unary::Floor, Scalar::F64) => f64s(width, x, f64::floor),
        (Unary::Floor, Scalar::F32) => f32s(width, x, f32::floor),
        (Unary::Nearest, Scalar::F64) => f64s(width, x, f64::round_ties_even),
        (Unary::Nearest, Scalar::F32) => f32s(width, x, f32::round_ties_even),
        (Unary::Not, Scalar::Bool) => map(width, x, |x| x ^ 1),
        _ => unreachable!("{op} on {scalar} is expanded or refused by the verifier"),
    }
}

pub(crate) fn binary(op: Binary, scalar: Scalar, width: usize, x: &Bits, y: &Bits) -> Bits {
    match scalar {
        Scalar::F64 => binary_f64(op, width, x, y),
        Scalar::F32 => binary_f32(op, width, x, y),
        Scalar::I64 => binary_int(op, width, x, y),
        Scalar::Word => binary_word(op, width, x, y),
        Scalar::Bool => match op {
            Binary::And => zip(width, x, y, |x, y| x & y),
            Binary::Or => zip(width, x, y, |x, y| x | y),
            Binary::Xor => zip(width, x, y, |x, y| x ^ y),
            Binary::Add
            | Binary::Sub
            | Binary::Mul
            | Binary::Div
            | Binary::Max
            | Binary::Min
            | Binary::MulHigh
            | Binary::Shl
            | Binary::Shr
            | Binary::Pow
            | Binary::Atan2 => unreachable!("{op} on truth values is refused by the verifier"),
        },
    }
}

fn binary_f64(op: Binary, width: usize, x: &Bits, y: &Bits) -> Bits {
    match op {
        Binary::Add => zip_f64s(width, x, y, |x, y| x + y),
        Binary::Sub => zip_f64s(width, x, y, |x, y| x - y),
        Binary::Mul => zip_f64s(width, x, y, |x, y| x * y),
        Binary::Div => zip_f64s(width, x, y, |x, y| x / y),
        Binary::Max => zip_f64s(width, x, y, |x, y| if x > y { x } else { y }),
        Binary::Min => zip_f64s(width, x, y, |x, y| if x < y { x } else { y }),
        Binary::And
        | Binary::Or
        | Binary::Xor
        | Binary::MulHigh
        | Binary::Shl
        | Binary::Shr
        | Binary::Pow
        | Binary::Atan2 => unreachable!("{op} on f64 is expanded or refused by the verifier"),
    }
}

fn binary_f32(op: Binary, width: usize, x: &Bits, y: &Bits) -> Bits {
    match op {
        Binary::Add => zip_f32s(width, x, y, |x, y| x + y),
        Binary::Sub => zip_f32s(width, x, y, |x, y| x - y),
        Binary::Mul => zip_f32s(width, x, y, |x, y| x * y),
        Binary::Div => zip_f32s(width, x, y, |x, y| x / y),
        Binary::Max => zip_f32s(width, x, y, |x, y| if x > y { x } else { y }),
        Binary::Min => zip_f32s(width, x, y, |x, y| if x < y { x } else { y }),
        Binary::And
        | Binary::Or
        | Binary::Xor
        | Binary::MulHigh
        | Binary::Shl
        | Binary::Shr
        | Binary::Pow
        | Binary::Atan2 => unreachable!("{op} on f32 is expanded or refused by the verifier"),
    }
}

fn binary_int(op: Binary, width: usize, x: &Bits, y: &Bits) -> Bits {
    match op {
        Binary::Add => zip_ints(width, x, y, i64::wrapping_add),
        Binary::Sub => zip_ints(width, x, y, i64::wrapping_sub),
        Binary::Mul => zip_ints(width, x, y, i64::wrapping_mul),
        Binary::Max => zip_ints(width, x, y, i64::max),
        Binary::Min => zip_ints(width, x, y, i64::min),
        Binary::And => zip(width, x, y, |x, y| x & y),
        Binary::Or => zip(width, x, y, |x, y| x | y),
        Binary::Xor => zip(width, x, y, |x, y| x ^ y),
        Binary::Shl => zip(width, x, y, |x, by| x << by),
        Binary::Shr => zip(width, x, y, |x, by| x >> by),
        Binary::Div | Binary::MulHigh | Binary::Pow | Binary::Atan2 => {
            unreachable!("{op} on i64 is refused by the verifier")
        }
    }
}

fn binary_word(op: Binary, width: usize, x: &Bits, y: &Bits) -> Bits {
    match op {
        Binary::Add => zip_words(width, x, y, u32::wrapping_add),
        Binary::Sub => zip_words(width, x, y, u32::wrapping_sub),
        Binary::Mul => zip_words(width, x, y, u32::wrapping_mul),
        Binary::MulHigh => zip(width, x, y, |x, y| (x * y) >> 32),
        Binary::And => zip(width, x, y, |x, y| x & y),
        Binary::Or => zip(width, x, y, |x, y| x | y),
        Binary::Xor => zip(width, x, y, |x, y| x ^ y),
        Binary::Shl => zip_words(width, x, y, |x, by| x << by),
        Binary::Shr => zip_words(width, x, y, |x, by| x >> by),
        Binary::Div | Binary::Max | Binary::Min | Binary::Pow | Binary::Atan2 => {
            unreachable!("{op} on words is refused by the verifier")
        }
    }
}

pub(crate) fn fma(scalar: Scalar, width: usize, x: &Bits, y: &Bits, z: &Bits) -> Bits {
    let mut out = [0; 16];
    for lane in 0..width {
        let (x, y, z) = (x[lane], y[lane], z[lane]);
        out[lane] = match scalar {
            Scalar::F64 => {
                f64::from_bits(x).mul_add(f64::from_bits(y), f64::from_bits(z)).to_bits()
            }
            Scalar::F32 => single(x).mul_add(single(y), single(z)).to_bits().into(),
            Scalar::I64 | Scalar::Word | Scalar::Bool => unreachable!("fma is on floats"),
        };
    }
    out
}

pub(crate) fn compare(op: Compare, scalar: Scalar, width: usize, x: &Bits, y: &Bits) -> Bits {
    match scalar {
        Scalar::F64 => zip(width, x, y, |x, y| holds(op, &f64::from_bits(x), &f64::from_bits(y))),
        Scalar::F32 => zip(width, x, y, |x, y| holds(op, &single(x), &single(y))),
        Scalar::I64 => zip(width, x, y, |x, y| holds(op, &(x as i64), &(y as i64))),
        Scalar::Word => zip(width, x, y, |x, y| holds(op, &x, &y)),
        Scalar::Bool => unreachable!("truth values are not compared"),
    }
}

fn holds<T: PartialOrd>(op: Compare, x: &T, y: &T) -> u64 {
    let holds = match op {
        Compare::Eq => x == y,
        Compare::Ne => x != y,
        Compare::Lt => x < y,
        Compare::Le => x <= y,
        Compare::Gt => x > y,
        Compare::Ge => x >= y,
    };
    holds.into()
}

pub(crate) fn convert(from: Scalar, to: Scalar, width: usize, x: &Bits) -> Bits {
    match (from, to) {
        (Scalar::F64, Scalar::F32) => {
            map(width, x, |x| (f64::from_bits(x) as f32).to_bits().into())
        }
        (Scalar::F32, Scalar::F64) => map(width, x, |x| f64::from(single(x)).to_bits()),
        (Scalar::I64, Scalar::F64) => map(width, x, |x| (x as i64 as f64).to_bits()),
        (Scalar::I64, Scalar::F32) => map(width, x, |x| (x as i64 as f32).to_bits().into()),
        (Scalar::Word, Scalar::F64) => map(width, x, |x| f64::from(x as u32).to_bits()),
        (Scalar::Word, Scalar::F32) => map(width, x, |x| (x as u32 as f32).to_bits().into()),
        (Scalar::I64, Scalar::Word) => map(width, x, |x| x & 0xffff_ffff),
        (Scalar::Word, Scalar::I64) => *x,
        _ => unreachable!("no conversion from {from} to {to}"),
    }
}

//! Sine and cosine of angles given in turns.

use crate::{Machine, Precision};

/// `sin(2π r) / r` in `r²` on `|r| <= 1/8`, lowest coefficient first; error 2⁻²⁵.
const SIN_F32: [f32; 4] = [6.283_185_5, -41.341_866, 81.625_626, -76.774_956];

/// `cos(2π r)` in `r²` on `|r| <= 1/8`, lowest coefficient first; error 2⁻²⁴·⁶.
const COS_F32: [f32; 4] = [1.0, -19.739_162, 64.922_21, -83.617_91];

/// `(sin(2π r) / r - 2π) / r²` in `r²` on `|r| <= 1/8`, lowest coefficient first; error 2⁻⁵⁸ of
/// the sine.
const SIN_F64: [f64; 6] = [
    -41.341_702_240_399_68,
    81.605_249_275_969_9,
    -76.705_859_709_201_33,
    42.058_685_554_396_234,
    -15.093_831_869_665_031,
    3.781_418_057_812_848_7,
];

/// `cos(2π r)` in `r²` on `|r| <= 1/8`, lowest coefficient first; error 2⁻⁶¹.
const COS_F64: [f64; 8] = [
    1.0,
    -19.739_208_802_178_716,
    64.939_394_022_666_68,
    -85.456_817_205_989_25,
    60.244_641_227_235_71,
    -26.426_241_132_219_594,
    7.902_629_259_527_558,
    -1.688_297_781_393_296_7,
];

/// 2π, rounded.
const TAU_HIGH: f64 = std::f64::consts::TAU;
/// `2π - TAU_HIGH`
const TAU_LOW: f64 = 2.449_293_598_294_706_4e-16;

/// `(sin(2π x), cos(2π x))` for `|x| <= 2²⁰` in `f32`, `|x| <= 2⁴⁹` in `f64`.
pub fn sincos_turns<M: Machine>(m: &mut M, x: M::Float) -> (M::Float, M::Float) {
    let (quarter, r) = quarters(m, x);
    let square = m.mul(r, r);
    let (sin, cos) = match m.precision() {
        Precision::F32 => {
            let sin = m.polynomial(square, &SIN_F32);
            (m.mul(r, sin), m.polynomial(square, &COS_F32))
        }
        Precision::F64 => {
            let tail = m.polynomial(square, &SIN_F64);
            let low = m.float(TAU_LOW);
            let tail = m.fma(square, tail, low);
            let tail = m.mul(r, tail);
            let high = m.float(TAU_HIGH);
            (m.fma(r, high, tail), m.polynomial(square, &COS_F64))
        }
    };
    turn(m, quarter, sin, cos)
}

/// The nearest quarter turn, in the low bits, and what is left, exactly: `x = k/4 + r`.
fn quarters<M: Machine>(m: &mut M, x: M::Float) -> (M::Bits, M::Float) {
    let four = m.float(4.0);
    let magic = m.float(m.precision().magic());
    let shifted = m.fma(x, four, magic);
    let k = m.sub(shifted, magic);
    let quarter = m.float(-0.25);
    let r = m.fma(k, quarter, x);
    (m.to_bits(shifted), r)
}

/// Sine and cosine of an angle that lies `quarter` quarter turns beyond the one whose sine and
/// cosine are given.
pub fn turn<M: Machine>(
    m: &mut M,
    quarter: M::Bits,
    sin: M::Float,
    cos: M::Float,
) -> (M::Float, M::Float) {
    let (zero, one) = (m.bits(0), m.bits(1));
    let odd = m.bits_and(quarter, one);
    let even = m.bits_eq(odd, zero);
    let next = m.bits_add(quarter, one);
    let (sin, cos) = (m.select(even, sin, cos), m.select(even, cos, sin));
    (flip(m, sin, quarter), flip(m, cos, next))
}

/// `x` or, where bit 1 of `quarter` is set, `-x`.
fn flip<M: Machine>(m: &mut M, x: M::Float, quarter: M::Bits) -> M::Float {
    let two = m.bits(2);
    let half = m.bits_and(quarter, two);
    let sign = m.bits_shl(half, m.precision().width() - 2);
    let bits = m.to_bits(x);
    let bits = m.bits_xor(bits, sign);
    m.of_bits(bits)
}

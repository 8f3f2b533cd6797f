//! The natural logarithm of positive normal numbers: `x = 2ᵏ (1 + f)`, `log x = k log 2 + log(1 + f)`.

use crate::{Machine, Precision};

/// `(log(1 + f) - f + f²/2) / f³` on `|f| <= 1/3`, lowest coefficient first; error 2⁻²⁷ of
/// `log(1 + f)`.
const LOG_F32: [f32; 8] = [
    0.333_332_15,
    -0.249_998_11,
    0.200_104_5,
    -0.166_799,
    0.140_032_96,
    -0.121_896_78,
    0.140_077_73,
    -0.128_849_97,
];

/// `(log((1 + s) / (1 - s)) - 2 s) / s³` in `s²` on `|s| <= 0.1716`, lowest coefficient first; error
/// 2⁻⁵⁹ of `2 s`.
const LOG_F64: [f64; 7] = [
    0.666_666_666_666_673_4,
    0.399_999_999_994_165_36,
    0.285_714_287_420_672_56,
    0.222_221_985_998_154_63,
    0.181_835_631_764_562_86,
    0.153_140_753_486_763_18,
    0.147_957_388_290_162_78,
];

/// `log 2` to 32 bits, so that a small whole number times it is exact.
const LOG2_HIGH: f64 = 0.693_147_180_369_123_8;
/// `log 2 - LOG2_HIGH`
const LOG2_LOW: f64 = 1.908_214_929_270_587_7e-10;

/// `log x` for positive, normal, finite `x`; other `x`, but for NaN, give some number.
pub fn log<M: Machine>(m: &mut M, x: M::Float) -> M::Float {
    let (k, f) = split(m, x);
    log_of_parts(m, k, f)
}

/// `log (2ᵏ (1 + f))` for `k` and `f` from [`split`].
pub fn log_of_parts<M: Machine>(m: &mut M, k: M::Float, f: M::Float) -> M::Float {
    match m.precision() {
        Precision::F32 => log_f32(m, k, f),
        Precision::F64 => log_f64(m, k, f),
    }
}

/// `log(1 + f) = f - f²/2 + f³ P(f)`
fn log_f32<M: Machine>(m: &mut M, k: M::Float, f: M::Float) -> M::Float {
    let tail = m.polynomial(f, &LOG_F32);
    let half = m.float(-0.5);
    let tail = m.fma(tail, f, half);
    let square = m.mul(f, f);
    let log = m.fma(tail, square, f);
    let log2 = m.float(std::f32::consts::LN_2.into());
    m.fma(k, log2, log)
}

/// With `s = f / (2 + f)`,
/// `log(1 + f) = log((1 + s) / (1 - s)) = f - (f²/2 - s (f²/2 + s² P(s²)))`.
///
/// Source of the rearrangement: FDLIBM, `e_log.c`.
fn log_f64<M: Machine>(m: &mut M, k: M::Float, f: M::Float) -> M::Float {
    let two = m.float(2.0);
    let denominator = m.add(two, f);
    let s = m.div(f, denominator);
    let s_square = m.mul(s, s);
    let tail = m.polynomial(s_square, &LOG_F64);
    let half = m.float(0.5);
    let half_f = m.mul(half, f);
    let half_square = m.mul(half_f, f);
    let tail = m.fma(s_square, tail, half_square);
    let low = m.float(LOG2_LOW);
    let small = m.mul(k, low);
    let small = m.fma(s, tail, small);
    let small = m.sub(half_square, small);
    let rest = m.sub(f, small);
    let high = m.float(LOG2_HIGH);
    m.fma(k, high, rest)
}

/// `(k, f)` with `x = 2ᵏ (1 + f)`, exactly, for positive, normal, finite `x`: `1 + f` lies in
/// [⅔, 1⅓) for `f32`, in [√½, √2) for `f64`.
///
/// The biased exponent becomes a float by being put into the fraction of `2^fraction`, since vector
/// units convert 64-bit integers badly.
pub fn split<M: Machine>(m: &mut M, x: M::Float) -> (M::Float, M::Float) {
    let precision = m.precision();
    let (lowest, shift): (u64, f64) = match precision {
        Precision::F32 => (0x3F2A_AAAB, 8_388_608.0),
        Precision::F64 => (0x3FE6_A09E_667F_3BCD, 4_503_599_627_370_496.0),
    };
    let bits = m.to_bits(x);
    let offset = m.bits(precision.bits_of(1.0) - lowest);
    let raised = m.bits_add(bits, offset);
    let exponent = m.bits_shr(raised, precision.fraction());
    let shift_bits = m.bits(precision.bits_of(shift));
    let shifted = m.bits_or(exponent, shift_bits);
    let shifted = m.of_bits(shifted);
    let back = m.float(shift + f64::from(precision.bias()));
    let k = m.sub(shifted, back);
    let mask = m.bits((1 << precision.fraction()) - 1);
    let fraction = m.bits_and(raised, mask);
    let lowest = m.bits(lowest);
    let mantissa = m.bits_add(fraction, lowest);
    let mantissa = m.of_bits(mantissa);
    let one = m.float(1.0);
    (k, m.sub(mantissa, one))
}

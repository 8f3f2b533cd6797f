//! Powers: `|x|^y = exp(y log |x|)` with the logarithm to twice the precision, and the cases of
//! IEEE 754's `pow`.

use sdec_noise::{Machine, Precision};

use super::exp::exp_sum;
use super::log::split_all;
use super::pair::{product, quick_sum};

struct Constants {
    /// `(log((1 + s) / (1 - s)) - 2 s - 2 s³ / 3) / s⁵` in `s²`, lowest coefficient first.
    tail: &'static [f64],
    /// 2/3 in two parts.
    two_thirds: [f64; 2],
    /// `log 2` in two parts; a small whole number times the first is exact.
    log2: [f64; 2],
    /// Powers of larger size than this are 0, 1 or infinite.
    largest: f64,
    /// The largest finite number.
    greatest: f64,
}

/// On `|s| <= 0.2`; error 2⁻⁴¹ of `2 s`.
const F32: Constants = Constants {
    tail: &[0.399_999_95, 0.285_724_67, 0.221_555_31, 0.199_208_47],
    two_thirds: [0.666_666_686_534_881_6, -1.986_821_551_724_915_5e-8],
    log2: [0.693_145_751_953_125, 1.428_606_765_330_187e-6],
    largest: 17_179_869_184.0, // 2³⁴
    greatest: f32::MAX as f64,
};

/// On `|s| <= 0.1716`; error 2⁻⁶⁶ of `2 s`.
const F64: Constants = Constants {
    tail: &[
        0.400_000_000_000_022_56,
        0.285_714_285_700_995_8,
        0.222_222_225_199_248_09,
        0.181_817_843_668_384_63,
        0.153_867_573_476_410_03,
        0.132_568_173_125_667_6,
        0.131_963_330_936_053_2,
    ],
    two_thirds: [0.666_666_666_666_666_6, 3.700_743_415_417_188e-17],
    log2: [0.693_147_180_369_123_8, 1.908_214_929_270_587_7e-10],
    largest: 73_786_976_294_838_206_464.0, // 2⁶⁶
    greatest: f64::MAX,
};

fn constants(precision: Precision) -> &'static Constants {
    match precision {
        Precision::F32 => &F32,
        Precision::F64 => &F64,
    }
}

/// `x ^ y`: negative where `x` is and `y` is odd, NaN where `x` is negative and `y` not whole.
pub(super) fn pow<M: Machine>(m: &mut M, x: M::Float, y: M::Float) -> M::Float {
    let constants = constants(m.precision());
    let (zero, one) = (m.float(0.0), m.float(1.0));
    let infinity = m.float(f64::INFINITY);
    let size = m.abs(x);
    let size_infinite = m.eq(size, infinity);

    let size_power = {
        let greatest = m.float(constants.greatest);
        let base = m.min(size, greatest);
        let (high, low) = log_pair(m, base);
        let (smallest, largest) = (m.float(-constants.largest), m.float(constants.largest));
        let y = m.max(y, smallest);
        let y = m.min(y, largest);
        let product = m.mul(y, high);
        let minus_product = m.neg(product);
        let error = m.fma(y, high, minus_product);
        let error = m.fma(y, low, error);
        exp_sum(m, product, error)
    };

    // Bases 0 and ±∞.
    let falling = m.lt(y, zero);
    let of_zero = m.select(falling, infinity, zero);
    let of_infinity = m.select(falling, zero, infinity);
    let size_zero = m.eq(x, zero);
    let power = m.select(size_zero, of_zero, size_power);
    let power = m.select(size_infinite, of_infinity, power);

    // Negative bases.
    let (whole, odd) = parity(m, y);
    let minus = sign_bit(m, x);
    let odd_minus = m.and(odd, minus);
    let negated = m.neg(power);
    let power = m.select(odd_minus, negated, power);
    let negative = m.lt(x, zero);
    let broken = m.not(whole);
    let broken = m.and(negative, broken);
    let finite = m.not(size_infinite);
    let undefined = m.and(broken, finite);
    let none = m.float(f64::NAN);
    let power = m.select(undefined, none, power);

    // NaN, but for x⁰ and 1^y.
    let (x_number, y_number) = (m.eq(x, x), m.eq(y, y));
    let numbers = m.and(x_number, y_number);
    let sum = m.add(x, y);
    let power = m.select(numbers, power, sum);
    let (y_zero, x_one) = (m.eq(y, zero), m.eq(x, one));
    let is_one = m.or(y_zero, x_one);
    m.select(is_one, one, power)
}

/// Whether `y` is whole, and whether it is odd.
fn parity<M: Machine>(m: &mut M, y: M::Float) -> (M::Bool, M::Bool) {
    let half = m.float(0.5);
    let floor = m.floor(y);
    let whole = m.eq(floor, y);
    let halved = m.mul(y, half);
    let floor = m.floor(halved);
    let even = m.eq(floor, halved);
    let uneven = m.not(even);
    (whole, m.and(whole, uneven))
}

/// Whether the sign is set, of zeros too; false for NaN.
pub(super) fn sign_bit<M: Machine>(m: &mut M, x: M::Float) -> M::Bool {
    let one = m.float(1.0);
    let number = m.eq(x, x);
    let x = m.select(number, x, one);
    let bits = m.to_bits(x);
    let sign = m.bits_shr(bits, m.precision().width() - 1);
    let set = m.bits(1);
    m.bits_eq(sign, set)
}

/// `log x` as a sum of two floats, for positive finite `x`; for all others some number.
///
/// With `s = f / (2 + f)`, `log(1 + f) = s (2 + s² (2/3 + s² R(s²)))`, where all but `s² R` is
/// carried in pairs. `a_low` is the error of `a` throughout.
pub(super) fn log_pair<M: Machine>(m: &mut M, x: M::Float) -> (M::Float, M::Float) {
    let constants = constants(m.precision());
    let (k, f) = split_all(m, x);
    let two = m.float(2.0);

    let denominator = m.add(two, f);
    let denominator_part = m.sub(denominator, two);
    let denominator_low = m.sub(f, denominator_part);
    let s = m.div(f, denominator);
    let minus_s = m.neg(s);
    let rest = m.fma(minus_s, denominator, f);
    let rest = m.fma(minus_s, denominator_low, rest);
    let s_low = m.div(rest, denominator);

    let (square, square_low) = product(m, (s, s_low), (s, s_low));
    let tail = m.polynomial(square, constants.tail);
    let tail = m.mul(square, tail);
    let [third, third_low] = constants.two_thirds.map(|x| m.float(x));
    let (sum, sum_low) = quick_sum(m, third, tail);
    let sum_low = m.add(sum_low, third_low);
    let (cubic, cubic_low) = product(m, (square, square_low), (sum, sum_low));
    let (factor, factor_low) = quick_sum(m, two, cubic);
    let factor_low = m.add(factor_low, cubic_low);
    let (log, log_low) = product(m, (s, s_low), (factor, factor_low));

    let [log2, log2_low] = constants.log2.map(|x| m.float(x));
    let whole = m.mul(k, log2);
    let (high, low) = quick_sum(m, whole, log);
    let log_low = m.fma(k, log2_low, log_low);
    let low = m.add(low, log_low);
    quick_sum(m, high, low)
}

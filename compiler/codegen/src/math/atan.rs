//! The inverse tangent, of a quotient `y/x` of sizes `y <= x`: with `s = y/x`, or
//! `s = (y - x)/(y + x)` and π/4 more where `y > x tan π/8`, `atan s = s + s³ P(s²)`.

use std::f64::consts::{FRAC_PI_2, FRAC_PI_4, PI};

use sdec_noise::{Machine, Precision};

use super::pair::{Pair, quick_sum, quotient, sum};
use super::pow::sign_bit;

/// `(atan(s) - s) / s³` in `s²` on `|s| <= tan π/8`, lowest coefficient first; error 2⁻³⁰ of the
/// function.
const F32: &[f64] = &[-0.333_333_16, 0.199_985_28, -0.142_443_91, 0.105_991_684, -0.060_900_52];

/// As [`F32`]; error 2⁻⁵⁹.
const F64: &[f64] = &[
    -0.333_333_333_333_332,
    0.199_999_999_999_536_74,
    -0.142_857_142_801_999_35,
    0.111_111_107_835_219_96,
    -0.090_908_977_585_875_17,
    0.076_920_602_324_139_25,
    -0.066_631_043_763_820_06,
    0.058_478_929_689_677_404,
    -0.050_393_277_501_294_96,
    0.038_065_321_533_136_354,
    -0.017_908_238_061_664_96,
];

/// `atan x`
pub(super) fn atan<M: Machine>(m: &mut M, x: M::Float) -> M::Float {
    // Where it rounds to π/2; infinities would spoil the quotient.
    let greatest = m.float(1e30);
    let (zero, one) = (m.float(0.0), m.float(1.0));
    let size = m.abs(x);
    let size = m.min(size, greatest);
    let steep = m.lt(one, size);
    let (y, x_size) = (m.min(one, size), m.max(one, size));
    let flat = flat_angle(m, y, x_size);
    let upright = constant(m, FRAC_PI_2, 6.123_233_995_736_766e-17, -4.371_138_828_673_793e-8);
    let angle = from_axis(m, upright, flat, steep);
    let negated = m.neg(angle);
    let negative = m.lt(x, zero);
    let signed = m.select(negative, negated, angle);
    // Zeros of either sign, and NaN, stay what they are.
    let magnitude = m.abs(x);
    let nonzero = m.lt(zero, magnitude);
    m.select(nonzero, signed, x)
}

/// The angle of the point (x, y), with the special cases of C11, F.10.1.4.
pub(super) fn atan2<M: Machine>(m: &mut M, y: M::Float, x: M::Float) -> M::Float {
    let (zero, one, infinity) = (m.float(0.0), m.float(1.0), m.float(f64::INFINITY));
    let (height, width) = (m.abs(y), m.abs(x));
    let steep = m.lt(width, height);
    let (small, large) = (m.min(height, width), m.max(height, width));
    // At the origin and at infinity, the quotient of 0 or 1 and 1.
    let (at_origin, at_infinity) = (m.eq(large, zero), m.eq(large, infinity));
    let both = m.eq(small, infinity);
    let ratio = m.select(both, one, zero);
    let small = m.select(at_infinity, ratio, small);
    let odd = m.or(at_origin, at_infinity);
    let large = m.select(odd, one, large);
    // Away from the ends of the range, so that no sum overflows and no remainder is lost.
    let (huge, tiny) = match m.precision() {
        Precision::F32 => (2.0_f64.powi(120), 2.0_f64.powi(-90)),
        Precision::F64 => (2.0_f64.powi(1000), 2.0_f64.powi(-900)),
    };
    let (high, low) = (m.float(huge), m.float(tiny));
    let (is_huge, is_tiny) = (m.lt(high, large), m.lt(large, low));
    let (down, up) = (m.float(2.0_f64.powi(-24)), m.float(2.0_f64.powi(60)));
    let scale = m.select(is_tiny, up, one);
    let scale = m.select(is_huge, down, scale);
    let (small, large) = (m.mul(small, scale), m.mul(large, scale));
    let flat = flat_angle(m, small, large);

    // From the nearer axis: the right, the upright or the left one.
    let left = sign_bit(m, x);
    let upright = constant(m, FRAC_PI_2, 6.123_233_995_736_766e-17, -4.371_138_828_673_793e-8);
    let straight = constant(m, PI, 1.224_646_799_147_353_2e-16, -8.742_277_657_347_586e-8);
    let right = m.not(left);
    let axis = (m.select(left, straight.0, zero), m.select(left, straight.1, zero));
    let axis = (m.select(steep, upright.0, axis.0), m.select(steep, upright.1, axis.1));
    // Backwards from the left axis, and from the upright one on the right.
    let level = m.not(steep);
    let (back_left, back_right) = (m.and(left, level), m.and(right, steep));
    let back = m.or(back_left, back_right);
    let angle = around(m, axis, flat, back);
    let negated = m.neg(angle);
    let below = sign_bit(m, y);
    let signed = m.select(below, negated, angle);
    let (x_number, y_number) = (m.eq(x, x), m.eq(y, y));
    let numbers = m.and(x_number, y_number);
    let none = m.float(f64::NAN);
    m.select(numbers, signed, none)
}

/// A number in two parts of working precision, of which the first is the number rounded.
fn constant<M: Machine>(m: &mut M, x: f64, low_f64: f64, low_f32: f64) -> Pair<M> {
    let low = match m.precision() {
        Precision::F32 => low_f32,
        Precision::F64 => low_f64,
    };
    (m.float(x), m.float(low))
}

/// `atan(y / x)` as a pair for `0 <= y <= x`, `x > 0`, neither large nor small enough to overflow.
fn flat_angle<M: Machine>(m: &mut M, y: M::Float, x: M::Float) -> Pair<M> {
    let limit = m.float(0.414_2);
    let bound = m.mul(limit, x);
    let upper = m.lt(bound, y);
    let zero = m.float(0.0);
    let minus_x = m.neg(x);
    let add = m.select(upper, minus_x, zero);
    let (numerator, numerator_low) = sum(m, y, add);
    let add = m.select(upper, y, zero);
    let (denominator, denominator_low) = quick_sum(m, x, add);
    let (s, low) = quotient(m, (numerator, numerator_low), (denominator, denominator_low));
    let square = m.mul(s, s);
    let tail = match m.precision() {
        Precision::F32 => m.polynomial(square, F32),
        Precision::F64 => m.polynomial(square, F64),
    };
    let cube = m.mul(square, s);
    let tail = m.fma(cube, tail, low);
    let (base, base_low) =
        constant(m, FRAC_PI_4, 3.061_616_997_868_383e-17, -2.185_569_414_336_896_6e-8);
    let base = m.select(upper, base, zero);
    let base_low = m.select(upper, base_low, zero);
    let (high, error) = sum(m, base, s);
    let tail = m.add(tail, base_low);
    (high, m.add(error, tail))
}

/// `axis - angle`, or the angle itself where it is not counted from the axis.
fn from_axis<M: Machine>(m: &mut M, axis: Pair<M>, angle: Pair<M>, counted: M::Bool) -> M::Float {
    let zero = m.float(0.0);
    let axis = (m.select(counted, axis.0, zero), m.select(counted, axis.1, zero));
    around(m, axis, angle, counted)
}

/// `axis + angle`, or `axis - angle` where that is counted backwards.
fn around<M: Machine>(m: &mut M, axis: Pair<M>, angle: Pair<M>, back: M::Bool) -> M::Float {
    let (negated, negated_low) = (m.neg(angle.0), m.neg(angle.1));
    let angle = (m.select(back, negated, angle.0), m.select(back, negated_low, angle.1));
    let (high, error) = sum(m, axis.0, angle.0);
    let low = m.add(axis.1, angle.1);
    let low = m.add(low, error);
    m.add(high, low)
}

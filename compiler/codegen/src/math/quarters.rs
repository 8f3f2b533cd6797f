//! Angles as whole quarter turns and a rest: `x = k π/2 + r + low`.
//!
//! Up to a limit π/2 is taken in three parts (Cody and Waite), each a full float: by fma the first
//! difference is exact, the second is kept with its rounding error. Beyond, `x` is multiplied by as
//! many bits of 2/π as there are (Payne and Hanek): in pieces, each product exact as a sum of two
//! floats, of which whole turns are dropped.

use sdec_noise::{Machine, Precision};

use super::branch::Branch;
use super::pair::{exact_product, quick_sum, sum};

/// `[shifted, r, low]` of an angle without its quarter turns: a float whose bits end with those of
/// their number, and the rest as a sum. `r` is at most a little above π/4 in size.
pub(super) type Quarters<M> = [<M as Machine>::Float; 3];

struct Constants {
    /// π/2 in three parts.
    half_pi: [f64; 3],
    /// Where three parts end to suffice.
    limit: f64,
    /// The binary digits of 2/π, as whole numbers of `digits` digits each.
    inverse: &'static [u64],
    digits: i32,
    /// Arguments are taken times 2 to its negative, and 2/π times 2 to it, so that all is in range.
    scale: i32,
}

const F32: Constants = Constants {
    half_pi: [1.570_796_370_506_286_6, -4.371_138_828_673_793e-8, -1.715_124_510_005_881_9e-15],
    limit: 1_048_576.0, // 2²⁰
    inverse: &[
        10_680_707, 7_228_996, 1_387_004, 2_578_385, 16_069_853, 12_639_074, 9_804_092, 4_427_841,
    ],
    digits: 24,
    scale: 60,
};

const F64: Constants = Constants {
    half_pi: [std::f64::consts::FRAC_PI_2, 6.123_233_995_736_766e-17, -1.497_384_904_859_169_8e-33],
    limit: 140_737_488_355_328.0, // 2⁴⁷
    inverse: &[
        5_734_161_139_222_658,
        5_814_151_408_469_972,
        7_440_259_586_542_284,
        5_563_773_718_881_558,
        2_066_796_102_992_750,
        2_563_573_915_284_664,
        55_291_115_753_100,
        5_098_427_330_010_289,
        1_465_545_334_474_430,
        5_835_026_907_506_289,
        6_776_677_510_095_004,
        7_069_188_010_357_663,
        2_595_984_518_904_818,
        2_831_001_892_290_551,
        4_552_804_911_380_620,
        3_195_225_570_766_134,
        4_461_702_110_328_553,
        8_190_251_822_055_336,
        6_397_593_724_909_042,
        8_751_785_341_853_560,
        5_811_081_437_509_311,
        3_456_741_467_624_832,
    ],
    digits: 53,
    scale: 200,
};

/// The quarters of `x`; those of 0 where it is not finite.
pub(super) fn quarters<M: Branch>(m: &mut M, x: M::Float) -> Quarters<M> {
    let constants = match m.precision() {
        Precision::F32 => &F32,
        Precision::F64 => &F64,
    };
    let (size, zero) = (m.abs(x), m.float(0.0));
    let limit = m.float(constants.limit);
    let near = m.lt(size, limit);
    let angle = m.select(near, x, zero);
    let usual = few(m, angle, constants.half_pi);
    let far = m.not(near);
    m.rarely(far, usual, |m| {
        let infinity = m.float(f64::INFINITY);
        let finite = m.lt(size, infinity);
        let angle = m.select(finite, x, zero);
        many(m, angle, constants)
    })
}

/// Up to the limit.
fn few<M: Machine>(m: &mut M, x: M::Float, half_pi: [f64; 3]) -> Quarters<M> {
    let inverse = m.float(std::f64::consts::FRAC_2_PI);
    let magic = m.float(m.precision().magic());
    let shifted = m.fma(x, inverse, magic);
    let k = m.sub(shifted, magic);
    let [first, second, third] = half_pi.map(|part| m.float(-part));
    let a = m.fma(k, first, x);
    // -k · second = b + b_error, then a + b = r + error.
    let (b, b_error) = exact_product(m, k, second);
    let (r, error) = sum(m, a, b);
    let low = m.add(error, b_error);
    let low = m.fma(k, third, low);
    [shifted, r, low]
}

/// Beyond the limit, and for any finite number that is not tiny.
fn many<M: Branch>(m: &mut M, x: M::Float, constants: &Constants) -> Quarters<M> {
    let &Constants { inverse, digits, scale, half_pi, .. } = constants;
    let factor = m.float(2.0_f64.powi(-scale));
    let x = m.mul(x, factor);
    let weights = (1..).map(|k| 2.0_f64.powi(scale - digits * k));
    let pieces: Vec<f64> = inverse.iter().zip(weights).map(|(&n, w)| n as f64 * w).collect();
    // In quarter turns, a sum of three floats; the last numbers of the table are the smallest.
    let [high, middle, low] = m.fold_back(&pieces, x, |m, piece, [high, middle, low]| {
        let (product, error) = exact_product(m, x, piece);
        let (product, error) = (without_turns(m, product), without_turns(m, error));
        let (high, rest) = sum(m, high, error);
        let (middle, rest) = sum(m, middle, rest);
        let low = m.add(low, rest);
        let (high, rest) = sum(m, high, product);
        let (middle, rest) = sum(m, middle, rest);
        [high, middle, m.add(low, rest)]
    });
    let magic = m.float(m.precision().magic());
    let shifted = m.add(high, magic);
    let k = m.sub(shifted, magic);
    let high = m.sub(high, k);
    let (high, middle) = quick_sum(m, high, middle);
    let low = m.add(middle, low);
    let [first, second, _] = half_pi.map(|part| m.float(part));
    let (r, error) = exact_product(m, high, first);
    let error = m.fma(high, second, error);
    [shifted, r, m.fma(low, first, error)]
}

/// `x`, in quarter turns, less a multiple of four: exact, and `x` itself if it is small.
fn without_turns<M: Machine>(m: &mut M, x: M::Float) -> M::Float {
    let (fourth, half, minus_four) = (m.float(0.25), m.float(0.5), m.float(-4.0));
    let turns = m.fma(x, fourth, half);
    let turns = m.floor(turns);
    m.fma(turns, minus_four, x)
}

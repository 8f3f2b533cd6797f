//! The error function and its complement.
//!
//! `erfc x = exp(-x²) Q(t) / (1 + 2 x)` with `t = (x - c) / (x + c)`, for all `x >= 0` alike, and
//! `erf x = x + x P(x²)` up to 1. Each is 1 less the other where that is better: `erf` beyond 1,
//! `erfc` up to ½.
//!
//! Source of the substitution: Shepherd & Laframboise (1981), Mathematics of Computation 36(153).

use sdec_noise::{Machine, Precision};

use super::exp::exp_times;
use super::pair::{Pair, exact_product, quick_sum};

struct Constants {
    /// `erf(x) / x - 1` in `x²` on [0, 1], lowest coefficient first.
    erf: &'static [f64],
    /// The number `c`.
    centre: f64,
    /// `(1 + 2 x) exp(x²) erfc x` in `t`, lowest coefficient first.
    erfc: &'static [f64],
    /// Where `erfc` rounds to 0.
    last: f64,
}

/// Errors 2⁻²⁹ and 2⁻²⁵.
const F32: Constants = Constants {
    erf: &[
        0.128_379_17,
        -0.376_126_26,
        0.112_835_79,
        -0.026_853_347,
        0.005_187_162,
        -0.000_799_785_3,
        7.806_904e-5,
    ],
    centre: 2.0,
    erfc: &[
        1.276_978_4,
        -0.092_763_93,
        -0.166_031_06,
        0.164_054_92,
        -0.054_206_047,
        -0.008_059_194,
        0.008_634_549,
        0.001_313_893_5,
        -0.001_230_912_7,
        -0.000_400_794_12,
    ],
    last: 10.2,
};

/// Errors 2⁻⁵⁵ and 2⁻⁵⁴.
const F64: Constants = Constants {
    erf: &[
        0.128_379_167_095_512_6,
        -0.376_126_389_031_841,
        0.112_837_916_709_711_01,
        -0.026_866_170_648_032_216,
        0.005_223_977_652_740_518,
        -0.000_854_832_854_206_081,
        0.000_120_553_865_789_981_93,
        -1.492_689_493_975_291_2e-5,
        1.648_134_556_087_837_2e-6,
        -1.656_090_742_329_970_2e-7,
        1.604_330_267_089_912_7e-8,
        -1.659_712_300_476_809_2e-9,
        1.459_075_652_217_327_2e-10,
    ],
    centre: 4.0,
    erfc: &[
        1.232_995_118_625_552_6,
        -0.139_621_116_840_562_9,
        0.015_379_652_102_619_764,
        0.068_097_054_254_736_6,
        -0.101_039_066_036_301_15,
        0.093_732_834_996_823_83,
        -0.066_330_365_812_564_02,
        0.037_167_515_561_852_75,
        -0.016_197_734_048_423_174,
        0.005_031_969_763_566_729,
        -0.000_757_773_404_868_323_3,
        -0.000_199_255_561_252_033_77,
        0.000_150_622_471_587_094_65,
        -2.440_294_153_973_679_2e-5,
        -1.122_528_304_698_891_8e-5,
        5.717_295_308_964_492e-6,
        3.019_563_688_597_188e-7,
        -8.342_404_831_145_224e-7,
        6.238_915_082_305_892e-8,
        1.145_613_719_343_777_4e-7,
        -7.778_908_937_040_546e-9,
        -1.338_628_471_352_299_3e-8,
        -1.717_628_132_274_518_5e-9,
    ],
    last: 27.3,
};

fn constants(precision: Precision) -> &'static Constants {
    match precision {
        Precision::F32 => &F32,
        Precision::F64 => &F64,
    }
}

/// `erf x`
pub(super) fn erf<M: Machine>(m: &mut M, x: M::Float) -> M::Float {
    let near = erf_near(m, x);
    let size = m.abs(x);
    let erfc = erfc_positive(m, size);
    let (zero, one) = (m.float(0.0), m.float(1.0));
    let far = m.sub(one, erfc);
    let negated = m.neg(far);
    let negative = m.lt(x, zero);
    let far = m.select(negative, negated, far);
    let is_far = m.lt(one, size);
    m.select(is_far, far, near)
}

/// `1 - erf x`, accurate where that is small.
pub(super) fn erfc<M: Machine>(m: &mut M, x: M::Float) -> M::Float {
    let near = erf_near(m, x);
    let (zero, one, two) = (m.float(0.0), m.float(1.0), m.float(2.0));
    let near = m.sub(one, near);
    let size = m.abs(x);
    let erfc = erfc_positive(m, size);
    let reflected = m.sub(two, erfc);
    let negative = m.lt(x, zero);
    let far = m.select(negative, reflected, erfc);
    let half = m.float(0.5);
    let is_far = m.lt(half, size);
    m.select(is_far, far, near)
}

/// `erf x` for `|x| <= 1`; NaN for NaN.
pub(super) fn erf_near<M: Machine>(m: &mut M, x: M::Float) -> M::Float {
    let square = m.mul(x, x);
    let tail = m.polynomial(square, constants(m.precision()).erf);
    m.fma(x, tail, x)
}

/// `erfc x` for `x >= 0`; some number for NaN.
fn erfc_positive<M: Machine>(m: &mut M, x: M::Float) -> M::Float {
    let last = last(m.precision());
    let last = m.float(last);
    let x = m.min(x, last);
    let factor = erfc_factor(m, x);
    // -x² to twice the precision: near the end of the tail its rounding error is a hundred ulp.
    let minus_x = m.neg(x);
    let (high, low) = exact_product(m, minus_x, x);
    exp_times(m, high, low, factor)
}

/// Where `erfc` rounds to 0.
pub(super) fn last(precision: Precision) -> f64 {
    constants(precision).last
}

/// `exp(x²) erfc x` for finite `x >= 0`, and what the two divisors' rounding errors make of it; below ½
/// the latter is some small number.
pub(super) fn erfc_factor<M: Machine>(m: &mut M, x: M::Float) -> Pair<M> {
    let constants = constants(m.precision());
    let centre = m.float(constants.centre);
    let numerator = m.sub(x, centre);
    let denominator = m.add(x, centre);
    let t = m.div(numerator, denominator);
    let scaled = m.polynomial(t, constants.erfc);
    let (one, twice) = (m.float(1.0), m.add(x, x));
    let (divisor, error) = quick_sum(m, twice, one);
    let inverse = m.div(one, divisor);
    let factor = m.mul(scaled, inverse);
    let minus = m.neg(factor);
    let rest = m.fma(minus, divisor, scaled);
    let rest = m.fma(minus, error, rest);
    (factor, m.mul(rest, inverse))
}

//! The standard normal distribution function and its inverse.
//!
//! The first is `½ erfc(-x/√2)`, with `x²` to twice the precision. The second is
//! made of rational functions of `p - ½` around the middle and of `r = √(-log p)` in the tails
//! (`reference/ratio.py`), arranged as sums of which they are the smaller part.

use std::f64::consts::{FRAC_1_SQRT_2, SQRT_2};

use sdec_noise::{Machine, Precision};

use super::erf::{erf_near, erfc_factor, last};
use super::exp::exp_times;
use super::log::log;
use super::pair::exact_product;

/// `Φ(x)`
pub(super) fn cdf<M: Machine>(m: &mut M, x: M::Float) -> M::Float {
    let (zero, one, half) = (m.float(0.0), m.float(1.0), m.float(0.5));
    let inverse_root = m.float(FRAC_1_SQRT_2);
    let scaled = m.mul(x, inverse_root);
    let near = erf_near(m, scaled);
    let near = m.fma(half, near, half);

    let last = SQRT_2 * last(m.precision());
    let last = m.float(last);
    let size = m.abs(x);
    let size = m.min(size, last);
    let minus_half = m.float(-0.5);
    let minus = m.mul(minus_half, size);
    let (high, low) = exact_product(m, minus, size);
    let scaled = m.mul(size, inverse_root);
    let (factor, factor_low) = erfc_factor(m, scaled);
    let factor = (m.mul(half, factor), m.mul(half, factor_low));
    let tail = exp_times(m, high, low, factor);
    let rest = m.sub(one, tail);
    let negative = m.lt(x, zero);
    let far = m.select(negative, tail, rest);

    // Where x/√2 is ½.
    let limit = m.float(0.707);
    let size = m.abs(x);
    let is_far = m.lt(limit, size);
    m.select(is_far, far, near)
}

/// `N(x) / D(x)`, lowest coefficients first.
struct Ratio {
    numerator: &'static [f64],
    denominator: &'static [f64],
}

struct Constants {
    /// Of `s = 0.180625 - q²`: around the middle the quantile is `q (√(2π) + q² N/D)`.
    central: Ratio,
    /// √(2π) in two parts.
    slope: [f64; 2],
    /// Of `s = r - 1.6` up to `r = 5`: in the tails the quantile is `∓(√2 r - N/D)`.
    middle: Ratio,
    /// Of `s = r - 5`, to the least positive number.
    far: Ratio,
    /// √2 in two parts.
    root: [f64; 2],
}

/// Errors of the quantile 2⁻²⁷, 2⁻²⁶, 2⁻²⁶.
const F32: Constants = Constants {
    central: Ratio {
        numerator: &[4.874_766, 69.525_795, 196.154_37, 25.497_606],
        denominator: &[1.0, 20.286_676, 110.957_46, 144.610_46],
    },
    slope: [2.506_628_274_917_602_5, -2.866_020_5e-10],
    middle: Ratio {
        numerator: &[0.839_304_57, 0.525_387_05, 0.063_596_39, 0.000_345_476_82],
        denominator: &[1.0, 0.975_714_5, 0.270_392_4, 0.018_420_596],
    },
    far: Ratio {
        numerator: &[0.413_163_07, 0.043_539_4, 0.000_171_699_74],
        denominator: &[1.0, 0.240_784_76, 0.012_001_301],
    },
    root: [1.414_213_538_169_860_8, 2.420_323_5e-8],
};

/// Errors of the quantile 2⁻⁵⁵, 2⁻⁵⁴, 2⁻⁵⁶.
const F64: Constants = Constants {
    central: Ratio {
        numerator: &[
            4.874_765_941_399_952,
            189.946_059_391_559_15,
            2_779.952_258_298_911,
            19_029.600_188_939_57,
            61_819.876_556_006_406,
            85_446.808_958_793_57,
            36_269.848_267_010_566,
            562.762_778_848_510_7,
        ],
        denominator: &[
            1.0,
            44.989_482_853_187_305,
            789.804_702_781_375,
            6_860.902_876_592_788,
            30_913.720_069_189_19,
            69_284.561_517_705_94,
            67_223.239_025_944_29,
            19_692.970_215_470_064,
        ],
    },
    slope: [2.506_628_274_631_000_7, -1.832_857_998_045_916_7e-16],
    middle: Ratio {
        numerator: &[
            0.839_304_589_047_268_5,
            1.423_146_712_964_732_8,
            0.925_833_261_110_979,
            0.291_415_755_852_766_36,
            0.045_473_855_478_228_284,
            0.003_118_726_395_858_235_6,
            6.609_855_196_564_954e-5,
            7.019_280_984_010_204e-8,
        ],
        denominator: &[
            1.0,
            2.045_362_151_373_642,
            1.671_803_599_245_562_9,
            0.698_526_252_471_542_2,
            0.157_671_860_999_322_76,
            0.018_465_188_336_641_646,
            0.000_959_549_218_399_989_8,
            1.473_978_222_768_891_2e-5,
        ],
    },
    far: Ratio {
        numerator: &[
            0.413_163_168_364_371_67,
            0.196_637_503_611_869_7,
            0.033_802_719_879_750_56,
            0.002_595_517_051_648_148_7,
            8.973_320_559_927_245e-5,
            1.243_220_716_178_815_6e-6,
            4.934_665_057_441_016_5e-9,
            7.951_518_854_466_345e-13,
        ],
        denominator: &[
            1.0,
            0.611_340_115_463_016_5,
            0.143_565_910_145_754_07,
            0.016_314_447_628_143_016,
            0.000_932_645_491_405_377_7,
            2.544_565_078_209_496_2e-5,
            2.837_779_667_761_677_3e-7,
            8.745_068_147_862_669e-10,
        ],
    },
    root: [SQRT_2, -9.667_293_313_452_913e-17],
};

/// The inverse of the distribution function: infinite at 0 and 1, NaN beyond.
pub(super) fn quantile<M: Machine>(m: &mut M, p: M::Float) -> M::Float {
    let constants = match m.precision() {
        Precision::F32 => &F32,
        Precision::F64 => &F64,
    };
    let (zero, one, minus_half) = (m.float(0.0), m.float(1.0), m.float(-0.5));
    let q = m.add(p, minus_half);
    let central = {
        let square = m.mul(q, q);
        let edge = m.float(0.180_625);
        let s = m.sub(edge, square);
        let ratio = ratio(m, s, &constants.central);
        let [slope, slope_low] = constants.slope.map(|part| m.float(part));
        let rest = m.fma(square, ratio, slope_low);
        let rest = m.mul(q, rest);
        m.fma(q, slope, rest)
    };

    let other = m.sub(one, p);
    let smaller = m.min(p, other);
    let size = tail(m, smaller, constants);
    let at_end = m.eq(smaller, zero);
    let infinity = m.float(f64::INFINITY);
    let size = m.select(at_end, infinity, size);
    let negated = m.neg(size);
    let lower = m.lt(q, zero);
    let tail = m.select(lower, negated, size);

    let width = m.float(0.425);
    let distance = m.abs(q);
    let is_tail = m.lt(width, distance);
    let quantile = m.select(is_tail, tail, central);
    let number = m.eq(p, p);
    m.select(number, quantile, p)
}

/// `x` with `Φ(-x) = p`, for `0 < p < 0.08`; some number or NaN elsewhere.
fn tail<M: Machine>(m: &mut M, p: M::Float, constants: &Constants) -> M::Float {
    let log = log(m, p);
    let square = m.neg(log);
    let r = m.sqrt(square);
    let minus_r = m.neg(r);
    let error = m.fma(minus_r, r, square);
    let twice = m.add(r, r);
    let r_low = m.div(error, twice);
    let (start, turn) = (m.float(1.6), m.float(5.0));
    let s = m.sub(r, start);
    let middle = ratio(m, s, &constants.middle);
    let s = m.sub(r, turn);
    let far = ratio(m, s, &constants.far);
    let is_far = m.lt(turn, r);
    let rest = m.select(is_far, far, middle);
    let [root, root_low] = constants.root.map(|part| m.float(part));
    let low = m.mul(r, root_low);
    let low = m.fma(r_low, root, low);
    let low = m.sub(low, rest);
    m.fma(r, root, low)
}

fn ratio<M: Machine>(m: &mut M, x: M::Float, ratio: &Ratio) -> M::Float {
    let numerator = m.polynomial(x, ratio.numerator);
    let denominator = m.polynomial(x, ratio.denominator);
    m.div(numerator, denominator)
}

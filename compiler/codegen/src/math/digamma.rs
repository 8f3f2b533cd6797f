//! The first two derivatives of the logarithm of the gamma function.
//!
//! From 4 on, the asymptotic series; on [1, 4], a polynomial in `t = (x - 2)/(x + 2)`, below after a
//! step of the recurrence. For negative arguments, by reflection.

use sdec_noise::{Machine, Precision};

use super::gamma::{half_turns, mirror, of_half_turns};
use super::log::log;

struct Constants {
    /// `digamma(x) / (x - root)` in `t`, lowest coefficient first.
    digamma: &'static [f64],
    /// The positive zero of digamma, in two parts.
    root: [f64; 2],
    /// `x² (log x - 1/(2x) - digamma x)` in `1/x²` from 4 on.
    digamma_far: &'static [f64],
    /// `x trigamma x` in `t`
    trigamma: &'static [f64],
    /// `x³ (trigamma x - 1/x - 1/(2x²))` in `1/x²` from 4 on.
    trigamma_far: &'static [f64],
}

/// Errors of the functions 2⁻²⁵, 2⁻³⁷, 2⁻²⁵, 2⁻³³.
const F32: Constants = Constants {
    digamma: &[
        0.785_307_5,
        -1.042_956,
        0.701_042_8,
        -0.726_193_8,
        0.677_741_9,
        -0.696_596_15,
        0.679_780_84,
        -0.658_481_84,
        0.655_303_24,
        -0.945_008_93,
        0.920_524,
    ],
    root: [1.461_632_132_530_212_4, 1.243_815_006_546_356e-08],
    digamma_far: &[0.083_333_33, -0.008_332_504, 0.003_925_455_3, -0.003_267_960_6],
    trigamma: &[
        1.289_868_1,
        -0.653_174_46,
        0.784_036_16,
        -0.879_659_7,
        0.939_736_37,
        -0.974_846_3,
        0.991_678_06,
        -0.950_692_2,
        0.942_919_1,
        -1.375_804_7,
        1.414_474_7,
    ],
    trigamma_far: &[0.166_666_61, -0.033_324_73, 0.023_381_056, -0.024_500_677],
};

/// Errors of the functions 2⁻⁵⁵, 2⁻⁵⁸, 2⁻⁵⁴, 2⁻⁵⁷.
const F64: Constants = Constants {
    digamma: &[
        0.785_307_538_604_105_3,
        -1.042_955_818_732_005_8,
        0.701_042_853_550_048_3,
        -0.726_224_580_898_846_5,
        0.677_753_134_897_630_7,
        -0.695_067_676_658_901_9,
        0.678_747_477_428_927_5,
        -0.689_017_786_144_522_5,
        0.680_679_950_494_882_3,
        -0.687_042_605_979_209,
        0.681_850_635_521_482_7,
        -0.686_094_061_265_805_1,
        0.682_526_812_515_905_3,
        -0.685_797_707_945_137_2,
        0.683_131_116_583_564_5,
        -0.681_727_469_712_104_2,
        0.680_346_227_076_004_1,
        -0.719_006_561_708_486_5,
        0.713_332_408_816_927_6,
        -0.481_980_506_842_244_14,
        0.496_346_399_380_085_3,
        -1.334_462_869_484_518_4,
        1.307_451_702_336_089_9,
    ],
    root: [1.461_632_144_968_362_2, 9.549_995_429_965_697e-17],
    digamma_far: &[
        0.083_333_333_333_324_17,
        -0.008_333_333_327_202_241,
        0.003_968_252_549_026_409,
        -0.004_166_504_144_432_265,
        0.007_565_062_568_044_983_4,
        -0.020_655_783_614_786_198,
        0.071_747_145_807_378_1,
        -0.237_346_342_293_298_12,
        0.465_539_515_988_026_7,
    ],
    trigamma: &[
        1.289_868_133_696_452_8,
        -0.653_174_183_160_603_2,
        0.784_035_352_001_648_5,
        -0.879_704_873_702_701_3,
        0.939_822_553_103_611_5,
        -0.972_608_062_948_413,
        0.988_407_351_270_239_4,
        -0.995_325_851_069_918_6,
        0.998_171_432_869_723_2,
        -0.999_300_318_733_311_5,
        0.999_737_242_422_640_3,
        -0.999_887_492_949_849_6,
        0.999_942_197_080_282_9,
        -1.000_326_658_094_239,
        1.000_455_559_524_132_7,
        -0.994_875_018_596_055_8,
        0.993_574_411_153_431_5,
        -1.049_780_643_065_981_5,
        1.058_509_169_536_855_4,
        -0.703_288_212_003_788,
        0.670_214_520_834_081_1,
        -1.949_781_629_188_928_7,
        2.003_898_884_525_830_3,
    ],
    trigamma_far: &[
        0.166_666_666_666_648_98,
        -0.033_333_333_318_921_6,
        0.023_809_519_726_403_962,
        -0.033_332_755_810_467_414,
        0.075_709_980_859_175_74,
        -0.250_629_897_657_138_3,
        1.080_355_551_923_766_2,
        -5.019_231_548_315_723,
        19.018_529_221_945_07,
        -38.687_185_080_283_55,
    ],
};

fn constants(precision: Precision) -> &'static Constants {
    match precision {
        Precision::F32 => &F32,
        Precision::F64 => &F64,
    }
}

/// The derivative of `log Γ`: NaN at negative whole numbers, infinite at 0.
pub(super) fn digamma<M: Machine>(m: &mut M, x: M::Float) -> M::Float {
    let constants = constants(m.precision());
    let Places { negative, x: place, inverse, near, low, y, t } = places(m, x);
    let zero = m.float(0.0);

    let ratio = m.polynomial(t, constants.digamma);
    let [root, root_low] = constants.root.map(|part| m.float(part));
    let distance = m.sub(y, root);
    let distance = m.sub(distance, root_low);
    let main = m.mul(distance, ratio);
    let step = m.select(low, inverse, zero);
    let near_value = m.sub(main, step);

    let log = log(m, place);
    let square = m.mul(inverse, inverse);
    let tail = m.polynomial(square, constants.digamma_far);
    let half = m.float(0.5);
    let tail = m.fma(inverse, tail, half);
    let minus_inverse = m.neg(inverse);
    let far = m.fma(minus_inverse, tail, log);

    let above = m.select(near, near_value, far);
    let (fraction, whole) = half_turns(m, x);
    let (sin, cos) = of_half_turns(m, fraction);
    let pi = m.float(std::f64::consts::PI);
    let numerator = m.mul(pi, cos);
    let cotangent = m.div(numerator, sin);
    let below = m.sub(above, cotangent);
    let none = m.float(f64::NAN);
    let below = m.select(whole, none, below);
    m.select(negative, below, above)
}

/// The derivative of digamma: infinite at whole numbers up to 0.
pub(super) fn trigamma<M: Machine>(m: &mut M, x: M::Float) -> M::Float {
    let constants = constants(m.precision());
    let Places { negative, inverse, near, low, y, t, .. } = places(m, x);
    let zero = m.float(0.0);

    let main = m.polynomial(t, constants.trigamma);
    let main = m.div(main, y);
    let square = m.mul(inverse, inverse);
    let step = m.select(low, square, zero);
    let near_value = m.add(main, step);

    let tail = m.polynomial(square, constants.trigamma_far);
    let half = m.float(0.5);
    let tail = m.fma(inverse, tail, half);
    let tail = m.mul(square, tail);
    let far = m.add(inverse, tail);

    let above = m.select(near, near_value, far);
    let (fraction, whole) = half_turns(m, x);
    let (sin, _) = of_half_turns(m, fraction);
    let pi = m.float(std::f64::consts::PI);
    let ratio = m.div(pi, sin);
    let reflection = m.mul(ratio, ratio);
    let below = m.sub(reflection, above);
    // NaN at -∞.
    let infinity = m.float(f64::INFINITY);
    let pole = m.add(infinity, x);
    let below = m.select(whole, pole, below);
    let trigamma = m.select(negative, below, above);
    let number = m.eq(x, x);
    m.select(number, trigamma, x)
}

/// Where the functions are taken.
struct Places<M: Machine> {
    /// Whether by reflection.
    negative: M::Bool,
    /// The argument, or its mirror image.
    x: M::Float,
    /// `1/x`
    inverse: M::Float,
    /// Whether below 4.
    near: M::Bool,
    /// Whether below 1, where one step of the recurrence is taken.
    low: M::Bool,
    /// `x`, or `x + 1` where low.
    y: M::Float,
    /// `(y - 2)/(y + 2)`
    t: M::Float,
}

fn places<M: Machine>(m: &mut M, x: M::Float) -> Places<M> {
    let (negative, x) = mirror(m, x);
    let (one, two, four) = (m.float(1.0), m.float(2.0), m.float(4.0));
    let inverse = m.div(one, x);
    let near = m.lt(x, four);
    let low = m.lt(x, one);
    let next = m.add(x, one);
    let y = m.select(low, next, x);
    let (numerator, denominator) = (m.sub(y, two), m.add(y, two));
    let t = m.div(numerator, denominator);
    Places { negative, x, inverse, near, low, y, t }
}

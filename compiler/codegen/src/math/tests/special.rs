//! Zeros, infinities, NaN, subnormal numbers, and the ends of ranges.

use super::{NAMES, f32_of, f64_of};

const INF: f64 = f64::INFINITY;
/// 2⁴⁷
const TWO_47: f64 = 140_737_488_355_328.0;
const NAN: f64 = f64::NAN;

/// Arguments that are out of the ordinary in one precision or the other.
pub(super) const SPECIAL: [f64; 29] = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    2.0,
    -2.0,
    3.0,
    -3.0,
    0.5,
    -0.5,
    0.173,
    INF,
    -INF,
    NAN,
    5e-324,
    -5e-324,
    1e-45,
    2.2e-308,
    1.1754942e-38,
    f64::MIN_POSITIVE,
    f64::MAX,
    -f64::MAX,
    3.4e38,
    1e-300,
    1e300,
    88.73,
    -103.98,
    709.79,
    -745.14,
];

#[track_caller]
fn check(name: &str, x: f64, y: f64, expected: f64) {
    let same = |found: f64| {
        found == expected && found.is_sign_negative() == expected.is_sign_negative()
            || found.is_nan() && expected.is_nan()
    };
    let found = f64_of(name, x, y);
    assert!(same(found), "{name}({x}, {y}) is {found}, not {expected}");
    let found = f32_of(name, x as f32, y as f32).into();
    assert!(same(found), "single {name}({x}, {y}) is {found}, not {expected}");
}

#[test]
fn nan_gives_nan() {
    for name in NAMES {
        check(name, NAN, 2.0, NAN);
    }
}

#[test]
fn functions_of_one_argument() {
    for (name, x, expected) in [
        ("exp", 0.0, 1.0),
        ("exp", -0.0, 1.0),
        ("exp", INF, INF),
        ("exp", -INF, 0.0),
        ("exp", 1e300, INF),
        ("exp", -1e300, 0.0),
        ("exp", 710.0, INF),
        ("exp", -746.0, 0.0),
        ("log", 1.0, 0.0),
        ("log", 0.0, -INF),
        ("log", -0.0, -INF),
        ("log", INF, INF),
        ("log", -1.0, NAN),
        ("log", -INF, NAN),
        ("log", -1e-40, NAN),
        ("sin", 0.0, 0.0),
        ("sin", INF, NAN),
        ("sin", -INF, NAN),
        ("cos", 0.0, 1.0),
        ("cos", INF, NAN),
        ("cos", -INF, NAN),
        ("tanh", 0.0, 0.0),
        ("tanh", -0.0, -0.0),
        ("tanh", INF, 1.0),
        ("tanh", -INF, -1.0),
        ("tanh", 30.0, 1.0),
        ("tanh", -1e300, -1.0),
        ("erf", 0.0, 0.0),
        ("erf", -0.0, -0.0),
        ("erf", INF, 1.0),
        ("erf", -INF, -1.0),
        ("erf", 7.0, 1.0),
        ("erf", -1e300, -1.0),
        ("erfc", 0.0, 1.0),
        ("erfc", -0.0, 1.0),
        ("erfc", INF, 0.0),
        ("erfc", -INF, 2.0),
        ("erfc", 28.0, 0.0),
        ("erfc", -7.0, 2.0),
        ("erfc", 1e300, 0.0),
        ("expm1", 0.0, 0.0),
        ("expm1", -0.0, -0.0),
        ("expm1", INF, INF),
        ("expm1", -INF, -1.0),
        ("expm1", 1e300, INF),
        ("expm1", -1e300, -1.0),
        ("log1p", 0.0, 0.0),
        ("log1p", -0.0, -0.0),
        ("log1p", INF, INF),
        ("log1p", -1.0, -INF),
        ("log1p", -2.0, NAN),
        ("log1p", -INF, NAN),
        ("tan", 0.0, 0.0),
        ("tan", -0.0, -0.0),
        ("tan", INF, NAN),
        ("tan", -INF, NAN),
        ("sinh", 0.0, 0.0),
        ("sinh", -0.0, -0.0),
        ("sinh", INF, INF),
        ("sinh", -INF, -INF),
        ("sinh", -1e300, -INF),
        ("cosh", 0.0, 1.0),
        ("cosh", -0.0, 1.0),
        ("cosh", -INF, INF),
        ("cosh", 1e300, INF),
        ("atan", 0.0, 0.0),
        ("atan", -0.0, -0.0),
        ("sigmoid", 0.0, 0.5),
        ("sigmoid", INF, 1.0),
        ("sigmoid", -INF, 0.0),
        ("sigmoid", 1e300, 1.0),
        ("sigmoid", -1e300, 0.0),
        ("softplus", INF, INF),
        ("softplus", -INF, 0.0),
        ("softplus", 1_048_576.0, 1_048_576.0),
        ("softplus", -1e300, 0.0),
        ("silu", 0.0, 0.0),
        ("silu", -0.0, -0.0),
        ("silu", INF, INF),
        ("silu", 1_048_576.0, 1_048_576.0),
        ("silu", -INF, -0.0),
        ("silu", -1e300, -0.0),
        ("normal_cdf", 0.0, 0.5),
        ("normal_cdf", INF, 1.0),
        ("normal_cdf", -INF, 0.0),
        ("normal_cdf", 40.0, 1.0),
        ("normal_cdf", -40.0, 0.0),
        ("normal_quantile", 0.0, -INF),
        ("normal_quantile", 0.5, 0.0),
        ("normal_quantile", 1.0, INF),
        ("normal_quantile", -1e-30, NAN),
        ("normal_quantile", 1.5, NAN),
        ("normal_quantile", INF, NAN),
        ("lgamma", 0.0, INF),
        ("lgamma", -0.0, INF),
        ("lgamma", 1.0, 0.0),
        ("lgamma", 2.0, 0.0),
        ("lgamma", -1.0, INF),
        ("lgamma", -1e30, INF),
        ("lgamma", INF, INF),
        ("lgamma", -INF, INF),
        ("digamma", 0.0, -INF),
        ("digamma", -0.0, INF),
        ("digamma", -1.0, NAN),
        ("digamma", -1e30, NAN),
        ("digamma", INF, INF),
        ("digamma", -INF, NAN),
        ("trigamma", 0.0, INF),
        ("trigamma", -1.0, INF),
        ("trigamma", INF, 0.0),
        ("trigamma", -INF, NAN),
    ] {
        check(name, x, 0.0, expected);
    }
}

/// The list of C11, F.10.1.4, but for multiples of π/4, which differ between the precisions.
#[test]
fn angles_of_points() {
    for (y, x, expected) in [
        (0.0, 0.0, 0.0),
        (-0.0, 0.0, -0.0),
        (0.0, 1.0, 0.0),
        (-0.0, 1.0, -0.0),
        (2.0, INF, 0.0),
        (-2.0, INF, -0.0),
        (NAN, 1.0, NAN),
        (1.0, NAN, NAN),
        (NAN, NAN, NAN),
    ] {
        check("atan2", y, x, expected);
    }
    for (y, x, quarters) in [
        (0.0, -0.0, 4.0),
        (-0.0, -0.0, -4.0),
        (0.0, -1.0, 4.0),
        (-0.0, -INF, -4.0),
        (1.0, 0.0, 2.0),
        (1.0, -0.0, 2.0),
        (-1.0, 0.0, -2.0),
        (INF, 1.0, 2.0),
        (INF, INF, 1.0),
        (-INF, INF, -1.0),
        (INF, -INF, 3.0),
        (-INF, -INF, -3.0),
        (2.0, -INF, 4.0),
        (1e300, 1e300, 1.0),
        (-1e-300, -1e-300, -3.0),
    ] {
        let angle = quarters * std::f64::consts::FRAC_PI_4;
        assert_eq!(f64_of("atan2", y, x), angle, "atan2({y}, {x})");
        // Numbers out of the range of singles become zeros and infinities there.
        if (y as f32) != 0.0 || y == 0.0 {
            assert_eq!(f32_of("atan2", y as f32, x as f32), angle as f32, "single atan2({y}, {x})");
        }
    }
    let right = std::f64::consts::FRAC_PI_2;
    assert_eq!([INF, -INF].map(|x| f64_of("atan", x, 0.0)), [right, -right]);
    assert_eq!(f32_of("atan", f32::INFINITY, 0.0), right as f32);
}

/// The list of C11, F.10.4.4.
#[test]
fn powers() {
    let even = 2.0_f64.powi(70);
    for (x, y, expected) in [
        (0.0, -3.0, INF),
        (-0.0, -3.0, -INF),
        (0.0, -2.0, INF),
        (-0.0, -2.0, INF),
        (0.0, -0.5, INF),
        (-0.0, -0.5, INF),
        (0.0, -INF, INF),
        (-0.0, -INF, INF),
        (0.0, 3.0, 0.0),
        (-0.0, 3.0, -0.0),
        (0.0, 2.0, 0.0),
        (-0.0, 2.0, 0.0),
        (-0.0, 0.5, 0.0),
        (-1.0, INF, 1.0),
        (-1.0, -INF, 1.0),
        (1.0, NAN, 1.0),
        (1.0, INF, 1.0),
        (NAN, 0.0, 1.0),
        (NAN, -0.0, 1.0),
        (INF, 0.0, 1.0),
        (0.0, 0.0, 1.0),
        (-5.0, 0.0, 1.0),
        (-2.0, 0.5, NAN),
        (-2.0, -1.5, NAN),
        (2.0, NAN, NAN),
        (NAN, NAN, NAN),
        (NAN, 1.0, NAN),
        (0.5, -INF, INF),
        (-0.5, -INF, INF),
        (2.0, -INF, 0.0),
        (-2.0, -INF, 0.0),
        (0.5, INF, 0.0),
        (-0.5, INF, 0.0),
        (2.0, INF, INF),
        (-2.0, INF, INF),
        (-INF, -3.0, -0.0),
        (-INF, -2.0, 0.0),
        (-INF, -0.5, 0.0),
        (-INF, 3.0, -INF),
        (-INF, 2.0, INF),
        (-INF, 0.5, INF),
        (INF, -1.5, 0.0),
        (INF, 1.5, INF),
        (INF, INF, INF),
        (-INF, -INF, 0.0),
        (2.0, 10.0, 1024.0),
        (-2.0, 3.0, -8.0),
        (-2.0, -2.0, 0.25),
        (4.0, 0.5, 2.0),
        (2.0, even, INF),
        (-2.0, even, INF),
        (0.5, even, 0.0),
        (-2.0, -even, 0.0),
        (-1.0, even, 1.0),
        (-1.0, 4_194_305.0, -1.0),
        (10.0, 400.0, INF),
        (10.0, -400.0, 0.0),
    ] {
        check("pow", x, y, expected);
    }
}

/// Through the subnormal range, to the last number above zero.
#[test]
fn underflow_is_gradual() {
    let least = f64::from_bits(1);
    assert_eq!(f64_of("exp", -745.13, 0.0), least);
    assert_eq!(f64_of("exp", -745.14, 0.0), 0.0);
    assert_eq!(f64_of("exp", -740.0, 0.0), 4.2e-322);
    assert_eq!(f64_of("pow", 2.0, -1074.0), least);
    assert_eq!(f64_of("pow", 2.0, -1022.0), f64::MIN_POSITIVE);
    assert_eq!(f64_of("pow", least, 1.0), least);
    assert_eq!(f64_of("log", least, 0.0), -744.440_071_921_381_2);
    assert_eq!(f64_of("tanh", least, 0.0), least);
    assert_eq!(f64_of("erf", f64::MIN_POSITIVE, 0.0), 2.510_726_987_188_354_3e-308);
    let least = f32::from_bits(1);
    assert_eq!(f32_of("exp", -103.97, 0.0), least);
    assert_eq!(f32_of("exp", -103.98, 0.0), 0.0);
    assert_eq!(f32_of("pow", 2.0, -149.0), least);
    assert_eq!(f32_of("log", least, 0.0), -103.278_93);
    assert_eq!(f32_of("tanh", least, 0.0), least);
}

/// The largest arguments with finite results.
#[test]
fn overflow_comes_last() {
    assert!(f64_of("exp", 709.782_712_893_384, 0.0) < INF);
    assert_eq!(f64_of("exp", 709.782_712_893_385, 0.0), INF);
    assert!(f32_of("exp", 88.722_83, 0.0) < f32::INFINITY);
    assert_eq!(f32_of("exp", 88.722_85, 0.0), f32::INFINITY);
    assert_eq!(f64_of("pow", f64::MAX, 1.0), f64::MAX);
    assert_eq!(f32_of("pow", f32::MAX, 1.0), f32::MAX);
}

/// Next to multiples of a quarter turn, or of many digits: values to 40 digits, rounded.
#[test]
fn angles_of_any_size() {
    for (x, sin, cos, tan) in [
        (5.319_372_648_326_541e255, 1.0, -4.687_165_924_254_628e-19, -2.133_485_385_753_704e18),
        (1e22, -0.852_200_849_767_188_8, 0.523_214_785_395_139, -1.628_778_225_606_898_8),
        (f64::MAX, 0.004_961_954_789_184_062, -0.999_987_689_426_559_9, -0.004_962_015_874_444_895),
        (TWO_47, -0.064_884_736_238_273_69, -0.997_892_765_282_567_7, 0.065_021_752_332_176_34),
        (-1e300, 0.817_881_912_115_908_5, -0.575_386_111_957_549_1, -1.421_448_823_874_724_5),
        (
            8.988_465_674_311_58e307,
            0.563_127_779_850_884,
            -0.826_369_834_614_148,
            -0.681_447_647_606_621_5,
        ),
    ] {
        let found = ["sin", "cos", "tan"].map(|name| f64_of(name, x, 0.0));
        for (found, exact) in found.into_iter().zip([sin, cos, tan]) {
            let error: f64 = (found - exact) / exact;
            assert!(error.abs() < 2e-16, "at {x}: {found}, not {exact}");
        }
    }
    for (x, sin, cos, tan) in [
        (7.729_179e28, 1.0, -1.614_769_8e-9, -6.192_833e8),
        (2.199_938_5e10, 1.0, -2.012_646e-9, -4.968_583_7e8),
        (1.545_835_8e29, -3.229_539_5e-9, -1.0, 3.229_539_5e-9),
        (f32::MAX, -0.521_876_5, 0.853_021, -0.611_797_9),
        (1_048_576.0, 0.330_493_15, 0.943_808_4, 0.350_169_75),
        (-1e30, 0.791_163_45, -0.611_604_8, -1.293_586_1),
    ] {
        let found = ["sin", "cos", "tan"].map(|name| f32_of(name, x, 0.0));
        for (found, exact) in found.into_iter().zip([sin, cos, tan]) {
            let error: f32 = (found - exact) / exact;
            assert!(error.abs() < 1e-7, "at {x}: {found}, not {exact}");
        }
    }
}

//! Errors in units in the last place.

use std::collections::BTreeMap;

use super::points::Points;
use super::{NAMES, f32_of, f64_of};

/// What no error of a function may exceed: name, `f64`, `f32`. A little more than the largest that
/// were measured.
const BOUNDS: [(&str, f64, f64); 8] = [
    ("exp", 1.2, 1.2),
    ("log", 1.0, 1.0),
    ("sin", 1.0, 1.0),
    ("cos", 1.0, 1.0),
    ("tanh", 2.0, 2.0),
    ("erf", 1.1, 1.1),
    ("erfc", 3.0, 3.0),
    ("pow", 1.4, 1.4),
];

/// Arguments and correctly rounded results, by `reference/tables.py`.
const TABLE_F64: &str = include_str!("f64.txt");
const TABLE_F32: &str = include_str!("f32.txt");

#[test]
fn tables_of_doubles() {
    let double = |text: &str| f64::from_bits(u64::from_str_radix(text, 16).unwrap());
    check_table(TABLE_F64, |name, [x, y, exact]| {
        let (_, bound, _) = *BOUNDS.iter().find(|bound| bound.0 == name).unwrap();
        let (found, exact) = (f64_of(name, double(x), double(y)), double(exact));
        // A rounded reference cannot show errors below one half.
        let distance = (found.to_bits() as i64 - exact.to_bits() as i64).abs();
        assert!(distance as f64 <= bound + 0.5, "{name}({x}, {y}) is {found}, not {exact}");
    });
}

#[test]
fn tables_of_singles() {
    let single = |text: &str| f32::from_bits(u32::from_str_radix(text, 16).unwrap());
    check_table(TABLE_F32, |name, [x, y, exact]| {
        let (_, _, bound) = *BOUNDS.iter().find(|bound| bound.0 == name).unwrap();
        let (found, exact) = (f32_of(name, single(x), single(y)), single(exact));
        let distance = (found.to_bits() as i32 - exact.to_bits() as i32).abs();
        assert!(f64::from(distance) <= bound + 0.5, "{name}({x}, {y}) is {found}, not {exact}");
    });
}

fn check_table(table: &'static str, check: impl Fn(&str, [&str; 3])) {
    let mut counts = BTreeMap::new();
    for line in table.lines() {
        let mut words = line.split(' ');
        let mut next = || words.next().unwrap();
        let name = next();
        check(name, [next(), next(), next()]);
        *counts.entry(name).or_insert(0) += 1;
    }
    assert!(counts.values().all(|&count| count >= 200), "{counts:?}");
}

/// 10⁵ points a function, in each precision, against the system's library, which is off by one ulp
/// itself.
#[test]
fn agreement_with_the_system() {
    type Function = fn(f64, f64) -> f64;
    const SYSTEM: [(&str, Function); 6] = [
        ("exp", |x, _| x.exp()),
        ("log", |x, _| x.ln()),
        ("sin", |x, _| x.sin()),
        ("cos", |x, _| x.cos()),
        ("tanh", |x, _| x.tanh()),
        ("pow", f64::powf),
    ];
    for (name, system) in SYSTEM {
        let points = Points::new(name, false);
        for (x, y) in (200..100_000).map(|n| points.get(n)) {
            let (found, expected) = (f64_of(name, x, y), system(x, y));
            let distance = (found.to_bits() as i64 - expected.to_bits() as i64).abs();
            assert!(distance <= 3, "{name}({x}, {y}) is {found}, not {expected}");
        }
        let points = Points::new(name, true);
        for (x, y) in (200..100_000).map(|n| points.get(n)) {
            let found = f32_of(name, x as f32, y as f32);
            let expected = system(x, y) as f32;
            let distance = (found.to_bits() as i32 - expected.to_bits() as i32).abs();
            assert!(distance <= 2, "single {name}({x}, {y}) is {found}, not {expected}");
        }
    }
}

/// `erf x + erfc x = 1`, to the rounding of an `erfc` of up to 2.
#[test]
fn error_functions_are_complements() {
    let points = Points::new("erf", false);
    for (x, _) in (0..100_000).map(|n| points.get(n)) {
        let sum = f64_of("erf", x, 0.0) + f64_of("erfc", x, 0.0);
        assert!((sum - 1.0).abs() <= 4.0 * f64::EPSILON, "at {x}: {sum}");
    }
}

/// Every `STRIDE`-th single, of all exponents and both signs, against the double function, whose error
/// is a billionth of an ulp here; prints the largest error of each function.
#[test]
#[ignore = "takes minutes with the stride of docs/internals/math.md, 251"]
fn scan_singles() {
    let stride = std::env::var("STRIDE").map_or(100_003, |stride| stride.parse().unwrap());
    for name in NAMES.into_iter().filter(|&name| name != "pow") {
        let (mut worst, mut at) = (0.0, 0.0);
        let limit = if name == "sin" || name == "cos" { 1_048_576.0 } else { f32::INFINITY };
        for bits in (0..=u32::MAX).step_by(stride) {
            let x = f32::from_bits(bits);
            let found = f64::from(f32_of(name, x, 0.0));
            let exact = f64_of(name, x.into(), 0.0);
            if !x.is_finite() || x.abs() >= limit || !found.is_finite() {
                let same = found.is_nan() && exact.is_nan() || found == f64::from(exact as f32);
                assert!(same || x.abs() >= limit, "{name}({x}) is {found}, not {exact}");
                continue;
            }
            let exponent = exact.abs().log2().floor().max(-126.0);
            let error = (found - exact).abs() / (exponent - 23.0).exp2();
            if error > worst {
                (worst, at) = (error, x);
            }
        }
        println!("{name:6} f32  {worst:.3} ulp of every {stride}th single, at {at:?}");
        let (_, _, bound) = *BOUNDS.iter().find(|bound| bound.0 == name).unwrap();
        assert!(worst <= bound, "{name}({at})");
    }
}

/// Prints arguments and results in hexadecimal, for `reference/measure.py`.
#[test]
#[ignore = "prints points to be measured elsewhere; POINTS says how many"]
fn print_points() {
    let count = std::env::var("POINTS").map_or(1000, |count| count.parse().unwrap());
    for name in NAMES {
        let points = Points::new(name, false);
        for (x, y) in (0..count).map(|n| points.get(n)) {
            let result = f64_of(name, x, y);
            println!("{name} f64 {:x} {:x} {:x}", x.to_bits(), y.to_bits(), result.to_bits());
        }
        let points = Points::new(name, true);
        for (x, y) in (0..count).map(|n| points.get(n)) {
            let (x, y) = (x as f32, y as f32);
            let result = f32_of(name, x, y);
            println!("{name} f32 {:x} {:x} {:x}", x.to_bits(), y.to_bits(), result.to_bits());
        }
    }
}

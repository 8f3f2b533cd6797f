//! Errors in units in the last place.

use std::collections::BTreeMap;
use std::io::Write;

use sdec_noise::Host;

use super::points::Points;
use super::{NAMES, OF_TWO, f32_of, f64_of, fill};

/// What no error of a function may exceed: name, `f64`, `f32`. A little more than the largest that
/// were measured.
const BOUNDS: [(&str, f64, f64); 23] = [
    ("exp", 1.2, 1.2),
    ("log", 1.0, 1.0),
    ("sin", 1.0, 1.0),
    ("cos", 1.0, 1.0),
    ("tanh", 1.6, 1.6),
    ("erf", 1.1, 1.1),
    ("erfc", 3.0, 3.0),
    ("pow", 1.4, 1.4),
    ("atan2", 1.0, 1.0),
    ("expm1", 1.4, 1.4),
    ("log1p", 1.8, 1.8),
    ("tan", 1.0, 1.0),
    ("sinh", 1.2, 1.2),
    ("cosh", 1.2, 1.2),
    ("atan", 1.0, 1.0),
    ("sigmoid", 1.0, 1.0),
    ("softplus", 1.8, 1.8),
    ("silu", 1.2, 1.2),
    ("normal_cdf", 3.2, 3.2),
    ("normal_quantile", 3.0, 3.0),
    ("lgamma", 2.2, 2.2),
    ("digamma", 3.0, 3.0),
    ("trigamma", 2.6, 2.6),
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
    assert!(counts.len() == NAMES.len() && counts.values().all(|&count| count >= 120));
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

/// Below 0 the gamma functions go by reflection; the recurrence from above gives the same, up to a few
/// ulp of the largest number on the way.
#[test]
fn gamma_functions_below_zero() {
    let key = sdec_noise::stream_key(1, "below", 0);
    for n in 0..20_000 {
        let x = -20.0 * sdec_noise::uniform_f64(key, n, 0);
        let (mut sums, mut sizes, mut place) = ([0.0; 3], [0.0; 3], x);
        while place < 8.0 {
            let terms = [place.abs().ln(), place.recip(), -place.powi(-2)];
            for ((sum, size), term) in sums.iter_mut().zip(&mut sizes).zip(terms) {
                *sum -= term;
                *size += term.abs();
            }
            place += 1.0;
        }
        // The steps of the place are rounded too, which counts near the poles.
        let distance = (x - x.round()).abs();
        for (k, name) in ["lgamma", "digamma", "trigamma"].into_iter().enumerate() {
            let (found, expected) = (f64_of(name, x, 0.0), f64_of(name, place, 0.0) + sums[k]);
            let steepness = distance.powi(-(k as i32) - 1);
            let allowed = 4e-15 * (10.0 + sizes[k] + steepness);
            assert!((found - expected).abs() < allowed, "{name}({x}) is {found}, not {expected}");
            let single = f64::from(f32_of(name, x as f32, 0.0));
            let double = f64_of(name, f64::from(x as f32), 0.0);
            let allowed = 1e-6 * (10.0 + double.abs());
            assert!((single - double).abs() < allowed, "single {name}({x}): {single}, {double}");
        }
    }
}

/// The functions named in `ONLY`, else all.
fn wanted() -> impl Iterator<Item = &'static str> {
    let only = std::env::var("ONLY").unwrap_or_default();
    NAMES.into_iter().filter(move |name| only.is_empty() || only.split(',').any(|o| o == *name))
}

/// Every `STRIDE`-th single, of all exponents and both signs, against the double function, whose error
/// is a billionth of an ulp here; prints the largest error of each function.
#[test]
#[ignore = "takes minutes a function without a stride"]
fn scan_singles() {
    const CHUNK: u32 = 1 << 13;
    let stride: u32 = std::env::var("STRIDE").map_or(100_003, |stride| stride.parse().unwrap());
    for name in wanted().filter(|name| !OF_TWO.contains(name)) {
        let (mut worst, mut at, mut count) = (0.0, 0.0, 0_u64);
        let mut first = Some(0_u32);
        while let Some(bits) = first {
            let xs = (0..CHUNK).map_while(|k| bits.checked_add(k.checked_mul(stride)?));
            let xs: Vec<f32> = xs.map(f32::from_bits).collect();
            first = (xs.len() == CHUNK as usize)
                .then(|| CHUNK.checked_mul(stride).and_then(|step| bits.checked_add(step)))
                .flatten();
            let doubles: Vec<f64> = xs.iter().map(|&x| f64::from(x)).collect();
            let (mut found, mut exact) = (vec![0.0; xs.len()], vec![0.0; xs.len()]);
            fill(&mut Host::<f32>::new(), name, &xs, &xs, &mut found);
            fill(&mut Host::<f64>::new(), name, &doubles, &doubles, &mut exact);
            for ((&x, &found), &exact) in xs.iter().zip(&found).zip(&exact) {
                // Below 0 the errors of these are absolute, near their zeros.
                if x < 0.0 && ["lgamma", "digamma", "trigamma"].contains(&name) {
                    continue;
                }
                count += 1;
                let error = single_error(found, exact);
                if error > worst || error.is_nan() {
                    (worst, at) = (error, x);
                }
            }
        }
        println!(
            "{name:15} f32  {worst:.3} ulp of {count} singles, at {at:?} = {:x}",
            at.to_bits()
        );
        let (_, _, bound) = *BOUNDS.iter().find(|bound| bound.0 == name).unwrap();
        assert!(worst <= bound, "{name}({at})");
    }
}

/// In units of the distance of singles around `exact`; NaN if one is no number and the other is.
fn single_error(found: f32, exact: f64) -> f64 {
    let same = found == exact as f32 || found.is_nan() && exact.is_nan();
    if same && (!found.is_finite() || found == 0.0) {
        return 0.0;
    }
    if found.is_infinite() {
        return f64::NAN;
    }
    let exponent = ((exact.to_bits() >> 52) & 0x7FF).max(1023 - 126);
    let ulp = f64::from_bits((exponent - 23) << 52);
    (f64::from(found) - exact).abs() / ulp
}

/// Prints arguments and results in hexadecimal, for `reference/measure.py`.
#[test]
#[ignore = "prints points to be measured elsewhere; POINTS says how many"]
fn print_points() {
    let count = std::env::var("POINTS").map_or(1000, |count| count.parse().unwrap());
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for name in wanted() {
        let points = Points::new(name, false);
        for (x, y) in (0..count).map(|n| points.get(n)) {
            let result = f64_of(name, x, y);
            let (x, y, result) = (x.to_bits(), y.to_bits(), result.to_bits());
            writeln!(out, "{name} f64 {x:x} {y:x} {result:x}").unwrap();
        }
        let points = Points::new(name, true);
        for (x, y) in (0..count).map(|n| points.get(n)) {
            let (x, y) = (x as f32, y as f32);
            let result = f32_of(name, x, y);
            let (x, y, result) = (x.to_bits(), y.to_bits(), result.to_bits());
            writeln!(out, "{name} f32 {x:x} {y:x} {result:x}").unwrap();
        }
    }
}

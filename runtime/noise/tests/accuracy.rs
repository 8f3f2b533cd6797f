//! Errors of the stream's mathematics.

use sdec_noise::math::{cospi_f32, cospi_f64, log_f32, log_f64, sinpi_f32, sinpi_f64};
use sdec_noise::{Key, stream_key, uniform_f64};

fn key() -> Key {
    stream_key(1, "accuracy", 0)
}

/// Prints arguments and results in hexadecimal, for the compiler's `math/reference/measure.py`.
#[test]
#[ignore = "prints points to be measured elsewhere; POINTS says how many"]
fn print_points() {
    type Functions = (&'static str, fn(f64) -> f64, fn(f32) -> f32);
    let functions: [Functions; 3] = [
        ("log", log_f64, log_f32),
        ("sinpi", sinpi_f64, sinpi_f32),
        ("cospi", cospi_f64, cospi_f32),
    ];
    let count = std::env::var("POINTS").map_or(1000, |count| count.parse().unwrap());
    for (name, double, single) in functions {
        for n in 0..count {
            let x = uniform_f64(key(), 0, n) * if name == "log" { 1.0 } else { 2.0 };
            println!("{name} f64 {:x} 0 {:x}", x.to_bits(), double(x).to_bits());
            let x = x as f32;
            println!("{name} f32 {:x} 0 {:x}", x.to_bits(), single(x).to_bits());
        }
    }
}

/// Distance in units in the last place of `y`, plus what the reference may be off.
fn ulps(x: f64, y: f64, epsilon: f64) -> f64 {
    (x - y).abs() / (epsilon * y.abs().log2().floor().exp2())
}

#[test]
fn logarithms_agree_with_the_system() {
    for n in 0..100_000 {
        let x = uniform_f64(key(), 1, n);
        assert!(ulps(log_f64(x), x.ln(), f64::EPSILON) < 2.0, "log {x}");
        let x = x as f32;
        let exact = f64::from(x).ln();
        assert!(x == 1.0 || ulps(log_f32(x).into(), exact, f32::EPSILON.into()) < 1.5, "log {x}");
    }
}

/// Half turns of a quarter or less; beyond, the system's sine of `π x` is off by the rounding of `π x`.
#[test]
fn sines_agree_with_the_system() {
    for n in 0..100_000 {
        let x = uniform_f64(key(), 2, n) / 4.0;
        let (sin, cos) = (x * std::f64::consts::PI).sin_cos();
        assert!(ulps(sinpi_f64(x), sin, f64::EPSILON) < 3.0, "sinpi {x}");
        assert!(ulps(cospi_f64(x), cos, f64::EPSILON) < 3.0, "cospi {x}");
        let x = x as f32;
        let (sin, cos) = (f64::from(x) * std::f64::consts::PI).sin_cos();
        assert!(ulps(sinpi_f32(x).into(), sin, f32::EPSILON.into()) < 2.0, "sinpi {x}");
        assert!(ulps(cospi_f32(x).into(), cos, f32::EPSILON.into()) < 2.0, "cospi {x}");
    }
}

#[test]
fn quarter_turns_are_exact() {
    for (x, sin, cos) in
        [(0.0, 0.0, 1.0), (0.5, 1.0, 0.0), (1.0, 0.0, -1.0), (1.5, -1.0, 0.0), (2.0, 0.0, 1.0)]
    {
        assert_eq!((sinpi_f64(x), cospi_f64(x)), (sin, cos), "{x}");
        assert_eq!((sinpi_f64(-x), cospi_f64(-x)), (-sin, cos), "{x}");
        let x = x as f32;
        assert_eq!((sinpi_f32(x), cospi_f32(x)), (sin as f32, cos as f32), "{x}");
    }
}

/// Equal up to the sign of zero.
#[test]
fn the_other_quarters_mirror_the_first() {
    for n in 0..1000 {
        let x = uniform_f64(key(), 3, n) / 4.0;
        let (sin, cos) = (sinpi_f64(x), cospi_f64(x));
        // 1/2 + x, 1 + x, 3/2 + x, where these are exact.
        let x = (x * 1_048_576.0).floor() / 1_048_576.0;
        let (s, c) = (sinpi_f64(x), cospi_f64(x));
        assert_eq!((sinpi_f64(0.5 + x), cospi_f64(0.5 + x)), (c, -s));
        assert_eq!((sinpi_f64(1.0 + x), cospi_f64(1.0 + x)), (-s, -c));
        assert_eq!((sinpi_f64(1.5 + x), cospi_f64(1.5 + x)), (-c, s));
        assert!((sin * sin + cos * cos - 1.0).abs() < 4.0 * f64::EPSILON);
    }
}

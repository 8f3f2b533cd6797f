//! The processor at hand as a [`Machine`].

use std::marker::PhantomData;

use crate::{Machine, Precision};

/// Runs formulas at once, in `f64` or `f32`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Host<F>(PhantomData<F>);

impl<F> Host<F> {
    /// The machine; it has no state.
    pub fn new() -> Self {
        Self(PhantomData)
    }
}

macro_rules! host {
    ($float:ty, $bits:ty, $precision:expr) => {
        impl Machine for Host<$float> {
            type Float = $float;
            type Bits = $bits;
            type Word = u32;
            type Bool = bool;

            #[inline]
            fn precision(&self) -> Precision {
                $precision
            }

            #[inline]
            fn float(&mut self, x: f64) -> $float {
                x as $float
            }
            #[inline]
            fn add(&mut self, x: $float, y: $float) -> $float {
                x + y
            }
            #[inline]
            fn sub(&mut self, x: $float, y: $float) -> $float {
                x - y
            }
            #[inline]
            fn mul(&mut self, x: $float, y: $float) -> $float {
                x * y
            }
            #[inline]
            fn div(&mut self, x: $float, y: $float) -> $float {
                x / y
            }
            #[inline]
            fn fma(&mut self, x: $float, y: $float, z: $float) -> $float {
                x.mul_add(y, z)
            }
            #[inline]
            fn sqrt(&mut self, x: $float) -> $float {
                x.sqrt()
            }
            #[inline]
            fn neg(&mut self, x: $float) -> $float {
                -x
            }
            #[inline]
            fn abs(&mut self, x: $float) -> $float {
                x.abs()
            }
            #[inline]
            fn floor(&mut self, x: $float) -> $float {
                x.floor()
            }
            #[inline]
            fn max(&mut self, x: $float, y: $float) -> $float {
                if x > y { x } else { y }
            }
            #[inline]
            fn min(&mut self, x: $float, y: $float) -> $float {
                if x < y { x } else { y }
            }

            #[inline]
            fn eq(&mut self, x: $float, y: $float) -> bool {
                x == y
            }
            #[inline]
            fn lt(&mut self, x: $float, y: $float) -> bool {
                x < y
            }
            #[inline]
            fn and(&mut self, a: bool, b: bool) -> bool {
                a && b
            }
            #[inline]
            fn or(&mut self, a: bool, b: bool) -> bool {
                a || b
            }
            #[inline]
            fn not(&mut self, a: bool) -> bool {
                !a
            }
            #[inline]
            fn select(&mut self, c: bool, x: $float, y: $float) -> $float {
                if c { x } else { y }
            }

            #[inline]
            fn bits(&mut self, n: u64) -> $bits {
                n as $bits
            }
            #[inline]
            fn to_bits(&mut self, x: $float) -> $bits {
                debug_assert!(!x.is_nan(), "no formula looks at the bits of a NaN");
                x.to_bits()
            }
            #[inline]
            fn signed(&mut self, x: $float, y: $float) -> $float {
                debug_assert!(!x.is_nan() || y.is_nan(), "the sign of a NaN is of no number");
                y.copysign(x)
            }
            #[inline]
            fn of_bits(&mut self, x: $bits) -> $float {
                <$float>::from_bits(x)
            }
            #[inline]
            fn bits_add(&mut self, x: $bits, y: $bits) -> $bits {
                x.wrapping_add(y)
            }
            #[inline]
            fn bits_sub(&mut self, x: $bits, y: $bits) -> $bits {
                x.wrapping_sub(y)
            }
            #[inline]
            fn bits_and(&mut self, x: $bits, y: $bits) -> $bits {
                x & y
            }
            #[inline]
            fn bits_or(&mut self, x: $bits, y: $bits) -> $bits {
                x | y
            }
            #[inline]
            fn bits_xor(&mut self, x: $bits, y: $bits) -> $bits {
                x ^ y
            }
            #[inline]
            fn bits_shl(&mut self, x: $bits, by: u32) -> $bits {
                x << by
            }
            #[inline]
            fn bits_shr(&mut self, x: $bits, by: u32) -> $bits {
                x >> by
            }
            #[inline]
            fn bits_eq(&mut self, x: $bits, y: $bits) -> bool {
                x == y
            }

            #[inline]
            fn word(&mut self, n: u32) -> u32 {
                n
            }
            #[inline]
            fn word_add(&mut self, x: u32, y: u32) -> u32 {
                x.wrapping_add(y)
            }
            #[inline]
            fn word_xor(&mut self, x: u32, y: u32) -> u32 {
                x ^ y
            }
            #[inline]
            fn word_mul(&mut self, x: u32, y: u32) -> u32 {
                x.wrapping_mul(y)
            }
            #[inline]
            fn word_mul_high(&mut self, x: u32, y: u32) -> u32 {
                ((u64::from(x) * u64::from(y)) >> 32) as u32
            }
            #[inline]
            fn word_to_float(&mut self, x: u32) -> $float {
                x as $float
            }
        }
    };
}

host!(f64, u64, Precision::F64);
host!(f32, u32, Precision::F32);

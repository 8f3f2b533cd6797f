//! The operations of which all mathematics here is made.

/// The format of a machine's floats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Precision {
    /// IEEE single.
    F32,
    /// IEEE double.
    F64,
}

impl Precision {
    /// Bits of a float.
    pub fn width(self) -> u32 {
        match self {
            Self::F32 => 32,
            Self::F64 => 64,
        }
    }

    /// Bits of its fraction, without the leading 1.
    pub fn fraction(self) -> u32 {
        match self {
            Self::F32 => 23,
            Self::F64 => 52,
        }
    }

    /// What is added to exponents.
    pub fn bias(self) -> u32 {
        match self {
            Self::F32 => 127,
            Self::F64 => 1023,
        }
    }

    /// 1.5 · 2^fraction: added to a small float, it leaves the nearest whole number in the low bits.
    pub fn magic(self) -> f64 {
        match self {
            Self::F32 => 12_582_912.0,
            Self::F64 => 6_755_399_441_055_744.0,
        }
    }

    /// The bits of a number in this format.
    pub fn bits_of(self, x: f64) -> u64 {
        match self {
            Self::F32 => (x as f32).to_bits().into(),
            Self::F64 => x.to_bits(),
        }
    }
}

/// What a formula runs on: a processor, or a writer of kernels.
///
/// Floats are of one precision, that of the machine. Every operation rounds once, to nearest even.
/// No formula looks at the bits of a NaN.
pub trait Machine {
    /// A float of working precision.
    type Float: Copy;
    /// A whole number as wide as a float, wrapping: a float's bits.
    type Bits: Copy;
    /// A word of the generator: 32 bits, unsigned, wrapping.
    type Word: Copy;
    /// A truth value.
    type Bool: Copy;

    /// Working precision.
    fn precision(&self) -> Precision;

    /// A literal, rounded to working precision.
    fn float(&mut self, x: f64) -> Self::Float;
    /// `x + y`
    fn add(&mut self, x: Self::Float, y: Self::Float) -> Self::Float;
    /// `x - y`
    fn sub(&mut self, x: Self::Float, y: Self::Float) -> Self::Float;
    /// `x · y`
    fn mul(&mut self, x: Self::Float, y: Self::Float) -> Self::Float;
    /// `x / y`
    fn div(&mut self, x: Self::Float, y: Self::Float) -> Self::Float;
    /// `x · y + z`, rounded once
    fn fma(&mut self, x: Self::Float, y: Self::Float, z: Self::Float) -> Self::Float;
    /// `√x`
    fn sqrt(&mut self, x: Self::Float) -> Self::Float;
    /// `-x`
    fn neg(&mut self, x: Self::Float) -> Self::Float;
    /// `|x|`
    fn abs(&mut self, x: Self::Float) -> Self::Float;
    /// Largest whole number not above `x`
    fn floor(&mut self, x: Self::Float) -> Self::Float;
    /// `x > y ? x : y`, hence `y` where one is NaN
    fn max(&mut self, x: Self::Float, y: Self::Float) -> Self::Float;
    /// `x < y ? x : y`, hence `y` where one is NaN
    fn min(&mut self, x: Self::Float, y: Self::Float) -> Self::Float;

    /// `x == y`
    fn eq(&mut self, x: Self::Float, y: Self::Float) -> Self::Bool;
    /// `x < y`
    fn lt(&mut self, x: Self::Float, y: Self::Float) -> Self::Bool;
    /// `a and b`
    fn and(&mut self, a: Self::Bool, b: Self::Bool) -> Self::Bool;
    /// `a or b`
    fn or(&mut self, a: Self::Bool, b: Self::Bool) -> Self::Bool;
    /// `not a`
    fn not(&mut self, a: Self::Bool) -> Self::Bool;
    /// `c ? x : y`
    fn select(&mut self, c: Self::Bool, x: Self::Float, y: Self::Float) -> Self::Float;

    /// A literal, of which the bits of working precision count.
    fn bits(&mut self, n: u64) -> Self::Bits;
    /// The bits of a float
    fn to_bits(&mut self, x: Self::Float) -> Self::Bits;
    /// The float of these bits
    fn of_bits(&mut self, x: Self::Bits) -> Self::Float;
    /// `x + y`
    fn bits_add(&mut self, x: Self::Bits, y: Self::Bits) -> Self::Bits;
    /// `x - y`
    fn bits_sub(&mut self, x: Self::Bits, y: Self::Bits) -> Self::Bits;
    /// Bitwise and
    fn bits_and(&mut self, x: Self::Bits, y: Self::Bits) -> Self::Bits;
    /// Bitwise or
    fn bits_or(&mut self, x: Self::Bits, y: Self::Bits) -> Self::Bits;
    /// Bitwise exclusive or
    fn bits_xor(&mut self, x: Self::Bits, y: Self::Bits) -> Self::Bits;
    /// Shift to the left
    fn bits_shl(&mut self, x: Self::Bits, by: u32) -> Self::Bits;
    /// Shift to the right, zeros coming in
    fn bits_shr(&mut self, x: Self::Bits, by: u32) -> Self::Bits;
    /// `x == y`
    fn bits_eq(&mut self, x: Self::Bits, y: Self::Bits) -> Self::Bool;

    /// A literal.
    fn word(&mut self, n: u32) -> Self::Word;
    /// `x + y`
    fn word_add(&mut self, x: Self::Word, y: Self::Word) -> Self::Word;
    /// Bitwise exclusive or
    fn word_xor(&mut self, x: Self::Word, y: Self::Word) -> Self::Word;
    /// Low half of the product
    fn word_mul(&mut self, x: Self::Word, y: Self::Word) -> Self::Word;
    /// High half of the product
    fn word_mul_high(&mut self, x: Self::Word, y: Self::Word) -> Self::Word;
    /// The number as a float, rounded to nearest even
    fn word_to_float(&mut self, x: Self::Word) -> Self::Float;

    /// `y`, which is not negative, with the sign of `x`; where `x` is NaN, `y` must be, which it stays.
    fn signed(&mut self, x: Self::Float, y: Self::Float) -> Self::Float {
        let sign = self.bits(1 << (self.precision().width() - 1));
        let (x, y) = (self.to_bits(x), self.to_bits(y));
        let sign = self.bits_and(x, sign);
        let signed = self.bits_or(y, sign);
        self.of_bits(signed)
    }

    /// `c[0] + c[1] x + c[2] x² + …`: Horner's scheme, one fma a coefficient from the last.
    fn polynomial<C: Copy + Into<f64>>(&mut self, x: Self::Float, c: &[C]) -> Self::Float {
        let (&last, rest) = c.split_last().expect("a polynomial has coefficients");
        let mut sum = self.float(last.into());
        for &c in rest.iter().rev() {
            let c = self.float(c.into());
            sum = self.fma(sum, x, c);
        }
        sum
    }
}

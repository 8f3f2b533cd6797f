//! The numbers of one entry over a group of paths.

use std::ops::Add;

use sdec_abi::GROUP;

/// Lanes of a group.
pub(crate) const LANES: usize = GROUP as usize;

/// A scalar of an output.
pub(crate) trait Lane: Copy {
    /// What sums over the lanes of a group are taken in.
    type Work: Copy + Default + Add<Output = Self::Work> + Into<f64>;

    /// In working precision.
    fn work(self) -> Self::Work;

    /// Exact, but for counts above 2⁵³.
    fn double(self) -> f64;

    /// Neither infinite nor NaN.
    fn is_finite(self) -> bool;
}

impl Lane for f64 {
    type Work = Self;

    fn work(self) -> Self {
        self
    }

    fn double(self) -> f64 {
        self
    }

    fn is_finite(self) -> bool {
        self.is_finite()
    }
}

impl Lane for f32 {
    type Work = Self;

    fn work(self) -> Self {
        self
    }

    fn double(self) -> f64 {
        self.into()
    }

    fn is_finite(self) -> bool {
        self.is_finite()
    }
}

impl Lane for i64 {
    type Work = f64;

    fn work(self) -> f64 {
        self as f64
    }

    fn double(self) -> f64 {
        self as f64
    }

    fn is_finite(self) -> bool {
        true
    }
}

impl Lane for u32 {
    type Work = f64;

    fn work(self) -> f64 {
        self.into()
    }

    fn double(self) -> f64 {
        self.into()
    }

    fn is_finite(self) -> bool {
        true
    }
}

/// The sum of 16 numbers by halves: `x[i] + x[i + 8]`, then 4, 2 and 1 apart.
pub(crate) fn fold<T: Copy + Add<Output = T>>(mut x: [T; LANES]) -> T {
    let mut half = LANES / 2;
    while half > 0 {
        for i in 0..half {
            x[i] = x[i] + x[i + half];
        }
        half /= 2;
    }
    x[0]
}

//! Arguments on which functions are measured: seeded, spread over each function's range.

use sdec_noise::{Key, stream_key, uniform_f64};

/// A stream of arguments for a function.
pub(super) struct Points {
    key: Key,
    name: &'static str,
    single: bool,
}

impl Points {
    pub(super) fn new(name: &'static str, single: bool) -> Self {
        Self { key: stream_key(1, name, 0), name, single }
    }

    fn uniform(&self, point: u64, draw: u64, low: f64, high: f64) -> f64 {
        low + (high - low) * uniform_f64(self.key, point, draw)
    }

    /// Of either sign, sizes spread evenly over powers of two.
    fn spread(&self, point: u64, draw: u64, low: f64, high: f64) -> f64 {
        let size = self.uniform(point, draw, low, high).exp2();
        if uniform_f64(self.key, point, draw + 1) < 0.5 { -size } else { size }
    }

    /// Point `n`, a pair of numbers of the precision that is measured.
    pub(super) fn get(&self, n: u64) -> (f64, f64) {
        let even = n.is_multiple_of(2);
        let single = self.single;
        let (x, y) = match self.name {
            "exp" if even && single => (self.uniform(n, 0, -104.0, 89.0), 0.0),
            "exp" if even => (self.uniform(n, 0, -746.0, 710.0), 0.0),
            "exp" => (self.spread(n, 0, -40.0, 6.0), 0.0),
            "log" if n % 4 == 3 => (1.0 + self.spread(n, 0, -50.0, -2.0), 0.0),
            "log" if even => (self.uniform(n, 0, 0.5, 2.0), 0.0),
            "log" if single => (self.uniform(n, 0, -149.0, 128.0).exp2(), 0.0),
            "log" => (self.uniform(n, 0, -1074.0, 1024.0).exp2(), 0.0),
            // Next to the multiples of a quarter turn, where the reduction must be exact.
            "sin" | "cos" | "tan" if n % 4 == 3 => {
                let quarters = self.spread(n, 0, 0.0, if single { 23.0 } else { 52.0 }).round();
                (quarters * std::f64::consts::FRAC_PI_2, 0.0)
            }
            "sin" | "cos" | "tan" if even => (self.uniform(n, 0, -10.0, 10.0), 0.0),
            "sin" | "cos" | "tan" if single => (self.spread(n, 0, -20.0, 128.0), 0.0),
            "sin" | "cos" | "tan" => (self.spread(n, 0, -40.0, 1024.0), 0.0),
            "tanh" if even => (self.uniform(n, 0, -5.0, 5.0), 0.0),
            "tanh" => (self.spread(n, 0, -30.0, 4.5), 0.0),
            "erf" if even => (self.uniform(n, 0, -4.0, 4.0), 0.0),
            "erf" => (self.spread(n, 0, -30.0, 2.7), 0.0),
            "erfc" if n % 4 == 1 => (self.spread(n, 0, -20.0, 1.0), 0.0),
            "erfc" if single => (self.uniform(n, 0, -4.0, 10.1), 0.0),
            "erfc" => (self.uniform(n, 0, -6.0, 27.0), 0.0),
            "pow" => {
                let (lowest, highest) = if single { (-104.0, 88.7) } else { (-746.0, 709.7) };
                let x = if even {
                    self.uniform(n, 0, 0.5, 2.0)
                } else if single {
                    self.uniform(n, 0, -149.0, 128.0).exp2()
                } else {
                    self.uniform(n, 0, -1074.0, 1024.0).exp2()
                };
                let result = self.uniform(n, 1, lowest, highest);
                (x, result / x.ln())
            }
            "expm1" if even && single => (self.uniform(n, 0, -20.0, 89.0), 0.0),
            "expm1" if even => (self.uniform(n, 0, -40.0, 710.0), 0.0),
            "expm1" => (self.spread(n, 0, -40.0, 5.0), 0.0),
            "log1p" if even => (self.spread(n, 0, -60.0, -0.001), 0.0),
            "log1p" if single => (self.uniform(n, 0, -40.0, 128.0).exp2(), 0.0),
            "log1p" => (self.uniform(n, 0, -60.0, 1024.0).exp2(), 0.0),
            "sinh" | "cosh" if even && single => (self.uniform(n, 0, -89.4, 89.4), 0.0),
            "sinh" | "cosh" if even => (self.uniform(n, 0, -710.4, 710.4), 0.0),
            "sinh" | "cosh" => (self.spread(n, 0, -30.0, 5.0), 0.0),
            "atan" if even => (self.uniform(n, 0, -3.0, 3.0), 0.0),
            "atan" => (self.spread(n, 0, -30.0, 60.0), 0.0),
            "atan2" if even => (self.uniform(n, 0, -3.0, 3.0), self.uniform(n, 1, -3.0, 3.0)),
            "atan2" if n % 4 == 1 => {
                (self.spread(n, 0, -60.0, 60.0), self.spread(n, 2, -60.0, 60.0))
            }
            "atan2" if single => {
                (self.spread(n, 0, -149.0, 128.0), self.spread(n, 2, -149.0, 128.0))
            }
            "atan2" => (self.spread(n, 0, -1074.0, 1024.0), self.spread(n, 2, -1074.0, 1024.0)),
            "sigmoid" | "softplus" if even && single => (self.uniform(n, 0, -104.0, 20.0), 0.0),
            "sigmoid" | "softplus" if even => (self.uniform(n, 0, -746.0, 40.0), 0.0),
            "sigmoid" | "softplus" => (self.spread(n, 0, -20.0, 5.0), 0.0),
            "silu" if even && single => (self.uniform(n, 0, -109.0, 20.0), 0.0),
            "silu" if even => (self.uniform(n, 0, -753.0, 40.0), 0.0),
            "silu" => (self.spread(n, 0, -30.0, 5.0), 0.0),
            "normal_cdf" if n % 4 == 1 => (self.spread(n, 0, -20.0, 1.0), 0.0),
            "normal_cdf" if single => (self.uniform(n, 0, -14.4, 6.0), 0.0),
            "normal_cdf" => (self.uniform(n, 0, -38.5, 9.0), 0.0),
            "normal_quantile" if even => (self.uniform(n, 0, 0.0, 1.0), 0.0),
            "normal_quantile" if n % 4 == 1 => (0.5 + self.spread(n, 0, -40.0, -1.01), 0.0),
            "normal_quantile" if single => (self.uniform(n, 0, -149.0, -1.0).exp2(), 0.0),
            "normal_quantile" => (self.uniform(n, 0, -1074.0, -1.0).exp2(), 0.0),
            // Around the zeros, where errors are relative all the same.
            "lgamma" | "digamma" if n % 8 == 7 => {
                let zero = match self.name {
                    "digamma" => 1.461_632_144_968_362_3,
                    _ if n % 16 == 7 => 1.0,
                    _ => 2.0,
                };
                (zero + self.spread(n, 0, -40.0, -3.0), 0.0)
            }
            "lgamma" | "digamma" | "trigamma" if even => (self.uniform(n, 0, 0.0, 12.0), 0.0),
            "lgamma" if single => (self.uniform(n, 0, -120.0, 120.0).exp2(), 0.0),
            "lgamma" => (self.uniform(n, 0, -1000.0, 1014.0).exp2(), 0.0),
            "digamma" | "trigamma" if single => (self.uniform(n, 0, -62.0, 100.0).exp2(), 0.0),
            "digamma" | "trigamma" => (self.uniform(n, 0, -500.0, 900.0).exp2(), 0.0),
            name => unreachable!("{name} has points"),
        };
        if single { (f64::from(x as f32), f64::from(y as f32)) } else { (x, y) }
    }
}

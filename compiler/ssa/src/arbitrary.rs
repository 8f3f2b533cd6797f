//! Random functions, for tests of passes: same seed, same function.
//!
//! Every operation occurs in every control form, nested a few deep, and nearly everything that is
//! computed contributes to a result. Values stay of moderate size and away
//! from poles, so that derivatives can be compared with differences: powers, logarithms and
//! quotients are taken of arguments bounded away from zero, and what might grow goes through `sin`.

mod control;
mod linear;

use sdec_base::Special;

use crate::{Binary, Builder, Compare, DrawLaw, Extremum, Func, Scalar, Type, Unary, Value};

/// A small generator of pseudo-random numbers (xorshift64*).
///
/// Source: Vigna (2016), *An experimental exploration of Marsaglia's xorshift generators, scrambled*,
/// ACM Trans. Math. Softw. 42(4).
#[derive(Clone, Debug)]
pub struct Rng(u64);

impl Rng {
    /// Seeds that are near each other give unrelated numbers.
    pub fn new(seed: u64) -> Self {
        let mut rng = Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        for _ in 0..4 {
            rng.next();
        }
        rng
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A whole number below `n`.
    pub fn below(&mut self, n: usize) -> usize {
        ((self.next() >> 33) % n as u64) as usize
    }

    /// A number in `[0, 1)`.
    pub fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn pick<T: Clone>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())].clone()
    }
}

/// A function of `x: f64`, `y: f64`, `a: f64[3]` and `m: f64[2, 3]` with three float results.
pub fn func(seed: u64) -> Func {
    let mut maker = Maker {
        rng: Rng::new(seed),
        b: Builder::new(format!("f{seed}")),
        floats: Vec::new(),
        counts: Vec::new(),
        depth: 0,
    };
    for (name, shape) in [("x", &[][..]), ("y", &[]), ("a", &[3]), ("m", &[2, 3])] {
        let param = maker.b.param(name, Type::array(Scalar::F64, shape));
        maker.floats.push(param);
    }
    for _ in 0..3 {
        for _ in 0..1 + maker.rng.below(3) {
            maker.op();
        }
        maker.control();
    }
    let mut results: Vec<Value> = (0..3).map(|_| maker.recent()).collect();
    maker.mix(0, &mut results);
    maker.b.finish(results)
}

struct Maker {
    rng: Rng,
    b: Builder,
    /// Visible floats.
    floats: Vec<Value>,
    /// Visible counts, each with a bound that it stays below.
    counts: Vec<(Value, u64)>,
    depth: usize,
}

impl Maker {
    fn float(&mut self) -> Value {
        self.rng.pick(&self.floats)
    }

    /// Likely one of the last made.
    fn recent(&mut self) -> Value {
        let back = self.rng.below(self.floats.len()).min(self.rng.below(self.floats.len()));
        self.floats[self.floats.len() - 1 - back]
    }

    fn scalar(&mut self) -> Value {
        let x = self.recent();
        if self.b.ty(x).shape.is_empty() {
            return x;
        }
        let flat = self.flat(x);
        self.b.sum(flat)
    }

    fn array(&mut self) -> Value {
        let arrays: Vec<Value> =
            self.floats.iter().copied().filter(|&x| !self.b.ty(x).shape.is_empty()).collect();
        self.rng.pick(&arrays)
    }

    fn flat(&mut self, x: Value) -> Value {
        let entries = self.b.ty(x).entries();
        self.b.reshape(x, &[entries])
    }

    /// Adds a little of all floats from the `first` visible one on to the first float result.
    fn mix(&mut self, first: usize, results: &mut [Value]) {
        let Some(result) = results.iter_mut().find(|result| self.b.ty(**result).is_float()) else {
            return;
        };
        for k in first..self.floats.len() {
            let x = self.floats[k];
            let entries = self.b.ty(x).entries();
            let flat = self.flat(x);
            let sum = self.b.sum(flat);
            // Of each a little, so that derivatives do not grow from loop to loop.
            let scale = self.b.float(Scalar::F64, 0.1 / entries as f64);
            let mean = self.b.binary(Binary::Mul, sum, scale);
            let little = self.b.unary(Unary::Sin, mean);
            let shape = self.b.ty(*result).shape.clone();
            let little = self.b.broadcast(little, &shape);
            *result = self.b.binary(Binary::Add, *result, little);
        }
    }

    /// Another value of the same type, or the same.
    fn like(&mut self, x: Value) -> Value {
        let ty = self.b.ty(x).clone();
        let alike: Vec<Value> =
            self.floats.iter().copied().filter(|&y| *self.b.ty(y) == ty).collect();
        self.rng.pick(&alike)
    }

    fn constant_like(&mut self, x: Value, c: f64) -> Value {
        let ty = self.b.ty(x).clone();
        self.b.filled(&ty, c)
    }

    /// `x² + c`
    fn positive(&mut self, x: Value, c: f64) -> Value {
        let square = self.b.binary(Binary::Mul, x, x);
        let c = self.constant_like(x, c);
        self.b.binary(Binary::Add, square, c)
    }

    /// A count below `bound`.
    fn count(&mut self, bound: u64) -> Value {
        let fitting: Vec<Value> = self
            .counts
            .iter()
            .filter(|(_, below)| *below <= bound)
            .map(|(count, _)| *count)
            .collect();
        if fitting.is_empty() || self.rng.below(4) == 0 {
            let n = self.rng.below(bound as usize) as i64;
            return self.b.int(n);
        }
        self.rng.pick(&fitting)
    }

    /// Adds one operation, or a few that belong together.
    fn op(&mut self) {
        let made = match self.rng.below(26) {
            0..=3 => self.unary(),
            4..=7 => self.binary(),
            8 => self.power(),
            9 => self.select(),
            10 => self.broadcast(),
            11 => self.side_by_side(),
            12 => self.slice(),
            13 => self.turned(),
            14 => self.index(),
            15 => self.add_at(),
            16 => self.contract(),
            17 | 18 => self.reduce(),
            19 => self.draw(),
            20 => self.convert(),
            21 | 22 if self.depth < 2 => return self.control(),
            23 => self.system(),
            24 => self.implicit(),
            _ => self.unary(),
        };
        if self.b.ty(made).entries() <= 24 {
            self.floats.push(made);
        }
    }

    fn unary(&mut self) -> Value {
        let x = self.recent();
        let special = self.rng.pick(Special::ALL);
        let op = self.rng.pick(&[
            Unary::Neg,
            Unary::Abs,
            Unary::Sqrt,
            Unary::Exp,
            Unary::Log,
            Unary::Sin,
            Unary::Cos,
            Unary::Tanh,
            Unary::Erf,
            Unary::Erfc,
            Unary::Special(special),
            Unary::Floor,
            Unary::Sign,
            Unary::StopGradient,
        ]);
        let x = match op {
            Unary::Sqrt | Unary::Log => self.positive(x, 0.4),
            Unary::Exp => self.b.unary(Unary::Tanh, x),
            Unary::Special(function) => self.domain(function, x),
            Unary::Neg
            | Unary::Abs
            | Unary::Sin
            | Unary::Cos
            | Unary::Tanh
            | Unary::Erf
            | Unary::Erfc
            | Unary::Floor
            | Unary::Sign
            | Unary::StopGradient
            | Unary::Not => x,
        };
        self.b.unary(op, x)
    }

    /// An argument at which the function and its first derivatives are of moderate size.
    fn domain(&mut self, function: Special, x: Value) -> Value {
        match function {
            Special::Log1p | Special::Lgamma | Special::Digamma | Special::Trigamma => {
                self.positive(x, 0.4)
            }
            Special::NormalQuantile => {
                let x = self.b.unary(Unary::Tanh, x);
                let scale = self.constant_like(x, 0.25);
                let x = self.b.binary(Binary::Mul, x, scale);
                let half = self.constant_like(x, 0.5);
                self.b.binary(Binary::Add, x, half)
            }
            Special::Expm1 | Special::Tan | Special::Sinh | Special::Cosh => {
                self.b.unary(Unary::Tanh, x)
            }
            Special::Atan
            | Special::Sigmoid
            | Special::Softplus
            | Special::Silu
            | Special::NormalCdf => x,
        }
    }

    fn binary(&mut self) -> Value {
        let x = self.recent();
        let y = self.like(x);
        let op = self.rng.pick(&[
            Binary::Add,
            Binary::Sub,
            Binary::Mul,
            Binary::Div,
            Binary::Max,
            Binary::Min,
            Binary::Atan2,
        ]);
        let divides = matches!(op, Binary::Div | Binary::Atan2);
        let y = if divides { self.positive(y, 1.5) } else { y };
        let z = self.b.binary(op, x, y);
        if op == Binary::Mul { self.b.unary(Unary::Sin, z) } else { z }
    }

    fn power(&mut self) -> Value {
        let x = self.recent();
        let x = self.b.unary(Unary::Tanh, x);
        let x = self.positive(x, 0.3);
        let y = self.like(x);
        let y = if self.rng.below(2) == 0 {
            self.constant_like(x, 2.5)
        } else {
            self.b.unary(Unary::Tanh, y)
        };
        let z = self.b.binary(Binary::Pow, x, y);
        self.b.unary(Unary::Sin, z)
    }

    fn condition(&mut self, x: Value) -> Value {
        let y = self.like(x);
        let zero = self.constant_like(x, 0.25);
        let op = self.rng.pick(Compare::ALL);
        let left = self.b.compare(op, x, y);
        let right = self.b.compare(Compare::Gt, x, zero);
        let right = self.b.unary(Unary::Not, right);
        let both = self.rng.pick(&[Binary::And, Binary::Or]);
        self.b.binary(both, left, right)
    }

    fn select(&mut self) -> Value {
        let (x, z) = (self.recent(), self.float());
        let y = self.like(x);
        let c = if self.b.ty(z).shape == self.b.ty(x).shape { z } else { x };
        let c = self.condition(c);
        self.b.select(c, x, y)
    }

    fn broadcast(&mut self) -> Value {
        let x = self.recent();
        let leading = self.rng.pick(&[&[2][..], &[3], &[2, 2]]);
        self.b.broadcast(x, leading)
    }

    fn side_by_side(&mut self) -> Value {
        let x = self.recent();
        let (y, z) = (self.like(x), self.constant_like(x, 0.5));
        let stack = self.b.stack(vec![x, y, z, x]);
        if self.b.ty(x).shape.is_empty() {
            return stack;
        }
        self.b.concat(vec![y, z, x])
    }

    fn slice(&mut self) -> Value {
        let x = self.array();
        let rows = self.b.ty(x).shape[0];
        let start = self.rng.below(rows as usize) as u64;
        let len = 1 + self.rng.below((rows - start) as usize) as u64;
        self.b.slice(x, start, len)
    }

    fn turned(&mut self) -> Value {
        let x = self.array();
        let rank = self.b.ty(x).shape.len();
        if rank == 1 {
            let rows = self.b.ty(x).shape[0];
            return self.b.reshape(x, &[rows, 1]);
        }
        let first = self.rng.below(rank);
        let permutation = (0..rank).map(|k| (k + first) % rank).collect();
        let turned = self.b.transpose(x, permutation);
        if self.rng.below(3) == 0 { self.flat(turned) } else { turned }
    }

    fn index(&mut self) -> Value {
        let x = self.array();
        let index = self.count(self.b.ty(x).shape[0]);
        self.b.index(x, index)
    }

    fn add_at(&mut self) -> Value {
        let x = self.array();
        let rows = self.b.ty(x).shape[0];
        let (first, second) = (self.count(rows), self.count(rows));
        let row = self.b.index(x, first);
        let row = self.like_or(row);
        self.b.add_at(x, second, row)
    }

    /// A known value of the type of `x`, or `x` if there is none.
    fn like_or(&mut self, x: Value) -> Value {
        let ty = self.b.ty(x).clone();
        let alike: Vec<Value> =
            self.floats.iter().copied().filter(|&y| *self.b.ty(y) == ty).collect();
        if alike.is_empty() { x } else { self.rng.pick(&alike) }
    }

    fn contract(&mut self) -> Value {
        let a = self.array();
        let inner = *self.b.ty(a).shape.last().expect("an array has axes");
        let fitting: Vec<Value> = self
            .floats
            .iter()
            .copied()
            .filter(|&b| self.b.ty(b).shape.first() == Some(&inner))
            .collect();
        let b = if fitting.is_empty() {
            let row = self.scalar();
            self.b.broadcast(row, &[inner])
        } else {
            self.rng.pick(&fitting)
        };
        let c = self.b.contract(a, b);
        self.b.unary(Unary::Sin, c)
    }

    fn reduce(&mut self) -> Value {
        let x = self.array();
        let which = self.rng.pick(Extremum::ALL);
        match self.rng.below(4) {
            0 => self.b.sum(x),
            1 => {
                let x = self.b.unary(Unary::Sin, x);
                self.b.product(x)
            }
            2 => self.b.extremum(which, x),
            _ => {
                let flat = self.flat(x);
                let best = self.b.arg_extremum(which, flat);
                let bound = self.b.ty(flat).entries();
                self.counts.push((best, bound));
                self.b.index(flat, best)
            }
        }
    }

    fn draw(&mut self) -> Value {
        let x = self.recent();
        let ty = self.b.ty(x).clone();
        let (stream, law) = (self.b.stream("W"), self.rng.pick(DrawLaw::ALL));
        let step = self.count(4);
        let draw = self.b.draw(stream, law, step, ty);
        let z = self.b.binary(Binary::Mul, x, draw);
        self.b.unary(Unary::Sin, z)
    }

    fn convert(&mut self) -> Value {
        let x = self.recent();
        let count = self.count(5);
        let count = self.b.convert(count, Scalar::F64);
        let shape = self.b.ty(x).shape.clone();
        let count = self.b.broadcast(count, &shape);
        let z = self.b.binary(Binary::Mul, x, count);
        self.b.unary(Unary::Sin, z)
    }
}

#[cfg(test)]
mod tests {
    use super::func;
    use crate::{parse, verify};

    #[test]
    fn random_functions_are_well_formed_and_survive_their_text() {
        for seed in 0..300 {
            let func = func(seed);
            verify(&func).unwrap_or_else(|malformed| panic!("{malformed}\n{func}"));
            assert_eq!(parse(&func.to_string()).unwrap(), func, "{func}");
        }
    }
}

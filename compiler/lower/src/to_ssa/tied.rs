//! Parameters whose numbers are tied to each other, made of free ones.
//!
//! | constraint | from ℝ | volume |
//! |---|---|---|
//! | `Simplex(n)` | sticks broken off what is left of 1: the part `1 / (1 + exp(−u))`, moved so that 0 makes all equal | of all but the last number |
//! | `Ordered(n)` | the first number, then steps `exp u` | of its numbers |
//! | `Chol(n)` | the lower triangle row by row, on the diagonal `log(1 + exp u)` | of the triangle |
//! | `Corr(n)` | partial correlations `tanh u` below the diagonal, row by row | of the correlation matrix `L Lᵀ` |
//!
//! Source: Stan Development Team, Stan Reference Manual, "Constraint Transforms".

use sdec_base::Special;
use sdec_hir::Constraint;
use sdec_ssa::{Binary, Scalar, Type, Unary, Value};

use super::Lowerer;

impl Lowerer<'_> {
    /// The array of this shape that free numbers make, and the logarithm of the volume of what is tied, each.
    pub(super) fn tied(
        &mut self,
        free: Value,
        constraint: &Constraint,
        shape: &[u64],
    ) -> (Value, Value) {
        let (outer, own) = shape.split_at(shape.len() - constraint.axes());
        let n = own[0];
        let (tables, entries) = (outer.iter().product(), constraint.free(n));
        if outer.is_empty() {
            let free = self.b.reshape(free, &[entries]);
            return self.tied_once(free, constraint, n);
        }
        let rows = self.b.reshape(free, &[tables, entries]);
        let k = self.b.open_region(&[Type::scalar(Scalar::I64)])[0];
        let row = self.b.index(rows, k);
        let (value, volume) = self.tied_once(row, constraint, n);
        let region = self.b.close_region(vec![value, volume]);
        let both = self.b.map_of(tables, region);
        (self.b.reshape(both[0], shape), both[1])
    }

    fn tied_once(&mut self, u: Value, constraint: &Constraint, n: u64) -> (Value, Value) {
        match constraint {
            Constraint::Simplex => self.simplex(u, n),
            Constraint::Ordered => self.ordered(u, n),
            Constraint::Chol => self.factor(u, n),
            Constraint::Corr => self.correlation(u, n),
            Constraint::Real
            | Constraint::Positive
            | Constraint::NonNeg
            | Constraint::Unit
            | Constraint::Interval(..) => unreachable!("each number is for itself"),
        }
    }

    fn simplex(&mut self, u: Value, n: u64) -> (Value, Value) {
        let left = |k: u64| (n - 1 - k) as f64;
        let equal = self.numbers(u, n - 1, |k| -left(k).ln());
        let moved = self.b.binary(Binary::Add, u, equal);
        let opposite = self.b.unary(Unary::Neg, moved);
        let (part, rest) = (self.log_sigmoid(moved), self.log_sigmoid(opposite));
        let before = self.matrix(u, [n, n - 1], |row, column| column < row);
        let before = self.b.contract(before, rest);
        let last = self.numbers(u, 1, |_| 0.0);
        let parts = self.b.concat(vec![part, last]);
        let logs = self.b.binary(Binary::Add, before, parts);
        let value = self.b.unary(Unary::Exp, logs);
        let weights = self.numbers(u, n - 1, left);
        let rest = self.b.contract(weights, rest);
        let part = self.b.sum(part);
        (value, self.b.binary(Binary::Add, part, rest))
    }

    fn ordered(&mut self, u: Value, n: u64) -> (Value, Value) {
        if n == 1 {
            let scalar = self.b.ty(u).scalar;
            return (u, self.b.float(scalar, 0.0));
        }
        let (first, logs) = (self.b.slice(u, 0, 1), self.b.slice(u, 1, n - 1));
        let steps = self.b.unary(Unary::Exp, logs);
        let steps = self.b.concat(vec![first, steps]);
        let upto = self.matrix(u, [n, n], |row, column| column <= row);
        (self.b.contract(upto, steps), self.b.sum(logs))
    }

    fn factor(&mut self, u: Value, n: u64) -> (Value, Value) {
        let (mut parts, mut diagonal) = (Vec::new(), Vec::new());
        for row in 0..n {
            let first = row * (row + 1) / 2;
            if row > 0 {
                parts.push(self.b.slice(u, first, row));
            }
            let free = self.b.slice(u, first + row, 1);
            parts.push(self.b.unary(Unary::Special(Special::Softplus), free));
            diagonal.push(free);
            if row + 1 < n {
                parts.push(self.numbers(u, n - 1 - row, |_| 0.0));
            }
        }
        let all = self.b.concat(parts);
        let diagonal = self.b.concat(diagonal);
        let slopes = self.log_sigmoid(diagonal);
        (self.b.reshape(all, &[n, n]), self.b.sum(slopes))
    }

    fn correlation(&mut self, u: Value, n: u64) -> (Value, Value) {
        let partial = self.b.unary(Unary::Tanh, u);
        // log(1 - tanh² u)
        let double = self.b.binary(Binary::Add, u, u);
        let opposite = self.b.unary(Unary::Neg, double);
        let (above, below) = (self.log_sigmoid(double), self.log_sigmoid(opposite));
        let both = self.b.binary(Binary::Add, above, below);
        let four = self.numbers(u, n * (n - 1) / 2, |_| 4.0_f64.ln());
        let rest = self.b.binary(Binary::Add, both, four);
        let (below, logs) = (self.below(partial, n), self.below(rest, n));
        let unit = self.matrix(u, [n, n], |row, column| row == column);
        let entries = self.b.binary(Binary::Add, below, unit);
        let before = self.matrix(u, [n, n], |row, column| row < column);
        let logs = self.b.contract(logs, before);
        let half = self.numbers(u, n * n, |_| 0.5);
        let half = self.b.reshape(half, &[n, n]);
        let logs = self.b.binary(Binary::Mul, logs, half);
        let left = self.b.unary(Unary::Exp, logs);
        let value = self.b.binary(Binary::Mul, entries, left);
        let columns: Vec<u64> = (1..n).flat_map(|row| 0..row).collect();
        let weights = self.numbers(u, columns.len() as u64, |k| {
            let column = usize::try_from(k).map_or(0, |k| columns[k]);
            0.5 * (n - column) as f64
        });
        (value, self.b.contract(weights, rest))
    }

    /// The lower triangle without the diagonal, of numbers row by row.
    fn below(&mut self, packed: Value, n: u64) -> Value {
        let mut parts = vec![self.numbers(packed, n, |_| 0.0)];
        for row in 1..n {
            parts.push(self.b.slice(packed, row * (row - 1) / 2, row));
            parts.push(self.numbers(packed, n - row, |_| 0.0));
        }
        let all = self.b.concat(parts);
        self.b.reshape(all, &[n, n])
    }

    /// A vector of constants of the scalar of `like`.
    fn numbers(&mut self, like: Value, n: u64, of: impl Fn(u64) -> f64) -> Value {
        let scalar = self.b.ty(like).scalar;
        let entries: Vec<f64> = (0..n).map(of).collect();
        if entries.iter().all(|x| *x == entries[0]) {
            return self.b.filled(&Type::array(scalar, &[n]), entries[0]);
        }
        let entries = entries.into_iter().map(|x| self.b.float(scalar, x)).collect();
        self.b.stack(entries)
    }

    /// 1 where it holds, else 0.
    fn matrix(&mut self, like: Value, shape: [u64; 2], of: impl Fn(u64, u64) -> bool) -> Value {
        let row = |row| self.numbers(like, shape[1], |column| f64::from(u8::from(of(row, column))));
        let rows = (0..shape[0]).map(row).collect();
        self.b.stack(rows)
    }
}

//! Linear systems and implicit roots in random functions.

use super::Maker;
use crate::{Binary, Scalar, Type, Unary, Value};

impl Maker {
    /// Between -1 and 1.
    fn bounded(&mut self) -> Value {
        let x = self.scalar();
        self.b.unary(Unary::Sin, x)
    }

    fn bounded_pair(&mut self) -> Value {
        let pair = vec![self.bounded(), self.bounded()];
        self.b.stack(pair)
    }

    /// A system of two equations that is far from singular.
    pub(super) fn system(&mut self) -> Value {
        let rows = vec![self.bounded_pair(), self.bounded_pair()];
        let matrix = self.b.stack(rows);
        let diagonal = [2.5, 0.0, 0.0, 2.5].map(|entry| self.b.float(Scalar::F64, entry));
        let diagonal = self.b.stack(diagonal.to_vec());
        let diagonal = self.b.reshape(diagonal, &[2, 2]);
        let matrix = self.b.binary(Binary::Add, matrix, diagonal);
        let right = if self.rng.below(2) == 0 { matrix } else { self.bounded_pair() };
        self.b.solve(matrix, right)
    }

    /// The root of `x + a sin x - c`, found by iterating `x = c - a sin x`.
    pub(super) fn implicit(&mut self) -> Value {
        let (a, c) = (self.bounded_pair(), self.bounded_pair());
        let quarter = self.constant_like(a, 0.25);
        let a = self.b.binary(Binary::Mul, a, quarter);
        let pair = self.b.ty(c).clone();
        let params = self.b.open_region(&[Type::scalar(Scalar::I64), pair.clone()]);
        let sin = self.b.unary(Unary::Sin, params[1]);
        let pulled = self.b.binary(Binary::Mul, a, sin);
        let next = self.b.binary(Binary::Sub, c, pulled);
        let body = self.b.close_region(vec![next]);
        let root = self.b.scan_of(30, false, vec![c], Vec::new(), body)[0];
        let params = self.b.open_region(&[pair]);
        let sin = self.b.unary(Unary::Sin, params[0]);
        let pulled = self.b.binary(Binary::Mul, a, sin);
        let sum = self.b.binary(Binary::Add, params[0], pulled);
        let zero = self.b.binary(Binary::Sub, sum, c);
        let region = self.b.close_region(vec![zero]);
        self.b.implicit(root, region)
    }
}

//! Control forms of random functions.

use super::Maker;
use crate::{Compare, Emit, Extremum, Region, Scalar, Trips, Type, Unary, Value};

impl Maker {
    /// A region that sees everything and whose own values are forgotten afterwards.
    fn region(
        &mut self,
        params: &[Type],
        extent: u64,
        results: impl FnOnce(&mut Self, &[Value]) -> Vec<Value>,
    ) -> Region {
        let (n_floats, n_counts) = (self.floats.len(), self.counts.len());
        let params = self.b.open_region(params);
        for &param in &params {
            match self.b.ty(param).scalar {
                Scalar::F64 | Scalar::F32 => self.floats.push(param),
                Scalar::I64 => self.counts.push((param, extent)),
                Scalar::Bool => {}
            }
        }
        self.depth += 1;
        for _ in 0..2 + self.rng.below(4) {
            self.op();
        }
        self.depth -= 1;
        let mut results = results(self, &params);
        self.mix(n_floats, &mut results);
        self.floats.truncate(n_floats);
        self.counts.truncate(n_counts);
        self.b.close_region(results)
    }

    fn keep(&mut self, made: Vec<Value>) {
        for value in made {
            let ty = self.b.ty(value);
            if ty.is_float() && ty.entries() <= 24 {
                self.floats.push(value);
            }
        }
    }

    /// Adds a control operation: one form as often as another.
    pub(super) fn control(&mut self) {
        match self.rng.below(7) {
            0 => drop(self.map()),
            1 => self.reduced_map(),
            2 => self.scan(Trips::All, false),
            3 => self.scan(Trips::All, true),
            4 => self.scan(Trips::While, false),
            5 => {
                let (count, reverse) = (self.count(6), self.rng.below(2) == 0);
                self.scan(Trips::Below(count), reverse);
            }
            _ => self.branch(),
        }
    }

    fn reduced_map(&mut self) {
        let terms = self.map();
        let reduced = match self.rng.below(3) {
            0 => self.b.sum(terms),
            1 => {
                let factors = self.b.unary(Unary::Sin, terms);
                self.b.product(factors)
            }
            _ => {
                let which = self.rng.pick(Extremum::ALL);
                self.b.extremum(which, terms)
            }
        };
        self.keep(vec![reduced]);
    }

    fn map(&mut self) -> Value {
        let extent = 2 + self.rng.below(2) as u64;
        let index = [Type::scalar(Scalar::I64)];
        let body = self.region(&index, extent, |maker, _| {
            (0..=maker.rng.below(2)).map(|_| maker.recent()).collect()
        });
        let made = self.b.map_of(extent, body);
        self.keep(made.clone());
        made[0]
    }

    fn scan(&mut self, trips: Trips, reverse: bool) {
        let extent = 2 + self.rng.below(3) as u64;
        let mut init: Vec<Value> = (0..=self.rng.below(2)).map(|_| self.recent()).collect();
        if trips == Trips::While {
            init.insert(0, self.truth());
        }
        let emits: Vec<Emit> = (0..self.rng.below(3)).map(|_| self.emit(extent)).collect();
        let mut params = vec![Type::scalar(Scalar::I64)];
        params.extend(init.iter().map(|&value| self.b.ty(value).clone()));
        let n_emits = emits.len();
        let body = self.region(&params, extent, |maker, params| {
            let mut results = Vec::new();
            for &carry in &params[1..] {
                if maker.b.ty(carry).is_float() {
                    let next = maker.like(carry);
                    results.push(maker.b.unary(Unary::Sin, next));
                } else {
                    results.push(maker.truth());
                }
            }
            results.extend((0..n_emits).map(|_| maker.recent()));
            results
        });
        let made = self.b.scan_some_of(extent, trips, reverse, init, emits, body);
        self.keep(made);
    }

    /// Mostly true.
    fn truth(&mut self) -> Value {
        let x = self.scalar();
        let x = self.b.unary(Unary::Tanh, x);
        let bound = self.b.float(Scalar::F64, 0.8);
        self.b.compare(Compare::Lt, x, bound)
    }

    /// Every row, or all but the first to rows in reverse order.
    fn emit(&mut self, extent: u64) -> Emit {
        if self.rng.below(2) == 0 {
            return Emit::Every;
        }
        let slots = (0..extent).rev().map(|slot| {
            let skipped = slot + 1 == extent;
            self.b.int(if skipped { -1 } else { slot as i64 })
        });
        let slots = slots.collect();
        Emit::Slots { slots: self.b.stack(slots), rows: extent }
    }

    fn branch(&mut self) {
        let c = self.scalar();
        let zero = self.b.float(Scalar::F64, 0.1);
        let op = self.rng.pick(Compare::ALL);
        let condition = self.b.compare(op, c, zero);
        let wanted = self.recent();
        let [then, otherwise] = [(); 2]
            .map(|()| self.region(&[], 0, |maker, _| vec![maker.like(wanted), maker.like(wanted)]));
        let made = self.b.if_of(condition, then, otherwise);
        self.keep(made);
    }
}

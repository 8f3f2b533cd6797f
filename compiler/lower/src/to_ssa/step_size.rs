//! The length of the next step of a solve that chooses its steps: norms of errors, the controller, the
//! first step.

use sdec_hir as hir;
use sdec_ssa::{Binary, Compare, Scalar, Unary, Value};

use super::Lowerer;
use super::advance::System;
use super::types::Result;
use super::value::Val;

/// Exponents of the controller, and its safety factor.
///
/// Source: Kennedy & Carpenter (2003), Additive Runge–Kutta schemes for convection–diffusion–reaction
/// equations, Appl. Numer. Math. 44, §2.3, with proportional, integral and derivative gains 0.14, 0.25, 0.10.
const PID: [f64; 3] = [0.49, 0.34, 0.10];
const SAFETY: f64 = 0.9;

/// By what a step may become shorter or longer.
pub(super) const FACTORS: [f64; 2] = [0.2, 10.0];

/// Errors below this, in units of the tolerance, count as this.
const LEAST_ERROR: f64 = 1e-10;

/// The error of a step that counts as 1: `absolute + relative · |y|`.
#[derive(Clone, Copy)]
pub(super) struct Tolerances {
    pub(super) relative: Value,
    pub(super) absolute: Value,
}

/// What the loop carries beside the point and the kept states.
#[derive(Clone, Copy)]
pub(super) struct State {
    /// Whether to go on.
    pub(super) go: Value,
    pub(super) t: Value,
    pub(super) h: Value,
    /// Logarithms of the errors of the last two steps.
    pub(super) logs: [Value; 2],
    /// The largest factor that is allowed: no growth right after a rejected attempt.
    pub(super) most: Value,
    /// The next landmark.
    pub(super) row: Value,
    pub(super) code: Value,
    pub(super) attempts: Value,
}

impl State {
    pub(super) const COUNT: usize = 9;

    pub(super) fn values(self) -> [Value; Self::COUNT] {
        let [a, b] = self.logs;
        [self.go, self.t, self.h, a, b, self.most, self.row, self.code, self.attempts]
    }

    pub(super) fn from_values(values: &[Value]) -> Self {
        let &[go, t, h, a, b, most, row, code, attempts] = values else {
            unreachable!("as many values as the state has")
        };
        Self { go, t, h, logs: [a, b], most, row, code, attempts }
    }
}

impl Lowerer<'_> {
    /// The next step with what the controller remembers; other fields are those of `state`.
    pub(super) fn next_step(
        &mut self,
        state: &State,
        length: Value,
        norm: Value,
        [accepted, lands, finite]: [Value; 3],
        order: f64,
    ) -> State {
        let least = self.working(LEAST_ERROR);
        let error = self.b.binary(Binary::Max, norm, least);
        let log = self.b.unary(Unary::Log, error);
        let of_order = 1.0 / (order + 1.0);
        let [now, before, earlier] = [log, state.logs[0], state.logs[1]];
        let weights = [-PID[0], PID[1], -PID[2]].map(|gain| self.working(gain * of_order));
        let [a, b, c] = [(now, weights[0]), (before, weights[1]), (earlier, weights[2])]
            .map(|(x, weight)| self.b.binary(Binary::Mul, x, weight));
        let exponent = self.b.binary(Binary::Add, a, b);
        let exponent = self.b.binary(Binary::Add, exponent, c);
        let weight = self.working(-of_order);
        let after_rejection = self.b.binary(Binary::Mul, log, weight);
        let exponent = self.b.select(accepted, exponent, after_rejection);
        let factor = self.b.unary(Unary::Exp, exponent);
        let [safety, smallest, growth] = [SAFETY, FACTORS[0], FACTORS[1]].map(|x| self.working(x));
        let factor = self.b.binary(Binary::Mul, factor, safety);
        let factor = self.b.binary(Binary::Max, factor, smallest);
        let shrinking = self.b.select(accepted, state.most, safety);
        let factor = self.b.binary(Binary::Min, factor, shrinking);
        let factor = self.b.select(finite, factor, smallest);
        let factor = self.b.convert(factor, Scalar::F64);
        let h = self.b.binary(Binary::Mul, length, factor);
        // A step that was cut off at a landmark says little about the next one.
        let landed = self.b.binary(Binary::And, accepted, lands);
        let longer = self.b.binary(Binary::Max, state.h, h);
        let h = self.b.select(landed, longer, h);
        let cut = self.b.unary(Unary::Not, lands);
        let learns = self.b.binary(Binary::And, accepted, cut);
        let logs = [
            self.b.select(learns, log, state.logs[0]),
            self.b.select(learns, state.logs[0], state.logs[1]),
        ];
        let still = self.working(1.0);
        let most = self.b.select(accepted, growth, still);
        State { h, logs, most, ..*state }
    }

    /// A first step of the size that the drift and its change allow.
    ///
    /// Source: Hairer, Nørsett & Wanner, Solving Ordinary Differential Equations I, §II.4.
    pub(super) fn first_step(
        &mut self,
        system: &System,
        tolerances: Tolerances,
        order: f64,
        t: Value,
        y: &Val,
    ) -> Result<Value> {
        let scale = self.scale(tolerances, y, None);
        let slope = self.slope_at(system, t, y)?;
        let [d0, d1] = [y, &slope].map(|x| self.norm(x, &scale));
        let [d0, d1] = [d0, d1].map(|d| self.b.convert(d, Scalar::F64));
        let small = self.double(1e-5);
        let [few, slow] = [d0, d1].map(|d| self.b.compare(Compare::Lt, d, small));
        let either = self.b.binary(Binary::Or, few, slow);
        let ratio = self.b.binary(Binary::Div, d0, d1);
        let hundredth = self.double(0.01);
        let ratio = self.b.binary(Binary::Mul, ratio, hundredth);
        let tiny = self.double(1e-6);
        let h0 = self.b.select(either, tiny, ratio);
        let h = Val::Array(self.b.convert(h0, self.sizes.float));
        let moved = self.arith(hir::Arith::Mul, &h, &slope);
        let moved = self.arith(hir::Arith::Add, y, &moved);
        let later = self.b.binary(Binary::Add, t, h0);
        let there = self.slope_at(system, later, &moved)?;
        let change = self.arith(hir::Arith::Sub, &there, &slope);
        let d2 = self.norm(&change, &scale);
        let d2 = self.b.convert(d2, Scalar::F64);
        let d2 = self.b.binary(Binary::Div, d2, h0);
        let steepest = self.b.binary(Binary::Max, d1, d2);
        let least = self.double(1e-15);
        let flat = self.b.compare(Compare::Le, steepest, least);
        let ratio = self.b.binary(Binary::Div, hundredth, steepest);
        let power = self.double(1.0 / (order + 1.0));
        let bent = self.b.binary(Binary::Pow, ratio, power);
        let thousandth = self.double(1e-3);
        let straight = self.b.binary(Binary::Mul, h0, thousandth);
        let straight = self.b.binary(Binary::Max, tiny, straight);
        let h1 = self.b.select(flat, straight, bent);
        let hundred = self.double(100.0);
        let most = self.b.binary(Binary::Mul, h0, hundred);
        let h = self.b.binary(Binary::Min, most, h1);
        Ok(self.b.unary(Unary::StopGradient, h))
    }

    fn slope_at(&mut self, system: &System, t: Value, y: &Val) -> Result<Val> {
        let model = self.scope.as_ref().map(|scope| scope.model);
        let at = model.expect("drifts are evaluated in a solve").span;
        let drift = self.call(&system.drift, vec![Val::Array(t), y.clone()], at)?;
        Ok(self.materialise_concrete(&drift, &system.state))
    }

    /// `atol + rtol · |y|`, the larger of two states where there are two.
    pub(super) fn scale(&mut self, tolerances: Tolerances, y: &Val, other: Option<&Val>) -> Val {
        let mut size = y.map(|x| self.b.unary(Unary::Abs, x));
        if let Some(other) = other {
            let other = other.map(|x| self.b.unary(Unary::Abs, x));
            size = self.zip(&size, &other, &mut |this, x, y| this.b.binary(Binary::Max, x, y));
        }
        let relative = Val::Array(tolerances.relative);
        let size = self.arith(hir::Arith::Mul, &relative, &size);
        self.arith(hir::Arith::Add, &Val::Array(tolerances.absolute), &size)
    }

    /// The root mean square of `x / scale`.
    pub(super) fn norm(&mut self, x: &Val, scale: &Val) -> Value {
        let ratio = self.zip(x, scale, &mut |this, x, y| this.b.binary(Binary::Div, x, y));
        let squares = ratio.map(|x| self.b.binary(Binary::Mul, x, x));
        let entries: u64 = ratio.leaves().iter().map(|&leaf| self.b.ty(leaf).entries()).sum();
        let sum = self.total(&squares);
        let entries = self.working(entries.max(1) as f64);
        let mean = self.b.binary(Binary::Div, sum, entries);
        self.b.unary(Unary::Sqrt, mean)
    }

    /// The sum of all entries.
    pub(super) fn total(&mut self, x: &Val) -> Value {
        let mut total = None;
        for leaf in x.leaves() {
            let ty = self.b.ty(leaf);
            let sum = if ty.shape.is_empty() {
                leaf
            } else {
                let entries = ty.entries();
                let flat = self.b.reshape(leaf, &[entries]);
                self.b.sum(flat)
            };
            total = Some(match total {
                None => sum,
                Some(total) => self.b.binary(Binary::Add, total, sum),
            });
        }
        total.unwrap_or_else(|| self.working(0.0))
    }

    /// A number in the precision of the program: norms and the controller, whose errors need no more
    /// digits, are as wide as the state.
    pub(super) fn working(&mut self, x: f64) -> Value {
        self.b.float(self.sizes.float, x)
    }

    /// A number in double precision.
    pub(super) fn double(&mut self, x: f64) -> Value {
        self.b.float(Scalar::F64, x)
    }
}

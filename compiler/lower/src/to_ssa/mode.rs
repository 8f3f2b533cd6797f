//! Where a function of a vector is largest, by Newton's method with damping.
//!
//! ```text
//! while the step is long:
//!     at better points  x ← candidate, damping falls;  at worse ones it rises
//!     step ← (−∂²h + damping · D)⁻¹ ∂h,  or along ∂h where that leads down
//!     candidate ← x + step
//! ```
//!
//! The function is written once, with slope and curvature, and evaluated once a step. What the mode depends
//! on is said by `implicit`: that the slope is zero.

use sdec_ad::directions::along_entries;
use sdec_base::Span;
use sdec_ssa::{Binary, Builder, Compare, Extremum, Func, Scalar, Unary, Value, inline, outline};

use super::Lowerer;
use super::derivative::no_derivative;
use super::types::Result;
use super::value::Val;

/// Evaluations after which there is no mode to be found.
const STEPS: u64 = 200;

impl Lowerer<'_> {
    /// Where `height`, a function of a vector, is largest, from `guess` on; not finite if that is not found.
    pub(super) fn mode(&mut self, height: &Val, guess: &Val, at: Span) -> Result<Val> {
        let start = guess.array();
        let vector = self.b.ty(start).clone();
        if vector.shape == [0] {
            return Ok(guess.clone());
        }
        let x = self.b.open_region(std::slice::from_ref(&vector))[0];
        let value = self.call(height, vec![Val::Array(x)], at);
        let region = self.b.close_region(value.iter().map(Val::array).collect());
        value?;
        let (height, captured) = outline(&self.b, "height", region);
        let x = self.b.open_region(std::slice::from_ref(&vector))[0];
        let args = [&[x], captured.as_slice()].concat();
        let slope = along_entries(&mut self.b, &height, &args, &[0], 0);
        let results = slope.as_ref().map(|(values, slope)| vec![*slope, values[0]]);
        let region = self.b.close_region(results.unwrap_or_default());
        slope.map_err(|error| no_derivative(&error, at))?;
        let (slope, captured) = outline(&self.b, "slope", region);

        let fixed: Vec<Value> = captured.iter().map(|&value| self.stopped(value)).collect();
        let start = self.stopped(start);
        // Whether it can be differentiated a second time is known before the loop is written.
        sdec_ad::jvp::run(&slope, &[0]).map_err(|error| no_derivative(&error, at))?;
        let found = climb(&mut self.b, &slope, start, &fixed);
        let x = self.b.open_region(&[vector])[0];
        let zero = inline(&mut self.b, &slope, &[&[x], captured.as_slice()].concat());
        let region = self.b.close_region(vec![zero[0]]);
        Ok(Val::Array(self.b.implicit(found, region)))
    }
}

/// What is known at a point.
struct Point {
    x: Value,
    height: Value,
    slope: Value,
    bend: Value,
}

/// Newton's method from `start`; NaN unless its steps have become short.
fn climb(f: &mut Builder, func: &Func, start: Value, fixed: &[Value]) -> Value {
    let vector = f.ty(start).clone();
    let (n, scalar) = (vector.shape[0], vector.scalar);
    // The next step would be about the square of the last one.
    let tolerance = if scalar == Scalar::F32 { 1e-4 } else { 1e-9 };
    let go = f.bool(true);
    let low = f.float(scalar, f64::NEG_INFINITY);
    let still = f.filled(&vector, 0.0);
    let flat = f.broadcast(still, &[n]);
    let none = f.float(scalar, 0.0);
    let init = vec![go, start, start, low, still, flat, none];
    let last = f.while_loop(STEPS, init, |f, _, carries| {
        let &[_, at, x, height, slope, bend, damping] = carries else {
            unreachable!("as many carries as before")
        };
        let args = [&[at], fixed].concat();
        let (values, new) = along_entries(f, func, &args, &[0], 0).expect("known to have one");
        let found = Point { x: at, height: values[1], slope: values[0], bend: new };
        let (better, best) = Point { x, height, slope, bend }.or(f, found);
        let damping = damped(f, better, damping);
        let step = best.step(f, damping);
        let next = f.binary(Binary::Add, best.x, step);
        let (moved, size) = (largest(f, step), largest(f, next));
        let one = f.float(scalar, 1.0);
        let size = f.binary(Binary::Max, size, one);
        let tolerance = f.float(scalar, tolerance);
        let short = f.binary(Binary::Mul, tolerance, size);
        let go = f.compare(Compare::Gt, moved, short);
        vec![go, next, best.x, best.height, best.slope, best.bend, damping]
    });
    let (lost, nan) = (f.broadcast(last[0], &[n]), f.filled(&vector, f64::NAN));
    f.select(lost, nan, last[1])
}

/// Less after a step that led up, more after one that did not.
fn damped(f: &mut Builder, better: Value, damping: Value) -> Value {
    let scalar = f.ty(damping).scalar;
    let [tenth, ten, least, none] = [0.1, 10.0, 1e-3, 0.0].map(|x| f.float(scalar, x));
    let less = f.binary(Binary::Mul, damping, tenth);
    let small = f.compare(Compare::Lt, less, least);
    let less = f.select(small, none, less);
    let more = f.binary(Binary::Mul, damping, ten);
    let more = f.binary(Binary::Max, more, least);
    f.select(better, less, more)
}

impl Point {
    /// The other one unless it is lower, and whether. Heights that differ by rounding are equal.
    fn or(self, f: &mut Builder, other: Self) -> (Value, Self) {
        let scalar = f.ty(self.height).scalar;
        let rounding = if scalar == Scalar::F32 { 1e-5 } else { 1e-12 };
        let (one, rounding) = (f.float(scalar, 1.0), f.float(scalar, rounding));
        let size = f.unary(Unary::Abs, self.height);
        let size = f.binary(Binary::Max, size, one);
        let slack = f.binary(Binary::Mul, rounding, size);
        let bar = f.binary(Binary::Sub, self.height, slack);
        let better = f.compare(Compare::Ge, other.height, bar);
        let mut choose = |new: Value, old: Value| {
            let shape = f.ty(new).shape.clone();
            let better = f.broadcast(better, &shape);
            f.select(better, new, old)
        };
        let best = Self {
            x: choose(other.x, self.x),
            height: choose(other.height, self.height),
            slope: choose(other.slope, self.slope),
            bend: choose(other.bend, self.bend),
        };
        (better, best)
    }

    /// The step from here.
    fn step(&self, f: &mut Builder, damping: Value) -> Value {
        let n = f.ty(self.x).shape[0];
        let scalar = f.ty(self.x).scalar;
        // Entries that differ by orders of magnitude are damped each by its own curvature.
        let diagonal = f.map(n, |f, i| {
            let row = f.index(self.bend, i);
            vec![f.index(row, i)]
        })[0];
        let (size, one) = (f.unary(Unary::Abs, diagonal), f.filled(&f.ty(self.x).clone(), 1.0));
        let size = f.binary(Binary::Add, size, one);
        let damping = f.broadcast(damping, &[n]);
        let added = f.binary(Binary::Mul, damping, size);
        let added = f.broadcast(added, &[n]);
        let unit = unit(f, n, scalar);
        let added = f.binary(Binary::Mul, added, unit);
        let matrix = f.binary(Binary::Sub, added, self.bend);
        let newton = f.solve(matrix, self.slope);
        let rise = f.binary(Binary::Mul, newton, self.slope);
        let rise = f.sum(rise);
        let zero = f.float(scalar, 0.0);
        // A matrix that is not positive definite may lead down, a singular one nowhere.
        let up = f.compare(Compare::Ge, rise, zero);
        let along = f.binary(Binary::Div, self.slope, size);
        let up = f.broadcast(up, &[n]);
        f.select(up, newton, along)
    }
}

/// The unit matrix.
fn unit(f: &mut Builder, n: u64, scalar: Scalar) -> Value {
    f.map(n, |f, i| {
        f.map(n, |f, j| {
            let same = f.compare(Compare::Eq, i, j);
            let (one, zero) = (f.float(scalar, 1.0), f.float(scalar, 0.0));
            vec![f.select(same, one, zero)]
        })
    })[0]
}

/// The size of the largest entry.
fn largest(f: &mut Builder, x: Value) -> Value {
    let sizes = f.unary(Unary::Abs, x);
    f.extremum(Extremum::Max, sizes)
}

//! The derivative of a reversible method's scheme: each step is undone, which gives the point before it,
//! and pulled back there.
//!
//! Undoing rounds, so that the start arrived at is compared with the start: where they differ by more
//! than the root of the machine's precision, relative to the largest state that was kept, the derivative
//! is not to be trusted. A stiff equation, whose steps contract, expands what is rounded when undone.

use sdec_ad::vjp;
use sdec_ssa::{Binary, Compare, Extremum, Func, Scalar, Type, Unary, Value, inline, outline};

use super::Lowerer;
use super::advance::{Point, System};
use super::backward::{Arrived, Backwards};
use super::derivative::no_derivative;
use super::steps::Steps;
use super::types::Result;
use super::value::Val;

/// A step of a method, cut out: of time, length, point and increment.
pub(super) struct Stride {
    func: Func,
    /// What it reads beside them: its last parameters.
    pub(super) captured: Vec<Value>,
}

impl<'a> Lowerer<'a> {
    /// The step that the solve repeats.
    pub(super) fn stride(
        &mut self,
        steps: &Steps<'a>,
        system: &System,
        like: &Point,
    ) -> Result<Stride> {
        let mut types = vec![Type::scalar(Scalar::F64), Type::scalar(self.sizes.float)];
        types.extend(like.leaves().iter().map(|&leaf| self.b.ty(leaf).clone()));
        types.extend(self.sizes.leaves(&system.noise));
        let params = self.b.open_region(&types);
        let mut rest = params[2..].iter().copied();
        let from = like.with_leaves(&mut rest);
        let w = self.assemble(&system.noise, &mut rest);
        let next = self.advance(steps.scheme, system, [params[0], params[1]], from, w);
        let leaves = next.as_ref().map(Point::leaves).unwrap_or_default();
        let region = self.b.close_region(leaves);
        next?;
        let (func, captured) = outline(&self.b, "step", region);
        Ok(Stride { func, captured })
    }

    /// The solve backwards.
    pub(super) fn reversible(
        &mut self,
        backwards: &Backwards<'_, 'a>,
        system: &System,
        stride: Stride,
    ) -> Result<Arrived> {
        let steps = backwards.steps;
        let Stride { func, captured } = stride;
        let last = &backwards.path.last;
        // Cotangents are those of the point's floats, in order.
        let floats: Vec<usize> = (0..last.leaves().len())
            .filter(|&leaf| self.b.ty(last.leaves()[leaf]).is_float())
            .collect();
        let own = func.params.len() - captured.len();
        let place = |value: &Value| captured.iter().position(|other| other == value);
        let places = backwards.read.iter().map(|value| place(value).expect("the step reads it"));
        let wrt = floats.iter().map(|leaf| 2 + leaf).chain(places.map(|at| own + at)).collect();
        let wrt: Vec<usize> = wrt;
        let pulled =
            vjp::run(&func, &wrt).map_err(|error| no_derivative(&error, backwards.span))?;

        let states = last.y.leaves().len();
        let mut cts = self.last_cotangent(backwards).leaves();
        for &leaf in floats.iter().filter(|&&leaf| leaf >= states) {
            let ty = self.b.ty(last.leaves()[leaf]).clone();
            cts.push(self.b.filled(&ty, 0.0));
        }
        let carry = Val::Parts(vec![last.y.clone(), last.carry.clone(), arrays(&cts)]);
        let (carry, read) = self.solve_back(backwards, carry, &mut |this, passed, at, sums| {
            let [y, carry, cts] = at.parts() else { unreachable!("the carry has three parts") };
            let mut cts = cts.leaves();
            let ct = y.with_leaves(&mut cts.iter().copied());
            let ct = this.at_kept(backwards, passed, &ct);
            cts.splice(..states, ct.leaves());
            let (t, w) = (passed.t, passed.w.clone());
            let h = this.b.convert(passed.length, this.sizes.float);
            let after = Point { y: y.clone(), carry: carry.clone() };
            let before = this.retreat(steps.scheme, system, [t, h], after, w.clone())?;
            let values = [vec![t, h], before.leaves(), w.leaves(), captured.clone(), cts].concat();
            let results = inline(&mut this.b, &pulled, &values);
            let (cts, read) = results[func.body.results.len()..].split_at(floats.len());
            let mut added = Vec::new();
            for (sum, &ct) in sums.leaves().into_iter().zip(read) {
                added.push(this.b.binary(Binary::Add, sum, ct));
            }
            Ok((Val::Parts(vec![before.y, before.carry, arrays(cts)]), arrays(&added)))
        })?;
        let drift = self.drift_of(backwards, &carry.parts()[0]);
        Ok(Arrived { point: carry.parts()[2].leaves(), read, results: vec![drift] })
    }

    /// Whether the start that was arrived at is another than the start, as one or zero, and how far it is
    /// away, relative to the largest kept state.
    fn drift_of(&mut self, backwards: &Backwards<'_, 'a>, arrived: &Val) -> Value {
        let float = self.sizes.float;
        let (tolerance, most) = match float {
            Scalar::F32 => (f64::from(f32::EPSILON).sqrt(), 1e30),
            Scalar::F64 | Scalar::I64 | Scalar::Bool => (f64::EPSILON.sqrt(), 1e300),
        };
        let first = self.flat(&backwards.path.first.y);
        let arrived = self.flat(arrived);
        let kept = self.flat(&backwards.path.kept);
        let both = self.b.concat(vec![first, kept]);
        let size = self.largest(both);
        let difference = self.b.binary(Binary::Sub, arrived, first);
        let difference = self.largest(difference);
        let [zero, one, most] = [0.0, 1.0, most].map(|x| self.b.float(float, x));
        let allowed = self.b.float(float, tolerance);
        let allowed = self.b.binary(Binary::Mul, allowed, size);
        // A difference that is not a number agrees with nothing.
        let agrees = self.b.compare(Compare::Le, difference, allowed);
        let differs = self.b.select(agrees, zero, one);
        let is_zero = self.b.compare(Compare::Eq, size, zero);
        let size = self.b.select(is_zero, one, size);
        let relative = self.b.binary(Binary::Div, difference, size);
        let is_finite = self.b.compare(Compare::Le, relative, most);
        let relative = self.b.select(is_finite, relative, most);
        self.b.stack(vec![differs, relative])
    }

    /// The largest absolute entry of a vector, not a number if any is none.
    fn largest(&mut self, vector: Value) -> Value {
        let zero = self.b.float(self.sizes.float, 0.0);
        if self.b.ty(vector).entries() == 0 {
            return zero;
        }
        let sizes = self.b.unary(Unary::Abs, vector);
        let largest = self.b.extremum(Extremum::Max, sizes);
        // An extremum passes over what is not a number; a sum of zeros does not.
        let ty = self.b.ty(vector).clone();
        let zeros = self.b.filled(&ty, 0.0);
        let marks = self.b.binary(Binary::Mul, sizes, zeros);
        let mark = self.b.sum(marks);
        self.b.binary(Binary::Add, largest, mark)
    }
}

fn arrays(values: &[Value]) -> Val {
    Val::Parts(values.iter().map(|&value| Val::Array(value)).collect())
}

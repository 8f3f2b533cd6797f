//! Impulses: what moves states at times of its own, events or jumps of a path. All of these times are points of
//! the grid: the start, or ends of steps.
//!
//! ```text
//! y ← y + Σₖ g(tₖ, y) Δₖ                               over the count[p] impulses at point p, from number first[p] on
//! c ← start(drift, diffusion, t, y)                    where the method carries something, and any is there
//! ```
//!
//! Each sees the state as it was before all of the same time. What is kept at a point is the state after them.

use sdec_hir as hir;
use sdec_ssa::{Binary, Compare, Scalar, Trips, Type, Value};

use super::advance::Point;
use super::env::Env;
use super::steps::Steps;
use super::types::Result;
use super::value::Val;
use super::{Binding, Lowerer, OfRow};

/// What an input that moves states gives along a grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImpulsesOf {
    /// The most at one time.
    pub most: u64,
    /// Of a path: the number of times at which it may jump. Of events of which each row has its own: the most that
    /// any has.
    pub times: u64,
}

/// Impulses along a grid.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Impulses {
    /// Number of points: the start, and the end of each step, or the landmarks where steps are chosen.
    pub points: u64,
    /// Of each input that moves states, in the order of the model; none where nothing happens.
    pub of: Vec<ImpulsesOf>,
}

/// An array that says when impulses are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum OfImpulses {
    /// The number of the first impulse of an input at each point: `i64[points]`.
    First(usize),
    /// How many there are: `i64[points]`.
    Count(usize),
    /// The start, and the times after it at which a path may jump: `f64[1 + times]`.
    Times(usize),
    /// The times of all points: `f64[points]`.
    Points,
    /// The points whose states are kept, of a solve whose steps are chosen: `i64[kept]`.
    Kept,
}

/// An input that moves states, in a program.
pub(super) struct Source<'a> {
    impulse: &'a hir::Impulse,
    first: Value,
    count: Value,
    most: u64,
    from: From,
}

/// What an impulse is.
enum From {
    /// One of these.
    Events(Val),
    /// How far this function of time has moved since the time before, `[1 + times]`.
    Path { function: Val, times: Value },
}

impl<'a> Lowerer<'a> {
    /// The parameters that say when impulses are.
    pub(super) fn sources(
        &mut self,
        model: &'a hir::Model,
        wanted: &Impulses,
        env: &Env,
    ) -> Result<Vec<Source<'a>>> {
        let mut sources = Vec::new();
        for (k, (impulse, of)) in model.impulses.iter().zip(&wanted.of).enumerate() {
            if of.most == 0 {
                continue;
            }
            let name = self.program.locals[impulse.input].name.clone();
            let ty = Type::array(Scalar::I64, &[wanted.points]);
            let names = ["first", "count"].map(|what| format!("{name}.{what}"));
            let own = self.legs.is_some();
            let mut of_points = |of_row, of_grid, name: &str| match own {
                true => self.own_parameter(of_row, name, ty.clone(), true),
                false => self.parameter(Binding::Impulses(of_grid), name, ty.clone()),
            };
            let first = of_points(OfRow::ImpulseFirst(k), OfImpulses::First(k), &names[0]);
            let count = of_points(OfRow::ImpulseCount(k), OfImpulses::Count(k), &names[1]);
            let input = &self.program.locals[impulse.input];
            let from = if let hir::Ty::Events(_) = input.ty {
                From::Events(self.eval(&impulse.times[0], env)?)
            } else {
                let times = Type::array(Scalar::F64, &[1 + of.times]);
                let binding = Binding::Impulses(OfImpulses::Times(k));
                let times = self.parameter(binding, &format!("{name}.times"), times);
                From::Path { function: self.local(impulse.input, env)?, times }
            };
            sources.push(Source { impulse, first, count, most: of.most, from });
        }
        Ok(sources)
    }

    /// The state after the impulses at a point, if `gate` holds, and how many those are.
    pub(super) fn moved(
        &mut self,
        steps: &Steps<'a>,
        at: Value,
        gate: Option<Value>,
        before: &Val,
    ) -> Result<(Val, Value)> {
        let zero = self.b.int(0);
        let (mut y, mut all) = (before.clone(), zero);
        for source in &steps.sources {
            let first = self.b.index(source.first, at);
            let mut count = self.b.index(source.count, at);
            if let Some(gate) = gate {
                count = self.b.select(gate, count, zero);
            }
            all = self.b.binary(Binary::Add, all, count);
            let carries = y.leaves();
            let mut types = vec![Type::scalar(Scalar::I64)];
            types.extend(carries.iter().map(|&carry| self.b.ty(carry).clone()));
            let params = self.b.open_region(&types);
            let sum = y.with_leaves(&mut params[1..].iter().copied());
            let number = self.b.binary(Binary::Add, first, params[0]);
            let next = self.moved_by(steps, source, number, before, &sum);
            let results = next.as_ref().map(Val::leaves).unwrap_or_default();
            let region = self.b.close_region(results);
            next?;
            let trips = Trips::Below(count);
            let moved = self.b.scan_some_of(source.most, trips, false, carries, Vec::new(), region);
            y = y.with_leaves(&mut moved.into_iter());
        }
        Ok((y, all))
    }

    /// What is added up with impulse `number` of a source, which sees the state `before`.
    fn moved_by(
        &mut self,
        steps: &Steps<'a>,
        source: &Source<'a>,
        number: Value,
        before: &Val,
        sum: &Val,
    ) -> Result<Val> {
        let float = self.sizes.float;
        let (t, increment, mark) = match &source.from {
            From::Events(events) => {
                let event = self.observation(events, &Val::Array(number));
                let one = Val::Array(self.b.float(float, 1.0));
                (event.parts()[0].array(), one, event.parts().get(1).cloned())
            }
            From::Path { function, times } => {
                let (function, times) = (function.clone(), *times);
                let one = self.b.int(1);
                let after = self.b.binary(Binary::Add, number, one);
                let [from, to] = [number, after].map(|k| self.b.index(times, k));
                let span = source.impulse.span;
                let [was, is] = [from, to].map(|t| {
                    let t = Val::Array(self.b.convert(t, float));
                    self.call(&function, vec![t], span)
                });
                let ty = &self.program.locals[source.impulse.increment].ty;
                let scope = self.scope.as_ref().expect("impulses are met in a solve");
                let ty = self.sizes.concrete(ty, &scope.env.generics);
                let [was, is] = [was?, is?].map(|value| self.materialise_concrete(&value, &ty));
                (to, self.arith(hir::Arith::Sub, &is, &was), None)
            }
        };
        let (model, mut env) = self.along_path(&[Val::Array(t), before.clone()])?;
        for impulse in &model.impulses {
            env.bind(impulse.increment, Val::Zero);
            if let Some(mark) = impulse.mark {
                env.bind(mark, Val::Zero);
            }
        }
        env.bind(source.impulse.increment, increment);
        if let (Some(local), Some(mark)) = (source.impulse.mark, mark) {
            env.bind(local, mark);
        }
        let hir::Ty::Record(fields) = &steps.state else { unreachable!("states are a record") };
        let mut states = Vec::new();
        for ((equation, state), (_, ty)) in model.equations.iter().zip(sum.parts()).zip(fields) {
            states.push(match &equation.jumps {
                Some(jumps) => {
                    let by = self.eval(jumps, &env)?;
                    let next = self.arith(hir::Arith::Add, state, &by);
                    self.conform(&next, ty)
                }
                None => state.clone(),
            });
        }
        Ok(Val::Parts(states))
    }

    /// The point after the impulses at a point of the grid, at time `t`, if `gate` holds. What a method keeps is
    /// made again where there are any.
    pub(super) fn landed(
        &mut self,
        steps: &Steps<'a>,
        (at, t): (Value, Value),
        gate: Option<Value>,
        from: Point,
    ) -> Result<Point> {
        if steps.sources.is_empty() {
            return Ok(from);
        }
        let before = self.states_of(&from.y);
        let (after, count) = self.moved(steps, at, gate, &before)?;
        let y = self.carried(&after);
        if steps.scheme.method.start.is_none() {
            return Ok(Point { y, ..from });
        }
        let [none, one] = [0, 1].map(|n| self.b.int(n));
        let any = self.b.compare(Compare::Gt, count, none);
        let again = self.b.select(any, one, none);
        let carries = from.carry.leaves();
        let mut types = vec![Type::scalar(Scalar::I64)];
        types.extend(carries.iter().map(|&carry| self.b.ty(carry).clone()));
        self.b.open_region(&types);
        let system = self.system(steps);
        let begun = self.begin(steps.scheme, &system, t, y.clone());
        let results = begun.as_ref().map(|point| point.carry.leaves()).unwrap_or_default();
        let region = self.b.close_region(results);
        begun?;
        let trips = Trips::Below(again);
        let carry = self.b.scan_some_of(1, trips, false, carries, Vec::new(), region);
        Ok(Point { y, carry: from.carry.with_leaves(&mut carry.into_iter()) })
    }
}

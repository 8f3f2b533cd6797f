//! Loops, reductions and branches.

use sdec_base::{Diagnostic, Span};
use sdec_hir::{self as hir, IndexSet, Pattern, Reducer, Ty};
use sdec_ssa::{Binary, Compare, Emit, Extremum, Region, Scalar, Type, Unary, Value};

use super::Lowerer;
use super::env::Env;
use super::series::{Observations, refuse_several};
use super::types::Result;
use super::value::Val;

/// Folds of at most so many steps are written out: the layers of most nets.
const UNROLLED: u64 = 4;

impl Lowerer<'_> {
    /// `for pattern: set. body`
    pub(super) fn for_table(
        &mut self,
        pattern: &Pattern,
        set: &IndexSet,
        body: &hir::Expr,
        env: &Env,
    ) -> Result<Val> {
        let seen = self.observations(set, env)?;
        let table = self.table_over(pattern, set, seen, body, env)?;
        Ok(match seen {
            Some(seen) => Self::series_of(seen, table),
            None => table,
        })
    }

    /// What the body of a loop is for each index.
    fn table_over(
        &mut self,
        pattern: &Pattern,
        set: &IndexSet,
        seen: Option<Observations>,
        body: &hir::Expr,
        env: &Env,
    ) -> Result<Val> {
        let extents = match seen {
            Some(seen) => vec![seen.rows],
            None => self.extents(set, env),
        };
        self.nest(&extents, &mut Vec::new(), &mut |this, numbers| {
            let index = this.sizes.index_of(set, &env.generics, &mut numbers.iter().copied());
            let mut env = env.clone();
            this.bind(pattern, &index, &Ty::Error, &mut env);
            let value = this.eval(body, &env)?;
            Ok(this.materialise(&value, &body.ty, &env))
        })
    }

    /// Nested maps over `extents`; `body` gets the index on each.
    fn nest(
        &mut self,
        extents: &[u64],
        index: &mut Vec<Value>,
        body: &mut dyn FnMut(&mut Self, &[Value]) -> Result<Val>,
    ) -> Result<Val> {
        let Some((&extent, inner)) = extents.split_first() else { return body(self, index) };
        let params = self.b.open_region(&[Type::scalar(Scalar::I64)]);
        index.push(params[0]);
        let row = self.nest(inner, index, body);
        index.pop();
        // The region is closed before an error leaves, so that enclosing regions stay in step.
        let region = self.b.close_region(row.as_ref().map(Val::leaves).unwrap_or_default());
        let row = row?;
        let mut stacked = self.b.map_of(extent, region).into_iter();
        Ok(row.with_leaves(&mut stacked))
    }

    /// `sum pattern: set. body` and its kin.
    pub(super) fn reduce(
        &mut self,
        reducer: Reducer,
        pattern: &Pattern,
        set: &IndexSet,
        body: &hir::Expr,
        whole: &hir::Expr,
        env: &Env,
    ) -> Result<Val> {
        let seen = self.observations(set, env)?;
        let table = self.table_over(pattern, set, seen, body, env)?;
        if let Some(seen) = seen {
            let table = self.only_observed(&table, seen, reducer);
            return Ok(self.reduced(reducer, &table, &[seen.rows], Some(seen.count), set, env));
        }
        let extents = self.extents(set, env);
        // A product set is reduced over all its axes at once.
        let entries: u64 = extents.iter().product();
        let table = table.map(|array| {
            let rest = self.b.ty(array).shape[extents.len()..].to_vec();
            self.b.reshape(array, &[&[entries], rest.as_slice()].concat())
        });
        if entries == 0 {
            match reducer {
                Reducer::Sum | Reducer::Prod => {}
                Reducer::All | Reducer::Any => {
                    return Ok(Val::Array(self.b.bool(reducer == Reducer::All)));
                }
                Reducer::Mean
                | Reducer::Max
                | Reducer::Min
                | Reducer::LogSumExp
                | Reducer::ArgMax
                | Reducer::ArgMin => {
                    return Err(Box::new(nothing_to_reduce(reducer, whole.span)));
                }
            }
        }
        Ok(self.reduced(reducer, &table, &extents, None, set, env))
    }

    /// A reduction over the first axis of a table. `count` is how many of its rows count, where not all do.
    fn reduced(
        &mut self,
        reducer: Reducer,
        table: &Val,
        extents: &[u64],
        count: Option<Value>,
        set: &IndexSet,
        env: &Env,
    ) -> Val {
        match reducer {
            Reducer::Sum => table.map(|array| self.b.sum(array)),
            Reducer::Mean => table.map(|array| self.mean(array, count)),
            Reducer::Prod => table.map(|array| self.b.product(array)),
            Reducer::Max => table.map(|array| self.b.extremum(Extremum::Max, array)),
            Reducer::Min => table.map(|array| self.b.extremum(Extremum::Min, array)),
            Reducer::LogSumExp => table.map(|array| self.log_sum_exp(array)),
            Reducer::ArgMax | Reducer::ArgMin => {
                let which = if reducer == Reducer::ArgMax { Extremum::Max } else { Extremum::Min };
                let flat = self.b.arg_extremum(which, table.array());
                let numbers = self.digits(flat, extents);
                self.sizes.index_of(set, &env.generics, &mut numbers.into_iter())
            }
            Reducer::All => table.map(|array| self.truth(Extremum::Min, array)),
            Reducer::Any => table.map(|array| self.truth(Extremum::Max, array)),
        }
    }

    fn mean(&mut self, array: Value, count: Option<Value>) -> Value {
        let n = self.b.ty(array).shape[0];
        let total = self.b.sum(array);
        let ty = self.b.ty(total).clone();
        let count = match count {
            Some(count) => {
                let count = self.b.convert(count, ty.scalar);
                self.b.broadcast(count, &ty.shape)
            }
            None => self.b.filled(&ty, n as f64),
        };
        self.b.binary(Binary::Div, total, count)
    }

    /// `m + log Σ exp(x − m)` with `m = max x`, or 0 where that is infinite.
    fn log_sum_exp(&mut self, array: Value) -> Value {
        let n = self.b.ty(array).shape[0];
        let largest = self.b.extremum(Extremum::Max, array);
        let largest = self.b.unary(Unary::StopGradient, largest);
        let ty = self.b.ty(largest).clone();
        let infinite = self.b.filled(&ty, f64::INFINITY);
        let size = self.b.unary(Unary::Abs, largest);
        let finite = self.b.compare(Compare::Lt, size, infinite);
        let zero = self.b.filled(&ty, 0.0);
        let shift = self.b.select(finite, largest, zero);
        let shifts = self.b.broadcast(shift, &[n]);
        let shifted = self.b.binary(Binary::Sub, array, shifts);
        let powers = self.b.unary(Unary::Exp, shifted);
        let total = self.b.sum(powers);
        let log = self.b.unary(Unary::Log, total);
        self.b.binary(Binary::Add, shift, log)
    }

    /// `all` by the smallest, `any` by the largest of 0 and 1.
    fn truth(&mut self, which: Extremum, array: Value) -> Value {
        let float = self.sizes.float;
        let ty = Type { scalar: float, ..self.b.ty(array).clone() };
        let (one, zero) = (self.b.filled(&ty, 1.0), self.b.filled(&ty, 0.0));
        let numbers = self.b.select(array, one, zero);
        let found = self.b.extremum(which, numbers);
        let ty = self.b.ty(found).clone();
        let half = self.b.filled(&ty, 0.5);
        self.b.compare(Compare::Gt, found, half)
    }

    /// The number on each axis of the index with this row-major number.
    fn digits(&mut self, number: Value, extents: &[u64]) -> Vec<Value> {
        if extents.len() == 1 {
            return vec![number];
        }
        let mut numbers = Vec::new();
        for axis in 0..extents.len() {
            let coordinates = self.coordinates(extents, axis);
            numbers.push(self.b.index(coordinates, number));
        }
        numbers
    }

    /// Coordinate `axis` of every index of a product set, by row-major number.
    fn coordinates(&mut self, extents: &[u64], axis: usize) -> Value {
        let inner: u64 = extents[axis + 1..].iter().product();
        let outer: u64 = extents[..axis].iter().product();
        let line = self.b.map(extents[axis], |b, k| vec![b.broadcast(k, &[inner])])[0];
        let block = self.b.broadcast(line, &[outer]);
        let entries = extents.iter().product();
        self.b.reshape(block, &[entries])
    }

    /// `fold(set, init, f)`, or `scan` which keeps every state.
    pub(super) fn fold(
        &mut self,
        set: &IndexSet,
        init: &hir::Expr,
        f: &hir::Expr,
        keep: bool,
        whole: &hir::Expr,
        env: &Env,
    ) -> Result<Val> {
        refuse_several(&init.ty, "a loop that carries a series", init.span)?;
        let seen = self.observations(set, env)?;
        let extents = match seen {
            Some(seen) => vec![seen.rows],
            None => self.extents(set, env),
        };
        let extent = extents.iter().product();
        let first = self.eval(init, env)?;
        let first = self.materialise(&first, &init.ty, env);
        let f = self.eval(f, env)?;
        if !keep && seen.is_none() && extents.len() == 1 && extent <= UNROLLED {
            return self.unrolled(extent, first, &f, &init.ty, whole, env);
        }
        let carries = first.leaves();
        let mut types = vec![Type::scalar(Scalar::I64)];
        types.extend(carries.iter().map(|&carry| self.b.ty(carry).clone()));
        let coordinates: Vec<Value> = match extents.len() {
            1 => Vec::new(),
            axes => (0..axes).map(|axis| self.coordinates(&extents, axis)).collect(),
        };
        let params = self.b.open_region(&types);
        let state = first.with_leaves(&mut params[1..].iter().copied());
        let numbers: Vec<Value> = match coordinates.as_slice() {
            [] => vec![params[0]],
            axes => axes.iter().map(|&axis| self.b.index(axis, params[0])).collect(),
        };
        let index = self.sizes.index_of(set, &env.generics, &mut numbers.into_iter());
        let next = self.call(&f, vec![index, state], whole.span);
        let next = next.map(|next| self.materialise(&next, &init.ty, env));
        let mut results = next.as_ref().map(Val::leaves).unwrap_or_default();
        let emits = if keep { vec![Emit::Every; results.len()] } else { Vec::new() };
        if keep {
            results.extend(results.clone());
        }
        let region = self.b.close_region(results);
        next?;
        let n = carries.len();
        let trips = self.trips(seen);
        let all = self.b.scan_some_of(extent, trips, false, carries, emits, region);
        let wanted = if keep { &all[n..] } else { &all[..n] };
        let value = first.with_leaves(&mut wanted.iter().copied());
        if let (Some(seen), true) = (seen, keep) {
            let values = value.map(|array| self.repeated(seen, array));
            return Ok(Self::series_of(seen, values));
        }
        Ok(if keep && extents.len() > 1 {
            value.map(|array| {
                let rest = self.b.ty(array).shape[1..].to_vec();
                self.b.reshape(array, &[extents.as_slice(), &rest].concat())
            })
        } else {
            value
        })
    }

    /// A short fold, step after step: no loop, and nothing to keep for a derivative but the steps' own.
    fn unrolled(
        &mut self,
        extent: u64,
        first: Val,
        f: &Val,
        ty: &Ty,
        whole: &hir::Expr,
        env: &Env,
    ) -> Result<Val> {
        let mut state = first;
        for k in 0..extent {
            let index = Val::Array(self.b.int(i64::try_from(k).expect("short folds")));
            let next = self.call(f, vec![index, state], whole.span)?;
            state = self.materialise(&next, ty, env);
        }
        Ok(state)
    }

    /// `if condition then … else …`
    pub(super) fn branch(
        &mut self,
        condition: &hir::Expr,
        then: &hir::Expr,
        otherwise: &hir::Expr,
        whole: &hir::Expr,
        env: &Env,
    ) -> Result<Val> {
        let condition = self.eval(condition, env)?.array();
        self.choose(condition, whole, env, &mut |this, first| {
            this.eval(if first { then } else { otherwise }, env)
        })
    }

    /// The value of one of two branches; `branch` evaluates the first (`true`) or the second.
    fn choose(
        &mut self,
        condition: Value,
        whole: &hir::Expr,
        env: &Env,
        branch: &mut dyn FnMut(&mut Self, bool) -> Result<Val>,
    ) -> Result<Val> {
        refuse_several(&whole.ty, "a choice between series", whole.span)?;
        let mut region = |this: &mut Self, first| -> Result<(Val, Region)> {
            this.b.open_region(&[]);
            let value = branch(this, first).map(|value| this.materialise(&value, &whole.ty, env));
            let leaves = value.as_ref().map(Val::leaves).unwrap_or_default();
            let region = this.b.close_region(leaves);
            Ok((value?, region))
        };
        let (value, then) = region(self, true)?;
        let (_, otherwise) = region(self, false)?;
        let mut results = self.b.if_of(condition, then, otherwise).into_iter();
        Ok(value.with_leaves(&mut results))
    }

    /// `condition ? x : y`, one condition for all entries.
    pub(super) fn select_all(&mut self, condition: Value, x: Value, y: Value) -> Value {
        let shape = self.b.ty(x).shape.clone();
        let condition = self.b.broadcast(condition, &shape);
        self.b.select(condition, x, y)
    }

    /// A constructor applied.
    pub(super) fn construct(
        &mut self,
        adt: hir::AdtId,
        constructor: usize,
        args: &[hir::Expr],
        whole: &hir::Expr,
        env: &Env,
    ) -> Result<Val> {
        refuse_several(&whole.ty, "a series within a constructor", whole.span)?;
        let ty = self.sizes.concrete(&whole.ty, &env.generics);
        let Ty::Adt(_, ty_args) = &ty else { unreachable!("a constructor makes its type") };
        let tag = self.b.int(i64::try_from(constructor).expect("few constructors"));
        let mut payloads = Vec::new();
        for (k, tys) in self.sizes.payloads(adt, ty_args).iter().enumerate() {
            let mut payload = Vec::new();
            for (j, ty) in tys.iter().enumerate() {
                payload.push(if k == constructor {
                    let value = self.eval(&args[j], env)?;
                    self.materialise_concrete(&value, ty)
                } else {
                    self.filled(ty, 0.0)
                });
            }
            payloads.push(payload);
        }
        Ok(Val::Tagged { tag, payloads })
    }

    /// `case scrutinee of arms`: a chain of branches on the number of the constructor.
    pub(super) fn case(
        &mut self,
        scrutinee: &hir::Expr,
        arms: &[hir::Arm],
        whole: &hir::Expr,
        env: &Env,
    ) -> Result<Val> {
        let value = self.eval(scrutinee, env)?;
        self.arms(&value, &scrutinee.ty, arms, whole, env)
    }

    fn arms(
        &mut self,
        value: &Val,
        ty: &Ty,
        arms: &[hir::Arm],
        whole: &hir::Expr,
        env: &Env,
    ) -> Result<Val> {
        let (arm, rest) = arms.split_first().expect("a case has arms");
        let mut inner = env.clone();
        let test = if rest.is_empty() { None } else { self.matches(&arm.pattern, value) };
        self.bind(&arm.pattern, value, ty, &mut inner);
        match test {
            None => self.eval(&arm.body, &inner),
            Some(test) => self.choose(test, whole, env, &mut |this, first| {
                if first {
                    this.eval(&arm.body, &inner)
                } else {
                    this.arms(value, ty, rest, whole, env)
                }
            }),
        }
    }

    /// Whether a value has the constructors that a pattern names; `None` if it names none.
    fn matches(&mut self, pattern: &Pattern, value: &Val) -> Option<Value> {
        match (pattern, value) {
            (Pattern::Constructor(_, k, patterns), Val::Tagged { tag, payloads }) => {
                let number = self.b.int(i64::try_from(*k).expect("few constructors"));
                let mut test = self.b.compare(Compare::Eq, *tag, number);
                for (pattern, part) in patterns.iter().zip(&payloads[*k]) {
                    if let Some(inner) = self.matches(pattern, part) {
                        test = self.b.binary(Binary::And, test, inner);
                    }
                }
                Some(test)
            }
            (Pattern::Tuple(patterns), Val::Parts(parts)) => {
                let mut all = None;
                for (pattern, part) in patterns.iter().zip(parts) {
                    all = match (all, self.matches(pattern, part)) {
                        (Some(a), Some(b)) => Some(self.b.binary(Binary::And, a, b)),
                        (a, b) => a.or(b),
                    };
                }
                all
            }
            (
                Pattern::Bind(_)
                | Pattern::Wild
                | Pattern::Record(_)
                | Pattern::Tuple(_)
                | Pattern::Constructor(..),
                _,
            ) => None,
        }
    }
}

/// A mean or an extremum of nothing.
fn nothing_to_reduce(reducer: Reducer, at: Span) -> Diagnostic {
    let what = match reducer {
        Reducer::Mean => "mean",
        Reducer::LogSumExp => "logsumexp",
        Reducer::Max | Reducer::ArgMax => "largest entry",
        Reducer::Min | Reducer::ArgMin => "smallest entry",
        Reducer::Sum | Reducer::Prod | Reducer::All | Reducer::Any => "value",
    };
    Diagnostic::error("E0321", format!("there is no {what} of nothing"), at)
        .label(at, "the index set is empty, with the sizes of this run")
        .note("`sum` over nothing is 0, `prod` 1, `all` true and `any` false; the others have no value there")
}

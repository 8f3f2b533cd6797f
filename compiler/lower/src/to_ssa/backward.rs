//! Derivatives of a path's value by a solve backwards, in memory that does not grow with the steps.
//!
//! ```text
//! x, θ ← start(p)                          start state and what the steps read, of parameters p
//! y, kept ← scan over steps from x         as without derivatives: nothing more is stored
//! v ← objective(kept, p)
//! kept̄, p̄ ← vjp of objective at 1
//! ȳ, θ̄ ← 0
//! for k in steps, last first:
//!     ȳ ← ȳ + kept̄[rows[k]]                where rows[k] ≥ 0
//!     y, ȳ, θ̄ ← the mode's step back
//! p̄ ← p̄ + vjp of start at (ȳ, θ̄)
//! ```
//!
//! `start` and `objective` are slices of the program that the solve without derivatives is. The noise
//! of step `k` is drawn again by its number. The cotangents `θ̄` are summed in working precision over
//! blocks of 16 steps, by the number of the step, and the blocks in double precision. Where steps were
//! chosen, those that were accepted are gone through: see `retrace.rs`.

use std::collections::BTreeSet;

use sdec_ad::vjp;
use sdec_base::Span;
use sdec_ssa::{Binary, Compare, Scalar, Type, Value, dependents, inline, slice};

use super::derivative::no_derivative;
use super::solve::{Grid, Path};
use super::steps::{Normals, Steps};
use super::types::Result;
use super::value::Val;
use super::{Binding, Lowerer};
use crate::BLOCK;

/// Derivatives of a value by a solve backwards.
#[derive(Clone, Debug)]
pub struct Backward {
    /// What a step back is.
    pub mode: Mode,
    /// With respect to what, as far as the program reads it.
    pub wrt: Vec<Binding>,
    /// What asks for them.
    pub span: Span,
}

/// What a step back is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// A step of the adjoint equation.
    Adjoint,
    /// The method's step undone and pulled back. The program has one more result, `[2]`: whether the
    /// start was missed, as one or zero, and by how much of the state's size.
    Reversible,
}

/// What a solve backwards begins with, and what it is told on the way.
pub(super) struct Backwards<'s, 'a> {
    pub(super) steps: &'s Steps<'a>,
    pub(super) grid: Grid,
    pub(super) path: &'s Path,
    /// The cotangents of the kept states: `[kept, …]`.
    kept_cotangents: Val,
    /// Values of the program, beside states, that the steps read and parameters flow into.
    pub(super) read: Vec<Value>,
    pub(super) span: Span,
}

/// What a solve backwards ends with.
pub(super) struct Arrived {
    /// The cotangents of the floats of the point at the start.
    pub(super) point: Vec<Value>,
    /// The cotangents of what the steps read.
    pub(super) read: Vec<Value>,
    /// What the program gives beside derivatives.
    pub(super) results: Vec<Value>,
}

/// A step of the way forward, met on the way back.
pub(super) struct Passed {
    /// Its start, in double precision.
    pub(super) t: Value,
    /// Its length, in double precision.
    pub(super) length: Value,
    /// The increment of the noise.
    pub(super) w: Val,
    /// Whether the state after it was kept, and in which row; none if only the last one was.
    pub(super) kept: Option<(Value, Value)>,
}

/// A step back: from the carry after a step and the sums so far to those before it.
pub(super) type StepBack<'f, 'a> =
    dyn FnMut(&mut Lowerer<'a>, &Passed, Val, Val) -> Result<(Val, Val)> + 'f;

impl<'a> Lowerer<'a> {
    /// Derivatives of `value` with respect to each parameter in `wrt` that the program has.
    pub(super) fn derivatives(
        &mut self,
        backward: &Backward,
        steps: &Steps<'a>,
        grid: Grid,
        path: &Path,
        value: Value,
    ) -> Result<Vec<Value>> {
        let span = backward.span;
        let bound = |binding| self.bound.get(binding).copied();
        let wrt: Vec<Value> = backward.wrt.iter().filter_map(bound).collect();

        let inputs = [path.kept.leaves().as_slice(), &wrt].concat();
        let one = self.b.float(self.sizes.float, 1.0);
        let cotangents = self.pull_back_through(&inputs, &[value], &[one], span)?;
        let (kept, direct) = cotangents.split_at(inputs.len() - wrt.len());

        let kept_cotangents = path.kept.with_leaves(&mut kept.iter().copied());
        let active = dependents(&self.b, &wrt);
        let read = |this: &Self, captured: BTreeSet<Value>| -> Vec<Value> {
            let is_float = |value: &&Value| this.b.ty(**value).is_float();
            captured.intersection(&active).filter(is_float).copied().collect()
        };
        let mut backwards =
            Backwards { steps, grid, path, kept_cotangents, read: Vec::new(), span };
        let arrived = match backward.mode {
            Mode::Adjoint => {
                let system = self.stratonovich(steps);
                let fields = self.fields(&system, span)?;
                let captured = fields.iter().flat_map(|field| &field.captured).copied().collect();
                backwards.read = read(self, captured);
                self.adjoint(&backwards, &system, fields)?
            }
            Mode::Reversible => {
                let system = self.system(steps);
                let stride = self.stride(steps, &system, &path.first)?;
                backwards.read = read(self, stride.captured.iter().copied().collect());
                self.reversible(&backwards, &system, stride)?
            }
        };

        let mut point = arrived.point;
        self.add_first(&backwards, &mut point);
        let starts = match backward.mode {
            Mode::Adjoint => path.first.y.leaves(),
            Mode::Reversible => path.first.leaves(),
        };
        let is_float = |value: &Value| self.b.ty(*value).is_float();
        let starts: Vec<Value> = starts.into_iter().filter(is_float).collect();
        let outputs = [starts.as_slice(), &backwards.read].concat();
        let seeds = [point.as_slice(), &arrived.read].concat();
        let through_start = self.pull_back_through(&wrt, &outputs, &seeds, span)?;
        let both = direct.iter().zip(through_start);
        let sums = both.map(|(&direct, rest)| self.b.binary(Binary::Add, direct, rest));
        let mut results: Vec<Value> = sums.collect();
        results.extend(arrived.results);
        Ok(results)
    }

    /// The cotangents of `inputs` given those of `outputs`, by the operations between them.
    fn pull_back_through(
        &mut self,
        inputs: &[Value],
        outputs: &[Value],
        cotangents: &[Value],
        at: Span,
    ) -> Result<Vec<Value>> {
        let (func, captured) = slice(&self.b, "part", inputs, outputs);
        let all: Vec<usize> = (0..inputs.len()).collect();
        let pulled = vjp::run(&func, &all).map_err(|error| no_derivative(&error, at))?;
        let args = [inputs, &captured, cotangents].concat();
        Ok(inline(&mut self.b, &pulled, &args).split_off(outputs.len()))
    }

    /// The steps, last first. `carry` and `back` are the mode's; the sums begin with zeros.
    pub(super) fn solve_back(
        &mut self,
        backwards: &Backwards<'_, 'a>,
        carry: Val,
        back: &mut StepBack<'_, 'a>,
    ) -> Result<(Val, Vec<Value>)> {
        if let Some(record) = backwards.path.record {
            return self.retrace(backwards, record, carry, back);
        }
        let steps = backwards.grid.steps;
        let wide = |this: &Self, value| Type { scalar: Scalar::F64, ..this.b.ty(value).clone() };
        let mut totals = Vec::new();
        for &value in &backwards.read {
            let ty = wide(self, value);
            totals.push(self.b.filled(&ty, 0.0));
        }
        let (mut carry, mut totals) = (carry, totals);
        let (blocks, rest) = (steps / BLOCK, steps % BLOCK);
        if rest > 0 {
            let last = self.b.int(i64::try_from(blocks).expect("steps fit i64"));
            (carry, totals) = self.block(backwards, (last, rest), carry, totals, back)?;
        }
        if blocks > 0 {
            let init = [carry.leaves().as_slice(), &totals].concat();
            let mut types = vec![Type::scalar(Scalar::I64)];
            types.extend(init.iter().map(|&value| self.b.ty(value).clone()));
            let params = self.b.open_region(&types);
            let (own, sums) = params[1..].split_at(init.len() - totals.len());
            let at = carry.with_leaves(&mut own.iter().copied());
            let next = self.block(backwards, (params[0], BLOCK), at, sums.to_vec(), back);
            let results = next.as_ref().map(|(carry, totals)| [carry.leaves(), totals.clone()]);
            let region = self.b.close_region(results.map(|both| both.concat()).unwrap_or_default());
            next?;
            let all = self.b.scan_of(blocks, true, init, Vec::new(), region);
            let (own, sums) = all.split_at(all.len() - totals.len());
            (carry, totals) = (carry.with_leaves(&mut own.iter().copied()), sums.to_vec());
        }
        let float = self.sizes.float;
        let totals = totals.into_iter().map(|total| self.b.convert(total, float)).collect();
        Ok((carry, totals))
    }

    /// The first `count` steps of a block, last first.
    fn block(
        &mut self,
        backwards: &Backwards<'_, 'a>,
        (block, count): (Value, u64),
        carry: Val,
        totals: Vec<Value>,
        back: &mut StepBack<'_, 'a>,
    ) -> Result<(Val, Vec<Value>)> {
        let drawn = self.normals_of_block(backwards.steps, block, BLOCK);
        let length = self.b.int(i64::try_from(BLOCK).expect("blocks are short"));
        let before = self.b.binary(Binary::Mul, block, length);
        let mut init = carry.leaves();
        for &value in &backwards.read {
            let ty = self.b.ty(value).clone();
            init.push(self.b.filled(&ty, 0.0));
        }
        let mut types = vec![Type::scalar(Scalar::I64)];
        types.extend(init.iter().map(|&value| self.b.ty(value).clone()));
        let params = self.b.open_region(&types);
        let (own, sums) = params[1..].split_at(init.len() - totals.len());
        let k = self.b.binary(Binary::Add, before, params[0]);
        let normals = Normals::Row { drawn: &drawn, row: params[0] };
        let at = carry.with_leaves(&mut own.iter().copied());
        let sums = Val::Parts(sums.iter().map(|&sum| Val::Array(sum)).collect());
        let (t, length) = self.interval(backwards.steps, k);
        let w = self.increments(backwards.steps, k, length, &normals);
        let kept = self.kept_row(backwards, k);
        let next = back(self, &Passed { t, length, w, kept }, at, sums);
        let results = next.as_ref().map(|(carry, sums)| [carry.leaves(), sums.leaves()].concat());
        let region = self.b.close_region(results.unwrap_or_default());
        next?;
        let all = self.b.scan_of(count, true, init, Vec::new(), region);
        let (own, sums) = all.split_at(all.len() - totals.len());
        let mut added = Vec::new();
        for (total, &sum) in totals.into_iter().zip(sums) {
            let sum = self.b.convert(sum, Scalar::F64);
            added.push(self.b.binary(Binary::Add, total, sum));
        }
        Ok((carry.with_leaves(&mut own.iter().copied()), added))
    }

    /// The cotangent of the state after the last step, before [`Lowerer::at_kept`] adds to it.
    pub(super) fn last_cotangent(&mut self, backwards: &Backwards<'_, 'a>) -> Val {
        let kept = backwards.grid.keeps_only_last();
        backwards.kept_cotangents.map(|array| {
            let row = self.b.row(array, 0);
            if kept {
                return row;
            }
            let ty = self.b.ty(row).clone();
            self.b.filled(&ty, 0.0)
        })
    }

    /// The state after a step: what was kept, if it was.
    pub(super) fn kept_state_at(
        &mut self,
        backwards: &Backwards<'_, 'a>,
        passed: &Passed,
        y: &Val,
    ) -> Val {
        let Some((is_kept, row)) = passed.kept else { return y.clone() };
        self.zip_leaves(&[y.clone(), backwards.path.kept.clone()], |this, leaves| {
            let kept = this.b.index(leaves[1], row);
            this.select_all(is_kept, kept, leaves[0])
        })
    }

    /// The cotangent of the state after a step, with that of the kept one if it was kept.
    pub(super) fn at_kept(
        &mut self,
        backwards: &Backwards<'_, 'a>,
        passed: &Passed,
        ct: &Val,
    ) -> Val {
        let Some((is_kept, row)) = passed.kept else { return ct.clone() };
        self.zip_leaves(&[ct.clone(), backwards.kept_cotangents.clone()], |this, leaves| {
            let kept = this.b.index(leaves[1], row);
            let sum = this.b.binary(Binary::Add, leaves[0], kept);
            this.select_all(is_kept, sum, leaves[0])
        })
    }

    /// [`Passed::kept`] of step `k` of a grid.
    fn kept_row(&mut self, backwards: &Backwards<'_, 'a>, k: Value) -> Option<(Value, Value)> {
        let grid = backwards.grid;
        if grid.rows == 0 || grid.keeps_only_last() {
            return None;
        }
        let slot = self.b.index(backwards.steps.slots, k);
        let zero = self.b.int(0);
        let is_kept = self.b.compare(Compare::Ge, slot, zero);
        let start = self.b.int(i64::from(grid.keeps_start));
        let row = self.b.binary(Binary::Add, slot, start);
        Some((is_kept, self.b.binary(Binary::Max, row, zero)))
    }

    /// Adds to the cotangent of the start what it has as a kept state.
    fn add_first(&mut self, backwards: &Backwards<'_, 'a>, point: &mut [Value]) {
        if backwards.grid.keeps_start {
            for (ct, kept) in point.iter_mut().zip(backwards.kept_cotangents.leaves()) {
                let kept = self.b.row(kept, 0);
                *ct = self.b.binary(Binary::Add, *ct, kept);
            }
        }
    }
}

//! The way back over the steps of a solve that chose them: the attempts, last first, of which those that
//! were accepted are gone through by the lengths that they had.
//!
//! ```text
//! forwards, of each attempt: its start, its length, and a mark
//! for attempts, last first:
//!     where accepted: carry, sums ← the mode's step back
//! ```
//!
//! So a solve backwards keeps three numbers of each attempt, and no state but those that the value reads.
//! Sums are taken in double precision, attempt by attempt.

use sdec_ssa::{Binary, Compare, Scalar, Trips, Type, Value};

use super::Lowerer;
use super::backward::{Backwards, Passed, StepBack};
use super::types::Result;
use super::value::Val;

/// The mark of an attempt that was accepted and whose state was not kept; otherwise it is the row that
/// keeps it.
const ACCEPTED: i64 = -1;

/// The mark of an attempt that was rejected.
const REJECTED: i64 = -2;

/// What is known of each attempt of a solve: arrays with a row for each.
#[derive(Clone, Copy)]
pub(super) struct Record {
    /// How many were made.
    count: Value,
    times: Value,
    lengths: Value,
    marks: Value,
}

impl Record {
    /// How many arrays there are.
    pub(super) const ROWS: usize = 3;

    /// From the number of attempts and the arrays; none of nothing.
    pub(super) fn of(values: &[Value]) -> Option<Self> {
        let &[count, times, lengths, marks] = values else { return None };
        Some(Self { count, times, lengths, marks })
    }
}

impl<'a> Lowerer<'a> {
    /// The mark of an attempt whose state goes to `row` if it landed.
    pub(super) fn mark(&mut self, accepted: Value, landed: Value, row: Value) -> Value {
        let [plain, rejected] = [ACCEPTED, REJECTED].map(|mark| self.b.int(mark));
        let plain = self.b.select(accepted, plain, rejected);
        self.b.select(landed, row, plain)
    }

    /// As [`Lowerer::solve_back`].
    pub(super) fn retrace(
        &mut self,
        backwards: &Backwards<'_, 'a>,
        record: Record,
        carry: Val,
        back: &mut StepBack<'_, 'a>,
    ) -> Result<(Val, Vec<Value>)> {
        let attempts = self.b.ty(record.times).shape[0];
        let mut init = carry.leaves();
        let own = init.len();
        for &value in &backwards.read {
            let ty = Type { scalar: Scalar::F64, ..self.b.ty(value).clone() };
            init.push(self.b.filled(&ty, 0.0));
        }
        let mut types = vec![Type::scalar(Scalar::I64)];
        types.extend(init.iter().map(|&value| self.b.ty(value).clone()));
        let params = self.b.open_region(&types);
        let (before, totals) = params[1..].split_at(own);
        let at = carry.with_leaves(&mut before.iter().copied());
        let results = self.attempt_back(backwards, record, params[0], (at, totals), back);
        let region = self.b.close_region(results.as_ref().cloned().unwrap_or_default());
        results?;
        let trips = Trips::Below(record.count);
        let all = self.b.scan_some_of(attempts, trips, true, init, Vec::new(), region);
        let (last, totals) = all.split_at(own);
        let float = self.sizes.float;
        let totals = totals.iter().map(|&total| self.b.convert(total, float)).collect();
        Ok((carry.with_leaves(&mut last.iter().copied()), totals))
    }

    /// The carry and the totals before attempt `k`.
    fn attempt_back(
        &mut self,
        backwards: &Backwards<'_, 'a>,
        record: Record,
        k: Value,
        (at, totals): (Val, &[Value]),
        back: &mut StepBack<'_, 'a>,
    ) -> Result<Vec<Value>> {
        let [t, length, mark] =
            [record.times, record.lengths, record.marks].map(|array| self.b.index(array, k));
        let [first, plain] = [0, ACCEPTED].map(|mark| self.b.int(mark));
        let accepted = self.b.compare(Compare::Ge, mark, plain);
        let landed = self.b.compare(Compare::Ge, mark, first);
        let row = self.b.select(landed, mark, first);
        let kept = (!backwards.grid.keeps_only_last()).then_some((landed, row));
        let w = self.filled(&backwards.steps.noise, 0.0);
        let mut sums = Vec::new();
        for &value in &backwards.read {
            let ty = self.b.ty(value).clone();
            sums.push(Val::Array(self.b.filled(&ty, 0.0)));
        }
        let passed = Passed { t, length, w, kept };
        let (carry, sums) = back(self, &passed, at.clone(), Val::Parts(sums))?;
        let mut results = Vec::new();
        for (before, after) in carry.leaves().into_iter().zip(at.leaves()) {
            results.push(self.select_all(accepted, before, after));
        }
        for (&total, sum) in totals.iter().zip(sums.leaves()) {
            let sum = self.b.convert(sum, Scalar::F64);
            let added = self.b.binary(Binary::Add, total, sum);
            results.push(self.select_all(accepted, added, total));
        }
        Ok(results)
    }
}

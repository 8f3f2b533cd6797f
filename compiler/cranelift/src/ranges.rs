//! Where uniform counts are known to lie.
//!
//! A load may be moved out of a loop or in front of a branch only if its address is readable even
//! when the loop or branch would not have been entered. That is so if its index, wherever it has a
//! value at all, lies in the buffer.

use std::collections::BTreeMap;

use sdec_kernel::{Binary, Literal, Op, Value};

/// Smallest and largest.
pub(crate) type Range = (i64, i64);

/// What is known of the values seen so far.
#[derive(Debug, Default)]
pub(crate) struct Ranges {
    known: BTreeMap<Value, Range>,
    /// Counts that are another one and a number.
    sums: BTreeMap<Value, (Value, i64)>,
}

impl Ranges {
    /// Where a value lies, if that is known.
    pub(crate) fn of(&self, value: Value) -> Option<Range> {
        self.known.get(&value).copied()
    }

    /// A count as another one and a number, which may be 0: neighbours share the other one.
    pub(crate) fn sum(&self, value: Value) -> (Value, i64) {
        self.sums.get(&value).copied().unwrap_or((value, 0))
    }

    /// Takes note of an operation.
    pub(crate) fn define(&mut self, result: Value, op: &Op) {
        if let Op::Binary(Binary::Add, x, y) = *op
            && let Some((n, most)) = self.of(y)
            && n == most
        {
            let (first, before) = self.sum(x);
            if let Some(sum) = before.checked_add(n) {
                self.sums.insert(result, (first, sum));
            }
        }
        if let Some(range) = self.range(op) {
            self.known.insert(result, range);
        }
    }

    /// Takes note of the variable of a loop from `start` to before `end`.
    pub(crate) fn define_loop(&mut self, var: Value, start: Value, end: Value) {
        if let (Some(start), Some(end)) = (self.of(start), self.of(end)) {
            self.known.insert(var, (start.0, end.1.saturating_sub(1).max(start.0)));
        }
    }

    fn range(&self, op: &Op) -> Option<Range> {
        if let Op::Const(Literal::I64(n)) = *op {
            return Some((n, n));
        }
        let Op::Binary(op, x, y) = *op else { return None };
        let (x, y) = (self.of(x)?, self.of(y)?);
        if op == Binary::Add {
            Some((x.0.checked_add(y.0)?, x.1.checked_add(y.1)?))
        } else if op == Binary::Sub {
            Some((x.0.checked_sub(y.1)?, x.1.checked_sub(y.0)?))
        } else if op == Binary::Mul {
            let ends = [
                x.0.checked_mul(y.0)?,
                x.0.checked_mul(y.1)?,
                x.1.checked_mul(y.0)?,
                x.1.checked_mul(y.1)?,
            ];
            Some((*ends.iter().min()?, *ends.iter().max()?))
        } else {
            None
        }
    }
}

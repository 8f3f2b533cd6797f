//! Counts that are another one and a number: neighbours in a buffer share an address.

use std::collections::BTreeMap;

use sdec_kernel::{Binary, Literal, Op, Value};

/// What is known of the counts seen so far.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    known: BTreeMap<Value, i64>,
    sums: BTreeMap<Value, (Value, i64)>,
}

impl Counts {
    /// A count that is a number.
    pub(crate) fn number(&self, value: Value) -> Option<i64> {
        self.known.get(&value).copied()
    }

    /// A count as another one and a number, which may be 0.
    pub(crate) fn sum(&self, value: Value) -> (Value, i64) {
        self.sums.get(&value).copied().unwrap_or((value, 0))
    }

    /// Takes note of an operation.
    pub(crate) fn define(&mut self, result: Value, op: &Op) {
        if let Op::Const(Literal::I64(n)) = *op {
            self.known.insert(result, n);
        } else if let Op::Binary(Binary::Add, x, y) = *op
            && let Some(n) = self.number(y)
        {
            let (first, before) = self.sum(x);
            if let Some(sum) = before.checked_add(n) {
                self.sums.insert(result, (first, sum));
            }
        }
    }
}

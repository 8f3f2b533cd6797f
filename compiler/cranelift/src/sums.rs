//! Counts that are another one and a number: neighbours in a buffer share an address.

use std::collections::BTreeMap;

use sdec_kernel::Value;

/// The sums of a count and a number seen so far.
#[derive(Debug, Default)]
pub(crate) struct Sums(BTreeMap<Value, (Value, i64)>);

impl Sums {
    /// A count as another one and a number, which may be 0.
    pub(crate) fn of(&self, value: Value) -> (Value, i64) {
        self.0.get(&value).copied().unwrap_or((value, 0))
    }

    /// Takes note of `result = x + n`.
    pub(crate) fn define(&mut self, result: Value, x: Value, n: i64) {
        let (first, before) = self.of(x);
        if let Some(sum) = before.checked_add(n) {
            self.0.insert(result, (first, sum));
        }
    }
}

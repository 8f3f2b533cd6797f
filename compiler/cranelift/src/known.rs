//! What several instructions of a block read and is computed once.
//!
//! Cranelift does not look for that itself: its pass that would also moves instructions to where they
//! are first read, last link of a chain first, so that all operands of the chain are held at once.

use std::collections::HashMap;

use cranelift_codegen::ir::Value;
use cranelift_frontend::FunctionBuilder;

/// What is computed.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Shared {
    /// A count times bytes.
    Bytes(Value, u64),
    /// The products of two vectors of words.
    Products(Value, Value),
    /// Those of a vector of words and a number, which is made anew at each use.
    Scaled(Value, u32),
}

/// What has been computed where the builder is.
#[derive(Default)]
pub(crate) struct Known {
    values: HashMap<Shared, [Value; 2]>,
    order: Vec<Shared>,
}

/// The state at the start of a block.
pub(crate) struct Mark(usize);

impl Known {
    /// The values, computed now if they have not been.
    pub(crate) fn get(
        &mut self,
        b: &mut FunctionBuilder<'_>,
        shared: Shared,
        compute: impl FnOnce(&mut FunctionBuilder<'_>) -> [Value; 2],
    ) -> [Value; 2] {
        if let Some(&values) = self.values.get(&shared) {
            return values;
        }
        let values = compute(b);
        self.values.insert(shared, values);
        self.order.push(shared);
        values
    }

    /// Before a block of its own.
    pub(crate) fn mark(&self) -> Mark {
        Mark(self.order.len())
    }

    /// After it: what it computed is not known where others are executed.
    pub(crate) fn forget(&mut self, Mark(length): Mark) {
        for shared in self.order.drain(length..) {
            self.values.remove(&shared);
        }
    }
}

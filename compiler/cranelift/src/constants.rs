//! Constants in lanes, read from memory where they are used.
//!
//! Whatever does not change in a loop Cranelift moves in front of it, constants among it. A generator
//! with its logarithm and cosine has some eighty, which would all be spilled there; finding that out
//! was half of the work of register allocation. A loop with many constants therefore reads them at an
//! address that looks as if it changed: it grows by a number that is 0, but only in memory.

use cranelift_codegen::ir::{InstBuilder, MemFlagsData, Type, Value, types};
use cranelift_frontend::FunctionBuilder;
use sdec_kernel::Literal;

use crate::lanes::{Lanes, Parts, literal_vector};

/// Constants that a loop may hold in registers.
const HELD: usize = 8;

/// The constants of a function; where they lie is an argument of it.
pub(crate) struct Constants {
    /// Of the loop at hand.
    address: Value,
    /// 0, unknown to Cranelift.
    nothing: Value,
    vectors: Vec<u128>,
}

impl Constants {
    /// None yet but a zero at this address.
    pub(crate) fn new(b: &mut FunctionBuilder<'_>, address: Value) -> Self {
        let nothing = b.ins().load(types::I64, flags(), address, 0);
        Self { address, nothing, vectors: vec![0] }
    }

    /// Whether a loop with so many constants reads them at an address of its own.
    pub(crate) fn are_many(count: usize) -> bool {
        count > HELD
    }

    /// The address from here on; returns what it was.
    pub(crate) fn replace_address(&mut self, address: Value) -> Value {
        std::mem::replace(&mut self.address, address)
    }

    /// The address in the next round of a loop.
    pub(crate) fn next_address(&self, b: &mut FunctionBuilder<'_>) -> Value {
        b.ins().iadd(self.address, self.nothing)
    }

    /// A literal in every lane.
    pub(crate) fn splat(
        &mut self,
        b: &mut FunctionBuilder<'_>,
        lanes: Lanes,
        literal: Literal,
    ) -> Parts {
        if lanes.is_scalar() {
            return vec![crate::ops::literal(b, literal)];
        }
        let (ty, vector) = literal_vector(literal);
        let value = self.load(b, ty, vector);
        vec![value; lanes.parts(u64::from(ty.lane_type().bytes()))]
    }

    fn load(&mut self, b: &mut FunctionBuilder<'_>, ty: Type, vector: u128) -> Value {
        let known = self.vectors.iter().position(|&v| v == vector);
        let place = known.unwrap_or_else(|| {
            self.vectors.push(vector);
            self.vectors.len() - 1
        });
        b.ins().load(ty, flags(), self.address, 16 * place as i32)
    }

    /// What lies at the address, in order.
    pub(crate) fn into_vectors(self) -> Vec<u128> {
        self.vectors
    }
}

fn flags() -> MemFlagsData {
    MemFlagsData::trusted().with_readonly().with_can_move()
}

//! Constants in lanes, read from memory where they are used.

use cranelift_codegen::ir::{InstBuilder, MemFlagsData, Type, Value};
use cranelift_frontend::FunctionBuilder;
use sdec_kernel::Literal;

use crate::lanes::{Lanes, Parts, literal_vector};

/// The constants of a function; where they lie is an argument of it.
pub(crate) struct Constants {
    address: Value,
    vectors: Vec<u128>,
}

impl Constants {
    /// None yet; they will lie at this address.
    pub(crate) fn new(address: Value) -> Self {
        Self { address, vectors: Vec::new() }
    }

    /// A literal in every lane.
    pub(crate) fn splat(
        &mut self,
        b: &mut FunctionBuilder<'_>,
        lanes: Lanes,
        literal: Literal,
    ) -> Parts {
        let (ty, vector) = literal_vector(literal);
        if lanes.is_scalar() {
            // An instruction that reads a float loads it, where making it takes two.
            return vec![match literal {
                Literal::F64(_) | Literal::F32(_) => self.load(b, ty.lane_type(), vector),
                Literal::I64(_) | Literal::Word(_) | Literal::Bool(_) => {
                    crate::ops::literal(b, literal)
                }
            }];
        }
        let value = self.load(b, ty, vector);
        vec![value; lanes.parts(u64::from(ty.lane_type().bytes()))]
    }

    fn load(&mut self, b: &mut FunctionBuilder<'_>, ty: Type, vector: u128) -> Value {
        let known = self.vectors.iter().position(|&v| v == vector);
        let place = known.unwrap_or_else(|| {
            self.vectors.push(vector);
            self.vectors.len() - 1
        });
        b.ins().load(ty, MemFlagsData::trusted(), self.address, 16 * place as i32)
    }

    /// What lies at the address, in order.
    pub(crate) fn into_vectors(self) -> Vec<u128> {
        self.vectors
    }
}

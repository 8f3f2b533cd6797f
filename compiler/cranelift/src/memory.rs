//! Buffers: their addresses, loads and stores.

use cranelift_codegen::ir::{InstBuilder, MemFlagsData, Value, types};
use cranelift_frontend::FunctionBuilder;
use sdec_abi::Args;
use sdec_base::IdVec;
use sdec_codegen::{Layout, Place};
use sdec_kernel::{BufferId, GROUP, Kernel, Scalar, Space};

use crate::constants::Constants;
use crate::known::{Known, Shared};
use crate::lanes::{Lanes, Parts, bitcast, scalar_type, vector_type};

/// Where the buffers of a kernel are.
#[derive(Clone)]
pub(crate) struct Memory {
    lanes: Lanes,
    /// Lanes are neighbouring entries.
    is_wide: bool,
    /// Bytes before the paths at hand, of those that an entry has.
    before: i32,
    buffers: IdVec<BufferId, Buffer>,
}

#[derive(Clone)]
struct Buffer {
    /// Of the entry 0 of the first path at hand.
    base: Value,
    space: Space,
    scalar: Scalar,
    has_lanes: bool,
    len: u64,
    /// Bytes from one entry to the next, a power of two.
    stride: u64,
}

/// Which entry of a buffer.
#[derive(Clone, Copy)]
pub(crate) struct At {
    /// A count, or the first entry.
    pub(crate) index: Option<Value>,
    /// So many entries from there.
    pub(crate) plus: i64,
}

/// An entry of a buffer.
struct Address {
    base: Value,
    offset: i32,
}

impl Memory {
    /// Reads the addresses from the arguments.
    pub(crate) fn new(
        b: &mut FunctionBuilder<'_>,
        kernel: &Kernel,
        layout: &Layout,
        args: Value,
        scratch: Value,
    ) -> Self {
        let places = layout.places.values();
        let bases: Vec<Value> = places
            .map(|place| match *place {
                Place::Input(k) => pointer(b, args, std::mem::offset_of!(Args, inputs), k),
                Place::Output(k) => pointer(b, args, std::mem::offset_of!(Args, outputs), k),
                Place::Scratch(offset) => b.ins().iadd_imm_s(scratch, offset as i64),
            })
            .collect();
        Self::of(kernel, &bases)
    }

    /// Buffers at these addresses.
    pub(crate) fn of(kernel: &Kernel, bases: &[Value]) -> Self {
        let lanes = Lanes::new(kernel.lanes);
        let mut buffers = IdVec::new();
        for (buffer, &base) in kernel.buffers.values().zip(bases) {
            let copies = match (buffer.ty.lanes, buffer.space) {
                (false, _) => 1,
                (true, Space::Scratch | Space::Lent) => u64::from(kernel.lanes),
                (true, Space::Input | Space::Output) => GROUP,
            };
            buffers.push(Buffer {
                base,
                space: buffer.space,
                scalar: buffer.ty.scalar,
                has_lanes: buffer.ty.lanes,
                len: buffer.len,
                stride: copies * buffer.ty.scalar.bytes(),
            });
        }
        Self { lanes, is_wide: kernel.is_wide, before: 0, buffers }
    }

    /// For the paths of one register.
    pub(crate) fn part(&self, lanes: Lanes, part: usize) -> Self {
        Self { lanes, before: 16 * part as i32, ..self.clone() }
    }

    /// The constants of a function, whose address is the one of this number among the inputs'.
    pub(crate) fn constants(b: &mut FunctionBuilder<'_>, number: usize, args: Value) -> Constants {
        let address = pointer(b, args, std::mem::offset_of!(Args, inputs), number);
        Constants::new(address)
    }

    /// Where `buffer[index]` is.
    pub(crate) fn address(
        &self,
        b: &mut FunctionBuilder<'_>,
        known: &mut Known,
        id: BufferId,
        at: At,
    ) -> Value {
        let Address { base, offset } = self.buffers[id].address(b, known, at);
        b.ins().iadd_imm_s(base, i64::from(offset))
    }

    /// The same with inputs at a group, outputs at a group counted from the first one of the call, and
    /// both from a lane on.
    pub(crate) fn at(
        &self,
        b: &mut FunctionBuilder<'_>,
        [group, relative]: [Value; 2],
        lane: Value,
    ) -> Self {
        let mut memory = self.clone();
        for id in (0..memory.buffers.len()).map(BufferId::new) {
            let buffer = &mut memory.buffers[id];
            if matches!(buffer.space, Space::Input | Space::Output) && buffer.has_lanes {
                let group = if buffer.space == Space::Input { group } else { relative };
                let part = b.ins().imul_imm_s(group, buffer.len.wrapping_mul(buffer.stride) as i64);
                let lane = b.ins().imul_imm_s(lane, buffer.scalar.bytes() as i64);
                let base = b.ins().iadd(buffer.base, part);
                buffer.base = b.ins().iadd(base, lane);
            }
        }
        memory
    }

    /// `buffer[index]`, with lanes or without.
    pub(crate) fn load(
        &self,
        b: &mut FunctionBuilder<'_>,
        known: &mut Known,
        id: BufferId,
        at: At,
        has_lanes: bool,
    ) -> Parts {
        let buffer = &self.buffers[id];
        let Address { base, offset } = buffer.address(b, known, at);
        let flags = self.flags();
        if !has_lanes || self.lanes.is_scalar() {
            return vec![b.ins().load(scalar_type(buffer.scalar), flags, base, offset)];
        }
        let ty = vector_type(buffer.scalar);
        if self.lanes.is_half(buffer.scalar) {
            let half = b.ins().load(types::I64, flags, base, offset);
            let vector = b.ins().scalar_to_vector(types::I64X2, half);
            return vec![bitcast(b, ty, vector)];
        }
        let parts = 0..self.lanes.parts(buffer.scalar.bytes());
        let offset = offset + self.before;
        parts.map(|part| b.ins().load(ty, flags, base, offset + 16 * part as i32)).collect()
    }

    /// `buffer[index] = value`, of a value with lanes or without.
    pub(crate) fn store(
        &self,
        b: &mut FunctionBuilder<'_>,
        known: &mut Known,
        (id, at): (BufferId, At),
        value: &[Value],
        has_lanes: bool,
    ) {
        let buffer = &self.buffers[id];
        let Address { base, offset } = buffer.address(b, known, at);
        let flags = self.flags();
        if has_lanes && self.lanes.is_half(buffer.scalar) && !self.lanes.is_scalar() {
            let vector = bitcast(b, types::I64X2, value[0]);
            let half = b.ins().extractlane(vector, 0);
            b.ins().store(flags, half, base, offset);
            return;
        }
        let offset = if has_lanes { offset + self.before } else { offset };
        for (part, &value) in value.iter().enumerate() {
            b.ins().store(flags, value, base, offset + 16 * part as i32);
        }
    }

    /// What is known of loads and stores: neighbouring entries begin anywhere.
    fn flags(&self) -> MemFlagsData {
        if self.is_wide { MemFlagsData::new().with_notrap() } else { MemFlagsData::trusted() }
    }

    /// What a value has to be to be stored in a buffer: its scalar type, if it must have lanes.
    pub(crate) fn lanes_of(&self, id: BufferId) -> Option<Scalar> {
        let buffer = &self.buffers[id];
        (buffer.has_lanes && !self.is_wide).then_some(buffer.scalar)
    }
}

/// The `k`-th address of a table of the arguments.
fn pointer(b: &mut FunctionBuilder<'_>, args: Value, table: usize, k: usize) -> Value {
    let constant = MemFlagsData::trusted().with_readonly().with_can_move();
    let table = b.ins().load(types::I64, constant, args, table as i32);
    b.ins().load(types::I64, constant, table, 8 * k as i32)
}

impl Buffer {
    /// A known part of the index is part of the instruction, so that neighbours share the rest.
    fn address(&self, b: &mut FunctionBuilder<'_>, known: &mut Known, at: At) -> Address {
        let (offset, far) = match self.offset(at.plus) {
            Some(offset) => (offset, 0),
            None => (0, at.plus),
        };
        let index = match at.index {
            Some(index) if far == 0 => index,
            Some(index) => b.ins().iadd_imm_s(index, far),
            None if far == 0 => return Address { base: self.base, offset },
            None => b.ins().iconst(types::I64, far),
        };
        let [bytes, _] = known.get(b, Shared::Bytes(index, self.stride), |b| {
            [b.ins().ishl_imm_u(index, i64::from(self.stride.trailing_zeros())); 2]
        });
        Address { base: b.ins().iadd(self.base, bytes), offset }
    }

    /// The offset of so many entries, if an instruction can hold it and that of the last vector.
    fn offset(&self, entries: i64) -> Option<i32> {
        let bytes = entries.checked_mul(i64::try_from(self.stride).ok()?)?;
        i32::try_from(bytes).ok().filter(|&offset| offset < i32::MAX - 256)
    }
}

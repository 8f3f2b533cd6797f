//! Path numbers: `first_path + min(16 group + lane, paths - 1)`, in 64 bits.

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, MemFlagsData, Value, types};
use cranelift_frontend::FunctionBuilder;
use sdec_abi::Args;
use sdec_kernel::{GROUP, Kernel, Scalar};

use crate::lanes::{Lanes, Parts, words};

/// What the path numbers of a call are made of.
#[derive(Clone, Copy)]
pub(crate) struct Paths {
    /// `paths - 1`
    last: Value,
    first_path: Value,
}

/// The path numbers of one block of lanes.
pub(crate) struct Numbers {
    /// Low words.
    pub(crate) low: Parts,
    /// High words.
    pub(crate) high: Parts,
}

impl Paths {
    /// Reads them from the arguments.
    pub(crate) fn new(b: &mut FunctionBuilder<'_>, args: Value) -> Self {
        let mut field = |offset: usize| {
            let flags = MemFlagsData::trusted().with_readonly().with_can_move();
            b.ins().load(types::I64, flags, args, offset as i32)
        };
        let paths = field(std::mem::offset_of!(Args, paths));
        let first_path = field(std::mem::offset_of!(Args, first_path));
        Self { last: b.ins().iadd_imm_s(paths, -1), first_path }
    }

    /// How many paths of a group there are, at least 1.
    pub(crate) fn in_group(self, b: &mut FunctionBuilder<'_>, group: Value) -> Value {
        let start = b.ins().imul_imm_s(group, GROUP as i64);
        let left = b.ins().isub(self.last, start);
        let left = b.ins().iadd_imm_s(left, 1);
        let all = b.ins().iconst(types::I64, GROUP as i64);
        let is_last = b.ins().icmp(IntCC::UnsignedLessThan, left, all);
        b.ins().select(is_last, left, all)
    }

    /// The numbers of a kernel's lanes from `lane` on: of one path, if it holds one.
    pub(crate) fn of(
        self,
        b: &mut FunctionBuilder<'_>,
        kernel: &Kernel,
        group: Value,
        lane: Value,
    ) -> Numbers {
        let lanes = Lanes::new(kernel.lanes);
        if !kernel.is_wide {
            return self.at(b, lanes, group, lane);
        }
        let one = self.at(b, Lanes::new(1), group, lane);
        let mut repeat = |word: &Parts| lanes.splat(b, Scalar::Word, word[0]);
        Numbers { low: repeat(&one.low), high: repeat(&one.high) }
    }

    fn at(self, b: &mut FunctionBuilder<'_>, lanes: Lanes, group: Value, lane: Value) -> Numbers {
        let start = b.ins().imul_imm_s(group, GROUP as i64);
        let start = b.ins().iadd(start, lane);
        if lanes.is_scalar() { self.one(b, start) } else { self.several(b, lanes, start) }
    }

    fn one(self, b: &mut FunctionBuilder<'_>, place: Value) -> Numbers {
        let inside = b.ins().icmp(IntCC::UnsignedLessThan, place, self.last);
        let place = b.ins().select(inside, place, self.last);
        let number = b.ins().iadd(self.first_path, place);
        let (low, high) = halves(b, number);
        Numbers { low: vec![low], high: vec![high] }
    }

    /// The number of a lane is that of the first lane plus `min(l, last - start)`, which lies in
    /// `-15..=15`. Counted from 16 paths before, it is never negative, and the carry into the high
    /// word is where the low word became smaller.
    fn several(self, b: &mut FunctionBuilder<'_>, lanes: Lanes, start: Value) -> Numbers {
        let room = b.ins().isub(self.last, start);
        let most = b.ins().iconst(types::I64, GROUP as i64);
        let little = b.ins().icmp(IntCC::SignedLessThan, room, most);
        let room = b.ins().select(little, room, most);
        let room = b.ins().ireduce(types::I32, room);
        let room = b.ins().splat(types::I32X4, room);

        let origin = b.ins().iadd(self.first_path, start);
        let origin = b.ins().iadd_imm_s(origin, -(GROUP as i64));
        let (low, high) = halves(b, origin);
        let (low, high) = (b.ins().splat(types::I32X4, low), b.ins().splat(types::I32X4, high));
        let group = words(b, [GROUP as u32; 4]);

        let mut numbers = Numbers { low: Vec::new(), high: Vec::new() };
        for part in 0..lanes.parts(4) as u32 {
            let lane = words(b, [0, 1, 2, 3].map(|l| 4 * part + l));
            let step = b.ins().smin(lane, room);
            let step = b.ins().iadd(step, group);
            let sum = b.ins().iadd(low, step);
            let carry = b.ins().icmp(IntCC::UnsignedLessThan, sum, low);
            numbers.low.push(sum);
            // The mask is -1 where there is a carry.
            numbers.high.push(b.ins().isub(high, carry));
        }
        numbers
    }
}

fn halves(b: &mut FunctionBuilder<'_>, number: Value) -> (Value, Value) {
    let high = b.ins().ushr_imm_u(number, 32);
    (b.ins().ireduce(types::I32, number), b.ins().ireduce(types::I32, high))
}

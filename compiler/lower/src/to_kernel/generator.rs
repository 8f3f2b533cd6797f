//! The generator of noise, which is long. Where a program draws in several places, it is a routine
//! that fills memory with blocks of draws; where it draws in one, it is written out there.
//!
//! ```text
//! v1 = draw "M.x", 0             b9[0, 1] = 0, 1 ; call r0("M.x", b9) -> b10     v1 = b10[0]
//! v2 = draw "M.y", 0       =>    b9[0, 1] = 0, 1 ; call r0("M.y", b9) -> b11     v2 = b11[0]
//! ```
//!
//! Where paths are held one at a time, the routine is wide: its lanes are blocks of the path's noise, `n`
//! at once. It leaves draw `k` of block `j n + l` at `(4 j + k) n + l`, and the caller puts the draws in order.

use std::collections::BTreeMap;

use sdec_kernel::{
    Binary, BufferId, Builder, Kernel, Law, Op, RoutineId, Scalar, Space, Type, Value,
};
use sdec_ssa::{Func, Region, Trips};

use super::draw::{Source, draws, kind};
use super::index::Index;
use super::plan::is_unrolled;
use super::segments::Segments;
use super::view::View;
use super::{Beside, Lowering};

/// The generators of a kernel that are routines.
#[derive(Default)]
pub(super) struct Generators {
    /// By what is drawn: the routine, and the most draws of a call.
    routines: BTreeMap<Kind, (RoutineId, u64)>,
    /// Blocks side by side, if the routines are wide.
    pub(super) beside: Option<Beside>,
    /// Number of the first block and how many there are, of the call at hand.
    blocks: Option<BufferId>,
}

/// What decides a generator's code.
pub(super) type Kind = (Law, Scalar);

impl Generators {
    /// Those of a function.
    pub(super) fn of(func: &Func, segments: &Segments, beside: Option<Beside>) -> Self {
        let mut places = BTreeMap::new();
        count(func, segments, &func.body, 1, &mut places);
        let called = |&(_, places): &(Kind, u64)| places > 1 || beside.is_some();
        let called = places.into_iter().filter(called).zip(0..);
        let routines = called.map(|((kind, _), k)| (kind, (RoutineId::new(k), 0))).collect();
        Self { routines, beside, blocks: None }
    }
}

/// Counts the places in a kernel where something is drawn.
fn count(
    func: &Func,
    segments: &Segments,
    region: &Region,
    copies: u64,
    places: &mut BTreeMap<Kind, u64>,
) {
    for inst in &region.insts {
        if let sdec_ssa::Op::Draw { law, .. } = inst.op {
            *places.entry(kind(law, func.types[inst.results[0]].scalar)).or_default() += copies;
        }
        let mut copies = copies;
        if let sdec_ssa::Op::Scan { trips: Trips::All, extent, body, .. } = &inst.op
            && is_unrolled(func, *extent, body)
        {
            copies *= extent;
        }
        if inst.results.first().is_some_and(|&first| segments.filled_by(first).is_some()) {
            copies *= 2;
        }
        for inner in inst.op.regions() {
            count(func, segments, inner, copies, places);
        }
    }
}

impl Lowering<'_> {
    /// Whether draws of a source are made by a routine.
    pub(super) fn calls_generator(&self, source: Source) -> bool {
        self.generators.routines.contains_key(&source.kind())
    }

    /// Blocks of a source that are made side by side.
    pub(super) fn beside(&self, source: Source) -> u64 {
        u64::from(self.generators.beside.map_or(1, |beside| beside.of(source.scalar)))
    }

    /// Has a routine make `count` blocks of draws from `first` on, one after the other in memory.
    pub(super) fn call_generator(
        &mut self,
        source: Source,
        memory: &View,
        first: Value,
        count: Value,
    ) {
        let beside = self.beside(source);
        if beside == 1 {
            return self.call_routine(source, memory, first, count);
        }
        let room = self.kernel.buffer_of(memory.buffer);
        let (ty, len) = (room.ty, room.len);
        let wide = self.kernel.buffer("draws.wide", Space::Scratch, ty, len);
        let wide = View::whole(wide, &[len], false);
        let (most, shift) = (self.count(beside - 1), self.count(u64::from(beside.ilog2())));
        let rounds = self.kernel.binary(Binary::Add, count, most);
        let rounds = self.kernel.binary(Binary::Shr, rounds, shift);
        self.call_routine(source, &wide, first, rounds);
        let (start, all) = (self.int(0), source.draws() * beside);
        let width = i64::try_from(all).expect("rounds are short");
        self.loop_with(start, rounds, false, &[], |lowering, j, _| {
            let round = Index::default().plus(&Index::of(j), width);
            for (block, draw) in (0..beside).flat_map(|l| (0..source.draws()).map(move |k| (l, k)))
            {
                let draw_there = round.plus_known(draw * beside + block);
                let here = round.plus_known(block * source.draws() + draw);
                let number = lowering.load_entry(&wide, &[draw_there]);
                lowering.store_entry(memory, &[here], number);
            }
            Vec::new()
        });
    }

    fn call_routine(&mut self, source: Source, memory: &View, first: Value, count: Value) {
        let room = self.kernel.buffer_of(memory.buffer).len;
        let (routine, most) =
            self.generators.routines.get_mut(&source.kind()).expect("the generator is a routine");
        *most = room.max(*most);
        let routine = *routine;
        let blocks = *self.generators.blocks.get_or_insert_with(|| {
            self.kernel.buffer("draw.blocks", Space::Scratch, Type::uniform(Scalar::I64), 2)
        });
        let (zero, one) = (self.int(0), self.int(1));
        self.kernel.store(blocks, zero, first);
        self.kernel.store(blocks, one, count);
        let place = self.index_value(&memory.offset);
        let reads = vec![(self.key_buffers[usize::from(source.stream)], zero), (blocks, zero)];
        let writes = vec![(memory.buffer, place)];
        self.kernel.stmt(sdec_kernel::Stmt::Call { routine, reads, writes });
    }

    /// Adds the routines to the kernel.
    pub(super) fn add_generators(&mut self) {
        let routines = std::mem::take(&mut self.generators.routines);
        let mut routines: Vec<_> = routines.into_iter().collect();
        routines.sort_unstable_by_key(|&(_, (routine, _))| routine);
        let beside = self.generators.beside;
        for (kind, (_, room)) in routines {
            self.kernel.routine(generator(kind, room, beside.map(|beside| beside.of(kind.1))));
        }
    }
}

/// The routine that makes at most so many draws; a wide one has lanes of its own.
fn generator((law, scalar): Kind, room: u64, wide: Option<u32>) -> Kernel {
    let mut b = Builder::new(format!("{law}.{scalar}"));
    let key = b.buffer("key", Space::Input, Type::uniform(Scalar::Word), 2);
    let blocks = b.buffer("blocks", Space::Input, Type::uniform(Scalar::I64), 2);
    let ty = Type { scalar, lanes: wide.is_none() };
    let memory = b.buffer("draws", Space::Lent, ty, room);
    let (zero, one) = (b.int(0), b.int(1));
    let key = (b.load(key, zero), b.load(key, one));
    let (first, count) = (b.load(blocks, zero), b.load(blocks, one));
    let beside = i64::from(wide.unwrap_or(1));
    let width = b.int(i64::try_from(draws(scalar)).expect("blocks are short") * beside);
    b.for_loop(zero, count, false, &[], |b, j, _| {
        let block = match wide {
            Some(lanes) => {
                let lanes = b.int(lanes.into());
                let round = b.binary(Binary::Mul, j, lanes);
                let block = b.binary(Binary::Add, first, round);
                let block = b.convert(block, Scalar::Word);
                let lane = b.emit(Op::Lane, Type::lanes(Scalar::Word));
                b.binary(Binary::Add, block, lane)
            }
            None => {
                let block = b.binary(Binary::Add, first, j);
                b.convert(block, Scalar::Word)
            }
        };
        let place = b.binary(Binary::Mul, j, width);
        for (n, draw) in (0..).zip(b.draw(scalar, law, key, block, 0)) {
            let n = b.int(n * beside);
            let place = b.binary(Binary::Add, place, n);
            b.store(memory, place, draw);
        }
        Vec::new()
    });
    match wide {
        Some(lanes) => b.wide().finish(lanes),
        None => b.finish(1),
    }
}

//! The generator of noise, which is long. Where a program draws in several places, it is a routine
//! that fills memory with blocks of draws; where it draws in one, it is written out there.
//!
//! ```text
//! v1 = draw "M.x", 0             b9[0, 1] = 0, 1 ; call r0("M.x", b9) -> b10     v1 = b10[0]
//! v2 = draw "M.y", 0       =>    b9[0, 1] = 0, 1 ; call r0("M.y", b9) -> b11     v2 = b11[0]
//! ```

use std::collections::BTreeMap;

use sdec_kernel::{Binary, BufferId, Builder, Kernel, Law, RoutineId, Scalar, Space, Type, Value};
use sdec_ssa::{Func, Op, Region, Trips};

use super::Lowering;
use super::draw::{Source, draws, kind};
use super::plan::is_unrolled;
use super::segments::Segments;
use super::view::View;

/// The generators of a kernel that are routines.
#[derive(Default)]
pub(super) struct Generators {
    /// By what is drawn: the routine, and the most draws of a call.
    routines: BTreeMap<Kind, (RoutineId, u64)>,
    /// Number of the first block and how many there are, of the call at hand.
    blocks: Option<BufferId>,
}

/// What decides a generator's code.
pub(super) type Kind = (Law, Scalar);

impl Generators {
    /// Those of a function.
    pub(super) fn of(func: &Func, segments: &Segments) -> Self {
        let mut places = BTreeMap::new();
        count(func, segments, &func.body, 1, &mut places);
        let several = places.into_iter().filter(|&(_, places)| places > 1).zip(0..);
        let routines = several.map(|((kind, _), k)| (kind, (RoutineId::new(k), 0))).collect();
        Self { routines, blocks: None }
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
        if let Op::Draw { law, .. } = inst.op {
            *places.entry(kind(law, func.types[inst.results[0]].scalar)).or_default() += copies;
        }
        let mut copies = copies;
        if let Op::Scan { trips: Trips::All, extent, body, .. } = &inst.op
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

    /// Has a routine make `count` blocks of draws from `first` on, one after the other in memory.
    pub(super) fn call_generator(
        &mut self,
        source: Source,
        memory: &View,
        first: Value,
        count: Value,
    ) {
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
        for (kind, (_, room)) in routines {
            self.kernel.routine(generator(kind, room));
        }
    }
}

/// The routine that makes at most so many draws.
fn generator((law, scalar): Kind, room: u64) -> Kernel {
    let mut b = Builder::new(format!("{law}.{scalar}"));
    let key = b.buffer("key", Space::Input, Type::uniform(Scalar::Word), 2);
    let blocks = b.buffer("blocks", Space::Input, Type::uniform(Scalar::I64), 2);
    let memory = b.buffer("draws", Space::Lent, Type::lanes(scalar), room);
    let (zero, one) = (b.int(0), b.int(1));
    let key = (b.load(key, zero), b.load(key, one));
    let (first, count) = (b.load(blocks, zero), b.load(blocks, one));
    let width = b.int(i64::try_from(draws(scalar)).expect("blocks are short"));
    b.for_loop(zero, count, false, &[], |b, j, _| {
        let block = b.binary(Binary::Add, first, j);
        let block = b.convert(block, Scalar::Word);
        let place = b.binary(Binary::Mul, j, width);
        for (n, draw) in (0..).zip(b.draw(scalar, law, key, block, 0)) {
            let n = b.int(n);
            let place = b.binary(Binary::Add, place, n);
            b.store(memory, place, draw);
        }
        Vec::new()
    });
    b.finish(1)
}

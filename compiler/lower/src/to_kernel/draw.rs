//! Draws. Entry `e` of a draw of `n` entries at step `index` is number `index · n + e` of its stream;
//! a block of the generator's words makes two doubles or four singles.
//!
//! A draw in the body of a loop at the loop's own step is made ahead for 16 steps at a time, so that
//! no word is wasted and the generator is a loop of its own: 16 steps are always whole blocks. Where
//! there are several such places, the loop is a routine (`generator.rs`). Where paths are held one at a
//! time, it is made for more steps, since blocks are then what is made side by side.

use sdec_kernel::{self as kernel, Binary};
use sdec_ssa::{DrawLaw, Inst, Op, Region, Scalar, Stream, Type, Value};

use super::Lowering;
use super::generator::Kind;
use super::index::Index;
use super::view::View;

/// Steps for which noise is made at once.
pub(super) const STRIP: u64 = crate::BLOCK;

/// Blocks of noise that are made at once for a path that is held alone.
const ALONE: u64 = 64;

/// The draws of some steps.
pub(super) struct Strip {
    /// The result of the draw.
    pub(super) draw: Value,
    pub(super) source: Source,
    /// `[steps · entries]`
    memory: View,
    /// Blocks in those steps.
    blocks: u64,
    /// Blocks in all steps.
    all_blocks: u64,
}

/// What is drawn from.
#[derive(Clone, Copy)]
pub(super) struct Source {
    pub(super) stream: Stream,
    pub(super) law: kernel::Law,
    pub(super) scalar: kernel::Scalar,
}

impl Source {
    /// What decides the generator's code.
    pub(super) fn kind(self) -> Kind {
        (self.law, self.scalar)
    }

    /// Draws in a block.
    pub(super) fn draws(self) -> u64 {
        draws(self.scalar)
    }
}

/// Draws in a block.
pub(super) fn draws(scalar: kernel::Scalar) -> u64 {
    if scalar == kernel::Scalar::F32 { 4 } else { 2 }
}

/// What a kernel draws for draws of a law with entries of this type.
pub(super) fn kind(law: DrawLaw, scalar: Scalar) -> Kind {
    let law = match law {
        DrawLaw::Normal => kernel::Law::Normal,
        DrawLaw::Uniform => kernel::Law::Uniform,
    };
    let scalar = match scalar {
        Scalar::F32 => kernel::Scalar::F32,
        Scalar::F64 | Scalar::I64 | Scalar::Bool => kernel::Scalar::F64,
    };
    (law, scalar)
}

impl<'a> Lowering<'a> {
    /// Independent draws at a step.
    pub(super) fn draw(&mut self, inst: &Inst) {
        let &Op::Draw { stream, law, index } = &inst.op else {
            unreachable!("the operation is a draw")
        };
        let result = inst.results[0];
        if let Some(row) = self.strips.get(&result).cloned() {
            return self.bind_memory(result, row);
        }
        let source = self.source(result, stream, law);
        let entries = self.ty(result).entries();
        let step = self.scalar(index);
        let step = self.index_of(step);
        let draws = source.draws();
        let (first, skipped) = match step.as_known() {
            Some(step) => {
                let first = step * entries;
                (Index::known(first / draws), Index::known(first % draws))
            }
            None if entries.is_multiple_of(draws) => {
                let blocks = i64::try_from(entries / draws).expect("entries fit i64");
                (Index::default().plus(&step, blocks), Index::default())
            }
            None => self.split(&step, entries, draws),
        };
        match skipped.as_known() {
            Some(skipped) if skipped + entries <= draws && !self.calls_generator(source) => {
                let all = self.draw_block(source, &first);
                let range = skipped..skipped + entries;
                let range = range.map(|n| all[usize::try_from(n).expect("draws are few")]);
                self.bind_entries(result, range.collect());
            }
            _ => {
                let most = skipped.as_known().unwrap_or(draws - 1);
                let blocks = (most + entries).div_ceil(draws);
                let memory = self.noise_room(result, source, blocks);
                let count = self.count(blocks);
                self.fill_blocks(source, &memory, &first, count);
                self.bind_noise(result, &memory, &skipped);
            }
        }
    }

    /// The block of the first draw, and how many draws of it belong to earlier steps.
    fn split(&mut self, step: &Index, entries: u64, draws: u64) -> (Index, Index) {
        let entries = i64::try_from(entries).expect("entries fit i64");
        let number = self.index_value(&Index::default().plus(step, entries));
        let shift = self.count(u64::from(draws.trailing_zeros()));
        let mask = self.count(draws - 1);
        let block = self.kernel.binary(Binary::Shr, number, shift);
        let skipped = self.kernel.binary(Binary::And, number, mask);
        (Index::of(block), Index::of(skipped))
    }

    pub(super) fn source(&self, result: Value, stream: Stream, law: DrawLaw) -> Source {
        let (law, scalar) = kind(law, self.ty(result).scalar);
        Source { stream, law, scalar }
    }

    /// A buffer for blocks of draws; of those that are made side by side there is room for all.
    fn noise_room(&mut self, draw: Value, source: Source, blocks: u64) -> View {
        let len = blocks.next_multiple_of(self.beside(source)) * source.draws();
        let ty = Type::array(self.ty(draw).scalar, &[len]);
        self.scratch_of(&format!("{draw}.noise"), &ty, true)
    }

    /// A draw whose entries lie in a buffer of draws.
    fn bind_noise(&mut self, draw: Value, memory: &View, first: &Index) {
        let row = self.noise_row(draw, memory, first);
        self.bind_memory(draw, row);
    }

    fn noise_row(&self, draw: Value, memory: &View, first: &Index) -> View {
        let shape = &self.ty(draw).shape;
        let row = View::whole(memory.buffer, shape, false);
        View { offset: first.clone(), ..row }
    }

    fn draw_block(&mut self, source: Source, block: &Index) -> Vec<kernel::Value> {
        let block = self.index_value(block);
        let block = self.kernel.convert(block, kernel::Scalar::Word);
        let key = self.keys[usize::from(source.stream)];
        self.kernel.draw(source.scalar, source.law, key, block, 0)
    }

    /// `count` blocks from `first` on, one after the other in memory.
    fn fill_blocks(&mut self, source: Source, memory: &View, first: &Index, count: kernel::Value) {
        if self.calls_generator(source) {
            let first = self.index_value(first);
            return self.call_generator(source, memory, first, count);
        }
        let start = self.int(0);
        self.loop_with(start, count, false, &[], |lowering, j, _| {
            let j = Index::of(j);
            let draws = lowering.draw_block(source, &first.plus(&j, 1));
            let width = i64::try_from(draws.len()).expect("blocks are short");
            for (n, draw) in (0..).zip(draws) {
                let place = Index::known(n).plus(&j, width);
                lowering.store_entry(memory, &[place], draw);
            }
            Vec::new()
        });
    }

    /// Steps of a body for which noise is made at once where nothing else wants 16.
    pub(super) fn strip_of(&self, body: &Region) -> u64 {
        let draws = body.insts.iter().filter(|inst| matches!(inst.op, Op::Draw { .. }));
        let entries = draws.map(|inst| self.ty(inst.results[0]).entries()).max().unwrap_or(0);
        if self.generators.beside.is_none() || entries == 0 {
            return STRIP;
        }
        (2 * ALONE / entries / STRIP * STRIP).max(STRIP)
    }

    /// The draws of a loop's body at the loop's own step, for so many steps at once, but for those that
    /// waste no word and are enough for a loop of their own at one step.
    pub(super) fn find_strips(&mut self, body: &Region, extent: u64, steps: u64) -> Vec<Strip> {
        let mut strips = Vec::new();
        for inst in &body.insts {
            let Op::Draw { stream, law, index } = &inst.op else { continue };
            if *index != body.params[0] {
                continue;
            }
            let draw = inst.results[0];
            let source = self.source(draw, *stream, *law);
            let entries = self.ty(draw).entries();
            if entries >= STRIP && entries.is_multiple_of(source.draws()) {
                continue;
            }
            let blocks = steps * entries / source.draws();
            let all_blocks = (extent * entries).div_ceil(source.draws());
            let memory = self.noise_room(draw, source, blocks.min(all_blocks));
            strips.push(Strip { draw, source, memory, blocks, all_blocks });
        }
        strips
    }

    /// Makes the draws of a block of steps, those after the last step left out.
    pub(super) fn fill_strip(&mut self, strip: &Strip, block: &Index) {
        let blocks = i64::try_from(strip.blocks).expect("blocks fit i64");
        let first = Index::default().plus(block, blocks);
        let mut count = self.count(strip.blocks);
        if !strip.all_blocks.is_multiple_of(strip.blocks) {
            let rest = Index::known(strip.all_blocks).plus(&first, -1);
            let rest = self.index_value(&rest);
            count = self.kernel.binary(Binary::Min, count, rest);
        }
        self.fill_blocks(strip.source, &strip.memory, &first, count);
    }

    /// The draws of the block's step of this number.
    pub(super) fn strip_row(&self, strip: &Strip, step: &Index) -> View {
        let entries = i64::try_from(self.ty(strip.draw).entries()).expect("entries fit i64");
        let first = Index::default().plus(step, entries);
        self.noise_row(strip.draw, &strip.memory, &first)
    }
}

//! Draws before the first step. Where several streams are drawn from once, which is what initial laws
//! do, the generator is one loop over the streams rather than a copy of its code for each.
//!
//! ```text
//! v1 = draw "M.x", 0                   for j in 0..2: memory[2 j, 2 j + 1] = block 0 of keys[j]
//! v2 = draw "M.y", 0            =>     v1 = memory[0]
//!                                      v2 = memory[2]
//! ```

use sdec_kernel::{Scalar, Space, Type as KernelType};
use sdec_ssa::{Literal, Op, Type, Value};

use super::Lowering;
use super::draw::Source;
use super::index::Index;
use super::view::View;

impl Lowering<'_> {
    /// Makes the first blocks of all streams that are drawn from once, outside of loops, at step 0.
    pub(super) fn first_draws(&mut self) {
        let draws = self.single_blocks();
        let Some(&(first, source)) = draws.first() else { return };
        let alike: Vec<(Value, Source)> =
            draws.into_iter().filter(|(_, other)| other.is_like(source)).collect();
        if alike.len() < 2 {
            return;
        }
        let width = source.draws();
        let count = alike.len() as u64;
        let keys = self.first_keys(&alike);
        let ty = Type::array(self.ty(first).scalar, &[count * width]);
        let memory = self.scratch_of("first.noise", &ty, true);
        let (start, end) = (self.int(0), self.count(count));
        self.loop_with(start, end, false, &[], |lowering, j, _| {
            let place = |n| Index::known(n).plus(&Index::of(j), 2);
            let (low, high) = (lowering.index_value(&place(0)), lowering.index_value(&place(1)));
            let key = (lowering.kernel.load(keys, low), lowering.kernel.load(keys, high));
            let block = lowering.kernel.word(0);
            let drawn = lowering.kernel.draw(source.scalar, source.law, key, block, 0);
            let width = i64::try_from(width).expect("blocks are short");
            for (n, draw) in (0..).zip(drawn) {
                lowering.store_entry(&memory, &[Index::known(n).plus(&Index::of(j), width)], draw);
            }
            Vec::new()
        });
        for ((value, _), j) in alike.into_iter().zip(0..) {
            let row = View::whole(memory.buffer, &self.ty(value).shape, false);
            self.strips.insert(value, View { offset: Index::known(j * width), ..row });
        }
    }

    /// Draws at step 0 that need one block, with where they come from.
    fn single_blocks(&self) -> Vec<(Value, Source)> {
        let mut draws = Vec::new();
        for inst in &self.func.body.insts {
            let &Op::Draw { stream, law, index } = &inst.op else { continue };
            let result = inst.results[0];
            let source = self.source(result, stream, law);
            let at_start = matches!(
                self.definitions[index.index()],
                Some((inst, _)) if inst.op == Op::Const(Literal::Int(0))
            );
            if at_start && self.ty(result).entries() <= source.draws() {
                draws.push((result, source));
            }
        }
        draws
    }

    /// The streams' keys one after the other.
    fn first_keys(&mut self, draws: &[(Value, Source)]) -> sdec_kernel::BufferId {
        let word = KernelType::uniform(Scalar::Word);
        let keys = self.kernel.buffer("first.keys", Space::Scratch, word, 2 * draws.len() as u64);
        for ((_, source), j) in draws.iter().zip(0..) {
            let (low, high) = self.keys[usize::from(source.stream)];
            for (word, n) in [low, high].into_iter().zip(2 * j..) {
                let place = self.count(n);
                self.kernel.store(keys, place, word);
            }
        }
        keys
    }
}

//! `ssa` to `kernel`: arrays become registers, recipes or memory; loops and lanes appear.
//!
//! ```text
//! v2: f64[1000] = broadcast v0          for i in 0..1000 carry s: f64 = 0.0 {
//! v3: f64[1000] = mul v1, v2      =>      a: f64 = load x[i]
//! v4: f64 = sum v3                        s1: f64 = add s, (mul a, v0)
//!                                         yield s1 }
//! ```
//!
//! An array is held in one of three ways.
//!
//! - *Registers*: at most 16 entries, each a value of the kernel.
//! - A *recipe*: nothing is computed until an entry is read. So elementwise operations, slices,
//!   broadcasts and the like fuse into what reads them. Only arrays whose entries are read once are
//!   recipes, so no work is repeated (movements of entries, which cost nothing, may be read often), but for
//!   large products of tables that are cheaper made twice than kept.
//! - *Memory*: a row-major buffer, or a view of one. Inputs, the rows that a loop emits, large
//!   carries, and whatever is read more than once. Results are written to the outputs directly, and
//!   carries of which a result is made entry by entry are there from the start.
//!
//! An array in registers that is read at an index known only at run time must be in memory too, and
//! so must an array that is reshaped across its axes. That is found out while the kernel is written;
//! it is then written once more with what was learnt.
//!
//! What depends on no draw is uniform; the rest are lanes. Order of operations, which is what decides
//! the bits: sums and products are sequential from 0 and 1; each entry of a contraction is one chain
//! of fused multiply-adds, `k` ascending, from 0; contractions that a loop over steps only adds up are
//! summed over blocks of 16 steps first (`sums.rs`); everything else is as written, but for what
//! `opt::kernel::contract` fuses later. What steps leave on a tape may be done again (`segments.rs`).
//!
//! The caller gives one input per parameter, by the name of the parameter, and then one per stream,
//! `key.NAME`, the two words of its key. It gets one output per result, with lanes where the result
//! depends on a draw. Truth values are counts 0 and 1 in memory.
//!
//! The kernel is linear in the size of the function, but for loops of few executions, which are
//! written out (see `plan.rs`).

mod array;
mod carries;
mod control;
mod crowded;
mod draw;
mod elementwise;
mod entry;
mod generator;
mod index;
mod kind;
mod level;
mod place;
mod plan;
mod reduce;
mod replayed;
mod scan;
mod segments;
mod solve;
mod steps;
mod sums;
mod tape;
#[cfg(test)]
mod tests;
mod trips;
mod turned;
mod view;

use std::collections::{BTreeMap, BTreeSet};

use sdec_kernel::{self as kernel, BufferId, Kernel, Space};
use sdec_ssa::{Func, Inst, Region, Value};

use self::array::Array;
use self::generator::Generators;
use self::level::Levels;
use self::plan::Plan;
use self::segments::{Replay, Segments};
use self::sums::Sums;
use self::turned::Turned;
use self::view::View;

/// What a kernel is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    /// Paths side by side.
    pub lanes: u32,
    /// Bytes that the tapes of reverse mode may take for a group of 16 paths. Where they would take
    /// more, steps are done again; never changes a bit.
    pub memory: u64,
    /// How contractions are cut up.
    pub at_once: AtOnce,
    /// The same in loops by part ([`kernel::Order::ByPart`]), if there shall be any. Never changes a bit.
    pub by_part: Option<AtOnce>,
    /// For paths held one at a time, of whose work `opt::kernel::axis` will put parts side by side: how many
    /// blocks of noise are made at once. Never changes a bit.
    pub beside: Option<Beside>,
}

/// How many blocks of noise of one path are made side by side, powers of two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Beside {
    /// Of singles.
    pub single: u32,
    /// Of doubles.
    pub double: u32,
}

impl Beside {
    /// Of a type.
    fn of(self, scalar: kernel::Scalar) -> u32 {
        if scalar == kernel::Scalar::F32 { self.single } else { self.double }
    }
}

/// How many entries of a contraction are computed at once: their sums, and what they share, are in
/// registers. Never changes a bit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AtOnce {
    /// Of singles.
    pub single: u64,
    /// Of doubles.
    pub double: u64,
}

impl AtOnce {
    /// Of a type.
    fn of(self, scalar: kernel::Scalar) -> u64 {
        let of_type = match scalar {
            kernel::Scalar::F32 | kernel::Scalar::Word | kernel::Scalar::Bool => self.single,
            kernel::Scalar::F64 | kernel::Scalar::I64 => self.double,
        };
        of_type.max(1)
    }
}

impl Default for AtOnce {
    fn default() -> Self {
        Self { single: 4, double: 4 }
    }
}

/// The kernel of a verified function.
pub fn run(func: &Func, target: Target) -> Kernel {
    let expanded = solve::expand(func);
    let func = expanded.as_ref().unwrap_or(func);
    let levels = Levels::of(func);
    let plan = Plan::of(func);
    let sums = Sums::of(func);
    let segments = Segments::of(func, &levels, &plan, target.memory);
    let mut in_memory = BTreeSet::new();
    loop {
        let decided = Decided { levels: &levels, plan: &plan, sums: &sums, segments: &segments };
        let mut lowering = Lowering::new(func, decided, target, &in_memory);
        lowering.write();
        if lowering.learnt.is_empty() {
            return lowering.kernel.finish(target.lanes);
        }
        let learnt = std::mem::take(&mut lowering.learnt);
        in_memory.extend(learnt);
    }
}

/// What is decided about a function before its kernel is written.
#[derive(Clone, Copy)]
struct Decided<'a> {
    levels: &'a Levels,
    plan: &'a Plan,
    sums: &'a Sums,
    segments: &'a Segments,
}

/// A kernel in the making.
struct Lowering<'a> {
    func: &'a Func,
    levels: &'a Levels,
    plan: &'a Plan,
    sums: &'a Sums,
    segments: &'a Segments,
    at_once: AtOnce,
    by_part: Option<AtOnce>,
    /// What must be in memory, row-major, besides where else it is.
    in_memory: &'a BTreeSet<Value>,
    /// What turned out to have to be, too. The kernel at hand is then of no use.
    learnt: BTreeSet<Value>,
    kernel: kernel::Builder,
    /// How each value that is defined is held.
    arrays: Vec<Option<Array>>,
    /// The operation that defines each value, and which of its results it is.
    definitions: Vec<Option<(&'a Inst, usize)>>,
    /// Where values are wanted, so that they are computed there.
    targets: BTreeMap<Value, View>,
    /// Rows of noise that a loop over steps has ready for its draws.
    strips: BTreeMap<Value, View>,
    /// Scans whose tapes hold a segment, by their first results.
    replays: BTreeMap<Value, Replay<'a>>,
    generators: Generators,
    /// Where each stream's key is.
    key_buffers: Vec<BufferId>,
    /// Low and high words of each stream's key.
    keys: Vec<(kernel::Value, kernel::Value)>,
    /// Carries, and what updates them in place, that change only where a mask is true.
    masks: BTreeMap<Value, kernel::Value>,
    /// Counts that are known now.
    ints: BTreeMap<kernel::Value, i64>,
    /// Tables that are also kept by columns.
    turned: Turned,
}

impl<'a> Lowering<'a> {
    fn new(
        func: &'a Func,
        decided: Decided<'a>,
        Target { at_once, by_part, beside, .. }: Target,
        in_memory: &'a BTreeSet<Value>,
    ) -> Self {
        let Decided { levels, plan, sums, segments } = decided;
        let mut lowering = Self {
            func,
            levels,
            plan,
            sums,
            segments,
            at_once,
            by_part,
            in_memory,
            learnt: BTreeSet::new(),
            kernel: kernel::Builder::new(func.name.clone()),
            arrays: vec![None; func.types.len()],
            definitions: vec![None; func.types.len()],
            targets: BTreeMap::new(),
            strips: BTreeMap::new(),
            replays: BTreeMap::new(),
            generators: Generators::of(func, segments, beside),
            key_buffers: Vec::new(),
            keys: Vec::new(),
            masks: BTreeMap::new(),
            ints: BTreeMap::new(),
            turned: if beside.is_some() { Turned::of(func) } else { Turned::default() },
        };
        lowering.find_definitions(&func.body);
        lowering
    }

    fn find_definitions(&mut self, region: &'a Region) {
        for inst in &region.insts {
            for (k, result) in inst.results.iter().enumerate() {
                self.definitions[result.index()] = Some((inst, k));
            }
            for inner in inst.op.regions() {
                self.find_definitions(inner);
            }
        }
    }

    fn write(&mut self) {
        self.inputs();
        let outputs = self.outputs();
        for (&result, output) in self.func.body.results.iter().zip(&outputs) {
            self.targets.entry(result).or_insert_with(|| output.clone());
            self.aim_carry(result, output);
        }
        self.region(&self.func.body);
        for (&result, output) in self.func.body.results.iter().zip(&outputs) {
            self.store(output, result);
        }
        self.add_generators();
    }

    fn inputs(&mut self) {
        let mut views = Vec::new();
        for param in &self.func.params {
            let ty = &self.func.types[param.value];
            let scalar = place::in_buffers(ty.scalar);
            let in_buffer = kernel::Type { scalar, lanes: param.each };
            let buffer = self.kernel.buffer(&param.name, Space::Input, in_buffer, ty.entries());
            views.push(View::whole(buffer, &ty.shape, place::is_truth(ty)));
        }
        let keys: Vec<BufferId> = self.func.streams.values().map(|name| self.key(name)).collect();
        // What is done side by side reads one row of a table at a time.
        let is_beside = self.generators.beside.is_some();
        let crowded = crowded::find(self.func, self.levels, self.at_once);
        let mut crowded = if is_beside { BTreeSet::new() } else { crowded };
        crowded.retain(|value| !self.in_memory.contains(value));
        for (param, mut view) in self.func.params.iter().zip(views) {
            if crowded.contains(&param.value) {
                view = self.spread(param.value, &param.name, &view);
            }
            self.bind_memory(param.value, view);
            self.turn(param.value);
        }
        self.key_buffers.clone_from(&keys);
        for buffer in keys {
            let (first, second) = (self.int(0), self.int(1));
            let low = self.kernel.load(buffer, first);
            let high = self.kernel.load(buffer, second);
            self.keys.push((low, high));
        }
    }

    fn key(&mut self, stream: &str) -> BufferId {
        let word = kernel::Type::uniform(kernel::Scalar::Word);
        self.kernel.buffer(format!("key.{stream}"), Space::Input, word, 2)
    }

    fn outputs(&mut self) -> Vec<View> {
        let results = self.func.body.results.iter().enumerate();
        results
            .map(|(k, &result)| {
                let ty = &self.func.types[result];
                let scalar = place::in_buffers(ty.scalar);
                let lanes = self.levels.is_path(result);
                let ty_in_buffer = kernel::Type { scalar, lanes };
                let name = format!("result.{k}");
                let buffer = self.kernel.buffer(name, Space::Output, ty_in_buffer, ty.entries());
                View::whole(buffer, &ty.shape, place::is_truth(ty))
            })
            .collect()
    }

    /// The operations of a region, in order.
    fn region(&mut self, region: &'a Region) {
        for inst in &region.insts {
            self.inst(inst);
            inst.results.iter().for_each(|&result| self.turn(result));
        }
    }
}

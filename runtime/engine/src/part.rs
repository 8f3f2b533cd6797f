//! The kernel's outputs for one chunk, reduced to what is collected of them.

use std::ops::Range;

use sdec_abi::{
    Buffer, Call, Compiled, GROUP, Input, OutOfMemory, Output, Scratch, Signature, Slot,
};

use crate::chunks::{Chunk, Kept};
use crate::lane::Lane;
use crate::moments::{self, groups};
use crate::tree::Tree;
use crate::{Collect, Job, NotFinite, RunError, Statuses, finite, keep, status};

/// What is collected of a run of groups.
#[derive(Debug)]
pub(crate) struct Part {
    /// One per output.
    pub(crate) outputs: Vec<Collecting>,
    /// Paths with results that are not finite.
    pub(crate) not_finite: Option<NotFinite>,
}

/// What is collected of an output; kept paths go straight to their place.
#[derive(Debug)]
pub(crate) enum Collecting {
    Moments(Tree),
    Sums(Tree),
    Status(Statuses),
    Uniform(Vec<f64>),
}

/// What one thread works in. Whatever it holds at the start of a call is never read.
#[derive(Debug)]
pub(crate) struct Memory {
    buffers: Vec<Buffer>,
    scratch: Scratch,
}

impl Memory {
    fn fits(&self, signature: &Signature) -> bool {
        self.buffers.len() == signature.outputs.len()
            && self.scratch.bytes() == signature.scratch_bytes.next_multiple_of(8)
            && self.buffers.iter().zip(&signature.outputs).all(|(memory, slot)| {
                memory.scalar() == slot.scalar && memory.len() as u64 >= slot.scalars(1)
            })
    }
}

/// One thread at a job.
pub(crate) struct Worker<'a> {
    kernel: &'a dyn Compiled,
    inputs: &'a [Input<'a>],
    job: &'a Job<'a>,
    memory: Memory,
}

impl<'a> Worker<'a> {
    /// With memory for chunks of one group: what another job left, where it fits.
    pub(crate) fn new(
        kernel: &'a dyn Compiled,
        inputs: &'a [Input<'a>],
        job: &'a Job<'a>,
        spare: Option<Memory>,
    ) -> Result<Self, OutOfMemory> {
        let signature = kernel.signature();
        let memory = match spare.filter(|spare| spare.fits(signature)) {
            Some(spare) => spare,
            None => {
                Memory { buffers: buffers(&signature.outputs)?, scratch: Scratch::new(signature)? }
            }
        };
        Ok(Self { kernel, inputs, job, memory })
    }

    /// What it worked in.
    pub(crate) fn into_memory(self) -> Memory {
        self.memory
    }

    /// Runs the kernel for a chunk.
    pub(crate) fn run(&mut self, chunk: &mut Chunk<'_>) -> Result<Part, RunError> {
        let (kernel, job) = (self.kernel, self.job);
        let groups = chunk.groups.clone();
        let outputs = self.call(groups, job.paths, job.first_path)?;
        Ok(reduce(&kernel.signature().outputs, &outputs, job, chunk))
    }

    /// Runs the kernel for some paths of a group, whose results are in the first lanes.
    pub(crate) fn piece(
        &mut self,
        group: u64,
        lanes: &Range<u64>,
    ) -> Result<Vec<Output<'_>>, RunError> {
        let first = self.job.first_path.wrapping_add(group * GROUP + lanes.start);
        self.call(0..1, lanes.end - lanes.start, first)
    }

    fn call(
        &mut self,
        groups: Range<u64>,
        paths: u64,
        first_path: u64,
    ) -> Result<Vec<Output<'_>>, RunError> {
        let slots = &self.kernel.signature().outputs;
        let count = groups.end - groups.start;
        let Memory { buffers, scratch } = &mut self.memory;
        for (slot, memory) in slots.iter().zip(&mut *buffers) {
            if (memory.len() as u64) < slot.scalars(count) {
                *memory = buffer(slot, count)?;
            }
        }
        let mut outputs: Vec<Output<'_>> = slots
            .iter()
            .zip(buffers)
            .map(|(slot, memory)| memory.output(slot.scalars(count) as usize))
            .collect();
        self.kernel.call(&mut Call {
            inputs: self.inputs,
            outputs: &mut outputs,
            groups,
            paths,
            first_path,
            scratch,
        })?;
        Ok(outputs)
    }
}

/// What is collected of the outputs of a chunk.
pub(crate) fn reduce(
    slots: &[Slot],
    outputs: &[Output<'_>],
    job: &Job<'_>,
    chunk: &mut Chunk<'_>,
) -> Part {
    let mut reduction = Reduction {
        masks: vec![0; (chunk.groups.end - chunk.groups.start) as usize],
        first_path: job.first_path,
        first_group: chunk.groups.start,
        paths: chunk.paths,
    };
    let mut collecting = Vec::with_capacity(slots.len());
    for (((slot, output), &collect), kept) in
        slots.iter().zip(outputs).zip(job.collect).zip(&mut chunk.kept)
    {
        collecting.push(match output {
            Output::F64(x) => reduction.output(slot, x, collect, kept),
            Output::F32(x) => reduction.output(slot, x, collect, kept),
            Output::I64(x) => reduction.output(slot, x, collect, kept),
            Output::Word(x) => reduction.output(slot, x, collect, kept),
        });
    }
    Part { outputs: collecting, not_finite: reduction.not_finite() }
}

/// Memory for the outputs of a group.
pub(crate) fn buffers(slots: &[Slot]) -> Result<Vec<Buffer>, OutOfMemory> {
    slots.iter().map(|slot| buffer(slot, 1)).collect()
}

fn buffer(slot: &Slot, groups: u64) -> Result<Buffer, OutOfMemory> {
    let len = usize::try_from(slot.scalars(groups)).unwrap_or(usize::MAX);
    Buffer::zeros(slot.scalar, len)
}

struct Reduction {
    /// Of each group, the lanes that are not finite.
    masks: Vec<u16>,
    /// Of the job.
    first_path: u64,
    first_group: u64,
    paths: usize,
}

impl Reduction {
    fn output<L: Lane>(
        &mut self,
        slot: &Slot,
        lanes: &[L],
        collect: Collect,
        kept: &mut Kept<'_>,
    ) -> Collecting {
        if !slot.lanes {
            return Collecting::Uniform(lanes.iter().map(|x| x.double()).collect());
        }
        let entries = slot.len as usize;
        if collect == Collect::Status {
            assert_eq!(entries, status::ENTRIES, "a status has a code, a time and attempts");
            let first = self.first_path.wrapping_add(self.first_group * GROUP);
            let numbers = (0..).map(|k: u64| first.wrapping_add(k * GROUP));
            let statuses = groups(lanes, entries, self.paths)
                .zip(numbers)
                .map(|((group, count), first)| Statuses::of_group(group, count, first))
                .fold(Statuses::default(), Statuses::join);
            return Collecting::Status(statuses);
        }
        if collect == Collect::Keep {
            keep::transpose(lanes, entries, kept.rows);
        }
        let sums_only = collect == Collect::Sums;
        let mut tree = if sums_only { Tree::of_sums(entries) } else { Tree::new(entries) };
        let masks = self.masks.iter_mut().zip(0..);
        for ((group, count), (mask, k)) in groups(lanes, entries, self.paths).zip(masks) {
            tree.push(self.first_group + k, count as u64, |sums, squares| {
                // What is not finite shows in its square, and makes a sum that is not.
                let sure = if sums_only {
                    moments::sums_of_group(group, count, sums);
                    sums
                } else {
                    moments::of_group(group, count, sums, squares);
                    squares
                };
                if !sure.iter().all(|x| x.is_finite()) {
                    *mask |= finite::mask(group, count);
                }
            });
        }
        if sums_only { Collecting::Sums(tree) } else { Collecting::Moments(tree) }
    }

    fn not_finite(&self) -> Option<NotFinite> {
        let of_group = |(&mask, k): (&u16, u64)| {
            let group = self.first_group + k;
            NotFinite::of_mask(mask, self.first_path.wrapping_add(group * GROUP))
        };
        self.masks.iter().zip(0..).map(of_group).fold(None, NotFinite::join)
    }
}

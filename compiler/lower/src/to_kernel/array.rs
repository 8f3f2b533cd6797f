//! How arrays are held, and how values get to be held so.

use sdec_kernel as kernel;
use sdec_ssa::{Type, Value};

use super::index::{self, Index};
use super::plan::SMALL;
use super::view::View;
use super::{Lowering, place};

/// Entries of a row that make it likely that rows compete for places of a cache: so many of 16 bytes are
/// an eighth of a way of it.
const APART: u64 = 32;

/// Entries from one row to the next. Were rows whole multiples of [`APART`], the same entry of each step
/// would compete with the others for few places of the nearest cache: then each has room for one more.
pub(super) fn row_stride(entries: u64, lanes: bool) -> u64 {
    if lanes && entries.is_multiple_of(APART) { entries + 1 } else { entries }
}

/// How the entries of a value are got.
#[derive(Clone, Debug)]
pub(super) enum Array {
    /// From registers, row-major; also from memory if they are there as well.
    Registers {
        /// One value per entry.
        entries: Vec<kernel::Value>,
        /// The same in memory.
        memory: Option<View>,
    },
    /// From memory.
    Memory(View),
    /// By doing the operation that defines the value.
    Recipe,
}

impl<'a> Lowering<'a> {
    /// The type of a value.
    pub(super) fn ty(&self, value: Value) -> &'a Type {
        &self.func.types[value]
    }

    /// Whether a value is kept in registers.
    pub(super) fn is_small(&self, value: Value) -> bool {
        self.ty(value).entries() <= SMALL
    }

    /// The kernel type of a value's entries in registers.
    pub(super) fn entry_type(&self, value: Value) -> kernel::Type {
        let scalar = place::scalar(self.ty(value).scalar);
        kernel::Type { scalar, lanes: self.levels.is_path(value) }
    }

    /// How a value is held.
    pub(super) fn array(&self, value: Value) -> &Array {
        self.arrays[value.index()].as_ref().expect("operands precede uses")
    }

    /// Where a value is in memory, if it is.
    pub(super) fn memory(&self, value: Value) -> Option<&View> {
        match self.array(value) {
            Array::Registers { memory, .. } => memory.as_ref(),
            Array::Memory(view) => Some(view),
            Array::Recipe => None,
        }
    }

    /// A small value by its entries; they are put into memory too if that is needed.
    pub(super) fn bind_entries(&mut self, value: Value, entries: Vec<kernel::Value>) {
        let mut memory = None;
        if self.in_memory.contains(&value) {
            let view = self.scratch(value);
            for (at, &entry) in index::all(&self.ty(value).shape).iter().zip(&entries) {
                self.store_entry(&view, at, entry);
            }
            memory = Some(view);
        }
        self.arrays[value.index()] = Some(Array::Registers { entries, memory });
    }

    /// A value by its place in memory. A small one is loaded.
    pub(super) fn bind_memory(&mut self, value: Value, view: View) {
        let ty = self.ty(value);
        if self.is_small(value) {
            let places = index::all(&ty.shape);
            let entries = places.iter().map(|at| self.load_entry(&view, at)).collect();
            let memory = view.is_row_major(&ty.shape).then_some(view);
            match memory {
                Some(_) => {
                    self.arrays[value.index()] = Some(Array::Registers { entries, memory });
                }
                None => self.bind_entries(value, entries),
            }
        } else if self.in_memory.contains(&value) && !view.is_row_major(&ty.shape) {
            self.arrays[value.index()] = Some(Array::Memory(view));
            self.materialise(value);
        } else {
            self.arrays[value.index()] = Some(Array::Memory(view));
        }
    }

    /// A large value that is computed where it is read, or now if it must be in memory.
    pub(super) fn bind_recipe(&mut self, value: Value) {
        self.arrays[value.index()] = Some(Array::Recipe);
        if self.in_memory.contains(&value) {
            self.materialise(value);
        }
    }

    /// Computes all entries of a value into its target or a buffer of its own.
    pub(super) fn materialise(&mut self, value: Value) {
        let view = self.room(value);
        self.fill(&view, &self.ty(value).shape, &mut |lowering, places| {
            places.iter().map(|at| lowering.entry(value, at)).collect()
        });
        self.arrays[value.index()] = Some(Array::Memory(view));
    }

    /// Where to put a large value: where it is wanted, or a new buffer.
    pub(super) fn room(&mut self, value: Value) -> View {
        match self.targets.get(&value) {
            Some(target) if !self.is_strewn(target) => target.clone(),
            Some(_) | None => self.scratch(value),
        }
    }

    /// A new buffer for a value.
    pub(super) fn scratch(&mut self, value: Value) -> View {
        let ty = self.ty(value);
        let lanes = self.levels.is_path(value);
        self.scratch_of(&value.to_string(), ty, lanes)
    }

    /// A new buffer.
    pub(super) fn scratch_of(&mut self, name: &str, ty: &Type, lanes: bool) -> View {
        let entry = kernel::Type { scalar: place::in_buffers(ty.scalar), lanes };
        let buffer = self.kernel.buffer(name, kernel::Space::Scratch, entry, ty.entries());
        View::whole(buffer, &ty.shape, place::is_truth(ty))
    }

    /// A new buffer for rows that are gone through entry by entry, so many steps at a time.
    pub(super) fn scratch_of_rows(&mut self, name: &str, ty: &Type, lanes: bool) -> View {
        let row: u64 = ty.shape[1..].iter().product();
        let stride = row_stride(row, lanes);
        let room = Type { scalar: ty.scalar, shape: vec![ty.shape[0], stride] };
        let view = self.scratch_of(name, &room, lanes).as_whole(&ty.shape);
        View { strides: [&[stride], &view.strides[1..]].concat(), ..view }
    }

    /// All entries of a small value.
    pub(super) fn entries(&mut self, value: Value) -> Vec<kernel::Value> {
        match self.array(value) {
            Array::Registers { entries, .. } => entries.clone(),
            Array::Memory(_) | Array::Recipe => {
                let places = index::all(&self.ty(value).shape);
                places.iter().map(|at| self.entry(value, at)).collect()
            }
        }
    }

    /// All entries of a small value at its level: lanes if it is one per path in any execution.
    pub(super) fn entries_like(&mut self, value: Value, like: Value) -> Vec<kernel::Value> {
        let entries = self.entries(value);
        if !self.levels.is_path(like) {
            return entries;
        }
        entries.into_iter().map(|entry| self.kernel.splat(entry)).collect()
    }

    /// The entry of a scalar.
    pub(super) fn scalar(&mut self, value: Value) -> kernel::Value {
        self.entry(value, &[])
    }

    /// One entry of a value.
    pub(super) fn entry(&mut self, value: Value, at: &[Index]) -> kernel::Value {
        match self.array(value).clone() {
            Array::Registers { entries, memory } => {
                if let Some(place) = index::flatten(at, &self.ty(value).shape) {
                    entries[place]
                } else if let Some(view) = memory {
                    self.load_entry(&view, at)
                } else {
                    self.learnt.insert(value);
                    entries.first().copied().unwrap_or_else(|| self.zero(value))
                }
            }
            Array::Memory(view) => self.load_entry(&view, at),
            Array::Recipe => {
                let (inst, _) = self.definitions[value.index()].expect("recipes are operations");
                self.compute(value, &inst.op, at)
            }
        }
    }

    /// Zero or false, of a value's scalar type.
    pub(super) fn zero(&mut self, value: Value) -> kernel::Value {
        match place::scalar(self.ty(value).scalar) {
            kernel::Scalar::Bool => self.kernel.literal(kernel::Literal::Bool(false)),
            kernel::Scalar::I64 | kernel::Scalar::Word => self.int(0),
            float @ (kernel::Scalar::F64 | kernel::Scalar::F32) => self.kernel.float(float, 0.0),
        }
    }
}

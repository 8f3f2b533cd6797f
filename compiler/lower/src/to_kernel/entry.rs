//! Operations on arrays: where each result is held, and what one entry of it is.

use sdec_kernel as kernel;
use sdec_ssa::{Inst, Literal, Op, Scalar, Value};

use super::array::Array;
use super::index::{self, Index};
use super::kind::Kind;
use super::reduce::Reduction;
use super::view::{self, View};
use super::{Lowering, place};

impl<'a> Lowering<'a> {
    /// Does an operation, or makes it a recipe.
    pub(super) fn inst(&mut self, inst: &'a Inst) {
        let Some(&result) = inst.results.first() else { return };
        if self.sums.is_deferred(result) {
            return;
        }
        let small = self.is_small(result);
        match Kind::of(&inst.op) {
            Kind::Control => self.control(inst),
            Kind::Draw => self.draw(inst),
            Kind::Movement => match self.moved(&inst.op, result) {
                Some(view) => self.bind_memory(result, view),
                None if small => self.small_result(result, &inst.op),
                None => self.bind_recipe(result),
            },
            _ if small => self.small_result(result, &inst.op),
            Kind::Elementwise
                if self.plan.is_read_once(result) || self.plan.is_made_again(result) =>
            {
                self.bind_recipe(result);
            }
            Kind::Elementwise | Kind::Reduction => self.fill_result(result, &inst.op),
            Kind::Join => self.join(result, &inst.op),
            Kind::Update => self.add_at(result, &inst.op),
        }
    }

    fn control(&mut self, inst: &'a Inst) {
        if let Op::Map { extent, body } = &inst.op {
            self.map(inst, *extent, body);
        } else if let Op::If { condition, then, otherwise } = &inst.op {
            self.branch(*condition, then, otherwise, &inst.results);
        } else {
            self.scan(inst);
        }
    }

    fn small_result(&mut self, result: Value, op: &'a Op) {
        let entries = self.compute_all(result, op, &index::all(&self.ty(result).shape));
        self.bind_entries(result, entries);
    }

    /// Computes a large result into memory.
    fn fill_result(&mut self, result: Value, op: &'a Op) {
        let view = self.room(result);
        let shape = &self.ty(result).shape;
        if let Op::Contract(a, b) = op {
            self.fill_tiles(&view, shape, self.at_once(*a, *b), &mut |lowering, places| {
                lowering.compute_all(result, op, places)
            });
        } else {
            self.fill(&view, shape, &mut |lowering, places| {
                lowering.compute_all(result, op, places)
            });
        }
        self.arrays[result.index()] = Some(Array::Memory(view));
    }

    /// The view of an operand in memory that an operation only moves. What can be had from registers
    /// is not loaded again.
    fn moved(&self, op: &Op, result: Value) -> Option<View> {
        let memory = |x: Value| match self.array(x) {
            Array::Registers { .. } if self.is_small(result) => None,
            Array::Registers { .. } | Array::Memory(_) | Array::Recipe => self.memory(x),
        };
        if let Op::Broadcast(x) = op {
            let axes = self.ty(result).shape.len() - self.ty(*x).shape.len();
            memory(*x).map(|view| view.broadcast(axes))
        } else if let Op::Slice { array, start } = op {
            memory(*array).map(|view| view.slice(*start))
        } else if let Op::Reshape(x) = op {
            memory(*x)?.reshape(&self.ty(*x).shape, &self.ty(result).shape)
        } else if let Op::Transpose(x, permutation) = op {
            memory(*x).map(|view| view.transpose(permutation))
        } else if let Op::Index(array, index) = op
            && let Array::Registers { entries, .. } = self.array(*index)
            && !self.levels.is_path(*index)
        {
            let index = self.index_of(entries[0]);
            let known = index.as_known().is_some();
            let view = if known { memory(*array)? } else { self.memory(*array)? };
            Some(view.row(&index))
        } else {
            None
        }
    }

    /// `[k, …]` or `[n + m + …, …]` from parts, each copied to its rows.
    fn join(&mut self, result: Value, op: &Op) {
        let view = self.room(result);
        let is_stack = matches!(op, Op::Stack(_));
        let mut start = 0;
        for part in op.operands() {
            let rows = view.slice(start);
            if is_stack {
                self.store(&rows.row(&Index::default()), part);
                start += 1;
            } else {
                self.store(&rows, part);
                start += self.ty(part).shape[0];
            }
        }
        self.arrays[result.index()] = Some(Array::Memory(view));
    }

    /// Adds a row in place if nothing else reads the array, else to a copy.
    fn add_at(&mut self, result: Value, op: &'a Op) {
        let &Op::AddAt { array, index, row } = op else {
            unreachable!("the only update is `add_at`")
        };
        if self.levels.is_path(index) {
            return self.fill_result(result, op);
        }
        let own = match self.array(array) {
            Array::Memory(view) => self.may_overwrite(array, result, view).then(|| view.clone()),
            Array::Registers { .. } | Array::Recipe => None,
        };
        let in_place = own.is_some();
        let view = own.unwrap_or_else(|| {
            let view = self.room(result);
            self.store(&view, array);
            view
        });
        let index = self.scalar(index);
        let target = view.row(&self.index_of(index));
        let mask = in_place.then(|| self.masks.get(&array).copied()).flatten();
        if let Some(mask) = mask {
            self.masks.insert(result, mask);
        }
        self.fill(&target, &self.ty(row).shape, &mut |lowering, places| {
            let sum = |at: &Vec<Index>| {
                let old = lowering.load_entry(&target, at);
                let new = lowering.entry(row, at);
                let sum = lowering.kernel.binary(kernel::Binary::Add, old, new);
                lowering.where_masked(mask, sum, old)
            };
            places.iter().map(sum).collect()
        });
        self.bind_memory(result, view);
    }

    /// Whether an array's memory is its own, of its level, and read by nothing but the operation
    /// that defines `result`, which is executed as often.
    fn may_overwrite(&self, array: Value, result: Value, view: &View) -> bool {
        let own = match self.definitions[array.index()] {
            None => true,
            Some((inst, _)) => {
                matches!(inst.op, Op::AddAt { .. } | Op::Scan { .. } | Op::Map { .. })
            }
        };
        let buffer = self.kernel.buffer_of(view.buffer);
        let done_again = self.definitions[array.index()]
            .is_some_and(|(inst, _)| self.segments.filled_by(inst.results[0]).is_some());
        own && !done_again
            && buffer.space != kernel::Space::Input
            && buffer.ty.lanes == self.levels.is_path(result)
            && view.is_row_major(&self.ty(array).shape)
            && !self.targets.contains_key(&result)
            && self.plan.is_read_once(array)
            && self.plan.in_one_region(array, result)
    }

    /// Entries of a result at some places.
    fn compute_all(
        &mut self,
        result: Value,
        op: &'a Op,
        places: &[Vec<Index>],
    ) -> Vec<kernel::Value> {
        if let Op::Contract(a, b) = op {
            self.contract(*a, *b, places)
        } else if let Some((by, x)) = Reduction::of(op) {
            self.reduce(by, x, places)
        } else {
            places.iter().map(|at| self.compute(result, op, at)).collect()
        }
    }

    /// One entry of a result.
    pub(super) fn compute(&mut self, result: Value, op: &'a Op, at: &[Index]) -> kernel::Value {
        match op {
            Op::Const(literal) => self.literal(*literal, self.ty(result).scalar),
            Op::Unary(op, x) => {
                let entry = self.entry(*x, at);
                self.unary(*op, entry)
            }
            Op::Binary(op, x, y) => {
                let (x, y) = self.pair(*x, *y, at);
                self.binary(*op, x, y)
            }
            Op::Compare(op, x, y) => {
                let (x, y) = self.pair(*x, *y, at);
                self.compare(*op, x, y)
            }
            Op::Select(c, x, y) => {
                let c = self.entry(*c, at);
                let (x, y) = self.pair(*x, *y, at);
                self.kernel.select(c, x, y)
            }
            Op::Convert(x) => {
                let entry = self.entry(*x, at);
                self.convert(entry, place::scalar(self.ty(result).scalar))
            }
            Op::Broadcast(x) => self.entry(*x, &at[at.len() - self.ty(*x).shape.len()..]),
            Op::Stack(parts) => match at[0].as_known() {
                Some(k) => self.entry(parts[usize_of(k)], &at[1..]),
                None => self.learn(result),
            },
            Op::Concat(parts) => self.part(result, parts, at),
            Op::Slice { array, start } => {
                let row = at[0].plus_known(*start);
                self.entry(*array, &[&[row], &at[1..]].concat())
            }
            Op::Reshape(x) => match self.unshape(*x, result, at) {
                Some(at) => self.entry(*x, &at),
                None => self.learn(*x),
            },
            Op::Transpose(x, permutation) => {
                let mut moved = at.to_vec();
                for (index, &axis) in at.iter().zip(permutation) {
                    moved[axis] = index.clone();
                }
                self.entry(*x, &moved)
            }
            Op::Index(array, index) => self.row_entry(*array, *index, at),
            Op::AddAt { array, index, row } => {
                let old = self.entry(*array, at);
                let new = self.entry(*row, &at[1..]);
                let sum = self.binary(sdec_ssa::Binary::Add, old, new);
                let index = self.scalar(*index);
                self.select_row(index, &at[0], sum, old)
            }
            Op::Contract(..) | Op::Sum(_) | Op::Product(_) | Op::Extremum(..) => {
                self.compute_all(result, op, &[at.to_vec()])[0]
            }
            Op::ArgExtremum(which, x) => self.arg_extremum(*which, *x),
            Op::Map { body, .. } => {
                let i = self.index_value(&at[0]);
                self.bind_entries(body.params[0], vec![i]);
                self.region(body);
                self.entry(body.results[0], &at[1..])
            }
            Op::Draw { .. }
            | Op::Scan { .. }
            | Op::Solve(..)
            | Op::Implicit { .. }
            | Op::If { .. } => {
                unreachable!("draws and control are no recipes")
            }
        }
    }

    /// Entries of two operands; once if they are the same, since a chain of squares would else
    /// double at each link.
    fn pair(&mut self, x: Value, y: Value, at: &[Index]) -> (kernel::Value, kernel::Value) {
        let first = self.entry(x, at);
        let second = if x == y { first } else { self.entry(y, at) };
        (first, second)
    }

    /// Notes that a value must be in memory; the entry is of no use.
    fn learn(&mut self, value: Value) -> kernel::Value {
        self.learnt.insert(value);
        let zero = self.zero(value);
        if self.levels.is_path(value) { self.kernel.splat(zero) } else { zero }
    }

    fn part(&mut self, result: Value, parts: &[Value], at: &[Index]) -> kernel::Value {
        let Some(mut row) = at[0].as_known() else { return self.learn(result) };
        for &part in parts {
            let rows = self.ty(part).shape[0];
            if row < rows {
                return self.entry(part, &[&[Index::known(row)], &at[1..]].concat());
            }
            row -= rows;
        }
        unreachable!("rows of a concatenation are those of its parts")
    }

    /// The index of the operand of a reshape, if it can be said without division.
    fn unshape(&self, x: Value, result: Value, at: &[Index]) -> Option<Vec<Index>> {
        let (from, to) = (&self.ty(x).shape, &self.ty(result).shape);
        if let Some(place) = index::flatten(at, to) {
            return Some(index::unflatten(place as u64, from));
        }
        let groups = view::split(from, to)?;
        let joined = groups.into_iter().map(|group| {
            group.fold(Index::default(), |sum, axis| {
                let factor = i64::try_from(to[axis]).expect("extents fit i64");
                Index::default().plus(&sum, factor).plus(&at[axis], 1)
            })
        });
        Some(joined.collect())
    }

    /// An entry of row `index`; by selection where paths differ in the index.
    fn row_entry(&mut self, array: Value, index: Value, at: &[Index]) -> kernel::Value {
        let row = self.scalar(index);
        if !self.levels.is_path(index) {
            let row = self.index_of(row);
            return self.entry(array, &[&[row], at].concat());
        }
        let rows = self.ty(array).shape[0];
        let read = |lowering: &mut Self, k: Index| lowering.entry(array, &[&[k], at].concat());
        let first = read(self, Index::known(0));
        let first = self.kernel.splat(first);
        if matches!(self.array(array), Array::Registers { .. }) {
            return (1..rows).fold(first, |found, k| {
                let entry = read(self, Index::known(k));
                self.select_row(row, &Index::known(k), entry, found)
            });
        }
        let (start, end) = (self.int(1), self.count(rows));
        self.loop_with(start, end, false, &[first], |lowering, k, found| {
            let k = Index::of(k);
            let entry = read(lowering, k.clone());
            vec![lowering.select_row(row, &k, entry, found[0])]
        })[0]
    }

    /// `row == k ? x : y`, now if both are known.
    fn select_row(
        &mut self,
        row: kernel::Value,
        k: &Index,
        x: kernel::Value,
        y: kernel::Value,
    ) -> kernel::Value {
        if let (Some(&row), Some(k)) = (self.ints.get(&row), k.as_known()) {
            return if u64::try_from(row) == Ok(k) { x } else { y };
        }
        let k = self.index_value(k);
        let same = self.kernel.compare(kernel::Compare::Eq, row, k);
        self.kernel.select(same, x, y)
    }

    fn literal(&mut self, literal: Literal, scalar: Scalar) -> kernel::Value {
        match literal {
            Literal::Float(bits) => self.kernel.float(place::scalar(scalar), f64::from_bits(bits)),
            Literal::Int(n) => self.int(n),
            Literal::Bool(b) => self.kernel.literal(kernel::Literal::Bool(b)),
        }
    }
}

fn usize_of(n: u64) -> usize {
    usize::try_from(n).expect("extents fit memory")
}

//! Tables that are also kept by columns. Where parts of the work of one path are done side by side, `A @ x` has
//! one row in each lane, and reads what lies below each other in `A`. Of a table that a loop multiplies so there
//! is a copy, made once before the loop, in which these entries are neighbours.

use std::collections::{BTreeMap, BTreeSet};

use sdec_ssa::{Func, Op, Region, Scalar, Type, Value};

use super::Lowering;
use super::array::Array;
use super::plan::SMALL;
use super::view::View;

/// Columns of a table below which the entries of a row of a product are no neighbours worth the name.
const FEW: u64 = 4;

/// Products for which a copy is worth it. Loops whose executions do not depend on each other may be short.
const OFTEN: u64 = 4;

/// Tables that are also kept by columns.
#[derive(Default)]
pub(super) struct Turned {
    /// Of which there shall be a copy.
    wanted: BTreeSet<Value>,
    /// Those that there are.
    pub(super) copies: BTreeMap<Value, View>,
}

impl Turned {
    /// What is defined outside of all loops, and in a loop is the left side of a product with a vector that
    /// does not fit registers.
    pub(super) fn of(func: &Func) -> Self {
        let mut found = BTreeSet::new();
        within(func, &func.body, false, &mut found);
        let results = func.body.insts.iter().flat_map(|inst| inst.results.iter().copied());
        let outside: BTreeSet<Value> =
            func.params.iter().map(|param| param.value).chain(results).collect();
        let wanted = found.intersection(&outside).copied().collect();
        Self { wanted, copies: BTreeMap::new() }
    }
}

fn within(func: &Func, region: &Region, in_loop: bool, found: &mut BTreeSet<Value>) {
    for inst in &region.insts {
        if let Op::Contract(a, b) = inst.op
            && in_loop
            && is_matrix(&func.types[a])
            && columns(&func.types[b]) == 1
        {
            found.insert(a);
        }
        let in_loop = in_loop
            || matches!(inst.op, Op::Scan { .. })
            || matches!(inst.op, Op::Map { extent: OFTEN.., .. });
        for inner in inst.op.regions() {
            within(func, inner, in_loop, found);
        }
    }
}

/// Of the right side of a product; a vector has one.
fn columns(ty: &Type) -> u64 {
    ty.shape[1..].iter().product()
}

fn is_matrix(ty: &Type) -> bool {
    ty.shape.len() == 2 && ty.shape[0] > SMALL && matches!(ty.scalar, Scalar::F32 | Scalar::F64)
}

impl Lowering<'_> {
    /// Makes a copy by columns if there shall be one, unless the table lies so.
    pub(super) fn turn(&mut self, value: Value) {
        if !self.turned.wanted.contains(&value) || self.is_small(value) || self.is_by_columns(value)
        {
            return;
        }
        let ty = self.ty(value);
        let turned = Type { scalar: ty.scalar, shape: ty.shape.iter().rev().copied().collect() };
        let lanes = self.levels.is_path(value);
        let view = self.scratch_of(&format!("{value}.turned"), &turned, lanes).transpose(&[1, 0]);
        self.fill(&view, &ty.shape, &mut |lowering, places| {
            places.iter().map(|at| lowering.entry(value, at)).collect()
        });
        self.turned.copies.insert(value, view);
    }

    fn is_by_columns(&self, value: Value) -> bool {
        self.memory(value).is_some_and(|view| view.strides.first() == Some(&1))
    }

    /// Whether entries of a contraction that are next to each other are likely made of entries that are, too.
    pub(super) fn has_neighbours(&self, a: Value, b: Value) -> bool {
        let columns = columns(self.ty(b));
        if columns > 1 {
            return columns >= FEW;
        }
        if self.turned.copies.contains_key(&a) {
            return true;
        }
        match self.array(a) {
            Array::Registers { .. } => false,
            Array::Memory(_) => self.is_by_columns(a),
            Array::Recipe => true,
        }
    }

    /// Whether entries lie apart, one for each path, where one path is held at a time.
    pub(super) fn is_strewn(&self, view: &View) -> bool {
        let buffer = self.kernel.buffer_of(view.buffer);
        self.generators.beside.is_some() && buffer.is_of_paths()
    }
}

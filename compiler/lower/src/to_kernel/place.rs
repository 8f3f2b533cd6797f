//! Entries in memory: loading, storing, and loops over all the places of an array.

use sdec_kernel::{self as kernel, Compare, Order, Stmt};
use sdec_ssa::{Scalar, Type, Value};

use super::Lowering;
use super::array::Array;
use super::index::{self, Index};
use super::view::View;

/// Innermost axes with at most this many entries together are written out in loops over places.
const WRITTEN_OUT: u64 = 4;

/// The kernel's scalar type of a value in registers.
pub(super) fn scalar(scalar: Scalar) -> kernel::Scalar {
    match scalar {
        Scalar::F64 => kernel::Scalar::F64,
        Scalar::F32 => kernel::Scalar::F32,
        Scalar::I64 => kernel::Scalar::I64,
        Scalar::Bool => kernel::Scalar::Bool,
    }
}

/// The kernel's scalar type of a value in memory, where truth values are counts.
pub(super) fn in_buffers(ty: Scalar) -> kernel::Scalar {
    if ty == Scalar::Bool { kernel::Scalar::I64 } else { scalar(ty) }
}

/// Whether entries are truth values.
pub(super) fn is_truth(ty: &Type) -> bool {
    ty.scalar == Scalar::Bool
}

/// Computes the entries at some places.
pub(super) type Entries<'f, 'a> =
    &'f mut dyn FnMut(&mut Lowering<'a>, &[Vec<Index>]) -> Vec<kernel::Value>;

/// Does something at an index.
type Visit<'f, 'a> = &'f mut dyn FnMut(&mut Lowering<'a>, &[Index]);

/// Does something with the indices of a tile along each axis.
type Tiles<'f, 'a> = &'f mut dyn FnMut(&mut Lowering<'a>, &[Vec<Index>]);

/// How a shape is gone through in tiles.
#[derive(Clone, Copy)]
pub(super) struct Tiling {
    /// Entries of a tile.
    pub(super) at_once: u64,
    /// The order of the tiles along the last axis.
    pub(super) order: Order,
}

/// How many entries along each axis are computed together, of so many at once: a square along the last
/// two axes, or nearly, whose operands must be in registers too; all in a row where there is one only.
fn tile(shape: &[u64], at_once: u64) -> Vec<u64> {
    let mut tile = vec![1; shape.len()];
    let mut axes = (0..shape.len()).rev().filter(|&axis| shape[axis] > 1);
    match (axes.next(), axes.next()) {
        (Some(column), Some(row)) => {
            (tile[column], tile[row]) = (at_once / at_once.isqrt(), at_once.isqrt());
        }
        (Some(only), None) => tile[only] = at_once,
        (None, _) => {}
    }
    tile
}

impl<'a> Lowering<'a> {
    /// A count that is known now.
    pub(super) fn int(&mut self, n: i64) -> kernel::Value {
        let value = self.kernel.int(n);
        self.ints.insert(value, n);
        value
    }

    /// A count that is known now, such as an extent.
    pub(super) fn count(&mut self, n: u64) -> kernel::Value {
        self.int(i64::try_from(n).expect("extents fit i64"))
    }

    /// Loads one entry.
    pub(super) fn load_entry(&mut self, view: &View, at: &[Index]) -> kernel::Value {
        let place = self.index_value(&view.place(at));
        let entry = self.kernel.load(view.buffer, place);
        if !view.is_truth {
            return entry;
        }
        let zero = self.int(0);
        self.kernel.compare(Compare::Ne, entry, zero)
    }

    /// Stores one entry.
    pub(super) fn store_entry(&mut self, view: &View, at: &[Index], entry: kernel::Value) {
        let entry = if view.is_truth {
            let (one, zero) = (self.int(1), self.int(0));
            self.kernel.select(entry, one, zero)
        } else {
            entry
        };
        let place = self.index_value(&view.place(at));
        self.kernel.store(view.buffer, place, entry);
    }

    /// Copies a value to a place, unless it is there.
    pub(super) fn store(&mut self, view: &View, value: Value) {
        let shape = &self.ty(value).shape;
        match self.array(value).clone() {
            Array::Memory(place) if place == *view => {}
            Array::Registers { entries, .. } => {
                for (at, entry) in index::all(shape).iter().zip(entries) {
                    self.store_entry(view, at, entry);
                }
            }
            Array::Memory(_) | Array::Recipe => {
                self.fill(view, shape, &mut |lowering, places| {
                    places.iter().map(|at| lowering.entry(value, at)).collect()
                });
            }
        }
    }

    /// Stores an entry for each index of a shape; `entries` computes several at a time.
    pub(super) fn fill(&mut self, view: &View, shape: &[u64], entries: Entries<'_, 'a>) {
        let written_out = |axis: &usize| shape[*axis..].iter().product::<u64>() <= WRITTEN_OUT;
        let inner = (0..shape.len()).find(written_out).unwrap_or(shape.len());
        let (outer, inner) = shape.split_at(inner);
        self.nest(outer, &[], &mut |lowering, prefix| {
            let places: Vec<Vec<Index>> =
                index::all(inner).into_iter().map(|at| [prefix, &at].concat()).collect();
            for (at, entry) in places.iter().zip(entries(lowering, &places)) {
                lowering.store_entry(view, at, entry);
            }
        });
    }

    /// [`Self::fill`] for entries that share what they are computed from with their neighbours.
    pub(super) fn fill_tiles(
        &mut self,
        view: &View,
        shape: &[u64],
        at_once: u64,
        entries: Entries<'_, 'a>,
    ) {
        self.tiles(shape, Tiling { at_once, order: Order::Up }, &mut |lowering, axes| {
            let mut places = vec![Vec::new()];
            for axis in axes {
                let extend = |at: &Vec<Index>| {
                    let at = at.clone();
                    axis.iter().map(move |index| [&at[..], std::slice::from_ref(index)].concat())
                };
                places = places.iter().flat_map(extend).collect();
            }
            for (at, entry) in places.iter().zip(entries(lowering, &places)) {
                lowering.store_entry(view, at, entry);
            }
        });
    }

    /// Goes through a shape in tiles of so many entries; `visit` is given the indices of a tile along
    /// each axis.
    pub(super) fn tiles(&mut self, shape: &[u64], tiling: Tiling, visit: Tiles<'_, 'a>) {
        let tile = tile(shape, tiling.at_once);
        self.tiles_from(shape, &tile, tiling.order, Vec::new(), visit);
    }

    fn tiles_from(
        &mut self,
        shape: &[u64],
        tile: &[u64],
        order: Order,
        axes: Vec<Vec<Index>>,
        visit: Tiles<'_, 'a>,
    ) {
        let (Some((&extent, shape)), Some((&width, tile))) =
            (shape.split_first(), tile.split_first())
        else {
            return visit(self, &axes);
        };
        let along = |first: &Index, width: u64| -> Vec<Vec<Index>> {
            let axis = (0..width).map(|k| first.plus_known(k)).collect();
            [&axes[..], &[axis]].concat()
        };
        let (whole, rest) = (extent / width, extent % width);
        if whole == 1 {
            self.tiles_from(shape, tile, order, along(&Index::default(), width), visit);
        } else if whole > 1 {
            let order_here = if shape.is_empty() { order } else { Order::Up };
            self.loop_in_order(whole, order_here, |lowering, k| {
                let width_signed = i64::try_from(width).expect("tiles are small");
                let first = Index::default().plus(&Index::of(k), width_signed);
                lowering.tiles_from(shape, tile, order, along(&first, width), visit);
            });
        }
        if rest > 0 {
            self.tiles_from(shape, tile, order, along(&Index::known(whole * width), rest), visit);
        }
    }

    fn nest(&mut self, extents: &[u64], prefix: &[Index], visit: Visit<'_, 'a>) {
        match extents {
            [] => visit(self, prefix),
            [1, inner @ ..] => self.nest(inner, &[prefix, &[Index::known(0)]].concat(), visit),
            [extent, inner @ ..] => {
                self.loop_over(*extent, |lowering, i| {
                    lowering.nest(inner, &[prefix, &[Index::of(i)]].concat(), visit);
                });
            }
        }
    }

    /// `for i in 0..extent`
    pub(super) fn loop_over(&mut self, extent: u64, body: impl FnOnce(&mut Self, kernel::Value)) {
        self.loop_in_order(extent, Order::Up, body);
    }

    fn loop_in_order(
        &mut self,
        extent: u64,
        order: Order,
        body: impl FnOnce(&mut Self, kernel::Value),
    ) {
        let (start, end) = (self.int(0), self.count(extent));
        self.loop_while(start, end, order, &[], |lowering, i, _| {
            body(lowering, i);
            (Vec::new(), None)
        });
    }

    /// `for i in start..end` with carries.
    pub(super) fn loop_with(
        &mut self,
        start: kernel::Value,
        end: kernel::Value,
        reverse: bool,
        init: &[kernel::Value],
        body: impl FnOnce(&mut Self, kernel::Value, &[kernel::Value]) -> Vec<kernel::Value>,
    ) -> Vec<kernel::Value> {
        self.loop_while(start, end, Order::downwards(reverse), init, |lowering, i, carries| {
            (body(lowering, i, carries), None)
        })
    }

    /// `for i in start..end` with carries, while what `body` gives beside them is true.
    pub(super) fn loop_while(
        &mut self,
        start: kernel::Value,
        end: kernel::Value,
        order: Order,
        init: &[kernel::Value],
        body: impl FnOnce(
            &mut Self,
            kernel::Value,
            &[kernel::Value],
        ) -> (Vec<kernel::Value>, Option<kernel::Value>),
    ) -> Vec<kernel::Value> {
        let var = self.kernel.fresh(kernel::Type::uniform(kernel::Scalar::I64));
        let fresh = |lowering: &mut Self| -> Vec<kernel::Value> {
            init.iter().map(|&first| lowering.kernel.fresh(lowering.kernel.ty(first))).collect()
        };
        let params = fresh(self);
        self.kernel.open_block();
        let (yields, more) = body(self, var, &params);
        let body = self.kernel.close_block();
        let results = fresh(self);
        self.kernel.stmt(Stmt::For {
            var,
            start,
            end,
            order,
            carries: params.into_iter().zip(init.iter().copied()).collect(),
            body,
            yields,
            more,
            results: results.clone(),
        });
        results
    }

    /// Statements that are executed if a uniform condition holds.
    pub(super) fn when(&mut self, condition: kernel::Value, then: impl FnOnce(&mut Self)) {
        self.kernel.open_block();
        then(self);
        let then = self.kernel.close_block();
        let otherwise = kernel::Block::default();
        self.kernel.stmt(Stmt::If { condition, then, otherwise, results: Vec::new() });
    }
}

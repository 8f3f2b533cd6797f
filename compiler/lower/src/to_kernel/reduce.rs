//! Reductions and contractions: one loop over the reduced axis, with one carry for each entry that is
//! wanted.

use std::ops::Range;

use sdec_kernel::{self as kernel, Value as Entry};
use sdec_ssa::{Binary, Extremum, Op, Value};

use super::Lowering;
use super::index::Index;
use super::place;

/// Reductions of at most this many operations are written out.
const WRITTEN_OUT: u64 = 64;

/// Links of a chain in one round of a loop, where they divide it: an even number, of which every other one
/// takes the sums in the opposite order. A fused multiply-add of Cranelift overwrites a factor, so that
/// each sum moves to where the one before was; backwards they return, and the round ends without moves.
const LINKS: u64 = 4;

/// Where so many sums are computed at once a round is long enough with fewer links.
const MANY: usize = 8;

/// How rows are taken together.
#[derive(Clone, Copy)]
pub(super) enum Reduction {
    Sum,
    Product,
    Extremum(Extremum),
}

impl Reduction {
    /// The reduction that an operation is, and of what.
    pub(super) fn of(op: &Op) -> Option<(Self, Value)> {
        if let Op::Sum(x) = op {
            Some((Self::Sum, *x))
        } else if let Op::Product(x) = op {
            Some((Self::Product, *x))
        } else if let Op::Extremum(which, x) = op {
            Some((Self::Extremum(*which), *x))
        } else {
            None
        }
    }
}

/// Links of a chain of so many in a round, where so many sums are computed at once.
pub(super) fn links(extent: u64, at_once: usize) -> u64 {
    let most = if at_once < MANY { LINKS } else { LINKS / 2 };
    [most, 2].into_iter().find(|&links| extent.is_multiple_of(links)).unwrap_or(1)
}

/// The numbers below `count`, downwards for an even `link`.
pub(super) fn there_or_back(count: usize, link: usize) -> impl Iterator<Item = usize> {
    (0..count).map(move |n| if link.is_multiple_of(2) { count - 1 - n } else { n })
}

impl Lowering<'_> {
    /// Entries of a sum, product or extremum over axis 0 at some places.
    pub(super) fn reduce(&mut self, by: Reduction, x: Value, places: &[Vec<Index>]) -> Vec<Entry> {
        let rows = self.ty(x).shape[0];
        let entries = |lowering: &mut Self, row: &Index| -> Vec<Entry> {
            let row = std::slice::from_ref(row);
            places.iter().map(|at| lowering.entry(x, &[row, at].concat())).collect()
        };
        let (first, from, combine) = match by {
            Reduction::Sum => (self.starts(x, 0, places.len()), 0, Binary::Add),
            Reduction::Product => (self.starts(x, 1, places.len()), 0, Binary::Mul),
            Reduction::Extremum(Extremum::Max) => (entries(self, &Index::known(0)), 1, Binary::Max),
            Reduction::Extremum(Extremum::Min) => (entries(self, &Index::known(0)), 1, Binary::Min),
        };
        self.fold(x, from..rows, 1, first, |lowering, row, sums| {
            let terms = entries(lowering, row);
            sums.iter().zip(terms).map(|(&sum, term)| lowering.binary(combine, sum, term)).collect()
        })
    }

    /// Entries of a contraction at some places, each a chain of fused multiply-adds from 0; a few at a
    /// time, so that their sums stay in registers.
    pub(super) fn contract(&mut self, a: Value, b: Value, places: &[Vec<Index>]) -> Vec<Entry> {
        let at_once = self.at_once_of(a) as usize;
        places.chunks(at_once).flat_map(|places| self.chains(a, b, places)).collect()
    }

    /// How many entries of a contraction in memory are computed at once: one where its neighbours will be
    /// beside it.
    pub(super) fn at_once(&self, a: Value, b: Value) -> u64 {
        if self.has_neighbours(a, b) { self.at_once_beside(a) } else { self.at_once_of(a) }
    }

    /// How many entries of a value's type are computed at once where their neighbours share operands: one
    /// where these will be beside it.
    pub(super) fn at_once_beside(&self, like: Value) -> u64 {
        if self.generators.beside.is_some() { 1 } else { self.at_once_of(like) }
    }

    fn at_once_of(&self, like: Value) -> u64 {
        self.at_once.of(place::scalar(self.ty(like).scalar))
    }

    fn chains(&mut self, a: Value, b: Value, places: &[Vec<Index>]) -> Vec<Entry> {
        let extent = self.ty(b).shape[0];
        let outer = self.ty(a).shape.len() - 1;
        let like = if self.levels.is_path(b) { b } else { a };
        let first = self.starts(like, 0, places.len());
        let links = links(extent, places.len());
        let mut link = 0;
        self.fold(like, 0..extent, links, first, |lowering, k, sums| {
            link += 1;
            let mut sums = sums.to_vec();
            for n in there_or_back(places.len(), link) {
                let (left, right) = places[n].split_at(outer);
                let k = std::slice::from_ref(k);
                let x = match lowering.turned.copies.get(&a).cloned() {
                    Some(view) => lowering.load_entry(&view, &[left, k].concat()),
                    None => lowering.entry(a, &[left, k].concat()),
                };
                let y = lowering.entry(b, &[k, right].concat());
                sums[n] = lowering.kernel.fma(x, y, sums[n]);
            }
            sums
        })
    }

    /// The index of the first largest or smallest entry of a vector.
    pub(super) fn arg_extremum(&mut self, which: Extremum, x: Value) -> Entry {
        let better = match which {
            Extremum::Max => kernel::Compare::Gt,
            Extremum::Min => kernel::Compare::Lt,
        };
        let first = [self.entry(x, &[Index::known(0)]), self.int(0)].to_vec();
        let rows = self.ty(x).shape[0];
        self.fold(x, 1..rows, 1, first, |lowering, row, best| {
            let entry = lowering.entry(x, std::slice::from_ref(row));
            let place = lowering.index_value(row);
            let found = lowering.kernel.compare(better, entry, best[0]);
            let value = lowering.kernel.select(found, entry, best[0]);
            vec![value, lowering.kernel.select(found, place, best[1])]
        })[1]
    }

    /// Equal first sums or products.
    fn starts(&mut self, x: Value, n: i8, count: usize) -> Vec<Entry> {
        vec![self.number(self.entry_type(x).scalar, n); count]
    }

    /// Values taken through some rows, so many in a round where they divide them; lanes if `x` is one
    /// per path.
    fn fold(
        &mut self,
        x: Value,
        Range { start: from, end: to }: Range<u64>,
        together: u64,
        first: Vec<Entry>,
        mut step: impl FnMut(&mut Self, &Index, &[Entry]) -> Vec<Entry>,
    ) -> Vec<Entry> {
        let rows = to.saturating_sub(from);
        if rows <= 1 || (rows <= super::plan::SMALL && rows * first.len() as u64 <= WRITTEN_OUT) {
            return (from..to).fold(first, |sums, row| step(self, &Index::known(row), &sums));
        }
        let lanes = self.levels.is_path(x);
        let first: Vec<Entry> =
            first.iter().map(|&sum| if lanes { self.kernel.splat(sum) } else { sum }).collect();
        if together == 1 || !rows.is_multiple_of(together) {
            let (start, end) = (self.count(from), self.count(to));
            return self.loop_with(start, end, false, &first, |lowering, row, sums| {
                step(lowering, &Index::of(row), sums)
            });
        }
        let (start, end) = (self.int(0), self.count(rows / together));
        let width = i64::try_from(together).expect("rounds are short");
        self.loop_with(start, end, false, &first, |lowering, round, sums| {
            (from..from + together).fold(sums.to_vec(), |sums, row| {
                let row = Index::known(row).plus(&Index::of(round), width);
                step(lowering, &row, &sums)
            })
        })
    }
}

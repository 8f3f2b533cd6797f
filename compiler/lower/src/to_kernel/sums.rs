//! Carries that contractions are added to: what reverse mode makes of a table of parameters. Their
//! operands are kept for a block of 16 steps, by step index, and contracted once.
//!
//! ```text
//! for i in steps:                          for block of 16 steps:
//!   Ā ← Ā + contract(yᵢ, xᵢ)        =>       for i in block: left[i] ← yᵢ; right[i] ← xᵢ
//!                                            for m, k: Ā[m, k] ← Ā[m, k] + Σᵢ left[i, m] · right[i, k]
//! ```
//!
//! So a carry that lies in memory is read and written once per block, and what is summed over a block
//! stays in registers. The sum over a block is one chain of fused multiply-adds from 0, steps
//! ascending, the contractions of a step in the order in which they are added; blocks are added in
//! the order in which the loop meets them. Nothing else enters the order: not how the steps are cut
//! into segments, nor how many paths are held.

use std::collections::{BTreeMap, BTreeSet};

use sdec_kernel::{self as kernel, Order};
use sdec_ssa::{Binary, Func, Inst, Op, Region, Trips, Type, Value};

use super::Lowering;
use super::draw::STRIP;
use super::index::Index;
use super::place::{self, Tiling};
use super::plan::{SMALL, is_unrolled};
use super::reduce::there_or_back;
use super::scan::Room;
use super::view::View;

/// Contractions of at most this many products are written out.
const WRITTEN_OUT: u64 = 4;

/// Columns that are gone through for all rows before the next ones: what is kept of them for 16 steps
/// stays in the nearest cache, half of which another thread may have.
const COLUMNS: u64 = 16;

/// The carries of a function that are only added to by contractions.
#[derive(Default)]
pub(super) struct Sums {
    /// By the first result of the scan.
    of_scan: BTreeMap<Value, Vec<Sum>>,
    /// Operations that are not done at each step.
    deferred: BTreeSet<Value>,
}

/// A carry that is only added to by contractions.
pub(super) struct Sum {
    /// Which of the scan's carries.
    pub(super) carry: usize,
    terms: Vec<Term>,
    /// The carry as a table.
    shape: [u64; 2],
}

/// A contraction of tables `[m, n]` and `[n, k]`.
struct Term {
    operands: [Operand; 2],
    inner: u64,
}

/// An operand of a contraction.
struct Operand {
    value: Value,
    /// What it is a reshape of.
    root: Value,
    /// The array whose row of the step it is, which is there before the loop: a tape.
    tape: Option<Value>,
}

/// Where the operands of the terms of a sum in 16 steps are, but for those on tapes.
pub(super) type Kept = Vec<[Option<View>; 2]>;

/// Steps of a block, so many in each round of a loop: what it adds up moves once in a round.
#[derive(Clone, Copy)]
pub(super) struct Steps {
    /// In rounds.
    pub(super) start: kernel::Value,
    pub(super) end: kernel::Value,
    pub(super) together: u64,
}

impl Sums {
    /// Finds them.
    pub(super) fn of(func: &Func) -> Self {
        let mut sums = Self::default();
        sums.region(func, &func.body);
        sums
    }

    /// Those of the scan that defines this value first.
    pub(super) fn of_scan(&self, first: Value) -> &[Sum] {
        self.of_scan.get(&first).map_or(&[], Vec::as_slice)
    }

    /// Whether an operation is done per block rather than where it stands.
    pub(super) fn is_deferred(&self, result: Value) -> bool {
        self.deferred.contains(&result)
    }

    fn region(&mut self, func: &Func, region: &Region) {
        for inst in &region.insts {
            for inner in inst.op.regions() {
                self.region(func, inner);
            }
            if let Op::Scan { extent, trips: Trips::All, init, body, .. } = &inst.op
                && !is_unrolled(func, *extent, body)
            {
                self.scan(func, inst.results.first().copied(), init.len(), body);
            }
        }
    }

    fn scan(&mut self, func: &Func, first: Option<Value>, carries: usize, body: &Region) {
        let large = |k: &usize| func.types[body.params[1 + k]].entries() > SMALL;
        if !(0..carries).any(|k| large(&k)) {
            return;
        }
        let finder = Finder::new(func, body);
        for carry in (0..carries).filter(large) {
            let Some((sum, deferred)) = finder.sum(carry) else { continue };
            self.deferred.extend(deferred);
            self.of_scan.entry(first.expect("carries are results")).or_default().push(sum);
        }
    }
}

/// Looks for sums in a body.
struct Finder<'a> {
    func: &'a Func,
    body: &'a Region,
    definitions: BTreeMap<Value, &'a Inst>,
    /// How many operations read each value, and how often the body returns it.
    reads: BTreeMap<Value, u32>,
}

/// What a tree of additions is made of.
#[derive(Default)]
struct Leaves {
    carries: u32,
    terms: Vec<Value>,
    deferred: Vec<Value>,
}

impl<'a> Finder<'a> {
    fn new(func: &'a Func, body: &'a Region) -> Self {
        let mut definitions = BTreeMap::new();
        let mut reads: BTreeMap<Value, u32> = BTreeMap::new();
        for inst in &body.insts {
            definitions.extend(inst.results.iter().map(|&result| (result, inst)));
            inst.reads().into_iter().for_each(|value| *reads.entry(value).or_default() += 1);
        }
        body.results.iter().for_each(|&value| *reads.entry(value).or_default() += 1);
        Self { func, body, definitions, reads }
    }

    fn sum(&self, carry: usize) -> Option<(Sum, Vec<Value>)> {
        let param = self.body.params[1 + carry];
        let mut leaves = Leaves::default();
        self.walk(self.body.results[carry], param, &mut leaves)?;
        if leaves.carries != 1 || leaves.terms.is_empty() {
            return None;
        }
        let parts: Vec<(Term, [u64; 2])> =
            leaves.terms.iter().map(|&term| self.term(term)).collect();
        let shape = parts[0].1;
        let alike = parts.iter().all(|(_, other)| *other == shape);
        let terms = parts.into_iter().map(|(term, _)| term).collect();
        alike.then_some((Sum { carry, terms, shape }, leaves.deferred))
    }

    /// Takes a tree of additions apart, if nothing else reads its parts.
    fn walk(&self, value: Value, param: Value, leaves: &mut Leaves) -> Option<()> {
        if self.reads.get(&value) != Some(&1) {
            return None;
        }
        if value == param {
            leaves.carries += 1;
            return Some(());
        }
        let inst = self.definitions.get(&value)?;
        leaves.deferred.push(value);
        if let Op::Binary(Binary::Add, x, y) = inst.op {
            self.walk(x, param, leaves)?;
            self.walk(y, param, leaves)
        } else if let Op::Reshape(x) = inst.op {
            let is_contraction =
                self.definitions.get(&x).is_some_and(|inst| matches!(inst.op, Op::Contract(..)));
            is_contraction.then(|| self.walk(x, param, leaves))?
        } else if let Op::Contract(..) = inst.op {
            leaves.terms.push(value);
            Some(())
        } else {
            None
        }
    }

    fn term(&self, contraction: Value) -> (Term, [u64; 2]) {
        let Op::Contract(left, right) = self.definitions[&contraction].op else {
            unreachable!("terms are contractions")
        };
        let (outer, inner) = (&self.func.types[left].shape, &self.func.types[right].shape);
        let rows = outer[..outer.len() - 1].iter().product();
        let columns = inner[1..].iter().product();
        let operands = [left, right].map(|value| self.operand(value));
        (Term { operands, inner: inner[0] }, [rows, columns])
    }

    fn operand(&self, value: Value) -> Operand {
        let mut root = value;
        while let Some(Inst { op: Op::Reshape(x), .. }) = self.definitions.get(&root) {
            root = *x;
        }
        let mut tape = None;
        if let Some(Inst { op: Op::Index(array, step), .. }) = self.definitions.get(&root)
            && *step == self.body.params[0]
            && !self.definitions.contains_key(array)
            && !self.body.params.contains(array)
        {
            tape = Some(*array);
        }
        Operand { value, root, tape }
    }
}

impl Lowering<'_> {
    /// Room for the operands of a scan's sums that are not on tapes in memory.
    pub(super) fn sum_rooms(&mut self, sums: &[Sum]) -> Vec<Kept> {
        let room = |lowering: &mut Self, operand: &Operand| {
            if operand.tape.is_some_and(|tape| lowering.memory(tape).is_some()) {
                return None;
            }
            let ty = lowering.ty(operand.value);
            let shape = [&[STRIP], ty.shape.as_slice()].concat();
            let ty = Type { scalar: ty.scalar, shape };
            let lanes = lowering.levels.is_path(operand.value);
            Some(lowering.scratch_of_rows(&format!("{}.kept", operand.value), &ty, lanes))
        };
        let kept = |sum: &Sum| {
            let pair = |term: &Term| term.operands.each_ref().map(|operand| room(self, operand));
            sum.terms.iter().map(pair).collect()
        };
        sums.iter().map(kept).collect()
    }

    /// Lets operands that a body makes be made where they are kept of a step.
    pub(super) fn aim_operands(
        &mut self,
        (sums, body): (&[Sum], &Region),
        kept: &[Kept],
        step: &Index,
    ) {
        for (Operand { root, .. }, view) in operands(sums, kept) {
            let row = view.row(step).as_whole(&self.ty(*root).shape);
            self.aim(*root, body, &row, *root);
        }
    }

    /// Keeps the operands of a step.
    pub(super) fn keep_operands(&mut self, sums: &[Sum], kept: &[Kept], step: &Index) {
        for (Operand { value, root, .. }, view) in operands(sums, kept) {
            self.targets.remove(root);
            let row = view.row(step);
            let shape = &self.ty(*value).shape;
            let place = self.memory(*value);
            if !place.is_some_and(|place| place.as_whole(shape) == row && place.is_row_major(shape))
            {
                self.store(&row, *value);
            }
        }
    }

    /// Adds the contractions of a block of steps to a carry, each entry of which is `start` where that
    /// is given and otherwise in its memory.
    pub(super) fn add_contractions(
        &mut self,
        (sum, kept): (&Sum, &Kept),
        (carry, start): (&View, Option<kernel::Value>),
        steps: Steps,
    ) {
        let total = carry.as_whole(&sum.shape);
        let terms: Vec<(u64, [View; 2])> = sum
            .terms
            .iter()
            .zip(kept)
            .map(|(term, views)| (term.inner, self.tables(sum, term, views)))
            .collect();
        let mut operands = sum.terms.iter().flat_map(|term| &term.operands);
        let lanes = operands.any(|operand| self.levels.is_path(operand.value));
        let like = sum.terms[0].operands[0].value;
        let zero = self.zero(like);
        let zero = if lanes { self.kernel.splat(zero) } else { zero };
        let strips = sum.strips(self.generators.beside.is_some());
        self.tiles(&strips, self.tiling(like, lanes, &strips), &mut |lowering, axes| {
            let axes = &joined(axes);
            let first = vec![zero; axes[0].len() * axes[1].len()];
            let Steps { start: from, end, together } = steps;
            let sums = lowering.loop_with(from, end, false, &first, |lowering, round, sums| {
                let width = i64::try_from(together).expect("rounds are short");
                let mut sums = sums.to_vec();
                let mut link = 0;
                for k in 0..together {
                    let step = Index::known(k).plus(&Index::of(round), width);
                    for (inner, views) in &terms {
                        link += 1;
                        sums = lowering.add_products((views, *inner), &step, axes, link, sums);
                    }
                }
                sums
            });
            let places =
                axes[0].iter().flat_map(|row| axes[1].iter().map(move |column| [row, column]));
            for (place, sum) in places.zip(sums) {
                let place = place.map(Clone::clone);
                let old = start.unwrap_or_else(|| lowering.load_entry(&total, &place));
                let new = lowering.kernel.binary(kernel::Binary::Add, old, sum);
                lowering.store_entry(&total, &place, new);
            }
        });
    }

    /// Tiles of sums like this, in a loop by part where there are several along the last axis.
    fn tiling(&self, like: Value, lanes: bool, strips: &[u64; 3]) -> Tiling {
        let scalar = place::scalar(self.ty(like).scalar);
        let by_part = self.by_part.map(|by_part| by_part.of(scalar));
        match by_part {
            Some(at_once) if lanes && strips[2] >= at_once => {
                Tiling { at_once, order: Order::ByPart }
            }
            _ => Tiling { at_once: self.at_once_beside(like), order: Order::Up },
        }
    }

    /// Operands as `[steps, m, n]` and `[steps, n, k]`.
    fn tables(&self, sum: &Sum, term: &Term, kept: &[Option<View>; 2]) -> [View; 2] {
        let [rows, columns] = sum.shape;
        let shapes = [[STRIP, rows, term.inner], [STRIP, term.inner, columns]];
        let [left, right] = [0, 1].map(|k| {
            let tape = || term.operands[k].tape.and_then(|tape| self.memory(tape));
            let view = kept[k].as_ref().or_else(tape).expect("what is not kept is on a tape");
            view.as_rows(&shapes[k])
        });
        [left, right]
    }

    /// `sums[m, k] + Σₙ left[step, m, n] right[step, n, k]` for the rows and columns of a tile.
    fn add_products(
        &mut self,
        ([left, right], inner): (&[View; 2], u64),
        step: &Index,
        axes: &[Vec<Index>],
        link: usize,
        sums: Vec<kernel::Value>,
    ) -> Vec<kernel::Value> {
        let product = |lowering: &mut Self, n: &Index, sums: &[kernel::Value]| {
            let at = |row: &Index, column: &Index| [step.clone(), row.clone(), column.clone()];
            let xs: Vec<_> = axes[0].iter().map(|m| lowering.load_entry(left, &at(m, n))).collect();
            let mut sums = sums.to_vec();
            for column in there_or_back(axes[1].len(), link) {
                let y = lowering.load_entry(right, &at(n, &axes[1][column]));
                for row in there_or_back(xs.len(), link) {
                    let sum = &mut sums[row * axes[1].len() + column];
                    *sum = lowering.kernel.fma(xs[row], y, *sum);
                }
            }
            sums
        };
        if inner <= WRITTEN_OUT {
            return (0..inner).fold(sums, |sums, n| product(self, &Index::known(n), &sums));
        }
        let (start, end) = (self.int(0), self.count(inner));
        self.loop_with(start, end, false, &sums, |lowering, n, sums| {
            product(lowering, &Index::of(n), sums)
        })
    }
}

impl Sum {
    /// The shape of the table as `[strips, rows, columns]`: one strip where columns will be beside each other.
    fn strips(&self, beside: bool) -> [u64; 3] {
        let [rows, columns] = self.shape;
        let several = !beside && columns.is_multiple_of(COLUMNS);
        let width = if several { COLUMNS } else { columns };
        [columns / width.max(1), rows, width]
    }
}

/// Rows and columns of a tile of `[strips, rows, columns]`.
fn joined(axes: &[Vec<Index>]) -> [Vec<Index>; 2] {
    let [strips, rows, columns] = axes else { unreachable!("strips have three axes") };
    let width = i64::try_from(COLUMNS).expect("strips are short");
    let columns = columns.iter().map(|column| column.plus(&strips[0], width));
    [rows.clone(), columns.collect()]
}

/// The operands that are kept, and where.
fn operands<'a>(
    sums: &'a [Sum],
    kept: &'a [Kept],
) -> impl Iterator<Item = (&'a Operand, &'a View)> {
    let terms = sums.iter().zip(kept).flat_map(|(sum, kept)| sum.terms.iter().zip(kept));
    let pairs = terms.flat_map(|(term, views)| term.operands.iter().zip(views));
    pairs.filter_map(|(operand, view)| Some((operand, view.as_ref()?)))
}

impl Room {
    /// The same room, in which kept operands are those of the steps from `origin` on.
    pub(super) fn in_block(&self, origin: &Index) -> Self {
        let kept = |views: &[Option<View>; 2]| {
            views.each_ref().map(|view| Some(view.as_ref()?.counted_from(origin)))
        };
        let kept = self.kept.iter().map(|views| views.iter().map(kept).collect());
        Self { kept: kept.collect(), ..self.clone() }
    }
}

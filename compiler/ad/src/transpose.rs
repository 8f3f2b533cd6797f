//! Turns the linear half of a function round: from tangents to cotangents.
//!
//! ```text
//! v8: f64 = scan 9 from v1 (j, dx) {            v8: f64 = scan reverse 9 from v1 (j, ct) {
//!   v21: f64 = index v20, j                       v21: f64 = index v20, j
//!   v6: f64 = mul v21, dx                  =>     v6: f64 = mul v21, ct
//!   yield v6                                      yield v6
//! }                                             }
//! ```
//!
//! The linear operations of each region are walked backwards; each hands the cotangent of its result
//! to its operands, and what a value is handed is added up. Known operations stay as they are.
//!
//! A loop becomes a loop in the other direction, which carries the cotangents of its carries and,
//! added up, those of the values that it reads from outside. Where the only use of such a value is
//! its row at the loop's own index, the loop emits that row of the cotangent instead. A `map` stays a
//! `map` unless it would have to add up arrays. A branch becomes a branch.
//!
//! Needs what [`linearise`](crate::linearise) gives. Costs about as much as the linear half.

use std::collections::{BTreeMap, BTreeSet};

use sdec_ssa::{
    Binary, Builder, Compare, Control, Emit, Func, Inst, Op, Region, Scan, Trips, Type, Value,
    renumber,
};

use crate::flow::{self, Flow};
use crate::masks::Masks;
use crate::rules::{self, Share};

/// The function whose last parameters are cotangents of the results of `func` after the first
/// `n_known_results`, and whose last results are cotangents of the parameters of `func` after the
/// first `n_known_params`.
pub fn run(func: &Func, n_known_params: usize, n_known_results: usize) -> Func {
    let tangents: Vec<Value> =
        func.params[n_known_params..].iter().map(|param| param.value).collect();
    let linear = flow::run(func, tangents.iter().copied());
    let mut transposer = Transposer {
        b: Builder::rewriting(func),
        linear,
        cotangents: BTreeMap::new(),
        own_rows: BTreeMap::new(),
        masks: Masks::default(),
    };
    transposer.b.truncate_params(n_known_params);
    for (k, &result) in func.body.results[n_known_results..].iter().enumerate() {
        let ct = transposer.b.param(format!("ct.{k}"), func.types[result].clone());
        transposer.add(result, ct);
    }
    transposer.insts(&func.body.insts);
    let mut results = func.body.results[..n_known_results].to_vec();
    for tangent in tangents {
        results.push(transposer.take_or_zeros(tangent));
    }
    renumber(transposer.b.finish(results))
}

struct Transposer<'a> {
    b: Builder,
    linear: Flow<'a>,
    /// The sum of what each linear value was handed so far.
    cotangents: BTreeMap<Value, Value>,
    /// For linear arrays that the innermost loop reads at its own index only: that row.
    own_rows: BTreeMap<Value, Option<Value>>,
    masks: Masks,
}

impl Transposer<'_> {
    fn add(&mut self, value: Value, ct: Value) {
        if self.linear.has(value) {
            let known = self.cotangents.remove(&value);
            let sum = rules::sum(&mut self.b, known, Some(ct)).expect("one is there");
            if let Some(known) = known {
                self.masks.add(&mut self.b, known, ct, sum);
            }
            self.cotangents.insert(value, sum);
        }
    }

    fn take_or_zeros(&mut self, value: Value) -> Value {
        let known = self.cotangents.remove(&value);
        known.unwrap_or_else(|| rules::zeros_like(&mut self.b, value))
    }

    /// The known operations in order, then the transposes of the linear ones in reverse.
    fn insts(&mut self, insts: &[Inst]) {
        let is_linear = |inst: &Inst| inst.results.iter().any(|&value| self.linear.has(value));
        let (linear, known): (Vec<&Inst>, Vec<&Inst>) =
            insts.iter().partition(|inst| is_linear(inst));
        for inst in known {
            self.b.push(inst.clone());
        }
        for inst in linear.into_iter().rev() {
            self.inst(inst);
        }
    }

    fn inst(&mut self, inst: &Inst) {
        let cts: Vec<Option<Value>> =
            inst.results.iter().map(|result| self.cotangents.remove(result)).collect();
        if cts.iter().all(Option::is_none) {
            return;
        }
        self.b.set_origin(inst.origin);
        match inst.op.control() {
            None => self.plain(&inst.op, cts[0].expect("there is one result, and it has one")),
            Some(Control::Map { extent, body }) => self.map(extent, body, &cts),
            Some(Control::Scan(scan)) => {
                assert_ne!(scan.trips, Trips::While, "linear loops know how often they go round");
                self.scan(&scan, &cts);
            }
            Some(Control::If { condition, branches }) => self.branch(condition, branches, &cts),
            Some(Control::Implicit { .. }) => unreachable!("its tangent is no such thing"),
        }
    }

    fn plain(&mut self, op: &Op, ct: Value) {
        let linear = |value: Value| self.linear.has(value);
        for (k, share) in rules::transpose(&mut self.b, op, ct, &linear).into_iter().enumerate() {
            match share {
                Share::Whole(to, passed) => {
                    let taken = matches!(op, Op::Select(_, x, _) if k == 0 && *x == to);
                    let passed = self.masks.pass(&mut self.b, op, taken, [ct, passed]);
                    self.add(to, passed);
                }
                Share::Row { array, index, row } => self.add_row(array, index, row),
            }
        }
    }

    fn add_row(&mut self, array: Value, index: Value, row: Value) {
        if let Some(&known) = self.own_rows.get(&array) {
            let sum = rules::sum(&mut self.b, known, Some(row));
            self.own_rows.insert(array, sum);
        } else {
            let sum = self.take_or_zeros(array);
            let sum = self.b.add_at(sum, index, row);
            self.cotangents.insert(array, sum);
        }
    }

    /// A `map` whose outside values are scalars or are read row by row; otherwise it has to be a
    /// `scan`, which adds arrays up in place.
    fn map(&mut self, extent: u64, body: &Region, cts: &[Option<Value>]) {
        let outside = self.outside(extent, body);
        if outside.whole.iter().any(|&value| !self.b.ty(value).shape.is_empty()) {
            let emits = vec![Emit::Every; cts.len()];
            let (trips, reverse) = (Trips::All, false);
            return self
                .scan(&Scan { extent, trips, reverse, init: &[], emits: &emits, body }, cts);
        }
        let around = std::mem::take(&mut self.cotangents);
        self.b.open_region_of(body.params.clone());
        self.own_rows.extend(outside.rows.iter().map(|&array| (array, None)));
        self.seed_emits(body.params[0], &vec![Emit::Every; cts.len()], &body.results, cts);
        self.insts(&body.insts);
        let mut results = self.take_rows(&outside.rows);
        for &value in &outside.whole {
            results.push(self.take_or_zeros(value));
        }
        let region = self.b.close_region(results);
        let results = self.b.map_of(extent, region);
        self.cotangents = around;
        let (rows, terms) = results.split_at(outside.rows.len());
        self.add_rows(&outside.rows, rows);
        for (&value, &terms) in outside.whole.iter().zip(terms) {
            let sum = self.b.sum(terms);
            self.add(value, sum);
        }
    }

    fn scan(&mut self, scan: &Scan<'_>, cts: &[Option<Value>]) {
        let outside = self.outside(scan.extent, scan.body);
        let n = scan.init.len();
        let index = scan.body.params[0];
        let mut init = Vec::new();
        for (&first, &ct) in scan.init.iter().zip(cts) {
            init.push(ct.unwrap_or_else(|| rules::zeros_like(&mut self.b, first)));
        }
        for &value in &outside.whole {
            init.push(self.take_or_zeros(value));
        }
        let mut params = vec![index];
        for &first in &init {
            let ty = self.b.ty(first).clone();
            params.push(self.b.declare(ty));
        }
        let around = std::mem::take(&mut self.cotangents);
        self.b.open_region_of(params.clone());
        self.own_rows.extend(outside.rows.iter().map(|&array| (array, None)));
        let (carried, added_up) = params[1..].split_at(n);
        self.cotangents.extend(outside.whole.iter().copied().zip(added_up.iter().copied()));
        for (&next, &ct) in scan.body.results.iter().zip(carried) {
            self.add(next, ct);
        }
        self.seed_emits(index, scan.emits, &scan.body.results[n..], &cts[n..]);
        self.insts(&scan.body.insts);
        let mut results = Vec::new();
        for &value in scan.body.params[1..].iter().chain(&outside.whole) {
            results.push(self.take_or_zeros(value));
        }
        results.extend(self.take_rows(&outside.rows));
        let region = self.b.close_region(results);
        let emits = vec![Emit::Every; outside.rows.len()];
        let (extent, trips, reverse) = (scan.extent, scan.trips, !scan.reverse);
        let results = self.b.scan_some_of(extent, trips, reverse, init, emits, region);
        self.cotangents = around;
        let (carries, rows) = results.split_at(n + outside.whole.len());
        let (firsts, sums) = carries.split_at(n);
        self.cotangents.extend(outside.whole.iter().copied().zip(sums.iter().copied()));
        self.add_rows(&outside.rows, rows);
        for (&first, &ct) in scan.init.iter().zip(firsts) {
            self.add(first, ct);
        }
    }

    /// Each branch goes on adding to what the values that either reads were handed so far.
    fn branch(&mut self, condition: Value, branches: [&Region; 2], cts: &[Option<Value>]) {
        let mut outside = branches[0].captures();
        outside.extend(branches[1].captures());
        outside.retain(|&value| self.linear.has(value));
        let mut around = std::mem::take(&mut self.cotangents);
        let regions = branches.map(|branch| {
            let handed = outside.iter().filter_map(|value| Some((*value, *around.get(value)?)));
            self.cotangents = handed.collect();
            self.b.open_region_of(Vec::new());
            for (&result, &ct) in branch.results.iter().zip(cts) {
                if let Some(ct) = ct {
                    self.add(result, ct);
                }
            }
            self.insts(&branch.insts);
            let results = outside.iter().map(|&value| self.take_or_zeros(value)).collect();
            self.b.close_region(results)
        });
        let [then, otherwise] = regions;
        let sums = self.b.if_of(condition, then, otherwise);
        around.extend(outside.into_iter().zip(sums));
        self.cotangents = around;
    }

    /// The linear values that a loop's body reads from outside.
    fn outside(&self, extent: u64, body: &Region) -> Outside {
        let linear = body.captures().into_iter().filter(|&value| self.linear.has(value));
        let otherwise = read_not_as_own_row(body);
        let (rows, whole) = linear.partition(|value| {
            let rows = self.b.ty(*value).shape.first();
            rows.is_some_and(|&rows| rows >= extent) && !otherwise.contains(value)
        });
        Outside { rows, whole }
    }

    /// Hands the rows of emitted cotangents to the values that were emitted.
    fn seed_emits(
        &mut self,
        index: Value,
        emits: &[Emit],
        values: &[Value],
        cts: &[Option<Value>],
    ) {
        for ((&value, emit), &ct) in values.iter().zip(emits).zip(cts) {
            let Some(ct) = ct else { continue };
            match *emit {
                Emit::Every => {
                    let row = self.b.index(ct, index);
                    self.add(value, row);
                }
                Emit::Slots { rows: 0, .. } => {}
                Emit::Slots { slots, .. } => {
                    let row = self.slot_row(ct, slots, index);
                    self.add(value, row);
                }
            }
        }
    }

    /// Row `slots[index]` of `array`, or zeros where that is negative.
    fn slot_row(&mut self, array: Value, slots: Value, index: Value) -> Value {
        let slot = self.b.index(slots, index);
        let zero = self.b.int(0);
        let kept = self.b.compare(Compare::Ge, slot, zero);
        let in_range = self.b.binary(Binary::Max, slot, zero);
        let row = self.b.index(array, in_range);
        let shape = self.b.ty(row).shape.clone();
        let kept = self.b.broadcast(kept, &shape);
        let zeros = rules::zeros_like(&mut self.b, row);
        self.b.select(kept, row, zeros)
    }

    fn take_rows(&mut self, arrays: &[Value]) -> Vec<Value> {
        let mut rows = Vec::new();
        for &array in arrays {
            let known = self.own_rows.remove(&array).flatten();
            rows.push(known.unwrap_or_else(|| {
                let ty = self.b.ty(array);
                let ty = Type { scalar: ty.scalar, shape: ty.shape[1..].to_vec() };
                self.b.filled(&ty, 0.0)
            }));
        }
        rows
    }

    fn add_rows(&mut self, arrays: &[Value], rows: &[Value]) {
        for (&array, &rows) in arrays.iter().zip(rows) {
            let extent = self.b.ty(array).shape[0];
            let whole = rules::padded(&mut self.b, rows, 0, extent);
            self.add(array, whole);
        }
    }
}

/// Linear values that a loop reads from outside.
struct Outside {
    /// Of which it reads its own row only.
    rows: Vec<Value>,
    /// The others.
    whole: Vec<Value>,
}

/// What the body reads in other ways than as `index array, i` with its own index `i`.
fn read_not_as_own_row(body: &Region) -> BTreeSet<Value> {
    let mut otherwise: BTreeSet<Value> = body.results.iter().copied().collect();
    for inst in &body.insts {
        if !matches!(inst.op, Op::Index(_, index) if index == body.params[0]) {
            otherwise.extend(inst.reads());
        }
    }
    otherwise
}

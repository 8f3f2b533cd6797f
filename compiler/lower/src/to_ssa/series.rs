//! Series: how many observations there are, their times, and their values, in tables as long as the longest
//! of the data. What lies beyond the last observation repeats it, so that nothing is computed there that could
//! not be, and no loop counts it.

use sdec_base::Span;
use sdec_hir::{self as hir, IndexSet, Reducer, Ty};
use sdec_ssa::{Binary, Compare, Emit, Scalar, Trips, Type, Unary, Value};

use super::env::{Env, Generics};
use super::types::{Result, not_built};
use super::value::Val;
use super::{Binding, Lowerer};

/// The observations that a loop runs over.
#[derive(Clone, Copy)]
pub(super) struct Observations {
    /// How many rows their tables have.
    pub(super) rows: u64,
    /// How many there are: `I64`.
    pub(super) count: Value,
    /// When: `[rows]`.
    pub(super) times: Value,
}

/// The parts of a series.
struct Parts {
    seen: Observations,
    /// None of events.
    values: Option<Val>,
}

impl Parts {
    fn whole(self) -> Val {
        let mut parts = vec![Val::Array(self.seen.count), Val::Array(self.seen.times)];
        parts.extend(self.values);
        Val::Parts(parts)
    }
}

/// Refuses a value that would be one of several series, which may differ in length.
pub(super) fn refuse_several(ty: &Ty, what: &str, at: Span) -> Result<()> {
    if holds_series(ty) { not_built(what, at) } else { Ok(()) }
}

fn holds_series(ty: &Ty) -> bool {
    let of_argument = |arg: &hir::TyArg| matches!(arg, hir::TyArg::Ty(ty) if holds_series(ty));
    ty.holds(&|ty| {
        matches!(ty, Ty::Series(_) | Ty::Events(_))
            || matches!(ty, Ty::Adt(_, args) if args.iter().any(of_argument))
    })
}

impl Lowerer<'_> {
    /// The observations that an index set counts, if it counts any.
    pub(super) fn observations(
        &mut self,
        set: &IndexSet,
        env: &Env,
    ) -> Result<Option<Observations>> {
        let program = self.program;
        let Some(series) = program.counted_by(set) else { return Ok(None) };
        let series = self.eval(series, env)?;
        Ok(Some(self.parts_of_series(&series).seen))
    }

    fn parts_of_series(&self, series: &Val) -> Parts {
        let [count, times, values @ ..] = series.parts() else {
            unreachable!("a series has a number of observations and times")
        };
        let times = times.array();
        let seen = Observations { rows: self.b.ty(times).shape[0], count: count.array(), times };
        Parts { seen, values: values.first().cloned() }
    }

    /// A column of series or of events.
    pub(super) fn series_column(&mut self, data: hir::DataId, column: usize) -> Val {
        let declaration = &self.program.data[data];
        let declared = &declaration.columns[column];
        let ty = self.sizes.concrete(&declared.ty, &Generics::default());
        let mut axes = Vec::new();
        let mut entry = &ty;
        while let Ty::Table(set, of) = entry {
            axes.extend(self.sizes.extents(set, &Generics::default()));
            entry = of;
        }
        let name = format!("{}.{}", declaration.name, declared.name);
        let rows = declared.longest.max(1);
        let of_times = [axes.as_slice(), &[rows]].concat();
        let mut types = vec![
            ("count", Type::array(Scalar::I64, &axes)),
            ("t", Type::array(self.sizes.float, &of_times)),
        ];
        let (Ty::Series(of) | Ty::Events(of)) = entry else { unreachable!("a column of series") };
        for leaf in self.sizes.leaves(of) {
            let shape = [of_times.as_slice(), &leaf.shape].concat();
            types.push(("x", Type::array(leaf.scalar, &shape)));
        }
        let mut values = Vec::new();
        for (leaf, (part, ty)) in types.into_iter().enumerate() {
            let binding = Binding::Column(data, column, leaf);
            values.push(self.parameter(binding, &format!("{name}.{part}"), ty));
        }
        let mut values = values.into_iter();
        let mut next = || Val::Array(values.next().expect("counts and times"));
        let mut parts = vec![next(), next()];
        if *entry != Ty::events() {
            parts.push(self.assemble(of, &mut values));
        }
        Val::Parts(parts)
    }

    /// `xs[k]`: the record of time and value.
    pub(super) fn observation(&mut self, series: &Val, index: &Val) -> Val {
        let parts = self.parts_of_series(series);
        self.row_of(&parts, index.array())
    }

    fn row_of(&mut self, series: &Parts, row: Value) -> Val {
        let time = Val::Array(self.b.index(series.seen.times, row));
        let value = series.values.as_ref().map(|values| values.map(|v| self.b.index(v, row)));
        Val::Parts([Some(time), value].into_iter().flatten().collect())
    }

    /// The series of what a loop over observations makes of each.
    pub(super) fn series_of(seen: Observations, values: Val) -> Val {
        Parts { seen, values: Some(values) }.whole()
    }

    /// Which executions of a loop over observations take place.
    pub(super) fn trips(&self, seen: Option<Observations>) -> Trips {
        match seen {
            Some(seen) if !self.is_full(seen) => Trips::Below(seen.count),
            Some(_) | None => Trips::All,
        }
    }

    fn is_full(&self, seen: Observations) -> bool {
        self.known_int(seen.count).is_some_and(|n| u64::try_from(n) == Ok(seen.rows))
    }

    /// A table over observations with what a reduction does not see in place of what is beyond the last.
    pub(super) fn only_observed(
        &mut self,
        table: &Val,
        seen: Observations,
        reducer: Reducer,
    ) -> Val {
        if self.is_full(seen) {
            return table.clone();
        }
        let marks = self.b.map(seen.rows, |b, k| vec![b.compare(Compare::Lt, k, seen.count)])[0];
        table.map(|array| {
            let ty = self.b.ty(array).clone();
            let nothing = self.neutral(reducer, &ty);
            let marks = self.along_rows(marks, &ty.shape);
            self.b.select(marks, array, nothing)
        })
    }

    /// A vector over rows, the same for all entries of a row.
    fn along_rows(&mut self, marks: Value, shape: &[u64]) -> Value {
        let (rows, entry) = shape.split_first().expect("tables have rows");
        self.b.map(*rows, |b, k| {
            let mark = b.index(marks, k);
            vec![b.broadcast(mark, entry)]
        })[0]
    }

    fn neutral(&mut self, reducer: Reducer, ty: &Type) -> Value {
        let (number, count, truth) = match reducer {
            Reducer::Sum | Reducer::Mean => (0.0, 0, false),
            Reducer::Prod => (1.0, 1, true),
            Reducer::Max | Reducer::ArgMax | Reducer::LogSumExp => {
                (f64::NEG_INFINITY, i64::MIN, false)
            }
            Reducer::Min | Reducer::ArgMin => (f64::INFINITY, i64::MAX, true),
            Reducer::All => (1.0, 1, true),
            Reducer::Any => (0.0, 0, false),
        };
        let one = match ty.scalar {
            Scalar::F64 | Scalar::F32 => self.b.float(ty.scalar, number),
            Scalar::I64 => self.b.int(count),
            Scalar::Bool => self.b.bool(truth),
        };
        self.b.broadcast(one, &ty.shape)
    }

    /// `times(events)`: the time of each as its value.
    pub(super) fn times_of(&self, events: &Val) -> Val {
        let seen = self.parts_of_series(events).seen;
        Self::series_of(seen, Val::Array(seen.times))
    }

    /// The observations next to a time.
    pub(super) fn around(&mut self, series: &Val, time: Value) -> Val {
        let series = self.parts_of_series(series);
        let series = &series;
        let (zero, one) = (self.b.int(0), self.b.int(1));
        let earlier = self.count_until(series.seen, time);
        let last = self.b.binary(Binary::Sub, series.seen.count, one);
        let last = self.b.binary(Binary::Max, last, zero);
        let row = |this: &mut Self, k: i64| {
            let k = this.b.int(k);
            let row = this.b.binary(Binary::Add, earlier, k);
            let row = this.b.binary(Binary::Max, row, zero);
            let row = this.b.binary(Binary::Min, row, last);
            this.row_of(series, row)
        };
        let before = row(self, -2);
        let at = row(self, -1);
        // Before all, the first observation is also the one that is at hand.
        let one_after = self.b.binary(Binary::Max, earlier, one);
        let row_after = self.b.binary(Binary::Min, one_after, last);
        let after = self.row_of(series, row_after);
        Val::Parts(vec![before, at, after])
    }

    /// How many observations are not later than a time, by halving.
    fn count_until(&mut self, seen: Observations, time: Value) -> Value {
        let mut found = self.b.int(0);
        let last = self.b.int(i64::try_from(seen.rows).expect("extents fit i64") - 1);
        let one = self.b.int(1);
        for bit in (0..=seen.rows.ilog2()).rev() {
            let step = self.b.int(1 << bit);
            let next = self.b.binary(Binary::Add, found, step);
            let row = self.b.binary(Binary::Sub, next, one);
            let row = self.b.binary(Binary::Min, row, last);
            let then = self.b.index(seen.times, row);
            let exists = self.b.compare(Compare::Le, next, seen.count);
            let earlier = self.b.compare(Compare::Le, then, time);
            let moves = self.b.binary(Binary::And, exists, earlier);
            found = self.b.select(moves, next, found);
        }
        found
    }

    /// The last observation first, at negated times.
    pub(super) fn mirrored(&mut self, series: &Val) -> Val {
        let series = self.parts_of_series(series);
        let seen = series.seen;
        let (zero, one) = (self.b.int(0), self.b.int(1));
        let sources = self.b.map(seen.rows, |b, k| {
            let beyond = b.binary(Binary::Add, k, one);
            let row = b.binary(Binary::Sub, seen.count, beyond);
            vec![b.binary(Binary::Max, row, zero)]
        })[0];
        let times = self.rows_of(sources, seen.times);
        let times = self.b.unary(Unary::Neg, times);
        let values = &series.values;
        let values = values.as_ref().map(|values| values.map(|v| self.rows_of(sources, v)));
        Parts { seen: Observations { times, ..seen }, values }.whole()
    }

    /// The observations with a value, moved together.
    pub(super) fn present(&mut self, series: &Val) -> Val {
        let series = self.parts_of_series(series);
        let seen = series.seen;
        let Some(Val::Tagged { tag, payloads }) = &series.values else {
            unreachable!("the values of this series may be missing")
        };
        let (zero, one, nowhere) = (self.b.int(0), self.b.int(1), self.b.int(-1));
        let int = Type::scalar(Scalar::I64);
        let params = self.b.open_region(&[int.clone(), int.clone()]);
        let (k, found) = (params[0], params[1]);
        let tag = self.b.index(*tag, k);
        let has_value = self.b.compare(Compare::Eq, tag, zero);
        let is_seen = self.b.compare(Compare::Lt, k, seen.count);
        let counts = self.b.binary(Binary::And, has_value, is_seen);
        let more = self.b.binary(Binary::Add, found, one);
        let next = self.b.select(counts, more, found);
        let slot = self.b.select(counts, found, nowhere);
        let region = self.b.close_region(vec![next, slot]);
        let all = self.b.scan_of(seen.rows, false, vec![zero], vec![Emit::Every], region);
        let (count, slots) = (all[0], all[1]);
        let params = self.b.open_region(&[int]);
        let region = self.b.close_region(vec![params[0]]);
        let emits = vec![Emit::Slots { slots, rows: seen.rows }];
        let sources = self.b.scan_of(seen.rows, false, Vec::new(), emits, region)[0];
        let count = Observations { count, ..seen };
        let times = self.gathered(count, sources, seen.times);
        let values = payloads[0][0].map(|array| self.gathered(count, sources, array));
        Self::series_of(Observations { times, ..count }, values)
    }

    /// Rows `sources` of an array, and the last of them again beyond the last observation.
    fn gathered(&mut self, seen: Observations, sources: Value, array: Value) -> Value {
        let sources = self.repeated(seen, sources);
        self.rows_of(sources, array)
    }

    /// The observations of two series in order of time, those of one time together.
    pub(super) fn zip_series(&mut self, series: [&Val; 2]) -> Val {
        let series = series.map(|series| self.parts_of_series(series));
        let rows = series[0].seen.rows + series[1].seen.rows;
        let (zero, one) = (self.b.int(0), self.b.int(1));
        let int = Type::scalar(Scalar::I64);
        let params = self.b.open_region(&[int.clone(), int.clone(), int.clone(), int]);
        let next = [params[1], params[2]];
        let mut times = Vec::new();
        let mut left = Vec::new();
        for (series, &row) in series.iter().zip(&next) {
            left.push(self.b.compare(Compare::Lt, row, series.seen.count));
            let last = self.b.int(i64::try_from(series.seen.rows).expect("extents fit i64") - 1);
            let row = self.b.binary(Binary::Min, row, last);
            times.push(self.b.index(series.seen.times, row));
        }
        let mut results = Vec::new();
        let mut tags = Vec::new();
        for (own, other) in [(0, 1), (1, 0)] {
            let first = self.b.compare(Compare::Le, times[own], times[other]);
            let alone = self.b.unary(Unary::Not, left[other]);
            let first = self.b.binary(Binary::Or, first, alone);
            let taken = self.b.binary(Binary::And, left[own], first);
            let more = self.b.binary(Binary::Add, next[own], one);
            results.push(self.b.select(taken, more, next[own]));
            tags.push(self.b.select(taken, zero, one));
        }
        let any = self.b.binary(Binary::Or, left[0], left[1]);
        let more = self.b.binary(Binary::Add, params[3], one);
        results.push(self.b.select(any, more, params[3]));
        results.extend(next);
        results.extend(tags);
        let region = self.b.close_region(results);
        let emits = vec![Emit::Every; 4];
        let all = self.b.scan_of(rows, false, vec![zero; 3], emits, region);
        let &[_, _, count, x_rows, y_rows, x_tags, y_tags] = all.as_slice() else {
            unreachable!("three carries and four emitted arrays")
        };
        let seen = Observations { rows, count, times: x_rows };
        let mut values = Vec::new();
        let mut times = Vec::new();
        for (series, (sources, tags)) in series.iter().zip([(x_rows, x_tags), (y_rows, y_tags)]) {
            let sources = self.within(sources, series.seen.rows);
            let sources = self.repeated(seen, sources);
            times.push(self.rows_of(sources, series.seen.times));
            let tag = self.repeated(seen, tags);
            let held = series.values.as_ref().expect("series have values");
            let value = held.map(|array| self.rows_of(sources, array));
            values.push(Val::Tagged { tag, payloads: vec![vec![value], Vec::new()] });
        }
        let Val::Tagged { tag, .. } = &values[0] else { unreachable!("made above") };
        let from_first = self.b.map(rows, |b, k| {
            let tag = b.index(*tag, k);
            let first = b.compare(Compare::Eq, tag, zero);
            let (x, y) = (b.index(times[0], k), b.index(times[1], k));
            vec![b.select(first, x, y)]
        })[0];
        Self::series_of(Observations { times: from_first, ..seen }, Val::Parts(values))
    }

    /// Rows that exist: none beyond the last.
    fn within(&mut self, sources: Value, rows: u64) -> Value {
        let last = self.b.int(i64::try_from(rows).expect("extents fit i64") - 1);
        let n = self.b.ty(sources).shape[0];
        self.b.map(n, |b, k| {
            let row = b.index(sources, k);
            vec![b.binary(Binary::Min, row, last)]
        })[0]
    }

    /// An array with its last observation again beyond it.
    pub(super) fn repeated(&mut self, seen: Observations, array: Value) -> Value {
        if self.is_full(seen) {
            return array;
        }
        let (zero, one) = (self.b.int(0), self.b.int(1));
        self.b.map(seen.rows, |b, k| {
            let last = b.binary(Binary::Sub, seen.count, one);
            let row = b.binary(Binary::Min, k, last);
            let row = b.binary(Binary::Max, row, zero);
            vec![b.index(array, row)]
        })[0]
    }

    /// The rows of an array that a table names.
    fn rows_of(&mut self, sources: Value, array: Value) -> Value {
        let n = self.b.ty(sources).shape[0];
        self.b.map(n, |b, k| {
            let source = b.index(sources, k);
            vec![b.index(array, source)]
        })[0]
    }
}

//! Splits a function by what its values depend on: what is the same for all paths is computed once, and
//! handed to the program of a path.
//!
//! ```text
//! func f(v0: f64 each "x", v1: f64[64, 9] "a") {        func f.common(v0: f64[64, 9] "a") {
//!   v9 = scan 9 from v0 (v2: i64, v3: f64) {              v4 = map 9 (v1: i64) {
//!     v4 = index v1, v2                                     v2 = index v0, v1
//!     v5 = sum (tanh v4)                           =>       v3 = sum (tanh v2)
//!     v6 = mul v5, v3                                       yield v3
//!     yield v6                                            }
//!   }                                                     return v4
//!   return v9                                           }
//! }
//!                                                       func f(v0: f64 each "x", v1: …, v2: f64[9] "common.0") {
//!                                                         v6 = scan 9 from v0 (v3: i64, v4: f64) {
//!                                                           v5 = index v2, v3
//!                                                           v6 = mul v5, v4
//!                                                           …
//! ```
//!
//! A net of the time, a covariance with its factor, a product of matrices of weights are of this kind. No
//! value changes; derivatives are taken of the two functions by themselves, so that the cotangents of what is
//! handed over are summed over the paths before they are pulled back: that is another order of a sum, and
//! is defined here, before there are kernels.
//!
//! Out of a loop comes an array with what each execution would compute, made by a loop before it. A loop
//! that ends when something is so keeps what it has, and so does a branch.

use std::collections::{BTreeMap, BTreeSet};

use sdec_base::IdVec;
use sdec_ssa::{
    Control, Emit, Func, Inst, Op, Param, Region, Scan, Trips, Type, Unary, Uniform, Value,
    renumber,
};

/// A function in two.
#[derive(Clone, Debug)]
pub struct Levels {
    /// From some parameters that are the same for all paths to what is handed over.
    pub common: Func,
    /// Which parameters of the function those are.
    pub reads: Vec<usize>,
    /// As before, with a parameter for each result of `common` after the others.
    pub own: Func,
}

/// What is worth handing over.
#[derive(Clone, Copy, Debug)]
pub struct Worth {
    /// Operations for each number.
    pub each: u64,
    /// Operations in all.
    pub whole: u64,
    /// As many numbers at most.
    pub most: u64,
}

/// The function in two, if that is worth it.
pub fn run(func: &Func, worth: Worth) -> Option<Levels> {
    let mut levels = Splitter {
        uniform: Uniform::of(func),
        types: func.types.clone(),
        ahead: BTreeSet::new(),
        worth,
    };
    let mut body = func.body.clone();
    levels.loops(&mut body);
    let taken = levels.taken(&body)?;
    let insts: Vec<Inst> = taken.insts.iter().map(|&k| body.insts[k].clone()).collect();
    let numbers: u64 = taken.values.iter().map(|&value| levels.types[value].entries()).sum();
    if insts.iter().map(|inst| levels.cost(inst)).sum::<u64>() < worth.whole || numbers > worth.most
    {
        return None;
    }
    let mut own = func.params.clone();
    let handed = taken.values.iter().enumerate().map(|(k, &value)| {
        let ty = levels.types[value].clone();
        (value, Param { value: levels.types.push(ty), name: format!("common.{k}"), each: false })
    });
    let handed: Vec<(Value, Param)> = handed.collect();
    let names: BTreeMap<Value, Value> =
        handed.iter().map(|(value, param)| (*value, param.value)).collect();
    let region = Region { params: Vec::new(), insts, results: taken.values };
    let read = region.captures();
    let reads: Vec<usize> =
        (0..func.params.len()).filter(|&k| read.contains(&func.params[k].value)).collect();
    let common = Func {
        name: format!("{}.common", func.name),
        types: levels.types.clone(),
        streams: IdVec::new(),
        params: reads.iter().map(|&k| func.params[k].clone()).collect(),
        body: region,
    };
    body.rename_reads(&mut |value| names.get(&value).copied().unwrap_or(value));
    own.extend(handed.into_iter().map(|(_, param)| param));
    let own = Func { types: levels.types, params: own, body, ..func.clone() };
    Some(Levels { common: renumber(common), reads, own: super::dce::run(&own) })
}

struct Splitter {
    uniform: Uniform,
    types: IdVec<Value, Type>,
    /// What loops made before a loop hold, which is the same for all paths too.
    ahead: BTreeSet<Value>,
    worth: Worth,
}

/// Of a region, what is handed over, and the places of the operations that it takes, in order.
struct Taken {
    values: Vec<Value>,
    insts: Vec<usize>,
}

impl Splitter {
    fn is_common(&self, value: Value) -> bool {
        self.uniform.has(value) || self.ahead.contains(&value)
    }

    /// Puts loops before those that paths have for themselves, from the innermost outwards.
    fn loops(&mut self, region: &mut Region) {
        for mut inst in std::mem::take(&mut region.insts) {
            let is_own = inst.results.iter().any(|&result| !self.is_common(result));
            if is_own && let Some((extent, trips)) = self.counted(&inst.op) {
                for body in inst.op.regions_mut() {
                    self.loops(body);
                    region.insts.extend(self.before(extent, trips, body));
                }
            }
            region.insts.push(inst);
        }
    }

    /// How often a loop is executed, if that is the same for all paths and known before.
    fn counted(&self, op: &Op) -> Option<(u64, Trips)> {
        let (extent, trips) = match op.control()? {
            Control::Map { extent, .. } => (extent, Trips::All),
            Control::Scan(Scan { extent, trips, .. }) => (extent, trips),
            Control::Implicit { .. } | Control::If { .. } => return None,
        };
        match trips {
            Trips::All => Some((extent, trips)),
            Trips::Below(count) => self.is_common(count).then_some((extent, trips)),
            Trips::While => None,
        }
    }

    /// The loop of what is the same for all paths in the body of one, which reads its rows from then on.
    fn before(&mut self, extent: u64, trips: Trips, body: &mut Region) -> Option<Inst> {
        let taken = self.taken(body)?;
        let mut names = BTreeMap::new();
        let index = self.renewed(body.params[0], &mut names);
        let insts: Vec<Inst> =
            taken.insts.iter().map(|&k| self.copied(&body.insts[k], &mut names)).collect();
        let results: Vec<Value> = taken.values.iter().map(|value| names[value]).collect();
        let mut arrays = Vec::new();
        let mut rows = Vec::new();
        let mut read = BTreeMap::new();
        for &value in &taken.values {
            let ty = self.types[value].clone();
            let shape = [&[extent], ty.shape.as_slice()].concat();
            let array = self.types.push(Type { shape, ..ty });
            let row = self.renewed(value, &mut read);
            self.ahead.insert(array);
            rows.push(Inst {
                results: vec![row],
                op: Op::Index(array, body.params[0]),
                origin: None,
            });
            arrays.push(array);
        }
        body.rename_reads(&mut |value| read.get(&value).copied().unwrap_or(value));
        body.insts.splice(0..0, rows);
        let emits = vec![Emit::Every; results.len()];
        let once = Region { params: vec![index], insts, results };
        let op = match trips {
            Trips::All => Op::Map { extent, body: once },
            Trips::Below(_) | Trips::While => {
                Op::Scan { extent, trips, reverse: false, init: Vec::new(), emits, body: once }
            }
        };
        Some(Inst { results: arrays, op, origin: None })
    }

    /// What of a region is the same for all paths, worth it, and read by what is not.
    fn taken(&self, region: &Region) -> Option<Taken> {
        let is_common = |inst: &Inst| inst.results.iter().all(|&result| self.is_common(result));
        let (mut made, mut wanted) = (BTreeMap::new(), region.results.clone());
        for (k, inst) in region.insts.iter().enumerate() {
            if is_common(inst) {
                made.extend(inst.results.iter().map(|&result| (result, k)));
            } else {
                wanted.extend(inst.reads());
            }
        }
        let mut values = BTreeSet::new();
        self.choose(region, &made, wanted, &mut values);
        // What takes little beside others that are handed over is made of them again, the last first.
        for value in values.clone().into_iter().rev() {
            values.remove(&value);
            if self.pays(region, &made, value, &values) {
                values.insert(value);
            } else {
                self.choose(region, &made, region.insts[made[&value]].reads(), &mut values);
            }
        }
        let values: Vec<Value> = values.into_iter().collect();
        let insts: BTreeSet<usize> =
            Behind::new(region, &made, &values, &BTreeSet::new()).collect();
        let insts = insts.into_iter().collect();
        (!values.is_empty()).then_some(Taken { values, insts })
    }

    /// Adds what pays of what is wanted, or what that is made of.
    fn choose(
        &self,
        region: &Region,
        made: &BTreeMap<Value, usize>,
        wanted: impl IntoIterator<Item = Value>,
        values: &mut BTreeSet<Value>,
    ) {
        let mut wanted: Vec<Value> = wanted.into_iter().collect();
        let mut seen = BTreeSet::new();
        while let Some(value) = wanted.pop() {
            let Some(&k) = made.get(&value).filter(|_| seen.insert(value)) else { continue };
            let inst = &region.insts[k];
            if values.contains(&value) {
                continue;
            }
            let is_work = self.types[value].is_float() && self.cost(inst) > 0;
            if is_work && self.pays(region, made, value, &BTreeSet::new()) {
                values.insert(value);
            } else {
                wanted.extend(inst.reads());
            }
        }
    }

    /// Whether it takes enough work in a region to compute a value from what is there and from `given`. Looks no further
    /// than it has to.
    fn pays(
        &self,
        region: &Region,
        made: &BTreeMap<Value, usize>,
        value: Value,
        given: &BTreeSet<Value>,
    ) -> bool {
        let least = self.types[value].entries().saturating_mul(self.worth.each);
        let mut work = Behind::new(region, made, &[value], given).scan(0_u64, |work, k| {
            *work = work.saturating_add(self.cost(&region.insts[k]));
            Some(*work)
        });
        self.ahead.contains(&value) || work.any(|work| least <= work)
    }

    /// Operations on numbers, roughly; none where an operation only says where numbers are, which the program of a path
    /// can do again.
    fn cost(&self, inst: &Inst) -> u64 {
        let entries = |value: Value| self.types[value].entries();
        let result = entries(inst.results[0]);
        match &inst.op {
            Op::Const(_)
            | Op::Convert(_)
            | Op::Broadcast(_)
            | Op::Stack(_)
            | Op::Concat(_)
            | Op::Slice { .. }
            | Op::Reshape(_)
            | Op::Transpose(..)
            | Op::Index(..) => 0,
            Op::Unary(op, _) if is_short(*op) => result,
            Op::Unary(..) => result.saturating_mul(SLOW),
            Op::Binary(..) | Op::Compare(..) | Op::Select(..) => result,
            Op::Contract(a, _) => {
                let terms = self.types[*a].shape.last().copied().unwrap_or(1);
                result.saturating_mul(2 * terms)
            }
            Op::Solve(a, _) => entries(*a).saturating_mul(result),
            Op::Sum(x) | Op::Product(x) | Op::Extremum(_, x) | Op::ArgExtremum(_, x) => entries(*x),
            Op::AddAt { row, .. } => entries(*row),
            Op::Map { extent, body } | Op::Scan { extent, body, .. } => {
                extent.saturating_mul(self.cost_of(body))
            }
            Op::If { then, otherwise, .. } => self.cost_of(then).max(self.cost_of(otherwise)),
            Op::Implicit { zero, .. } => self.cost_of(zero),
            Op::Draw { .. } => unreachable!("draws differ by path"),
        }
    }

    fn cost_of(&self, region: &Region) -> u64 {
        region.insts.iter().map(|inst| self.cost(inst)).fold(0, u64::saturating_add)
    }

    /// Another value of the type of one.
    fn renewed(&mut self, value: Value, names: &mut BTreeMap<Value, Value>) -> Value {
        let ty = self.types[value].clone();
        let new = self.types.push(ty);
        names.insert(value, new);
        new
    }

    /// An operation whose results have names of their own, and what it reads the new ones.
    fn copied(&mut self, inst: &Inst, names: &mut BTreeMap<Value, Value>) -> Inst {
        let mut inst = inst.clone();
        inst.op.map_operands(|value| names.get(&value).copied().unwrap_or(value));
        for region in inst.op.regions_mut() {
            region.params = region.params.iter().map(|&param| self.renewed(param, names)).collect();
            region.insts = region.insts.iter().map(|inst| self.copied(inst, names)).collect();
            for result in &mut region.results {
                *result = names.get(result).copied().unwrap_or(*result);
            }
        }
        inst.results = inst.results.iter().map(|&result| self.renewed(result, names)).collect();
        inst
    }
}

/// What a function that processors do not have takes.
const SLOW: u64 = 16;

fn is_short(op: Unary) -> bool {
    matches!(
        op,
        Unary::Neg
            | Unary::Abs
            | Unary::Sqrt
            | Unary::Floor
            | Unary::Sign
            | Unary::StopGradient
            | Unary::Not
    )
}

/// The places of the operations of a region that some values need beside those that are given, of those that made what
/// is common.
struct Behind<'a> {
    region: &'a Region,
    made: &'a BTreeMap<Value, usize>,
    given: &'a BTreeSet<Value>,
    found: BTreeSet<usize>,
    wanted: Vec<Value>,
}

impl<'a> Behind<'a> {
    fn new(
        region: &'a Region,
        made: &'a BTreeMap<Value, usize>,
        values: &[Value],
        given: &'a BTreeSet<Value>,
    ) -> Self {
        Self { region, made, given, found: BTreeSet::new(), wanted: values.to_vec() }
    }
}

impl Iterator for Behind<'_> {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        loop {
            let value = self.wanted.pop()?;
            if let Some(&k) = self.made.get(&value)
                && self.found.insert(k)
            {
                let reads = self.region.insts[k].reads();
                self.wanted.extend(reads.difference(self.given));
                return Some(k);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use sdec_ssa::{parse, verify};

    use super::{Worth, run};

    const WORTH: Worth = Worth { each: 8, whole: 100, most: 20 };

    /// The two functions that one of `each x: f64`, `a: f64[9]` and `n: i64` becomes.
    #[track_caller]
    fn splits(body: &str, after: Expect) {
        let text =
            format!("func f(v0: f64 each \"x\", v1: f64[9] \"a\", v2: i64 \"n\") {{\n{body}\n}}\n");
        let func = parse(&text).unwrap_or_else(|error| panic!("{error}"));
        let text = run(&func, WORTH).map_or_else(String::new, |levels| {
            for func in [&levels.common, &levels.own] {
                verify(func).unwrap_or_else(|malformed| panic!("{malformed}\n{func}"));
            }
            format!("reads {:?}\n{}{}", levels.reads, levels.common, levels.own)
        });
        after.assert_eq(&text);
    }

    #[test]
    fn rows_of_a_loop() {
        splits(
            "v3: f64 = scan 9 from v0 (v4: i64, v5: f64) {
               v6: f64 = index v1, v4
               v7: f64[3] = broadcast v6
               v8: f64[3] = tanh v7
               v9: f64 = sum v8
               v10: f64 = mul v9, v5
               v11: f64 = add v10, v6
               yield v11
             }
             return v3",
            expect![[r#"
                reads [1]
                func f.common(v0: f64[9] "a") {
                  v6: f64[9] = map 9 (v1: i64) {
                    v2: f64 = index v0, v1
                    v3: f64[3] = broadcast v2
                    v4: f64[3] = tanh v3
                    v5: f64 = sum v4
                    yield v5
                  }
                  return v6
                }
                func f(v0: f64 each "x", v1: f64[9] "a", v2: i64 "n", v3: f64[9] "common.0") {
                  v10: f64 = scan 9 from v0 (v4: i64, v5: f64) {
                    v6: f64 = index v3, v4
                    v7: f64 = index v1, v4
                    v8: f64 = mul v6, v5
                    v9: f64 = add v8, v7
                    yield v9
                  }
                  return v10
                }
            "#]],
        );
    }

    #[test]
    fn rows_of_loops_in_loops_that_end_early() {
        splits(
            "v3: f64 = scan 2 from v0 (v4: i64, v5: f64) {
               v6: f64 = scan 9 below v2 from v5 (v7: i64, v8: f64) {
                 v9: f64 = index v1, v7
                 v10: f64 = index v1, v4
                 v11: f64 = mul v9, v10
                 v12: f64 = exp v11
                 v13: f64 = mul v12, v8
                 yield v13
               }
               yield v6
             }
             return v3",
            expect![[r#"
                reads [1, 2]
                func f.common(v0: f64[9] "a", v1: i64 "n") {
                  v9: f64[2, 9] = map 2 (v2: i64) {
                    v8: f64[9] = scan 9 below v1 emit every (v3: i64) {
                      v4: f64 = index v0, v3
                      v5: f64 = index v0, v2
                      v6: f64 = mul v4, v5
                      v7: f64 = exp v6
                      yield v7
                    }
                    yield v8
                  }
                  return v9
                }
                func f(v0: f64 each "x", v1: f64[9] "a", v2: i64 "n", v3: f64[2, 9] "common.0") {
                  v12: f64 = scan 2 from v0 (v4: i64, v5: f64) {
                    v6: f64[9] = index v3, v4
                    v11: f64 = scan 9 below v2 from v5 (v7: i64, v8: f64) {
                      v9: f64 = index v6, v7
                      v10: f64 = mul v9, v8
                      yield v10
                    }
                    yield v11
                  }
                  return v12
                }
            "#]],
        );
    }

    #[test]
    fn what_is_made_of_tables_and_what_is_not_worth_it() {
        splits(
            "v3: f64[9] = tanh v1
             v4: f64 = sum v3
             v5: f64[9] = mul v3, v1
             v6: f64 = exp v4
             v7: f64[9] = broadcast v6
             v8: f64[9] = broadcast v0
             v9: f64[9] = mul v7, v8
             v10: f64[9] = add v9, v5
             return v10, v4",
            expect![[r#"
                reads [1]
                func f.common(v0: f64[9] "a") {
                  v1: f64[9] = tanh v0
                  v2: f64 = sum v1
                  v3: f64[9] = mul v1, v0
                  v4: f64 = exp v2
                  return v2, v3, v4
                }
                func f(v0: f64 each "x", v1: f64[9] "a", v2: i64 "n", v3: f64 "common.0", v4: f64[9] "common.1", v5: f64 "common.2") {
                  v6: f64[9] = broadcast v5
                  v7: f64[9] = broadcast v0
                  v8: f64[9] = mul v6, v7
                  v9: f64[9] = add v8, v4
                  return v9, v3
                }
            "#]],
        );
    }

    #[test]
    fn not_what_is_little_work_beside_the_others() {
        splits(
            "v3: f64[9] = tanh v1
             v4: f64[9] = sin v1
             v5: f64[9] = mul v3, v4
             v6: f64[9] = broadcast v0
             v7: f64 = contract v3, v6
             v8: f64 = contract v4, v6
             v9: f64 = contract v5, v6
             return v7, v8, v9",
            expect![[r#"
                reads [1]
                func f.common(v0: f64[9] "a") {
                  v1: f64[9] = tanh v0
                  v2: f64[9] = sin v0
                  return v1, v2
                }
                func f(v0: f64 each "x", v1: f64[9] "a", v2: i64 "n", v3: f64[9] "common.0", v4: f64[9] "common.1") {
                  v5: f64[9] = mul v3, v4
                  v6: f64[9] = broadcast v0
                  v7: f64 = contract v3, v6
                  v8: f64 = contract v4, v6
                  v9: f64 = contract v5, v6
                  return v7, v8, v9
                }
            "#]],
        );
    }

    #[test]
    fn not_out_of_loops_that_end_when_something_is_so() {
        splits(
            "v3: bool = lt v0, v0
             v4: bool, v5: f64 = scan while 9 from v3, v0 (v6: i64, v7: bool, v8: f64) {
               v9: f64 = index v1, v6
               v10: f64 = exp v9
               v11: f64 = mul v10, v8
               v12: bool = lt v11, v0
               yield v12, v11
             }
             return v5",
            expect![[r#""#]],
        );
    }

    #[test]
    fn not_more_than_fits() {
        splits(
            "v3: f64[3, 9] = broadcast v1
             v4: f64[3, 9] = exp v3
             v5: f64[9] = broadcast v0
             v6: f64[3] = contract v4, v5
             return v6",
            expect![[r#""#]],
        );
    }
}

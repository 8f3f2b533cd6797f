//! Common-subexpression elimination.
//!
//! ```text
//! v2 = mul v0, v1          v2 = mul v0, v1
//! v3 = mul v0, v1    =>    v3 = add v2, v2
//! v4 = add v2, v3
//! ```
//!
//! Every operation is pure, draws included, so equal operations on equal operands define equal
//! values. One forward walk suffices because operands precede uses. An operation in a region is also
//! replaced by an equal one of a region around it, never the other way round. `add v0, v1` and
//! `add v1, v0` are not merged here: `simplify` puts operands in order first. Of the operations with
//! regions only maps are compared: loops that were one would have one tape that two loops read, which is
//! kept whole.

use rustc_hash::FxHashMap;
use sdec_base::IdVec;
use sdec_ssa::{Func, Inst, Op, Region, Type, Value, renumber};

/// Replaces each repeated operation by the first one that computed it.
pub fn run(func: &Func) -> Func {
    let mut merger =
        Merger { types: &func.types, first: FxHashMap::default(), names: FxHashMap::default() };
    let mut body = func.body.clone();
    merger.region(&mut body);
    renumber(Func { body, ..func.clone() })
}

struct Merger<'a> {
    types: &'a IdVec<Value, Type>,
    /// The first visible results of each operation, by it and all types of it.
    first: FxHashMap<(Op, Vec<Type>), Vec<Value>>,
    /// Repeated values and what stands for them.
    names: FxHashMap<Value, Value>,
}

impl Merger<'_> {
    fn region(&mut self, region: &mut Region) {
        let mut local = Vec::new();
        region.insts.retain_mut(|inst| {
            inst.op.map_operands(|value| self.names.get(&value).copied().unwrap_or(value));
            for inner in inst.op.regions_mut() {
                self.region(inner);
            }
            if inst.op.is_control() && !matches!(inst.op, Op::Map { .. }) {
                return true;
            }
            let key = self.key(inst);
            if let Some(first) = self.first.get(&key) {
                self.names.extend(inst.results.iter().copied().zip(first.iter().copied()));
                return false;
            }
            self.first.insert(key.clone(), inst.results.clone());
            local.push(key);
            true
        });
        for result in &mut region.results {
            *result = self.names.get(result).copied().unwrap_or(*result);
        }
        for key in local {
            self.first.remove(&key);
        }
    }

    /// The operation with what its regions define numbered in order, and the types of all that it defines.
    fn key(&self, inst: &Inst) -> (Op, Vec<Type>) {
        let mut op = inst.op.clone();
        let own = FxHashMap::default();
        let mut numbering = Numbering { all: self.types, own, types: Vec::new() };
        op.regions_mut().into_iter().for_each(|region| numbering.region(region));
        let mut types = numbering.types;
        types.extend(inst.results.iter().map(|&result| self.types[result].clone()));
        (op, types)
    }
}

/// New numbers for what is defined within an operation.
struct Numbering<'a> {
    all: &'a IdVec<Value, Type>,
    own: FxHashMap<Value, Value>,
    types: Vec<Type>,
}

impl Numbering<'_> {
    fn define(&mut self, value: &mut Value) {
        // Behind all values that there are.
        let number = Value::new(self.all.len() + self.own.len());
        self.types.push(self.all[*value].clone());
        self.own.insert(*value, number);
        *value = number;
    }

    fn read(&self, value: Value) -> Value {
        self.own.get(&value).copied().unwrap_or(value)
    }

    fn region(&mut self, region: &mut Region) {
        region.params.iter_mut().for_each(|param| self.define(param));
        for inst in &mut region.insts {
            inst.op.map_operands(|value| self.read(value));
            inst.origin = None;
            for region in inst.op.regions_mut() {
                self.region(region);
            }
            inst.results.iter_mut().for_each(|result| self.define(result));
        }
        for result in &mut region.results {
            *result = self.read(*result);
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::super::test::check;

    #[track_caller]
    fn merges(body: &str, after: Expect) {
        check(super::run, body, after);
    }

    #[test]
    fn repeated_products() {
        merges(
            "v2: f64 = mul v0, v0
             v3: f64 = mul v0, v0
             v4: f64 = add v2, v3
             return v4",
            expect![[r#"
                func f(v0: f64 "x", v1: f64[3] "a") {
                  v2: f64 = mul v0, v0
                  v3: f64 = add v2, v2
                  return v3
                }
            "#]],
        );
    }

    #[test]
    fn signed_zeros_stay_apart() {
        merges(
            "v2: f64 = const 0.0
             v3: f64 = const -0.0
             v4: f64 = const 0.0
             return v2, v3, v4",
            expect![[r#"
                func f(v0: f64 "x", v1: f64[3] "a") {
                  v2: f64 = const 0.0
                  v3: f64 = const -0.0
                  return v2, v3, v2
                }
            "#]],
        );
    }

    #[test]
    fn into_regions_but_not_out_of_them() {
        merges(
            "v2: f64 = exp v0
             v3: f64[3] = map 3 (v4: i64) {
               v5: f64 = exp v0
               v6: f64 = sin v0
               v7: f64 = add v5, v6
               yield v7
             }
             v8: f64 = sin v0
             return v3, v2, v8",
            expect![[r#"
                func f(v0: f64 "x", v1: f64[3] "a") {
                  v2: f64 = exp v0
                  v6: f64[3] = map 3 (v3: i64) {
                    v4: f64 = sin v0
                    v5: f64 = add v2, v4
                    yield v5
                  }
                  v7: f64 = sin v0
                  return v6, v2, v7
                }
            "#]],
        );
    }

    #[test]
    fn maps_that_do_the_same() {
        merges(
            "v2: f64[3] = map 3 (v3: i64) {
               v4: f64 = index v1, v3
               v5: f64 = mul v4, v0
               yield v5
             }
             v6: f64[3] = map 3 (v7: i64) {
               v8: f64 = index v1, v7
               v9: f64 = mul v8, v0
               yield v9
             }
             v10: f64[3] = map 3 (v11: i64) {
               v12: f64 = index v1, v11
               v13: f64 = mul v12, v12
               yield v13
             }
             return v2, v6, v10",
            expect![[r#"
                func f(v0: f64 "x", v1: f64[3] "a") {
                  v5: f64[3] = map 3 (v2: i64) {
                    v3: f64 = index v1, v2
                    v4: f64 = mul v3, v0
                    yield v4
                  }
                  v9: f64[3] = map 3 (v6: i64) {
                    v7: f64 = index v1, v6
                    v8: f64 = mul v7, v7
                    yield v8
                  }
                  return v5, v5, v9
                }
            "#]],
        );
    }

    #[test]
    fn shapes_of_results_count() {
        merges(
            "v2: f64[2] = broadcast v0
             v3: f64[3] = broadcast v0
             return v2, v3",
            expect![[r#"
                func f(v0: f64 "x", v1: f64[3] "a") {
                  v2: f64[2] = broadcast v0
                  v3: f64[3] = broadcast v0
                  return v2, v3
                }
            "#]],
        );
    }
}

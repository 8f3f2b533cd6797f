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
//! `add v1, v0` are not merged here: `simplify` puts operands in order first. Loops and branches are
//! not compared with each other.

use rustc_hash::FxHashMap;
use sdec_base::IdVec;
use sdec_ssa::{Func, Op, Region, Type, Value, renumber};

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
    /// The first visible value of each operation and type.
    first: FxHashMap<(Op, Type), Value>,
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
            if inst.op.is_control() {
                return true;
            }
            let result = inst.results[0];
            let key = (inst.op.clone(), self.types[result].clone());
            if let Some(&first) = self.first.get(&key) {
                self.names.insert(result, first);
                return false;
            }
            self.first.insert(key.clone(), result);
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

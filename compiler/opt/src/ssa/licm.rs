//! Moves operations that are the same in every execution of a loop's body before the loop.
//!
//! ```text
//! v5 = scan 9 from v0 (i, x) {             v3 = exp v1
//!   v3 = exp v1                            v5 = scan 9 from v0 (i, x) {
//!   v4 = mul v3, x                   =>      v4 = mul v3, x
//!   yield v4                                 yield v4
//! }                                        }
//! ```
//!
//! Sound because operations have no effects and always give a value: an index that is in range in
//! the body is in range before it. Loops that may not be executed keep what they have, and nothing
//! moves out of a branch, which may not be taken; whole branches and loops do move. Inner loops come
//! first, so that an operation moves as far out as it can in one walk.

use std::collections::BTreeSet;

use sdec_ssa::{Func, Inst, Op, Region, Trips, Value, renumber};

/// The function with what is invariant in a loop before it.
pub fn run(func: &Func) -> Func {
    let mut body = func.body.clone();
    region(&mut body);
    renumber(Func { body, ..func.clone() })
}

fn region(region: &mut Region) {
    for mut inst in std::mem::take(&mut region.insts) {
        let executed = is_executed(&inst.op);
        for inner in inst.op.regions_mut() {
            self::region(inner);
            if executed {
                region.insts.append(&mut invariant(inner));
            }
        }
        region.insts.push(inst);
    }
}

/// Whether an operation is a loop that is executed for certain.
pub(super) fn is_executed(op: &Op) -> bool {
    matches!(op, Op::Map { extent: 1.., .. } | Op::Scan { extent: 1.., trips: Trips::All, .. })
}

/// Takes out of a loop's body what reads nothing that is defined in it.
fn invariant(body: &mut Region) -> Vec<Inst> {
    let mut inside: BTreeSet<Value> = body.params.iter().copied().collect();
    let (stay, leave) = std::mem::take(&mut body.insts).into_iter().partition(|inst| {
        let stays = !inst.reads().is_disjoint(&inside);
        if stays {
            inside.extend(&inst.results);
        }
        stays
    });
    body.insts = stay;
    leave
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::super::test::check;

    #[track_caller]
    fn hoists(body: &str, after: Expect) {
        check(super::run, body, after);
    }

    #[test]
    fn invariant_factors() {
        hoists(
            "v2: f64 = scan 9 from v0 (v3: i64, v4: f64) {
               v5: f64 = sum v1
               v6: f64 = exp v5
               v7: f64 = mul v6, v4
               yield v7
             }
             return v2",
            expect![[r#"
                func f(v0: f64 "x", v1: f64[3] "a") {
                  v2: f64 = sum v1
                  v3: f64 = exp v2
                  v7: f64 = scan 9 from v0 (v4: i64, v5: f64) {
                    v6: f64 = mul v3, v5
                    yield v6
                  }
                  return v7
                }
            "#]],
        );
    }

    #[test]
    fn as_far_out_as_possible() {
        hoists(
            "v2: f64 = scan 9 from v0 (v3: i64, v4: f64) {
               v5: f64[3] = map 3 (v6: i64) {
                 v7: f64 = exp v0
                 v8: f64 = mul v7, v4
                 v9: f64 = index v1, v6
                 v10: f64 = mul v8, v9
                 yield v10
               }
               v11: f64 = sum v5
               yield v11
             }
             return v2",
            expect![[r#"
                func f(v0: f64 "x", v1: f64[3] "a") {
                  v2: f64 = exp v0
                  v11: f64 = scan 9 from v0 (v3: i64, v4: f64) {
                    v5: f64 = mul v2, v4
                    v9: f64[3] = map 3 (v6: i64) {
                      v7: f64 = index v1, v6
                      v8: f64 = mul v5, v7
                      yield v8
                    }
                    v10: f64 = sum v9
                    yield v10
                  }
                  return v11
                }
            "#]],
        );
    }

    #[test]
    fn not_out_of_branches() {
        hoists(
            "v2: f64 = scan 9 from v0 (v3: i64, v4: f64) {
               v5: bool = lt v4, v0
               v6: f64 = if v5 {
                 v7: f64 = exp v0
                 yield v7
               } else {
                 yield v4
               }
               yield v6
             }
             return v2",
            expect![[r#"
                func f(v0: f64 "x", v1: f64[3] "a") {
                  v7: f64 = scan 9 from v0 (v2: i64, v3: f64) {
                    v4: bool = lt v3, v0
                    v6: f64 = if v4 {
                      v5: f64 = exp v0
                      yield v5
                    } else {
                      yield v3
                    }
                    yield v6
                  }
                  return v7
                }
            "#]],
        );
    }

    #[test]
    fn not_out_of_loops_that_do_nothing() {
        hoists(
            "v2: f64[0] = map 0 (v3: i64) {
               v4: f64 = exp v0
               yield v4
             }
             return v2",
            expect![[r#"
                func f(v0: f64 "x", v1: f64[3] "a") {
                  v4: f64[0] = map 0 (v2: i64) {
                    v3: f64 = exp v0
                    yield v3
                  }
                  return v4
                }
            "#]],
        );
    }
}

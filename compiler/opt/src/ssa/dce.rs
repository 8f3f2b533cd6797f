//! Drops what no result needs: operations, carries, emitted values, results of branches.
//!
//! ```text
//! v5, v6 = scan 9 from v0, v1 (i, x, y) {          v5 = scan 9 from v0 (i, x) {
//!   v4 = neg x                                       v4 = neg x
//!   yield v4, y                             =>       yield v4
//! }                                                }
//! return v5                                        return v5
//! ```
//!
//! Sound because operations have no effects. A carry is needed if its last value is, or if the body
//! needs it for something that is needed; a loop is walked until no more carries turn out to be. One
//! walk otherwise. Parameters and streams stay.

use sdec_ssa::{Emit, Func, Inst, Op, Region, Trips, Value, renumber};

/// The function without what its results do not need.
pub fn run(func: &Func) -> Func {
    let mut liveness = Liveness { live: vec![false; func.types.len()] };
    liveness.mark_all(&func.body.results);
    liveness.walk(&func.body);
    renumber(Func { body: liveness.kept(&func.body), ..func.clone() })
}

struct Liveness {
    live: Vec<bool>,
}

impl Liveness {
    fn is_live(&self, value: Value) -> bool {
        self.live[value.index()]
    }

    fn any_live(&self, values: &[Value]) -> bool {
        values.iter().any(|&value| self.is_live(value))
    }

    fn mark(&mut self, value: Value) {
        self.live[value.index()] = true;
    }

    fn mark_all(&mut self, values: &[Value]) {
        values.iter().for_each(|&value| self.mark(value));
    }

    /// Marks each of `to` whose fellow in `from` is live.
    fn mark_with(&mut self, from: &[Value], to: &[Value]) {
        for (&from, &to) in from.iter().zip(to) {
            if self.is_live(from) {
                self.mark(to);
            }
        }
    }

    fn walk(&mut self, region: &Region) {
        for inst in region.insts.iter().rev() {
            if self.any_live(&inst.results) {
                self.inst(inst);
            }
        }
    }

    fn inst(&mut self, inst: &Inst) {
        if let Op::Scan { trips, init, emits, body, .. } = &inst.op {
            trips.count().iter().for_each(|&count| self.mark(count));
            if *trips == Trips::While {
                self.mark(body.params[1]);
            }
            self.mark_with(&inst.results, &body.results);
            self.walk(body);
            let n = init.len();
            // A carry that the body needs has to be carried, which may need others.
            while (0..n).any(|k| self.is_live(body.params[1 + k]) && !self.is_live(body.results[k]))
            {
                self.mark_with(&body.params[1..], &body.results[..n]);
                self.walk(body);
            }
            self.mark_with(&inst.results[..n], init);
            self.mark_with(&body.params[1..], init);
            for (&result, emit) in inst.results[n..].iter().zip(emits) {
                if let Some(slots) = emit.slots().filter(|_| self.is_live(result)) {
                    self.mark(slots);
                }
            }
        } else {
            self.mark_all(&inst.op.operands());
            for region in inst.op.regions() {
                self.mark_with(&inst.results, &region.results);
                self.walk(region);
            }
        }
    }

    fn kept(&self, region: &Region) -> Region {
        let live = region.insts.iter().filter(|inst| self.any_live(&inst.results));
        Region {
            params: region.params.clone(),
            insts: live.map(|inst| self.kept_inst(inst)).collect(),
            results: region.results.clone(),
        }
    }

    fn kept_inst(&self, inst: &Inst) -> Inst {
        let Inst { results, op, origin } = inst;
        let mut keep: Vec<bool> = results.iter().map(|&result| self.is_live(result)).collect();
        let mut op = op.clone();
        if let Op::Scan { init, emits, body, .. } = &mut op {
            let n = init.len();
            for (keep, &param) in keep.iter_mut().zip(&body.params[1..]) {
                *keep |= self.is_live(param);
            }
            let mut params = vec![body.params[0]];
            params.extend(picked(&body.params[1..], &keep[..n]));
            body.params = params;
            *init = picked(init, &keep[..n]);
            *emits = picked::<Emit>(emits, &keep[n..]);
        }
        for region in op.regions_mut() {
            *region = self.kept(region);
            region.results = picked(&region.results, &keep);
        }
        Inst { results: picked(results, &keep), op, origin: *origin }
    }
}

fn picked<T: Copy>(items: &[T], keep: &[bool]) -> Vec<T> {
    items.iter().zip(keep).filter(|(_, keep)| **keep).map(|(&item, _)| item).collect()
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::super::test::check;

    #[track_caller]
    fn drops(body: &str, after: Expect) {
        check(super::run, body, after);
    }

    #[test]
    fn unneeded_operations_and_carries() {
        drops(
            "v2: f64 = exp v0
             v12: f64, v13: f64, v14: f64, v15: f64[3] = scan 3 from v0, v2, v0 emit every (v3: i64, v4: f64, v5: f64, v6: f64) {
               v7: f64 = mul v4, v6
               v8: f64 = neg v5
               v9: f64 = sin v6
               yield v7, v8, v9, v8
             }
             return v12",
            expect![[r#"
                func f(v0: f64 "x", v1: f64[3] "a") {
                  v7: f64, v8: f64 = scan 3 from v0, v0 (v2: i64, v3: f64, v4: f64) {
                    v5: f64 = mul v3, v4
                    v6: f64 = sin v4
                    yield v5, v6
                  }
                  return v7
                }
            "#]],
        );
    }

    #[test]
    fn results_of_maps_and_branches() {
        drops(
            "v2: f64[3], v3: f64[3] = map 3 (v4: i64) {
               v5: f64 = index v1, v4
               v6: f64 = exp v5
               yield v5, v6
             }
             v7: bool = lt v0, v0
             v8: f64, v9: f64 = if v7 {
               v10: f64 = exp v0
               yield v10, v0
             } else {
               v11: f64 = neg v0
               yield v0, v11
             }
             return v2, v9",
            expect![[r#"
                func f(v0: f64 "x", v1: f64[3] "a") {
                  v4: f64[3] = map 3 (v2: i64) {
                    v3: f64 = index v1, v2
                    yield v3
                  }
                  v5: bool = lt v0, v0
                  v7: f64 = if v5 {
                    yield v0
                  } else {
                    v6: f64 = neg v0
                    yield v6
                  }
                  return v4, v7
                }
            "#]],
        );
    }

    #[test]
    fn slots_of_dropped_values() {
        drops(
            "v2: i64 = const -1
             v3: i64[2] = stack v2, v2
             v4: f64, v5: f64[1] = scan 2 from v0 emit slots v3 of 1 (v6: i64, v7: f64) {
               v8: f64 = neg v7
               yield v8, v7
             }
             return v4",
            expect![[r#"
                func f(v0: f64 "x", v1: f64[3] "a") {
                  v5: f64 = scan 2 from v0 (v2: i64, v3: f64) {
                    v4: f64 = neg v3
                    yield v4
                  }
                  return v5
                }
            "#]],
        );
    }
}

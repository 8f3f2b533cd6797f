//! Carries that never leave the literal that they begin with, however they are chosen:
//!
//! ```text
//! v1: f64 = const 0.0
//! v9 = scan 9 from v1 (i, x) {
//!   v3: bool = …
//!   v4: f64 = select v3, v1, x         x is 0 as long as it was 0
//!   yield v4
//! }
//! ```
//!
//! The slope of a state that does not change is one, in methods that keep their last slope. All
//! candidates are supposed to be steady until one is found that is not, and the rest looked at again.

use rustc_hash::FxHashMap;
use sdec_ssa::{Literal, Op, Region, Value};

use super::rewrite::Rewriter;

/// Choices within choices that are looked through.
const DEPTH: u32 = 4;

/// Whether each carry of a loop is steady. `body` is not rewritten yet.
pub(super) fn carries(f: &Rewriter<'_>, init: &[Value], body: &Region) -> Vec<bool> {
    let params = &body.params[1..];
    let mut steady: FxHashMap<Value, Literal> = FxHashMap::default();
    for (k, (&param, &first)) in params.iter().zip(init).enumerate() {
        if let Some(literal) = f.literal(first)
            && body.results[k] != param
        {
            steady.insert(param, literal);
        }
    }
    if !steady.is_empty() {
        let definitions: FxHashMap<Value, &Op> = body
            .insts
            .iter()
            .filter(|inst| !inst.op.is_control())
            .map(|inst| (inst.results[0], &inst.op))
            .collect();
        let mut look = Look { f, definitions, steady };
        while let Some(param) = look.unsteady(params, &body.results) {
            look.steady.remove(&param);
        }
        steady = look.steady;
    }
    params[..init.len()].iter().map(|param| steady.contains_key(param)).collect()
}

struct Look<'f, 'a> {
    f: &'f Rewriter<'a>,
    definitions: FxHashMap<Value, &'f Op>,
    steady: FxHashMap<Value, Literal>,
}

impl Look<'_, '_> {
    /// A carry that is supposed to be steady and is not.
    fn unsteady(&self, params: &[Value], results: &[Value]) -> Option<Value> {
        let mut carries = params.iter().zip(results);
        let changes = |&(&param, &next): &(&Value, &Value)| {
            self.steady.get(&param).is_some_and(|&first| self.literal(next, DEPTH) != Some(first))
        };
        carries.find(changes).map(|(&param, _)| param)
    }

    /// The literal that every entry of a value is, if all is steady that is supposed to be.
    fn literal(&self, value: Value, depth: u32) -> Option<Literal> {
        if let Some(&literal) = self.steady.get(&value) {
            return Some(literal);
        }
        let Some(&op) = self.definitions.get(&value) else {
            return self.f.literal(self.f.name(value));
        };
        let depth = depth.checked_sub(1)?;
        if let Op::Const(literal) = op {
            Some(*literal)
        } else if let Op::Broadcast(x) = op {
            self.literal(*x, depth)
        } else if let Op::Select(_, x, y) = op {
            let literal = self.literal(*x, depth)?;
            (self.literal(*y, depth) == Some(literal)).then_some(literal)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::super::test::check;

    #[test]
    fn what_is_chosen_among_equals_is_no_carry() {
        check(
            super::super::simplify::run,
            "v2: f64 = const 0.0
             v3: f64, v4: f64, v5: f64 = scan 3 from v0, v2, v2 (v6: i64, v7: f64, v8: f64, v9: f64) {
               v10: bool = lt v7, v0
               v11: f64 = select v10, v2, v8
               v12: f64 = select v10, v11, v9
               v13: f64 = add v7, v8
               yield v13, v11, v12
             }
             v14: f64 = add v4, v5
             return v3, v14",
            expect![[r#"
                func f(v0: f64 "x", v1: f64[3] "a") {
                  v2: f64 = const 0.0
                  v9: f64, v10: f64, v11: f64 = scan 3 from v0, v2, v2 (v3: i64, v4: f64, v5: f64, v6: f64) {
                    v7: bool = lt v4, v0
                    v8: f64 = add v2, v4
                    yield v8, v2, v2
                  }
                  v12: f64 = add v2, v2
                  return v9, v12
                }
            "#]],
        );
    }

    #[test]
    fn one_that_changes_takes_those_with_it_that_follow_it() {
        check(
            super::super::simplify::run,
            "v2: f64 = const 0.0
             v3: f64, v4: f64, v5: f64 = scan 3 from v0, v2, v2 (v6: i64, v7: f64, v8: f64, v9: f64) {
               v10: bool = lt v7, v0
               v11: f64 = select v10, v7, v8
               v12: f64 = select v10, v8, v9
               yield v7, v11, v12
             }
             return v3, v4, v5",
            expect![[r#"
                func f(v0: f64 "x", v1: f64[3] "a") {
                  v2: f64 = const 0.0
                  v10: f64, v11: f64, v12: f64 = scan 3 from v0, v2, v2 (v3: i64, v4: f64, v5: f64, v6: f64) {
                    v7: bool = lt v0, v0
                    v8: f64 = select v7, v0, v5
                    v9: f64 = select v7, v5, v6
                    yield v0, v8, v9
                  }
                  return v0, v11, v12
                }
            "#]],
        );
    }
}

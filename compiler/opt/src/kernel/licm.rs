//! Moves what does not change in a loop before it.
//!
//! ```text
//! for v3 in v0..v1 {                 v4: f64 = mul v2, v2
//!   v4: f64 = mul v2, v2       =>    for v3 in v0..v1 {
//!   b1[v3] = v4                        b1[v3] = v4
//! }                                  }
//! ```
//!
//! Operations are pure and cannot fail, so doing them once more or for nothing is harmless. Loads move
//! only out of loops that are known to be executed and store nothing to the buffer, since the index
//! need not be in range otherwise. Constants, and the same constant in every lane, stay: a backend makes
//! them again more cheaply than it keeps them; what moves and needs one gets its own. Nothing moves out
//! of branches, nor do draws, whose results are many.
//!
//! Cost: linear in the size times the depth of loops.

use std::collections::BTreeSet;

use sdec_base::IdVec;
use sdec_kernel::{Block, BufferId, Inst, Kernel, Literal, Op, Stmt, Type, Value};

use super::cse::stored;

/// Hoists invariant operations out of loops, innermost loops first.
pub fn run(kernel: &Kernel) -> Kernel {
    let mut pass = Pass {
        types: kernel.types.clone(),
        constants: vec![None; kernel.types.len()],
        depths: vec![0; kernel.types.len()],
    };
    let body = pass.block(&kernel.body, 0);
    Kernel { types: pass.types, body, ..kernel.clone() }
}

struct Pass {
    types: IdVec<Value, Type>,
    /// Constants and constants in every lane, by what makes them.
    constants: Vec<Option<Constant>>,
    /// How many loops are around the place where a value is computed.
    depths: Vec<u32>,
}

#[derive(Clone, Copy)]
struct Constant {
    literal: Literal,
    splat: bool,
}

impl Pass {
    fn block(&mut self, block: &Block, depth: u32) -> Block {
        let mut stmts = Vec::new();
        for stmt in &block.stmts {
            self.stmt(stmt, depth, &mut stmts);
        }
        Block { stmts }
    }

    fn stmt(&mut self, stmt: &Stmt, depth: u32, out: &mut Vec<Stmt>) {
        for result in stmt.results() {
            self.depths[result.index()] = depth;
        }
        match stmt {
            Stmt::Inst(inst) => {
                self.note_constant(inst);
                out.push(stmt.clone());
            }
            Stmt::Store { .. } | Stmt::Draw { .. } | Stmt::Call { .. } => out.push(stmt.clone()),
            Stmt::If { condition, then, otherwise, results } => out.push(Stmt::If {
                condition: *condition,
                then: self.block(then, depth),
                otherwise: self.block(otherwise, depth),
                results: results.clone(),
            }),
            Stmt::For { var, start, end, order, carries, body, yields, more, results } => {
                for bound in carries.iter().map(|&(carry, _)| carry).chain([*var]) {
                    self.depths[bound.index()] = depth + 1;
                }
                let body = self.block(body, depth + 1);
                let executed = self.is_executed(*start, *end);
                let body = self.hoist(body, depth, executed, out);
                out.push(Stmt::For {
                    var: *var,
                    start: *start,
                    end: *end,
                    order: *order,
                    carries: carries.clone(),
                    body,
                    yields: yields.clone(),
                    more: *more,
                    results: results.clone(),
                });
            }
        }
    }

    fn note_constant(&mut self, inst: &Inst) {
        let mut constant = None;
        if let Op::Const(literal) = inst.op {
            constant = Some(Constant { literal, splat: false });
        } else if let Op::Splat(x) = inst.op {
            constant = self.constant(x).map(|x| Constant { splat: true, ..x });
        }
        self.constants[inst.result.index()] = constant;
    }

    fn constant(&self, value: Value) -> Option<Constant> {
        self.constants[value.index()]
    }

    fn is_executed(&self, start: Value, end: Value) -> bool {
        let int = |value: Value| match self.constant(value)?.literal {
            Literal::I64(n) => Some(n),
            Literal::F64(_) | Literal::F32(_) | Literal::Word(_) | Literal::Bool(_) => None,
        };
        matches!((int(start), int(end)), (Some(start), Some(end)) if start < end)
    }

    /// Moves what the body of a loop at `depth` computes from outside only to `out`.
    fn hoist(&mut self, body: Block, depth: u32, executed: bool, out: &mut Vec<Stmt>) -> Block {
        let stored = stored(&body);
        let mut stay = Vec::new();
        for stmt in body.stmts {
            if let Stmt::If { .. } = &stmt
                && self.moves_whole(&stmt, depth)
            {
                for result in stmt.results() {
                    self.depths[result.index()] = depth;
                }
                let stmt = stmt.rename(&mut |operand| self.outside(operand, depth, out));
                out.push(stmt);
            } else if let Stmt::Inst(Inst { result, op }) = &stmt
                && self.moves(*result, op, depth, executed, &stored)
            {
                let op = op.map(|operand| self.outside(operand, depth, out));
                self.depths[result.index()] = depth;
                out.push(Stmt::Inst(Inst { result: *result, op }));
            } else {
                stay.push(stmt);
            }
        }
        Block { stmts: stay }
    }

    fn moves(
        &self,
        result: Value,
        op: &Op,
        depth: u32,
        executed: bool,
        stored: &[BufferId],
    ) -> bool {
        if let Op::Load { buffer, .. } = op
            && (!executed || stored.contains(buffer))
        {
            return false;
        }
        let from_outside = |operand: Value| {
            self.constant(operand).is_some() || self.depths[operand.index()] <= depth
        };
        self.constant(result).is_none() && op.operands().all(from_outside)
    }

    /// Whether a branch has no effect and reads nothing but values from outside the loop.
    fn moves_whole(&self, branch: &Stmt, depth: u32) -> bool {
        let branch = Block { stmts: vec![branch.clone()] };
        let (mut read, mut defined) = (Vec::new(), BTreeSet::new());
        branch.walk(&mut |stmt| {
            read.extend(stmt.operands());
            defined.extend(stmt.results());
            for (_, bound, yielded) in stmt.blocks() {
                defined.extend(bound);
                read.extend(yielded);
            }
        });
        let visible = |value: &Value| {
            defined.contains(value)
                || self.constant(*value).is_some()
                || self.depths[value.index()] <= depth
        };
        branch.is_pure() && read.iter().all(visible)
    }

    /// The operand, or a constant of its own where the operand stays in the loop. Shifts need theirs
    /// to be one.
    fn outside(&mut self, operand: Value, depth: u32, out: &mut Vec<Stmt>) -> Value {
        let Some(constant) = self.constant(operand) else { return operand };
        if self.depths[operand.index()] <= depth {
            return operand;
        }
        let ty = self.types[operand];
        let literal =
            self.define(Type { lanes: false, ..ty }, Op::Const(constant.literal), depth, out);
        if constant.splat { self.define(ty, Op::Splat(literal), depth, out) } else { literal }
    }

    fn define(&mut self, ty: Type, op: Op, depth: u32, out: &mut Vec<Stmt>) -> Value {
        let result = self.types.push(ty);
        self.depths.push(depth);
        self.constants.push(None);
        let inst = Inst { result, op };
        self.note_constant(&inst);
        out.push(Stmt::Inst(inst));
        result
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    #[track_caller]
    fn check(before: &str, after: Expect) {
        super::super::tests::check(super::run, before, after);
    }

    #[test]
    fn invariants_leave_all_loops_that_they_can() {
        check(
            r#"
            v0: i64 = const 0
            v1: i64 = const 4
            v2: f64 = load b0[v0]
            for v3 in v0..v1 {
              v4: f64 = load b0[v3]
              for v5 in v0..v1 {
                v6: f64 = const 2.0
                v7: f64 = mul v2, v6
                v8: f64 = mul v4, v6
                v9: f64 = add v7, v8
                b1[v5] = v9
              }
            }
            "#,
            expect![[r#"
                v0: i64 = const 0
                v1: i64 = const 4
                v2: f64 = load b0[v0]
                v12: f64 = const 2.0
                v7: f64 = mul v2, v12
                for v3 in v0..v1 {
                  v4: f64 = load b0[v3]
                  v10: f64 = const 2.0
                  v11: f64 = const 2.0
                  v8: f64 = mul v4, v11
                  v9: f64 = add v7, v8
                  for v5 in v0..v1 {
                    v6: f64 = const 2.0
                    b1[v5] = v9
                  }
                }
            "#]],
        );
    }

    #[test]
    fn branches_without_memory_move_whole() {
        check(
            r#"
            v0: i64 = const 0
            v1: i64 = const 4
            v2: f64 = load b0[v0]
            for v3 in v0..v1 {
              v4: f64 = const 2.0
              v5: bool = lt v2, v4
              if v5 {
                v6: f64 = mul v2, v4
                for v7 in v0..v1 carry v8: f64 = v6 {
                  v9: f64 = add v8, v4
                  yield v9
                } -> v10
                yield v10
              } else {
                yield v2
              } -> v11: f64
              v12: f64 = neg v11
              b1[v3] = v12
              if v5 {
                v13: f64 = load b0[v0]
                yield v13
              } else {
                yield v2
              } -> v14: f64
              b1[v3] = v14
            }
            "#,
            expect![[r#"
                v0: i64 = const 0
                v1: i64 = const 4
                v2: f64 = load b0[v0]
                v15: f64 = const 2.0
                v5: bool = lt v2, v15
                v16: f64 = const 2.0
                v17: f64 = const 2.0
                if v5 {
                  v6: f64 = mul v2, v16
                  for v7 in v0..v1 carry v8: f64 = v6 {
                    v9: f64 = add v8, v17
                    yield v9
                  } -> v10
                  yield v10
                } else {
                  yield v2
                } -> v11: f64
                v12: f64 = neg v11
                for v3 in v0..v1 {
                  v4: f64 = const 2.0
                  b1[v3] = v12
                  if v5 {
                    v13: f64 = load b0[v0]
                    yield v13
                  } else {
                    yield v2
                  } -> v14: f64
                  b1[v3] = v14
                }
            "#]],
        );
    }

    #[test]
    fn loads_stay_in_loops_that_may_not_be_executed_or_store() {
        check(
            r#"
            v0: i64 = const 0
            v1: i64 = const 4
            v2: i64 = bitcast v5x
            for v3 in v0..v2 {
              v4: f64 = load b0[v0]
              b1[v3] = v4
            }
            for v6 in v0..v1 {
              v7: f64 = load b2[v0]
              v8: f64 = load b0[v1]
              v9: f64 = add v7, v8
              b2[v6] = v9
            }
            "#
            .replace("v5x", "v5")
            .replace("v0: i64 = const 0", "v0: i64 = const 0\nv5: f64 = load b0[v0]")
            .as_str(),
            expect![[r#"
                v0: i64 = const 0
                v5: f64 = load b0[v0]
                v1: i64 = const 4
                v2: i64 = bitcast v5
                for v3 in v0..v2 {
                  v4: f64 = load b0[v0]
                  b1[v3] = v4
                }
                v8: f64 = load b0[v1]
                for v6 in v0..v1 {
                  v7: f64 = load b2[v0]
                  v9: f64 = add v7, v8
                  b2[v6] = v9
                }
            "#]],
        );
    }
}

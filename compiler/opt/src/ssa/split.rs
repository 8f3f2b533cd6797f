//! Splits contractions with inputs of which a part is the same in every execution of a loop's body, so
//! that `licm` finds that part.
//!
//! ```text
//! v5 = scan 9 from v2 (i, z) {             v5 = scan 9 from v2 (i, z) {
//!   v6 = concat z, c                         v7 = contract A[:, z], z
//!   v7 = contract A, v6              =>      v8 = contract A[:, c], c
//!   v8 = add v7, b                           v9 = add v8, b
//!   …                                        v10 = add v7, v9
//! }                                        }
//! ```
//!
//! A net that reads a state beside covariates multiplies the covariates once instead of once a step, and
//! its derivatives likewise. It changes the order of a sum, and is where that order is defined: what
//! moves is one chain, what does not is another, `k` ascending in each, and what is added to the
//! contraction and does not move either is added to the latter first. It runs on `ssa`, before there are
//! kernels, so that every backend and every schedule is given the same sums.
//!
//! Only loops that `licm` takes something out of are looked at, and only inputs of which at least
//! two entries do not move.

use std::collections::{BTreeMap, BTreeSet};

use sdec_base::{IdVec, Span};
use sdec_ssa::{Binary, Func, Inst, Op, Region, Type, Value, renumber};

use super::licm::is_executed;

/// Entries that do not move, so many at least: each saves a multiply-add of each row.
const FEWEST: u64 = 2;

/// The function with contractions split.
pub fn run(func: &Func) -> Func {
    let mut split = Split { types: func.types.clone() };
    let mut body = func.body.clone();
    split.region(&mut body);
    renumber(Func { types: split.types, body, ..func.clone() })
}

struct Split {
    types: IdVec<Value, Type>,
}

/// A body in the rewriting.
struct Body {
    /// What is defined in it.
    inside: BTreeSet<Value>,
    concats: BTreeMap<Value, Vec<Value>>,
    /// What contractions became: what moves, and what does not.
    sums: BTreeMap<Value, [Value; 2]>,
    insts: Vec<Inst>,
}

/// Rows of the contracted axis.
struct Rows {
    start: u64,
    len: u64,
}

/// Some parts of a concatenation, and where they are in it.
#[derive(Default)]
struct Chosen {
    parts: Vec<Value>,
    rows: Vec<Rows>,
}

/// Which operand of a contraction is a concatenation.
#[derive(Clone, Copy)]
enum Side {
    Left,
    Right,
}

impl Split {
    fn region(&mut self, region: &mut Region) {
        for inst in &mut region.insts {
            let executed = is_executed(&inst.op);
            for inner in inst.op.regions_mut() {
                self.region(inner);
                if executed {
                    self.body(inner);
                }
            }
        }
    }

    fn body(&mut self, region: &mut Region) {
        let results = region.insts.iter().flat_map(|inst| &inst.results);
        let mut body = Body {
            inside: region.params.iter().chain(results).copied().collect(),
            concats: BTreeMap::new(),
            sums: BTreeMap::new(),
            insts: Vec::new(),
        };
        for mut inst in std::mem::take(&mut region.insts) {
            if let Op::Concat(parts) = &inst.op {
                body.concats.insert(inst.results[0], parts.clone());
            } else if let Op::Contract(a, b) = inst.op {
                self.contraction(&mut body, &mut inst, a, b);
            } else if let Op::Binary(Binary::Add, x, y) = inst.op {
                self.sum(&mut body, &mut inst, [x, y]);
            }
            body.insts.push(inst);
        }
        region.insts = body.insts;
    }

    /// Makes a contraction a sum of two, if that is worth it.
    fn contraction(&mut self, body: &mut Body, inst: &mut Inst, a: Value, b: Value) {
        let is_vector = self.types[a].shape.len() == 1;
        let (side, table, parts) = match (body.concats.get(&a), body.concats.get(&b)) {
            (None, Some(parts)) => (Side::Right, a, parts.clone()),
            (Some(parts), None) if is_vector => (Side::Left, b, parts.clone()),
            (Some(_), _) | (None, None) => return,
        };
        if body.inside.contains(&table) {
            return;
        }
        let [moving, held] = [true, false].map(|moves| self.parts(body, &parts, moves));
        let held_entries: u64 = held.rows.iter().map(|rows| rows.len).sum();
        if held_entries < FEWEST || moving.parts.is_empty() {
            return;
        }
        let ty = self.types[inst.results[0]].clone();
        let mut emit = Emitter { split: self, body, origin: inst.origin };
        let sums = [moving, held].map(|Chosen { parts, rows }| {
            let table = emit.rows(table, side, &rows);
            let parts = emit.concat(parts);
            let contraction = match side {
                Side::Left => Op::Contract(parts, table),
                Side::Right => Op::Contract(table, parts),
            };
            emit.value(contraction, ty.clone())
        });
        inst.op = Op::Binary(Binary::Add, sums[0], sums[1]);
        body.sums.insert(inst.results[0], sums);
    }

    /// The parts that move, or those that do not.
    fn parts(&self, body: &Body, parts: &[Value], moves: bool) -> Chosen {
        let mut chosen = Chosen::default();
        let mut start = 0;
        for &part in parts {
            let len = self.types[part].shape[0];
            if len > 0 && body.inside.contains(&part) == moves {
                chosen.parts.push(part);
                match chosen.rows.last_mut() {
                    Some(last) if last.start + last.len == start => last.len += len,
                    Some(_) | None => chosen.rows.push(Rows { start, len }),
                }
            }
            start += len;
        }
        chosen
    }

    /// Adds what does not move to what does not move.
    fn sum(&mut self, body: &mut Body, inst: &mut Inst, operands: [Value; 2]) {
        for [sum, other] in [operands, [operands[1], operands[0]]] {
            let Some(&[moving, held]) = body.sums.get(&sum) else { continue };
            if body.inside.contains(&other) {
                continue;
            }
            let ty = self.types[sum].clone();
            let mut emit = Emitter { split: self, body, origin: inst.origin };
            let held = emit.value(Op::Binary(Binary::Add, held, other), ty);
            inst.op = Op::Binary(Binary::Add, moving, held);
            body.sums.insert(inst.results[0], [moving, held]);
            return;
        }
    }
}

/// Adds operations to a body.
struct Emitter<'a> {
    split: &'a mut Split,
    body: &'a mut Body,
    origin: Option<Span>,
}

impl Emitter<'_> {
    fn value(&mut self, op: Op, ty: Type) -> Value {
        let value = self.split.types.push(ty);
        self.body.insts.push(Inst { results: vec![value], op, origin: self.origin });
        value
    }

    /// Some rows of the axis of a table that is contracted.
    fn rows(&mut self, table: Value, side: Side, rows: &[Rows]) -> Value {
        let rank = self.split.types[table].shape.len();
        let last_first: Vec<usize> = std::iter::once(rank - 1).chain(0..rank - 1).collect();
        let first_last: Vec<usize> = (1..rank).chain([0]).collect();
        match side {
            Side::Right if rank > 1 => {
                let turned = self.transpose(table, last_first);
                let some = self.first_rows(turned, rows);
                self.transpose(some, first_last)
            }
            Side::Left | Side::Right => self.first_rows(table, rows),
        }
    }

    fn first_rows(&mut self, table: Value, rows: &[Rows]) -> Value {
        let ty = self.split.types[table].clone();
        let slices = rows.iter().map(|&Rows { start, len }| {
            let mut ty = ty.clone();
            ty.shape[0] = len;
            self.value(Op::Slice { array: table, start }, ty)
        });
        let slices = slices.collect();
        self.concat(slices)
    }

    fn transpose(&mut self, table: Value, permutation: Vec<usize>) -> Value {
        let ty = &self.split.types[table];
        let shape = permutation.iter().map(|&axis| ty.shape[axis]).collect();
        let ty = Type { scalar: ty.scalar, shape };
        self.value(Op::Transpose(table, permutation), ty)
    }

    fn concat(&mut self, parts: Vec<Value>) -> Value {
        if let [part] = parts[..] {
            return part;
        }
        let mut ty = self.split.types[parts[0]].clone();
        ty.shape[0] = parts.iter().map(|&part| self.split.types[part].shape[0]).sum();
        self.value(Op::Concat(parts), ty)
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use sdec_ssa::{Array, Func, NoDraws, Scalar, Type, eval, parse};

    use super::super::test::check;

    /// What a function gives for whole numbers, whose sums are the same in any order.
    fn values(func: &Func) -> Vec<Array> {
        let x = Array::floats(Type::scalar(Scalar::F64), vec![3.0]);
        let a = Array::floats(Type::array(Scalar::F64, &[3]), vec![2.0, -5.0, 7.0]);
        eval(func, &[x, a], &mut NoDraws)
    }

    #[track_caller]
    fn splits(body: &str, after: Expect) {
        check(super::run, body, after);
        let text = format!("func f(v0: f64 \"x\", v1: f64[3] \"a\") {{\n{body}\n}}\n");
        let func = parse(&text).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(values(&func), values(&super::run(&func)));
    }

    #[test]
    fn what_is_held_beside_a_state() {
        splits(
            "v2: f64[3] = mul v1, v1
             v3: f64[3] = sub v2, v1
             v4: f64[4, 3] = stack v1, v2, v3, v2
             v5: f64[3, 4] = transpose v4 [1, 0]
             v6: f64[1] = broadcast v0
             v7: f64[1] = scan 4 from v6 (v8: i64, v9: f64[1]) {
               v10: f64[4] = concat v1, v9
               v11: f64[3] = contract v5, v10
               v12: f64[3] = add v1, v11
               v13: f64[1] = slice v12 from 1
               yield v13
             }
             return v7",
            expect![[r#"
                func f(v0: f64 "x", v1: f64[3] "a") {
                  v2: f64[3] = mul v1, v1
                  v3: f64[3] = sub v2, v1
                  v4: f64[4, 3] = stack v1, v2, v3, v2
                  v5: f64[3, 4] = transpose v4 [1, 0]
                  v6: f64[1] = broadcast v0
                  v22: f64[1] = scan 4 from v6 (v7: i64, v8: f64[1]) {
                    v9: f64[4] = concat v1, v8
                    v10: f64[4, 3] = transpose v5 [1, 0]
                    v11: f64[1, 3] = slice v10 from 3
                    v12: f64[3, 1] = transpose v11 [1, 0]
                    v13: f64[3] = contract v12, v8
                    v14: f64[4, 3] = transpose v5 [1, 0]
                    v15: f64[3, 3] = slice v14 from 0
                    v16: f64[3, 3] = transpose v15 [1, 0]
                    v17: f64[3] = contract v16, v1
                    v18: f64[3] = add v13, v17
                    v19: f64[3] = add v17, v1
                    v20: f64[3] = add v13, v19
                    v21: f64[1] = slice v20 from 1
                    yield v21
                  }
                  return v22
                }
            "#]],
        );
    }

    #[test]
    fn parts_apart_and_rows_from_the_left() {
        splits(
            "v2: f64[3] = mul v1, v1
             v3: f64[3] = sub v2, v1
             v4: f64[10, 3] = stack v1, v2, v3, v2, v1, v3, v2, v3, v1, v2
             v5: f64[3] = scan 4 from v1 (v6: i64, v7: f64[3]) {
               v8: f64[1] = slice v7 from 0
               v9: f64[10] = concat v1, v7, v2, v8
               v10: f64[3] = contract v9, v4
               yield v10
             }
             return v5",
            expect![[r#"
                func f(v0: f64 "x", v1: f64[3] "a") {
                  v2: f64[3] = mul v1, v1
                  v3: f64[3] = sub v2, v1
                  v4: f64[10, 3] = stack v1, v2, v3, v2, v1, v3, v2, v3, v1, v2
                  v20: f64[3] = scan 4 from v1 (v5: i64, v6: f64[3]) {
                    v7: f64[1] = slice v6 from 0
                    v8: f64[10] = concat v1, v6, v2, v7
                    v9: f64[3, 3] = slice v4 from 3
                    v10: f64[1, 3] = slice v4 from 9
                    v11: f64[4, 3] = concat v9, v10
                    v12: f64[4] = concat v6, v7
                    v13: f64[3] = contract v12, v11
                    v14: f64[3, 3] = slice v4 from 0
                    v15: f64[3, 3] = slice v4 from 6
                    v16: f64[6, 3] = concat v14, v15
                    v17: f64[6] = concat v1, v2
                    v18: f64[3] = contract v17, v16
                    v19: f64[3] = add v13, v18
                    yield v19
                  }
                  return v20
                }
            "#]],
        );
    }

    #[test]
    fn not_one_entry_and_not_what_is_seldom_done() {
        splits(
            "v2: f64[4, 3] = broadcast v1
             v3: f64[1] = broadcast v0
             v4: i64 = const 2
             v5: f64[3] = scan 4 from v1 (v6: i64, v7: f64[3]) {
               v8: f64[4] = concat v7, v3
               v9: f64[3] = contract v8, v2
               yield v9
             }
             v10: f64[1] = scan 4 below v4 from v3 (v11: i64, v12: f64[1]) {
               v13: f64[4] = concat v12, v1
               v14: f64[3] = contract v13, v2
               v15: f64[1] = slice v14 from 0
               yield v15
             }
             return v5, v10",
            expect![[r#"
                func f(v0: f64 "x", v1: f64[3] "a") {
                  v2: f64[4, 3] = broadcast v1
                  v3: f64[1] = broadcast v0
                  v4: i64 = const 2
                  v9: f64[3] = scan 4 from v1 (v5: i64, v6: f64[3]) {
                    v7: f64[4] = concat v6, v3
                    v8: f64[3] = contract v7, v2
                    yield v8
                  }
                  v15: f64[1] = scan 4 below v4 from v3 (v10: i64, v11: f64[1]) {
                    v12: f64[4] = concat v11, v1
                    v13: f64[3] = contract v12, v2
                    v14: f64[1] = slice v13 from 0
                    yield v14
                  }
                  return v9, v15
                }
            "#]],
        );
    }
}

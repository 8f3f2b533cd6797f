//! What kernels do not have: linear systems become loops of elimination, implicit roots their root.
//!
//! The columns of `[A | b]` are the rows of one array, so that a step of elimination treats all of
//! them alike: it brings the largest entry of column `k` at or below row `k` to row `k`, divides that
//! row by it and takes multiples of the row from all others. After the last step the columns of `b` are
//! those of the solution. Sources: Golub & Van Loan (2013), *Matrix Computations*, §3.4.

use std::collections::BTreeMap;

use sdec_ssa::{
    Binary, Builder, Compare, Extremum, Func, Inst, Op, Region, Scalar, Type, Unary, Value,
    renumber,
};

/// The function without `solve` and `implicit`, if it has any.
pub(super) fn expand(func: &Func) -> Option<Func> {
    if !has_any(&func.body) {
        return None;
    }
    let mut expansion = Expansion { b: Builder::rewriting(func), names: BTreeMap::new() };
    let results = expansion.insts(&func.body);
    Some(renumber(expansion.b.finish(results)))
}

fn has_any(region: &Region) -> bool {
    region.insts.iter().any(|inst| {
        matches!(inst.op, Op::Solve(..) | Op::Implicit { .. })
            || inst.op.regions().into_iter().any(has_any)
    })
}

struct Expansion {
    b: Builder,
    names: BTreeMap<Value, Value>,
}

impl Expansion {
    fn name(&self, value: Value) -> Value {
        self.names.get(&value).copied().unwrap_or(value)
    }

    fn insts(&mut self, region: &Region) -> Vec<Value> {
        for inst in &region.insts {
            self.inst(inst.clone());
        }
        region.results.iter().map(|&result| self.name(result)).collect()
    }

    fn inst(&mut self, mut inst: Inst) {
        inst.op.map_operands(|value| self.name(value));
        self.b.set_origin(inst.origin);
        if let Op::Solve(a, b) = inst.op {
            let x = solve(&mut self.b, a, b);
            self.names.insert(inst.results[0], x);
        } else if let Op::Implicit { root, .. } = inst.op {
            self.names.insert(inst.results[0], root);
        } else {
            for inner in inst.op.regions_mut() {
                self.b.open_region_of(inner.params.clone());
                let results = self.insts(inner);
                *inner = self.b.close_region(results);
            }
            self.b.push(inst);
        }
    }
}

/// `A⁻¹ b` by elimination with partial pivoting.
fn solve(f: &mut Builder, a: Value, b: Value) -> Value {
    let ty = f.ty(b).clone();
    let n = ty.shape[0];
    let m = ty.shape[1..].iter().product();
    if n == 0 || m == 0 {
        return b;
    }
    let right = f.reshape(b, &[n, m]);
    let columns = [a, right].map(|table| f.transpose(table, vec![1, 0]));
    let columns = f.concat(columns.to_vec());
    let rows = f.map(n, |_, i| vec![i])[0];

    let state = f.ty(columns).clone();
    let params = f.open_region(&[Type::scalar(Scalar::I64), state]);
    let [k, columns_now] = params[..] else { unreachable!("a region of two parameters") };
    let next = step(f, rows, k, columns_now);
    let body = f.close_region(vec![next]);
    let done = f.scan_of(n, false, vec![columns], Vec::new(), body)[0];

    let solution = f.slice(done, n, m);
    let solution = f.transpose(solution, vec![1, 0]);
    f.reshape(solution, &ty.shape)
}

/// One step of elimination on columns `[n + m, n]`; `rows` are the numbers of rows.
fn step(f: &mut Builder, rows: Value, k: Value, columns: Value) -> Value {
    let shape = f.ty(columns).shape.clone();
    let n = shape[1];
    let here = f.broadcast(k, &[n]);
    let is_k = f.compare(Compare::Eq, rows, here);
    let below = f.compare(Compare::Ge, rows, here);

    let column = f.index(columns, k);
    let sizes = f.unary(Unary::Abs, column);
    let ty = f.ty(sizes).clone();
    let never = f.filled(&ty, -1.0);
    let candidates = f.select(below, sizes, never);
    let p = f.arg_extremum(Extremum::Max, candidates);
    let there = f.broadcast(p, &[n]);
    let is_p = f.compare(Compare::Eq, rows, there);

    let pivot = f.index(column, p);
    let factors = exchanged(f, column, [k, p], [is_k, is_p]);
    f.map(shape[0], |f, j| {
        let column = f.index(columns, j);
        let entry = f.index(column, p);
        let entry = f.binary(Binary::Div, entry, pivot);
        let entry = f.broadcast(entry, &[n]);
        let others = exchanged(f, column, [k, p], [is_k, is_p]);
        let multiples = f.binary(Binary::Mul, factors, entry);
        let others = f.binary(Binary::Sub, others, multiples);
        vec![f.select(is_k, entry, others)]
    })[0]
}

/// A column with rows `k` and `p` exchanged.
fn exchanged(
    f: &mut Builder,
    column: Value,
    [k, p]: [Value; 2],
    [is_k, is_p]: [Value; 2],
) -> Value {
    let n = f.ty(column).shape[0];
    let [at_k, at_p] = [k, p].map(|row| {
        let entry = f.index(column, row);
        f.broadcast(entry, &[n])
    });
    let below = f.select(is_p, at_k, column);
    f.select(is_k, at_p, below)
}

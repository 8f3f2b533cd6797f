//! Local rules that keep every bit.
//!
//! ```text
//! v2: i64 = add v1, 3                v3: i64 = add v1, 5
//! v3: i64 = add v2, 2          =>
//! ```
//!
//! - Operations on constants are done now, by the interpreter's own arithmetic.
//! - Sums and products of counts with constants are joined, and `0` and `1` disappear.
//! - On floats only what is exact for every value: `x · 1`, `x / 1`, `x - 0`, `--x`. Not `x + 0`,
//!   which changes the sign of zero.
//! - Operations on values that are the same in every lane are done once: `neg (splat x)` becomes
//!   `splat (neg x)`.
//! - Operands that may change places are put in the order of their numbers, constants last, so that
//!   `cse` finds equal operations.
//! - Branches on constants are replaced by the side taken; loops that are executed once by their body.
//!
//! What becomes useless is left to `dce`. Cost: linear.

use sdec_kernel::{
    Binary, Block, Builder, Inst, Kernel, Literal, Op, Scalar, Stmt, Ternary, Type, Unary, Value,
    fold,
};

/// Applies the rules once to each operation, operands first.
pub fn run(kernel: &Kernel) -> Kernel {
    let count = kernel.types.len();
    let mut pass = Pass {
        b: Builder::rewriting(kernel),
        renamed: (0..count).map(Value::new).collect(),
        definitions: vec![None; count],
    };
    pass.block(&kernel.body);
    pass.b.finish(kernel.lanes)
}

struct Pass {
    b: Builder,
    renamed: Vec<Value>,
    /// What defines a value, simplified.
    definitions: Vec<Option<Op>>,
}

/// The literal of a constant.
fn known(op: &Op) -> Option<Literal> {
    if let Op::Const(literal) = op { Some(*literal) } else { None }
}

/// What an operation comes to.
enum Outcome {
    /// A value that there is already.
    Same(Value),
    /// An operation.
    Op(Op),
}

impl Pass {
    fn name(&self, value: Value) -> Value {
        self.renamed.get(value.index()).copied().unwrap_or(value)
    }

    fn definition(&self, value: Value) -> Option<&Op> {
        self.definitions.get(value.index()).and_then(Option::as_ref)
    }

    /// The constant that a value is, in every lane if it has lanes.
    fn literal(&self, value: Value) -> Option<Literal> {
        let op = self.definition(value)?;
        if let Op::Splat(x) = op { self.literal(*x) } else { known(op) }
    }

    fn int(&self, value: Value) -> Option<i64> {
        match self.literal(value)? {
            Literal::I64(n) => Some(n),
            Literal::F64(_) | Literal::F32(_) | Literal::Word(_) | Literal::Bool(_) => None,
        }
    }

    fn is_float(&self, value: Value, x: f64) -> bool {
        match self.literal(value) {
            Some(Literal::F64(bits)) => bits == x.to_bits(),
            Some(Literal::F32(bits)) => bits == (x as f32).to_bits(),
            Some(Literal::I64(_) | Literal::Word(_) | Literal::Bool(_)) | None => false,
        }
    }

    fn block(&mut self, block: &Block) {
        for stmt in &block.stmts {
            self.stmt(stmt);
        }
    }

    fn inner(&mut self, block: &Block) -> Block {
        self.b.open_block();
        self.block(block);
        self.b.close_block()
    }

    fn stmt(&mut self, stmt: &Stmt) {
        match stmt {
            Stmt::Inst(inst) => self.inst(inst),
            Stmt::Store { .. } | Stmt::Draw { .. } | Stmt::Call { .. } => {
                let stmt = stmt.rename(&mut |value| self.name(value));
                self.b.stmt(stmt);
            }
            Stmt::For { .. } => self.for_loop(stmt),
            Stmt::If { condition, then, otherwise, results } => {
                let condition = self.name(*condition);
                if let Some(Literal::Bool(taken)) = self.literal(condition) {
                    self.block(if taken { then } else { otherwise });
                    for &(result, x, y) in results {
                        self.renamed[result.index()] = self.name(if taken { x } else { y });
                    }
                    return;
                }
                let then = self.inner(then);
                let otherwise = self.inner(otherwise);
                let name =
                    |&(result, x, y): &(Value, Value, Value)| (result, self.name(x), self.name(y));
                let results = results.iter().map(name).collect();
                self.b.stmt(Stmt::If { condition, then, otherwise, results });
            }
        }
    }

    fn for_loop(&mut self, stmt: &Stmt) {
        let Stmt::For { var, start, end, order, carries, body, yields, more, results } = stmt
        else {
            unreachable!("the statement is a loop")
        };
        let (start, end) = (self.name(*start), self.name(*end));
        let carries: Vec<(Value, Value)> =
            carries.iter().map(|&(carry, first)| (carry, self.name(first))).collect();
        match (self.int(start), self.int(end)) {
            (Some(first), Some(last)) if last <= first => {
                for (&result, &(_, first)) in results.iter().zip(&carries) {
                    self.renamed[result.index()] = first;
                }
                return;
            }
            (Some(first), Some(last)) if last == first + 1 => {
                self.renamed[var.index()] = start;
                for &(carry, first) in &carries {
                    self.renamed[carry.index()] = first;
                }
                self.block(body);
                for (&result, &next) in results.iter().zip(yields) {
                    self.renamed[result.index()] = self.name(next);
                }
                return;
            }
            _ => {}
        }
        let body = self.inner(body);
        let yields = yields.iter().map(|&value| self.name(value)).collect();
        let more = more.map(|value| self.name(value));
        let (var, order, results) = (*var, *order, results.clone());
        self.b.stmt(Stmt::For { var, start, end, order, carries, body, yields, more, results });
    }

    fn inst(&mut self, inst: &Inst) {
        let op = inst.op.map(|value| self.name(value));
        match self.simplified(op, self.b.ty(inst.result)) {
            Outcome::Same(value) => self.renamed[inst.result.index()] = value,
            Outcome::Op(op) => {
                self.definitions[inst.result.index()] = Some(op.clone());
                self.b.stmt(Stmt::Inst(Inst { result: inst.result, op }));
            }
        }
    }

    /// Adds an operation that is not in the source.
    fn emit(&mut self, op: Op, ty: Type) -> Value {
        match self.simplified(op, ty) {
            Outcome::Same(value) => value,
            Outcome::Op(op) => {
                let value = self.b.emit(op.clone(), ty);
                self.definitions.resize(value.index() + 1, None);
                self.definitions[value.index()] = Some(op);
                value
            }
        }
    }

    fn simplified(&mut self, op: Op, ty: Type) -> Outcome {
        if let Some(literal) = fold(&op, ty.scalar, |value| self.literal(value)) {
            return self.constant(&op, literal, ty);
        }
        if let Some(lifted) = self.lifted(&op, ty) {
            return Outcome::Op(lifted);
        }
        let op = self.ordered(op);
        if let Op::Binary(binary, x, y) = op {
            if ty.scalar == Scalar::I64 {
                return self.count(binary, x, y, ty);
            }
            return self.float(binary, x, y);
        }
        if let Op::Ternary(Ternary::Fma, x, y, z) = op
            && self.is_float(y, 1.0)
        {
            return Outcome::Op(Op::Binary(Binary::Add, x, z));
        }
        if let Some(value) = self.same(&op) {
            return Outcome::Same(value);
        }
        Outcome::Op(self.choice(&op).unwrap_or(op))
    }

    /// `c ? (d ? x : y) : y` as `c and d ? x : y`, and `c ? d : c` as `c and d`: one choice where two
    /// masks keep a carry.
    fn choice(&mut self, op: &Op) -> Option<Op> {
        let Op::Select(c, x, y) = *op else { return None };
        if c == y {
            return Some(Op::Binary(Binary::And, c, x));
        }
        let Some(&Op::Select(d, inner, other)) = self.definition(x) else { return None };
        if other != y {
            return None;
        }
        let both = self.emit(Op::Binary(Binary::And, c, d), self.b.ty(c));
        Some(Op::Select(both, inner, y))
    }

    /// The value that undoing twice, choosing without a choice, or looking for one among equals gives.
    fn same(&self, op: &Op) -> Option<Value> {
        if let Op::Unary(outer @ (Unary::Neg | Unary::Not), x) = op
            && let Some(Op::Unary(inner, y)) = self.definition(*x)
            && inner == outer
        {
            return Some(*y);
        }
        if let Op::Any(x) = op
            && let Some(Op::Splat(y)) = self.definition(*x)
        {
            return Some(*y);
        }
        let Op::Select(c, x, y) = *op else { return None };
        let taken = self.literal(c) == Some(Literal::Bool(true));
        if x == y || taken {
            return Some(x);
        }
        (self.literal(c) == Some(Literal::Bool(false))).then_some(y)
    }

    fn constant(&mut self, op: &Op, literal: Literal, ty: Type) -> Outcome {
        if !ty.lanes {
            return Outcome::Op(Op::Const(literal));
        }
        if matches!(op, Op::Splat(_)) {
            return Outcome::Op(op.clone());
        }
        let uniform = self.emit(Op::Const(literal), Type { lanes: false, ..ty });
        Outcome::Op(Op::Splat(uniform))
    }

    /// `f(splat x, splat y)` as `splat f(x, y)`.
    fn lifted(&mut self, op: &Op, ty: Type) -> Option<Op> {
        let is_lanewise = match op {
            Op::Unary(..)
            | Op::Binary(..)
            | Op::Ternary(..)
            | Op::Compare(..)
            | Op::Select(..)
            | Op::Convert(_)
            | Op::Bitcast(_) => ty.lanes,
            Op::Const(_)
            | Op::Splat(_)
            | Op::Load { .. }
            | Op::PathLow
            | Op::PathHigh
            | Op::Lane
            | Op::Any(_) => false,
        };
        let source = |value: Value| {
            let op = self.definition(value)?;
            if let Op::Splat(x) = op {
                return Some(*x);
            }
            // The distance of a shift is uniform already.
            known(op).map(|_| value)
        };
        if !is_lanewise || op.operands().any(|value| source(value).is_none()) {
            return None;
        }
        let uniform = op.map(|value| source(value).expect("all operands have one"));
        let value = self.emit(uniform, Type { lanes: false, ..ty });
        Some(Op::Splat(value))
    }

    fn ordered(&self, op: Op) -> Op {
        let key = |value: Value| (self.literal(value).is_some(), value);
        if let Op::Binary(binary, x, y) = op
            && commutes(binary)
            && key(x) > key(y)
        {
            return Op::Binary(binary, y, x);
        }
        if let Op::Ternary(Ternary::Fma, x, y, z) = op
            && key(x) > key(y)
        {
            return Op::Ternary(Ternary::Fma, y, x, z);
        }
        op
    }

    /// Rules for counts; constants are on the right.
    fn count(&mut self, op: Binary, x: Value, y: Value, ty: Type) -> Outcome {
        let Some(n) = self.int(y) else { return Outcome::Op(Op::Binary(op, x, y)) };
        let neutral = match op {
            Binary::Add | Binary::Sub | Binary::Or | Binary::Xor | Binary::Shl | Binary::Shr => {
                n == 0
            }
            Binary::Mul => n == 1,
            Binary::And => n == -1,
            Binary::Div
            | Binary::Max
            | Binary::Min
            | Binary::MulHigh
            | Binary::Pow
            | Binary::Atan2 => false,
        };
        let joins = matches!(self.definition(x), Some(&Op::Binary(inner, ..)) if inner == op);
        if neutral {
            Outcome::Same(x)
        } else if n == 0 && matches!(op, Binary::Mul | Binary::And) {
            Outcome::Same(y)
        } else if op == Binary::Sub {
            self.joined(Binary::Add, x, n.wrapping_neg(), ty)
        } else if joins && matches!(op, Binary::Add | Binary::Mul) {
            self.joined(op, x, n, ty)
        } else {
            Outcome::Op(Op::Binary(op, x, y))
        }
    }

    /// `(x ∘ m) ∘ n` as `x ∘ (m ∘ n)`.
    fn joined(&mut self, op: Binary, x: Value, n: i64, ty: Type) -> Outcome {
        let (mut x, mut n) = (x, n);
        if let Some(&Op::Binary(inner, y, m)) = self.definition(x)
            && inner == op
            && let Some(m) = self.int(m)
        {
            x = y;
            n = if op == Binary::Add { m.wrapping_add(n) } else { m.wrapping_mul(n) };
        }
        if op == Binary::Add && n == 0 {
            return Outcome::Same(x);
        }
        let mut constant = self.emit(Op::Const(Literal::I64(n)), Type { lanes: false, ..ty });
        if ty.lanes {
            constant = self.emit(Op::Splat(constant), ty);
        }
        Outcome::Op(Op::Binary(op, x, constant))
    }

    /// Rules for floats, words and truth values; constants are on the right.
    fn float(&self, op: Binary, x: Value, y: Value) -> Outcome {
        let same = match op {
            Binary::Mul | Binary::Div => self.is_float(y, 1.0),
            Binary::Sub => self.is_float(y, 0.0),
            Binary::And => self.literal(y) == Some(Literal::Bool(true)),
            Binary::Or => self.literal(y) == Some(Literal::Bool(false)),
            Binary::Add
            | Binary::Max
            | Binary::Min
            | Binary::Xor
            | Binary::MulHigh
            | Binary::Shl
            | Binary::Shr
            | Binary::Pow
            | Binary::Atan2 => false,
        };
        if same { Outcome::Same(x) } else { Outcome::Op(Op::Binary(op, x, y)) }
    }
}

fn commutes(op: Binary) -> bool {
    match op {
        Binary::Add | Binary::Mul | Binary::And | Binary::Or | Binary::Xor | Binary::MulHigh => {
            true
        }
        Binary::Sub
        | Binary::Div
        | Binary::Max
        | Binary::Min
        | Binary::Shl
        | Binary::Shr
        | Binary::Pow
        | Binary::Atan2 => false,
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
    fn indices_are_joined() {
        check(
            r#"
            v0: i64 = const 0
            v1: i64 = const 2
            for v2 in v0..v1 {
              v3: i64 = const 3
              v4: i64 = add v3, v2
              v5: i64 = sub v4, v1
              v6: i64 = mul v5, v3
              v7: i64 = mul v6, v0
              v8: i64 = sub v4, v3
              v9: f64 = load b0[v7]
              b1[v8] = v9
              v10: f64 = load b0[v6]
              b1[v5] = v10
            }
            "#,
            expect![[r#"
                v0: i64 = const 0
                v1: i64 = const 2
                for v2 in v0..v1 {
                  v3: i64 = const 3
                  v4: i64 = add v2, v3
                  v11: i64 = const 1
                  v5: i64 = add v2, v11
                  v6: i64 = mul v5, v3
                  v9: f64 = load b0[v0]
                  b1[v2] = v9
                  v10: f64 = load b0[v6]
                  b1[v5] = v10
                }
            "#]],
        );
    }

    #[test]
    fn two_masks_that_keep_a_carry_are_one() {
        check(
            r#"
            v0: i64 = const 0
            v1: f64 = load b0[v0]
            v2: f64 = sqrt v1
            v3: bool = lt v1, v2
            v4: bool = lt v2, v1
            v5: f64 = select v4, v2, v1
            v6: f64 = select v3, v5, v1
            v7: f64 = select v3, v5, v2
            v8: bool = select v3, v4, v3
            v9: f64 = select v8, v6, v7
            b1[v0] = v9
            "#,
            expect![[r#"
                v0: i64 = const 0
                v1: f64 = load b0[v0]
                v2: f64 = sqrt v1
                v3: bool = lt v1, v2
                v4: bool = lt v2, v1
                v5: f64 = select v4, v2, v1
                v10: bool = and v3, v4
                v6: f64 = select v10, v2, v1
                v7: f64 = select v3, v5, v2
                v8: bool = and v3, v4
                v9: f64 = select v8, v6, v7
                b1[v0] = v9
            "#]],
        );
    }

    #[test]
    fn floats_keep_their_signed_zeros() {
        check(
            r#"
            v0: i64 = const 0
            v1: f64 = load b0[v0]
            v2: f64 = const 0.0
            v3: f64 = const 1.0
            v4: f64 = add v1, v2
            v5: f64 = sub v4, v2
            v6: f64 = mul v3, v5
            v7: f64 = neg v6
            v8: f64 = neg v7
            v9: f64 = add v3, v3
            v10: f64 = fma v9, v8, v1
            b1[v0] = v10
            "#,
            expect![[r#"
                v0: i64 = const 0
                v1: f64 = load b0[v0]
                v2: f64 = const 0.0
                v3: f64 = const 1.0
                v4: f64 = add v1, v2
                v7: f64 = neg v4
                v9: f64 = const 2.0
                v10: f64 = fma v4, v9, v1
                b1[v0] = v10
            "#]],
        );
    }

    #[test]
    fn what_is_the_same_in_every_lane_is_done_once() {
        check(
            r#"
            v0: i64 = const 0
            v1: f64 = load b0[v0]
            v2: <f64> = splat v1
            v3: f64 = const 2.0
            v4: <f64> = splat v3
            v5: <f64> = mul v2, v4
            v6: <f64> = add v4, v4
            v7: <f64> = add v5, v6
            v8: <bool> = lt v6, v4
            v9: <f64> = select v8, v7, v5
            "#,
            expect![[r#"
                v0: i64 = const 0
                v1: f64 = load b0[v0]
                v2: <f64> = splat v1
                v3: f64 = const 2.0
                v4: <f64> = splat v3
                v10: f64 = mul v1, v3
                v5: <f64> = splat v10
                v11: f64 = const 4.0
                v6: <f64> = splat v11
                v12: f64 = add v10, v11
                v7: <f64> = splat v12
                v13: bool = const false
                v8: <bool> = splat v13
                v9: <f64> = splat v10
            "#]],
        );
    }

    #[test]
    fn control_on_constants_is_decided() {
        check(
            r#"
            v0: i64 = const 0
            v1: i64 = const 1
            v2: f64 = const 2.0
            v3: bool = lt v0, v1
            if v3 {
              v4: f64 = load b0[v0]
              yield v4
            } else {
              yield v2
            } -> v5: f64
            for v6 in v0..v1 carry v7: f64 = v5 {
              v8: f64 = mul v7, v7
              b1[v6] = v8
              yield v8
            } -> v9
            for v10 in v1..v0 carry v11: f64 = v9 {
              yield v2
            } -> v12
            b1[v1] = v12
            "#,
            expect![[r#"
                v0: i64 = const 0
                v1: i64 = const 1
                v2: f64 = const 2.0
                v3: bool = const true
                v4: f64 = load b0[v0]
                v8: f64 = mul v4, v4
                b1[v0] = v8
                b1[v1] = v8
            "#]],
        );
    }
}

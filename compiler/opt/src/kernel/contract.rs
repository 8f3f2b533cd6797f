//! Chooses fused multiply-adds. This is the one place where it is decided which products are rounded
//! before they are added.
//!
//! ```text
//! v3: f64 = mul v1, v2           v4: f64 = fma v1, v2, v0
//! v4: f64 = add v3, v0     =>
//! ```
//!
//! A product is fused if its sum or difference is all that reads it and is in the same block: fusing
//! does then never add work. Where both operands of a sum are such products, the first is fused.
//! Differences need a sign, which is exact: `x y - z = fma(x, y, -z)`, `z - x y = fma(-x, y, z)`.
//! The rule depends on nothing but the text, so the bits do not depend on the machine or the lanes. It
//! must run before special functions are expanded, whose formulas say themselves where they are fused.
//!
//! Cost: linear.

use sdec_base::IdVec;
use sdec_kernel::{Binary, Block, Inst, Kernel, Op, Scalar, Stmt, Ternary, Type, Unary, Value};

/// Fuses products into the sums that read them.
pub fn run(kernel: &Kernel) -> Kernel {
    let mut pass = Pass { types: kernel.types.clone(), reads: vec![0; kernel.types.len()] };
    pass.count(&kernel.body);
    let body = pass.block(&kernel.body);
    Kernel { types: pass.types, body, ..kernel.clone() }
}

struct Pass {
    types: IdVec<Value, Type>,
    /// How often each value is read.
    reads: Vec<u32>,
}

impl Pass {
    fn count(&mut self, block: &Block) {
        let mut read = |value: Value| self.reads[value.index()] += 1;
        block.walk(&mut |stmt| {
            stmt.operands().into_iter().for_each(&mut read);
            for (_, _, yields) in stmt.blocks() {
                yields.into_iter().for_each(&mut read);
            }
        });
    }

    fn block(&mut self, block: &Block) -> Block {
        let products = products(block);
        let mut stmts: Vec<Stmt> = Vec::new();
        let mut fused = Vec::new();
        for stmt in &block.stmts {
            match stmt {
                Stmt::Inst(inst) => {
                    let sum = self.fuse(inst, &products, &mut fused, &mut stmts);
                    stmts.push(Stmt::Inst(sum));
                }
                Stmt::Store { .. } | Stmt::Draw { .. } | Stmt::Call { .. } => {
                    stmts.push(stmt.clone());
                }
                Stmt::For { .. } | Stmt::If { .. } => stmts.push(self.inner(stmt)),
            }
        }
        stmts.retain(|stmt| !matches!(stmt, Stmt::Inst(inst) if fused.contains(&inst.result)));
        Block { stmts }
    }

    fn inner(&mut self, stmt: &Stmt) -> Stmt {
        let mut stmt = stmt.clone();
        match &mut stmt {
            Stmt::For { body, .. } => *body = self.block(body),
            Stmt::If { then, otherwise, .. } => {
                *then = self.block(then);
                *otherwise = self.block(otherwise);
            }
            Stmt::Inst(_) | Stmt::Store { .. } | Stmt::Draw { .. } | Stmt::Call { .. } => {}
        }
        stmt
    }

    fn fuse(
        &mut self,
        inst: &Inst,
        products: &Products,
        fused: &mut Vec<Value>,
        out: &mut Vec<Stmt>,
    ) -> Inst {
        let Inst { result, op: Op::Binary(op @ (Binary::Add | Binary::Sub), x, y) } = *inst else {
            return inst.clone();
        };
        let product = |value: Value| {
            let single = self.reads[value.index()] == 1;
            products.get(value).filter(|_| single && self.is_float(value))
        };
        let (product_value, (a, b), rest, negate) = match (product(x), product(y)) {
            (Some(factors), _) => (x, factors, y, (op == Binary::Sub).then_some(Negate::Rest)),
            (None, Some(factors)) => (y, factors, x, (op == Binary::Sub).then_some(Negate::Factor)),
            (None, None) => return inst.clone(),
        };
        fused.push(product_value);
        let op = match negate {
            None => Op::Ternary(Ternary::Fma, a, b, rest),
            Some(Negate::Rest) => Op::Ternary(Ternary::Fma, a, b, self.negated(rest, out)),
            Some(Negate::Factor) => Op::Ternary(Ternary::Fma, self.negated(a, out), b, rest),
        };
        Inst { result, op }
    }

    fn is_float(&self, value: Value) -> bool {
        matches!(self.types[value].scalar, Scalar::F64 | Scalar::F32)
    }

    fn negated(&mut self, x: Value, out: &mut Vec<Stmt>) -> Value {
        let result = self.types.push(self.types[x]);
        self.reads.push(1);
        out.push(Stmt::Inst(Inst { result, op: Op::Unary(Unary::Neg, x) }));
        result
    }
}

/// What gets the sign of a difference.
enum Negate {
    Rest,
    Factor,
}

/// The factors of the products that a block itself computes, ordered by value.
struct Products(Vec<(Value, (Value, Value))>);

fn products(block: &Block) -> Products {
    let product = |stmt: &Stmt| {
        let Stmt::Inst(Inst { result, op: Op::Binary(Binary::Mul, x, y) }) = stmt else {
            return None;
        };
        Some((*result, (*x, *y)))
    };
    let mut products: Vec<_> = block.stmts.iter().filter_map(product).collect();
    products.sort_unstable();
    Products(products)
}

impl Products {
    fn get(&self, value: Value) -> Option<(Value, Value)> {
        let found = self.0.binary_search_by_key(&value, |&(product, _)| product);
        found.ok().map(|k| self.0[k].1)
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    #[track_caller]
    fn check(before: &str, after: Expect) {
        super::super::tests::check(super::run, before, after);
    }

    const LOADS: &str = "
        v0: i64 = const 0
        v1: f64 = load b0[v0]
        v2: f64 = load b0[v0]
        v3: f64 = load b0[v0]
        ";

    #[test]
    fn sums_and_differences_of_products() {
        check(
            &format!(
                "{LOADS}
                v4: f64 = mul v1, v2
                v5: f64 = add v3, v4
                v6: f64 = mul v1, v5
                v7: f64 = sub v6, v3
                v8: f64 = mul v2, v7
                v9: f64 = sub v3, v8
                b1[v0] = v9"
            ),
            expect![[r#"
                v0: i64 = const 0
                v1: f64 = load b0[v0]
                v2: f64 = load b0[v0]
                v3: f64 = load b0[v0]
                v5: f64 = fma v1, v2, v3
                v10: f64 = neg v3
                v7: f64 = fma v1, v5, v10
                v11: f64 = neg v2
                v9: f64 = fma v11, v7, v3
                b1[v0] = v9
            "#]],
        );
    }

    #[test]
    fn of_two_products_the_first_is_fused() {
        check(
            &format!(
                "{LOADS}
                v4: f64 = mul v1, v2
                v5: f64 = mul v2, v3
                v6: f64 = add v4, v5
                b1[v0] = v6"
            ),
            expect![[r#"
                v0: i64 = const 0
                v1: f64 = load b0[v0]
                v2: f64 = load b0[v0]
                v3: f64 = load b0[v0]
                v5: f64 = mul v2, v3
                v6: f64 = fma v1, v2, v5
                b1[v0] = v6
            "#]],
        );
    }

    #[test]
    fn products_read_twice_or_of_another_block_stay() {
        check(
            &format!(
                "{LOADS}
                v4: f64 = mul v1, v2
                v5: f64 = add v4, v4
                v6: f64 = mul v5, v5
                v7: i64 = mul v0, v0
                v8: i64 = add v7, v0
                for v9 in v8..v0 {{
                  v10: f64 = add v6, v3
                  b1[v9] = v10
                }}"
            ),
            expect![[r#"
                v0: i64 = const 0
                v1: f64 = load b0[v0]
                v2: f64 = load b0[v0]
                v3: f64 = load b0[v0]
                v4: f64 = mul v1, v2
                v5: f64 = add v4, v4
                v6: f64 = mul v5, v5
                v7: i64 = mul v0, v0
                v8: i64 = add v7, v0
                for v9 in v8..v0 {
                  v10: f64 = add v6, v3
                  b1[v9] = v10
                }
            "#]],
        );
    }
}

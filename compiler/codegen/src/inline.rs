//! Routines written out where they are called, for backends that do that themselves better than this
//! compiler would by calling.

use sdec_base::IdVec;
use sdec_kernel::{Block, BufferId, Builder, Inst, Kernel, Op, RoutineId, Space, Stmt, Value};

/// The kernel without routines: their bodies stand where they were called.
pub fn inline(kernel: &Kernel) -> Kernel {
    if kernel.routines.is_empty() {
        return kernel.clone();
    }
    let mut pass = Inline { b: Builder::rewriting(kernel), kernel };
    pass.stmts(&kernel.body);
    Kernel { routines: IdVec::new(), ..pass.b.finish(kernel.lanes) }
}

struct Inline<'a> {
    b: Builder,
    kernel: &'a Kernel,
}

impl<'a> Inline<'a> {
    fn stmts(&mut self, block: &'a Block) {
        for stmt in &block.stmts {
            self.stmt(stmt);
        }
    }

    fn block(&mut self, block: &'a Block) -> Block {
        self.b.open_block();
        self.stmts(block);
        self.b.close_block()
    }

    fn stmt(&mut self, stmt: &'a Stmt) {
        let mut written = stmt.clone();
        match (stmt, &mut written) {
            (Stmt::Call { routine, reads, writes }, _) => {
                return self.call(*routine, reads, writes);
            }
            (Stmt::For { body, .. }, Stmt::For { body: new, .. }) => *new = self.block(body),
            (
                Stmt::If { then, otherwise, .. },
                Stmt::If { then: new_then, otherwise: new_otherwise, .. },
            ) => {
                *new_then = self.block(then);
                *new_otherwise = self.block(otherwise);
            }
            _ => {}
        }
        self.b.stmt(written);
    }

    fn call(
        &mut self,
        routine: RoutineId,
        reads: &[(BufferId, Value)],
        writes: &[(BufferId, Value)],
    ) {
        let routine = &self.kernel.routines[routine];
        let (mut reads, mut writes) = (reads.iter(), writes.iter());
        let places = routine.buffers.values().map(|buffer| {
            let given = if buffer.space == Space::Input { reads.next() } else { writes.next() };
            *given.expect("a verified call fits its routine")
        });
        let places = places.collect();
        let names = routine.types.values().map(|&ty| self.b.fresh(ty)).collect();
        Copy { b: &mut self.b, places, names }.stmts(&routine.body);
    }
}

/// A copy of a routine's body.
struct Copy<'a> {
    b: &'a mut Builder,
    /// What each of its buffers is a piece of, and from which entry on.
    places: Vec<(BufferId, Value)>,
    /// What its values are called in the copy.
    names: Vec<Value>,
}

impl Copy<'_> {
    fn name(&self, value: Value) -> Value {
        self.names[value.index()]
    }

    fn stmts(&mut self, block: &Block) {
        for stmt in &block.stmts {
            self.stmt(stmt);
        }
    }

    fn block(&mut self, block: &Block) -> Block {
        self.b.open_block();
        self.stmts(block);
        self.b.close_block()
    }

    /// The same entry of the piece of memory.
    fn place(&mut self, buffer: BufferId, index: Value) -> (BufferId, Value) {
        let (buffer, first) = self.places[buffer.index()];
        (buffer, self.b.binary(sdec_kernel::Binary::Add, first, index))
    }

    fn stmt(&mut self, stmt: &Stmt) {
        let stmt = match stmt {
            Stmt::Inst(Inst { result, op }) => {
                let mut op = op.map(|value| self.name(value));
                if let Op::Load { buffer, index } = op {
                    let (buffer, index) = self.place(buffer, index);
                    op = Op::Load { buffer, index };
                }
                Stmt::Inst(Inst { result: self.name(*result), op })
            }
            Stmt::Store { buffer, index, value } => {
                let (buffer, index) = self.place(*buffer, self.name(*index));
                Stmt::Store { buffer, index, value: self.name(*value) }
            }
            Stmt::For { var, start, end, reverse, carries, body, yields, more, results } => {
                let body = self.block(body);
                let named = |values: &[Value]| values.iter().map(|&v| self.name(v)).collect();
                Stmt::For {
                    var: self.name(*var),
                    start: self.name(*start),
                    end: self.name(*end),
                    reverse: *reverse,
                    carries: carries.iter().map(|&(x, y)| (self.name(x), self.name(y))).collect(),
                    body,
                    yields: named(yields),
                    more: more.map(|value| self.name(value)),
                    results: named(results),
                }
            }
            Stmt::If { condition, then, otherwise, results } => {
                let (then, otherwise) = (self.block(then), self.block(otherwise));
                let name =
                    |&(r, x, y): &(Value, Value, Value)| (self.name(r), self.name(x), self.name(y));
                let condition = self.name(*condition);
                Stmt::If { condition, then, otherwise, results: results.iter().map(name).collect() }
            }
            Stmt::Draw { results, key, block, purpose, law } => Stmt::Draw {
                results: results.iter().map(|&value| self.name(value)).collect(),
                key: (self.name(key.0), self.name(key.1)),
                block: self.name(*block),
                purpose: *purpose,
                law: *law,
            },
            Stmt::Call { .. } => unreachable!("a verified routine has no routines"),
        };
        self.b.stmt(stmt);
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn bodies_stand_where_they_were_called() {
        let text = "kernel \"calls\" lanes 2
            b0 = input \"x\" f64[2]
            b1 = output \"y\" <f64>[1]
            b2 = scratch \"z\" <f64>[3]
            routine r0 \"fill\" {
              b0 = lent \"to\" <f64>[2]
              b1 = input \"by\" f64[1]
              v0: i64 = const 0
              v1: i64 = const 2
              v2: f64 = load b1[v0]
              for v3 in v0..v1 carry v4: f64 = v2 {
                b0[v3] = v4
                v5: f64 = add v4, v2
                yield v5
              } -> v6
            }
            v0: i64 = const 1
            call r0(b0[v0]) -> b2[v0]
            v1: i64 = const 0
            v2: <f64> = load b2[v0]
            b1[v1] = v2";
        let kernel = inline(&sdec_kernel::parse(text).unwrap());
        assert_eq!(sdec_kernel::verify(&kernel), Ok(()));
        let expected = expect![[r#"
            kernel "calls" lanes 2
            b0 = input "x" f64[2]
            b1 = output "y" <f64>[1]
            b2 = scratch "z" <f64>[3]

            v0: i64 = const 1
            v3: i64 = const 0
            v4: i64 = const 2
            v10: i64 = add v0, v3
            v5: f64 = load b0[v10]
            for v6 in v3..v4 carry v7: f64 = v5 {
              v11: i64 = add v0, v6
              b2[v11] = v7
              v8: f64 = add v7, v5
              yield v8
            } -> v9
            v1: i64 = const 0
            v2: <f64> = load b2[v0]
            b1[v1] = v2
        "#]];
        expected.assert_eq(&kernel.to_string());
    }
}

//! Common subexpressions, and loads of what is known to be there.
//!
//! ```text
//! v3: f64 = mul v1, v2           v3: f64 = mul v1, v2
//! v4: f64 = mul v1, v2     =>    b1[v0] = v3
//! b1[v0] = v3
//! v5: f64 = load b1[v0]          v6: f64 = add v3, v3
//! v6: f64 = add v4, v5
//! ```
//!
//! Operations are pure but for loads, so that equal ones on equal operands give equal values wherever
//! the first is visible. A load gives what a load of the same place gave, or what was stored to it,
//! unless something was stored to the buffer since; entering or leaving a loop that stores to a buffer
//! counts as a store. Draws of one block are made once. `simplify` puts operands in order first.
//!
//! Cost: linear.

use rustc_hash::FxHashMap;
use sdec_kernel::{Block, BufferId, Inst, Kernel, Law, Op, Stmt, Value};

/// Replaces each repeated operation by the first that computed it.
pub fn run(kernel: &Kernel) -> Kernel {
    let mut pass = Pass {
        kernel,
        known: FxHashMap::default(),
        draws: FxHashMap::default(),
        added: Vec::new(),
        renamed: (0..kernel.types.len()).map(Value::new).collect(),
        stores: vec![0; kernel.buffers.len()],
        stored: Vec::new(),
        loops: 0,
    };
    stored_by_loops(&kernel.body, &mut pass.stored);
    let body = pass.block(&kernel.body);
    Kernel { body, ..kernel.clone() }
}

/// An operation, and for loads how many stores to the buffer came before and whether the result has lanes,
/// of which a wide kernel loads as many as it wants.
type Key = (Op, u64, bool);

/// What decides the draws of a block, with the number of results.
type DrawKey = (usize, (Value, Value), Value, u32, Law);

struct Pass<'a> {
    kernel: &'a Kernel,
    known: FxHashMap<Key, Value>,
    draws: FxHashMap<DrawKey, Vec<Value>>,
    /// Keys that came with the open blocks, to be forgotten when these end.
    added: Vec<Added>,
    renamed: Vec<Value>,
    stores: Vec<u64>,
    /// What each loop stores to, in the order of the text.
    stored: Vec<Vec<BufferId>>,
    /// Loops that were met.
    loops: usize,
}

enum Added {
    Op(Key),
    Draw(DrawKey),
}

impl Pass<'_> {
    fn name(&self, value: Value) -> Value {
        self.renamed[value.index()]
    }

    fn block(&mut self, block: &Block) -> Block {
        let outer = self.added.len();
        let mut stmts = Vec::new();
        for stmt in &block.stmts {
            stmts.extend(self.stmt(stmt));
        }
        for added in self.added.split_off(outer) {
            match added {
                Added::Op(key) => drop(self.known.remove(&key)),
                Added::Draw(key) => drop(self.draws.remove(&key)),
            }
        }
        Block { stmts }
    }

    fn stmt(&mut self, stmt: &Stmt) -> Option<Stmt> {
        match stmt {
            Stmt::Inst(Inst { result, op }) => {
                let op = op.map(|value| self.name(value));
                let key = self.key(op.clone(), *result);
                if let Some(&first) = self.known.get(&key) {
                    self.renamed[result.index()] = first;
                    return None;
                }
                self.know(key, *result);
                Some(Stmt::Inst(Inst { result: *result, op }))
            }
            Stmt::Store { buffer, index, value } => {
                let (index, value) = (self.name(*index), self.name(*value));
                self.stores[buffer.index()] += 1;
                if self.kernel.is_wide
                    || self.kernel.types[value] == self.kernel.buffers[*buffer].ty
                {
                    let key = self.key(Op::Load { buffer: *buffer, index }, value);
                    self.know(key, value);
                }
                Some(Stmt::Store { buffer: *buffer, index, value })
            }
            Stmt::For { var, start, end, order, carries, body, yields, more, results } => {
                let stored = std::mem::take(&mut self.stored[self.loops]);
                self.loops += 1;
                self.forget(&stored);
                let carries =
                    carries.iter().map(|&(carry, first)| (carry, self.name(first))).collect();
                let body = self.block(body);
                self.forget(&stored);
                Some(Stmt::For {
                    var: *var,
                    start: self.name(*start),
                    end: self.name(*end),
                    order: *order,
                    carries,
                    body,
                    yields: yields.iter().map(|&value| self.name(value)).collect(),
                    more: more.map(|value| self.name(value)),
                    results: results.clone(),
                })
            }
            Stmt::If { condition, then, otherwise, results } => {
                let condition = self.name(*condition);
                let then = self.block(then);
                let otherwise = self.block(otherwise);
                let name =
                    |&(result, x, y): &(Value, Value, Value)| (result, self.name(x), self.name(y));
                let results = results.iter().map(name).collect();
                Some(Stmt::If { condition, then, otherwise, results })
            }
            Stmt::Call { writes, .. } => {
                let renamed = stmt.rename(&mut |value| self.name(value));
                for (buffer, _) in writes {
                    self.stores[buffer.index()] += 1;
                }
                Some(renamed)
            }
            Stmt::Draw { results, key, block, purpose, law } => {
                let key = (self.name(key.0), self.name(key.1));
                let block = self.name(*block);
                self.draw(results, (results.len(), key, block, *purpose, *law))
            }
        }
    }

    fn draw(&mut self, results: &[Value], key: DrawKey) -> Option<Stmt> {
        if let Some(first) = self.draws.get(&key) {
            for (result, &first) in results.iter().zip(first) {
                self.renamed[result.index()] = first;
            }
            return None;
        }
        self.draws.insert(key, results.to_vec());
        self.added.push(Added::Draw(key));
        let (_, key, block, purpose, law) = key;
        Some(Stmt::Draw { results: results.to_vec(), key, block, purpose, law })
    }

    fn know(&mut self, key: Key, value: Value) {
        self.known.insert(key.clone(), value);
        self.added.push(Added::Op(key));
    }

    fn key(&self, op: Op, result: Value) -> Key {
        if let Op::Load { buffer, .. } = op {
            (op, self.stores[buffer.index()], self.kernel.types[result].lanes)
        } else {
            (op, 0, false)
        }
    }

    /// What buffers held is not known any more.
    fn forget(&mut self, buffers: &[BufferId]) {
        for buffer in buffers {
            self.stores[buffer.index()] += 1;
        }
    }
}

/// The buffers that a block stores to, each once; `loops` gets those of each of its loops, outer ones
/// first.
fn stored_by_loops(block: &Block, loops: &mut Vec<Vec<BufferId>>) -> Vec<BufferId> {
    let mut buffers = Vec::new();
    for stmt in &block.stmts {
        match stmt {
            Stmt::Inst(_) | Stmt::Draw { .. } => {}
            Stmt::Store { buffer, .. } => buffers.push(*buffer),
            Stmt::Call { writes, .. } => buffers.extend(writes.iter().map(|&(buffer, _)| buffer)),
            Stmt::For { body, .. } => {
                let place = loops.len();
                loops.push(Vec::new());
                let inner = stored_by_loops(body, loops);
                buffers.extend(&inner);
                loops[place] = inner;
            }
            Stmt::If { then, otherwise, .. } => {
                buffers.extend(stored_by_loops(then, loops));
                buffers.extend(stored_by_loops(otherwise, loops));
            }
        }
    }
    buffers.sort_unstable();
    buffers.dedup();
    buffers
}

/// The buffers that a block stores to.
pub(super) fn stored(block: &Block) -> Vec<BufferId> {
    let mut buffers = Vec::new();
    block.walk(&mut |stmt| {
        if let Stmt::Store { buffer, .. } = stmt {
            buffers.push(*buffer);
        } else if let Stmt::Call { writes, .. } = stmt {
            buffers.extend(writes.iter().map(|&(buffer, _)| buffer));
        }
    });
    buffers
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    #[track_caller]
    fn check(before: &str, after: Expect) {
        super::super::tests::check(super::run, before, after);
    }

    #[test]
    fn equal_operations_are_done_once() {
        check(
            r#"
            v0: i64 = const 0
            v1: f64 = load b0[v0]
            v2: i64 = const 0
            v3: f64 = load b0[v2]
            v4: f64 = mul v1, v3
            b1[v2] = v4
            "#,
            expect![[r#"
                v0: i64 = const 0
                v1: f64 = load b0[v0]
                v4: f64 = mul v1, v1
                b1[v0] = v4
            "#]],
        );
    }

    #[test]
    fn what_a_block_computes_is_not_known_after_it() {
        check(
            r#"
            v0: i64 = const 0
            v1: f64 = load b0[v0]
            for v2 in v0..v0 {
              v3: f64 = neg v1
              v4: f64 = neg v1
              b2[v0] = v4
            }
            v5: f64 = neg v1
            b1[v0] = v5
            "#,
            expect![[r#"
                v0: i64 = const 0
                v1: f64 = load b0[v0]
                for v2 in v0..v0 {
                  v3: f64 = neg v1
                  b2[v0] = v3
                }
                v5: f64 = neg v1
                b1[v0] = v5
            "#]],
        );
    }

    #[test]
    fn loads_after_stores_and_around_loops() {
        check(
            r#"
            v0: i64 = const 0
            v1: f64 = load b0[v0]
            b2[v0] = v1
            v2: f64 = load b2[v0]
            b1[v0] = v2
            for v3 in v0..v0 {
              v4: f64 = load b2[v0]
              v5: f64 = neg v4
              b2[v0] = v5
              v6: f64 = load b2[v0]
              b1[v0] = v6
            }
            v7: f64 = load b2[v0]
            b1[v0] = v7
            "#,
            expect![[r#"
                v0: i64 = const 0
                v1: f64 = load b0[v0]
                b2[v0] = v1
                b1[v0] = v1
                for v3 in v0..v0 {
                  v4: f64 = load b2[v0]
                  v5: f64 = neg v4
                  b2[v0] = v5
                  b1[v0] = v5
                }
                v7: f64 = load b2[v0]
                b1[v0] = v7
            "#]],
        );
    }

    #[test]
    fn a_block_of_a_stream_is_drawn_once() {
        check(
            r#"
            v0: word = const 7
            v1: <f64>, v2: <f64> = draw normal key v0, v0 block v0 purpose 0
            v3: <f64>, v4: <f64> = draw normal key v0, v0 block v0 purpose 0
            v5: <f64>, v6: <f64> = draw uniform key v0, v0 block v0 purpose 0
            v7: <f64> = add v1, v4
            "#,
            expect![[r#"
                v0: word = const 7
                v1: <f64>, v2: <f64> = draw normal key v0, v0 block v0 purpose 0
                v5: <f64>, v6: <f64> = draw uniform key v0, v0 block v0 purpose 0
                v7: <f64> = add v1, v2
            "#]],
        );
    }
}

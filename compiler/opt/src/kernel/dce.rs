//! Removes what no output depends on: operations, carries, loops, stores to buffers that are never
//! read, and the buffers.
//!
//! ```text
//! b2[v0] = v1                    v2: f64 = neg v1
//! v2: f64 = neg v1         =>    b1[v0] = v2
//! v3: f64 = mul v2, v2
//! b1[v0] = v2
//! ```
//!
//! What is wanted is found from the outputs backwards: a value wants its operands, a carry its first
//! and next values, whatever is in a loop or branch wants its bounds or condition, and a load wants all
//! stores to its buffer. So cycles of carries that nothing else reads are not wanted. Loops are finite,
//! so one without effects can go.
//!
//! Cost: linear.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;
use sdec_base::IdVec;
use sdec_kernel::{Block, Buffer, BufferId, Kernel, Op, RoutineId, Space, Stmt, Value};

/// Removes what no output depends on. Values keep their names.
pub fn run(kernel: &Kernel) -> Kernel {
    let mut wants = Wants::default();
    wants.block(&kernel.body, None);
    let wanted = wants.wanted_by_outputs(kernel);
    let (buffers, places) = keep_buffers(kernel, &wanted);
    let called = Called { all: &kernel.routines, kept: IdVec::new(), places: BTreeMap::new() };
    let mut sweep = Sweep { wanted: &wanted, places, routines: called, control: 0 };
    let body = sweep.block(&kernel.body);
    let routines = sweep.routines.kept;
    Kernel { buffers, routines, body, ..kernel.clone() }
}

/// The routines that are still called, and where each has gone.
struct Called<'a> {
    all: &'a IdVec<RoutineId, Kernel>,
    kept: IdVec<RoutineId, Kernel>,
    places: BTreeMap<RoutineId, RoutineId>,
}

impl Called<'_> {
    fn keep(&mut self, routine: RoutineId) -> RoutineId {
        let Self { all, kept, places } = self;
        *places.entry(routine).or_insert_with(|| kept.push(all[routine].clone()))
    }
}

/// What can be wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Node {
    Value(Value),
    /// A loop or branch, numbered in the order of the text.
    Control(usize),
    Buffer(BufferId),
}

/// What each node wants.
#[derive(Default)]
struct Wants {
    of: FxHashMap<Node, Vec<Node>>,
    controls: usize,
}

impl Wants {
    fn add(&mut self, node: Node, wants: impl IntoIterator<Item = Node>) {
        self.of.entry(node).or_default().extend(wants);
    }

    fn block(&mut self, block: &Block, within: Option<usize>) {
        for stmt in &block.stmts {
            self.stmt(stmt, within);
        }
    }

    fn stmt(&mut self, stmt: &Stmt, within: Option<usize>) {
        let operands = stmt.operands().into_iter().map(Node::Value);
        let around = within.map(Node::Control);
        match stmt {
            Stmt::Inst(inst) => {
                let mut loaded = None;
                if let Op::Load { buffer, .. } = inst.op {
                    loaded = Some(Node::Buffer(buffer));
                }
                self.add(Node::Value(inst.result), operands.chain(around).chain(loaded));
            }
            Stmt::Draw { results, .. } => {
                let wants: Vec<Node> = operands.chain(around).collect();
                for &result in results {
                    self.add(Node::Value(result), wants.iter().copied());
                }
            }
            Stmt::Store { buffer, .. } => {
                self.add(Node::Buffer(*buffer), operands.chain(around));
            }
            Stmt::Call { reads, writes, .. } => {
                let memory = reads.iter().chain(writes).map(|&(buffer, _)| Node::Buffer(buffer));
                let wants: Vec<Node> = operands.chain(around).chain(memory).collect();
                for (buffer, _) in writes {
                    self.add(Node::Buffer(*buffer), wants.iter().copied());
                }
            }
            Stmt::For { var, start, end, carries, body, yields, more, results, .. } => {
                let control = self.control();
                let bounds = [*start, *end].into_iter().chain(*more).map(Node::Value);
                self.add(Node::Control(control), bounds.chain(around));
                self.add(Node::Value(*var), [Node::Control(control)]);
                for ((&(carry, first), &next), &result) in carries.iter().zip(yields).zip(results) {
                    let wants = [Node::Control(control), Node::Value(first), Node::Value(next)];
                    self.add(Node::Value(carry), wants);
                    self.add(Node::Value(result), wants);
                }
                self.block(body, Some(control));
            }
            Stmt::If { condition, then, otherwise, results } => {
                let control = self.control();
                self.add(
                    Node::Control(control),
                    around.into_iter().chain([Node::Value(*condition)]),
                );
                for &(result, x, y) in results {
                    let wants = [Node::Control(control), Node::Value(x), Node::Value(y)];
                    self.add(Node::Value(result), wants);
                }
                self.block(then, Some(control));
                self.block(otherwise, Some(control));
            }
        }
    }

    fn control(&mut self) -> usize {
        self.controls += 1;
        self.controls - 1
    }

    fn wanted_by_outputs(&self, kernel: &Kernel) -> Wanted {
        let mut wanted = Wanted {
            values: vec![false; kernel.types.len()],
            controls: vec![false; self.controls],
            buffers: vec![false; kernel.buffers.len()],
        };
        let written = |buffer: &Buffer| matches!(buffer.space, Space::Output | Space::Lent);
        let outputs = kernel.buffers.iter().filter(|(_, buffer)| written(buffer));
        let mut open: Vec<Node> = outputs.map(|(id, _)| Node::Buffer(id)).collect();
        while let Some(node) = open.pop() {
            if !std::mem::replace(wanted.flag(node), true) {
                open.extend(self.of.get(&node).into_iter().flatten());
            }
        }
        wanted
    }
}

struct Wanted {
    values: Vec<bool>,
    controls: Vec<bool>,
    buffers: Vec<bool>,
}

impl Wanted {
    fn flag(&mut self, node: Node) -> &mut bool {
        match node {
            Node::Value(value) => &mut self.values[value.index()],
            Node::Control(control) => &mut self.controls[control],
            Node::Buffer(buffer) => &mut self.buffers[buffer.index()],
        }
    }

    fn value(&self, value: Value) -> bool {
        self.values[value.index()]
    }
}

/// The buffers without unread scratch, and where each has gone.
fn keep_buffers(
    kernel: &Kernel,
    wanted: &Wanted,
) -> (IdVec<BufferId, Buffer>, Vec<Option<BufferId>>) {
    let mut kept = IdVec::new();
    let mut places = Vec::new();
    for (id, buffer) in kernel.buffers.iter() {
        let keep = buffer.space != Space::Scratch || wanted.buffers[id.index()];
        places.push(keep.then(|| kept.push(buffer.clone())));
    }
    (kept, places)
}

struct Sweep<'a> {
    wanted: &'a Wanted,
    places: Vec<Option<BufferId>>,
    routines: Called<'a>,
    /// The number of the next loop or branch.
    control: usize,
}

impl Sweep<'_> {
    fn place(&self, buffer: BufferId) -> BufferId {
        self.places[buffer.index()].expect("buffers of what is wanted are kept")
    }

    fn block(&mut self, block: &Block) -> Block {
        Block { stmts: block.stmts.iter().filter_map(|stmt| self.stmt(stmt)).collect() }
    }

    fn stmt(&mut self, stmt: &Stmt) -> Option<Stmt> {
        let wanted = self.wanted;
        match stmt {
            Stmt::Inst(inst) => {
                let mut inst = wanted.value(inst.result).then(|| inst.clone())?;
                if let Op::Load { buffer, .. } = &mut inst.op {
                    *buffer = self.place(*buffer);
                }
                Some(Stmt::Inst(inst))
            }
            Stmt::Draw { results, .. } => {
                results.iter().any(|&result| wanted.value(result)).then(|| stmt.clone())
            }
            Stmt::Store { buffer, index, value } => {
                let buffer =
                    self.places[buffer.index()].filter(|_| wanted.buffers[buffer.index()])?;
                Some(Stmt::Store { buffer, index: *index, value: *value })
            }
            Stmt::Call { routine, reads, writes } => {
                let wanted = |&(buffer, _): &(BufferId, Value)| wanted.buffers[buffer.index()];
                let keep = writes.iter().any(wanted);
                keep.then(|| {
                    let places = |of: &[(BufferId, Value)]| {
                        of.iter().map(|&(buffer, first)| (self.place(buffer), first)).collect()
                    };
                    let (reads, writes) = (places(reads), places(writes));
                    Stmt::Call { routine: self.routines.keep(*routine), reads, writes }
                })
            }
            Stmt::For { var, start, end, order, carries, body, yields, more, results } => {
                let keep = self.keep();
                let body = self.block(body);
                let carried = |k: &usize| wanted.value(carries[*k].0) || wanted.value(results[*k]);
                let kept: Vec<usize> = (0..carries.len()).filter(carried).collect();
                keep.then(|| Stmt::For {
                    var: *var,
                    start: *start,
                    end: *end,
                    order: *order,
                    carries: kept.iter().map(|&k| carries[k]).collect(),
                    body,
                    yields: kept.iter().map(|&k| yields[k]).collect(),
                    more: *more,
                    results: kept.iter().map(|&k| results[k]).collect(),
                })
            }
            Stmt::If { condition, then, otherwise, results } => {
                let keep = self.keep();
                let then = self.block(then);
                let otherwise = self.block(otherwise);
                let results = results.iter().filter(|(result, ..)| wanted.value(*result));
                let results = results.copied().collect();
                keep.then_some(Stmt::If { condition: *condition, then, otherwise, results })
            }
        }
    }

    /// Whether the next loop or branch is wanted.
    fn keep(&mut self) -> bool {
        self.control += 1;
        self.wanted.controls[self.control - 1]
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
    fn carries_that_only_carry_themselves_are_removed() {
        check(
            r#"
            v0: i64 = const 0
            v1: i64 = const 4
            v2: f64 = const 1.0
            for v3 in v0..v1 carry v4: f64 = v2, v5: f64 = v2 {
              v6: f64 = mul v4, v4
              v7: f64 = add v5, v5
              yield v6, v7
            } -> v8, v9
            b1[v0] = v9
            "#,
            expect![[r#"
                v0: i64 = const 0
                v1: i64 = const 4
                v2: f64 = const 1.0
                for v3 in v0..v1 carry v5: f64 = v2 {
                  v7: f64 = add v5, v5
                  yield v7
                } -> v9
                b1[v0] = v9
            "#]],
        );
    }

    #[test]
    fn scratch_is_wanted_only_where_it_is_read() {
        check(
            r#"
            v0: i64 = const 0
            v1: i64 = const 4
            for v2 in v0..v1 {
              v3: f64 = load b0[v2]
              b2[v2] = v3
              v4: f64 = load b2[v2]
              v5: f64 = neg v4
            }
            b1[v0] = v6x
            "#
            .replace("v6x", "v6")
            .replace("v0: i64 = const 0", "v0: i64 = const 0\nv6: f64 = const 2.0")
            .as_str(),
            expect![[r#"
                v0: i64 = const 0
                v6: f64 = const 2.0
                b1[v0] = v6
            "#]],
        );
    }

    #[test]
    fn calls_are_wanted_for_what_they_write() {
        let text = |calls: &str, reads: &str| {
            format!(
                r#"kernel "k" lanes 2
b0 = input "x" f64[1]
b1 = output "y" <f64>[1]
b2 = scratch "a" f64[1]
b3 = scratch "b" <f64>[1]

routine r0 "one" {{
  b0 = lent "to" f64[1]

  v0: i64 = const 0
  v1: f64 = const 1.0
  b0[v0] = v1
}}

routine r1 "lanes" {{
  b0 = input "from" f64[1]
  b1 = lent "to" <f64>[1]

  v0: i64 = const 0
  v1: f64 = load b0[v0]
  b1[v0] = v1
}}

v0: i64 = const 0
{calls}v1: <f64> = load b3[v0]
b1[v0] = {reads}
"#
            )
        };
        let run = |text: &str| super::run(&sdec_kernel::parse(text).unwrap()).to_string();
        let both = text("call r0() -> b2[v0]\ncall r1(b2[v0]) -> b3[v0]\n", "v1");
        assert_eq!(run(&both), both);
        let second = text("call r0() -> b2[v0]\ncall r1(b0[v0]) -> b3[v0]\n", "v1");
        let kept = run(&second);
        assert!(kept.contains("call r0(b0[v0]) -> b2[v0]\n"), "{kept}");
        assert!(!kept.contains("routine r0 \"one\""), "{kept}");
        let none = run(&text("call r1(b0[v0]) -> b3[v0]\nv2: f64 = const 2.0\n", "v2"));
        assert!(!none.contains("call"), "{none}");
    }

    #[test]
    fn branches_stay_for_what_they_store() {
        check(
            r#"
            v0: i64 = const 0
            v1: f64 = load b0[v0]
            v2: bool = lt v1, v1
            if v2 {
              b1[v0] = v1
              v3: f64 = neg v1
              yield v3
            } else {
              yield v1
            } -> v4: f64
            if v2 {
            } else {
            }
            "#,
            expect![[r#"
                v0: i64 = const 0
                v1: f64 = load b0[v0]
                v2: bool = lt v1, v1
                if v2 {
                  b1[v0] = v1
                } else {
                }
            "#]],
        );
    }
}

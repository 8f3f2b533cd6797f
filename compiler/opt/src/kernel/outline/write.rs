//! Writes routines, and calls where their pieces were.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;
use sdec_kernel::{
    Block, BufferId, Builder, Inst, Kernel, Op, RoutineId, Scalar, Space, Stmt, Type, Value,
};

use super::choose::{Piece, Routine};
use super::facts::{Constant, Facts, Order};
use super::shape::Shape;

/// The kernel with these routines.
pub(super) fn run(kernel: &Kernel, facts: &Facts<'_>, chosen: Vec<Routine>) -> Kernel {
    let mut b = Builder::rewriting(kernel);
    let mut most = BTreeMap::new();
    let mut calls = BTreeMap::new();
    for (number, routine) in chosen.iter().enumerate() {
        let passed = passed(kernel, routine);
        for (&ty, &count) in &passed {
            let known: &mut u64 = most.entry(ty).or_default();
            *known = count.max(*known);
        }
        let id = b.routine(Copy::routine(kernel, facts, routine, number, &passed));
        for (piece, shape) in routine.pieces.iter().zip(&routine.shapes) {
            let (first, after) = piece.range(facts);
            calls.insert(first, Call { id, routine, piece, shape, after });
        }
    }
    let entries = most.values().copied().max().unwrap_or(0).max(1);
    let places = (0..entries).map(|k| b.int(i64::try_from(k).expect("few"))).collect();
    let memory = most.into_iter().map(|(ty, count)| {
        let name = format!("passed.{}{}", ty.scalar, if ty.lanes { ".lanes" } else { "" });
        (ty, b.buffer(name, Space::Scratch, ty, count))
    });
    let memory = memory.collect();
    let mut pass = Pass { b, kernel, facts, calls, memory, places, next: 0 };
    pass.stmts(&kernel.body);
    pass.b.finish(kernel.lanes)
}

/// How many numbers of each type pass through memory, one way or the other.
fn passed(kernel: &Kernel, routine: &Routine) -> BTreeMap<Type, u64> {
    let shape = &routine.shapes[0];
    let mut most = BTreeMap::new();
    for numbers in [&shape.given, &routine.results] {
        let mut counts: BTreeMap<Type, u64> = BTreeMap::new();
        for &number in numbers {
            *counts.entry(kernel.types[shape.values[number]]).or_default() += 1;
        }
        for (ty, count) in counts {
            let known: &mut u64 = most.entry(ty).or_default();
            *known = count.max(*known);
        }
    }
    most
}

/// Goes through the places of each type.
#[derive(Default)]
struct Places(BTreeMap<Type, usize>);

impl Places {
    fn next(&mut self, ty: Type) -> usize {
        let place = self.0.entry(ty).or_default();
        *place += 1;
        *place - 1
    }
}

struct Call<'a> {
    id: RoutineId,
    routine: &'a Routine,
    piece: &'a Piece,
    shape: &'a Shape,
    after: Order,
}

struct Pass<'a, 'k> {
    b: Builder,
    kernel: &'k Kernel,
    facts: &'a Facts<'k>,
    /// By where their pieces begin.
    calls: BTreeMap<Order, Call<'a>>,
    /// Where numbers pass.
    memory: BTreeMap<Type, BufferId>,
    /// 0, 1, 2, …
    places: Vec<Value>,
    /// The number of the next statement.
    next: Order,
}

impl Pass<'_, '_> {
    fn stmts(&mut self, block: &Block) {
        let mut stmts = block.stmts.iter();
        while let Some(stmt) = stmts.next() {
            if let Some(call) = self.calls.remove(&self.next) {
                self.call(&call);
                self.next = call.after;
                stmts = stmts.as_slice()[call.piece.to - call.piece.from - 1..].iter();
            } else {
                self.next += 1;
                self.stmt(stmt);
            }
        }
        self.next += 1;
    }

    fn block(&mut self, block: &Block) -> Block {
        self.b.open_block();
        self.stmts(block);
        self.b.close_block()
    }

    fn stmt(&mut self, stmt: &Stmt) {
        let mut written = stmt.clone();
        match &mut written {
            Stmt::For { body, .. } => *body = self.block(body),
            Stmt::If { then, otherwise, .. } => {
                *then = self.block(then);
                *otherwise = self.block(otherwise);
            }
            Stmt::Inst(_) | Stmt::Store { .. } | Stmt::Draw { .. } | Stmt::Call { .. } => {}
        }
        self.b.stmt(written);
    }

    fn call(&mut self, call: &Call<'_>) {
        let Call { id, routine, piece, shape, .. } = call;
        for item in piece.items(self.facts) {
            if shape.is_before(self.kernel, self.facts, item.stmt) {
                self.b.stmt(item.stmt.clone());
            }
        }
        let mut places = Places::default();
        for &number in &shape.given {
            let value = shape.values[number];
            let (buffer, place) = self.place(&mut places, value);
            self.b.store(buffer, place, value);
        }
        let (mut reads, mut writes) = (Vec::new(), Vec::new());
        for &buffer in &shape.buffers {
            let is_input = self.kernel.buffers[buffer].space == Space::Input;
            let list = if is_input { &mut reads } else { &mut writes };
            list.push((buffer, self.places[0]));
        }
        for ty in passed(self.kernel, routine).into_keys() {
            writes.push((self.memory[&ty], self.places[0]));
        }
        self.b.stmt(Stmt::Call { routine: *id, reads, writes });
        let mut places = Places::default();
        for &number in &routine.results {
            let result = shape.values[number];
            let (buffer, index) = self.place(&mut places, result);
            if self.facts.is_read_after(result, call.after) {
                self.b.stmt(Stmt::Inst(Inst { result, op: Op::Load { buffer, index } }));
            }
        }
    }

    fn place(&self, places: &mut Places, value: Value) -> (BufferId, Value) {
        let ty = self.kernel.types[value];
        (self.memory[&ty], self.places[places.next(ty)])
    }
}

/// A routine in the making.
struct Copy<'a, 'k> {
    b: Builder,
    kernel: &'k Kernel,
    facts: &'a Facts<'k>,
    /// What values are called in the routine.
    names: FxHashMap<Value, Value>,
    buffers: FxHashMap<BufferId, BufferId>,
    /// Constants, to stand in front of all.
    constants: Vec<(Constant, Value)>,
}

impl<'a, 'k> Copy<'a, 'k> {
    fn routine(
        kernel: &'k Kernel,
        facts: &'a Facts<'k>,
        routine: &Routine,
        number: usize,
        passed: &BTreeMap<Type, u64>,
    ) -> Kernel {
        let (piece, shape) = (routine.pieces[0], &routine.shapes[0]);
        let mut copy = Self {
            b: Builder::new(format!("part.{number}")),
            kernel,
            facts,
            names: FxHashMap::default(),
            buffers: FxHashMap::default(),
            constants: Vec::new(),
        };
        for (k, &id) in shape.buffers.iter().enumerate() {
            let buffer = &kernel.buffers[id];
            let lens = routine.shapes.iter().map(|shape| kernel.buffers[shape.buffers[k]].len);
            let len = lens.max().unwrap_or(buffer.len);
            let space = if buffer.space == Space::Input { buffer.space } else { Space::Lent };
            let ours = copy.b.buffer(&buffer.name, space, buffer.ty, len);
            copy.buffers.insert(id, ours);
        }
        let mut memory = BTreeMap::new();
        for (&ty, &count) in passed {
            let name = format!("passed.{}", ty.scalar);
            memory.insert(ty, copy.b.buffer(name, Space::Lent, ty, count));
        }

        copy.b.open_block();
        let mut places = Places::default();
        for &number in &shape.given {
            let ty = kernel.types[shape.values[number]];
            let index = copy.index(places.next(ty));
            let value = copy.b.load(memory[&ty], index);
            copy.names.insert(shape.values[number], value);
        }
        for item in piece.items(facts) {
            if !shape.is_before(kernel, facts, item.stmt) {
                copy.stmt(item.stmt);
            }
        }
        let mut places = Places::default();
        for &number in &routine.results {
            let value = shape.values[number];
            let ty = kernel.types[value];
            let index = copy.index(places.next(ty));
            let value = copy.name(value);
            copy.b.store(memory[&ty], index, value);
        }
        let body = copy.b.close_block();
        copy.finish(body)
    }

    fn finish(mut self, body: Block) -> Kernel {
        for ((literal, splat), name) in self.constants {
            let result = if splat { self.b.literal(literal) } else { name };
            let op = if splat { Op::Splat(result) } else { Op::Const(literal) };
            self.b.stmt(Stmt::Inst(Inst { result: name, op }));
        }
        for stmt in body.stmts {
            self.b.stmt(stmt);
        }
        self.b.finish(self.kernel.lanes)
    }

    fn index(&mut self, place: usize) -> Value {
        let literal = sdec_kernel::Literal::I64(i64::try_from(place).expect("few"));
        self.constant((literal, false), Type::uniform(Scalar::I64))
    }

    fn constant(&mut self, constant: Constant, ty: Type) -> Value {
        if let Some(&(_, name)) = self.constants.iter().find(|(known, _)| *known == constant) {
            return name;
        }
        let name = self.b.fresh(ty);
        self.constants.push((constant, name));
        name
    }

    fn name(&mut self, value: Value) -> Value {
        match self.facts.constant(value) {
            Some(constant) => self.constant(constant, self.kernel.types[value]),
            None => self.names[&value],
        }
    }

    fn define(&mut self, value: Value) -> Value {
        let name = self.b.fresh(self.kernel.types[value]);
        self.names.insert(value, name);
        name
    }

    fn block(&mut self, block: &Block) -> Block {
        self.b.open_block();
        for stmt in &block.stmts {
            self.stmt(stmt);
        }
        self.b.close_block()
    }

    fn stmt(&mut self, stmt: &Stmt) {
        let copied = match stmt {
            Stmt::Inst(Inst { result, op }) => {
                if self.facts.constant(*result).is_some() {
                    return;
                }
                let mut op = op.map(|value| self.name(value));
                if let Op::Load { buffer, .. } = &mut op {
                    *buffer = self.buffers[buffer];
                }
                Stmt::Inst(Inst { result: self.define(*result), op })
            }
            Stmt::Store { buffer, index, value } => Stmt::Store {
                buffer: self.buffers[buffer],
                index: self.name(*index),
                value: self.name(*value),
            },
            Stmt::For { var, start, end, order, carries, body, yields, more, results } => {
                let (start, end) = (self.name(*start), self.name(*end));
                let firsts: Vec<Value> =
                    carries.iter().map(|&(_, first)| self.name(first)).collect();
                let var = self.define(*var);
                let carries: Vec<Value> =
                    carries.iter().map(|&(carry, _)| self.define(carry)).collect();
                let body = self.block(body);
                let yields = yields.iter().map(|&value| self.name(value)).collect();
                Stmt::For {
                    var,
                    start,
                    end,
                    order: *order,
                    carries: carries.into_iter().zip(firsts).collect(),
                    body,
                    yields,
                    more: more.map(|value| self.name(value)),
                    results: results.iter().map(|&result| self.define(result)).collect(),
                }
            }
            Stmt::If { condition, then, otherwise, results } => {
                let condition = self.name(*condition);
                let (then, otherwise) = (self.block(then), self.block(otherwise));
                let results = results.iter().map(|&(result, x, y)| {
                    let (x, y) = (self.name(x), self.name(y));
                    (self.define(result), x, y)
                });
                Stmt::If { condition, then, otherwise, results: results.collect() }
            }
            Stmt::Draw { .. } | Stmt::Call { .. } => unreachable!("no piece has draws or calls"),
        };
        self.b.stmt(copied);
    }
}

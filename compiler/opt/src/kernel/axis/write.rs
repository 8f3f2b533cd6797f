//! Writes the wide kernel.

use sdec_base::IdVec;
use sdec_kernel::{
    Binary, Block, BufferId, Builder, Inst, Kernel, Op, Order, Scalar, Stmt, Type, Value,
};

use super::Part;
use super::rounds::{self, Form, Forms};

/// How many lanes' worth of rounds are done together where a round has a loop, whose sums each wait for the
/// one before: enough that others can be computed meanwhile, few enough for the registers.
const TOGETHER: usize = 4;

/// The wide kernel with so many lanes; routines stay as they are.
pub(super) fn run(part: &Part<'_>, lanes: u32) -> Kernel {
    let kernel = part.kernel;
    let mut buffers = IdVec::new();
    for buffer in kernel.buffers.values() {
        let mut buffer = buffer.clone();
        buffer.ty.lanes = buffer.is_of_paths();
        buffers.push(buffer);
    }
    let mut names = IdVec::new();
    for _ in kernel.types.values() {
        names.push(Held::default());
    }
    let empty = Kernel { buffers, types: IdVec::new(), ..kernel.clone() };
    let mut pass = Pass {
        part,
        b: Builder::rewriting(&empty).wide(),
        lanes: lanes as usize,
        names,
        forms: Forms::default(),
        together: 1,
    };
    pass.block(&kernel.body);
    pass.b.finish(lanes)
}

/// What a value of the kernel is in the wide one: one value, or of what is one per round the values of so many
/// rounds each.
type Held = Vec<Value>;

struct Pass<'a> {
    part: &'a Part<'a>,
    b: Builder,
    lanes: usize,
    names: IdVec<Value, Held>,
    /// Of the loop at hand that is done side by side; empty outside.
    forms: Forms,
    /// How many values hold what is one per round.
    together: usize,
}

impl Pass<'_> {
    /// What several values hold is computed one after the other as far as nothing else happens between, so that
    /// few of them wait in registers.
    fn block(&mut self, block: &Block) {
        let is_plain =
            |stmt: &Stmt| matches!(stmt, Stmt::Inst(Inst { op, .. }) if !matches!(op, Op::Any(_)));
        for run in block.stmts.chunk_by(|x, y| is_plain(x) && is_plain(y)) {
            if !is_plain(&run[0]) {
                run.iter().for_each(|stmt| self.stmt(stmt));
                continue;
            }
            for part in 0..self.together {
                for stmt in run {
                    if let Stmt::Inst(Inst { result, op }) = stmt {
                        self.part(*result, op, part);
                    }
                }
            }
        }
    }

    /// One of the values of an operation's result.
    fn part(&mut self, result: Value, op: &Op, part: usize) {
        if part == 0 {
            self.names[result].clear();
        } else if !self.is_each(result) {
            return;
        }
        let value = self.op(result, op, part);
        self.names[result].push(value);
    }

    fn stmt(&mut self, stmt: &Stmt) {
        match stmt {
            Stmt::Inst(Inst { result, op }) => {
                (0..self.together).for_each(|part| self.part(*result, op, part));
            }
            Stmt::Store { buffer, index, value } => self.store(*buffer, *index, *value),
            Stmt::For { .. } => match self.taken(stmt) {
                Some((forms, length)) => self.side_by_side(stmt, forms, length),
                None => self.for_loop(stmt, None),
            },
            Stmt::If { condition, then, otherwise, results } => {
                if self.is_each(*condition) {
                    self.choice(*condition, then, otherwise, results);
                } else {
                    self.branch(*condition, then, otherwise, results);
                }
            }
            Stmt::Call { routine, reads, writes } => {
                let places = |given: &[(BufferId, Value)]| {
                    given.iter().map(|&(buffer, first)| (buffer, self.one(first))).collect()
                };
                let (reads, writes) = (places(reads), places(writes));
                self.b.stmt(Stmt::Call { routine: *routine, reads, writes });
            }
            Stmt::Draw { .. } => unreachable!("wide routines draw"),
        }
    }

    /// A branch that all rounds take together.
    fn branch(
        &mut self,
        condition: Value,
        then: &Block,
        otherwise: &Block,
        results: &[(Value, Value, Value)],
    ) {
        let condition = self.one(condition);
        let of: Vec<bool> = results.iter().map(|&(result, ..)| self.is_each(result)).collect();
        let wanted = |side: fn(&(Value, Value, Value)) -> Value| -> Vec<(Value, bool)> {
            results.iter().map(side).zip(of.iter().copied()).collect()
        };
        let (then, left) = self.inner(then, &wanted(|&(_, x, _)| x));
        let (otherwise, right) = self.inner(otherwise, &wanted(|&(_, _, y)| y));
        self.join(condition, (then, left), (otherwise, right), results);
    }

    /// A branch whose sides are written, each with what the results are there.
    fn join(
        &mut self,
        condition: Value,
        (then, left): (Block, Vec<Value>),
        (otherwise, right): (Block, Vec<Value>),
        results: &[(Value, Value, Value)],
    ) {
        let fresh = self.fresh(results.iter().map(|&(result, ..)| result));
        let joined = fresh.into_iter().zip(left).zip(right);
        let results = joined.map(|((result, x), y)| (result, x, y)).collect();
        self.b.stmt(Stmt::If { condition, then, otherwise, results });
    }

    /// A branch without effects that each round takes by itself: what is done if the condition is false is done
    /// for all, the other side for all too if any wants it, and each keeps its own.
    fn choice(
        &mut self,
        condition: Value,
        then: &Block,
        otherwise: &Block,
        results: &[(Value, Value, Value)],
    ) {
        self.block(otherwise);
        let mut right = Vec::new();
        for &(_, _, y) in results {
            right.extend(self.held_as(y, true));
        }
        let any = self.any(condition);
        self.b.open_block();
        self.block(then);
        let held = self.names[condition].clone();
        let mut left = Vec::new();
        for (k, &(_, x, _)) in results.iter().enumerate() {
            for (part, x) in self.held_as(x, true).into_iter().enumerate() {
                let y = right[k * self.together + part];
                left.push(self.b.select(held[part], x, y));
            }
        }
        let then = self.b.close_block();
        self.join(any, (then, left), (Block::default(), right), results);
    }

    /// Whether a truth value is true in any round at hand.
    fn any(&mut self, x: Value) -> Value {
        let held = self.names[x].clone();
        let any: Vec<Value> = held.into_iter().map(|part| self.b.any(part)).collect();
        any[1..].iter().fold(any[0], |x, &y| self.b.binary(Binary::Or, x, y))
    }

    /// A loop's forms and length, if it is to be done side by side.
    fn taken(&self, stmt: &Stmt) -> Option<(Forms, u64)> {
        if !self.forms.is_empty() {
            return None;
        }
        let length = self.part.length(stmt).filter(|&length| length >= self.lanes as u64)?;
        Some((rounds::of(self.part, stmt)?, length))
    }

    /// A loop in rounds of several, with what is left over round by round.
    fn side_by_side(&mut self, stmt: &Stmt, forms: Forms, length: u64) {
        let Stmt::For { var, start, body, .. } = stmt else {
            unreachable!("the statement is a loop")
        };
        let first = self.part.count(*start).expect("the length is known");
        let mut has_loop = false;
        body.walk(&mut |stmt| has_loop |= matches!(stmt, Stmt::For { .. }));
        self.forms = forms;
        let mut done = 0;
        let widths: &[usize] = if has_loop { &[TOGETHER, 1] } else { &[1] };
        for &together in widths {
            self.together = together;
            let width = (self.lanes * together) as u64;
            let rounds = (length - done) / width;
            if rounds > 0 {
                self.rounds(*var, body, first + done as i64, rounds);
            }
            done += rounds * width;
        }
        self.forms = Forms::default();
        self.together = 1;
        if done < length {
            self.for_loop(stmt, Some(first + done as i64));
        }
    }

    /// So many rounds of as many of the loop's as are done at once, from one on.
    fn rounds(&mut self, var: Value, body: &Block, first: i64, rounds: u64) {
        let width = (self.lanes * self.together) as i64;
        let begin = self.b.int(first);
        if rounds == 1 {
            self.names[var] = vec![begin];
            return self.block(body);
        }
        let (start, end) = (self.b.int(0), self.b.int(rounds as i64));
        let round = self.b.fresh(Type::uniform(Scalar::I64));
        self.b.open_block();
        let width = self.b.int(width);
        let mut place = self.b.binary(Binary::Mul, round, width);
        if first != 0 {
            place = self.b.binary(Binary::Add, place, begin);
        }
        self.names[var] = vec![place];
        self.block(body);
        let body = self.b.close_block();
        self.b.stmt(Stmt::For {
            var: round,
            start,
            end,
            order: Order::Up,
            carries: Vec::new(),
            body,
            yields: Vec::new(),
            more: None,
            results: Vec::new(),
        });
    }

    /// A loop as it is, or from a later round on.
    fn for_loop(&mut self, stmt: &Stmt, from: Option<i64>) {
        let Stmt::For { var, start, end, order, carries, body, yields, more, results } = stmt
        else {
            unreachable!("the statement is a loop")
        };
        let start = match from {
            Some(first) => self.b.int(first),
            None => self.one(*start),
        };
        let end = self.one(*end);
        let mut firsts = Vec::new();
        for &(carry, first) in carries {
            firsts.extend(self.held_as(first, self.is_each(carry)));
        }
        let params = self.fresh(carries.iter().map(|&(carry, _)| carry));
        let bound = self.b.fresh(Type::uniform(Scalar::I64));
        self.names[*var] = vec![bound];
        let of = |&(carry, _): &(Value, Value)| self.is_each(carry);
        let wanted: Vec<(Value, bool)> = yields
            .iter()
            .copied()
            .zip(carries.iter().map(of))
            .chain(more.map(|more| (more, false)))
            .collect();
        let (body, mut yields) = self.inner(body, &wanted);
        let more = more.and_then(|_| yields.pop());
        let results = self.fresh(results.iter().copied());
        let carries = params.into_iter().zip(firsts).collect();
        let (var, order) = (bound, *order);
        self.b.stmt(Stmt::For { var, start, end, order, carries, body, yields, more, results });
    }

    /// A block, and what is wanted of it, one per round where that is said.
    fn inner(&mut self, block: &Block, wanted: &[(Value, bool)]) -> (Block, Vec<Value>) {
        self.b.open_block();
        self.block(block);
        let mut values = Vec::new();
        for &(value, each) in wanted {
            values.extend(self.held_as(value, each));
        }
        (self.b.close_block(), values)
    }

    /// Names for values that a statement will define.
    fn fresh(&mut self, values: impl Iterator<Item = Value>) -> Vec<Value> {
        let mut all = Vec::new();
        for value in values {
            let (each, scalar) = (self.is_each(value), self.part.kernel.types[value].scalar);
            let count = if each { self.together } else { 1 };
            let held: Held =
                (0..count).map(|_| self.b.fresh(Type { scalar, lanes: each })).collect();
            all.extend(&held);
            self.names[value] = held;
        }
        all
    }

    fn is_each(&self, value: Value) -> bool {
        self.forms.get(&value) == Some(&Form::Each)
    }

    /// A value that is the same in all rounds, or the count of the first of them.
    fn one(&self, value: Value) -> Value {
        self.names[value][0]
    }

    /// A value as one, or as one per round.
    fn held_as(&mut self, value: Value, each: bool) -> Held {
        let held = self.names[value].clone();
        if !each || self.b.ty(held[0]).lanes {
            return held;
        }
        vec![self.b.splat(held[0]); self.together]
    }

    /// What holds a value in one part: the same in all parts if it is not one per round.
    fn held_in(&self, value: Value, part: usize) -> Value {
        let held = &self.names[value];
        *held.get(part).unwrap_or(&held[0])
    }

    /// A value in one part, in lanes.
    fn of_part(&mut self, value: Value, part: usize) -> Value {
        let held = self.held_in(value, part);
        self.b.splat(held)
    }

    fn op(&mut self, result: Value, op: &Op, part: usize) -> Value {
        let scalar = self.part.kernel.types[result].scalar;
        match *op {
            Op::Splat(x) => self.held_in(x, part),
            Op::Any(x) => self.any(x),
            Op::PathLow | Op::PathHigh | Op::Lane => unreachable!("wide routines draw"),
            _ if !self.is_each(result) => {
                let op = op.map(|operand| self.one(operand));
                self.b.emit(op, Type::uniform(scalar))
            }
            Op::Load { buffer, index } => {
                let index = self.neighbours(index, part);
                self.b.emit(Op::Load { buffer, index }, Type::lanes(scalar))
            }
            Op::Binary(op @ (Binary::Shl | Binary::Shr), x, by) => {
                let (x, by) = (self.of_part(x, part), self.one(by));
                self.b.binary(op, x, by)
            }
            Op::Const(_)
            | Op::Unary(..)
            | Op::Binary(..)
            | Op::Ternary(..)
            | Op::Compare(..)
            | Op::Select(..)
            | Op::Convert(_)
            | Op::Bitcast(_) => {
                let op = op.map(|operand| self.of_part(operand, part));
                self.b.emit(op, Type::lanes(scalar))
            }
        }
    }

    /// The index of the first neighbour of a part.
    fn neighbours(&mut self, index: Value, part: usize) -> Value {
        let index = self.one(index);
        if part == 0 {
            return index;
        }
        let ahead = self.b.int((part * self.lanes) as i64);
        self.b.binary(Binary::Add, index, ahead)
    }

    fn store(&mut self, buffer: BufferId, index: Value, value: Value) {
        if self.forms.is_empty() {
            let (index, value) = (self.one(index), self.one(value));
            return self.b.store(buffer, index, value);
        }
        let values = self.held_as(value, true);
        for (part, value) in values.into_iter().enumerate() {
            let index = self.neighbours(index, part);
            self.b.store(buffer, index, value);
        }
    }
}

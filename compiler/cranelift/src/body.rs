//! Statements: straight-line code, loops and branches.

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{BlockArg, FuncRef, InstBuilder, Value as Clif, types};
use cranelift_frontend::FunctionBuilder;
use sdec_base::IdVec;
use sdec_kernel::{
    Binary, Block, Buffer, BufferId, Inst, Kernel, Literal, Op, Order, RoutineId, Scalar, Space,
    Stmt, Ternary, Type, Value,
};

use crate::constants::Constants;
use crate::known::Known;
use crate::lanes::{Lanes, Parts, bitcast, scalar_type, vector_type};
use crate::memory::{At, Memory};
use crate::paths::Numbers;
use crate::reads::Reads;
use crate::sums::Sums;
use crate::words::half_by;
use crate::{convert, ops};

/// What a body passes on to the routines that it calls.
pub(crate) struct Here {
    /// The arguments of the kernel.
    pub(crate) args: Clif,
    /// The group at hand.
    pub(crate) group: Clif,
    /// The first of its lanes at hand.
    pub(crate) lane: Clif,
    /// The routines, in order.
    pub(crate) routines: Vec<FuncRef>,
}

/// One execution of a kernel's body.
pub(crate) struct Body<'a, 'f> {
    b: &'a mut FunctionBuilder<'f>,
    kernel: &'a Kernel,
    lanes: Lanes,
    memory: Memory,
    constants: &'a mut Constants,
    paths: Option<Numbers>,
    here: Here,
    values: IdVec<Value, Parts>,
    literals: IdVec<Value, Option<Literal>>,
    sums: Sums,
    known: Known,
    reads: Reads,
    /// The number of the statement at hand.
    number: u32,
    /// The register of each value that a loop by part is gone through for.
    part: Option<usize>,
    /// What is read from memory at each use.
    entries: IdVec<Value, Option<(BufferId, At)>>,
}

impl<'a, 'f> Body<'a, 'f> {
    /// Ready to run, for these buffers and paths.
    pub(crate) fn new(
        b: &'a mut FunctionBuilder<'f>,
        kernel: &'a Kernel,
        memory: Memory,
        constants: &'a mut Constants,
        paths: Option<Numbers>,
        here: Here,
    ) -> Self {
        let (mut values, mut literals) = (IdVec::new(), IdVec::new());
        let mut entries = IdVec::new();
        for _ in kernel.types.values() {
            values.push(Parts::new());
            literals.push(None);
            entries.push(None);
        }
        let lanes = Lanes::new(kernel.lanes);
        Self {
            b,
            kernel,
            lanes,
            memory,
            constants,
            paths,
            here,
            values,
            literals,
            sums: Sums::default(),
            known: Known::default(),
            reads: Reads::of(kernel),
            number: 0,
            part: None,
            entries,
        }
    }

    /// Emits the body.
    pub(crate) fn run(mut self) {
        let kernel = self.kernel;
        self.block(&kernel.body);
    }

    fn block(&mut self, block: &Block) {
        let mark = self.known.mark();
        for stmt in &block.stmts {
            self.stmt(stmt);
        }
        self.known.forget(mark);
    }

    fn stmt(&mut self, stmt: &Stmt) {
        self.number += 1;
        match stmt {
            Stmt::Inst(Inst { result, op }) => {
                self.literals[*result] = self.literal(op);
                if let Op::Binary(Binary::Add, x, y) = *op
                    && let Some(n) = self.count(y)
                {
                    self.sums.define(*result, x, n);
                }
                self.entries[*result] = self.entry_of(*result, op);
                if self.entries[*result].is_some() {
                    return;
                }
                if !(self.literals[*result].is_some() && matches!(op, Op::Splat(_))) {
                    self.values[*result] = self.op(op, self.kernel.types[*result]);
                }
            }
            Stmt::Store { buffer, index, value } => self.store(*buffer, *index, *value),
            Stmt::For { var, start, end, order, carries, body, yields, more, results } => {
                let bounds = (*start, *end);
                let of = Loop { var: *var, bounds, carries, body, yields, more: *more, results };
                match order {
                    Order::Up | Order::Down => self.for_loop(*order == Order::Down, &of),
                    Order::ByPart => self.by_part(&of),
                }
            }
            Stmt::If { condition, then, otherwise, results } => {
                self.branch(*condition, then, otherwise, results);
            }
            Stmt::Draw { .. } => unreachable!("draws are expanded before a backend sees them"),
            Stmt::Call { routine, reads, writes } => self.call(*routine, reads, writes),
        }
    }

    /// A loop that is gone through for the paths of one register after the other, where values take several.
    fn by_part(&mut self, of: &Loop<'_>) {
        let scalar = scalar_in_lanes(self.kernel, of.body).filter(|_| !self.lanes.is_scalar());
        let count = scalar.map_or(1, |scalar| self.lanes.parts(scalar.bytes()));
        let (Some(scalar), 2..) = (scalar, count) else { return self.for_loop(false, of) };
        let (lanes, number, memory) = (self.lanes, self.number, self.memory.clone());
        self.lanes = Lanes::of_register(scalar);
        for part in 0..count {
            self.part = Some(part);
            self.number = number;
            self.memory = memory.part(self.lanes, part);
            self.for_loop(false, of);
        }
        (self.lanes, self.memory, self.part) = (lanes, memory, None);
    }

    fn call(
        &mut self,
        routine: RoutineId,
        reads: &[(BufferId, Value)],
        writes: &[(BufferId, Value)],
    ) {
        let mut args = vec![self.here.args, self.here.group, self.here.lane];
        for (id, first) in self.kernel.routines[routine].given(reads, writes) {
            let at = self.at(first);
            args.push(self.memory.address(self.b, &mut self.known, id, at));
        }
        self.b.ins().call(self.here.routines[routine.index()], &args);
    }

    /// The number that an operation is, alone or in every lane.
    fn literal(&self, op: &Op) -> Option<Literal> {
        match *op {
            Op::Const(literal) => Some(literal),
            Op::Splat(x) => self.literals[x],
            Op::Unary(..)
            | Op::Binary(..)
            | Op::Ternary(..)
            | Op::Compare(..)
            | Op::Select(..)
            | Op::Convert(_)
            | Op::Bitcast(_)
            | Op::Load { .. }
            | Op::PathLow
            | Op::PathHigh
            | Op::Lane
            | Op::Any(_) => None,
        }
    }

    /// The entry that is to be read at each use: a number that is the same for all paths, read once in
    /// the block where it is loaded, or repeated in every lane and read by few. An instruction that
    /// multiplies by it then has a register to overwrite; where values take several, copies of it cost
    /// less than as many loads, of which a contraction has more than the processor does at once.
    fn entry_of(&mut self, result: Value, op: &Op) -> Option<(BufferId, At)> {
        const FEW: u32 = 2;
        if let Op::Splat(x) = *op {
            return self.entries[x].filter(|_| self.reads.is_local(result, FEW));
        }
        let Op::Load { buffer, index } = *op else { return None };
        let Buffer { space, ty, .. } = &self.kernel.buffers[buffer];
        let one = !self.kernel.types[result].lanes;
        let is_number = matches!(ty.scalar, Scalar::F32 | Scalar::F64);
        let is_input = *space == Space::Input && one;
        if self.lanes.is_scalar() || !is_input || !is_number || !self.reads.is_local(result, 1) {
            return None;
        }
        Some((buffer, self.at(index)))
    }

    /// A value. A literal in lanes is made anew at each use.
    fn parts(&mut self, value: Value) -> Parts {
        if let Some((buffer, at)) = self.entries[value] {
            let Type { scalar, lanes } = self.kernel.types[value];
            let x = self.memory.load(self.b, &mut self.known, buffer, at, false);
            return if lanes { self.lanes.splat(self.b, scalar, x[0]) } else { x };
        }
        match self.literals[value] {
            Some(literal) if self.values[value].is_empty() => {
                self.constants.splat(self.b, self.lanes, literal)
            }
            _ => match (self.values[value].as_slice(), self.part) {
                // What was made before the loop, of which one register is at hand.
                (parts @ [_, _, ..], Some(part)) => vec![parts[part]],
                (parts, _) => parts.to_vec(),
            },
        }
    }

    /// A uniform value.
    fn one(&mut self, value: Value) -> Clif {
        if let Some((buffer, at)) = self.entries[value] {
            return self.memory.load(self.b, &mut self.known, buffer, at, false)[0];
        }
        self.values[value][0]
    }

    fn scalar(&self, value: Value) -> Scalar {
        self.kernel.types[value].scalar
    }

    fn at(&mut self, index: Value) -> At {
        if let Some(plus) = self.count(index) {
            return At { index: None, plus };
        }
        let (first, plus) = self.sums.of(index);
        At { index: Some(self.one(first)), plus }
    }

    fn store(&mut self, buffer: BufferId, index: Value, value: Value) {
        let at = self.at(index);
        let lanes = self.kernel.types[value].lanes;
        let repeated = self.memory.lanes_of(buffer).filter(|_| !lanes);
        let parts = match repeated {
            Some(scalar) => self.splat(scalar, value),
            None => self.parts(value),
        };
        let lanes = lanes || repeated.is_some();
        self.memory.store(self.b, &mut self.known, (buffer, at), &parts, lanes);
    }

    fn splat(&mut self, scalar: Scalar, x: Value) -> Parts {
        match self.literals[x] {
            Some(literal) => self.constants.splat(self.b, self.lanes, literal),
            None => {
                let x = self.one(x);
                self.lanes.splat(self.b, scalar, x)
            }
        }
    }

    fn op(&mut self, op: &Op, ty: Type) -> Parts {
        match *op {
            Op::Const(literal) => vec![ops::literal(self.b, literal)],
            Op::Splat(x) => self.splat(ty.scalar, x),
            Op::Unary(op, x) => {
                let x = self.parts(x);
                x.iter().map(|&x| ops::unary(self.b, op, ty.scalar, x)).collect()
            }
            Op::Binary(op @ (Binary::Shl | Binary::Shr), x, y) => {
                let (x, y) = (self.parts(x), self.one(y));
                x.iter()
                    .map(|&x| ops::binary(self.b, &mut self.known, op, ty.scalar, x, y))
                    .collect()
            }
            Op::Binary(Binary::Mul, x, y) if let Some(shift) = self.power_of_two(y) => {
                let x = self.one(x);
                vec![self.b.ins().ishl_imm_u(x, i64::from(shift))]
            }
            Op::Binary(op @ (Binary::Mul | Binary::MulHigh), x, y)
                if let Some(n) = self.word(y) =>
            {
                let mut halves = Parts::new();
                for x in self.parts(x) {
                    let (constants, lanes) = (&mut *self.constants, self.lanes);
                    let splat = |b: &mut FunctionBuilder<'_>| {
                        constants.splat(b, lanes, Literal::Word(n))[0]
                    };
                    halves.push(half_by(self.b, &mut self.known, op, (x, n), splat));
                }
                halves
            }
            Op::Binary(op, x, y) => {
                self.zip(x, y, |b, known, x, y| ops::binary(b, known, op, ty.scalar, x, y))
            }
            Op::Ternary(Ternary::Fma, x, y, z) => {
                let dies =
                    |value| self.entries[value].is_some() || self.reads.ends_at(value, self.number);
                let (x, y) = if dies(y) && !dies(x) { (y, x) } else { (x, y) };
                let [x, y, z] = [x, y, z].map(|v| self.parts(v));
                let fma = |k: usize| self.b.ins().fma(x[k], y[k], z[k]);
                (0..x.len()).map(fma).collect()
            }
            Op::Compare(op, x, y) => {
                let scalar = self.scalar(x);
                self.zip(x, y, |b, _, x, y| ops::compare(b, op, scalar, x, y))
            }
            Op::Select(c, x, y) => self.select(c, x, y),
            Op::Convert(x) => {
                let (from, x) = (self.scalar(x), self.parts(x));
                if ty.lanes && !self.lanes.is_scalar() {
                    return convert::vectors(self.b, self.lanes, from, ty.scalar, &x);
                }
                vec![convert::scalar(self.b, from, ty.scalar, x[0])]
            }
            Op::Bitcast(x) => {
                let vector = ty.lanes && !self.lanes.is_scalar();
                let to = if vector { vector_type(ty.scalar) } else { scalar_type(ty.scalar) };
                let x = self.parts(x);
                x.iter().map(|&x| bitcast(self.b, to, x)).collect()
            }
            Op::Load { buffer, index } => {
                let at = self.at(index);
                self.memory.load(self.b, &mut self.known, buffer, at, ty.lanes)
            }
            Op::PathLow => self.paths.as_ref().expect("the kernel has lanes").low.clone(),
            Op::PathHigh => self.paths.as_ref().expect("the kernel has lanes").high.clone(),
            Op::Lane => self.lanes.numbers(self.b),
            Op::Any(x) => {
                let mask = self.parts(x);
                vec![self.lanes.any(self.b, &mask)]
            }
        }
    }

    /// A count that is known.
    fn count(&self, value: Value) -> Option<i64> {
        if let Some(Literal::I64(n)) = self.literals[value] { Some(n) } else { None }
    }

    /// The word that is known to be in every lane of a vector.
    fn word(&self, value: Value) -> Option<u32> {
        if self.lanes.is_scalar() || !self.kernel.types[value].lanes {
            return None;
        }
        if let Some(Literal::Word(n)) = self.literals[value] { Some(n) } else { None }
    }

    /// The exponent of a count that is a known power of two.
    fn power_of_two(&self, value: Value) -> Option<u32> {
        let n = self.count(value)?;
        (n > 0 && n.count_ones() == 1).then(|| n.trailing_zeros())
    }

    /// Part by part; masks get the width of the first one.
    fn zip(
        &mut self,
        x: Value,
        y: Value,
        f: impl Fn(&mut FunctionBuilder<'_>, &mut Known, Clif, Clif) -> Clif,
    ) -> Parts {
        let x = self.parts(x);
        let y = self.parts_like(y, &x);
        x.iter().zip(&y).map(|(&x, &y)| f(self.b, &mut self.known, x, y)).collect()
    }

    fn select(&mut self, c: Value, x: Value, y: Value) -> Parts {
        let x = self.parts(x);
        let (c, y) = (self.parts_like(c, &x), self.parts_like(y, &x));
        (0..x.len()).map(|k| ops::select(self.b, c[k], x[k], y[k])).collect()
    }

    /// Tested at its start, so that what a round yields is read once: only then does Cranelift make
    /// loads that it comes from part of the instructions that read them.
    ///
    /// ```text
    ///     jump head(start, first)
    /// head(i, carries):
    ///     brif i < end and more, inside, exit
    /// inside:
    ///     …
    ///     jump head(i + 1, yields)
    /// exit:
    /// ```
    ///
    /// Downwards `i` counts from `end`, and the variable is `i - 1`.
    fn for_loop(&mut self, reverse: bool, of: &Loop<'_>) {
        let (start, end) = (self.one(of.bounds.0), self.one(of.bounds.1));
        let first: Vec<Parts> = of.carries.iter().map(|&(_, first)| self.parts(first)).collect();
        let [head, inside, exit] = [(); 3].map(|()| self.b.create_block());
        let i = self.b.append_block_param(head, types::I64);
        let going = of.more.map(|_| self.b.append_block_param(head, types::I8));
        let (from, to) = if reverse { (end, start) } else { (start, end) };
        let going_first = going.map(|_| self.b.ins().iconst(types::I8, 1));
        let enter = args([from].into_iter().chain(going_first), &first);
        self.b.ins().jump(head, &enter);

        self.b.switch_to_block(head);
        let carried: Vec<Parts> = first.iter().map(|first| self.params(head, first)).collect();
        let more = if reverse { IntCC::SignedGreaterThan } else { IntCC::SignedLessThan };
        let mut again = self.b.ins().icmp(more, i, to);
        if let Some(going) = going {
            again = self.b.ins().band(again, going);
        }
        self.b.ins().brif(again, inside, &[], exit, &[]);

        self.b.switch_to_block(inside);
        for (&(carry, _), parts) in of.carries.iter().zip(&carried) {
            self.values[carry] = parts.clone();
        }
        let next = self.b.ins().iadd_imm_s(i, if reverse { -1 } else { 1 });
        self.values[of.var] = vec![if reverse { next } else { i }];
        self.block(of.body);
        let yields: Vec<Parts> =
            of.yields.iter().zip(&first).map(|(&v, like)| self.parts_like(v, like)).collect();
        let going = of.more.map(|more| self.one(more));
        let repeat = args([next].into_iter().chain(going), &yields);
        self.b.ins().jump(head, &repeat);

        self.b.switch_to_block(exit);
        for (&result, parts) in of.results.iter().zip(carried) {
            self.values[result] = parts;
        }
    }

    fn branch(
        &mut self,
        condition: Value,
        then: &Block,
        otherwise: &Block,
        results: &[(Value, Value, Value)],
    ) {
        let blocks = [(); 3].map(|()| self.b.create_block());
        let [yes, no, after] = blocks;
        let condition = self.one(condition);
        self.b.ins().brif(condition, yes, &[], no, &[]);

        self.b.switch_to_block(yes);
        self.block(then);
        let firsts: Vec<Parts> = results.iter().map(|&(_, x, _)| self.parts(x)).collect();
        self.b.ins().jump(after, &args(None, &firsts));

        self.b.switch_to_block(no);
        self.block(otherwise);
        let seconds: Vec<Parts> = results
            .iter()
            .zip(&firsts)
            .map(|(&(_, _, y), like)| self.parts_like(y, like))
            .collect();
        self.b.ins().jump(after, &args(None, &seconds));

        self.b.switch_to_block(after);
        for (&(result, ..), like) in results.iter().zip(&firsts) {
            self.values[result] = self.params(after, like);
        }
    }

    /// The parts of a value for a place where those of `like` fit: masks may be of another width.
    fn parts_like(&mut self, value: Value, like: &[Clif]) -> Parts {
        let parts = self.parts(value);
        if self.scalar(value) != Scalar::Bool {
            return parts;
        }
        let like = self.b.func.dfg.value_type(like[0]);
        self.lanes.mask(self.b, &parts, like)
    }

    fn params(&mut self, block: cranelift_codegen::ir::Block, like: &[Clif]) -> Parts {
        let types: Vec<_> = like.iter().map(|&v| self.b.func.dfg.value_type(v)).collect();
        types.into_iter().map(|ty| self.b.append_block_param(block, ty)).collect()
    }
}

/// A loop but for its bounds.
struct Loop<'a> {
    var: Value,
    bounds: (Value, Value),
    /// Each with its first value.
    carries: &'a [(Value, Value)],
    body: &'a Block,
    yields: &'a [Value],
    more: Option<Value>,
    results: &'a [Value],
}

fn args(first: impl IntoIterator<Item = Clif>, parts: &[Parts]) -> Vec<BlockArg> {
    first.into_iter().chain(parts.iter().flatten().copied()).map(BlockArg::Value).collect()
}

/// The type of what a loop by part does with lanes.
fn scalar_in_lanes(kernel: &Kernel, block: &Block) -> Option<Scalar> {
    block.stmts.iter().find_map(|stmt| {
        let values = stmt.operands().into_iter().chain(stmt.results());
        let found = values.map(|value| kernel.types[value]).find(|ty| ty.lanes);
        let inner = || stmt.blocks().iter().find_map(|(inner, ..)| scalar_in_lanes(kernel, inner));
        found.map(|ty| ty.scalar).or_else(inner)
    })
}

//! Statements: straight-line code, loops and branches.

use std::collections::BTreeSet;

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{BlockArg, FuncRef, InstBuilder, Value as Clif, types};
use cranelift_frontend::FunctionBuilder;
use sdec_base::IdVec;
use sdec_kernel::{
    Binary, Block, BufferId, Inst, Kernel, Literal, Op, RoutineId, Scalar, Space, Stmt, Ternary,
    Type, Value,
};

use crate::constants::Constants;
use crate::lanes::{Lanes, Parts, bitcast, scalar_type, vector_type};
use crate::memory::{At, Memory};
use crate::paths::Numbers;
use crate::ranges::Ranges;
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
    ranges: Ranges,
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
        for _ in kernel.types.values() {
            values.push(Parts::new());
            literals.push(None);
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
            ranges: Ranges::default(),
        }
    }

    /// Emits the body.
    pub(crate) fn run(mut self) {
        let kernel = self.kernel;
        self.block(&kernel.body);
    }

    fn block(&mut self, block: &Block) {
        for stmt in &block.stmts {
            self.stmt(stmt);
        }
    }

    fn stmt(&mut self, stmt: &Stmt) {
        match stmt {
            Stmt::Inst(Inst { result, op }) => {
                self.ranges.define(*result, op);
                self.literals[*result] = self.literal(op);
                if !(self.literals[*result].is_some() && matches!(op, Op::Splat(_))) {
                    self.values[*result] = self.op(op, self.kernel.types[*result]);
                }
            }
            Stmt::Store { buffer, index, value } => self.store(*buffer, *index, *value),
            Stmt::For { var, start, end, reverse, carries, body, yields, more, results } => {
                self.ranges.define_loop(*var, *start, *end);
                let bounds = (self.one(*start), self.one(*end));
                let first: Vec<Value> = carries.iter().map(|&(_, first)| first).collect();
                let first: Vec<Parts> = first.iter().map(|&v| self.parts(v)).collect();
                let carries: Vec<Value> = carries.iter().map(|&(carry, _)| carry).collect();
                let parts = Loop { var: *var, carries, body, yields, more: *more, results };
                self.for_loop(bounds, *reverse, &first, &parts);
            }
            Stmt::If { condition, then, otherwise, results } => {
                self.branch(*condition, then, otherwise, results);
            }
            Stmt::Draw { .. } => unreachable!("draws are expanded before a backend sees them"),
            Stmt::Call { routine, reads, writes } => self.call(*routine, reads, writes),
        }
    }

    fn call(
        &mut self,
        routine: RoutineId,
        reads: &[(BufferId, Value)],
        writes: &[(BufferId, Value)],
    ) {
        let mut args = vec![self.here.args, self.here.group, self.here.lane];
        let (mut reads, mut writes) = (reads.iter(), writes.iter());
        for buffer in self.kernel.routines[routine].buffers.values() {
            let given = if buffer.space == Space::Input { reads.next() } else { writes.next() };
            let &(id, first) = given.expect("a verified call fits its routine");
            let at = self.at(first);
            args.push(self.memory.address(self.b, id, at));
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
            | Op::Any(_) => None,
        }
    }

    /// A value. A literal in lanes is made anew at each use.
    fn parts(&mut self, value: Value) -> Parts {
        match self.literals[value] {
            Some(literal) if self.values[value].is_empty() => {
                self.constants.splat(self.b, self.lanes, literal)
            }
            _ => self.values[value].clone(),
        }
    }

    /// A uniform value.
    fn one(&self, value: Value) -> Clif {
        self.values[value][0]
    }

    fn scalar(&self, value: Value) -> Scalar {
        self.kernel.types[value].scalar
    }

    fn at(&self, index: Value) -> At {
        let (first, plus) = self.ranges.sum(index);
        At { index: self.one(first), plus, range: self.ranges.of(index) }
    }

    fn store(&mut self, buffer: BufferId, index: Value, value: Value) {
        let at = self.at(index);
        let parts = match self.memory.lanes_of(buffer) {
            Some(scalar) if !self.kernel.types[value].lanes => self.splat(scalar, value),
            _ => self.parts(value),
        };
        self.memory.store(self.b, buffer, at, &parts);
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
                x.iter().map(|&x| ops::binary(self.b, op, ty.scalar, x, y)).collect()
            }
            Op::Binary(op, x, y) => self.zip(x, y, |b, x, y| ops::binary(b, op, ty.scalar, x, y)),
            Op::Ternary(Ternary::Fma, x, y, z) => {
                let [x, y, z] = [x, y, z].map(|v| self.parts(v));
                let fma = |k: usize| self.b.ins().fma(x[k], y[k], z[k]);
                (0..x.len()).map(fma).collect()
            }
            Op::Compare(op, x, y) => {
                let scalar = self.scalar(x);
                self.zip(x, y, |b, x, y| ops::compare(b, op, scalar, x, y))
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
                self.memory.load(self.b, buffer, at)
            }
            Op::PathLow => self.paths.as_ref().expect("the kernel has lanes").low.clone(),
            Op::PathHigh => self.paths.as_ref().expect("the kernel has lanes").high.clone(),
            Op::Any(x) => {
                let mask = self.parts(x);
                vec![self.lanes.any(self.b, &mask)]
            }
        }
    }

    /// Part by part; masks get the width of the first one.
    fn zip(
        &mut self,
        x: Value,
        y: Value,
        f: impl Fn(&mut FunctionBuilder<'_>, Clif, Clif) -> Clif,
    ) -> Parts {
        let x = self.parts(x);
        let y = self.parts_like(y, &x);
        x.iter().zip(&y).map(|(&x, &y)| f(self.b, x, y)).collect()
    }

    fn select(&mut self, c: Value, x: Value, y: Value) -> Parts {
        let x = self.parts(x);
        let (c, y) = (self.parts_like(c, &x), self.parts_like(y, &x));
        (0..x.len()).map(|k| ops::select(self.b, c[k], x[k], y[k])).collect()
    }

    /// Tested at its end, so that an iteration takes one jump:
    ///
    /// ```text
    ///     brif start < end, head(start, first), exit(first)
    /// head(i, carries):
    ///     …
    ///     brif i + 1 < end and more, head(i + 1, yields), exit(yields)
    /// exit(results):
    /// ```
    ///
    /// Downwards `i` counts from `end`, and the variable is `i - 1`. A loop with
    /// many constants carries their address too.
    fn for_loop(
        &mut self,
        (start, end): (Clif, Clif),
        reverse: bool,
        first: &[Parts],
        parts: &Loop<'_>,
    ) {
        let (head, exit) = (self.b.create_block(), self.b.create_block());
        let i = self.b.append_block_param(head, types::I64);
        let (from, to) = if reverse { (end, start) } else { (start, end) };
        let more = if reverse { IntCC::SignedGreaterThan } else { IntCC::SignedLessThan };

        let any = self.b.ins().icmp(more, from, to);
        let many = Constants::are_many(self.constants_in(parts.body).len());
        let own = many.then(|| self.b.append_block_param(head, types::I64));
        let outer = own.map(|own| self.constants.replace_address(own));
        let (enter, skip) = (args([from].into_iter().chain(outer), first), args(None, first));
        self.b.ins().brif(any, head, &enter, exit, &skip);

        self.b.switch_to_block(head);
        for (&carry, first) in parts.carries.iter().zip(first) {
            self.values[carry] = self.params(head, first);
        }
        let next = self.b.ins().iadd_imm_s(i, if reverse { -1 } else { 1 });
        self.values[parts.var] = vec![if reverse { next } else { i }];
        self.block(parts.body);
        let yields: Vec<Parts> =
            parts.yields.iter().zip(first).map(|(&v, like)| self.parts_like(v, like)).collect();
        let mut again = self.b.ins().icmp(more, next, to);
        if let Some(more) = parts.more {
            let more = self.one(more);
            again = self.b.ins().band(again, more);
        }
        let address = own.map(|_| self.constants.next_address(self.b));
        let (repeat, leave) =
            (args([next].into_iter().chain(address), &yields), args(None, &yields));
        self.b.ins().brif(again, head, &repeat, exit, &leave);
        if let Some(outer) = outer {
            self.constants.replace_address(outer);
        }

        self.b.switch_to_block(exit);
        for (&result, first) in parts.results.iter().zip(first) {
            self.values[result] = self.params(exit, first);
        }
    }

    /// The constants in lanes that a block reads outside its loops.
    fn constants_in(&self, block: &Block) -> BTreeSet<Value> {
        let mut found = BTreeSet::new();
        for stmt in &block.stmts {
            let known = |&v: &Value| self.kernel.types[v].lanes && self.literals[v].is_some();
            found.extend(stmt.operands().into_iter().filter(known));
            match stmt {
                Stmt::Inst(Inst { result, op: Op::Splat(_) }) => {
                    found.insert(*result);
                }
                Stmt::If { then, otherwise, .. } => {
                    found.extend(self.constants_in(then));
                    found.extend(self.constants_in(otherwise));
                }
                Stmt::Inst(_)
                | Stmt::Store { .. }
                | Stmt::For { .. }
                | Stmt::Draw { .. }
                | Stmt::Call { .. } => {}
            }
        }
        found
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
    carries: Vec<Value>,
    body: &'a Block,
    yields: &'a [Value],
    more: Option<Value>,
    results: &'a [Value],
}

fn args(first: impl IntoIterator<Item = Clif>, parts: &[Parts]) -> Vec<BlockArg> {
    first.into_iter().chain(parts.iter().flatten().copied()).map(BlockArg::Value).collect()
}

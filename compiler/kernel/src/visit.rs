//! What a statement reads, defines and contains: for passes, which would otherwise each repeat the
//! list of operations.

use sdec_base::IdVec;

use crate::{Block, Buffer, BufferId, Kernel, Op, RoutineId, Space, Stmt, Value};

impl Op {
    /// The values that the operation reads, in order.
    pub fn operands(&self) -> impl Iterator<Item = Value> + use<> {
        let slots = match *self {
            Self::Const(_) | Self::PathLow | Self::PathHigh | Self::Lane => [None; 3],
            Self::Splat(x)
            | Self::Unary(_, x)
            | Self::Convert(x)
            | Self::Bitcast(x)
            | Self::Any(x) => [Some(x), None, None],
            Self::Load { index, .. } => [Some(index), None, None],
            Self::Binary(_, x, y) | Self::Compare(_, x, y) => [Some(x), Some(y), None],
            Self::Ternary(_, x, y, z) | Self::Select(x, y, z) => [Some(x), Some(y), Some(z)],
        };
        slots.into_iter().flatten()
    }

    /// The same operation on other values.
    pub fn map(&self, mut f: impl FnMut(Value) -> Value) -> Self {
        match *self {
            Self::Const(literal) => Self::Const(literal),
            Self::PathLow => Self::PathLow,
            Self::PathHigh => Self::PathHigh,
            Self::Lane => Self::Lane,
            Self::Splat(x) => Self::Splat(f(x)),
            Self::Any(x) => Self::Any(f(x)),
            Self::Unary(op, x) => Self::Unary(op, f(x)),
            Self::Convert(x) => Self::Convert(f(x)),
            Self::Bitcast(x) => Self::Bitcast(f(x)),
            Self::Load { buffer, index } => Self::Load { buffer, index: f(index) },
            Self::Binary(op, x, y) => Self::Binary(op, f(x), f(y)),
            Self::Compare(op, x, y) => Self::Compare(op, f(x), f(y)),
            Self::Ternary(op, x, y, z) => Self::Ternary(op, f(x), f(y), f(z)),
            Self::Select(c, x, y) => Self::Select(f(c), f(x), f(y)),
        }
    }
}

impl Stmt {
    /// The values that the statement itself reads, in order; what its blocks read and yield is not
    /// among them.
    pub fn operands(&self) -> Vec<Value> {
        match self {
            Self::Inst(inst) => inst.op.operands().collect(),
            Self::Store { index, value, .. } => vec![*index, *value],
            Self::For { start, end, carries, .. } => {
                [*start, *end].into_iter().chain(carries.iter().map(|&(_, first)| first)).collect()
            }
            Self::If { condition, .. } => vec![*condition],
            Self::Draw { key, block, .. } => vec![key.0, key.1, *block],
            Self::Call { reads, writes, .. } => {
                reads.iter().chain(writes).map(|&(_, first)| first).collect()
            }
        }
    }

    /// The values that the statement defines for those that follow it.
    pub fn results(&self) -> Vec<Value> {
        match self {
            Self::Inst(inst) => vec![inst.result],
            Self::Store { .. } | Self::Call { .. } => Vec::new(),
            Self::For { results, .. } | Self::Draw { results, .. } => results.clone(),
            Self::If { results, .. } => results.iter().map(|&(result, ..)| result).collect(),
        }
    }

    /// The blocks inside, each with the values bound at its start and those that it yields, what
    /// decides on another execution last.
    pub fn blocks(&self) -> Vec<(&Block, Vec<Value>, Vec<Value>)> {
        match self {
            Self::Inst(_) | Self::Store { .. } | Self::Draw { .. } | Self::Call { .. } => {
                Vec::new()
            }
            Self::For { var, carries, body, yields, more, .. } => {
                let bound = [*var].into_iter().chain(carries.iter().map(|&(carry, _)| carry));
                let yields = yields.iter().chain(more).copied();
                vec![(body, bound.collect(), yields.collect())]
            }
            Self::If { then, otherwise, results, .. } => vec![
                (then, Vec::new(), results.iter().map(|&(_, x, _)| x).collect()),
                (otherwise, Vec::new(), results.iter().map(|&(_, _, y)| y).collect()),
            ],
        }
    }

    /// The statement with other values read, in its blocks too; what it defines keeps its names.
    pub fn rename(&self, f: &mut dyn FnMut(Value) -> Value) -> Self {
        match self {
            Self::Inst(inst) => {
                Self::Inst(crate::Inst { result: inst.result, op: inst.op.map(&mut *f) })
            }
            Self::Store { buffer, index, value } => {
                Self::Store { buffer: *buffer, index: f(*index), value: f(*value) }
            }
            Self::For { var, start, end, order, carries, body, yields, more, results } => {
                Self::For {
                    var: *var,
                    start: f(*start),
                    end: f(*end),
                    order: *order,
                    carries: carries.iter().map(|&(carry, first)| (carry, f(first))).collect(),
                    body: body.rename(f),
                    yields: yields.iter().map(|&value| f(value)).collect(),
                    more: more.map(&mut *f),
                    results: results.clone(),
                }
            }
            Self::If { condition, then, otherwise, results } => Self::If {
                condition: f(*condition),
                then: then.rename(f),
                otherwise: otherwise.rename(f),
                results: results.iter().map(|&(result, x, y)| (result, f(x), f(y))).collect(),
            },
            Self::Draw { results, key, block, purpose, law } => Self::Draw {
                results: results.clone(),
                key: (f(key.0), f(key.1)),
                block: f(*block),
                purpose: *purpose,
                law: *law,
            },
            Self::Call { routine, reads, writes } => {
                let mut places = |of: &[(BufferId, Value)]| {
                    of.iter().map(|&(buffer, first)| (buffer, f(first))).collect()
                };
                Self::Call { routine: *routine, reads: places(reads), writes: places(writes) }
            }
        }
    }
}

impl Block {
    /// Calls `f` on every statement, those of inner blocks after the one that contains them.
    pub fn walk<'a>(&'a self, f: &mut dyn FnMut(&'a Stmt)) {
        for stmt in &self.stmts {
            f(stmt);
            match stmt {
                Stmt::Inst(_) | Stmt::Store { .. } | Stmt::Draw { .. } | Stmt::Call { .. } => {}
                Stmt::For { body, .. } => body.walk(f),
                Stmt::If { then, otherwise, .. } => {
                    then.walk(f);
                    otherwise.walk(f);
                }
            }
        }
    }

    /// Whether it may be executed for nothing: it stores nothing, and loads nothing, since the indices need
    /// be in range only where it is wanted.
    pub fn is_pure(&self) -> bool {
        let mut pure = true;
        self.walk(&mut |stmt| {
            pure &= match stmt {
                Stmt::Inst(inst) => !matches!(inst.op, Op::Load { .. }),
                Stmt::For { .. } | Stmt::If { .. } => true,
                Stmt::Store { .. } | Stmt::Draw { .. } | Stmt::Call { .. } => false,
            };
        });
        pure
    }

    /// The block with other values read; what it defines keeps its names.
    pub fn rename(&self, f: &mut dyn FnMut(Value) -> Value) -> Self {
        Self { stmts: self.stmts.iter().map(|stmt| stmt.rename(f)).collect() }
    }
}

impl Buffer {
    /// Whether callers have one entry of it for each path, 16 of which lie next to each other.
    pub fn is_of_paths(&self) -> bool {
        self.ty.lanes && matches!(self.space, Space::Input | Space::Output)
    }
}

impl Kernel {
    /// Whether nothing in it is per path, so that one execution of the body does for all groups.
    pub fn is_uniform(&self) -> bool {
        let of_paths = if self.is_wide {
            self.reads_paths() || self.routines.values().any(Self::reads_paths)
        } else {
            self.types.values().any(|ty| ty.lanes)
        };
        !of_paths && !self.buffers.values().any(|buffer| buffer.ty.lanes)
    }

    /// Whether something depends on the number of a path.
    fn reads_paths(&self) -> bool {
        let mut reads = false;
        self.body.walk(&mut |stmt| {
            reads |= match stmt {
                Stmt::Inst(inst) => matches!(inst.op, Op::PathLow | Op::PathHigh),
                Stmt::Draw { .. } => true,
                Stmt::Store { .. } | Stmt::For { .. } | Stmt::If { .. } | Stmt::Call { .. } => {
                    false
                }
            };
        });
        reads
    }

    /// How many paths an execution of the body is for.
    pub fn held(&self) -> u32 {
        if self.is_wide { 1 } else { self.lanes }
    }

    /// The buffers of one space, in order.
    pub fn buffers_in(&self, space: Space) -> impl Iterator<Item = &Buffer> {
        self.buffers.values().filter(move |buffer| buffer.space == space)
    }

    /// Of a routine: what a call gives to each buffer, in order, and from which entry on.
    ///
    /// # Panics
    ///
    /// If the call does not fit the routine.
    pub fn given(
        &self,
        reads: &[(BufferId, Value)],
        writes: &[(BufferId, Value)],
    ) -> Vec<(BufferId, Value)> {
        let (mut reads, mut writes) = (reads.iter(), writes.iter());
        let places = self.buffers.values().map(|buffer| {
            let given = if buffer.space == Space::Input { reads.next() } else { writes.next() };
            *given.expect("a verified call fits its routine")
        });
        places.collect()
    }

    /// For each buffer of a routine whether no call gives the memory behind it to another of its buffers
    /// too.
    pub fn alone(&self, id: RoutineId) -> Vec<bool> {
        let mut alone = vec![true; self.routines[id].buffers.len()];
        self.body.walk(&mut |stmt| {
            let Stmt::Call { routine, reads, writes } = stmt else { return };
            if *routine == id {
                let given = self.routines[id].given(reads, writes);
                for (alone, (buffer, _)) in alone.iter_mut().zip(&given) {
                    *alone &= given.iter().filter(|(other, _)| other == buffer).count() == 1;
                }
            }
        });
        alone
    }

    /// What `pass` makes of the kernel, then of its routines.
    pub fn rewrite(&self, pass: impl Fn(&Self) -> Self) -> Self {
        let kernel = pass(self);
        let mut routines = IdVec::new();
        for routine in kernel.routines.values() {
            routines.push(pass(routine));
        }
        Self { routines, ..kernel }
    }

    /// The kernel and its routines, but for wide ones, with so many paths side by side.
    #[must_use]
    pub fn with_lanes(self, lanes: u32) -> Self {
        if self.is_wide {
            return self;
        }
        let mut routines = IdVec::new();
        for routine in self.routines.values() {
            routines.push(routine.clone().with_lanes(lanes));
        }
        Self { lanes, routines, ..self }
    }
}

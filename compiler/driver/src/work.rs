//! How much work a kernel is, from its text.

use sdec_codegen::Counts;
use sdec_kernel::{Binary, Block, Inst, Kernel, Op, Scalar, Space, Stmt, Unary};

/// Taken for the executions of a loop of which nothing is known.
const UNKNOWN: u64 = 200_000;

/// Most executions that are taken for a loop that ends when it is done: its bound says what is too many.
const UNTIL_DONE: u64 = 64;

/// The work of one execution of a kernel's body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Work {
    /// Statements, as they are written: what compiling takes time for.
    pub(crate) written: u64,
    /// What is executed, a statement of no lanes for one.
    pub(crate) executed: u64,
}

impl Work {
    /// The work of a kernel.
    pub(crate) fn of(kernel: &Kernel) -> Self {
        let mut work = Seen::new(weight).block(kernel, &kernel.body);
        for routine in kernel.routines.values() {
            work.written += Seen::new(weight).block(routine, &routine.body).written;
        }
        work
    }
}

/// What one execution of a kernel's body executes, by what each operation counts for.
pub(crate) fn executed(kernel: &Kernel, weight: Weight) -> u64 {
    Seen::new(weight).block(kernel, &kernel.body).executed
}

/// What an operation counts for.
type Weight = fn(&Kernel, &Inst) -> u64;

/// What is known of counts.
struct Seen {
    weight: Weight,
    known: Counts,
    /// There was a loop of which nothing is known.
    is_missing: bool,
}

impl Seen {
    fn new(weight: Weight) -> Self {
        Self { weight, known: Counts::default(), is_missing: false }
    }

    fn block(&mut self, kernel: &Kernel, block: &Block) -> Work {
        let mut total = Work::default();
        for stmt in &block.stmts {
            let one = self.statement(kernel, stmt);
            total.written += one.written;
            total.executed = total.executed.saturating_add(one.executed);
        }
        total
    }

    fn statement(&mut self, kernel: &Kernel, stmt: &Stmt) -> Work {
        match stmt {
            Stmt::Inst(inst) => {
                self.known.define(inst.result, &inst.op);
                Work { written: 1, executed: (self.weight)(kernel, inst) }
            }
            Stmt::Store { buffer, .. } => {
                let lanes = kernel.buffers[*buffer].ty.lanes;
                Work { written: 1, executed: if lanes { MOVE } else { 1 } }
            }
            Stmt::Draw { .. } => Work { written: 1, executed: 1 },
            Stmt::Call { routine, .. } => {
                Work { written: 1, executed: self.of_call(&kernel.routines[*routine]) }
            }
            Stmt::For { start, end, body, more, .. } => {
                let times = self.known.between(*start, *end);
                self.is_missing |= times.is_none();
                let times = times.unwrap_or(UNKNOWN);
                let times = if more.is_some() { times.min(UNTIL_DONE) } else { times };
                let once = self.block(kernel, body);
                let executed = times.saturating_mul(once.executed.saturating_add(1));
                Work { written: once.written + 1, executed }
            }
            Stmt::If { then, otherwise, .. } => {
                let (then, otherwise) = (self.block(kernel, then), self.block(kernel, otherwise));
                let executed = then.executed.max(otherwise.executed).saturating_add(1);
                Work { written: then.written + otherwise.written + 1, executed }
            }
        }
    }

    /// What a call executes: where that is not known, as often as it takes to write all that it is lent.
    fn of_call(&self, routine: &Kernel) -> u64 {
        let mut seen = Self::new(self.weight);
        let known = seen.block(routine, &routine.body).executed;
        if !seen.is_missing {
            return known;
        }
        let (mut once, mut stored) = (0, 0_u64);
        routine.body.walk(&mut |stmt| {
            once += if let Stmt::Inst(inst) = stmt { (self.weight)(routine, inst) } else { 1 };
            if let Stmt::Store { value, .. } = stmt {
                let neighbours = routine.is_wide && routine.types[*value].lanes;
                stored += if neighbours { routine.lanes.into() } else { 1 };
            }
        });
        let entries = routine.buffers_in(Space::Lent).map(|buffer| buffer.len).max().unwrap_or(0);
        once.saturating_mul(entries.div_ceil(stored.max(1)))
    }
}

/// Lanes that are read from memory or written to it, beside a statement of no lanes.
const MOVE: u64 = 2;

/// A vector operation.
const VECTOR: u64 = 4;

/// One for which processors have several instructions.
const SEVERAL: u64 = 8;

/// One that takes its time.
const SLOW: u64 = 16;

/// What a statement takes: vectors keep the units busy, what there is one of is done beside them.
fn weight(kernel: &Kernel, inst: &Inst) -> u64 {
    let ty = kernel.types[inst.result];
    if !ty.lanes || matches!(inst.op, Op::Const(_) | Op::Splat(_)) {
        1
    } else if matches!(inst.op, Op::Load { .. }) {
        MOVE
    } else if matches!(inst.op, Op::Binary(Binary::Div, ..) | Op::Unary(Unary::Sqrt, _)) {
        SLOW
    } else if ty.scalar == Scalar::Word
        && matches!(inst.op, Op::Binary(Binary::Mul | Binary::MulHigh, ..))
    {
        SEVERAL
    } else {
        VECTOR
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_count_as_what_they_execute_or_until_all_that_is_lent_is_written() {
        let work = |end: &str| {
            let kernel = sdec_kernel::parse(&format!(
                "kernel \"k\" lanes 1
                b0 = scratch \"s\" f64[20]
                b1 = input \"n\" i64[1]
                routine r0 \"r\" {{
                  b0 = lent \"to\" f64[20]
                  b1 = input \"n\" i64[1]
                  v0: i64 = const 0
                  v1: i64 = {end}
                  for v2 in v0..v1 {{
                    v3: f64 = const 1.0
                    b0[v2] = v3
                    b0[v2] = v3
                  }}
                }}
                v0: i64 = const 0
                call r0(b1[v0]) -> b0[v0]"
            ));
            Work::of(&kernel.unwrap())
        };
        let written = 2 + 2 + 4;
        assert_eq!(work("const 3"), Work { written, executed: 1 + 2 + 3 * 4 });
        assert_eq!(work("load b1[v0]"), Work { written, executed: 1 + 10 * (3 + 3) });
    }

    #[test]
    fn vectors_weigh_more_than_what_is_done_beside_them() {
        let kernel = sdec_kernel::parse(
            "kernel \"k\" lanes 1
            b0 = output \"y\" <f64>[1]
            v0: i64 = const 0
            v1: <word> = path_low
            v2: <f64> = convert v1
            v3: <f64> = div v2, v2
            v4: <word> = mul v1, v1
            b0[v0] = v3",
        );
        assert_eq!(Work::of(&kernel.unwrap()).executed, 1 + VECTOR * 2 + SLOW + SEVERAL + MOVE);
    }

    #[test]
    fn blocks_of_sixteen_steps_are_sixteen_steps() {
        let kernel = sdec_kernel::parse(
            "kernel \"k\" lanes 1
            v0: i64 = const 0
            v1: i64 = const 16
            v8: i64 = const 250
            for v2 in v0..v1 {
              v3: i64 = mul v2, v1
              v4: i64 = add v3, v1
              v7: i64 = min v4, v8
              for v5 in v3..v7 {
                v6: i64 = add v5, v1
              }
            }",
        );
        let expected = Work { written: 9, executed: 3 + 16 * (1 + 3 + 16 * 2) };
        assert_eq!(Work::of(&kernel.unwrap()), expected);
    }

    #[test]
    fn loops_count_as_often_as_they_are_executed() {
        let kernel = sdec_kernel::parse(
            "kernel \"k\" lanes 1
            v0: i64 = const 0
            v1: i64 = const 10
            for v2 in v0..v1 {
              v3: i64 = add v2, v1
              v4: i64 = add v3, v1
            }",
        );
        assert_eq!(Work::of(&kernel.unwrap()), Work { written: 5, executed: 2 + 10 * 3 });
    }
}

//! How much work a kernel is, from its text.

use std::collections::BTreeMap;

use sdec_kernel::{Binary, Block, Kernel, Literal, Op, Space, Stmt, Value};

/// Taken for the executions of a loop of which nothing is known.
const UNKNOWN: u64 = 200_000;

/// Most executions that are taken for a loop that ends when it is done: its bound says what is too many.
const UNTIL_DONE: u64 = 64;

/// The work of one execution of a kernel's body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Work {
    /// Statements, as they are written: what compiling takes time for.
    pub(crate) written: u64,
    /// Statements that are executed.
    pub(crate) executed: u64,
}

impl Work {
    /// The work of a kernel.
    pub(crate) fn of(kernel: &Kernel) -> Self {
        let mut work = block(kernel, &kernel.body, &mut Counts::default());
        for routine in kernel.routines.values() {
            work.written += block(routine, &routine.body, &mut Counts::default()).written;
        }
        work
    }
}

/// A count as another one, if there is one, and a number.
type Sum = (Option<Value>, i64);

/// What counts are; of several sums, the least.
#[derive(Debug, Default)]
struct Counts(BTreeMap<Value, Vec<Sum>>);

impl Counts {
    fn of(&self, value: Value) -> Vec<Sum> {
        self.0.get(&value).cloned().unwrap_or_else(|| vec![(Some(value), 0)])
    }

    fn define(&mut self, result: Value, op: &Op) {
        if let Op::Const(Literal::I64(n)) = *op {
            self.0.insert(result, vec![(None, n)]);
        } else if let Op::Binary(Binary::Add, x, y) = *op
            && let [(None, m)] = self.of(y)[..]
        {
            let sums = self.of(x).into_iter().map(|(other, n)| (other, n.wrapping_add(m)));
            self.0.insert(result, sums.collect());
        } else if let Op::Binary(Binary::Min, x, y) = *op {
            self.0.insert(result, [self.of(x), self.of(y)].concat());
        }
    }

    /// How often a loop between these is executed at most, if that is known.
    fn between(&self, start: Value, end: Value) -> Option<u64> {
        let starts = self.of(start);
        let apart = self.of(end).into_iter().filter_map(|(other, m)| {
            let &(_, n) = starts.iter().find(|(from, _)| *from == other)?;
            Some(u64::try_from(m.saturating_sub(n)).unwrap_or(0))
        });
        apart.min()
    }
}

fn block(kernel: &Kernel, block: &Block, counts: &mut Counts) -> Work {
    let mut total = Work::default();
    for stmt in &block.stmts {
        let one = statement(kernel, stmt, counts);
        total.written += one.written;
        total.executed = total.executed.saturating_add(one.executed);
    }
    total
}

fn statement(kernel: &Kernel, stmt: &Stmt, counts: &mut Counts) -> Work {
    match stmt {
        Stmt::Inst(inst) => {
            counts.define(inst.result, &inst.op);
            Work { written: 1, executed: 1 }
        }
        Stmt::Store { .. } | Stmt::Draw { .. } => Work { written: 1, executed: 1 },
        Stmt::Call { routine, .. } => {
            Work { written: 1, executed: of_call(&kernel.routines[*routine]) }
        }
        Stmt::For { start, end, body, more, .. } => {
            let times = counts.between(*start, *end).unwrap_or(UNKNOWN);
            let times = if more.is_some() { times.min(UNTIL_DONE) } else { times };
            let once = block(kernel, body, counts);
            let executed = times.saturating_mul(once.executed.saturating_add(1));
            Work { written: once.written + 1, executed }
        }
        Stmt::If { then, otherwise, .. } => {
            let (then, otherwise) = (block(kernel, then, counts), block(kernel, otherwise, counts));
            let executed = then.executed.max(otherwise.executed).saturating_add(1);
            Work { written: then.written + otherwise.written + 1, executed }
        }
    }
}

/// Statements that a call executes: as often as it takes to write all that it is lent.
fn of_call(routine: &Kernel) -> u64 {
    let once = block(routine, &routine.body, &mut Counts::default()).written;
    let entries = routine.buffers_in(Space::Lent).map(|buffer| buffer.len).max().unwrap_or(0);
    let mut stores = 0_u64;
    routine.body.walk(&mut |stmt| stores += u64::from(matches!(stmt, Stmt::Store { .. })));
    once.saturating_mul(entries.div_ceil(stores.max(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_count_until_all_that_is_lent_is_written() {
        let kernel = sdec_kernel::parse(
            "kernel \"k\" lanes 1
            b0 = scratch \"s\" f64[20]
            routine r0 \"r\" {
              b0 = lent \"to\" f64[20]
              v0: i64 = const 0
              v1: f64 = const 1.0
              b0[v0] = v1
              b0[v0] = v1
            }
            v0: i64 = const 0
            call r0() -> b0[v0]",
        );
        assert_eq!(Work::of(&kernel.unwrap()), Work { written: 2 + 4, executed: 1 + 4 * 10 });
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

//! How much work a kernel is, from its text.

use std::collections::BTreeMap;

use sdec_kernel::{Block, Kernel, Literal, Op, Space, Stmt, Value};

/// Taken for the executions of a loop whose bounds are not literals.
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
        let mut work = block(kernel, &kernel.body, &mut BTreeMap::new());
        for routine in kernel.routines.values() {
            work.written += block(routine, &routine.body, &mut BTreeMap::new()).written;
        }
        work
    }
}

fn block(kernel: &Kernel, block: &Block, literals: &mut BTreeMap<Value, i64>) -> Work {
    let mut total = Work::default();
    for stmt in &block.stmts {
        let one = statement(kernel, stmt, literals);
        total.written += one.written;
        total.executed = total.executed.saturating_add(one.executed);
    }
    total
}

fn statement(kernel: &Kernel, stmt: &Stmt, literals: &mut BTreeMap<Value, i64>) -> Work {
    match stmt {
        Stmt::Inst(inst) => {
            if let Op::Const(Literal::I64(n)) = inst.op {
                literals.insert(inst.result, n);
            }
            Work { written: 1, executed: 1 }
        }
        Stmt::Store { .. } | Stmt::Draw { .. } => Work { written: 1, executed: 1 },
        Stmt::Call { routine, .. } => {
            Work { written: 1, executed: of_call(&kernel.routines[*routine]) }
        }
        Stmt::For { start, end, body, more, .. } => {
            let times = match (literals.get(start), literals.get(end)) {
                (Some(start), Some(end)) => u64::try_from(end.saturating_sub(*start)).unwrap_or(0),
                _ => UNKNOWN,
            };
            let times = if more.is_some() { times.min(UNTIL_DONE) } else { times };
            let once = block(kernel, body, literals);
            let executed = times.saturating_mul(once.executed.saturating_add(1));
            Work { written: once.written + 1, executed }
        }
        Stmt::If { then, otherwise, .. } => {
            let (then, otherwise) =
                (block(kernel, then, literals), block(kernel, otherwise, literals));
            let executed = then.executed.max(otherwise.executed).saturating_add(1);
            Work { written: then.written + otherwise.written + 1, executed }
        }
    }
}

/// Statements that a call executes: as often as it takes to write all that it is lent.
fn of_call(routine: &Kernel) -> u64 {
    let once = block(routine, &routine.body, &mut BTreeMap::new()).written;
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

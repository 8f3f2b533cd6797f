//! How much work a kernel is, from its text.

use std::collections::BTreeMap;

use sdec_kernel::{Block, Kernel, Literal, Op, Stmt, Value};

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
        block(&kernel.body, &mut BTreeMap::new())
    }
}

fn block(block: &Block, literals: &mut BTreeMap<Value, i64>) -> Work {
    let mut total = Work::default();
    for stmt in &block.stmts {
        let one = statement(stmt, literals);
        total.written += one.written;
        total.executed = total.executed.saturating_add(one.executed);
    }
    total
}

fn statement(stmt: &Stmt, literals: &mut BTreeMap<Value, i64>) -> Work {
    match stmt {
        Stmt::Inst(inst) => {
            if let Op::Const(Literal::I64(n)) = inst.op {
                literals.insert(inst.result, n);
            }
            Work { written: 1, executed: 1 }
        }
        Stmt::Store { .. } | Stmt::Draw { .. } => Work { written: 1, executed: 1 },
        Stmt::For { start, end, body, more, .. } => {
            let times = match (literals.get(start), literals.get(end)) {
                (Some(start), Some(end)) => u64::try_from(end.saturating_sub(*start)).unwrap_or(0),
                _ => UNKNOWN,
            };
            let times = if more.is_some() { times.min(UNTIL_DONE) } else { times };
            let once = block(body, literals);
            let executed = times.saturating_mul(once.executed.saturating_add(1));
            Work { written: once.written + 1, executed }
        }
        Stmt::If { then, otherwise, .. } => {
            let (then, otherwise) = (block(then, literals), block(otherwise, literals));
            let executed = then.executed.max(otherwise.executed).saturating_add(1);
            Work { written: then.written + otherwise.written + 1, executed }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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

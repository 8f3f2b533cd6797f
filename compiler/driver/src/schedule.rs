//! What is done side by side, which never changes a result.
//!
//! With `n` lanes, and `a` operations that a kernel of several paths takes and `b` that one of a single path
//! takes, `m` paths of a thread take `a ⌈m / n⌉` by `paths` and `4/3 b m` by `axis`: a third more, since there is less
//! to do while operations of one path wait for each other. An operation on lanes counts as three halves of one
//! without. Only where there are too few paths to fill the lanes can `axis` take less.

use sdec_codegen::Backend;
use sdec_kernel::{Inst, Kernel, Scalar};
use sdec_ssa::Func;

use crate::Failure;
use crate::compile::kernel;
use crate::work::executed;

/// What is done side by side in the lanes of vectors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schedule {
    /// Several paths.
    Paths,
    /// Parts of one path: blocks of its noise, and neighbouring entries of its tables. What is left of a step
    /// is computed in plain numbers.
    Axis,
}

/// The kernel of a program for so many paths, of which a thread has `most`: as was asked for, or as takes less.
pub(crate) fn scheduled(
    func: &Func,
    backend: &dyn Backend,
    memory: u64,
    asked: Option<Schedule>,
    (paths, most): (u64, u32),
) -> Result<Kernel, Failure> {
    let make = |schedule| kernel(func, backend, memory, schedule, most);
    if let Some(asked) = asked {
        return make(asked);
    }
    if paths == 1 || !differs(func) {
        return make(Schedule::Axis);
    }
    let several = make(Schedule::Paths)?;
    let of_thread = paths.min(most.into());
    if of_thread >= u64::from(several.lanes) {
        return Ok(several);
    }
    let one = make(Schedule::Axis)?;
    let alone = executed(&one, operations).saturating_mul(of_thread);
    let waiting = alone / 3;
    let is_less = alone.saturating_add(waiting) < executed(&several, operations);
    Ok(if is_less { one } else { several })
}

/// Whether paths of a program differ: something is drawn, or each has a parameter of its own.
fn differs(func: &Func) -> bool {
    func.params.iter().any(|param| param.each) || func.body.insts.iter().any(sdec_ssa::Inst::draws)
}

/// What a statement counts for: twice the operations on numbers.
fn operations(kernel: &Kernel, inst: &Inst) -> u64 {
    let ty = kernel.types[inst.result];
    match ty.scalar {
        _ if ty.lanes => 3,
        Scalar::F64 | Scalar::F32 | Scalar::Word => 2,
        Scalar::I64 | Scalar::Bool => 0,
    }
}

//! The function around a kernel's body: its arguments, and the loops over groups and, within a
//! group, over blocks of the paths that are held side by side.
//!
//! ```text
//! for group in group_begin..group_end {
//!     for lane in (0..16).step_by(lanes) { body }
//! }
//! return 0
//! ```
//!
//! A kernel without lanes is its body, once.

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{
    AbiParam, BlockArg, Function, InstBuilder, Signature, UserFuncName, Value, types,
};
use cranelift_codegen::isa::TargetIsa;
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};
use sdec_codegen::Layout;
use sdec_kernel::{GROUP, Kernel};

use crate::body::Body;
use crate::constants::Constants;
use crate::lanes::Lanes;
use crate::memory::Memory;
use crate::paths::Paths;

/// The function of a verified kernel, and its constants: their address comes after the inputs'.
pub(crate) fn function(
    isa: &dyn TargetIsa,
    kernel: &Kernel,
    layout: &Layout,
) -> (Function, Vec<u128>) {
    let mut func = Function::with_name_signature(UserFuncName::default(), signature(isa));
    let mut context = FunctionBuilderContext::new();
    let mut b = FunctionBuilder::new(&mut func, &mut context);
    let entry = b.create_block();
    b.append_block_params_for_function_params(entry);
    b.switch_to_block(entry);
    let [args, begin, end, scratch] = *b.block_params(entry) else {
        unreachable!("the signature has four parameters")
    };
    let memory = Memory::new(&mut b, kernel, layout, args, scratch);
    let mut constants = Memory::constants(&mut b, layout, args);
    if kernel.is_uniform() {
        Body::new(&mut b, kernel, memory, &mut constants, None).run();
    } else {
        let paths = Paths::new(&mut b, args);
        groups(&mut b, kernel, memory, &mut constants, paths, begin..end);
    }
    let success = b.ins().iconst(types::I32, 0);
    b.ins().return_(&[success]);
    b.seal_all_blocks();
    b.finalize(isa.frontend_config());
    (func, constants.into_vectors())
}

fn signature(isa: &dyn TargetIsa) -> Signature {
    let mut signature = Signature::new(isa.default_call_conv());
    signature.params = vec![AbiParam::new(types::I64); 4];
    signature.returns = vec![AbiParam::new(types::I32)];
    signature
}

fn groups(
    b: &mut FunctionBuilder<'_>,
    kernel: &Kernel,
    memory: Memory,
    constants: &mut Constants,
    paths: Paths,
    range: std::ops::Range<Value>,
) {
    counted(b, range.start, range.end, 1, &mut |b, group| {
        let relative = b.ins().isub(group, range.start);
        let (zero, all) = (b.ins().iconst(types::I64, 0), b.ins().iconst(types::I64, GROUP as i64));
        let lanes = i64::from(kernel.lanes);
        let mut once = |b: &mut FunctionBuilder<'_>, lane: Value| {
            let memory = memory.at(b, relative, lane);
            let width = Lanes::new(kernel.lanes);
            let paths = paths.at(b, width, group, lane);
            Body::new(b, kernel, memory, constants, Some(paths)).run();
        };
        if lanes == GROUP as i64 {
            once(b, zero);
        } else {
            counted(b, zero, all, lanes, &mut once);
        }
    });
}

/// `for i in (start..end).step_by(step) { body }`, with the builder after the loop at the end.
fn counted(
    b: &mut FunctionBuilder<'_>,
    start: Value,
    end: Value,
    step: i64,
    body: &mut dyn FnMut(&mut FunctionBuilder<'_>, Value),
) {
    let (head, exit) = (b.create_block(), b.create_block());
    let i = b.append_block_param(head, types::I64);
    let any = b.ins().icmp(IntCC::UnsignedLessThan, start, end);
    b.ins().brif(any, head, &[BlockArg::Value(start)], exit, &[]);
    b.switch_to_block(head);
    body(b, i);
    let next = b.ins().iadd_imm_s(i, step);
    let more = b.ins().icmp(IntCC::UnsignedLessThan, next, end);
    b.ins().brif(more, head, &[BlockArg::Value(next)], exit, &[]);
    b.switch_to_block(exit);
}

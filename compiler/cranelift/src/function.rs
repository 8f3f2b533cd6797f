//! The function around a kernel's body: its arguments, and the loops over groups and, within a
//! group, over blocks of the paths that are held side by side.
//!
//! ```text
//! for group in group_begin..group_end {
//!     for lane in (0..min(16, paths - 16 group)).step_by(held) { body }
//! }
//! return 0
//! ```
//!
//! A kernel without lanes is its body, once, and so is a routine, which is told the group and the lane.

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{
    AbiParam, BlockArg, ExtFuncData, ExternalName, FuncRef, Function, InstBuilder, Signature,
    UserExternalName, UserFuncName, Value, types,
};
use cranelift_codegen::isa::TargetIsa;
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};
use sdec_codegen::Layout;
use sdec_kernel::{GROUP, Kernel};

use crate::body::{Body, Here};
use crate::constants::Constants;
use crate::memory::Memory;
use crate::paths::Paths;

/// A function to be compiled.
pub(crate) struct Part {
    pub(crate) func: Function,
    /// What it reads at the address of this part's number after those of the inputs.
    pub(crate) constants: Vec<u128>,
}

/// The functions of a verified kernel: its routines in order, then its own.
pub(crate) fn functions(isa: &dyn TargetIsa, kernel: &Kernel, layout: &Layout) -> Vec<Part> {
    let inputs = layout.signature.inputs.len();
    let mut parts = Vec::new();
    for routine in kernel.routines.values() {
        parts.push(of_routine(isa, routine, parts.len(), inputs + parts.len()));
    }
    parts.push(of_kernel(isa, kernel, layout));
    parts
}

/// The function of this number, whose constants are at the address of that number.
fn of_routine(isa: &dyn TargetIsa, routine: &Kernel, number: usize, constants: usize) -> Part {
    let name = UserFuncName::user(0, number as u32);
    let mut func = Function::with_name_signature(name, signature_of(isa, routine));
    let mut context = FunctionBuilderContext::new();
    let mut b = FunctionBuilder::new(&mut func, &mut context);
    let entry = b.create_block();
    b.append_block_params_for_function_params(entry);
    b.switch_to_block(entry);
    let params = b.block_params(entry).to_vec();
    let [args, group, lane, bases @ ..] = &*params else {
        unreachable!("the signature has at least three parameters")
    };
    let memory = Memory::of(routine, bases);
    let mut constants = Memory::constants(&mut b, constants, *args);
    let paths = Paths::new(&mut b, *args).of(&mut b, routine, *group, *lane);
    let here = Here { args: *args, group: *group, lane: *lane, routines: Vec::new() };
    Body::new(&mut b, routine, memory, &mut constants, Some(paths), here).run();
    b.ins().return_(&[]);
    b.seal_all_blocks();
    b.finalize(isa.frontend_config());
    Part { func, constants: constants.into_vectors() }
}

fn of_kernel(isa: &dyn TargetIsa, kernel: &Kernel, layout: &Layout) -> Part {
    let number = kernel.routines.len();
    let name = UserFuncName::user(0, number as u32);
    let mut func = Function::with_name_signature(name, signature(isa));
    let mut context = FunctionBuilderContext::new();
    let mut b = FunctionBuilder::new(&mut func, &mut context);
    let entry = b.create_block();
    b.append_block_params_for_function_params(entry);
    b.switch_to_block(entry);
    let [args, begin, end, scratch] = *b.block_params(entry) else {
        unreachable!("the signature has four parameters")
    };
    let memory = Memory::new(&mut b, kernel, layout, args, scratch);
    let mut constants = Memory::constants(&mut b, layout.signature.inputs.len() + number, args);
    let routines = import(isa, &mut b, kernel);
    if kernel.is_uniform() {
        let zero = b.ins().iconst(types::I64, 0);
        let here = Here { args, group: zero, lane: zero, routines };
        Body::new(&mut b, kernel, memory, &mut constants, None, here).run();
    } else {
        let paths = Paths::new(&mut b, args);
        let call = Call { args, routines, paths };
        groups(&mut b, kernel, memory, &mut constants, &call, begin..end);
    }
    let success = b.ins().iconst(types::I32, 0);
    b.ins().return_(&[success]);
    b.seal_all_blocks();
    b.finalize(isa.frontend_config());
    Part { func, constants: constants.into_vectors() }
}

fn signature(isa: &dyn TargetIsa) -> Signature {
    let mut signature = Signature::new(isa.default_call_conv());
    signature.params = vec![AbiParam::new(types::I64); 4];
    signature.returns = vec![AbiParam::new(types::I32)];
    signature
}

/// Of a routine: the arguments of the kernel, group and lane, then the addresses of its memory.
fn signature_of(isa: &dyn TargetIsa, routine: &Kernel) -> Signature {
    let mut signature = Signature::new(isa.default_call_conv());
    signature.params = vec![AbiParam::new(types::I64); 3 + routine.buffers.len()];
    signature
}

/// The routines of a kernel, for its function to call. They may lie anywhere in memory.
fn import(isa: &dyn TargetIsa, b: &mut FunctionBuilder<'_>, kernel: &Kernel) -> Vec<FuncRef> {
    let mut imported = Vec::new();
    for (id, routine) in kernel.routines.iter() {
        let signature = b.import_signature(signature_of(isa, routine));
        let name = UserExternalName { namespace: 0, index: id.index() as u32 };
        let name = ExternalName::user(b.func.declare_imported_user_function(name));
        let data = ExtFuncData { name, signature, colocated: false, patchable: false };
        imported.push(b.import_function(data));
    }
    imported
}

/// What all groups of a call share.
struct Call {
    args: Value,
    routines: Vec<FuncRef>,
    paths: Paths,
}

fn groups(
    b: &mut FunctionBuilder<'_>,
    kernel: &Kernel,
    memory: Memory,
    constants: &mut Constants,
    call: &Call,
    range: std::ops::Range<Value>,
) {
    counted(b, range.start, range.end, 1, &mut |b, group| {
        let relative = b.ins().isub(group, range.start);
        let zero = b.ins().iconst(types::I64, 0);
        let held = i64::from(kernel.held());
        let mut once = |b: &mut FunctionBuilder<'_>, lane: Value| {
            let memory = memory.at(b, [group, relative], lane);
            let paths = call.paths.of(b, kernel, group, lane);
            let here = Here { args: call.args, group, lane, routines: call.routines.clone() };
            Body::new(b, kernel, memory, constants, Some(paths), here).run();
        };
        if held == GROUP as i64 {
            once(b, zero);
        } else {
            let end = call.paths.in_group(b, group);
            counted(b, zero, end, held, &mut once);
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

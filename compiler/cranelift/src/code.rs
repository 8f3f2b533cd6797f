//! Compiled code and the memory it lives in. The one file of this crate that may write `unsafe`.
#![expect(unsafe_code, reason = "entering compiled code; callers see only safe methods")]

use std::sync::Mutex;

use cranelift_codegen::Context;
use cranelift_codegen::isa::OwnedTargetIsa;
use cranelift_jit::{JITBuilder, JITModule};
use cranelift_module::{Linkage, Module, ModuleError, ModuleReloc, default_libcall_names};
use sdec_abi::{
    Args, Call, CallError, Compiled, Entry, FloatMode, Input, Output, Signature, check,
};
use sdec_codegen::CodegenError;

/// A kernel's machine code. The memory is given back when it is dropped, so no pointer into it
/// outlives it.
pub(crate) struct Code {
    signature: Signature,
    /// What each function reads at an address of its own after those of the inputs.
    constants: Vec<Vec<u128>>,
    entry: Entry,
    // Only `drop` takes it out; the lock is there because the module cannot be shared.
    module: Mutex<Option<JITModule>>,
}

impl Code {
    /// Puts compiled functions into memory. They call each other by their numbers; the last one has
    /// the type of [`Entry`], keeps to the signature, and each reads `constants` at the address of its
    /// number after those of the inputs.
    pub(crate) fn new(
        isa: OwnedTargetIsa,
        contexts: &[Context],
        signature: Signature,
        constants: Vec<Vec<u128>>,
    ) -> Result<Self, CodegenError> {
        let mut builder = JITBuilder::with_isa(isa, default_libcall_names());
        builder.symbols(functions());
        let mut module = JITModule::new(builder);
        let name = &signature.name;
        let refused = |e: ModuleError| error(name, &e);
        let mut last = None;
        for (number, context) in contexts.iter().enumerate() {
            let id = module
                .declare_function(&number.to_string(), Linkage::Export, &context.func.signature)
                .map_err(refused)?;
            let buffer = &context.compiled_code().expect("the functions are compiled").buffer;
            let relocations = buffer.relocs().iter();
            let relocations: Vec<ModuleReloc> = relocations
                .map(|relocation| ModuleReloc::from_mach_reloc(relocation, &context.func, id))
                .collect();
            let alignment = u64::from(buffer.alignment);
            module
                .define_function_bytes(id, alignment, buffer.data(), &relocations)
                .map_err(refused)?;
            last = Some(id);
        }
        module.finalize_definitions().map_err(refused)?;
        let address = module.get_finalized_function(last.expect("a kernel has a function"));
        // SAFETY: `address` is the start of the function that was compiled from the last context,
        // whose type and calling convention are those of `Entry`.
        let entry = unsafe { std::mem::transmute::<*const u8, Entry>(address) };
        Ok(Self { signature, constants, entry, module: Mutex::new(Some(module)) })
    }
}

impl Compiled for Code {
    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn call(&self, call: &mut Call<'_, '_>) -> Result<(), CallError> {
        check(&self.signature, call)?;
        let inputs = call.inputs.iter().map(Input::as_ptr);
        let constants = self.constants.iter().map(|vectors| vectors.as_ptr().cast());
        let inputs: Vec<*const u8> = inputs.chain(constants).collect();
        let outputs: Vec<*mut u8> = call.outputs.iter_mut().map(Output::as_mut_ptr).collect();
        let args = Args {
            inputs: inputs.as_ptr(),
            outputs: outputs.as_ptr(),
            paths: call.paths,
            first_path: call.first_path,
        };
        let (begin, end) = (call.groups.start, call.groups.end);
        let scratch = call.scratch.as_mut_ptr();
        let _mode = FloatMode::ieee();
        // SAFETY: `entry` is code in memory that lives as long as `self`. It reads the inputs, and
        // reads and writes the outputs and the scratch memory, all within the lengths of the
        // signature, which were checked above; the kernel's indices are in range. The outputs and
        // the scratch memory are borrowed mutably, so nothing else sees them.
        let status = unsafe { (self.entry)(&raw const args, begin, end, scratch) };
        if status == 0 { Ok(()) } else { Err(CallError::Status(status)) }
    }
}

impl Drop for Code {
    fn drop(&mut self) {
        let module = self.module.get_mut().map_or_else(|e| e.into_inner().take(), Option::take);
        if let Some(module) = module {
            // SAFETY: the only pointer into the module's memory is `self.entry`, which is called
            // only by methods that borrow `self`, and `self` is not borrowed any more.
            unsafe { module.free_memory() };
        }
    }
}

fn error(kernel: &str, error: &ModuleError) -> CodegenError {
    match error {
        ModuleError::Allocation { .. } => CodegenError::Memory(error.to_string()),
        ModuleError::Undeclared(_)
        | ModuleError::IncompatibleDeclaration(_)
        | ModuleError::IncompatibleSignature(..)
        | ModuleError::DuplicateDefinition(_)
        | ModuleError::InvalidImportDefinition(_)
        | ModuleError::Compilation(_)
        | ModuleError::Backend(_)
        | ModuleError::Flag(_) => {
            CodegenError::Refused { kernel: kernel.to_owned(), reason: format!("{error:?}") }
        }
    }
}

extern "C" fn fma(x: f64, y: f64, z: f64) -> f64 {
    x.mul_add(y, z)
}

extern "C" fn fmaf(x: f32, y: f32, z: f32) -> f32 {
    x.mul_add(y, z)
}

/// What code for processors without fused multiply-add calls.
fn functions() -> [(&'static str, *const u8); 2] {
    let fma: extern "C" fn(f64, f64, f64) -> f64 = fma;
    let fmaf: extern "C" fn(f32, f32, f32) -> f32 = fmaf;
    [("fma", fma as *const u8), ("fmaf", fmaf as *const u8)]
}

//! Compiled code and the memory it lives in: one of the two files of this crate that may write `unsafe`.
#![expect(unsafe_code, reason = "entering compiled code; callers see only safe methods")]

use std::ptr::null_mut;

use llvm_sys::core::LLVMCreateMemoryBufferWithMemoryRangeCopy;
use llvm_sys::error::LLVMErrorRef;
use llvm_sys::orc2::lljit::{
    LLVMOrcCreateLLJIT, LLVMOrcDisposeLLJIT, LLVMOrcLLJITAddObjectFile,
    LLVMOrcLLJITGetGlobalPrefix, LLVMOrcLLJITGetMainJITDylib, LLVMOrcLLJITLookup, LLVMOrcLLJITRef,
};
use llvm_sys::orc2::{
    LLVMOrcCreateDynamicLibrarySearchGeneratorForProcess, LLVMOrcJITDylibAddGenerator,
};
use sdec_abi::{
    Args, Call, CallError, Compiled, Entry, FloatMode, Input, Output, Signature, check,
};
use sdec_codegen::CodegenError;

use crate::ffi::{message, start};
use crate::function::ENTRY;

/// A kernel's machine code. The memory is given back when it is dropped, so no pointer into it
/// outlives it.
pub(crate) struct Code {
    signature: Signature,
    entry: Entry,
    /// Owns the memory.
    _linked: Linked,
}

/// LLVM's linker with what it linked.
struct Linked(LLVMOrcLLJITRef);

// SAFETY: nothing is done with the linker but dropping it, by whoever owns it.
unsafe impl Send for Linked {}
// SAFETY: as above; a shared reference to it gives nothing.
unsafe impl Sync for Linked {}

impl Code {
    /// Links an object that defines [`ENTRY`] for a kernel of this signature.
    pub(crate) fn new(object: &[u8], signature: Signature) -> Result<Self, CodegenError> {
        let name = &signature.name;
        let refused = |reason| CodegenError::Refused { kernel: name.clone(), reason };
        let linked = link(object).map_err(CodegenError::Memory)?;
        let address = linked.find(ENTRY).map_err(refused)?;
        // SAFETY: the symbol is a function that was compiled from text of `function::module`, which
        // defines it with the type and the calling convention of `Entry`.
        let entry = unsafe { std::mem::transmute::<usize, Entry>(address) };
        Ok(Self { signature, entry, _linked: linked })
    }
}

fn link(object: &[u8]) -> Result<Linked, String> {
    start()?;
    let mut linker = null_mut();
    // SAFETY: without a builder LLVM takes its defaults for this machine.
    done(unsafe { LLVMOrcCreateLLJIT(&raw mut linker, null_mut()) })?;
    let linked = Linked(linker);
    // SAFETY: the linker lives; the generator goes over to its library, and so does the copy of the
    // object. What the code may need of the process is `fma`, `memset` and their kin.
    unsafe {
        let library = LLVMOrcLLJITGetMainJITDylib(linker);
        let prefix = LLVMOrcLLJITGetGlobalPrefix(linker);
        let mut process = null_mut();
        done(LLVMOrcCreateDynamicLibrarySearchGeneratorForProcess(
            &raw mut process,
            prefix,
            None,
            null_mut(),
        ))?;
        LLVMOrcJITDylibAddGenerator(library, process);
        let copy = LLVMCreateMemoryBufferWithMemoryRangeCopy(
            object.as_ptr().cast(),
            object.len(),
            c"object".as_ptr(),
        );
        done(LLVMOrcLLJITAddObjectFile(linker, library, copy))?;
    }
    Ok(linked)
}

impl Linked {
    fn find(&self, name: &str) -> Result<usize, String> {
        let name = std::ffi::CString::new(name).map_err(|error| error.to_string())?;
        let mut address = 0;
        // SAFETY: the linker lives, and the name ends in a zero.
        done(unsafe { LLVMOrcLLJITLookup(self.0, &raw mut address, name.as_ptr()) })?;
        usize::try_from(address).map_err(|error| error.to_string())
    }
}

impl Drop for Linked {
    fn drop(&mut self) {
        // SAFETY: the only pointer into the memory is `Code::entry`, which is called only by methods
        // that borrow the `Code` that owns this. There is nobody to tell of a failure.
        unsafe {
            let error = LLVMOrcDisposeLLJIT(self.0);
            let _ = done(error);
        }
    }
}

fn done(error: LLVMErrorRef) -> Result<(), String> {
    if error.is_null() { Ok(()) } else { Err(message(error)) }
}

impl Compiled for Code {
    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn call(&self, call: &mut Call<'_, '_>) -> Result<(), CallError> {
        check(&self.signature, call)?;
        let inputs: Vec<*const u8> = call.inputs.iter().map(Input::as_ptr).collect();
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

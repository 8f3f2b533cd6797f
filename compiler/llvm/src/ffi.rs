//! LLVM itself, from text to an object: one of the two files of this crate that may write `unsafe`.
#![expect(unsafe_code, reason = "LLVM is a library of C++; callers see only safe functions")]

use std::ffi::{CStr, CString, c_char};
use std::ptr::null_mut;
use std::sync::OnceLock;

use llvm_sys::LLVMModule;
use llvm_sys::analysis::{LLVMVerifierFailureAction, LLVMVerifyModule};
use llvm_sys::core::{
    LLVMContextCreate, LLVMContextDispose, LLVMCreateMemoryBufferWithMemoryRangeCopy,
    LLVMDisposeMemoryBuffer, LLVMDisposeMessage, LLVMDisposeModule, LLVMGetBufferSize,
    LLVMGetBufferStart, LLVMGetVersion, LLVMSetTarget,
};
use llvm_sys::error::{LLVMDisposeErrorMessage, LLVMErrorRef, LLVMGetErrorMessage};
use llvm_sys::ir_reader::LLVMParseIRInContext2;
use llvm_sys::prelude::LLVMContextRef;
use llvm_sys::target::{
    LLVM_InitializeNativeAsmPrinter, LLVM_InitializeNativeTarget, LLVMDisposeTargetData,
    LLVMSetModuleDataLayout,
};
use llvm_sys::target_machine::{
    LLVMCodeGenFileType, LLVMCodeGenOptLevel, LLVMCodeModel, LLVMCreateTargetDataLayout,
    LLVMCreateTargetMachine, LLVMDisposeTargetMachine, LLVMGetDefaultTargetTriple,
    LLVMGetHostCPUFeatures, LLVMGetHostCPUName, LLVMGetTargetFromTriple, LLVMRelocMode,
    LLVMTargetMachineEmitToMemoryBuffer, LLVMTargetMachineRef,
};
use llvm_sys::transforms::pass_builder::{
    LLVMCreatePassBuilderOptions, LLVMDisposePassBuilderOptions, LLVMRunPasses,
};

use crate::host::Target;

/// What LLVM does to the text. Kernels come without calls to be inlined, without memory to become values and
/// with their vectors, so what is left are addresses, small loops that are written out, and what is stored and
/// read again.
pub(crate) const PASSES: &CStr = c"function(\
    simplifycfg,early-cse<memssa>,instcombine<no-verify-fixpoint>,\
    loop-mssa(loop-rotate,licm),simplifycfg,instcombine<no-verify-fixpoint>,\
    loop(loop-idiom,indvars,loop-deletion,loop-unroll-full),\
    gvn,instcombine<no-verify-fixpoint>,loop-mssa(licm),simplifycfg)";

/// What LLVM says of this machine.
pub(crate) struct Host {
    pub(crate) triple: String,
    pub(crate) cpu: String,
    pub(crate) features: String,
}

/// What is made of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Product {
    /// An object file.
    Object,
    /// Machine code for people.
    Assembly,
}

/// Makes LLVM know this processor, once.
pub(crate) fn start() -> Result<(), String> {
    static STARTED: OnceLock<bool> = OnceLock::new();
    // SAFETY: done once, by one thread, while the others wait.
    let started = STARTED.get_or_init(|| unsafe {
        LLVM_InitializeNativeTarget() == 0 && LLVM_InitializeNativeAsmPrinter() == 0
    });
    if *started { Ok(()) } else { Err("LLVM has no code for this processor".to_owned()) }
}

/// This machine.
pub(crate) fn host() -> Result<Host, String> {
    start()?;
    // SAFETY: each call gives a text of its own, which `owned` takes.
    unsafe {
        Ok(Host {
            triple: owned(LLVMGetDefaultTargetTriple()),
            cpu: owned(LLVMGetHostCPUName()),
            features: owned(LLVMGetHostCPUFeatures()),
        })
    }
}

/// `22.1.8`
pub(crate) fn version() -> String {
    let [mut major, mut minor, mut patch] = [0; 3];
    // SAFETY: three numbers to write to.
    unsafe { LLVMGetVersion(&raw mut major, &raw mut minor, &raw mut patch) };
    format!("{major}.{minor}.{patch}")
}

/// What an error of LLVM says.
pub(crate) fn message(error: LLVMErrorRef) -> String {
    // SAFETY: callers pass an error that they own and that is not null; it is consumed.
    unsafe {
        let text = LLVMGetErrorMessage(error);
        let copy = CStr::from_ptr(text).to_string_lossy().into_owned();
        LLVMDisposeErrorMessage(text);
        copy
    }
}

/// Parses a module, optimises it and makes code of it. Debug builds verify the module.
pub(crate) fn emit(text: &str, target: &Target, product: Product) -> Result<Vec<u8>, String> {
    start()?;
    let machine = Machine::new(target)?;
    let context = Context::new();
    let module = Module::parse(&context, text)?;
    module.set_target(&machine, target)?;
    if cfg!(debug_assertions) {
        module.verify()?;
    }
    module.optimise(&machine)?;
    module.emit(&machine, product)
}

struct Context(LLVMContextRef);

impl Context {
    fn new() -> Self {
        // SAFETY: no conditions.
        Self(unsafe { LLVMContextCreate() })
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        // SAFETY: modules borrow the context, so none is left.
        unsafe { LLVMContextDispose(self.0) }
    }
}

struct Machine(LLVMTargetMachineRef);

impl Machine {
    fn new(target: &Target) -> Result<Self, String> {
        let [triple, cpu, features] = [&target.triple, &target.cpu, &target.features]
            .map(|text| CString::new(text.as_str()).expect("LLVM gave it without a zero"));
        let (mut known, mut error) = (null_mut(), null_mut());
        // SAFETY: texts that end in a zero, and places for a target and a message.
        let machine = unsafe {
            if LLVMGetTargetFromTriple(triple.as_ptr(), &raw mut known, &raw mut error) != 0 {
                return Err(owned(error));
            }
            LLVMCreateTargetMachine(
                known,
                triple.as_ptr(),
                cpu.as_ptr(),
                features.as_ptr(),
                LLVMCodeGenOptLevel::LLVMCodeGenLevelAggressive,
                LLVMRelocMode::LLVMRelocPIC,
                LLVMCodeModel::LLVMCodeModelDefault,
            )
        };
        if machine.is_null() {
            return Err(format!("LLVM makes no code for {}", target.triple));
        }
        Ok(Self(machine))
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        // SAFETY: owned.
        unsafe { LLVMDisposeTargetMachine(self.0) }
    }
}

struct Module<'c> {
    module: *mut LLVMModule,
    context: std::marker::PhantomData<&'c Context>,
}

impl<'c> Module<'c> {
    fn parse(context: &'c Context, text: &str) -> Result<Self, String> {
        let (mut module, mut error) = (null_mut(), null_mut());
        // SAFETY: the copy of the text, which ends in a zero as LLVM demands, is given back.
        let failed = unsafe {
            let copy = LLVMCreateMemoryBufferWithMemoryRangeCopy(
                text.as_ptr().cast(),
                text.len(),
                c"kernel".as_ptr(),
            );
            let failed = LLVMParseIRInContext2(context.0, copy, &raw mut module, &raw mut error);
            LLVMDisposeMemoryBuffer(copy);
            failed
        };
        if failed != 0 {
            // SAFETY: LLVM gave the message.
            return Err(unsafe { owned(error) });
        }
        Ok(Self { module, context: std::marker::PhantomData })
    }

    fn set_target(&self, machine: &Machine, target: &Target) -> Result<(), String> {
        let triple = CString::new(target.triple.as_str()).map_err(|error| error.to_string())?;
        // SAFETY: module and machine live, and the layout is given back.
        unsafe {
            LLVMSetTarget(self.module, triple.as_ptr());
            let layout = LLVMCreateTargetDataLayout(machine.0);
            LLVMSetModuleDataLayout(self.module, layout);
            LLVMDisposeTargetData(layout);
        }
        Ok(())
    }

    fn verify(&self) -> Result<(), String> {
        let action = LLVMVerifierFailureAction::LLVMReturnStatusAction;
        let mut error = null_mut();
        // SAFETY: the module lives; a message is given in either case.
        let (failed, error) = unsafe {
            let failed = LLVMVerifyModule(self.module, action, &raw mut error);
            (failed != 0, owned(error))
        };
        if failed { Err(error) } else { Ok(()) }
    }

    fn optimise(&self, machine: &Machine) -> Result<(), String> {
        // SAFETY: module and machine live, and the options are given back.
        let error = unsafe {
            let options = LLVMCreatePassBuilderOptions();
            let error = LLVMRunPasses(self.module, PASSES.as_ptr(), machine.0, options);
            LLVMDisposePassBuilderOptions(options);
            error
        };
        if error.is_null() { Ok(()) } else { Err(message(error)) }
    }

    fn emit(&self, machine: &Machine, product: Product) -> Result<Vec<u8>, String> {
        let kind = match product {
            Product::Object => LLVMCodeGenFileType::LLVMObjectFile,
            Product::Assembly => LLVMCodeGenFileType::LLVMAssemblyFile,
        };
        let (mut error, mut buffer) = (null_mut(), null_mut());
        // SAFETY: module and machine live; the buffer is read while it lives, then given back.
        unsafe {
            let failed = LLVMTargetMachineEmitToMemoryBuffer(
                machine.0,
                self.module,
                kind,
                &raw mut error,
                &raw mut buffer,
            );
            if failed != 0 {
                return Err(owned(error));
            }
            let start = LLVMGetBufferStart(buffer).cast::<u8>();
            let bytes = std::slice::from_raw_parts(start, LLVMGetBufferSize(buffer)).to_vec();
            LLVMDisposeMemoryBuffer(buffer);
            Ok(bytes)
        }
    }
}

impl Drop for Module<'_> {
    fn drop(&mut self) {
        // SAFETY: owned, and its context lives.
        unsafe { LLVMDisposeModule(self.module) }
    }
}

/// A copy of a text of LLVM's, which is given back.
///
/// # Safety
///
/// `text` is null, or a message that LLVM gave and nobody has disposed of.
unsafe fn owned(text: *mut c_char) -> String {
    if text.is_null() {
        return "no reason is given".to_owned();
    }
    // SAFETY: the caller's promise.
    unsafe {
        let copy = CStr::from_ptr(text).to_string_lossy().into_owned();
        LLVMDisposeMessage(text);
        copy
    }
}

//! The backend and what can be looked at of its work.

use std::sync::Arc;

use cranelift_codegen::Context;
use cranelift_codegen::isa::OwnedTargetIsa;
use sdec_abi::Compiled;
use sdec_codegen::{Backend, CodegenError, Layout};
use sdec_kernel::{Kernel, Scalar, verify_lowered};

use crate::code::Code;
use crate::function::function;
use crate::host;

/// Compiles kernels for this machine, in memory.
#[derive(Clone)]
pub struct Cranelift {
    isa: OwnedTargetIsa,
}

impl Cranelift {
    /// A backend for this machine.
    ///
    /// # Errors
    ///
    /// [`CodegenError::Host`] if Cranelift does not know the processor or it lacks SSE 4.2.
    pub fn new() -> Result<Self, CodegenError> {
        Ok(Self { isa: host::isa()? })
    }

    /// A backend that calls a function for each fused multiply-add.
    #[cfg(test)]
    pub(crate) fn without_fma() -> Result<Self, CodegenError> {
        Ok(Self { isa: host::isa_without_fma()? })
    }

    /// The kernel in Cranelift's intermediate form, before Cranelift optimises it.
    ///
    /// # Errors
    ///
    /// [`CodegenError::Malformed`]: a bug of the pass that made the kernel.
    pub fn clif(&self, kernel: &Kernel) -> Result<String, CodegenError> {
        verify_lowered(kernel)?;
        let (func, _) = function(&*self.isa, kernel, &Layout::of(kernel));
        Ok(func.display().to_string())
    }

    /// The kernel's machine code as text.
    ///
    /// # Errors
    ///
    /// A bug of ours.
    pub fn asm(&self, kernel: &Kernel) -> Result<String, CodegenError> {
        verify_lowered(kernel)?;
        let (func, _) = function(&*self.isa, kernel, &Layout::of(kernel));
        let mut context = Context::for_function(func);
        context.set_disasm(true);
        let refused = |reason| CodegenError::Refused { kernel: kernel.name.clone(), reason };
        let code = context
            .compile(&*self.isa, &mut Default::default())
            .map_err(|e| refused(format!("{:?}", e.inner)))?;
        Ok(code.vcode.clone().unwrap_or_default())
    }
}

impl Backend for Cranelift {
    fn name(&self) -> &'static str {
        "cranelift"
    }

    /// Two vectors of a value: enough independent work to hide latencies, few enough registers.
    fn lanes(&self, widest: Scalar) -> u32 {
        match widest {
            Scalar::F64 | Scalar::I64 => 4,
            Scalar::F32 | Scalar::Word | Scalar::Bool => 8,
        }
    }

    fn compile(&self, kernel: &Kernel) -> Result<Arc<dyn Compiled>, CodegenError> {
        verify_lowered(kernel)?;
        let layout = Layout::of(kernel);
        let (func, constants) = function(&*self.isa, kernel, &layout);
        let mut context = Context::for_function(func);
        let code = Code::new(self.isa.clone(), &mut context, layout.signature, constants)?;
        Ok(Arc::new(code))
    }
}

#[cfg(test)]
mod tests {
    use sdec_abi::{Aligned, Call, Input, Output, Scratch};
    use sdec_kernel::{Builder, Space, Type};

    use super::*;

    /// `y = fma(x0, x1, x2)` in lanes.
    fn fma(scalar: Scalar, lanes: u32) -> Kernel {
        let mut b = Builder::new("fma");
        let x = b.buffer("x", Space::Input, Type::uniform(scalar), 3);
        let y = b.buffer("y", Space::Output, Type::lanes(scalar), 1);
        let zero = b.int(0);
        let x = [0, 1, 2].map(|k| {
            let index = b.int(k);
            let entry = b.load(x, index);
            b.splat(entry)
        });
        let result = b.fma(x[0], x[1], x[2]);
        b.store(y, zero, result);
        b.finish(lanes)
    }

    /// The result of `fma` for these operands, if all lanes agree.
    fn run(backend: &Cranelift, lanes: u32, x: [f64; 3]) -> f64 {
        let compiled = backend.compile(&fma(Scalar::F64, lanes)).unwrap();
        let mut y = Aligned::zeros(16).unwrap();
        let mut call = Call {
            inputs: &[Input::F64(&x)],
            outputs: &mut [Output::F64(y.as_mut_slice())],
            groups: 0..1,
            paths: 16,
            first_path: 0,
            scratch: &mut Scratch::new(compiled.signature()).unwrap(),
        };
        compiled.call(&mut call).unwrap();
        assert!(y.as_slice().iter().all(|&z| z == y.as_slice()[0]));
        y.as_slice()[0]
    }

    #[test]
    fn a_processor_without_fused_multiply_add_rounds_once_too() {
        let x = [1.0 + f64::EPSILON, 1.0 + f64::EPSILON, -1.0 - 2.0 * f64::EPSILON];
        let fused = x[0].mul_add(x[1], x[2]);
        assert_ne!(fused, x[0] * x[1] + x[2]);
        for lanes in [1, 2, 16] {
            assert_eq!(run(&Cranelift::without_fma().unwrap(), lanes, x), fused);
        }
        let asm = Cranelift::without_fma().unwrap().asm(&fma(Scalar::F32, 4)).unwrap();
        assert!(!asm.contains("vfmadd"), "{asm}");
    }

    #[test]
    fn intermediate_form_and_machine_code_are_shown() {
        let backend = Cranelift::new().unwrap();
        let clif = backend.clif(&fma(Scalar::F32, 8)).unwrap();
        assert_eq!(clif.matches(" fma ").count(), 2, "{clif}");
        assert!(!backend.asm(&fma(Scalar::F32, 8)).unwrap().is_empty());
    }

    #[test]
    fn the_widest_lanes_decide_how_many_are_held() {
        let backend = Cranelift::new().unwrap();
        assert_eq!(backend.schedule(fma(Scalar::F64, 1)).lanes, 4);
        assert_eq!(backend.schedule(fma(Scalar::F32, 1)).lanes, 8);
    }

    #[test]
    fn a_malformed_kernel_is_refused() {
        let error = Cranelift::new().unwrap().compile(&fma(Scalar::F64, 3)).err();
        assert!(matches!(error, Some(CodegenError::Malformed(_))));
    }
}

//! The backend and what can be looked at of its work.

use std::sync::Arc;

use cranelift_codegen::Context;
use cranelift_codegen::isa::{OwnedTargetIsa, TargetIsa};
use sdec_abi::Compiled;
use sdec_codegen::{Backend, CodegenError, Layout};
use sdec_kernel::{Kernel, Scalar, verify_lowered};

use crate::code::Code;
use crate::function::{Part, functions};
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
        let parts = functions(&*self.isa, kernel, &Layout::of(kernel));
        let texts: Vec<String> = parts.iter().map(|part| part.func.display().to_string()).collect();
        Ok(texts.join("\n"))
    }

    /// The kernel's machine code as text.
    ///
    /// # Errors
    ///
    /// A bug of ours.
    pub fn asm(&self, kernel: &Kernel) -> Result<String, CodegenError> {
        verify_lowered(kernel)?;
        let mut text = String::new();
        let names = kernel.routines.values().chain([kernel]).map(|part| &part.name);
        for (Part { func, .. }, name) in
            functions(&*self.isa, kernel, &Layout::of(kernel)).into_iter().zip(names)
        {
            let mut context = Context::for_function(func);
            context.set_disasm(true);
            compile(&*self.isa, &mut context).map_err(|reason| refused(kernel, reason))?;
            if !kernel.routines.is_empty() {
                text += &format!("; {name}\n");
            }
            text +=
                context.compiled_code().and_then(|code| code.vcode.as_deref()).unwrap_or_default();
        }
        Ok(text)
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

    /// Eight sums, and what they are made of, take most of 16 registers; with fewer the chains of
    /// multiply-adds are too few for the units that do them.
    fn at_once_by_part(&self, _scalar: Scalar) -> Option<u64> {
        Some(8)
    }

    fn compile(&self, kernel: &Kernel) -> Result<Arc<dyn Compiled>, CodegenError> {
        verify_lowered(kernel)?;
        let layout = Layout::of(kernel);
        let mut contexts = Vec::new();
        let mut constants = Vec::new();
        for part in functions(&*self.isa, kernel, &layout) {
            contexts.push(Context::for_function(part.func));
            constants.push(part.constants);
        }
        compile_all(&*self.isa, &mut contexts).map_err(|reason| refused(kernel, reason))?;
        Ok(Arc::new(Code::new(self.isa.clone(), &contexts, layout.signature, constants)?))
    }
}

fn refused(kernel: &Kernel, reason: String) -> CodegenError {
    CodegenError::Refused { kernel: kernel.name.clone(), reason }
}

/// Compiles each function, all of them at once.
fn compile_all(isa: &dyn TargetIsa, contexts: &mut [Context]) -> Result<(), String> {
    let Some((first, others)) = contexts.split_first_mut() else { return Ok(()) };
    std::thread::scope(|scope| {
        let start = |other| scope.spawn(|| compile(isa, other));
        let started: Vec<_> = others.iter_mut().map(start).collect();
        let mut result = compile(isa, first);
        for thread in started {
            let other = thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            result = result.and(other);
        }
        result
    })
}

fn compile(isa: &dyn TargetIsa, context: &mut Context) -> Result<(), String> {
    let compiled = context.compile(isa, &mut Default::default());
    compiled.map(drop).map_err(|error| format!("{:?}", error.inner))
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

    /// Weights are loaded and repeated in every lane once, whatever number of registers they meet; where
    /// that is one, the load is part of the instruction that repeats. It depends on the order of
    /// instructions and on values being read once.
    #[test]
    #[cfg(target_arch = "x86_64")]
    fn contractions_load_weights_where_they_multiply() {
        let text = "kernel \"contraction\" lanes 8
            b0 = input \"w\" f32[8]
            b1 = input \"x\" <f32>[4]
            b2 = output \"y\" <f32>[2]
            v0: i64 = const 0
            v1: i64 = const 1
            v2: i64 = const 2
            v3: i64 = const 4
            v4: f32 = const 0.0
            v5: <f32> = splat v4
            for v6 in v0..v3 carry v7: <f32> = v5, v8: <f32> = v5 {
              v9: i64 = mul v6, v2
              v10: i64 = add v9, v1
              v11: <f32> = load b1[v6]
              v12: f32 = load b0[v9]
              v13: <f32> = splat v12
              v14: <f32> = fma v11, v13, v7
              v15: f32 = load b0[v10]
              v16: <f32> = splat v15
              v17: <f32> = fma v11, v16, v8
              yield v14, v17
            } -> v18, v19
            b2[v0] = v18
            b2[v1] = v19";
        if !std::arch::is_x86_feature_detected!("fma") {
            return;
        }
        let kernel = sdec_kernel::parse(text).unwrap();
        let asm = |lanes| Cranelift::new().unwrap().asm(&kernel.clone().with_lanes(lanes)).unwrap();
        let counts =
            |asm: &str| ["vfmadd", "vbroadcastss", "vmovss"].map(|op| asm.matches(op).count());
        assert_eq!(counts(&asm(8)), [4, 2, 2], "{}", asm(8));
        assert_eq!(counts(&asm(4)), [2, 2, 0], "{}", asm(4));
    }

    #[test]
    fn routines_are_called_with_the_paths_and_memory_at_hand() {
        let text = "kernel \"calls\" lanes 4
            b0 = input \"x\" f64[2]
            b1 = output \"y\" <f64>[2]
            b2 = scratch \"z\" <f64>[3]
            routine r0 \"scaled\" {
              b0 = lent \"to\" <f64>[1]
              b1 = input \"by\" f64[1]
              v0: i64 = const 0
              v1: f64 = load b1[v0]
              v2: <f64> = splat v1
              v3: <word> = path_low
              v4: <f64> = convert v3
              v5: f64 = const 0.25
              v6: <f64> = splat v5
              v7: <f64> = fma v4, v2, v6
              b0[v0] = v7
            }
            v0: i64 = const 0
            v1: i64 = const 1
            v2: i64 = const 2
            for v3 in v0..v2 {
              v4: i64 = add v3, v1
              call r0(b0[v3]) -> b2[v4]
            }
            v5: <f64> = load b2[v1]
            v6: f64 = const 8.0
            v7: <f64> = splat v6
            v8: <f64> = add v5, v7
            b1[v0] = v8
            v9: <f64> = load b2[v2]
            v10: <f64> = add v9, v7
            b1[v1] = v10";
        let kernel = sdec_kernel::parse(text).unwrap();
        for lanes in [1, 2, 4, 8, 16] {
            let kernel = kernel.clone().with_lanes(lanes);
            let compiled = Cranelift::new().unwrap().compile(&kernel).unwrap();
            let mut y = Aligned::zeros(32).unwrap();
            let mut call = Call {
                inputs: &[Input::F64(&[0.5, -3.0])],
                outputs: &mut [Output::F64(y.as_mut_slice())],
                groups: 2..3,
                paths: 48,
                first_path: 100,
                scratch: &mut Scratch::new(compiled.signature()).unwrap(),
            };
            compiled.call(&mut call).unwrap();
            let of = |by: f64| (132..148).map(move |path| f64::from(path) * by + 8.25);
            let expected: Vec<f64> = of(0.5).chain(of(-3.0)).collect();
            assert_eq!(y.as_slice(), expected, "{lanes} lanes");
        }
        let asm = Cranelift::new().unwrap().asm(&kernel).unwrap();
        assert!(asm.starts_with("; scaled\n") && asm.contains("; calls\n"), "{asm}");
    }

    #[test]
    fn the_widest_lanes_decide_how_many_are_held() {
        let backend = Cranelift::new().unwrap();
        assert_eq!(backend.schedule(fma(Scalar::F64, 1), 16).lanes, 4);
        assert_eq!(backend.schedule(fma(Scalar::F32, 1), 1).lanes, 8);
    }

    #[test]
    fn a_malformed_kernel_is_refused() {
        let error = Cranelift::new().unwrap().compile(&fma(Scalar::F64, 3)).err();
        assert!(matches!(error, Some(CodegenError::Malformed(_))));
    }
}

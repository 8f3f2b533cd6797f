//! The backend and what can be looked at of its work.

use std::sync::Arc;

use sdec_abi::Compiled;
use sdec_codegen::{Backend, CodegenError, Layout, NoObjects, Objects};
use sdec_kernel::{Kernel, Scalar, verify_lowered};

use crate::code::Code;
use crate::ffi::{self, Product};
use crate::function::{Entry, module};
use crate::host::{Target, Width};

/// Compiles kernels for this machine.
#[derive(Clone)]
pub struct Llvm {
    target: Target,
    objects: Arc<dyn Objects>,
}

impl Llvm {
    /// A backend for this machine, with vectors of so many bits: as many as it has if none is asked
    /// for.
    ///
    /// # Errors
    ///
    /// [`CodegenError::Host`] if LLVM does not know the processor or it has no vectors so wide.
    pub fn new(width: Option<Width>) -> Result<Self, CodegenError> {
        Ok(Self { target: Target::host(width)?, objects: Arc::new(NoObjects) })
    }

    /// The same backend, which looks for objects there before it compiles.
    #[must_use]
    pub fn with_objects(self, objects: Arc<dyn Objects>) -> Self {
        Self { objects, ..self }
    }

    /// The vectors that are used.
    pub fn width(&self) -> Width {
        self.target.width
    }

    /// The kernel in LLVM's intermediate form, before LLVM optimises it.
    ///
    /// # Errors
    ///
    /// [`CodegenError::Malformed`]: a bug of the pass that made the kernel.
    pub fn ir(&self, kernel: &Kernel) -> Result<String, CodegenError> {
        verify_lowered(kernel)?;
        Ok(module(kernel, &Layout::of(kernel), self.target.width, &Entry::Here))
    }

    /// The kernel as an object file that defines the function `name` for the library that it becomes
    /// part of.
    ///
    /// # Errors
    ///
    /// A bug of ours.
    pub fn object(&self, kernel: &Kernel, name: &str) -> Result<Vec<u8>, CodegenError> {
        verify_lowered(kernel)?;
        let entry = Entry::Within(name.to_owned());
        let ir = module(kernel, &Layout::of(kernel), self.target.width, &entry);
        self.emit(&ir, kernel, Product::Object)
    }

    /// The kernel's machine code as text.
    ///
    /// # Errors
    ///
    /// A bug of ours.
    pub fn asm(&self, kernel: &Kernel) -> Result<String, CodegenError> {
        let bytes = self.emit(&self.ir(kernel)?, kernel, Product::Assembly)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    fn emit(&self, ir: &str, kernel: &Kernel, product: Product) -> Result<Vec<u8>, CodegenError> {
        let refused = |reason| CodegenError::Refused { kernel: kernel.name.clone(), reason };
        ffi::emit(ir, &self.target, product).map_err(refused)
    }

    /// All that an object depends on.
    fn key(&self, ir: &str) -> String {
        format!("; {} sdec {}\n{ir}", self.target.describe(), env!("CARGO_PKG_VERSION"))
    }
}

impl Backend for Llvm {
    fn name(&self) -> &'static str {
        "llvm"
    }

    /// Two vectors of the widest value hide latencies; narrower registers are too few for them.
    fn lanes(&self, widest: Scalar) -> u32 {
        match self.target.width {
            Width::W128 => self.fewest(widest),
            Width::W256 => 2 * self.fewest(widest),
            Width::W512 => 16,
        }
    }

    /// One vector.
    fn fewest(&self, widest: Scalar) -> u32 {
        let bits = match widest {
            Scalar::F64 | Scalar::I64 => 64,
            Scalar::F32 | Scalar::Word | Scalar::Bool => 32,
        };
        self.target.width.bits() / bits
    }

    /// A value takes two registers, and one of the widest where singles fill it; of those there are 32.
    fn at_once(&self, scalar: Scalar) -> u64 {
        match (self.target.width, scalar.bytes()) {
            (Width::W128 | Width::W256, _) => 4,
            (Width::W512, 8) => 8,
            (Width::W512, _) => 16,
        }
    }

    fn is_kept(&self, kernel: &Kernel) -> bool {
        self.ir(kernel).is_ok_and(|ir| self.objects.find(&self.key(&ir)).is_some())
    }

    fn compile(&self, kernel: &Kernel) -> Result<Arc<dyn Compiled>, CodegenError> {
        let ir = self.ir(kernel)?;
        let key = self.key(&ir);
        let signature = Layout::of(kernel).signature;
        if let Some(object) = self.objects.find(&key)
            && let Ok(code) = Code::new(&object, signature.clone())
        {
            return Ok(Arc::new(code));
        }
        let object = self.emit(&ir, kernel, Product::Object)?;
        let code = Code::new(&object, signature)?;
        self.objects.keep(&key, &object);
        Ok(Arc::new(code))
    }
}

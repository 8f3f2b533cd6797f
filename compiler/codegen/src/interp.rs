//! The kernel's evaluator as a backend: the oracle to the bit for the others.

use std::sync::Arc;

use sdec_abi::{Call, CallError, Compiled, FloatMode, Input, Output, Signature, check};
use sdec_kernel::{Buffers, Data, Kernel, Scalar, eval, verify_lowered};

use crate::{Backend, CodegenError, Layout};

/// Runs kernels without compiling them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Interpreter;

struct Interpreted {
    kernel: Kernel,
    signature: Signature,
}

impl Backend for Interpreter {
    fn name(&self) -> &'static str {
        "interp"
    }

    fn lanes(&self, _widest: Scalar) -> u32 {
        16
    }

    fn compile(&self, kernel: &Kernel) -> Result<Arc<dyn Compiled>, CodegenError> {
        verify_lowered(kernel)?;
        let signature = Layout::of(kernel).signature;
        // The evaluator has its own scratch memory.
        let signature = Signature { scratch_bytes: 0, ..signature };
        Ok(Arc::new(Interpreted { kernel: kernel.clone(), signature }))
    }
}

impl Compiled for Interpreted {
    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn call(&self, call: &mut Call<'_, '_>) -> Result<(), CallError> {
        check(&self.signature, call)?;
        let _mode = FloatMode::ieee();
        let groups = call.groups.clone();
        let inputs = call.inputs.iter().map(data).collect();
        let mut buffers = Buffers::new(&self.kernel, inputs, groups.end - groups.start);
        eval(&self.kernel, &mut buffers, groups, call.paths, call.first_path);
        for (output, data) in call.outputs.iter_mut().zip(&buffers.outputs) {
            copy(data, output);
        }
        Ok(())
    }
}

fn data(input: &Input<'_>) -> Data {
    match input {
        Input::F64(x) => Data::F64(x.to_vec()),
        Input::F32(x) => Data::F32(x.to_vec()),
        Input::I64(x) => Data::I64(x.to_vec()),
        Input::Word(x) => Data::Word(x.to_vec()),
    }
}

fn copy(data: &Data, output: &mut Output<'_>) {
    match (data, output) {
        (Data::F64(from), Output::F64(to)) => to.copy_from_slice(from),
        (Data::F32(from), Output::F32(to)) => to.copy_from_slice(from),
        (Data::I64(from), Output::I64(to)) => to.copy_from_slice(from),
        (Data::Word(from), Output::Word(to)) => to.copy_from_slice(from),
        (from, to) => unreachable!("{:?} was checked against {from:?}", to.scalar()),
    }
}

#[cfg(test)]
mod tests {
    use sdec_abi::{Aligned, Scratch};
    use sdec_kernel::{Binary, Builder, Op, Space, Type};

    use super::*;

    #[test]
    fn a_kernel_is_run_for_the_groups_of_a_call() {
        let mut b = Builder::new("number");
        let x = b.buffer("x", Space::Input, Type::uniform(Scalar::Word), 1);
        let y = b.buffer("y", Space::Output, Type::lanes(Scalar::Word), 1);
        let zero = b.int(0);
        let shift = b.load(x, zero);
        let path = b.emit(Op::PathLow, Type::lanes(Scalar::Word));
        let sum = b.binary(Binary::Add, path, shift);
        b.store(y, zero, sum);
        let compiled = Interpreter.compile(&b.finish(4)).unwrap();
        let mut out = Aligned::zeros(16).unwrap();
        let mut call = Call {
            inputs: &[Input::Word(&[1000])],
            outputs: &mut [Output::Word(out.as_mut_slice())],
            groups: 1..2,
            paths: 20,
            first_path: 5,
            scratch: &mut Scratch::new(compiled.signature()).unwrap(),
        };
        compiled.call(&mut call).unwrap();
        assert_eq!(out.as_slice()[..4], [1021, 1022, 1023, 1024]);
    }
}

//! Running what there is one of.

use sdec_abi::{
    Buffer, Call, Compiled, FloatMode, GROUP, Input, OutOfMemory, Output, Scalar, Scratch,
};

use crate::Failure;
use crate::inputs::HostArray;

/// The results of a kernel that holds one path.
pub(crate) fn once(code: &dyn Compiled, inputs: &[Input<'_>]) -> Result<Vec<HostArray>, Failure> {
    let memory = |error: OutOfMemory| Failure::Environment(error.to_string());
    let signature = code.signature();
    let mut buffers = Vec::new();
    for slot in &signature.outputs {
        let len = usize::try_from(slot.scalars(1)).unwrap_or(usize::MAX);
        buffers.push(Buffer::zeros(slot.scalar, len).map_err(memory)?);
    }
    let _mode = FloatMode::ieee();
    let mut scratch = Scratch::new(signature).map_err(memory)?;
    let mut outputs: Vec<Output<'_>> = buffers
        .iter_mut()
        .map(|buffer| {
            let len = buffer.len();
            buffer.output(len)
        })
        .collect();
    let mut call = Call {
        inputs,
        outputs: &mut outputs,
        groups: 0..1,
        paths: 1,
        first_path: 0,
        scratch: &mut scratch,
    };
    code.call(&mut call).map_err(|error| Failure::Environment(error.to_string()))?;
    let mut arrays = Vec::new();
    for (slot, buffer) in signature.outputs.iter().zip(&buffers) {
        let stride = if slot.lanes { GROUP as usize } else { 1 };
        arrays.push(match buffer {
            Buffer::F64(x) => {
                HostArray::Float(x.as_slice().iter().step_by(stride).copied().collect())
            }
            Buffer::F32(x) => {
                let entries = x.as_slice().iter().step_by(stride);
                HostArray::Float(entries.map(|&x| f64::from(x)).collect())
            }
            Buffer::I64(x) => {
                HostArray::Int(x.as_slice().iter().step_by(stride).copied().collect())
            }
            Buffer::Word(x) => {
                let entries = x.as_slice().iter().step_by(stride);
                HostArray::Int(entries.map(|&x| i64::from(x)).collect())
            }
        });
    }
    debug_assert!(signature.outputs.iter().all(|slot| slot.scalar != Scalar::Word));
    Ok(arrays)
}
